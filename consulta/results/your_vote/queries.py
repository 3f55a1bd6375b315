"""What votes did, as rows: one a seat whose ballot counts, written once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from consulta.core.rounds import State
from consulta.platform.models import Ballot, Contact, CurrentBallot, Round, Seat, VoteEffect
from consulta.platform.models.conditions import may_get_links, still_counts
from consulta.rounds.ballots.queries.exclusions import is_excluded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.orm import Session


def due(session: Session) -> list[str]:
    """Return the keys of published rounds for which not all has been worked out."""
    query = select(Round.key).where(Round.state == State.PUBLISHED.value, Round.effects_made.is_(False))
    return list(session.scalars(query.order_by(Round.id)))


def panels_due(session: Session) -> list[str]:
    """Return the keys of rounds with a public panel for which it is not worked out what votes did to it."""
    query = select(Round.key).where(
        Round.state == State.PUBLISHED.value,
        Round.effects_made,
        Round.panel_version.is_not(None),
        Round.panel_effects_made.is_(False),
    )
    return list(session.scalars(query.order_by(Round.id)))


def waiting_panels(session: Session, round_id: int) -> dict[str, int]:
    """Return the seats of which something is kept, and nothing of the panel: id by name in the bundle."""
    query = (
        select(Seat.pseudonym, Seat.id)
        .join(VoteEffect, VoteEffect.seat_id == Seat.id)
        .where(Seat.round_id == round_id, VoteEffect.panel.is_(None))
        .order_by(Seat.pseudonym)
    )
    return {row.pseudonym: row.id for row in session.execute(query)}


def any_panel(session: Session, round_id: int) -> str | None:
    """Return what is kept of the panel for one of the seats of a round, or None."""
    query = (
        select(VoteEffect.panel)
        .join(Seat, Seat.id == VoteEffect.seat_id)
        .where(Seat.round_id == round_id, VoteEffect.panel.is_not(None))
    )
    return session.scalars(query.order_by(Seat.id).limit(1)).first()


def keep_panels(session: Session, told: Mapping[int, str]) -> int:
    """Write what is told of the panel, once for each seat; return how many are new."""
    rows = session.scalars(
        select(VoteEffect).where(VoteEffect.seat_id.in_(list(told)), VoteEffect.panel.is_(None))
    ).all()
    for row in rows:
        row.panel = told[row.seat_id]
    session.flush()
    return len(rows)


def waiting(session: Session, round_id: int) -> dict[str, int]:
    """Return the seats whose ballot counts and of which nothing is kept yet: id by name in the bundle."""
    query = (
        select(Seat.pseudonym, Seat.id)
        .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        .outerjoin(VoteEffect, VoteEffect.seat_id == Seat.id)
        .where(
            Seat.round_id == round_id,
            Ballot.abstains.is_(False),
            still_counts(CurrentBallot.ballot_id),
            VoteEffect.seat_id.is_(None),
        )
        .order_by(Seat.pseudonym)
    )
    return {row.pseudonym: row.id for row in session.execute(query)}


def keep(session: Session, told: Mapping[int, str], at: datetime) -> int:
    """Write what was worked out for seats, by id; those that have a row keep it. Return how many are new."""
    known = set(session.scalars(select(VoteEffect.seat_id).where(VoteEffect.seat_id.in_(list(told)))))
    fresh = {seat: text for seat, text in told.items() if seat not in known}
    session.add_all(VoteEffect(seat_id=seat, told=text, made_at=at) for seat, text in fresh.items())
    session.flush()
    return len(fresh)


class EffectRow(NamedTuple):
    """What is kept of a seat's vote; `panel` is None until that is worked out."""

    told: str
    panel: str | None


def find(session: Session, seat_id: int) -> EffectRow | None:
    """Return what is kept of a seat's vote, or None."""
    query = select(VoteEffect.told, VoteEffect.panel).where(VoteEffect.seat_id == seat_id)
    row = session.execute(query).first()
    return None if row is None else EffectRow(*row)


def first_told(session: Session, round_id: int) -> tuple[Seat, int] | None:
    """Return the first seat of a round of whose vote something is kept, with a contact that may read it."""
    query = (
        select(Seat, Contact.id)
        .join(VoteEffect, VoteEffect.seat_id == Seat.id)
        .join(Contact, Contact.organisation_id == Seat.organisation_id)
        .where(Seat.round_id == round_id, Contact.active, Contact.may_vote, may_get_links())
        .order_by(Seat.position, Contact.id)
    )
    found = session.execute(query.limit(1)).first()
    return None if found is None else (found[0], found[1])


def seat(session: Session, seat_id: int) -> Seat | None:
    """Return a seat, or None."""
    return session.get(Seat, seat_id)


def is_out(session: Session, ballot_id: int) -> bool:
    """Return whether a ballot was taken out after an objection."""
    return is_excluded(session, ballot_id)
