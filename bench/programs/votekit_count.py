"""VoteKit: a `RankProfile` from a pandas frame of sets (quicker than from ballots), floating-point weights.

Borda by `borda_scores` with its largest score set to the number of themes, so that themes not ranked get
nothing; pairs and Schulze by `pairwise_dict` and the `Schulze` election.
"""

from typing import Any

import numpy as np
import pandas as pd
from harness import THEMES, Inputs, Work, main, orders
from votekit.elections import Schulze
from votekit.graphs import pairwise_comparison_graph
from votekit.pref_profile import RankProfile
from votekit.utils import borda_scores

NAMES = [chr(ord("A") + theme) for theme in range(THEMES)]
NOBODY = frozenset({"~"})


def _build(inputs: Inputs) -> Any:
    ranked = np.array(orders(inputs))
    sets = np.empty(THEMES, dtype=object)
    sets[:] = [frozenset({name}) for name in NAMES]
    frame = pd.DataFrame(sets[ranked], columns=[f"Ranking_{i + 1}" for i in range(ranked.shape[1])])
    frame["Voter Set"] = [frozenset()] * len(frame)
    frame["Weight"] = inputs["values"].astype(float)
    frame.index.name = "Ballot Index"
    return RankProfile(df=frame, candidates=NAMES, max_ranking_length=ranked.shape[1])


def _borda(profile: Any) -> Any:
    return borda_scores(profile, borda_max=THEMES)


def _schulze(profile: Any) -> Any:
    return Schulze(profile, n_seats=THEMES, tiebreak="lexicographic")


def _answer_schulze(result: Any, _: Inputs) -> dict[str, Any]:
    order = [NAMES.index(name) for tier in result.get_elected() for name in tier]
    return {"order": order}


def _pairs(profile: Any) -> Any:
    return pairwise_comparison_graph.pairwise_dict(profile)


def _answer_pairs(result: Any, _: Inputs) -> dict[str, Any]:
    table = np.zeros((THEMES, THEMES))
    for (x, y), (above, below) in result.items():
        table[NAMES.index(x), NAMES.index(y)] = above
        table[NAMES.index(y), NAMES.index(x)] = below
    return {"pairs": table}


if __name__ == "__main__":
    main(
        {
            "borda": Work(_build, _borda, lambda scores, _: {"bottom": [scores[name] for name in NAMES]}),
            "schulze": Work(_build, _schulze, _answer_schulze),
            "pairs": Work(_build, _pairs, _answer_pairs),
        }
    )
