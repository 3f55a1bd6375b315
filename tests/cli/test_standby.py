"""The database is lost in the middle of a vote, and its standby takes over: no acknowledged vote is lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.infra import database as db
from consulta.infra.work import Bench
from tests.killing import Hand, amiss
from tests.polling import open_round
from tests.postgres import running_pair
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.settings import Settings
    from tests.postgres import Pair

VOTERS = 3
PAUSE = 1.0  # seconds without a database that takes votes


def _until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.01)


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
