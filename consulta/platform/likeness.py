"""Names so similar that they may be one organisation written twice.

This module decides which names are similar: inside one country, the same name but for its legal form,
its spacing, or a typing error or two; in another country, the same name. It merges nothing; a person
decides.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise
from typing import TYPE_CHECKING, Generic, TypeVar

from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

Owner = TypeVar("Owner")

ALIKE = 0.9  # of all letters, the share that two names have in common in the same order
_SHARED_PAIRS = 0.7  # names that are alike share at least this part of their pairs of letters
_COMPARED = 3  # of all names that share pairs enough, how many are compared letter by letter
_ALPHABET = 37

# Legal forms as `fold` writes them, at the beginning or the end of a name.
_LEGAL = (
    r"(?:a c|ac|asociacion civil|a b p|abp|i a p|iap|s a|sa|s a s|sas|s c|sc|s r l|srl|e i r l|eirl|ltda|ltd"
    r"|limited|inc|incorporated|corp|corporation|llc|e v|ong|ngo|osc|o n g|n g o|fundacion|foundation)"
)
_AROUND = re.compile(rf"^{_LEGAL} (?=.)|(?<=.) {_LEGAL}$")


@dataclass(frozen=True, slots=True)
class _Shape(Generic[Owner]):
    """A name as it is compared: letters without spaces, figures, and which pairs of letters it has."""

    owner: Owner
    letters: str
    figures: tuple[str, ...]
    pairs: int
    count: int


class Names(Generic[Owner]):
    """Names of organisations of many countries, asked whether one like a new one is among them."""

    def __init__(self) -> None:
        self._by_key: dict[str, list[tuple[str, Owner]]] = defaultdict(list)
        self._by_letters: dict[tuple[str, str], _Shape[Owner]] = {}
        # Names that differ in their figures are sections or years, not typing errors: never compared.
        self._comparable: dict[tuple[str, tuple[str, ...], int], list[_Shape[Owner]]] = defaultdict(list)

    def add(self, name: str, country: str, owner: Owner) -> None:
        """Add a name of this country, with its owner."""
        shape = _shape(name, owner)
        self._by_key[fold(name)].append((country, owner))
        self._by_letters.setdefault((country, shape.letters), shape)
        self._comparable[country, shape.figures, len(shape.letters)].append(shape)

    def elsewhere(self, name: str, country: str) -> Owner | None:
        """Return the owner of the same name in another country; None without one."""
        return next((owner for place, owner in self._by_key[fold(name)] if place != country), None)

    def near(self, name: str, country: str) -> Owner | None:
        """Return the owner of the most similar name in the same country; None if none is similar."""
        shape = _shape(name, None)
        same = self._by_letters.get((country, shape.letters))
        if same is not None:
            return same.owner
        likely = heapq.nlargest(_COMPARED, self._sharing(shape, country), key=lambda pair: pair[0])
        best = max(
            (other for _, other in likely),
            key=lambda other: _alike(shape.letters, other.letters),
            default=None,
        )
        return best.owner if best is not None and _alike(shape.letters, best.letters) >= ALIKE else None

    def _sharing(self, shape: _Shape[None], country: str) -> Iterator[tuple[float, _Shape[Owner]]]:
        """Yield names of similar length that share many pairs of letters with `shape`, and their share.

        Each is a pair of the share, 0 to 1, of letter pairs that both names have, and the name. Only
        names of the same country and with the same figures are compared.
        """
        length = len(shape.letters)
        shortest, longest = int(length * ALIKE / (2 - ALIKE)), int(length * (2 - ALIKE) / ALIKE) + 1
        for size in range(shortest, longest + 1):
            for other in self._comparable.get((country, shape.figures, size), ()):
                shared = 2 * (shape.pairs & other.pairs).bit_count() / (shape.count + other.count or 1)
                if shared >= _SHARED_PAIRS:
                    yield shared, other


def _shape(name: str, owner: Owner) -> _Shape[Owner]:
    folded = fold(name)
    bare = _AROUND.sub("", _AROUND.sub("", folded))
    letters = bare.replace(" ", "")
    pairs = 0
    for first, second in pairwise(letters):
        pairs |= 1 << (ord(first) % _ALPHABET * _ALPHABET + ord(second) % _ALPHABET)
    return _Shape(owner, letters, tuple(re.findall(r"\d+", folded)), pairs, pairs.bit_count())


def _alike(first: str, second: str) -> float:
    """Return the share (0 to 1) of letters in common; 0 where it is surely below `ALIKE`."""
    compared = SequenceMatcher(None, first, second, autojunk=False)
    return compared.ratio() if compared.quick_ratio() >= ALIKE else 0.0
