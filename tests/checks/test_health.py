"""What `/salud` looks at: a database that can be written, mail that goes, room on the disk (RL-13)."""

from __future__ import annotations

import shutil
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from consulta.checks import health
from consulta.mail_desk import service as mail_desk
from consulta.site import front
from tests.drafts import NOW, writing
from tests.mailer.desk import Clock, open_round, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from flask import Flask

    from consulta.infra.settings import Settings
    from consulta.infra.work import Bench

ROOM = 10**12


def well(bench: Bench, free: int = ROOM, **after: float) -> bool:
    with writing(bench, NOW + timedelta(**after)) as work:
        return health.is_well(work, free)


def test_mail_that_nobody_sends_for_a_quarter_of_an_hour_is_not_well(bench: Bench) -> None:
    open_round(bench)
    assert well(bench, minutes=14)
    assert not well(bench, minutes=15)


def test_mail_that_was_paused_or_is_being_tried_does_not_lag(bench: Bench, settings: Settings) -> None:
    open_round(bench)
    with writing(bench) as work:
        mail_desk.pause_mail(work)
    assert well(bench, hours=1)
    with writing(bench) as work:
        mail_desk.resume_mail(work)
    clock = Clock(NOW + timedelta(hours=1))
    with (
        mail_server(Box(data=lambda *_: "451 later")) as (_, port),
        worker_at(bench, settings, port, clock, rate=1) as worker,
    ):
        worker.look()
    assert well(bench, hours=1, minutes=14), "others wait for their turn"
    assert not well(bench, hours=1, minutes=15)


def test_a_full_disk_is_not_well(bench: Bench) -> None:
    assert not well(bench, 500_000_000)
    assert well(bench, 500_000_001)


@pytest.mark.parametrize("address", ["/salud", "/health"])
def test_strangers_read_whether_it_is_well_and_no_more(
    app: Flask, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = app.test_client()
    good = client.get(address)
    assert (good.status_code, good.text) == (200, "ok\n")
    app.extensions.pop(front.HEALTH)
    monkeypatch.setattr(front, "disk_usage", lambda _: SimpleNamespace(free=1))
    bad = client.get(address)
    assert (bad.status_code, bad.text) == (503, "failing\n")
    monkeypatch.setattr(front, "disk_usage", shutil.disk_usage)
    assert client.get(address).status_code == 503, "whoever asks at once gets the answer that is known"
