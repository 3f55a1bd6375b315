"""Calls, people who are asked, and those who follow, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload, selectinload

from consulta.infra.models import (
    Contact,
    Dialogue,
    Follow,
    FollowUpAnswer,
    FollowUpCall,
    FollowUpDigest,
    FollowUpReader,
    FollowUpRequest,
    FollowUpRhythm,
    FollowUpTold,
    FollowUpWithdrawalTold,
    Institution,
    Message,
    Organisation,
    Recommendation,
    Report,
    Round,
    Withdrawal,
)

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_LOCK = 4_703  # of PostgreSQL: one writer of digests at a time
MAILS = ("follow_up_call", "follow_up_reminder", "follow_up_link")


def hold(session: Session) -> None:
    """Let no other work write to followers until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


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


def answered_by(session: Session, reports: Collection[int]) -> dict[int, str]:
    """Return to which address the link went by which each of these reports came, in small letters."""
    query = (
        select(FollowUpAnswer.report_id, FollowUpRequest.email)
        .join(FollowUpRequest, FollowUpRequest.id == FollowUpAnswer.request_id)
        .where(FollowUpAnswer.report_id.in_(reports))
    )
    return {number: email.lower() for number, email in session.execute(query)}


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


# -- who follows


def reader(session: Session, number: int) -> FollowUpReader | None:
    """Return a reader of digests, or None."""
    return session.get(FollowUpReader, number)


def reader_at(session: Session, email: str) -> FollowUpReader | None:
    """Return the reader at an address, or None."""
    query = (
        select(FollowUpReader)
        .where(FollowUpReader.email == email)
        .options(selectinload(FollowUpReader.follows))
    )
    return session.scalars(query).first()


def readers(session: Session, only: str = "") -> list[FollowUpReader]:
    """Return all readers with what they follow; with `only` the one at that address."""
    query = select(FollowUpReader).options(selectinload(FollowUpReader.follows))
    if only:
        query = query.where(FollowUpReader.email == only)
    return list(session.scalars(query.order_by(FollowUpReader.id)))


def follow(session: Session, number: int) -> Follow | None:
    """Return what an address follows, with its reader, or None."""
    return session.scalars(
        select(Follow).where(Follow.id == number).options(joinedload(Follow.reader))
    ).first()


def unconfirmed(session: Session, before: datetime) -> list[Follow]:
    """Return what was asked for before then and not confirmed."""
    query = (
        select(Follow)
        .where(Follow.confirmed_at.is_(None), Follow.ended_at.is_(None), Follow.asked_at <= before)
        .options(joinedload(Follow.reader).selectinload(FollowUpReader.follows))
    )
    return list(session.scalars(query.order_by(Follow.id)))


def count_confirmations(session: Session, number: int) -> int:
    """Return how many mails with a link to confirm were written for a thing that is followed."""
    query = select(func.count()).where(
        Message.kind == "follow_confirm", Message.facts["follow"].as_integer() == number
    )
    return session.scalar(query) or 0


def count_asked(session: Session, email: str, since: datetime) -> int:
    """Return how many mails with a link to confirm were written to an address since then."""
    query = select(func.count()).where(
        Message.kind == "follow_confirm", Message.address == email, Message.queued_at > since
    )
    return session.scalar(query) or 0


def told(session: Session, reader_id: int) -> set[int]:
    """Return the reports of which a reader was told."""
    return set(session.scalars(select(FollowUpTold.report_id).where(FollowUpTold.reader_id == reader_id)))


def followers_by_default(session: Session, only: str = "") -> list[Contact]:
    """Return the contacts who may vote, of active members; with `only` those at that address."""
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Contact.active, Contact.may_vote, Organisation.active)
        .options(joinedload(Contact.organisation))
    )
    if only:
        query = query.where(func.lower(Contact.email) == only)
    return list(session.scalars(query.order_by(Contact.id)))


def is_known(session: Session, email: str) -> bool:
    """Return whether an address is that of a contact or of an institution."""
    contact = select(Contact.id).where(func.lower(Contact.email) == email)
    institution = select(Institution.id).where(func.lower(Institution.email) == email)
    return session.scalars(contact).first() is not None or session.scalars(institution).first() is not None


def untold(session: Session, reader_id: int | None, since: datetime) -> list[Report]:
    """Return the reports since then of which a reader has not been told, the oldest first."""
    query = select(Report).where(Report.entered_at >= since)
    if reader_id is not None:
        had = select(FollowUpTold.report_id).where(FollowUpTold.reader_id == reader_id)
        query = query.where(Report.id.not_in(had))
    return list(session.scalars(query.order_by(Report.id)))


def reports(session: Session, numbers: Collection[int]) -> list[Report]:
    """Return these reports, the oldest first."""
    return list(session.scalars(select(Report).where(Report.id.in_(numbers)).order_by(Report.id)))


def untold_withdrawals(session: Session, reader_id: int | None, since: datetime) -> list[Withdrawal]:
    """Return the withdrawals since then of which a reader has not been told, the oldest first."""
    query = select(Withdrawal).where(Withdrawal.at >= since)
    if reader_id is not None:
        had = select(FollowUpWithdrawalTold.withdrawal_id).where(
            FollowUpWithdrawalTold.reader_id == reader_id
        )
        query = query.where(Withdrawal.id.not_in(had))
    return list(session.scalars(query.order_by(Withdrawal.id)))


def withdrawals(session: Session, numbers: Collection[int]) -> list[Withdrawal]:
    """Return these withdrawals, the oldest first."""
    query = select(Withdrawal).where(Withdrawal.id.in_(numbers)).order_by(Withdrawal.id)
    return list(session.scalars(query))


def told_withdrawals(session: Session, reader_id: int) -> dict[int, str]:
    """Return of each recommendation the last withdrawal or restoring that a reader was told of."""
    query = (
        select(Withdrawal.recommendation_id, Withdrawal.what)
        .join(FollowUpWithdrawalTold, FollowUpWithdrawalTold.withdrawal_id == Withdrawal.id)
        .where(FollowUpWithdrawalTold.reader_id == reader_id, Withdrawal.report_id.is_(None))
    )
    return {row[0]: row[1] for row in session.execute(query.order_by(Withdrawal.id))}


def withdrawn_answers(session: Session, numbers: Collection[int]) -> set[int]:
    """Return which of these reports were withdrawn whole."""
    query = select(Withdrawal.report_id).where(Withdrawal.what == "answer", Withdrawal.report_id.in_(numbers))
    return {each for each in session.scalars(query) if each is not None}


def step_before(session: Session, report: Report) -> str:
    """Return the step that the same voice named before; "" for none, and where that was withdrawn."""
    withdrawn = select(Withdrawal.report_id).where(Withdrawal.what == "answer")
    query = select(Report.step).where(
        Report.id.not_in(withdrawn),
        Report.recommendation_id == report.recommendation_id,
        Report.side == report.side,
        Report.addressee == report.addressee,
        Report.voice == report.voice,
        Report.version == report.version - 1,
    )
    return session.scalars(query).first() or ""


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


def digest_of(session: Session, day: str) -> FollowUpDigest | None:
    """Return the row that says that all were told on a day, or None."""
    return session.get(FollowUpDigest, day)


def _asked() -> Select[FollowUpRequest]:
    return select(FollowUpRequest).options(
        joinedload(FollowUpRequest.call).joinedload(FollowUpCall.round),
        joinedload(FollowUpRequest.member),
        joinedload(FollowUpRequest.institution),
        joinedload(FollowUpRequest.contact),
        joinedload(FollowUpRequest.focal_point),
    )
