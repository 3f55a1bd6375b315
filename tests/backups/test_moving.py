"""The schema goes back by a command, and an installation moves from one database to the other by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import delete, func, select, update

from consulta.backups import service as backups
from consulta.cli import main
from consulta.core.problems import Problem
from consulta.infra import database as db
from consulta.infra import dump
from consulta.infra.models import Ballot, LogEntry, Registration, Seat
from consulta.infra.work import COMMAND, Bench
from consulta.worker.loop import Worker
from tests.checks.published import live
from tests.drafts import NOW
from tests.lifecycle.round_life import House
from tests.mailer.desk import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.infra.settings import Settings
    from tests.benches import Demo


@pytest.fixture
def run(either: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command of the installation over `either`."""
    monkeypatch.setenv("CONSULTA_DATA", str(settings.data))
    monkeypatch.setenv("CONSULTA_SECRET", settings.secret)
    monkeypatch.setenv("CONSULTA_DATABASE", either.engine.url.render_as_string(hide_password=False))

    def called(*words: str) -> Result:
        either.engine.dispose()
        return CliRunner().invoke(main, list(words))

    return called


def acts(bench: Bench, action: str) -> int:
    with bench.read(COMMAND, NOW) as work:
        query = select(func.count()).select_from(LogEntry).where(LogEntry.action == action)
        return work.session.scalar(query) or 0


def test_a_published_round_goes_back_by_command_after_a_backup_and_up_again(
    either: Bench, run: Callable[..., Result], tmp_path: Path
) -> None:
    live(either)
    asked = run("migrate", "--to", "0054")
    assert asked.exit_code == 1, "no person said yes"
    assert "may this be lost?" in asked.output
    done = run("migrate", "--to", "0054", "--yes")
    assert done.exit_code == 0, done.output
    assert "0057: Mail that is held" in done.output, "what each step loses is said"
    (made,) = (tmp_path / "backups" / "kept").glob("*.backup")
    assert str(made) in done.output
    with pytest.raises(Problem, match=r"store\.schema"):
        db.require_current(either.engine)
    assert run("migrate").exit_code == 0
    assert run("check").exit_code == 0
    assert acts(either, "database.taken_back") == 1


@pytest.mark.parametrize("revision", ["9999", "0001", "0057 ", "head", ""])
def test_where_no_way_leads_back_it_says_so_and_writes_nothing(
    bench: Bench, settings: Settings, tmp_path: Path, revision: str
) -> None:
    with pytest.raises(Problem) as problem:
        backups.take_back(bench, settings.backups, tmp_path / "kept", revision, NOW)
    assert problem.value.code == "store.way_back"
    assert not (tmp_path / "kept").exists()


def test_a_way_back_that_fails_changes_nothing_and_names_the_backup(
    bench: Bench, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(connection: object, revision: str) -> None:
        raise Problem("store.unavailable")

    monkeypatch.setattr(db, "take_back", refused)
    with pytest.raises(Problem) as problem:
        backups.take_back(bench, settings.backups, tmp_path / "kept", "0054", NOW)
    assert problem.value.code == "store.stays"
    assert problem.value.params["path"] == next((tmp_path / "kept").glob("*.backup"))
    db.require_current(bench.engine)
    assert acts(bench, "database.taken_back") == 0


@pytest.mark.parametrize("revision", [db.OLDEST])
def test_all_that_the_demo_has_goes_back_and_up_again(demo: Demo, settings: Settings, revision: str) -> None:
    """0045 has rows of recommendations and the lists from which they were taken, both.

    All but a late registration, and one that was withdrawn, which the schemas of before have no place for
    (decisions 78 and 83).
    """
    bench = demo.bench(settings)
    with pytest.raises(RuntimeError, match="a late registration was withdrawn"):
        db.downgrade(bench.engine, revision)
    with bench.engine.begin() as connection:
        connection.execute(update(Seat).values(withdrawn_at=None))
    with pytest.raises(RuntimeError, match="an organisation was registered"):
        db.downgrade(bench.engine, revision)
    with bench.engine.begin() as connection:
        connection.execute(delete(Registration))
    db.downgrade(bench.engine, revision)
    db.upgrade(bench.engine)
    db.require_current(bench.engine)
    assert db.integrity(bench.engine) == []
    bench.engine.dispose()


def test_an_installation_moves_and_the_database_of_before_takes_no_vote(
    either: Bench,
    settings: Settings,
    run: Callable[..., Result],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    """From each kind to the other: all is there, and what still serves the one of before records nothing."""
    house = House(either, settings)
    house.import_members(3)
    house.open()
    house.work_on_mail("sent")
    house.vote(0, ("tema_numero_1", "tema_numero_2"), 1)
    was = either.engine.dialect.name
    to = str(tmp_path / "to.sqlite3") if was == "postgresql" else request.getfixturevalue("postgres_url")
    done = run("move", to)
    assert done.exit_code == 0, done.output
    there = Bench(dump.engine_of(to))
    with there.read(COMMAND, NOW) as work:
        assert work.session.scalar(select(func.count()).select_from(Ballot)) == 1
    assert (acts(there, "database.moved"), acts(either, "database.moved")) == (1, 0)
    with pytest.raises(Problem) as problem:
        house.vote(1, ("tema_numero_3",), 2)
    assert problem.value.code == "store.unavailable"
    assert Worker(either, settings, clock=Clock(house.clock.now)).mail.send_due() == 0
    with pytest.raises(Problem, match=r"store\.moved"):
        db.require_current(either.engine)
    again = run("move", to)
    assert again.exit_code == 2
    assert "was moved to another one" in again.output
    there.engine.dispose()


def test_nothing_moves_over_what_is_there_and_the_installation_goes_on(
    bench: Bench, settings: Settings, tmp_path: Path
) -> None:
    to = tmp_path / "to.sqlite3"
    engine = db.connect(f"sqlite:///{to}")
    db.upgrade(engine)
    engine.dispose()
    with pytest.raises(Problem) as problem:
        backups.move(bench, str(to), NOW)
    assert problem.value.code == "backup.not_empty"
    db.require_current(bench.engine)
    with bench.work(COMMAND, NOW) as work:
        work.record("mail.paused", "mail")
