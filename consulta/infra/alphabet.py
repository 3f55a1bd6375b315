"""The order in which names stand in a list: that of Spanish, the same in every database.

Decides the place of accents, of ñ, of figures and of signs; knows nothing of what is sorted. The database
does not sort names: what it makes of á and ñ depends on how it was built.
"""

from __future__ import annotations

import re
import unicodedata

_ENYE = "n\N{COMBINING TILDE}"
_AFTER_N = "n\uffff"  # after "nz", before "o"
_FIGURES = re.compile(r"\d+")


def spanish(text: str) -> tuple[str, str]:
    """A key to sort by: ñ after n, accents and case only between equals, figures by their value."""
    apart = unicodedata.normalize("NFKD", text.casefold()).replace(_ENYE, _AFTER_N)
    letters = (mark if mark.isalnum() or mark == "\uffff" else " " for mark in apart if not _accent(mark))
    plain = " ".join("".join(letters).split())
    return _FIGURES.sub(lambda found: found[0].zfill(9), plain), text.casefold()


def _accent(mark: str) -> bool:
    return unicodedata.combining(mark) != 0
