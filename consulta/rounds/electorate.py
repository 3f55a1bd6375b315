"""Who may vote now, and the published numbers of what happened to that while a round was open: no names.

Who may see them by organisation reads `queries.changes.of_round`.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import astuple
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Text, cast, exists, func, select

from consulta.platform.models import AccessChange, Ballot, Contact, LogEntry, Round, Seat
from consulta.platform.models.conditions import may_get_links
from consulta.rounds.ballots import last_ballots
from consulta.rounds.values import ElectorateNumbers, MarkedVotes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from consulta.platform.work import Work


class Vote(NamedTuple):
    """A ballot that counts, and how it is marked."""

    subregion: str
    assisted: bool
    young: bool
    objected: bool


class Change(NamedTuple):
    """A change of who may vote."""

    kind: str
    before: str
    state: str
    objected: bool


def votes_of(session: Session, round_id: int, *, at_closing: bool = False) -> list[Vote]:
    """Return the ballots of a round that count; `objected`: by a change that had an objection.

    With `at_closing` also those that were taken out since.
    """
    objected = exists().where(
        AccessChange.seat_id == Ballot.seat_id,
        AccessChange.contact_id == Ballot.contact_id,
        AccessChange.objected_at.is_not(None),
    )
    last = last_ballots(at_closing=at_closing)
    query = (
        select(Seat.categories, Ballot.assisted, Ballot.young, objected)
        .select_from(Ballot)
        .join(last, last.c.ballot_id == Ballot.id)
        .join(Seat, Seat.id == Ballot.seat_id)
        .where(Ballot.round_id == round_id, Ballot.abstains.is_(False))
    )
    return [
        Vote(categories["subregion"], assisted, young, bool(against) and young)
        for categories, assisted, young, against in session.execute(query)
    ]


def changes_of(session: Session, round_id: int) -> list[Change]:
    """Return the changes of who may vote in a round."""
    query = (
        select(
            AccessChange.kind, AccessChange.before, AccessChange.state, AccessChange.objected_at.is_not(None)
        )
        .join(AccessChange.seat)
        .where(Seat.round_id == round_id)
    )
    return [
        Change(kind, before, state, bool(against)) for kind, before, state, against in session.execute(query)
    ]


def seats_of_subregions(session: Session, round_id: int) -> dict[str, int]:
    """Return how many seats of a round each subregion has."""
    alike = cast(Seat.categories, Text)
    found: Counter[str] = Counter()
    for categories, seats in session.execute(
        select(alike, func.count()).where(Seat.round_id == round_id).group_by(alike)
    ):
        found[json.loads(categories)["subregion"]] += seats
    return dict(found)


def cast_between(session: Session, round_id: int, first: datetime, last: datetime) -> int:
    """Return how many votes, also such as were replaced later, were cast in that time."""
    query = select(func.count()).where(
        Ballot.round_id == round_id,
        Ballot.abstains.is_(False),
        Ballot.cast_at >= first,
        Ballot.cast_at <= last,
    )
    return session.scalar(query) or 0


def acts_of(session: Session, subject: str, actions: Sequence[str]) -> dict[str, int]:
    """Return how many rows of the log there are about a subject, act by act."""
    query = (
        select(LogEntry.action, func.count())
        .where(LogEntry.subject == subject, LogEntry.action.in_(actions))
        .group_by(LogEntry.action)
    )
    found = dict.fromkeys(actions, 0)
    found.update({row[0]: row[1] for row in session.execute(query)})
    return found


def links_shown(session: Session, subject: str) -> int:
    """Return how many personal links of a round were handed out as a file, or by a command."""
    query = select(LogEntry.details).where(LogEntry.subject == subject, LogEntry.action == "links.issued")
    issued = [json.loads(details) for details in session.scalars(query)]
    return sum(each["count"] for each in issued if each.get("file") or each.get("shown"))


def voters_at(session: Session, address: str, now: datetime) -> list[tuple[Seat, Contact]]:
    """Return the seats for which contacts with this address may vote now, with those contacts."""
    return _voters(session, func.lower(Contact.email) == address, now)


def seats_of(session: Session, contact_id: int, now: datetime) -> list[tuple[Seat, Contact]]:
    """Return the seats for which this contact may vote now, with the contact."""
    return _voters(session, Contact.id == contact_id, now)


def _voters(session: Session, who: ColumnElement[bool], now: datetime) -> list[tuple[Seat, Contact]]:
    query = (
        select(Seat, Contact)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .join(Round, Round.id == Seat.round_id)
        .where(who, Contact.active, Contact.may_vote, may_get_links())
        .where(Round.state == "open", Round.closes_at > now)
        .order_by(Seat.round_id, Seat.position, Contact.id)
    )
    return [(seat, contact) for seat, contact in session.execute(query)]


LAST = timedelta(hours=1)


def at_closing(work: Work, found: Round) -> dict[str, object]:
    """Return the numbers that the closing row binds: none by subregion, no ballot taken out yet."""
    told = numbers(work, found, 1, at_closing=True).told()
    return {name: value for name, value in told.items() if name != "by_subregion"}


def numbers(work: Work, found: Round, small_cell: int, *, at_closing: bool = False) -> ElectorateNumbers:
    """Return the numbers of a round that has closed; groups below `small_cell` are not told apart.

    With `at_closing`, ballots that were taken out since are among those that count.
    """
    changes = changes_of(work.session, found.id)
    votes = votes_of(work.session, found.id, at_closing=at_closing)
    end = found.closed_at or found.closes_at
    acts = acts_of(work.session, f"round:{found.id}", ("access.ended", "links.reissued"))
    new = {"added", "replaced"}
    return ElectorateNumbers(
        assisted=sum(each.assisted for each in votes),
        young=sum(each.young for each in votes),
        objected=sum(each.objected for each in votes),
        contacts_added=sum(
            each.kind in new or (each.kind == "import" and not each.before) for each in changes
        ),
        contacts_changed=sum(
            each.kind in {"address", "switched_on"} or (each.kind == "import" and bool(each.before))
            for each in changes
        ),
        contacts_ended=acts["access.ended"],
        changes_objected=sum(each.objected for each in changes),
        changes_done=sum(each.state == "done" for each in changes),
        links_again=acts["links.reissued"],
        last_hour=cast_between(work.session, found.id, end - LAST, end),
        links_shown=links_shown(work.session, f"round:{found.id}"),
        by_subregion=_by_subregion(votes, seats_of_subregions(work.session, found.id), max(small_cell, 1)),
    )


def _by_subregion(votes: list[Vote], seats: dict[str, int], small_cell: int) -> dict[str, MarkedVotes]:
    """Return the numbers of marked votes in each subregion, or nothing.

    All subregions are told or none, so that no group is found by subtraction: none if one of the numbers
    is from 1 to below `small_cell`. None also where fewer than `small_cell` organisations of a subregion
    have no marked vote: it would reveal of all organisations there that they voted.
    """
    told: dict[str, MarkedVotes] = {}
    for subregion in sorted(seats):
        here = [each for each in votes if each.subregion == subregion]
        marked = MarkedVotes(
            sum(each.assisted for each in here),
            sum(each.young for each in here),
            sum(each.objected for each in here),
        )
        silent = seats[subregion] - sum(each.assisted or each.young for each in here)
        if any(0 < count < small_cell for count in astuple(marked)) or (silent < small_cell > 1):
            return {}
        told[subregion] = marked
    return told
