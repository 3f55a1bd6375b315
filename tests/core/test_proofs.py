"""Proofs over the log's tree: every one that is made holds, and nothing else; and what RFC 6962 shows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.trust import proofs
from consulta.core.trust.record import Tree, digest

CONTENTS = [digest(f"row {number}".encode()) for number in range(70)]
LEAVES = [proofs.leaf(bytes.fromhex(each)) for each in CONTENTS]
SIZES = st.integers(1, len(LEAVES))


def root(start: int, end: int) -> bytes:
    """The root by its definition."""
    if end - start == 1:
        return LEAVES[start]
    half = 1
    while half * 2 < end - start:
        half *= 2
    return proofs.node(root(start, start + half), root(start + half, end))


def hexed(size: int) -> str:
    return root(0, size).hex()


def test_the_root_is_that_of_the_log() -> None:
    for size in range(1, len(LEAVES) + 1):
        assert Tree().grown(CONTENTS[:size]).root == hexed(size)


def test_every_proof_of_consistency_holds() -> None:
    for new in range(1, 40):
        for old in range(1, new + 1):
            proof = proofs.consistency(old, new, root)
            assert proofs.is_consistent(old, new, (hexed(old), hexed(new)), proof), (old, new)


def test_every_proof_of_inclusion_leads_to_the_root() -> None:
    for size in range(1, 40):
        for index in range(size):
            proof = proofs.inclusion(index, size, root)
            assert proofs.root_from(index, size, LEAVES[index], proof) == root(0, size), (index, size)


def test_the_proofs_of_seven_rows_are_those_of_the_standard() -> None:
    """RFC 6962, 2.1.3: the example that it draws."""
    a, b = LEAVES[0], LEAVES[1]
    g, h = proofs.node(a, b), proofs.node(LEAVES[2], LEAVES[3])
    i, j = proofs.node(LEAVES[4], LEAVES[5]), LEAVES[6]
    k, upper = proofs.node(g, h), proofs.node(i, j)
    assert proofs.inclusion(0, 7, root) == [b, h, upper]
    assert proofs.inclusion(3, 7, root) == [LEAVES[2], g, upper]
    assert proofs.inclusion(4, 7, root) == [LEAVES[5], j, k]
    assert proofs.inclusion(6, 7, root) == [i, k]
    assert proofs.consistency(3, 7, root) == [LEAVES[2], LEAVES[3], g, upper]
    assert proofs.consistency(4, 7, root) == [upper]
    assert proofs.consistency(6, 7, root) == [i, j, k]


@given(SIZES, SIZES, st.data())
def test_a_changed_proof_does_not_hold(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    roots = hexed(old), hexed(new)
    proof = proofs.consistency(old, new, root)
    assert not proofs.is_consistent(old, new, roots, [*proof, LEAVES[0]])
    if old != new:
        assert not proofs.is_consistent(old, new, (hexed(old), hexed(old)), proof)
        assert not proofs.is_consistent(old, new, (roots[1], roots[1]), proof)
        assert not proofs.is_consistent(new, old, roots, proof)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        assert not proofs.is_consistent(old, new, roots, proof[:place] + proof[place + 1 :])
        changed = [*proof]
        changed[place] = bytes(32)
        assert not proofs.is_consistent(old, new, roots, changed)


@given(SIZES, st.data())
def test_a_row_is_proved_at_its_place_alone(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof = proofs.inclusion(index, size, root)
    whole = root(0, size)
    assert proofs.root_from(index, size, bytes(32), proof) != whole
    assert proofs.root_from(index, size, LEAVES[index], [*proof, whole]) is None
    assert proofs.root_from(size, size, LEAVES[index], proof) is None
    if proof:
        assert proofs.root_from(index, size, LEAVES[index], proof[:-1]) != whole


def test_nothing_is_consistent_with_no_rows() -> None:
    assert not proofs.is_consistent(0, 3, (digest(b""), hexed(3)), [])
    assert not proofs.is_consistent(2, 3, (hexed(2), hexed(3)), [])
