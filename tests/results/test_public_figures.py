"""What one figure of a round of totals would tell of another that is hidden, each rule on examples."""

from __future__ import annotations

import json
import math
from itertools import product
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from consulta.core.disclosure.suppression import Block
from consulta.core.values import Ballot, Bundle, Round, Rules, Seat, Seed, Theme
from consulta.results import public_figures
from tests.cases import for_each

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


def figures(monkeypatch: pytest.MonkeyPatch, **values: object) -> Any:
    """Figures with nothing but what one rule looks at; every figure by weight is blurred enough."""
    made = object.__new__(public_figures._Figures)
    made.step, made.count = 5, 40
    for name, value in values.items():
        monkeypatch.setattr(made, name, value, raising=False)
    monkeypatch.setattr(made, "_is_blurred", lambda *_given, **_options: True)
    return made


def hidden(themes: int, points: Iterable[int] = (), pairs: Iterable[tuple[int, int]] = ()) -> list[int]:
    """How many pairs of each theme are hidden in the end, of all themes against each other."""
    every = [(x, y) for x in range(themes) for y in range(x + 1, themes)]
    told: dict[tuple[int, int], int | None] = {pair: 51 + number for number, pair in enumerate(every)}
    told.update(dict.fromkeys(pairs))
    public_figures._hide_partners(told, frozenset(points))
    assert [told[pair] for pair in pairs] == [None] * len([*pairs]), "what was hidden stays so"
    return [sum(percent is None for pair, percent in told.items() if x in pair) for x in range(themes)]


def test_no_pair_is_left_hidden_alone() -> None:
    """The points of a theme are the mean of its pairs: one that is missing would follow from the others."""
    assert hidden(5) == [0] * 5
    for found in (hidden(5, pairs=[(0, 1)]), hidden(5, points=[2]), hidden(4, points=[0, 3])):
        assert 1 not in found
        assert sum(found) > 0
    assert hidden(5, points=[2])[2] >= 2


