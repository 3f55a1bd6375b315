"""What changed between two texts, word by word: pieces that are in both, were taken out, or were put in."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Literal, NamedTuple

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")
_KINDS: dict[str, tuple[Literal["out", "in"], ...]] = {
    "replace": ("out", "in"),
    "delete": ("out",),
    "insert": ("in",),
}


class Piece(NamedTuple):
    """A piece of text: `same` in both texts, `out` of the earlier alone, `in` the later alone."""

    kind: Literal["same", "out", "in"]
    text: str


def changes(before: str, after: str) -> tuple[Piece, ...]:
    """Return the pieces in order; those that are not `in` are the earlier text, those not `out` the later."""
    earlier, later = _WORDS.findall(before), _WORDS.findall(after)
    found: list[Piece] = []
    for act, *span in SequenceMatcher(None, earlier, later, autojunk=False).get_opcodes():
        first, last, start, end = span
        if act == "equal":
            found.append(Piece("same", "".join(earlier[first:last])))
            continue
        for kind in _KINDS[act]:
            words = earlier[first:last] if kind == "out" else later[start:end]
            found.append(Piece(kind, "".join(words)))
    return tuple(found)
