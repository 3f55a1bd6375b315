"""What in a text may be about a person: a telephone number, an address, a long number, a name.

It looks at the text alone and decides nothing about it. It can miss things and can be wrong: what it finds is
shown to the writer, with the words that were taken for it.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["email", "phone", "number", "account", "name"]
PLAIN: frozenset[Kind] = frozenset({"email", "phone", "number", "account"})
"""Kinds that a published text must not have; a name can be of a person or of something else."""

_EMAIL = re.compile(
    r"[\w.+-]+\s?(?:@|\(at\)|\[at\]|\(arroba\)|\barroba\b)\s?[\w-]+(?:\s?(?:\.|\bpunto\b)\s?[\w-]+)+"
)
_ACCOUNT = re.compile(r"(?<![\w.])@[\w.]{3,}|\b(?:wa\.me|t\.me)/\S+")
_DIGITS = re.compile(
    r"(?<!\w)[+(]?\d(?:[\d()]|[ ./\u2010-\u2015-](?=[\d(])|\)[ -](?=\d))*\d(?:[-.]?[kK](?!\w))?"
)
_MIXED = re.compile(r"(?<!\w)(?=\w*\d)(?=\w*[^\W\d_])[\w-]{6,}(?!\w)")
_YEARS = re.compile(r"(?:1[89]|20)\d\d(?:\s?[/\u2010-\u2015-]\s?(?:(?:1[89]|20)?\d\d))?")
_DAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](?:\d\d|\d{4})|\d{4}-\d{1,2}-\d{1,2}")
_AMOUNT = re.compile(r"\d{1,3}(?:[.,]\d{3})+|\d{1,2}(?: \d{3})+")
_NAME = re.compile(
    r"\b(?i:sra?|srta|don|doña|dra?|lic|licda|ing|profa?|mrs?|ms|miss|seu|dona|hermana|hermano|padre|pastor)"
    r"\.?\s+(?:(?:de|da|do|del|la)\s+)?[^\W\d_a-zñáéíóúâêôãõç][\w'\u2019-]+"
    r"(?:\s+[^\W\d_a-zñáéíóúâêôãõç][\w'\u2019-]+)*"
)
_PHONE_DIGITS, _NUMBER_DIGITS, _MIXED_DIGITS = range(7, 16), 7, 4


class Finding(NamedTuple):
    """A piece of a text that may be about a person."""

    kind: Kind
    words: str


def found(text: str) -> tuple[Finding, ...]:
    """Return what in a text may be about a person, in the order in which it stands, each piece once."""
    plain = unicodedata.normalize("NFKC", text)
    taken: list[tuple[int, int]] = []
    findings: list[tuple[int, Finding]] = []
    for start, end, kind in _pieces(plain):
        if not any(start < other_end and begin < end for begin, other_end in taken):
            taken.append((start, end))
            findings.append((start, Finding(kind, plain[start:end].strip())))
    return tuple(finding for _, finding in sorted(findings))


def _pieces(text: str) -> Iterator[tuple[int, int, Kind]]:
    for match in _EMAIL.finditer(text):
        yield (*match.span(), "email")
    for match in _ACCOUNT.finditer(text):
        yield (*match.span(), "account")
    for match in _DIGITS.finditer(text):
        kind = _of_digits(match[0])
        if kind:
            yield (*match.span(), kind)
    for match in _MIXED.finditer(text):
        if sum(sign.isdigit() for sign in match[0]) >= _MIXED_DIGITS:
            yield (*match.span(), "number")
    for match in _NAME.finditer(text):
        yield (*match.span(), "name")


def _of_digits(piece: str) -> Kind | None:
    """Return what a run of figures may be; None for years, days, amounts and short numbers."""
    if any(harmless.fullmatch(piece) for harmless in (_YEARS, _DAY, _AMOUNT)):
        return None
    count = sum(sign.isdigit() for sign in piece)
    if count in _PHONE_DIGITS and not piece.isdigit():
        return "phone"
    return "number" if count >= _NUMBER_DIGITS and not piece.endswith("000") else None
