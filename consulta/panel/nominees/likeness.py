"""Likely duplicates among those proposed: spelt otherwise, in short, or with the same address.

This module decides which pairs are worth a look. It joins none; a person decides.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from consulta.panel.nominees.values import Alike
from consulta.platform.data.folding import fold
from consulta.platform.likeness import Names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from consulta.panel.nominees.values import NomineeRecord
    from consulta.panel.proposals.values import Proposal

FEWEST_WORDS = 2  # that two names share before one can be the other in short


class _Known:
    """People and institutions, asked whether a further one is like one of them."""

    def __init__(self) -> None:
        self._names: Names[Alike] = Names()
        self._by_name: dict[str, list[Alike]] = defaultdict(list)
        self._by_address: dict[str, list[Alike]] = defaultdict(list)
        self._by_country: dict[str, list[tuple[frozenset[str], Alike]]] = defaultdict(list)

    def add(self, one: Alike, email: str) -> None:
        """Add a person or an institution to the known ones."""
        folded = fold(one.name)
        self._names.add(one.name, one.country, one)
        self._by_name[folded].append(one)
        self._by_country[one.country].append((frozenset(folded.split()), one))
        if email:
            self._by_address[email].append(one)

    def like(self, one: Alike, email: str) -> Iterator[Alike]:
        """Yield the known ones with the same address or name, or in the same country a similar name.

        A name is similar if it is nearly the same, or if the words of one are all in the other and at
        least two are shared. One may be yielded more than once.
        """
        folded = fold(one.name)
        yield from self._by_address[email] if email else ()
        yield from self._by_name[folded]
        words = frozenset(folded.split())
        for others, other in self._by_country[one.country]:
            if len(words & others) >= FEWEST_WORDS and (words <= others or others <= words):
                yield other
        near = self._names.near(one.name, one.country)
        if near is not None:
            yield near


def likely(nominees: Iterable[NomineeRecord], waiting: Iterable[Proposal]) -> dict[int, tuple[Alike, ...]]:
    """Return for each waiting proposal the nominees and other waiting proposals that may be the same.

    The keys are the proposals' numbers; proposals without such a match are left out.
    """
    known = _Known()
    for nominee in nominees:
        known.add(_as_known(nominee), nominee.email)
    found: dict[int, dict[str, Alike]] = defaultdict(dict)
    for proposal in waiting:
        said = proposal.said
        mine = Alike(str(proposal.number), said.name, said.organisation, said.country, is_nominee=False)
        for other in known.like(mine, said.email):
            found[proposal.number][other.target] = other
            if not other.is_nominee:
                found[int(other.target)][mine.target] = mine
        known.add(mine, said.email)
    return {number: tuple(others.values()) for number, others in found.items()}


def twins(nominees: Iterable[NomineeRecord]) -> dict[str, tuple[Alike, ...]]:
    """Return for each nominee, by key, the other nominees that may be the same.

    Nominees without such a match are left out.
    """
    known = _Known()
    found: dict[str, dict[str, Alike]] = defaultdict(dict)
    for nominee in nominees:
        mine = _as_known(nominee)
        for other in known.like(mine, nominee.email):
            found[mine.target][other.target] = other
            found[other.target][mine.target] = mine
        known.add(mine, nominee.email)
    return {key: tuple(others.values()) for key, others in found.items()}


def _as_known(nominee: NomineeRecord) -> Alike:
    return Alike(nominee.key, nominee.name, nominee.organisation, nominee.country, is_nominee=True)
