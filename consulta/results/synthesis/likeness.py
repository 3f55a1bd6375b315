"""Reasons that share words: a help for those who code them, which decides nothing."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Mapping

STEM = 7  # letters by which forms of a word are taken for one
SHORTEST = 5
SHARED, MOST = 2, 3  # words that two texts need in common; texts that are named
_PLAIN = frozenset(
    {
        "about",
        "always",
        "because",
        "cada",
        "cuando",
        "desde",
        "donde",
        "ellas",
        "ellos",
        "entre",
        "estan",
        "estas",
        "estos",
        "hacer",
        "hasta",
        "migrante",
        "migrantes",
        "migrants",
        "muchas",
        "mucho",
        "muchos",
        "muito",
        "muitos",
        "never",
        "nossa",
        "nosso",
        "nuestra",
        "nuestro",
        "nuestros",
        "nunca",
        "other",
        "otras",
        "otros",
        "outras",
        "outros",
        "people",
        "personas",
        "pessoas",
        "porque",
        "quando",
        "should",
        "siempre",
        "sobre",
        "tambem",
        "tambien",
        "their",
        "there",
        "these",
        "those",
        "tiene",
        "tienen",
        "todas",
        "todo",
        "todos",
        "where",
        "which",
        "would",
    }
)


class Alike(NamedTuple):
    """A text that shares words with another one."""

    number: int
    words: tuple[str, ...]


def alike(texts: Mapping[int, str]) -> dict[int, tuple[Alike, ...]]:
    """Return for each text those that share most words with it, words of most texts left out."""
    words = {number: _words(text) for number, text in texts.items()}
    common = Counter(stem for each in words.values() for stem in each)
    usual = {stem for stem, count in common.items() if count > max(2, len(texts) // 3)}
    found: dict[int, tuple[Alike, ...]] = {}
    for number, mine in words.items():
        near = [
            Alike(other, tuple(sorted(mine[stem] for stem in shared)))
            for other, theirs in words.items()
            if other != number and len(shared := set(mine) & set(theirs) - usual) >= SHARED
        ]
        found[number] = tuple(sorted(near, key=lambda each: (-len(each.words), each.number))[:MOST])
    return found


def _words(text: str) -> dict[str, str]:
    """Return the words of a text that tell something, by the letters with which they begin."""
    found = {}
    for word in re.findall(r"[^\W\d_]+", text.lower()):
        plain = fold(word)
        if len(plain) >= SHORTEST and plain not in _PLAIN:
            found[plain[:STEM]] = word
    return found
