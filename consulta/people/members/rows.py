"""Content of one row of a members' file, cell by cell, and the faults of each cell.

This module decides which spellings of a language and a category are understood, and which mistakes get a
suggestion. Rows are compared with one another and with the
list in `plan`. An empty cell gives no value: it is no mistake where another cell or a default
can supply it.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.people.members.fields import EXAMPLES, field_of
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold, mixes_scripts
from consulta.platform.formats.delimited import FORMULA
from consulta.platform.importing.cells import ANSWERS, Cells
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.texts import address, line, telephone

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from consulta.platform.formats.table import Row
    from consulta.platform.importing.cells import Notes

NAME_MAX, TAG_MAX, TAGS_MAX = 200, 40, 20

_EXAMPLE_KEYS = frozenset(fold(name) for each in EXAMPLES for name in each.values())
_LANGUAGES = catalogue.tongue_spellings()
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

    row: str  # its label
    name: str
    key: str  # what makes two names the same
    country: str | None
    categories: Mapping[str, str]  # by dimension, where a cell says one
    base: int | None
    tags: tuple[str, ...] | None
    contact: str | None
    email: str | None
    phone: str | None
    language: str | None
    may_vote: bool | None
    language_strange: bool = False  # one was given, and it is none of this site

    @property
    def says(self) -> tuple[object, ...]:
        """Return all values of the row, without its label."""
        return (
            *(self.key, self.country, *sorted(self.categories.items()), self.base, self.tags),
            *(self.contact, self.email, self.phone, self.language, self.may_vote),
        )


def read(row: Row, notes: Notes, languages: Collection[str] = ()) -> Entry:
    """Return what `row` says; add all its faults to `notes`.

    `languages` are those that the installation offers; if empty, all languages of the program count.
    """
    cells = Cells(row, notes)
    name = _name(cells)
    country = cells.country()
    language, strange = _language(cells, languages)
    entry = Entry(
        row.label,
        name=name,
        key=fold(name),
        country=country.iso2 if country else None,
        categories=_categories(cells),
        base=_base(cells),
        tags=_tags(cells),
        contact=_contact(cells),
        email=_email(cells),
        phone=_phone(cells),
        language=language,
        may_vote=cells.one_of("may_vote", ANSWERS, "row.may_vote"),
        language_strange=strange,
    )
    notes.keep_first(row.label)
    return entry


def read_others(row: Row, notes: Notes, first: Entry, languages: Collection[str] = ()) -> Iterator[Entry]:
    """Yield the further contacts of a row, from numbered columns.

    Each entry has the organisation's name and country and the contact's own values, no sector, base or
    tags. Where a contact has no cell of its own for its language, or for whether it may vote, that of the
    row holds.
    """
    for number in notes.columns.repeated():
        cells = Cells(row, notes, f"@{number}")
        if any(cells.text(field) for field in ("contact", "email")):
            language, strange = _language(cells, languages)
            may_vote = cells.one_of("may_vote", ANSWERS, "row.may_vote")
            yield replace(
                first,
                categories={},
                base=None,
                tags=None,
                contact=_contact(cells),
                email=_email(cells),
                phone=_phone(cells),
                language=language if cells.text("language") else first.language,
                may_vote=may_vote if cells.text("may_vote") else first.may_vote,
                language_strange=strange if cells.text("language") else first.language_strange,
            )
    notes.keep_first(row.label)


def _name(cells: Cells) -> str:
    text = cells.text("organisation")
    if not text:
        cells.fault("organisation", Problem("row.name_missing"))
    elif len(text) > NAME_MAX:
        cells.fault("organisation", Problem("row.name_long", most=NAME_MAX, length=len(text)))
    elif fold(text) in _EXAMPLE_KEYS:
        cells.fault("organisation", Problem("row.example"))
    elif not fold(text):
        cells.fault("organisation", Problem("row.name_letters", text=text))
    else:
        _remark_formula(cells, "organisation", text)
    return text


def _remark_formula(cells: Cells, field: str, text: str) -> None:
    if text.startswith(FORMULA):
        cells.warn(field, Problem("row.formula", text=text))
    if mixes_scripts(text):
        cells.warn(field, Problem("row.mixed_scripts", text=text))


def _categories(cells: Cells) -> dict[str, str]:
    """Return the category that the row gives in each dimension that is entered; without those it lacks."""
    sector = cells.sector()
    found = {"sector": sector.key if sector else None}
    for added in dimensions.own():
        if not added.from_country:
            found[added.key] = _category(cells, added)
    return {name: key for name, key in found.items() if key is not None}


def _category(cells: Cells, added: dimensions.Dimension) -> str | None:
    field = field_of(added.key)
    text = cells.text(field)
    if not text:
        return None
    known = cells.notes.known.setdefault(added.key, [])
    found = added.find(cells.meant(field), known)
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


def _base(cells: Cells) -> int | None:
    text = cells.text("base")
    if not text:
        return None
    least, most = RANGES["base"]
    if not re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        cells.fault("base", Problem("row.base_whole", text=text))
        return None
    if not least <= int(text) <= most:
        cells.fault("base", Problem("row.base_range", text=text, least=least, most=most))
        return None
    return int(text)


def _tags(cells: Cells) -> tuple[str, ...] | None:
    text = cells.text("tags")
    if not text:
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


def _contact(cells: Cells) -> str | None:
    text = cells.text("contact")
    if not text:
        return None
    if len(text) > NAME_MAX:
        cells.fault("contact", Problem("row.contact_long", most=NAME_MAX, length=len(text)))
    _remark_formula(cells, "contact", text)
    if not cells.text("email"):
        cells.warn("contact", Problem("row.contact_unreachable", text=text))
    return text


def _email(cells: Cells) -> str | None:
    text = cells.text("email")
    if not text:
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


def _phone(cells: Cells) -> str | None:
    """Return the telephone number; one that is none is left out with a warning, and the row stays good."""
    text = cells.text("phone")
    found = telephone(text) if text else None
    if text and found is None:
        cells.warn("phone", Problem("row.phone", text=text))
    return found


def _several(text: str) -> bool:
    return sum(address(part) is not None for part in re.split(r"[;,/\s]+", text)) > 1


def _remark_typing_error(cells: Cells, email: str) -> None:
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


def _language(cells: Cells, languages: Collection[str]) -> tuple[str | None, bool]:
    """Return the language of a contact (`es`, `en` or None), and whether another one was given."""
    text = cells.text("language")
    found = _LANGUAGES.get(fold(text))
    if languages and found not in languages:
        found = None
    strange = bool(text) and found is None
    if strange:
        cells.warn("language", Problem("row.language", text=text))
    return found, strange
