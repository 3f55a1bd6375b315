"""Worked examples and real elections, with sources: the core gives what was published, or a pencil gives."""

import itertools
import json
from fractions import Fraction
from pathlib import Path

import pytest

from consulta.core.counting.count import count
from consulta.core.trust import chance
from tests.cases import for_each
from tests.core.build import election, parsed

GOLDEN = Path(__file__).parent / "golden"
EXAMPLES = sorted(GOLDEN.glob("*.json"))
TABLES = sorted((GOLDEN / "tables").glob("*.json"))


def example(path):
    return json.loads(path.read_text("utf-8"))


def counted(golden, **rules):
    """The result without weights; with `as_base` a line of votes is one ballot of that base."""
    if not golden.get("as_base"):
        return count(parsed(election(golden["votes"], **rules)), resamples=0)
    bundle = election([(1, ranking) for _, ranking in golden["votes"]], **rules)
    for seat, (number, _) in zip(bundle["seats"], golden["votes"], strict=True):
        seat["base"] = number
    return count(parsed(bundle), resamples=0)


@for_each("path", EXAMPLES)
def test_orders(path):
    golden = example(path)
    for method, expected in golden["order"].items():
        result = counted(golden, method=method)
        assert list(result.order.by(method)) == settled(expected, golden.get("tied", []), result.seed), method
        assert [theme.key for theme in sorted(result.themes, key=lambda theme: theme.place)] == list(
            result.order.by(method)
        )


def settled(expected, tied, seed):
    """The order with `A|B` replaced by chance: the one that comes first in the tie order comes first."""
    lots = iter(chance.tie_order(tied, seed, "theme"))
    return [next(lots) if "|" in key else key for key in expected]


@pytest.mark.deep
@for_each("path", EXAMPLES)
def test_figures(path):
    golden = example(path)
    result = counted(golden)
    points = {theme.key: theme.points for theme in result.themes}
    for key, expected in golden.get("points", {}).items():
        assert points[key] == Fraction(expected)
    first = {theme.key: theme.first for theme in result.themes}
    for key, expected in golden.get("first", {}).items():
        assert first[key] == expected
    duels = duels_of(result)
    for duel, (won, lost) in golden.get("pairs", {}).items():
        x, y = duel.split()
        assert [duels[x, y], duels[y, x]] == halves(golden, won, lost)


def duels_of(result):
    keys = [theme.key for theme in result.themes]
    return {(x, y): result.pairs[i][j] for i, x in enumerate(keys) for j, y in enumerate(keys) if x != y}


def halves(golden, won, lost):
    """The value that holds one above the other, twice, and once that of the ballots that hold them equal."""
    equal = sum(number for number, _ in golden["votes"]) - won - lost
    return [10**6 * (2 * won + equal), 10**6 * (2 * lost + equal)]


@pytest.mark.deep
@for_each("path", EXAMPLES)
def test_who_beats_every_other(path):
    golden = example(path)
    duels = duels_of(counted(golden))
    keys = sorted({key for key, _ in duels})
    beating = [x for x in keys if all(duels[x, y] > duels[y, x] for y in keys if y != x)]
    assert counted(golden).condorcet_winner == (beating[0] if beating else None)
    if "condorcet_winner" in golden:
        assert counted(golden).condorcet_winner == golden["condorcet_winner"]


@for_each("path", TABLES)
def test_published_tables_of_duels(path):
    """Ballots that give the published differences: both orders that are compared follow from these alone."""
    golden = example(path)
    names = golden["names"]
    result = count(parsed(with_duels(names, golden["beats"], method="schulze")), resamples=0)
    assert list(result.order.schulze) == golden["order"]
    assert result.condorcet_winner == golden["order"][0]
    won = {
        x: sum(golden["beats"][i][j] - golden["beats"][j][i] for j in range(len(names)))
        for i, x in enumerate(names)
    }
    assert len(set(won.values())) == len(names)
    assert list(result.order.points) == sorted(names, key=lambda x: -won[x])


def with_duels(names, beats, **rules):
    """Two ballots for each duel: the winner above the loser on both, all others first above, then below."""
    rankings, bases = [], []
    for i, j in itertools.permutations(range(len(names)), 2):
        if beats[i][j] > beats[j][i]:
            rest = [name for place, name in enumerate(names) if place not in {i, j}]
            rankings += [[names[i], names[j], *rest], [*reversed(rest), names[i], names[j]]]
            bases += [beats[i][j] - beats[j][i]] * 2
    bundle = election([(1, " ".join(ranking)) for ranking in rankings], **rules)
    for seat, base in zip(bundle["seats"], bases, strict=True):
        seat["base"] = base
    return bundle


def test_every_example_names_its_source():
    assert len(EXAMPLES) >= 12
    assert len(TABLES) >= 3
    assert all(example(path)["source"] for path in [*EXAMPLES, *TABLES])
