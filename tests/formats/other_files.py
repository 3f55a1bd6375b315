"""ODS and XLS made in code, byte by byte: as LibreOffice and old Excel write them, and forged."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

if TYPE_CHECKING:
    from collections.abc import Sequence

SPACES = " ".join(
    f'xmlns:{name}="{space}"'
    for name, space in (
        ("office", "urn:oasis:names:tc:opendocument:xmlns:office:1.0"),
        ("table", "urn:oasis:names:tc:opendocument:xmlns:table:1.0"),
        ("text", "urn:oasis:names:tc:opendocument:xmlns:text:1.0"),
        ("style", "urn:oasis:names:tc:opendocument:xmlns:style:1.0"),
        ("calcext", "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"),
    )
)
SPACE = "urn:oasis:names:tc:opendocument:xmlns:"
MIME = "application/vnd.oasis.opendocument.spreadsheet"
HIDDEN = (
    '<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/>'
    "</style:style>"
)
N_A = (
    '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value=""'
    ' calcext:value-type="error"><text:p>#N/D</text:p></table:table-cell>'
)


def cell(value: str | float) -> str:
    """A cell of an ODS sheet; text that begins with `<` is one already."""
    if isinstance(value, float | int):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if value.startswith("<table:"):
        return value
    told = f"<text:p>{escape(value)}</text:p>" if value else ""
    return f'<table:table-cell office:value-type="string">{told}</table:table-cell>'


def row(*cells: str | float, times: int = 1) -> str:
    return (
        f'<table:table-row table:number-rows-repeated="{times}">{"".join(map(cell, cells))}</table:table-row>'
    )


def ods(*sheets: tuple[str, Sequence[str]], hidden: str = "", manifest: str = "", before: str = "") -> bytes:
    """A file of OpenDocument: sheets as name and rows."""
    style = ' table:style-name="ta2"'
    tables = "".join(
        f"<table:table table:name={quoteattr(name)}{style if name == hidden else ''}>"
        f"{''.join(rows)}</table:table>"
        for name, rows in sheets
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<office:document-content {SPACES}>'
        f"<office:automatic-styles>{HIDDEN}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", MIME)
        entries = f'<m:file-entry m:full-path="/" m:media-type="{MIME}"/>{manifest}'
        archive.writestr(
            "META-INF/manifest.xml",
            f'<m:manifest xmlns:m="{SPACE}manifest:1.0">{entries}</m:manifest>',
        )
        archive.writestr("content.xml", content)
    return out.getvalue()


# -- XLS: records of BIFF8 in a container of sectors


class Error(int):
    """The code of an error in a cell."""


class Day(int):
    """A date, as its number of days since 1899-12-30."""


def _record(kind: int, content: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _words(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _cell(at: int, column: int, value: object) -> bytes:
    if isinstance(value, bool | Error):
        known = (int(value), isinstance(value, Error))
        return _record(0x0205, struct.pack("<HHHBB", at, column, 0, *known))
    if isinstance(value, int | float):
        return _record(0x0203, struct.pack("<HHHd", at, column, isinstance(value, Day), value))
    return _record(0x0204, struct.pack("<HHH", at, column, 0) + _words(str(value)))


def failed(at: int, column: int, code: int) -> bytes:
    """The record of a formula whose value is an error."""
    return _record(0x0006, struct.pack("<HHHBBBBHHHIH", at, column, 0, 2, 0, code, 0, 0, 0xFFFF, 0, 0, 0))


def _start(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))


def xls(
    *sheets: tuple[str, Sequence[Sequence[object]]], hidden: str = "", more: bytes = b"", locked: bool = False
) -> bytes:
    """A workbook of old Excel: sheets as name and rows; `more`: further records of the first sheet."""
    contents = [
        _start(0x0010)
        + b"".join(
            _cell(at, column, value)
            for at, values in enumerate(rows)
            for column, value in enumerate(values)
            if value is not None
        )
        + (b"" if place else more)
        + _record(0x000A)
        for place, (_name, rows) in enumerate(sheets)
    ]
    formats = b"".join(_record(0x00E0, struct.pack("<HH", 0, form) + bytes(16)) for form in (0, 14))
    head = _start(0x0005) + (_record(0x002F, bytes(6)) if locked else b"") + formats
    named = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name, _ in sheets]
    place = len(head) + sum(len(each) + 10 for each in named) + 4
    bounds = b""
    for (name, _), each, content in zip(sheets, named, contents, strict=True):
        bounds += _record(0x0085, struct.pack("<IBB", place, name == hidden, 0) + each)
        place += len(content)
    return contained(head + bounds + _record(0x000A) + b"".join(contents))


def contained(stream: bytes, name: str = "Workbook") -> bytes:
    """A container with one stream: its header, its allocation table, its directory, and the stream."""
    stream += bytes(max(4096, -(-len(stream) // 512) * 512) - len(stream))
    sectors = len(stream) // 512
    tables = next(count for count in range(1, 100) if count * 128 >= count + 1 + sectors)
    following = [0xFFFFFFFD] * tables + [0xFFFFFFFE]
    following += [*range(tables + 2, tables + 1 + sectors), 0xFFFFFFFE]
    following += [0xFFFFFFFF] * (tables * 128 - len(following))
    named = [*range(tables), *[0xFFFFFFFF] * (109 - tables)]
    header = struct.pack(
        "<8s16sHHHHH6x9I109I",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"",
        *(0x3E, 3, 0xFFFE, 9, 6),
        *(0, tables, tables, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0),
        *named,
    )
    entries = _entry("Root Entry", 5, 0xFFFFFFFE, 0, child=1) + _entry(name, 2, tables + 1, len(stream))
    directory = entries + bytes(512 - len(entries))
    return header + struct.pack(f"<{len(following)}I", *following) + directory + stream


def _entry(name: str, kind: int, first: int, size: int, child: int = 0xFFFFFFFF) -> bytes:
    written = name.encode("utf-16-le") + b"\x00\x00"
    return struct.pack(
        "<64sHBBIII36xIQ", written, len(written), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, first, size
    )
