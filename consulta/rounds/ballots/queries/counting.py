"""Queries of what a count needs besides its round: the roll, and the ballots that count.

Ballots, and the categories of seats that are grouped, are read as the text in which they are stored. The
lines of the bundle's file are streamed from the database one by one. For the count itself the database
groups equal ballots, so that there is no object per voter.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Select, Text, case, cast, func, select

from consulta.platform.models import Ballot, Seat
from consulta.rounds.ballots.queries import exclusions as objections

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

AT_ONCE = 10_000


class RollRow(NamedTuple):
    """Seats of the roll that are alike."""

    country: str
    categories: str  # JSON
    seats: int
    base: int  # of all of them together
    each: int  # of one


class KindRow(NamedTuple):
    """Seats of the roll that are alike in all categories, country and base included."""

    categories: dict[str, str]
    base: int
    country: str


class SeatRow(NamedTuple):
    """A seat under its pseudonym."""

    pseudonym: str
    country: str
    categories: str  # JSON
    base: int


class BallotRow(NamedTuple):
    """A ballot that counts, under its seat's pseudonym; its parts are JSON."""

    pseudonym: str
    ranking: str
    objectives: str
    endorsements: str


class GroupRow(NamedTuple):
    """Ballots that are alike in all that the count of the topic looks at; their parts are JSON."""

    country: str
    categories: str
    base: int
    ranking: str
    objectives: str
    ballots: int


class EndorsedRow(NamedTuple):
    """Ballots of seats that are alike, with the same endorsements; these and their categories are JSON."""

    country: str
    categories: str
    base: int
    endorsements: str
    ballots: int


def roll(session: Session, round_id: int) -> list[RollRow]:
    """Return the roll in groups of seats of the same categories and base."""
    alike = (Seat.country, _text(Seat.categories))
    query = (
        select(*alike, func.count(), func.sum(Seat.base), Seat.base)
        .where(Seat.round_id == round_id)
        .group_by(*alike, Seat.base)
    )
    return [RollRow(*row[:2], int(row[2]), int(row[3]), int(row[4])) for row in session.execute(query)]


def kinds(session: Session, round_id: int) -> list[KindRow]:
    """Return the kinds of seats on the roll, each once."""
    query = select(*_kind()).where(Seat.round_id == round_id).distinct()
    return [_kind_of(*row) for row in session.execute(query)]


def ballots_by_kind(
    session: Session, round_id: int, *, at_closing: bool = False
) -> list[tuple[KindRow, int]]:
    """Return how many ballots that count each kind of seat has, where it has any."""
    query = _current(*_kind(), func.count(), round_id=round_id, at_closing=at_closing).group_by(*_kind())
    return [(_kind_of(*row), ballots) for *row, ballots in session.execute(query)]


def _kind() -> tuple[ColumnElement[Any], ...]:
    return _text(Seat.categories), Seat.base.expression, Seat.country.expression


def _kind_of(categories: str, base: int, country: str) -> KindRow:
    return KindRow(json.loads(categories), base, country)


def seats(session: Session, round_id: int) -> Iterator[SeatRow]:
    """Yield the seats of the roll in the order of their pseudonyms."""
    columns: tuple[Any, ...] = (Seat.pseudonym, Seat.country, _text(Seat.categories), Seat.base)
    query = select(*columns)
    for row in _stream(session, query.where(Seat.round_id == round_id).order_by(_in_code_order(session))):
        yield SeatRow(*row)


def any_ballot(session: Session, round_id: int) -> bool:
    """Return whether there is a ballot to count."""
    return session.execute(_current(Ballot.id, round_id=round_id).limit(1)).first() is not None


def current_ballots(session: Session, round_id: int, *, at_closing: bool = False) -> Iterator[BallotRow]:
    """Return the ballot that counts for each seat that voted, in the order of the pseudonyms.

    With `at_closing`, also those that were taken out since: the ballots of the first count. Endorsements that
    are kept apart are not in it: `endorsements` has those.
    """
    query = _current(
        Seat.pseudonym,
        _text(Ballot.ranking),
        _text(Ballot.objectives),
        case((Ballot.endorsements_sealed, "[]"), else_=_text(Ballot.endorsements)),
        round_id=round_id,
        at_closing=at_closing,
    )
    for row in _stream(session, query.order_by(_in_code_order(session))):
        yield BallotRow(*row)


def endorsements(session: Session, round_id: int) -> dict[str, tuple[str, ...]]:
    """Return whom the ballot that counts of each seat endorses, by pseudonym, kept apart or not."""
    query = _current(Seat.pseudonym, Ballot.endorsements, round_id=round_id)
    return {pseudonym: tuple(said) for pseudonym, said in session.execute(query)}


def endorsed(session: Session, round_id: int) -> Iterator[EndorsedRow]:
    """Yield the ballots that count, those of like seats that endorse the same together, in no order.

    Endorsements that are kept apart are among them.
    """
    alike = (Seat.country, _text(Seat.categories), Seat.base, _text(Ballot.endorsements))
    for row in _stream(session, _current(*alike, func.count(), round_id=round_id).group_by(*alike)):
        yield EndorsedRow(*row)


def groups(session: Session, round_id: int) -> Iterator[GroupRow]:
    """Yield the ballots that count, in groups of equal ones, in no order."""
    alike = _counted()
    for row in _stream(session, _current(*alike, func.count(), round_id=round_id).group_by(*alike)):
        yield GroupRow(*row)


def one_by_one(session: Session, round_id: int) -> Iterator[GroupRow]:
    """Yield the ballots that count, each a group of its own, in the order of the pseudonyms."""
    query = _current(*_counted(), round_id=round_id).order_by(_in_code_order(session))
    for row in _stream(session, query):
        yield GroupRow(*(*row, 1))


def _counted() -> tuple[ColumnElement[Any], ...]:
    """Return what the count of the topics looks at."""
    return (
        Seat.country.expression,
        _text(Seat.categories),
        Seat.base.expression,
        _text(Ballot.ranking),
        _text(Ballot.objectives),
    )


def _current(*columns: Any, round_id: int, at_closing: bool = False) -> Select[Any]:
    last = objections.last_ballots(at_closing=at_closing)
    return (
        select(*columns)
        .select_from(last)
        .join(Ballot, Ballot.id == last.c.ballot_id)
        .join(Seat, Seat.id == last.c.seat_id)
        .where(Ballot.round_id == round_id, Ballot.abstains.is_(False))
    )


def _text(column: Any) -> ColumnElement[str]:
    """Return a column of JSON as the text in which it is stored."""
    return cast(column, Text)


def _in_code_order(session: Session) -> ColumnElement[str]:
    """Return the expression that sorts pseudonyms by code points, for any language of the database."""
    plain: ColumnElement[str] = Seat.pseudonym.expression
    return plain.collate("C") if session.get_bind().dialect.name == "postgresql" else plain


def _stream(session: Session, query: Select[Any]) -> Iterable[Sequence[Any]]:
    return session.execute(query.execution_options(yield_per=AT_ONCE))
