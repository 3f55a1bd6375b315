"""Heads of the log that a worker takes by itself: of a day, and the line in the server's own log."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Head
from consulta.shell.worker.heads import Heads
from consulta.shell.worker.running import Running
from tests.drafts import make_open, reading
from tests.platform.mailer.desk import Clock

if TYPE_CHECKING:
    import pytest

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench


def reasons(bench: Bench) -> list[str]:
    with reading(bench) as work:
        return list(work.session.scalars(select(Head.reason).order_by(Head.id)))


def test_the_first_head_of_a_day_is_taken_once(bench: Bench, settings: Settings) -> None:
    make_open(bench)
    clock = Clock()
    part = Heads(Running(bench, settings, clock))
    part.begin_day()
    assert reasons(bench) == ["opening"], "this day has one"
    clock.forward(days=1)
    part.begin_day()
    part.begin_day()
    assert reasons(bench) == ["opening", "daily"]


def test_while_a_round_is_open_the_server_s_log_tells_the_head_once_an_hour(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    make_open(bench)
    clock = Clock()
    part = Heads(Running(bench, settings, clock))
    told = []
    with caplog.at_level("INFO", "consulta.shell.worker"):
        for minutes in (0, 59, 1, 59, 1):
            clock.now += timedelta(minutes=minutes)
            part.tell()
            told.append(sum(line.startswith("log.head ") for line in caplog.messages))
    assert told == [1, 1, 2, 2, 3]


def test_the_log_tells_how_many_heads_were_signed(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    make_open(bench)
    part = Heads(Running(bench, settings, Clock()))
    part.begin_key()
    with caplog.at_level("INFO", "consulta.shell.worker"):
        part.checkpoint()
        part.checkpoint()
    (line,) = [line for line in caplog.messages if line.startswith("checkpoints.signed number=")]
    assert int(line.partition("=")[2]) > 0
