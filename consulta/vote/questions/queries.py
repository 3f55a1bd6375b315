"""What questions and answers ask of the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, func, select

from consulta.platform.models import (
    AnswerSheet,
    Ballot,
    CurrentBallot,
    LocalGovernment,
    Question,
    QuestionFigures,
    Round,
    Seat,
)
from consulta.platform.models.conditions import still_counts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


_COUNTS = (still_counts(CurrentBallot.ballot_id), Ballot.abstains.is_(False))


_ASKED = select(func.count()).where(Question.round_id == bindparam("round"))
_OF_SEAT = select(Seat.round_id).where(Seat.id == bindparam("seat")).scalar_subquery()
_ASKED_OF_SEAT = select(func.count()).where(Question.round_id == _OF_SEAT)


class Said(NamedTuple):
    """The answers of a seat whose vote counts, with what its weight depends on."""

    organisation: str
    country: str
    categories: dict[str, str]
    base: int
    said: dict[str, Any]
    ranking: list[Any]


def of_round(session: Session, round_id: int) -> list[Question]:
    """Return the questions of a round in their order."""
    query = select(Question).where(Question.round_id == round_id).order_by(Question.position, Question.id)
    return list(session.scalars(query))


def asked(session: Session, round_id: int) -> int:
    """Return how many questions a round asks."""
    return session.scalar(_ASKED, {"round": round_id}) or 0


def asked_of_seat(session: Session, seat_id: int) -> int:
    """Return how many questions the round of a seat asks."""
    return session.scalar(_ASKED_OF_SEAT, {"seat": seat_id}) or 0


def add(session: Session, row: Question | AnswerSheet | QuestionFigures | LocalGovernment) -> None:
    """Store a new row."""
    session.add(row)
    session.flush()


def remove(session: Session, row: Question) -> None:
    """Delete a question."""
    session.delete(row)
    session.flush()


def sheet(session: Session, seat_id: int) -> AnswerSheet | None:
    """Return the answers of a seat, or None."""
    return session.scalars(select(AnswerSheet).where(AnswerSheet.seat_id == seat_id)).first()


def sheets(session: Session, round_id: int) -> list[Said]:
    """Return the answers of every seat whose vote counts, by the name of its organisation."""
    query = (
        select(Seat.name, Seat.country, Seat.categories, Seat.base, AnswerSheet.said, Ballot.ranking)
        .select_from(AnswerSheet)
        .join(Seat, Seat.id == AnswerSheet.seat_id)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(AnswerSheet.round_id == round_id, *_COUNTS)
        .order_by(Seat.name, Seat.id)
    )
    return [Said(*row) for row in session.execute(query)]


def ballots(session: Session, round_id: int) -> int:
    """Return how many votes of a round count."""
    query = (
        select(func.count())
        .select_from(CurrentBallot)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .where(Ballot.round_id == round_id, *_COUNTS)
    )
    return session.scalar(query) or 0


def local_governments(session: Session) -> list[LocalGovernment]:
    """Return every local government that was written, in the order of arrival."""
    return list(session.scalars(select(LocalGovernment).order_by(LocalGovernment.id)))


def open_since(session: Session) -> datetime | None:
    """Return when the first of the rounds opened that are open now; None where none is."""
    return session.scalar(select(func.min(Round.opened_at)).where(Round.state == "open"))


def figures(session: Session, round_id: int) -> QuestionFigures | None:
    """Return what was published of the answers of a round, or None."""
    return session.scalars(select(QuestionFigures).where(QuestionFigures.round_id == round_id)).first()


def keep_figures(session: Session, round_id: int, content: str, sha256: str, at: datetime) -> None:
    """Store what is published of the answers of a round."""
    add(session, QuestionFigures(round_id=round_id, content=content, sha256=sha256, created_at=at))
