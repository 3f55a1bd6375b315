"""Many organisations vote at once, on this machine alone: how long each page takes, and whether all is kept.

    python -m bench.load                       # 400 seats within 60 seconds
    python -m bench.load --slow 50             # the same while 50 clients send a byte a second
    python -m bench.load --rates 5 10 20 40    # so many seats a second, one after the other: where it breaks

A server of its own (`consulta serve`, worker included) over a database of its own that vanishes. Each voter
opens the link, enters, reads the ballot, reviews, sends and reads the receipt, over a new connection for each
request, as by a proxy that keeps none. Nothing here reaches another machine.
"""

from __future__ import annotations

import argparse
import re
import secrets
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from sqlalchemy import func, select

from bench.table import machine, markdown
from consulta.platform import database as db
from consulta.platform.models import CurrentBallot
from consulta.platform.settings import Settings
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.factories import moment
from tests.polling import open_round
from tests.servers import Server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BALLOT = "/es/ballot/2027-1"
TIMEOUT = 30.0
PAGES = ("link", "enter", "ballot", "entries", "review", "send", "receipt")
_FIELD = re.compile(r'<input[^>]*\bname="(csrf_token|key)"[^>]*\bvalue="([^"]*)"')
_COOKIE = re.compile(r"^set-cookie: ([^;\r\n]*)", re.IGNORECASE | re.MULTILINE)
_LENGTH = re.compile(r"^content-length: (\d+)", re.IGNORECASE | re.MULTILINE)


class BadAnswerError(Exception):
    """An answer was cut short, or is another one than a voter needs."""


@dataclass
class Seen:
    """What the voters saw: how long each page took, and what went wrong."""

    times: dict[str, list[float]] = field(default_factory=lambda: {page: [] for page in PAGES})
    errors: list[str] = field(default_factory=list)
    took: float = 0.0  # seconds from the first voter to the last receipt
    acknowledged: list[str] = field(default_factory=list)  # voters who were led to a receipt
    kept: int = 0  # ballots that count, as the database has them
    sound: bool = False  # log, ballots and receipts hold together

    @property
    def all_times(self) -> list[float]:
        """How long each request took, whatever it asked for."""
        return [each for times in self.times.values() for each in times]


@dataclass
class Voter:
    """A browser without script, from the link to the receipt."""

    port: int
    token: str
    seen: Seen
    cookie: str = ""

    def vote(self) -> None:
        """Go all the way; whatever is not as it should be is an error of this run."""
        try:
            self._ask("link", "GET", f"/es/v/{self.token}")
            self._ask("enter", "POST", f"/es/v/{self.token}", {}, 303)
            form = self._fields(self._ask("ballot", "GET", BALLOT)) | {"place-t1": "1", "place-t3": "2"}
            self._ask("entries", "POST", f"{BALLOT}/review", form, 303)
            review = self._fields(self._ask("review", "GET", f"{BALLOT}/review"))
            self._ask("send", "POST", f"{BALLOT}/cast", form | review | {"confirm": "y"}, 303)
            self.seen.acknowledged.append(self.token)
            if 'class="receipt' not in self._ask("receipt", "GET", f"{BALLOT}/receipt"):
                self.seen.errors.append("receipt: no code")
        except (OSError, BadAnswerError) as error:
            self.seen.errors.append(f"{type(error).__name__}: {error}")

    def _ask(
        self, page: str, method: str, path: str, form: dict[str, str] | None = None, status: int = 200
    ) -> str:
        began = time.perf_counter()
        head, body = exchange(self.port, method, path, self.cookie, form)
        self.seen.times[page].append(time.perf_counter() - began)
        if cookie := _COOKIE.search(head):
            self.cookie = cookie[1]
        if not head.startswith(f"HTTP/1.1 {status} "):
            raise BadAnswerError(f"{page}: {head.split(maxsplit=2)[1]}")
        return body

    @staticmethod
    def _fields(page: str) -> dict[str, str]:
        return dict(_FIELD.findall(page))


def exchange(
    port: int, method: str, path: str, cookie: str, form: dict[str, str] | None, more: str = ""
) -> tuple[str, str]:
    """Send a request over a connection of its own, and return the head and the body of the answer.

    `more` are lines of the head. The clients share the machine with the server: `http.client` takes several
    times as long for the same.
    Raise BadAnswerError for an answer that is not as long as it says.
    """
    sent = b"" if form is None else urlencode(form).encode()
    told = f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(sent)}\r\n"
    more += f"Cookie: {cookie}\r\n" if cookie else ""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{more}"
    with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) as plug:
        plug.sendall(f"{head}{'' if form is None else told}\r\n".encode() + sent)
        pieces = []
        while piece := plug.recv(1 << 16):
            pieces.append(piece)
    answered, _, body = b"".join(pieces).partition(b"\r\n\r\n")
    found = answered.decode("latin-1")
    length = _LENGTH.search(found)
    if int(length[1] if length else 0) != len(body):
        raise BadAnswerError(f"{path}: {len(body)} bytes after {found[:40]!r}")
    return found, body.decode(errors="replace")


