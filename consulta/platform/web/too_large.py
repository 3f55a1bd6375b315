"""Requests that are larger than any page takes: texts before the file are read, the rest is dropped.

A form sends its entries in their order on the page, and its file last. So the beginning of a request that is
too large has what was written, and the page that refuses it shows that again.
"""

from __future__ import annotations

from flask import current_app, request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.sansio.multipart import Data, Epilogue, Field, File, MultipartDecoder, NeedData

from consulta.platform.web.request import from_another_site

BEGINNING = 64 * 1024  # bytes of which entries are read
MOST = 256 * 1024 * 1024  # bytes that are read to their end, so that the answer reaches the browser


LEFT_OUT = frozenset({"csrf_token", "held", "seen"})


def written() -> list[str]:
    """Return the texts that this request has before its first file; the rest of it is read and dropped.

    Nothing where another site sent it, or where it is not too large as a whole.
    """
    size, most = request.content_length or 0, current_app.config["MAX_CONTENT_LENGTH"]
    if size <= most or from_another_site():
        return []
    body = request.environ["wsgi.input"]
    beginning = body.read(BEGINNING)
    left = min(size, MOST) - len(beginning)
    while left > 0 and (dropped := body.read(min(left, BEGINNING))):
        left -= len(dropped)
    boundary = request.mimetype_params.get("boundary", "")
    if request.mimetype != "multipart/form-data" or not boundary.isascii():
        return []
    return [said for name, said in _entries(boundary, beginning) if name not in LEFT_OUT and _is_text(said)]


def _entries(boundary: str, beginning: bytes) -> list[tuple[str, str]]:
    """Return the entries before the first file, as far as they are whole."""
    decoder = MultipartDecoder(boundary.encode(), max_form_memory_size=BEGINNING)
    found: list[tuple[str, bytearray]] = []
    try:
        decoder.receive_data(beginning)
        while not isinstance(event := decoder.next_event(), File | NeedData | Epilogue):
            if isinstance(event, Field):
                found.append((event.name, bytearray()))
            elif isinstance(event, Data):
                found[-1][1].extend(event.data)
    except (RequestEntityTooLarge, ValueError):
        pass
    return [(name, bytes(said).decode(errors="replace")) for name, said in found]


def _is_text(said: str) -> bool:
    """Return whether an entry was written, and not chosen."""
    return len(said.split()) > 1 or "://" in said
