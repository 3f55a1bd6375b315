"""A page as a document to keep: tagged PDF/UA, the same bytes for the same page.

It decides how a finished page of HTML becomes a file, and that nothing is fetched on the way: style comes
with the page. It does not know what the page says. WeasyPrint is an extra of this program (`pdf`): it is
imported where it is used, and needs Pango from the system.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache, lru_cache
from importlib import import_module
from threading import Lock
from typing import Any

from consulta.core.problems import Problem

KEPT = 16
"""Documents that are kept in memory, so that asking again costs nothing."""

_PICTURE = re.compile(r"<svg\b[^>]*>")
_ONE_AT_A_TIME = Lock()


@cache
def is_available() -> bool:
    """Whether this installation can make documents: WeasyPrint is there, and the libraries that it needs."""
    try:
        import_module("weasyprint")
    except (ImportError, OSError):  # OSError: a library of the system is missing
        return False
    return True


def to_pdf(page: str, style: str, picture_style: str) -> bytes:
    """The page as PDF/UA-1; pictures have a style sheet of their own. Problem: `document.unavailable`."""
    if not is_available():
        raise Problem("document.unavailable")
    with _ONE_AT_A_TIME:
        return _made(page, style, picture_style)


@lru_cache(maxsize=KEPT)
def _made(page: str, style: str, picture_style: str) -> bytes:
    printer: Any = import_module("weasyprint")
    fetcher = _refusing(printer)
    styled = _PICTURE.sub(lambda match: f"{match[0]}<style>{picture_style}</style>", page)
    made: bytes = printer.HTML(string=styled, url_fetcher=fetcher).write_pdf(
        stylesheets=[printer.CSS(string=style, url_fetcher=fetcher)],
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
    )
    return made


def _refusing(printer: Any) -> Any:
    """What WeasyPrint asks for addresses: it gets none, not even of a file."""

    def refuse(_fetcher: object, url: str, _headers: object = None) -> object:
        raise ValueError(f"a document may not fetch {url}")

    return type("Refusing", (printer.urls.URLFetcher,), {"fetch": refuse})()
