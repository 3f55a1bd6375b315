"""What is pointed out in a text, and what is left alone."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from consulta.vote.reasons import find_personal
from tests.cases import for_each


@for_each(
    "text, kind, words",
    [
        ("Llame al +51 987 654 321.", "phone", "+51 987 654 321"),
        ("Tel. (55) 1234-5678", "phone", "(55) 1234-5678"),
        ("llame al 987-654-321 hoy", "phone", "987-654-321"),
        ("Escriba a juana@casa.example.org", "email", "juana@casa.example.org"),
        ("contacto arroba red punto org", "email", "contacto arroba red punto org"),
        ("su DNI es 45678912", "number", "45678912"),
        ("CURP ABCD901010HDFLRN09", "number", "ABCD901010HDFLRN09"),
        ("el caso de @juanita_mx", "account", "@juanita_mx"),
        ("La Sra. María Pérez lo sufrió", "name", "Sra. María Pérez"),
        ("como don José nos contó", "name", "don José"),
        ("a dona Maria do bairro", "name", "dona Maria"),
        (
            "+51 987 654 321".translate({ord(str(n)): 0xFF10 + n for n in range(10)}),
            "phone",
            "+51 987 654 321",
        ),
    ],
)
def test_it_is_pointed_out(text: str, kind: str, words: str) -> None:
    assert [tuple(each) for each in find_personal(text)] == [(kind, words)]


@for_each(
    "text",
    [
        "Entre 2019-2024 llegaron 1.500.000 personas, 1 200 000 más que en 2018.",
        "El 12/03/2026 a las 14:30 había 300 camas; 100000 personas pasaron.",
        "COVID-19, los objetivos 7, 8 y 15 y la Ley 27.444 de 2012.",
        "La casa de la madre del niño; el don de lenguas.",
        "",
    ],
)
def test_it_is_left_alone(text: str) -> None:
    assert find_personal(text) == ()


@for_each(
    "text, kinds",
    [
        # from seven figures on, and up to fifteen where they are parted
        ("555-123", []),
        ("555-1234", ["phone"]),
        ("123 456 789 012 345", ["phone"]),
        ("1234-5678-9012-3456", ["number"]),
        ("123456", []),
        ("1234567", ["number"]),
        ("1234000", []),
        ("+1234567", ["phone"]),
        # with letters among them from four on, in six signs
        ("ABC123", []),
        ("AB1234", ["number"]),
        ("A1234", []),
        # each piece once, and in the order in which they stand
        ("987654321@casa.example.org", ["email"]),
        ("Llame a don José, 987-654-321, o a ana@casa.example.org", ["name", "phone", "email"]),
    ],
)
def test_so_many_figures_are_pointed_out_and_each_piece_once(text: str, kinds: list[str]) -> None:
    assert [each.kind for each in find_personal(text)] == kinds


@given(st.text(max_size=300))
def test_any_text_is_looked_at_quickly(text: str) -> None:
    began = time.monotonic()
    find_personal(text)
    assert time.monotonic() - began < 1


@for_each("text", ["1" * 300, "1 " * 150, "(1" * 150, "a." * 150, "a@" * 150, "don A" * 60])
def test_a_text_made_to_take_long_does_not(text: str) -> None:
    test_any_text_is_looked_at_quickly.hypothesis.inner_test(text)  # type: ignore[attr-defined]
