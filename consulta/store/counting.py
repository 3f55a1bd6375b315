"""What a count reads: the roll, the ballots that count, the nominees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.store.models import Ballot, CurrentBallot, Round, Seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def whole_round(session: Session, key: str, *, hold: bool = False) -> Round | None:
    """A round with its themes, nominees and roll; `hold` makes other writers of it wait for this one."""
    query = (
        select(Round)
        .where(Round.key == key)
        .options(selectinload(Round.themes), selectinload(Round.nominees), selectinload(Round.seats))
    )
    return session.scalars(query.with_for_update(of=Round) if hold else query).first()


def current_ballots(session: Session, round_id: int) -> list[tuple[str, Ballot]]:
    """The ballot that counts for each seat that voted, in the order of the roll."""
    rows = session.execute(
        select(Seat.key, Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .join(Seat, Seat.id == CurrentBallot.seat_id)
        .where(Ballot.round_id == round_id)
        .order_by(Seat.position)
    )
    return [(key, ballot) for key, ballot in rows]
