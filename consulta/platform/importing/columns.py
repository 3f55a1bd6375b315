"""Headings as people write them, matched to the fields that an import knows.

The module decides which headings are the same (accents, case, spacing and punctuation do not count) and
reports which are missing, unknown or there twice. It does not judge the content of the cells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform.data import tongues
from consulta.platform.data.folding import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.core.texts import Text
    from consulta.platform.formats.table import Row, Table

MOST_REPEATS = 9
UNREAD = "-"
"""What a column means that a person said is not to be read."""
_NUMBERED = re.compile(
    r"(?:(?P<before>\d) ?(?:o|er|ro|do)? )?(?P<name>.*?)(?: (?:n|no|nro|num)? ?(?P<after>\d))?"
)
_PARTS = re.compile("\\s*[/|(),:;\u2013\u2014-]\\s*")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an import: its name, and all headings that mean it.

    `repeats`: it may stand in numbered columns (Correo 1, Correo 2 …); after the first they are `email@2` …
    """

    key: str
    label: Text
    headings: tuple[str, ...]
    required: bool = False
    repeats: bool = False


def declared(
    labels: Mapping[str, Text],
    synonyms: Mapping[str, str],
    required: Iterable[str],
    repeats: Iterable[str] = (),
) -> tuple[Field, ...]:
    """Return the fields of an import: a label each, and further headings with semicolons between them."""
    needed, numbered = frozenset(required), frozenset(repeats)
    return tuple(
        Field(
            key,
            label,
            (*headings(label), *filter(None, synonyms.get(key, "").split(";"))),
            key in needed,
            key in numbered,
        )
        for key, label in labels.items()
    )


def headings(label: Text) -> tuple[str, ...]:
    """Return what a column of our own files is called: in the desk's languages at once, and in each one."""
    desk = tongues.with_desk(tongues.codes())
    return (" / ".join(label.best(each) for each in desk), *label.values())


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each field stands, and which headings are missing, unknown or there twice, as written."""

    places: Mapping[str, int]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    doubled: tuple[str, ...]

    def checked(self) -> Columns:
        """Return these columns if no required heading is missing and none is there twice.

        Problems: `file.headings_missing`, `file.headings_missing_among`, `file.headings_doubled`.
        """
        if self.missing and self.unknown:
            raise Problem(
                "file.headings_missing_among",
                headings=", ".join(self.missing),
                unknown=", ".join(f"«{heading}»" for heading in self.unknown),
                columns=self.unknown,
            )
        if self.missing:
            raise Problem("file.headings_missing", headings=", ".join(self.missing))
        if self.doubled:
            raise Problem("file.headings_doubled", headings=", ".join(self.doubled))
        return self

    def cell(self, row: Row, field: str) -> str:
        """Return the row's text for a field, empty where there is none, even if the row has a fault."""
        return row.cells[self.places[field]] if field in self.places else ""

    def repeated(self) -> tuple[int, ...]:
        """Return the numbers after 1 for which a file has columns, such as 2 for Correo 2."""
        return tuple(sorted({int(key.partition("@")[2]) for key in self.places if "@" in key}))


def match(table: Table, fields: Sequence[Field], told: Mapping[str, str] | None = None) -> Columns:
    """Return in which column of the table each field stands.

    A heading with more than a field's name (“Sector / población”) counts if one part of it is a field's
    name. `told` has by folded heading the field that a person said it means, or `UNREAD`.
    """
    answered = told or {}
    known = {fold(heading): field for field in fields for heading in (field.key, *field.headings)}
    keys = {field.key for field in fields}
    places: dict[str, int] = {}
    others: list[tuple[int, str]] = []
    doubled: list[str] = []
    for index, heading in enumerate(table.headings):
        field = known.get(fold(heading))
        if field is None:
            others.extend([(index, heading)] if heading else [])
        elif places.setdefault(field.key, index) != index:
            doubled.append(heading)
    unknown = []
    for index, heading in others:
        said = answered.get(fold(heading), "")
        if said == UNREAD:
            continue
        if said in keys and said not in places:
            places[said] = index
            continue
        key = _numbered(heading, known, places) or _by_part(heading, known, places)
        if key is None:
            unknown.append(heading)
        else:
            places[key] = index
    missing = [field for field in fields if field.required and field.key not in places]
    language = _language(table.headings, fields) if missing else ""
    lacking = tuple(field.label[language] for field in missing)
    return Columns(places, lacking, tuple(unknown), tuple(doubled))


def _numbered(heading: str, known: Mapping[str, Field], places: Mapping[str, int]) -> str | None:
    """Return the field and number meant by a heading like “Correo 2” or “2º contacto”, or None."""
    found = _NUMBERED.fullmatch(fold(heading))
    if found is None or not (found["before"] or found["after"]):
        return None
    field, number = known.get(found["name"].strip()), int(found["before"] or found["after"])
    if field is None or not field.repeats or not 1 <= number <= MOST_REPEATS:
        return None
    key = field.key if number == 1 else f"{field.key}@{number}"
    return None if key in places else key


def _by_part(heading: str, known: Mapping[str, Field], places: Mapping[str, int]) -> str | None:
    """Return the one field that a part of a heading names, or None if there is none or several.

    None also if another heading already has the field.
    """
    named = {known[fold(part)].key for part in _PARTS.split(heading) if fold(part) in known}
    return next(iter(named)) if len(named) == 1 and not named & places.keys() else None


def _language(written: Sequence[str], fields: Sequence[Field]) -> str:
    """Return the language of most of the headings that a file has."""
    folded = {fold(each) for each in written}
    languages = fields[0].label
    alike = {code: sum(fold(each.label.best(code)) in folded for each in fields) for code in languages}
    return max(alike, key=alike.__getitem__)
