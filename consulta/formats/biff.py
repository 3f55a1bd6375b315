"""Errors in the cells of an old Excel workbook (XLS), which python-calamine gives as empty cells.

Only what is needed for that is read: the stream `Workbook` in its container, its list of sheets, and the
records of cells with an error. Sources: [MS-CFB] 2.2 to 2.6, [MS-XLS] 2.4.24, 2.4.28, 2.4.127, 2.5.10.
"""

from __future__ import annotations

import struct
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
STREAMS = ("Workbook", "Book")
FORMULA, END, FILEPASS, BOUNDSHEET, BOOLERR, BOF = 0x0006, 0x000A, 0x002F, 0x0085, 0x0205, 0x0809
LAST_SECTOR = 0xFFFFFFF9  # above it: marks of the end of a chain, or of what is free
NAMED_SECTORS = 109  # sectors of the allocation table that the header names: enough for 7 MB


def errors(data: bytes) -> dict[tuple[int, int, int], str]:
    """Return the error in each cell with one, by sheet, row and column, all counted from 0.

    Raise PermissionError if the file is under a password; ValueError, IndexError or struct.error if it is
    not what it says it is.
    """
    stream = _stream(data)
    head = list(_records(stream, 0))
    if not head or head[0][0] != BOF:
        raise ValueError("no workbook in its stream")
    if any(kind == FILEPASS for kind, _ in head):
        raise PermissionError("under a password")
    starts = [struct.unpack_from("<I", content)[0] for kind, content in head if kind == BOUNDSHEET]
    found: dict[tuple[int, int, int], str] = {}
    for sheet, start in enumerate(starts):
        for kind, content in islice(_records(stream, start), 1, None):
            code = _code(kind, content)
            if code is not None:
                row, column = struct.unpack_from("<HH", content)
                found[sheet, row, column] = ERRORS.get(code, "#N/A")
    return found


def _code(kind: int, content: bytes) -> int | None:
    """Return the error that a record gives its cell; None if it gives another value."""
    if kind == BOOLERR and content[7]:
        return content[6]
    if kind == FORMULA and content[12:14] == b"\xff\xff" and content[6] == 2:  # noqa: PLR2004 - an error
        return content[8]
    return None


def _records(stream: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of each record from `place` to the end of its part of the stream."""
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        if kind == END:
            return
        yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _stream(data: bytes) -> bytes:
    """Return the stream of the workbook in its container."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    if size not in {512, 4096}:
        raise ValueError("no sectors of a size that there is")
    first_directory = struct.unpack_from("<I", data, 48)[0]
    named = struct.unpack_from(f"<{NAMED_SECTORS}I", data, 76)
    table = b"".join(_sector(data, number, size) for number in named if number <= LAST_SECTOR)
    following = struct.unpack(f"<{len(table) // 4}I", table)
    directory = _chain(data, first_directory, size, following)
    for place in range(0, len(directory), 128):
        entry = directory[place : place + 128]
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
        if name in STREAMS:
            return _chain(data, struct.unpack_from("<I", entry, 116)[0], size, following)
    raise ValueError("no workbook in the container")


def _chain(data: bytes, first: int, size: int, following: tuple[int, ...]) -> bytes:
    parts = []
    number = first
    while number <= LAST_SECTOR:
        parts.append(_sector(data, number, size))
        if len(parts) > len(following):
            raise ValueError("a chain of sectors without an end")
        number = following[number]
    return b"".join(parts)


def _sector(data: bytes, number: int, size: int) -> bytes:
    return data[(number + 1) * size : (number + 2) * size]
