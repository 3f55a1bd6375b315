"""What a PDF says inside: its compressed parts unfolded, enough to look for a few words of its structure."""

from __future__ import annotations

import re
import zlib

_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def unfolded(content: bytes) -> bytes:
    """The file with every compressed part added in the clear."""
    parts = [content]
    for packed in _STREAM.findall(content):
        try:
            parts.append(zlib.decompressobj().decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(parts)


def stuck_out(content: bytes, margin: float) -> list[int]:
    """The pages, from 1, on which text goes into the right margin (of so many mm), or off the left edge."""
    import pypdfium2  # noqa: PLC0415 - an extra, there where documents are made

    found = []
    pages = pypdfium2.PdfDocument(content)
    for number, page in enumerate(pages, start=1):
        text = page.get_textpage()
        edge = page.get_width() - margin * 72 / 25.4 + 1
        lines = [text.get_rect(each) for each in range(text.count_rects())]
        if any(line[2] > edge or line[0] < 0 for line in lines):
            found.append(number)
    return found
