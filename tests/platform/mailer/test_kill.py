"""A real `consulta worker` that is killed like by a power cut, again and again: no mail is lost (ML-2)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from consulta.platform import database as db
from consulta.platform.models import Delivery, Message, Round
from consulta.platform.work import COMMAND
from consulta.results import checks
from consulta.rounds import notices
from tests.deep import DEEP
from tests.factories import moment
from tests.polling import NOT_FROZEN, open_round
from tests.servers import PATIENCE
from tests.smtp import HOST, Box, mail_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

SEATS = 40
# Where in the talk about a mail the worker dies, and at which mail of that run: at the sender, the recipient,
# at the decision on the whole mail, or before the answer that it was taken.
# Before the server has the mail, and when it has: `make test` tries one of each.
DEATHS = [
    ("rcpt", 2),
    ("taken", 1),
    ("mail", 1),
    ("data", 1),
    ("taken", 3),
    ("rcpt", 4),
    ("data", 2),
    ("taken", 2),
    ("mail", 3),
    ("taken", 5),
][: None if DEEP else 2]


@contextmanager
def worker(settings: Settings, port: int) -> Iterator[subprocess.Popen[bytes]]:
    environ = {
        **os.environ,
        "CONSULTA_DATA": str(settings.data),
        "CONSULTA_DATABASE": settings.database,
        "CONSULTA_SECRET": settings.secret,
        "CONSULTA_SMTP_HOST": HOST,
        "CONSULTA_SMTP_PORT": str(port),
        "CONSULTA_SMTP_TLS": "none",
        "CONSULTA_MAIL_SENDER": "Mecanismo <voto@example.org>",
        "CONSULTA_MAIL_RATE": "100000",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "consulta", "worker"],
        env=environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert process.poll() is None, "the worker ended by itself"
        assert time.monotonic() < deadline, "the worker does nothing"
        time.sleep(0.02)


def invite(bench: Bench) -> None:
    open_round(bench, seats=SEATS)
    with bench.work(COMMAND, moment()) as work:
        notices.voting_opened(work, work.session.scalars(select(Round)).one())


def ten_minutes_pass(bench: Bench) -> None:
    """What a dead worker had in hand is due again."""
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            update(Message)
            .where(Message.claimed_until.is_not(None))
            .values(claimed_until=moment() - timedelta(seconds=1))
        )


def states(bench: Bench) -> Counter[str]:
    with bench.read(COMMAND, moment()) as work:
        return Counter(work.session.scalars(select(Message.state)))


def require_sound(bench: Bench, box: Box) -> None:
    """Whatever was interrupted, the rows tell the truth."""
    assert db.integrity(bench.engine) == []
    with bench.read(COMMAND, moment()) as work:
        faults = {check.name: check.faults for check in checks.whole(work) if check.faults}
        # This round was not opened by the service, so that the log has no such act.
        assert faults.keys() <= {"where rounds stand", *NOT_FROZEN}, faults
        for message in work.session.scalars(select(Message)):
            assert (message.token is None) == (message.state != "queued")
            if message.state == "sent":
                assert message.address in box.addresses, "nothing is called sent that nobody took"


@pytest.mark.deep
@pytest.mark.slow
def test_a_worker_killed_at_any_point_loses_no_mail(bench: Bench, settings: Settings) -> None:
    invite(bench)
    box, victim = Box(), [0]
    plan: list[tuple[str, int]] = []

    def reached(phase: str) -> None:
        """Kill the worker when it has come to where it is to die."""
        if plan and plan[0][0] == phase:
            plan[0] = (phase, plan[0][1] - 1)
            if plan[0][1] == 0:
                plan.clear()
                os.kill(victim[0], signal.SIGKILL)

    box.mail = lambda: reached("mail")
    box.rcpt = lambda *_: reached("rcpt")
    box.data = lambda *_: reached("data")
    box.hang_up = lambda *_: bool(reached("taken"))
    with mail_server(box) as (_, port):
        for death in DEATHS:
            plan[:] = [death]
            with worker(settings, port) as process:
                victim[0] = process.pid
                wait_for(lambda: not plan, process)
                process.wait()
            assert states(bench)["queued"] > 0, "it died with mail in hand"
            require_sound(bench, box)
            ten_minutes_pass(bench)
        with worker(settings, port) as process:
            wait_for(lambda: states(bench) == {"sent": SEATS}, process)
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0, "a signal to end it ends it in good order"
    require_sound(bench, box)
    require_known_copies(bench, box)


def require_known_copies(bench: Bench, box: Box) -> None:
    """Everybody has the mail; a second one only whoever's the server had whole when the worker died."""
    taken = Counter(box.addresses)
    assert len(taken) == SEATS
    assert sum(taken.values()) - SEATS == sum(phase in {"data", "taken"} for phase, _ in DEATHS)
    ids: dict[str, set[str]] = {}
    for address, message in zip(box.addresses, box.messages, strict=True):
        ids.setdefault(address, set()).add(str(message["Message-ID"]))
    assert {len(each) for each in ids.values()} == {1}, "the second has the Message-ID of the first"
    with bench.read(COMMAND, moment()) as work:
        outcomes = Counter(work.session.scalars(select(Delivery.outcome)))
    assert outcomes == {"sent": SEATS, "interrupted": len(DEATHS)}
