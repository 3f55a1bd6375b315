"""What mail servers say, in the words of the house; and what is kept of a report."""

from __future__ import annotations

import pytest

from consulta.infra.messages import MESSAGES
from consulta.mailer import bounces


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
        (550, "MAIL FROM: 5.1.8 no such sender", "mail.why_sender"),
        (553, "MAIL FROM: not yours", "mail.why_sender"),
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


@pytest.mark.parametrize(
    ("reason", "kept", "why"),
    [
        ("552 5.2.2 mailbox full\nfor Ana", "552 5.2.2 mailbox full for Ana", "mail.why_full"),
        ("No se pudo entregar", "No se pudo entregar", "mail.why_unsaid"),
        ("", "", "mail.why_unsaid"),
        ("550 see https://voto.example.org/es/v/abc", "550 see …", "mail.why_mailbox"),
        (f"550 5.1.1 {'x' * 43} no", "550 5.1.1 … no", "mail.why_mailbox"),
    ],
)
def test_what_a_server_said_is_kept_on_one_line_without_a_link(reason: str, kept: str, why: str) -> None:
    assert bounces.kept(reason) == kept
    assert bounces.why_reported(kept).code == why


def test_no_more_of_it_is_kept_than_a_line_holds() -> None:
    assert len(bounces.kept("550 " * 500)) <= bounces.REASON_MAX
