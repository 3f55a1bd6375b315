"""A mail: texts with places to fill in, and the message that goes over the wire.

It decides how a place is written (`{organisation}`), how a plain text becomes HTML, and what stands in the
headers. The plain text comes first and is complete; the HTML is made from it and fetches nothing. It does not
know what a mail says, nor when it is sent.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from html import escape
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

from consulta.platform.data import tongues

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


SUBJECT_MAX = 70
HTML_MAX = 4096  # bytes
ELLIPSIS = "…"
_PLACE = re.compile(r"\{([^{}\n]*)\}")
_OWN = re.compile(r"[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+")
_LINK = re.compile(r"https?://\S+")
_RULE = "-" * 20


@dataclass(frozen=True, slots=True)
class Half:
    """A mail in one language, with what its HTML shows in another way than the lines around it.

    `link` is the address that its button opens, `button` what the button says, `strong` the parts of the text
    in bold, `end` the lines at its end that say who writes.
    """

    language: str
    text: str
    link: str = ""
    button: str = ""
    strong: tuple[str, ...] = ()
    end: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail; `method` says to a calendar what to do with it."""

    name: str
    content: bytes
    kind: tuple[str, str]
    method: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person, ready to be sent: the reader's language first, then the others."""

    message_id: str  # the left half
    name: str
    address: str
    subject: str
    halves: tuple[Half, ...]
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose mailbox mail comes from, where answers go, and the domain of its ids."""

    name: str
    address: str
    reply_to: str
    domain: str


# -- texts with places


def places(text: str) -> tuple[str, ...]:
    """Return the names of the places in a text, each once, in their order."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its places filled; the content of a value is never taken for a place.

    Raise KeyError if a place has no value.
    """
    return _PLACE.sub(lambda place: values[place[1]], text)


def subject(text: str, values: Mapping[str, str], fixed: Sequence[str] = (), before: str = "") -> str:
    """Return a subject of at most 70 characters, `before` included and first.

    The longest values are shortened until it fits, except those named in `fixed`; if that is not enough,
    the end of the text is cut.
    """
    room = SUBJECT_MAX - len(before)
    used = {name: values[name] for name in places(text)}
    while len(said := fill(text, used)) > room:
        cut = max((name for name in used if name not in fixed), key=lambda n: len(used[n]), default=None)
        if cut is None or len(used[cut]) <= 1:
            said = said[: room - 1].rstrip() + ELLIPSIS
            break
        used[cut] = used[cut].rstrip(ELLIPSIS)[:-1].rstrip() + ELLIPSIS
    return before + said


def together(halves: Sequence[Half]) -> str:
    """Return the plain text of a mail: all its languages, one below the other.

    A line for each further language comes first and says that its text is below. Each text but the first
    follows a line that names its language.
    """
    first, *others = halves
    said = [tongues.of(half.language).below for half in others] + [first.text]
    for half in others:
        said += [f"{_RULE} {tongues.of(half.language).own} {_RULE}", half.text]
    return "\n\n".join(said) + "\n"


_HEAD = (
    '<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
    "<title>{title}</title></head>\n"
    '<body style="margin:0 auto;padding:16px;max-width:560px;font:16px/1.5 Arial,sans-serif">\n'
)
# A cell carries the colour, since some programs colour no link. The other colours are those of the reader's
# program, light or dark.
_BUTTON = (
    '<table role="presentation" width="100%"><tr><td align="center" bgcolor="#0b5a5e"'
    ' style="border-radius:6px"><a href="{link}" style="display:block;padding:14px;color:#fff;'
    'text-decoration:none"><b>{button}</b></a></td></tr></table>'
)
_END = '<p style="border-top:1px solid #888;padding-top:12px;font-size:14px">{}</p>'


def as_html(halves: Sequence[Half], title: str) -> str:
    """Return the text as HTML, or "" where that would be longer than `HTML_MAX` bytes.

    It has the first language; of the others a link to the same page, or their text where they have no link.
    """
    first, *others = halves
    parts = [_HEAD.format(language=first.language, title=escape(title)), _part(first)]
    for half in others:
        name = tongues.of(half.language).own
        if half.link:
            parts.append(f'<p lang="{half.language}"><a href="{escape(half.link)}">{name}</a></p>')
        else:
            parts.append(f'<hr><div lang="{half.language}"><h2>{name}</h2>\n{_part(half)}</div>')
    html = "\n".join((*parts, "</body></html>\n"))
    return html if len(html.encode()) <= HTML_MAX else ""


def _part(half: Half) -> str:
    """Return a text as paragraphs, with its first line that is the link as a button, and its end."""
    body = half.text.removesuffix(half.end) if half.end else half.text
    before, button, after = body, "", ""
    if half.link:
        before, button, after = f"\n{body}\n".partition(f"\n{half.link}\n")
    parts = _paragraphs(before, half.strong)
    if button:
        parts.append(_BUTTON.format(link=escape(half.link), button=escape(half.button)))
    parts += _paragraphs(after, half.strong)
    if half.end:
        parts.append(_END.format(_lines(half.end, half.strong)))
    return "\n".join(parts)


def _paragraphs(text: str, strong: Sequence[str]) -> list[str]:
    return [f"<p>{_lines(block.strip(), strong)}</p>" for block in text.split("\n\n") if block.strip()]


def _lines(block: str, strong: Sequence[str]) -> str:
    """Return lines of text as HTML: what is `strong` in bold, and each line that is a web address a link."""
    words = sorted((re.escape(escape(each)) for each in strong if each), key=len, reverse=True)
    said = escape(block)
    if words:
        said = re.sub(rf"(?<!\w)(?:{'|'.join(words)})(?!\w)", r"<b>\g<0></b>", said)
    return "<br>\n".join(
        f'<a href="{line}">{line}</a>' if _LINK.fullmatch(line) else line for line in said.split("\n")
    )


# -- the message


def compose(mail: Mail, sender: Sender, at: datetime) -> EmailMessage:
    """Return the message as it is sent.

    Raise ValueError if an address cannot be written in a header.
    """
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = _address(sender.name, sender.address)
    message["To"] = _address(mail.name, mail.address)
    message["Reply-To"] = _address("", sender.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = at
    message["Message-ID"] = f"<{mail.message_id}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(together(mail.halves), cte="quoted-printable")
    if html := as_html(mail.halves, mail.subject):
        message.add_alternative(html, subtype="html", cte="quoted-printable")
    for each in mail.attachments:
        main, sub = each.kind
        params = {"charset": "utf-8", "method": each.method} if each.method else {}
        message.add_attachment(each.content, main, sub, filename=each.name, params=params)
    # Set after the content: what is set before is lost with it.
    message["Content-Language"] = ", ".join(half.language for half in mail.halves)
    return message


def _address(name: str, address: str) -> Address:
    """Return an address in the form for a header, with its domain in ASCII."""
    local, _, domain = _ascii(address).rpartition("@")
    # A local part beyond ASCII is for servers that take it (SMTPUTF8): the header's parser would refuse it.
    return Address(name if name != address else "", local, domain)


def _ascii(address: str) -> str:
    try:
        found = validate_email(address, check_deliverability=False)
    except EmailNotValidError as error:
        # A mailbox of one's own network (`post@localhost`) is none of the internet's, and still one.
        if _OWN.fullmatch(address):
            return address
        raise ValueError(f"this is no e-mail address: {error}") from error
    return found.ascii_email or found.normalized


# What a reader is shown, in the order in which mail programs show it.
HEADERS = (
    "From",
    "To",
    "Reply-To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "Content-Language",
)


@dataclass(frozen=True, slots=True)
class Read:
    """What a mail's file holds."""

    headers: tuple[tuple[str, str], ...]
    text: str
    html: str


def read(content: bytes) -> Read:
    """Return the mail in `content`; a part that is missing is empty."""
    message = message_from_bytes(content, policy=policy.default)
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    return Read(
        headers=tuple((name, str(message[name])) for name in HEADERS if message[name] is not None),
        text=str(plain.get_content()) if plain else "",
        html=str(html.get_content()) if html else "",
    )
