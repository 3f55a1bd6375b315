"""Handing over one mail: encrypted or not, signed in or not, and what each answer means."""

from __future__ import annotations

import smtplib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import pytest

from consulta.platform.formats import letter_mail
from consulta.platform.mailer import transport
from consulta.platform.mailer.transport import Outcome, Smtp
from consulta.platform.settings import MailSettings
from tests.cases import for_each
from tests.drafts import NOW
from tests.smtp import CERTIFICATE, HOST, Box, certified, mail_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage
    from pathlib import Path

SENDER = letter_mail.Sender("Mecanismo", "voto@example.org", "voto@example.org", "voto.example.org")


def mail(address: str = "ana@example.org") -> EmailMessage:
    halves = (letter_mail.Half("es", "Uno\n\n.dos"), letter_mail.Half("en", "One"))
    return letter_mail.compose(letter_mail.Mail("a1", "Ana", address, "Hola", halves), SENDER, NOW)


def sent(port: int, *addresses: str, **settings: Any) -> list[Outcome]:
    values = {"host": HOST, "port": port, "tls": "none", "sender": "voto@example.org", **settings}
    way = Smtp(MailSettings(**values), patience=3, talk_max=3)
    try:
        return [way.send(mail(address), 1, "invitation") for address in addresses or ("ana@example.org",)]
    finally:
        way.close()


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))


@pytest.mark.usefixtures("trusted")
def test_by_starttls_with_a_password() -> None:
    box = Box()
    with mail_server(box, tls_context=certified(), authenticator=box.sign_in, auth_required=True) as (
        _,
        port,
    ):
        (outcome,) = sent(port, tls="starttls", user="voto", password="right")
    assert (outcome.result, outcome.code) == ("sent", 250)
    assert box.sign_ins == [("voto", "right")]
    assert box.addresses == ["ana@example.org"]


@pytest.mark.usefixtures("trusted")
def test_a_wrong_password_is_our_own_affair_and_the_mail_waits() -> None:
    box = Box()
    with mail_server(box, tls_context=certified(), authenticator=box.sign_in, auth_required=True) as (
        _,
        port,
    ):
        (outcome,) = sent(port, tls="starttls", user="voto", password="wrong")
    assert (outcome.result, outcome.code, outcome.ours) == ("later", 535, True)


@pytest.mark.usefixtures("trusted")
def test_encrypted_from_the_first_byte() -> None:
    with mail_server(ssl_context=certified()) as (box, port):
        (outcome,) = sent(port, tls="tls")
    assert outcome.result == "sent"
    assert box.addresses == ["ana@example.org"]


def test_a_server_that_nobody_vouches_for_gets_nothing() -> None:
    with mail_server(tls_context=certified()) as (box, port):
        (outcome,) = sent(port, tls="starttls")
    assert (outcome.result, outcome.ours) == ("later", True)
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.said
    assert box.addresses == []


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for() -> None:
    with mail_server() as (box, port):
        (outcome,) = sent(port, tls="starttls")
    assert (outcome.result, outcome.ours) == ("later", True)
    assert box.addresses == []


@for_each(
    "where, answer, result, recipient",
    [
        ("rcpt", "550 5.1.1 unknown", "refused", True),
        ("rcpt", "451 greylisted", "later", False),
        ("rcpt", "553 5.1.8 sender's domain not found", "later", False),
        ("data", "554 spam", "refused", False),
        ("data", "452 full", "later", False),
        ("mail", "550 not from you", "later", False),
        ("mail", "451 wait", "later", False),
        ("mail", "530 sign in first", "later", False),
    ],
)
def test_what_an_answer_means_and_that_the_next_mail_goes_all_the_same(
    where: str, answer: str, result: str, *, recipient: bool
) -> None:
    box = Box()
    answers = iter([answer])
    setattr(box, where, lambda *_: next(answers, None))
    with mail_server(box) as (_, port):
        first, second = sent(port, "ana@example.org", "eva@example.org")
    assert (first.result, first.code, first.recipient) == (result, int(answer[:3]), recipient)
    assert second.result == "sent"


@for_each("phase", ["mail", "rcpt", "data"])
def test_every_answer_code_means_taken_later_or_never(phase: Literal["mail", "rcpt", "data"]) -> None:
    """Below 400 nothing is to be had, 421 says goodbye, and four codes are about who we are."""
    for code in range(200, 600):
        found = transport._answered(phase, code, b"some words")
        ours = code < 400 or code in {421, 530, 534, 535, 538} or (phase == "mail" and code >= 500)
        if code in {250, 251, 252}:
            assert found == Outcome("sent", code, "some words")
        elif code < 500 or ours:
            assert (found.result, found.ours, found.recipient) == ("later", ours, False), code
        else:
            assert (found.result, found.ours, found.recipient) == ("refused", False, phase == "rcpt"), code


def test_a_connection_is_let_go_also_where_the_server_does_not_say_goodbye() -> None:
    said: list[str] = []

    def gone() -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    way, server = Smtp(MailSettings(host=HOST)), smtplib.SMTP()
    server.quit, server.close = gone, lambda: said.append("closed")  # type: ignore[method-assign, assignment]
    way._server = server
    way.close()
    way.close()
    assert (said, way._server) == (["closed"], None)


def test_without_a_server_a_mail_is_a_file_that_its_owner_alone_reads(tmp_path: Path) -> None:
    folder = tmp_path / "mail"
    way = transport.of_settings(MailSettings(host=""), folder)
    assert isinstance(transport.of_settings(MailSettings(host=HOST), folder), Smtp)
    for _ in range(2):
        assert way.send(mail(), 7, "invitation") == Outcome("sent", said="000007-invitation.eml")
    way.close()
    (path,) = folder.iterdir()
    assert [each.stat().st_mode & 0o777 for each in (folder, path)] == [0o700, 0o600]
    assert b"ana@example.org" in path.read_bytes()
    kept = transport.Files(path).send(mail(), 8, "invitation")  # a file stands where the folder should
    assert (kept.result, kept.ours, kept.said) == ("later", True, "File exists")


def test_an_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    with mail_server(enable_SMTPUTF8=True) as (box, port):
        assert sent(port, "josé@example.org")[0].result == "sent"
        assert box.addresses == ["josé@example.org"]
    with mail_server(enable_SMTPUTF8=False) as (box, port):
        outcomes = sent(port, "josé@example.org", "ana@méxico.example.org")
    assert [o.result for o in outcomes] == ["refused", "sent"]
    assert box.addresses == ["ana@xn--mxico-bsa.example.org"]


@contextmanager
def listening(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that is none: it does with each connection what the test says."""
    with socket.create_server((HOST, 0)) as server:
        done = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                talk(connection)
                done.wait(30)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(server.getsockname()[1])
        done.set()
        thread.join(30)


def test_a_server_that_says_nothing_is_not_waited_for_long() -> None:
    with listening(lambda _connection: None) as port:
        (outcome,) = sent(port)
    assert (outcome.result, outcome.code, outcome.ours) == ("later", None, True)


def test_a_server_that_speaks_letter_by_letter_is_cut_off() -> None:
    """Each letter comes in time; the talk as a whole does not."""
    halt = threading.Event()

    def drip(connection: socket.socket) -> None:
        try:
            while not halt.wait(0.2):
                connection.sendall(b"2")
        except OSError:
            return

    with listening(drip) as port:
        (outcome,) = sent(port)
        halt.set()
    assert (outcome.result, outcome.ours) == ("later", True)
