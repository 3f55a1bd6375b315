"""Tables of a data package: fields with types and constraints, rows, their bytes as CSV, and back.

Every figure and every word reaches a package as a cell of such a table. A row that does not fit its table
raises ValueError, so that no package is published that its own schema contradicts.
"""

from __future__ import annotations

import csv
import io
import re
import tomllib
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from consulta.core.texts import Text
from consulta.platform.formats.delimited import shielded, unshielded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence


Cell = str | int | float | bool | None
Row = dict[str, Any]
LIST = ";"
"""Between the codes of a cell that has several."""

DIGITS = 6
"""Decimals of shares; what pages show has fewer."""

_WHOLE = re.compile(r"-?\d+")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


@dataclass(frozen=True, slots=True)
class Field:
    """A column; `translated`: one column for each language of the installation."""

    name: str
    type: str = "string"  # string, integer, number, boolean, datetime, date
    required: bool = False
    unique: bool = False
    enum: tuple[str, ...] = ()
    least: int | None = None
    most: int | None = None
    translated: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A foreign key: columns that name a row of another table of the package."""

    fields: tuple[str, ...]
    table: str
    there: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name is that of its file and of its resource. `key`: columns that tell its rows apart."""

    name: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    links: tuple[Link, ...] = ()

    def columns(self, languages: Sequence[str]) -> tuple[tuple[str, Field, str], ...]:
        """Return each column of the file: its name, its field, and its language or ""."""
        return tuple(
            (f"{each.name}_{code}" if code else each.name, each, code)
            for each in self.fields
            for code in (languages if each.translated else ("",))
        )


@dataclass(frozen=True, slots=True)
class Filled:
    """A table with its rows: cells by column, in the types of the schema."""

    table: Table
    rows: tuple[Row, ...]
    languages: tuple[str, ...] = field(default=())


def fill(table: Table, rows: Iterable[Mapping[str, Any]], languages: tuple[str, ...]) -> Filled:
    """Return a table with rows of values: texts are spread over the languages, figures rounded.

    Raise ValueError where a row does not fit the table, or two rows have the same key.
    """
    made = tuple(_row(table, row, languages) for row in rows)
    keys = [tuple(row[name] for name in table.key) for row in made]
    if len(set(keys)) < len(keys):
        raise ValueError(f"{table.name}: two rows have the same key")
    return Filled(table, made, languages)


def _row(table: Table, row: Mapping[str, Any], languages: tuple[str, ...]) -> Row:
    unknown = row.keys() - {each.name for each in table.fields}
    if unknown:
        raise ValueError(f"{table.name}: no column for {', '.join(sorted(unknown))}")
    made: Row = {}
    for name, each, code in table.columns(languages):
        value = row.get(each.name)
        made[name] = _cell(value.into(code) or None if isinstance(value, Text) else value)
        fault = _fault(each, made[name])
        if fault:
            raise ValueError(f"{table.name}.{name}: {fault}")
    return made


def _cell(value: Any) -> Cell:
    """Return a value as it stands in a cell."""
    if isinstance(value, bool) or value is None or isinstance(value, int):
        return value
    if isinstance(value, (float, Fraction)):
        return round(float(value), DIGITS)
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str):
        return value or None
    return LIST.join(str(each) for each in value) or None


def _fault(of: Field, value: Cell) -> str:
    """Return what is wrong with a cell, or ""."""
    if value is None:
        return "is required" if of.required else ""
    types: dict[str, Any] = {"integer": int, "number": (int, float), "boolean": bool}
    if not isinstance(value, types.get(of.type, str)) or (of.type != "boolean" and isinstance(value, bool)):
        return f"{value!r} is no {of.type}"
    if of.enum and value not in of.enum:
        return f"{value!r} is none of {of.enum}"
    if isinstance(value, (int, float)) and (
        (of.least is not None and value < of.least) or (of.most is not None and value > of.most)
    ):
        return f"{value!r} is out of its limits"
    return ""


