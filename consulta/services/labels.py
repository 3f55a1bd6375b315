"""Names of categories in both languages: what a key such as `caribbean`, `ngo` or `PE` is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.bundle import LocalText
from consulta.data import catalogue
from consulta.services import joining

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.data.catalogue import Country, Entry

# What joined countries are called; a sentence goes on with it.
_OTHERS = {
    "andean": LocalText("otros países andinos", "other Andean countries"),
    "caribbean": LocalText("otros países del Caribe", "other countries of the Caribbean"),
    "central_america": LocalText("otros países de América Central", "other countries of Central America"),
    "mesoamerica": LocalText("otros países de Mesoamérica", "other countries of Mesoamerica"),
    "south_america": LocalText("otros países de América del Sur", "other countries of South America"),
    "southern_cone": LocalText(
        "otros países del Cono Sur y Brasil", "other countries of the Southern Cone and Brazil"
    ),
}

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
        return _OTHERS[joining.SUBREGIONS[key]]
    found = _LISTS[dimension]().get(key) if dimension in _LISTS else None
    return LocalText(found.name.es, found.name.en) if found else LocalText(key, key)
