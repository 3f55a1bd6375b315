"""The receipt code of a stored ballot covers each thing that was sent with it, and where it was sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from consulta.platform.models import Ballot
from consulta.rounds.ballots import code_of, record_of, seal_of
from tests.cases import for_each

CAST = datetime(2027, 3, 1, 12, 30, 15, 123456, UTC)
SENT: dict[str, Any] = {
    "ranking": [["t1"], ["t2", "t3"]],
    "objectives": [2, 23],
    "endorsements": ["n01"],
    "endorsements_sealed": False,
    "shown": ["t3", "t1", "t2"],
    "idempotency_key": "5eed" * 8,
    "head": "ab" * 32,
    "version": 2,
    "assisted": False,
    "young": False,
    "abstains": False,
    "cast_at": CAST,
}
OTHER: dict[str, Any] = {
    "ranking": [["t1"], ["t3"], ["t2"]],
    "objectives": [2],
    "endorsements": ["n02"],
    "endorsements_sealed": True,
    "shown": ["t1", "t2", "t3"],
    "idempotency_key": "5eee" * 8,
    "head": None,
    "version": 3,
    "assisted": True,
    "young": True,
    "abstains": True,
    "cast_at": CAST + timedelta(microseconds=1),
}
PUBLISHED = {"ranking", "objectives", "endorsements"}


@for_each("name", SENT)
def test_another_value_has_another_code(name: Any) -> None:
    sent, other = Ballot(**SENT), Ballot(**{**SENT, name: OTHER[name]})
    assert code_of(sent, "2027-1", "b0001") == code_of(Ballot(**SENT), "2027-1", "b0001")
    assert code_of(other, "2027-1", "b0001") != code_of(sent, "2027-1", "b0001")
    assert (seal_of(other) == seal_of(sent)) == (name in PUBLISHED), (
        "what is published stands beside the seal"
    )


def test_another_round_or_seat_has_another_code() -> None:
    sent = Ballot(**SENT)
    codes = {code_of(sent, key, seat) for key in ("2027-1", "2027-2") for seat in ("b0001", "b0002")}
    assert len(codes) == 4


def test_sealed_endorsements_are_in_the_seal_alone() -> None:
    sealed, others = (
        Ballot(**{**SENT, "endorsements": each, "endorsements_sealed": True}) for each in (["n01"], ["n02"])
    )
    assert record_of(sealed, "2027-1", "b0001")["endorsements"] == []
    assert seal_of(sealed) != seal_of(others)


def test_the_code_of_a_stored_ballot_stays_what_it_was() -> None:
    """Codes are on paper and in mails: this one was worked out on 28 November 2026."""
    assert code_of(Ballot(**SENT), "2027-1", "b0001") == "KJ6J-7WRR-NCJK"
