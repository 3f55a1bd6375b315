"""Voters who never give up, for a server that is killed again and again; and what must hold afterwards."""

from __future__ import annotations

import http.client
import os
import re
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import select

from consulta.app import create_app
from consulta.platform import database as db
from consulta.platform.models import Ballot, CurrentBallot, Seat
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND
from consulta.shell.cli.serve import run
from tests.factories import moment
from tests.polling import faults
from tests.servers import PATIENCE

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from consulta.platform.work import Bench
    from tests.polling import Voter

_TOKEN = re.compile(r'name="csrf_token"[^>]*?value="([^"]+)"')
PAUSE = 0.05  # seconds until a form is sent anew
_BUSY = 503  # nothing was recorded, and the page says so


@dataclass
class Hand:
    """One who votes and votes again, and sends a form anew when no answer comes."""

    port: int
    voter: Voter
    acknowledged: list[tuple[int, str, str]] = field(default_factory=list)  # version, theme, form's key
    again: int = 0  # forms sent anew
    patience: float = PATIENCE  # seconds until it gives up
    cookie: str = ""
    token: str = ""

    def ask(self, method: str, path: str, data: dict[str, str] | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, urlencode(data) if data else None, headers)
            answer = connection.getresponse()
            body = answer.read().decode()
            if answer.status == _BUSY:
                raise http.client.HTTPException(_BUSY)
            if cookie := answer.getheader("Set-Cookie"):
                self.cookie = cookie.partition(";")[0]
            return answer.status, answer.getheader("Location", ""), body
        finally:
            connection.close()

    def insistently(self, act: Callable[[], None], stop: threading.Event) -> None:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                act()
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline, "no answer for too long"
                self.again += 1
                time.sleep(PAUSE)
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


def keep_serving(port: int, told: Connection) -> None:
    """Serve the pages in a process that is killed, and served anew, each time that `told` receives a word.

    The application is made once, before the processes that serve it are forked, as gunicorn can do it. What
    is `told` afterwards is the number of the process that serves.
    """
    with Path(os.devnull).open("w") as nothing:
        os.dup2(nothing.fileno(), 1)
        os.dup2(nothing.fileno(), 2)
    app = create_app(Settings.from_env())
    app.test_client().get("/es/", base_url=f"http://127.0.0.1:{port}")
    app.extensions["consulta"].bench.engine.dispose()
    serving = 0
    try:
        while told.recv():
            _end(serving)
            serving = os.fork()
            if not serving:
                run(app, "127.0.0.1", port)
            told.send(serving)
    finally:
        _end(serving)


def _end(number: int) -> None:
    if number:
        os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)


def amiss(bench: Bench, hands: list[Hand]) -> list[str]:
    """Return what is not as it must be: a vote lost, one kept twice, the wrong one counting, a broken log."""
    found = [*db.integrity(bench.engine)]
    with bench.read(COMMAND, moment()) as work:
        found += [str(fault) for fault in faults(work)]
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
        seat = hand.voter.seat
        for version, theme, key in hand.acknowledged:
            if kept.get((seat, version)) != ([[theme]], key):
                found.append(f"{seat}: version {version} was acknowledged and is not there")
        keys = Counter(key for (of, _), (_, key) in kept.items() if of == seat)
        found += [f"{seat}: {key} is there {times} times" for key, times in keys.items() if times > 1]
        # A form that was sent anew made no second version, and the last acknowledged one counts.
        if sorted(version for of, version in kept if of == seat) != [*range(1, len(hand.acknowledged) + 1)]:
            found.append(f"{seat}: there are versions that were not acknowledged")
        if [version for of, version in counting if of == seat] != [
            each[0] for each in hand.acknowledged[-1:]
        ]:
            found.append(f"{seat}: another version counts than the last acknowledged one")
    return found
