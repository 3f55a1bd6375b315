"""The verdict on a result, of three levels: the thresholds, in this one place, and the checks they belong to.

It judges figures that the count has found; it changes no order and no topic. Why these thresholds and levels:
`docs/methods/firmness.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

from consulta.results.values import Changing, Level, Trial

MARGIN_PERCENT = 5
"""Of the ballots, how many would have to be cast otherwise before the topic could be another one."""

MARGIN_LEAST = 3
"""The same in ballots, for rounds so small that the percentage is less than a handful."""

CLOSE = 3
"""A result that so many ballots or more are needed to change is not close for that reason alone."""

REPETITIONS_PERCENT = 80
"""Of the repetitions with ballots drawn anew, how many must choose the same topic."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the count says of the first topic's firmness; None where it says nothing."""

    ballots: int
    changing: Changing | None
    same_without: bool | None  # whichever category is left out
    repetitions: int | None
    same_by_methods: bool | None


def margin_asked(ballots: int) -> int:
    """Return how many ballots, of so many, must at least be needed to change a firm result.

    These are 5 per cent of the ballots, rounded up, and never fewer than 3.
    """
    return max(MARGIN_LEAST, -(-ballots * MARGIN_PERCENT // 100))


def is_close(enough: int | None) -> bool:
    """Return whether so few ballots suffice for a change that the result is close for that alone.

    True if `enough` is below 3; False if it is None.
    """
    return enough is not None and enough < CLOSE


def trials(figures: Figures) -> tuple[Trial, ...]:
    """Return every check with its outcome, in the order in which a page tells them."""
    changing = figures.changing
    margin = None
    if changing is not None:
        margin = changing.at_least is None or changing.at_least >= margin_asked(figures.ballots)
    repetitions = None if figures.repetitions is None else figures.repetitions >= REPETITIONS_PERCENT
    return (
        Trial("margin", margin),
        Trial("left_out", figures.same_without),
        Trial("repetitions", repetitions),
        Trial("methods", figures.same_by_methods),
    )


def level(outcome: tuple[Trial, ...], changing: Changing | None) -> Level | None:
    """Return the verdict; None if no check was made or may be told."""
    held = {trial.name: trial.held for trial in outcome}
    if held["repetitions"] is False or held["methods"] is False or (changing and changing.close):
        return "close"
    if False in held.values():
        return "reservations"
    if None not in held.values():
        return "firm"
    return "untold" if True in held.values() else None
