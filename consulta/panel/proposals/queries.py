"""What members proposed for the panel of a round: the rows, and who proposed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import (
    Contact,
    Message,
    Nomination,
    Organisation,
    Round,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, organisation_id: int | None = None) -> list[Nomination]:
    """Return the proposals of a round, or those of one organisation, in the order of arrival."""
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
    """Return one proposal of a round, or None."""
    query = select(Nomination).where(Nomination.round_id == round_id, Nomination.id == number)
    return session.scalars(query).first()


def of_nominee(session: Session, nominee_id: int) -> list[Nomination]:
    """Return the proposals that became one nominee."""
    query = select(Nomination).where(Nomination.nominee_id == nominee_id).order_by(Nomination.id)
    return list(session.scalars(query))


def joined(session: Session, number: int) -> list[Nomination]:
    """Return the proposals that were joined with a waiting one."""
    return list(session.scalars(select(Nomination).where(Nomination.into_id == number)))


def waiting(session: Session, round_id: int) -> int:
    """Return how many proposals of a round are not yet decided."""
    query = select(func.count()).where(Nomination.round_id == round_id, Nomination.state == "waiting")
    return session.scalar(query) or 0


# -- mails with a link to propose


def written(session: Session, round_id: int) -> dict[str, int]:
    """Return the number of mails with a link to propose, by state."""
    query = (
        select(Message.state, func.count())
        .where(Message.round_id == round_id, Message.kind == "nomination")
        .group_by(Message.state)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def messages(session: Session, round_id: int, contact_id: int) -> int:
    """Return how many mails with a link to propose were made for a contact."""
    query = select(func.count()).where(
        Message.round_id == round_id, Message.kind == "nomination", Message.contact_id == contact_id
    )
    return session.scalar(query) or 0


def contacts_at(session: Session, address: str, now: datetime) -> list[tuple[Round, Contact]]:
    """Return the drafts in which contacts with this address may propose now, with those contacts."""
    drafts = session.scalars(
        select(Round).where(Round.state == "draft", Round.nominations_until > now).order_by(Round.id)
    ).all()
    contacts = session.scalars(
        select(Contact)
        .join(Contact.organisation)
        .where(func.lower(Contact.email) == address, Contact.active, Contact.may_vote, Organisation.active)
        .order_by(Contact.id)
    ).all()
    return [(found, contact) for found in drafts for contact in contacts]
