"""How far the notices of changes and of late registrations have come."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import case, func, select

from consulta.platform.models import Message

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.orm import Session


class Told(NamedTuple):
    """How far the notices of a change have come: how many there are, wait, were taken, and when last."""

    notices: int
    waiting: int
    taken: int
    last: datetime | None


def how_far(session: Session, kind: str, fact: str, ids: Collection[int]) -> dict[int, Told]:
    """Return how far the notices of a kind have come, by the number that each names as a fact."""
    number = Message.facts[fact].as_integer()
    query = (
        select(
            number,
            func.count(),
            func.sum(case((Message.state == "queued", 1), else_=0)),
            func.sum(case((Message.state == "sent", 1), else_=0)),
            func.max(case((Message.state == "sent", Message.left_at))),
        )
        .where(Message.kind == kind, number.in_(list(ids)))
        .group_by(number)
    )
    return {
        each: Told(count, waiting, sent, last) for each, count, waiting, sent, last in session.execute(query)
    }
