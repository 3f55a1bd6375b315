"""ipfn: iterative proportional fitting of a table. It knows no bounds.

The table of subregion × sector × country is counted with NumPy (its build time), fitted by the NumPy version
("the fastest by far", says its page) and read back for each respondent.
"""

from typing import Any

import numpy as np
from harness import DIMENSIONS, Inputs, Work, cells, main, spread
from ipfn import ipfn


def _build(inputs: Inputs) -> Any:
    flat, table = cells(inputs)
    aggregates = [inputs["targets"][name] * len(flat) for name in DIMENSIONS]
    return flat, table.astype(float), aggregates


def _work(**options: float) -> Work:
    def run(built: Any) -> Any:
        flat, table, aggregates = built
        fitted = ipfn.ipfn(table.copy(), list(aggregates), [[0], [1], [2]], **options).iteration()
        factors = np.divide(fitted, table, out=np.zeros_like(table), where=table > 0)
        return spread(factors, flat)

    return Work(_build, run, lambda weights, _: {"weights": weights})


if __name__ == "__main__":
    main({"free": _work(), "free-tight": _work(convergence_rate=1e-10, rate_tolerance=0.0)})
