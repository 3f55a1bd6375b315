"""What an organisation has taken part in: rounds in which it voted, panels, sessions. Never how it voted.

Panels and sessions know organisations by name alone: what is found there has the same name, however spelt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.panel import memory
from consulta.people.members import queries
from consulta.people.members.values import History, RoundOfMember, SessionOfMember, Votes
from consulta.platform.access import require

if TYPE_CHECKING:
    from collections.abc import Collection

    from consulta.platform.work import Work

LAST = 3  # rounds in a row of the members' list


def votes(work: Work, ids: Collection[int]) -> Votes:
    """Return in which of the last rounds these organisations voted; None where one was not on the roll."""
    require(work, "participation.read")
    rounds = queries.last_rounds(work.session, LAST)
    seats = queries.seats_of(work.session, ids, [each.id for each in rounds])
    return Votes(
        titles=tuple(each.title for each in rounds),
        of={number: tuple(seats.get((number, each.id)) for each in rounds) for number in ids},
    )


def of_member(work: Work, organisation_id: int) -> History:
    """Return the rounds, panels and sessions of an organisation, the newest first.

    It says only whether the organisation voted. Nothing is found of an organisation that does not exist.
    """
    require(work, "participation.read")
    member = queries.find(work.session, organisation_id)
    if member is None:
        return History((), (), ())
    return History(
        rounds=tuple(
            RoundOfMember(found.key, found.title, seat, voted, found.state == "open")
            for found, seat, voted in queries.rounds_of(work.session, member.id)
        ),
        panels=memory.of_institution(work, member.name, example=member.example),
        sessions=tuple(
            SessionOfMember(key, title, at, zone, people)
            for key, title, at, zone, people in queries.sessions_of(
                work.session, member.name_key, member.country
            )
        ),
    )
