"""Commands over a database that cannot be reached, or that is none: one line that says what to look at."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from consulta.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "words", [["check"], ["check", "--deploy"], ["migrate"], ["serve"], ["worker"], ["init"]]
)
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
