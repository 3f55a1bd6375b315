"""Pages and worker on two machines whose clocks differ by ten minutes, around the end of the voting."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.desk import planning, reminders
from consulta.operations import monitoring
from consulta.platform import deadlines
from consulta.platform.models import Ballot, Head, LogEntry, Message, Round
from consulta.platform.settings import BackupSettings
from consulta.platform.work import COMMAND, WORKER
from consulta.rounds import witnesses
from consulta.vote import service as voting
from consulta.vote.values import CastBallot
from tests.drafts import NOW, do, make_draft
from tests.factories import build_organisation, moment
from tests.platform.mailer.desk import Clock, worker_at
from tests.polling import change_round, faults, open_round

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor
    from tests.polling import Voter

KEY = "2027-1"
APART = timedelta(minutes=10)
ROOM = 10**12
MOST = 12  # votes of one who votes without a pause


def noon() -> datetime:
    """Return the noon that is at least a day away: no day begins near it."""
    return (moment() + timedelta(days=2)).replace(hour=12, minute=0, second=0, microsecond=0)


def opened(bench: Bench, seats: int = 2) -> tuple[list[Voter], datetime]:
    voters, end = open_round(bench, seats=seats), noon()
    change_round(bench, closes_at=end, closes_at_promised=end)
    return voters, end


def vote(bench: Bench, voter: Voter, at: datetime, number: int = 0) -> bool:
    """Send another ranking than the one before, and return whether it was acknowledged."""
    with bench.work(voter.actor, at) as work:
        cast = voting.cast(work, KEY, Entries({f"t{number % 6 + 1}": 1}), f"k{number}")
        return isinstance(cast, CastBallot)


def state(bench: Bench, at: datetime) -> str:
    with bench.read(COMMAND, at) as work:
        return work.session.scalars(select(Round.state)).one()


@pytest.mark.deep
@pytest.mark.parametrize("slow", ["pages", "worker"])
def test_whichever_is_slow_no_vote_is_taken_after_the_closing(
    either: Bench, settings: Settings, slow: str
) -> None:
    """Of the two the one that sees the end first decides; votes of before count, and the round verifies."""
    (first, second), end = opened(either)
    assert vote(either, first, end - timedelta(minutes=30))
    pages = end - APART if slow == "pages" else end
    clock = Clock(end if slow == "pages" else end - APART)
    with worker_at(either, settings, clock=clock) as worker:
        worker.look()
        assert (state(either, pages) == "closed") == (slow == "pages")
        assert not vote(either, second, pages), "acknowledged after the end"
        clock.forward(minutes=10)
        worker.look()
        assert state(either, pages) == "closed"
        clock.forward(minutes=10)
        worker.look()
    with either.read(COMMAND, clock.now) as work:
        assert len(work.session.scalars(select(Ballot.id)).all()) == 1
        assert work.session.scalars(select(Round.closed_at)).one() >= end
        assert "rounds.counted" in work.session.scalars(select(LogEntry.action)).all()
        assert faults(work) == []


@pytest.mark.deep
def test_pages_that_are_slow_acknowledge_nothing_while_the_worker_closes(either: Bench) -> None:
    """In the log no vote stands behind the closing, and none that was acknowledged is missing."""
    voters, end = opened(either, seats=3)
    acknowledged: list[tuple[int, int]] = []
    begun = threading.Barrier(len(voters) + 1, timeout=60)

    def go_on(voter: Voter) -> None:
        number = 0
        while number < MOST and vote(either, voter, end - APART, number):
            acknowledged.append((voter.seat_id, number))
            number += 1
            if number == 1:
                begun.wait()

    with ThreadPoolExecutor(len(voters)) as pool:
        voting_now = [pool.submit(go_on, voter) for voter in voters]
        begun.wait()
        with either.work(WORKER, end) as work:
            assert planning.close_as_promised(work, KEY)
        for each in voting_now:
            each.result(timeout=60)
    with either.read(COMMAND, end) as work:
        actions = list(work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)))
        ballots = work.session.scalars(select(Ballot.id)).all()
        assert faults(work) == []
    assert len(ballots) == len(acknowledged) == actions.count("ballot.cast")
    assert "ballot.cast" not in actions[actions.index("rounds.closed") :]


def test_a_worker_that_is_ahead_closes_no_round_before_its_end_by_the_database(
    either: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    (voter, _), end = opened(either)
    clock = Clock(end)
    with worker_at(either, settings, clock=clock) as worker:
        worker.running.apart = lambda _: -int(APART.total_seconds())
        worker.look()
        assert state(either, end) == "open"
        assert "clock.ahead seconds=600" in caplog.text
        assert vote(either, voter, end - APART)
        clock.forward(minutes=10)
        worker.look()
    assert state(either, clock.now) == "closed"


def test_a_worker_that_is_ahead_opens_no_round_before_its_hour_by_the_database(
    either: Bench, settings: Settings
) -> None:
    """What was announced for an hour is there at that hour, and not ten minutes before."""
    with either.work(COMMAND, NOW) as work:
        for number in (1, 2):
            build_organisation(work.session, f"Red {number:03d}", email=f"c{number}@example.org")
    make_draft(either)
    hour = datetime(2027, 2, 3, 17, tzinfo=UTC)
    do(either, planning.plan_opening, KEY, deadlines.local(hour, "America/Panama"))
    clock = Clock(hour + timedelta(seconds=1))
    with worker_at(either, settings, clock=clock) as worker:
        worker.running.apart = lambda _: -int(APART.total_seconds())
        worker.look()
        assert state(either, hour) == "draft"
        clock.forward(minutes=10)
        worker.look()
    assert state(either, clock.now) == "open"


@pytest.mark.deep
def test_two_clocks_that_differ_are_told_in_the_log_once_an_hour_and_not_with_each_vote(
    either: Bench, settings: Settings
) -> None:
    """Each vote by pages that are ahead looks as if the worker's clock had been set back just then."""
    (voter, _), end = opened(either)
    clock = Clock(end - timedelta(hours=3))
    with worker_at(either, settings, clock=clock) as worker:
        for number in range(14):
            assert vote(either, voter, clock.now + APART, number)
            worker.look()
            clock.forward(minutes=5)

    def told() -> list[int]:
        with either.read(COMMAND, end) as work:
            rows = work.session.scalars(select(LogEntry.details).where(LogEntry.action == "clock.back"))
            return [json.loads(each)["seconds"] for each in rows]

    assert [abs(each - 600) <= 60 for each in told()] == [True, True]
    with worker_at(either, settings, clock=clock) as worker:
        assert vote(either, voter, clock.now + 2 * APART, 14)
        worker.look()
    assert len(told()) == 3, "it is more than was told"


