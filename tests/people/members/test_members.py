"""The members' list: found, sorted, changed, taken out, and never deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform.listing import PAGE, Wanted
from consulta.platform.models import LogEntry
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from tests.cases import for_each
from tests.factories import build_organisation, build_round, build_seat, moment, open_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.people.members import MemberLine, MemberView
    from consulta.platform.listing import Found
    from consulta.platform.work import Work


NGO, MEDIA = {"sector": "ngo"}, {"sector": "media"}


def add(bench: Bench, name: str = "Red Andina", country: str = "PE", **values: Any) -> int:
    command = OrganisationCommand(name, country, {"sector": values.pop("sector", "ngo")}, **values)
    with bench.work(COMMAND, moment()) as work:
        return members.add_organisation(work, command)


def add_contact(bench: Bench, organisation: int, email: str = "ana@example.org", **values: Any) -> int:
    command = ContactCommand(**({"name": "Ana", "email": email} | values))
    with bench.work(COMMAND, moment()) as work:
        return members.add_contact(work, organisation, command)


def listed(bench: Bench, **wanted: Any) -> Found:
    with bench.read(COMMAND, moment()) as work:
        return members.list_members(work, Wanted(**wanted))


def page(bench: Bench, organisation: int) -> MemberView:
    with bench.read(COMMAND, moment()) as work:
        return members.member_page(work, organisation)


def names(view: Found) -> list[str]:
    return [line.name for line in view.rows]


def line(bench: Bench, organisation: int) -> MemberLine:
    return page(bench, organisation).line


def log(bench: Bench) -> list[tuple[str, str, Any]]:
    with bench.read(COMMAND, moment()) as work:
        acts = select(LogEntry).where(LogEntry.subject != "seals").order_by(LogEntry.seq)
        rows = work.session.execute(acts).scalars()
        return [(row.action, row.subject, json.loads(row.details)) for row in rows]


# -- looked through


@pytest.fixture
def furnished(bench: Bench) -> Bench:
    """Five organisations; those of Chile and Jamaica have nobody who may vote."""
    peru = add(bench, "Ñandú Libre", "PE", tags=("frontera",), base=3)
    add_contact(bench, peru, "ana@example.org", name="Ana Quispe")
    add_contact(bench, peru, "luis@example.org", name="Luis")
    chile = add(bench, "Árbol del Sur", "CL", sector="media")
    add_contact(bench, chile, "eva@example.org", name="Eva", may_vote=False)
    jamaica = add(bench, "Zion Hill", "JM")
    add_contact(bench, jamaica, "june@example.org", name="June")
    with bench.work(COMMAND, moment()) as work:
        (june,) = members.member_page(work, jamaica).line.contacts
        members.switch_contact(work, jamaica, june.id, active=False)
    mexico = add(bench, "Nube", "MX", sector="academia", base=2)
    add_contact(bench, mexico, "mar@example.org", name="Mar")
    closed = add(bench, "Oasis", "BO")
    with bench.work(COMMAND, moment()) as work:
        members.switch_organisation(work, closed, active=False)
    return bench


@for_each(
    "wanted, found",
    [
        ({}, ["Árbol del Sur", "Nube", "Ñandú Libre", "Oasis", "Zion Hill"]),
        ({"chosen": {"country": "PE"}}, ["Ñandú Libre"]),
        ({"chosen": {"subregion": "south_america"}}, ["Árbol del Sur", "Ñandú Libre", "Oasis"]),
        ({"chosen": NGO}, ["Ñandú Libre", "Oasis", "Zion Hill"]),
        ({"chosen": {"contact": "none"}}, ["Árbol del Sur", "Zion Hill"]),
        ({"chosen": {"active": "no"}}, ["Oasis"]),
        ({"chosen": {"active": "yes", **NGO}}, ["Ñandú Libre", "Zion Hill"]),
        ({"text": "nandu"}, ["Ñandú Libre"]),
        ({"text": "FRONTERA quispe"}, ["Ñandú Libre"]),
        ({"text": "mar@example.org"}, ["Nube"]),
        ({"text": "arbol", "chosen": {"country": "PE"}}, []),
    ],
)
def test_the_filter_finds(furnished: Bench, wanted: dict[str, Any], found: list[str]) -> None:
    view = listed(furnished, **wanted)
    assert names(view) == found
    assert (view.found, view.whole) == (len(found), 5)
    with furnished.read(COMMAND, moment()) as work:
        assert members.count_silent(work) == 2


def test_downwards_equals_stay_in_the_order_of_their_names(furnished: Bench) -> None:
    view = listed(furnished, sort="base", descending=True)
    assert names(view) == ["Ñandú Libre", "Nube", "Árbol del Sur", "Oasis", "Zion Hill"]


def test_countries_are_sorted_in_the_language_of_the_reader(bench: Bench) -> None:
    add(bench, "Quisqueya", "DO")
    add(bench, "Inti", "PE")
    assert names(listed(bench, sort="country", language="es")) == ["Inti", "Quisqueya"]
    assert names(listed(bench, sort="country", language="en")) == ["Quisqueya", "Inti"]


def test_pages(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        for number in range(PAGE + 1):
            build_organisation(work.session, f"Red {number}")
    first, last = listed(bench), listed(bench, page=2)
    assert (len(first.rows), len(last.rows), first.page, last.page) == (PAGE, 1, 1, 2)
    assert names(first)[:3] == ["Red 0", "Red 1", "Red 2"]
    assert listed(bench, page=99).page == 2
    assert listed(bench, page=-1).page == 1


def test_what_an_organisation_shares_with_others_is_shown(bench: Bench) -> None:
    first = add(bench, "Mesa de Movilidad Humana")
    second = add(bench, "Mesa de Mobilidad Humana", sector="media")
    add_contact(bench, first)
    add_contact(bench, second)
    view = page(bench, first)
    assert view.near is not None
    assert (view.near.id, view.near.name) == (second, "Mesa de Mobilidad Humana")
    assert [(email, [other.id for other in others]) for email, others in view.shared] == [
        ("ana@example.org", [second])
    ]
    assert page(bench, add(bench, "Otra cosa")).near is None


def test_open_rounds_that_have_it_on_their_roll_are_named(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        member = build_organisation(work.session)
        build_seat(work.session, open_now(build_round(work.session)), member)
        build_seat(work.session, build_round(work.session, "2028-1"), member)
        number = member.id
    assert [title["en"] for title in page(bench, number).open_rounds] == ["Test consultation"]


# -- changed


def test_an_organisation_is_added_and_changed(bench: Bench) -> None:
    number = add(bench, "  Red \n Andina ", tags=("a", "b"))
    assert (line(bench, number).name, line(bench, number).tags) == ("Red Andina", ("a", "b"))
    with bench.work(COMMAND, moment()) as work:
        members.change_organisation(
            work, number, OrganisationCommand("Red del Sur", "CL", {"sector": "media"}, 5)
        )
    changed = line(bench, number)
    assert (changed.name, changed.country, changed.categories["subregion"]) == (
        "Red del Sur",
        "CL",
        "south_america",
    )
    assert (changed.categories["sector"], changed.base, changed.tags) == ("media", 5, ())
    assert log(bench) == [
        ("members.added", f"organisation:{number}", {}),
        (
            "members.changed",
            f"organisation:{number}",
            {"fields": ["base", "country", "name", "name_key", "sector", "tags"]},
        ),
    ]


def test_saving_what_is_there_changes_nothing(bench: Bench) -> None:
    number = add(bench)
    contact = add_contact(bench, number)
    before = log(bench)
    with bench.work(COMMAND, moment()) as work:
        members.change_organisation(work, number, OrganisationCommand("Red Andina", "PE", NGO))
        members.change_contact(work, number, contact, ContactCommand("Ana", "ANA@example.org"))
        members.switch_organisation(work, number, active=True)
        members.switch_contact(work, number, contact, active=True)
    assert log(bench) == before


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (OrganisationCommand("", "PE", NGO), "member.name"),
        (OrganisationCommand("¿?", "PE", NGO), "member.name"),
        (OrganisationCommand("x" * 201, "PE", NGO), "member.name"),
        (OrganisationCommand("Red", "ES", NGO), "member.country"),
        (OrganisationCommand("Red", "PE", {"sector": "space"}), "member.sector"),
        (OrganisationCommand("Red", "PE", NGO, 0), "member.base"),
        (OrganisationCommand("Red", "PE", NGO, 1_000_001), "member.base"),
        (OrganisationCommand("Red", "PE", NGO, 1, ("x" * 41,)), "member.tags"),
        (OrganisationCommand("Red", "PE", NGO, 1, tuple(map(str, range(21)))), "member.tags"),
        (OrganisationCommand("PUERTAS  abiertas", "PE", NGO), "member.duplicate"),
    ],
)
def test_an_organisation_that_cannot_be(bench: Bench, command: OrganisationCommand, code: str) -> None:
    add(bench, "Puertas Abiertas")
    other = add(bench, "Otra")
    for act in (
        lambda work: members.add_organisation(work, command),
        lambda work: members.change_organisation(work, other, command),
    ):
        _refused(bench, act, code)
    assert names(listed(bench)) == ["Otra", "Puertas Abiertas"]


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (ContactCommand("Ana", "no tiene"), "member.contact.email"),
        (ContactCommand("Ana", ""), "member.contact.email"),
        (ContactCommand("x" * 201, "otra@example.org"), "member.contact.name"),
        (ContactCommand("Ana", "otra@example.org", "pt"), "member.contact.language"),
        (ContactCommand("Ana", "ANA@example.org"), "contact.duplicate"),
    ],
)
def test_a_contact_that_cannot_be(bench: Bench, command: ContactCommand, code: str) -> None:
    number = add(bench)
    add_contact(bench, number)
    other = add_contact(bench, number, "luis@example.org")
    for act in (
        lambda work: members.add_contact(work, number, command),
        lambda work: members.change_contact(work, number, other, command),
    ):
        _refused(bench, act, code)
    assert [each.email for each in line(bench, number).contacts] == ["ana@example.org", "luis@example.org"]


def _refused(bench: Bench, act: Callable[[Work], object], code: str) -> None:
    with pytest.raises(Problem) as caught, bench.work(COMMAND, moment()) as work:
        act(work)
    assert caught.value.code == code


def test_a_contact_without_name_goes_by_its_address(bench: Bench) -> None:
    number = add(bench)
    add_contact(bench, number, "Ana@Example.org", name="  ")
    (contact,) = line(bench, number).contacts
    assert (contact.name, contact.email) == ("ana@example.org", "ana@example.org")


def test_a_contact_is_changed_and_switched_off_and_on(bench: Bench) -> None:
    number = add(bench)
    contact = add_contact(bench, number)
    with bench.work(COMMAND, moment()) as work:
        members.change_contact(work, number, contact, ContactCommand("Eva", "eva@example.org", "en", False))
    changed = line(bench, number).contacts[0]
    assert (changed.name, changed.email, changed.language, changed.may_vote) == (
        "Eva",
        "eva@example.org",
        "en",
        False,
    )
    for active in (False, True):
        with bench.work(COMMAND, moment()) as work:
            members.switch_contact(work, number, contact, active=active)
        assert line(bench, number).contacts[0].active is active
    assert [action for action, *_ in log(bench)] == [
        "members.added",
        "contacts.added",
        "contacts.changed",
        "contacts.deactivated",
        "contacts.activated",
    ]


def test_an_organisation_is_switched_off_and_on(bench: Bench) -> None:
    number = add(bench)
    for active in (False, True):
        with bench.work(COMMAND, moment()) as work:
            members.switch_organisation(work, number, active=active)
        assert line(bench, number).active is active
    assert [action for action, *_ in log(bench)] == [
        "members.added",
        "members.deactivated",
        "members.activated",
    ]


def test_a_contact_belongs_to_its_organisation(bench: Bench) -> None:
    first, second = add(bench), add(bench, "Otra")
    contact = add_contact(bench, first)
    _refused(
        bench,
        lambda work: members.change_contact(work, second, contact, ContactCommand("Eva", "eva@example.org")),
        "member.contact.unknown",
    )
    _refused(
        bench,
        lambda work: members.switch_contact(work, second, contact, active=False),
        "member.contact.unknown",
    )
    _refused(bench, lambda work: members.member_page(work, 99), "member.unknown")


def test_nobody_but_staff_may(bench: Bench) -> None:
    number = add(bench)
    contact = add_contact(bench, number)
    organisation, person = (
        OrganisationCommand("X", "PE", NGO),
        ContactCommand("X", "x@example.org"),
    )
    acts: list[Callable[[Work], object]] = [
        lambda work: members.list_members(work, Wanted()),
        lambda work: members.member_page(work, number),
        lambda work: members.open_lists(work, "es"),
        members.count_silent,
        lambda work: members.add_organisation(work, organisation),
        lambda work: members.change_organisation(work, number, organisation),
        lambda work: members.switch_organisation(work, number, active=False),
        lambda work: members.add_contact(work, number, person),
        lambda work: members.change_contact(work, number, contact, person),
        lambda work: members.switch_contact(work, number, contact, active=False),
    ]
    for actor in (ANONYMOUS, Actor("voter", contact, seat_id=1)):
        for act in acts:
            with pytest.raises(Problem, match=r"access\.denied"), bench.work(actor, moment()) as work:
                act(work)
