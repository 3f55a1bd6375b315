"""A change of who may vote at its boundaries: exactly when its wait is over, and when voting ends.

Each is looked at one second before and exactly at the moment, without pages.
"""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.models import AccessChange, Contact, LogEntry, Message, Round, SeatAddress
from consulta.platform.work import COMMAND, WORKER, Actor
from consulta.rounds import addresses
from consulta.vote.changes import service as changes
from consulta.vote.changes.values import Asked
from tests.benches import PASSWORD
from tests.cases import for_each
from tests.factories import moment
from tests.polling import change_round, open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.polling import Voter

KEY = "2027-1"
pytestmark = pytest.mark.usefixtures("one_moment")

WAIT = timedelta(hours=24)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
NEVER = timedelta(0)
WHY = "La contacto anterior dejó la organización"


def change_address(bench: Bench, told_after: timedelta) -> Voter:
    """Ask for another address of a contact; its notices leave so long after."""
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, voter.contact_id)
        before = changes.stood(contact)
        contact.email = "otra@example.org"
        work.session.flush()
        assert changes.settle(work, contact, before, "address", Asked(WHY, WAIT)) == 1
    with bench.work(COMMAND, moment()) as work:
        for notice in work.session.scalars(select(Message).where(Message.kind == "access_asked")):
            notice.state, notice.left_at, notice.token = "sent", moment() + told_after, None
    return voter


def carries_out(bench: Bench, after: timedelta) -> bool:
    """Whether the worker finds the change due so long after it was asked for, and lets it take effect."""
    with bench.work(WORKER, moment() + after) as work:
        (number,) = work.session.scalars(select(AccessChange.id))
        is_due = changes.due(work) == (str(number),)
        assert changes.carry_out(work, str(number)) is is_due
    return is_due


@pytest.mark.parametrize("told_after", [NEVER, HOUR], ids=["at once", "an hour later"])
def test_a_change_waits_to_the_second_from_when_its_last_notice_left(
    bench: Bench, told_after: timedelta
) -> None:
    voter = change_address(bench, told_after)
    assert not carries_out(bench, told_after + WAIT - SECOND)
    assert carries_out(bench, told_after + WAIT)
    assert not carries_out(bench, told_after + WAIT), "once"
    with bench.read(COMMAND, moment()) as work:
        pair = (voter.seat_id, voter.contact_id)
        assert addresses.allowed(work.session, [pair]) == {pair}
        change = work.session.scalars(select(AccessChange)).one()
        assert (change.state, change.decided_how) == ("done", "wait")
        links = work.session.scalars(select(Message).where(Message.kind == "new_link")).all()
        assert [each.address for each in links] == ["otra@example.org"]


def test_a_change_waits_as_long_as_was_asked_though_its_notices_left_before(bench: Bench) -> None:
    """As after the clock was set back: the moment that the desk was told of stands."""
    change_address(bench, -HOUR)
    assert not carries_out(bench, WAIT - SECOND)
    assert carries_out(bench, WAIT)


@pytest.mark.parametrize(("left", "takes_effect"), [(SECOND, True), (NEVER, False)])
def test_a_change_takes_effect_until_voting_ends(bench: Bench, left: timedelta, takes_effect: bool) -> None:
    change_address(bench, NEVER)
    change_round(bench, closes_at=moment() + WAIT + left)
    if takes_effect:
        assert carries_out(bench, WAIT)
        return
    with bench.read(WORKER, moment() + WAIT) as work:
        assert changes.due(work) == ()
    with pytest.raises(Problem, match=r"access\.overtaken"):
        carries_out(bench, WAIT)


