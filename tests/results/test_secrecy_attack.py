"""The attacker's part: with all that is published, no hidden number of a small group can be worked out."""

from __future__ import annotations

import hashlib
import itertools
import json
import math
from collections import Counter
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core.counting import bundle as core
from consulta.core.disclosure.suppression import Cell, blocks
from consulta.results import public_figures
from tests.cases import for_each
from tests.deep import COSTLY, deep, examples
from tests.results.attacks import Riddle, ballots_of, told_sides, told_turnout, turnout_riddle
from tests.results.elections import election, public_of, result_of

if TYPE_CHECKING:
    import numpy.typing as npt

    from consulta.core.values import Bundle

SMALL = 5
SEEDS = st.integers(0, 10**6)


# -- who took part


@given(SEEDS, st.integers(5, 60), st.sampled_from([0.3, 0.6, 0.8, 0.95, 1.0]), st.integers(3, 33))
@settings(deadline=None, max_examples=examples(25))
def test_no_hidden_turnout_can_be_worked_out(seed: int, seats: int, turnout: float, countries: int) -> None:
    bundle = election(seed, seats, turnout, countries=countries, sectors=6)
    public = _table(bundle)
    assert told_turnout(bundle, public) == []


@for_each("turnout", [deep(0.5), 0.75, deep(0.95)])
def test_no_hidden_turnout_of_a_whole_region_can_be_worked_out(turnout: float) -> None:
    bundle = election(11, 150, turnout, sectors=14)
    public = _table(bundle)
    assert told_turnout(bundle, public) == []
    shown = [line for line in public["participation"] if len(line["categories"]) == 1]
    assert len(shown) >= 2, "and it still says something"


def test_the_attack_works_where_nothing_is_hidden() -> None:
    """Single lines for every category, as a table without care would have them, give cells away."""
    bundle = election(11, 150, 0.75, sectors=14)
    public = _table(bundle)
    careless = {
        **public,
        "participation": [
            {"dimension": dimension, "categories": [name], "ballots": _voted(bundle, dimension, name)}
            for dimension in ("subregion", "country", "sector")
            for name in _names(bundle, dimension)
        ],
    }
    assert told_turnout(bundle, careless)


def test_hiding_small_lines_alone_is_not_enough() -> None:
    """Sector less country, both large and both shown, would be the two ballots of a small group."""
    cells = [
        Cell("south", "PE", "ngo", 9, 6),
        Cell("south", "CO", "ngo", 3, 2),
        Cell("south", "CO", "faith", 9, 6),
    ]
    found = {(block.dimension, *block.categories) for block in blocks(cells, SMALL)}
    assert not {("country", "PE"), ("sector", "ngo")} <= found
    alone = {("country", "PE"), ("country", "CO"), ("sector", "faith"), ("sector", "ngo")}
    assert not alone <= found


@given(SEEDS, st.integers(1, 40), st.sampled_from([0.2, 0.7, 1.0]))
@settings(deadline=None, max_examples=examples(25))
def test_blocks_are_never_small_and_lose_nobody(seed: int, seats: int, turnout: float) -> None:
    public = _table(election(seed, seats, turnout, sectors=5))
    for dimension in ("subregion", "country", "sector"):
        lines = [line for line in public["participation"] if line["dimension"] == dimension]
        assert sum(line["ballots"] for line in lines) == public["ballots"]
        assert sum(line["seats"] for line in lines) == public["seats"]
        assert all(line["ballots"] >= SMALL for line in lines) or len(lines) == 1


# -- how organisations voted: the knapsack


@for_each("seed, seats, themes", [deep(1, 150, 6), (2, 90, 5), deep(3, 60, 4), deep(4, 40, 3), (5, 24, 3)])
def test_no_figure_by_weight_tells_of_a_small_cell(seed: int, seats: int, themes: int) -> None:
    """Against a person who knows who took part and every cell's weight to the millionth."""
    bundle = election(seed, seats, 0.75, themes, sectors=8)
    public, ballots = public_of(bundle), ballots_of(bundle, result_of(bundle))
    assert public["detail"] == "figures"
    for row in range(themes):
        for column in range(row + 1, themes):
            percent = public["pairs"][row][column]
            if percent is not None:
                assert told_sides(ballots, *_window(percent, public["step"]), ties=True) == []


