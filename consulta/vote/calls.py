"""Calls to organisations that have not voted: whom to call first, and what came of each call.

First come the organisations whose vote helps most of the groups that lack votes for their share. Of equals,
those come first whose whole sector has no vote, then those whose whole category has none of a dimension that
the installation added and the rules of the round balance, then those whose whole country has none, the
largest first, then those of the subregion with the lowest turnout. What a call came to is a note of the
secretariat and no vote: an organisation leaves the list when it has voted, whatever was noted.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, get_args

from consulta.core.counting.rules import parse_rules
from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.data import catalogue, dimensions
from consulta.platform.models import Call
from consulta.platform.texts import line
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import hold, known, require_voting, subject
from consulta.vote import queries
from consulta.vote.lacking import Lacking, lacking
from consulta.vote.participation import line_of_opened, people_of, seat_line
from consulta.vote.values import Answer, CallCounts, CallLine, MadeCall, Order, SeatLine

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from consulta.platform.listing import Found, Wanted
    from consulta.platform.models import Seat
    from consulta.platform.work import Work
    from consulta.rounds.queries.rounds import KindTurnout
    from consulta.rounds.values import RoundLine

NOTE_MAX = 300
ANSWERS: dict[str, Answer] = {each: each for each in get_args(Answer)}


class Calls(NamedTuple):
    """The calls of a round: in which order, how far they are, and which categories lack votes."""

    round: RoundLine
    order: Order
    counts: CallCounts
    lacking: tuple[Lacking, ...]


def order(
    kinds: Iterable[KindTurnout], balance: Collection[str] = (), short: Iterable[Lacking] = ()
) -> Order:
    """Return in which order the organisations of a roll are called where the rules balance `balance`.

    `short` are the categories that lack votes for their share.

    A dimension that the installation added takes part in the order where it is balanced and each
    organisation has a category in it.
    """
    kinds = tuple(kinds)
    shown = (*dimensions.grouped(each.categories for each in kinds), dimensions.COUNTRY)
    shown = tuple(name for name in shown if name != dimensions.SUBREGION)  # it has an order, and no names
    silent = {name: _silent(kinds, name) for name in shown if name in dimensions.BUILT_IN or name in balance}
    subregions: dict[str, list[int]] = {}
    regions: dict[str, str] = {}
    for categories, _base, seats, voted in kinds:
        region = categories.get("subregion", "")
        regions[categories["country"]] = region
        total = subregions.setdefault(region, [0, 0])
        total[0] += seats
        total[1] += voted
    lowest = sorted(subregions, key=lambda key: (subregions[key][1] / subregions[key][0], key))
    countries = silent[dimensions.COUNTRY]
    largest = sorted(countries, key=lambda key: (countries[key], key))
    places = {country: 1 + lowest.index(region) for country, region in regions.items()}
    places |= {country: -1 - place for place, country in enumerate(largest)}
    waiting = {
        name: frozenset(
            categories[name]
            for categories, _base, seats, voted in kinds
            if voted < seats and name in categories
        )
        for name in shown
    }
    lacked: dict[str, set[str]] = {}
    for each in short:
        lacked.setdefault(each.dimension, set()).add(each.category)
    return Order({name: frozenset(keys) for name, keys in lacked.items()}, silent, places, waiting)


def _silent(kinds: Iterable[KindTurnout], dimension: str) -> dict[str, int]:
    """Return the categories without any vote, with how many organisations each has."""
    totals: dict[str, list[int]] = {}
    for categories, _base, seats, voted in kinds:
        total = totals.setdefault(categories.get(dimension, ""), [0, 0])
        total[0] += seats
        total[1] += voted
    return {key: seats for key, (seats, voted) in totals.items() if not voted and key}


def calls_of(work: Work, round_key: str) -> Calls:
    """Return the calls of a round. Problems: `round.unknown`, `round.unopened`."""
    require(work, "participation.read")
    found, shown = line_of_opened(work, round_key)
    rules, kinds = parse_rules(found.rules), rounds_queries.turnout_by_kind(work.session, found.id)
    short = lacking(rules, kinds)
    return Calls(
        shown,
        order(kinds, rules.balance, short),
        CallCounts(*queries.call_counts(work.session, found.id)),
        short,
    )


def call_list(work: Work, round_key: str, wanted: Wanted, there: Order) -> Found:
    """Return the organisations without a vote that `wanted` names, in the order `there`, as `CallLine`.

    `queries.call_list` says what can be asked. Problem: `round.unknown`.
    """
    require(work, "participation.read")
    found = known(work, round_key)

    def told(seat: Seat, call: Call | None, staff: str | None) -> tuple[Seat, Call | None, str | None]:
        return seat, call, staff

    def silent(seat: SeatLine) -> dict[str, int]:
        """Return by dimension how many organisations share its category, where none has voted."""
        found = ((name, keys.get(seat.categories.get(name, ""))) for name, keys in there.silent.items())
        return {name: seats for name, seats in found if seats}

    rows = queries.call_list(work.session, found.id, wanted, there, told)
    seats = [seat for seat, _call, _staff in rows.rows]
    people = people_of(work, found.id, seats, whole=wanted.page is None)
    earlier = queries.earlier_rounds(work.session, found, {seat.organisation_id for seat in seats})
    lines = tuple(
        CallLine(
            seat=(told_seat := seat_line(seat, None, people=people.get(seat.organisation_id, ()))),
            organisation_id=seat.organisation_id,
            zone=catalogue.countries_by_code()[seat.country].zone,
            earlier=earlier.get(seat.organisation_id, (0, 0))[0],
            earlier_voted=earlier.get(seat.organisation_id, (0, 0))[1],
            silent=silent(told_seat),
            answer=ANSWERS[call.answer] if call else None,
            note=call.note if call else "",
            called_at=call.at if call else None,
            called_by=staff or "",
        )
        for seat, call, staff in rows.rows
    )
    return replace(rows, rows=lines)


def note(work: Work, round_key: str, seat_key: str, contact: int | None, answer: str, said: str = "") -> str:
    """Note what a call to an organisation came to, and return the organisation's name.

    `contact` is who was called, a contact of the organisation. The log says who called whom and with which
    answer; the note and the number are not in it.

    Problems: `round.unknown`, `round.not_open`, `seat.unknown`, `call.answer`, `call.note`,
    `member.contact.unknown`.
    """
    require(work, "participation.call")
    found = hold(work, round_key)
    require_voting(work, found)
    seat = or_problem(queries.find(work.session, found.id, seat_key), "seat.unknown")
    if answer not in ANSWERS:
        raise Problem("call.answer")
    if len(line(said)) > NOTE_MAX:
        raise Problem("call.note", most=NOTE_MAX)
    if contact is not None and contact not in {each.id for each in seat.organisation.contacts}:
        raise Problem("member.contact.unknown")
    staff = work.actor.staff_id
    work.session.add(
        Call(seat_id=seat.id, contact_id=contact, staff_id=staff, answer=answer, note=line(said), at=work.now)
    )
    details = {"seat": seat.key, "answer": answer} | ({"contact": contact} if contact else {})
    work.record("calls.noted", subject(found), details)
    return seat.name


def made(work: Work, round_key: str) -> tuple[MadeCall, ...]:
    """Return every call of a round, the newest first. Problems: `round.unknown`, `round.unopened`."""
    require(work, "participation.read")
    found, _shown = line_of_opened(work, round_key)
    return tuple(
        MadeCall(
            organisation=seat.name,
            contact=contact.name if contact else "",
            phone=contact.phone if contact else "",
            staff=staff or "",
            answer=call.answer,
            note=call.note,
            at=call.at,
        )
        for call, seat, contact, staff in queries.calls(work.session, found.id)
    )
