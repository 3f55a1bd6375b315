"""Two counts that share no code give the same answer, digit by digit."""

import re
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.core import naive
from tests.core.build import busy, election
from tests.core.elections import bundles, encoded, panel_bundles, pools
from tests.core.results import micros, panel_of, result_of
from tests.depth import quick

EXAMPLES = settings.default.max_examples
MANY, FEW = (EXAMPLES, 2) if quick() else (4 * EXAMPLES, max(4, EXAMPLES // 10))
ROUNDED = {"rel": 0, "abs": 0.501e-6}  # decimals that decide nothing are written with six digits
DRAWS = 1000  # as many as are asked for where nothing else is said


def agreed_micro_weights(bundle, theirs):
    """The core's micro-weights, once each is the right one.

    Only where the exact weight lies next to the middle between two of them may the core have taken the other.
    """
    exact = naive.calibrated(bundle, naive.DEFAULT_RULES | bundle["rules"])
    taken = micros(theirs)
    assert set(taken) == set(exact)
    for cell, weight in exact.items():
        if taken[cell] != naive.micro_weight(weight):
            event("a micro-weight differs by one")
            assert abs(Decimal(taken[cell]) - weight * 10**6) < Decimal("0.501")
    return taken


def agree(bundle, theirs, resamples):
    """Every field of the one is in the other and says the same; only the fingerprint is of the file alone."""
    ours = naive.count(bundle, micro=agreed_micro_weights(bundle, theirs), resamples=resamples)
    assert theirs.pop("bundle_sha256") == sha256(encoded(bundle)).hexdigest()
    same_weights(theirs.pop("weights"), ours.pop("weights"))
    assert set(theirs) == set(ours)
    for part, expected in ours.items():
        assert without_percents(theirs[part]) == expected, part


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


@settings(max_examples=MANY)
@given(bundles(gaps=True), st.sampled_from([0, 1, 3, 8]))
def test_counts_agree(bundle, resamples):
    theirs = result_of(bundle, resamples)
    firmness = theirs["firmness"]
    event(f"margin: {firmness['margin']['ballots'] and 'some'}, ballots: {min(len(bundle['ballots']), 5)}")
    event(f"topics left out: {len({row['topic'] for row in firmness['leave_one_out']} - {None})}")
    agree(bundle, theirs, resamples)


@pytest.mark.parametrize("method", ["points", "schulze", "runoff"])
def test_a_busy_round_is_the_same_by_both(method):
    bundle = busy(ballots=7, balance={}, method=method)
    agree(bundle, result_of(bundle, 4), 4)


def test_equal_ballots_are_drawn_in_the_order_of_their_categories():
    """The sector comes before the subregion, which decides which of three equal ballots is drawn."""
    where = [("x", "s", "b a"), ("y", "n", "b a"), ("x", "n", "b a"), ("y", "s", "a b"), ("y", "n", "a b")]
    bundle = election(
        [(1, ranking, {"sector": sector, "subregion": sub}) for sector, sub, ranking in where],
        objective_share=0,
        spread={"sector": 1000, "subregion": 1000},
    )
    agree(bundle, result_of(bundle, 20), 20)


@settings(max_examples=FEW)
@given(bundles(max_themes=4, max_seats=8))
def test_a_thousand_draws_agree(bundle):
    for seat in bundle[
        "seats"
    ]:  # with one base in all, a draw changes no weight, which the other count solves slowly
        seat["base"] = 7
    theirs = result_of(bundle, DRAWS)
    event(f"percent: {theirs['firmness']['resampling_percent'] // 10}")
    agree(bundle, theirs, DRAWS)


@settings(max_examples=FEW)
@given(bundles(max_themes=3, max_seats=13))
def test_draws_among_different_bases_agree(bundle):
    theirs = result_of(bundle, 60)
    agree(bundle, theirs, 60)


@settings(max_examples=MANY)
@given(panel_bundles())
def test_panels_agree(bundle):
    theirs = result_of(bundle)
    votes = naive.weighted_votes(bundle, agreed_micro_weights(bundle, theirs))
    topics = [topic["key"] for topic in theirs["topics"]]
    ours = naive.panel_report(bundle, bundle["rules"]["panel"], topics, votes, theirs["seed"])
    event(f"possible: {ours['feasible']}, rows: {len(bundle['rules']['panel']['quotas'])}")
    same_panel(theirs["panel"], ours)


@settings(max_examples=2 * MANY)
@given(pools(), st.sampled_from([["t0"], ["t0", "t1"]]), st.sampled_from(["00", "0f", "ff"]))
def test_tight_panels_agree(pool, topics, seed):
    nominees, rules = pool
    theirs = panel_of(nominees, rules, topics, seed)
    ours = naive.panel_report({"nominees": nominees}, rules, topics, [], seed)
    event(f"possible: {ours['feasible']}, obstacle: {ours['obstacle']}")
    event(f"people given way: {sum(row['by'] for row in ours['relaxation'])}")
    same_panel(theirs, ours)


def same_panel(theirs, ours):
    """Everything that is said of a panel but its rows, which have tests of their own."""
    theirs["relaxation"] = [
        {name: row[name] for name in ("row", "asked", "possible", "by")} for row in theirs["relaxation"]
    ]
    assert {name: theirs[name] for name in ours} == ours
