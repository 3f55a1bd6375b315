"""Chance: what is hashed, byte by byte."""

import hashlib
from dataclasses import replace

from consulta.core.trust import chance
from consulta.core.values import Ballot
from tests.core.build import COMMITMENT, SECRET, parsed, sensible


def sha(data):
    return hashlib.sha256(data).hexdigest()


def test_commitment():
    assert chance.commitment(bytes.fromhex(SECRET)) == COMMITMENT == sha(b"Z" * 32)


def test_a_line_has_letters_and_lists_as_they_are():
    ballot = Ballot("s2", (("ñandú", "agua"), ("b",)), (9, 2), ("n2", "n1"))
    line = '{"endorsements":["n2","n1"],"objectives":[9,2],"ranking":[["ñandú","agua"],["b"]],"seat":"s2"}'
    assert chance.ballot_line(ballot) == line.encode()


def test_the_seed_is_made_of_secret_root_and_public():
    bundle = parsed(sensible())
    root = chance.ballots_root(bundle.ballots)
    assert chance.seed(bundle.seed, root) == sha(b"Z" * 32 + bytes.fromhex(root) + b"dice 4 2")
    assert chance.ballots_root(bundle.ballots[::-1]) == root
    assert chance.seed(replace(bundle.seed, public=""), root) != chance.seed(bundle.seed, root)


def test_fields_left_out_of_the_file_are_hashed_as_empty():
    short, full = sensible(), sensible()
    del short["ballots"][2]["objectives"], short["ballots"][2]["endorsements"]
    assert chance.ballots_root(parsed(short).ballots) == chance.ballots_root(parsed(full).ballots)


def test_a_tree_that_grows_leaf_by_leaf_is_the_tree_of_all():
    """By the recursion of RFC 6962, for trees of one to twenty leaves."""

    def root(lines):
        if len(lines) == 1:
            return hashlib.sha256(b"\x00" + lines[0]).digest()
        left = max(size for size in (1, 2, 4, 8, 16) if size < len(lines))
        return hashlib.sha256(b"\x01" + root(lines[:left]) + root(lines[left:])).digest()

    ballots = [Ballot(f"s{number:02}", (("a",),)) for number in range(20)]
    for size in range(1, 21):
        lines = [chance.ballot_line(ballot) for ballot in ballots[:size]]
        assert chance.ballots_root(ballots[:size]) == root(lines).hex()


def test_tie_order():
    hashes = {key: sha(f"ab|theme|{key}".encode()) for key in ("x", "y", "ñ")}
    assert chance.tie_hash("ab", "theme", "ñ") == hashes["ñ"]
    assert chance.tie_order(hashes, "ab", "theme") == sorted(hashes, key=hashes.__getitem__)
    assert chance.tie_number("ab", "panel", "x") == int(sha(b"ab|panel|x")[:5], 16)
