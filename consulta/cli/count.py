"""`consulta count` and `consulta verify`: a round counted from its bundle by anybody, with the core alone."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from consulta import messages
from consulta.core import bundle as bundles
from consulta.core.count import count as count_bundle
from consulta.core.count import verify as verify_bundle
from consulta.core.problems import Problem
from consulta.core.reading import MOST_BYTES

REFUSED = 2
DIFFERENT = 1
LONGEST = 600


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the result to this file instead.")
def count(bundle: Path, out: Path | None) -> None:
    """Count BUNDLE and print its result as JSON."""
    try:
        result = count_bundle(bundles.parse(_read(bundle))).to_json()
        if out is not None:
            _write(out, result)
    except Problem as problem:
        _refuse(problem)
    if out is None:
        click.echo(result, nl=False)


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path))
@click.argument("result", type=click.Path(path_type=Path))
def verify(bundle: Path, result: Path) -> None:
    """Count BUNDLE again and compare with RESULT."""
    try:
        difference = verify_bundle(bundles.parse(_read(bundle)), _read(result))
    except Problem as problem:
        _refuse(problem)
    if difference is not None:
        click.echo(f"different: {difference}")
        raise SystemExit(DIFFERENT)
    click.echo("verified")


def _read(path: Path) -> bytes:
    """Return a file, of one that is too large no more than it takes to see that."""
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise Problem("file.unreadable", path=path) from error


def _write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    try:
        part.write_bytes(content)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise Problem("file.unwritable", path=path) from error


def _refuse(problem: Problem) -> NoReturn:
    """Say a problem in one line and stop."""
    text = _one_line(messages.sentence(problem.code, problem.params))
    click.echo(f"error: {problem.code}: {text}", err=True)
    raise SystemExit(REFUSED)


def _one_line(text: str) -> str:
    """Return a text for a terminal: no line breaks, no control characters, not longer than a screen."""
    plain = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(text.split())
    )
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
