"""Attacks on the page of a vote in a round of totals: two that pool what they read, and small groups."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from consulta.core.counting import bundle as core
from consulta.core.counting.effects import Effects
from consulta.core.counting.result import Result
from consulta.core.disclosure.suppression import blocks
from consulta.results import public_figures
from consulta.results.your_vote import Telling
from tests.cases import for_each
from tests.deep import examples
from tests.results.elections import election, public_of, result_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.core.values import Ballot, Bundle, Seat
    from consulta.results.your_vote import Told

SEEDS = range(1, 1 + examples(3, few=2))
LEAST = 5


def parsed(bundle: Bundle) -> Bundle:
    return core.parse(core.to_json(replace(bundle, digest="")))


def telling(bundle: Bundle, public: dict[str, object] | None = None) -> Telling:
    told = public_of(bundle) if public is None else public
    result = Result.parse(json.dumps(result_of(bundle)).encode())
    return Telling(Effects(bundle), result, told)


def seats_of(bundle: Bundle) -> dict[str, Seat]:
    return {seat.seat: seat for seat in bundle.seats}


def page(found: Telling, seat: Seat) -> Told:
    return found.of_seat(seat)


def other_worlds(bundle: Bundle, target: str, pooled: set[str]) -> Iterator[Bundle]:
    """The rounds in which another organisation cast the target's ballot, and the target cast that one."""
    of = {ballot.seat: ballot for ballot in bundle.ballots}
    mine: Ballot = of[target]
    for ballot in bundle.ballots:
        if ballot.seat in pooled or ballot.ranking[0] == mine.ranking[0]:
            continue
        exchanged = {
            target: replace(ballot, seat=target),
            ballot.seat: replace(mine, seat=ballot.seat),
        }
        yield replace(
            bundle,
            digest="",
            ballots=tuple(exchanged.get(each.seat, each) for each in bundle.ballots),
        )


def round_of(seed: int, seats: int, turnout: float, topics: int) -> tuple[Bundle, Telling]:
    """A round with so many topics, and what is told in it."""
    made = election(seed, seats, turnout)
    bundle = parsed(replace(made, rules=replace(made.rules, topics=topics)))
    return bundle, telling(bundle)


@pytest.mark.deep
@for_each("seed, topics", [*((seed, 1) for seed in SEEDS), (1, 2)])
def test_two_that_pool_their_pages_do_not_learn_how_a_third_voted(seed: int, topics: int) -> None:
    """Whoever it is, it may have put another theme first: a round in which it did has the same two pages."""
    bundle, found = round_of(seed, 130, 0.6, topics)
    seats = seats_of(bundle)
    sizes: dict[str, int] = {}
    for ballot in bundle.ballots:
        sector = seats[ballot.seat].categories["sector"]
        sizes[sector] = sizes.get(sector, 0) + 1
    small = sorted(bundle.ballots, key=lambda each: (sizes[seats[each.seat].categories["sector"]], each.seat))
    pooled = {each.seat for each in small[:2]}
    before = {seat: page(found, seats[seat]) for seat in pooled}
    told = [change for each in before.values() for change in each.changes]
    assert any(change.topics for change in told)
    for target in [each.seat for each in small[2:] if each.seat not in pooled][:: max(1, len(small) // 8)]:
        assert any(
            all(replace(found, effects=effects).of_seat(seats[seat]) == before[seat] for seat in pooled)
            for world in other_worlds(bundle, target, pooled)
            for effects in [Effects(world)]
        ), target


@for_each("seed", SEEDS)
@for_each("also", [False, True])
def test_in_a_sector_of_two_nobody_reads_whether_the_other_voted(seed: int, *, also: bool) -> None:
    bundle = parsed(election(seed, 130, 0.65))
    first, second = bundle.ballots[0].seat, bundle.ballots[1].seat
    pair = {first, second}
    seats = tuple(
        replace(
            seat,
            categories={**seat.categories, "sector": "media" if seat.seat in pair else _no_media(seat)},
        )
        for seat in bundle.seats
    )
    ballots = tuple(each for each in bundle.ballots if also or each.seat != second)
    world = parsed(replace(bundle, seats=seats, ballots=ballots))
    told = telling(world).of_seat(seats_of(world)[first])
    assert told.weight is None
    assert told.reasons == ()
    away = next(change for change in told.changes if change.dimension == "sector")
    assert (away.topics, away.order, away.why) == (None, None, "small")


def _no_media(seat: Seat) -> str:
    sector = seat.categories["sector"]
    return "ngo" if sector == "media" else sector


def lines(bundle: Bundle) -> list[object]:
    """The public table of who took part."""
    return list(blocks(public_figures._cells(bundle), LEAST))


@pytest.mark.deep
@for_each("seed", SEEDS)
def test_a_weight_tells_no_more_of_who_took_part_than_the_public_table(seed: int) -> None:
    """Where the table leaves open whether an organisation voted, the weights on two pages do so too."""
    bundle = parsed(election(seed, 160, 0.6, sectors=3))
    found, seats = telling(bundle), seats_of(bundle)
    voted = {each.seat: each for each in bundle.ballots}
    weighed = [seat for seat in voted if found.of_seat(seats[seat]).weight is not None]
    if len(weighed) < 2:
        pytest.skip("no weight is told in this round")
    pooled = next(
        (pair for pair in combinations(weighed, 2) if _cell(seats[pair[0]]) != _cell(seats[pair[1]])),
        (weighed[0], weighed[1]),
    )
    before = {seat: found.of_seat(seats[seat]).weight for seat in pooled}
    table = lines(bundle)
    silent = [seat for seat in bundle.seats if seat.seat not in voted]
    for target in [seat for seat in voted if seat not in pooled][::9]:
        if any(_cell(each) == _cell(seats[target]) for each in silent):
            continue  # one of the same cell may have voted in its place: nothing at all would change
        worlds = [
            world for other in silent for world in [_in_place(bundle, target, other)] if lines(world) == table
        ]
        assert not worlds or any(
            {seat: replace(found, effects=Effects(world)).of_seat(seats[seat]).weight for seat in pooled}
            == before
            for world in worlds
        ), target


def _cell(seat: Seat) -> tuple[str, str, int]:
    return seat.categories["subregion"], seat.categories["sector"], seat.base


def _in_place(bundle: Bundle, target: str, other: Seat) -> Bundle:
    """The round in which another organisation voted, and the target did not."""
    return replace(
        bundle,
        digest="",
        ballots=tuple(
            replace(each, seat=other.seat) if each.seat == target else each for each in bundle.ballots
        ),
    )


@pytest.mark.deep
@for_each("seats", [6, 20, 60])
def test_a_small_round_tells_nothing_of_what_would_have_been(seats: int) -> None:
    bundle = parsed(election(4, seats, 0.7))
    found = telling(bundle)
    for seat in list(seats_of(bundle).values()):
        if any(ballot.seat == seat.seat for ballot in bundle.ballots):
            told = found.of_seat(seat)
            assert all(change.topics is None and change.order is None for change in told.changes)


def test_a_heavy_network_keeps_everything_from_being_told() -> None:
    bundle = parsed(election(5, 140, 0.7))
    heavy = bundle.ballots[3].seat
    seats = tuple(replace(seat, base=40) if seat.seat == heavy else seat for seat in bundle.seats)
    world = parsed(replace(bundle, seats=seats))
    told = telling(world).of_seat(seats_of(world)[world.ballots[0].seat])
    assert {change.why for change in told.changes} == {"few"}
