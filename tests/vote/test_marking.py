"""How many votes mark people for the panel: told on three pages, and nothing of a single vote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from consulta.vote import marking
from consulta.vote import service as voting
from consulta.vote.values import Marking
from tests.cases import for_each
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.work import Bench
    from tests.benches import Visitor

KEY, PAGES = "2027-1", "/en/secretariat/rounds/2027-1"
FEW = "Fewer than 10 of the first 10 votes mark people for the panel."
SOME = "At least 10 of the first 20 votes mark people for the panel."


def votes(*marks: bool, again: Sequence[tuple[int, bool]] = ()) -> list[tuple[int, datetime, bool]]:
    """Votes that came one after the other, and then changes of some."""
    every = [*enumerate(marks), *again]
    return [(seat, moment() + timedelta(minutes=place), each) for place, (seat, each) in enumerate(every)]


@for_each(
    "marked, of, told",
    [
        (0, 9, None),
        (0, 10, Marking(0, 10, 10)),
        (10, 10, Marking(0, 10, 10)),  # all of them: it would tell what is in each
        (12, 20, Marking(10, 20, 10)),
        (20, 20, Marking(10, 20, 10)),
        (29, 39, Marking(20, 30, 10)),
        (0, 42, Marking(0, 40, 10)),
    ],
)
def test_the_number_moves_in_steps(marked: int, of: int, told: Marking | None) -> None:
    assert marking.of_votes(votes(*[True] * marked, *[False] * (of - marked)), 5) == told


def test_where_larger_groups_are_small_the_steps_are_larger() -> None:
    assert marking.of_votes(votes(*[True] * 20), 12) is None
    assert marking.of_votes(votes(*[True] * 30), 12) == Marking(0, 24, 24)


@given(st.lists(st.booleans(), max_size=60), st.integers(0, 59), st.integers(0, 12), st.data())
def test_no_vote_can_be_read_from_the_number(
    marks: list[bool], at: int, least: int, data: st.DataObject
) -> None:
    """It moves in whole steps alone, and a vote that is changed later moves nothing."""
    told = marking.of_votes(votes(*marks), least)
    if told is None:
        assert len(marks) < max(10, 2 * least)
        return
    first = marks[: told.votes]
    assert told.some % told.step == told.votes % told.step == 0
    assert told.some <= min(sum(first), told.votes - max(least, 1)) < told.some + told.step
    more = data.draw(st.lists(st.booleans(), max_size=told.step - 1 - len(marks) % told.step))
    assert marking.of_votes(votes(*marks, *more), least) == told, "further votes move it only in whole steps"
    changed = [(at % len(marks), not marks[at % len(marks)])]
    late = votes(*marks, again=changed)
    assert marking.of_votes(late, least) == told, "a vote changed later moves nothing"


def vote(bench: Bench, marks: Sequence[bool]) -> None:
    """Vote, each from a seat of its own; some mark a person."""
    for number, (voter, does) in enumerate(
        zip(open_round(bench, seats=len(marks), nominees=2), marks, strict=True)
    ):
        with bench.work(voter.actor, moment() + timedelta(minutes=number)) as work:
            voting.cast(work, KEY, Entries({"t1": 1}, (), ("n01",) if does else ()), "form-1")


def test_three_pages_say_how_many_votes_mark_people(bench: Bench, staff_visitor: Visitor) -> None:
    vote(bench, [False] * 12)
    for page in ("/participation", "", "/close"):
        assert FEW in staff_visitor.get(PAGES + page).text
    assert "the draw decides among panels" in staff_visitor.get(f"{PAGES}/close").text


def test_what_is_marked_by_many_warns_of_nothing(bench: Bench, staff_visitor: Visitor) -> None:
    vote(bench, [True] * 15 + [False] * 6)
    for page in ("/participation", "", "/close"):
        assert SOME in staff_visitor.get(PAGES + page).text
    assert "the draw decides among panels" not in staff_visitor.get(f"{PAGES}/close").text


@pytest.mark.parametrize("without", ["people", "endorsements"])
def test_a_ballot_without_people_says_nothing_of_them(
    bench: Bench, staff_visitor: Visitor, without: str
) -> None:
    open_round(bench, seats=1, nominees=0 if without == "people" else 2)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        if without == "endorsements":
            found.rules = {**found.rules, "max_endorsements": 0}
        assert marking.of_round(work, found, 5) is None
    for page in ("/participation", "", "/close"):
        assert "mark people for the panel" not in staff_visitor.get(PAGES + page).text
