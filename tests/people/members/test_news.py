"""Between rounds: what the desk does with a contact is told to those who were reached until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.people import member_changes, members
from consulta.platform import accounts
from consulta.platform.mailer import kinds
from consulta.platform.models import Message, Organisation
from consulta.platform.work import COMMAND, Actor, Bench
from consulta.vote.changes.values import Asked
from tests.benches import PASSWORD
from tests.factories import build_round, build_seat, moment, open_now
from tests.people.members.test_members import add, add_contact

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.platform.work import Work

ANA, BEA, THIEF = "ana@example.org", "bea@example.org", "atacante@example.org"


def replace(work: Work, member: int, ana: int) -> None:
    member_changes.replace_contact(work, member, ana, members.ContactCommand(name="Otra", email=THIEF))


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (
            lambda work, member, ana: member_changes.change_contact(
                work, member, ana, members.ContactCommand(name="Ana", email=THIEF)
            ),
            {(ANA, "address"), (BEA, "address")},
        ),
        (
            lambda work, member, _: members.add_contact(
                work, member, members.ContactCommand(name="Otra", email=THIEF)
            ),
            {(ANA, "added"), (BEA, "added")},
        ),
        (
            lambda work, member, ana: members.switch_contact(work, member, ana, active=False),
            {(ANA, "off"), (BEA, "off")},
        ),
        (replace, {(ANA, "off"), (BEA, "off"), (BEA, "added")}),
        (
            lambda work, member, ana: members.change_contact(
                work, member, ana, members.ContactCommand(name="Ana María", email=ANA)
            ),
            set(),
        ),
    ],
    ids=["address", "added", "off", "replaced", "name"],
)
def test_a_thief_at_the_desk_changes_no_contact_unheard(
    bench: Bench, act: Callable[[Work, int, int], object], told: set[tuple[str, str]]
) -> None:
    member = add(bench)
    ana, _ = add_contact(bench, member, ANA), add_contact(bench, member, BEA, name="Bea")
    with bench.work(Actor("secretariat", 1, "Carla"), moment()) as work:
        act(work, member, ana)
    with bench.read(COMMAND, moment()) as work:
        mails = list(work.session.scalars(select(Message).where(Message.kind == "own_data_changed")))
        assert {(each.address, each.facts["what"]) for each in mails} == told
        for each in mails:
            said = kinds.find(each.kind).words(work, each, None)  # type: ignore[arg-type]  # not asked here
            assert said["es"]["changed"].startswith("La secretaría ")
            assert THIEF not in said["es"]["changed"]


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (lambda work, member: members.switch_organisation(work, member, active=False), "deactivated"),
        (lambda work, member: members.change_organisation(work, member, renamed("Otro nombre")), "fields"),
        (lambda work, member: members.change_organisation(work, member, renamed(country="MX")), "fields"),
        (lambda work, member: members.change_organisation(work, member, renamed(base=7)), "fields"),
    ],
    ids=["off", "name", "country", "base"],
)
def test_what_is_done_with_an_organisation_is_told_to_all_its_contacts(
    bench: Bench, act: Callable[[Work, int], object], told: str
) -> None:
    """Else a thief of a password could take one off the next roll, and a row of the log alone would know."""
    member = add(bench)
    for address in (ANA, BEA):
        add_contact(bench, member, address, name=address)
    with bench.work(Actor("secretariat", 1, "Carla"), moment()) as work:
        act(work, member)
    with bench.read(COMMAND, moment()) as work:
        mails = list(work.session.scalars(select(Message).where(Message.kind == "own_data_changed")))
        assert {(each.address, each.facts["what"]) for each in mails} == (
            {(ANA, told), (BEA, told)} if told else set()
        )
        for each in mails:
            said = kinds.find(each.kind).words(work, each, None)  # type: ignore[arg-type]  # not asked here
            assert said["es"]["changed"].startswith("La secretaría ")


def renamed(name: str = "", **more: Any) -> members.OrganisationCommand:
    """The organisation of `add`, with something changed."""
    said = {"name": "Red Andina", "country": "PE", "categories": {"sector": "ngo"}, **more}
    return members.OrganisationCommand(**{**said, "name": name or "Red Andina"})


def test_while_a_round_is_open_its_own_notices_tell(bench: Bench) -> None:
    member = add(bench)
    ana = add_contact(bench, member, ANA)
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        build_seat(work.session, a_round, work.session.get_one(Organisation, member))
        person = accounts.add_staff(work, "carla@example.org", "Carla", PASSWORD, "secretariat")
    asked = Asked("Cambió de correo")
    with bench.work(Actor("secretariat", person.id, "Carla"), moment()) as work:
        command = members.ContactCommand(name="Ana", email=THIEF)
        member_changes.change_contact(work, member, ana, command, asked)
    with bench.read(COMMAND, moment()) as work:
        assert "own_data_changed" not in set(work.session.scalars(select(Message.kind)))
