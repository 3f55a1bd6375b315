"""What the desk asks of one seat of a roll: its organisation's contacts, and whose links work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload
from sqlalchemy.orm.attributes import set_committed_value

from consulta.ballots.queries.exclusions import still_counts
from consulta.infra.models import VOTE, Ballot, CurrentBallot, Link, Organisation, Round, Seat

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session


def find(session: Session, round_id: int, key: str) -> Seat | None:
    """Return a seat with its organisation and the organisation's contacts, or None."""
    query = (
        select(Seat)
        .where(Seat.round_id == round_id, Seat.key == key)
        .options(joinedload(Seat.organisation).selectinload(Organisation.contacts))
    )
    return session.scalars(query).first()


def links_since(session: Session, seat_id: int, now: datetime) -> dict[int, datetime]:
    """Return a mapping from contact id to the creation of the contact's newest valid link.

    Contacts without a valid link are left out.
    """
    working = (
        select(Link.contact_id, func.max(Link.created_at))
        .where(
            Link.purpose == VOTE,
            Link.subject_id == seat_id,
            Link.revoked_at.is_(None),
            Link.expires_at > now,
        )
        .group_by(Link.contact_id)
    )
    return {number: since for number, since in session.execute(working) if number is not None}


def earlier_vote(session: Session, seat: Seat) -> Ballot | None:
    """Return the vote of a seat's organisation that counts in the last round that closed before, or None.

    Rounds of the example and real ones do not mix. An abstention, and a vote that was taken out, is none.
    """
    query = (
        select(Ballot)
        .join(CurrentBallot, CurrentBallot.ballot_id == Ballot.id)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Round, Round.id == Seat.round_id)
        .where(
            Seat.organisation_id == seat.organisation_id,
            Round.id != seat.round_id,
            Round.example == seat.round.example,
            Round.state.in_(("closed", "published")),
            Ballot.abstains.is_(False),
            still_counts(Ballot.id),
        )
        .order_by(Round.closed_at.desc(), Round.id.desc())
        .options(joinedload(Ballot.seat).joinedload(Seat.round).selectinload(Round.themes))
        .limit(1)
    )
    return session.scalars(query).first()


def imagined(found: Round, position: int, name: str, country: str) -> Seat:
    """Return a seat of a round that has no roll yet; it is in no session and is never stored."""
    seat = Seat(
        id=None, round_id=found.id, key=f"p{position}", position=position, name=name, country=country, base=1
    )
    set_committed_value(seat, "round", found)
    return seat
