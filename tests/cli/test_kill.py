"""The server is killed again and again while people vote: what was acknowledged is there, once."""

from __future__ import annotations

import http.client
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from sqlalchemy import select

from consulta.checks import service as checks
from consulta.infra import database as db
from consulta.infra.models import Ballot, CurrentBallot, Seat
from consulta.infra.work import COMMAND
from tests.depth import quick
from tests.factories import moment
from tests.polling import open_round
from tests.servers import PATIENCE, Server

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.settings import Settings
    from consulta.infra.work import Bench
    from tests.polling import Voter

KILLS = 2 if quick() else 10
VOTERS = 4
_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')


@dataclass
class Hand:
    """Somebody who votes and votes again, and sends a form anew when no answer comes."""

    server: Server
    voter: Voter
    acknowledged: list[tuple[int, str, str]] = field(default_factory=list)  # version, theme, form's key
    cookie: str = ""
    token: str = ""

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(data) if data else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            if cookie := answer.getheader("Set-Cookie"):
                self.cookie = cookie.partition(";")[0]
            return answer.status, answer.getheader("Location", ""), body
        finally:
            connection.close()

    def insistently(self, act: Callable[[], None], stop: threading.Event) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                act()
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, "no answer for too long"
                stop.wait(0.02)
            else:
                return

    def enter(self) -> None:
        status, _, _ = self.ask("POST", f"/es/v/{self.voter.token}")
        assert status == 303
        _, _, page = self.ask("GET", "/es/ballot/2027-1")
        found = _TOKEN.search(page)
        assert found
        self.token = found[1]

    def vote(self, number: int) -> None:
        theme, key = f"t{number % 6 + 1}", f"form-{self.voter.seat}-{number}"
        seen = str(self.acknowledged[-1][0]) if self.acknowledged else "0"
        form = {"csrf_token": self.token, "key": key, "confirm": "y", f"place-{theme}": "1", "seen": seen}
        status, location, _ = self.ask("POST", "/es/ballot/2027-1/cast", form)
        assert status == 303
        assert "version=" in location, location
        self.acknowledged.append((int(location.partition("version=")[2]), theme, key))

    def go_on(self, stop: threading.Event) -> None:
        self.insistently(self.enter, stop)
        number = 0
        while not stop.is_set():
            number += 1
            self.insistently(partial(self.vote, number), stop)


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
    hands = [Hand(server, voter) for voter in open_round(bench, seats=VOTERS)]
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

    assert db.integrity(bench.engine) == []
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []
        rows = work.session.execute(
            select(Seat.key, Ballot.version, Ballot.ranking, Ballot.idempotency_key).join(
                Ballot, Ballot.seat_id == Seat.id
            )
        ).all()
        counting = work.session.execute(
            select(Seat.key, Ballot.version)
            .join(CurrentBallot, CurrentBallot.seat_id == Seat.id)
            .join(Ballot, Ballot.id == CurrentBallot.ballot_id)
        ).all()
    kept = {(seat, version): (ranking, key) for seat, version, ranking, key in rows}
    for hand in hands:
        assert hand.acknowledged
        for version, theme, key in hand.acknowledged:
            assert kept[hand.voter.seat, version] == ([[theme]], key)
        # A form that was sent anew made no second version, and the last acknowledged one counts.
        versions = sorted(version for seat, version in kept if seat == hand.voter.seat)
        assert versions == list(range(1, len(hand.acknowledged) + 1))
        last, _, _ = hand.acknowledged[-1]
        assert [version for seat, version in counting if seat == hand.voter.seat] == [last]
