"""What a synthesis asks of the rows: reasons with their codes, the draft, the published versions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import CodedReason, Reason, ReasonCode, Seat, Synthesis, SynthesisVersion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.orm import Session


def reasons(session: Session, round_id: int) -> list[Reason]:
    """Return the reasons of a round by number, each with its theme."""
    query = select(Reason).where(Reason.round_id == round_id).options(joinedload(Reason.theme))
    return list(session.scalars(query.order_by(Reason.number)))


def codes(session: Session, round_id: int) -> list[ReasonCode]:
    """Return the codes of a round by name."""
    query = select(ReasonCode).where(ReasonCode.round_id == round_id)
    return list(session.scalars(query.order_by(ReasonCode.name_key)))


def code(session: Session, round_id: int, number: int) -> ReasonCode | None:
    """Return a code of a round, or None."""
    return session.scalars(
        select(ReasonCode).where(ReasonCode.round_id == round_id, ReasonCode.id == number)
    ).first()


def code_named(session: Session, round_id: int, name_key: str) -> ReasonCode | None:
    """Return the code of a round with a folded name, or None."""
    return session.scalars(
        select(ReasonCode).where(ReasonCode.round_id == round_id, ReasonCode.name_key == name_key)
    ).first()


def coded(session: Session, round_id: int) -> dict[int, set[int]]:
    """Return a mapping from the number of a reason to its codes."""
    found: dict[int, set[int]] = defaultdict(set)
    query = select(CodedReason.number, CodedReason.code_id).where(CodedReason.round_id == round_id)
    for number, code_id in session.execute(query):
        found[number].add(code_id)
    return found


def put_code(session: Session, round_id: int, code_id: int, numbers: Iterable[int]) -> None:
    """Give a code to reasons that do not have it."""
    have = {number for number, given in coded(session, round_id).items() if code_id in given}
    session.add_all(
        CodedReason(round_id=round_id, number=number, code_id=code_id) for number in set(numbers) - have
    )
    session.flush()


def take_code(session: Session, round_id: int, code_id: int, numbers: Iterable[int] | None = None) -> None:
    """Take a code from reasons, from all of the round where no number is given."""
    query = delete(CodedReason).where(CodedReason.round_id == round_id, CodedReason.code_id == code_id)
    session.execute(query if numbers is None else query.where(CodedReason.number.in_(list(numbers))))


def remove_code(session: Session, code_id: int) -> None:
    """Delete a code that no reason has any more."""
    session.execute(delete(ReasonCode).where(ReasonCode.id == code_id))


def draft(session: Session, round_id: int) -> Synthesis | None:
    """Return the draft of a round, or None."""
    return session.get(Synthesis, round_id)


def versions(session: Session, round_id: int) -> list[SynthesisVersion]:
    """Return the published versions of a round, the newest first."""
    query = select(SynthesisVersion).where(SynthesisVersion.round_id == round_id)
    return list(session.scalars(query.order_by(SynthesisVersion.version.desc())))


def is_published(session: Session, round_id: int) -> bool:
    """Return whether a synthesis of a round is public."""
    query = select(func.count()).where(SynthesisVersion.round_id == round_id)
    return bool(session.scalar(query))


def names(session: Session, round_id: int) -> list[str]:
    """Return the names of the organisations on the roll of a round."""
    return list(session.scalars(select(Seat.name).where(Seat.round_id == round_id)))
