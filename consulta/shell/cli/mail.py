"""Commands about mail: one mail on trial."""

from __future__ import annotations

import re
import sys
from contextlib import suppress

import click

from consulta.core.problems import Problem
from consulta.platform.mailer import trial
from consulta.platform.settings import MAILBOX
from consulta.platform.work import COMMAND
from consulta.shell.cli.output import now, opened, present_settings


@click.group()
def mail() -> None:
    """Look whether mail works."""


@mail.command()
@click.argument("address")
def test(address: str) -> None:
    """Send one mail to ADDRESS through the settings, and say step by step what goes well and what does not.

    Nothing goes through the outbox. Ends with 1 where the mail server did not take the mail.
    """
    if not re.fullmatch(MAILBOX, address):
        raise click.BadParameter(f"{address!r} is no e-mail address", param_hint="ADDRESS")
    settings = present_settings()
    if not settings.mail.host:
        click.echo(
            f"no mail server is set: each mail becomes a file in {settings.mail_folder}."
            " Set it at the desk (First steps), or CONSULTA_SMTP_HOST and CONSULTA_MAIL_SENDER.",
            err=True,
        )
        sys.exit(1)
    click.echo(f"from {settings.mail.sender} by {settings.mail.host}:{settings.mail.port} to {address}")
    well = False
    for step in trial.steps(settings.mail, trial.message(settings, address, now())):
        click.echo(f"{'ok   ' if step.well else 'FAULT'}  {step.name}: {step.told}", err=not step.well)
        well = step.well
    if not well:
        sys.exit(1)
    with opened(settings) as bench, suppress(Problem), bench.work(COMMAND, now()) as work:
        trial.keep(work, settings.mail)
    click.echo(
        "the server took it. Look into that mailbox: where it does not come, or lies among unwanted mail,"
        " look at SPF, DKIM and DMARC of the sender's domain"
    )
