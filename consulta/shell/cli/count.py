"""`consulta count` and `consulta verify`: a count from a bundle alone, for any reader of the bundle.

Only the core counts. A whole archive is checked by `consulta.results.verifying`: what is around the ballots,
and the count once more.
"""

from __future__ import annotations

import gettext
import hashlib
import json
from pathlib import Path
from typing import Any, NoReturn

import click

from consulta.core.counting import files
from consulta.core.problems import Problem
from consulta.core.reading import MOST_BYTES
from consulta.core.streaming import MOST_STREAMED_BYTES
from consulta.platform import messages
from consulta.platform.data import tongues
from consulta.platform.log import stamping
from consulta.platform.log.notes import Checkpoint
from consulta.platform.paths import resource

REFUSED = 2
DIFFERENT = 1
LONGEST = 600
USUAL = "en"  # the language of who asks for none


ENGINES = ("here", "processes", "dask")


@click.command()
@click.argument("bundle", metavar="BUNDLE|FOLDER", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Write the result to this file instead.")
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    help="Who counts the parts of FOLDER: this process, several (usual for several parts), a Dask cluster.",
)
@click.option("--scheduler", metavar="ADDRESS", help="The cluster's scheduler, such as tcp://10.0.0.5:8786.")
@click.option("--workers", type=click.IntRange(1), help="How many processes; as many as cores by default.")
@click.option(
    "--lang", type=click.Choice(tongues.codes()), default=USUAL, help="Language in which a file is refused."
)
def count(
    bundle: Path,
    out: Path | None,
    engine: str | None,
    scheduler: str | None,
    workers: int | None,
    lang: str,
) -> None:
    """Count BUNDLE, or a FOLDER with a round in parts, and print its result as JSON."""
    try:
        if bundle.is_dir():
            from consulta.results.parts import counting  # noqa: PLC0415 - a bundle needs none of it

            result = counting.count(bundle, engine, scheduler, workers)
        elif engine or scheduler or workers:
            raise click.UsageError("--engine, --scheduler and --workers are for a folder with parts.")
        else:
            result = files.count_file(opener(bundle))
        if out is not None:
            _write(out, result)
    except Problem as problem:
        refuse(problem, lang)
    if out is None:
        click.echo(result, nl=False)


@click.command()
@click.argument("bundle", metavar="ARCHIVE|BUNDLE", type=click.Path(path_type=Path))
@click.argument("result", required=False, type=click.Path(path_type=Path))
@click.option("--head", multiple=True, metavar="HEAD", help="A head of the log that you kept; of an archive.")
@click.option("--sha256", multiple=True, metavar="DIGEST", help="The archive's published fingerprint.")
@click.option(
    "--tsa",
    type=click.Path(path_type=Path),
    help="Certificates (PEM, a file or a folder) of authorities whose time stamps you trust; of an archive.",
)
@click.option(
    "--lang",
    type=click.Choice(tongues.codes()),
    default=USUAL,
    help="Language of what is found in an archive, and in which a file is refused.",
)
@click.option("--part", type=click.IntRange(0), help="Check only this part, from 0; of a folder with parts.")
def verify(
    bundle: Path,
    result: Path | None,
    head: tuple[str, ...],
    sha256: tuple[str, ...],
    tsa: Path | None,
    lang: str,
    part: int | None,
) -> None:
    """Check an ARCHIVE (a ZIP or its folder), or count BUNDLE again and compare with RESULT.

    In place of BUNDLE, a folder with a round in parts: they are checked, then counted if there is a RESULT.
    """
    if (bundle / "manifest.json").is_file():
        _verify_parts(bundle, result, part, lang)
    elif part is not None:
        raise click.UsageError("--part is for a folder with parts.")
    elif result is None:
        _verify_archive(bundle, head, sha256, tsa, lang)
    elif head or sha256 or tsa:
        raise click.UsageError("--head, --sha256 and --tsa are for an archive.")
    else:
        try:
            files = opener(bundle), _read(result)
        except Problem as problem:
            refuse(problem, lang)
        _verify_files(*files, language=lang)
        click.echo("verified")


def _verify_parts(folder: Path, result: Path | None, part: int | None, language: str) -> None:
    """Say which parts are as the manifest says; then count them, if there is a result to compare with."""
    from consulta.results.parts import counting  # noqa: PLC0415 - a bundle needs none of it

    try:
        for name in counting.verify_parts(folder, part):
            click.echo(f"{name}: ok")
        difference = counting.verify_result(folder, _read(result)) if result else None
    except Problem as problem:
        refuse(problem, language)
    _tell_difference(difference)
    click.echo("verified")


