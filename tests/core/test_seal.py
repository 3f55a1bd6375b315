"""What stands behind the seal and the code of a ballot, byte by byte: older ones stay as they are."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from consulta.core.trust.receipts import (
    ALPHABET,
    Choices,
    Sealed,
    as_code,
    ballot_record,
    receipt_code,
    seal,
)
from tests.cases import for_each

HIDDEN = Sealed(cast_at="2027-03-01T12:00:00.000000+00:00", key="k", shown=["t1", "t2"], version=1, head="h")


BEFORE = {"cast_at": HIDDEN.cast_at, "head": "h", "key": "k", "shown": ["t1", "t2"], "version": 1}


def digest_of(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@for_each(
    "changed, added",
    [
        ({}, {}),
        ({"assisted": True}, {"assisted": True}),
        ({"young": True}, {"young": True}),
        ({"assisted": True, "young": True}, {"assisted": True, "young": True}),
        ({"endorsements": ("n2", "n1")}, {"endorsements": ["n2", "n1"]}),
        ({"endorsements": ()}, {"endorsements": []}),
        ({"version": 2, "key": "other"}, {"version": 2, "key": "other"}),
    ],
)
def test_marks_and_endorsements_are_in_a_seal_only_where_they_hold(
    changed: dict[str, Any], added: dict[str, Any]
) -> None:
    assert seal(replace(HIDDEN, **changed)) == digest_of(BEFORE | added)


def test_a_code_covers_round_seat_choices_and_seal() -> None:
    said = ballot_record("2027-1", "s001", Choices((("t2",), ("t1", "t3")), (7, 10), ("n1",)), "5ea1")
    assert said == {
        "round": "2027-1",
        "seat": "s001",
        "ranking": [["t2"], ["t1", "t3"]],
        "objectives": [7, 10],
        "endorsements": ["n1"],
        "seal": "5ea1",
    }


def test_a_code_is_the_last_twelve_digits_of_the_digest_to_the_base_of_the_alphabet() -> None:
    """The last digit comes first, and every four are parted by a hyphen."""
    made = {"seat": "ñ", "seal": "5ea1"}
    number, base = int.from_bytes(bytes.fromhex(digest_of(made))), len(ALPHABET)
    letters = [ALPHABET[number // base**power % base] for power in range(12)]
    assert base == 19
    assert receipt_code(made).split("-") == ["".join(letters[at : at + 4]) for at in (0, 4, 8)]


@for_each(
    "typed, code",
    [
        ("3CDF-7HJK-9MNP", "3CDF-7HJK-9MNP"),
        (" 3cdf7hjk 9m-np\n", "3CDF-7HJK-9MNP"),
        ("3CDF-7HJK-9MN", None),
        ("3CDF-7HJK-9MNPR", None),
        ("3CDF-7HJK-9MNO", None),
        ("", None),
    ],
)
def test_a_typed_code_is_read_in_any_case_with_any_spaces(typed: str, code: str | None) -> None:
    assert as_code(typed) == code
