"""The command that shows everything: it fills an empty data folder with an invented example, and serves it.

Passwords and personal links, which no database can be asked for, stay in `demo.txt` beside the data. That
file is written last: where it is missing and there are data, a filling was interrupted or the data are real.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from consulta.app import create_app
from consulta.people import members
from consulta.platform import accounts
from consulta.platform.data.catalogue import DEMO_PASSWORDS, demo_file
from consulta.platform.listing import Wanted
from consulta.platform.log import signing
from consulta.platform.paths import data_dir
from consulta.platform.work import COMMAND
from consulta.rounds import service as rounds
from consulta.shell.cli.database import set_up
from consulta.shell.cli.demo import filling
from consulta.shell.cli.output import fail, now, opened
from consulta.shell.cli.serve import beside, free_port, run

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.shell.cli.demo.filling import Filled

HOST = "127.0.0.1"
_ADDRESS = re.compile(rf"http://{re.escape(HOST)}:\d+")


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port to serve on; the next free one if taken.")
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the pages when all is there.")
def demo(port: int, serving: bool) -> None:  # noqa: FBT001 - click names it on the command line
    """Fill an empty data folder with an invented example the first time, and serve it."""
    chosen = free_port(HOST, port) if serving else port
    if chosen != port:
        click.echo(f"Port {port} is taken: this demo is on port {chosen}.")
    _declare(data_dir())
    settings = _open(replace(set_up(signs=False), base_url=f"http://{HOST}:{chosen}"))
    click.echo(_sign_in_text(settings))
    if serving:
        click.echo("Press Ctrl+C to stop.")
        with opened(settings) as bench, beside(bench, settings):
            run(create_app(settings, bench), HOST, chosen)


def _declare(folder: Path) -> None:
    """Give a new demo what an installation adds in files: an age group of persons, a ballot field."""
    if folder.is_dir() and any(folder.iterdir()):
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in ("attributes.toml", "ballot.toml"):
        _keep(folder / name, demo_file(name).decode())


def _open(settings: Settings) -> Settings:
    """Return settings by which one person can try everything, unless the environment asks for more."""
    return replace(
        settings,
        second_factor=settings.second_factor if os.environ.get("CONSULTA_SECOND_FACTOR") else "optional",
        two_persons=settings.two_persons if os.environ.get("CONSULTA_TWO_PERSONS") else "no",
    )


def _sign_in_text(settings: Settings) -> str:
    """Return the text that says what to open and how to sign in; fill an empty database first.

    The text of an earlier filling is returned with the base address of the present settings. End the
    command with the error `demo.unfinished` if the folder holds data but no finished demo.
    """
    kept = settings.data / DEMO_PASSWORDS
    with opened(settings) as bench:
        if _is_empty(bench):
            click.echo(f"Filling a demo in {settings.data}: this takes a few seconds.")
            signer = signing.make(settings.data, signing.origin_of(settings.base_url), replace=True)
            text = _text(settings, filling.fill(bench, now(), settings.base_url, signer, settings.data))
            _keep(kept, text)
            return text
    if not kept.is_file():
        fail(
            "demo.unfinished",
            f"{settings.data} holds data, but no finished demo. If a demo was interrupted there, remove that "
            "folder and run this again. If the data are real, name another folder for the demo by "
            "CONSULTA_DATA.",
        )
    return _ADDRESS.sub(settings.base_url, kept.read_text(encoding="utf-8"))


def _is_empty(bench: Bench) -> bool:
    """Return whether the database has no round, no member and no account."""
    with bench.read(COMMAND, now()) as work:
        listed = members.list_members(work, Wanted())
        return not (rounds.list_rounds(work) or listed.whole or accounts.list_staff(work))


def _text(settings: Settings, filled: Filled) -> str:
    base = settings.base_url
    published = f"{base}/es/rounds/{filling.PUBLISHED}"
    lines = [
        "A demo of consulta. Every organisation and every person in it is invented (EJEMPLO).",
        "",
        f"  home         {base}/",
        f"  a result     {published}/result",
        f"  a panel      {published}/panel",
        f"  check it     {published}/verify   (the file for it: {base}/es/verificar.html)",
        f"  a factsheet  {published}/factsheet",
        f"  in words     {published}/said",
        f"  open data    {base}/es/data",
        f"  members      {base}/es/members",
        f"  apply        {base}/es/apply",
        f"  the log      {base}/es/log",
        f"  two topics   {base}/es/rounds/{filling.SHARED}/result",
        f"  totals only  {base}/es/rounds/{filling.TOTALS}/result",
        f"  sign in      {base}/es/account/sign-in",
        f"  data         {settings.data}",
        "",
        "Sign-ins:",
        *(f"  {person.role:<12} {person.email:<28} {person.password}" for person in filled.sign_ins),
        "",
        "Personal links to vote in the open round, each as often as you like:",
    ]
    for link in filled.links:
        lines += [f"  [{link.language}] {link.organisation}", f"       {link.url}"]
    lines += [
        "",
        "Links of organisations that apply, of a sponsor, of a member to its data, and to what votes did:",
    ]
    for label, url in filled.pages:
        lines += [f"  {label}", f"       {url}"]
    lines += ["", "Personal links to propose themes for the round that is being prepared:"]
    for link in filled.to_propose:
        lines += [f"  [{link.language}] {link.organisation}", f"       {link.url}"]
    lines += ["", "Links to say what became of recommendations:"]
    for label, url in filled.to_answer:
        lines += [f"  {label}", f"       {url}"]
    return "\n".join(lines) + "\n"


def _keep(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    beside.replace(path)
