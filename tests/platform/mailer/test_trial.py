"""One mail on trial: each thing that can be wrong with the settings is told at its step, with the way out."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from click.testing import CliRunner
from sqlalchemy import select

from consulta.platform.mailer import trial
from consulta.platform.mailer.transport import UnansweredError
from consulta.platform.models import Delivery, LogEntry, Message
from consulta.platform.settings import MailSettings, Settings
from consulta.platform.work import COMMAND
from consulta.shell.cli import main
from tests.cases import for_each
from tests.drafts import NOW
from tests.factories import moment
from tests.servers import free_port
from tests.smtp import CERTIFICATE, HOST, Box, certified, mail_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

    from consulta.platform.work import Bench

TO = "ana@example.org"
WHOLE = ["find the server", "connect", "encrypt", "sign in", "sender", "recipient", "message"]


def tried(
    port: int, host: str = HOST, patience: float = 5, whole: float = 60, **values: Any
) -> list[trial.Step]:
    mail = MailSettings(**{"host": host, "port": port, "tls": "none", "sender": "voto@example.org", **values})
    message = trial.message(_settings(mail), TO, NOW)
    return list(trial.steps(mail, message, patience, whole))


def _settings(mail: MailSettings) -> Settings:
    return Settings(data=Path(), database="", secret="", mail=mail)


def failed(steps: list[trial.Step], at: str) -> str:
    """What the last step tells, which is the only one that went wrong."""
    assert [step.name for step in steps] == WHOLE[: WHOLE.index(at) + 1]
    assert [step.well for step in steps] == [True] * (len(steps) - 1) + [False]
    return steps[-1].told


def test_all_steps_of_a_mail_that_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    box = Box()
    with mail_server(box, tls_context=certified(), authenticator=box.sign_in, auth_required=True) as (
        _,
        port,
    ):
        steps = tried(port, tls="starttls", user="voto", password="right")
    assert [step.name for step in steps] == WHOLE
    assert all(step.well for step in steps)
    assert [step.told for step in steps[:-1]] == [
        "127.0.0.1 is 127.0.0.1",
        f"port {port} answers",
        "encrypted, and the certificate is valid",
        "as voto",
        "voto@example.org",
        TO,
    ]
    assert steps[-1].told.startswith("taken with the words: ")
    (message,) = box.messages
    assert message["To"].addresses[0].addr_spec == TO
    assert "Prueba del correo" in message["Subject"]


def test_what_keeps_a_talk_from_beginning_is_told_with_the_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    told = failed(tried(free_port(), tls="starttls"), "connect")
    assert "Nothing listens there" in told
    assert "465 with CONSULTA_SMTP_TLS=tls" in told
    with mail_server(ssl_context=certified()) as (_, port):
        told = failed(tried(port, tls="starttls", patience=0.5), "connect")
    assert "CONSULTA_SMTP_TLS=tls, whose port is usually 465." in told
    with mail_server() as (box, port):
        told = failed(tried(port, tls="tls"), "connect")
        assert "CONSULTA_SMTP_TLS=starttls, whose port is usually 587." in told
        assert "offers no encryption" in failed(tried(port, tls="starttls"), "encrypt")
    assert box.taken == []

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    told = failed(tried(25, host="smtp.exmaple.org"), "find the server")
    assert "No address is known for smtp.exmaple.org" in told


@for_each("tls", ["starttls", "tls", "none"])
def test_without_a_user_it_is_said_how_the_connection_is_encrypted(
    monkeypatch: pytest.MonkeyPatch, tls: str
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    options = {"starttls": "tls_context", "tls": "ssl_context"}
    with mail_server(**({options[tls]: certified()} if tls in options else {})) as (_, port):
        steps = tried(port, tls=tls)
    assert [step.well for step in steps] == [True] * len(WHOLE)
    assert [steps[2].told.partition(":")[0], steps[3].told.partition(":")[0]] == [
        {
            "starttls": "encrypted, and the certificate is valid",
            "tls": "encrypted from the first byte, and the certificate is valid",
            "none": "not encrypted, as CONSULTA_SMTP_TLS=none says",
        }[tls],
        "no user is set",
    ]


def test_what_a_server_may_have_taken_is_never_said_to_be_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    def give(*_: object) -> None:
        raise UnansweredError("timed out")

    monkeypatch.setattr(trial, "give", give)
    settings, limit = MailSettings(host=HOST, sender="voto@example.org"), trial.Limit(1)
    message = trial.message(_settings(settings), TO, NOW)
    no_server: Any = None
    step = trial._tried("message", settings, 1, lambda: trial._content(settings, message, no_server))
    assert (step.well, step.unsure) == (False, True)
    assert "(timed out): it may have taken it." in step.told
    other = trial.Step("sender", "no", well=False)
    assert [trial._in_time(each, limit, 2) for each in (step, other)] == [step, other]
    limit.is_over = True
    assert trial._in_time(step, limit, 2) is step
    cut = trial._in_time(other, limit, 2)
    assert (cut.name, cut.well, cut.unsure) == ("sender", False, False)
    assert cut.told.startswith("It was cut after 2 seconds in all")


def test_a_certificate_that_cannot_be_trusted() -> None:
    with mail_server(tls_context=certified()) as (_, port):
        told = failed(tried(port, tls="starttls"), "encrypt")
    with mail_server(ssl_context=certified()) as (_, port):
        first_byte = failed(tried(port, tls="tls"), "connect")
    assert told == first_byte
    assert "cannot be trusted: self-signed certificate" in told
    assert "SSL_CERT_FILE" in told


def test_a_wrong_password_and_a_server_that_takes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(CERTIFICATE))
    box = Box()
    with mail_server(box, tls_context=certified(), authenticator=box.sign_in, auth_required=True) as (
        _,
        port,
    ):
        told = failed(tried(port, tls="starttls", user="voto", password="wrong"), "sign in")
    assert "The sign-in failed. The server said: 535" in told
    assert "wrong" not in told
    with mail_server(tls_context=certified(), auth_exclude_mechanism=["LOGIN", "PLAIN"]) as (_, port):
        told = failed(tried(port, tls="starttls", user="voto", password="right"), "sign in")
    assert "CONSULTA_SMTP_USER" in told


@for_each(
    "box, step, said",
    [
        (
            Box(mail=lambda: "550 5.7.1 not your address"),
            "sender",
            "voto@example.org may not send here. The server",
        ),
        (Box(mail=lambda: "530 5.7.0 sign in first"), "sender", "set CONSULTA_SMTP_USER"),
        (Box(rcpt=lambda *_: "550 5.1.8 bad domain"), "recipient", "voto@example.org may not send here"),
        (
            Box(rcpt=lambda *_: "550 5.1.1 no such user"),
            "recipient",
            f"{TO} is refused. The server said: 550",
        ),
        (Box(rcpt=lambda *_: "451 4.7.1 greylisted"), "recipient", "Try again in some minutes"),
        (Box(data=lambda *_: "554 5.7.1 looks like spam"), "message", "SPF, DKIM or DMARC"),
    ],
)
def test_what_the_server_refuses_is_told_at_its_step(box: Box, step: str, said: str) -> None:
    with mail_server(box) as (_, port):
        assert said in failed(tried(port), step)


@contextmanager
def dripping(begins: bytes) -> Iterator[int]:
    """A server that says this at once, and then no end of letters, each in time; its port."""

    def serve() -> None:
        with suppress(OSError):
            talk, _ = listener.accept()
            with talk:
                talk.sendall(begins)
                while True:
                    talk.sendall(b"x")
                    time.sleep(0.05)

    with socket.create_server((HOST, 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
    thread.join(5)


@for_each("begins", [b"220 ", b"220 here\r\n250-"])
def test_a_server_that_answers_letter_by_letter_is_left_after_a_while(begins: bytes) -> None:
    """Each letter comes in time, and an answer never would."""
    with dripping(begins) as port:
        began = time.monotonic()
        told = failed(tried(port, whole=1), "encrypt")
        assert time.monotonic() - began < 5
    assert "It was cut after 1 second in all: the server answers, letter by letter" in told


# -- the command


def test_the_command_sends_one_mail_and_writes_nothing_into_the_outbox(
    bench: Bench, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as (box, port):
        for name, value in {
            "CONSULTA_DATA": str(settings.data),
            "CONSULTA_DATABASE": str(bench.engine.url),
            "CONSULTA_SECRET": "a secret of the tests, long enough and varied",
            "CONSULTA_SMTP_HOST": HOST,
            "CONSULTA_SMTP_PORT": str(port),
            "CONSULTA_SMTP_TLS": "none",
            "CONSULTA_MAIL_SENDER": "Mecanismo <voto@example.org>",
        }.items():
            monkeypatch.setenv(name, value)
        read = Settings.from_env().mail
        with bench.read(COMMAND, moment()) as work:
            assert not trial.is_tested(work, read)
        done = CliRunner().invoke(main, ["mail", "test", TO])
        assert done.exit_code == 0, done.output
        assert [line[:5] for line in done.stdout.splitlines()[1:-1]] == ["ok   "] * len(WHOLE)
        assert box.addresses == [TO]
        box.rcpt = lambda *_: "550 5.1.1 no such user"
        again = CliRunner().invoke(main, ["mail", "test", "eva@example.org"])
    assert again.exit_code == 1
    assert "FAULT  recipient: eva@example.org is refused" in again.stderr
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Message.id)).all() == []
        assert work.session.scalars(select(Delivery.id)).all() == []
        kept = work.session.scalars(select(LogEntry).where(LogEntry.action == trial.ACT)).all()
        assert len(kept) == 1
        assert TO not in kept[0].details
        assert trial.is_tested(work, read)
        assert not trial.is_tested(work, replace(read, host="other.example.org"))


def test_without_a_mail_server_the_command_says_where_mail_goes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSULTA_DATA", str(settings.data))
    monkeypatch.setenv("CONSULTA_SECRET", "a secret of the tests, long enough and varied")
    done = CliRunner().invoke(main, ["mail", "test", TO])
    assert done.exit_code == 1
    assert "no mail server is set" in done.stderr
    assert CliRunner().invoke(main, ["mail", "test", "nobody"]).exit_code == 2
