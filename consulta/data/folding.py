"""When two spellings are the same word: accents, case, spacing and punctuation do not count.

It decides nothing about meaning: "ONG" and "NGO" are different here, and alike only in a list of synonyms.
"""

from __future__ import annotations

import unicodedata

WORDS = {"&": " and ", "+": " plus "}


def fold(text: str) -> str:
    """`text` in lower case without accents, each run of anything but letters and digits as one space."""
    for sign, word in WORDS.items():
        text = text.replace(sign, word)
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = (mark if mark.isalnum() else " " for mark in plain if not unicodedata.combining(mark))
    return " ".join("".join(letters).split())
