"""Worked examples with their sources: the core gives what the literature, or a pencil, gives."""

import json
from fractions import Fraction
from pathlib import Path

import pytest

from consulta.core import chance
from consulta.core.count import count
from tests.core.build import election, parsed

EXAMPLES = sorted((Path(__file__).parent / "golden").glob("*.json"))


def example(path):
    return json.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_orders(path):
    golden = example(path)
    for method, expected in golden["order"].items():
        result = count(parsed(election(golden["votes"], method=method)))
        assert list(result.order[method]) == settled(expected, golden.get("tied", []), result.seed), method
        assert [theme.key for theme in sorted(result.themes, key=lambda theme: theme.place)] == list(
            result.order[method]
        )


def settled(expected, tied, seed):
    """The order with `A|B` replaced by chance: whoever comes first in the tie order comes first."""
    lots = iter(chance.tie_order(tied, seed, "theme"))
    return [next(lots) if "|" in key else key for key in expected]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_figures(path):
    golden = example(path)
    result = count(parsed(election(golden["votes"])))
    points = {theme.key: theme.points for theme in result.themes}
    for key, expected in golden.get("points", {}).items():
        assert points[key] == Fraction(expected)
    places = {theme.key: place for place, theme in enumerate(result.themes)}
    for duel, expected in golden.get("pairs", {}).items():
        x, y = (places[key] for key in duel.split())
        halves = [result.pairs[x][y], result.pairs[y][x]]
        assert [half // (2 * 10**6) for half in halves] == expected


def test_every_example_names_its_source():
    assert len(EXAMPLES) >= 6
    assert all(example(path)["source"] for path in EXAMPLES)
