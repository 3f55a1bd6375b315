"""Names of categories in both languages: what a key such as `caribbean`, `ngo` or `PE` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.bundle import LocalText
from consulta.data import catalogue, dimensions
from consulta.services import joining

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.data.catalogue import Country, Entry

_LISTS: dict[str, Callable[[], Mapping[str, Entry | Country]]] = {
    "country": catalogue.countries_by_code,
    "gender": catalogue.genders_by_key,
    "role": catalogue.roles_by_key,
    "sector": catalogue.sectors_by_key,
    "subregion": catalogue.subregions_by_key,
}


def name_of(dimension: str, key: str) -> LocalText:
    """The name of a category of a dimension; the key itself where the lists do not have it."""
    if dimension == "country" and joining.is_joined(key):
        others = joining.SUBREGIONS[key].others
        return LocalText(others.es, others.en)
    found = _LISTS[dimension]().get(key) if dimension in _LISTS else None
    if found is not None:
        return LocalText(found.name.es, found.name.en)
    added = dimensions.own_by_key().get(dimension)
    category = added.category(key) if added else None
    return in_both(category.names) if category else LocalText(key, key)


def name_of_dimension(key: str) -> LocalText:
    """The name of a dimension that the installation adds; the key itself where it has no such dimension."""
    found = dimensions.own_by_key().get(key)
    return in_both(found.names) if found else LocalText(key, key)


def in_both(names: Mapping[str, str]) -> LocalText:
    """Names by language as a text in both."""
    return LocalText(names["es"], names["en"])
