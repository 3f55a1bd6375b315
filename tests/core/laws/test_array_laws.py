"""Counting from arrays is counting: the same answer as from a bundle, whatever the order of the rows."""

import json

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from consulta.core.counting import bundle as parsing
from consulta.core.counting.count import count, count_arrays
from tests.core.elections import bundles, category, encoded

DRAWS = 5


def with_codes(bundle, data):
    """The dimensions of the bundle, once columns name its themes and codes its categories, as in arrays."""
    columns = {theme["key"]: str(column) for column, theme in enumerate(bundle["themes"])}
    for theme in bundle["themes"]:
        theme["key"] = columns[theme["key"]]
    for ballot in bundle["ballots"]:
        ballot["ranking"] = [[columns[key] for key in tier] for tier in ballot["ranking"] if tier]
    rules = bundle["rules"]
    dimensions = sorted({*rules["balance"], *rules["spread"], "country", "sector", "subregion"})
    for dimension in dimensions:
        names = sorted({category(seat, dimension) for seat in bundle["seats"]})
        codes = dict(zip(names, map(str, data.draw(st.permutations(range(len(names))))), strict=True))
        for seat in bundle["seats"]:
            where = seat if dimension == "country" else seat["categories"]
            where[dimension] = codes[where[dimension]]
        if isinstance(rules["balance"].get(dimension), dict):
            rules["balance"][dimension] = {codes[k]: v for k, v in rules["balance"][dimension].items()}
    return dimensions


def arrays_of(bundle, dimensions):
    """What `count_arrays` takes: rows in the order of the names of seats, by which is drawn."""
    seats = {seat["seat"]: seat for seat in bundle["seats"]}
    ballots = sorted(bundle["ballots"], key=lambda ballot: ballot["seat"])
    voting = [seats[ballot["seat"]] for ballot in ballots]
    ranks = np.zeros((len(voting), len(bundle["themes"])), dtype=np.int8)
    for row, ballot in enumerate(ballots):
        for place, tier in enumerate(ballot["ranking"], start=1):
            ranks[row, [int(key) for key in tier]] = place
    totals = {}
    for dimension in dimensions:
        totals[dimension] = np.zeros(len({category(s, dimension) for s in bundle["seats"]}), dtype=np.int64)
        for seat in bundle["seats"]:
            totals[dimension][int(category(seat, dimension))] += seat["base"]
    return {
        "ranks": ranks,
        "categories": {
            d: np.array([int(category(seat, d)) for seat in voting], dtype=np.int32) for d in dimensions
        },
        "seats": totals,
        "base": np.array([seat["base"] for seat in voting], dtype=np.int64),
        "objectives": np.array([mask(ballot) for ballot in ballots], dtype=np.uint32),
        "theme_objectives": [theme["objectives"] for theme in bundle["themes"]],
    }


def mask(ballot):
    return sum(1 << (number - 1) for number in ballot["objectives"])


def both(bundle, dimensions, change=None):
    """The result from the bundle and that from its arrays, changed or not, as their files hold them."""
    round_ = parsing.parse(encoded(bundle))
    ours = json.loads(count(round_, resamples=DRAWS).to_json())
    arrays = arrays_of(bundle, dimensions) | (change or {})
    theirs = count_arrays(**arrays, rules=round_.rules, seed=ours["seed"], resamples=DRAWS)
    return ours, json.loads(theirs.to_json())


def trimmed(result, bundle):
    """Without what only a file has; where bases differ, the roll's totals are sums of base and not seats."""
    of_file = {"bundle_sha256", "ballots_root", "panel"}
    same = {part: value for part, value in result.items() if part not in of_file}
    if any(seat["base"] != 1 for seat in bundle["seats"]):
        for row in (*same["weights"]["margins"], *same["weights"]["reach"], *same["voices"]):
            for name in ("seats", "turnout", "turnout_percent"):
                row.pop(name, None)
    return same


@given(bundles(), st.data())
def test_arrays_give_what_the_bundle_gives(bundle, data):
    dimensions = with_codes(bundle, data)
    ours, theirs = both(bundle, dimensions)
    assert trimmed(theirs, bundle) == trimmed(ours, bundle)


@given(bundles(), st.data())
def test_neither_the_order_of_rows_nor_how_they_lie_in_memory_changes_anything(bundle, data):
    dimensions = with_codes(bundle, data)
    rows = np.array(data.draw(st.permutations(range(len(bundle["ballots"])))))
    lie = data.draw(st.sampled_from([np.ascontiguousarray, np.asfortranarray]))
    arrays = arrays_of(bundle, dimensions)
    change = {name: arrays[name][rows] for name in ("base", "objectives")}
    change["ranks"] = lie(arrays["ranks"][rows])
    change["categories"] = {d: codes[rows] for d, codes in arrays["categories"].items()}
    ours, theirs = both(bundle, dimensions, change)
    for result in (ours, theirs):  # rows are the names by which is drawn
        for part in ("resampling", "could_be_first"):
            del result["firmness"][part]
        for theme in result["themes"]:
            del theme["places"]
    assert trimmed(theirs, bundle) == trimmed(ours, bundle)


@given(bundles(), st.data())
def test_what_is_not_given_is_one_ballot_each_and_nothing_named(bundle, data):
    for seat in bundle["seats"]:
        seat["base"] = 1
    for ballot in bundle["ballots"]:
        ballot["objectives"] = []
    dimensions = with_codes(bundle, data)
    ours, theirs = both(bundle, dimensions, {"base": None, "objectives": None})
    assert trimmed(theirs, bundle) == trimmed(ours, bundle)
    assert theirs["firmness"]["resampling"] == ours["firmness"]["resampling"]


@given(bundles(), st.data())
def test_dimensions_that_are_not_given_are_only_not_told(bundle, data):
    """Without country there is no order with countries equal, and nothing left out by country."""
    for part in ("balance", "spread"):
        for dimension in ("country", "subregion"):
            bundle["rules"][part].pop(dimension, None)
    dimensions = with_codes(bundle, data)
    ours, theirs = both(bundle, [d for d in dimensions if d not in {"country", "subregion"}])
    for part in ("weights", "themes", "pairs", "topics", "condorcet_winner", "runoff", "objectives"):
        assert trimmed(theirs, bundle)[part] == trimmed(ours, bundle)[part], part
    assert {row["dimension"] for row in theirs["firmness"]["leave_one_out"]} <= {"sector"}
    assert {row["dimension"] for row in theirs["voices"]}.isdisjoint({"country", "subregion"})
    assert not theirs["order"]["country_equal"]
    for name in ("points", "schulze", "runoff", "unweighted"):
        assert theirs["order"][name] == ours["order"][name]
    assert theirs["firmness"]["margin"] == ours["firmness"]["margin"]
