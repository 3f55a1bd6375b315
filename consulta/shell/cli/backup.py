"""Commands about backups: take one, restore one, prove one."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consulta.app import use_dimensions
from consulta.core.problems import Problem
from consulta.operations import backups
from consulta.platform.formats import backup as files
from consulta.platform.messages import sentence
from consulta.platform.settings import Settings, SettingsError
from consulta.shell.cli.output import fail, now, opened, present_settings

if TYPE_CHECKING:
    from consulta.operations.backups import Restored


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--new-key",
    "key",
    type=click.Path(path_type=Path),
    help="Make no backup, but a key that opens encrypted ones: write it to this file, print its recipient.",
)
def backup(folder: Path | None, key: Path | None) -> None:
    """Write a backup into FOLDER (or CONSULTA_BACKUP_FOLDER), while the installation runs."""
    if key is not None:
        _make_key(key)
        return
    settings = present_settings()
    place = folder or settings.backups.folder
    if place is None:
        raise click.UsageError("Name a folder, or set CONSULTA_BACKUP_FOLDER.")
    with opened(settings) as bench:
        made = backups.take(bench, settings.backups, place, now())
        click.echo(made.path)
        backups.hand_over(settings.backups, made)


def _make_key(path: Path) -> None:
    """Write a new key into a file that only its owner reads; a file that is there stays."""
    try:
        recipient, key = files.make_key()
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"# public key: {recipient}\n{key}\n")
    except Problem as problem:
        fail(problem.code, sentence(problem.code, problem.params))
    except OSError as error:
        fail("file.unwritable", f"{path}: {error.strerror}")
    click.echo(f"CONSULTA_BACKUP_RECIPIENT={recipient}")
    click.echo(
        f"keep {path} apart from this machine: without it no encrypted backup can be restored", err=True
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--to", "address", metavar="DATABASE", help="An empty database: postgresql://…, or the path of a file."
)
@click.option("--drill", is_flag=True, help="Restore into a temporary folder, check, and delete it again.")
@click.option("--identity", type=click.Path(path_type=Path), help="File with the key of an encrypted backup.")
def restore(file: Path, address: str | None, drill: bool, identity: Path | None) -> None:  # noqa: FBT001 - a flag
    """Restore a backup into an empty database, look whether it is sound, and count again what it counted."""
    if drill == bool(address):
        raise click.UsageError("Say either --to DATABASE or --drill.")
    _use_settings()
    try:
        if address:
            found = backups.restore(file, address, now(), identity)
        else:
            found = backups.drill(file, now(), identity)
    except Problem as problem:
        fail(problem.code, sentence(problem.code, problem.params))
    _tell(found)
    if drill:
        click.echo("nothing of it was kept")
    else:
        click.echo("its mail is held: the secretariat releases it on the first page of the desk")
    sys.exit(0 if found.is_sound else 1)


@click.command()
@click.argument("database")
def move(database: str) -> None:
    """Move the installation into an empty DATABASE: postgresql://…, or the path of a file for SQLite.

    Nothing is taken in the database of before from then on, whatever still serves it.
    """
    with opened() as bench:
        found = backups.move(bench, database, now())
    _say(found)
    click.echo(f"moved {found.manifest.rows} rows; nothing is recorded any more in the database of before")
    click.echo("next: set CONSULTA_DATABASE to the new address, and start consulta")


def _use_settings() -> None:
    """Take over the dimensions of the installation, where there is one on this machine."""
    try:
        use_dimensions(Settings.from_env())
    except SettingsError as error:
        click.echo(f"without settings of an installation: {error}", err=True)


def _tell(found: Restored) -> None:
    said = found.manifest
    click.echo(f"backup of {said.taken_at}, consulta {said.version}, schema {said.revision}")
    click.echo(f"restored {said.rows} rows; all digests and the tree of the log hold")
    _say(found)


def _say(found: Restored) -> None:
    for each in found.checks:
        click.echo(f"{'FAULT' if each.faults else 'ok   '}  {each.name}")
        for fault in each.faults:
            click.echo(f"       {fault}", err=True)
    click.echo(f"head {found.size}:{found.root}")
    click.echo("sound" if found.is_sound else "not sound")
