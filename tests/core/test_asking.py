"""A count asked of parts: however the ballots are divided, and whatever was guessed, not a digit changes."""

from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.core.counting import asking, bundle, count, profile, tables
from consulta.core.counting.election import election_of
from consulta.core.counting.tables import (
    First,
    Gain,
    Heard,
    Plain,
    Standings,
    Table,
    Together,
    Versus,
    View,
    Won,
    added,
    part_of,
    scan,
)
from consulta.core.trust import chance
from consulta.core.values import Seat
from tests.cases import for_each
from tests.core.build import busy, encoded
from tests.core.elections import usual_bundles
from tests.deep import examples


class Divided:
    """A bundle's ballots in parts, and how often they were read."""

    def __init__(self, parsed, where, parts):
        seats = {seat.seat: seat for seat in parsed.seats}
        kinds = sorted({self.kind(seat) for seat in parsed.seats})
        self.kinds = [Seat("", country, dict(held), base) for country, held, base in kinds]
        number = {kind: place for place, kind in enumerate(kinds)}
        index = {theme.key: place for place, theme in enumerate(parsed.themes)}
        ranks = np.array([profile.tiers_of(each, index) for each in parsed.ballots], dtype=np.int16)
        keys = np.array([number[self.kind(seats[each.seat])] for each in parsed.ballots], dtype=np.int64)
        marks = np.array([sum(1 << k - 1 for k in each.objectives) for each in parsed.ballots], np.uint32)
        self.rows = ranks, keys, marks
        self.parts = [self.part(np.flatnonzero(np.array(where) == number)) for number in range(parts)]
        self.passes = []

    @staticmethod
    def kind(seat):
        return seat.country, tuple(sorted(seat.categories.items())), seat.base

    def part(self, rows):
        ranks, keys, marks = self.rows
        return part_of(ranks[rows], keys[rows], marks[rows])

    def ask(self, questions):
        self.passes.append(questions)
        return reduce(added, (scan(part, questions) for part in self.parts))

    def asked(self, election, sample=None):
        return asking.in_parts(self.ask, self.kinds, election.dimensions, len(election.keys), sample)


def both(counted):
    return [document.to_json() for document in counted]


def elected(content):
    parsed = bundle.parse(content)
    return parsed, election_of(parsed, chance.ballots_root(parsed.ballots), bundle.digest(parsed))


@given(st.data(), usual_bundles())
@settings(max_examples=examples(300, few=12))
def test_no_division_of_the_ballots_changes_a_byte(data, made):
    """Result and robustness, from 1, 2 and 7 parts in any order, empty ones among them."""
    parsed, election = elected(encoded(made))
    whole = both(count.count_columns(election, profile.from_bundle(parsed, election.dimensions), 0))
    for parts in (1, 2, 7):
        where = data.draw(
            st.lists(st.integers(0, parts - 1), min_size=len(parsed.ballots), max_size=len(parsed.ballots))
        )
        divided = Divided(parsed, where, parts)
        sample = next((part for part in divided.parts if len(part.keys)), None)
        asked = divided.asked(election, data.draw(st.sampled_from([None, sample])))
        assert both(count.count_columns(election, asked, 0)) == whole


@for_each("method", ["points", "schulze", "runoff"])
@for_each("topics", [1, 2, 3])
def test_a_round_of_every_method_is_the_same_from_parts(method, topics):
    parsed, election = elected(encoded(busy(5, 60, method=method, topics=topics, topics_rule="shared")))
    whole = both(count.count_columns(election, profile.from_bundle(parsed, election.dimensions), 0))
    divided = Divided(parsed, [number % 5 for number in range(60)], 6)
    assert both(count.count_columns(election, divided.asked(election, divided.parts[0]), 0)) == whole


def test_a_wrong_guess_costs_passes_and_no_digit():
    """The sample ranks everything the other way round: nothing goes in the order that it suggests."""
    parsed, election = elected(encoded(busy(3, 200)))
    divided = Divided(parsed, [number % 3 for number in range(200)], 3)
    ranks, keys, marks = divided.rows
    right = both(count.count_columns(election, divided.asked(election, part_of(ranks, keys, marks)), 0))
    passes = len(divided.passes)
    assert passes == 2, "one for the sums, one for the run-off and the margin"
    backwards = part_of(np.where(ranks > 0, ranks.max() + 1 - ranks, 0), keys, marks)
    divided.passes.clear()
    assert both(count.count_columns(election, divided.asked(election, backwards), 0)) == right
    assert passes < len(divided.passes) <= passes + len(election.keys)