@given(SEEDS, st.integers(8, 40), st.sampled_from([(1,), (1, 2), (1, 5, 20)]))
@settings(deadline=None, max_examples=examples(6, few=COSTLY))
def test_points_and_pairs_of_small_rounds_tell_of_no_small_cell(
    seed: int, seats: int, bases: tuple[int, ...]
) -> None:
    bundle = election(seed, seats, 0.8, 2, sectors=5, bases=bases)
    public = public_of(bundle)
    if public["detail"] == "topics" or public["step"] is None:
        return
    ballots = ballots_of(bundle, result_of(bundle))
    told = [theme["points_percent"] for theme in public["themes"]] + [public["pairs"][0][1]]
    for percent in told:
        if percent is not None:
            assert told_sides(ballots, *_window(percent, public["step"]), ties=True) == []


def test_exact_figures_would_tell_how_single_organisations_voted() -> None:
    """Why nothing exact is published: one exact pair is a sum of weights, and few sets have that sum."""
    bundle = election(3, 26, 0.75, 2, sectors=6)
    result, public = result_of(bundle), public_of(bundle)
    ballots = ballots_of(bundle, result)
    truth = result["pairs"][0][1] // 2
    cells = list(ballots.seats)
    ways = list(itertools.product(*(range(len(ballots.seats[cell]) + 1) for cell in cells)))
    sums = [sum(k * ballots.value[cell] for k, cell in zip(way, cells, strict=True)) for way in ways]
    fitting = [way for way, found in zip(ways, sums, strict=True) if found == truth]
    alone = [number for number, cell in enumerate(cells) if len(ballots.seats[cell]) == 1]
    assert alone
    assert any(len({way[number] for way in fitting}) == 1 for number in alone), "the exact figure tells"
    whole = sum(ballots.value[cell] * len(found) for cell, found in ballots.seats.items())
    low, high = _window(public["pairs"][0][1], public["step"])
    fitting = [way for way, found in zip(ways, sums, strict=True) if low <= found / whole <= high]
    assert all(len({way[number] for way in fitting}) == 2 for number in alone), "the rounded one does not"


@for_each("seed, seats", [(3, 26), deep(3, 30), (4, 30), deep(2, 34)])
def test_all_figures_together_leave_every_single_ballot_open(seed: int, seats: int) -> None:
    """All pairs, points, first places, mentions and the official order at once, ballot by ballot.

    Unknown is how many ballots of each cell say each possible ranking: for every ballot that is alone in its
    cell, no theme is sure to be first on it, and where it is possible at all, none is sure not to be.
    """
    bundle = election(seed, seats, 0.8, 3, sectors=4)
    bundle = _again(replace(bundle, ballots=tuple(replace(each, objectives=()) for each in bundle.ballots)))
    public = public_of(bundle)
    assert public["detail"] == "figures"
    ballots = ballots_of(bundle, result_of(bundle))
    riddle, rankings = _joint(bundle, public, ballots)
    for cell, found in ballots.seats.items():
        if len(found) > 1:
            continue
        possible = {ranking[0] for ranking in rankings if riddle.fits([({(cell, ranking): 1}, 1, 1)])}
        assert len(possible) > 1, (cell, possible)


