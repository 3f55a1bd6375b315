"""Proposals that may mean the same theme, found by the words that they share, across languages.

Words are compared folded and cut to their first letters, since *migración*, *migração* and *migration* begin
alike; rare words tell more than frequent ones. It joins nothing: people see what is alike and decide.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

STEM = 5  # letters of a word that are compared
SHORTEST = 4  # a shorter word says little, or is a word of grammar
IN_TITLE = 3.0  # how much more a word in the title tells
ALIKE = 0.28  # of 1, from which two proposals are shown as alike
SHOWN = 3
_GRAMMAR = (
    "para como sobre entre desde hasta contra durante mediante segun donde cuando porque pero tambien esta"
    " este estos estas esas esos ellas ellos nuestra nuestro nuestras nuestros muchas muchos todas todos"
    " tienen tiene puede pueden hacia deben debe sino cada otra otro otras otros sean tanto"
    " pela pelo pelas pelos quando onde mais muito muitas muitos essa esse isso suas seus sua nossa nosso"
    " tambem sao nao uma umas uns com sem devem podem pode"
    " with without from that this these those their there which when where have has been will would should"
    " could about into between because also more most many must they them than such each other"
)
# What nearly every theme of this field says, so that it tells little of any.
_FIELD = (
    "migrante migracion persona pessoa people person derecho direito right human pais country latin carib"
)
_DULL = frozenset(word[:STEM] for word in _GRAMMAR.split())
_COMMON = frozenset(word[:STEM] for word in _FIELD.split())


@dataclass(frozen=True, slots=True)
class Shape:
    """What is compared of a proposal: the beginnings of its words with their weight, and its objectives."""

    title: str
    stems: Mapping[str, float]
    objectives: frozenset[int]


def shape(titles: Collection[str], whys: Collection[str], objectives: Collection[int]) -> Shape:
    """Return what is compared of a proposal, from its words in one or several languages."""
    found: Counter[str] = Counter()
    for said in titles:
        for stem in _stems(said):
            found[stem] = max(found[stem], IN_TITLE)  # type: ignore[assignment]  # a weight, no count
    for said in whys:
        for stem in _stems(said):
            found[stem] = max(found[stem], 1)
    return Shape(fold(" ".join(sorted(titles))), dict(found), frozenset(objectives))


def alike(wanted: Shape, others: Sequence[Shape]) -> list[int]:
    """Return the places, in `others`, of at most three that may mean the same, the most alike first."""
    among = Counter(stem for each in (wanted, *others) for stem in each.stems)
    scored = [(_score(wanted, each, among, len(others) + 1), place) for place, each in enumerate(others)]
    near = sorted(((score, place) for score, place in scored if score >= ALIKE), key=lambda one: -one[0])
    return [place for _, place in near[:SHOWN]]


def _score(one: Shape, other: Shape, among: Mapping[str, int], total: int) -> float:
    """Return how alike two proposals are, 0 to 1: mostly by their words, a little by their objectives."""
    if one.title and one.title == other.title:
        return 1.0

    def weight(stem: str) -> float:
        rare = math.log(1 + total / among[stem])
        return rare * (0.25 if stem in _COMMON else 1.0)

    def length(stems: Mapping[str, float]) -> float:
        return math.sqrt(sum((said * weight(stem)) ** 2 for stem, said in stems.items()))

    shared = sum(
        said * other.stems[stem] * weight(stem) ** 2
        for stem, said in one.stems.items()
        if stem in other.stems
    )
    words = shared / (length(one.stems) * length(other.stems) or 1)
    either = one.objectives | other.objectives
    aims = len(one.objectives & other.objectives) / len(either) if either else 0
    return 0.85 * words + 0.15 * aims


def _stems(said: str) -> set[str]:
    words = (word for word in fold(said).split() if len(word) >= SHORTEST)
    return {stem for word in words if (stem := word[:STEM]) not in _DULL}
