"""What a count reads besides its round: the ballots that count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.store.models import Ballot, CurrentBallot, Seat

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def current_ballots(session: Session, round_id: int) -> list[tuple[str, Ballot]]:
    """The ballot that counts for each seat that voted, under its pseudonym and in the order of these."""
    rows = session.execute(
        select(Seat.pseudonym, Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .join(Seat, Seat.id == CurrentBallot.seat_id)
        .where(Ballot.round_id == round_id)
        .order_by(Seat.pseudonym)
    )
    return [(pseudonym, ballot) for pseudonym, ballot in rows]
