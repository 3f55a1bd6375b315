"""Telephone numbers as people write them, and the addresses that call them."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from consulta.platform.data import catalogue
from consulta.platform.telephones import (
    PHONE_MAX,
    dialled,
    shown,
    telephone,
    telephone_or_typed,
    whatsapp,
)
from tests.cases import for_each

GOOD = (
    ("(11) 98888-7777", "BR", "+5511988887777", "+55 11 98888-7777"),
    ("+507 555-6355", "PE", "+5075556355", "+507 555-6355"),
    ("00507 555 6355", "BR", "+5075556355", "+507 555-6355"),
    ("6123-4567", "PA", "+50761234567", "+507 6123-4567"),
    (" (011)  4555 1034 ", "AR", "+541145551034", "+54 11 4555-1034"),
    ("11 15 1234-5678", "AR", "+5491112345678", "+54 9 11 1234-5678"),
    ("+54 11 4555.1034 ext. 12", "", "+541145551034;ext=12", "+54 11 4555-1034 ext. 12"),
    ("555-6355 anexo 7", "PA", "+5075556355;ext=7", "+507 555-6355 ext. 7"),
    ("+52 1 55 1234 5678", "MX", "+525512345678", "+52 55 1234 5678"),
    ("876 555 0100", "JM", "+18765550100", "+1 876-555-0100"),
)


@for_each("written, country, kept, people", GOOD)
def test_a_number_is_kept_in_one_form_and_shown_in_another(
    written: str, country: str, kept: str, people: str
) -> None:
    assert telephone(written, country) == kept
    assert shown(kept) == people
    assert dialled(kept) == f"tel:{kept}"
    assert telephone(people) == kept, "what is shown can be entered again, in any country"


@for_each(
    "written",
    [
        "",
        "12345",
        "1234567890123456",
        "no tiene",
        "1-800-FLOWERS",
        "tel 555 6355 Ana",
        "a@example.org",
        "+507 555 6355 / +507 555 6356 00",
        "=1+1",
        "1" * (PHONE_MAX + 1),
    ],
)
def test_what_is_no_number_is_refused_and_kept_as_typed_where_a_file_says_it(written: str) -> None:
    assert telephone(written, "PA") is None
    kept = telephone_or_typed(written, "PA")
    assert kept == written[:PHONE_MAX]
    assert (shown(kept), dialled(kept), whatsapp(kept)) == (kept, "", "")


def test_a_local_number_without_a_country_is_none() -> None:
    assert telephone("555 0101") is None


@given(st.text(max_size=60), st.sampled_from(sorted(catalogue.countries_by_code())))
def test_an_address_that_calls_holds_nothing_but_digits(text: str, country: str) -> None:
    kept = telephone(text, country)
    if kept is not None:
        assert telephone(kept, country) == kept, "to read it again changes nothing"
        assert telephone(shown(kept), country) == kept
        called = dialled(kept).removeprefix("tel:+").replace(";ext=", "")
        assert called.isdecimal()
        assert called.isascii()


def test_whatsapp_gets_the_digits_and_the_whole_text() -> None:
    said = "Hola, Inés & cía.\n¿Vota? https://votar.example.org/es/enlace"
    found = urlsplit(whatsapp("+5511988887777", said))
    assert (found.netloc, found.path) == ("wa.me", "/5511988887777")
    assert parse_qs(found.query) == {"text": [said]}
    assert whatsapp("+5075556355;ext=7", said) == "", "no telephone behind a switchboard has it"
