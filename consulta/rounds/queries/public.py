"""What the public pages ask of the rows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Row, Text, cast, distinct, func, select
from sqlalchemy.orm import selectinload

from consulta.platform.models import Nominee, Round, Scrutineer, Seat, Staff, Theme

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from consulta.core.texts import Text as Words

KNOWN = ("open", "closed", "published")


def rounds(session: Session) -> list[Row[Round, int, int]]:
    """Return every public round, newest first, with the numbers of its seats and their countries.

    A round is public from its opening on.
    """
    counts = (
        select(
            Seat.round_id,
            func.count().label("seats"),
            func.count(distinct(Seat.country)).label("countries"),
        )
        .group_by(Seat.round_id)
        .subquery()
    )
    return list(
        session.execute(
            select(Round, func.coalesce(counts.c.seats, 0), func.coalesce(counts.c.countries, 0))
            .outerjoin(counts, counts.c.round_id == Round.id)
            .where(Round.state.in_(KNOWN))
            .order_by(Round.opened_at.desc(), Round.id.desc())
        )
    )


def round_of(session: Session, key: str) -> Round | None:
    """Return a public round, from its opening on, with its themes, or None."""
    return session.scalars(
        select(Round).where(Round.key == key, Round.state.in_(KNOWN)).options(selectinload(Round.themes))
    ).first()


def theme_titles(session: Session) -> dict[int, tuple[str, dict[str, Words]]]:
    """Return for each published round, by its id, its key and the titles of its themes by their keys."""
    query = select(Round.id, Round.key, Theme.key, Theme.title).join(Theme, Theme.round_id == Round.id)
    found: dict[int, tuple[str, dict[str, Words]]] = {}
    for round_id, key, theme, title in session.execute(query.where(Round.state == "published")):
        found.setdefault(round_id, (key, {}))[1][theme] = title
    return found


def sizes(session: Session, round_id: int) -> tuple[int, int, int]:
    """Return how many seats, countries of seats, and nominees on the ballot a round has."""
    seats, countries = session.execute(
        select(func.count(), func.count(distinct(Seat.country))).where(Seat.round_id == round_id)
    ).one()
    nominees = (
        session.scalar(select(func.count()).where(Nominee.round_id == round_id, Nominee.on_ballot)) or 0
    )
    return seats, countries, nominees


def members(session: Session, round_id: int) -> list[tuple[str, str, dict[str, str], int]]:
    """Return name, country, categories and base of each organisation on the roll, in its order."""
    query = select(Seat.name, Seat.country, Seat.categories, Seat.base).where(Seat.round_id == round_id)
    return [(*row,) for row in session.execute(query.order_by(Seat.position))]


def kinds(session: Session, round_id: int) -> list[tuple[dict[str, str], int]]:
    """Return the categories of the organisations on the roll, and how many have the same, in its order."""
    kind = cast(Seat.categories, Text)
    query = select(kind, func.count()).where(Seat.round_id == round_id).group_by(kind)
    found = session.execute(query.order_by(func.min(Seat.position)))
    return [(json.loads(categories), seats) for categories, seats in found]


def is_on_roll(session: Session, round_id: int, seat_id: int | None) -> bool:
    """Return whether a seat is of this round."""
    return session.scalar(select(Seat.id).where(Seat.id == seat_id, Seat.round_id == round_id)) is not None


def scrutineers(session: Session, round_id: int) -> list[tuple[str, str]]:
    """Name and organisation of each scrutineer of a round, by name."""
    rows = session.execute(
        select(Staff.name, Staff.organisation)
        .join(Scrutineer, Scrutineer.staff_id == Staff.id)
        .where(Scrutineer.round_id == round_id)
        .order_by(Staff.name, Staff.id)
    )
    return [(row.name, row.organisation) for row in rows]
