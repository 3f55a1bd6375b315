"""Applications and their sponsors as rows, and the members among whom sponsors are looked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.platform.door import queries as door
from consulta.platform.models import Application, Contact, Link, Message, Organisation, Round, Sponsorship

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

OVER = ("admitted", "declined", "withdrawn")
KINDS = ("admission_confirm", "admission_link", "admission_sponsor", "admission_news", "admission_contact")


def find(session: Session, number: int, *, hold: bool = False) -> Application | None:
    """Return an application with its sponsors, or None; with `hold` other writers of it wait."""
    query = _whole().where(Application.id == number)
    return session.scalars(query.with_for_update(of=Application) if hold else query).first()


def listed(session: Session) -> list[Application]:
    """Return all applications, the newest first."""
    return list(session.scalars(_whole().order_by(Application.id.desc())))


def same(session: Session, name_key: str, country: str) -> list[Application]:
    """Return the applications under the same name and country that are not over, the oldest first."""
    query = _whole().where(
        Application.name_key == name_key, Application.country == country, Application.state.not_in(OVER)
    )
    return list(session.scalars(query.order_by(Application.id)))


def of_address(session: Session, address: str) -> list[Application]:
    """Return the applications that were made from an address, not withdrawn, the oldest first."""
    query = _whole().where(Application.email == address, Application.state != "withdrawn")
    return list(session.scalars(query.order_by(Application.id)))


def older(session: Session, made_before: datetime) -> list[int]:
    """Return the applications whose address was not confirmed until a moment."""
    query = select(Application.id).where(
        Application.state == "unconfirmed", Application.made_at < made_before
    )
    return list(session.scalars(query.order_by(Application.id)))


def count_to_review(session: Session) -> int:
    """Return how many applications wait for the secretariat."""
    return session.scalar(select(func.count()).where(Application.state == "review")) or 0


def sponsorship(session: Session, number: int) -> Sponsorship | None:
    """Return a sponsorship with its application and its member, or None."""
    query = (
        select(Sponsorship)
        .where(Sponsorship.id == number)
        .options(joinedload(Sponsorship.organisation), joinedload(Sponsorship.application))
    )
    return session.scalars(query).first()


def contact(session: Session, number: int) -> Contact | None:
    """Return a contact with its organisation, or None."""
    query = select(Contact).where(Contact.id == number).options(joinedload(Contact.organisation))
    return session.scalars(query).first()


def members(session: Session) -> list[tuple[int, str, str]]:
    """Return id, name and country of every active member."""
    query = select(Organisation.id, Organisation.name, Organisation.country).where(Organisation.active)
    return [(number, name, country) for number, name, country in session.execute(query)]


def member(session: Session, number: int) -> Organisation | None:
    """Return an active member with its contacts, or None."""
    query = select(Organisation).where(Organisation.id == number, Organisation.active)
    return session.scalars(query.options(joinedload(Organisation.contacts))).unique().first()


def contacts_at(session: Session, addresses: Collection[str]) -> list[tuple[str, Organisation]]:
    """Return the active members that have one of these addresses as an active contact's, with the address."""
    query = (
        select(Contact.email, Organisation)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(
            func.lower(Contact.email).in_([each.lower() for each in addresses]),
            Contact.active,
            Organisation.active,
        )
        .order_by(Contact.id)
    )
    return [(email, found) for email, found in session.execute(query)]


def open_rounds(session: Session) -> list[Round]:
    """Return the rounds that are open, whose rolls are fixed."""
    return list(session.scalars(select(Round).where(Round.state == "open").order_by(Round.id)))


def mails(session: Session, number: int) -> list[Message]:
    """Return the mails of an application, the newest first."""
    query = select(Message).where(
        Message.kind.in_(KINDS), Message.facts["application"].as_integer() == number
    )
    return list(session.scalars(query.order_by(Message.id.desc())))


def end_links(session: Session, purpose: str, number: int, at: datetime) -> None:
    """End the links of a purpose to an application."""
    door.end(session, at, Link.purpose == purpose, Link.subject_id == number)


def count_mails(session: Session, number: int, kind: str) -> int:
    """Return how many mails of a kind an application had."""
    query = select(func.count()).where(
        Message.kind == kind, Message.facts["application"].as_integer() == number
    )
    return session.scalar(query) or 0


def _whole() -> Select[Application]:
    return select(Application).options(
        joinedload(Application.staff),
        selectinload(Application.sponsorships).joinedload(Sponsorship.organisation),
        selectinload(Application.sponsorships).joinedload(Sponsorship.contact),
    )
