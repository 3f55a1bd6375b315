"""Version 2 of the rules, counted by two programs that share no code: the same, digit by digit."""

import json
from hashlib import sha256

from hypothesis import event, given, settings
from hypothesis import strategies as st

from consulta.core.counting.second import bundle as bundles
from consulta.core.counting.second.count import count
from tests.core import naive2
from tests.core.elections import encoded, panel_bundles, second_bundles
from tests.core.test_agreement import same_panel, same_weights, without_percents

EXAMPLES = settings.default.max_examples
MANY, FEW = 4 * EXAMPLES, max(4, EXAMPLES // 10)


def result_of(bundle, resamples=0):
    """The core's result of a bundle of version 2, as its file has it."""
    return json.loads(count(bundles.parse(encoded(bundle)), resamples).to_json())


def agree(bundle, theirs, resamples):
    """Every field of the one is in the other and says the same; only the fingerprint is of the file alone."""
    ours = naive2.count(bundle, resamples)
    assert theirs.pop("bundle_sha256") == sha256(encoded(bundle)).hexdigest()
    same_weights(theirs.pop("weights"), ours.pop("weights"))
    assert set(theirs) == set(ours)
    for part, expected in ours.items():
        assert without_percents(theirs[part]) == expected, part


@settings(max_examples=MANY)
@given(second_bundles(), st.sampled_from([0, 1, 3, 8, 20]))
def test_counts_agree(bundle, resamples):
    theirs = result_of(bundle, resamples)
    event(f"cap: {theirs['weights']['cap']}")
    event(f"topics: {len(theirs['topics'])}, differ: {len({*map(tuple, theirs['topics_by'].values())}) > 1}")
    event(f"alike: {min(len(theirs['alike']), 2)}")
    event(f"sides: {sorted({str(cell['at_bound']) for cell in theirs['weights']['cells']})}")
    agree(bundle, theirs, resamples)


@settings(max_examples=FEW)
@given(panel_bundles())
def test_panels_agree(bundle):
    bundle = bundle | {"format": "consulta-bundle/2", "rules": {**bundle["rules"], "version": 2}}
    for ballot in bundle["ballots"]:
        ballot["ranking"] = [tier for tier in ballot["ranking"] if tier]
    theirs, ours = result_of(bundle), naive2.count(bundle, 0)
    told = theirs["panel"]
    assert told.pop("proven") is True
    assert told.pop("bounds") is None
    same_panel(told, ours["panel"])
