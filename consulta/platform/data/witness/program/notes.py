"""Notes that are signed, keys, and proofs of a tree of hashes; and what this witness refuses."""

from __future__ import annotations

import base64
import hashlib

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG, WITNESS = 1, 4  # kinds of keys, as C2SP has them
ALPHABET = "34679CDFHJKMNPRTWXY"
REFUSED, WRONG, UNANSWERED = 1, 2, 3


class Refused(Exception):
    """What this witness does not do, and with which exit status; the text is for people."""

    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


def coded(data):
    return base64.b64encode(data).decode()


def decoded(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError:
        return b""
    return data if coded(data) == text else b""  # other spare bits stand for the same bytes


def id_of(name, kind, key):
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + key).digest()[:4]


def key_line(name, kind, key):
    return f"{name}+{id_of(name, kind, key).hex()}+{coded(bytes([kind]) + key)}"


def parse_key(text, kind):
    """Name, id and key of a line `NAME+ID+KEY`; None where it is none of this kind."""
    name, _, rest = text.strip().partition("+")
    number, _, last = rest.partition("+")
    data = decoded(last)
    if not name or len(data) != 33 or data[0] != kind or number != id_of(name, kind, data[1:]).hex():
        return None
    return name, bytes.fromhex(number), data[1:]


def parse_note(text):
    """Body and signatures (name, id, bytes) of a signed note; None where it is none."""
    body, parted, lines = text.rpartition("\n\n")
    if not parted or not lines.endswith("\n"):
        return None
    signatures = []
    for line in lines[:-1].split("\n"):
        parts = line.split(" ")
        data = decoded(parts[2]) if len(parts) == 3 and parts[0] == "\u2014" else b""
        if len(data) <= 4:
            return None
        signatures.append((parts[1], data[:4], data[4:]))
    return body + "\n", signatures


def parse_checkpoint(body):
    """Origin, size and root of a checkpoint; None where it is none."""
    lines = body.split("\n")
    if len(lines) < 4 or not (lines[1].isascii() and lines[1].isdigit() and len(lines[1]) < 19):
        return None
    root = decoded(lines[2])
    return (lines[0], int(lines[1]), root) if lines[0] and len(root) == 32 else None


def holds(key, message, signature):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def is_signed(note, key):
    body, signatures = note
    return any(
        (name, number) == key[:2] and holds(key[2], body.encode(), data) for name, number, data in signatures
    )


def cosigned_message(body, moment):
    return f"cosignature/v1\ntime {moment}\n{body}".encode()


def node(left, right):
    return hashlib.sha256(b"\x01" + left + right).digest()


def is_consistent(old, new, first, second, proof):
    """Whether the tree of `new` rows begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if not 0 < old <= new:
        return False
    if old == new:
        return not proof and first == second
    left = [first, *proof] if old & (old - 1) == 0 else list(proof)
    last, size = old - 1, new - 1
    while last & 1:
        last, size = last >> 1, size >> 1
    return bool(left) and climbed(last, size, left) == (first, second)


def climbed(last, size, left):
    """The two roots to which a proof leads; None where it is of another length."""
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


def root_from(index, size, leaf, proof):
    """The root to which a proof of inclusion leads (RFC 9162, 2.1.3.2); None where it is none."""
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
