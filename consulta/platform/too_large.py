"""How much is read of a request that is larger than any page takes: by the server, and by the pages."""

from __future__ import annotations

BEGINNING = 64 * 1024  # bytes of which entries are read
MOST = 256 * 1024 * 1024  # bytes that are read to their end, so that the answer reaches the browser
