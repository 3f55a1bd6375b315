"""Between rounds: what the desk does with a contact is told to those who were reached until then."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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


def told(bench: Bench, member: int, act: Callable[[Work], object]) -> set[tuple[str, str]]:
    """Do an act at the desk, and return to which addresses of a member it is told, and what."""
    with bench.work(Actor("secretariat", 1, "Carla"), moment()) as work:
        before = set(work.session.scalars(select(Message.id)))
        act(work)
    with bench.read(COMMAND, moment()) as work:
        query = select(Message).where(Message.kind == "own_data_changed", Message.id.not_in(before))
        mails = list(work.session.scalars(query))
        for each in mails:
            said = kinds.find(each.kind).words(work, each, None)  # type: ignore[arg-type]  # not asked here
            assert said["es"]["changed"].startswith("La secretaría ")
            assert THIEF not in said["es"]["changed"]
        return {(each.address, each.facts["what"]) for each in mails}


def test_a_thief_at_the_desk_changes_no_contact_unheard(bench: Bench) -> None:
    thief, other = members.ContactCommand("Ana", THIEF), members.ContactCommand("Ana María", ANA)
    acts: list[tuple[Callable[[Work, int, int], object], set[tuple[str, str]]]] = [
        (
            lambda work, member, ana: member_changes.change_contact(work, member, ana, thief),
            {(ANA, "address"), (BEA, "address")},
        ),
        (
            lambda work, member, _: members.add_contact(work, member, thief),
            {(ANA, "added"), (BEA, "added")},
        ),
        (
            lambda work, member, ana: members.switch_contact(work, member, ana, active=False),
            {(ANA, "off"), (BEA, "off")},
        ),
        (
            lambda work, member, ana: member_changes.replace_contact(work, member, ana, thief),
            {(ANA, "off"), (BEA, "off"), (BEA, "added")},
        ),
        (lambda work, member, ana: members.change_contact(work, member, ana, other), set()),
    ]
    for place, (act, heard) in enumerate(acts):
        member = add(bench, f"Red {place}")
        ana, _ = add_contact(bench, member, ANA), add_contact(bench, member, BEA, name="Bea")
        assert told(bench, member, lambda work: act(work, member, ana)) == heard, place  # noqa: B023


def test_what_is_done_with_an_organisation_is_told_to_all_its_contacts(bench: Bench) -> None:
    """Else a thief of a password could take one off the next roll, and a row of the log alone would know."""
    for place, changed in enumerate(({"name": "Otro nombre"}, {"country": "MX"}, {"base": 7}, {})):
        member = add(bench, f"Red {place}")
        for address in (ANA, BEA):
            add_contact(bench, member, address, name=address)
        said: dict[str, Any] = {"name": f"Red {place}", "country": "PE", "categories": {"sector": "ngo"}}
        command = members.OrganisationCommand(**(said | changed))

        def act(work: Work) -> None:
            if changed:  # noqa: B023
                members.change_organisation(work, member, command)  # noqa: B023
            else:
                members.switch_organisation(work, member, active=False)  # noqa: B023

        heard = told(bench, member, act)
        what = "fields" if changed else "deactivated"
        assert heard == {(ANA, what), (BEA, what)}, changed


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
