"""What mail servers say, in the words of the house; and what is kept of a report."""

from __future__ import annotations

import pytest

from consulta.messages import MESSAGES
from consulta.services import bounces

DSN = """\
This is the mail system at host mail.example.org.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

Reporting-MTA: dns; mail.example.org
Final-Recipient: rfc822; Ana.Perez@Example.com
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ana.perez@example.com>: Recipient address
    rejected: User unknown

From: Mecanismo <voto@example.org>
https://voto.example.org/es/v/0123456789012345678901234567890123456789012
"""


@pytest.mark.parametrize(
    ("code", "said", "why"),
    [
        (550, "5.1.1 no such user", "mail.why_mailbox"),
        (550, "no such user", "mail.why_mailbox"),
        (550, "5.7.1 blocked", "mail.why_unwelcome"),
        (550, "5.1.2 bad domain", "mail.why_domain"),
        (550, "5.4.4 unable to route", "mail.why_domain"),
        (552, "5.2.2 over quota", "mail.why_full"),
        (452, "4.2.2 over quota", "mail.why_full"),
        (552, "over quota", "mail.why_full"),
        (451, "4.7.1 greylisted", "mail.why_waits"),
        (421, "too busy", "mail.why_waits"),
        (535, "5.7.8 bad password", "mail.why_unwelcome"),
        (535, "bad password", "mail.why_us"),
        (554, "no thanks", "mail.why_unwelcome"),
        (500, "what", "mail.why_refused"),
        (None, "Connection refused", "mail.why_silent"),
    ],
)
def test_an_answer_is_understood(code: int | None, said: str, why: str) -> None:
    assert bounces.why(code, said).code == why


def test_every_reason_and_every_step_has_its_sentence() -> None:
    for code, steps in bounces._WHY.items():
        assert code in MESSAGES
        assert steps
        assert {f"mail.do_{step}" for step in steps} <= MESSAGES.keys()


def test_a_report_tells_whom_and_why_and_no_link_is_kept() -> None:
    assert bounces.addresses_in(DSN) == ("ana.perez@example.com",)
    reason = bounces.reason_in(DSN)
    assert reason == "550 5.1.1 <ana.perez@example.com>: Recipient address rejected: User unknown"
    assert bounces.why_reported(reason).code == "mail.why_mailbox"


@pytest.mark.parametrize(
    ("report", "reason", "why"),
    [
        ("Hola:\n552 5.2.2 mailbox full for ana@example.org", "552 5.2.2 mailbox full for ana@example.org",
         "mail.why_full"),
        ("No se pudo entregar a ana@example.org", "No se pudo entregar a ana@example.org", "mail.why_unsaid"),
        ("", "", "mail.why_unsaid"),
        ("550 see https://voto.example.org/es/v/abc", "550 see …", "mail.why_mailbox"),
    ],
)  # fmt: skip
def test_a_report_in_other_words(report: str, reason: str, why: str) -> None:
    assert bounces.reason_in(report) == reason
    assert bounces.why_reported(reason).code == why


def test_a_report_without_a_form_names_every_address_in_it() -> None:
    assert bounces.addresses_in("Your mail to <Ana@example.org> from voto@example.org failed.") == (
        "ana@example.org",
        "voto@example.org",
    )
