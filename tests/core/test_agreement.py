"""Two counts that share no code give the same answer, digit by digit."""

from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import event, given, settings

from tests.core import naive
from tests.core.elections import bundles, encoded, panel_bundles
from tests.core.results import micros, result_of

MANY = 4 * settings.default.max_examples
ROUNDED = {"rel": 0, "abs": 0.501e-6}  # decimals that decide nothing are written with six digits


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


def without(items, *names):
    return [{key: value for key, value in item.items() if key not in names} for item in items]


def trimmed(items, like):
    """Of each item only the fields that the other count has."""
    return [{key: item[key] for key in other} for item, other in zip(items, like, strict=True)]


@settings(max_examples=MANY)
@given(bundles())
def test_counts_agree(bundle):
    theirs = result_of(bundle)
    ours = naive.count(bundle, micro=agreed_micro_weights(bundle, theirs))
    assert theirs["seed"] == ours["seed"]
    assert theirs["bundle_sha256"] == sha256(encoded(bundle)).hexdigest()
    same_weights(theirs["weights"], ours["weights"])
    assert trimmed(theirs["themes"], ours["themes"]) == ours["themes"]
    assert theirs["pairs"] == ours["pairs"]
    method = bundle["rules"]["method"]
    assert theirs["order"][method] == ours["order"][method]
    assert theirs["topics"] == ours["topics"]
    assert trimmed(theirs["objectives"], ours["objectives"]) == ours["objectives"]


def same_weights(theirs, ours):
    rough = ("target", "miss")
    assert trimmed(without(theirs["margins"], *rough), without(ours["margins"], *rough)) == without(
        ours["margins"], *rough
    )
    for row, other in zip(theirs["margins"], ours["margins"], strict=True):
        assert [row[name] for name in rough] == pytest.approx([other[name] for name in rough], **ROUNDED)
    for name in ("largest_miss", "design_effect", "effective_ballots"):
        assert theirs[name] == pytest.approx(ours[name], **ROUNDED)
    assert theirs["met"] == ours["met"]
    assert theirs["cells"] == ours["cells"]


@settings(max_examples=MANY)
@given(panel_bundles())
def test_panels_agree(bundle):
    theirs = result_of(bundle)
    seed, rules = theirs["seed"], bundle["rules"]
    votes = naive.weighted_votes(bundle, agreed_micro_weights(bundle, theirs))
    topics = [topic["key"] for topic in theirs["topics"]]
    best = naive.best_panels(bundle, rules["panel"], topics, votes, seed)
    panel = theirs["panel"]
    assert panel["feasible"] == bool(best)
    event(f"possible: {panel['feasible']}, rows: {len(rules['panel']['quotas'])}")
    if best:
        chosen = {name: panel[name] for name in ("members", "support", "shortfall", "recent")}
        assert chosen in best
