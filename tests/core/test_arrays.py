"""Arrays that do not fit together: each refused with its code and the argument that is wrong, at once."""

import math
from decimal import Decimal

import numpy as np
import pytest

from consulta.core.counting import arrays as arrays_of
from consulta.core.counting.count import count_arrays
from consulta.core.counting.profile import bases_of
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.core.values import Rules
from consulta.platform.messages import sentence
from tests.cases import for_each

BALLOTS, THEMES = 6, 3


def arrays(**changes):
    """Six ballots over three themes, with what is to be changed of them."""
    sound = {
        "ranks": np.array([[1, 2, 3], [1, 0, 0], [2, 1, 0], [1, 1, 2], [3, 2, 1], [0, 1, 0]], dtype=np.int8),
        "categories": {
            "subregion": np.array([0, 1, 0, 1, 0, 1], dtype=np.int32),
            "sector": np.array([0, 0, 0, 1, 1, 1], dtype=np.int32),
        },
        "seats": {"subregion": np.array([4, 3, 2]), "sector": np.array([5, 4])},
        "rules": Rules(),
        "seed": "5eed" * 16,
        "base": None,
        "objectives": np.array([0, 1, 3, 7, 0, 1 << 22], dtype=np.uint32),
        "theme_objectives": [[1], [2, 3], [23]],
        "resamples": 0,
    }
    return sound | changes


def spoiled(row):
    """Sound ranks, but for the last row."""
    return {"ranks": np.vstack([arrays()["ranks"][:-1], np.array([row], dtype=np.int8)])}


def sectors(column):
    return {"categories": arrays()["categories"] | {"sector": column}}


def totals(column):
    return {"seats": arrays()["seats"] | {"sector": column}}


def named(name):
    """A dimension of this name, as good as any other in all else."""
    return {
        "categories": {**arrays()["categories"], name: np.zeros(BALLOTS, dtype=np.int32)},
        "seats": {**arrays()["seats"], name: np.array([BALLOTS])},
    }


def rule(**changes):
    return {"rules": Rules(**changes)}


