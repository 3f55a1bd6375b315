"""The verdict on a result, of three levels, and its thresholds, in this one place.

It judges figures that the count has found; it changes no order and no topic. Why these thresholds:
`docs/methods/firmness.md`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consulta.results.values import Level

CLOSE_BELOW = 60
"""Of every hundred repetitions: if the topics are the same in fewer, the result is close."""

FIRM_FROM = 80
"""Of every hundred repetitions: only if the topics are the same in so many or more, the result is firm."""


def level(
    percent: int | None, *, methods_agree: bool | None, without_repetitions: bool = False
) -> Level | None:
    """Return the verdict; None if neither of the figures is told.

    `percent` is of every hundred repetitions how many gave the same topics (the lowest of ten will do),
    `methods_agree` whether all three methods choose the same topics. Of very many ballots no repetitions are
    made (`without_repetitions`): chance of who answered plays no part, and the methods alone decide.
    """
    if without_repetitions:
        return None if methods_agree is None else "firm" if methods_agree else "reservations"
    if percent is None:
        return None
    if percent < CLOSE_BELOW:
        return "close"
    if percent < FIRM_FROM or methods_agree is False:
        return "reservations"
    return "firm" if methods_agree else "untold"
