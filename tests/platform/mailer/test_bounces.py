"""What mail servers say, in the words of this program; and what is kept of a report."""

from __future__ import annotations

from consulta.platform.mailer import bounces
from consulta.platform.messages import MESSAGES
from tests.cases import for_each


@for_each(
    "code, said, why",
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


@for_each(
    "code, said, why, ours",
    [
        (None, "[SSL: WRONG_VERSION_NUMBER] no", "mail.why_settings", True),
        (None, "STARTTLS extension not supported by server.", "mail.why_settings", True),
        (451, "[SSL: said by a server that answered", "mail.why_waits", False),
        (None, "DATA: timed out", "mail.why_unanswered", False),
        (None, "ALL: 550 5.7.1 no", "mail.why_all", True),
        (553, "MAIL FROM: 5.1.8 no", "mail.why_sender", True),
    ],
)
def test_what_the_whole_installation_suffers_is_told_from_what_one_reader_does(
    code: int | None, said: str, why: str, *, ours: bool
) -> None:
    assert bounces.why(code, said).code == why
    assert bounces.is_ours(code, said) is ours


def test_every_reason_and_every_step_has_its_sentence() -> None:
    for code, steps in bounces._WHY.items():
        assert code in MESSAGES
        assert steps
        assert {f"mail.do_{step}" for step in steps} <= MESSAGES.keys()


@for_each(
    "reason, kept, why",
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
