"""Spanish order of names in lists, the same in every database.

This module defines the place of accents, ñ, digits and punctuation, independent of what the names stand
for. The database does not sort names: how it orders á and ñ depends on how it was built.
"""

from __future__ import annotations

import re
import unicodedata

_ENYE = "n\N{COMBINING TILDE}"
_AFTER_N = "n\uffff"  # after "nz", before "o"
_FIGURES = re.compile(r"\d+")


def spanish(text: str) -> tuple[str, str]:
    """Return a key for sorting in Spanish order.

    ñ comes after n; accents matter only between texts that are equal without them; case never matters;
    digits are ordered by their value, up to nine of them; punctuation counts as a space.
    """
    apart = unicodedata.normalize("NFKD", text.casefold()).replace(_ENYE, _AFTER_N)
    letters = (mark if mark.isalnum() or mark == "\uffff" else " " for mark in apart if not _accent(mark))
    plain = " ".join("".join(letters).split())
    return _FIGURES.sub(lambda found: found[0].zfill(9), plain), text.casefold()


def _accent(mark: str) -> bool:
    return unicodedata.combining(mark) != 0
