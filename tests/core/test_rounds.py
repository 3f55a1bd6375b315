"""States of a round: every move, allowed or refused."""

import pytest

from consulta.core import rounds
from consulta.core.problems import Problem
from consulta.core.rounds import State
from tests.cases import for_each

ALLOWED = {
    (State.DRAFT, State.OPEN),
    (State.DRAFT, State.CANCELLED),
    (State.OPEN, State.CLOSED),
    (State.OPEN, State.CANCELLED),
    (State.CLOSED, State.PUBLISHED),
    (State.CLOSED, State.CANCELLED),
}


@for_each("now", State)
@for_each("wanted", State)
def test_moves(now, wanted):
    if (now, wanted) in ALLOWED:
        assert rounds.move(now, wanted) is wanted
    else:
        with pytest.raises(Problem) as caught:
            rounds.move(now, wanted)
        there = now is wanted
        assert caught.value.params == {"now": now.value} | ({} if there else {"wanted": wanted.value})
        assert caught.value.code == ("round.already" if there else "round.move")


@for_each("now", State)
def test_only_a_closed_round_is_opened_again(now):
    if now is State.CLOSED:
        assert rounds.reopened(now) is State.OPEN
    else:
        with pytest.raises(Problem, match=r"reopen\.state"):
            rounds.reopened(now)


def test_what_a_state_means():
    assert [state for state in State if rounds.accepts_ballots(state)] == [State.OPEN]
    assert [state for state in State if rounds.accepts_edits(state)] == [State.DRAFT]
    assert [state for state in State if rounds.has_result(state)] == [State.CLOSED, State.PUBLISHED]
