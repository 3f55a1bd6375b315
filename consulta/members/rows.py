"""Content of one row of a members' file, cell by cell, and the faults of each cell.

This module decides how headings are recognised, which spellings of a country, a sector, a language and a
yes are understood, and which mistakes get a suggestion. Rows are compared with one another and with the
list in `members_plan`. An empty cell gives no value: it is no mistake where another cell or a default
can supply it.
"""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.data import catalogue, dimensions
from consulta.data.folding import fold, mixes_scripts
from consulta.formats.delimited import FORMULA
from consulta.formats.faults import RowFault
from consulta.infra.labels import name_of, name_of_dimension
from consulta.infra.texts import address, line
from consulta.members.fields import EXAMPLES, field_of
from consulta.members.sheets import contacts_in

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from consulta.formats.columns import Columns
    from consulta.formats.table import Row, Table

Meaning = TypeVar("Meaning")

NAME_MAX, TAG_MAX, TAGS_MAX = 200, 40, 20

_EXAMPLE_KEYS = frozenset(fold(name) for each in EXAMPLES for name in each.values())
_LANGUAGES = catalogue.tongue_spellings()
_ANSWERS = {
    **dict.fromkeys(("si", "s", "sim", "yes", "y", "true", "verdadero", "1", "x"), True),
    **dict.fromkeys(("no", "n", "nao", "false", "falso", "0"), False),
}
_PROVIDERS = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "protonmail.com")
_LOOKALIKES = frozenset({"mail.com", "ymail.com", "email.com", "proton.me"})  # these exist
_IN_BRACKETS = re.compile(r"<([^<>]+)>")
# What people write in addresses, and what they meant: tried one after the other until an address comes out.
_MENDINGS = tuple(
    (re.compile(wrong, re.IGNORECASE), right)
    for wrong, right in (
        (r"^mailto:", ""),
        (r"\s*[\[(]\s*(?:at|arroba)\s*[\])]\s*|\s+(?:at|arroba)\s+", "@"),
        (r"\s+", ""),
        (r",", "."),
        (r"\.{2,}", "."),
        (r"@{2,}", "@"),
        (r"\.?@\.?", "@"),
    )
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as understood: values, or None where its cell is empty, missing or not understood."""

    number: int
    name: str
    key: str  # what makes two names the same
    country: str | None
    categories: Mapping[str, str]  # by dimension, where a cell says one
    base: int | None
    tags: tuple[str, ...] | None
    contact: str | None
    email: str | None
    language: str | None
    may_vote: bool | None
    language_strange: bool = False  # one was given, and it is none of this site

    @property
    def says(self) -> tuple[object, ...]:
        """Return all values of the row, without its number."""
        return (
            *(self.key, self.country, *sorted(self.categories.items()), self.base, self.tags),
            *(self.contact, self.email, self.language, self.may_vote),
        )


class Headings:
    """The headings of a file as they are written there, by field."""

    def __init__(
        self, table: Table, columns: Columns, meanings: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        self.table = table
        self.columns = columns
        self.meanings = meanings or {}  # of values, as somebody said for this file

    def of(self, field: str) -> str:
        """Return the heading of a field in the file; empty if the file does not have the field."""
        place = self.columns.places.get(field)
        return "" if place is None else self.table.headings[place]

    def at(self, letter: object) -> str:
        """Return the heading of a column given by its letter, or the letter if it has no heading."""
        index = 0
        for sign in str(letter):
            index = index * 26 + ord(sign) - ord("A") + 1
        headings = self.table.headings
        return (headings[index - 1] if index <= len(headings) else "") or str(letter)


class Notes:
    """What has been found about the rows of a file: faults, which leave a row out, and warnings."""

    def __init__(self, headings: Headings) -> None:
        self.headings = headings
        self.faults: dict[int, list[RowFault]] = defaultdict(list)
        self.warnings: dict[int, list[RowFault]] = defaultdict(list)
        self.known: dict[str, list[str]] = {}  # categories of open lists, as they were first written

    def fault(self, row: int, field: str, problem: Problem) -> None:
        """Add a fault to a row, which leaves the row out."""
        self.faults[row].append(RowFault(row, self.headings.of(field), problem))

    def keep_first(self, row: int) -> None:
        """Keep of several faults in one cell of a row only the first."""
        if row in self.faults:
            self.faults[row] = [*{fault.column: fault for fault in reversed(self.faults[row])}.values()][::-1]

    def warn(self, row: int, field: str, problem: Problem) -> None:
        """Say something about a row that does not leave it out."""
        self.warnings[row].append(RowFault(row, self.headings.of(field), problem))


def read(row: Row, notes: Notes, languages: Collection[str] = ()) -> Entry:
    """Return what `row` says; add all its faults to `notes`.

    `languages` are those that the installation offers; if empty, all languages of the program count.
    """
    if row.fault is not None:
        heading = notes.headings.at(row.fault.params["column"])
        notes.faults[row.number].append(RowFault(row.number, heading, row.fault))
    cells = _Cells(row, notes)
    name = _name(cells)
    language, strange = _language(cells, languages)
    entry = Entry(
        row.number,
        name=name,
        key=fold(name),
        country=_country(cells),
        categories=_categories(cells),
        base=_base(cells),
        tags=_tags(cells),
        contact=_contact(cells),
        email=_email(cells),
        language=language,
        may_vote=_one_of(cells, "may_vote", _ANSWERS),
        language_strange=strange,
    )
    notes.keep_first(row.number)
    return entry


def read_others(row: Row, notes: Notes, first: Entry, languages: Collection[str] = ()) -> Iterator[Entry]:
    """Yield the further contacts of a row, from numbered columns.

    Each entry has the organisation's name and country and the contact's own values, no sector, base or
    tags.
    """
    for number in contacts_in(notes.headings.columns):
        cells = _Cells(row, notes, f"@{number}")
        if any(cells.text(field) for field in ("contact", "email")):
            language, strange = _language(cells, languages)
            yield replace(
                first,
                categories={},
                base=None,
                tags=None,
                contact=_contact(cells),
                email=_email(cells),
                language=language,
                may_vote=_one_of(cells, "may_vote", _ANSWERS),
                language_strange=strange,
            )
    notes.keep_first(row.number)


class _Cells:
    """The cells of one row, and the notes to which their faults are added."""

    def __init__(self, row: Row, notes: Notes, suffix: str = "") -> None:
        self._row = row
        self._notes = notes
        self._suffix = suffix  # of the columns of a further contact

    def text(self, field: str) -> str | None:
        """Return the text of a field's cell on one line; None if it is empty."""
        return line(self._notes.headings.columns.cell(self._row, field + self._suffix)) or None

    def meaning(self, field: str, text: str) -> str | None:
        """Return the meaning that a person gave to this value for this file, or None."""
        return self._notes.headings.meanings.get(field, {}).get(fold(text))

    @property
    def known(self) -> dict[str, list[str]]:
        """Return the categories of open lists by dimension, those of the members' list first."""
        return self._notes.known

    def fault(self, field: str, problem: Problem) -> None:
        self._notes.fault(self._row.number, field + self._suffix, problem)

    def warn(self, field: str, problem: Problem) -> None:
        self._notes.warn(self._row.number, field + self._suffix, problem)


def _name(cells: _Cells) -> str:
    text = cells.text("organisation")
    if text is None:
        cells.fault("organisation", Problem("row.name_missing"))
    elif len(text) > NAME_MAX:
        cells.fault("organisation", Problem("row.name_long", most=NAME_MAX, length=len(text)))
    elif fold(text) in _EXAMPLE_KEYS:
        cells.fault("organisation", Problem("row.example"))
    elif not fold(text):
        cells.fault("organisation", Problem("row.name_letters", text=text))
    else:
        _remark_formula(cells, "organisation", text)
    return text or ""


def _remark_formula(cells: _Cells, field: str, text: str) -> None:
    if text.startswith(FORMULA):
        cells.warn(field, Problem("row.formula", text=text))
    if mixes_scripts(text):
        cells.warn(field, Problem("row.mixed_scripts", text=text))


def _country(cells: _Cells) -> str | None:
    text = cells.text("country")
    if text is None:
        cells.fault("country", Problem("row.country_missing"))
        return None
    found = catalogue.find_country(cells.meaning("country", text) or text)
    if found is not None:
        return found.iso2
    near = catalogue.closest_country(text)
    if near is None:
        cells.fault("country", Problem("row.country_unknown", text=text))
    else:
        cells.fault("country", Problem("row.country_near", text=text, near=_as_meant(text, near)))
    return None


def _categories(cells: _Cells) -> dict[str, str]:
    """Return the category that the row gives in each dimension that is entered; without those it lacks."""
    found = {"sector": _sector(cells)}
    for added in dimensions.own():
        if not added.from_country:
            found[added.key] = _category(cells, added)
    return {name: key for name, key in found.items() if key is not None}


def _category(cells: _Cells, added: dimensions.Dimension) -> str | None:
    field = field_of(added.key)
    text = cells.text(field)
    if text is None:
        return None
    known = cells.known.setdefault(added.key, [])
    found = added.find(cells.meaning(field, text) or text, known)
    if found is not None:
        if found not in known:
            known.append(found)
        return found
    near = added.closest(text)
    said = {"text": text, "dimension": name_of_dimension(added.key), "field": field}
    if near is None:
        cells.fault(field, Problem("row.category_unknown", **said))
    else:
        cells.fault(field, Problem("row.category_near", near=name_of(added.key, near), **said))
    return None


def _sector(cells: _Cells) -> str | None:
    text = cells.text("sector")
    if text is None:
        return None
    found = catalogue.find_sector(cells.meaning("sector", text) or text)
    if found is not None:
        return found.key
    near = catalogue.closest_sector(text)
    if near is None:
        cells.fault("sector", Problem("row.sector_unknown", text=text))
    else:
        cells.fault("sector", Problem("row.sector_near", text=text, near=_as_meant(text, near)))
    return None


def _as_meant(text: str, entry: catalogue.Country | catalogue.Sector) -> str:
    """Return the name of a country or sector in the language in which it was probably written."""
    written = fold(text)
    return max(
        entry.name.values(),
        key=lambda name: difflib.SequenceMatcher(None, written, fold(name)).ratio(),
    )


def _base(cells: _Cells) -> int | None:
    text = cells.text("base")
    if text is None:
        return None
    least, most = RANGES["base"]
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        cells.fault("base", Problem("row.base_whole", text=text))
        return None
    if not least <= int(text) <= most:
        cells.fault("base", Problem("row.base_range", text=text, least=least, most=most))
        return None
    return int(text)


def _tags(cells: _Cells) -> tuple[str, ...] | None:
    text = cells.text("tags")
    if text is None:
        return None
    tags = split_tags(text)
    if len(tags) > TAGS_MAX:
        cells.fault("tags", Problem("row.tags_many", most=TAGS_MAX, count=len(tags)))
    for tag in tags:
        if len(tag) > TAG_MAX:
            cells.fault("tags", Problem("row.tag_long", text=tag, most=TAG_MAX))
    return tags


def split_tags(text: str) -> tuple[str, ...]:
    """Return the tags in a text that separates them by commas, semicolons, bars or line breaks.

    Each tag is returned once.
    """
    return distinct(line(part) for part in re.split(r"[,;|\n]", text))


def distinct(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags in their order, each in its first spelling, without empty ones."""
    first: dict[str, str] = {}
    for tag in tags:
        if tag:
            first.setdefault(fold(tag), tag)
    return tuple(first.values())


def _contact(cells: _Cells) -> str | None:
    text = cells.text("contact")
    if text is None:
        return None
    if len(text) > NAME_MAX:
        cells.fault("contact", Problem("row.contact_long", most=NAME_MAX, length=len(text)))
    _remark_formula(cells, "contact", text)
    if cells.text("email") is None:
        cells.warn("contact", Problem("row.contact_unreachable", text=text))
    return text


def _email(cells: _Cells) -> str | None:
    text = cells.text("email")
    if text is None:
        return None
    found = address(text)
    if found is not None:
        _remark_typing_error(cells, found)
        return found
    mended = _mended(text)
    if _several(text):
        cells.fault("email", Problem("row.email_several", text=text))
    elif mended is None:
        cells.fault("email", Problem("row.email", text=text))
    else:
        cells.fault("email", Problem("row.email_near", text=text, near=mended))
    return None


def _several(text: str) -> bool:
    return sum(address(part) is not None for part in re.split(r"[;,/\s]+", text)) > 1


def _remark_typing_error(cells: _Cells, email: str) -> None:
    local, _, domain = email.partition("@")
    meant = _provider_meant(domain)
    if meant is not None:
        cells.warn("email", Problem("row.email_typing", text=email, near=f"{local}@{meant}"))


@lru_cache(maxsize=1000)
def _provider_meant(domain: str) -> str | None:
    """Return the well-known mail provider that a domain resembles without being equal to it, or None."""
    if domain in _LOOKALIKES or domain.startswith(tuple(f"{name}." for name in _PROVIDERS)):
        return None
    likely = difflib.get_close_matches(domain, _PROVIDERS, n=1, cutoff=0.88)
    return likely[0] if likely and likely[0] != domain else None


def _mended(text: str) -> str | None:
    """Return the address that was probably meant, or None."""
    bracketed = _IN_BRACKETS.search(text)
    bare = (bracketed[1] if bracketed else text).strip(" .,;:<>\"'()")
    for wrong, right in _MENDINGS:
        bare = wrong.sub(right, bare)
        found = address(bare)
        if found is not None:
            return found
    return None


def _language(cells: _Cells, languages: Collection[str]) -> tuple[str | None, bool]:
    """Return the language of a contact (`es`, `en` or None), and whether another one was given."""
    text = cells.text("language")
    found = None if text is None else _LANGUAGES.get(fold(text))
    if languages and found not in languages:
        found = None
    strange = text is not None and found is None
    if strange:
        cells.warn("language", Problem("row.language", text=text))
    return found, strange


def _one_of(cells: _Cells, field: str, words: Mapping[str, Meaning]) -> Meaning | None:
    text = cells.text(field)
    if text is None:
        return None
    found = words.get(fold(text))
    if found is None:
        cells.fault(field, Problem(f"row.{field}", text=text))
    return found
