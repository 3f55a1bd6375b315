"""A vote that staff enter on request: marked, counted, sealed; and what staff may not see meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from consulta.core.counting.choice import Choice, Entries
from consulta.core.problems import Problem
from consulta.platform.copying import copied
from consulta.platform.models import Assistance, Ballot, LogEntry
from consulta.platform.work import ANONYMOUS, Actor
from consulta.rounds import ballots
from consulta.vote import assisted, seats
from consulta.vote import service as voting
from consulta.vote.assisted import Request
from consulta.vote.values import CastBallot, Late, Review, SentBallot
from tests.factories import moment
from tests.polling import Voter, close, faults, open_round

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from consulta.platform.work import Bench, Work

KEY = "2027-1"
STAFF = Actor("secretariat", None, "Mariana")
ONE = Entries({"t1": 1, "t2": 2}, (3, 7))
OTHER = Entries({"t5": 1})
CALL = Request("Rosa Quispe, directora", "Sin conexión hasta el viernes")

READS: tuple[Callable[[Work, str], object], ...] = (
    lambda work, seat: assisted.ballot(work, KEY, seat),
    lambda work, seat: assisted.review(work, KEY, seat, ONE),
    lambda work, seat: assisted.receipt(work, KEY, seat, 1),
)


def enter(
    bench: Bench,
    seat: str = "s001",
    entries: Entries = ONE,
    key: str = "call-1",
    asked: Request = CALL,
    now: datetime | None = None,
) -> CastBallot | Late:
    with bench.work(STAFF, now or moment()) as work:
        return assisted.cast(work, KEY, seat, entries, key, asked, by_two=True)


def entered(bench: Bench, *args: Any, **kwargs: Any) -> CastBallot:
    cast = enter(bench, *args, **kwargs)
    assert isinstance(cast, CastBallot)
    return cast


def send(bench: Bench, voter: Voter, entries: Entries, key: str = "form-1") -> CastBallot | Late:
    with bench.work(voter.actor, moment()) as work:
        return voting.cast(work, KEY, entries, key)


def current(bench: Bench, voter: Voter) -> SentBallot:
    with bench.read(voter.actor, moment()) as work:
        view = voting.ballot(work, KEY)
    assert view.current is not None
    return view.current


def test_it_counts_like_any_vote_and_says_who_asked(either: Bench) -> None:
    voter, _ = open_round(either)
    cast = entered(either)
    seen = current(either, voter)
    assert copied(CastBallot, seen) == cast
    assert seen.choice == Choice(("t1", "t2"), (3, 7), ())
    assert (seen.assisted, seen.sent_by) == (True, CALL.requester)
    with either.read(ANONYMOUS, moment()) as work:
        ballot = work.session.scalars(select(Ballot)).one()
        assert ballot.assisted
        assert ballot.contact_id is None
        assert ballot.assistance is not None
        assert ballot.assistance.reason == CALL.reason
        row = work.session.scalars(select(LogEntry).where(LogEntry.action == "ballot.cast")).one()
        assert row.actor == "secretariat"
        assert json.loads(row.details)["assisted"] is True
        assert CALL.requester not in row.details
        assert faults(work) == []


def test_the_receipt_code_seals_the_mark(bench: Bench) -> None:
    """A database in which the mark was taken off, or put on, does not hold together any more."""
    voter, other = open_round(bench)
    entered(bench)
    send(bench, other, ONE)
    for seat, mark in ((voter.seat_id, False), (other.seat_id, True)):
        with bench.work(ANONYMOUS, moment()) as work:
            work.session.execute(text("DROP TRIGGER ballots_no_update"))
            change = "UPDATE ballots SET assisted = :mark, contact_id = NULL WHERE seat_id = :seat"
            work.session.execute(text(change), {"mark": mark, "seat": seat})
            found = faults(work)
            assert any("receipt code does not belong" in fault for fault in found), mark
            work.session.rollback()


def test_the_database_lets_no_contact_stand_on_an_assisted_ballot(bench: Bench) -> None:
    voter, _ = open_round(bench)
    entered(bench)
    with bench.work(ANONYMOUS, moment()) as work:
        work.session.execute(text("DROP TRIGGER ballots_no_update"))
    change = text("UPDATE ballots SET contact_id = :contact")
    with pytest.raises(DBAPIError, match="ck_ballots_assisted"), bench.work(ANONYMOUS, moment()) as work:
        work.session.execute(change, {"contact": voter.contact_id})


def test_words_about_people_that_go_too_early_are_named_while_ballot_and_mark_stay(bench: Bench) -> None:
    open_round(bench)
    entered(bench)
    with bench.work(ANONYMOUS, moment()) as work:
        words = work.session.scalars(select(Assistance)).one()
        words.requester = words.reason = ""
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot.assisted)).one()
        assert faults(work) == ["ballot 1: who asked staff to enter it, or why, is empty"]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Request("", "por teléfono"), "assisted.requester"),
        (Request(" \u200b ", "por teléfono"), "assisted.requester"),
        (Request("x" * 201, "por teléfono"), "assisted.requester"),
        (Request("Rosa", "\n"), "assisted.reason"),
        (Request("Rosa", "x" * 501), "assisted.reason"),
    ],
)
def test_it_needs_who_asked_and_why(bench: Bench, asked: Request, code: str) -> None:
    open_round(bench)
    with pytest.raises(Problem) as refused:
        enter(bench, asked=asked)
    assert refused.value.code == code
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot)).all() == []


def test_the_same_form_twice_is_one_vote_and_another_call_is_another(either: Bench) -> None:
    voter, _ = open_round(either)
    assert entered(either) == entered(either)
    again = entered(either, key="call-2", asked=Request("Otra persona", "Segunda llamada"))
    assert (again.version, current(either, voter).sent_by) == (2, "Otra persona")


def test_the_last_vote_counts_whoever_sent_it(either: Bench) -> None:
    voter, _ = open_round(either)
    send(either, voter, OTHER)
    assert entered(either).version == 2
    assert current(either, voter).assisted
    own = send(either, voter, ONE, "form-2")
    assert isinstance(own, CastBallot)
    assert own.version == 3, "the same content, but sent by the contact: a vote of its own"
    assert not current(either, voter).assisted


def test_staff_never_see_what_a_seat_voted(bench: Bench) -> None:
    voter, _ = open_round(bench)
    cast = send(bench, voter, ONE)
    assert isinstance(cast, CastBallot)
    with bench.read(STAFF, moment()) as work:
        view = assisted.ballot(work, KEY, "s001")
        assert view.current is not None
        assert (view.current.sent_by, view.current.cast_at) == (voter.name, cast.cast_at)
        assert (view.current.choice, view.current.receipt) == (Choice(()), "")
        with pytest.raises(Problem, match=r"assisted\.unknown"):
            assisted.receipt(work, KEY, "s001", 1)
        page = seats.seat_page(work, KEY, "s001")
    assert [(each.sent_by, each.counts) for each in page.versions] == [(voter.name, True)]
    mine = entered(bench)
    with bench.read(STAFF, moment()) as work:
        shown, receipt = assisted.receipt(work, KEY, "s001", mine.version)
    assert receipt.receipt == mine.receipt
    assert receipt.choice == Choice(())
    assert shown.current is not None
    assert shown.current.choice == Choice(())


def test_after_the_end_it_is_refused_like_any_other(bench: Bench) -> None:
    open_round(bench)
    assert isinstance(enter(bench, now=moment() + timedelta(days=15)), Late)
    close(bench)
    late = enter(bench)
    assert isinstance(late, Late)
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot)).all() == []
        acts = work.session.scalars(select(LogEntry.action)).all()
        assert acts.count("ballot.late") == 2


def test_a_retry_after_the_end_still_gets_its_receipt(either: Bench) -> None:
    open_round(either)
    cast = entered(either)
    close(either)
    assert enter(either) == cast


def test_faulty_entries_are_refused(bench: Bench) -> None:
    open_round(bench)
    with pytest.raises(Problem, match=r"vote\.place_twice"):
        enter(bench, entries=Entries({"t1": 1, "t2": 1}))


@pytest.mark.parametrize("actor", [ANONYMOUS, Actor("scrutineer", 1)])
def test_only_staff_may(bench: Bench, actor: Actor) -> None:
    voter, _ = open_round(bench)
    for who in (actor, voter.actor):
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(who, moment()) as work:
            assisted.cast(work, KEY, "s001", ONE, "k", CALL)
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(who, moment()) as work:
            assisted.refuse_late(work, KEY, "s001")
        for ask in READS:
            with pytest.raises(Problem, match=r"access\.denied"), bench.read(who, moment()) as work:
                ask(work, "s001")


def test_words_may_be_as_long_as_is_said(bench: Bench) -> None:
    voter, _ = open_round(bench)
    entered(bench, asked=Request("x" * 200, "y" * 500))
    assert current(bench, voter).sent_by == "x" * 200


def test_what_would_be_sent_is_reviewed_and_a_late_call_is_in_the_log(bench: Bench) -> None:
    open_round(bench)
    with bench.work(STAFF, moment()) as work:
        review = assisted.review(work, KEY, "s001", Entries({"t1": 1, "t2": 1}))
        assert isinstance(review, Review)
        assert {each.problem.code for each in review.faults} == {"vote.place_twice"}
        assisted.refuse_late(work, KEY, "s001")
    with bench.read(ANONYMOUS, moment()) as work:
        late = select(LogEntry.subject).where(LogEntry.action == "ballot.late")
        assert work.session.scalars(late).all() == ["seat:1"]


def test_a_receipt_says_whether_its_version_counts(bench: Bench) -> None:
    open_round(bench)
    first, second = (entered(bench, entries=each, key=str(each)) for each in (ONE, OTHER))
    with bench.read(STAFF, moment()) as work:
        counts = [assisted.receipt(work, KEY, "s001", each.version)[1].counts for each in (first, second)]
    assert counts == [False, True]


def test_the_seat_is_held_before_its_vote_is_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that enter at once would both read the same version; tests of PostgreSQL hold that `hold` waits."""
    open_round(bench)
    told: list[str] = []
    for name in ("hold", "current"):
        does = getattr(ballots, name)

        def noted(*values: Any, name: str = name, does: Any = does) -> Any:
            told.append(name)
            return does(*values)

        monkeypatch.setattr(ballots, name, noted)
    entered(bench)
    assert told[:2] == ["hold", "current"]


def test_a_seat_of_another_round_is_none(bench: Bench) -> None:
    open_round(bench)
    open_round(bench, "2027-2", seats=3)
    with pytest.raises(Problem, match=r"seat\.unknown"):
        enter(bench, "s003")
    for ask in READS:
        with pytest.raises(Problem, match=r"seat\.unknown"), bench.read(STAFF, moment()) as work:
            ask(work, "s003")
    assert entered(bench, "s002").version == 1
    with bench.read(ANONYMOUS, moment()) as work:
        keys = work.session.scalars(select(Ballot)).one().seat.round.key
    assert keys == KEY
