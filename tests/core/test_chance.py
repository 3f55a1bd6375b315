"""Chance: what is hashed, byte by byte."""

import hashlib

from consulta.core.trust import chance
from consulta.core.values import Ballot
from tests.core.build import COMMITMENT, SECRET, parsed, sensible


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_commitment():
    assert chance.commitment(bytes.fromhex(SECRET)) == COMMITMENT == sha(b"Z" * 32)


def test_canonical_ballots_are_written_out():
    ballots = [
        Ballot("s2", (("ñandú", "agua"), ("b",)), (9, 2), ("n2", "n1")),
        Ballot("s10", (("b",),)),
    ]
    assert (
        chance.canonical_ballots(ballots)
        == (
            '[{"endorsements":[],"objectives":[],"ranking":[["b"]],"seat":"s10"},'
            '{"endorsements":["n2","n1"],"objectives":[9,2],"ranking":[["ñandú","agua"],["b"]],"seat":"s2"}]'
        ).encode()
    )


def test_the_seed_is_made_of_secret_ballots_and_public():
    bundle = parsed(sensible())
    inner = hashlib.sha256(chance.canonical_ballots(bundle.ballots)).digest()
    assert chance.seed_of(bundle) == sha(b"Z" * 32 + inner + b"dice 4 2")
    assert chance.seed(b"Z" * 32, bundle.ballots[::-1], "dice 4 2") == chance.seed_of(bundle)
    assert chance.seed(b"Z" * 32, bundle.ballots, "") != chance.seed_of(bundle)


def test_fields_left_out_of_the_file_are_hashed_as_empty():
    short, full = sensible(), sensible()
    del short["ballots"][2]["objectives"], short["ballots"][2]["endorsements"]
    assert chance.seed_of(parsed(short)) == chance.seed_of(parsed(full))


def test_tie_order():
    hashes = {key: sha(f"ab|theme|{key}".encode()) for key in ("x", "y", "ñ")}
    assert chance.tie_hash("ab", "theme", "ñ") == hashes["ñ"]
    assert chance.tie_order(hashes, "ab", "theme") == sorted(hashes, key=hashes.__getitem__)
    assert chance.tie_number("ab", "panel", "x") == int(sha(b"ab|panel|x")[:5], 16)
