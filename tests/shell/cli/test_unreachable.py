"""Commands over a database that cannot be reached, or that is none: one line that says what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from click.testing import CliRunner

from consulta.shell.cli import main
from tests.cases import for_each

if TYPE_CHECKING:
    from pathlib import Path


@for_each("words", [["check"], ["check", "--deploy"], ["migrate"], ["serve"], ["worker"], ["init"]])
def test_a_database_that_is_not_there_is_said_in_one_line(tmp_path: Path, words: list[str]) -> None:
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
