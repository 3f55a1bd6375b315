"""ZIP files from which two programs take different files, or that hold more than an archive's files."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import TYPE_CHECKING

from consulta.platform.formats import zipped

if TYPE_CHECKING:
    from tests.results.checks.forging import Files

END = 22  # bytes of the record at the end


def pressed(files: Files) -> bytes:
    """Return the files in a ZIP as other programs make one: packed, with the times of now."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as container:
        for name, content in files.items():
            container.writestr(name, content)
    return buffer.getvalue()


def padded(archive: bytes, more: int) -> bytes:
    """Return an archive with so many bytes between its last member and its directory."""
    start = _start(archive)
    return archive[:start] + bytes(more) + archive[start:-6] + struct.pack("<I", start + more) + archive[-2:]


def _start(archive: bytes) -> int:
    """Return where the directory of an archive begins."""
    return int(struct.unpack("<I", archive[-6:-2])[0])


def strange(true: Files, forged: Files) -> dict[str, bytes]:
    """Return containers of a true and a forged archive, each of which every verifier must refuse.

    The two archives have files of the same names.
    """
    one, other = zipped.pack(true), zipped.pack(forged)
    most = max(_start(one), _start(other)) + 1
    t, f = (padded(each, most - _start(each)) for each in (one, other))
    assert (len(t) - _start(t), _start(t)) == (len(f) - _start(f), _start(f))
    start, second = _start(one), one.index(b"PK\x03\x04", 4)
    moved = one[:second] + b"\x00" + one[second:-6] + struct.pack("<I", start + 1) + one[-2:]
    assert one[30:39] == b"LEAME.txt"
    return {
        "true then forged": t + f,
        "forged then true": f + t,
        "joined as they are": one + other,
        "something before": b"#!/bin/sh\n" + one,
        "something between members": moved,
        "something before the directory": padded(one, 1),
        "something between directory and end": one[:-END] + b"\x00" + one[-END:],
        "something after": one + b"\x00",
        "a comment": one[:-2] + b"\x01\x00" + b"x",
        "a second end": one + one[-END:],
        "another name at its place": one[:30] + b"LEEME.txt" + one[39:],
        "another sum at its place": one[:14] + b"\x00" + one[15:],
        "another moment": one[:10] + b"\x01" + one[11:],
        "packed again": pressed(true),
        "other names": zipped.pack({**true, "año.txt": b""}),
    }
