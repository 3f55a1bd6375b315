"""The database is lost in the middle of a vote, and its standby takes over: no acknowledged vote is lost."""

from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg
import pytest

from consulta.operations import monitoring
from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
from tests.factories import moment
from tests.killing import Hand, amiss
from tests.polling import open_round
from tests.postgres import running_pair
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.settings import Settings
    from tests.postgres import Pair

VOTERS = 3
PAUSE = 1.0  # seconds without a database that takes votes


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


@pytest.mark.deep
@pytest.mark.slow
def test_a_standby_takes_over_in_the_middle_of_a_vote(settings: Settings) -> None:
    with running_pair() as pair:
        made = Bench(db.connect(pair.addresses[0]))
        db.upgrade(made.engine)
        voters = open_round(made, seats=VOTERS)
        made.engine.dispose()
        server = Server(replace(settings, database=pair.either))
        hands = [Hand(server.port, voter) for voter in voters]
        server.start()
        try:
            _vote_while_the_first_is_lost(pair, hands)
        finally:
            server.kill()
        bench = Bench(db.connect(pair.addresses[1]))
        assert amiss(bench, hands) == []  # nothing lost, nothing twice
        bench.engine.dispose()


def _vote_while_the_first_is_lost(pair: Pair, hands: list[Hand]) -> None:
    stop = threading.Event()

    def heard() -> int:
        return sum(len(hand.acknowledged) for hand in hands)

    with ThreadPoolExecutor(VOTERS) as pool:
        voting = [pool.submit(hand.go_on, stop) for hand in hands]
        try:
            _until(lambda: heard() >= 2 * VOTERS, "no one can vote")
            pair.lose_first()
            time.sleep(PAUSE)
            before = heard()
            pair.promote_second()
            _until(lambda: heard() >= before + 2 * VOTERS, "no one can vote after the standby took over")
            stop.set()
            for each in voting:
                each.result(timeout=PATIENCE)
        finally:
            stop.set()


@pytest.mark.deep
@pytest.mark.slow
def test_votes_that_wait_for_a_silent_standby_are_told_as_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    short = monitoring.UNCONFIRMED.replace("10 seconds", "50 milliseconds")
    monkeypatch.setattr(monitoring, "UNCONFIRMED", short)
    with running_pair() as pair, ThreadPoolExecutor(1) as pool:
        first = Bench(db.connect(pair.addresses[0]))
        with first.read(COMMAND, moment()) as work:
            assert monitoring.takes_writes(work.session)
        with psycopg.connect(pair.addresses[1], autocommit=True) as standby:
            found = standby.execute("SELECT pid FROM pg_stat_wal_receiver").fetchone()
        assert found
        os.kill(found[0], signal.SIGSTOP)
        waiting = pool.submit(_change, pair.addresses[0])
        try:
            _until(lambda: not _takes_writes(first), "it is not told that changes wait for the standby")
            assert not waiting.done(), "what the standby has not confirmed is not acknowledged"
        finally:
            os.kill(found[0], signal.SIGCONT)
        waiting.result(PATIENCE)
        _until(lambda: _takes_writes(first), "it is told although the standby confirms again")
        first.engine.dispose()


def _takes_writes(bench: Bench) -> bool:
    with bench.read(COMMAND, moment()) as work:
        return monitoring.takes_writes(work.session)


def _change(address: str) -> None:
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE changed (number integer)")
