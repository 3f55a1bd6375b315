"""How a finished mail leaves: over SMTP, or as a file. Each way says what became of it and raises nothing.

It decides what a server's answer means: gone, later, never. It does not know who the mail is for, what it
says, or when it will be tried again.
"""

from __future__ import annotations

import re
import smtplib
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from email import policy
from typing import TYPE_CHECKING, Literal, Protocol

from consulta.platform.paths import write_private

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage
    from pathlib import Path

    from consulta.platform.settings import MailSettings

PATIENCE = 30.0  # seconds for one answer
TALK_MAX = 120.0  # seconds for a whole talk about one mail: a server may answer letter by letter
ACCEPTED = frozenset({250, 251, 252})
GO_AHEAD, TEMPORARY, PERMANENT, GOODBYE = 354, 400, 500, 421
SAID_MAX = 300
# Who we are is in question, not the recipient: it is mended in the settings, so the mail waits.
ABOUT_US = frozenset({530, 534, 535, 538})
# Our address as sender is refused, for every recipient (RFC 3463); many servers say so at the recipient.
BAD_SENDER = ("5.1.7 ", "5.1.8 ")
SENDER = "MAIL FROM: "  # before what a server said that takes nothing from our own address
UNANSWERED = "DATA: "  # before what is known of a mail that the server was given whole and never answered
# No recipient is to blame where our server passes on no mail of ours; many say so at each recipient.
RELAY = re.compile(r"\brelay(ing)?\b", re.IGNORECASE)
_PERIOD = re.compile(rb"(?m)^\.")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a mail; `ours` where the connection failed, so that others would fare alike.

    `unanswered` where the server had the whole mail and gave no answer: it may have taken it.
    """

    result: Literal["sent", "later", "refused"]
    code: int | None = None
    said: str = ""
    recipient: bool = False  # it was the recipient's address that was refused
    ours: bool = False
    unanswered: bool = False


class UnansweredError(Exception):
    """The server has the whole mail and gave no answer: it may have taken it or not."""


class Transport(Protocol):
    """A way for mails to leave."""

    name: Literal["smtp", "file"]

    def send(self, message: EmailMessage, number: int, kind: str) -> Outcome:
        """Send one mail and return its outcome; `number` and `kind` are those of the outbox."""

    def close(self) -> None:
        """Let go of what was kept open for the next mail."""


def of_settings(settings: MailSettings, folder: Path) -> Transport:
    """Return the transport that the settings name: SMTP, or files in `folder`."""
    return Smtp(settings) if settings.host else Files(folder)


class Files:
    """Each mail as a file that only its owner reads: to look round without a mail server."""

    name: Literal["smtp", "file"] = "file"

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def send(self, message: EmailMessage, number: int, kind: str) -> Outcome:
        """Write a mail under its number, whole or not at all; the same mail again replaces it."""
        path = file_of(self.folder, number, kind)
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_private(path, message.as_bytes(policy=policy.SMTPUTF8))
        except OSError as error:
            return Outcome("later", said=str(error.strerror), ours=True)
        return Outcome("sent", said=path.name)

    def close(self) -> None:
        """Do nothing, since nothing is kept open."""


def file_of(folder: Path, number: int, kind: str) -> Path:
    """Return the path of the file to which a mail is written where there is no mail server."""
    return folder / f"{number:06d}-{kind}.eml"


class Smtp:
    """A mail server; the connection is kept for the next mail, and made anew when it is gone."""

    name: Literal["smtp", "file"] = "smtp"

    def __init__(
        self, settings: MailSettings, patience: float = PATIENCE, talk_max: float = TALK_MAX
    ) -> None:
        self.settings = settings
        self.patience = patience
        self.talk_max = talk_max
        self._server: smtplib.SMTP | None = None

    def send(self, message: EmailMessage, number: int, kind: str) -> Outcome:
        """Send one mail and return its outcome; it raises nothing.

        A mail that the server did not clearly take or refuse is to be tried later.
        """
        with Limit(self.talk_max) as limit:
            try:
                outcome = _talk(self._connected(limit), message, self.settings.sender)
            except UnansweredError as error:
                said = f"{UNANSWERED}{one_line(str(error))}"[:SAID_MAX]
                outcome = Outcome("later", said=said, ours=True, unanswered=True)
            except smtplib.SMTPResponseException as error:
                outcome = Outcome("later", error.smtp_code, one_line(error.smtp_error), ours=True)
            except (OSError, smtplib.SMTPException, ValueError) as error:
                outcome = Outcome("later", said=one_line(str(error) or type(error).__name__), ours=True)
        if outcome.result != "sent":
            self._settle(outcome)
        return outcome

    def close(self) -> None:
        """Close the connection, with `QUIT` if the server still answers."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(OSError, smtplib.SMTPException, ValueError):
                server.quit()
            server.close()

    def _settle(self, outcome: Outcome) -> None:
        """Reset the connection after a mail that was not sent, so that it can serve the next mail.

        Close it if the failure is on the side of sender or server (`outcome.ours`), or if a reset fails.
        """
        server = self._server
        if server is None or outcome.ours or not _accepts(server.rset):
            self._server = None
            if server is not None:
                server.close()

    def _connected(self, limit: Limit) -> smtplib.SMTP:
        server, self._server = self._server, None
        if server is not None:
            limit.server = server
            if not _accepts(server.noop):
                server.close()
                server = None
        self._server = server or self._connect(limit)
        return self._server

    def _connect(self, limit: Limit) -> smtplib.SMTP:
        server = _BY_TLS[self.settings.tls](limit, self.settings, self.patience)
        try:
            if self.settings.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.settings.user:
                server.login(self.settings.user, self.settings.password)
            server.ehlo_or_helo_if_needed()
        except BaseException:
            server.close()
            raise
        return server


