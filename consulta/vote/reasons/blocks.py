"""With which marks a reason can be shown so that several organisations could have written it.

A reason of an author who is not named is shown under its theme, a subregion and a sector only where at least
`least` organisations placed that theme, belong to that subregion and sector, and did not give a reason for
the same theme by name. Small groups stand together, so that each mark stands for so many possible authors.
None can be worked out from the others, since the groups of a theme never overlap.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping


class Mark(NamedTuple):
    """What is shown beside a reason; "" for what is not told."""

    subregion: str = ""
    sector: str = ""


# Two dimensions, also where an installation adds others (decision 91): each mark more would make the group
# smaller in which an author cannot be told. They are kept beside a text when it is parted from its
# organisation, where no other can be looked up any more, and published in formats that stay
# (`consulta-synthesis`, the open data).
MARKS = Mark._fields


def themes_told(authors: Mapping[int, Collection[int]], least: int) -> frozenset[int]:
    """Return the themes under which reasons without a name are shown; those of the others stand together.

    `authors`: for each theme, who may have written such a reason. The others together have at least `least`
    possible authors, or there is no theme that is told.
    """
    told = {theme for theme, who in authors.items() if len(set(who)) >= least}
    pooled = {who for theme in set(authors) - told for who in authors[theme]}
    while pooled and len(pooled) < least and told:
        smallest = min(told, key=lambda theme: (len(set(authors[theme])), theme))
        told.discard(smallest)
        pooled |= set(authors[smallest])
    return frozenset(told)


def marks(cells: Mapping[int, Mark], least: int) -> dict[int, Mark]:
    """Return for each possible author of a theme the mark of its group: its own cell, or what it stands with.

    Each mark that is returned is that of at least `least` authors, or of all of them.
    """
    by_subregion: dict[str, dict[str, set[int]]] = defaultdict(lambda: defaultdict(set))
    for author, cell in cells.items():
        by_subregion[cell.subregion][cell.sector].add(author)
    groups: dict[Mark, set[int]] = {}
    loose: dict[str, set[int]] = {}
    for subregion, sectors in by_subregion.items():
        alone, rest = _parted(sectors, least)
        if rest and len(rest) < least:
            loose[subregion] = rest
            continue
        groups |= {Mark(subregion, sector): who for sector, who in alone.items()}
        if rest:
            groups[Mark(subregion)] = rest
    together = {who for each in loose.values() for who in each}
    while together and len(together) < least and groups:
        whole: dict[str, set[int]] = defaultdict(set)
        for mark, who in groups.items():
            whole[mark.subregion] |= who
        smallest = min(whole, key=lambda subregion: (len(whole[subregion]), subregion))
        together |= whole[smallest]
        groups = {mark: who for mark, who in groups.items() if mark.subregion != smallest}
    if together:
        groups[Mark()] = together
    return {author: mark for mark, who in groups.items() for author in who}


def _parted(sectors: Mapping[str, set[int]], least: int) -> tuple[dict[str, set[int]], set[int]]:
    """Return the sectors of a subregion that stand alone, and the authors of the others, who stand together.

    There are at least `least` of these, or none, or they are all of the subregion.
    """
    alone = {sector: who for sector, who in sectors.items() if len(who) >= least}
    rest = {who for sector in set(sectors) - set(alone) for who in sectors[sector]}
    while rest and len(rest) < least and alone:
        smallest = min(alone, key=lambda sector: (len(alone[sector]), sector))
        rest |= alone.pop(smallest)
    return alone, rest
