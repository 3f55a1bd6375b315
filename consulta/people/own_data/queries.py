"""Corrections that members asked for, and the contacts who may look at the data of their organisation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.platform.models import Contact, Correction, FormerAddress, Message, Organisation

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session


def find(session: Session, number: int, *, hold: bool = False) -> Correction | None:
    """Return a correction with its organisation and contacts, or None; with `hold` other writers wait."""
    query = _whole().where(Correction.id == number)
    return session.scalars(query.with_for_update(of=Correction) if hold else query).first()


def listed(session: Session) -> list[Correction]:
    """Return all corrections, the newest first."""
    return list(session.scalars(_whole().order_by(Correction.id.desc())))


def of_organisation(session: Session, organisation_id: int) -> list[Correction]:
    """Return the corrections of an organisation, the newest first."""
    query = _whole().where(Correction.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(Correction.id.desc())))


def organisation(session: Session, number: int) -> Organisation:
    """Return an organisation of which the number is known. Raise NoResultFound if there is none."""
    return session.get_one(Organisation, number)


def address_at(session: Session, contact: Contact, moment: datetime) -> str:
    """Return the address that a contact had until a moment: the one that it gave up then or later, or has."""
    query = select(FormerAddress.address).where(
        FormerAddress.contact_id == contact.id, FormerAddress.until >= moment
    )
    return session.scalar(query.order_by(FormerAddress.until, FormerAddress.id).limit(1)) or contact.email


def count_waiting(session: Session) -> int:
    """Return how many corrections wait for the secretariat."""
    return session.scalar(select(func.count()).where(Correction.state == "waiting")) or 0


def voters(session: Session, address: str | None = None) -> list[Contact]:
    """Return the contacts of active members who may vote, with their organisations; those at an address."""
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Contact.active, Contact.may_vote, Organisation.active)
        .options(joinedload(Contact.organisation))
        .order_by(Organisation.name, Contact.id)
    )
    if address is not None:
        query = query.where(func.lower(Contact.email) == address)
    return list(session.scalars(query))


def count_mails(session: Session, contact_id: int, kind: str) -> int:
    """Return how many mails of a kind about no round a contact had."""
    query = select(func.count()).where(Message.kind == kind, Message.contact_id == contact_id)
    return session.scalar(query) or 0


def written_since(session: Session, kind: str, since: datetime) -> set[int]:
    """Return the contacts for whom a mail of a kind was queued since then."""
    query = select(Message.contact_id).where(Message.kind == kind, Message.queued_at > since)
    return {each for each in session.scalars(query) if each is not None}


def _whole() -> Select[Correction]:
    return select(Correction).options(
        joinedload(Correction.organisation),
        joinedload(Correction.asked_by),
        joinedload(Correction.contact),
    )
