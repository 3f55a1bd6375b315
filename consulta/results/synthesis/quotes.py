"""When a sentence has the words of a source: a run of words that is the same, whatever stands between them.

Accents, case and punctuation do not count. It does not know translations, nor other words for the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

RUN = 6  # words in a row that make a quotation
SHORTEST = 3  # words of a whole text that is shorter than a run


def quoted(sentence: str, texts: Mapping[int, str]) -> dict[int, str]:
    """Return the texts, by number, of which a sentence has a run of words, each with the first such run."""
    said = fold(sentence).split()
    found: dict[int, str] = {}
    for number, text in texts.items():
        run = _common(said, fold(text).split())
        if run:
            found[number] = " ".join(run)
    return found


def _common(said: list[str], words: list[str]) -> list[str]:
    size = min(RUN, len(words))
    if size < SHORTEST:
        return []
    runs = {tuple(words[place : place + size]) for place in range(len(words) - size + 1)}
    for place in range(len(said) - size + 1):
        run = tuple(said[place : place + size])
        if run in runs:
            return list(run)
    return []


def named(sentence: str, names: Mapping[str, str]) -> list[str]:
    """Return the organisations whose names stand in a sentence; `names`: folded name → name."""
    said = f" {fold(sentence)} "
    return [name for folded, name in names.items() if folded and f" {folded} " in said]
