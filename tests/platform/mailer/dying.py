"""An act that is killed at each of its steps in turn, like by a power cut, until it comes through.

A program of its own (`python -m tests.platform.mailer.dying DATABASE ACT [STRIDE]`): after each death it
says what is stored, in JSON: `through`, `step`, `told` (rows of the outbox), `done` (what the act itself
writes), `log`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING

from sqlalchemy import event, func, select

from consulta.core.counting.choice import Entries
from consulta.desk import opening
from consulta.platform import database as db
from consulta.platform.keyring import Keyring
from consulta.platform.models import Ballot, LogEntry, Message, Round, Seat
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.vote import service as voting
from tests.drafts import KEY, NOW
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable


def open_it(bench: Bench) -> None:
    with bench.work(COMMAND, NOW) as work:
        opening.open_round(work, KEY)


def vote(bench: Bench) -> None:
    with bench.read(COMMAND, NOW) as work:
        seat = work.session.scalars(select(Seat).order_by(Seat.id)).first()
        assert seat is not None
        voter = Actor("voter", seat.organisation.contacts[0].id, "", seat_id=seat.id)
    with bench.work(voter, NOW) as work:
        voting.cast(work, KEY, Entries({"tema_numero_1": 1}), "form")


ACTS: dict[str, tuple[Callable[[Bench], None], str]] = {
    "open": (open_it, "invitation"),
    "vote": (vote, "receipt"),
}


def die_at(bench: Bench, step: int) -> None:
    """Let this process be killed before that statement, or before the commit where it is its turn."""
    steps = count(1)

    def reached(*_: object) -> None:
        if next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(bench.engine, "before_cursor_execute", reached)
    event.listen(bench.engine, "commit", reached)


class UndoneError(Exception):
    """The act stops before its commit."""


def rehearse(bench: Bench, act: Callable[[Bench], None]) -> None:
    """Compile the statements of an act once for all children: do it, and take it back."""

    def stop(*_: object) -> None:
        raise UndoneError

    event.listen(bench.engine, "commit", stop)
    with suppress(UndoneError):
        act(bench)
    event.remove(bench.engine, "commit", stop)
    bench.engine.dispose()  # a connection must not be shared with a child


def stored(bench: Bench, act: str) -> dict[str, int]:
    with bench.read(COMMAND, NOW) as work:
        done = (
            select(func.count()).select_from(Ballot)
            if act == "vote"
            else select(func.count()).select_from(Round).where(Round.state == "open")
        )
        told = select(func.count()).select_from(Message).where(Message.kind == ACTS[act][1])
        found = {
            "done": work.session.scalar(done) or 0,
            "told": work.session.scalar(told) or 0,
            "log": work.session.scalar(select(func.count()).select_from(LogEntry)) or 0,
        }
    bench.engine.dispose()
    return found


def main(url: str, act: str, stride: str = "1") -> None:
    bench = Bench(db.connect(url), TWO, keyring=Keyring("a secret of this process, long enough"))
    rehearse(bench, ACTS[act][0])
    for step in count(1, int(stride)):
        child = os.fork()
        if child == 0:
            die_at(bench, step)
            ACTS[act][0](bench)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        through = os.WIFEXITED(status) and os.WEXITSTATUS(status) == 0
        assert through or os.WIFSIGNALED(status), "it fails by itself"
        found = {"step": step, "through": through, **stored(bench, act)}
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()  # or the next child would say it once more
        if through or found["done"]:  # killed after its commit, while it waits for the disk, it has been done
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
