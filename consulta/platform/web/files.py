"""Rows as a file to take away: a workbook that says what it is, or plain text for other programs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from consulta.platform.formats.delimited import write_csv
from consulta.platform.formats.workbook import About, Sheet, write_xlsx
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.downloads import csv_file, saved

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Response

Kind = Literal["xlsx", "csv", "csv_semicolon"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class Export:
    """A table to download, with when it was made and the facts that the file states about itself."""

    stem: str  # the file's name without time and ending
    title: str
    sheet: Sheet
    made_at: datetime
    facts: tuple[tuple[str, str], ...]
    more_sheets: tuple[Sheet, ...] = ()


def as_file(export: Export, kind: Kind) -> Response:
    """Return the table as a file that the browser saves.

    The name of the file has the time (UTC), since CSV has no other place for it.
    """
    name = f"{export.stem}-{export.made_at:%Y%m%dT%H%MZ}.{kind.partition('_')[0]}"
    if kind != "xlsx":
        delimiter = ";" if kind == "csv_semicolon" else ","
        return csv_file(name, write_csv(export.sheet.headings, export.sheet.rows, delimiter))
    about = About(_("About this file"), export.title, _("Generated"), export.facts)
    content = write_xlsx([export.sheet, *export.more_sheets], created=export.made_at, about=about)
    return saved(name, content, XLSX)


def kind_of(text: str | None) -> Kind:
    """Return the kind of file that is asked for: CSV with commas or semicolons if named, else `xlsx`."""
    return "csv" if text == "csv" else "csv_semicolon" if text == "csv_semicolon" else "xlsx"
