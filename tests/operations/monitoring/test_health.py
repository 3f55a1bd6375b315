"""What `/salud` looks at: a database that can be written, mail that goes, room on the disk (RL-13)."""

from __future__ import annotations

import shutil
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text, update

from consulta.core.problems import Problem
from consulta.desk import mail
from consulta.operations import monitoring as monitoring_acts
from consulta.platform import database as db
from consulta.platform.models import Message
from consulta.platform.settings import BackupSettings
from consulta.platform.work import COMMAND, WORKER, Bench
from tests.drafts import NOW, writing
from tests.factories import moment
from tests.platform.mailer.desk import Clock, open_round, worker_at
from tests.servers import free_port
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.benches import Visitor

ROOM = 10**12


def well(bench: Bench, free: int = ROOM, **after: float) -> bool:
    with writing(bench, NOW + timedelta(**after)) as work:
        return monitoring_acts.is_well(work, free)


def test_mail_that_nobody_sends_for_a_quarter_of_an_hour_is_not_well(bench: Bench) -> None:
    open_round(bench)
    assert well(bench, minutes=14)
    assert not well(bench, minutes=15)


@pytest.mark.deep
def test_mail_that_was_paused_or_is_being_tried_does_not_lag(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    with writing(bench) as work:
        mail.pause_mail(work)
    assert well(bench, hours=1)
    with writing(bench) as work:
        mail.resume_mail(work)
    clock = Clock(NOW + timedelta(hours=1))
    with (
        mail_server(Box(data=lambda *_: "451 later")) as (_, port),
        worker_at(bench, settings, port, clock, rate=1) as worker,
    ):
        worker.look()
    assert well(bench, hours=1, minutes=14), "others wait for their turn"
    assert not well(bench, hours=1, minutes=15)


def state(bench: Bench, **after: float) -> str:
    with writing(bench, NOW + timedelta(**after)) as work:
        return monitoring_acts.report(work, ROOM, BackupSettings()).state


@pytest.mark.deep
def test_a_mail_server_that_is_away_is_told_after_a_quarter_of_an_hour_and_until_it_takes_mail(
    bench: Bench, settings: Settings
) -> None:
    """Each message that was tried waits for its next try, so that none was due and all seemed well."""
    open_round(bench, 2)
    clock = Clock()
    with worker_at(bench, settings, free_port(), clock) as worker:
        for minute in (*range(20), *range(20, 180, 10), 179):
            clock.now = NOW + timedelta(minutes=minute)
            worker.mail.paused_until = 0.0
            worker.look()
            assert state(bench, minutes=minute) == ("ok" if minute < 15 else "warning"), minute
    with writing(bench, clock.now) as work:
        assert monitoring_acts.no_mail_since(work) == NOW
    with mail_server() as (box, port), worker_at(bench, settings, port, clock) as worker:
        for _ in range(12):
            clock.forward(minutes=1)
            worker.look()
    assert sorted(box.addresses) == ["c1.1@example.org", "c2.1@example.org"], "within the ten minutes, once"
    assert state(bench, minutes=192) == "ok"


@pytest.mark.deep
@pytest.mark.parametrize(("put_off", "told"), [("c1", "ok"), ("c", "warning")])
def test_one_recipient_who_is_put_off_is_not_a_server_that_takes_nothing(
    bench: Bench, settings: Settings, put_off: str, told: str
) -> None:
    open_round(bench, 2)
    clock = Clock()
    box = Box(rcpt=lambda to, _: "451 later" if to.startswith(put_off) else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        for _ in range(4):
            worker.look()
            clock.forward(minutes=20)
    assert state(bench, minutes=61) == told


def test_the_desk_says_first_that_nothing_leaves_or_happens_and_that_the_disk_is_full(
    app: Flask,
    staff_visitor: Visitor,
    bench: Bench,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    calm = staff_visitor.get("/en/secretariat/").text
    words = (
        "Nothing has happened automatically since",
        "The mail server has accepted no e-mail since",
        "The server's disk is nearly full",
    )
    assert not any(each in calm for each in words)
    key = open_round(bench, 1)
    then = moment() - timedelta(hours=1)
    with worker_at(bench, settings, free_port(), Clock(then)) as worker:
        with writing(bench, then) as work:
            work.session.execute(update(Message).values(due_at=then))
        worker.mail.send_due()
    told = staff_visitor.get("/en/secretariat/").text
    assert [each in told for each in words] == [False, True, False]
    page = staff_visitor.get(f"/en/secretariat/rounds/{key}/mail").text
    assert words[1] in page
    assert "The connection to the mail server failed: " in page
    with bench.work(WORKER, then) as work:
        monitoring_acts.beat(work)
    told = staff_visitor.get("/en/secretariat/").text
    assert [each in told for each in words] == [True, False, False]
    monkeypatch.setattr(monitoring_acts, "disk_usage", lambda _: SimpleNamespace(free=499_000_000))
    assert words[2] in staff_visitor.get("/en/secretariat/").text


def test_a_full_disk_is_not_well(bench: Bench) -> None:
    assert not well(bench, 500_000_000)
    assert well(bench, 500_000_001)


@pytest.mark.parametrize("address", ["/salud", "/health"])
def test_strangers_read_whether_it_is_well_and_no_more(
    app: Flask, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    good = client.get(address)
    assert (good.status_code, good.text) == (200, "ok\n")
    app.extensions["consulta"].kept.forget()
    monkeypatch.setattr(monitoring_acts, "disk_usage", lambda _: SimpleNamespace(free=1))
    bad = client.get(address)
    assert (bad.status_code, bad.text) == (503, "failing\n")
    monkeypatch.setattr(monitoring_acts, "disk_usage", shutil.disk_usage)
    assert client.get(address).status_code == 503, "a person who asks at once gets the answer that is known"


def test_a_process_is_alive_whatever_becomes_of_the_database_and_ready_while_it_takes_votes(
    app: Flask, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No restart mends a full disk, late mail or a database that is gone; so only `/live` may ask for one."""
    client = app.test_client()
    assert [client.get(path).text for path in ("/live", "/ready")] == ["ok\n", "ok\n"]
    monkeypatch.setattr(monitoring_acts, "disk_usage", lambda _: SimpleNamespace(free=1))
    app.extensions["consulta"].kept.forget()
    assert [client.get(path).status_code for path in ("/live", "/ready", "/salud")] == [200, 200, 503]
    assert app.extensions["consulta"].counters.sums()["errors", "other"] == 0, (
        "it tells of an error, and is none"
    )

    def gone(_session: object) -> bool:
        raise Problem("store.unavailable")

    monkeypatch.setattr(monitoring_acts, "takes_writes", gone)
    app.extensions["consulta"].kept.forget()
    answers = [client.get(path) for path in ("/live", "/ready")]
    assert [(each.status_code, each.text) for each in answers] == [(200, "ok\n"), (503, "not ready\n")]


def test_a_standby_that_takes_no_votes_is_not_ready(migrated_postgres_url: str) -> None:
    bench = Bench(db.connect(migrated_postgres_url))
    with bench.read(COMMAND, NOW) as work:
        assert monitoring_acts.is_ready(work)
    with bench.read(COMMAND, NOW) as work:
        work.session.execute(text("SET TRANSACTION READ ONLY"))
        assert not monitoring_acts.is_ready(work)
    bench.engine.dispose()
