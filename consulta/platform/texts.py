"""What people write into forms and files, made fit to be kept: one normal form, no invisible controls."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from email_validator import EmailNotValidError, validate_email

from consulta.platform.data.folding import fold, visible

if TYPE_CHECKING:
    from collections.abc import Container

SLUG_MAX = 40
_UNSEEN = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\ufffe\uffff]"
)
_BLANKS = re.compile(r"[^\S\n]+")


def file_name(name: str) -> str:
    """Return the name of a file that was sent, without signs that print nothing."""
    return "".join(filter(str.isprintable, name))


def line(text: str) -> str:
    """Return `text` on one line, composed (NFC), with single spaces, without control characters."""
    return " ".join(visible(paragraphs(text)).split())


def paragraphs(text: str) -> str:
    """Return `text` composed (NFC), with its line breaks and without control characters.

    At most one empty line follows another line.
    """
    shown = visible(unicodedata.normalize("NFC", text), joiners=True)
    plain = shown.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    lines = (_BLANKS.sub(" ", part).strip() for part in _UNSEEN.sub("", plain).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def slug(text: str, taken: Container[str] = ()) -> str:
    """Return a key made of a title: small ASCII letters, figures and underscores.

    It has at most 40 characters and is not one of `taken`.
    """
    ascii_only = re.sub(r"[^a-z0-9 ]", "", fold(text))
    words = ascii_only.split() or ["theme"]
    while len("_".join(words)) > SLUG_MAX and len(words) > 1:
        words.pop()
    stem = "_".join(words)[:SLUG_MAX]
    key, number = stem, 2
    while key in taken:
        key, number = f"{stem[: SLUG_MAX - 4]}_{number}", number + 1
    return key


def address(text: str) -> str | None:
    """Return an e-mail address in its normal form, or None if `text` is not one.

    Whether the address exists is not checked.
    """
    try:
        return validate_email(line(text), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return None