def _joint(bundle: Bundle, public: dict[str, Any], ballots: Any) -> tuple[Riddle, list[tuple[str, ...]]]:
    keys = [theme.key for theme in bundle.themes]
    rankings = [ranking for size in range(1, len(keys) + 1) for ranking in _permutations(keys, size)]
    riddle = Riddle()
    for cell, found in ballots.seats.items():
        for ranking in rankings:
            riddle.unknown((cell, ranking), len(found))
        riddle.known({(cell, ranking): 1 for ranking in rankings}, len(found), len(found))
    whole = sum(ballots.value[cell] * len(found) for cell, found in ballots.seats.items())
    share = {(c, r): ballots.value[c] / whole for c in ballots.seats for r in rankings}
    for number, key in enumerate(keys):
        _about_theme(riddle, public, share, keys, number)
        _about_order(riddle, public, share, keys, number)
        for other, percent in zip(keys, public["pairs"][number], strict=True):
            if percent is not None:
                above = {e: part * _above(key, other, e[1]) for e, part in share.items()}
                riddle.known(above, *_window(percent, public["step"]))
    return riddle, rankings


def _about_theme(
    riddle: Riddle, public: dict[str, Any], share: dict[Any, float], keys: list[str], number: int
) -> None:
    key, theme = keys[number], public["themes"][number]
    numbers = {"first": [e for e in share if e[1][0] == key], "mentions": [e for e in share if key in e[1]]}
    for name, counted in numbers.items():
        if theme[name] is not None:
            riddle.known(dict.fromkeys(counted, 1), theme[name], theme[name])
    if theme["points_percent"] is not None:
        won = {e: part * _won(key, e[1], keys) / (len(keys) - 1) for e, part in share.items()}
        riddle.known(won, *_window(theme["points_percent"], public["step"]))


def _about_order(
    riddle: Riddle, public: dict[str, Any], share: dict[Any, float], keys: list[str], number: int
) -> None:
    """That a theme has as many points as the one after it in the official order: no objective is named."""
    order = public["order"]["points"]
    place = order.index(keys[number])
    for after in order[place + 1 : place + 2]:
        lead = {
            e: part * (_won(keys[number], e[1], keys) - _won(after, e[1], keys)) for e, part in share.items()
        }
        riddle.known(lead, -1e-9, len(keys))


def _permutations(keys: list[str], size: int) -> list[tuple[str, ...]]:
    if size == 0:
        return [()]
    return [(*head, key) for head in _permutations(keys, size - 1) for key in keys if key not in head]


def _above(key: str, other: str, ranking: tuple[str, ...]) -> float:
    places = {each: place for place, each in enumerate(ranking)}
    mine, theirs = places.get(key, len(ranking)), places.get(other, len(ranking))
    return 1.0 if mine < theirs else 0.5 if mine == theirs else 0.0


def _won(key: str, ranking: tuple[str, ...], keys: list[str]) -> float:
    return sum(_above(key, other, ranking) for other in keys if other != key)


# -- how firm it is: exact numbers that are sums, too


