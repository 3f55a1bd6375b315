"""Figures for programs that watch: read by a reader of others, closed to strangers, silent about votes."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.operations import backups, monitoring
from consulta.platform.counters import Counters
from consulta.platform.formats import exposition
from consulta.platform.models import Ballot
from consulta.platform.settings import BackupSettings, Settings, SettingsError
from consulta.platform.work import COMMAND
from consulta.shell.worker.loop import Worker
from consulta.vote import service as voting
from tests.cases import for_each
from tests.drafts import NOW
from tests.factories import moment
from tests.platform.mailer.desk import Clock
from tests.platform.mailer.desk import open_round as open_with_mail
from tests.polling import open_round

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from flask import Flask

    from consulta.platform.work import Bench

TOKEN = "a token for reading figures, long and varied"
PUBLIC = "https://consulta.example.org"

Figures = dict[tuple[str, str], float]


def read(text: str) -> Figures:
    """The figures of a text as the reader of prometheus_client finds them: by name and first label."""
    found: Figures = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in {"counter", "gauge"}
        for sample in family.samples:
            found[sample.name, next(iter(sample.labels.values()), "")] = sample.value
    return found


def installation(bench: Bench, settings: Settings, now: datetime) -> Figures:
    with bench.read(COMMAND, now) as work:
        return read(exposition.written(monitoring.of_installation(work, settings, 10**9)))


@pytest.mark.deep
def test_a_monitor_of_this_machine_reads_every_figure(app: Flask, bench: Bench, settings: Settings) -> None:
    open_with_mail(bench)
    Worker(bench, settings, clock=Clock(NOW)).look()
    client = app.test_client()
    for _ in range(3):
        client.get("/es/")
    assert client.get("/es/nowhere").status_code == 404
    answer = client.get("/metrics")
    assert answer.headers["Content-Type"] == exposition.MEDIA
    found = read(answer.text)
    assert found["consulta_database_up", ""] == 1
    assert found["consulta_requests_total", "2xx"] == 3
    assert found["consulta_requests_total", "4xx"] == 1
    assert found["consulta_errors_total", "vote"] == 0
    assert found["consulta_rounds", "open"] == 1
    assert found["consulta_worker_beat_timestamp_seconds", ""] == NOW.timestamp()
    assert found["consulta_mail_attempt_timestamp_seconds", ""] == NOW.timestamp()
    assert found["consulta_mail_waiting", ""] == 0
    assert ("consulta_head_timestamp_seconds", "") in found
    assert ("consulta_backup_late", "") not in found, "no folder of backups is set"


@for_each(
    "environ, headers",
    [
        ({"REMOTE_ADDR": "192.0.2.7"}, {}),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"X-Forwarded-For": "192.0.2.7"}),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"X-Real-IP": "127.0.0.1"}),
        ({"REMOTE_ADDR": "127.0.0.1"}, {"Host": "consulta.example.org"}),
        ({"REMOTE_ADDR": ""}, {}),
    ],
)
@for_each("behind", [True, False])
def test_strangers_read_no_figure_whatever_stands_before_it(
    settings: Settings, bench: Bench, environ: dict[str, str], headers: dict[str, str], behind: bool
) -> None:
    """Also where a proxy passes requests on and nobody told consulta of it."""
    client = create_app(replace(settings, base_url=PUBLIC, behind_proxy=behind), bench).test_client()
    answer = client.get("/metrics", headers={"Host": "127.0.0.1", **headers}, environ_base=environ)
    assert answer.status_code == 404
    assert "consulta_" not in answer.text


def test_with_a_token_figures_are_read_from_elsewhere_and_without_it_from_nowhere(
    settings: Settings, bench: Bench
) -> None:
    app = create_app(replace(settings, base_url=PUBLIC, metrics_token=TOKEN), bench)
    client = app.test_client()
    for given in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "ñ"},
    ):
        answer = client.get("/metrics", base_url=PUBLIC, headers=given)
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert client.get("/metrics", headers={"Host": "127.0.0.1"}).status_code == 401
    asked = {"Authorization": f"Bearer {TOKEN}"}
    assert read(client.get("/metrics", base_url=PUBLIC, headers=asked).text)["consulta_database_up", ""] == 1


def test_a_token_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
    }
    with pytest.raises(SettingsError, match="CONSULTA_METRICS_TOKEN needs"):
        Settings.from_env({**environ, "CONSULTA_METRICS_TOKEN": "abc"})
    file = tmp_path / "token"
    file.write_text(TOKEN)
    file.chmod(0o600)
    assert Settings.from_env({**environ, "CONSULTA_METRICS_TOKEN_FILE": str(file)}).metrics_token == TOKEN


@pytest.mark.deep
def test_votes_are_told_by_the_hour_and_in_sixteens(bench: Bench, settings: Settings) -> None:
    """Neither the hour of one vote nor a small number of them can be read off."""
    start = moment().replace(minute=30, second=0, microsecond=0)
    voters = open_round(bench, seats=17)
    told = []
    for number, voter in enumerate(voters):
        with bench.work(voter.actor, start) as work:
            voting.cast(work, "2027-1", Entries({"t1": 1}), f"key {number}")
        told.append(installation(bench, settings, start)["consulta_votes_acknowledged", "2027-1"])
    assert told == [0.0] * 17
    with bench.read(COMMAND, start) as work:
        assert work.session.query(Ballot).count() == 17
    assert (
        installation(bench, settings, start + timedelta(minutes=29))["consulta_votes_acknowledged", "2027-1"]
        == 0
    )
    assert (
        installation(bench, settings, start + timedelta(minutes=30))["consulta_votes_acknowledged", "2027-1"]
        == 16
    )


@pytest.mark.deep
def test_figures_of_mail_backups_and_heads_follow_what_happens(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    settings = replace(settings, backups=BackupSettings(folder=tmp_path / "kept"))
    found = installation(bench, settings, NOW)
    assert found["consulta_backup_late", ""] == 1
    assert ("consulta_backup_timestamp_seconds", "") not in found
    open_with_mail(bench)
    backups.take(bench, settings.backups, tmp_path / "kept", NOW)
    found = installation(bench, settings, NOW + timedelta(minutes=20))
    assert found["consulta_mail_due", ""] == found["consulta_mail_waiting", ""] > 0
    assert found["consulta_mail_lag_seconds", ""] == 1200
    assert found["consulta_mail_lags", ""] == 1
    assert found["consulta_backup_late", ""] == 0
    assert found["consulta_backup_timestamp_seconds", ""] == NOW.timestamp()


def test_without_a_database_the_counters_are_told_and_that_it_is_gone(
    app: Flask, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(monitoring, "of_installation", gone)
    found = read(app.test_client().get("/metrics").text)
    assert found["consulta_database_up", ""] == 0
    assert ("consulta_requests_total", "2xx") in found


def test_a_worker_says_that_it_lives_and_its_silence_is_a_warning(bench: Bench, settings: Settings) -> None:
    clock = Clock(NOW)
    worker = Worker(bench, settings, clock=clock)

    def state() -> str:
        with bench.work(COMMAND, clock.now) as work:
            return monitoring.report(work, 10**12, settings.backups).state

    assert state() == "ok", "none ever ran: nothing is known"
    worker.look()
    clock.forward(seconds=29)
    worker.look()
    assert installation(bench, settings, NOW)["consulta_worker_beat_timestamp_seconds", ""] == NOW.timestamp()
    clock.forward(minutes=4, seconds=30)
    assert state() == "ok"
    clock.forward(seconds=1)
    assert state() == "warning"
    worker.look()
    assert state() == "ok"


def test_processes_count_together_and_nothing_counted_is_lost_when_one_ends(tmp_path: Path) -> None:
    own = Counters(tmp_path / "counters")
    own.add("requests", "2xx")
    child = os.fork()
    if child == 0:  # a worker of gunicorn, made after the application was
        for _ in range(5):
            own.add("requests", "2xx")
        own.add("requests", "no such class")
        os._exit(0)
    os.waitpid(child, 0)
    own.add("requests", "2xx")
    assert own.sums()["requests", "2xx"] == 7
    later, elsewhere = Counters(tmp_path / "counters"), Counters(tmp_path / "other" / "counters")
    assert later.name() == own.name() != elsewhere.name()
    later.add("security", "access.denied")
    assert later.sums()["requests", "2xx"] == own.sums()["requests", "2xx"] == 7
    assert own.sums()["security", "access.denied"] == 1
    kept = [path.name for path in (tmp_path / "counters").glob("*.bin")]
    assert len(kept) == 3, "two that live, and one of those that ended"
