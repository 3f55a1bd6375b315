"""rimpy: RIM weighting in Rust. Called as its page shows, on a polars frame of codes."""

from typing import Any

import polars as pl
import rimpy
from harness import DIMENSIONS, Inputs, Work, main, present


def _build(inputs: Inputs) -> Any:
    return pl.DataFrame({name: inputs[name] for name in DIMENSIONS}), present(inputs, 100), inputs["bounds"]


def _work(**options: Any) -> Work:
    def run(built: Any) -> Any:
        frame, targets, bounds = built
        lower, upper = bounds or (None, None)
        return rimpy.rake(frame, targets, min_cap=lower, max_cap=upper, **options)

    return Work(_build, run, lambda frame, _: {"weights": frame["weight"].to_numpy()})


if __name__ == "__main__":
    main({"default": _work(), "tight": _work(convergence_threshold=1e-12)})
