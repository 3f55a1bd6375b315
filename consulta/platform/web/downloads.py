"""Files that a browser saves."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from flask import Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.formats.zipped import File

PIECE = 64 * 1024
"""Bytes of a file that are sent at a time."""


def saved(name: str, content: bytes | File, content_type: str) -> Response:
    """Return a response that the browser saves under `name`; an open file is sent in pieces, then closed."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    if isinstance(content, bytes):
        return Response(content, content_type=content_type, headers=headers)
    headers["Content-Length"] = str(content.seek(0, io.SEEK_END))
    content.seek(0)
    return Response(_pieces(content), content_type=content_type, headers=headers)


def _pieces(file: File) -> Iterator[bytes]:
    """Yield what is in a file, and close it."""
    with file:
        while piece := file.read(PIECE):
            yield piece


def zipped(name: str, content: bytes | File) -> Response:
    """Return a ZIP file as a response that the browser saves under `name`."""
    return saved(name, content, "application/zip")


def csv_file(name: str, content: bytes) -> Response:
    """Return a CSV table (UTF-8) as a response that the browser saves under `name`."""
    return saved(name, content, "text/csv; charset=utf-8")


def calendar_file(content: bytes) -> Response:
    """Return a calendar entry as a response that the browser saves as `session.ics`."""
    return saved("session.ics", content, "text/calendar; charset=utf-8")
