"""An installation moves from one database to the other by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from consulta.core.problems import Problem
from consulta.operations import backups
from consulta.platform import database as db
from consulta.platform import dump
from consulta.platform.models import Ballot, LogEntry
from consulta.platform.work import COMMAND, Bench
from consulta.shell.cli import main
from consulta.shell.worker.loop import Worker
from tests.desk.round_life import House
from tests.drafts import NOW
from tests.platform.mailer.desk import Clock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from consulta.platform.settings import Settings


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