REFUSED = [
    ("arrays.shape", "ranks", {"ranks": [[1, 2, 3]] * BALLOTS}),
    ("arrays.shape", "ranks", {"ranks": None}),
    ("arrays.shape", "ranks", {"ranks": np.ones((BALLOTS, THEMES), dtype=np.int64)}),
    ("arrays.shape", "ranks", {"ranks": np.full((BALLOTS, THEMES), np.nan)}),
    ("arrays.shape", "ranks", {"ranks": np.ones(BALLOTS, dtype=np.int8)}),
    ("arrays.shape", "ranks", {"ranks": np.ones((BALLOTS, THEMES, 1), dtype=np.int8)}),
    ("arrays.shape", "ranks", {"ranks": np.ma.array(arrays()["ranks"], mask=True)}),
    ("ballots.none", "ranks", {"ranks": np.ones((0, THEMES), dtype=np.int8)}),
    ("themes.few", "ranks", {"ranks": np.ones((BALLOTS, 1), dtype=np.int8)}),
    ("rules.range", "ranks", {"ranks": np.ones((BALLOTS, 128), dtype=np.int8)}),
    ("ballot.theme", "ranks[5]", spoiled([1, -1, 2])),
    ("ballot.theme", "ranks[5]", spoiled([1, 4, 2])),
    ("ballot.empty", "ranks[5]", spoiled([0, 0, 0])),
    ("arrays.shape", "categories.sector", {"ranks": np.ones((BALLOTS - 1, THEMES), dtype=np.int8)}),
    ("bundle.json", "categories", {"categories": None}),
    ("bundle.json", "categories", {"categories": [0]}),
    ("bundle.json", "categories[5]", named(5)),
    ("bundle.json", 'categories[""]', named("")),
    ("bundle.json", 'categories["\\ud800"]', named("\ud800")),
    ("rules.range", "rules.balance", totals(np.full(501, 9))),
    ("seat.category", "categories", {"categories": {}}),
    ("seat.category", "categories", rule(spread={"size": 500})),
    ("arrays.shape", "categories.sector", sectors([0] * BALLOTS)),
    ("arrays.shape", "categories.sector", sectors(np.zeros(BALLOTS))),
    ("arrays.shape", "categories.sector", sectors(np.zeros(BALLOTS, dtype=bool))),
    ("arrays.shape", "categories.sector", sectors(np.array(["ngo"] * BALLOTS))),
    ("arrays.shape", "categories.sector", sectors(np.zeros((BALLOTS, 1), dtype=np.int32))),
    ("arrays.shape", "categories.sector", sectors(np.zeros(BALLOTS + 1, dtype=np.int32))),
    ("ballot.seat", "categories.sector[2]", sectors(np.array([0, 0, -1, 0, 0, 0], dtype=np.int32))),
    ("ballot.seat", "categories.sector[1]", sectors(np.array([0, 2, 0, 2, 0, 0], dtype=np.int32))),
    ("ballot.seat", "categories.sector[0]", sectors(np.full(BALLOTS, 2**64 - 1, dtype=np.uint64))),
    ("bundle.json", "seats", {"seats": None}),
    ("arrays.shape", "seats.sector", {"seats": {}}),
    ("arrays.shape", "seats.sector", totals([5, 4])),
    ("arrays.shape", "seats.sector", totals(np.array([5.0, 4.0]))),
    ("arrays.shape", "seats.sector", totals(np.array([[5, 4]]))),
    ("arrays.shape", "seats.sector", totals(np.array(5))),
    ("ballot.seat", "seats.sector[1]", totals(np.array([5, 2]))),
    ("ballot.seat", "seats.sector[2]", totals(np.array([5, 4, -1]))),
    ("ballot.seat", "categories.sector[0]", totals(np.array([], dtype=np.int64))),
    ("bundle.json", "rules", {"rules": {}}),
    ("bundle.json", "rules.weight_bounds", rule(weight_bounds=None)),
    ("bundle.json", "rules.weight_bounds", rule(weight_bounds=(1.0,))),
    ("bundle.json", "rules.weight_bounds[0]", rule(weight_bounds=(math.nan, 4.0))),
    ("bundle.json", "rules.weight_bounds[1]", rule(weight_bounds=(0.25, math.inf))),
    ("bundle.json", "rules.weight_bounds[0]", rule(weight_bounds=("1", 4.0))),
    ("bundle.json", "rules.weight_bounds[1]", rule(weight_bounds=(1.0, Decimal(4)))),
    ("rules.bounds", "rules.weight_bounds", rule(weight_bounds=(0.0, 4.0))),
    ("bundle.json", "rules.balance", rule(balance="equal")),
    ("bundle.json", "rules.balance.sector", rule(balance={"sector": "fair"})),
    ("bundle.json", "rules.balance.sector", rule(balance={"sector": 3})),
    ("bundle.json", "rules.balance.sector[0]", rule(balance={"sector": {0: 0.5, 1: 0.5}})),
    ("bundle.json", 'rules.balance.sector["1"]', rule(balance={"sector": {"0": 1.0, "1": math.nan}})),
    ("rules.targets", "rules.balance.sector", rule(balance={"sector": {"0": 1.0}})),
    ("rules.targets", "rules.balance.sector", rule(balance={"sector": {"0": 0.5, "1": 0.4}})),
    ("bundle.json", "rules.method", rule(method="borda")),
    ("bundle.json", "rules.objective_share", rule(objective_share=250.5)),
    ("bundle.json", "rules.objective_share", rule(objective_share=True)),
    ("rules.range", "rules.objective_share", rule(objective_share=1001)),
    ("bundle.json", "rules.spread", rule(spread=None)),
    ("bundle.json", "rules.spread.sector", rule(spread={"sector": 0.5})),
    ("bundle.json", "rules.topics", rule(topics=1.0)),
    ("rules.range", "rules.topics", rule(topics=THEMES + 1)),
    ("bundle.json", "seed", {"seed": None}),
    ("bundle.json", "seed", {"seed": b"5eed" * 16}),
    ("bundle.json", "seed", {"seed": "5eed"}),
    ("bundle.json", "seed", {"seed": "5EED" * 16}),
    ("arrays.shape", "base", {"base": [1] * BALLOTS}),
    ("arrays.shape", "base", {"base": np.ones(BALLOTS)}),
    ("arrays.shape", "base", {"base": np.ones(BALLOTS - 1, dtype=np.int64)}),
    ("rules.range", "base", {"base": np.zeros(BALLOTS, dtype=np.int64)}),
    ("rules.range", "base", {"base": np.full(BALLOTS, 1_000_001)}),
    ("rules.range", "base", {"base": np.full(BALLOTS, 2**64 - 1, dtype=np.uint64)}),
    ("arrays.shape", "objectives", {"objectives": np.ones(BALLOTS)}),
    ("arrays.shape", "objectives", {"objectives": np.ones((BALLOTS, 23), dtype=np.uint32)}),
    ("ballot.objective", "objectives[5]", {"objectives": np.array([1, 2, 3, 4, 5, 1 << 23])}),
    ("ballot.objective", "objectives[1]", {"objectives": np.array([1, -2, 3, 4, 5, 6])}),
    ("bundle.json", "theme_objectives", {"theme_objectives": None}),
    ("bundle.json", "theme_objectives", {"theme_objectives": 3}),
    ("bundle.json", "theme_objectives[1]", {"theme_objectives": [[1], None, [2]]}),
    ("bundle.json", "theme_objectives[0][0]", {"theme_objectives": [[1.0]] * THEMES}),
    ("arrays.shape", "theme_objectives", {"theme_objectives": [[1]] * (THEMES - 1)}),
    ("theme.objectives", "theme_objectives[2]", {"theme_objectives": [[1], [2], []]}),
    ("theme.objectives", "theme_objectives[0]", {"theme_objectives": [[24]] * THEMES}),
    ("theme.objectives", "theme_objectives[0]", {"theme_objectives": [[2, 2]] * THEMES}),
    ("bundle.json", "resamples", {"resamples": 1.5}),
    ("rules.range", "resamples", {"resamples": -1}),
]


