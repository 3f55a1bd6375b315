"""Every address on file since a round's opening is kept, and told of each vote."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from consulta.core.counting.choice import Choice
from consulta.desk import opening
from consulta.desk.mail import finish
from consulta.people import members
from consulta.people.members import ContactCommand
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import Ballot, Contact, Round, Seat, SeatAddress
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.rounds import addresses, links
from consulta.rounds.letters.service import Finished, Post
from consulta.vote.changes import service as access_changes
from consulta.vote.changes.values import Asked
from tests.drafts import KEY, NOW, do, join_members, make_draft, reading, writing
from tests.factories import moment
from tests.polling import open_round
from tests.results.checks.published import vote as cast_by_link
from tests.rounds.notices.test_notices import messages, vote

if TYPE_CHECKING:
    from datetime import datetime


def on_file(bench: Bench) -> list[tuple[str, bool, bool]]:
    """Address, whether since the opening, whether it votes; in order."""
    with bench.read(COMMAND, NOW) as work:
        found = work.session.scalars(select(SeatAddress).order_by(SeatAddress.id))
        return [(each.address, each.at_opening, each.votes) for each in found]


def first_member(bench: Bench) -> tuple[int, int]:
    """The first organisation and its first contact."""
    with bench.read(COMMAND, NOW) as work:
        contact = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        assert contact is not None
        return contact.organisation_id, contact.id


def open_at(bench: Bench, now: datetime) -> None:
    with writing(bench, now) as work:
        opening.open_round(work, KEY)


def test_opening_keeps_every_active_contact_whether_or_not_it_may_vote(bench: Bench) -> None:
    join_members(bench, "PE")
    member, _ = first_member(bench)
    with writing(bench) as work:
        members.add_contact(work, member, ContactCommand("Lee", "lee@example.org", may_vote=False))
        gone = members.add_contact(work, member, ContactCommand("Baja", "baja@example.org"))
        members.switch_contact(work, member, gone, active=False)
    with writing(bench, NOW) as work:  # switched off long before: given up
        work.session.execute(
            text("UPDATE former_addresses SET until = :at"), {"at": NOW - timedelta(days=31)}
        )
    make_draft(bench)
    open_at(bench, NOW)
    assert on_file(bench) == [("c1@example.org", True, True), ("lee@example.org", True, False)]


def test_what_is_given_up_just_before_the_opening_is_still_told(bench: Bench) -> None:
    join_members(bench, "PE")
    member, contact = first_member(bench)
    make_draft(bench)
    with writing(bench) as work:
        members.change_contact(work, member, contact, ContactCommand("C1", "otra@example.org"))
        members.switch_contact(work, member, contact, active=False)
        members.add_contact(work, member, ContactCommand("Nueva", "nueva@example.org"))
    open_at(bench, NOW + timedelta(days=2))
    assert on_file(bench) == [
        ("nueva@example.org", True, True),
        ("c1@example.org", True, False),
        ("otra@example.org", True, False),
    ]


@pytest.mark.parametrize(("later", "is_told"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_what_is_given_up_is_told_for_thirty_days(bench: Bench, later: timedelta, is_told: bool) -> None:
    join_members(bench, "PE")
    member, contact = first_member(bench)
    make_draft(bench)
    with writing(bench, NOW) as work:
        members.change_contact(work, member, contact, ContactCommand("C1", "otra@example.org"))
    open_at(bench, NOW + timedelta(days=30) + later)
    assert (("c1@example.org", True, False) in on_file(bench)) is is_told


def test_the_addresses_of_a_round_come_with_seat_and_contact_each_address_once(bench: Bench) -> None:
    open_round(bench, seats=2, contacts=2)
    with bench.work(COMMAND, moment()) as work:
        first = work.session.scalars(select(Contact).order_by(Contact.id)).first()
        seat = work.session.scalars(select(Seat).order_by(Seat.id)).first()
        assert first is not None
        assert seat is not None
        first.email = first.email.upper()
        addresses.admit(work, seat.id, first)
    with bench.read(COMMAND, moment()) as work:
        round_id = work.session.scalars(select(Seat.round_id)).first() or 0
        found = addresses.of_round(work.session, round_id)
        assert len(found) == 5
        assert {each.seat.organisation_id == each.contact.organisation_id for each in found} == {True}
        assert len(addresses.told(work, round_id)) == 4
        seats = {each.seat_id for each in addresses.of_round(work.session, round_id, found[0].seat_id)}
        assert seats == {found[0].seat_id}


def test_a_seat_of_after_the_opening_gets_the_addresses_of_its_own_organisation_alone(bench: Bench) -> None:
    open_round(bench, seats=2)
    with bench.work(COMMAND, moment()) as work:
        seats = work.session.scalars(select(Seat).order_by(Seat.id)).all()
        for seat in seats:
            addresses.give_up(work, seat.organisation.contacts[0], f"antes{seat.id}@example.org")
        work.session.flush()
        addresses.keep_at_opening(work, seats[1].round, seats[1])
    assert on_file(bench)[len(seats) :] == [("antes2@example.org", False, False)]


def test_who_may_vote_and_who_sent_a_vote_is_found_by_seat_and_contact(bench: Bench) -> None:
    first, second, third, _ = open_round(bench, seats=2, contacts=2)
    later = moment() + timedelta(days=1)
    with bench.work(COMMAND, later) as work:
        contact = work.session.get_one(Contact, second.contact_id)
        contact.name, contact.email = "Segundo nombre", "otra@example.org"
        addresses.admit(work, second.seat_id, contact)
        contact.name = "Tercer nombre"

    def sent(seat: int, person: int | None, young: bool, at: datetime) -> str:
        ballot = Ballot(seat_id=seat, contact_id=person, young=young, cast_at=at)
        return addresses.sender_of(work.session, ballot)

    with bench.read(COMMAND, later) as work:
        of_seat, of_contact = (first.seat_id, third.seat_id), (first, second, third)
        found = [
            [addresses.voter_of(work.session, seat, each.contact_id) for each in of_contact]
            for seat in of_seat
        ]
        assert found == [[first.name, "Tercer nombre", None], [None, None, third.name]]
        there = [
            [not addresses.is_young(work.session, seat, each.contact_id) for each in of_contact]
            for seat in of_seat
        ]
        assert there == [[True, False, False], [False, False, True]], "by its address of now"
        assert sent(first.seat_id, second.contact_id, False, later) == second.name
        assert sent(first.seat_id, second.contact_id, True, later) == "Segundo nombre"
        before = later - timedelta(seconds=1)
        assert sent(first.seat_id, second.contact_id, True, before) == "Tercer nombre", (
            "by no address of then"
        )
        assert sent(first.seat_id, third.contact_id, False, later) == third.name, "on file elsewhere"
        assert sent(first.seat_id, None, False, later) == ""


def test_a_receipt_goes_to_every_address_on_file_whatever_became_of_its_contact(bench: Bench) -> None:
    first, second, third, fourth = open_round(bench, seats=1, contacts=4)
    with bench.work(COMMAND, moment()) as work:
        contacts = work.session.scalars(select(Contact).order_by(Contact.id)).all()
        before = [each.email for each in contacts]
        contacts[1].active = False
        contacts[2].email, contacts[2].paused = "otra@example.org", True
        contacts[3].bounced_at, contacts[3].may_vote = moment(), False
    assert len({first.contact_id, second.contact_id, third.contact_id, fourth.contact_id}) == 4
    vote(bench, first, "t1")
    found = messages(bench, "receipt")
    assert [(each.state, each.address) for each in found] == [("queued", address) for address in before]
    for each in found:
        with bench.read(WORKER, moment()) as work:
            mail = finish(work, each.id, Post("http://localhost"))
        assert isinstance(mail, Finished)
        assert mail.mail.address == each.address


def test_an_address_that_never_could_vote_hears_of_a_vote_and_does_not_read_it(bench: Bench) -> None:
    join_members(bench, "PE")
    member, _ = first_member(bench)
    with writing(bench) as work:
        members.add_contact(work, member, ContactCommand("Lee", "lee@example.org", may_vote=False))
        other = members.add_contact(work, member, ContactCommand("Otra", "otra@example.org"))
    make_draft(bench)
    do(bench, members.switch_contact, member, other, active=False)
    open_at(bench, NOW + timedelta(days=1))
    with bench.work(COMMAND, NOW + timedelta(days=1)) as work:
        (link,) = links.further_links(work, KEY, "http://localhost")
    cast_by_link(bench, KEY, link, Choice(("tema_numero_1",), (), ()), NOW + timedelta(days=2))
    said = {}
    for each in messages(bench, "receipt"):
        with bench.read(WORKER, NOW + timedelta(days=2)) as work:
            mail = finish(work, each.id, Post("http://localhost"))
        assert isinstance(mail, Finished)
        said[each.address] = "\n".join(half.text for half in mail.mail.halves)
    assert set(said) == {"c1@example.org", "lee@example.org", "otra@example.org"}
    for address, text_ in said.items():
        assert ("1. Tema" in text_) == (address == "c1@example.org"), text_
        assert ("El orden solo se envía" in text_) == (address != "c1@example.org")


@pytest.mark.deep
def test_an_address_that_waits_in_one_round_is_not_on_file_in_the_next(either: Bench) -> None:
    join_members(either, "PE", "MX")
    member, contact = first_member(either)
    make_draft(either)
    make_draft(either, key="2027-2")
    open_at(either, NOW)
    asked = Asked("Dejó la organización")
    with writing(either, NOW) as work:
        members.change_contact(work, member, contact, ContactCommand("Dos", "dos@evil.example"), asked)
    with writing(either, NOW + timedelta(days=31)) as work:
        report = opening.opening_report(work, "2027-2")
        assert (report.seats, report.contacts) == (2, 1)
        opening.open_round(work, "2027-2")
    with reading(either) as work:
        found = work.session.scalars(select(Round).where(Round.key == "2027-2")).one()
        there = [(each.address, each.votes) for each in addresses.of_round(work.session, found.id)]
        assert there == [("c2@example.org", True), ("c1@example.org", False)], "told, and nothing else"
        assert [each.email for _, each, _ in outbox.people(work.session, found.id)] == ["c2@example.org"]
        waiting = access_changes.changes_page(work, "2027-2").waiting
        assert [(each.address, each.before) for each in waiting] == [("dos@evil.example", "c1@example.org")]
