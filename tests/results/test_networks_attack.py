"""Rounds with networks and two topics, attacked: what is told of their figures, and why the rest is not.

In rounds of totals no new figure is public: these tests show what the exact ones would tell, and that the old
attacks fail on rounds with networks, caps and groups too small to count as well. Where ballots are public the
new figures follow from them, so nothing else is told.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.counting import bundle as bundles
from consulta.core.counting import files as counting
from consulta.platform.work import COMMAND
from consulta.results import service
from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.deep import deep
from tests.factories import moment
from tests.results.attacks import ballots_of, told_sides, told_turnout
from tests.results.elections import election, public_of, result_of

if TYPE_CHECKING:
    from consulta.core.values import Bundle
    from consulta.platform.work import Bench

NEW = {"heaviest", "ballot_limit", "cap", "alike", "heard", "topics_by", "points_alone"}
NEW |= {
    "without_theme",
    "other_targets",
    "too_few",
    "places",
    "required",
    "margin",
    "resampling",
    "could_be_first",
    "reach",
}
NEW |= {"without_tie", "with_tie"}
BASES = (1, 1, 1, 1, 4, 40)


def networks(seed: int, seats: int, turnout: float, themes: int = 6) -> Bundle:
    """The rounds of the other attacks with networks, with two topics."""
    made = election(seed, seats, turnout, themes, bases=BASES, sectors=8)
    return _parsed(replace(made, rules=replace(made.rules, topics=2)))


def _parsed(bundle: Bundle) -> Bundle:
    return bundles.parse(bundles.to_json(replace(bundle, digest="")))


def names_in(content: Any) -> set[str]:
    """Every name of a field, at any depth."""
    if isinstance(content, dict):
        return set(content) | {name for value in content.values() for name in names_in(value)}
    if isinstance(content, list):
        return {name for value in content for name in names_in(value)}
    return set()


@for_each("seed, seats, themes", [deep(1, 150, 6), deep(2, 90, 5), (3, 60, 4), deep(4, 40, 3), (5, 30, 3)])
def test_rounds_of_totals_with_networks_tell_of_no_small_group(seed: int, seats: int, themes: int) -> None:
    bundle = networks(seed, seats, 0.75, themes)
    result, public = result_of(bundle), public_of(bundle)
    assert told_turnout(bundle, public) == []
    assert names_in(public) & NEW == set()
    assert [topic["key"] for topic in public["topics"]] == result["topics_by"]["shared"]
    if public["detail"] != "figures" or public["step"] is None:
        return
    ballots, step = ballots_of(bundle, result), public["step"]
    for row in range(themes):
        for column in range(row + 1, themes):
            percent = public["pairs"][row][column]
            if percent is not None:
                window = (percent - step / 2) / 100, (percent + step / 2) / 100
                assert told_sides(ballots, *window, ties=True) == []


def test_the_exact_part_of_the_vote_that_is_heard_would_tell_of_small_groups() -> None:
    """And so would the part that holds two themes together: both are sums of what single ballots say."""
    bundle = networks(5, 26, 0.75, 3)
    result = result_of(bundle)
    heard = float(Fraction(result["heard"]["shared"]))
    assert told_sides(ballots_of(bundle, result), heard - 1e-9, heard + 1e-9, ties=False)


@pytest.mark.deep
def test_the_exact_weight_of_the_heaviest_ballot_would_tell_how_many_of_a_group_voted() -> None:
    """One organisation more or fewer of a small group gives another figure: the number could be read."""
    whole = networks(7, 60, 0.9)
    sector_of = {seat.seat: seat.categories["sector"] for seat in whole.seats}
    ballots = Counter(sector_of[ballot.seat] for ballot in whole.ballots)
    small = min((number, sector) for sector, number in ballots.items() if number > 1)[1]
    inside = {seat for seat, sector in sector_of.items() if sector == small}
    shares = set()
    voted = [ballot for ballot in whole.ballots if ballot.seat in inside]
    rest = [ballot for ballot in whole.ballots if ballot.seat not in inside]
    for number in range(1, len(voted) + 1):
        found = result_of(_parsed(replace(whole, ballots=(*rest, *voted[:number]))))
        shares.add(found["weights"]["heaviest"]["share"])
    assert len(shares) == len(voted) > 1


def test_groups_too_few_to_count_would_be_named_with_their_turnout() -> None:
    bundle = networks(3, 60, 0.75)
    result = result_of(bundle)
    assert any(result["support"]["too_few"].values()), "each of them has one or two ballots"


def test_where_ballots_are_public_every_new_figure_follows_from_them(bench: Bench) -> None:
    votes = mixed(60, ("t1", "t2", "t3"), ("t2", "t1"), ("t3", "t1", "t2"))
    votes += [Vote("JM", "faith_based", ("t4", "t5"), (), 40)]
    counted(bench, "publicas", votes, {"topics": 2}, secrecy="pseudonymous", joined_below=5)
    with bench.work(COMMAND, moment()) as work:
        bundle = service.document(work, "publicas", "bundle")
        result = service.document(work, "publicas", "result")
    assert counting.count_file(bundle) == result
    seats = json.loads(bundle)["seats"]
    assert not any("name" in seat or "organisation" in seat for seat in seats)
