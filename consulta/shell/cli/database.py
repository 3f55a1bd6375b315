"""Commands about the installation: set it up, bring it up to date, look whether it is sound."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import NoReturn

import click

from consulta.accounts import staff
from consulta.app import create_bench
from consulta.operations import monitoring
from consulta.platform import accounts, desk_settings, parts
from consulta.platform import database as db
from consulta.platform.mailer import outbox
from consulta.platform.paths import data_dir
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND
from consulta.results import checks
from consulta.results.checks import Heads
from consulta.rounds import links, witnesses
from consulta.shell.cli.output import now, opened


def set_up(*, signs: bool = True) -> Settings:
    """Create the data folder, its secret and its database where missing; return the settings.

    With `signs`, also the key with which heads of the log are signed, where there never was one. An empty
    database begins with a few parts of the program in use.
    What exists stays; the database is brought to the newest schema. Only the owner of the process can
    read the folder, since it holds addresses of people.
    """
    folder = data_dir()
    # Addresses of people are kept here: only the owner of the process may read them.
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not os.environ.get("CONSULTA_SECRET") and not os.environ.get("CONSULTA_SECRET_FILE"):
        _make_secret(folder / "secret")
    settings = Settings.from_env()
    db.make_private(settings.database)
    bench = create_bench(settings)
    db.upgrade(bench.engine)
    with bench.work(COMMAND, now()) as work:
        parts.start_with_few(work)
        if signs:
            witnesses.make_first(work, settings)
    bench.engine.dispose()
    return settings


def is_unused() -> bool:
    """Return whether nothing was ever kept: the data folder is empty, and no other database is named."""
    folder = data_dir()
    return not os.environ.get("CONSULTA_DATABASE") and not (folder.exists() and any(folder.iterdir()))


def _make_secret(path: os.PathLike[str]) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(secrets.token_urlsafe(48) + "\n")


@click.command()
@click.option("--admin", "email", default="", help="E-mail of the first administrator.")
@click.option("--name", default="", help="Name of the first administrator.")
def init(email: str, name: str) -> None:
    """Set up the data folder, its secret and its database, and print the link of the first administrator.

    Nobody but the person who opens the link learns the password. Run again it prints another link, as long as
    nobody has begun an account.
    """
    settings = set_up()
    click.echo(f"ready: {settings.data}")
    with opened() as bench, bench.work(COMMAND, now()) as work:
        token = staff.first_link(work, email, name=name)
        language = work.languages[0]
    if token is None:
        click.echo("the first administrator has begun; for other people: consulta staff add")
        return
    click.echo("start the site with consulta serve")
    tell_first(settings.base_url, language, token)


def tell_first(base_url: str, language: str, token: str) -> None:
    """Print the link with which the first administrator begins."""
    click.echo("the first administrator begins here, once and within three days:")
    click.echo(links.url(base_url, language, token, staff.WAY))


@click.command()
def migrate() -> None:
    """Bring the database to the newest schema, encrypt anew, seal, make the key of checkpoints."""
    settings = Settings.from_env()
    bench = create_bench(settings)
    db.upgrade(bench.engine)
    with bench.work(COMMAND, now()) as work:
        accounts.encrypt_keys(work)
        outbox.encrypt_tokens(work)
        desk_settings.encrypt_again(work)
        checks.seal_all(work)
        witnesses.make_first(work, settings)
    bench.engine.dispose()
    click.echo("the database is up to date")


class _Head(click.ParamType[Heads]):
    """Heads of the log: one as `check` and the log of the server write it, or all that a file holds."""

    name = "SIZE:ROOT or FILE"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Heads:
        """Return size and root of each head."""
        if found := checks.written_in(value.strip(), whole=True):
            return found
        try:
            content = Path(value).read_bytes()
        except OSError:
            told = f"{value!r} is neither a head, like 754:3f… with 64 signs after the colon, nor a file"
            self.fail(told, param, ctx)
        found = checks.in_file(content)
        if not found:
            self.fail(f"{value} holds no head: neither 754:3f… nor a signed checkpoint", param, ctx)
        return found


@click.command()
@click.option(
    "--head",
    "kept",
    type=_Head(),
    multiple=True,
    help="A head kept elsewhere (by a receipt, in the server's log), or a file with some (a mail to"
    " scrutineers, a signed checkpoint, a log): the log must still hold them.",
)
@click.option(
    "--deploy",
    "public",
    is_flag=True,
    help="Look instead whether it can be opened to the public: ends with 0, 1 (weak) or 2 (a fault).",
)
def check(kept: tuple[Heads, ...], *, public: bool) -> None:
    """Look whether the installation is sound, and count again what it counted: one line a check."""
    if public:
        _check_deployment()
    sound = True
    with opened() as bench:
        db.require_current(bench.engine)
        faults, looked_at = tuple(db.integrity(bench.engine)), db.looked_at(bench.engine)
        sound &= _said(checks.Check("the database", faults, looked_at))
        with bench.read(COMMAND, now()) as work:
            for each in checks.whole(work):
                sound &= _said(each)
            for size, root in dict.fromkeys(each for heads in kept for each in heads):
                found = tuple(checks.against(work, size, root))
                sound &= _said(checks.Check(f"the head of {size} rows that was kept elsewhere", found))
            size, root = checks.standing_head(work)
    if not sound:
        click.echo(UNSOUND, err=True)
    click.echo(f"head {size}:{root}")
    click.echo("sound" if sound else "not sound")
    sys.exit(0 if sound else 1)


UNSOUND = (
    "What to do: change nothing by hand and publish nothing. Keep a copy of the database as it is, with"
    " these lines. See from when it is so: consulta restore --drill FILE, one backup after the other."
    " Tell the scrutineers and the organisations of the rounds that are named; restore the last sound"
    " backup, or explain in public what differs."
)
ENDS = (
    "nothing to mend: it can be opened",
    "it can be served: mend what is weak before people vote",
    "it must not be opened like this: mend each fault first",
)
GRADES = {"well": "ok   ", "weak": "WEAK ", "unsafe": "FAULT"}


def _check_deployment() -> NoReturn:
    """Tell of each thing that is looked at before an installation is opened, and end the program."""
    settings = Settings.from_env()
    try:
        with opened(settings) as bench:
            db.require_current(bench.engine)
            with bench.read(COMMAND, now()) as work:
                found = list(monitoring.findings(work, settings))
    except db.UNUSABLE as error:  # the disk is full, or no server answers
        _list(monitoring.findings_without(settings, str(error.orig).strip().partition("\n")[0]))
        raise
    _list(found)
    grades = {each.grade for each in found}
    code = 2 if "unsafe" in grades else int("weak" in grades)
    click.echo(ENDS[code])
    sys.exit(code)


def _list(found: list[monitoring.Finding]) -> None:
    for each in found:
        click.echo(f"{GRADES[each.grade]}  {each.subject}: {each.told}", err=each.grade != "well")


def _said(done: checks.Check) -> bool:
    """Tell of a check in one line, and of each of its faults; whether there is none."""
    looked_at = f" ({done.looked_at})" if done.looked_at else ""
    click.echo(f"{'FAULT' if done.faults else 'ok   '}  {done.name}{looked_at}")
    for fault in done.faults:
        click.echo(f"       {fault}", err=True)
    return not done.faults
