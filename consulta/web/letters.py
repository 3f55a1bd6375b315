"""Results and factsheets as PDF documents, rendered from the same parts as their pages.

Decides which documents are kept on disk: those of results and factsheets, which any reader may ask for
and which are the same for all. Every PDF of the web is made here, since few can be made at a time
(`formats/document.py`).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from flask import Response

from consulta import __version__
from consulta.formats import document
from consulta.web.assets import asset
from consulta.web.language import current
from consulta.web.request import house

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


PDF = "application/pdf"
KEPT_ON_DISK = 64
"""Documents in the data folder, and as many pictures: the oldest go first."""


def drawn(page: str, style: str, picture_style: str = "") -> bytes:
    """Return the page as a PDF. Problems: `document.unavailable`, `document.busy`, `document.limits`."""
    return document.to_pdf(page, style, picture_style)


def kept(page: str, style: str, picture_style: str) -> bytes:
    """Return a public page as a PDF, made once and kept on disk for all processes.

    Where the disk is full the document is made again each time. Problems: those of `drawn`.
    """
    return _kept((page, style, picture_style), "pdf", lambda: drawn(page, style, picture_style))


def kept_picture(svg: str, size: tuple[int, int]) -> bytes:
    """Return a public picture of this size in pixels as PNG, made once and kept on disk like documents.

    Problems: those of `drawn`.
    """
    page = f'<!doctype html><html lang="{current()}"><head><title>.</title></head><body>{svg}</body></html>'
    style = (
        f"@page {{ size: {size[0]}px {size[1]}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    )
    return _kept((page, style), "png", lambda: document.to_png(page, style))


def _kept(said: tuple[str, ...], ending: str, make: Callable[[], bytes]) -> bytes:
    """Return a file that is kept under the digest of what it was made from, made now where there is none."""
    folder = house().settings.data / "documents"
    digest = hashlib.sha256("\0".join((__version__, *said)).encode()).hexdigest()
    path = folder / f"{digest}.{ending}"
    with suppress(OSError):
        return path.read_bytes()
    content = make()
    with suppress(OSError):  # a full disk keeps nobody from reading
        _keep(path, content)
    return content


def _keep(path: Path, content: bytes) -> None:
    """Put a document into the data folder whole or not at all, and let the oldest go."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    found = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda each: each.stat().st_mtime)
    for each in found[:-KEPT_ON_DISK]:
        each.unlink(missing_ok=True)


def as_pdf(content: bytes, name: str) -> Response:
    """Return a PDF as a response that the browser saves under `name`."""
    return Response(content, mimetype=PDF, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def are_available() -> bool:
    """Return whether this installation can make PDF documents."""
    return document.is_available()


def _style(name: str) -> str:
    return asset(name)[0].decode()
