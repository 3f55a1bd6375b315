"""The secretariat's desk of mail: what it shows, and that it can mend by itself what did not arrive."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy.exc import InvalidRequestError

from consulta.core.problems import Problem
from consulta.desk import mail as mail_pages
from consulta.platform.listing import Wanted
from consulta.platform.models import Contact
from consulta.platform.work import ANONYMOUS
from consulta.rounds import service as rounds
from tests.drafts import KEY, NOW, reading, writing
from tests.platform.mailer.desk import Clock, change_contacts, change_round, messages, open_round, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from consulta.desk.mail import MailOverview, Undelivered
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

WHY = "No le llegó el primero"


def number_of(bench: Bench, email: str) -> int:
    with reading(bench) as work:
        return work.session.scalars(select(Contact.id).where(Contact.email == email)).one()


def overview(bench: Bench) -> MailOverview:
    with reading(bench) as work:
        return mail_pages.mail_overview(work, KEY)


def troubles(bench: Bench, **after: float) -> tuple[Undelivered, ...]:
    with reading(bench, NOW + timedelta(**after)) as work:
        return mail_pages.undelivered(work, KEY)


def send(bench: Bench, settings: Settings, box: Box | None = None, clock: Clock | None = None) -> Box:
    with mail_server(box) as (used, port), worker_at(bench, settings, port, clock) as worker:
        worker.look()
    return used


def test_the_overview_counts_each_kind_in_each_state(bench: Bench, settings: Settings) -> None:
    open_round(bench, 3)
    change_contacts(bench, "c3.1@example.org", paused=True)
    view = overview(bench)
    assert (view.status.waiting, view.status.stuck_since) == (3, None), "nothing was tried yet"
    send(bench, settings, Box(rcpt=lambda a, _: "550 5.1.1 unknown" if "c1" in a else None))
    view = overview(bench)
    counted = {kind: tuple(states.values()) for kind, states in view.kinds.items()}
    assert counted["invitation"] == (0, 1, 1, 1)
    assert counted["reminder"] == (0, 0, 0, 0)
    assert (view.status.waiting, view.status.stuck_since, view.refused) == (0, None, 1)


@pytest.mark.deep
def test_each_contact_has_its_history_and_no_link_in_it(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    token = str(messages(bench)[0].token)
    clock = Clock()
    send(bench, settings, Box(data=lambda *_: "451 4.3.0 later"), clock)
    clock.forward(hours=1)
    send(bench, settings, clock=clock)
    with reading(bench) as work:
        mail = mail_pages.contact_page(work, KEY, number_of(bench, "c1.1@example.org"))
        ((message, attempts),) = mail.messages
        with pytest.raises(InvalidRequestError, match="raiseload"):
            _ = message.token
    assert mail.line.condition == "sent"
    assert [(a.outcome, a.code) for a in attempts] == [("later", 451), ("sent", 250)]
    assert message.subject.startswith("Consulta: vote hasta")
    assert token not in message.body
    with pytest.raises(Problem, match=r"contact\.unknown"), reading(bench) as work:
        mail_pages.contact_page(work, KEY, 999)


def test_what_could_not_be_handed_over_for_an_hour_is_shown(bench: Bench, settings: Settings) -> None:
    open_round(bench, 1)
    clock = Clock()
    send(bench, settings, Box(data=lambda *_: "451 4.7.1 greylisted"), clock)
    assert troubles(bench) == ()
    (trouble,) = troubles(bench, hours=1)
    assert (trouble.why, trouble.steps[0], trouble.line.condition) == ("mail.why_waits", "wait", "retrying")


@pytest.mark.deep
def test_the_rounds_line_counts_those_whom_the_page_shows(bench: Bench, settings: Settings) -> None:
    """The count for the stage line is a query of its own; it must not tell another number."""
    open_round(bench, 4, contacts=2)
    refused = {"c1.1@example.org": "550 5.1.1 unknown", "c1.2@example.org": "554 5.7.1 spam"}
    late = {"c2.1@example.org": "451 4.7.1 greylisted"}
    send(bench, settings, Box(rcpt=lambda address, _: (refused | late).get(address)))
    change_contacts(bench, "c3.1@example.org", bounced_at=NOW, bounce_reason="552 full")
    for values, expected in (
        ({}, 3),
        ({"paused": True}, 3),
        ({"may_vote": False}, 1),
    ):
        for address in refused:
            change_contacts(bench, address, **values)
        with reading(bench) as work:
            assert rounds.round_line(work, KEY).undelivered == expected
            assert mail_pages.mail_overview(work, KEY).refused == expected
    change_round(bench, state="published")
    with reading(bench) as work:
        assert rounds.round_line(work, KEY).undelivered == 0


def test_who_was_marked_before_keeps_what_was_said_first(bench: Bench) -> None:
    open_round(bench, 1)
    contact = number_of(bench, "c1.1@example.org")
    for said, marked in (("550 5.1.1 unknown", 1), ("552 5.2.2 full", 0)):
        with writing(bench) as work:
            assert mail_pages.mark_reported(work, {contact: said, 999: said}) == marked
    assert [trouble.said for trouble in troubles(bench)] == ["550 5.1.1 unknown"]


def test_what_waits_can_be_dropped(bench: Bench, settings: Settings) -> None:
    open_round(bench, 3)
    with writing(bench) as work:
        assert mail_pages.drop_waiting(work, KEY) == 3
        assert mail_pages.drop_waiting(work, KEY) == 0
    assert {(m.state, m.reason, m.token) for m in messages(bench)} == {("cancelled", "mail.dropped", None)}
    assert send(bench, settings).addresses == []


def test_nobody_else_reads_or_does_any_of_it(bench: Bench) -> None:
    open_round(bench, 1)
    for act in (
        mail_pages.mail_status,
        mail_pages.pause_mail,
        lambda work: mail_pages.undelivered(work, KEY),
        lambda work: mail_pages.resend(work, KEY, 1, WHY),
        lambda work: mail_pages.mark_reported(work, {1: ""}),
        lambda work: mail_pages.read_report(work, ""),
        lambda work: mail_pages.mail_list(work, KEY, Wanted()),
    ):
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(ANONYMOUS, NOW) as work:
            act(work)
