"""What voting asks of the rows: a seat with its round, the versions of its ballot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import aliased, contains_eager, joinedload

from consulta.infra.models import Assistance, Ballot, CurrentBallot, Round, Seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

SENDERS = (joinedload(Ballot.contact), joinedload(Ballot.assistance).joinedload(Assistance.staff))


def seat(session: Session, seat_id: int) -> Seat | None:
    """Return a seat with its round, the round's themes and its nominees, or None."""
    return session.scalars(
        select(Seat)
        .join(Seat.round)
        .where(Seat.id == seat_id)
        .options(
            contains_eager(Seat.round).selectinload(Round.themes),
            contains_eager(Seat.round).selectinload(Round.nominees),
        )
    ).first()


def seat_id(session: Session, round_key: str, seat_key: str) -> int | None:
    """Return the id of the seat with this key in a round, or None."""
    query = select(Seat.id).join(Seat.round).where(Round.key == round_key, Seat.key == seat_key)
    return session.scalar(query)


def hold(session: Session, seat_id: int) -> None:
    """Keep the round from closing and the seat from a second vote until this transaction ends.

    Votes share the round among themselves; only closing waits for them, and they for it. SQLite holds
    everything from the start of the transaction.
    """
    a_round = select(Round.id).join(Round.seats).where(Seat.id == seat_id)
    session.execute(a_round.with_for_update(read=True, of=Round))
    session.execute(select(Seat.id).where(Seat.id == seat_id).with_for_update())


def current(session: Session, seat_id: int) -> Ballot | None:
    """Return the version of the seat's ballot that counts, with its sender, or None."""
    return session.scalars(
        select(Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .where(CurrentBallot.seat_id == seat_id)
        .options(*SENDERS)
    ).first()


def version(session: Session, seat_id: int, number: int) -> Ballot | None:
    """Return one version of the seat's ballot, with its sender, or None."""
    return session.scalars(
        select(Ballot).where(Ballot.seat_id == seat_id, Ballot.version == number).options(*SENDERS)
    ).first()


def sent_before(session: Session, seat_id: int, idempotency_key: str, content_sha256: str) -> Ballot | None:
    """Return the version that the same form with the same content has already made, or None."""
    return session.scalars(
        select(Ballot)
        .where(
            Ballot.seat_id == seat_id,
            Ballot.idempotency_key == idempotency_key,
            Ballot.content_sha256 == content_sha256,
        )
        .options(*SENDERS)
    ).first()


def versions(session: Session, seat_id: int) -> list[Ballot]:
    """Return every version of the seat's ballot, the newest first, with its sender."""
    query = select(Ballot).where(Ballot.seat_id == seat_id).options(*SENDERS)
    return list(session.scalars(query.order_by(Ballot.version.desc())))


def last_version(session: Session, seat_id: int) -> int:
    """Return the number of the seat's newest version; 0 where it has none."""
    return session.scalar(select(func.max(Ballot.version)).where(Ballot.seat_id == seat_id)) or 0


def make_current(session: Session, ballot: Ballot) -> None:
    """Let this version count, in place of the one before."""
    pointer = session.get(CurrentBallot, ballot.seat_id)
    if pointer is None:
        session.add(CurrentBallot(seat_id=ballot.seat_id, ballot_id=ballot.id))
    else:
        pointer.ballot_id = ballot.id
    session.flush()


def alike(session: Session, seat: Seat, *, joined: bool) -> int:
    """Return how many seats of a round have the categories, base and country of `seat`, itself included.

    With `joined`, which is for rounds that join countries, the country is not compared.
    """
    mine = aliased(Seat)
    its = select(cast(mine.categories, Text)).where(mine.id == seat.id).scalar_subquery()
    same = [cast(Seat.categories, Text) == its, Seat.base == seat.base]
    if not joined:
        same.append(Seat.country == seat.country)
    query = select(func.count()).select_from(Seat).where(Seat.round_id == seat.round_id, *same)
    return session.scalar(query) or 0
