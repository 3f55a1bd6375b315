"""Records that can be checked later: canonical JSON, digests, the chain of the log and its heads.

The module decides the bytes that are hashed. It does not know what the values mean or where they are
kept.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consulta.core.trust import proofs

if TYPE_CHECKING:
    from collections.abc import Iterable

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


def sealed(secret: bytes, label: str, content_sha256: str) -> str:
    """Return HMAC-SHA256(secret, label|digest): a digest that cannot be tried without the secret.

    It stands in public places for content that not all readers may know.
    """
    return hmac.new(secret, f"{label}|{content_sha256}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the log: its number, when, who, an unguessable nonce, what, to what, and how.

    `outside` is what can be shown without the rest, in canonical JSON; most rows have none.
    """

    seq: int
    at: str
    actor: str
    nonce: str
    action: str
    subject: str
    details: str  # canonical JSON
    outside: str = ""

    @property
    def role(self) -> str:
        """Return the role of the actor, without the actor's number."""
        return self.actor.partition(":")[0]

    @property
    def seal(self) -> str:
        """Return the digest that stands for the actor where only the role is public.

        Without the nonce it reveals nothing.
        """
        return digest(f"{self.nonce}|{self.actor}".encode())

    @property
    def hidden_sha256(self) -> str:
        """Return the digest of all that is shown only with the whole row; the seal makes it unguessable."""
        return digest(canonical([self.at, self.role, self.seal, self.action, self.subject, self.details]))


def row_digest(row: Row, previous: str) -> str:
    """Return the digest of a row that follows another.

    It covers the seal and not the actor, so that a row can be shown and checked without telling who acted.
    The seal hides the rest of a row as well: one of which only the digest is shown cannot be guessed.
    A row with a part outside has a digest of two parts, so that this part can be shown and checked alone.
    """
    if row.outside:
        return digest(canonical([row.seq, row.hidden_sha256, row.outside, previous]))
    return digest(
        canonical([row.seq, row.at, row.role, row.seal, row.action, row.subject, row.details, previous])
    )


@dataclass(slots=True)
class Growing:
    """A Merkle tree of RFC 6962 while leaves are added to it; `peaks` are as in `Tree`."""

    size: int = 0
    peaks: list[bytes] = field(default_factory=list)

    def add(self, content: bytes) -> None:
        """Add a leaf with this content."""
        self.peaks.append(proofs.leaf(content))
        self.size += 1
        complete = self.size
        while complete % 2 == 0:
            right = self.peaks.pop()
            self.peaks[-1] = proofs.node(self.peaks[-1], right)
            complete //= 2

    def root(self) -> str:
        """Return the hash of the head; that of an empty tree is the SHA-256 of no bytes."""
        if not self.peaks:
            return digest(b"")
        *others, last = self.peaks
        for peak in reversed(others):
            last = proofs.node(peak, last)
        return last.hex()


@dataclass(frozen=True, slots=True)
class Tree:
    """The Merkle tree of RFC 6962 over a list of digests that only grows.

    It is kept as its peaks, the roots of the whole subtrees from left to right, one for each 1 in the binary
    form of its size: that is all that a longer tree needs of what came before.
    """

    size: int = 0
    peaks: tuple[str, ...] = ()

    def grown(self, digests: Iterable[str]) -> Tree:
        """Return the tree with more leaves; a leaf's content is the digest's 32 bytes."""
        growing = self._growing()
        for each in digests:
            growing.add(bytes.fromhex(each))
        return Tree(growing.size, tuple(peak.hex() for peak in growing.peaks))

    @property
    def root(self) -> str:
        """Return the hash of the head; that of an empty tree is the SHA-256 of no bytes."""
        return self._growing().root()

    def _growing(self) -> Growing:
        return Growing(self.size, [bytes.fromhex(peak) for peak in self.peaks])
