"""Which people on the ballot are asked for: by role, by country, by a word; and in which parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.vote.values import Candidate

FILTERS = ("role", "country", "q")
A_PART = 11_000
"""Letters that a page of people can have, so that it stays below 20 kB with the stylesheet and the script."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whom an address asks for; empty: all."""

    role: str = ""
    country: str = ""
    q: str = ""

    def has(self, one: Candidate) -> bool:
        """Return whether a person is among those asked for; of `q`, each word must be there."""
        said = fold(f"{one.name} {one.organisation} {one.about}")
        return (
            self.role in {"", one.role}
            and self.country in {"", one.country}
            and all(word in said for word in fold(self.q).split())
        )


def in_parts(people: Sequence[Candidate], most: int = A_PART) -> tuple[tuple[Candidate, ...], ...]:
    """Return people in their order, in as few parts of about the same length as their texts need."""
    lengths = [len(one.name) + len(one.organisation) + len(one.about) for one in people]
    count = max(1, -(-sum(lengths) // most))
    parts: list[list[Candidate]] = [[] for _part in range(count)]
    before = 0
    for one, length in zip(people, lengths, strict=True):
        parts[min(before * count // max(1, sum(lengths)), count - 1)].append(one)
        before += length
    return tuple(tuple(part) for part in parts if part) or ((),)
