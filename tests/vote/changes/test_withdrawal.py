"""A late registration is withdrawn before its first vote: by whom, what ends, and who reads it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.people import member_changes
from consulta.people.members import ContactCommand
from consulta.platform import door
from consulta.platform.mailer import kinds
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import (
    AccessChange,
    Ballot,
    Contact,
    Head,
    Link,
    LogEntry,
    Message,
    Registration,
    Seat,
    Staff,
)
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER, Actor
from consulta.results import checks
from consulta.rounds import links
from consulta.vote import assisted
from consulta.vote import service as voting
from consulta.vote.changes import registrations
from consulta.vote.changes.values import Asked
from tests.accounts.sign_in.test_confirmation import hidden
from tests.benches import PASSWORD, Visitor
from tests.drafts import BASE, KEY, NOW, make_open
from tests.factories import moment
from tests.objecting import people, vote_by
from tests.registering import WAIT, appointed, newcomer, one_left_out, registered, told
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.platform.work import Bench
    from consulta.rounds.links import IssuedLink

ASKED = NOW + timedelta(days=3)
THEN = ASKED + 2 * WAIT
WRONG, IN_ENGLISH = "Se confundió con otra red", "It was taken for another network"
READER = kinds.Reader("", "UTC", "", "")
ROUND = f"/es/secretariat/rounds/{KEY}"


def late(bench: Bench) -> tuple[int, IssuedLink]:
    """An open round of secret ballots with a late organisation: its registration, and a link of its own."""
    make_open(bench, secrecy="pseudonymous")
    people(bench, "Luz", "Eva")
    appointed(bench, ASKED)
    registered(bench, ASKED, newcomer(bench, ASKED))
    with bench.work(COMMAND, THEN) as work:
        number = work.session.scalars(select(Registration.id)).one()
        (own,) = [each for each in links.further_links(work, KEY, BASE) if each.organisation == "Red Tardía"]
    return number, own


def withdraw(bench: Bench, number: int, at: datetime = THEN, why: str = WRONG) -> None:
    with bench.work(COMMAND, at) as work:
        registrations.withdraw_seat(work, KEY, number, Asked(why, words=Text({"en": IN_ENGLISH})))


def test_what_was_made_ends_and_a_public_row_with_a_head_tells_it(bench: Bench) -> None:
    number, own = late(bench)
    withdraw(bench, number)
    with bench.read(COMMAND, THEN) as work:
        seat = work.session.scalars(select(Seat).where(Seat.withdrawn_at.is_not(None))).one()
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "rounds.seat_withdrawn")).one()
        said = json.loads(row.details)
        assert (said["number"], said["reason"], said["seat"]) == (1, WRONG, seat.pseudonym)
        assert row.seq in set(work.session.scalars(select(Head.size))), "a head ends with the row"
        alive = select(func.count()).select_from(Link).where(Link.subject_id == seat.id)
        assert work.session.scalar(alive.where(Link.purpose == "vote", Link.revoked_at.is_(None))) == 0
        assert seat.id not in {
            each.id for each, _, _ in outbox.people(work.session, seat.round_id, waiting=True)
        }
        told = work.session.scalars(select(Message).where(Message.facts.is_not(None)))
        mails = [
            each
            for each in told
            if each.facts.get("act") == "unseated" or each.facts.get("what") == "seat_withdrawn"
        ]
        assert sorted(each.kind for each in mails) == ["access_decided", *["staff_notice"] * 3], (
            "the address on file, the scrutineer, and two of the secretariat"
        )
        for each in mails:
            words = kinds.find(each.kind).words(work, each, READER)
            assert IN_ENGLISH in " ".join(words["en"].values())
            assert WRONG in " ".join(words["es"].values())
        assert checks.faults(work) == []
        organisation = seat.organisation_id
    with bench.work(COMMAND, THEN + timedelta(hours=2)) as work:
        assert own.organisation not in {each.organisation for each in links.further_links(work, KEY, BASE)}
        with pytest.raises(Problem, match=r"registration\.organisation"):
            registrations.ask(work, KEY, organisation, Asked(WRONG, WAIT))
        with pytest.raises(Problem, match=r"registration\.seat_unknown"):
            registrations.withdraw_seat(work, KEY, number, Asked(WRONG))


def test_what_waits_for_it_is_given_up(bench: Bench) -> None:
    number, _own = late(bench)
    with bench.work(COMMAND, THEN) as work:
        seat = work.session.scalars(select(Seat).where(Seat.name == "Red Tardía")).one()
        contact = work.session.scalars(
            select(Contact).where(Contact.organisation_id == seat.organisation_id)
        ).one()
        command = ContactCommand("Ana", "nueva@example.org")
        member_changes.change_contact(work, seat.organisation_id, contact.id, command, Asked(WRONG, WAIT))
        of_seat = select(AccessChange.state).where(AccessChange.seat_id == seat.id)
        assert work.session.scalars(of_seat).all() == ["waiting"]
    withdraw(bench, number)
    with bench.read(COMMAND, THEN) as work:
        assert work.session.scalars(of_seat).all() == ["withdrawn"]


def test_no_vote_enters_for_it_whoever_sends_it(bench: Bench) -> None:
    """Neither from a form that was on its way when it was withdrawn, nor by the link, nor by staff."""
    number, own = late(bench)
    token = own.url.rpartition("/")[2]
    with bench.work(ANONYMOUS, THEN) as work:
        entrance = door.enter(work, "v", token)
        assert entrance is not None
        voter = door.resume(work, "voter", entrance.token)
        assert voter is not None
    withdraw(bench, number)
    after = THEN + timedelta(minutes=1)
    with bench.work(ANONYMOUS, after) as work:
        assert door.enter(work, "v", token) is None
        assert door.resume(work, "voter", entrance.token) is None
    entries = Entries({"tema_numero_1": 1, "tema_numero_2": 2})
    with pytest.raises(Problem, match=r"vote\.withdrawn"), bench.work(voter, after) as work:
        voting.cast(work, KEY, entries, "x" * 32)
    with bench.read(COMMAND, after) as work:
        key = work.session.scalars(select(Seat.key).where(Seat.withdrawn_at.is_not(None))).one()
    asked = assisted.Request("Quien preside", "Lo pidió por teléfono")
    with pytest.raises(Problem, match=r"vote\.withdrawn"), bench.work(people_of_staff(bench), after) as work:
        assisted.cast(work, KEY, key, entries, "y" * 32, asked, by_two=True)
    with bench.read(COMMAND, after) as work:
        assert list(work.session.scalars(select(Ballot.id))) == []
        assert checks.faults(work) == []


def people_of_staff(bench: Bench) -> Actor:
    with bench.read(COMMAND, THEN) as work:
        return Actor("secretariat", work.session.scalars(select(Staff.id).order_by(Staff.id)).all()[0], "Luz")


def test_what_is_refused_says_why(bench: Bench) -> None:
    number, own = late(bench)
    with pytest.raises(Problem, match=r"access\.reason"):
        withdraw(bench, number, why=" ")
    with pytest.raises(Problem, match=r"registration\.seat_unknown"):
        withdraw(bench, number + 1)
    vote_by(bench, own, THEN)
    with pytest.raises(Problem, match=r"registration\.voted"):
        withdraw(bench, number, at=THEN + timedelta(hours=1))
    with pytest.raises(Problem, match=r"registration\.over"):
        withdraw(bench, number, at=NOW + timedelta(days=40))
    with bench.read(COMMAND, THEN) as work:
        assert work.session.scalars(select(Seat.id).where(Seat.withdrawn_at.is_not(None))).all() == []


def test_a_withdrawal_written_beside_the_program_is_found(bench: Bench) -> None:
    number, own = late(bench)
    vote_by(bench, own, THEN)
    with bench.engine.begin() as connection:
        late_seat = Seat.registered_at.is_not(None)
        connection.execute(update(Seat).where(late_seat).values(withdrawn_at=THEN))
    with bench.read(COMMAND, THEN) as work:
        found = checks.faults(work)
    assert any("withdrawn seats are not those" in each for each in found)
    assert any("was withdrawn, and has a vote" in each for each in found)
    assert number


def test_the_desk_asks_and_another_person_confirms_whatever_the_setting(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    start = moment()
    organisation = one_left_out(bench, start)
    (eva,) = people(bench, "Rosa")
    with bench.work(COMMAND, start) as work:
        number = registrations.ask(work, KEY, organisation, Asked("Quedó fuera", WAIT))
    with bench.work(eva, start) as work:
        registrations.confirm(work, KEY, number, "Es así")
    told(bench, start)
    with bench.work(WORKER, start + timedelta(hours=2)) as work:
        assert registrations.carry_out(work, str(number))
    assert "Retirar la inscripción" in staff_visitor.get(f"{ROUND}/access").text
    page = f"{ROUND}/registrations/{number}/withdrawal"
    asked = {"why_es": WRONG, "why_en": IN_ENGLISH, "password": PASSWORD}
    pending = staff_visitor.submit(page, asked).headers["Location"]
    assert withdrawn(bench) == 0, "another person must confirm it"
    other = Visitor(app.test_client())
    other.submit("/es/account/sign-in", {"email": "eva@example.org", "password": PASSWORD})
    form = {name: value[0] for name, value in hidden(other.get(pending)).items()}
    assert other.post(page, form).status_code == 303, "the page of the request has no field for a password"
    assert withdrawn(bench) == 1
    page_then = other.get(f"{ROUND}/access").text
    assert "La inscripción se retiró: la organización no puede votar" in page_then
    assert "retirada</span>" in page_then, "what was withdrawn is a registration"
    refused = other.get(page)
    assert refused.status_code == 422, "it was withdrawn"
    assert f'href="{ROUND}">Ir a la página de la consulta' in refused.text
    for path in (f"/es/rounds/{KEY}", f"/es/rounds/{KEY}/roll"):
        assert WRONG in Page(app.test_client().get(path)).text
        assert IN_ENGLISH in app.test_client().get(path.replace("/es/", "/en/")).text


def withdrawn(bench: Bench) -> int:
    with bench.read(COMMAND, THEN) as work:
        return len(work.session.scalars(select(Seat.id).where(Seat.withdrawn_at.is_not(None))).all())
