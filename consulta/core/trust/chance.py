"""Chance (section 1.2) that no person can choose and any reader can check afterwards.

Before opening, `commitment = SHA-256(secret)` is published. At closing

    seed = SHA-256(secret ‖ root of the ballots ‖ public)

and every tie is decided by hashes made with the seed. The module defines the computation; it never makes
a secret, which the caller supplies.
"""

from collections.abc import Iterable

from consulta.core.trust import record
from consulta.core.values import Ballot, Seed, ballot_to_dict

TIE_DIGITS = 5
"""How many hexadecimal digits of a tie hash make a tie number."""


def commitment(secret: bytes) -> str:
    """Return the SHA-256 of the secret, which is published before opening."""
    return record.digest(secret)


def ballot_line(ballot: Ballot) -> bytes:
    """Return the canonical JSON of a ballot with its four fields, also those that its file left out."""
    return record.canonical(ballot_to_dict(ballot))


def ballots_root(ballots: Iterable[Ballot]) -> str:
    """Return the root of the Merkle tree over the lines of ballots, ordered by seat, in hexadecimal."""
    tree = record.Growing()
    for ballot in sorted(ballots, key=lambda ballot: ballot.seat):
        tree.add(ballot_line(ballot))
    return tree.root()


def seed(made: Seed, root: str) -> str:
    """Return the seed as lowercase hexadecimal, from what it is made of and the root of the ballots."""
    return record.digest(bytes.fromhex(made.secret) + bytes.fromhex(root) + made.public.encode())


def tie_hash(seed: str, label: str, key: str) -> str:
    """Return the hash that settles ties of a key: SHA-256(seed | label | key)."""
    return record.digest(f"{seed}|{label}|{key}".encode())


def tie_order(keys: Iterable[str], seed: str, label: str) -> list[str]:
    """Return keys in tie order: ascending by their tie hash."""
    return sorted(keys, key=lambda key: tie_hash(seed, label, key))


def tie_number(seed: str, label: str, key: str) -> int:
    """Return the first digits of a key's tie hash as a number."""
    return int(tie_hash(seed, label, key)[:TIE_DIGITS], 16)
