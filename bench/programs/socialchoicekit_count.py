"""socialchoicekit: scoring rules in NumPy. No weights, no partial rankings: Borda of full ballots."""

from typing import Any

from harness import Inputs, Work, main
from socialchoicekit.deterministic_scoring import Borda
from socialchoicekit.profile_utils import StrictCompleteProfile


def _build(inputs: Inputs) -> Any:
    return StrictCompleteProfile.of(inputs["ranks"].astype(int))


def _borda(profile: Any) -> Any:
    return Borda(tie_breaker="accept").score(profile)


if __name__ == "__main__":
    main({"borda": Work(_build, _borda, lambda scores, _: {"linear_unweighted": scores})})
