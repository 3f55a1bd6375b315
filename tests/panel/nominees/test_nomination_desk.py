"""The secretariat admits, declines and joins what members propose; nothing is joined by itself."""

from __future__ import annotations

from dataclasses import asdict
from time import perf_counter
from typing import TYPE_CHECKING

import pytest

from consulta.core.problems import Problem
from consulta.panel import nominee_proposals, nominees, proposals
from consulta.panel.nominees import likely
from consulta.platform.models import Nomination, Nominee
from tests.drafts import KEY, NOW, nominee_command, writing
from tests.proposing import listed, numbered, on_desk, propose, said, taking, voter

if TYPE_CHECKING:
    from consulta.platform.work import Bench

SOON = 10.0  # seconds, on a machine that does other things too


def test_who_is_admitted_while_members_vote_is_a_nominee_on_no_ballot(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench), said(email="rosa@example.org", gender="woman"))
    with writing(bench) as work:
        assert nominee_proposals.admit(work, KEY, number) == "n01"
    (rosa,) = listed(bench).nominees
    assert (rosa.name, rosa.origin, rosa.on_ballot, rosa.email, rosa.gender) == (
        "Rosa Quispe",
        "member",
        False,
        "rosa@example.org",
        "woman",
    )
    assert tuple(listed(bench).proposed_by["n01"]) == ("Red 001",)
    with bench.read(voter(bench), NOW) as work:
        (own,) = proposals.own(work, KEY).proposals
    assert (own.state, own.nominee_name, own.on_ballot) == ("admitted", "Rosa Quispe", False)
    with pytest.raises(Problem, match=r"nomination\.decided"), writing(bench) as work:
        nominee_proposals.admit(work, KEY, number)


def test_the_same_person_is_flagged_and_admitted_twice_only_on_the_word_of_the_secretariat(
    bench: Bench,
) -> None:
    """Two people with one name stay two people; the same name of the same institution too."""
    taking(bench)
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command())
    number = propose(bench, voter(bench))
    (alike,) = on_desk(bench).alike[number]
    assert (alike.target, alike.is_nominee) == ("n01", True)
    with pytest.raises(Problem) as refused, writing(bench) as work:
        nominee_proposals.admit(work, KEY, number)
    assert refused.value.code == "nomination.alike"
    assert refused.value.params == {"name": "Rosa Quispe", "institution": "Ministerio de Prueba"}
    with writing(bench) as work:
        assert nominee_proposals.admit(work, KEY, number, distinct=True) == "n02"
    assert [each.name for each in listed(bench).nominees] == ["Rosa Quispe", "Rosa Quispe"]
    with writing(bench) as work:  # either can still be corrected
        nominees.save_nominee(work, KEY, nominee_command(email="otra@example.org"), "n02")


def test_joining_keeps_who_proposed_and_can_be_taken_back(bench: Bench) -> None:
    taking(bench, "PE", "MX", "JM")
    first, second, third = (propose(bench, voter(bench, country)) for country in ("PE", "MX", "JM"))
    with writing(bench) as work:
        nominee_proposals.merge(work, KEY, second, str(first))
    assert on_desk(bench).also[first] == ("Red 002",)
    with writing(bench) as work:
        key = nominee_proposals.admit(work, KEY, first)
        nominee_proposals.merge(work, KEY, third, key)
    assert tuple(listed(bench).proposed_by["n01"]) == ("Red 001", "Red 002", "Red 003")
    with bench.read(voter(bench, "MX"), NOW) as work:
        (own,) = proposals.own(work, KEY).proposals
    assert (own.state, own.nominee_name) == ("merged", "Rosa Quispe")
    with writing(bench) as work:
        nominee_proposals.reconsider(work, KEY, third)
    assert tuple(listed(bench).proposed_by["n01"]) == ("Red 001", "Red 002")
    assert numbered(bench, third).state == "waiting"


def test_nothing_is_joined_with_what_is_not_there(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench))
    for target in ["n09", "0", "999", "", "x"]:
        for wrong in (target, str(number)):
            with pytest.raises(Problem, match=r"nomination\.target"), writing(bench) as work:
                nominee_proposals.merge(work, KEY, number, wrong)


def test_removing_a_nominee_lets_what_members_proposed_wait_again(bench: Bench) -> None:
    taking(bench)
    number = propose(bench, voter(bench))
    with writing(bench) as work:
        key = nominee_proposals.admit(work, KEY, number)
        nominees.delete_nominee(work, KEY, key)
    assert listed(bench).nominees == ()
    assert numbered(bench, number).state == "waiting"


def test_likely_means_the_same_address_name_or_a_typing_error_in_one_country(bench: Bench) -> None:
    taking(bench)
    with writing(bench) as work:
        for values in (
            {"name": "Ana María Pérez Soto", "organisation": "A"},
            {"name": "Luis Gómez", "organisation": "B", "country": "MX", "email": "luis@example.org"},
            {"name": "Rosa Quispe Mamani", "organisation": "C"},
        ):
            nominees.save_nominee(work, KEY, nominee_command(**values))
    names = {
        "Ana Maria Perez": ["n01"],  # in short
        "Rosa Quispe Mamanni": ["n03"],  # a typing error
        "LUIS GÓMEZ": ["n02"],  # the same name elsewhere
        "Rosa Condori": [],
        "Ana Soto": ["n01"],
    }
    for name in names:
        propose(bench, voter(bench), said(name))
    propose(bench, voter(bench, "MX"), said("El Vocero", country="JM", email="LUIS@example.org"))
    found = {
        each.said["name"]: [one.target for one in on_desk(bench).alike.get(each.id, ()) if one.is_nominee]
        for each in on_desk(bench).proposals
    }
    assert found == names | {"El Vocero": ["n02"]}  # the address


def record(number: int) -> Nominee:
    return Nominee(
        key=f"n{number}",
        name=f"Persona {number} de Prueba",
        organisation="Ministerio",
        country="PE",
        email="",
    )


def waiting(number: int) -> Nomination:
    return Nomination(id=number, said=asdict(said(f"Persona {number} de Prueba")))


def test_looking_for_the_same_takes_no_time_in_a_full_round() -> None:
    """Two thousand nominees of one country, three hundred proposals that wait."""
    start = perf_counter()
    found = likely([record(number) for number in range(2000)], [waiting(number) for number in range(300)])
    assert perf_counter() - start < SOON
    assert [one.target for one in found[7]] == ["n7"]
