"""What is hashed so that it can be checked later."""

import hashlib
import hmac
from dataclasses import replace

import pytest

from consulta.core.trust import record
from tests.cases import for_each


def test_canonical_json():
    assert record.canonical({"b": [1, 2.5, None], "a": 'ñ"\n'}) == '{"a":"ñ\\"\\n","b":[1,2.5,null]}'.encode()
    with pytest.raises(ValueError, match="JSON"):
        record.canonical(float("nan"))


def test_a_digest_under_a_secret_is_the_hmac_of_label_and_digest():
    expected = hmac.new(b"s" * 32, b"heads|00ff", "sha256").hexdigest()
    assert record.sealed(b"s" * 32, "heads", "00ff") == expected


ROW = record.Row(7, "2027-03-05T22:00:00.000000+00:00", "secretariat:3", "00ff", "rounds.closed", "r", "{}")


def test_a_row_is_checked_without_its_actor():
    seal = hashlib.sha256(b"00ff|secretariat:3").hexdigest()
    shown = [7, ROW.at, "secretariat", seal, "rounds.closed", "r", "{}", record.START]
    assert record.row_digest(ROW, record.START) == hashlib.sha256(record.canonical(shown)).hexdigest()


@for_each(
    "change",
    [
        {"seq": 8},
        {"at": "2027-03-05T22:00:00.000001+00:00"},
        {"actor": "secretariat:4"},
        {"actor": "admin:3"},
        {"nonce": "00fe"},
        {"action": "rounds.opened"},
        {"subject": "s"},
        {"details": '{"a":1}'},
    ],
)
def test_any_change_of_a_row_changes_its_digest(change):
    assert record.row_digest(replace(ROW, **change), record.START) != record.row_digest(ROW, record.START)
    assert record.row_digest(ROW, "1" * 64) != record.row_digest(ROW, record.START)


# The tree heads that Certificate Transparency's implementations test themselves with: eight leaves of these
# contents (certificate-transparency-go and trillian, merkle testdata), roots of the trees of 1 to 8 of them.
LEAVES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def test_the_tree_is_that_of_the_rfc():
    tree = record.Tree()
    assert tree.root == hashlib.sha256(b"").hexdigest()
    for size, root in enumerate(ROOTS, start=1):
        tree = tree.grown([LEAVES[size - 1]])
        assert (tree.size, tree.root) == (size, root)


def slow_root(leaves):
    """Section 2.1 of RFC 6962, as it is written."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return hashlib.sha256(b"\1" + slow_root(leaves[:split]) + slow_root(leaves[split:])).digest()


def test_a_tree_grown_in_steps_is_the_tree_of_all():
    digests = [record.digest(bytes([number])) for number in range(130)]
    for steps in ([1] * 130, [64, 66], [7, 100, 23], [130]):
        tree, done = record.Tree(), 0
        for step in steps:
            tree = tree.grown(digests[done : done + step])
            done += step
            assert tree.root == slow_root([bytes.fromhex(each) for each in digests[:done]]).hex()
            assert len(tree.peaks) == done.bit_count()
