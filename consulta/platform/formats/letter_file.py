"""A mail that lies in a file, read back: its headers, its text, and its HTML."""

from __future__ import annotations

from dataclasses import dataclass
from email import message_from_bytes, policy

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
