"""Chance (section 4) that no person can choose and any reader can check afterwards.

Before opening, `commitment = SHA-256(secret)` is published. At closing

    seed = SHA-256(secret ‖ SHA-256(canonical ballots) ‖ public)

and every tie is decided by hashes made with the seed. The module defines the computation; it never makes
a secret, which the caller supplies.
"""

from collections.abc import Iterable
from hashlib import sha256

from consulta.core.trust import record
from consulta.core.values import Ballot, Bundle, ballot_to_dict

TIE_DIGITS = 5
"""How many hexadecimal digits of a tie hash make a tie number."""


def commitment(secret: bytes) -> str:
    """Return the SHA-256 of the secret, which is published before opening."""
    return record.digest(secret)


def canonical_ballots(ballots: Iterable[Ballot]) -> bytes:
    """Return the canonical JSON of ballots, ordered by seat.

    Every ballot has its four fields, also those that its file left out; tiers and lists keep their order.
    """
    ordered = sorted(ballots, key=lambda ballot: ballot.seat)
    return record.canonical([ballot_to_dict(ballot) for ballot in ordered])


def seed(secret: bytes, ballots: Iterable[Ballot], public: str) -> str:
    """Return the seed, as lowercase hexadecimal."""
    return seed_from(secret, sha256(canonical_ballots(ballots)).digest(), public)


def seed_from(secret: bytes, ballots: bytes, public: str) -> str:
    """Return the seed from the digest of the canonical ballots."""
    return record.digest(secret + ballots + public.encode())


def seed_of(bundle: Bundle) -> str:
    """Return the seed of a bundle."""
    return seed(bytes.fromhex(bundle.seed.secret), bundle.ballots, bundle.seed.public)


def tie_hash(seed: str, label: str, key: str) -> str:
    """Return the hash that settles ties of a key: SHA-256(seed | label | key)."""
    return record.digest(f"{seed}|{label}|{key}".encode())


def tie_order(keys: Iterable[str], seed: str, label: str) -> list[str]:
    """Return keys in tie order: ascending by their tie hash."""
    return sorted(keys, key=lambda key: tie_hash(seed, label, key))


def tie_number(seed: str, label: str, key: str) -> int:
    """Return the first digits of a key's tie hash as a number."""
    return int(tie_hash(seed, label, key)[:TIE_DIGITS], 16)
