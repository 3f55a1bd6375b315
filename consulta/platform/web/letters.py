"""Results and factsheets as PDF documents, rendered from the same parts as their pages.

Every PDF of the web is asked for here, and made by the worker (`platform/document_jobs.py`), so that no
thread that takes votes waits for it. Documents of results and factsheets, which are the same for all
readers, stay; those of one person stay an hour (`platform/document_jobs.py`).
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.platform import document_jobs
from consulta.platform.formats import document
from consulta.platform.web.assets import asset
from consulta.platform.web.downloads import saved
from consulta.platform.web.language import current
from consulta.platform.web.request import house, now
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Response


PDF = "application/pdf"


def drawn(page: str, style: str, picture_style: str = "") -> bytes:
    """Return the page as a PDF, for those who may read the page.

    The worker makes it: until then `document.coming` is raised.
    Problems: `document.coming`, `document.unavailable`, `document.busy`, `document.limits`.
    """
    if not house().settings.documents_queued:
        return document.to_pdf(page, style, picture_style)
    return _found((page, style, picture_style), shared=False)


def kept(page: str, style: str, picture_style: str) -> bytes:
    """Return a public page as a PDF, made once and kept for all processes.

    Where the database takes nothing the document is made again each time. Problems: those of `drawn`.
    """
    said = (page, style, picture_style)
    if house().settings.documents_queued:
        return _found(said, shared=True)
    return _kept(said, "pdf", lambda: document.to_pdf(*said))


def kept_picture(svg: str, size: tuple[int, int]) -> bytes | None:
    """Return a public picture of this size in pixels as PNG, made once and kept like documents.

    The worker makes those of a result when it is published, since programs that fetch them ask only once.
    None while it is not drawn yet, or where it cannot be drawn.
    """
    page = f'<!doctype html><html lang="{current()}"><head><title>.</title></head><body>{svg}</body></html>'
    style = (
        f"@page {{ size: {size[0]}px {size[1]}px; margin: 0 }} body {{ margin: 0 }} svg {{ display: block }}"
    )
    with suppress(Problem):
        if not document.draws_pictures():
            return None
        if house().settings.documents_queued:
            return _found((page, style, "", "png"), shared=True)
        return _kept((page, style), "png", lambda: document.to_png(page, style))
    return None


def _kept(said: tuple[str, ...], ending: str, make: Callable[[], bytes]) -> bytes:
    """Return what is kept under the digest of what it was made from, made now where there is none."""
    digest = document_jobs.digest_of(said)
    with house().bench.read(ANONYMOUS, now()) as work:
        content = document_jobs.content(work.session, digest, shared=True)
    if content is not None:
        return content
    content = make()
    with suppress(Problem), house().bench.work(ANONYMOUS, now()) as work:  # a full disk stops no reader
        document_jobs.keep(work.session, digest, ending, content, work.now, shared=True)
    return content


def _found(said: tuple[str, ...], *, shared: bool) -> bytes:
    """Return a document that the worker has made, or ask for it and raise `document.coming`.

    Its digest is that of a page that was made for this reader just now: no other can name it.
    """
    digest = document_jobs.digest_of(said)
    with house().bench.read(ANONYMOUS, now()) as work:
        content = document_jobs.content(work.session, digest, shared=shared)
        state = document_jobs.state(work.session, digest)
        full = state is None and document_jobs.is_full(work.session)
    if content is not None:
        return content
    if not document.is_available():
        raise Problem("document.unavailable")
    if state == "failed":
        raise Problem("document.limits")
    if full:
        raise Problem("document.busy")
    if state is None:
        with house().bench.work(ANONYMOUS, now()) as work:
            document_jobs.ask(work.session, digest, said, work.now, shared=shared)
    raise Problem("document.coming")


def as_pdf(content: bytes, name: str) -> Response:
    """Return a PDF as a response that the browser saves under `name`."""
    return saved(name, content, PDF)


def are_available() -> bool:
    """Return whether this installation can make PDF documents."""
    return document.is_available()


def are_queued() -> bool:
    """Return whether the worker makes the documents that are asked for."""
    return house().settings.documents_queued


def sheet_style() -> str:
    """Return the style of a document that is meant to be one sheet."""
    return style("css/letter.css") + style("css/sheet.css")


def style(name: str) -> str:
    """Return the text of a style sheet of the program, named from the folder of static files."""
    return asset(name)[0].decode()
