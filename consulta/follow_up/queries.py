"""Recommendations, institutions and reports as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import defer, joinedload, selectinload

from consulta.infra.models import (
    Dialogue,
    Evidence,
    FocalPoint,
    Institution,
    Organisation,
    Recommendation,
    Report,
    Round,
    Withdrawal,
)
from consulta.infra.statements.columns import columns

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

_LOCK = 4_702  # of PostgreSQL: one writer of references at a time

_BRIEF = (
    select(Recommendation.id, Recommendation.objectives, Round.example, Dialogue.starts_at)
    .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
    .join(Round, Round.id == Dialogue.round_id)
    .where(
        Recommendation.kind == "recommendation",
        Recommendation.reference.is_not(None),
        Recommendation.withdrawn_at.is_(None),
    )
)


def hold(session: Session) -> None:
    """Let no other work give references until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def published(session: Session, key: str | None = None) -> list[Recommendation]:
    """Return every published recommendation, withdrawn ones too; with `key` those of one round.

    Newest session first, then by kind and place.
    """
    query = _whole().where(Recommendation.reference.is_not(None))
    return list(session.scalars(query if key is None else query.where(Round.key == key)))


def has_published(session: Session, key: str) -> bool:
    """Return whether a round's session has a published recommendation."""
    query = (
        select(Recommendation.id)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .where(Round.key == key, Recommendation.reference.is_not(None))
        .limit(1)
    )
    return session.scalar(query) is not None


def brief(session: Session) -> list[Row[int, list[Any], bool, datetime]]:
    """Return number, objectives, example flag and session's beginning of each recommendation in force.

    Published ones that are not withdrawn, without challenges and initiatives.
    """
    return list(columns(session, _BRIEF, {}))


def steps_reported(session: Session) -> list[Row[int, str, str]]:
    """Return recommendation, addressee and step of each report of a government or agency, oldest first.

    Without those that were withdrawn.
    """
    withdrawn = select(Withdrawal.report_id).where(Withdrawal.what == "answer")
    query = select(Report.recommendation_id, Report.addressee, Report.step)
    query = query.where(Report.side == "reported", Report.id.not_in(withdrawn))
    return list(session.execute(query.order_by(Report.version)))


def withdrawals(session: Session, ids: Collection[int]) -> list[Withdrawal]:
    """Return what was withdrawn of these reports, the oldest first."""
    query = select(Withdrawal).where(Withdrawal.report_id.in_(ids))
    return list(session.scalars(query.order_by(Withdrawal.id)))


def last_withdrawals(session: Session, ids: Collection[int]) -> dict[int, datetime]:
    """Return when each of these recommendations was last withdrawn or taken up again."""
    query = select(Withdrawal.recommendation_id, func.max(Withdrawal.at)).where(
        Withdrawal.report_id.is_(None), Withdrawal.recommendation_id.in_(ids)
    )
    rows = session.execute(query.group_by(Withdrawal.recommendation_id))
    return {row[0]: row[1] for row in rows}


def withdrawal_of_evidence(session: Session, number: int) -> Withdrawal | None:
    """Return the last withdrawal of the report that a file is evidence of, or None."""
    query = select(Withdrawal).join(Report, Report.id == Withdrawal.report_id)
    return session.scalars(query.where(Report.evidence_id == number).order_by(Withdrawal.id.desc())).first()


def of_dialogue(session: Session, dialogue_id: int) -> list[Recommendation]:
    """Return all recommendations of a session, drafts and withdrawn ones too, by kind and place."""
    return list(session.scalars(_whole().where(Recommendation.dialogue_id == dialogue_id)))


def find(session: Session, number: int, *, hold: bool = False) -> Recommendation | None:
    """Return a recommendation, or None; with `hold` other writers of it wait."""
    query = _whole().where(Recommendation.id == number)
    return session.scalars(query.with_for_update(of=Recommendation) if hold else query).first()


def by_reference(session: Session, reference: str, *, hold: bool = False) -> Recommendation | None:
    """Return the recommendation with this reference, or None; with `hold` other writers of it wait."""
    query = _whole().where(Recommendation.reference == reference)
    return session.scalars(query.with_for_update(of=Recommendation) if hold else query).first()


