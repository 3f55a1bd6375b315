"""Which state of an invitation may follow which, move by move, and what each means for the seat."""

from __future__ import annotations

from itertools import product

import pytest

from consulta.core.invitations import ANSWERABLE, COMING, WAITING, Invited, move
from consulta.core.problems import Problem

STATES = ("proposed", "invited", "opened", "accepted", "declined", "no_answer", "replaced", "attended")
FOLLOWS = {
    "proposed": "invited accepted declined replaced",
    "invited": "opened accepted declined no_answer replaced attended",
    "opened": "accepted declined no_answer replaced attended",
    "accepted": "declined replaced attended",
    "declined": "accepted replaced",
    "no_answer": "accepted declined replaced attended",
    "replaced": "proposed",
    "attended": "",
}


def test_each_move_is_allowed_or_refused_as_the_table_says() -> None:
    assert tuple(each.value for each in Invited) == STATES
    for now, wanted in product(STATES, STATES):
        if wanted in FOLLOWS[now].split():
            assert move(Invited(now), Invited(wanted)) is Invited(wanted)
        else:
            with pytest.raises(Problem) as caught:
                move(Invited(now), Invited(wanted))
            assert caught.value.code == "invitation.move"
            assert caught.value.params == {"was": f"invited.{now}", "wished": f"invited.{wanted}"}


def test_who_waits_who_comes_and_who_may_answer() -> None:
    assert {"invited", "opened", "no_answer"} == WAITING
    assert {"accepted", "attended"} == COMING
    assert {"invited", "opened", "no_answer", "accepted", "declined"} == ANSWERABLE
