"""Values of a file that are not understood, each once, with candidates and number of rows.

The module decides which faults can be resolved for all rows at once: those of a country, a sector or
another category, a role or a gender in an unknown spelling. An answer holds for every later file of the list,
but for the letter of a gender that means one thing in one file and another in the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.texts import Text
from consulta.platform.data import attributes, catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.importing.values import Offer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from consulta.platform.importing.cells import Notes
    from consulta.platform.importing.values import PreviewRow

REFUSED = {
    "row.sector_near": "sector",
    "row.sector_unknown": "sector",
    "row.country_near": "country",
    "row.country_unknown": "country",
    "nominee.role": "role",
    "nominee.gender": "gender",
}
CATEGORY = "category_"
"""How the field of a dimension begins that the installation adds."""


ASKED_ANEW = frozenset({("gender", "m")})
"""Field and folded text of what is asked in each file: M is *mujer* beside H, and *masculino* beside F."""
_LETTERS = {"f": "woman", "w": "woman", "h": "man", "v": "man", "nb": "non_binary"}


def offers(rows: Iterable[PreviewRow], notes: Notes) -> tuple[Offer, ...]:
    """Return the values whose meaning can be given, the one with most rows first.

    `notes` are those of the file: what a letter means is guessed from the others of its column.
    """
    texts: dict[tuple[str, str], str] = {}
    counts: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        for fault in row.faults:
            field = REFUSED.get(fault.problem.code) or fault.problem.params.get("field")
            if isinstance(field, str):
                text = str(fault.problem.params["text"])
                texts.setdefault((field, fold(text)), text)
                counts.setdefault((field, fold(text)), set()).add(row.row)
    letters = {fold(notes.columns.cell(row, "gender")) for row in notes.table.rows}
    found = (
        Offer(
            key[0],
            text,
            len(counts[key]),
            _gender(text, letters) if key[0] == "gender" else _near(key[0], text),
            key in ASKED_ANEW,
        )
        for key, text in texts.items()
    )
    return tuple(sorted(found, key=lambda offer: (-offer.rows, offer.field, offer.text)))


def choices(field: str) -> Mapping[str, Text]:
    """Return the key and name of each value that a field can have; empty for other fields."""
    if field == "sector":
        return {key: sector.name for key, sector in catalogue.sectors_by_key().items()}
    if field == "country":
        return {code: country.name for code, country in catalogue.countries_by_code().items()}
    if field == "role":
        return {role.key: role.name for role in catalogue.roles()}
    if field == "gender":
        return {key: gender.name for key, gender in catalogue.genders_by_key().items()}
    added = _added(field)
    return {each.key: Text(each.names) for each in added.categories} if added else {}


def _near(field: str, text: str) -> str:
    if field == "sector":
        sector = catalogue.closest_sector(text)
        return sector.key if sector else ""
    if field == "role":
        return ""
    added = _added(field)
    if added is not None:
        return added.closest(text) or ""
    country = catalogue.closest_country(text)
    return country.iso2 if country else ""


def _gender(text: str, letters: Collection[str]) -> str:
    """Return the gender that a text probably means in a column with these texts, folded; empty: no idea."""
    if fold(text) == "m":
        as_man, as_woman = not {"f", "w"}.isdisjoint(letters), not {"h", "v"}.isdisjoint(letters)
        return "" if as_man == as_woman else "man" if as_man else "woman"
    likely = catalogue.find_gender.likely(text)
    return _LETTERS.get(fold(text)) or (likely.key if likely else "")


def _added(field: str) -> dimensions.Dimension | None:
    """Return the dimension or attribute added by the installation that a field is about, or None."""
    if not field.startswith(CATEGORY):
        return attributes.by_field(field)
    return dimensions.own_by_key().get(field.removeprefix(CATEGORY))
