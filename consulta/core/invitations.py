"""The states of an invitation to the panel, and the moves allowed between them.

The module decides which state may follow which, and what each state means for a seat on the panel. It
does not know who makes a move, by which link, or how people are told of it.
"""

from collections.abc import Mapping
from enum import StrEnum

from consulta.core.problems import Problem


class Invited(StrEnum):
    """Where an invitation stands."""

    PROPOSED = "proposed"
    INVITED = "invited"
    OPENED = "opened"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    REPLACED = "replaced"
    ATTENDED = "attended"


_ANSWERS = (Invited.ACCEPTED, Invited.DECLINED)
_ASKED = (*_ANSWERS, Invited.NO_ANSWER, Invited.REPLACED, Invited.ATTENDED)

MOVES: Mapping[Invited, tuple[Invited, ...]] = {
    Invited.PROPOSED: (Invited.INVITED, *_ANSWERS, Invited.REPLACED),
    Invited.INVITED: (Invited.OPENED, *_ASKED),
    Invited.OPENED: _ASKED,
    Invited.ACCEPTED: (Invited.DECLINED, Invited.REPLACED, Invited.ATTENDED),
    Invited.DECLINED: (Invited.ACCEPTED, Invited.REPLACED),
    Invited.NO_ANSWER: (*_ANSWERS, Invited.REPLACED, Invited.ATTENDED),
    Invited.REPLACED: (Invited.PROPOSED,),
    Invited.ATTENDED: (),
}
"""From each state, the states it may move to.

People change their minds, so an answer may be followed by the other one. Who was replaced has no way back of
their own: only a new decision about the panel proposes them again.
"""

WAITING = frozenset({Invited.INVITED, Invited.OPENED, Invited.NO_ANSWER})
"""Asked, and has not said yes or no."""

COMING = frozenset({Invited.ACCEPTED, Invited.ATTENDED})
"""Holds the seat."""

ANSWERABLE = frozenset({*WAITING, *_ANSWERS})
"""May say yes or no by the link, as long as the session is to come."""


def move(now: Invited, wanted: Invited) -> Invited:
    """Return the state an invitation arrives at, or refuse the move with `invitation.move`."""
    if wanted not in MOVES[now]:
        raise Problem("invitation.move", was=f"invited.{now.value}", wished=f"invited.{wanted.value}")
    return wanted
