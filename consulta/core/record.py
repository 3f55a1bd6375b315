"""What is written so that it can be checked later: canonical JSON, digests, a chain of entries.

It decides the bytes that are hashed. It does not know what the values mean or where they are kept.
"""

import hashlib
import json

START = "0" * 64
"""The digest before the first entry of a chain."""


def canonical(value: object) -> bytes:
    """Return JSON with keys sorted and no spaces, in UTF-8: the same bytes for the same value anywhere.

    Letters beyond ASCII are written as themselves; only `"`, `\\` and control characters are escaped.
    """
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def digest(data: bytes) -> str:
    """Return the SHA-256 of bytes in lowercase hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def chain(previous: str, entry: object) -> str:
    """Return the digest of an entry that follows another: SHA-256(previous digest ‖ canonical entry)."""
    return digest(bytes.fromhex(previous) + canonical(entry))


def first_break(entries: list[tuple[object, str]]) -> int | None:
    """Return the index of the first entry whose digest does not follow from the one before, if any."""
    previous = START
    for index, (entry, written) in enumerate(entries):
        if chain(previous, entry) != written:
            return index
        previous = written
    return None
