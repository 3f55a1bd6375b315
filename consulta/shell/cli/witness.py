"""Commands about checkpoints: the key with which this log signs them, and the witness of another log."""

from __future__ import annotations

import sys

import click

from consulta.platform import programs
from consulta.platform.log import signing
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND
from consulta.rounds import witnesses
from consulta.shell.cli.output import now, opened

STATES = {
    "none": "no key yet: consulta migrate makes it",
    "ready": "in use",
    "missing": "the file is missing: put it back from a copy, or run consulta key rotate",
    "unreadable": "the file cannot be used: it is an Ed25519 key that its owner alone reads (chmod 600)",
    "another": "the file has another key than the log tells: put that one back, or run consulta key rotate",
}


@click.group()
def key() -> None:
    """Show or change the key with which checkpoints of the log are signed."""


@key.command()
def show() -> None:
    """Print the public keys of the log, the newest last, and whether the private one is there."""
    settings = Settings.from_env()
    with opened(settings) as bench, bench.read(COMMAND, now()) as work:
        click.echo(witnesses.keys(work), nl=False)
        click.echo(f"{signing.path_in(settings.data)}: {STATES[witnesses.state(work, settings)]}")


@key.command()
@click.confirmation_option(prompt="Witnesses must be told of the new key. Go on?")
def rotate() -> None:
    """Make another key, and let the log say from when on it signs."""
    settings = Settings.from_env()
    with opened(settings) as bench, bench.work(COMMAND, now()) as work:
        click.echo(witnesses.change(work, settings))
    click.echo("tell this line to every witness, by another way than these pages", err=True)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def witness(arguments: tuple[str, ...]) -> None:
    """Watch the log of an installation and cosign it: new NAME, watch ADDRESS, show, receipt FILE."""
    sys.exit(programs.loaded(programs.WITNESS).main(list(arguments)))
