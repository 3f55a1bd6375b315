"""Calls and people who are asked, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.infra.models import (
    Dialogue,
    FollowUpAnswer,
    FollowUpCall,
    FollowUpRequest,
    FollowUpRhythm,
    Institution,
    Message,
    Organisation,
    Recommendation,
    Report,
    Round,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

MAILS = ("follow_up_call", "follow_up_reminder", "follow_up_link")


# -- calls


def sessions(session: Session, key: str | None = None) -> list[Dialogue]:
    """Return the sessions with published recommendations, the newest first; with `key` that of one round."""
    there = select(Recommendation.id).where(
        Recommendation.dialogue_id == Dialogue.id, Recommendation.reference.is_not(None)
    )
    query = (
        select(Dialogue)
        .join(Round, Round.id == Dialogue.round_id)
        .where(there.exists())
        .options(joinedload(Dialogue.round))
        .order_by(Dialogue.starts_at.desc(), Dialogue.id.desc())
    )
    return list(session.scalars(query if key is None else query.where(Round.key == key)))


def rhythm(session: Session, round_id: int) -> FollowUpRhythm | None:
    """Return how often is asked about a session, or None where that was never changed."""
    return session.get(FollowUpRhythm, round_id)


def calls(session: Session, round_id: int) -> list[FollowUpCall]:
    """Return the calls of a session that have a row, the first one first."""
    query = select(FollowUpCall).where(FollowUpCall.round_id == round_id)
    return list(session.scalars(query.order_by(FollowUpCall.number)))


def call(session: Session, number: int, *, hold: bool = False) -> FollowUpCall | None:
    """Return a call with its round, or None; with `hold` other writers of it wait."""
    query = select(FollowUpCall).where(FollowUpCall.id == number).options(joinedload(FollowUpCall.round))
    return session.scalars(query.with_for_update(of=FollowUpCall) if hold else query).first()


def sent_calls(session: Session) -> list[FollowUpCall]:
    """Return all calls that were sent, the newest first."""
    query = select(FollowUpCall).where(FollowUpCall.state == "sent").options(joinedload(FollowUpCall.round))
    return list(session.scalars(query.order_by(FollowUpCall.id.desc())))


# -- who is asked


def requests(session: Session, call_ids: Collection[int]) -> list[FollowUpRequest]:
    """Return who was asked by these calls."""
    query = _asked().where(FollowUpRequest.call_id.in_(call_ids))
    return list(session.scalars(query.order_by(FollowUpRequest.id)))


def request(session: Session, number: int) -> FollowUpRequest | None:
    """Return a person who was asked, or None."""
    return session.scalars(_asked().where(FollowUpRequest.id == number)).first()


def newest_requests_at(session: Session, email: str) -> list[FollowUpRequest]:
    """Return the requests to an address, the newest first."""
    query = _asked().where(func.lower(FollowUpRequest.email) == email)
    return list(session.scalars(query.order_by(FollowUpRequest.id.desc())))


def reports_of(session: Session, dialogue_id: int) -> list[Report]:
    """Return all reports of a session's recommendations, the newest first."""
    query = (
        select(Report)
        .join(Recommendation, Recommendation.id == Report.recommendation_id)
        .where(Recommendation.dialogue_id == dialogue_id)
    )
    return list(session.scalars(query.order_by(Report.id.desc())))


def dialogue_of(session: Session, round_id: int) -> Dialogue | None:
    """Return the session of a round, or None."""
    return session.scalars(select(Dialogue).where(Dialogue.round_id == round_id)).first()


def members(session: Session) -> list[Organisation]:
    """Return all active members with their contacts, by name."""
    query = select(Organisation).where(Organisation.active).options(selectinload(Organisation.contacts))
    return list(session.scalars(query.order_by(Organisation.name, Organisation.id)))


def institutions(session: Session) -> list[Institution]:
    """Return the institutions that are asked from now on."""
    return list(session.scalars(select(Institution).where(Institution.active).order_by(Institution.id)))


def mails(session: Session, numbers: Collection[int]) -> list[Message]:
    """Return the mails that brought links to these requests, the oldest first."""
    number = Message.facts["request"].as_integer()
    query = select(Message).where(Message.kind.in_(MAILS), number.in_(numbers))
    return list(session.scalars(query.order_by(Message.id)))


def count_links(session: Session, number: int) -> int:
    """Return how many further links a person asked for."""
    query = select(func.count()).where(
        Message.kind == "follow_up_link", Message.facts["request"].as_integer() == number
    )
    return session.scalar(query) or 0


def answers(session: Session, request_id: int) -> list[int]:
    """Return the numbers of the reports that came by the link of a request, the oldest first."""
    query = select(FollowUpAnswer.report_id).where(FollowUpAnswer.request_id == request_id)
    return list(session.scalars(query.order_by(FollowUpAnswer.report_id)))


def last_receipt(session: Session, number: int) -> int:
    """Return the last report of which the person who was asked has been told; 0 for none."""
    query = (
        select(Message)
        .where(
            Message.kind == "follow_up_received",
            Message.facts["request"].as_integer() == number,
            Message.state == "sent",
        )
        .order_by(Message.id.desc())
    )
    found = session.scalars(query).first()
    return int(found.facts["report"]) if found is not None else 0


def newer_receipt(session: Session, message: Message) -> bool:
    """Return whether a later message tells of what this one does."""
    query = select(Message.id).where(
        Message.kind == message.kind,
        Message.facts["request"].as_integer() == message.facts["request"],
        Message.id > message.id,
        Message.state == "queued",
    )
    return session.scalars(query).first() is not None


def reports(session: Session, numbers: Collection[int]) -> list[Report]:
    """Return these reports, the oldest first."""
    return list(session.scalars(select(Report).where(Report.id.in_(numbers)).order_by(Report.id)))


def references(session: Session, numbers: Collection[int]) -> dict[int, Recommendation]:
    """Return these recommendations by id, with their texts and their sessions."""
    query = (
        select(Recommendation)
        .where(Recommendation.id.in_(numbers))
        .options(
            joinedload(Recommendation.dialogue).joinedload(Dialogue.round).selectinload(Round.themes),
            selectinload(Recommendation.texts),
        )
    )
    return {each.id: each for each in session.scalars(query)}


def _asked() -> Select[FollowUpRequest]:
    return select(FollowUpRequest).options(
        joinedload(FollowUpRequest.call).joinedload(FollowUpCall.round),
        joinedload(FollowUpRequest.member),
        joinedload(FollowUpRequest.institution),
        joinedload(FollowUpRequest.contact),
        joinedload(FollowUpRequest.focal_point),
    )
