"""A public result leads on: session, invitations, waiting, factsheet, and the page of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.panel import dialogues, invitations
from consulta.platform.work import COMMAND
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.sessions import attendance, factsheets
from consulta.sessions.attendance import Answers
from tests.factories import moment
from tests.held_sessions import WORDS
from tests.invited import KEY, panelled, session_command

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench

LATER = timedelta(days=40)  # the session is over then


def step(bench: Bench, now: datetime | None = None) -> str:
    with bench.read(COMMAND, now or moment()) as work:
        (listed,) = rounds.list_rounds(work)
        alone = rounds.round_line(work, KEY)
    assert listed == alone
    return alone.step


def test_a_public_result_leads_on_to_the_factsheet(either: Bench) -> None:
    panelled(either, with_session=False)
    assert step(either) == "read_result"
    with either.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
    assert step(either) == "session"
    with either.work(COMMAND, moment()) as work:
        dialogues.save(work, KEY, session_command(topics=("t1",)))
    assert step(either) == "invite"
    with either.work(COMMAND, moment()) as work:
        invitations.take_over(work, KEY)
    assert step(either) == "invite", "they are on the list, and nobody was written to"
    with either.work(COMMAND, moment()) as work:
        invitations.invite(work, KEY)
    assert step(either) == "await"
    assert step(either, moment() + LATER) == "attendance"
    with either.work(COMMAND, moment() + LATER) as work:
        attendance.add(work, KEY, Answers("Red", "PE", "ngo", "woman"), 9)
    assert step(either, moment() + LATER) == "factsheet"
    with either.work(COMMAND, moment() + LATER) as work:
        factsheets.save(work, KEY, WORDS, factsheets.desk_page(work, KEY).seen)
        factsheets.publish(work, KEY)
    assert step(either, moment() + LATER) == "read"


@pytest.mark.deep
def test_a_session_that_was_cancelled_is_to_be_written_down_anew(either: Bench) -> None:
    panelled(either)
    with either.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        dialogues.save(work, KEY, session_command(cancelled=True))
    assert step(either) == "session"
