"""pref-voting: a `Profile` for full rankings, a `ProfileWithTies` for others; both take counts of rankings.

The profile's own construction counts all pairs, so it is most of the work; it stands under building.
"""

from typing import Any

import numpy as np
from harness import THEMES, Inputs, Work, main, orders
from pref_voting.margin_based_methods import beat_path_defeat
from pref_voting.profiles import Profile
from pref_voting.profiles_with_ties import ProfileWithTies


def _full(inputs: Inputs) -> Any:
    return Profile(list(map(tuple, orders(inputs))), rcounts=inputs["values"])


def _partial(inputs: Inputs) -> Any:
    rankings = [{theme: place for place, theme in enumerate(order, 1)} for order in orders(inputs)]
    profile = ProfileWithTies(rankings, rcounts=inputs["values"].tolist(), candidates=list(range(THEMES)))
    profile.use_extended_strict_preference()
    return profile


def _build(inputs: Inputs) -> Any:
    return _partial(inputs) if (inputs["ranks"] == 0).any() else _full(inputs)


def _borda(profile: Any) -> Any:
    return profile, profile.borda_scores()


def _answer_borda(result: Any, _: Inputs) -> dict[str, Any]:
    profile, scores = result
    name = "linear" if isinstance(profile, Profile) else "symmetric"
    return {name: [scores[theme] for theme in range(THEMES)]}


def _schulze(profile: Any) -> Any:
    return profile, beat_path_defeat(profile)


def _answer_schulze(result: Any, _: Inputs) -> dict[str, Any]:
    profile, defeats = result
    every = range(THEMES)
    table = np.array([[profile.support(x, y) if x != y else 0 for y in every] for x in every])
    return {"pairs": table, "order": sorted(every, key=lambda x: -defeats.out_degree(x))}


if __name__ == "__main__":
    main({"borda": Work(_build, _borda, _answer_borda), "schulze": Work(_build, _schulze, _answer_schulze)})
