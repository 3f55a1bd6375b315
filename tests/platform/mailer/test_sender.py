"""A mail server that refuses our own address as sender: no other is to blame, and nothing is lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.desk import mail
from consulta.platform.models import Contact
from tests.drafts import KEY, reading
from tests.platform.mailer.desk import Clock, messages, open_round, worker_at
from tests.smtp import Box, mail_server

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

LOST = f"/es/secretariat/rounds/{KEY}/mail/lost"
EVERYBODY = ["c1.1@example.org", "c2.1@example.org", "c3.1@example.org"]


@pytest.mark.deep
@pytest.mark.parametrize(
    ("phase", "answer"),
    [
        ("mail", "550 5.1.0 sender rejected"),
        ("mail", "553 not owned by user"),
        ("rcpt", "550 5.1.8 sender's domain not found"),
    ],
)
def test_no_recipient_is_blamed_and_all_goes_when_it_is_mended(
    bench: Bench, settings: Settings, phase: str, answer: str
) -> None:
    open_round(bench)
    box, clock = Box(), Clock()
    setattr(box, phase, lambda *_: answer)
    with mail_server(box) as (_, port):
        with worker_at(bench, settings, port, clock) as worker:
            for _ in range(3):
                worker.look()
        assert {m.state for m in messages(bench)} == {"queued"}
        with reading(bench) as work:
            assert set(work.session.scalars(select(Contact.bounced_at))) == {None}
            told = mail.undelivered(work, KEY)
        assert told, "the desk hears of it at once, not when an hour has passed"
        assert {(each.why, each.steps) for each in told} == {("mail.why_sender", ("settings",))}
        setattr(box, phase, lambda *_: None)
        clock.forward(hours=5)
        with worker_at(bench, settings, port, clock) as worker:
            worker.look()
    assert sorted(box.addresses) == EVERYBODY
    with reading(bench) as work:
        assert mail.undelivered(work, KEY) == ()


def test_the_desk_says_whose_address_it_is(bench: Bench, settings: Settings, staff_visitor: Visitor) -> None:
    open_round(bench)
    box = Box(mail=lambda: "550 not from you")
    with mail_server(box) as (_, port), worker_at(bench, settings, port) as worker:
        worker.look()
    page = staff_visitor.get(LOST).text
    assert "no acepta la dirección de este sitio como remitente" in page
    assert "MAIL FROM: not from you" in page
