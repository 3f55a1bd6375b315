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
