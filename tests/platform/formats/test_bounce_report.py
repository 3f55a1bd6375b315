"""Reports of mail servers as people paste them: whom they name, and what they say of each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.platform.mailer.bounces import LONGEST, SAID_MAX, Named, read
from tests.cases import for_each

DSN = """\
Reporting-MTA: dns; mx.example.net
X-Postfix-Sender: rfc822; voto@example.org

Final-Recipient: rfc822; Rosa.Quispe@red-andina.example
Original-Recipient: rfc822;rosa.quispe@red-andina.example
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.red-andina.example
Diagnostic-Code: smtp; 550 5.1.1 <rosa.quispe@red-andina.example>: Recipient
    address rejected: User unknown in local recipient table

Final-Recipient: rfc822; otra@red-andina.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: smtp; 451 try later
"""
GMAIL = """\
Address not found

Your message wasn't delivered to maria@casa.example because the address couldn't be found, or is unable to
receive mail.

The response from the remote server was:
550 5.1.1 The email account that you tried to reach does not exist. Please try
https://support.example.net/?p=NoSuchUser
"""
OUTLOOK_ES = """\
No se pudo entregar a estos destinatarios o grupos:

Juan Pérez (juan@norte.example)
El buzón del destinatario está lleno y no puede aceptar mensajes.

Información de diagnóstico para los administradores:
juan@norte.example
Remote Server returned '552 5.2.2 mailbox full'
"""


def test_the_machines_part_says_who_failed_and_who_is_only_late() -> None:
    found = {each.address: each for each in read(DSN)}
    rosa = found["rosa.quispe@red-andina.example"]
    assert rosa.failed
    assert rosa.said.startswith("550 5.1.1")
    assert "User unknown in local recipient table" in rosa.said
    assert not found["otra@red-andina.example"].failed
    assert not found["voto@example.org"].failed
    assert read(DSN)[0] == rosa


@for_each(
    "text, address, said",
    [(GMAIL, "maria@casa.example", "550 5.1.1"), (OUTLOOK_ES, "juan@norte.example", "552 5.2.2")],
)
def test_the_sentences_of_mail_programs_are_read_too(text: str, address: str, said: str) -> None:
    (found,) = read(text)
    assert found.address == address
    assert found.failed
    assert said in found.said


def test_several_reports_pasted_together_keep_their_own_reasons() -> None:
    found = {each.address: each.said for each in read(GMAIL + "\n\n" + OUTLOOK_ES)}
    assert "5.1.1" in found["maria@casa.example"]
    assert "5.2.2" in found["juan@norte.example"]


def test_a_delay_is_no_failure() -> None:
    (found,) = read("The message to ana@example.org is late: 451 4.7.1 Greylisted. No action is required.")
    assert found == Named(
        "ana@example.org",
        failed=False,
        said="The message to ana@example.org is late: 451 4.7.1 Greylisted. No action is required.",
    )


def test_a_personal_link_in_a_report_is_not_kept() -> None:
    (found,) = read(f"ana@example.org: 550 5.7.1 refused https://voto.example.org/es/v/{'x' * 43} as spam")
    assert "/v/" not in found.said
    assert found.said == "ana@example.org: 550 5.7.1 refused as spam"


@given(st.text(max_size=400))
def test_whatever_is_pasted_is_read_and_what_is_kept_stays_short(text: str) -> None:
    for each in read(f"{text} ana@example.org 550 {text}"):
        assert len(each.said) <= SAID_MAX
        assert each.address == each.address.casefold()


def test_a_huge_paste_is_read_up_to_a_limit_and_in_good_time() -> None:
    assert read("x" * LONGEST + " ana@example.org") == ()
    assert read("a." * LONGEST) == ()
    assert read("@" * LONGEST) == ()
