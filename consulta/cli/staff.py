"""Commands about the people who can sign in: of the secretariat, and scrutineers."""

from __future__ import annotations

from typing import get_args

import click

from consulta.accounts import service as accounts
from consulta.cli.output import now, opened
from consulta.data import tongues
from consulta.infra.work import COMMAND


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
@click.password_option(help="At least 12 characters; asked for when left out.")
def add(
    email: str, name: str, role: accounts.StaffRole, organisation: str, language: str | None, password: str
) -> None:
    """Add a person."""
    with opened() as bench, bench.work(COMMAND, now()) as work:
        accounts.add_staff(work, email, name, password, role, language or "", organisation)
    click.echo(f"added: {email}")


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
@click.password_option(help="At least 12 characters; asked for when left out.")
def password(email: str, password: str) -> None:
    """Give a person a new password; it ends their sessions, and the waits after failed sign-ins."""
    with opened() as bench, bench.work(COMMAND, now()) as work:
        accounts.set_password(work, email, password)
    click.echo(f"changed: {email}")


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
