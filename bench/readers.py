"""Many read the public pages while others vote: how many answers a second, and whether the votes are kept.

    python -m bench.readers                    # 8 readers, 10 seconds for each way of reading

Three ways, one after the other: with a cookie (each page is drawn), without one, and without one by readers
who have the page already (`If-None-Match`). Readers and server share this machine.
"""

from __future__ import annotations

import argparse
import re
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import cycle

from sqlalchemy import func, select

from bench.load import Seen, Voter, exchange, percentile, served
from bench.table import machine, markdown
from consulta.platform.models import CurrentBallot
from consulta.platform.work import COMMAND
from tests.factories import moment

PAGES = ("/es/", "/es/rounds/2027-1", "/es/rounds/2027-1/roll", "/es/members", "/es/method")
WAYS = ("with a cookie", "without", "who have it already")
_TAG = re.compile(r"^etag: (.*?)\r?$", re.IGNORECASE | re.MULTILINE)


def read(port: int, way: str, until: float) -> list[str]:
    """Read the pages in turn until then, and return the status of each answer."""
    answers, tags = [], dict.fromkeys(PAGES, "")
    for page in cycle(PAGES):
        if time.perf_counter() > until:
            break
        more = "Accept-Encoding: gzip\r\n"
        if way == WAYS[2] and tags[page]:
            more += f"If-None-Match: {tags[page]}\r\n"
        head, _body = exchange(port, "GET", page, "other=1" if way == WAYS[0] else "", None, more)
        answers.append(head.split(maxsplit=2)[1])
        if tag := _TAG.search(head):
            tags[page] = tag[1]
    return answers


def main() -> None:
    """Measure each way of reading, with as many votes beside it."""
    parser = argparse.ArgumentParser(prog="python -m bench.readers", description=__doc__)
    parser.add_argument("--readers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--votes", type=int, default=20, help="cast beside each way of reading")
    chosen = parser.parse_args()
    rows, first = [], 0.0
    with served(chosen.votes * len(WAYS)) as (bench, server, tokens):
        for page in PAGES:  # what each page loads once
            exchange(server.port, "GET", page, "other=1", None)
        for place, way in enumerate(WAYS):
            seen = Seen()
            voters = [Voter(server.port, token, seen) for token in tokens[place :: len(WAYS)]]
            began = time.perf_counter()
            with ThreadPoolExecutor(chosen.readers) as pool:
                reading = [
                    pool.submit(read, server.port, way, began + chosen.seconds) for _ in range(chosen.readers)
                ]
                for voter in voters:
                    voter.vote()
                answers = [answer for each in reading for answer in each.result()]
            rate = len(answers) / (time.perf_counter() - began)
            first = first or rate
            rows.append(
                (
                    way,
                    f"{rate:.0f}",
                    f"× {rate / first:.1f}",
                    f"{100 * answers.count('304') / len(answers):.0f} %",
                    str(len(answers) - answers.count("200") - answers.count("304")),
                    f"{percentile(seen.times['send'], 0.95) * 1000:.0f}",
                    str(len(seen.errors)),
                )
            )
        with bench.read(COMMAND, moment()) as work:
            kept = work.session.scalar(select(func.count()).select_from(CurrentBallot))
    headings = (
        *("readers", "answers a second", "ratio", "not changed (304)", "other answers"),
        *("95% of votes sent within ms", "errors of voters"),
    )
    print(f"{machine()}.\n\n{kept} of {len(tokens)} votes kept.\n\n{markdown(headings, rows, {0})}")


if __name__ == "__main__":
    main()
