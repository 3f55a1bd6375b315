"""The evaluation of a session as rows: its questions, who is asked, and answers that belong to no person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import Evaluation, EvaluationPerson, EvaluationSheet, Round

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, *, hold: bool = False) -> Evaluation | None:
    """Return the evaluation of a round's session, or None; with `hold` other writers of it wait."""
    query = select(Evaluation).where(Evaluation.round_id == round_id)
    return session.scalars(query.with_for_update() if hold else query).first()


def last_days(session: Session) -> list[tuple[str, datetime]]:
    """Return the key of the round and the last moment of each evaluation that was sent."""
    query = select(Round.key, Evaluation.closes_at).join(Round, Round.id == Evaluation.round_id)
    sent = query.where(Evaluation.opened_at.is_not(None))
    rows = session.execute(sent.order_by(Evaluation.id))
    return [(key, closes_at) for key, closes_at in rows if closes_at is not None]


def hold_of(session: Session, number: int) -> None:
    """Let other writers of the evaluation of a person wait, those who answer it too."""
    of_person = select(EvaluationPerson.evaluation_id).where(EvaluationPerson.id == number)
    session.scalar(select(Evaluation.id).where(Evaluation.id.in_(of_person)).with_for_update())


def people(session: Session, evaluation_id: int) -> list[EvaluationPerson]:
    """Return who is asked, in the order in which they were listed."""
    query = select(EvaluationPerson).where(EvaluationPerson.evaluation_id == evaluation_id)
    return list(session.scalars(query.order_by(EvaluationPerson.id)))


def person(session: Session, number: int, *, hold: bool = False) -> EvaluationPerson | None:
    """Return a person who is asked, with the evaluation, or None; with `hold` other writers of it wait."""
    query = select(EvaluationPerson).where(EvaluationPerson.id == number)
    query = query.options(joinedload(EvaluationPerson.evaluation))
    return session.scalars(query.with_for_update(of=EvaluationPerson) if hold else query).first()


def round_of(session: Session, evaluation: Evaluation) -> Round | None:
    """Return the round of an evaluation."""
    return session.get(Round, evaluation.round_id)


def add(session: Session, row: Evaluation | EvaluationPerson) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def remove(session: Session, row: EvaluationPerson) -> None:
    """Take a person off the list."""
    session.delete(row)
    session.flush()


def take_sheets(session: Session, evaluation_id: int) -> list[dict[str, Any]]:
    """Return all answers of an evaluation, and delete their rows, to be written again."""
    found = sheets(session, evaluation_id)
    session.execute(delete(EvaluationSheet).where(EvaluationSheet.evaluation_id == evaluation_id))
    return found


def numbers(session: Session) -> set[int]:
    """Return which numbers of answers are taken."""
    return set(session.scalars(select(EvaluationSheet.id)))


def keep_sheets(session: Session, evaluation_id: int, rows: list[tuple[int, dict[str, Any]]]) -> None:
    """Write answers under their numbers, in this order."""
    found = [{"id": number, "evaluation_id": evaluation_id, "said": said} for number, said in rows]
    session.execute(insert(EvaluationSheet), found)


def sheets(session: Session, evaluation_id: int) -> list[dict[str, Any]]:
    """Return all answers, in the order of their numbers, which is one of chance."""
    query = select(EvaluationSheet.said).where(EvaluationSheet.evaluation_id == evaluation_id)
    return list(session.scalars(query.order_by(EvaluationSheet.id)))


def answered(session: Session, evaluation_id: int) -> int:
    """Return how many answered."""
    query = select(func.count()).where(EvaluationSheet.evaluation_id == evaluation_id)
    return session.scalar(query) or 0


def published(session: Session, round_key: str) -> bool:
    """Return whether the evaluation of a round's session is public."""
    query = (
        select(Evaluation.id)
        .join(Round, Round.id == Evaluation.round_id)
        .where(Round.key == round_key, Evaluation.published_at.is_not(None))
    )
    return session.scalar(query) is not None