@for_each(
    "code, path, changes",
    REFUSED,
)
def test_arrays_that_do_not_fit_together_are_refused(code, path, changes):
    with pytest.raises(Problem) as caught:
        count_arrays(**arrays(**changes))
    assert (caught.value.code, caught.value.params["path"]) == (code, path)
    said = sentence(code, caught.value.params)
    assert "\n" not in said
    assert "“”" not in said


def test_whole_numbers_of_any_width_are_the_same():
    expected = count_arrays(**arrays())
    for kind in (np.int8, np.uint8, np.int16, np.int64, np.uint64, ">i4"):
        columns = {name: column.astype(kind) for name, column in arrays()["categories"].items()}
        seats = {name: column.astype(kind) for name, column in arrays()["seats"].items()}
        base = np.ones(BALLOTS, dtype=kind)
        assert count_arrays(**arrays(categories=columns, seats=seats, base=base)) == expected
    square = np.array([[1, 2], [2, 3], [23, 4]], dtype=np.uint8)
    listed = count_arrays(**arrays(theme_objectives=square.tolist()))
    assert count_arrays(**arrays(theme_objectives=square)) == listed


def test_the_panels_rules_are_not_looked_at():
    assert count_arrays(**arrays(rules=Rules(panel="none of its business"))) == count_arrays(**arrays())


@for_each("themes", [3, 20, 80, 127])
def test_a_tier_that_nobody_is_in_is_passed_over(themes):
    """As an empty tier in a file is: what counts is the order of the tiers and not their numbers."""
    draw = np.random.default_rng(themes)
    wide = draw.integers(0, themes + 1, (40, themes)).astype(np.int8)
    wide[:, 0] = themes
    closed = np.zeros_like(wide)
    for row, given in enumerate(wide.tolist()):
        used = sorted({tier for tier in given if tier})
        closed[row] = [used.index(tier) + 1 if tier else 0 for tier in given]
    assert (closed != wide).any()
    codes = np.zeros(40, dtype=np.int32)
    given = {
        "categories": {"subregion": codes, "sector": codes},
        "seats": {"subregion": np.array([40]), "sector": np.array([40])},
        "objectives": None,
        "theme_objectives": None,
    }
    before = wide.copy()
    assert count_arrays(**arrays(ranks=wide, **given)) == count_arrays(**arrays(ranks=closed, **given))
    assert (wide == before).all()  # what is handed in is not touched


def small(ranks):
    """A count of ballots that all come from one place and name no objective."""
    ranks = np.array(ranks, dtype=np.int8)
    codes, seats = np.zeros(len(ranks), dtype=np.int32), np.array([len(ranks)])
    return count_arrays(
        **arrays(
            ranks=ranks,
            categories={"subregion": codes, "sector": codes},
            seats={"subregion": seats, "sector": seats},
            objectives=None,
            theme_objectives=None,
        )
    )


@for_each("themes", [3, 64])
def test_one_ballot_alone_with_an_empty_tier_is_closed_up(themes):
    """In the middle, or before its first; for few themes and for many, which are looked at in another way."""
    first, both = [1] + [0] * (themes - 1), [1, 2] + [0] * (themes - 2)
    for gap, closed in (([1, 3] + [0] * (themes - 2), both), ([2] * themes, [1] * themes)):
        assert small([first, both, gap]) == small([first, both, closed])
    with pytest.raises(Problem, match=r"ballot\.empty"):
        small([first, [0] * themes])


def test_two_themes_are_enough():
    assert [theme.points for theme in small([[1, 2], [1, 2], [0, 1], [1, 2]]).themes] == [0.75, 0.25]


def test_a_column_of_another_shape_is_told_the_shape_that_is_wanted():
    for changes, wanted in ((totals([5, 4]), "(G,)"), (sectors([0] * BALLOTS), "(6,)")):
        with pytest.raises(Problem) as caught:
            count_arrays(**arrays(**changes))
        assert caught.value.params["wanted"] == f"whole numbers, {wanted}"


@for_each("themes", [3, 15, 16, 63, 64, 70])
def test_which_ballots_leave_a_tier_empty(themes):
    """Looked for as bits of a number of 16 or 64, or by sorting where there are more themes than bits."""
    ranks = np.zeros((6, themes), dtype=np.int8)
    ranks[0, :3] = 1, 2, 3
    ranks[1] = range(1, themes + 1)
    ranks[2, :3] = 2, 0, 1
    ranks[3, :3] = 3, 1, 0  # none is second
    ranks[4, 0] = themes  # the last one alone
    assert arrays_of._gaps(ranks).tolist() == [False, False, False, True, True, True]


def test_as_many_topics_as_themes_and_the_largest_base_are_taken():
    assert arrays_of.take(**taken(rules=Rules(topics=THEMES))).rules.topics == THEMES
    base = np.array([1, RANGES["base"][1], 1, 1, 1, 1])
    assert max(bases_of(arrays_of.take(**taken(base=base)).profile)) == RANGES["base"][1]
    with pytest.raises(Problem, match=r"rules\.range"):
        arrays_of.take(**taken(base=base + 1))


def taken(**changes):
    return {name: each for name, each in arrays(**changes).items() if name != "resamples"}
