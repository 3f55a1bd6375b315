"""The data of one person: found, handed out, erased; what must stay stays, and no vote is lost."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, update

from consulta.core.problems import Problem
from consulta.operations import personal_data, retention
from consulta.operations.pages import what_is_kept
from consulta.operations.personal_data import Held, Person
from consulta.platform.log import chain
from consulta.platform.models import (
    Ballot,
    Contact,
    Erasure,
    FocalPoint,
    FormerAddress,
    Institution,
    Invitation,
    InvitationEvent,
    InvitationWords,
    LogEntry,
    Message,
    Nominee,
    SeatAddress,
    Staff,
    Upload,
)
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.rounds import addresses
from tests.desk.round_life import STAFF, House
from tests.factories import build_nominee, build_organisation, build_round, moment
from tests.invited import panelled
from tests.operations.retention.test_periods import faults, lived

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor


WHY = "Lo pidió por carta."


def first_contact(bench: Bench) -> tuple[int, str]:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert found is not None
        return found.id, found.email


def refused(bench: Bench, kind: str, number: int, reason: str = WHY) -> str:
    with pytest.raises(Problem) as problem, bench.work(STAFF, moment()) as work:
        personal_data.erase(work, kind, number, reason)
    return problem.value.code


def handed_out(bench: Bench, kind: str, number: int) -> list[int]:
    """How many rows were handed out each time, as the log tells it."""
    with bench.read(COMMAND, moment()) as work:
        told = chain.acts(work.session, f"{kind}:{number}", "people.handed_out")
        return [json.loads(each.details)["rows"] for each in told]


def test_a_contact_of_a_round_that_is_over_is_erased_whole_and_its_vote_stays(
    either: Bench, settings: Settings
) -> None:
    house = lived(either, settings)
    number, address = first_contact(either)
    with either.read(COMMAND, house.clock()) as work:
        votes = [(each.id, each.contact_id) for each in work.session.scalars(select(Ballot))]
        told = personal_data.look(_as_staff(work), "contact", number)
    (held,) = told.held
    assert held.data["email"] == told.address == address
    assert {"mails", "links", "roll_addresses"} <= set(held.related)
    assert held.stays == ("votes", "former", "log")
    with either.work(STAFF, house.clock()) as work:
        assert personal_data.erase(work, "contact", number, WHY).done == (("contact", number),)
    assert refused(either, "contact", number) == "person.erased"
    assert faults(either, house.clock()) == []
    with either.read(COMMAND, house.clock()) as work:
        assert [(each.id, each.contact_id) for each in work.session.scalars(select(Ballot))] == votes
        assert work.session.get_one(Contact, number).email == f"erased:{number}"
        texts = [each.body or "" for each in work.session.scalars(select(Message))]
        texts += [each.address for each in work.session.scalars(select(Message))]
        texts += [each.address for each in work.session.scalars(select(SeatAddress))]
        texts += [each.details for each in work.session.scalars(select(LogEntry))]
        assert not any(address in text for text in texts)
        assert personal_data.search(_as_staff(work), address) == ()
        former = work.session.scalars(select(FormerAddress).where(FormerAddress.contact_id == number)).one()
        assert (former.address, former.until) == (address, house.clock())
        kept = former.id
    assert retention.LATELY == addresses.BEFORE_OPENING, "a round that opens until then tells this address"
    later = house.clock() + timedelta(days=91)
    with either.read(COMMAND, later) as work:
        gone = retention.former_addresses(later - timedelta(days=90))
        assert kept in work.session.scalars(gone).all()


def test_what_may_not_go_is_left_with_the_way_out(bench: Bench, settings: Settings) -> None:
    house = House(bench, settings)
    house.import_members(2)
    house.open()
    number, _address = first_contact(bench)
    assert refused(bench, "contact", number) == "person.voting"
    assert refused(bench, "contact", number, " ") == "person.reason"
    assert refused(bench, "contact", 999) == "person.unknown"
    assert refused(bench, "ballot", 1) == "person.unknown"
    house.close()
    assert refused(bench, "contact", number) == "person.voting"
    with bench.read(COMMAND, moment()) as work:
        account = work.session.scalars(select(Staff.id)).first()
    assert account is not None
    assert refused(bench, "staff", account) == "person.staff"
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Staff, account).active = False
    with bench.work(STAFF, moment()) as work:
        personal_data.erase(work, "staff", account, WHY)
        assert work.session.get_one(Staff, account).email == f"erased:{account}"


def test_an_erasure_takes_no_mail_from_a_round_at_work(either: Bench, settings: Settings) -> None:
    """A person was a focal point and votes: the focal point is erased, and its link to vote still comes."""
    house = House(either, settings)
    house.import_members(2)
    house.open()
    _number, address = first_contact(either)
    old = "antes@example.org"  # of no contact any more, and told of changes of who may vote
    with either.work(COMMAND, house.clock()) as work:
        queued = select(Message).where(Message.state == "queued")
        work.session.scalars(queued.where(Message.address != address)).first().address = old
        points = [
            FocalPoint(
                organisation_id=number,
                kind="state",
                country=country,
                territory=f"state:{country}",
                name="Rosa",
                email=email,
                language="es",
                starts="2020-01-01",
                ends="2021-01-01",
                state="accepted",
                named_at=house.clock(),
            )
            for number, (email, country) in enumerate(((address, "PE"), (old, "EC")), start=1)
        ]
        work.session.add_all(points)
        work.session.flush()
        before = [(each.id, each.address, each.token) for each in work.session.scalars(queued)]
        numbers = [each.id for each in points]
        asked = Institution(kind="agency", name="Instituto", name_key="instituto", email=address)
        asked.language, asked.active, asked.created_at = "es", False, house.clock()
        work.session.add(asked)
        work.session.flush()
        also = (("institution", asked.id),)
    for number in numbers:
        with either.work(STAFF, house.clock()) as work:
            assert personal_data.erase(work, "focal_point", number, WHY).done == (
                ("focal_point", number),
                *also,
            )
        also = ()
    with either.read(COMMAND, house.clock()) as work:
        assert [(each.id, each.address, each.token) for each in work.session.scalars(queued)] == before
        assert work.session.get_one(FocalPoint, numbers[0]).email == ""
        assert work.session.scalars(select(Upload.erased_at)).all() == [None], "its address votes still"
    assert faults(either, house.clock()) == []


def test_a_person_of_a_panel_keeps_the_name_that_was_published_and_nothing_to_reach_it(
    bench: Bench,
) -> None:
    panelled(bench)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Nominee).where(Nominee.key == "n02")).one()
        other = work.session.scalars(select(Nominee).where(Nominee.key == "n05")).one()
        invitation = work.session.scalars(select(Invitation).where(Invitation.nominee_id == found.id)).first()
        if invitation is None:
            invitation = Invitation(
                round_id=found.round_id,
                nominee_id=found.id,
                state="accepted",
                changed_at=moment(),
                created_at=moment(),
            )
            work.session.add(invitation)
            work.session.flush()
        event = InvitationEvent(
            invitation_id=invitation.id, state=invitation.state, at=moment(), actor="guest:1"
        )
        work.session.add(event)
        work.session.flush()
        work.session.add(InvitationWords(event_id=event.id, note="Llego tarde", colleague="Otra persona"))
        numbers = found.id, other.id
    assert refused(bench, "nominee", numbers[0]) == "person.invited"
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Invitation).values(state="declined"))
    with bench.work(STAFF, moment()) as work:
        for number in numbers:
            personal_data.erase(work, "nominee", number, WHY)
    with bench.read(COMMAND, moment()) as work:
        found, other = (work.session.get_one(Nominee, number) for number in numbers)
        assert (found.name, found.email) == ("Persona n02", "")
        assert (other.name, other.email) == (f"— {other.id}", "")
        assert work.session.scalars(select(InvitationWords)).all() == []
        assert personal_data.look(_as_staff(work), "nominee", found.id).held[0].stays == (
            "panel",
            "figures",
            "log_named",
        )


def test_a_restored_database_is_erased_again_and_nobody_else_by_the_same_number(
    bench: Bench, settings: Settings
) -> None:
    house = lived(bench, settings)
    number, _address = first_contact(bench)
    with bench.work(STAFF, house.clock()) as work:
        personal_data.erase(work, "contact", number, WHY)
    house.clock.forward(hours=2)
    house.worker.erasing.erase_due()
    path = settings.data / "erasures.jsonl"
    (line,) = path.read_text("utf-8").splitlines()
    assert json.loads(line)["number"] == number
    assert line == json.dumps(json.loads(line), sort_keys=True), "the same erasure is the same line"
    assert "@" not in line
    assert path.stat().st_mode & 0o077 == 0
    with bench.work(COMMAND, house.clock()) as work:  # as a backup of before has it
        for erasure in work.session.scalars(select(Erasure)):
            work.session.delete(erasure)
        back = work.session.get_one(Contact, number)
        back.name, back.email, back.active = "Persona 1.1", "c1.1@example.org", True
        other = work.session.get_one(Contact, number + 1)
    elsewhere = json.loads(line) | {"number": other.id, "made_at": "2020-01-01T00:00:00+00:00"}
    path.write_text(
        f'{line}\n{json.dumps(elsewhere)}\n{{"kind": "contact"}}\nnonsense\n[]\n',
        encoding="utf-8",
    )
    house.clock.forward(hours=2)
    house.worker.erasing.erase_due()
    with bench.read(COMMAND, house.clock()) as work:
        assert work.session.get_one(Contact, number).email == f"erased:{number}"
        assert "@" in work.session.get_one(Contact, other.id).email
    assert faults(bench, house.clock()) == []
    with bench.work(WORKER, house.clock()) as work:
        work.session.execute(delete(Erasure))
        assert personal_data.again(work, [line, json.dumps(elsewhere), line]) == 1, (
            "rows that were erased, each once"
        )


def test_the_desk_finds_hands_out_and_erases(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Red Andina", email="ana.perez@example.org")
    number, address = first_contact(bench)
    page = staff_visitor.get("/en/secretariat/people")
    assert "Data of a person" in page.text
    short = staff_visitor.submit("/en/secretariat/people", {"text": "c1"})
    assert short.status_code == 422
    found = staff_visitor.submit("/en/secretariat/people", {"text": address})
    assert f"/en/secretariat/people/contact/{number}" in found.text
    shown = staff_visitor.get(f"/en/secretariat/people/contact/{number}")
    assert address in shown.text
    packed = staff_visitor.submit(
        f"/en/secretariat/people/contact/{number}", to=f"/en/secretariat/people/contact/{number}/file"
    )
    with zipfile.ZipFile(io.BytesIO(packed.data)) as whole:
        data, read = json.loads(whole.read("data.json")), whole.read("data.html").decode()
    assert data["records"][0]["data"]["email"] == address
    assert "Qué datos se guardan sobre usted" in read, "in the person's language"
    assert ("Español" in read, "+00:00" in read) == (True, False), "codes and moments are told in words"
    assert not re.search("password|token", json.dumps(data))
    assert handed_out(bench, "contact", number) == [1]
    act = f"/en/secretariat/people/contact/{number}/erase"
    unsure = staff_visitor.submit(act, {"reason": WHY})
    assert unsure.status_code == 422
    assert WHY in unsure.text
    done = staff_visitor.submit(act, {"reason": WHY, "sure": "y"})
    assert done.status_code == 303
    again = staff_visitor.get(f"/en/secretariat/people/contact/{number}").text
    assert "Erased on" in again
    assert address not in again
    assert f"erased:{number}" not in again, "what stands in its place is told in words"
    assert faults(bench, moment()) == []


def test_rows_of_which_an_erasure_says_the_same_are_told_once() -> None:
    call = Held("recipient", 1, "Red Andina", {}, {}, None, ("log",))
    refused = replace(call, kind="contact", refusal=Problem("person.in_use", round="2027-1"))
    rows = (
        call,
        replace(call, number=2, data={"note": "x"}),
        replace(call, where="Red Caribe"),
        refused,
        replace(refused, refusal=Problem("person.in_use", round="2027-2")),
    )
    view = Person("contact", 1, "Ana", "ana@example.org", "es", rows, {}, None)
    assert view.alike == ((call, 2), (rows[2], 1), (refused, 1), (rows[4], 1))


def test_every_column_that_a_person_is_told_has_a_word() -> None:
    columns = {name for record in personal_data.RECORDS.values() for name in record.data}
    for found in personal_data._RELATED.values():
        columns |= {name for *_, names in found for name in names.split()}
    assert columns - what_is_kept._FIELDS.keys() == set()


def _as_staff(work: object) -> object:
    return replace(work, actor=Actor("secretariat", 1))  # type: ignore[type-var]


def test_a_row_without_an_address_says_that_others_of_the_person_are_not_found(
    bench: Bench, staff_visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        a_round = build_round(work.session)
        reached = build_nominee(work.session, a_round, name="Ana Pérez", email="ana@example.org").id
        alone = build_nominee(work.session, a_round, "n02", name="Ana Pérez", email="").id
    said = "No address is listed here"
    for page in ("", "/erase"):
        assert said in staff_visitor.get(f"/en/secretariat/people/nominee/{alone}{page}").text
        assert said not in staff_visitor.get(f"/en/secretariat/people/nominee/{reached}{page}").text
