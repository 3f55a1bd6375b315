"""The process in which one document is made: `python -m consulta.platform.formats.document_child`, page in,
PDF out.

Or its first page as a picture.

It decides how much memory and processor time a document may take.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import sys
from importlib import import_module
from typing import Any

from consulta.platform.formats import child

MEMORY = 2 * 1024**3  # bytes of addresses; the ballots of forty organisations take some 700 MB
SECONDS = 120  # of a processor
_HELD = ("data:image/png;base64,", "data:image/jpeg;base64,")
_PICTURE = re.compile(r"<svg\b[^>]*>")


def render(page: str, style: str, picture_style: str, *, png: bool = False) -> bytes:
    """Return the page as PDF/UA-1; pictures have a style sheet of their own. With `png`, as a picture."""
    printer: Any = import_module("weasyprint")
    fetcher = _refusing(printer)
    styled = _PICTURE.sub(lambda match: f"{match[0]}<style>{picture_style}</style>", page)
    made: bytes = printer.HTML(string=styled, url_fetcher=fetcher).write_pdf(
        stylesheets=[printer.CSS(string=style, url_fetcher=fetcher)],
        pdf_variant="pdf/ua-1",
        pdf_identifier=hashlib.sha256(page.encode()).digest()[:16],
    )
    return pictured(made) if png else made


def pictured(document: bytes) -> bytes:
    """Return the first page of a PDF as PNG, one pixel for each of CSS, of which an inch has 96."""
    pdfium: Any = import_module("pypdfium2")
    written = io.BytesIO()
    page = pdfium.PdfDocument(document)[0]
    page.render(scale=96 / 72).to_pil().save(written, "PNG", optimize=True)
    return written.getvalue()


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
    made = render(said["page"], said["style"], said["picture_style"], png=said["png"])
    sys.stdout.buffer.write(made)


if __name__ == "__main__":
    main()
