"""Rows of proposed themes: the phase of a round, proposals, their steps, and who supports them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.platform.models import (
    Contact,
    Message,
    Organisation,
    Round,
    Theme,
    ThemePhase,
    ThemeProposal,
    ThemeProposalEvent,
    ThemeSupport,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


def phase(session: Session, round_id: int) -> ThemePhase | None:
    """Return the phase of a round; None where it has none."""
    return session.scalars(select(ThemePhase).where(ThemePhase.round_id == round_id)).first()


def of_round(session: Session, round_id: int) -> list[ThemeProposal]:
    """Return all proposals of a round by number, also those that were taken back."""
    query = (
        select(ThemeProposal)
        .where(ThemeProposal.round_id == round_id)
        .options(
            joinedload(ThemeProposal.organisation),
            joinedload(ThemeProposal.contact),
            selectinload(ThemeProposal.events).joinedload(ThemeProposalEvent.staff),
            selectinload(ThemeProposal.supports).joinedload(ThemeSupport.organisation),
        )
        .order_by(ThemeProposal.number)
    )
    return list(session.scalars(query))


def find(session: Session, round_id: int, number: int) -> ThemeProposal | None:
    """Return one proposal by its number in its round, or None."""
    query = select(ThemeProposal).where(ThemeProposal.round_id == round_id, ThemeProposal.number == number)
    return session.scalars(query).first()


def with_id(session: Session, proposal_id: int) -> ThemeProposal | None:
    """Return one proposal by its id, or None."""
    return session.get(ThemeProposal, proposal_id)


def next_number(session: Session, round_id: int) -> int:
    """Return the number of the next proposal of a round; ask with the round locked."""
    query = select(func.max(ThemeProposal.number)).where(ThemeProposal.round_id == round_id)
    return (session.scalar(query) or 0) + 1


def count(session: Session, round_id: int, *states: str) -> int:
    """Return how many proposals of a round are in one of these states."""
    query = select(func.count()).where(ThemeProposal.round_id == round_id, ThemeProposal.state.in_(states))
    return session.scalar(query) or 0


def theme_keys(session: Session, round_id: int) -> dict[int, str]:
    """Return the keys of the themes of a round, by id."""
    query = select(Theme.id, Theme.key).where(Theme.round_id == round_id)
    return {row[0]: row[1] for row in session.execute(query)}


def supported_by(session: Session, round_id: int, organisation_id: int) -> set[int]:
    """Return the ids of the proposals that an organisation supports and that were not taken back."""
    query = (
        select(ThemeSupport.proposal_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(
            ThemeProposal.round_id == round_id,
            ThemeSupport.organisation_id == organisation_id,
            ThemeProposal.state != "withdrawn",
        )
    )
    return set(session.scalars(query))


def support(session: Session, proposal_id: int, organisation_id: int) -> ThemeSupport | None:
    """Return the support of an organisation for a proposal, or None."""
    query = select(ThemeSupport).where(
        ThemeSupport.proposal_id == proposal_id, ThemeSupport.organisation_id == organisation_id
    )
    return session.scalars(query).first()


def backers(session: Session, round_id: int) -> Mapping[int, frozenset[tuple[int, str]]]:
    """Return for each proposal, by id, the organisations behind it with their countries.

    They are its proposer and its supporters, also those of the proposals merged into it, through further
    merges too. A part of a split proposal has those of the whole.
    """
    rows = session.execute(
        select(
            ThemeProposal.id,
            ThemeProposal.into_id,
            ThemeProposal.part_of_id,
            ThemeProposal.state,
            Organisation.id,
            Organisation.country,
        )
        .join(Organisation, Organisation.id == ThemeProposal.organisation_id)
        .where(ThemeProposal.round_id == round_id)
    ).all()
    own: dict[int, set[tuple[int, str]]] = {
        number: {(organisation, country)} if state != "withdrawn" else set()
        for number, _into, _part, state, organisation, country in rows
    }
    supports = (
        select(ThemeSupport.proposal_id, Organisation.id, Organisation.country)
        .join(Organisation, Organisation.id == ThemeSupport.organisation_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(ThemeProposal.round_id == round_id, ThemeProposal.state != "withdrawn")
    )
    for number, organisation, country in session.execute(supports):
        own[number].add((organisation, country))
    heirs: dict[int, list[int]] = defaultdict(list)  # proposal -> those that inherit its organisations
    for number, into, part, *_ in rows:
        if into is not None:
            heirs[number].append(into)
        if part is not None:
            heirs[part].append(number)
    gained = {number: set(organisations) for number, organisations in own.items()}
    for number, organisations in own.items():
        for heir in _reached(heirs, number):
            gained[heir] |= organisations
    return {number: frozenset(organisations) for number, organisations in gained.items()}


def _reached(heirs: Mapping[int, list[int]], start: int) -> set[int]:
    """Return what is reached from `start`, however far, without itself."""
    seen, waiting = {start}, [start]
    while waiting:
        fresh = [each for each in heirs.get(waiting.pop(), ()) if each not in seen]
        seen.update(fresh)
        waiting.extend(fresh)
    return seen - {start}


# -- the phase and its mails


def due_to_open(session: Session, now: datetime) -> list[str]:
    """Return the keys of drafts whose planned phase is to open by itself now."""
    query = (
        select(Round.key)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(
            Round.state == "draft",
            ThemePhase.opened_at.is_(None),
            ThemePhase.opens_at <= now,
            ThemePhase.closes_at > now,
        )
    )
    return list(session.scalars(query.order_by(Round.id)))


def due_to_end(session: Session, now: datetime) -> list[str]:
    """Return the keys of rounds whose open phase has passed its hour."""
    query = (
        select(Round.key)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(ThemePhase.opened_at.is_not(None), ThemePhase.ended_at.is_(None), ThemePhase.closes_at <= now)
    )
    return list(session.scalars(query.order_by(Round.id)))


def may_propose(session: Session) -> list[Contact]:
    """Return the contacts who may vote, of all members: those who can propose themes."""
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Organisation.active, Contact.active, Contact.may_vote)
        .order_by(Contact.id)
    )
    return list(session.scalars(query))


def silent(session: Session, round_id: int) -> list[Contact]:
    """Return the contacts who may vote of organisations that neither proposed nor supported a theme."""
    proposed = select(ThemeProposal.organisation_id).where(
        ThemeProposal.round_id == round_id, ThemeProposal.state != "withdrawn"
    )
    supported = (
        select(ThemeSupport.organisation_id)
        .join(ThemeProposal, ThemeProposal.id == ThemeSupport.proposal_id)
        .where(ThemeProposal.round_id == round_id)
    )
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(
            Organisation.active,
            Contact.active,
            Contact.may_vote,
            Organisation.id.not_in(proposed),
            Organisation.id.not_in(supported),
        )
        .order_by(Contact.id)
    )
    return list(session.scalars(query))


def messages(session: Session, round_id: int, contact_id: int, kind: str) -> int:
    """Return how many mails of a kind were made for a contact in a round."""
    query = select(func.count()).where(
        Message.round_id == round_id, Message.kind == kind, Message.contact_id == contact_id
    )
    return session.scalar(query) or 0


def written_since(session: Session, round_id: int, kind: str, since: datetime) -> dict[int, datetime]:
    """Return the contacts for whom a mail of a kind was queued in a round since then, and when the last."""
    query = (
        select(Message.contact_id, Message.queued_at)
        .where(Message.round_id == round_id, Message.kind == kind, Message.queued_at > since)
        .order_by(Message.queued_at)
    )
    return {contact: at for contact, at in session.execute(query) if contact is not None}


def told_of_end(session: Session, round_id: int, kind: str, until: str) -> set[int]:
    """Return the contacts for whom a mail of a kind was queued in a round that says this end."""
    query = select(Message.contact_id).where(
        Message.round_id == round_id, Message.kind == kind, Message.facts["until"].as_string() == until
    )
    return {each for each in session.scalars(query) if each is not None}


def contacts_at(session: Session, address: str) -> list[tuple[Round, Contact]]:
    """Return the drafts whose phase has opened, with the contacts at this address who may propose."""
    drafts = session.scalars(
        select(Round)
        .join(ThemePhase, ThemePhase.round_id == Round.id)
        .where(Round.state == "draft", ThemePhase.opened_at.is_not(None))
        .order_by(Round.id)
    ).all()
    contacts = session.scalars(
        select(Contact)
        .join(Contact.organisation)
        .where(func.lower(Contact.email) == address, Contact.active, Contact.may_vote, Organisation.active)
        .order_by(Contact.id)
    ).all()
    return [(found, contact) for found in drafts for contact in contacts]
