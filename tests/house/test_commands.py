"""The command line finds its commands, and loads no more than the one that was called."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import click
from click.testing import CliRunner

from consulta import __version__
from consulta.platform.settings import SettingsError
from consulta.shell import cli
from tests.cases import for_each

if TYPE_CHECKING:
    import pytest


def test_each_command_is_where_the_table_says() -> None:
    for name in cli.COMMANDS:
        command = cli.main.get_command(click.Context(cli.main), name)
        assert command is not None
        assert command.name == name


def test_an_unknown_command_is_refused() -> None:
    answer = CliRunner().invoke(cli.main, ["conut"])
    assert answer.exit_code == 2
    assert "conut" in answer.output


def test_the_version_is_the_package_s() -> None:
    answer = CliRunner().invoke(cli.main, ["--version"])
    assert answer.output.split()[-1] == __version__


@for_each("name", ["count", "verify"])
def test_a_recount_needs_neither_web_nor_database(name: str) -> None:
    program = (
        "import sys; from consulta.shell.cli import main; import click;"
        f"main.get_command(click.Context(main), {name!r});"
        "print(sorted({'flask', 'sqlalchemy', 'alembic', 'jinja2'} & set(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


def test_a_setting_that_is_missing_is_said_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    @click.command()
    def unset() -> None:
        raise SettingsError("there is no secret")

    monkeypatch.setattr(cli.LazyGroup, "get_command", lambda self, ctx, cmd_name: unset)
    answer = CliRunner().invoke(cli.main, ["serve"])
    assert answer.exit_code == 2
    assert answer.output == "error: there is no secret\n"
