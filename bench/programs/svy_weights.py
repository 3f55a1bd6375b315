"""svy: survey analysis with polars and Rust. Its bounds are checked, not enforced: it refuses."""

from typing import Any

import numpy as np
import polars as pl
import svy
from harness import DIMENSIONS, Inputs, Work, main, present


def _build(inputs: Inputs) -> Any:
    frame = pl.DataFrame({name: inputs[name] for name in DIMENSIONS})
    frame = frame.with_columns(pl.Series("base", np.ones(len(frame))))
    return svy.Sample(data=frame, design=svy.Design(wgt="base")), present(inputs), inputs["bounds"]


def _work(**options: Any) -> Work:
    def run(built: Any) -> Any:
        sample, targets, bounds = built
        return sample.weighting.rake(shares=targets, bounds=bounds, wgt_name="raked", **options)

    return Work(_build, run, lambda sample, _: {"weights": sample.data["raked"].to_numpy()})


if __name__ == "__main__":
    main({"default": _work(), "tight": _work(tol=1e-10, max_iter=1000)})
