"""Which people on the ballot are asked for: by role, by country, by a word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.data.folding import fold

if TYPE_CHECKING:
    from consulta.voting.values import Candidate

FILTERS = ("role", "country", "q")


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