def test_repetitions_are_not_made_of_ballots_that_are_not_at_hand():
    parsed, election = elected(encoded(busy(1)))
    with pytest.raises(ValueError, match="at hand"):
        count.count_columns(election, Divided(parsed, [0] * 24, 1).asked(election))


@for_each("method", ["points", "schulze", "runoff"])
def test_what_is_not_kept_is_asked_again(method, monkeypatch):
    """With so many blocks and themes that pairs of them are too many to be kept."""
    parsed, election = elected(encoded(busy(2, 60, method=method)))
    whole = both(count.count_columns(election, profile.from_bundle(parsed, election.dimensions), 0))
    divided = Divided(parsed, [number % 2 for number in range(60)], 2)
    for name in ("FEW", "KEPT", "KEPT_OF_PARTS"):
        monkeypatch.setattr(asking, name, 0)
    ballots = profile.from_bundle(parsed, election.dimensions)
    assert both(count.count_columns(election, ballots, 0)) == whole
    assert both(count.count_columns(election, divided.asked(election, divided.parts[0]), 0)) == whole


# -- tables


def tables_of(columns=2):
    """Tables of a few keys."""
    row = st.lists(st.integers(-9, 9), min_size=columns, max_size=columns)
    return st.dictionaries(st.integers(0, 6), row).map(
        lambda rows: Table(
            np.array(sorted(rows), dtype=np.int64),
            np.array([rows[key] for key in sorted(rows)], dtype=np.int64).reshape(len(rows), columns),
        )
    )


def shown(table):
    """What a table says, without rows of nothing."""
    return {key: row for key, row in zip(table.keys.tolist(), table.sums.tolist(), strict=True) if any(row)}


@given(tables_of(), tables_of(), tables_of())
def test_tables_add_up_in_any_order(one, two, three):
    assert shown(one + two) == shown(two + one)
    assert shown((one + two) + three) == shown(one + (two + three))
    assert shown(one + tables.NOTHING) == shown(tables.NOTHING + one) == shown(one)
    dense = Table(np.arange(7), np.zeros((7, 2), dtype=np.int64))
    assert shown(dense + one) == shown(one)
    assert (one + two).keys.tolist() == sorted({*one.keys.tolist(), *two.keys.tolist()})


@given(st.data(), usual_bundles(max_themes=6))
@settings(max_examples=examples(200, few=10))
def test_the_answers_of_two_parts_are_those_of_all_their_ballots(data, made):
    """Every question, in every kind of view."""
    parsed, _election = elected(encoded(made))
    themes, ballots = len(parsed.themes), len(parsed.ballots)
    divided = Divided(parsed, data.draw(st.lists(st.booleans(), min_size=ballots, max_size=ballots)), 2)
    views = [View(), View(chosen=(0,)), View(chosen=(0, themes - 1))]
    if themes > 2:
        views += [View(gone=1), View(0, (0, 1)), View(themes - 1, (1,))]
    for view in views:
        left = range(themes - (view.gone is not None))
        questions = [
            Plain(view=view),
            Won(view=view),
            Standings(view=view),
            *(Versus(x, start, view=view) for x in left for start in (0, x + 1)),
            *(Together(x, view=view) for x in left),
            *(First(tuple(left[x:]), view=view) for x in left),
            *(Gain(x, y, view=view) for x in (None, *left) for y in (None, *left)),
            Heard((0, left[-1]), view=view),
        ]
        apart, whole = divided.ask(questions), scan(divided.part(np.arange(ballots)), questions)
        assert {question: shown(apart[question]) for question in questions} == {
            question: shown(whole[question]) for question in questions
        }


def test_sums_that_may_not_be_exact_are_refused():
    half = Table(np.array([0]), np.array([[2**61]]))
    with pytest.raises(OverflowError):
        half + half
    assert (half + Table(np.array([0]), np.array([[2**61 - 1]]))).sums.tolist() == [[2**62 - 1]]
    with pytest.raises(OverflowError):
        Table(np.array([0]), np.array([[-(2**61)]])) + Table(np.array([0]), np.array([[-(2**61)]]))
    assert (half + Table(np.array([3]), np.array([[2**61]]))).sums.tolist() == [[2**61], [2**61]]