def _tell_difference(difference: str | None) -> None:
    if difference is not None:
        click.echo(f"different: {difference}")
        raise SystemExit(DIFFERENT)


def _verify_archive(
    path: Path, heads: tuple[str, ...], digests: tuple[str, ...], tsa: Path | None, language: str
) -> None:
    """Say what the checks of an archive find; the ballots, where it has them, are counted again."""
    from consulta.results.verifying import checking  # noqa: PLC0415 - a count alone needs no database
    from consulta.results.verifying.files import UnfitError  # noqa: PLC0415 - the same

    try:
        box = checking.open_archive(path, language)
    except UnfitError as unfit:
        click.echo(unfit.code, err=True)
        raise SystemExit(REFUSED) from unfit
    box.held_heads, box.held_sums = [*heads], [*digests]
    try:
        status = checking.tell(box, click.echo)
        if status in {checking.AGREES, checking.UNSEEN} and "stamps.json" in box.files:
            _verify_stamps(box.files, tsa, language)
    except UnfitError as unfit:
        click.echo(unfit.code, err=True)
        raise SystemExit(REFUSED) from unfit
    finally:
        box.files.close()
    if status:
        raise SystemExit(status)
    if "bundle.json" in box.files:
        click.echo("verified")


def _verify_stamps(files: Any, tsa: Path | None, language: str) -> None:
    """Check who signed the time stamps, of which the verifier has let pass what they are about."""
    stamps = json.loads(files["stamps.json"])["stamps"]
    if tsa is None:
        click.echo(f"time stamps: {len(stamps)}; who signed them was not checked: --tsa CERTIFICATES")
        return
    roots = dict(line.split(" ")[:2] for line in files["heads.txt"].decode().splitlines()[1:])
    with files.opened("log.jsonl") as log:
        rows = [json.loads(line) for line in log if b'"checkpoints.key"' in line]
    keys = [json.loads(row["details"])["key"] for row in rows if row.get("action") == "checkpoints.key"]
    for number, each in enumerate(stamps):
        size, content = each["size"], bytes.fromhex(each["response"])
        bodies = [Checkpoint(key.partition("+")[0], size, roots[str(size)]).body.encode() for key in keys]
        about = next(body for body in bodies if hashlib.sha256(body).digest() in content)
        try:
            authority, time = stamping.checked(about, content, tsa)
        except Problem as problem:
            if problem.code in {"stamp.missing", "stamp.no_certificates"}:
                refuse(problem, language)
            said = _sentence(problem, language)
            click.echo(f"different: stamps.json stamps[{number}]: {said}")
            raise SystemExit(DIFFERENT) from problem
        click.echo(_one_line(f"time stamp of the head of {size} rows: {authority}, {time.isoformat()}"))


def _verify_files(bundle: files.Source, result: bytes, *, language: str) -> None:
    try:
        difference = files.verify_files(bundle, result)
    except Problem as problem:
        refuse(problem, language)
    _tell_difference(difference)


def opener(path: Path) -> files.Source:
    """Return what opens a bundle's file, which is read part by part.

    Raise Problem `file.unreadable` if it cannot be read, `bundle.json` if it is too large to be looked at.
    """
    try:
        size = path.stat().st_size
        path.open("rb").close()
    except OSError as error:
        raise Problem("file.unreadable", path=path) from error
    if size > MOST_STREAMED_BYTES:
        raise Problem("bundle.json", path="(file)", reason="large")
    return lambda: path.open("rb")


def _read(path: Path) -> bytes:
    """Return the content of a file; of a file that is too large, only its first `MOST_BYTES` + 1 bytes.

    Raise Problem `file.unreadable` if the file cannot be read.
    """
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


def refuse(problem: Problem, language: str) -> NoReturn:
    """Say a problem in one line and stop."""
    click.echo(f"error: {problem.code}: {_sentence(problem, language)}", err=True)
    raise SystemExit(REFUSED)


def _sentence(problem: Problem, language: str) -> str:
    """Return the sentence of a problem in a language, in one line; in English without its catalogue."""
    catalogue = gettext.translation("messages", resource("translations"), [language], fallback=True)
    return _one_line(messages.sentence(problem.code, problem.params, catalogue.gettext))


def _one_line(text: str) -> str:
    """Return a text for a terminal: no line breaks, no control characters, not longer than a screen."""
    plain = "".join(
        sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in " ".join(text.split())
    )
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
