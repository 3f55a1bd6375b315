"""Files that a browser saves."""

from __future__ import annotations

from flask import Response


def zipped(name: str, content: bytes) -> Response:
    """A ZIP file as an answer."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, mimetype="application/zip", headers=headers)
