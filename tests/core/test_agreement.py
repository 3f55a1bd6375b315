"""The rules, counted by two programs that share no code: the same, digit by digit."""

import json
import re
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from consulta.core.counting import bundle as bundles
from consulta.core.counting import count, profile
from consulta.core.counting.count import count_arrays
from consulta.core.counting.election import election_of
from tests.cases import for_each
from tests.core import counted
from tests.core.build import busy
from tests.core.elections import encoded, panel_bundles, pools, usual_bundles
from tests.core.results import panel_of
from tests.core.usual import result_of, usual
from tests.deep import DEEP

EXAMPLES = settings.default.max_examples
ROUNDED = {"rel": 0, "abs": 0.501e-6}  # decimals that decide nothing are written with six digits
FEW = max(4, EXAMPLES // 4) if DEEP else 2


def without_percents(value):
    """The value without the figures that repeat a fraction as a percentage, once these are right."""
    if isinstance(value, list):
        return [without_percents(item) for item in value]
    if not isinstance(value, dict):
        return value
    kept = {}
    for key, item in value.items():
        fraction = value.get(key.removesuffix("_percent"))
        if key.endswith("_percent") and isinstance(fraction, str) and re.fullmatch(r"\d+/\d+", fraction):
            assert item == float(Decimal(round(10_000 * Fraction(fraction))) / 100), key
        else:
            kept[key] = without_percents(item)
    return kept


def same_weights(theirs, ours):
    rough = ("target", "miss")
    theirs, ours = without_percents(theirs), without_percents(ours)
    for row, other in zip(theirs["margins"], ours["margins"], strict=True):
        assert [row.pop(name) for name in rough] == pytest.approx(
            [other.pop(name) for name in rough], **ROUNDED
        )
    for name in ("largest_miss", "design_effect", "effective_ballots"):
        assert theirs.pop(name) == pytest.approx(ours.pop(name), **ROUNDED)
    assert theirs == ours


def same_panel(theirs, ours):
    """Everything that is said of a panel but its rows, which have tests of their own."""
    theirs["relaxation"] = [
        {name: row[name] for name in ("row", "asked", "possible", "by")} for row in theirs["relaxation"]
    ]
    assert {name: theirs[name] for name in ours} == ours


def agree(bundle, theirs, resamples):
    """Every field of the one is in the other and says the same; only the fingerprint is of the file alone."""
    ours = counted.count(bundle, resamples)
    assert theirs.pop("bundle_sha256") == sha256(encoded(bundle)).hexdigest()
    same_weights(theirs.pop("weights"), ours.pop("weights"))
    assert set(theirs) == set(ours)
    for part, expected in ours.items():
        assert without_percents(theirs[part]) == expected, part


@settings(max_examples=EXAMPLES)
@given(usual_bundles(), st.sampled_from([0, 1, 3, 8, 20]))
def test_counts_agree(bundle, resamples):
    theirs = result_of(bundle, resamples)
    event(f"cap: {theirs['weights']['cap']}")
    event(f"topics: {len(theirs['topics'])}, differ: {len({*map(tuple, theirs['topics_by'].values())}) > 1}")
    event(f"alike: {min(len(theirs['alike']), 2)}")
    event(f"sides: {sorted({str(cell['at_bound']) for cell in theirs['weights']['cells']})}")
    agree(bundle, theirs, resamples)


@for_each(
    "number, rules",
    [
        (0, {"topics": 2}),
        (1, {"method": "schulze", "topics": 3, "topics_rule": "shared", "balance": {}}),
        (2, {"method": "runoff", "support_min": 3, "max_ballot": 200, "balance": {}}),
    ],
)
def test_a_busy_round_is_the_same_by_both(number, rules):
    bundle = usual(busy(number, ballots=7))
    bundle["rules"] |= rules
    agree(bundle, result_of(bundle, 4), 4)


@settings(max_examples=FEW)
@given(panel_bundles())
def test_panels_agree(bundle):
    bundle = usual(bundle)
    theirs, ours = result_of(bundle), counted.count(bundle, 0)
    told = theirs["panel"]
    assert told.pop("proven") is True
    assert told.pop("bounds") is None
    same_panel(told, ours["panel"])


@settings(max_examples=FEW)
@given(usual_bundles(max_seats=13))
def test_a_thousand_replicates_agree(bundle):
    agree(bundle, result_of(bundle, 1000), 1000)


@settings(max_examples=EXAMPLES)
@given(usual_bundles())
def test_a_count_in_columns_gives_the_same_with_what_stands_beside_it(bundle):
    parsed = bundles.parse(encoded(bundle))
    election = election_of(parsed, result_of(bundle)["ballots_root"], parsed.digest)
    ballots = profile.from_bundle(parsed, election.dimensions)
    expected = count.count(parsed), count.robustness_of_bundle(parsed)
    assert count.count_columns(election, ballots) == expected


@settings(max_examples=2 * EXAMPLES)
@given(usual_bundles(), st.sampled_from([0, 4]))
def test_arrays_give_the_same(bundle, resamples):
    """Themes and categories are named by their numbers as text, and the roll's base is one a seat."""
    bundle["ballots"].sort(key=lambda ballot: ballot["seat"])  # rows are the names by which is drawn
    keys = [str(number) for number in range(len(bundle["themes"]))]
    named = dict(zip([theme["key"] for theme in bundle["themes"]], keys, strict=True))
    for theme in bundle["themes"]:
        theme["key"] = named[theme["key"]]
    for ballot in bundle["ballots"]:
        ballot["ranking"] = [[named[key] for key in tier] for tier in ballot["ranking"]]
    rules = bundle["rules"]
    for dimension, rule in rules["balance"].items():
        rules["balance"][dimension] = rule if rule in ("equal", "roll", "sqrt") else "sqrt"
    for seat in bundle["seats"]:
        seat.update(base=1, country=str("BCJMP".index(seat["country"][0])))
        seat["categories"] = {d: str(ord(name[0]) % 5) for d, name in seat["categories"].items()}
    seats = {seat["seat"]: seat for seat in bundle["seats"]}
    voters = [seats[ballot["seat"]] for ballot in bundle["ballots"]]
    dimensions = set.intersection(*({*seat["categories"]} for seat in bundle["seats"])) | {"country"}
    rules["balance"] = {d: rule for d, rule in rules["balance"].items() if d in dimensions}

    def held(seat, dimension):
        return int(seat["country"] if dimension == "country" else seat["categories"][dimension])

    place = {
        number: {key: at for at, tier in enumerate(ballot["ranking"], 1) for key in tier}
        for number, ballot in enumerate(bundle["ballots"])
    }
    expected = result_of(bundle, resamples)
    for seat in bundle["seats"]:
        seat["categories"] = {d: name for d, name in seat["categories"].items() if d in dimensions}
    expected = result_of(bundle, resamples)
    found = count_arrays(
        np.array([[place[n].get(key, 0) for key in keys] for n in place], dtype=np.int8),
        {d: np.array([held(seat, d) for seat in voters], dtype=np.int32) for d in dimensions},
        {
            d: np.bincount([held(seat, d) for seat in bundle["seats"]], minlength=5).astype(np.int64)
            for d in dimensions
        },
        bundles.parse(encoded(bundle)).rules,
        seed=expected["seed"],
        objectives=np.array(
            [sum(1 << (o - 1) for o in ballot["objectives"]) for ballot in bundle["ballots"]],
            dtype=np.uint32,
        ),
        theme_objectives=[theme["objectives"] for theme in bundle["themes"]],
        resamples=resamples,
    )
    told = json.loads(found.to_json())
    # The arrays have no lines of ballots, and may have dimensions that no result names.
    for part in ("bundle_sha256", "ballots_root", "voices"):
        told.pop(part), expected.pop(part)
    assert told == expected


@settings(max_examples=8 * EXAMPLES)
@given(pools(), st.sampled_from([["t0"], ["t0", "t1"]]), st.sampled_from(["00", "0f", "ff"]))
def test_tight_panels_agree(pool, topics, seed):
    nominees, rules = pool
    theirs = panel_of(nominees, rules, topics, seed)
    ours = counted.panel_report({"nominees": nominees}, rules, topics, [], seed)
    event(f"possible: {ours['feasible']}, obstacle: {ours['obstacle']}")
    event(f"people given way: {sum(row['by'] for row in ours['relaxation'])}")
    same_panel(theirs, ours)
