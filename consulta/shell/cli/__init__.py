"""The command `consulta`: which commands there are, and where each is written.

A command's module is imported when it is called, so that a recount starts without a web framework.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from consulta import __version__
from consulta.platform.settings import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Command -> the module in this folder that has a click command of that name.
COMMANDS = {
    "init": "database",
    "migrate": "database",
    "check": "database",
    "backup": "backup",
    "restore": "backup",
    "move": "backup",
    "dossier": "dossier",
    "staff": "staff",
    "serve": "serve",
    "worker": "worker",
    "demo": "demo.command",
    "mail": "mail",
    "parts": "parts",
    "count": "count",
    "verify": "count",
    "verifier": "verifier",
    "key": "witness",
    "witness": "witness",
}


class LazyGroup(click.Group):
    """A group of commands that imports a command's module only when the command is used."""

    def __init__(self, *, places: Mapping[str, str], **settings: Any) -> None:
        super().__init__(**settings)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the table, in which a new user meets the commands."""
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return the command; None if there is none of this name."""
        if cmd_name not in self.places:
            return None
        module = import_module(f"consulta.shell.cli.{self.places[cmd_name]}")
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the command; a setting or a database that cannot be used is said in one line."""
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            click.echo(f"error: {error}", err=True)
            ctx.exit(2)
        except Exception as error:
            told = _of_database(error)
            if told is None:
                raise
            click.echo(f"error: {told}", err=True)
            ctx.exit(2)


def _of_database(error: Exception) -> str | None:
    """Return what to say of a database that cannot be reached or opened; None of any other error.

    The mapper is not imported for it: who counts again needs none.
    """
    known = sys.modules.get("sqlalchemy.exc")
    if known is None or not isinstance(error, known.OperationalError):
        return None
    cause = str(error.orig).strip().partition("\n")[0]
    return (
        f"the database cannot be used ({cause}). Look whether it runs and has room, and at CONSULTA_DATABASE:"
        " its address, user and password. Nothing was changed"
    )


@click.group(cls=LazyGroup, places=COMMANDS)
@click.version_option(__version__, package_name="consulta", prog_name="consulta")
def main() -> None:
    """Consult many organisations, count fairly, and choose a panel."""
