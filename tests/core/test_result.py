"""The result's file: how figures are written, both ways of JSON, and the first difference between two."""

import json
from dataclasses import dataclass
from fractions import Fraction

import pytest

from consulta.core.counting.count import count
from consulta.core.counting.result import Result, RunoffStep, StepTotal, first_difference, runoff_step
from consulta.core.problems import Problem
from consulta.core.typed import in_full, percent, rounded, to_plain
from consulta.platform.messages import REASONS
from tests.cases import for_each
from tests.core.build import election, parsed, sensible


def written(bundle=None):
    return json.loads(count(parsed(bundle or sensible())).to_json())


def test_both_ways():
    for bundle in (sensible(), election([(2, "A B", {"row": "x"})], balance={"row": "roll"})):
        result = count(parsed(bundle))
        assert Result.parse(result.to_json()) == result
        assert Result.parse(result.to_json()).to_json() == result.to_json()


def test_a_panel_that_cannot_be_comes_back_too():
    bundle = sensible()
    bundle["rules"]["panel"]["roles"] = {"gov_local": [2, 2]}
    result = count(parsed(bundle))
    assert result.panel is not None
    assert not result.panel.feasible
    assert Result.parse(result.to_json()) == result


def test_a_step_of_the_runoff_tells_parts_of_all_value_and_what_has_no_theme_left():
    step = runoff_step("abc", {0: Fraction(3), 2: Fraction(1)}, 2, 8)
    totals = (StepTotal("a", Fraction(3, 8)), StepTotal("c", Fraction(1, 8)))
    assert step == RunoffStep(totals=totals, exhausted=Fraction(1, 2), out="c")


def test_the_order_by_a_method_is_the_one_of_its_name():
    orders = count(parsed(sensible())).order
    for method in ("points", "schulze", "runoff", "unweighted"):
        assert orders.by(method) == getattr(orders, method) != ()


@dataclass(frozen=True)
class Made:
    first: int = 1
    second: int = 2
    part: Fraction = Fraction(0)


@dataclass(frozen=True)
class Holder:
    made: Made
    many: tuple[Made, ...] = ()


def test_a_field_that_has_its_default_is_left_out_and_no_other():
    usual = {"first": 1, "second": 2, "part": Fraction(0)}
    assert in_full(Holder(Made(), (Made(),))) == {"made": usual, "many": [usual]}
    assert to_plain(Made()) == {}
    assert to_plain(Made(second=3)) == {"second": 3}
    assert to_plain(Made(first=3, part=Fraction(1, 8))) == {"first": 3, "part": "1/8", "part_percent": 12.5}
    assert in_full(Made(second=3, part=Fraction(0))) == {"first": 1, "second": 3, "part": Fraction(0)}


def test_a_field_stands_on_a_line_and_letters_stand_as_they_are():
    text = count(parsed(election([(2, "A B", {"row": "ñ"})], balance={"row": "roll"}))).to_json().decode()
    assert text.startswith('{\n "format": "consulta-result/3",\n "rules_version": 3,\n "bundle_sha256": "')
    assert text.endswith("\n}\n")
    assert '"ñ"' in text


def test_what_is_written():
    content = written()
    assert list(content) == [
        "format",
        "rules_version",
        "bundle_sha256",
        "ballots_root",
        "seed",
        "weights",
        "support",
        "themes",
        "pairs",
        "order",
        "condorcet_winner",
        "topics",
        "topics_by",
        "heard",
        "alike",
        "objectives",
        "firmness",
        "voices",
        "runoff",
        "panel",
    ]
    assert content["format"] == "consulta-result/3"
    theme = content["themes"][0]
    assert list(theme) == [
        "key",
        "points",
        "points_percent",
        "relevance",
        "relevance_percent",
        "score",
        "score_percent",
        "place",
        "first",
        "mentions",
        "mean_place",
        "unweighted",
        "unweighted_percent",
        "supported",
        "spread_met",
        "places",
    ]
    assert Fraction(theme["points"]).denominator == int(theme["points"].partition("/")[2])
    assert list(content["order"]) == ["points", "schulze", "runoff", "unweighted", "country_equal"]
    assert content["objectives"][22] == {"number": 23, "share": "0/1", "share_percent": 0.0}
    assert list(content["firmness"]) == [
        "margin",
        "resampling",
        "could_be_first",
        "methods",
        "unweighted",
        "country_equal",
        "points_alone",
        "other_targets",
        "leave_one_out",
        "without_theme",
        "without_tie",
        "with_tie",
    ]


