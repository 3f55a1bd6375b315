"""ODS made in code, as LibreOffice writes it, and forged; and what old programs keep their documents in."""

from __future__ import annotations

import io
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


def contained(name: str) -> bytes:
    """The start of a container of old Office (OLE), whose directory names this stream."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + name.encode("utf-16-le") + bytes(4096)
