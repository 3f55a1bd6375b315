"""The server is killed again and again while people vote: what was acknowledged is there, once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.deep import DEEP
from tests.killing import Hand, amiss
from tests.polling import open_round
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

KILLS = 10 if DEEP else 2  # a thousand: `python -m bench.kills`
VOTERS = 4


def kill_again_and_again(server: Server, hands: list[Hand]) -> None:
    def heard() -> int:
        return sum(len(hand.acknowledged) for hand in hands)

    for turn in range(KILLS):
        server.start()
        before, deadline = heard(), time.monotonic() + PATIENCE
        # In the middle of the work, each time at another moment of it.
        while heard() < before + VOTERS + turn:
            assert time.monotonic() < deadline, "nobody can vote"
            time.sleep(0.003)
        server.kill()
    server.start()


@pytest.mark.slow
def test_no_acknowledged_vote_is_lost_when_the_server_is_killed(settings: Settings, bench: Bench) -> None:
    server, stop = Server(settings), threading.Event()
    hands = [Hand(server.port, voter) for voter in open_round(bench, seats=VOTERS)]
    bench.engine.dispose()
    with ThreadPoolExecutor(VOTERS) as pool:
        voting = [pool.submit(hand.go_on, stop) for hand in hands]
        try:
            kill_again_and_again(server, hands)
            stop.set()
            for each in voting:
                each.result(timeout=PATIENCE)
        finally:
            stop.set()
            server.kill()

    assert all(hand.acknowledged for hand in hands)
    assert amiss(bench, hands) == []
