"""Signed notes: checkpoints of the log and cosignatures of witnesses, in the forms of C2SP.

`signed-note` says how a text is signed, `tlog-checkpoint` what a checkpoint says, and `tlog-cosignature` how
a witness signs it too, with the time at which it saw it. Keys are Ed25519.
"""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

if TYPE_CHECKING:
    from collections.abc import Iterable

LOG, WITNESS = 1, 4  # kinds of keys: of signed notes, of cosignatures/v1
MARK = "\N{EM DASH} "
MOST_NOTE = 16_384  # bytes of a note with all its signatures
NAME = re.compile(r"[^\s+\x00-\x1f]{1,120}\Z")
_ID, _KEY, _TIME, _SIGNATURE = 4, 32, 8, 64


class MalformedError(ValueError):
    """A text is no key or no note of the expected form; the text of the error says what is wrong."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with the name of its owner, as `NAME+ID+KEY`; `kind` is `LOG` or `WITNESS`."""

    name: str
    kind: int
    key: bytes

    @property
    def id(self) -> bytes:
        """Return the four bytes that stand before each signature by this key."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:_ID]

    def __str__(self) -> str:
        """Return the key in the form in which it is handed out."""
        return f"{self.name}+{self.id.hex()}+{_coded(bytes([self.kind]) + self.key)}"

    @classmethod
    def parse(cls, text: str, kind: int) -> Verifier:
        """Return the key that a text stands for. Raise MalformedError if it is none of this kind."""
        name, _, rest = text.strip().partition("+")
        number, _, coded = rest.partition("+")
        data = _decoded(coded)
        if not NAME.match(name) or len(data) != 1 + _KEY or data[0] != kind:
            raise MalformedError("key")
        found = cls(name, kind, data[1:])
        if number != found.id.hex():
            raise MalformedError("key")
        return found

    def accepts(self, message: bytes, signature: bytes) -> bool:
        """Return whether a signature of a message is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with the name of its owner."""

    name: str
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """Return the public key of a log."""
        return Verifier(self.name, LOG, self.private.public_key().public_bytes_raw())

    def sign(self, body: str) -> str:
        """Return a note: the body, an empty line, and the line of the signature."""
        return f"{body}\n{line_of(self.verifier, self.private.sign(body.encode()))}"


@dataclass(frozen=True, slots=True)
class Signature:
    """A line under a note: the name and the id of a key, and what follows."""

    name: str
    id: bytes
    data: bytes

    def is_of(self, key: Verifier) -> bool:
        """Return whether the line names this key."""
        return (self.name, self.id) == (key.name, key.id)


@dataclass(frozen=True, slots=True)
class Note:
    """A text and the lines of its signatures."""

    body: str
    signatures: tuple[Signature, ...]

    @classmethod
    def parse(cls, text: str) -> Note:
        """Return the note that a text is. Raise MalformedError if it is none, or too long."""
        body, parted, lines = text.rpartition("\n\n")
        if not parted or not lines.endswith("\n") or len(text.encode()) > MOST_NOTE:
            raise MalformedError("note")
        return cls(f"{body}\n", tuple(_signature(line) for line in lines[:-1].split("\n")))


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a checkpoint says: of which log, how many rows it had, and the root of the tree over them."""

    origin: str
    size: int
    root: str  # hexadecimal

    @property
    def body(self) -> str:
        """Return the text that is signed."""
        return f"{self.origin}\n{self.size}\n{_coded(bytes.fromhex(self.root))}\n"

    @classmethod
    def parse(cls, body: str) -> Checkpoint:
        """Return the checkpoint that a body says. Raise MalformedError if it says none."""
        lines = body.split("\n")
        if len(lines) < 4 or not re.fullmatch("0|[1-9][0-9]{0,18}", lines[1]):  # noqa: PLR2004 - three lines
            raise MalformedError("checkpoint")
        root = _decoded(lines[2])
        if len(root) != _KEY or not lines[0]:
            raise MalformedError("checkpoint")
        return cls(lines[0], int(lines[1]), root.hex())


@dataclass(frozen=True, slots=True)
class Cosigned:
    """A cosignature that holds: by which key, and the time in seconds that its witness gave."""

    key: Verifier
    time: int
    line: str


def cosign(name: str, private: Ed25519PrivateKey, body: str, time: int) -> str:
    """Return the line by which a witness cosigns the body of a checkpoint at a time."""
    key = Verifier(name, WITNESS, private.public_key().public_bytes_raw())
    return line_of(key, time.to_bytes(_TIME, "big") + private.sign(_cosigned(body, time)))


def cosigned(note: Note, key: Verifier) -> Cosigned | None:
    """Return the cosignature of a note by this key; None where it has none that holds."""
    for each in note.signatures:
        if each.is_of(key) and len(each.data) == _TIME + _SIGNATURE:
            time = int.from_bytes(each.data[:_TIME], "big")
            if key.accepts(_cosigned(note.body, time), each.data[_TIME:]):
                return Cosigned(key, time, line_of(key, each.data))
    return None


def is_signed(note: Note, keys: Iterable[Verifier]) -> bool:
    """Return whether a note has a signature by one of these keys of a log."""
    return any(
        each.is_of(key) and key.accepts(note.body.encode(), each.data)
        for key in keys
        for each in note.signatures
    )


def line_of(key: Verifier, data: bytes) -> str:
    """Return the line of a signature, with its end."""
    return f"{MARK}{key.name} {_coded(key.id + data)}\n"


def _signature(line: str) -> Signature:
    name, _, coded = line.removeprefix(MARK).partition(" ")
    data = _decoded(coded)
    if not line.startswith(MARK) or not NAME.match(name) or len(data) <= _ID:
        raise MalformedError("note")
    return Signature(name, data[:_ID], data[_ID:])


def _cosigned(body: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{body}".encode()


def _coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if _coded(data) == text else b""  # other spare bits stand for the same bytes
