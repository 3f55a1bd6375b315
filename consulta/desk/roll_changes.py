"""What the roll of a round that opens now would have otherwise than that of the round before.

Who opens a round, and the second person who confirms it, read by name which organisations come and go, which
have another country, category or base, and which contacts were added, have another address, or vote no more.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consulta.core.trust import record
from consulta.platform.access import require
from consulta.platform.data import dimensions
from consulta.platform.models import Correction
from consulta.rounds import addresses
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.models import Round
    from consulta.platform.work import Work

Kind = Literal[
    "joined", "gone", "renamed", "category", "base", "contact_added", "contact_moved", "contact_silenced"
]
ERASED = "— "  # how an address of long ago begins, of which retention left the number alone


@dataclass(frozen=True, slots=True)
class Voter:
    """A contact who may vote for an organisation."""

    number: int
    name: str
    address: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An organisation on a roll, with the contacts who may vote for it."""

    number: int
    name: str
    categories: Mapping[str, str]  # of every dimension, the country among them
    base: int
    voters: tuple[Voter, ...]


@dataclass(frozen=True, slots=True)
class RollChange:
    """One difference: what it is, of whom, and how it was and is.

    `was` and `now` are keys of the categories of `dimension`, bases or addresses; empty where there are none.
    """

    kind: Kind
    organisation: str
    contact: str = ""
    dimension: str = ""
    was: str = ""
    now: str = ""


@dataclass(frozen=True, slots=True)
class Objected:
    """An objection of an organisation to a change of its data, and what was decided of it."""

    number: int
    organisation: str
    state: str


@dataclass(frozen=True, slots=True)
class RollChanges:
    """The roll of now beside that of the round before, and what organisations objected to since.

    `before` is the title of that round, None where this is the first one. `seen` stands for all that is here.
    """

    before: Text | None
    changes: tuple[RollChange, ...]
    objections: tuple[Objected, ...]
    seen: str


def between(before: Iterable[Listed], after: Iterable[Listed]) -> list[RollChange]:
    """Return what a roll has otherwise than an earlier one, kind by kind, each by name."""
    old, new = ({each.number: each for each in listed} for listed in (before, after))
    found = [RollChange("gone", each.name) for number, each in old.items() if number not in new]
    for number, each in new.items():
        was = old.get(number)
        if was is None:
            found.append(RollChange("joined", each.name))
        else:
            found.extend(_of_organisation(was, each))
        found.extend(_of_contacts(was.voters if was else (), each))
    kinds: Sequence[str] = get_args(Kind)
    return sorted(
        found, key=lambda each: (kinds.index(each.kind), each.organisation.casefold(), each.contact)
    )


def _of_organisation(was: Listed, now: Listed) -> Iterator[RollChange]:
    if was.name != now.name:
        yield RollChange("renamed", now.name, was=was.name, now=now.name)
    for dimension in sorted({*was.categories, *now.categories}):
        one, other = (each.categories.get(dimension, "") for each in (was, now))
        if one != other:
            yield RollChange("category", now.name, dimension=dimension, was=one, now=other)
    if was.base != now.base:
        yield RollChange("base", now.name, was=str(was.base), now=str(now.base))


def _of_contacts(before: Sequence[Voter], now: Listed) -> Iterator[RollChange]:
    old, new = ({each.number: each for each in voters} for voters in (before, now.voters))
    for number, each in new.items():
        was = old.get(number)
        if was is None:
            yield RollChange("contact_added", now.name, each.name, now=each.address)
        elif was.address.lower() != each.address.lower() and not was.address.startswith(ERASED):
            yield RollChange("contact_moved", now.name, each.name, was=was.address, now=each.address)
    for number, each in old.items():
        if number not in new:
            yield RollChange("contact_silenced", now.name, each.name, was=each.address)


def roll_changes(work: Work, round_key: str) -> RollChanges:
    """Return what the roll of a draft, opened now, would have otherwise. Problem: `round.unknown`."""
    require(work, "rounds.foresee")
    return of_draft(work, known(work, round_key))


def of_draft(work: Work, found: Round) -> RollChanges:
    """Return what `roll_changes` does, for a caller that has asked who may see it."""
    members = rounds_queries.electorate(work.session)
    example = found.example or any(each.example for each in members)
    last = addresses.opened_before(work.session, found, example=example)
    held = addresses.never_decided(work.session)
    after = [
        Listed(
            each.id,
            each.name,
            {"country": each.country, **dimensions.categories_of(each.country, each.categories)},
            each.base,
            tuple(
                Voter(one.id, one.name, one.email)
                for one in sorted(each.contacts, key=lambda one: one.id)
                if one.active and one.may_vote and one.id not in held
            ),
        )
        for each in members
    ]
    changes = tuple(between(_roll_of(work, last), after)) if last is not None else ()
    objections = _objections(work, last.opened_at if last is not None else None)
    told = [[asdict(each) for each in found] for found in (after, changes, objections)]
    return RollChanges(
        last.title if last is not None else None, changes, objections, record.digest(record.canonical(told))
    )


def _objections(work: Work, since: datetime | None) -> tuple[Objected, ...]:
    """Return the objections to changes of members' data; those since a moment."""
    query = (
        select(Correction).where(Correction.kind == "objection").options(joinedload(Correction.organisation))
    )
    if since is not None:
        query = query.where(Correction.asked_at >= since)
    rows = work.session.scalars(query.order_by(Correction.id))
    return tuple(Objected(each.id, each.organisation.name, each.state) for each in rows)


def _roll_of(work: Work, found: Round) -> list[Listed]:
    """Return the roll of a round as it stood last, with the last address of each contact who could vote."""
    voters: dict[int, dict[int, Voter]] = {}
    for row in addresses.of_round(work.session, found.id):
        if row.votes:
            one = Voter(row.contact_id, row.name or row.contact.name, row.address)
            voters.setdefault(row.seat_id, {})[row.contact_id] = one
    return [
        Listed(
            each.organisation_id,
            each.name,
            {"country": each.country, **each.categories},
            each.base,
            tuple(voters.get(each.id, {}).values()),
        )
        for each in addresses.seats_of_round(work.session, found.id).values()
    ]
