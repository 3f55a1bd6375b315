"""The worker takes backups by itself; the desk and the health check say when none comes."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.operations import backups
from consulta.platform.settings import BackupSettings, Settings, SettingsError
from consulta.platform.work import COMMAND
from consulta.shell.worker.loop import Worker
from tests.apps import app_over
from tests.benches import Visitor, _add_staff, signed_in
from tests.cases import for_each
from tests.desk.round_life import House
from tests.drafts import NOW
from tests.factories import moment
from tests.platform.mailer.desk import Clock

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from consulta.platform.work import Bench


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def keeping(settings: Settings, kept: Path) -> Settings:
    return replace(settings, backups=BackupSettings(folder=kept))


def look(worker: Worker) -> None:
    """Let the worker look once, and wait for its backup."""
    worker.look()
    if worker.backup.thread is not None:
        worker.backup.thread.join()


def taken(kept: Path) -> list[datetime]:
    return [each.at for each in reversed(backups.all_in(kept))]


@pytest.mark.deep
def test_hourly_while_a_round_is_open_and_at_its_closing(bench: Bench, keeping: Settings, kept: Path) -> None:
    house = House(bench, keeping)
    house.import_members(2)
    house.open()
    start = house.clock.now
    clock = Clock(start)
    worker = Worker(bench, keeping, clock=clock)
    for minutes in (0, 30, 59, 60, 90):
        clock.now = start + timedelta(minutes=minutes)
        look(worker)
    assert taken(kept) == [start, start + timedelta(hours=1)]
    house.clock.now = start + timedelta(minutes=95)
    house.close()
    clock.now = house.clock.now + timedelta(seconds=1)
    look(worker)
    look(worker)
    assert taken(kept) == [start, clock.now], "of one hour the newest stays"


@pytest.mark.deep
@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=400)])
def test_one_of_a_clock_that_was_ahead_neither_counts_nor_lets_others_follow_without_end(
    bench: Bench, keeping: Settings, kept: Path, ahead: timedelta
) -> None:
    house = House(bench, keeping)
    house.import_members(2)
    house.open()
    start = house.clock.now
    clock = Clock(start + ahead)
    worker = Worker(bench, keeping, clock=clock)
    look(worker)
    for minutes in (0, 1, 2, 30):
        clock.now = start + timedelta(minutes=minutes)
        look(worker)
        with bench.read(COMMAND, clock.now) as work:
            assert backups.late(work, keeping.backups) is None
            newest = backups.newest(keeping.backups, work.now)
            assert newest == (start if clock.now < start + ahead else start + ahead)
    assert taken(kept) == [start, start + ahead]


def test_one_that_was_taken_is_handed_over_and_told_in_the_log(
    bench: Bench,
    keeping: Settings,
    kept: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    handed: list[Path] = []
    monkeypatch.setattr(backups, "hand_over", lambda _settings, made: handed.append(made.path))
    with caplog.at_level(logging.INFO, "consulta.shell.worker"):
        look(Worker(bench, keeping, clock=Clock(NOW)))
    (found,) = backups.all_in(kept)
    assert handed == [found.path]
    assert f"backup.taken file={found.path.name}" in caplog.messages


def test_after_a_failure_it_is_tried_again_after_a_while(
    bench: Bench, keeping: Settings, kept: Path, caplog: pytest.LogCaptureFixture
) -> None:
    kept.write_text("no folder")
    worker = Worker(bench, keeping, clock=Clock(NOW))
    look(worker)
    look(worker)
    assert [each.getMessage() for each in caplog.records if "at=backup" in each.getMessage()] == [
        "worker.failed at=backup code=backup.unwritable"
    ]
    kept.unlink()
    worker.backup.not_before = 0.0
    look(worker)
    assert len(taken(kept)) == 1


def test_the_desk_and_the_health_check_tell_of_a_late_one(
    bench: Bench, keeping: Settings, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _add_staff(bench)
    app = app_over(keeping, bench)
    visitor = Visitor(signed_in(app, bench))
    assert visitor.get("/salud").text == "warning\n", "no restart helps: it does its work"
    assert "There is no backup yet" in visitor.get("/en/secretariat/").text
    backups.take(bench, keeping.backups, kept, moment())
    monkeypatch.setattr(backups, "is_late", lambda last, now, any_open: False)
    app.extensions["consulta"].kept.forget()
    told = visitor.get("/salud").text.splitlines()
    assert (told[0], told[1].split()[0]) == ("ok", "backup_age_seconds")
    assert "Latest backup: " in visitor.get("/en/secretariat/").text
    monkeypatch.setattr(backups, "is_late", lambda last, now, any_open: True)
    assert "The latest backup was made on" in visitor.get("/en/secretariat/").text


def test_the_desk_and_the_figures_tell_of_one_that_was_not_copied(
    bench: Bench, keeping: Settings, kept: Path
) -> None:
    _add_staff(bench)
    copying = replace(keeping, backups=replace(keeping.backups, command="/bin/false"))
    visitor = Visitor(signed_in(app_over(copying, bench), bench))
    made = backups.take(bench, copying.backups, kept, moment())
    with pytest.raises(Problem):
        backups.hand_over(copying.backups, made)
    assert "La última copia de seguridad no se llevó a otro lugar" in visitor.get("/es/secretariat/").text
    assert "\nconsulta_backup_not_copied 1\n" in visitor.get("/metrics").text
    backups.hand_over(replace(copying.backups, command="/bin/true"), made)
    assert "no se llevó a otro lugar" not in visitor.get("/es/secretariat/").text
    assert "\nconsulta_backup_not_copied 0\n" in visitor.get("/metrics").text


def environment(tmp_path: Path, **more: str) -> dict[str, str]:
    return {"CONSULTA_DATA": str(tmp_path), "CONSULTA_SECRET": "a secret of the tests, long enough", **more}


@for_each(
    "name, value",
    [
        ("CONSULTA_BACKUP_RECIPIENT", "AGE-SECRET-KEY-1QQQQ"),
        ("CONSULTA_BACKUP_RECIPIENT", "ssh-ed25519 AAAA"),
        ("CONSULTA_BACKUP_COMMAND", "copy"),
        ("CONSULTA_BACKUP_COMMAND", "/no/such/program"),
        ("CONSULTA_BACKUP_COMMAND", "/bin/sh -c true"),
    ],
)
def test_settings_that_cannot_work_are_refused_at_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        Settings.from_env(environment(tmp_path, **{name: value}))
