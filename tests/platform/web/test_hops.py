"""What a site says to machines around it: browsers, monitors, dead workers, a locked database."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform.mailer import outbox
from consulta.platform.models import Message
from consulta.platform.settings import Settings, SettingsError
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.shell.worker.loop import Worker
from consulta.vote import service as voting
from tests.cases import for_each
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.work import Bench
    from tests.benches import Visitor

PUBLIC = "https://consulta.example.org"


@for_each("wanted, said", [(False, "max-age=63072000"), (True, "; includeSubDomains")])
def test_other_names_of_the_domain_are_left_alone_unless_asked_for(
    settings: Settings, bench: Bench, wanted: bool, said: str
) -> None:
    app = create_app(replace(settings, base_url=PUBLIC, subdomains=wanted), bench)
    answer = app.test_client().get("/es/", base_url=PUBLIC)
    assert answer.headers["Strict-Transport-Security"].endswith(said)


@for_each("host", ["127.0.0.1:8000", "localhost:8000", "[::1]:8000", "127.0.0.1"])
@for_each("path", ["/salud", "/health", "/live", "/ready", "/metrics"])
def test_a_monitor_on_the_same_machine_is_answered_and_gets_no_page(
    settings: Settings, bench: Bench, host: str, path: str
) -> None:
    client = create_app(replace(settings, base_url=PUBLIC), bench).test_client()
    assert client.get(path, headers={"Host": host}).status_code in {200, 503}
    assert client.get("/es/", headers={"Host": host}).status_code == 400
    assert client.get(path, headers={"Host": "evil.example"}).status_code == 400


@for_each(
    "base, host, told",
    [
        (PUBLIC, "consulta.example.org", PUBLIC),
        (PUBLIC, "consulta.example.org:443", PUBLIC),
        (PUBLIC, "Consulta.Example.org", PUBLIC),
        (PUBLIC, "consulta.example.org:9999", None),
        (PUBLIC, "consulta.example.org:80", None),
        (PUBLIC, "consulta.example.org:", PUBLIC),
        (PUBLIC, "consulta.example.org:x", None),
        (f"{PUBLIC}:8443", "consulta.example.org", f"{PUBLIC}:8443"),
        (f"{PUBLIC}:8443", "consulta.example.org:8443", f"{PUBLIC}:8443"),
        (f"{PUBLIC}:8443", "consulta.example.org:443", None),
    ],
)
def test_a_port_that_is_not_ours_is_refused_and_redirects_name_our_own(
    settings: Settings, bench: Bench, base: str, host: str, told: str | None
) -> None:
    client = create_app(replace(settings, base_url=base), bench).test_client()
    answer = client.get("/es/secretariat", base_url=PUBLIC, headers={"Host": host})
    found = answer.headers.get("Location")
    assert (answer.status_code, found) == ((308, f"{told}/es/secretariat/") if told else (400, None))


def test_a_site_of_this_machine_is_tried_out_through_any_port(settings: Settings, bench: Bench) -> None:
    client = create_app(replace(settings, base_url="http://127.0.0.1:8000"), bench).test_client()
    assert client.get("/es/", headers={"Host": "127.0.0.1:9001"}).status_code == 200


@for_each(
    "address, good",
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost", True),
        (PUBLIC, True),
        ("http://consulta.example.org", False),
        ("http://192.168.1.10:8000", False),
    ],
)
def test_votes_in_the_clear_are_refused_at_the_start(tmp_path: Path, address: str, good: bool) -> None:
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
        "CONSULTA_BASE_URL": address,
    }
    if good:
        assert Settings.from_env(environ).base_url == address
    else:
        with pytest.raises(SettingsError, match="https://"):
            Settings.from_env(environ)


def test_who_waits_to_write_leaves_threads_for_who_reads(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One unit holds the database; the next is told at once that nothing was recorded."""
    monkeypatch.setattr("consulta.platform.work.WRITERS_WAIT", 0.01)
    bench.limit_writers(1)
    with bench.work(COMMAND, moment()):
        with pytest.raises(Problem, match=r"store\.unavailable"), bench.work(COMMAND, moment()):
            pass
        assert visitor.get("/es/").status_code == 200
        assert visitor.get("/es/new-link").status_code == 200
        refused = visitor.submit("/es/new-link", {"email": "ana@example.org"})
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert visitor.submit("/es/new-link", {"email": "ana@example.org"}).status_code == 303


# -- mail that a killed worker had in hand


def lend(bench: Bench, worker: str) -> None:
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries({"t1": 1}), "key")
    with bench.work(WORKER, moment()) as work:
        assert outbox.claim(work, worker, None) == 1


def in_hand(bench: Bench) -> bool:
    with bench.read(WORKER, moment() + timedelta(seconds=5)) as work:
        return bool(outbox.holders(work))


def test_mail_of_a_killed_worker_of_this_machine_goes_on_at_once(bench: Bench, settings: Settings) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    lend(bench, f"{socket.gethostname()}:{gone.pid}:0a0b0c0d")
    worker = Worker(bench, settings)
    assert worker.mail.send_due() == 0
    worker.free_leases()
    assert worker.mail.send_due() == 1
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.get_one(Message, 1).state == "sent"


def test_in_a_container_the_number_of_a_worker_before_is_ones_own(bench: Bench, settings: Settings) -> None:
    lend(bench, f"{socket.gethostname()}:{os.getpid()}:0a0b0c0d")
    Worker(bench, settings).free_leases()
    assert not in_hand(bench)


@pytest.mark.parametrize("host", ["another-machine", ""])
def test_of_a_worker_elsewhere_nothing_is_known(bench: Bench, settings: Settings, host: str) -> None:
    lend(bench, f"{host}:999999:0a0b0c0d")
    Worker(bench, settings).free_leases()
    assert in_hand(bench)


def test_a_worker_that_lives_keeps_its_mail(bench: Bench, settings: Settings) -> None:
    other = Worker(bench, settings)
    lend(bench, other.running.name)
    Worker(bench, settings).free_leases()
    assert in_hand(bench)
    alive = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        assert alive.stdin is not None
        with bench.work(WORKER, moment()) as work:
            work.session.get_one(Message, 1).claimed_by = f"{socket.gethostname()}:{alive.pid}:0a0b0c0d"
        Worker(bench, settings).free_leases()
        assert in_hand(bench)
    finally:
        alive.communicate(b"\n")
