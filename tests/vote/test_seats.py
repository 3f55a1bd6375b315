"""One organisation as the desk sees it: who can vote there, and which versions of its ballot there are."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform import accounts
from consulta.platform.models import AccessChange, Ballot, BallotExclusion, Contact, Link, Objection, Round
from consulta.platform.work import ANONYMOUS, COMMAND, Actor
from consulta.vote import assisted, seats
from consulta.vote import service as voting
from consulta.vote.assisted import Request
from tests.benches import PASSWORD
from tests.factories import moment
from tests.polling import Voter, open_round

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.work import Bench
    from consulta.vote.values import SeatView

KEY = "2027-1"
SECOND = timedelta(seconds=1)
pytestmark = pytest.mark.usefixtures("one_moment")


def page(bench: Bench, now: datetime | None = None, seat: str = "s001") -> SeatView:
    with bench.read(COMMAND, now or moment()) as work:
        return seats.seat_page(work, KEY, seat)


def send(bench: Bench, voter: Voter, first: str, key: str) -> None:
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, KEY, Entries({first: 1}), key)


def test_only_contacts_who_can_vote_by_an_admitted_address_are_shown(bench: Bench) -> None:
    open_round(bench, seats=1, contacts=3)
    assert [each.id for each in page(bench).contacts] == [1, 2, 3]
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Contact, 1).active = False
        work.session.get_one(Contact, 2).may_vote = False
        late = Contact(organisation_id=1, name="Late", email="late@example.org", created_at=moment())
        work.session.add(late)  # by no address on file
    assert [each.id for each in page(bench).contacts] == [3]


def test_a_contact_is_shown_with_a_link_for_as_long_as_it_works(bench: Bench) -> None:
    open_round(bench)
    with bench.read(COMMAND, moment()) as work:
        made, end = work.session.execute(
            select(Link.created_at, Link.expires_at).where(Link.contact_id == 1)
        ).one()
    assert [each.link_since for each in page(bench, end - SECOND).contacts] == [made]
    assert [each.link_since for each in page(bench, end).contacts] == [None]


def test_votes_are_taken_until_the_end_of_voting_and_no_longer(bench: Bench) -> None:
    open_round(bench)
    with bench.read(COMMAND, moment()) as work:
        end = work.session.scalars(select(Round.closes_at)).one()
    assert [page(bench, now).takes_votes for now in (end - SECOND, end)] == [True, False]
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Round)).one().state = "draft"
    assert not page(bench).takes_votes


def test_the_newest_version_counts_and_the_page_says_who_entered_it(bench: Bench) -> None:
    voter, other = open_round(bench)
    assert page(bench).seat.voted_at is None
    with bench.work(COMMAND, moment()) as work:
        number = accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "secretariat").id
    send(bench, other, "t3", "other")
    send(bench, voter, "t1", "one")
    with bench.work(Actor("secretariat", number, "Ana"), moment()) as work:
        assisted.cast(
            work, KEY, "s001", Entries({"t2": 1}), "two", Request("Rosa Quispe", "Sin conexión"), by_two=True
        )
    first, second = sorted(page(bench).versions, key=lambda each: each.version)
    assert (first.counts, first.assisted, first.entered_by, first.requester) == (False, False, "", "")
    assert (second.counts, second.assisted, second.entered_by) == (True, True, "Ana")
    assert (second.requester, second.reason) == ("Rosa Quispe", "Sin conexión")
    assert page(bench).seat.voted_at == second.cast_at


def test_a_ballot_that_was_taken_out_counts_no_more_and_is_said_to_be_out(bench: Bench) -> None:
    voter, _ = open_round(bench)
    send(bench, voter, "t1", "one")
    send(bench, voter, "t2", "two")
    with bench.work(COMMAND, moment()) as work:
        (round_id,) = work.session.scalars(select(Round.id))
        newest = max(work.session.scalars(select(Ballot)), key=lambda each: each.version)
        objection = Objection(
            round_id=round_id,
            seat_id=voter.seat_id,
            ballot_id=newest.id,
            claim="not_ours",
            seat_address_id=1,
            who="Rosa",
            text="No fue nuestra",
            made_at=moment(),
        )
        work.session.add(objection)
        work.session.flush()
        out = BallotExclusion(round_id=round_id, ballot_id=newest.id, objection_id=objection.id, at=moment())
        work.session.add(out)
    found = page(bench)
    assert sorted((each.version, each.counts, each.excluded) for each in found.versions) == [
        (1, False, False),
        (2, False, True),
    ]
    assert found.seat.voted_at is None


def test_a_change_of_access_is_shown_with_its_own_seat_alone(bench: Bench) -> None:
    one, other = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        for voter in (one, other):
            change = AccessChange(
                seat_id=voter.seat_id,
                contact_id=voter.contact_id,
                kind="address",
                address=f"new-{voter.seat_id}@example.org",
                before="old@example.org",
                reason="Cambió de correo",
                asked_at=moment(),
                due_at=moment() + timedelta(days=1),
                wait=86400,
            )
            work.session.add(change)
    shown = {seat: [each.address for each in page(bench, seat=seat).changes] for seat in ("s001", "s002")}
    assert shown == {
        "s001": [f"new-{one.seat_id}@example.org"],
        "s002": [f"new-{other.seat_id}@example.org"],
    }


def test_the_page_is_for_those_who_may_see_who_voted(bench: Bench) -> None:
    open_round(bench)
    with pytest.raises(Problem, match=r"access\.denied"), bench.read(ANONYMOUS, moment()) as work:
        seats.seat_page(work, KEY, "s001")
    with pytest.raises(Problem, match=r"seat\.unknown"):
        page(bench, seat="s009")
