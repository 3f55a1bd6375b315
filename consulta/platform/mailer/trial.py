"""One mail sent on trial, step by step, to tell in plain words what of the settings does not work yet.

Nothing of it goes through the outbox. What the server takes may still not arrive: the last step says what to
look at. A trial that ended well is kept as a row of the log, with a digest of the settings it was made with.
"""

from __future__ import annotations

import hashlib
import secrets
import smtplib
import socket
import ssl
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from email import policy
from functools import partial
from typing import TYPE_CHECKING

from consulta.platform import desk_settings
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats import letter_mail
from consulta.platform.log import chain
from consulta.platform.mailer.transport import (
    ACCEPTED,
    PERMANENT,
    Limit,
    Plain,
    Tls,
    UnansweredError,
    give,
    one_line,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime
    from email.message import EmailMessage

    from consulta.platform.settings import MailSettings, Settings
    from consulta.platform.work import Work

ACT, SUBJECT = "mail.tested", "mail"
PATIENCE = 20.0  # seconds for one answer
WHOLE = 60.0  # seconds for all of it: a server may answer letter by letter
WRONG_PASSWORD = frozenset({534, 535, 538})
_OTHER = {"starttls": "tls", "tls": "starttls", "none": "starttls"}
_PORTS = {"starttls": 587, "tls": 465}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what was tried, whether it went well, and what came of it with the way out.

    `told` is for who reads it in a terminal; pages have words of their own for `code`, and show the `answer`.
    """

    name: str
    told: str
    well: bool = True
    unsure: bool = False  # the mail may have been taken all the same
    code: str = ""  # what went wrong
    answer: str = ""  # the words of the server, where it had any


class _FailedError(Exception):
    """A step of the trial failed; the text says how and what to do."""

    def __init__(self, code: str, text: str, answer: str = "") -> None:
        super().__init__(text)
        self.code, self.answer = code, answer


class _UnsureError(_FailedError):
    """A step failed after which it is not known whether the server accepted the mail."""


def steps(
    settings: MailSettings, message: EmailMessage, patience: float = PATIENCE, whole: float = WHOLE
) -> Iterator[Step]:
    """Yield each step of sending `message` to its one recipient; the one that goes wrong is the last.

    No answer takes longer than `patience`, and all of them together no longer than `whole`, both in seconds.
    """
    with ExitStack() as held:
        limit = held.enter_context(Limit(whole))
        server: smtplib.SMTP | None = None

        def connect() -> str:
            nonlocal server
            server = _connect(settings, patience, limit)
            held.callback(_close, server)
            return f"port {settings.port} answers"

        yield (found := _tried("find the server", settings, patience, lambda: _find(settings)))
        if not found.well:
            return
        yield _in_time(_tried("connect", settings, patience, connect), limit, whole)
        if server is None:
            return
        for name, run in _TALK:
            step = _tried(name, settings, patience, partial(run, settings, message, server))
            step = _in_time(step, limit, whole)
            yield step
            if not step.well:
                return


def _in_time(step: Step, limit: Limit, whole: float) -> Step:
    """Return a step, or one that says that the whole took too long, where that is why it went wrong."""
    if step.well or step.unsure or not limit.is_over:
        return step
    told = (
        f"It was cut after {whole:g} second{'s' if whole != 1 else ''} in all: the server answers, letter by"
        " letter or slowly at each step. Nothing was sent. Try again later, or ask its provider why."
    )
    return Step(step.name, told, well=False, code="slow")


def _tried(name: str, settings: MailSettings, patience: float, run: Callable[[], str]) -> Step:
    try:
        return Step(name, run())
    except _FailedError as failed:
        unsure = isinstance(failed, _UnsureError)
        return Step(name, str(failed), well=False, unsure=unsure, code=failed.code, answer=failed.answer)
    except smtplib.SMTPServerDisconnected:
        code, told = "closed", "The server closed the connection. Try again, or ask its provider why."
    except TimeoutError:
        code, told = (
            "slow",
            f"No answer came within {patience:g} seconds. "
            + (
                _reach(settings)
                if name == "connect"
                else "The server is reached, and slow: try again later, or ask its provider why."
            ),
        )
    except (OSError, smtplib.SMTPException) as error:
        code, told = "failed", f"It failed: {one_line(str(error) or type(error).__name__)}"
    return Step(name, told, well=False, code=code)


def _close(server: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        server.quit()
    server.close()


def message(settings: Settings, address: str, at: datetime) -> EmailMessage:
    """Return the mail that is sent on trial to an address, in all languages of the installation."""
    words = {code: catalogue.mail_words(code) for code in settings.languages}
    halves = tuple(
        letter_mail.Half(code, each["trial_text"].format(site=settings.host)) for code, each in words.items()
    )
    subject = words[settings.languages[0]]["trial_subject"].format(site=settings.host)
    mail = settings.mail
    sender = letter_mail.Sender(mail.sender_name, mail.sender, mail.reply_to, settings.host)
    letter = letter_mail.Mail(f"trial-{secrets.token_hex(8)}", "", address, subject, halves)
    return letter_mail.compose(letter, sender, at)


def keep(work: Work, settings: MailSettings) -> None:
    """Keep that a trial with these settings ended well."""
    require(work, "mail.test")
    desk_settings.put(work, desk_settings.TESTED, digest(settings))
    work.record(ACT, SUBJECT, {"settings": digest(settings)})


def is_tested(work: Work, settings: MailSettings) -> bool:
    """Return whether a trial with these very settings ended well once."""
    require(work, "mail.test")
    wanted = f'"settings":"{digest(settings)}"'
    return any(wanted in row.details for row in chain.acts(work.session, SUBJECT, ACT))


def digest(settings: MailSettings) -> str:
    """Return a digest of the settings by which mail leaves; no password is in it."""
    said = (settings.host, settings.port, settings.tls, settings.user, settings.sender)
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


# -- the steps


def _find(settings: MailSettings) -> str:
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise _FailedError(
            "host",
            f"No address is known for {settings.host}. Check the spelling of CONSULTA_SMTP_HOST, and whether"
            f" this machine can ask for names (try: getent hosts {settings.host}).",
        ) from None
    return f"{settings.host} is {found[0][4][0]}"


def _connect(settings: MailSettings, patience: float, limit: Limit) -> smtplib.SMTP:
    """Open the connection, encrypted from the first byte where the settings say so."""
    try:
        return (Tls if settings.tls == "tls" else Plain)(limit, settings, patience)
    except ConnectionRefusedError:
        raise _FailedError("port", f"Nothing listens there. {_reach(settings)}") from None
    except ssl.SSLCertVerificationError as error:
        raise _FailedError("certificate", _certificate(settings, error)) from None
    except ssl.SSLError:
        raise _FailedError(
            "encryption",
            f"What answers on port {settings.port} does not begin with encryption."
            f" Set CONSULTA_SMTP_TLS=starttls, whose port is usually {_PORTS['starttls']}.",
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise _FailedError(
            "encryption",
            f"The server said nothing and hung up: on port {settings.port} it may want encryption from the"
            f" first byte. Set CONSULTA_SMTP_TLS=tls, whose port is usually {_PORTS['tls']}.",
        ) from None
    except smtplib.SMTPResponseException as error:
        text = _answer("The server does not want to talk to this machine", error)
        raise _FailedError("machine", text, _words_of(error)) from None


def _encrypt(settings: MailSettings, _message: object, server: smtplib.SMTP) -> str:
    server.ehlo_or_helo_if_needed()
    if settings.tls == "none":
        return "not encrypted, as CONSULTA_SMTP_TLS=none says: only for a server on this machine"
    if settings.tls == "tls":
        return "encrypted from the first byte, and the certificate is valid"
    try:
        server.starttls(context=ssl.create_default_context())
    except smtplib.SMTPNotSupportedError:
        raise _FailedError(
            "encryption",
            "The server offers no encryption on this port (STARTTLS)."
            f" Set CONSULTA_SMTP_TLS=tls (port {_PORTS['tls']}), or ask its provider for the right port.",
        ) from None
    except ssl.SSLCertVerificationError as error:
        raise _FailedError("certificate", _certificate(settings, error)) from None
    except smtplib.SMTPResponseException as error:
        text = _answer("The server did not begin encryption", error)
        raise _FailedError("encryption", text, _words_of(error)) from None
    server.ehlo_or_helo_if_needed()
    return "encrypted, and the certificate is valid"


def _sign_in(settings: MailSettings, _message: object, server: smtplib.SMTP) -> str:
    if not settings.user:
        return "no user is set: the server must take mail of this machine without one"
    try:
        server.login(settings.user, settings.password)
    except smtplib.SMTPNotSupportedError:
        raise _FailedError(
            "sign_in",
            "The server takes no sign-in here. Take CONSULTA_SMTP_USER and its password out, or use the port"
            " for sending (587 or 465).",
        ) from None
    except smtplib.SMTPResponseException as error:
        words = "The sign-in failed" if error.smtp_code in WRONG_PASSWORD else "The server refused to sign in"
        raise _FailedError(
            "sign_in",
            _answer(words, error)
            + " Check CONSULTA_SMTP_USER and its password; many providers want one made for programs.",
            _words_of(error),
        ) from None
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException:
        raise _FailedError(
            "sign_in",
            "The server offers no way to sign in with CONSULTA_SMTP_USER that this program knows."
            " Use the port"
            " for sending (587 or 465), or ask its provider.",
        ) from None
    return f"as {settings.user}"


def _sender(settings: MailSettings, message: EmailMessage, server: smtplib.SMTP) -> str:
    beyond_ascii = not _recipient_of(message).isascii()
    code, said = server.mail(settings.sender, ["SMTPUTF8", "BODY=8BITMIME"] if beyond_ascii else [])
    if code not in ACCEPTED:
        raise _FailedError(
            "sender",
            _refusal(f"{settings.sender} may not send here", code, said)
            + " CONSULTA_MAIL_SENDER must be a mailbox that this account may send from"
            + ("." if settings.user else ", and the server may want a sign-in: set CONSULTA_SMTP_USER."),
            f"{code} {one_line(said)}",
        )
    return settings.sender


def _recipient(settings: MailSettings, message: EmailMessage, server: smtplib.SMTP) -> str:
    address = _recipient_of(message)
    code, said = server.rcpt(address)
    if code in ACCEPTED:
        return address
    words = one_line(said)
    if words.startswith(("5.1.7 ", "5.1.8 ")):
        text = _refusal(f"{settings.sender} may not send here", code, said)
        raise _FailedError("sender", text, f"{code} {words}")
    if code < PERMANENT:
        later = " Try again in some minutes."
        text = _refusal(f"{address} is not taken now", code, said) + later
        raise _FailedError("later", text, f"{code} {words}")
    hint = " Check the address." if settings.user else " A server that wants a sign-in says so here too."
    raise _FailedError("recipient", _refusal(f"{address} is refused", code, said) + hint, f"{code} {words}")


def _content(_settings: MailSettings, message: EmailMessage, server: smtplib.SMTP) -> str:
    beyond_ascii = not _recipient_of(message).isascii()
    try:
        code, said = give(server, message.as_bytes(policy=policy.SMTPUTF8 if beyond_ascii else policy.SMTP))
    except UnansweredError as error:
        raise _UnsureError(
            "unsure",
            "The server was given the whole message and did not answer"
            f" ({one_line(str(error))}): it may have taken it. Look into that mailbox before you try again;"
            " mails that are sent like this can arrive more than once. Ask its provider why.",
        ) from None
    if code not in ACCEPTED:
        raise _FailedError(
            "message",
            _refusal("The server did not take the message", code, said)
            + " It may ask for SPF, DKIM or DMARC of the sender's domain, or take this machine for a source"
            " of spam: ask its provider.",
            f"{code} {one_line(said)}",
        )
    return f"taken with the words: {one_line(said) or code}"


_TALK = (
    ("encrypt", _encrypt),
    ("sign in", _sign_in),
    ("sender", _sender),
    ("recipient", _recipient),
    ("message", _content),
)


def _recipient_of(message: EmailMessage) -> str:
    return str(message["To"].addresses[0].addr_spec)


def _reach(settings: MailSettings) -> str:
    other = _OTHER[settings.tls]
    return (
        f"Check CONSULTA_SMTP_HOST and CONSULTA_SMTP_PORT ({settings.port}); a firewall may close that port,"
        f" and other servers use {_PORTS[other]} with CONSULTA_SMTP_TLS={other}."
    )


def _certificate(settings: MailSettings, error: ssl.SSLCertVerificationError) -> str:
    return (
        f"The certificate of {settings.host} cannot be trusted: {error.verify_message.rstrip('.')}. Set"
        " CONSULTA_SMTP_HOST to the name in the certificate; where an authority of your own signed it, name"
        " its file in SSL_CERT_FILE; if it has expired, its provider must renew it."
    )


def _words_of(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {one_line(error.smtp_error)}"


def _answer(words: str, error: smtplib.SMTPResponseException) -> str:
    return _refusal(words, error.smtp_code, error.smtp_error)


def _refusal(words: str, code: int, said: bytes | str) -> str:
    return f"{words}. The server said: {code} {one_line(said)}".rstrip(". ") + "."
