"""Rounds with the usual rules for tests, and what the core says about them."""

import json

from consulta.core.counting import bundle as bundles
from consulta.core.counting.count import count
from tests.core.build import USUAL, election, encoded


def usual(bundle):
    """A bundle with the rules that examples mostly leave out at their defaults."""
    return {**bundle, "rules": {**bundle["rules"], **USUAL}}


def usual_election(votes, *, bases=None, **rules):
    """A round as `election` makes it, with the usual rules; `bases` by number of ballot."""
    bundle = election(votes, **{**USUAL, **rules})
    for number, base in (bases or {}).items():
        bundle["seats"][number]["base"] = base
    return bundle


def result_of(bundle, resamples=0):
    """The core's result of a bundle, as its file has it."""
    return json.loads(count(bundles.parse(encoded(bundle)), resamples).to_json())
