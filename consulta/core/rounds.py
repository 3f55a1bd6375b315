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
"""From each state, the states it may move to. What was published stays published.

Nothing opens twice, but for a round that was closed by mistake (`reopened`).
"""


def allows(now: State, wanted: State) -> bool:
    """Return whether a round may go from state `now` to state `wanted`."""
    return wanted in MOVES[now]


def move(now: State, wanted: State) -> State:
    """Return the state a round arrives at, or refuse the move with `round.move`.

    Where the round is in that state already, as where two people did the same at once: `round.already`.
    """
    if now is wanted:
        raise Problem("round.already", now=now.value)
    if not allows(now, wanted):
        raise Problem("round.move", now=now.value, wanted=wanted.value)
    return wanted


def reopened(now: State) -> State:
    """Return the state of a round that is opened again; refuse one that is not closed with `reopen.state`."""
    if now is not State.CLOSED:
        raise Problem("reopen.state", now=now.value)
    return State.OPEN


def accepts_ballots(state: State) -> bool:
    """Return whether ballots may be cast."""
    return state is State.OPEN


def accepts_edits(state: State) -> bool:
    """Return whether rules, themes and texts may still change; they are frozen from the opening on."""
    return state is State.DRAFT


def has_result(state: State) -> bool:
    """Return whether there is a result to count.

    There is one only after closing, so that no interim result can exist.
    """
    return state in {State.CLOSED, State.PUBLISHED}
