"""Documents that were made, as files in the data folder: each under the digest of what it was made from.

It decides how they are named and how long they stay. It gives no access: who may read a document is
shown it after its page was made for that very reader, whose digest names the file.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from consulta import __version__

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

KEPT = 64
"""Documents that all readers share, and as many pictures: the oldest go first."""
OWN_SECONDS = 3600.0
"""How long a document of one person, or of the desk, stays."""


def digest_of(said: Iterable[str]) -> str:
    """Return the digest of what a document is made from, for this version of the program."""
    return hashlib.sha256("\0".join((__version__, *said)).encode()).hexdigest()


def path_of(data: Path, digest: str, ending: str, *, shared: bool) -> Path:
    """Return where a document is kept; those of one person lie apart from those that all readers share."""
    folder = data / "documents"
    return (folder if shared else folder / "own") / f"{digest}.{ending}"


def keep(path: Path, content: bytes) -> None:
    """Put a document into the data folder whole or not at all, and let the oldest go."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # another process let one go meanwhile, and looks at the others too
        found = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda each: each.stat().st_mtime)
        for each in found[:-KEPT]:
            each.unlink(missing_ok=True)


def sweep(data: Path, now: float) -> int:
    """Delete documents of one person or of the desk that are no longer needed; return how many went."""
    gone = 0
    for each in (data / "documents" / "own").glob("*"):
        with suppress(OSError):
            if now - each.stat().st_mtime > OWN_SECONDS:
                each.unlink()
                gone += 1
    return gone
