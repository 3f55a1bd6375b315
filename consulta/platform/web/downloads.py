"""Files that a browser saves."""

from __future__ import annotations

from flask import Response


def saved(name: str, content: bytes, content_type: str) -> Response:
    """Return a response that the browser saves under `name`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type=content_type, headers=headers)


def zipped(name: str, content: bytes) -> Response:
    """Return a ZIP file as a response that the browser saves under `name`."""
    return saved(name, content, "application/zip")


def csv_file(name: str, content: bytes) -> Response:
    """Return a CSV table (UTF-8) as a response that the browser saves under `name`."""
    return saved(name, content, "text/csv; charset=utf-8")


def calendar_file(content: bytes) -> Response:
    """Return a calendar entry as a response that the browser saves as `session.ics`."""
    return saved("session.ics", content, "text/calendar; charset=utf-8")
