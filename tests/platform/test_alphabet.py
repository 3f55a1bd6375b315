"""The order of each language, whatever the database was built with."""

from __future__ import annotations

from consulta.platform.alphabet import order, settled
from consulta.platform.data import tongues
from tests.cases import for_each

ALIKE = [  # in each language of the program
    ["ala", "árbol", "asa", "barco"],
    ["ação", "acaso", "açude"],
    ["cor", "coração", "corações", "corte"],
    ["oca", "óculos", "ofício"],
    ["peru", "perú", "perual"],
    ["Red 2", "Red 10", "Red 100"],
    ["«Casa»", "Casa abierta"],
    ["El Salvador", "Él y ella"],
    ["cigüeña", "cigueñal"],
    ["Instituto X", "(Instituto) Z"],
]
SPANISH = [
    ["caña", "caoba"],
    ["canto", "canzona", "caña", "cañada", "cao"],
    ["Naciones", "Nube", "Ñandú", "Ñuble", "Oasis"],
    ["ÑANDÚ", "ñandú blanco"],
]
PLAIN = [  # where ñ is an n with an accent
    ["caña", "canto", "canzona", "cao"],
    ["Naciones", "Ñandú", "Nube", "Ñuble", "Oasis"],
]


@for_each("language", tongues.codes())
def test_names_stand_as_in_a_dictionary_of_the_language(language: str) -> None:
    """Portuguese and English have no letter of their own: ñ, ç and ó stand with n, c and o."""
    for ordered in [*ALIKE, *(SPANISH if language == "es" else PLAIN)]:
        shuffled = ordered[1::2] + ordered[::2]
        assert sorted(shuffled, key=lambda text: order(text, language)) == ordered


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert order("caña", "es")[0] == order("can\N{COMBINING TILDE}a", "es")[0]


def test_equals_are_told_apart_by_their_accents() -> None:
    assert order("perú", "es") != order("peru", "es")
    assert order("perú", "es")[0] == order("peru", "es")[0]


def test_what_is_numbered_for_everybody_keeps_its_order() -> None:
    """The places of a published panel have numbers: they do not change with a reader or an installation."""
    names = [name for ordered in [*ALIKE, *SPANISH] for name in ordered]
    assert sorted(names, key=settled) == sorted(names, key=lambda name: order(name, "es"))


def test_letters_of_their_own_are_written_in_lower_case_and_each_behind_another() -> None:
    for tongue in tongues.by_code().values():
        for letter, after in tongue.letters.items():
            assert (letter, after) == (letter.casefold(), after.casefold()), tongue.code
            assert len(after) == 1, tongue.code
