"""When a result is called firm: the thresholds, in this one place, and the trials they belong to.

It judges figures that the count has found; it changes no order and no topic. Why these thresholds:
`docs/methods/firmness.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

MARGIN_PERCENT = 5
"""Of the ballots, how many would have to be cast otherwise before the topic loses its lead."""

MARGIN_LEAST = 3
"""The same in ballots, for rounds so small that the percentage is less than a handful."""

REPETITIONS_PERCENT = 80
"""Of the repetitions with ballots drawn anew, how many must choose the same topic."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One way in which a topic might have fallen; `held` is None where the figures are not there."""

    name: str  # margin, left_out, repetitions, methods
    held: bool | None


@dataclass(frozen=True, slots=True)
class Figures:
    """What the count says of the first topic's firmness; None where it says nothing.

    `unreachable`: no number of ballots would do.
    """

    ballots: int
    margin: int | None
    unreachable: bool
    same_without: bool | None  # whichever category is left out
    repetitions: int | None
    same_by_methods: bool | None


def margin_asked(ballots: int) -> int:
    """The smallest margin that a round of so many ballots needs, in ballots."""
    return max(MARGIN_LEAST, -(-ballots * MARGIN_PERCENT // 100))


def trials(figures: Figures) -> tuple[Trial, ...]:
    """Every trial with its outcome, in the order in which a page tells them."""
    margin = None if figures.margin is None else figures.margin >= margin_asked(figures.ballots)
    repetitions = None if figures.repetitions is None else figures.repetitions >= REPETITIONS_PERCENT
    return (
        Trial("margin", True if figures.unreachable else margin),
        Trial("left_out", figures.same_without),
        Trial("repetitions", repetitions),
        Trial("methods", figures.same_by_methods),
    )


def is_firm(outcome: tuple[Trial, ...]) -> bool | None:
    """Whether every trial was stood; None where one was not made and none was lost."""
    if any(trial.held is False for trial in outcome):
        return False
    return True if all(trial.held for trial in outcome) else None
