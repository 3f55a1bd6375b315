"""ipfn: iterative proportional fitting of a table. It knows no bounds.

The table of subregion × sector × country is counted with NumPy (its build time), fitted by the NumPy version
("the fastest by far", says its page) and read back for each respondent.
"""

from typing import Any

import numpy as np
from harness import DIMENSIONS, Inputs, Work, main
from ipfn import ipfn


def _build(inputs: Inputs) -> Any:
    shape = tuple(len(inputs["targets"][name]) for name in DIMENSIONS)
    flat = np.ravel_multi_index([inputs[name] for name in DIMENSIONS], shape)
    table = np.bincount(flat, minlength=int(np.prod(shape))).reshape(shape).astype(float)
    aggregates = [inputs["targets"][name] * len(flat) for name in DIMENSIONS]
    return flat, table, aggregates


def _work(**options: float) -> Work:
    def run(built: Any) -> Any:
        flat, table, aggregates = built
        fitted = ipfn.ipfn(table.copy(), list(aggregates), [[0], [1], [2]], **options).iteration()
        factors = np.divide(fitted, table, out=np.zeros_like(table), where=table > 0)
        return factors.ravel()[flat]

    return Work(_build, run, lambda weights, _: {"weights": weights})


if __name__ == "__main__":
    main({"free": _work(), "free-tight": _work(convergence_rate=1e-10, rate_tolerance=0.0)})