def test_clocks_that_differ_are_a_warning(
    either: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clock of PostgreSQL's machine, or a sign of life of a worker from the future."""
    now = moment()
    is_apart = either.engine.dialect.name == "postgresql"
    for ahead, told in ((timedelta(), 0), (APART, 600), (-APART, -600)):
        with either.work(COMMAND, now - ahead) as work:
            found = monitoring.report(work, ROOM, BackupSettings())
        assert found.state == ("warning" if told and is_apart else "ok")
        assert abs(found.clock - (told if is_apart else 0)) <= 30
    monkeypatch.setattr("consulta.operations.monitoring.clock", lambda _: None)
    with worker_at(either, settings, clock=Clock(now + APART)) as worker:
        worker.look()
    with either.work(COMMAND, now) as work:
        assert (found := monitoring.report(work, ROOM, BackupSettings())).state == "warning"
        assert found.clock == 600


def test_clocks_that_differ_are_told_at_the_desk(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    words = "Los relojes de las máquinas de este sitio difieren en 10 minutos"
    assert words not in staff_visitor.get("/es/secretariat/").text
    with bench.work(COMMAND, moment()) as work:
        monitoring.keep_beat(work.session, moment() + APART + timedelta(seconds=20))
    assert words in staff_visitor.get("/es/secretariat/").text


@pytest.mark.deep
def test_two_workers_twenty_minutes_apart_do_everything_once(bench: Bench, settings: Settings) -> None:
    """An opening, mails, a reminder, hourly heads and the closing: nothing twice, nothing left out."""
    with bench.work(COMMAND, NOW) as work:
        for number in (1, 2):
            build_organisation(work.session, f"Red {number:03d}", email=f"c{number}@example.org")
        witnesses.make_first(work, settings)
    make_draft(bench, closes_local="2027-02-02T17:00")
    with bench.work(COMMAND, NOW) as work:
        planning.plan_opening(work, KEY, "2027-02-02T09:00")
        reminders.plan_reminder(work, KEY, "2027-02-02T13:00")
    start, clocks = datetime(2027, 2, 2, 13, 30, tzinfo=UTC), (Clock(), Clock())
    with (
        worker_at(bench, settings, clock=clocks[0]) as ahead,
        worker_at(bench, settings, clock=clocks[1]) as behind,
    ):
        for minutes in range(0, 600, 20):
            clocks[0].now = start + timedelta(minutes=minutes) + APART
            clocks[1].now = start + timedelta(minutes=minutes) - APART
            for worker in (ahead, behind) if minutes % 40 else (behind, ahead):
                worker.look()
    with bench.read(COMMAND, start + timedelta(hours=11)) as work:
        actions = list(work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)))
        mails = work.session.execute(select(Message.kind, Message.contact_id, Message.state)).all()
        hourly = list(
            work.session.scalars(select(Head.at).where(Head.reason == "hourly").order_by(Head.size))
        )
        assert faults(work) == []
    for act in ("rounds.opened", "reminders.sent", "rounds.closed"):
        assert actions.count(act) == 1, act
    sent = [(kind, contact) for kind, contact, state in mails if state == "sent"]
    assert len(sent) == len(set(sent)), "each mail once"
    assert {kind for kind, _ in sent} >= {"invitation", "reminder", "closing"}
    assert len([contact for kind, contact in sent if kind == "invitation"]) == 2
    assert 6 <= len(hourly) <= 9, "of eight open hours"
