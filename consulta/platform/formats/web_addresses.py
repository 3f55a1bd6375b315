"""Addresses in a text, as mail programs find them: what they would make a link of.

It finds more than any one mail program does: web and e-mail addresses, names of servers without a scheme,
with invisible characters inside and with look-alikes of the full stop. It does not know which of them are
ours; who asks says that.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# What stands between two blanks, without signs that no address has inside for a mail program.
_WORD = re.compile(r"""[^\s<>"'“”‘’«»‹›()\[\]{}|,;]+""")  # noqa: RUF001 - look-alikes are what is looked for
_DOTS = str.maketrans("。．｡﹒․", ".....")  # noqa: RUF001 - look-alikes are what is looked for
_SCHEME = re.compile(r"[:/\\]{2}|^(?:mailto|javascript|data|sms|whatsapp|tg):\S", re.IGNORECASE)
_HOST = re.compile(
    r"[^\W_][\w-]*\.(?:[\w-]+\.)*(?:xn--[\w-]+|[^\W\d_]{2,})|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])"
)
_EMAIL = re.compile(r"[a-z0-9._+-]+@[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.IGNORECASE | re.ASCII)
_PATH = re.compile(r"(?:[/?#][^\\@]*)?")  # below our own name; a token that is blacked out too
_END = ".:!?*…"  # of a sentence, and so not of an address
_JOINT = re.compile(r"(?<=[.。．｡﹒․:@])(?=[^\s.。．｡﹒․:@])")  # noqa: RUF001 - look-alikes are what is looked for


def foreign(text: str, base_url: str = "", *emails: str) -> tuple[str, ...]:
    """Return the addresses in a text that are neither below `base_url` nor one of `emails`, as they stand."""
    return tuple(found[0] for found in _foreign(text, base_url, emails))


def broken(text: str, base_url: str = "", *emails: str, with_emails: bool = False) -> str:
    """Return a text with a blank inside of each foreign address, so that no mail program makes it a link.

    All can still be read. `with_emails` leaves e-mail addresses as they are.
    """
    parts, end = [], 0
    for found in _foreign(text, base_url, emails):
        if with_emails and _EMAIL.fullmatch(found[0].rstrip(_END)):
            continue
        parts += [text[end : found.start()], _JOINT.sub(" ", found[0])]
        end = found.end()
    return "".join((*parts, text[end:]))


def _foreign(text: str, base_url: str, emails: tuple[str, ...]) -> Iterator[re.Match[str]]:
    return (found for found in _WORD.finditer(text) if _is_foreign(found[0], base_url, emails))


def _is_foreign(word: str, base_url: str, emails: tuple[str, ...]) -> bool:
    seen = "".join(each for each in word.translate(_DOTS) if unicodedata.category(each) not in {"Cf", "Mn"})
    plain = unicodedata.normalize("NFKC", seen).rstrip(_END)
    if not (_SCHEME.search(plain) or _HOST.search(plain)):
        return False
    given = word.rstrip(_END)
    if given.casefold() in {each.casefold() for each in emails if each}:
        return False
    for start in (base_url, base_url.partition("://")[2]):
        if start and given.casefold().startswith(start.casefold()) and _PATH.fullmatch(given[len(start) :]):
            return False
    return True
