"""What pages call a dimension and its categories: those that are always there, and an installation's own.

An installation's dimension has one name a language, of any gender and number, so that sentences put it in
quotation marks. Sentences that say more of subregions, sectors or countries stand where they are said.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from consulta.platform.data import catalogue
from consulta.platform.labels import name_of_dimension
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.language import in_words, local

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.texts import Text


def name(dimension: str) -> str:
    """Return a dimension as the heading of a column."""
    known = {"subregion": _("Subregion"), "sector": _("Sector"), "country": _("Country")}
    return known.get(dimension) or own(dimension)


def inside(dimension: str) -> str:
    """Return a dimension inside of a sentence, before the name of a category."""
    known = {"subregion": _("subregion"), "sector": _("sector"), "country": _("country")}
    return known.get(dimension) or small(own(dimension))


def small(name: str) -> str:
    """Return a name with a small first letter, but for an abbreviation: "Size" is "size", "ICT" stays."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def categories(dimension: str) -> str:
    """Return its categories inside of a sentence: "sectors"."""
    known = {"subregion": _("subregions"), "sector": _("sectors"), "country": _("countries")}
    return known.get(dimension) or _("categories of “%(name)s”", name=own(dimension))


def every(dimension: str) -> str:
    """Return each of its categories inside of a sentence: "every sector"."""
    known = {"subregion": _("every subregion"), "sector": _("every sector"), "country": _("every country")}
    return known.get(dimension) or _("every category of “%(name)s”", name=own(dimension))


def one(dimension: str) -> str:
    """Return one of its categories inside of a sentence: "a sector"."""
    known = {"subregion": _("a subregion"), "sector": _("a sector"), "country": _("a country")}
    return known.get(dimension) or _("a category of “%(name)s”", name=own(dimension))


def all_of(dimension: str, whole: int) -> str:
    """Return all of its categories inside of a sentence, where it has several: "all three subregions"."""
    if whole == 2:  # noqa: PLR2004 - English has a word for all of two
        both = {
            "subregion": _("both subregions"),
            "sector": _("both sectors"),
            "country": _("both countries"),
        }
        return both.get(dimension) or _("both categories of “%(name)s”", name=own(dimension))
    known = {
        "subregion": _("all %(num)s subregions", num=in_words(whole, feminine=True)),
        "sector": _("all %(num)s sectors", num=in_words(whole)),
        "country": _("all %(num)s countries", num=in_words(whole)),
    }
    return known.get(dimension) or _("all %(num)s categories of “%(name)s”", num=whole, name=own(dimension))


def some_of(dimension: str, part: int, whole: int) -> str:
    """Return how many of its categories: "10 of 12 sectors"."""
    known = {
        "subregion": _("%(part)s of %(whole)s subregions", part=part, whole=whole),
        "sector": _("%(part)s of %(whole)s sectors", part=part, whole=whole),
        "country": _("%(part)s of %(whole)s countries", part=part, whole=whole),
    }
    return known.get(dimension) or _(
        "%(part)s of %(whole)s categories of “%(name)s”", part=part, whole=whole, name=own(dimension)
    )


def by(dimension: str) -> str:
    """Return the title of a table by its categories."""
    known = {"subregion": _("By subregion"), "sector": _("By sector"), "country": _("By country")}
    return known.get(dimension) or _("By “%(name)s”", name=own(dimension))


def own(dimension: str) -> str:
    """Return the name that an installation gave to its dimension."""
    return local(name_of_dimension(dimension))


@cache
def _short_sectors() -> dict[Text, Text]:
    return {sector.name: sector.short for sector in catalogue.sectors()}


def brief(category: Text) -> str:
    """Return the name of a category for a narrow column: of a sector, the short one."""
    return local(_short_sectors().get(category, category))


class _Line(Protocol):
    """An organisation in a list, with the name of its category in each dimension."""

    @property
    def names(self) -> Mapping[str, Any]:
        """Return the name of the organisation's category by dimension."""


def told(line: _Line) -> list[tuple[str, str]]:
    """Return the categories of an organisation as facts: dimension and category, the country first."""
    return [(name(dimension), local(category)) for dimension, category in line.names.items()]
