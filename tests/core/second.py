"""Rounds of version 2 for tests, and what the core says about them."""

import json

from consulta.core.counting.second import bundle as bundles
from consulta.core.counting.second.count import count
from tests.core.build import election, encoded


def upgraded(bundle):
    """A bundle of version 1 as one of version 2, with the rules that this adds at their defaults."""
    rules = {**bundle["rules"], "version": 2}
    ballots = [
        {**ballot, "ranking": [tier for tier in ballot["ranking"] if tier]} for ballot in bundle["ballots"]
    ]
    return {**bundle, "format": "consulta-bundle/2", "rules": rules, "ballots": ballots}


def second_election(votes, *, bases=None, **rules):
    """A round from counted rankings as `election` makes it, of version 2; `bases` by number of ballot."""
    bundle = upgraded(election(votes, **rules))
    for number, base in (bases or {}).items():
        bundle["seats"][number]["base"] = base
    return bundle


def result_of(bundle, resamples=0):
    """The core's result of a bundle of version 2, as its file has it."""
    return json.loads(count(bundles.parse(encoded(bundle)), resamples).to_json())
