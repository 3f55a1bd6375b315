"""Who was heard so far: the panels of all rounds, for the choice of the next and for everybody to read.

It decides what counts as having sat before (the same person, by name and institution or by address, or
somebody of the same institution, on one of the last two panels), and what may be told of the panels together.
To the public only panels count that were made public, and gender is not told: from one panel to the next the
sums would tell it of people whose names are beside them.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.bundle import LocalText
from consulta.data import catalogue
from consulta.data.folding import fold
from consulta.services.access import require
from consulta.services.nominations import person
from consulta.services.panel_holds import members_of
from consulta.store import memory as rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from consulta.services.work import Work
    from consulta.store.models import Nominee, Round

LAST = 2  # panels that lower somebody's place (`counting.md` 5.3)
DIMENSIONS = ("subregion", "country", "sector")


class Remembered(NamedTuple):
    """A panel on which somebody sat already: of which round, and whether it was the person or a colleague."""

    key: str
    title: LocalText
    same_person: bool


@dataclass(frozen=True, slots=True)
class _Panel:
    """Who sat on the panel of a round."""

    found: Round
    people: Sequence[Nominee]


@dataclass(frozen=True, slots=True)
class HeardPanel:
    """Who sat on one panel: how many, and of which category each, in each dimension."""

    key: str
    title: LocalText
    at: datetime
    public: bool
    people: int
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Heard:
    """Who sat on all panels, the newest first; every category that a dimension has, in its order."""

    panels: tuple[HeardPanel, ...]
    categories: Mapping[str, tuple[str, ...]]
    example: bool

    @property
    def people(self) -> int:
        """How many seats there were in all."""
        return sum(panel.people for panel in self.panels)

    def sums(self, dimension: str) -> dict[str, int]:
        """Category → seats in all, in the order of the categories."""
        return {
            key: sum(panel.counts[dimension].get(key, 0) for panel in self.panels)
            for key in self.categories[dimension]
        }


def heard(work: Work) -> Heard:
    """The panels as they were decided last, with gender, for the secretariat."""
    require(work, "panel.read")
    return _heard(work, public=False)


def publicly_heard(work: Work) -> Heard:
    """The panels that were made public, for everybody."""
    require(work, "published.read")
    return _heard(work, public=True)


class Memory:
    """The last panels before a round's, asked whether somebody sat on them."""

    def __init__(self, work: Work, found: Round) -> None:
        others = rows.with_panel(work.session, example=found.example, but=found.id)
        end = found.closed_at
        earlier = [each for each in others if end is None or (each.closed_at and each.closed_at < end)]
        self._panels = [panel for panel in _panels(work, earlier, public=False) if panel.people][:LAST]

    def of(self, name: str, organisation: str, email: str) -> tuple[Remembered, ...]:
        """On which of them somebody sat, or another of the same institution."""
        return tuple(
            Remembered(
                panel.found.key, LocalText(panel.found.title_es, panel.found.title_en), same_person=found
            )
            for panel in self._panels
            if (found := _sat(panel.people, name, organisation, email)) is not None
        )


def _sat(people: Iterable[Nominee], name: str, organisation: str, email: str) -> bool | None:
    """Whether the person sat (True) or somebody of the institution (False); None where neither did."""
    wanted, house = person(name, organisation), fold(organisation)
    if any(
        person(each.name, each.organisation) == wanted or (email and each.email == email) for each in people
    ):
        return True
    return False if any(fold(each.organisation) == house for each in people) else None


def _panels(work: Work, found: Sequence[Round], *, public: bool) -> list[_Panel]:
    """The panel that counts of each round: the one made public, or the newest on which somebody sits."""
    kept: dict[int, list[str]] = {}
    public_version = {each.id: each.panel_version for each in found}
    for document in rows.panels(work.session, [each.id for each in found]):
        wanted = document.version == public_version[document.round_id] if public else True
        members = members_of(document.content) if wanted and document.round_id not in kept else []
        if members:
            kept[document.round_id] = members
    return [
        _Panel(each, [nominee for nominee in each.nominees if nominee.key in kept.get(each.id, ())])
        for each in found
        if each.id in kept
    ]


def _heard(work: Work, *, public: bool) -> Heard:
    real = _panels(work, rows.with_panel(work.session, example=False), public=public)
    panels = real or _panels(work, rows.with_panel(work.session, example=True), public=public)
    if public:
        panels = [panel for panel in panels if panel.found.state == "published"]
    dimensions = DIMENSIONS if public else (*DIMENSIONS, "gender")
    told = tuple(
        HeardPanel(
            key=panel.found.key,
            title=LocalText(panel.found.title_es, panel.found.title_en),
            at=panel.found.closed_at or panel.found.created_at,
            public=panel.found.panel_version is not None,
            people=len(panel.people),
            counts={name: Counter(_of(each, name) for each in panel.people) for name in dimensions},
        )
        for panel in panels
    )
    return Heard(told, {name: _categories(name) for name in dimensions}, bool(panels) and not real)


def _of(nominee: Nominee, dimension: str) -> str:
    match dimension:
        case "subregion":
            return catalogue.subregion_of(nominee.country)
        case "country":
            return nominee.country
        case "sector":
            return nominee.sector
        case _:
            return nominee.gender or "no_answer"


def _categories(dimension: str) -> tuple[str, ...]:
    match dimension:
        case "subregion":
            return tuple(each.key for each in catalogue.subregions())
        case "country":
            return tuple(each.iso2 for each in catalogue.countries())
        case "sector":
            return tuple(each.key for each in catalogue.sectors())
        case _:
            return tuple(each.key for each in catalogue.genders())
