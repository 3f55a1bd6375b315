"""What the desk and the answer page ask of invitations: their rows, steps, links, sessions and mails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.platform.models import Invitation, InvitationEvent, Message, Nominee

if TYPE_CHECKING:
    from sqlalchemy.orm import Session


def of_round(session: Session, round_id: int, *, hold: bool = False) -> list[Invitation]:
    """Return the invitations of a round in the order of their creation, with people and steps."""
    query = (
        select(Invitation)
        .where(Invitation.round_id == round_id)
        .options(
            joinedload(Invitation.nominee),
            selectinload(Invitation.events).joinedload(InvitationEvent.words),
        )
        .order_by(Invitation.id)
    )
    return list(session.scalars(query.with_for_update(of=Invitation) if hold else query))


def find(session: Session, number: int, *, hold: bool = False) -> Invitation | None:
    """Return one invitation with its round, its person and its steps, or None."""
    query = (
        select(Invitation)
        .where(Invitation.id == number)
        .options(
            joinedload(Invitation.round),
            joinedload(Invitation.nominee),
            selectinload(Invitation.events).joinedload(InvitationEvent.words),
        )
    )
    return session.scalars(query.with_for_update(of=Invitation) if hold else query).first()


def alone(session: Session, number: int) -> Invitation | None:
    """Return an invitation without what `find` loads with it, or None."""
    return session.get(Invitation, number)


def nominees(session: Session, round_id: int, keys: list[str]) -> dict[str, Nominee]:
    """Return the nominees of a round that have these keys, by key."""
    query = select(Nominee).where(Nominee.round_id == round_id, Nominee.key.in_(keys))
    return {nominee.key: nominee for nominee in session.scalars(query)}


def newest_mails(session: Session, round_id: int) -> dict[int, Message]:
    """Return a mapping from invitation id to the newest mail to its person."""
    newest = (
        select(func.max(Message.id))
        .where(Message.round_id == round_id, Message.invitation_id.is_not(None))
        .group_by(Message.invitation_id)
    )
    found = session.scalars(select(Message).where(Message.id.in_(newest)))
    return {each.invitation_id: each for each in found if each.invitation_id is not None}


def told_of_versions(session: Session, round_id: int, kind: str) -> dict[int, int]:
    """Return the newest version of the panel of which mails of a kind tell, by invitation."""
    query = select(Message).where(Message.round_id == round_id, Message.kind == kind).order_by(Message.id)
    return {
        each.invitation_id: each.facts["version"]
        for each in session.scalars(query)
        if each.invitation_id is not None
    }


def mails(session: Session, invitation_id: int) -> list[Message]:
    """Return all mails to one invited person, the newest first."""
    query = select(Message).where(Message.invitation_id == invitation_id).order_by(Message.id.desc())
    return list(session.scalars(query))
