"""Names of categories: what a key such as `caribbean`, `ngo` or `PE` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.texts import Text
from consulta.platform.data import catalogue, dimensions, most_named
from consulta.platform.data.joined import SUBREGIONS, is_joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.data.catalogue import Country, Entry

_LISTS: dict[str, Callable[[], Mapping[str, Entry | Country]]] = {
    "country": catalogue.countries_by_code,
    "gender": catalogue.genders_by_key,
    "role": catalogue.roles_by_key,
    "sector": catalogue.sectors_by_key,
    "subregion": catalogue.subregions_by_key,
}


def name_of(dimension: str, key: str) -> Text:
    """Return the name of a category in each language; the key itself if the lists do not have it.

    A code of joined countries has a name of its own, such as "other Andean countries".
    """
    if dimension == "country" and is_joined(key):
        return SUBREGIONS[key].others
    if dimension in most_named.ATTRIBUTES and key == most_named.YES:
        return catalogue.terms("most_named")[dimension]
    found = _LISTS[dimension]().get(key) if dimension in _LISTS else None
    if found is not None:
        return found.name
    added = dimensions.own_by_key().get(dimension)
    category = added.category(key) if added else None
    return Text(category.names) if category else Text.name(key)


def keys_of(dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that is always there, or the answers on gender, in their order."""
    return tuple(_LISTS[dimension]())


def name_of_dimension(key: str) -> Text:
    """Return the name of a dimension that the installation adds; the key itself if it has none such."""
    found = dimensions.own_by_key().get(key)
    return Text(found.names) if found else Text.name(key)
