"""The database is lost in the middle of a vote, and its standby takes over: no acknowledged vote is lost."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.checks import service as checks
from consulta.infra import database as db
from consulta.infra.models import Ballot, Seat
from consulta.infra.work import COMMAND, Bench
from tests.cli.test_kill import Hand
from tests.factories import moment
from tests.polling import open_round
from tests.postgres import running_pair
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.settings import Settings
    from tests.postgres import Pair

VOTERS = 3
PAUSE = 1.0  # seconds without a database that takes votes


@dataclass
class Patient(Hand):
    """A voter who sends the form again where the page says that nothing was recorded."""

    refused: list[int] = field(default_factory=list)

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        status, location, body = super().ask(method, path, data)
        if status >= 400:
            self.refused.append(status)
            raise OSError(status)
        return status, location, body


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
        hands = [Patient(server, voter) for voter in voters]
        server.start()
        try:
            _vote_while_the_first_is_lost(pair, hands)
        finally:
            server.kill()
        kept = _kept(pair.addresses[1])
    acknowledged = {
        (hand.voter.seat, version): ([[theme]], key)
        for hand in hands
        for version, theme, key in hand.acknowledged
    }
    assert kept == acknowledged  # nothing lost, nothing twice
    assert {status for hand in hands for status in hand.refused} <= {503}


def _vote_while_the_first_is_lost(pair: Pair, hands: list[Patient]) -> None:
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


def _kept(address: str) -> dict[tuple[str, int], tuple[list[list[str]], str]]:
    """Return the ballots of a database that holds together, by seat and version."""
    bench = Bench(db.connect(address))
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []
        rows = work.session.execute(
            select(Seat.key, Ballot.version, Ballot.ranking, Ballot.idempotency_key).join(
                Ballot, Ballot.seat_id == Seat.id
            )
        ).all()
    bench.engine.dispose()
    return {(seat, version): (ranking, key) for seat, version, ranking, key in rows}
