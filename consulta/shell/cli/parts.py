"""`consulta parts`: a bundle, or a closed round of the installation, written in parts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from consulta.core.counting import columns
from consulta.core.problems import Problem
from consulta.core.trust import record
from consulta.results.parts import files
from consulta.shell.cli.count import USUAL, refuse

if TYPE_CHECKING:
    from consulta.core.counting.divided import Manifest


@click.command()
@click.argument("source", metavar="BUNDLE|ROUND")
@click.argument("folder", type=click.Path(path_type=Path))
def parts(source: str, folder: Path) -> None:
    """Write the BUNDLE, or the closed ROUND with this key, into the new FOLDER, in parts.

    Parts can be counted and verified one by one, in any order: consulta count FOLDER, consulta verify FOLDER.
    """
    if folder.exists():
        raise click.UsageError(f"{folder} exists already: name a new folder.")
    manifest = _of_bundle(Path(source), folder) if Path(source).is_file() else _of_round(source, folder)
    click.echo(f"parts: {len(manifest.parts)}, ballots: {manifest.ballots}, root: {manifest.root}")


def _of_bundle(path: Path, folder: Path) -> Manifest:
    try:
        with path.open("rb") as file:
            return files.write(folder, *columns.cut(file))
    except Problem as problem:
        refuse(problem, USUAL)


def _of_round(key: str, folder: Path) -> Manifest:
    from consulta.platform.work import COMMAND  # noqa: PLC0415 - a bundle needs no database
    from consulta.results import service  # noqa: PLC0415
    from consulta.shell.cli.output import now, opened  # noqa: PLC0415

    with opened() as bench:
        with bench.read(COMMAND, now()) as work:
            manifest = service.cut(work, key, folder)
        with bench.work(COMMAND, now()) as work:
            service.note_cut(work, key, record.digest(manifest.to_json()))
    return manifest
