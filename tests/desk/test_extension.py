"""The end of voting moves forward, in the open: what may be, what the log says, what goes on meanwhile."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import undefer

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import moves
from consulta.platform.models import LogEntry, Message, Round
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from consulta.results import checks
from consulta.rounds import public_rounds
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from consulta.vote.values import CastBallot, Late
from tests.cases import for_each
from tests.drafts import KEY, NOW, make_draft, make_open

PROMISED = datetime(2027, 3, 5, 22, 0, tzinfo=UTC)
LATER = datetime(2027, 3, 12, 22, 0, tzinfo=UTC)
WHY = "Dos países quedaron sin electricidad"


def move(
    bench: Bench,
    local: str = "2027-03-12T17:00",
    reason: str = WHY,
    now: datetime = NOW,
    actor: Actor = COMMAND,
) -> tuple[Problem, ...]:
    with bench.work(actor, now) as work:
        return moves.move_deadline(work, KEY, local, reason)


def stored(bench: Bench) -> Round:
    with bench.read(ANONYMOUS, NOW) as work:
        found = work.session.scalars(select(Round).options(undefer(Round.frozen))).one()
        work.session.expunge_all()
    return found


def test_it_moves_forward_and_the_promise_stays_known(either: Bench) -> None:
    make_open(either)
    frozen = stored(either).frozen
    assert move(either) == ()
    found = stored(either)
    assert (found.closes_at, found.closes_local) == (LATER, "2027-03-12T17:00")
    assert found.promised_at == PROMISED
    assert found.frozen == frozen, "what the opening froze is not touched"
    move(either, "2027-03-15T12:00", "Otra vez", NOW + timedelta(days=33))
    assert stored(either).promised_at == PROMISED, "the first promise, not the last"
    with either.read(ANONYMOUS, NOW) as work:
        told = public_rounds.round_page(work, KEY).moves
        assert checks.faults(work) == []
    assert [(each.before, each.after, each.reason) for each in told] == [
        (PROMISED, LATER, WHY),
        (LATER, datetime(2027, 3, 15, 17, 0, tzinfo=UTC), "Otra vez"),
    ]
    assert told[0].at == NOW


def test_the_log_tells_before_after_and_why(bench: Bench) -> None:
    make_open(bench)
    move(bench, reason="  Dos  países \n sin electricidad ")
    with bench.read(ANONYMOUS, NOW) as work:
        details = work.session.scalars(
            select(LogEntry.details).where(LogEntry.action == "rounds.extended")
        ).one()
    assert json.loads(details) == {
        "before": "2027-03-05T22:00:00Z",
        "after": "2027-03-12T22:00:00Z",
        "reason": "Dos países sin electricidad",
    }


@for_each(
    "local, reason, code",
    [
        ("2027-03-05T17:00", WHY, "deadline.earlier"),
        ("2027-03-05T16:59", WHY, "deadline.earlier"),
        ("2027-05-03T10:01", WHY, "deadline.far"),
        ("2072-03-05T17:00", WHY, "deadline.far"),
        ("2027-03-12", WHY, "deadline.form"),
        ("", WHY, "deadline.form"),
        ("2027-03-12T17:00", " \n", "round.reason"),
    ],
    fresh=True,
)
def test_what_is_no_extension_changes_nothing(bench: Bench, local: Any, reason: Any, code: Any) -> None:
    make_open(bench)
    with pytest.raises(Problem) as refused:
        move(bench, local, reason)
    assert refused.value.code == code
    found = stored(bench)
    assert (found.closes_at, found.promised_at) == (PROMISED, None)


def test_as_far_as_links_last(bench: Bench) -> None:
    make_open(bench)
    move(bench, "2027-05-02T10:00")
    assert stored(bench).closes_at == NOW + timedelta(days=90)


def test_an_end_that_has_passed_stays(bench: Bench) -> None:
    """Also where the clock is set back afterwards and the round was closed: nothing opens a vote again."""
    make_open(bench)
    for now in (PROMISED, PROMISED + timedelta(minutes=1)):
        with pytest.raises(Problem, match=r"deadline\.over"):
            move(bench, now=now)
    with bench.work(COMMAND, PROMISED) as work:
        rounds.close_round(work, KEY)
    with pytest.raises(Problem, match=r"round\.not_open"):
        move(bench, now=PROMISED - timedelta(hours=2))


def test_the_page_that_asks_for_it_is_only_there_while_voting_runs(bench: Bench) -> None:
    make_open(bench)
    for now, code in ((PROMISED - timedelta(seconds=1), ""), (PROMISED, "deadline.over")):
        with bench.read(COMMAND, now) as work:
            if code:
                with pytest.raises(Problem, match=r"deadline\.over"):
                    moves.movable(work, KEY)
            else:
                assert moves.movable(work, KEY).closes_at == PROMISED


def test_a_draft_has_no_end_to_move(bench: Bench) -> None:
    make_draft(bench)
    with pytest.raises(Problem, match=r"round\.not_open"):
        move(bench)


@for_each("role", ["anonymous", "voter", "scrutineer"], fresh=True)
def test_only_the_secretariat_may(bench: Bench, role: Any) -> None:
    make_open(bench)
    with pytest.raises(Problem, match=r"access\.denied"):
        move(bench, actor=Actor(role, 1, seat_id=1))  # type: ignore[arg-type]  # each is a role


def test_an_odd_hour_is_remarked(bench: Bench) -> None:
    make_open(bench)
    assert [problem.code for problem in move(bench, "2027-03-12T23:30")] == ["deadline.hour"]


def test_everybody_who_may_vote_is_told_once_a_move(bench: Bench) -> None:
    make_open(bench)
    move(bench)
    move(bench, "2027-03-15T12:00")
    with bench.read(ANONYMOUS, NOW) as work:
        told = work.session.scalars(select(Message.once).where(Message.kind == "extension")).all()
    assert len(told) == len(set(told)) == 2 * 3


def test_a_ballot_that_is_open_meanwhile_can_still_be_sent(bench: Bench) -> None:
    """Seen before the move, sent after the first end: it counts. After the second end it is late."""
    make_open(bench)
    with bench.read(ANONYMOUS, NOW) as work:
        seat = work.session.scalars(select(Round)).one().seats[0]
        voter = Actor("voter", seat.organisation.contacts[0].id, seat_id=seat.id)
    with bench.read(voter, PROMISED - timedelta(hours=1)) as work:
        seen = voting.ballot(work, KEY)
    move(bench, now=PROMISED - timedelta(minutes=30))
    entries = Entries({seen.paper.themes[0]: 1})
    with bench.work(voter, PROMISED + timedelta(hours=1)) as work:
        cast = voting.cast(work, KEY, entries, "form-1")
    assert isinstance(cast, CastBallot)
    with bench.read(voter, PROMISED + timedelta(hours=1)) as work:
        now_seen = voting.ballot(work, KEY)
    assert (now_seen.closes_at, now_seen.promised_at) == (LATER, PROMISED)
    with bench.work(voter, LATER) as work:
        assert isinstance(voting.cast(work, KEY, Entries({seen.paper.themes[1]: 1}), "form-2"), Late)


def test_closing_before_the_new_end_needs_a_reason(bench: Bench) -> None:
    make_open(bench)
    move(bench)
    with pytest.raises(Problem, match=r"round\.reason"), bench.work(COMMAND, PROMISED) as work:
        rounds.close_round(work, KEY)


def test_an_end_moved_behind_the_logs_back_is_found(bench: Bench) -> None:
    make_open(bench)
    with bench.work(COMMAND, NOW) as work:
        found = work.session.scalars(select(Round)).one()
        found.closes_at = LATER
    with bench.read(COMMAND, NOW) as work:
        assert [fault for fault in checks.faults(work) if "deadline" in fault] != []