# -- bytes


def to_csv(filled: Filled) -> bytes:
    """Return a table as CSV: UTF-8 without a byte order mark, one line of names, commas, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    names = [name for name, _field, _code in filled.table.columns(filled.languages)]
    writer.writerow(names)
    for row in filled.rows:
        writer.writerow([_written(row[name]) for name in names])
    return out.getvalue().encode()


def _written(value: Cell) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.{DIGITS}f}".rstrip("0").rstrip(".")
    return shielded(value) if isinstance(value, str) else str(value)


def rows_of(schema: Mapping[str, Any], content: bytes) -> Iterator[Row]:
    """Yield the rows of a CSV file in the types of its Table Schema.

    Raise ValueError at the first cell that the schema does not allow: a header that differs, another
    number of cells, a missing value that is required, a value of another type or out of its limits.
    """
    reader = csv.reader(io.StringIO(content.decode(), newline=""), strict=True)
    fields = schema["fields"]
    if next(reader) != [each["name"] for each in fields]:
        raise ValueError("the header is not that of the schema")
    for number, cells in enumerate(reader, start=1):
        if len(cells) != len(fields):
            raise ValueError(f"row {number}: {len(cells)} cells for {len(fields)} columns")
        yield {each["name"]: _read(each, cell, number) for each, cell in zip(fields, cells, strict=True)}


def _read(described: Mapping[str, Any], cell: str, number: int) -> Cell:
    limits = described.get("constraints", {})
    of = Field(
        described["name"],
        described["type"],
        required=limits.get("required", False),
        enum=tuple(limits.get("enum", ())),
        least=limits.get("minimum"),
        most=limits.get("maximum"),
    )
    value = _typed(of, cell)
    fault = _fault(of, value)
    if fault:
        raise ValueError(f"row {number}, {of.name}: {fault}")
    return value


def _typed(of: Field, cell: str) -> Cell:
    """Return a cell in the type of its field; as text, which the field refuses, where it is none."""
    if not cell:
        return None
    if of.type == "integer" and _WHOLE.fullmatch(cell):
        return int(cell)
    if of.type == "number" and _NUMBER.fullmatch(cell):
        return float(cell)
    if of.type == "boolean" and cell in {"true", "false"}:
        return cell == "true"
    forms = {"datetime": _MOMENT, "date": _DAY}
    if of.type in forms and not forms[of.type].fullmatch(cell):
        raise ValueError(f"{of.name}: {cell!r} is no {of.type}")
    return unshielded(cell)


@cache
def _file(name: str) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    text = (resources.files("consulta.platform.data") / "open_data" / f"{name}.toml").read_text(
        encoding="utf-8"
    )
    return tomllib.loads(text)


@cache
def script(name: str) -> str:
    """Return a program that loads a package, in which `ADDRESS` and `LANGUAGE` are to be filled in."""
    return (resources.files("consulta.platform.data") / "open_data" / f"load.{name}.txt").read_text(
        encoding="utf-8"
    )


@cache
def card() -> Mapping[str, Text]:
    """Return the words of a card by their name."""
    return {name: Text(said) for name, said in _file("card").items()}  # type: ignore[arg-type]  # flat there


def table(found: Table | str) -> Text:
    """Return what a table has."""
    return Text(_file("fields")["tables"][found if isinstance(found, str) else found.name])


def column(found: Table, of: Field) -> Text:
    """Return what a column means."""
    said = _file("fields")["fields"]
    return Text(said.get(f"{found.name}.{of.name}") or said[of.name])


def absent(name: str) -> Text:
    """Return why a package has no table of this name."""
    if name == "ballots":
        why = "ballots"
    elif name in {
        "themes",
        "objectives",
        "support",
        "pairs",
        "orders",
        "runoff",
        "left_out",
        "participation",
    }:
        why = "figures"
    else:
        why = "published"
    return Text(_file("fields")["absent"][why])
