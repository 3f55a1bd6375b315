"""The process in which one document is made: `python -m consulta.formats.document_child`, page in, PDF out.

It decides how much memory and processor time a document may take.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from importlib import import_module
from typing import Any

from consulta.formats import child

MEMORY = 2 * 1024**3  # bytes of addresses; the ballots of forty organisations take some 700 MB
SECONDS = 120  # of a processor
_HELD = ("data:image/png;base64,", "data:image/jpeg;base64,")
_PICTURE = re.compile(r"<svg\b[^>]*>")


def render(page: str, style: str, picture_style: str) -> bytes:
    """Return the page as PDF/UA-1; pictures have a style sheet of their own."""
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
    """Return a fetcher for WeasyPrint that refuses every address, including those of files.

    A picture that stands in the page itself is none: the organiser's logo. Its `fetch` raises ValueError.
    """

    whole = printer.urls.URLFetcher.fetch

    def refuse(fetcher: object, url: str, headers: object = None) -> object:
        if url.startswith(_HELD):
            return whole(fetcher, url, headers)
        raise ValueError(f"a document may not fetch {url}")

    return type("Refusing", (printer.urls.URLFetcher,), {"fetch": refuse})()


def main() -> None:
    """Read a page and its limits, write the document."""
    said = json.load(sys.stdin)
    child.limit(said["memory"], said["seconds"])
    sys.stdout.buffer.write(render(said["page"], said["style"], said["picture_style"]))


if __name__ == "__main__":
    main()