class Limit:
    """Cuts a talk that takes too long, however lively it is."""

    def __init__(self, seconds: float) -> None:
        self.server: smtplib.SMTP | None = None
        self.is_over = False
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True

    def __enter__(self) -> Limit:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()

    def _cut(self) -> None:
        self.is_over = True
        sock = self.server.sock if self.server else None
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


class Plain(smtplib.SMTP):
    """A connection that its limit knows from the first byte on."""

    def __init__(self, limit: Limit, settings: MailSettings, patience: float) -> None:
        limit.server = self
        super().__init__(settings.host, settings.port, timeout=patience)


class Tls(smtplib.SMTP_SSL):
    """The same, encrypted from the first byte on."""

    def __init__(self, limit: Limit, settings: MailSettings, patience: float) -> None:
        limit.server = self
        super().__init__(settings.host, settings.port, timeout=patience, context=ssl.create_default_context())


_BY_TLS: dict[str, Callable[[Limit, MailSettings, float], smtplib.SMTP]] = {
    "none": Plain,
    "starttls": Plain,
    "tls": Tls,
}


def _talk(server: smtplib.SMTP, message: EmailMessage, sender: str) -> Outcome:
    """Send one mail to one recipient, and return the outcome of the answer that ended it.

    Each command's answer is checked, so that it is known which of them was a refusal.
    """
    recipient = message["To"].addresses[0].addr_spec
    beyond_ascii = not recipient.isascii()
    if beyond_ascii and not server.has_extn("smtputf8"):
        return Outcome("refused", said="SMTPUTF8")
    options = ["SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else []
    code, said = server.mail(sender, options)
    if code not in ACCEPTED:
        return _answered("mail", code, said)
    code, said = server.rcpt(recipient)
    if code not in ACCEPTED:
        return _answered("rcpt", code, said)
    return _answered(
        "data", *give(server, message.as_bytes(policy=policy.SMTPUTF8 if beyond_ascii else policy.SMTP))
    )


def give(server: smtplib.SMTP, content: bytes) -> tuple[int, bytes]:
    """Give the server the content of a mail, and return its answer.

    Raise UnansweredError where it has the whole of it and does not answer. Then it may have taken it.
    """
    code, said = server.docmd("DATA")
    if code != GO_AHEAD:
        return code, said
    server.send(_PERIOD.sub(b"..", content.removesuffix(b"\r\n")) + b"\r\n.\r\n")
    try:
        return server.getreply()
    except (OSError, smtplib.SMTPServerDisconnected, ValueError) as error:
        raise UnansweredError(str(error) or type(error).__name__) from error


def _answered(phase: Literal["mail", "rcpt", "data"], code: int, said: bytes | str) -> Outcome:
    """Return the outcome that an answer means in this phase of the connection."""
    line = one_line(said)
    if code in ACCEPTED:
        return Outcome("sent", code, line)
    if code < PERMANENT or code in ABOUT_US:
        return Outcome("later", code, line, ours=code < TEMPORARY or code in {GOODBYE, *ABOUT_US})
    if phase == "mail" or line.startswith(BAD_SENDER) or (phase == "rcpt" and RELAY.search(line)):
        return Outcome("later", code, f"{SENDER}{line}"[:SAID_MAX], ours=True)
    return Outcome("refused", code, line, recipient=phase == "rcpt")


def _accepts(command: Callable[[], tuple[int, bytes]]) -> bool:
    """Return whether the server answers and accepts a command."""
    try:
        return command()[0] in ACCEPTED
    except (OSError, smtplib.SMTPException, ValueError):
        return False


def one_line(said: bytes | str) -> str:
    """Return the words of a server on one line that can be shown, at most `SAID_MAX` characters."""
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return " ".join(plain.split())[:SAID_MAX]
