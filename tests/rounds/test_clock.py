"""A clock that jumps, ahead and back, by a minute or more: noted, and nothing is undone or lost (RL-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.platform import door
from consulta.platform.models import Ballot, LogEntry
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import checks
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from tests.drafts import KEY, NOW, actions, reading, state, writing
from tests.platform.mailer.desk import Clock, messages, open_round, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from consulta.vote.values import CastBallot, Late

END = NOW.replace(month=3, day=5, hour=22)


def tokens(bench: Bench) -> list[str]:
    return [str(message.token) for message in messages(bench)]


def vote(bench: Bench, token: str, now: datetime) -> CastBallot | Late:
    with bench.work(ANONYMOUS, now) as work:
        entrance = door.enter(work, "v", token)
    assert entrance is not None
    with bench.work(entrance.actor, now) as work:
        return voting.cast(work, KEY, Entries({"tema_numero_1": 1}), token)


def took(answer: CastBallot | Late) -> bool:
    return getattr(answer, "version", 0) == 1


@pytest.mark.deep
@pytest.mark.parametrize("jump", [timedelta(minutes=1), timedelta(hours=2), timedelta(days=30)])
def test_set_back_after_the_closing_opens_nothing_again(
    bench: Bench, settings: Settings, jump: timedelta
) -> None:
    open_round(bench, 2)
    first, second = tokens(bench)
    assert took(vote(bench, first, END - timedelta(seconds=1)))
    clock = Clock(END)
    with worker_at(bench, settings, clock=clock) as worker:
        worker.look()
        assert state(bench) == "closed"
        clock.now -= jump
        worker.look()
        worker.look()
    assert state(bench) == "closed"
    assert not took(vote(bench, second, END - jump))
    assert actions(bench).count("clock.back") == 1
    assert actions(bench).count("rounds.closed") == actions(bench).count("rounds.counted") == 1


def test_set_back_by_less_than_a_minute_is_what_two_machines_may_differ_by(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 1)
    with worker_at(bench, settings, clock=Clock(NOW - timedelta(seconds=59))) as worker:
        worker.look()
    assert "clock.back" not in actions(bench)


@pytest.mark.deep
def test_set_back_between_the_end_and_the_look_of_the_worker(bench: Bench, settings: Settings) -> None:
    """Nobody closed the round yet: the corrected clock decides, once, and what it takes is counted."""
    open_round(bench, 3)
    one, two, three = tokens(bench)
    assert took(vote(bench, one, END - timedelta(minutes=10)))
    assert not took(vote(bench, two, END + timedelta(seconds=1)))
    clock = Clock(END - timedelta(minutes=4))
    with worker_at(bench, settings, clock=clock) as worker:
        worker.look()
        assert state(bench) == "open"
        assert took(vote(bench, two, clock.now)), "a person who was told that it is over is let in again"
        clock.now = END
        worker.look()
        assert not took(vote(bench, three, END))
    assert state(bench) == "closed"
    assert actions(bench).count("clock.back") == 1
    assert actions(bench).count("rounds.closed") == 1
    with reading(bench) as work:
        assert len(results.assemble(work, KEY).ballots) == 2
        assert checks.faults(work) == []


def test_a_round_closed_by_hand_after_the_clock_was_set_back_still_verifies(
    bench: Bench, settings: Settings
) -> None:
    """Its last vote seems to be of later: the count waits until the clock has come so far."""
    open_round(bench, 1)
    (token,) = tokens(bench)
    assert took(vote(bench, token, NOW + timedelta(hours=3)))
    with writing(bench, NOW + timedelta(hours=1)) as work:
        rounds.close_round(work, KEY, "Reloj corregido")
        assert not results.count_after_closing(work, KEY)
    clock = Clock(NOW + timedelta(hours=1))
    with worker_at(bench, settings, clock=clock) as worker:
        worker.look()
        assert "rounds.counted" not in actions(bench)
        clock.forward(hours=2)
        worker.look()
    with reading(bench, clock.now) as work:
        counted = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.counted")).one()
        last = work.session.scalars(select(Ballot.cast_at)).one()
        assert counted.at >= last.isoformat(timespec="microseconds")
        assert checks.faults(work) == []


@pytest.mark.deep
def test_mail_that_was_put_off_in_the_future_waits_no_longer_than_any(
    bench: Bench, settings: Settings
) -> None:
    """A clock that was a month ahead when a server put mail off: once it is right, the mail goes."""
    open_round(bench, 2)
    clock = Clock(NOW + timedelta(days=30))
    grey = Box(data=lambda _, number: "451 4.7.1 later" if number == 1 else None)
    with mail_server(grey) as (box, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
        assert {m.state for m in messages(bench)} == {"queued"}
        clock.now = NOW
        for _ in range(6):
            worker.look()
            clock.forward(hours=1)
    assert sorted(box.addresses) == ["c1.1@example.org", "c2.1@example.org"]
    assert {m.state for m in messages(bench)} == {"sent"}


@pytest.mark.deep
def test_a_leap_ahead_loses_no_mail_and_sends_none_twice(bench: Bench, settings: Settings) -> None:
    open_round(bench, 3)
    clock = Clock()
    with mail_server() as (box, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
        clock.forward(days=2)
        worker.look()
        clock.forward(days=-2)
        worker.look()
    assert len(box.addresses) == len(set(box.addresses)) == 3
    with bench.read(COMMAND, NOW) as work:
        assert checks.faults(work) == []
