"""`consulta verifier`: the verifier as one HTML file, and its fingerprint to compare with published ones."""

from __future__ import annotations

from pathlib import Path

import click

from consulta.results import verifier as html_verifier
from consulta.shell.cli.output import fail


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="Also write the file here.")
def verifier(out: Path | None) -> None:
    """Print the fingerprint of verificar.html, the verifier for any browser, as sha256sum does."""
    if out is not None:
        try:
            out.write_bytes(html_verifier.html())
        except OSError as error:
            fail("file.unwritable", f"{out} cannot be written: {error.strerror}.")
    click.echo(f"{html_verifier.digest()}  {html_verifier.FILE_NAME}")
