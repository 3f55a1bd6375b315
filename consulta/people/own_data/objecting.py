"""Objections to a change of an organisation's data, by the link of the mail that told of it.

An objection undoes nothing by itself. All people of the secretariat read of it at once, and so do the
scrutineers of an open round that has the organisation; the page before the next opening names it, whatever
was decided of it. So one person cannot set it aside unseen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from consulta.accounts.staff import service as staff
from consulta.core.problems import Problem
from consulta.people.own_data import queries
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.models import Correction
from consulta.platform.texts import line
from consulta.rounds.addresses.queries import changes
from consulta.rounds.queries import scrutineers

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Link
    from consulta.platform.work import Work

KIND = "objection"
NOTE_MAX = 500


class Question(NamedTuple):
    """What the reader of a link to object sees."""

    organisation: str
    told_at: datetime  # when the mail with the link was written
    zone: str
    is_made: bool


def question(work: Work, link: Link) -> Question:
    """Return what the reader of a link to object is asked."""
    require(work, "links.open")
    member = queries.organisation(work.session, link.subject_id)
    zone = catalogue.countries_by_code()[member.country].zone
    return Question(member.name, link.created_at, zone, link.used_at is not None)


def answer(work: Work, link: Link, _choice: str, note: str) -> None:
    """Object to the change of which the mail with this link told; each link objects once.

    Problem: `reply.over` (it objected already).
    """
    require(work, "replies.answer")
    if link.used_at is not None or link.contact is None:
        raise Problem("reply.over")
    member = queries.organisation(work.session, link.subject_id)
    address = queries.address_at(work.session, link.contact, link.created_at)
    made = Correction(
        organisation_id=member.id,
        asked_by_id=link.contact.id,
        kind=KIND,
        said={"email": address, "note": line(note)[:NOTE_MAX]},
        state="waiting",
        asked_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.record("corrections.objected", f"organisation:{member.id}", {"correction": made.id})
    told = {
        "who": link.contact.name,
        "act": dict.fromkeys(work.languages, member.name),
        "request": made.id,
        **({"reason": made.said["note"]} if made.said["note"] else {}),
    }
    staff.tell_secretariat(work, "data_objected", told)
    for seat in changes.open_seats(work.session, member.id):
        for person in scrutineers.of_round(work.session, seat.round_id):
            staff.tell(work, person, "data_objected", told)
