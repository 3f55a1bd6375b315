"""Mail in words: its kinds, how it fares, why it did not arrive, and what holds for the whole house."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from consulta.platform.labels import name_of
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.messages import MESSAGES
from consulta.platform.web.language import local
from consulta.platform.web.request import house
from consulta.rounds.letters.service import Post

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from consulta.rounds.letters.values import MailLine, MessageView, PlainLine

# How mail to a contact fares: the shape of its badge, and its word.
CONDITIONS: Mapping[str, tuple[str, object]] = {
    "none": ("", _l("nothing written")),
    "waiting": ("", _l("waiting")),
    "retrying": ("over", _l("tried again")),
    "sent": ("met", _l("sent")),
    "failed": ("short", _l("refused")),
    "cancelled": ("", _l("called off")),
    "bounced": ("short", _l("does not arrive")),
    "paused": ("", _l("paused")),
    "held": ("", _l("a change waits")),
}
# What became of an attempt.
OUTCOMES: Mapping[str, tuple[str, object]] = {
    "sent": ("met", _l("accepted")),
    "later": ("over", _l("put off")),
    "refused": ("short", _l("refused")),
    "interrupted": ("over", _l("broken off")),
}


@dataclass(frozen=True, slots=True)
class Way:
    """How mail leaves this house."""

    by_files: bool
    test_address: str
    rate: int
    sender: str


def way() -> Way:
    """Return how mail leaves, from the settings."""
    mail = house().settings.mail
    return Way(not mail.host, mail.test_address, mail.rate, mail.sender)


def post() -> Post:
    """Return the settings of this installation that texts of mails need."""
    settings = house().settings
    return Post(
        settings.base_url,
        settings.mail.test_address,
        settings.mail.sender,
        objection_hours=settings.objection_hours,
    )


def folder() -> Path:
    """Return the folder of mails that became files."""
    return house().settings.mail_folder


def kind(name: str | None) -> str:
    """Return the name of a kind of mail; "" for None."""
    return _(mail_kinds.find(name).label) if name else ""


def kinds() -> dict[str, str]:
    """Return the names of all kinds of mail in the reader's language, by key."""
    return {name: kind(name) for name in mail_kinds.kinds()}


def kinds_of_rounds() -> dict[str, str]:
    """Return the same without mails about no round, of which no round has a preview."""
    return {name: kind(name) for name, each in mail_kinds.kinds().items() if each.readers != "others"}


def when(name: str) -> str:
    """Return when a kind of mail is sent, for the person who writes its text."""
    return _(mail_kinds.find(name).when)


def place(name: str) -> str:
    """Return what a place in a text is filled with, such as the deadline for `{deadline}`."""
    return _(mail_kinds.PLACES[name].label)


def country(code: str) -> str:
    """Return the name of a country."""
    return local(name_of("country", code))


def condition(name: str) -> tuple[str, str]:
    """Return the state of a contact's mail as a badge: shape and word."""
    return _badge(CONDITIONS, name)


def outcome(name: str) -> tuple[str, str]:
    """Return the outcome of an attempt as a badge: shape and word."""
    return _badge(OUTCOMES, name)


def _badge(table: Mapping[str, tuple[str, object]], name: str) -> tuple[str, str]:
    shape, word = table[name]
    return shape, str(word)


def state(message: MessageView) -> tuple[str, str]:
    """Return the state of a message as a badge: shape and word."""
    if message.state == "queued":
        return condition("retrying" if message.attempts else "waiting")
    return condition(message.state)


def code(name: str | None) -> str:
    """Return the text of a code; "" for None."""
    return str(_(MESSAGES[name])) if name else ""


def about(line: MailLine | PlainLine) -> str:
    """Return the state of a contact's mail, or of one mail, with the mail server's words if any."""
    said = code(line.reason) if line.condition in {"failed", "cancelled"} else ""
    heard = line.said if line.condition in {"retrying", "failed"} else ""
    return " ".join(part for part in (said, heard) if part)
