"""The command that shows everything: it fills an empty data folder with an invented example, and serves it.

Passwords and personal links, which no database can be asked for, stay in a file beside the data, which the
page `/demo` reads. It is written last: where it is missing and there are data, a filling was interrupted or
the data are real.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click
from flask import render_template

from consulta.app import create_app
from consulta.people import members
from consulta.platform import accounts, security
from consulta.platform.data import tongues
from consulta.platform.data.catalogue import DEMO_PASSWORDS, demo_file
from consulta.platform.listing import Wanted
from consulta.platform.log import signing
from consulta.platform.paths import data_dir
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND
from consulta.rounds import service as rounds
from consulta.shell.cli.database import set_up
from consulta.shell.cli.demo import filling
from consulta.shell.cli.output import fail, now, opened
from consulta.shell.cli.serve import beside, free_port, run

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.shell.cli.demo.filling import Filled

HOST = "127.0.0.1"
LOG = "demo.log"
REST = 5.0  # seconds: a demo that nobody looks at costs little
PARTS = 100  # of the bar while the demo is filled


@click.command()
@click.option("--port", default=8000, show_default=True, help="Port to serve on; the next free one if taken.")
@click.option("--serve/--no-serve", "serving", default=True, help="Serve the pages when all is there.")
def demo(port: int, serving: bool) -> None:  # noqa: FBT001 - click names it on the command line
    """Fill an empty data folder with an invented example the first time, and serve it."""
    chosen = free_port(HOST, port) if serving else port
    if chosen != port:
        click.echo(f"Port {port} is taken: this demo is on port {chosen}.")
    _declare(data_dir())
    log = data_dir() / LOG
    log.touch(mode=0o600)
    security.set_up(file=log)
    settings = _open(replace(set_up(signs=False), base_url=f"http://{HOST}:{chosen}"))
    _fill(settings)
    with opened(settings) as bench:
        app = create_app(settings, bench)
        click.echo(_lines(app, settings))
        if serving:
            with beside(bench, settings, REST):
                run(app, HOST, chosen)


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


def _fill(settings: Settings) -> None:
    """Fill an empty database; end the command with `demo.unfinished` where it holds other data."""
    kept = settings.data / DEMO_PASSWORDS
    with opened(settings) as bench:
        if _is_empty(bench):
            signer = signing.make(settings.data, signing.origin_of(settings.base_url), replace=True)
            with click.progressbar(length=PARTS, label="Filling the demo") as bar:
                filled = filling.fill(
                    bench,
                    now(),
                    settings.base_url,
                    signer,
                    settings.data,
                    lambda share: bar.update(round(share * PARTS) - bar.pos),
                )
            _keep(kept, json.dumps(_known(filled, settings.base_url), ensure_ascii=False, indent=1))
            return
    if not kept.is_file():
        fail(
            "demo.unfinished",
            f"{settings.data} holds data, but no finished demo. If a demo was interrupted there, remove that "
            "folder and run this again. If the data are real, name another folder for the demo by "
            "CONSULTA_DATA.",
        )


def _is_empty(bench: Bench) -> bool:
    """Return whether the database has no round, no member and no account."""
    with bench.read(COMMAND, now()) as work:
        listed = members.list_members(work, Wanted())
        return not (rounds.list_rounds(work) or listed.whole or accounts.list_staff(work))


def _known(filled: Filled, base_url: str) -> dict[str, Any]:
    """Return what the page `/demo` shows: accounts by role, and personal links with whose they are."""
    links = [
        *((link.organisation, link.url) for link in (*filled.links, *filled.to_propose)),
        *filled.pages,
        *filled.to_answer,
    ]
    return {
        "accounts": {each.role: {"email": each.email, "password": each.password} for each in filled.sign_ins},
        "links": [{"whose": whose, "path": url.removeprefix(base_url)} for whose, url in links],
    }


def _language() -> str:
    """Return the language of the terminal, where the pages have it; else that of the program's texts."""
    asked = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    code = asked[:2].lower()
    return code if code in tongues.codes() else tongues.source().code


def _lines(app: Flask, settings: Settings) -> str:
    """Return what to open and how to sign in, in the language of the terminal."""
    known = json.loads((settings.data / DEMO_PASSWORDS).read_text(encoding="utf-8"))
    language = _language()
    with app.test_request_context(base_url=settings.base_url), speaking(language):
        return render_template(
            "site/demo.txt",
            start=f"{settings.base_url}/{language}/demo",
            site=f"{settings.base_url}/",
            accounts=known["accounts"],
            data=settings.data,
            log=settings.data / LOG,
        )


def _keep(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    beside = path.with_suffix(".part")
    beside.unlink(missing_ok=True)
    with os.fdopen(
        os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    beside.replace(path)
