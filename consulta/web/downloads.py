"""Files that a browser saves."""

from __future__ import annotations

from flask import Response


def zipped(name: str, content: bytes) -> Response:
    """Return a ZIP file as a response that the browser saves under `name`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/zip", headers=headers)


def csv_file(name: str, content: bytes) -> Response:
    """Return a CSV table (UTF-8) as a response that the browser saves under `name`."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, content_type="text/csv; charset=utf-8", headers=headers)


def calendar_file(content: bytes) -> Response:
    """Return a calendar entry as a response that the browser saves as `session.ics`."""
    headers = {"Content-Disposition": 'attachment; filename="session.ics"'}
    return Response(content, content_type="text/calendar; charset=utf-8", headers=headers)
