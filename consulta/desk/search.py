"""Search over what the secretariat keeps: organisations, people, rounds and mail."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consulta.operations import personal_data
from consulta.operations.retention import ERASED
from consulta.people import members
from consulta.platform.access import may, require
from consulta.platform.data.folding import fold
from consulta.platform.listing import Wanted, says
from consulta.platform.models import Contact, Message
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from consulta.operations.personal_data import PersonLine
    from consulta.platform.models import Organisation
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine

MOST = 8  # rows of each kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, at most `MOST` of each kind; the newest rounds and mails first."""

    organisations: tuple[Organisation, ...] = ()
    people: tuple[PersonLine, ...] = ()
    rounds: tuple[RoundLine, ...] = ()
    mails: tuple[Message, ...] = ()

    def __bool__(self) -> bool:
        """Return whether there is anything."""
        return bool(self.organisations or self.people or self.rounds or self.mails)


def search(work: Work, text: str) -> Found | None:
    """Return what has each word of `text`; None where that is too short to look for.

    Organisations are found by name, tag or contact, people and mails by name or address, rounds by title or
    key. What the reader may not see is left out.
    """
    require(work, "rounds.read")
    if personal_data.is_short(text):
        return None
    words = fold(text).split()
    actor = work.actor
    return Found(
        tuple(members.list_members(work, Wanted(text=text)).rows[:MOST])
        if may(actor, "members.read")
        else (),
        personal_data.search(work, text)[:MOST] if may(actor, "people.read") else (),
        tuple(
            line
            for line in rounds.list_rounds(work)
            if all(word in fold(" ".join((line.key, *line.title.values()))) for word in words)
        )[:MOST],
        _mails(work, text) if may(actor, "mail.read") else (),
    )


def _mails(work: Work, text: str) -> tuple[Message, ...]:
    return tuple(
        work.session.scalars(
            select(Message)
            .outerjoin(Message.contact)
            .where(says(text, Message.address, Contact.name), ~Message.address.startswith(ERASED))
            .options(joinedload(Message.round), joinedload(Message.contact))
            .order_by(Message.id.desc())
            .limit(MOST)
        )
    )