def references(session: Session, stem: str) -> list[str]:
    """Return all references that begin with `stem`."""
    query = select(Recommendation.reference).where(Recommendation.reference.startswith(stem, autoescape=True))
    return [each for each in session.scalars(query) if each]


def dialogue_of(session: Session, key: str, *, hold: bool = False) -> Dialogue | None:
    """Return the session of a round, or None; with `hold` other writers of it wait."""
    query = select(Dialogue).join(Round, Round.id == Dialogue.round_id).where(Round.key == key)
    query = query.options(joinedload(Dialogue.round).selectinload(Round.themes))
    return session.scalars(query.with_for_update(of=Dialogue) if hold else query).first()


def reports(session: Session, ids: Collection[int]) -> list[Report]:
    """Return all reports of these recommendations, the newest first."""
    query = _reports().where(Report.recommendation_id.in_(ids))
    return list(session.scalars(query.order_by(Report.id.desc())))


def report(session: Session, number: int) -> Report | None:
    """Return a report, or None."""
    return session.scalars(_reports().where(Report.id == number)).first()


def reports_since(session: Session, number: int) -> list[Report]:
    """Return the reports that came after the one with this number, the oldest first."""
    return list(session.scalars(_reports().where(Report.id > number).order_by(Report.id)))


def newest(session: Session, recommendation_id: int, side: str, addressee: str, voice: str) -> Report | None:
    """Return the newest report of a voice, or None."""
    query = _reports().where(
        Report.recommendation_id == recommendation_id,
        Report.side == side,
        Report.addressee == addressee,
        Report.voice == voice,
    )
    return session.scalars(query.order_by(Report.version.desc())).first()


def evidence_names(session: Session, ids: Collection[int]) -> dict[int, Evidence]:
    """Return these files by id, without their contents."""
    query = select(Evidence).where(Evidence.id.in_(ids)).options(defer(Evidence.content))
    return {each.id: each for each in session.scalars(query)}


def evidence(session: Session, number: int) -> Evidence | None:
    """Return a file of a report about a published recommendation, or None."""
    return session.get(Evidence, number)


def institutions(session: Session) -> list[Institution]:
    """Return all institutions."""
    return list(session.scalars(select(Institution).order_by(Institution.id)))


def institution(session: Session, number: int, *, hold: bool = False) -> Institution | None:
    """Return an institution, or None; with `hold` other writers of it wait."""
    query = select(Institution).where(Institution.id == number)
    return session.scalars(query.with_for_update() if hold else query).first()


def organisation(session: Session, number: int) -> Organisation | None:
    """Return an organisation, or None."""
    return session.get(Organisation, number)


def organisations(session: Session, country: str | None = None) -> list[tuple[int, str]]:
    """Return id and name of every active organisation; with `country` those of one State."""
    query = select(Organisation.id, Organisation.name).where(Organisation.active)
    if country is not None:
        query = query.where(Organisation.country == country)
    return [(number, name) for number, name in session.execute(query.order_by(Organisation.name))]


def focal_point(session: Session, number: int) -> FocalPoint | None:
    """Return a focal point, or None."""
    return session.get(FocalPoint, number)


def count_reports(session: Session, ids: Collection[int]) -> dict[int, int]:
    """Return how many reports each of these recommendations has."""
    query = select(Report.recommendation_id, func.count()).where(Report.recommendation_id.in_(ids))
    return {row[0]: row[1] for row in session.execute(query.group_by(Report.recommendation_id))}


def _reports() -> Select[Report]:
    return select(Report).options(joinedload(Report.institution), joinedload(Report.organisation))


def _whole() -> Select[Recommendation]:
    return (
        select(Recommendation)
        .join(Dialogue, Dialogue.id == Recommendation.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .options(
            joinedload(Recommendation.dialogue).joinedload(Dialogue.round).selectinload(Round.themes),
            selectinload(Recommendation.texts),
        )
        .order_by(
            Dialogue.starts_at.desc(),
            Dialogue.id.desc(),
            Recommendation.kind.desc(),
            Recommendation.position,
            Recommendation.id,
        )
    )
