"""Our own count from arrays: the whole result, with weights, all methods and firmness."""

from typing import Any

import numpy as np
from harness import Inputs, Work, main

from consulta.core.counting.count import count_arrays
from consulta.core.values import Rules

SEED = "5eed" * 16
REPLICATES = 1000


def _build(inputs: Inputs) -> dict[str, Any]:
    """Name the arrays: nothing is converted."""
    dimensions = [name for name in ("subregion", "sector", "country") if name in inputs]
    masks = inputs["theme_objectives"].tolist()
    return {
        "ranks": inputs["ranks"],
        "categories": {name: inputs[name] for name in dimensions},
        "seats": {name: inputs[f"{name}_seats"] for name in dimensions},
        "objectives": inputs["objectives"],
        "theme_objectives": [[bit + 1 for bit in range(23) if mask >> bit & 1] for mask in masks],
    }


def _work(**options: Any) -> Work:
    def run(built: dict[str, Any]) -> Any:
        return count_arrays(rules=Rules(), seed=SEED, **built, **options)

    return Work(_build, run, _answer)


def _answer(result: Any, inputs: Inputs) -> dict[str, Any]:
    micro = np.zeros((3, 12), dtype=np.int64)
    for cell in result.weights.cells:
        micro[int(cell.categories["subregion"]), int(cell.categories["sector"])] = cell.micro
    firm = result.firmness
    return {
        "values": micro[inputs["subregion"], inputs["sector"]],
        "pairs": result.pairs,
        "points": [float(theme.points) for theme in result.themes],
        "schulze": [int(key) for key in result.order.schulze],
        "runoff": [int(key) for key in result.order.runoff],
        "left_out": [len(firm.leave_one_out)],
        "same": [firm.resampling.percent if firm.resampling else 0],
    }


if __name__ == "__main__":
    main({"count": _work(), "resampling": _work(resamples=REPLICATES)})
