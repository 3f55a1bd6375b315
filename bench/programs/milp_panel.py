"""SciPy's own solver of integer programs (HiGHS): a panel with the most support, which is one of four stages.

Its answer is optimal as far as it says; gap 0.
"""

from typing import Any

import numpy as np
from harness import Inputs, Work, main
from scipy import optimize, sparse


def _build(inputs: Inputs) -> Any:
    people = len(inputs["support"])
    blocks, low, high = [sparse.csr_array(np.ones((1, people)))], [inputs["seats"]], [inputs["seats"]]
    for name, limits in inputs["limits"].items():
        blocks.append(_marks(inputs[name], len(limits)))
        low += [least for least, _ in limits]
        high += [most for _, most in limits]
    organisations = int(inputs["organisation"].max()) + 1
    blocks.append(_marks(inputs["organisation"], organisations))
    low += [0] * organisations
    high += [1] * organisations
    return sparse.vstack(blocks).tocsr(), low, high, -inputs["support"].astype(float)


def _marks(codes: Any, values: int) -> Any:
    people = len(codes)
    return sparse.csr_array((np.ones(people), (codes, np.arange(people))), shape=(values, people))


def _run(built: Any) -> Any:
    matrix, low, high, cost = built
    return optimize.milp(
        cost,
        constraints=optimize.LinearConstraint(matrix, low, high),
        integrality=np.ones(len(cost)),
        bounds=optimize.Bounds(0, 1),
        options={"mip_rel_gap": 0},
    )


def _answer(found: Any, _: Inputs) -> dict[str, Any]:
    return {"members": np.flatnonzero(np.rint(found.x))}


if __name__ == "__main__":
    main({"panel": Work(_build, _run, _answer)})
