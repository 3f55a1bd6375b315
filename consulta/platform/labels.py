"""Names of categories: what a key such as `caribbean`, `ngo` or `PE` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.texts import Text
from consulta.platform.data import attributes, catalogue, dimensions, most_named
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
    if dimension in attributes.added_by_key() and key == attributes.NO_ANSWER:
        return catalogue.genders_by_key()[key].name
    added = dimensions.own_by_key().get(dimension) or attributes.added_by_key().get(dimension)
    category = added.category(key) if added else None
    return Text(category.names) if category else Text.name(key)


def keys_of(dimension: str) -> tuple[str, ...]:
    """Return the categories of a dimension that is always there, or the values of an attribute, in order."""
    added = attributes.added_by_key().get(dimension)
    if added is not None:
        return tuple(each.key for each in added.categories)
    return tuple(_LISTS[dimension]())


def name_of_dimension(key: str) -> Text:
    """Return the name of a dimension or attribute that the installation adds, else the key itself."""
    found = dimensions.own_by_key().get(key) or attributes.added_by_key().get(key)
    return Text(found.names) if found else Text.name(key)
