"""Commands about mail: one mail on trial."""

from __future__ import annotations

import re
import secrets
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from consulta.core.problems import Problem
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail
from consulta.platform.mailer import trial
from consulta.platform.settings import MAILBOX, Settings
from consulta.platform.work import COMMAND
from consulta.shell.cli.output import now, opened

if TYPE_CHECKING:
    from email.message import EmailMessage


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
    settings = Settings.from_env()
    if not settings.mail.host:
        click.echo(
            f"no mail server is set: each mail becomes a file in {settings.mail_folder}."
            " Set CONSULTA_SMTP_HOST and CONSULTA_MAIL_SENDER.",
            err=True,
        )
        sys.exit(1)
    click.echo(f"from {settings.mail.sender} by {settings.mail.host}:{settings.mail.port} to {address}")
    well = False
    for step in trial.steps(settings.mail, _message(settings, address)):
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


def _message(settings: Settings, address: str) -> EmailMessage:
    words = {code: catalogue.mail_words(code) for code in settings.languages}
    halves = tuple(
        letter_mail.Half(code, each["trial_text"].format(site=settings.host)) for code, each in words.items()
    )
    subject = words[settings.languages[0]]["trial_subject"].format(site=settings.host)
    sender = letter_mail.Sender(
        settings.mail.sender_name, settings.mail.sender, settings.mail.reply_to, settings.host
    )
    letter = letter_mail.Mail(f"trial-{secrets.token_hex(8)}", "", address, subject, halves)
    return letter_mail.compose(letter, sender, now())
