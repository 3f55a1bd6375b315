"""The alphabetical order of each language, the same in every database.

This module defines the place of accents, letters, digits and punctuation, independent of what the names stand
for. Which letters a language counts as letters of their own is data (`tongues.toml`). The database does not
sort names: how it orders á and ñ depends on how it was built.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache

from consulta.platform.data import tongues

AFTER = "\uffff"  # behind a letter: after each combination that begins with it, before the next letter
_FIGURES = re.compile(r"\d+")
_SETTLED = "es"


def order(text: str, language: str) -> tuple[str, str]:
    """Return a key for sorting in the order of a language.

    A letter of its own comes after the one that the language says (in Spanish ñ after n); other accents
    matter only between texts that are equal without them; case never matters; digits are ordered by their
    value, up to nine of them; punctuation counts as a space.
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    for letter, place in letters(language):
        apart = apart.replace(letter, place)
    kept = (mark if mark.isalnum() or mark == AFTER else " " for mark in apart if not _accent(mark))
    plain = " ".join("".join(kept).split())
    return _FIGURES.sub(lambda found: found[0].zfill(9), plain), text.casefold()


def settled(text: str) -> tuple[str, str]:
    """Return a key for sorting what is numbered for every reader alike: once published, its order stays.

    It is the Spanish order, in which such numbers were given from the beginning.
    """
    return order(text, _SETTLED)


@cache
def letters(language: str) -> tuple[tuple[str, str], ...]:
    """Return the letters of their own of a language, decomposed, each with what is sorted in its stead."""
    found, behind = [], Counter[str]()
    for letter, after in tongues.of(language).letters.items():
        behind[after] += 1
        found.append((unicodedata.normalize("NFKD", letter), after + AFTER * behind[after]))
    return tuple(found)


def _accent(mark: str) -> bool:
    return unicodedata.combining(mark) != 0
