"""A ZIP file that is the same, byte for byte, wherever and whenever it is made from the same files.

Order, times and rights are fixed, and nothing is compressed: another version of a compressor would give
other bytes. The module decides the bytes of the container and of its list of digests, but not the
contents. A container of 2 GiB or more is not written.
"""

from __future__ import annotations

import hashlib
import io
import shutil
import zipfile
from contextlib import ExitStack
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

File: TypeAlias = "SpooledTemporaryFile[bytes]"

SUMS = "SHA256SUMS"
EARLIEST = (1980, 1, 1, 0, 0, 0)  # the first moment that the format knows
UNIX, READABLE = 3, 0o100644 << 16
IN_MEMORY = 8 * 1024 * 1024
"""Larger files are kept in a nameless file on disk while a ZIP is written."""


def write(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files, by name, with `SHA256SUMS` in it for all of them."""
    return pack({**files, SUMS: sums(files)})


def save(files: Mapping[str, bytes | File]) -> File:
    """Return the file that `write` would make, to be read from its beginning.

    Files given open are never whole in memory. The caller closes them, and the one returned.
    """
    with ExitStack() as until_done:
        out = spooled((), until_done)
        _pack({**files, SUMS: sums(files)}, out)
        out.seek(0)
        until_done.pop_all()
    return out


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP of files, by name, and nothing else. Verifiers accept an archive only in this form."""
    buffer = io.BytesIO()
    _pack(files, buffer)
    return buffer.getvalue()


def sums(files: Mapping[str, bytes | File]) -> bytes:
    """Return the list that `sha256sum --check` reads."""
    digests = {name: hashlib.file_digest(_opened(each), "sha256").hexdigest() for name, each in files.items()}
    lines = (f"{digests[name]}  {name}\n" for name in sorted(files))
    return "".join(lines).encode()


def spooled(pieces: Iterable[bytes], opened: ExitStack) -> File:
    """Return a file without a name that has these pieces and stands at its end; `opened` closes it."""
    file = opened.enter_context(SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115 - the stack closes it
    file.writelines(pieces)
    return file


def _opened(content: bytes | File) -> File | io.BytesIO:
    """Return a content as a file that stands at its beginning."""
    file = io.BytesIO(content) if isinstance(content, bytes) else content
    file.seek(0)
    return file


def _pack(files: Mapping[str, bytes | File], out: File | io.BytesIO) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, allowZip64=False) as container:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.create_system, entry.external_attr = UNIX, READABLE
            source = _opened(files[name])
            entry.file_size = source.seek(0, io.SEEK_END)
            source.seek(0)
            with container.open(entry, "w") as place:
                shutil.copyfileobj(source, place)
