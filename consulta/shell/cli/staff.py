"""Commands about the people who can sign in: of the secretariat, and scrutineers."""

from __future__ import annotations

from typing import get_args

import click

from consulta.accounts import staff as accounts_of_staff
from consulta.platform import accounts
from consulta.platform.data import tongues
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND
from consulta.rounds import links
from consulta.shell.cli.output import now, opened


@click.group()
def staff() -> None:
    """Manage who can sign in to the secretariat's desk, or as a scrutineer."""


@staff.command()
@click.argument("email")
@click.option("--name", prompt=True, help="How the person is called on the pages.")
@click.option(
    "--role", type=click.Choice(get_args(accounts.StaffRole)), default="secretariat", show_default=True
)
@click.option("--organisation", default="", help="Of a scrutineer: shown to everybody with the name.")
@click.option(
    "--language", type=click.Choice(tongues.with_desk(tongues.codes())), help="Language of the desk"
)
def add(email: str, name: str, role: accounts.StaffRole, organisation: str, language: str | None) -> None:
    """Add a person, and print the link with which the account begins."""
    settings = Settings.from_env()
    with opened() as bench, bench.work(COMMAND, now()) as work:
        _person, token = accounts_of_staff.create(work, email, name, role, language or "", organisation)
        spoken = work.language(language or "")
    _show(email, settings.base_url, spoken, token)


def _show(email: str, base_url: str, language: str, token: str) -> None:
    """Print a link to begin an account; only its owner should use it."""
    click.echo(f"{email} begins here, once and within three days:")
    click.echo(links.url(base_url, language, token, accounts_of_staff.WAY))


@staff.command(name="list")
def list_() -> None:
    """List all accounts."""
    with opened() as bench, bench.read(COMMAND, now()) as work:
        people = accounts.list_staff(work)
    for person in people:
        click.echo(
            f"{person.email}\t{person.name}\t{person.role}\t{'' if person.active else 'disabled'}".rstrip()
        )


@staff.command()
@click.argument("email")
@click.option("--without-second-step", is_flag=True, help="Take away passkeys, codes and recovery codes too.")
def link(email: str, *, without_second_step: bool) -> None:
    """Print a link with which a person sets another password; it ends the waits after failed sign-ins."""
    settings = Settings.from_env()
    with opened() as bench, bench.work(COMMAND, now()) as work:
        token = accounts_of_staff.hand_out_link(work, email, anew=without_second_step)
        spoken = work.languages[0]
    _show(email, settings.base_url, spoken, token)


@staff.command()
@click.argument("email")
def disable(email: str) -> None:
    """Close a person's account and end their sessions."""
    with opened() as bench, bench.work(COMMAND, now()) as work:
        accounts.disable_staff(work, email)
    click.echo(f"disabled: {email}")


@staff.command()
@click.argument("email")
def enable(email: str) -> None:
    """Open a disabled account again, with the password that it had."""
    with opened() as bench, bench.work(COMMAND, now()) as work:
        accounts.enable_staff(work, email)
    click.echo(f"enabled: {email}")


@staff.command()
@click.argument("email")
def unlock(email: str) -> None:
    """Forget the failed sign-ins counted for an address, so that nothing has to be waited for."""
    with opened() as bench, bench.work(COMMAND, now()) as work:
        accounts.unlock_staff(work, email)
    click.echo(f"unlocked: {email}")