def test_figures_are_rounded_half_to_even():
    assert rounded(Fraction(1, 3)) == 0.333333
    assert [rounded(Fraction(half, 2), 0) for half in (1, 3, 5)] == [0.0, 2.0, 2.0]
    assert percent(Fraction(2, 3)) == 66.67
    assert percent(Fraction(12345, 10**6)) == 1.23


def test_the_same_bundle_gives_the_same_bytes_whatever_its_order():
    bundle = sensible()
    shuffled = sensible()
    for name in ("seats", "ballots", "nominees"):
        shuffled[name].reverse()
    first, second = written(bundle), written(shuffled)
    assert first.pop("bundle_sha256") != second.pop("bundle_sha256")
    assert first == second


@for_each(
    "place, value, path, reason",
    [
        (("format",), "consulta-result/1", "format", "word"),
        (("weights", "met"), 1, "weights.met", "flag"),
        (("weights", "largest_miss"), "0", "weights.largest_miss", "number"),
        (("weights", "cells", 0, "at_bound"), "middle", "weights.cells[0].at_bound", "word"),
        (("weights", "margins", 1, "share"), "1", "weights.margins[1].share", "fraction"),
        (("weights", "margins", 1, "share"), "1/0", "weights.margins[1].share", "fraction"),
        (("weights", "margins", 1, "share"), 1, "weights.margins[1].share", "text"),
        (("weights", "margins", 1, "share_percent"), "1", "weights.margins[1].share_percent", "number"),
        (("themes", 0, "supported"), [], "themes[0].supported", "object"),
        (("themes", 0, "extra"), 1, "themes[0].extra", "unknown"),
        (("pairs", 0, 0), 0.5, "pairs[0][0]", "whole"),
        (("topics",), {}, "topics", "list"),
        (("panel", "rows", 0, "kind"), "x", "panel.rows[0].kind", "word"),
    ],
)
def test_a_wrong_file_is_refused_by_path(place, value, path, reason):
    content = written()
    spot = content
    for step in place[:-1]:
        spot = spot[step]
    spot[place[-1]] = value
    with pytest.raises(Problem) as caught:
        Result.parse(json.dumps(content).encode())
    assert (caught.value.code, caught.value.params) == ("result.json", {"path": path, "reason": reason})
    assert reason in REASONS


@for_each("missing", ["format", "seed", "panel"])
def test_a_missing_field_is_named(missing):
    content = written()
    del content[missing]
    with pytest.raises(Problem) as caught:
        Result.parse(json.dumps(content).encode())
    assert caught.value.params == {"path": missing, "reason": "missing"}


@for_each(
    "expected, given, path",
    [
        ({"a": 1}, {"a": 1}, None),
        ({"a": 1.0}, {"a": 1}, None),
        ({"a": 1}, {"a": True}, "a"),
        ({"a": None}, {"a": 0}, "a"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b[1]"),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1]}}, "a.b[1]"),
        ({"a": {"b": [1]}}, {"a": {"b": [1, 2]}}, "a.b[1]"),
        ({"a": 1, "b": 2}, {"b": 3}, "a"),
        ({"a": 1}, {"a": 1, "b": 2}, "b"),
        ({"a": [1]}, {"a": {}}, "a"),
        ({"a": 1}, [], "(file)"),
    ],
)
def test_first_difference(expected, given, path):
    assert first_difference(expected, given) == path
