"""Spanish order, whatever the database was built with."""

from __future__ import annotations

import pytest

from consulta.infra.alphabet import spanish


@pytest.mark.parametrize(
    "ordered",
    [
        ["ala", "árbol", "asa", "barco"],
        ["caña", "caoba"],
        ["canto", "canzona", "caña", "cañada", "cao"],
        ["Naciones", "Nube", "Ñandú", "Ñuble", "Oasis"],
        ["ÑANDÚ", "ñandú blanco"],
        ["peru", "perú", "perual"],
        ["Red 2", "Red 10", "Red 100"],
        ["«Casa»", "Casa abierta"],
        ["El Salvador", "Él y ella"],
        ["cigüeña", "cigueñal"],
        ["Instituto X", "(Instituto) Z"],
    ],
)
def test_names_stand_as_in_a_spanish_dictionary(ordered: list[str]) -> None:
    shuffled = ordered[1::2] + ordered[::2]
    assert sorted(shuffled, key=spanish) == ordered


def test_composed_and_decomposed_letters_are_the_same() -> None:
    assert spanish("caña")[0] == spanish("can\N{COMBINING TILDE}a")[0]


def test_equals_are_told_apart_by_their_accents() -> None:
    assert spanish("perú") != spanish("peru")
    assert spanish("perú")[0] == spanish("peru")[0]
