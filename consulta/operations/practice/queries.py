"""What is read and written of practices, and what they take over from the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from consulta.platform.models import Contact, Organisation, Practice, Question, Round, Staff, Theme
from consulta.platform.work import DESK

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sqlalchemy.orm import Session


def live(session: Session, *, hold: bool = False) -> Practice | None:
    """Return the practice that there is, or None."""
    query = select(Practice).where(Practice.live.is_(True))
    return session.scalars(query.with_for_update() if hold else query).first()


def is_ready(session: Session, key: str) -> bool:
    """Return whether the practice of this key can be entered."""
    query = select(Practice.id).where(Practice.key == key, Practice.state == "ready")
    return session.scalar(query) is not None


def in_state(session: Session, state: str) -> Sequence[Practice]:
    """Return the practices in a state, by number."""
    return session.scalars(select(Practice).where(Practice.state == state).order_by(Practice.id)).all()


def by_key(session: Session, key: str) -> Practice | None:
    """Return the practice of a key, deleted ones too, or None."""
    return session.scalars(select(Practice).where(Practice.key == key)).first()


def desk(session: Session) -> Sequence[Staff]:
    """Return the active accounts of the desk, by name."""
    query = select(Staff).where(Staff.active, Staff.role.in_(DESK))
    return session.scalars(query.order_by(Staff.name, Staff.id)).all()


def accounts(session: Session) -> dict[str, Staff]:
    """Return all accounts, by address."""
    return {each.email: each for each in session.scalars(select(Staff))}


def organisations(session: Session, ids: Collection[int]) -> Sequence[Organisation]:
    """Return organisations with their contacts, by number."""
    query = select(Organisation).where(Organisation.id.in_(ids)).options(selectinload(Organisation.contacts))
    return session.scalars(query.order_by(Organisation.id)).all()


def voting(session: Session, words: Collection[str], most: int) -> Sequence[Organisation]:
    """Return organisations with a contact who can vote whose folded name has all words, by name; so many."""
    has_voter = Organisation.contacts.any((Contact.active.is_(True)) & (Contact.may_vote.is_(True)))
    named = [Organisation.name_key.contains(word, autoescape=True) for word in words]
    query = select(Organisation).where(Organisation.active, has_voter, *named)
    return session.scalars(query.order_by(Organisation.name_key, Organisation.country).limit(most)).all()


def can_vote(member: Organisation) -> bool:
    """Return whether an organisation has a contact who can vote."""
    return member.active and any(each.active and each.may_vote for each in member.contacts)


def parts(session: Session, round_key: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the themes and the questions of a round as values by column."""
    found = select(Round.id).where(Round.key == round_key).scalar_subquery()
    themes = session.scalars(select(Theme).where(Theme.round_id == found).order_by(Theme.position))
    questions = session.scalars(
        select(Question).where(Question.round_id == found).order_by(Question.position)
    )
    return [_values(each) for each in themes], [_values(each) for each in questions]


def put(session: Session, round_key: str, themes: list[dict[str, Any]], asked: list[dict[str, Any]]) -> None:
    """Write themes and questions into a round of another database."""
    number = session.scalar(select(Round.id).where(Round.key == round_key))
    session.add_all([Theme(round_id=number, **each) for each in themes])
    session.add_all([Question(round_id=number, **each) for each in asked])
    session.flush()


def _values(row: Theme | Question) -> dict[str, Any]:
    names = [column.key for column in row.__table__.columns]
    return {name: getattr(row, name) for name in names if name not in {"id", "round_id", "backing"}}
