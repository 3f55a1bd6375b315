"""Telephone numbers as people write them, and the addresses that call them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.platform.texts import PHONE_MAX, dialled, telephone
from tests.cases import for_each

GOOD = {
    "+507 555-6355": "tel:+5075556355",
    "00507 555 6355": "tel:+5075556355",
    " (011)  4555 1034 ": "tel:01145551034",
    "+54 11 555.1034 ext. 12": "tel:+54115551034;ext=12",
    "555-6355 x 7": "tel:5556355;ext=7",
}


@for_each("written, called", GOOD.items())
def test_a_number_is_kept_as_written_and_called_by_its_digits(written: str, called: str) -> None:
    kept = telephone(written)
    assert kept == " ".join(written.split())
    assert dialled(kept) == called


@for_each(
    "written",
    [
        "",
        "12345",
        "1234567890123456",
        "no tiene",
        "a@example.org",
        "+507 555 6355 / +507 555 6356 00",
        "=1+1",
    ],
)
def test_what_is_no_number_is_refused(written: str) -> None:
    assert telephone(written) is None


@given(st.text(max_size=60))
def test_an_address_that_calls_holds_nothing_but_digits(text: str) -> None:
    kept = telephone(text)
    if kept is not None:
        assert len(kept) <= PHONE_MAX
        called = dialled(kept).removeprefix("tel:").removeprefix("+").replace(";ext=", "")
        assert called
        assert all(each.isdigit() for each in called)
