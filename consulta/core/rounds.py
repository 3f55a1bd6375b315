"""The states of a round and the moves allowed between them.

It decides which state may follow which. It does not know who may make a move, when, or what else it demands
(complete texts, two themes, ballots): that is for the services, which ask here first.
"""

from collections.abc import Mapping
from enum import StrEnum

from consulta.core.problems import Problem


class State(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


MOVES: Mapping[State, tuple[State, ...]] = {
    State.DRAFT: (State.OPEN, State.CANCELLED),
    State.OPEN: (State.CLOSED, State.CANCELLED),
    State.CLOSED: (State.PUBLISHED, State.CANCELLED),
    State.PUBLISHED: (),
    State.CANCELLED: (),
}
"""From each state, the states it may move to. Nothing opens twice, and what was published stays published."""


def allows(now: State, wanted: State) -> bool:
    """Whether a round may go from one state to the other."""
    return wanted in MOVES[now]


def move(now: State, wanted: State) -> State:
    """Return the state a round arrives at, or refuse the move with `round.move`."""
    if not allows(now, wanted):
        raise Problem("round.move", now=now.value, wanted=wanted.value)
    return wanted


def accepts_ballots(state: State) -> bool:
    """Whether ballots may be cast."""
    return state is State.OPEN


def accepts_edits(state: State) -> bool:
    """Whether rules, themes and texts may still change; from opening on they are frozen."""
    return state is State.DRAFT


def has_result(state: State) -> bool:
    """Whether there is something to count: only after closing, so that no interim result can exist."""
    return state in {State.CLOSED, State.PUBLISHED}
