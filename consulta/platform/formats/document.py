"""A page as a document to keep: tagged PDF/UA, the same bytes for the same page.

The module decides where a finished page of HTML becomes a file: in a process of its own, one at a time,
so that its memory is released and no voter waits for it; and that nothing is fetched: the style comes
with the page. It does not know what the page says. WeasyPrint is an extra of this program (`pdf`), and
needs Pango from the system.
"""

from __future__ import annotations

import json
import logging
import subprocess
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import BoundedSemaphore, Lock

from consulta.core.problems import Problem
from consulta.platform.formats import child, document_child

KEPT = 16
"""Documents that are kept in memory, so that asking again costs nothing."""
IN_LINE = 3
"""One document is made, two wait for theirs; who comes then is asked to come back."""
PATIENCE = 180.0
"""Seconds that a document may take, however little of a processor it gets."""

_ONE_AT_A_TIME = Lock()
_LINE = BoundedSemaphore(IN_LINE)
_log = logging.getLogger(__name__)


@cache
def is_available() -> bool:
    """Return whether this installation can make documents: WeasyPrint and its libraries are present."""
    try:
        import_module("weasyprint")
    except (ImportError, OSError):  # OSError: a library of the system is missing
        return False
    return True


@cache
def draws_pictures() -> bool:
    """Return whether this installation can make PNG pictures: documents, and PDFium to look at them."""
    return is_available() and find_spec("pypdfium2") is not None


def to_png(page: str, style: str, *, patient: bool = False) -> bytes:
    """Return the first page as a PNG picture, one pixel for each pixel of its style sheet.

    Problems: those of `to_pdf`.
    """
    if not draws_pictures():
        raise Problem("document.unavailable")
    return to_pdf(page, style, "", patient=patient, png=True)


def to_pdf(page: str, style: str, picture_style: str, *, patient: bool = False, png: bool = False) -> bytes:
    """Return the page as PDF/UA-1; pictures have a style sheet of their own. With `png`, as a picture.

    A `patient` caller waits as long as needed; that is the worker, which does not delay any voter.

    Problems: `document.unavailable`, `document.busy`, `document.limits` (it takes too much memory or
    time).
    """
    if not is_available():
        raise Problem("document.unavailable")
    if patient:
        with _ONE_AT_A_TIME:
            return _made(page, style, picture_style, png=png)
    if not _LINE.acquire(blocking=False):
        raise Problem("document.busy")
    try:
        with _ONE_AT_A_TIME:
            return _made(page, style, picture_style, png=png)
    finally:
        _LINE.release()


@lru_cache(maxsize=KEPT)
def _made(page: str, style: str, picture_style: str, *, png: bool) -> bytes:
    asked = {
        "page": page,
        "style": style,
        "picture_style": picture_style,
        "png": png,
        "memory": document_child.MEMORY,
        "seconds": document_child.SECONDS,
    }
    try:
        return child.run(document_child.__name__, json.dumps(asked).encode(), PATIENCE)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        said = (error.stderr or b"").decode(errors="replace").strip().rpartition("\n")[2]
        code = getattr(error, "returncode", None)  # below zero: the signal that ended it
        _log.warning("document.failed cause=%s code=%s said=%s", type(error).__name__, code, said)
        raise Problem("document.limits") from error
