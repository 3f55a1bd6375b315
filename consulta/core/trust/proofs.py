"""Proofs over the tree of the log (RFC 6962): that a row is in it, and that it only grew.

The functions ask for the roots of subtrees and know nothing of where rows are kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Root = Callable[[int, int], bytes]  # of the rows from one on, before another, counted from 0


def consistency(old: int, new: int, root: Root) -> list[bytes]:
    """Return the proof that the tree of `new` rows begins with that of `old`, from 1 to `new` rows."""
    return _consistency(old, 0, new, root, known=True)


def _consistency(old: int, start: int, end: int, root: Root, *, known: bool) -> list[bytes]:
    if old == end - start:
        return [] if known else [root(start, end)]
    half = _half(end - start)
    if old <= half:
        return [*_consistency(old, start, start + half, root, known=known), root(start + half, end)]
    return [*_consistency(old - half, start + half, end, root, known=False), root(start, start + half)]


def inclusion(index: int, size: int, root: Root) -> list[bytes]:
    """Return the proof that the row with this index, counted from 0, is in the tree of `size` rows."""
    return _inclusion(index, 0, size, root)


def _inclusion(index: int, start: int, end: int, root: Root) -> list[bytes]:
    if end - start == 1:
        return []
    half = _half(end - start)
    if index < half:
        return [*_inclusion(index, start, start + half, root), root(start + half, end)]
    return [*_inclusion(index - half, start + half, end, root), root(start, start + half)]


def is_consistent(old: int, new: int, roots: tuple[str, str], proof: Sequence[bytes]) -> bool:
    """Return whether a proof shows that the tree of `new` rows begins with that of `old` (RFC 9162, 2.1.4.2).

    `roots` are those of the two trees, in hexadecimal.
    """
    first, second = (bytes.fromhex(each) for each in roots)
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and first == second
    left = [first, *proof] if old & (old - 1) == 0 else list(proof)
    if not left:
        return False
    last, size = old - 1, new - 1
    while last & 1:
        last, size = last >> 1, size >> 1
    return _climbed(last, size, left) == (first, second)


def _climbed(last: int, size: int, left: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    """Return the two roots to which a proof leads from its first hash; None where it is of another length."""
    one = other = left[0]
    for each in left[1:]:
        if size == 0:
            return None
        if last & 1 or last == size:
            one, other = node(each, one), node(each, other)
            while last and not last & 1:
                last, size = last >> 1, size >> 1
        else:
            other = node(other, each)
        last, size = last >> 1, size >> 1
    return (one, other) if size == 0 else None


def root_from(index: int, size: int, leaf: bytes, proof: Iterable[bytes]) -> bytes | None:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2); None where it is none."""
    if not 0 <= index < size:
        return None
    last, found = size - 1, leaf
    for each in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = node(each, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = node(found, each)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None


def leaf(content: bytes) -> bytes:
    """Return the hash of a leaf."""
    return hashlib.sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """Return the hash of a node over two others."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def _half(size: int) -> int:
    """Return the largest power of two below a size of at least 2."""
    return 1 << ((size - 1).bit_length() - 1)
