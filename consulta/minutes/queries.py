"""What a session agreed, as rows, and the minutes that were published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.infra.models import Agreement, MinutesVersion, Round

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int) -> list[Agreement]:
    """Return the agreements of a round's session by number, without those taken out."""
    query = select(Agreement).where(Agreement.round_id == round_id, Agreement.removed.is_(False))
    return list(session.scalars(query.order_by(Agreement.number)))


def find(session: Session, round_id: int, number: int) -> Agreement | None:
    """Return an agreement that was not taken out, locked, or None."""
    query = select(Agreement).where(
        Agreement.round_id == round_id, Agreement.number == number, Agreement.removed.is_(False)
    )
    return session.scalars(query.with_for_update()).first()


def next_number(session: Session, round_id: int) -> int:
    """Return a number that no agreement of the round's session ever had."""
    return (session.scalar(select(func.max(Agreement.number)).where(Agreement.round_id == round_id)) or 0) + 1


def done_days(session: Session, round_id: int) -> dict[int, str]:
    """Return since when agreements are done, by number, also of those taken out since."""
    query = select(Agreement.number, Agreement.done_on).where(
        Agreement.round_id == round_id, Agreement.done_on.is_not(None)
    )
    return {number: day for number, day in session.execute(query) if day is not None}


def add(session: Session, row: Agreement | MinutesVersion) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def published(session: Session, round_id: int) -> MinutesVersion | None:
    """Return the newest published minutes of a round's session, or None."""
    query = select(MinutesVersion).where(MinutesVersion.round_id == round_id)
    return session.scalars(query.order_by(MinutesVersion.version.desc()).limit(1)).first()


def are_public(session: Session, round_key: str) -> bool:
    """Return whether minutes of a round's session are public."""
    query = select(MinutesVersion.version).join(Round, Round.id == MinutesVersion.round_id)
    return session.scalar(query.where(Round.key == round_key).limit(1)) is not None
