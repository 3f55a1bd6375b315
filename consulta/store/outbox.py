"""What the outbox asks of the rows: messages put in, each once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from consulta.store.models import Contact, CurrentBallot, Message, Seat

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session


def add(session: Session, messages: Sequence[dict[str, Any]]) -> None:
    """Write new messages in one statement; one that is there already (`once`) is left as it is."""
    if not messages:
        return
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    session.execute(dialect.insert(Message).on_conflict_do_nothing(index_elements=["once"]), list(messages))


def people(session: Session, round_id: int, seat_id: int | None = None) -> list[tuple[Seat, Contact, bool]]:
    """The contacts who may vote for each seat of a round, or for one, and whether the seat has voted."""
    query = (
        select(Seat, Contact, CurrentBallot.seat_id.is_not(None))
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote)
        .order_by(Seat.position, Contact.id)
    )
    if seat_id is not None:
        query = query.where(Seat.id == seat_id)
    return [(seat, contact, voted) for seat, contact, voted in session.execute(query)]
