"""Commands over a database that cannot be reached, or that is none: one line that says what to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest
from click.testing import CliRunner
from sqlalchemy import make_url

from consulta.platform import database as db
from consulta.shell.cli import main, output
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings


@for_each("words", [["check"], ["check", "--deploy"], ["migrate"], ["serve"], ["worker"], ["init"]])
def test_a_database_that_is_not_there_is_said_in_one_line(
    tmp_path: Path, words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "PATIENCE", 0.0)
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
        "CONSULTA_DATABASE": "postgresql://consulta:topsecret@127.0.0.1:1/consulta",
    }
    done = CliRunner().invoke(main, words, env=environ)
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    (line,) = [line for line in done.output.splitlines() if line.startswith("error")]
    assert "CONSULTA_DATABASE" in line
    assert "refused" in line
    assert "topsecret" not in done.output
    assert "Traceback" not in done.output


@pytest.mark.postgres
def test_a_database_that_does_not_answer_yet_is_waited_for(
    settings: Settings,
    postgres_server: str,
    migrated_postgres_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It takes no connections when the command starts, as while it recovers."""
    name = make_url(migrated_postgres_url).database
    address = make_url(postgres_server).set(drivername="postgresql").render_as_string(hide_password=False)

    def let_in(answer: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS {answer}')

    waits = []

    def pass_time(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            let_in("true")

    monkeypatch.setattr(output, "sleep", pass_time)
    let_in("false")
    with output.opened(replace(settings, database=migrated_postgres_url), patient=True) as bench:
        db.require_current(bench.engine)
    assert len(waits) == 3
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("waiting for the database, 120 seconds at most (")
    assert "not currently accepting connections" in line


def test_what_is_looked_at_before_opening_is_listed_without_the_database_too(tmp_path: Path) -> None:
    """As on a disk so full that SQLite cannot open its log: here a folder is in the way of that."""
    environ = {
        "CONSULTA_DATA": str(tmp_path),
        "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
        "CONSULTA_BASE_URL": "http://127.0.0.1:8080",
    }
    assert CliRunner().invoke(main, ["init"], env=environ).exit_code == 0
    (file,) = tmp_path.glob("*.sqlite3")
    for beside in tmp_path.glob("*.sqlite3-*"):
        beside.unlink()
    file.with_name(f"{file.name}-wal").mkdir()
    done = CliRunner().invoke(main, ["check", "--deploy"], env=environ)
    assert (done.exit_code, type(done.exception)) == (2, SystemExit)
    subjects = [line.split(":")[0].split()[-1] for line in done.output.splitlines() if ": " in line]
    assert list(dict.fromkeys(subjects[:-1])) == [
        *(
            "database",
            "address",
            "files",
            "disk",
            "people",
            "promises",
            "mail",
            "backups",
            "log",
            "worker",
            "rounds",
            "dimensions",
        )
    ]
    assert "FAULT  database: it cannot be opened (" in done.output
    assert "WEAK   people: it could not be looked at without the database" in done.output
    assert [line[:6] for line in done.output.splitlines()][-1] == "error:"
