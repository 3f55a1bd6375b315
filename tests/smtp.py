"""A real mail server in the process of the tests, that answers, refuses, dawdles and dies as it is told."""

from __future__ import annotations

import asyncio
import email
import ssl
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from tests.servers import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from email.message import EmailMessage

    from aiosmtpd.smtp import SMTP, Envelope, Session

    Answer = Callable[[str, int], str | None]

HOST = "127.0.0.1"
CERTIFICATE = Path(__file__).parent / "certificate.pem"
OK = "250 OK"


@dataclass
class Box:
    """What a server was told to do, and what came of it. `rcpt` and `data` answer a recipient and a number.

    The number says how often that recipient was tried. None takes the mail.
    """

    rcpt: Answer = lambda _recipient, _number: None
    data: Answer = lambda _recipient, _number: None
    mail: Callable[[], str | None] = lambda: None
    hang_up: Callable[[str, int], bool] = lambda _recipient, _number: False  # after the mail was taken
    pause: float = 0.0  # seconds before each answer to a mail
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    tried: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    sign_ins: list[tuple[str, str]] = field(default_factory=list)

    @property
    def messages(self) -> list[EmailMessage]:
        """What was taken, read again."""
        return [
            email.message_from_bytes(raw, policy=policy.default)  # type: ignore[misc]
            for _, raw in self.taken
        ]

    @property
    def addresses(self) -> list[str]:
        """For whom a mail was taken, as often as it was."""
        return [recipient for recipient, _ in self.taken]

    # -- aiosmtpd calls these

    async def handle_EHLO(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        refusal = self.mail()
        if refusal is None:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return refusal or OK

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.tried[address] += 1
        refusal = self.rcpt(address, self.tried[address])
        if refusal is None:
            envelope.rcpt_tos.append(address)
        return refusal or OK

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.pause)
        recipient = envelope.rcpt_tos[0]
        refusal = self.data(recipient, self.tried[recipient])
        if refusal is not None:
            return refusal
        self.taken.append((recipient, bytes(envelope.content or b"")))
        self.senders.append(str(envelope.mail_from))
        self.recipients.append(list(envelope.rcpt_tos))
        if self.hang_up(recipient, self.tried[recipient]):
            transport: Any = server.transport
            transport.abort()
        return OK

    def sign_in(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        """Take the password that the tests use."""
        assert isinstance(given, LoginPassword)
        self.sign_ins.append((given.login.decode(), given.password.decode()))
        return AuthResult(success=given.password == b"right", handled=False)


@contextmanager
def mail_server(box: Box | None = None, **options: Any) -> Iterator[tuple[Box, int]]:
    """A mail server on a port of its own, until the test is over."""
    handler = box or Box()
    controller = Controller(handler, hostname=HOST, port=free_port(), ready_timeout=30, **options)
    controller.start()
    handler.connections = 0  # the controller tries itself
    try:
        yield handler, controller.port
    finally:
        controller.stop()


def certified() -> ssl.SSLContext:
    """The context of a server that shows the tests' own certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context
