"""Strangers try passwords without end while organisations vote: how many votes a second are left.

    python -m bench.knocking                   # some 40 seconds, eight connections

A server of its own over a database of its own, as `bench.load`. First the voters alone, then the same
beside so many connections that post a wrong password for ever new addresses, each time from another
network: the worst case, since nothing counted by address or by network ever turns them away. Nothing
reaches another machine.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import threading
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bench.load import TIMEOUT, Seen, Voter, percentile, served
from bench.table import machine, markdown

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGN_IN = "/es/account/sign-in"
VOTERS = 2


@dataclass
class Knocked:
    """What those who knock were answered, by status."""

    answers: Counter[int] = field(default_factory=Counter)


@dataclass
class Rate:
    """Votes a second and the time of the request that sends one, alone or beside those who knock."""

    votes: int
    seconds: float
    seen: Seen

    @property
    def per_second(self) -> float:
        """Whole votes a second."""
        return self.votes / self.seconds


@contextmanager
def strangers(port: int, count: int, *, networks: bool) -> Iterator[Knocked]:
    """So many connections that try wrong passwords until the block ends."""
    stop, knocked, numbers = threading.Event(), Knocked(), itertools.count()

    def knock() -> None:
        form, cookie = _form(port)
        while not stop.is_set():
            number = next(numbers)
            headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
            if networks:
                headers["X-Forwarded-For"] = f"2001:db8:{number % 0xFFFF:x}::1"
            data = form | {"email": f"persona{number}@example.org", "password": "no es esta frase"}
            with suppress(OSError, http.client.HTTPException):
                knocked.answers[_post(port, data, headers)] += 1

    threads = [threading.Thread(target=knock, daemon=True) for _ in range(count)]
    for each in threads:
        each.start()
    try:
        yield knocked
    finally:
        stop.set()
        for each in threads:
            each.join(TIMEOUT)


def _form(port: int) -> tuple[dict[str, str], str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    connection.request("GET", SIGN_IN)
    answer = connection.getresponse()
    fields = Voter._fields(answer.read().decode())
    connection.close()
    return fields, (answer.getheader("Set-Cookie") or "").partition(";")[0]


def _post(port: int, data: dict[str, str], headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT)
    try:
        connection.request("POST", SIGN_IN, urlencode(data), headers)
        answer = connection.getresponse()
        answer.read()
        return answer.status
    finally:
        connection.close()


def votes(port: int, tokens: Iterator[str], seconds: float, errors: list[str]) -> Rate:
    """Let two voters vote one after the other for so long; a seat votes once."""
    seen, began, count = Seen(errors=errors), time.perf_counter(), itertools.count()

    def vote() -> None:
        while time.perf_counter() - began < seconds and (token := next(tokens, None)):
            Voter(port, token, seen).vote()
            next(count)

    threads = [threading.Thread(target=vote) for _ in range(VOTERS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return Rate(next(count), time.perf_counter() - began, seen)


def run(
    connections: int, seconds: float, *, networks: bool = True, seats: int = 1500
) -> tuple[Rate, Rate, Knocked]:
    """Measure alone, then beside those who knock."""
    errors: list[str] = []
    proxied = {"CONSULTA_BEHIND_PROXY": "yes"} if networks else {}
    with served(seats, proxied) as (_bench, server, given):
        tokens = _shared(given)
        votes(server.port, tokens, min(seconds, 3.0), errors)  # warm up
        alone = votes(server.port, tokens, seconds, errors)
        with strangers(server.port, connections, networks=networks) as knocked:
            beside = votes(server.port, tokens, seconds, errors)
    return alone, beside, knocked


def _shared(tokens: list[str]) -> Iterator[str]:
    """The tokens one by one, for several threads."""
    lock, each = threading.Lock(), iter(tokens)

    class Shared:
        def __iter__(self) -> Iterator[str]:
            return self

        def __next__(self) -> str:
            with lock:
                return next(each)

    return Shared()


def report(alone: Rate, beside: Rate, knocked: Knocked, connections: int) -> str:
    """The run in words and one table."""
    rows = [
        (
            name,
            f"{rate.per_second:.1f}",
            *(f"{percentile(rate.seen.times['send'], share) * 1000:.0f}" for share in (0.5, 0.95)),
        )
        for name, rate in (("alone", alone), (f"beside {connections} that try passwords", beside))
    ]
    headings = ("voters", "votes a second", "half sent within ms", "95% sent within ms")
    tried = sum(knocked.answers.values())
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(knocked.answers.items()))
    errors = alone.seen.errors
    return (
        f"{machine()}.\n\nBeside {connections} connections that try passwords ({tried} requests, "
        f"{tried / beside.seconds:.0f} a second: {answers}) the votes a second are "
        f"**{beside.per_second / alone.per_second:.2f}** of those alone; {len(errors)} errors.\n"
        + "".join(f"- {error}\n" for error in sorted(set(errors))[:10])
        + f"\n{markdown(headings, rows, {0})}"
    )


def main() -> None:
    """Measure what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.knocking", description=__doc__)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--one-network", action="store_true", help="all from one address")
    chosen = parser.parse_args()
    alone, beside, knocked = run(chosen.connections, chosen.seconds, networks=not chosen.one_network)
    print(report(alone, beside, knocked, chosen.connections))


if __name__ == "__main__":
    main()
