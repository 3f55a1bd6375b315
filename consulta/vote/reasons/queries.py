"""What reasons ask of the rows: those of a seat, those of a round with the ballots that count."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import Ballot, CurrentBallot, Reason, Round, Seat, SeatReason
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from sqlalchemy.orm import Session


class SeatRow(NamedTuple):
    """A seat whose vote counts: its name, its categories, the version and the themes that it placed."""

    id: int
    name: str
    categories: Mapping[str, str]
    version: int
    ranking: list[list[str]]


def of_seat(session: Session, seat_id: int) -> dict[int, SeatReason]:
    """Return the stored reasons of a seat by the id of their theme, of whichever version of its ballot."""
    rows = session.scalars(select(SeatReason).where(SeatReason.seat_id == seat_id))
    return {row.theme_id: row for row in rows}


def of_round(session: Session, round_id: int) -> list[SeatReason]:
    """Return all that seats of a round wrote, in the order of seats and themes."""
    query = select(SeatReason).join(SeatReason.seat).where(Seat.round_id == round_id)
    return list(session.scalars(query.order_by(SeatReason.seat_id, SeatReason.theme_id)))


def counted(session: Session, round_id: int) -> list[SeatRow]:
    """Return the seats of a round whose vote counts; abstentions and ballots taken out are left out."""
    query = (
        select(Seat.id, Seat.name, Seat.categories, Ballot.version, Ballot.ranking)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Seat.round_id == round_id, Ballot.abstains.is_(False), still_counts(Ballot.id))
        .order_by(Seat.id)
    )
    return [SeatRow(*row) for row in session.execute(query)]


def to_part(session: Session, states: Iterable[str]) -> list[str]:
    """Return the keys of the rounds in these states in which texts still stand with their seats."""
    seats = select(Seat.round_id).where(Seat.id.in_(select(SeatReason.seat_id)))
    query = select(Round.key).where(Round.state.in_(list(states)), Round.id.in_(seats))
    return list(session.scalars(query.order_by(Round.id)))


def forget(session: Session, round_id: int) -> None:
    """Delete all that stands with the seats of a round."""
    seats = select(Seat.id).where(Seat.round_id == round_id)
    session.execute(delete(SeatReason).where(SeatReason.seat_id.in_(seats)))


def add(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write reasons without their seats, in the order given."""
    session.execute(insert(Reason), rows)


def parted(session: Session, round_id: int) -> list[Reason]:
    """Return the reasons of a published round by their numbers, each with its theme."""
    query = select(Reason).where(Reason.round_id == round_id).options(joinedload(Reason.theme))
    return list(session.scalars(query.order_by(Reason.number)))


def any_parted(session: Session, round_id: int) -> bool:
    """Return whether texts of a round were parted from their seats."""
    return bool(session.scalar(select(func.count()).where(Reason.round_id == round_id)))
