"""Public data: the rounds, and the question and frozen rules of each. No ballots, no addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import Row, Text, cast, distinct, func, select
from sqlalchemy.orm import selectinload

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.models import Nominee, Round, Scrutineer, Seat, Staff, Theme
from consulta.rounds.ballots import awaits_objections, closing_mails, objections_end
from consulta.rounds.ending import ending_of, moves_of, people_until, reopenings_of
from consulta.rounds.registered import registered_of
from consulta.rounds.values import HomeView, PublicRound, RoundCard, ThemeLine, Witness

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from consulta.core.texts import Text as Words
    from consulta.platform.work import Work


def home(work: Work) -> HomeView:
    """Return the rounds that are public, newest first."""
    require(work, "published.read")
    cards = [card(row, seats, countries) for row, seats, countries in rounds(work.session)]

    def standing(state: str) -> tuple[RoundCard, ...]:
        return tuple(card for card in cards if card.state == state)

    return HomeView(standing("open"), standing("closed"), standing("published"))


def opened(work: Work, key: str) -> Round:
    """Return a round that has opened, with its themes. Problem: `round.unknown`."""
    require(work, "published.read")
    found = round_of(work.session, key)
    if found is None or found.opened_at is None:
        raise Problem("round.unknown", key=key)
    return found


def round_page(work: Work, key: str) -> PublicRound:
    """Return a round for its information page. Problem: `round.unknown`, also where it never opened."""
    require(work, "published.read")
    found = opened(work, key)
    seats, countries, nominees = sizes(work.session, found.id)
    return copied(
        PublicRound,
        found,
        card=card(found, seats, countries),
        themes=tuple(theme_line(theme) for theme in found.themes),
        rules=parse_rules(found.rules),
        nominees=nominees,
        scrutineers=tuple(Witness(*row) for row in scrutineers(work.session, found.id)),
        commitment=found.commitment or "",
        package_sha256=found.frozen_sha256 or "",
        moves=moves_of(work, found),
        reopened=reopenings_of(work, found),
        registered=registered_of(work, found),
        public_value=found.public,
        nominations_until=people_until(found, work.now),
        ending=ending_of(work, found),
        objections_until=_objections_end(work, found),
    )


def _objections_end(work: Work, found: Round) -> datetime | None:
    """Return until when organisations can object; None if they cannot now."""
    mails = closing_mails(work.session, found.id)
    if found.state != "closed" or not awaits_objections(found, mails, work.now):
        return None
    return objections_end(found, mails, work.now)


def card(found: Round, seats: int, countries: int) -> RoundCard:
    """Return a round as a line, with the numbers of its seats and of their countries."""
    has_panel = found.panel_version is not None
    return copied(RoundCard, found, seats=seats, countries=countries, has_panel=has_panel)


def card_of(work: Work, found: Round) -> RoundCard:
    """Return a round as a line, with the numbers of its seats and of their countries as they are stored."""
    seats, countries, _ = sizes(work.session, found.id)
    return card(found, seats, countries)


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


def by_country(session: Session, round_id: int) -> list[tuple[str, int]]:
    """Return how many organisations on the roll each country has, by code."""
    query = select(Seat.country, func.count()).where(Seat.round_id == round_id).group_by(Seat.country)
    return [(country, seats) for country, seats in session.execute(query.order_by(Seat.country))]


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


def theme_line(theme: Theme) -> ThemeLine:
    """Return a theme with its texts in all languages; a missing text is left empty."""
    return copied(ThemeLine, theme, objectives=tuple(theme.objectives), backing=dict(theme.backing or {}))
