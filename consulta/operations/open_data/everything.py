"""All packages in one ZIP file, made while it is sent: one package is in memory at a time.

The bytes depend on the packages alone, as those of a single package do (`formats.zipped`).
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import TYPE_CHECKING

from consulta.operations.open_data import words
from consulta.operations.open_data.packing import ENGLISH
from consulta.platform.formats.zipped import EARLIEST, READABLE, UNIX

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from consulta.operations.open_data.values import PackageLine

LIST, CARD = "packages.json", "README.md"


class _Sink:
    """What a ZIP is written to: it keeps what was written since it was last emptied."""

    def __init__(self) -> None:
        self.written = bytearray()

    def write(self, content: bytes) -> int:
        self.written += content
        return len(content)

    def flush(self) -> None:
        """Nothing waits."""

    def taken(self) -> bytes:
        found = bytes(self.written)
        self.written.clear()
        return found


def listed(lines: Sequence[PackageLine]) -> bytes:
    """Return the list of all packages with their digests: what changes when any of them does."""
    told = [
        {"package": f"{each.kind}/{each.key}", "version": each.version, "sha256": each.sha256}
        for each in lines
    ]
    return (json.dumps(told, indent=1) + "\n").encode()


def digest(lines: Sequence[PackageLine]) -> str:
    """Return what stands for the whole file."""
    return hashlib.sha256(listed(lines)).hexdigest()


def written(
    lines: Sequence[PackageLine],
    files: Callable[[PackageLine], Mapping[str, bytes]],
    languages: Sequence[str],
) -> Iterator[bytes]:
    """Yield the bytes of the file, package by package; `files` reads those of one."""
    sink = _Sink()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_STORED) as container:  # type: ignore[call-overload]  # only written to
        _put(container, CARD, _card(lines, languages))
        _put(container, LIST, listed(lines))
        for line in lines:
            found = files(line)
            for name in sorted(found):
                _put(container, f"{line.kind}/{line.key}/{name}", found[name])
                yield sink.taken()
    yield sink.taken()


def _put(container: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, EARLIEST)
    entry.create_system, entry.external_attr = UNIX, READABLE
    container.writestr(entry, content)


def _card(lines: Sequence[PackageLine], languages: Sequence[str]) -> bytes:
    said = words.card()["everything"]
    parts = [
        "\n".join(
            [
                said.best(code, ENGLISH),
                "",
                *(f"- `{each.kind}/{each.key}`: {each.title.best(code, *languages)}" for each in lines),
            ]
        )
        for code in languages
    ]
    return ("\n\n---\n\n".join(parts) + "\n").encode()
