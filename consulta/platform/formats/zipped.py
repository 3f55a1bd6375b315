"""A ZIP file that is the same, byte for byte, wherever and whenever it is made from the same files.

Order, times and rights are fixed, and nothing is compressed: another version of a compressor would give
other bytes. The module decides the bytes of the container and of its list of digests, but not the
contents. A container of 2 GiB or more is not written.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

SUMS = "SHA256SUMS"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that the format knows
UNIX, READABLE = 3, 0o100644 << 16


def write(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files, by name, with `SHA256SUMS` in it for all of them."""
    return pack({**files, SUMS: sums(files)})


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files, by name, and nothing else. Verifiers accept an archive only in this form."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED, allowZip64=False) as container:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system, entry.external_attr = UNIX, READABLE
            container.writestr(entry, files[name])
    return buffer.getvalue()


def sums(files: Mapping[str, bytes]) -> bytes:
    """Return the list that `sha256sum --check` reads."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()
