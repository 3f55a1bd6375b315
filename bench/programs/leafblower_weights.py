"""leafblower: calibration in C++ with nine solvers. Each is called through `harvest` on a pandas frame.

The columns hold codes, the targets their names: `harvest` turns every column into strings itself.
"""

from typing import Any

import leafblower
import pandas as pd
from harness import DIMENSIONS, Inputs, Work, main, present


def _build(inputs: Inputs) -> Any:
    targets = {n: {str(c): s for c, s in shares.items()} for n, shares in present(inputs).items()}
    return pd.DataFrame({name: inputs[name] for name in DIMENSIONS}), targets, inputs["bounds"]


def _work(**options: Any) -> Work:
    def run(built: Any) -> Any:
        frame, targets, bounds = built
        lower, upper = bounds or (0.0, 1e6)
        return leafblower.harvest(
            frame, targets, min_weight=lower, max_weight=upper, attach_weights=False, **options
        )

    return Work(_build, run, lambda found, _: {"weights": found["weights"]})


TIGHT = {"convergence": {"absolute": 1e-9}, "max_iterations": 5000}

if __name__ == "__main__":
    main(
        {
            "default": _work(),
            "raking": _work(method="raking"),
            "raking-tight": _work(method="raking", **TIGHT),
            "oris-tight": _work(**TIGHT),
            "newton_kl": _work(method="newton_kl"),
            "newton_kl-tight": _work(method="newton_kl", **TIGHT),
            "logit": _work(method="logit"),
            "logit-tight": _work(method="logit", **TIGHT),
        }
    )
