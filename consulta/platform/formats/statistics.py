"""Tables for R and SPSS: a CSV file, and beside it the syntax that reads it with labels and weights."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
LABEL_MAX, VALUE_MAX = 250, 115  # bytes that SPSS takes


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: its short name, what it is, and what its numbers mean.

    `width`: of a text, in bytes; 0 for numbers. `decimals`: of a number.
    """

    name: str
    label: str
    values: tuple[tuple[int, str], ...] = ()
    width: int = 0
    decimals: int = 0


def for_r(file: str, columns: Sequence[Column], weight: str | None) -> str:
    """Return R syntax that reads `file`, as base R does, and gives its columns labels and factors.

    Where there is a weight, the last lines make a design of the package survey.
    """
    lines = [
        f"# Reads {file}. Numbers keep their codes; factors with labels end in _f.",
        f'd <- read.csv("{file}", fileEncoding = "UTF-8-BOM", na.strings = "", stringsAsFactors = FALSE)',
    ]
    for column in columns:
        lines.append(f'attr(d${column.name}, "label") <- {_r(column.label)}')
        if column.values:
            codes = ", ".join(str(code) for code, _label in column.values)
            labels = ", ".join(_r(label) for _code, label in column.values)
            lines.append(
                f"d${column.name}_f <- factor(d${column.name}, levels = c({codes}), labels = c({labels}))"
            )
    if weight:
        lines += [
            '# With weights: install.packages("survey") once, then',
            'if (requireNamespace("survey", quietly = TRUE)) {',
            f"  s <- survey::svydesign(ids = ~1, weights = ~{weight}, data = d[!is.na(d${weight}), ])",
            "}",
        ]
    return "\n".join(lines) + "\n"


def for_spss(file: str, columns: Sequence[Column], weight: str | None) -> str:
    """Return SPSS syntax that reads `file` and gives its columns labels, those of values, and the weight."""
    lines = [
        "* Encoding: UTF-8.",
        f"GET DATA /TYPE=TXT /FILE='{file}' /ENCODING='UTF8' /ARRANGEMENT=DELIMITED",
        "  /FIRSTCASE=2 /DELIMITERS=',' /QUALIFIER='\"' /VARIABLES=",
        *(f"  {column.name} {_format(column)}" for column in columns),
        "  .",
        "VARIABLE LABELS",
        *(f"  {column.name} {_spss(column.label, LABEL_MAX)}" for column in columns),
        "  .",
    ]
    labelled = [column for column in columns if column.values]
    if labelled:
        lines.append("VALUE LABELS")
        for place, column in enumerate(labelled):
            lines.append(f"  {'/' if place else ''}{column.name}")
            lines += [f"    {code} {_spss(label, VALUE_MAX)}" for code, label in column.values]
        lines.append("  .")
    if weight:
        lines.append(f"WEIGHT BY {weight}.")
    return "\n".join([*lines, "EXECUTE."]) + "\n"


def _format(column: Column) -> str:
    return f"A{column.width}" if column.width else f"F16.{column.decimals}"


def _r(text: str) -> str:
    plain = " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


def _spss(text: str, most: int) -> str:
    plain = " ".join(text.split())
    while len(plain.encode()) > most:
        plain = plain[:-1]
    return "'" + plain.replace("'", "''") + "'"
