"""A mail server that refuses everything, dies after it took the mail, or does not fit the settings.

Nobody is blamed who is not to blame, nothing is given up that could still go, and what may arrive twice is
told.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.desk import mail
from consulta.operations import monitoring
from consulta.platform.listing import Wanted
from consulta.platform.mailer import bounces, outbox
from consulta.platform.mailer.transport import Outcome
from consulta.platform.settings import BackupSettings
from tests.drafts import KEY, NOW, reading, writing
from tests.platform.mailer.desk import Clock, deliveries, messages, open_round, worker_at, working
from tests.platform.mailer.test_transport import sent
from tests.platform.mailer.test_trial import failed, tried
from tests.smtp import Box, certified, mail_server

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

ROOM = 10**12
SPAM = "554 5.7.1 we take nothing from you"


def state(bench: Bench, clock: Clock) -> str:
    with writing(bench, clock.now) as work:
        return monitoring.report(work, ROOM, BackupSettings()).state


def states(bench: Bench) -> list[str]:
    return [each.state for each in messages(bench)]


@pytest.mark.parametrize("phase", ["data", "rcpt"])
def test_a_server_that_refuses_everything_gives_up_two_mails_and_keeps_the_rest(
    bench: Bench, settings: Settings, phase: str
) -> None:
    """Who runs it mends it in an hour; 400 invitations that were given up would be sent again by hand."""
    open_round(bench, 6)
    clock, refusing = Clock(), True
    box = Box(**{phase: lambda *_: SPAM if refusing else None})
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        for _ in range(20):
            worker.mail.paused_until = 0.0
            worker.mail.send_due()
            clock.forward(minutes=1)
        assert states(bench) == ["failed", "failed", *["queued"] * 4]
        waiting = messages(bench, state="queued")[0]
        why = bounces.why(waiting.code, waiting.said)
        assert (why.code, why.steps) == ("mail.why_all", ("settings",))
        assert state(bench, clock) == "warning"
        with reading(bench, clock.now) as work:
            status = mail.mail_status(work)
        assert status.stuck_since is not None
        assert status.stuck_since < NOW + timedelta(minutes=1)
        assert status.last_said == "554 ALL: 5.7.1 we take nothing from you"
        refusing = False
        for _ in range(12):
            worker.mail.paused_until = 0.0
            worker.mail.send_due()
            clock.forward(minutes=1)
    assert states(bench) == ["failed", "failed", *["sent"] * 4]
    assert len(box.addresses) == len(set(box.addresses)) == 4
    assert state(bench, clock) == "ok"


def test_one_mailbox_that_refuses_beside_others_that_take_is_its_own_affair(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 6)
    box = Box(data=lambda to, _: SPAM if to.startswith(("c1.", "c3.", "c5.")) else None)
    with mail_server(box) as (_, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert states(bench) == ["failed", "sent"] * 3


def test_many_closed_mailboxes_in_a_row_are_no_server_that_refuses_everything(
    bench: Bench, settings: Settings
) -> None:
    open_round(bench, 4)
    box = Box(rcpt=lambda *_: "550 5.1.1 no such mailbox")
    with mail_server(box) as (_, port), worker_at(bench, settings, port) as worker:
        worker.look()
    assert states(bench) == ["failed"] * 4


@pytest.mark.deep
@pytest.mark.parametrize(
    "answer", ["550 relay not permitted", "554 5.7.1 <a@b.example>: Relay access denied"]
)
def test_a_server_that_passes_nothing_on_blames_no_recipient(
    bench: Bench, settings: Settings, answer: str
) -> None:
    """It says at each recipient what is wrong with our own settings: no address is marked as closed."""
    open_round(bench, 4)
    with (
        mail_server(Box(rcpt=lambda *_: answer)) as (_, port),
        worker_at(bench, settings, port) as worker,
    ):
        for _ in range(4):
            worker.mail.paused_until = 0.0
            worker.look()
    assert states(bench) == ["queued"] * 4
    with reading(bench) as work:
        assert all(
            each.condition in {"waiting", "retrying"} for each in mail.mail_list(work, KEY, Wanted()).rows
        )
    assert bounces.why(messages(bench)[0].code, messages(bench)[0].said).code == "mail.why_sender"


def test_a_mail_without_an_answer_is_told_and_comes_ever_more_seldom(
    bench: Bench, settings: Settings, staff_visitor: Visitor
) -> None:
    """The server takes it each time and dies before it says so: each try is one more mail in the mailbox."""
    open_round(bench, 1)
    clock = Clock()
    box = Box(hang_up=lambda *_: True)
    with mail_server(box) as (_, port), worker_at(bench, settings, port, clock) as worker:
        while states(bench) == ["queued"]:
            worker.mail.paused_until = 0.0
            worker.mail.send_due()
            clock.forward(minutes=20)
    assert len(box.taken) <= 19, "in two days, and not at each look"
    assert len({each["Message-ID"] for each in box.messages}) == 1
    assert {each.outcome for each in deliveries(bench)} == {"later"}
    assert bounces.why(None, deliveries(bench)[0].said).code == "mail.why_unanswered"
    with reading(bench) as work:
        (row,) = mail.mail_list(work, KEY, Wanted()).rows
    page = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/mail/contacts/{row.contact.id}").text
    assert "Puede haber llegado de todos modos; en ese caso llegaría dos veces." in page


def test_a_server_that_says_nothing_before_it_has_the_mail_is_not_said_to_have_taken_it() -> None:
    with mail_server(Box(data=lambda *_: "451 later")) as (_, port):
        (outcome,) = sent(port)
    assert (outcome.result, outcome.unanswered) == ("later", False)
    with mail_server(Box(hang_up=lambda *_: True)) as (box, port):
        (outcome,) = sent(port)
    assert (outcome.result, outcome.ours, outcome.unanswered) == ("later", True, True)
    assert ".dos" in box.messages[0].get_body(("plain",)).get_content().splitlines()


def test_a_certificate_and_a_sign_in_that_do_not_fit_are_no_silence() -> None:
    """It was said that the server did not answer; it did, and the settings are to be mended."""
    with mail_server(tls_context=certified()) as (_, port):
        outcomes = sent(port, tls="starttls")
    with mail_server() as (_, port):
        outcomes += sent(port, tls="starttls")
        outcomes += sent(port, tls="tls")
        outcomes += sent(port, user="voto", password="right")
    assert [bounces.why(each.code, each.said).code for each in outcomes] == ["mail.why_settings"] * 4
    assert bounces.why(None, "Connection unexpectedly closed").code == "mail.why_silent"


def test_a_refusal_long_after_two_others_is_a_fate_of_its_own(bench: Bench) -> None:
    open_round(bench, 3)
    for number, minutes in ((1, 0), (2, 1), (3, 90)):
        with working(bench, NOW + timedelta(minutes=minutes)) as work:
            assert outbox.claim(work, "one", None) == number
            kept = outbox.settle(work, number, "one", Outcome("refused", 554, "5.7.1 no"), None, 0.5)
            assert kept.result == "refused"


# -- the mail on trial


def test_a_mail_on_trial_that_has_no_answer_says_that_it_may_have_arrived() -> None:
    with mail_server(Box(hang_up=lambda *_: True)) as (box, port):
        told = failed(tried(port), "message")
    assert len(box.taken) == 1
    assert "it may have taken it. Look into that mailbox before you try again" in told


def test_a_slow_server_is_not_said_to_be_out_of_reach() -> None:
    with mail_server(Box(pause=2)) as (_, port):
        told = failed(tried(port, patience=0.5), "message")
    assert "it may have taken it" in told
    assert "firewall" not in told
