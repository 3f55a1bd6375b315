"""Who of a panel is named, worked out by hand, and where a name stands in a text."""

from __future__ import annotations

import hashlib

from consulta.core.invitations import Invited
from consulta.panel.public_parts import Naming, is_confirmed, naming, public_naming, without_names
from consulta.platform.models import Nominee, Round

ELSEWHERE = {"by": "Mecanismo", "on": "2020-01-01", "act": "acta 3"}
CONFIRMED_BY_STATE = ("accepted", "attended")
DESIGNATED_UNLESS = ("declined", "replaced")


def person(key: str, *, agrees: bool = True, outside: dict[str, str] | None = None, **told: str) -> Nominee:
    fields = {"kind": "person", "name": f"Persona {key}", "delegate": "", "organisation": f"Red {key}"} | told
    return Nominee(key=key, consent_governments=agrees, outside=outside, **fields)


def test_who_holds_a_seat_follows_from_the_answer_or_the_designation() -> None:
    for state in [None, *Invited]:
        assert is_confirmed(person("n1"), state) == (state in CONFIRMED_BY_STATE)
        assert is_confirmed(person("n1", outside=ELSEWHERE), state) == (state not in DESIGNATED_UNLESS)


def test_of_the_members_who_hold_their_seat_those_are_named_who_agree() -> None:
    found = Round(
        nominees=[person("n1"), person("n2", agrees=False), person("n3"), person("n4")], panel_named=None
    )
    states = dict.fromkeys(("n1", "n2", "n4"), Invited.ACCEPTED)
    now = naming(found, states, ("n1", "n2", "n3"))
    assert now == Naming(frozenset({"n1", "n2"}), frozenset({"n1"}))
    assert public_naming(found, now) == Naming(frozenset(), frozenset()), "nothing was published yet"


def test_the_public_reads_whom_the_publication_named_and_who_is_still_to_be_named() -> None:
    found = Round(panel_named={"version": 1, "confirmed": ["n1", "n2"], "named": ["n1", "n2"]})
    now = Naming(frozenset({"n2", "n3"}), frozenset({"n2", "n3"}))
    assert public_naming(found, now) == Naming(frozenset({"n2"}), frozenset({"n2"}))
    found.panel_named = {"version": 1, "confirmed": ["n2", "n3"], "named": ["n3"]}
    assert public_naming(found, now) == Naming(frozenset({"n2", "n3"}), frozenset({"n3"}))


def test_what_is_kept_and_its_digest_are_in_the_order_of_keys() -> None:
    one = Naming(frozenset({"n2", "n1", "n3"}), frozenset({"n3", "n1"}))
    assert one.kept(2) == {"version": 2, "confirmed": ["n1", "n2", "n3"], "named": ["n1", "n3"]}
    text = b'{"confirmed": ["n1", "n2", "n3"], "named": ["n1", "n3"], "version": 2}'
    assert one.seen(2) == hashlib.sha256(text).hexdigest()[:16]
    assert one.seen(2) != one.seen(3)


def test_each_part_of_a_name_goes_where_it_stands_as_a_name() -> None:
    people = [
        person("n1", name="Eva Luz", delegate="Olga Ruiz", organisation="Casa Honda"),
        person("n2", name="Io", organisation="Ceiba"),
        person("n3", name="Bo del San Von EJEMPLO", organisation="Casa Alta"),
    ]
    for said, told in [
        ("Vino Eva Luz.", "Vino […]."),
        (
            "Vino Eva, sin Luz; la eva y la luz.",
            "Vino […], sin […]; la eva y la luz.",
        ),  # of three letters
        ("Llegó Io con Bo.", "Llegó Io con Bo."),  # of two letters: words of the language
        ("Del Las San Von EJEMPLO.", "Del Las San Von EJEMPLO."),
        ("La evaluación de Evaristo.", "La evaluación de Evaristo."),
        ("Eva  Luz", "[…]"),
        ("Eva y Luz", "[…] y […]"),
        ("EVA LUZ, éva luz", "[…], […]"),
        ("De parte de Olga Ruiz y de Olga.", "De parte de […] y de […]."),  # who comes for the person
        ("La Casa Honda y la Ceiba.", "La […] y la Ceiba."),
        ("La casa honda.", "La […]."),
    ]:
        assert without_names(said, people, set()) == told


def test_a_whole_name_of_who_is_named_stays_though_another_has_a_part_of_it() -> None:
    people = [
        person("n1", name="Rosa Lima", organisation="Casa Honda"),
        person("n2", name="Rosa Paz", organisation="Casa Honda"),
    ]
    assert without_names("Rosa Lima, Rosa Paz, Rosa; Casa Honda.", people, {"n1"}) == (
        "Rosa Lima, […], […]; Casa Honda."
    )
    assert without_names("Rosa Lima, Rosa Paz, Rosa; Casa Honda.", people, {"n1", "n2"}) == (
        "Rosa Lima, Rosa Paz, Rosa; Casa Honda."
    )


def test_of_an_institution_the_words_of_its_name_stay_and_its_whole_name_goes() -> None:
    ministry = person(
        "n1", kind="institution", name="Fondo Azul", organisation="Fondo Azul", delegate="Ivo Sanz"
    )
    said = "El Fondo Azul manda a Sanz; un Fondo, el Azul, Ivo Sanz."
    assert without_names(said, [ministry], set()) == "El […] manda a […]; un Fondo, el Azul, […]."


def test_each_place_is_left_out_whole_and_by_itself() -> None:
    """Beside the whole name its parts are found too, and the last of them ends before it."""
    people = [person("n1", name="Eva Luz Io"), person("n2", name="Olga", organisation="Olga")]
    said = "Luz y Eva Luz Io; Eva; olga vino."
    assert without_names(said, people, set()) == "[…] y […]; […]; […] vino."