@contextmanager
def dawdlers(port: int, count: int) -> Iterator[None]:
    """So many clients that send their request a byte a second, half of them in its body."""
    head = b"POST /es/v/abc HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n"
    sockets = [socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT) for _ in range(count)]
    for each in sockets[::2]:
        each.sendall(head + b"\r\n")
    stop = threading.Event()

    def drip() -> None:
        for sign in head * 1000:
            for place, each in enumerate(sockets):
                with suppress(OSError):
                    each.sendall(b"x" if place % 2 == 0 else bytes([sign]))
            if stop.wait(1):
                return

    thread = threading.Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(TIMEOUT)
        for each in sockets:
            each.close()


@contextmanager
def served(seats: int, environ: dict[str, str] | None = None) -> Iterator[tuple[Bench, Server, list[str]]]:
    """A server over a fresh round with so many seats, and their links; `environ` are settings of its own."""
    with tempfile.TemporaryDirectory(
        prefix="bench-", ignore_cleanup_errors=True
    ) as name:  # its worker ends after it
        folder = Path(name)
        url = f"sqlite:///{folder / 'consulta.sqlite3'}"
        settings = Settings(data=folder, database=url, secret=secrets.token_urlsafe(32))
        bench = Bench(db.connect(url))
        db.upgrade(bench.engine)
        tokens = [voter.token for voter in open_round(bench, seats=seats)]
        bench.engine.dispose()
        server = Server(settings, environ=environ or {})
        try:
            server.start()
            yield bench, server, tokens
        finally:
            server.kill()
            bench.engine.dispose()


def run(seats: int, seconds: float, slow: int = 0) -> Seen:
    """Let every seat vote, evenly spread over so many seconds."""
    seen = Seen()
    with (
        served(seats) as (bench, server, tokens),
        dawdlers(server.port, slow),
        ThreadPoolExecutor(seats) as pool,
    ):
        began = time.perf_counter()

        def come(place: int, token: str) -> None:
            time.sleep(max(0.0, place * seconds / seats - (time.perf_counter() - began)))
            Voter(server.port, token, seen).vote()

        for each in [pool.submit(come, place, token) for place, token in enumerate(tokens)]:
            each.result()
        seen.took = time.perf_counter() - began
        with bench.read(COMMAND, moment()) as work:
            seen.kept = work.session.scalar(select(func.count()).select_from(CurrentBallot)) or 0
            seen.sound = checks.faults(work) == []
    return seen


def stairs(rates: Sequence[int], seconds: float) -> str:
    """Return a table of what voters see at each of these rates, each over a server of its own."""
    rows = []
    for rate in rates:
        seen = run(round(rate * seconds), seconds)
        errors = Counter(each.partition(":")[2].strip() or each for each in seen.errors)
        rows.append(
            (
                str(rate),
                f"{len(seen.times['receipt']) / seen.took:.1f}",
                *(f"{percentile(seen.times['send'], share) * 1000:.0f}" for share in (0.5, 0.95, 1.0)),
                "; ".join(f"{times} × {error}" for error, times in errors.most_common(3)) or "none",
                str(len(seen.acknowledged)),
                str(seen.kept),
                "yes" if seen.sound else "NO",
            )
        )
        print(rows[-1], file=sys.stderr)
    sent = ("half sent within ms", "95% within ms", "longest ms")
    ends = ("errors", "votes acknowledged", "kept", "all holds together")
    return f"{machine()}.\n\n{markdown(('voters a second', 'receipts a second', *sent, *ends), rows, {5, 8})}"


def percentile(times: Sequence[float], share: float) -> float:
    """The time that this share of all took at most; 0 where there is none."""
    ordered = sorted(times)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


def report(seen: Seen, seats: int, slow: int) -> str:
    """The run in words and one table, in milliseconds."""
    rows = [
        (name, str(len(times)), *(f"{percentile(times, share) * 1000:.0f}" for share in (0.5, 0.95, 1.0)))
        for name, times in [*seen.times.items(), ("all", seen.all_times)]
    ]
    beside = f", {slow} clients beside them sending a byte a second" if slow else ""
    errors = "".join(f"- {error}\n" for error in sorted(set(seen.errors))[:10])
    headings = ("page", "asked", "half within ms", "95% within ms", "longest ms")
    sound = "all holds together" if seen.sound else "IT DOES NOT HOLD TOGETHER"
    return (
        f"{machine()}.\n\n{seats} seats voted within {seen.took:.0f} s{beside}: {seen.kept} ballots kept, "
        f"{len(seen.errors)} errors, {sound}.\n{errors}\n{markdown(headings, rows, {0})}"
    )


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.load", description=__doc__)
    parser.add_argument("--seats", type=int, default=400)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--slow", type=int, default=0)
    parser.add_argument(
        "--rates", type=int, nargs="+", default=(), help="voters a second, for --seconds each"
    )
    chosen = parser.parse_args()
    if chosen.rates:
        print(stairs(chosen.rates, chosen.seconds))
        return
    print(report(run(chosen.seats, chosen.seconds, chosen.slow), chosen.seats, chosen.slow))


if __name__ == "__main__":
    main()
