"""Conditions on rows that statements of several wings ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, func, select

from consulta.platform.models.access import SeatAddress
from consulta.platform.models.members import Contact
from consulta.platform.models.rounds import BallotExclusion, Seat

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import InstrumentedAttribute


def may_get_links() -> ColumnElement[bool]:
    """Return the condition that the contact of a query's row may get a link to the seat of that row.

    The one place that says so: the contact's present address has a row that lets it vote for this seat, and
    the seat was not withdrawn. `_ALLOWED` and `_IS_ALLOWED` say the same.
    """
    return exists().where(
        SeatAddress.seat_id == Seat.id,
        SeatAddress.contact_id == Contact.id,
        func.lower(SeatAddress.address) == func.lower(Contact.email),
        SeatAddress.votes,
        Seat.withdrawn_at.is_(None),
    )


def still_counts(ballot_id: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Return an expression for whether a ballot was not taken out after an objection."""
    return ballot_id.not_in(select(BallotExclusion.ballot_id))
