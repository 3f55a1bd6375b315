"""weightipy: RIM weighting with pandas. It takes an upper cap; a pair of caps, as documented, fails."""

from typing import Any

import pandas as pd
import weightipy
from harness import DIMENSIONS, Inputs, Work, main, present


def _build(inputs: Inputs) -> Any:
    frame = pd.DataFrame({name: inputs[name] for name in DIMENSIONS})
    return frame, present(inputs, 100), inputs["bounds"]


def _work(**options: Any) -> Work:
    def run(built: Any) -> Any:
        frame, targets, bounds = built
        params = dict(options, cap=bounds[1]) if bounds else options
        scheme = weightipy.scheme_from_dict(targets, rim_params=params)
        return weightipy.weight_dataframe(frame, scheme, weight_column="weights")

    return Work(_build, run, lambda frame, _: {"weights": frame["weights"].to_numpy()})


if __name__ == "__main__":
    main({"default": _work(), "tight": _work(convcrit=1e-6)})
