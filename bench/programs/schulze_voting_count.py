"""schulze-voting: Schulze only, from places of themes and a weight; the unranked share the last place."""

from typing import Any

import numpy as np
from harness import THEMES, Inputs, Work, main
from schulze_voting import SchulzeVote, evaluate_schulze


def _build(inputs: Inputs) -> Any:
    places = np.where(inputs["ranks"] == 0, THEMES + 1, inputs["ranks"]).tolist()
    return [SchulzeVote(*vote) for vote in zip(places, inputs["values"].tolist(), strict=True)]


def _schulze(votes: Any) -> Any:
    return evaluate_schulze(votes, THEMES)


def _answer(result: Any, _: Inputs) -> dict[str, Any]:
    return {"pairs": result.d, "order": [theme for tier in result.candidate_wins for theme in tier]}


if __name__ == "__main__":
    main({"schulze": Work(_build, _schulze, _answer)})
