"""The members' list: found, sorted, changed, taken out, and never deleted."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform.listing import Wanted
from consulta.platform.models import LogEntry, Organisation
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from tests.cases import for_each
from tests.factories import build_organisation, build_round, build_seat, moment, open_now

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.people.members import MemberPage
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


def page(bench: Bench, organisation: int) -> MemberPage:
    with bench.read(COMMAND, moment()) as work:
        return members.member_page(work, organisation)


def names(view: Found) -> list[str]:
    return [row.name for row in view.rows]


def stored(bench: Bench, organisation: int) -> Organisation:
    return page(bench, organisation).member


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
        (june,) = members.member_page(work, jamaica).member.contacts
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


def test_what_is_found_is_sorted_equals_by_their_names(furnished: Bench) -> None:
    view = listed(furnished, sort="base", descending=True)
    assert names(view) == ["Ñandú Libre", "Nube", "Árbol del Sur", "Oasis", "Zion Hill"]
    with furnished.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Quisqueya").country = "DO"
    view = listed(furnished, page=99)
    assert (view.page, len(view.rows)) == (1, 6), "a page that is not there is the last one"
    for language, last in (("es", ["Ñandú Libre", "Quisqueya"]), ("en", ["Quisqueya", "Ñandú Libre"])):
        found = names(listed(furnished, sort="country", language=language))
        assert [each for each in found if each in last] == last, language


def test_a_page_tells_of_those_that_look_alike_shared_addresses_and_open_rounds(bench: Bench) -> None:
    first = add(bench, "Mesa de Movilidad Humana")
    second = add(bench, "Mesa de Mobilidad Humana", sector="media")
    add_contact(bench, first)
    add_contact(bench, second)
    with bench.work(COMMAND, moment()) as work:
        member = work.session.get_one(Organisation, first)
        build_seat(work.session, open_now(build_round(work.session)), member)
        build_seat(work.session, build_round(work.session, "2028-1"), member)
    view = page(bench, first)
    assert (view.near.id, view.near.name) == (second, "Mesa de Mobilidad Humana")
    shared = {email: [other.id for other in others] for email, others in view.shared.items()}
    assert shared == {"ana@example.org": [second]}
    assert [each.title["en"] for each in view.open_rounds] == ["Test consultation"]
    assert page(bench, add(bench, "Otra cosa")).near is None


# -- changed


def test_an_organisation_is_added_changed_and_switched(bench: Bench) -> None:
    number = add(bench, "  Red \n Andina ", tags=("a", "b"))
    assert (stored(bench, number).name, stored(bench, number).tags) == ("Red Andina", ["a", "b"])
    with bench.work(COMMAND, moment()) as work:
        members.change_organisation(
            work, number, OrganisationCommand("Red del Sur", "CL", {"sector": "media"}, 5)
        )
    changed = stored(bench, number)
    assert (changed.name, changed.country, changed.categories) == ("Red del Sur", "CL", MEDIA)
    assert (changed.base, changed.tags) == (5, [])
    for active in (False, True):
        with bench.work(COMMAND, moment()) as work:
            members.switch_organisation(work, number, active=active)
        assert stored(bench, number).active is active
    about = f"organisation:{number}"
    fields = ["base", "country", "name", "name_key", "sector", "tags"]
    assert log(bench) == [
        ("members.added", about, {}),
        ("members.changed", about, {"fields": fields}),
        ("members.deactivated", about, {}),
        ("members.activated", about, {}),
    ]


def test_a_contact_is_added_changed_and_switched(bench: Bench) -> None:
    number = add(bench)
    contact = add_contact(bench, number, "Ana@Example.org", name="  ")
    (kept,) = stored(bench, number).contacts
    assert (kept.name, kept.email) == ("ana@example.org", "ana@example.org"), "without name it is its address"
    command = ContactCommand("Eva", "eva@example.org", "en", may_vote=False, phone="+51 1 555 0142")
    with bench.work(COMMAND, moment()) as work:
        members.change_contact(work, number, contact, command)
    (kept,) = stored(bench, number).contacts
    assert (kept.name, kept.email, kept.language, kept.may_vote) == ("Eva", "eva@example.org", "en", False)
    assert kept.phone == "+5115550142"
    for active in (False, True):
        with bench.work(COMMAND, moment()) as work:
            members.switch_contact(work, number, contact, active=active)
        assert stored(bench, number).contacts[0].active is active
    rows = log(bench)[1:]
    acts = ["added", "changed", "deactivated", "activated"]
    assert [action for action, *_ in rows] == [f"contacts.{each}" for each in acts]
    assert "phone" in rows[1][2]["fields"]
    assert "0142" not in str(rows), "the log says only that it changed"


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


def refused(bench: Bench, act: Callable[[Work], object], code: str) -> None:
    with pytest.raises(Problem) as caught, bench.work(COMMAND, moment()) as work:
        act(work)
    assert caught.value.code == code


def test_what_cannot_be_is_refused_and_changes_nothing(bench: Bench) -> None:
    add(bench, "Puertas Abiertas")
    other = add(bench, "Otra")
    add_contact(bench, other)
    second = add_contact(bench, other, "luis@example.org")
    before = log(bench)
    for command, code in (
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
    ):
        refused(bench, lambda work: members.add_organisation(work, command), code)  # noqa: B023
        refused(bench, lambda work: members.change_organisation(work, other, command), code)  # noqa: B023
    for person, code in (
        (ContactCommand("Ana", "no tiene"), "member.contact.email"),
        (ContactCommand("Ana", ""), "member.contact.email"),
        (ContactCommand("x" * 201, "otra@example.org"), "member.contact.name"),
        (ContactCommand("Ana", "otra@example.org", "pt"), "member.contact.language"),
        (ContactCommand("Ana", "ANA@example.org"), "contact.duplicate"),
        (ContactCommand("Ana", "otra@example.org", phone="12"), "member.contact.phone"),
    ):
        refused(bench, lambda work: members.add_contact(work, other, person), code)  # noqa: B023
        refused(bench, lambda work: members.change_contact(work, other, second, person), code)  # noqa: B023
    assert log(bench) == before


def test_a_contact_belongs_to_its_organisation(bench: Bench) -> None:
    first, second = add(bench), add(bench, "Otra")
    contact = add_contact(bench, first)
    eva = ContactCommand("Eva", "eva@example.org")
    refused(bench, lambda work: members.change_contact(work, second, contact, eva), "member.contact.unknown")
    refused(
        bench,
        lambda work: members.switch_contact(work, second, contact, active=False),
        "member.contact.unknown",
    )
    refused(bench, lambda work: members.member_page(work, 99), "member.unknown")


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
