"""Our own weights from arrays of codes: the weight of each respondent's cell, in whole millionths."""

from decimal import Decimal
from typing import Any

import numpy as np
from harness import DIMENSIONS, Inputs, Work, cells, main, spread

from consulta.core.counting import calibration, weights


def _run(inputs: Inputs) -> Any:
    flat, table = cells(inputs)
    shape, table = table.shape, table.ravel()
    live = np.flatnonzero(table)
    offsets = np.cumsum([0, *shape[:-1]])
    members = np.array(np.unravel_index(live, shape)).T + offsets
    targets = np.concatenate([inputs["targets"][name] for name in DIMENSIONS])
    used, numbers = np.unique(members, return_inverse=True)
    lower, upper = inputs["bounds"] or (0.0, float("inf"))
    micro = weights.rounded(
        calibration.Calibration(
            cells=numbers.reshape(members.shape).tolist(),
            base=table[live].tolist(),
            targets=[Decimal(repr(share)) for share in targets[used].tolist()],
            lower=Decimal(repr(lower)),
            upper=Decimal(repr(upper)),
        )
    )
    table[live] = micro
    return spread(table, flat)


if __name__ == "__main__":
    main({"weights": Work(lambda inputs: inputs, _run, lambda micro, _: {"weights": micro / 1e6})})
