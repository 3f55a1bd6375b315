"""votelib: votes are a dictionary from ranking to number of votes (any number: whole weights stay exact).

Borda by `RankedToPositionalVotes` (themes not ranked get nothing: the only way it has), Schulze by
`RankedToCondorcetVotes` with the unranked at the bottom.
"""

from typing import Any

import numpy as np
import votelib.component.rankscore
import votelib.convert
import votelib.evaluate.condorcet
from harness import THEMES, Inputs, Work, main, orders


def _build(inputs: Inputs) -> dict[tuple[int, ...], int]:
    votes: dict[tuple[int, ...], int] = {}
    for ranking, value in zip(orders(inputs), inputs["values"].tolist(), strict=True):
        key = tuple(ranking)
        votes[key] = votes.get(key, 0) + value
    return votes


def _borda(votes: Any) -> Any:
    return votelib.convert.RankedToPositionalVotes(votelib.component.rankscore.Borda()).convert(votes)


def _schulze(votes: Any) -> Any:
    pairs = votelib.convert.RankedToCondorcetVotes(unranked_at_bottom=True).convert(votes)
    return pairs, votelib.evaluate.condorcet.Schulze().evaluate(pairs, THEMES)


def _answer_schulze(result: Any, _: Inputs) -> dict[str, Any]:
    found, order = result
    table = np.zeros((THEMES, THEMES), dtype=np.int64)
    for (above, below), value in found.items():
        table[above, below] = value
    return {"pairs": table, "order": list(order)}


if __name__ == "__main__":
    main(
        {
            "borda": Work(_build, _borda, lambda found, _: {"bottom": [found[x] for x in range(THEMES)]}),
            "schulze": Work(_build, _schulze, _answer_schulze),
        }
    )