@dataclass(frozen=True)
class _Duel:
    """A round of two themes: what each ballot is worth, how often each is drawn, and which theme wins ties.

    A way says of each ballot whether it is for the first theme (1) or for the second (-1).
    """

    value: npt.NDArray[np.int64]
    draws: npt.NDArray[np.int64]  # (repetitions, ballots)
    tie: int

    @property
    def ways(self) -> npt.NDArray[np.int64]:
        numbers = np.arange(2 ** len(self.value))
        return 2 * (numbers[:, np.newaxis] >> np.arange(len(self.value)) & 1) - 1

    def winner(self, ways: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return self._sign(ways @ self.value)

    def margins(self, ways: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How few ballots of each way, the heaviest first, would make the other theme win."""
        won = self.winner(ways)
        gains = np.sort(np.where(ways == won[:, np.newaxis], 2 * self.value, 0), axis=1)[:, ::-1]
        lead = abs(ways @ self.value)
        passed = gains.cumsum(axis=1) >= (lead + (won == self.tie))[:, np.newaxis]
        return passed.argmax(axis=1) + 1

    def repetitions(self, ways: npt.NDArray[np.int64]) -> list[int]:
        drawn = self._sign(self.draws @ (ways * self.value).T)
        same = (drawn == self.winner(ways)).sum(axis=0)
        return [round(Fraction(int(times), 10)) for times in same]

    def _sign(self, lead: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        return np.where(lead == 0, self.tie, np.sign(lead))


def _duel(seed: int, seats: int) -> tuple[Bundle, _Duel]:
    bundle = election(seed, seats, 0.95, 2, sectors=4, countries=8)
    bundle = _again(
        replace(
            bundle,
            rules=replace(bundle.rules, spread={}, max_ranks=2),
            ballots=tuple(replace(each, ranking=each.ranking[:1], objectives=()) for each in bundle.ballots),
        )
    )
    result = result_of(bundle)
    ballots = ballots_of(bundle, result)
    worth = {seat: ballots.value[cell] for cell, inside in ballots.seats.items() for seat in inside}
    names = sorted(ballot.seat for ballot in bundle.ballots)
    draws = np.zeros((1000, len(names)), dtype=np.int64)
    for number, row in enumerate(draws, start=1):
        text = f"{result['seed']}|resample|{number}".encode()
        drawn = np.frombuffer(hashlib.shake_128(text).digest(8 * len(names)), dtype=">u8").tolist()
        for each in drawn:
            row[each * len(names) >> 64] += 1
    lots = [hashlib.sha256(f"{result['seed']}|theme|{key}".encode()).hexdigest() for key in ("t1", "t2")]
    value = np.array([worth[name] for name in names])
    return bundle, _Duel(value, draws, 1 if lots[0] < lots[1] else -1)


@for_each("seed, seats", [(9, 12), deep(7, 13), (7, 14), deep(9, 16)])
def test_a_margin_or_a_share_of_repetitions_would_tell_of_single_ballots(seed: int, seats: int) -> None:
    """A person who has the seed can draw as the count did: few ways to vote give the share that it found."""
    bundle, duel = _duel(seed, seats)
    result, public = result_of(bundle), public_of(bundle)
    assert public["detail"] == "figures"
    firm = result["firmness"]
    said = {ballot.seat: ballot.ranking[0][0] for ballot in bundle.ballots}
    truth = np.array([[1 if said[seat] == "t1" else -1 for seat in sorted(said)]])
    exact = (firm["margin"]["level"]["ballots"], firm["resampling"]["percent"])
    assert (duel.margins(truth)[0], duel.repetitions(truth)[0]) == exact, (
        "the attack counts as the count does"
    )
    ways = duel.ways[duel.winner(duel.ways) == duel.winner(truth)[0]]
    fits = (duel.margins(ways) == exact[0]) & (np.array(duel.repetitions(ways)) == exact[1])
    known = ways[fits]
    assert (known == truth).all(axis=1).any()
    assert len(known) < len(ways) / 10, "the exact figures leave few ways"
    assert not _settled(ways), "the official order does not"
    assert public["firmness"] is None
    assert set(public["order"]) == {"points"}
    assert "condorcet_winner" not in public


def _settled(ways: npt.NDArray[np.int64]) -> list[int]:
    """The ballots that say the same in all ways that are left."""
    return [int(ballot) for ballot in np.flatnonzero((ways == ways[0]).all(axis=0))]


def test_of_many_ballots_it_is_told_coarsely() -> None:
    bundle = election(7, 120, 0.7, 6, sectors=12)
    public, result = public_of(bundle), result_of(bundle)
    assert public["ballots"] >= public_figures.MANY
    told, firm = public["firmness"], result["firmness"]
    assert set(told) == {"percent", "methods", "leave_one_out"}
    assert told["percent"] % 10 == 0
    assert told["percent"] <= firm["resampling"]["percent"] < told["percent"] + 10
    assert set(public["order"]) == set(result["order"])


@for_each("seed", range(7, 13))
def test_the_topics_by_other_methods_are_told_only_with_the_support_of_every_theme(seed: int) -> None:
    """By an order and by the topic in it, a theme that stands before the topic is known to lack support."""
    bundle = election(seed, 120, 0.7, 6, sectors=12)
    public, result = public_of(bundle), result_of(bundle)
    methods = public["firmness"]["methods"]
    every = all(theme["spread_met"] is not None for theme in public["themes"])
    assert (methods is not None) is (every and set(result["order"]) == set(public["order"]))
    assert methods in (None, result["firmness"]["methods"])


def test_one_heavy_ballot_among_many_hides_all_orders_but_one() -> None:
    bundle = election(7, 120, 0.7, 6, sectors=12, balance={})
    assert len(public_of(bundle)["order"]) > 1
    voted = bundle.ballots[0].seat
    seats = tuple(replace(seat, base=15) if seat.seat == voted else seat for seat in bundle.seats)
    public = public_of(_again(replace(bundle, seats=seats)))
    assert public["detail"] == "figures"
    assert list(public["order"]) == ["points"]
    assert public["firmness"] is None


def _again(bundle: Bundle) -> Bundle:
    """The bundle of what was changed, with a digest of its own."""
    return core.parse(core.to_json(replace(bundle, digest="")))


# -- numbers of ballots


@given(SEEDS, st.integers(5, 60), st.integers(2, 9))
@settings(deadline=None, max_examples=examples(25))
def test_small_numbers_of_first_places_stay_hidden(seed: int, seats: int, themes: int) -> None:
    bundle = election(seed, seats, 0.8, themes, sectors=3)
    public = public_of(bundle)
    if public["detail"] == "topics":
        return
    truth = {theme["key"]: theme for theme in result_of(bundle)["themes"]}
    shown = [theme["first"] for theme in public["themes"] if theme["first"] is not None]
    hidden = [theme["key"] for theme in public["themes"] if theme["first"] is None]
    assert all(SMALL <= number <= public["ballots"] - SMALL for number in shown)
    assert len(hidden) != 1
    if hidden:
        assert public["ballots"] - sum(shown) >= SMALL
    for theme in public["themes"]:
        if theme["mentions"] is not None:
            assert theme["mentions"] == truth[theme["key"]]["mentions"]
            assert SMALL <= theme["mentions"] <= public["ballots"] - SMALL
        assert theme["mean_place"] is None or theme["mentions"] is not None


def _from_so_many(bundle: Bundle, least: int) -> tuple[Bundle, dict[str, Any]]:
    """A round where categories with fewer ballots are not counted in support, and its figures."""
    made = _again(replace(bundle, rules=replace(bundle.rules, support_min=least)))
    return made, public_of(made, SMALL)


@given(SEEDS, st.integers(5, 80), st.sampled_from([1, 2, 3, 6]))
@settings(deadline=None, max_examples=examples(25))
def test_support_of_hidden_categories_stays_open(seed: int, seats: int, least: int) -> None:
    """A person who knows the rule, the categories counted and those named can place none of the others.

    Those are counted that have `least` ballots.
    """
    bundle, public = _from_so_many(election(seed, seats, 0.7, 5, sectors=7), least)
    if public["detail"] == "topics":
        return
    seat_of = {seat.seat: seat for seat in bundle.seats}
    chosen = {topic["key"] for topic in public["topics"]}
    for theme in public["themes"]:
        for line in theme["support"]:
            ballots = Counter(_of(seat_of[ballot.seat], line["dimension"]) for ballot in bundle.ballots)
            voting = {name for name, number in ballots.items() if number >= least}
            assert {*line["named"]} <= voting
            hidden, named = voting - set(line["named"]), len(line["supporting"])
            required = math.ceil(bundle.rules.spread[line["dimension"]] * len(voting) / 1000)
            if not hidden or (line["met"] is None) or (theme["key"] in chosen and not line["named"]):
                continue
            supporting = [
                count for count in range(len(hidden) + 1) if (named + count >= required) == line["met"]
            ]
            assert min(supporting) < len(hidden)
            assert max(supporting) > 0


def test_leaving_out_is_told_of_shown_categories_alone() -> None:
    bundle = election(7, 120, 0.7, 6, sectors=12)
    public = public_of(bundle)
    single = {
        (line["dimension"], line["categories"][0])
        for line in public["participation"]
        if len(line["categories"]) == 1
    }
    told = {(line["dimension"], line["category"]) for line in public["firmness"]["leave_one_out"]}
    assert told
    assert told <= single
    assert told < {
        (line["dimension"], line["category"]) for line in result_of(bundle)["firmness"]["leave_one_out"]
    }


# -- nothing exact, nothing small


@given(SEEDS, st.integers(1, 90), st.sampled_from([0.1, 0.5, 1.0]))
@settings(deadline=None, max_examples=examples(25))
def test_nothing_exact_is_in_the_file(seed: int, seats: int, turnout: float) -> None:
    bundle = election(seed, seats, turnout, 4, sectors=6)
    text = public_figures.to_json(public_of(bundle, SMALL))
    assert not [value for value in _values(json.loads(text)) if isinstance(value, float)]
    assert "/" not in text.replace("consulta-public/1", "")
    assert not [seat.seat for seat in bundle.seats if seat.seat in text]
    assert "micro" not in text


def test_a_very_small_round_has_turnout_and_topics_alone() -> None:
    bundle = election(1, 4, 1.0, 4, sectors=2)
    public = public_of(bundle)
    assert set(public) == {
        "format",
        "round",
        "small_cell",
        "seats",
        "countries",
        "ballots",
        "detail",
        "topics",
    }
    assert [set(topic) for topic in public["topics"]] == [{"key"}]


def test_where_one_ballot_outweighs_the_rest_the_order_would_be_its_own() -> None:
    bundle = election(2, 40, 0.9, 5, sectors=3, balance={})
    assert public_of(bundle)["detail"] == "figures"
    voted = bundle.ballots[0].seat
    seats = (replace(seat, base=900) if seat.seat == voted else seat for seat in bundle.seats)
    assert public_of(replace(bundle, seats=tuple(seats)))["detail"] == "topics"


def _values(content: Any) -> list[Any]:
    if isinstance(content, dict):
        return [value for part in content.values() for value in _values(part)]
    if isinstance(content, list):
        return [value for part in content for value in _values(part)]
    return [content]


def _window(percent: int, step: int) -> tuple[float, float]:
    return (percent - step / 2) / 100 - 1e-9, (percent + step / 2) / 100 + 1e-9


def _table(bundle: Bundle) -> dict[str, Any]:
    """The published table of who took part, also for rounds too small to publish it."""
    voted = {ballot.seat for ballot in bundle.ballots}
    cells: dict[tuple[str, str, str], list[bool]] = {}
    for seat in bundle.seats:
        place = (seat.categories["subregion"], seat.country, seat.categories["sector"])
        cells.setdefault(place, []).append(seat.seat in voted)
    found = blocks([Cell(*place, len(seats), sum(seats)) for place, seats in sorted(cells.items())], SMALL)
    return {
        "seats": len(bundle.seats),
        "ballots": len(bundle.ballots),
        "participation": [
            {
                "dimension": block.dimension,
                "categories": list(block.categories),
                "seats": block.seats,
                "ballots": block.ballots,
            }
            for block in found
        ],
    }


def _of(seat: Any, dimension: str) -> str:
    return str(seat.country if dimension == "country" else seat.categories[dimension])


def _names(bundle: Bundle, dimension: str) -> set[str]:
    return {_of(seat, dimension) for seat in bundle.seats}


def _voted(bundle: Bundle, dimension: str, name: str) -> int:
    seats = {seat.seat: seat for seat in bundle.seats}
    return sum(_of(seats[ballot.seat], dimension) == name for ballot in bundle.ballots)


def test_the_riddle_finds_what_fits() -> None:
    riddle = Riddle()
    riddle.unknown("a", 3)
    riddle.unknown("b", 3)
    riddle.known({"a": 1, "b": 1}, 5, 5)
    assert riddle.extremes({"a": 1}) == (2, 3)
    assert not riddle.fits([({"a": 1}, 1, 1)])
    assert turnout_riddle.__doc__