@pytest.mark.parametrize(("left", "takes_effect"), [(SECOND, True), (NEVER, False)])
def test_a_second_person_confirms_until_voting_ends(
    bench: Bench, left: timedelta, takes_effect: bool
) -> None:
    change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        second = accounts.add_staff(work, "segunda@example.org", "Segunda", PASSWORD, "secretariat")
        ends = work.session.scalars(select(Round.closes_at)).one()
        (number,) = work.session.scalars(select(AccessChange.id))
    actor = Actor("secretariat", second.id)
    if takes_effect:
        with bench.work(actor, ends - left) as work:
            changes.confirm(work, KEY, number, WHY)
    else:
        with pytest.raises(Problem, match=r"access\.overtaken"), bench.work(actor, ends - left) as work:
            changes.confirm(work, KEY, number, WHY)


@for_each("length, is_taken", [(1, True), (500, True), (501, False), (0, False)])
def test_a_reason_has_one_to_five_hundred_characters(length: int, is_taken: bool) -> None:
    if is_taken:
        assert changes.checked_reason(" " + "x" * length) == "x" * length
    else:
        with pytest.raises(Problem, match=r"access\.reason"):
            changes.checked_reason("x" * length)


def test_a_change_that_is_withdrawn_leaves_the_contact_as_it_was_and_that_is_told(bench: Bench) -> None:
    """By what had been changed: the address, that it may vote, or that it is there."""
    voter = change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        eva = accounts.add_staff(work, "eva@example.org", "Eva", PASSWORD, "secretariat")
        change = work.session.scalars(select(AccessChange)).one()
        number, asked = change.id, change.before
    assert asked
    found = []
    for kind, before in (("address", asked), ("switched_on", ""), ("added", "")):
        with bench.work(COMMAND, moment()) as work:
            change = work.session.get_one(AccessChange, number)
            change.kind, change.before, change.state = kind, before, "waiting"
            change.decided_at = change.decided_how = None
            contact = work.session.get_one(Contact, voter.contact_id)
            contact.may_vote = contact.active = True
        with bench.work(Actor("secretariat", eva.id, "Eva"), moment()) as work:
            changes.withdraw(work, KEY, number, WHY)
        with bench.read(COMMAND, moment()) as work:
            contact = work.session.get_one(Contact, voter.contact_id)
            found.append((contact.email == asked, contact.may_vote, contact.active))
            told = work.session.scalars(select(Message).where(Message.kind == "access_decided")).all()
            assert {(each.facts["change"], each.facts["outcome"]) for each in told} == {(number, "withdrawn")}
    assert found == [(True, True, True), (True, False, True), (True, True, False)]


def test_a_change_that_another_one_replaces_is_closed_without_a_notice(bench: Bench) -> None:
    voter = change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, voter.contact_id)
        before = changes.stood(contact)
        contact.email = "tercera@example.org"
        work.session.flush()
        assert changes.settle(work, contact, before, "address", Asked(WHY, WAIT)) == 1
    with bench.read(COMMAND, moment()) as work:
        states = work.session.scalars(select(AccessChange.state).order_by(AccessChange.id)).all()
        assert states == ["withdrawn", "waiting"]
        assert work.session.scalars(select(Message).where(Message.kind == "access_decided")).all() == []


def test_a_scrutineer_stops_a_change_and_the_objection_of_before_stays(bench: Bench) -> None:
    change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        looks = accounts.add_staff(work, "ojo@example.org", "Ojo", PASSWORD, "scrutineer")
        change = work.session.scalars(select(AccessChange)).one()
        change.objected_at, change.objection, change.state = moment() - HOUR, "No es ella", "objected"
        number = change.id
    with bench.work(Actor("scrutineer", looks.id, "Ojo"), moment()) as work:
        changes.stop(work, work.session.scalars(select(Round)).one(), number, WHY)
    with bench.read(COMMAND, moment()) as work:
        change = work.session.get_one(AccessChange, number)
        assert (change.objected_at, change.objection) == (moment() - HOUR, "No es ella")
        assert (change.stopped_by_id, change.stopped) == (looks.id, WHY)
        objected = [addresses.was_objected(work.session, change.seat_id + beside) for beside in (0, 1)]
        assert objected == [True, False]
        assert [addresses.count_undecided_changes(work.session, key) for key in (KEY, "2028-1")] == [1, 0]


