"""A link that is opened again and again writes no more than its lane lets through; other links go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.platform.models import LogEntry
from consulta.platform.web.gate import Networks
from consulta.platform.work import COMMAND
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench


def entered(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        query = select(func.count()).select_from(LogEntry).where(LogEntry.action == "ballot.entered")
        return work.session.scalar(query) or 0


def test_one_link_cannot_fill_the_log_for_which_all_votes_wait(app: Flask, bench: Bench) -> None:
    one, other = (voter.token for voter in open_round(bench))
    gate = app.extensions["consulta"].gate
    now = [0.0]
    gate.links = Networks(rate=1.0, burst=3.0, clock=lambda: now[0])
    sent = [app.test_client().post(f"/es/v/{one}") for _ in range(6)]
    assert [answer.status_code for answer in sent] == [303] * 3 + [429] * 3
    assert entered(bench) == 3
    assert sent[-1].headers["Retry-After"] == "3"
    assert "se abrió demasiadas veces" in sent[-1].text
    assert one not in sent[-1].text, "the page of a refusal does not have the link"
    assert app.test_client().post(f"/es/v/{other}").status_code == 303, "another link goes on"
    now[0] = 3.0
    assert app.test_client().post(f"/es/v/{one}").status_code == 303, "and this one again, seconds later"
