"""Public data: the rounds, and the question and frozen rules of each. No ballots, no addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.rounds.ballots import awaits_objections, closing_mails, objections_end
from consulta.rounds.ending import ending_of, moves_of, reopenings_of
from consulta.rounds.proposing import phase_of
from consulta.rounds.queries import public
from consulta.rounds.registered import registered_of
from consulta.rounds.service import theme_line
from consulta.rounds.values import HomeView, PublicRound, RoundCard, Witness

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Round
    from consulta.platform.work import Work


def home(work: Work) -> HomeView:
    """Return the rounds that are public, newest first."""
    require(work, "published.read")
    cards = [card(row, seats, countries) for row, seats, countries in public.rounds(work.session)]

    def standing(state: str) -> tuple[RoundCard, ...]:
        return tuple(card for card in cards if card.state == state)

    return HomeView(standing("open"), standing("closed"), standing("published"))


def opened(work: Work, key: str) -> Round:
    """Return a round that has opened, with its themes. Problem: `round.unknown`."""
    found = public.round_of(work.session, key)
    if found is None or found.opened_at is None:
        raise Problem("round.unknown", key=key)
    return found


def round_page(work: Work, key: str) -> PublicRound:
    """Return a round for its information page. Problem: `round.unknown`, also where it never opened."""
    require(work, "published.read")
    found = opened(work, key)
    seats, countries, nominees = public.sizes(work.session, found.id)
    phase = phase_of(found, work.now)
    return copied(
        PublicRound,
        found,
        card=card(found, seats, countries),
        themes=tuple(theme_line(theme) for theme in found.themes),
        rules=parse_rules(found.rules),
        nominees=nominees,
        scrutineers=tuple(Witness(*row) for row in public.scrutineers(work.session, found.id)),
        commitment=found.commitment or "",
        package_sha256=found.frozen_sha256 or "",
        moves=moves_of(work, found),
        reopened=reopenings_of(work, found),
        registered=registered_of(work, found),
        public_value=found.public,
        nominations_until=phase.until if phase.on else None,
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
    seats, countries, _ = public.sizes(work.session, found.id)
    return card(found, seats, countries)
