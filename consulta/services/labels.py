"""Names of categories in both languages: what a key such as `caribbean`, `ngo` or `PE` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.bundle import LocalText
from consulta.data import catalogue

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
    found = _LISTS[dimension]().get(key) if dimension in _LISTS else None
    return LocalText(found.name.es, found.name.en) if found else LocalText(key, key)