@for_each("named, hidden", [(n, u) for n in range(6) for u in range(6) if n + u])
def test_no_reader_learns_whether_a_hidden_category_supports_a_theme(
    monkeypatch: pytest.MonkeyPatch, named: int, hidden: int
) -> None:
    """A reader who knows the rules tries every way in which the categories may support it.

    Of the theme that was chosen it is public that the rule is met; of one that stands before it, or where
    none had the support, that it is not. Where all categories are asked for, the first says of each that it
    does; where one is enough, the second says of each that it does not: no page can hide that.
    """
    shown, unseen = [*"abcdef"[:named]], [*"uvwxyz"[:hidden]]
    every = [*shown, *unseen]
    for required in range(1, len(every) + 1):
        spread = {"sector": 1000 * required // len(every)}
        made = figures(
            monkeypatch,
            head=SimpleNamespace(rules=SimpleNamespace(spread=spread, support_min=1)),
            ballots=SimpleNamespace(by_category=lambda _dimension: dict.fromkeys(every, 1)),
            _named=lambda _dimension: {*shown},
        )
        possible: dict[tuple[object, bool | None], set[tuple[str, ...]]] = {}
        for way in product((False, True), repeat=len(every)):
            supporting = [key for key, does in zip(every, way, strict=True) if does]
            found = made._in("sector", {"supported": {"sector": supporting}})
            met = len(supporting) >= required
            assert found["met"] in {met, None}
            assert found["supporting"] == [key for key in found["named"] if key in supporting]
            for known in (None, met):
                told = json.dumps(found), known
                possible.setdefault(told, set()).add(tuple(key for key in unseen if key in supporting))
        for (_told, known), ways in possible.items():
            if (known is True and required == len(every)) or (known is False and required == 1):
                continue
            for key in unseen:
                assert {key in way for way in ways} == {True, False}, (required, _told, known)


def test_a_pair_is_told_where_what_each_ballot_says_of_it_is_blurred(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of four ballots two prefer the first of both, one the second, and one has them equal."""
    seen: list[tuple[list[float], int]] = []
    made = figures(
        monkeypatch,
        ballots=ballots([1, 2], [2, 1], [1, 1], [1, 3]),
        facts={"pairs": [[0, 26], [9, 0]]},
    )
    monkeypatch.setattr(made, "_is_blurred", lambda part, step: seen.append((part.tolist(), step)) or True)
    assert made._pair(0, 1) == 75
    assert seen == [([1, 0, 0.5, 1], 5)]
    made.step = None
    assert made._pair(0, 1) is None
    made.step = 5
    monkeypatch.setattr(made, "_is_blurred", lambda *_given: False)
    assert made._pair(0, 1) is None


def test_pairs_are_hidden_of_themes_whose_points_are_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each such theme two at least; all, where so many would tell too much of the ballots."""
    made = figures(
        monkeypatch, keys=[*"abcde"], said=1000, points_told=frozenset({0, 1, 3, 4}), _pair=lambda x, y: 60
    )
    table = made._pairs()
    assert table[2].count(None) - 1 >= 2
    assert 2 not in {row.count(None) for row in table}, "no pair is hidden alone, beside the theme itself"
    assert any(each is not None for row in table for each in row)
    made.points_told = frozenset(range(5))
    assert made._pairs() == [[None if x == y else 60 if x < y else 40 for y in range(5)] for x in range(5)], (
        "there is nothing to hide"
    )
    made.said = 1
    assert made._pairs() == [[None] * 5] * 5


@for_each(
    "supporting, met, named, told",
    [
        ("abe", True, "abe", "abe"),  # it is met without c and d
        ("abc", True, "", ""),  # one of c and d is needed; as with the next line, where both are
        ("acd", True, "", ""),
        ("ab", False, "", ""),  # with one of them it would be met: neither supports it
        ("a", False, "", ""),  # as with the line before
        ("d", False, "abe", ""),
    ],
)
def test_support_of_categories_that_are_not_shown_follows_from_nothing(
    monkeypatch: pytest.MonkeyPatch, supporting: str, met: bool, named: str, told: str
) -> None:
    """Of five categories three are asked for, and c and d are not shown by themselves."""
    made = figures(
        monkeypatch,
        head=SimpleNamespace(rules=SimpleNamespace(spread={"sector": 600}, support_min=1)),
        ballots=SimpleNamespace(by_category=lambda _dimension: dict.fromkeys("abcde", 1)),
        _named=lambda _dimension: {*"abe"},
    )
    found = made._in("sector", {"supported": {"sector": [*supporting]}})
    assert (found["met"], found["named"], found["supporting"]) == (met, [*named], [*told])


def test_relevance_is_told_only_where_each_objective_of_the_theme_is(monkeypatch: pytest.MonkeyPatch) -> None:
    made = figures(monkeypatch, points_told=frozenset(), wins=[None], urgent={1: 40, 2: None})
    theme = {"score": "1/2", "points": "1/2", "relevance": "2/5"}
    assert made._scores(theme, [1], 0)["relevance_percent"] == 40
    assert made._scores(theme, [1, 2], 0)["relevance_percent"] is None


def test_whether_a_theme_reaches_far_is_told_where_no_dimension_hides_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a chosen theme it is said in any case, since the choice says it."""
    met: dict[str, bool | None] = {"sector": True, "subregion": None}
    made = figures(
        monkeypatch,
        head=SimpleNamespace(rules=SimpleNamespace(spread=met)),
        facts={"topics": [{"key": "chosen"}]},
        _in=lambda dimension, _theme: {"met": met[dimension]},
    )
    assert made._support({"key": "other", "spread_met": True})["spread_met"] is None
    assert made._support({"key": "chosen", "spread_met": True})["spread_met"] is True
    met["subregion"] = True
    assert made._support({"key": "other", "spread_met": True})["spread_met"] is True


def test_the_weighted_share_of_a_category_is_told_where_none_of_its_dimension_is_hidden(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All shares together are the whole: a hidden one would follow from the others."""
    alone, both = ("andes",), ("caribbean", "mexico")
    line = {"dimension": "subregion", "category": "andes", "weighted": "1/4"}

    def told(others: tuple[str, ...], *, balanced: bool = True, counted: bool = True) -> int | None:
        block = Block("subregion", alone, 20, 10)
        made = figures(
            monkeypatch,
            blocks=[block, Block("subregion", others, 40, 30), Block("sector", both, 60, 40)],
            head=SimpleNamespace(rules=SimpleNamespace(balance={"subregion": "equal"} if balanced else {})),
            facts={"voices": [line] if counted else []},
            _target=lambda _block: 25,
            _needed=lambda _block: None,
        )
        return cast("int | None", made._line(block)["weighted_percent"])

    assert told(("caribbean",)) == 25
    assert told(both) is None
    assert told(("caribbean",), balanced=False) is None
    assert told(("caribbean",), counted=False) is None


# -- steps, sums and limits, each by hand


def ballots(*rankings: Iterable[int], objectives: Iterable[Iterable[int]] = ()) -> Any:
    """Ballots of equal weight in one cell: the places of the themes, and the numbers of objectives."""
    named = np.zeros((len(rankings), 23), dtype=bool)
    for row, numbers in zip(named, objectives, strict=False):
        row[[number - 1 for number in numbers]] = True
    shares = np.full(len(rankings), 1 / len(rankings))
    return SimpleNamespace(
        places=np.array(rankings).T,
        objectives=named.T,
        weighted=shares,
        plain=shares,
        cell=np.zeros(len(rankings), dtype=np.int64),
        heaviest=1 / len(rankings),
    )


def test_the_part_of_its_comparisons_that_a_theme_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against two others: both lost, one won and one equal, both won."""
    made = figures(monkeypatch, ballots=ballots([3, 1, 2], [1, 1, 2], [1, 2, 2], [2, 1, 3]))
    assert made._wins(0).tolist() == [0, 0.75, 1, 0.5]
    assert made._wins(2).tolist() == [0.5, 0, 0.25, 0]


def test_figures_are_told_in_the_finest_step_that_tells_most_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one alone is hidden, so is the one whose points are nearest: of two that are, the first."""
    points = ("1/10", "4/10", "6/10", "5/10", "9/10", "1/20")
    facts = {"themes": [{"points": each} for each in points]}
    made = figures(monkeypatch, wins=[*range(6)], keys=[*"abcdef"], facts=facts)
    assert made._points_told() == (1, frozenset(range(6)))
    monkeypatch.setattr(made, "_is_blurred", lambda part, step: part != 3 and step > 1)
    assert made._points_told() == (2, frozenset({0, 2, 4, 5}))
    monkeypatch.setattr(made, "_is_blurred", lambda part, step: part not in {3, 4} and step > 2)
    assert made._points_told() == (5, frozenset({0, 1, 2, 5}))
    monkeypatch.setattr(made, "_is_blurred", lambda part, step: False)
    assert made._points_told() == (None, frozenset())


def test_of_objectives_the_part_is_of_those_who_name_any(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of four name the second objective, and one of these the first; numbers are those of the compact."""
    facts = {"objectives": [{"number": n, "share": {1: "1/2", 2: "1"}.get(n, "0")} for n in range(1, 24)]}
    said: list[float] = []
    made = figures(
        monkeypatch,
        head=SimpleNamespace(rules=SimpleNamespace(max_objectives=2)),
        ballots=ballots([1], [1], [1], [1], objectives=([], [2], [1, 2], [])),
        facts=facts,
        least=1,
        _tells_little=lambda number, bits: said.append(bits) or number == 23,
    )
    seen: list[Any] = []

    class Seen:
        def __init__(self, shares: Any, part: Any, cell: Any) -> None:
            seen.append((shares.tolist(), part.tolist(), len(cell)))

        def is_blurred(self, step: int, least: int) -> bool:
            return (step, least) == (5, 1)

    monkeypatch.setattr(public_figures, "Figure", Seen)
    assert made._urgent() == {n: {1: 50, 2: 100}.get(n, 0) for n in range(1, 24)}
    assert said == [2 * math.log2(23 + 253)]  # one of 23, or two
    assert seen[:3] == [([0.5, 0.5], [0, 1], 2), ([0.5, 0.5], [1, 1], 2), ([0.5, 0.5], [0, 0], 2)]
    monkeypatch.setattr(made, "_tells_little", lambda *_given: False)
    assert made._urgent() == dict.fromkeys(range(1, 24))


def test_what_rankings_say_is_counted_in_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of three themes one or two are ranked: nine ways."""
    monkeypatch.setattr(public_figures, "_cells", lambda _roll: [])
    monkeypatch.setattr(public_figures, "blocks", lambda _cells, _least: [])
    monkeypatch.setattr(public_figures._Figures, "_urgent", lambda _self: {})
    monkeypatch.setattr(public_figures._Figures, "_points_told", lambda _self: (None, frozenset()))
    head = SimpleNamespace(
        themes=[SimpleNamespace(key=key) for key in "abc"], rules=SimpleNamespace(max_ranks=2)
    )
    ground: Any = SimpleNamespace(head=head, roll=())
    made = public_figures._Figures(ground, {}, ballots(*[[1, 2, 3]] * 4), 5, {})
    assert made.said == 4 * math.log2(3 + 6)
    assert made.is_even is False
    assert public_figures._Figures(ground, {}, ballots(*[[1, 2, 3]] * 50), 5, {}).is_even is True


def test_of_few_ballots_only_turnout_and_topics_are_told() -> None:
    bundle = Bundle(
        round=Round("2027-1", {"es": "Consulta"}, "2027-03-05T22:00:00Z"),
        rules=Rules(balance={}),
        themes=(Theme("a", {"es": "Tema"}, (1,)),),
        seats=tuple(Seat(f"s{n}", "PE", {}, 1) for n in range(3)),
        ballots=(Ballot("s1", (("a",),)),),
        nominees=(),
        seed=Seed("", "", ""),
    )
    facts = {
        "topics": [{"key": "a", "focus": [1]}],
        "weights": {"cells": [{"categories": {}, "each": 1, "micro": 1_000_000}]},
    }
    told = public_figures.figures(public_figures.Ground.of(bundle), facts, 0, {})
    assert told == {
        "format": "consulta-public/1",
        "round": "2027-1",
        "small_cell": 1,
        "seats": 3,
        "countries": 1,
        "ballots": 1,
        "detail": "topics",
        "topics": [{"key": "a"}],
    }


def test_who_is_left_out_is_told_of_categories_that_stand_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    line = {"dimension": "subregion", "category": "andes", "topics": ["a"]}
    hidden_one = {"dimension": "subregion", "category": "mexico", "topics": ["a"]}
    methods = {"points": ["a"], "schulze": ["b"], "runoff": ["a"]}
    firm = {"leave_one_out": [line, hidden_one], "resampling": {"percent": 97}, "methods": methods}
    met: list[bool | None] = [True, False]
    orders = {"official", *methods}
    made = figures(
        monkeypatch,
        is_even=True,
        blocks=[Block("subregion", ("andes",), 20, 10), Block("subregion", ("caribbean", "mexico"), 20, 10)],
        facts={"firmness": firm, "themes": [0, 1]},
        robustness={"leave_one_out": [hidden_one, line]},
        _told_orders=lambda: orders,
        _support=lambda theme: {"spread_met": met[theme]},
    )
    told = {"leave_one_out": [line, line], "percent": 90}
    assert made._firmness() == {**told, "methods": methods}
    met[1] = None
    assert made._firmness() == {**told, "methods": None}, "the support of a theme is not told"
    met[1] = True
    orders.remove("schulze")
    assert made._firmness() == {**told, "methods": None}
    firm["resampling"] = None
    assert (made._firmness() or {})["percent"] is None
    monkeypatch.setattr(made, "is_even", False)
    assert made._firmness() is None


def test_how_many_votes_a_share_takes_is_told_where_all_of_the_roll_count_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seats = [SimpleNamespace(base=1), SimpleNamespace(base=1)]
    reach = [
        {"dimension": "sector", "category": "andes", "needed": 3},
        {"dimension": "subregion", "category": "andes", "needed": 7},
    ]
    made = figures(monkeypatch, roll=seats, facts={"weights": {"reach": reach}})
    assert made._needed(Block("subregion", ("andes",), 20, 10)) == 7
    assert made._needed(Block("subregion", ("andes", "caribbean"), 20, 10)) is None
    seats[1].base = 4
    assert made._needed(Block("subregion", ("andes",), 20, 10)) is None


def test_a_number_is_told_where_enough_are_in_it_and_enough_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    made = figures(monkeypatch, least=5)
    assert [made._is_told(count) for count in (4, 5, 35, 36)] == [False, True, True, False]