def test_how_far_notices_have_come_says_how_many_wait_and_were_taken(bench: Bench) -> None:
    """While one waits, the wait for the change has not begun, whatever was taken before."""
    change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        (one,) = work.session.scalars(select(Message).where(Message.kind == "access_asked"))
        columns = {each.name: getattr(one, each.key) for each in Message.__table__.columns}
        for number, state in enumerate(["sent", "queued", "queued", "failed"]):
            left = moment() + HOUR if state == "sent" else None
            told = {"state": state, "left_at": left, "once": f"another {number}", "message_id": f"m{number}"}
            work.session.add(Message(**(columns | {"id": None} | told)))
        work.session.flush()
        (change,) = work.session.scalars(select(AccessChange.id))
        assert addresses.how_far(work.session, "access_asked", "change", [change, change + 1]) == {
            change: addresses.Told(5, 2, 2, moment() + HOUR)
        }
    with bench.read(WORKER, moment() + 2 * WAIT) as work:
        assert changes.due(work) == ()


@pytest.mark.parametrize(("state", "needed"), [("queued", False), ("sent", False), ("failed", True)])
def test_a_second_person_is_needed_where_no_notice_waits_or_left(
    bench: Bench, state: str, needed: bool
) -> None:
    change_address(bench, NEVER)
    with bench.work(COMMAND, moment()) as work:
        for notice in work.session.scalars(select(Message).where(Message.kind == "access_asked")):
            notice.state, notice.left_at = state, moment() if state == "sent" else None
        work.session.flush()
        (shown,) = changes.changes_page(work, KEY).waiting
        assert shown.needs_second is needed


def test_a_round_that_opens_again_goes_by_the_last_address_that_could_vote_and_asks_once(
    bench: Bench,
) -> None:
    gone, moved, *_ = open_round(bench, seats=1, contacts=3)
    with bench.work(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        people = [work.session.get_one(Contact, each.contact_id) for each in (gone, moved)]
        for person in people:
            person.email = f"second{person.id}@example.org"
            work.session.flush()
            addresses.admit(work, gone.seat_id, person)
        people[0].active, people[1].email = False, "third@example.org"
        work.session.flush()
        for _ in range(2):
            changes.catch_up(work, found, Asked(WHY, WAIT))
            work.session.flush()
        (asked,) = work.session.scalars(select(AccessChange))
        assert (asked.contact_id, asked.kind) == (moved.contact_id, "address")
        assert (asked.before, asked.address) == (f"second{moved.contact_id}@example.org", "third@example.org")
        rows = work.session.scalars(select(LogEntry.details).where(LogEntry.action == "access.ended"))
        ((told,),) = [[json.loads(each) for each in rows]]
        assert told["contact"] == gone.contact_id
        assert told["address_sha256"] == changes._digest(f"second{gone.contact_id}@example.org")


@pytest.mark.parametrize(("choice", "answered"), [(None, ""), ("object", "object")])
def test_a_reader_of_a_notice_sees_what_it_answered(bench: Bench, choice: str | None, answered: str) -> None:
    change_address(bench, NEVER)
    with bench.read(COMMAND, moment()) as work:
        (number,) = work.session.scalars(select(AccessChange.id))
        address = work.session.scalars(select(SeatAddress).order_by(SeatAddress.id)).first()
        link: Any = SimpleNamespace(subject_id=number, choice=choice, seat_address=address)
        assert changes.question(work, link).answered == answered


def test_whose_access_ended_is_told_by_the_rows_of_the_round_about_that(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        for act, of, contact in (
            ("access.ended", "round:1", 5),
            ("access.ended", "round:2", 6),
            ("links.reissued", "round:1", 7),
        ):
            work.record(act, of, {"contact": contact})
        assert addresses.ended(work.session, "round:1") == {5}
