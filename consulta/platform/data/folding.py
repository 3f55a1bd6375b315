"""When two spellings are the same word: accents, case, spacing and punctuation do not count.

It decides nothing about meaning: "ONG" and "NGO" are different here, and alike only in a list of synonyms.
"""

from __future__ import annotations

import unicodedata

# Signs that show nothing (Unicode's Default_Ignorable_Code_Point, and the blank of Braille). Those that join
# emoji, or choose their picture, stay in texts and go from names.
JOINERS = frozenset({0x200C, 0x200D, *range(0xFE00, 0xFE10)})
UNSEEN = frozenset(
    {
        *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810)),
        *(*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x2800, 0x3164),
        *(*range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0, *range(0xFFF0, 0xFFF9), *range(0x1BCA0, 0x1BCA4)),
        *(*range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
    }
)
_WITHOUT_UNSEEN = dict.fromkeys(UNSEEN)
_WITHOUT_MOST = dict.fromkeys(UNSEEN - JOINERS)
MARKS = 2  # on one letter: no language of ours puts more, and piles of them cover other lines
SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")  # with letters that look alike

WORDS = {"&": " and ", "+": " plus "}


def fold(text: str) -> str:
    """Return `text` in lower case without accents, with each run of other signs as one space.

    Other signs are all but letters and digits; some signs are replaced by words first.
    """
    for sign, word in WORDS.items():
        text = text.replace(sign, word)
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (mark if mark.isalnum() else " " for mark in plain if not unicodedata.combining(mark))
    return " ".join("".join(letters).split())


def visible(text: str, *, joiners: bool = False) -> str:
    """Return `text` without invisible signs and with at most `MARKS` marks on a letter.

    More marks could not be told apart. `joiners` keeps the invisible signs of which emoji are composed.
    """
    shown = text.translate(_WITHOUT_MOST if joiners else _WITHOUT_UNSEEN)
    if shown.isascii():
        return shown
    kept, marks = [], 0
    for sign in shown:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= MARKS:
            kept.append(sign)
    return "".join(kept)


def mixes_scripts(text: str) -> bool:
    """Return whether a word of `text` has letters of two alphabets that look alike."""
    return any(len(_scripts(word)) > 1 for word in text.split())


def _scripts(word: str) -> set[str]:
    if word.isascii():
        return set()
    names = (unicodedata.name(sign, "").partition(" ")[0] for sign in word if sign.isalpha())
    return {name for name in names if name in SCRIPTS}
