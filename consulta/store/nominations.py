"""What members proposed for the panel of a round: the rows, and who proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.store.models import Nomination

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, organisation_id: int | None = None) -> list[Nomination]:
    """The proposals of a round, or those of one organisation, in the order in which they came."""
    query = (
        select(Nomination)
        .where(Nomination.round_id == round_id)
        .options(
            joinedload(Nomination.organisation),
            joinedload(Nomination.contact),
            joinedload(Nomination.nominee),
        )
        .order_by(Nomination.id)
    )
    if organisation_id is not None:
        query = query.where(Nomination.organisation_id == organisation_id)
    return list(session.scalars(query))


def find(session: Session, round_id: int, number: int) -> Nomination | None:
    """One proposal of a round."""
    query = select(Nomination).where(Nomination.round_id == round_id, Nomination.id == number)
    return session.scalars(query).first()


def of_nominee(session: Session, nominee_id: int) -> list[Nomination]:
    """The proposals that became one nominee."""
    query = select(Nomination).where(Nomination.nominee_id == nominee_id).order_by(Nomination.id)
    return list(session.scalars(query))


def joined(session: Session, number: int) -> list[Nomination]:
    """The proposals that were joined with one that waits."""
    return list(session.scalars(select(Nomination).where(Nomination.into_id == number)))


def waiting(session: Session, round_id: int) -> int:
    """How many proposals of a round nobody has decided about."""
    query = select(func.count()).where(Nomination.round_id == round_id, Nomination.state == "waiting")
    return session.scalar(query) or 0


def has_any(session: Session, contact_ids: set[int]) -> bool:
    """Whether one of these contacts has proposed somebody."""
    proposed = session.scalars(select(Nomination.contact_id).distinct())
    return any(contact_id in contact_ids for contact_id in proposed)
