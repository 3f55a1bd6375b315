"""Names that may be one organisation written twice, and names that only share words."""

from __future__ import annotations

from consulta.platform.likeness import Names
from tests.cases import for_each


def near(known: str, asked: str, *, there: str = "PE", here: str = "PE") -> str | None:
    names: Names[str] = Names()
    names.add(known, there, known)
    return names.near(asked, here)


@for_each(
    "known, asked",
    [
        ("Sembradores de Paz", "Sembradores de Paz, A. C."),
        ("Sembradores de Paz", "SEMBRADORES DE PAZ A.C."),
        ("Fundación Esperanza", "Esperanza"),
        ("ONG Puentes", "Puentes, Asociación Civil"),
        ("Open Doors", "Open Doors Inc."),
        ("RedAndina", "Red Andina"),
        ("Mesa de Movilidad Humana", "Mesa de Mobilidad Humana"),
        ("Mesa de Movilidad Humana", "Mesa de Movilidad Humanas"),
        ("Centro 12 de Octubre, A. C.", "Centro 12 de Octubre"),
    ],
)
def test_one_organisation_may_be_written_in_two_ways(known: str, asked: str) -> None:
    assert near(known, asked) == known
    assert near(asked, known) == asked


@for_each(
    "known, asked",
    [
        ("Red de Mujeres del Norte", "Red de Jóvenes del Sur"),
        ("Casa del Migrante 1", "Casa del Migrante 2"),
        ("Fundación", "Fundación Azul"),
        ("Ana", "Eva"),
        ("A. C.", "S. A."),
    ],
)
def test_names_that_share_words_are_not_alike(known: str, asked: str) -> None:
    assert near(known, asked) is None


def test_alike_is_asked_inside_one_country_only() -> None:
    assert near("Sembradores de Paz", "Sembradores de Paz, A. C.", there="PE", here="CO") is None


def test_the_same_name_is_found_in_another_country_however_it_is_spelt() -> None:
    names: Names[str] = Names()
    names.add("Puertas Abiertas", "PE", "there")
    assert names.elsewhere("PUERTAS  abiertas", "CO") == "there"
    assert names.elsewhere("Puertas Abiertas", "PE") is None
    assert names.elsewhere("Puertas Cerradas", "CO") is None


def test_the_most_alike_is_named() -> None:
    names: Names[str] = Names()
    for name in ("Mesa de Movilidad Humana del Valle", "Mesa de Movilidad Humana del Litoral", "Otra cosa"):
        names.add(name, "PE", name)
    assert names.near("Mesa de Mobilidad Humana del Litoral", "PE") == "Mesa de Movilidad Humana del Litoral"
