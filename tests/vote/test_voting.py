"""A vote from the link to the receipt: versions, retries, the close, and who may touch which seat."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import event, func, select

from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.core.trust.ordering import theme_order
from consulta.platform import door
from consulta.platform.copying import copied
from consulta.platform.models import (
    Ballot,
    BallotExclusion,
    Base,
    Contact,
    CurrentBallot,
    Link,
    LogEntry,
    Objection,
    Organisation,
    Round,
    Seat,
    SignedIn,
)
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from consulta.rounds import addresses, ballots
from consulta.rounds import service as rounds
from consulta.vote import assisted
from consulta.vote import service as voting
from consulta.vote.values import CastBallot, Late
from tests.factories import build_organisation, build_round, build_seat, moment
from tests.polling import Voter, change_round, close, faults, open_round

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import Row

    from consulta.vote.values import BallotView

KEY = "2027-1"
ONE = Entries({"t1": 1, "t2": 2})
OTHER = Entries({"t3": 1}, (7, 10))


def send(
    bench: Bench, voter: Voter, entries: Entries = ONE, key: str = "form-1", now: datetime | None = None
) -> CastBallot | Late:
    with bench.work(voter.actor, now or moment()) as work:
        return voting.cast(work, KEY, entries, key)


def recorded(bench: Bench, voter: Voter, entries: Entries = ONE, key: str = "form-1") -> CastBallot:
    cast = send(bench, voter, entries, key)
    assert isinstance(cast, CastBallot)
    return cast


def as_taken(shown: CastBallot) -> CastBallot:
    """Return a version that is shown as it was returned to who sent it: without whose name it is under."""
    return copied(CastBallot, shown)


def look(bench: Bench, actor: Actor, now: datetime | None = None) -> BallotView:
    with bench.read(actor, now or moment()) as work:
        return voting.ballot(work, KEY)


def enter(bench: Bench, token: str, now: datetime | None = None) -> str | None:
    with bench.work(ANONYMOUS, now or moment()) as work:
        entrance = door.enter(work, "v", token)
    return entrance.token if entrance else None


def change_link(bench: Bench, voter: Voter, **values: object) -> None:
    with bench.work(COMMAND, moment()) as work:
        link = work.session.scalars(select(Link).where(Link.contact_id == voter.contact_id)).one()
        for name, value in values.items():
            setattr(link, name, value)


def change_contact(bench: Bench, voter: Voter, **values: object) -> None:
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.get_one(Contact, voter.contact_id)
        for name, value in values.items():
            setattr(contact, name, value)


def count(bench: Bench, model: type[Base]) -> int:
    with bench.read(ANONYMOUS, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(model)) or 0


def log_of(bench: Bench) -> list[Row[Any]]:
    """The log, after a look at whether all that is stored holds together."""
    with bench.read(ANONYMOUS, moment()) as work:
        assert faults(work) == []
        columns = (LogEntry.actor, LogEntry.action, LogEntry.subject, LogEntry.details)
        acts = select(*columns).where(LogEntry.subject != "seals").order_by(LogEntry.seq)
        return list(work.session.execute(acts))


# -- the link


def test_a_link_opens_a_session_as_often_as_it_is_used(bench: Bench) -> None:
    voter, _ = open_round(bench)
    tokens = {enter(bench, voter.token) for _ in range(3)}
    assert len(tokens) == 3
    for token in tokens:
        assert token is not None
        with bench.read(ANONYMOUS, moment()) as work:
            assert door.resume(work, "voter", token) == voter.actor


def test_a_link_still_opens_after_the_close(bench: Bench) -> None:
    voter, _ = open_round(bench)
    close(bench)
    assert enter(bench, voter.token) is not None


@pytest.mark.parametrize(
    "spoil",
    [
        lambda bench, voter: change_link(bench, voter, revoked_at=moment()),
        lambda bench, voter: change_link(bench, voter, expires_at=moment()),
        lambda bench, voter: change_contact(bench, voter, active=False),
        lambda bench, voter: change_contact(bench, voter, may_vote=False),
    ],
    ids=["revoked", "expired", "contact-gone", "contact-may-not-vote"],
)
def test_a_link_that_is_no_good_opens_nothing(bench: Bench, spoil: Callable[..., None]) -> None:
    voter, _ = open_round(bench)
    before = enter(bench, voter.token)
    assert before is not None
    spoil(bench, voter)
    assert enter(bench, voter.token) is None
    with bench.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, "voter", before) is None, "a session opened before ends too"


def test_a_link_opens_nothing_before_the_round_does(bench: Bench) -> None:
    voter, _ = open_round(bench)
    change_round(bench, state="draft")
    assert enter(bench, voter.token) is None


def test_an_unknown_link_leaves_no_trace(bench: Bench) -> None:
    open_round(bench)
    rows = count(bench, LogEntry), count(bench, SignedIn)
    assert enter(bench, "x" * 43) is None
    assert (count(bench, LogEntry), count(bench, SignedIn)) == rows


# -- the ballot


def test_the_ballot_is_that_of_the_seat(bench: Bench) -> None:
    voter, other = open_round(bench, nominees=2)
    view = look(bench, voter.actor)
    assert (view.organisation, view.seat, view.takes_votes) == (voter.organisation, "s001", True)
    assert view.current is None
    with bench.read(ANONYMOUS, moment()) as work:
        commitment = work.session.scalars(select(Round.commitment)).one()
    keys = [f"t{number}" for number in range(1, 7)]
    assert [theme.key for theme in view.themes] == list(theme_order(keys, 1, commitment or ""))
    assert [theme.key for theme in look(bench, other.actor).themes] == list(
        theme_order(keys, 2, commitment or "")
    )


def test_seats_are_alike_by_categories_base_and_country_unless_countries_are_joined(bench: Bench) -> None:
    kinds: tuple[dict[str, Any], ...] = ({}, {}, {"country": "CO"}, {"sector": "union"}, {"base": 3})
    with bench.work(COMMAND, moment()) as work:
        mine, other = build_round(work.session, KEY), build_round(work.session, "2028-1")
        for number, kind in enumerate((*kinds, {}), 1):
            member = build_organisation(work.session, f"Red {number}", **kind)
            build_seat(work.session, mine if number <= len(kinds) else other, member, number)
    with bench.read(COMMAND, moment()) as work:
        alike = [
            [ballots.alike(work.session, each, joined=joined) for joined in (False, True)]
            for each in work.session.scalars(select(Seat).order_by(Seat.id))
        ]
    assert alike == [[2, 3], [2, 3], [1, 3], [1, 1], [1, 1], [1, 1]]


def test_a_ballot_says_how_many_seats_are_alike_where_ballots_are_public_without_names(
    bench: Bench,
) -> None:
    *_, mexican, _ = open_round(bench, seats=4)
    found = []
    for values in ({}, {"secrecy": "pseudonymous"}, {"joined_below": 5}):
        change_round(bench, **values)
        found.append(look(bench, mexican.actor).alike)
    assert found == [None, 1, 2], "in its country; in its subregion, where countries are joined"


def test_a_vote_that_was_taken_out_is_said_to_be_so_once_voting_ended(bench: Bench) -> None:
    voter, other = open_round(bench)
    recorded(bench, voter)
    recorded(bench, other)
    with bench.work(COMMAND, moment()) as work:
        (taken, _) = work.session.scalars(select(Ballot).order_by(Ballot.id))
        of_round = {"round_id": taken.round_id, "ballot_id": taken.id}
        said = {"claim": "not_ours", "seat_address_id": 1, "who": "Rosa", "text": "No fue nuestra"}
        objection = Objection(seat_id=taken.seat_id, made_at=work.now, **of_round, **said)
        work.session.add(objection)
        work.session.flush()
        work.session.add(BallotExclusion(objection_id=objection.id, at=work.now, **of_round))
    assert [look(bench, each.actor).excluded for each in (voter, other)] == [False, False]
    close(bench)
    assert [look(bench, each.actor).excluded for each in (voter, other)] == [True, False]


def test_a_round_whose_rules_ask_for_no_people_shows_none(bench: Bench) -> None:
    voter, _ = open_round(bench, nominees=2)
    assert sorted(one.key for one in look(bench, voter.actor).nominees) == ["n01", "n02"]
    with bench.read(ANONYMOUS, moment()) as work:
        rules = dict(work.session.scalars(select(Round.rules)).one())
    change_round(bench, rules=rules | {"max_endorsements": 0})
    assert look(bench, voter.actor).nominees == ()
    assert look(bench, voter.actor).objective_share == 250
    change_round(bench, rules=rules | {"method": "schulze"})
    assert look(bench, voter.actor).objective_share == 0, "objectives decide nothing there"


def test_looking_asks_the_same_few_questions_however_large_the_round(bench: Bench) -> None:
    voter, *_ = open_round(bench, seats=2, themes=3)
    few = queries(bench, voter)
    open_round(bench, "2028-1", seats=30, themes=14, nominees=40)
    assert queries(bench, voter) == few <= 6


def queries(bench: Bench, voter: Voter) -> int:
    seen: list[str] = []

    def note(_c: object, _cu: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(bench.engine, "before_cursor_execute", note)
    look(bench, voter.actor)
    event.remove(bench.engine, "before_cursor_execute", note)
    return len(seen)


# -- casting


def test_a_vote_is_kept_whole(bench: Bench) -> None:
    voter, _ = open_round(bench, nominees=3)
    entries = Entries({"t4": 3, "t1": 1}, (10, 7), ("n03", "n01"))
    cast = recorded(bench, voter, entries)
    assert cast.version == 1
    assert cast.counts
    assert cast.choice.ranking == ("t1", "t4")
    with bench.read(ANONYMOUS, moment()) as work:
        row = work.session.scalars(select(Ballot)).one()
        assert row.ranking == [["t1"], ["t4"]]
        assert row.objectives == [7, 10]
        assert row.endorsements == ["n01", "n03"]
        assert row.contact_id == voter.contact_id
        assert row.receipt == cast.receipt
        assert work.session.scalars(select(CurrentBallot)).one().ballot_id == row.id
        shown = row.shown
    view = look(bench, voter.actor)
    assert view.current is not None
    assert view.current.sent_by == voter.name
    assert as_taken(view.current) == cast
    assert shown == [theme.key for theme in view.themes]


def test_the_last_version_counts_and_the_others_stay(bench: Bench) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    first = recorded(bench, ana)
    second = recorded(bench, eva, OTHER, "form-2")
    assert (first.version, second.version) == (1, 2)
    assert first.receipt != second.receipt
    for voter in (ana, eva):
        current = look(bench, voter.actor).current
        assert current is not None
        assert (as_taken(current), current.sent_by) == (second, eva.name), "both see it, and whose it is"
    with bench.read(ana.actor, moment()) as work:
        _, mine, head = voting.receipt(work, KEY, 1)
    assert (mine.receipt, mine.counts) == (first.receipt, False)
    with bench.read(COMMAND, moment()) as work:
        said = work.session.get_one(LogEntry, head.size)
        assert (said.action, json.loads(said.details)["version"]) == ("ballot.cast", 1), (
            "its last row tells of it"
        )
    assert count(bench, Ballot) == 2
    assert count(bench, CurrentBallot) == 1


def test_the_same_form_sent_again_is_one_vote(bench: Bench) -> None:
    voter, _ = open_round(bench)
    receipts = {recorded(bench, voter).receipt for _ in range(3)}
    assert len(receipts) == 1
    assert count(bench, Ballot) == 1


def test_a_retry_after_the_close_still_gives_its_receipt(bench: Bench) -> None:
    voter, _ = open_round(bench)
    cast = recorded(bench, voter)
    close(bench)
    assert recorded(bench, voter) == cast


def test_what_counts_already_is_not_recorded_twice_unless_another_person_sends_it(bench: Bench) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    assert recorded(bench, ana, ONE, "form-1").receipt == recorded(bench, ana, ONE, "form-2").receipt
    assert recorded(bench, eva, ONE, "form-3").version == 2


def test_a_late_retry_does_not_bring_back_an_older_vote(bench: Bench) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    first = recorded(bench, ana)
    second = recorded(bench, eva, OTHER, "form-2")
    retried = recorded(bench, ana)
    assert (retried.receipt, retried.counts) == (first.receipt, False)
    current = look(bench, ana.actor).current
    assert current is not None
    assert as_taken(current) == second


def test_only_the_version_that_the_sender_saw_is_replaced(bench: Bench) -> None:
    voter, _ = open_round(bench)

    def sent(seen: int, entries: Entries) -> CastBallot | Late:
        with bench.work(voter.actor, moment()) as work:
            return voting.cast(work, KEY, entries, f"form-{seen}", seen)

    with pytest.raises(Problem, match=r"vote\.changed"):
        sent(1, ONE)
    sent(0, ONE)
    for seen in (0, 2):
        with pytest.raises(Problem, match=r"vote\.changed"):
            sent(seen, OTHER)
    sent(1, OTHER)
    assert count(bench, Ballot) == 2


def test_a_vote_by_an_address_of_after_the_opening_is_marked_and_one_entered_by_staff_is_not(
    bench: Bench,
) -> None:
    voter, other = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        home = work.session.get_one(Contact, voter.contact_id).organisation_id
        late = Contact(organisation_id=home, name="Late", email="late@example.org", created_at=moment())
        work.session.add(late)
        work.session.flush()
        addresses.admit(work, voter.seat_id, late)
        newcomer = Actor("voter", late.id, late.name, seat_id=voter.seat_id)
    recorded(bench, voter)
    with bench.work(newcomer, moment()) as work:
        voting.cast(work, KEY, OTHER, "form-2")
    with bench.work(Actor("secretariat", None, "Mariana"), moment()) as work:
        assisted.cast(
            work, KEY, other.seat, ONE, "call", assisted.Request("Rosa", "Sin conexión"), by_two=True
        )
    marks = [{name for name in ("young", "assisted") if name in row.details} for row in log_of(bench)]
    assert [each for each in marks if each] == [{"young"}, {"assisted"}]
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot.young).order_by(Ballot.id)).all() == [False, True, False]


def test_a_seat_that_was_withdrawn_takes_no_vote(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Seat, voter.seat_id).withdrawn_at = moment()
    with pytest.raises(Problem, match=r"vote\.withdrawn"):
        send(bench, voter)
    assert count(bench, Ballot) == 0


def test_one_may_go_back_to_an_earlier_choice(bench: Bench) -> None:
    voter, _ = open_round(bench)
    recorded(bench, voter, ONE, "form-1")
    recorded(bench, voter, OTHER, "form-2")
    assert recorded(bench, voter, ONE, "form-3").version == 3


@pytest.mark.parametrize(
    ("entries", "code"),
    [
        (Entries({}), "vote.none"),
        (Entries({"t1": 1, "t2": 1}), "vote.place_twice"),
        (Entries({f"t{n}": n for n in range(1, 7)}), "vote.many"),
        (Entries({"zz": 1}), "vote.theme"),
        (Entries({"t1": 1}, (24,)), "vote.objective"),
        (Entries({"t1": 1}, tuple(range(1, 7))), "vote.objectives"),
        (Entries({"t1": 1}, (), ("n01",)), "vote.nominee"),
    ],
)
def test_a_faulty_vote_leaves_everything_as_it_was(bench: Bench, entries: Entries, code: str) -> None:
    voter, _ = open_round(bench)
    before = count(bench, LogEntry)
    with pytest.raises(Problem) as refused:
        send(bench, voter, entries)
    assert refused.value.code == code
    with bench.read(voter.actor, moment()) as work:
        looked = voting.review(work, KEY, entries)
        assert not isinstance(looked, Late)
        assert looked.faults[0].problem.code == code
    assert count(bench, Ballot) == 0
    assert count(bench, LogEntry) == before


def test_after_the_deadline_or_the_close_nothing_is_recorded(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.read(ANONYMOUS, moment()) as work:
        deadline = work.session.scalars(select(Round.closes_at)).one()
    at_once = send(bench, voter, now=deadline)
    assert isinstance(at_once, Late)
    assert at_once.ballot.ended_at == deadline, "though it is not closed yet"
    assert isinstance(send(bench, voter, now=deadline - timedelta(seconds=1)), CastBallot)
    for closed, ended in ((deadline + timedelta(hours=1), deadline), (moment(), moment())):
        close(bench, closed)
        assert look(bench, voter.actor).ended_at == ended, "the deadline, or the closing before it"
    late = send(bench, voter, OTHER, "form-2")
    assert isinstance(late, Late)
    with bench.read(voter.actor, moment()) as work:
        assert isinstance(voting.review(work, KEY, ONE), Late)
    change_round(bench, state="cancelled")
    assert isinstance(send(bench, voter, OTHER, "form-2"), Late)
    assert look(bench, voter.actor).ended_at is None
    assert count(bench, Ballot) == 1
    late_rows = [json.loads(row.details)["state"] for row in log_of(bench) if row.action == "ballot.late"]
    assert late_rows == ["open", "closed", "cancelled"]


# -- who


def test_a_seat_of_another_round_is_out_of_reach(bench: Bench) -> None:
    here, _ = open_round(bench)
    there, _ = open_round(bench, "2028-1")
    for act in (
        lambda work: voting.ballot(work, KEY),
        lambda work: voting.review(work, KEY, ONE),
        lambda work: voting.cast(work, KEY, ONE, "form-1"),
        lambda work: voting.receipt(work, KEY),
        lambda work: voting.receipt(work, KEY, 1),
    ):
        with pytest.raises(Problem, match=r"vote\.elsewhere"), bench.work(there.actor, moment()) as work:
            act(work)
    with pytest.raises(Problem, match=r"vote\.elsewhere"), bench.work(Actor("voter", 1), moment()) as work:
        voting.ballot(work, KEY)
    assert look(bench, here.actor).current is None


@pytest.mark.parametrize("actor", [ANONYMOUS, COMMAND, Actor("admin", 1), Actor("secretariat", 1)])
def test_only_a_voter_reads_and_casts(bench: Bench, actor: Actor) -> None:
    open_round(bench)
    for act in (
        lambda work: voting.ballot(work, KEY),
        lambda work: voting.cast(work, KEY, ONE, "form-1"),
        lambda work: voting.receipt(work, KEY),
    ):
        with pytest.raises(Problem, match=r"access\.denied"), bench.work(actor, moment()) as work:
            act(work)


def test_there_is_no_receipt_before_a_vote(bench: Bench) -> None:
    voter, other = open_round(bench)
    recorded(bench, other)
    for version in (None, 1):
        with pytest.raises(Problem, match=r"vote\.unknown"), bench.read(voter.actor, moment()) as work:
            voting.receipt(work, KEY, version)


# -- what is written down


def test_the_log_names_ids_and_never_the_ranking(bench: Bench) -> None:
    voter, _ = open_round(bench)
    enter(bench, voter.token)
    recorded(bench, voter, Entries({"t3": 1, "t5": 2}, (13,)))
    # The head that the receipt shows is of before the vote, and nobody's act.
    entered, head, cast_row = log_of(bench)
    assert (head.action, head.actor) == ("heads.taken", "house")
    rows = [entered, cast_row]
    assert [row.action for row in rows] == ["ballot.entered", "ballot.cast"]
    assert rows[1].actor == f"voter:{voter.contact_id}"
    assert rows[1].subject == f"seat:{voter.seat_id}"
    assert set(json.loads(rows[1].details)) == {"ballot", "record_sha256", "version"}


def test_no_token_is_in_the_database(bench: Bench) -> None:
    voters = open_round(bench)
    sessions = [enter(bench, voter.token) for voter in voters]
    recorded(bench, voters[0])
    stored = b"".join(
        path.read_bytes() for path in Path(bench.engine.url.database or "").parent.glob("consulta.sqlite3*")
    )
    assert voters[0].organisation.encode() in stored
    for secret in [voter.token for voter in voters] + sessions:
        assert secret is not None
        assert secret.encode() not in stored


# -- at the same time


def together(jobs: Sequence[Callable[[], object]]) -> list[object]:
    """What each job returns, all of them started at one moment."""
    barrier = threading.Barrier(len(jobs), timeout=60)

    def run(job: Callable[[], object]) -> object:
        barrier.wait()
        return job()

    with ThreadPoolExecutor(len(jobs)) as pool:
        return list(pool.map(run, jobs))


def test_two_contacts_at_once_make_two_versions_of_which_one_counts(either: Bench) -> None:
    ana, eva, _, _ = open_round(either, contacts=2)
    for turn in range(4):
        mine = Entries({"t1": 1, f"t{turn + 2}": 2})
        hers = Entries({"t6": 1, f"t{turn + 1}": 2})
        casts = together(
            [partial(send, either, ana, mine, f"a{turn}"), partial(send, either, eva, hers, f"e{turn}")]
        )
        versions = [cast.version for cast in casts if isinstance(cast, CastBallot)]
        assert sorted(versions) == [2 * turn + 1, 2 * turn + 2]
        current = look(either, ana.actor).current
        assert current is not None
        assert current.version == 2 * turn + 2
    assert count(either, CurrentBallot) == 1


def test_one_form_sent_twice_at_once_is_one_vote(either: Bench) -> None:
    voter, _ = open_round(either)
    casts = together([lambda: send(either, voter)] * 6)
    assert len({cast.receipt for cast in casts if isinstance(cast, CastBallot)}) == 1
    assert count(either, Ballot) == 1


def test_every_vote_that_was_acknowledged_before_the_close_is_counted_and_no_other(either: Bench) -> None:
    voters = open_round(either, seats=50)
    started = moment()

    def vote(voter: Voter) -> CastBallot | Late:
        return send(either, voter, ONE, voter.seat, started)

    def end() -> None:
        with either.work(COMMAND, moment()) as work:
            rounds.close_round(work, KEY, "a race")

    jobs = [partial(vote, voter) for voter in voters]
    answers = together([*jobs[:25], end, *jobs[25:]])
    accepted = sum(isinstance(answer, CastBallot) for answer in answers)
    refused = sum(isinstance(answer, Late) for answer in answers)
    assert accepted + refused == 50
    (closing,) = (row for row in log_of(either) if row.action == "rounds.closed")
    assert count(either, CurrentBallot) == accepted == json.loads(closing.details)["ballots"]


def test_nobody_votes_while_the_round_is_being_closed(either: Bench) -> None:
    """A vote that comes while the closing is not yet through waits for it, and is refused then."""
    voter, _ = open_round(either)
    answers: list[CastBallot | Late] = []
    thread = threading.Thread(target=lambda: answers.append(send(either, voter)))
    with either.work(COMMAND, moment()) as work:
        rounds.close_round(work, KEY, "a race")
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive(), "it waits"
    thread.join(timeout=10)
    assert [type(answer) for answer in answers] == [Late]


def test_an_organisation_keeps_its_name_of_the_opening(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        for organisation in work.session.scalars(select(Organisation)):
            organisation.name = "Otro nombre"
    assert look(bench, voter.actor).organisation == voter.organisation


def test_a_vote_refused_after_the_end_is_in_the_log_and_one_elsewhere_is_not(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work, pytest.raises(Problem, match=r"vote\.elsewhere"):
        voting.refuse_late(work, "2026-9")
    with bench.work(voter.actor, moment()) as work:
        voting.refuse_late(work, "2027-1")
    with bench.read(COMMAND, moment()) as work:
        late = select(LogEntry.subject).where(LogEntry.action == "ballot.late")
        assert work.session.scalars(late).all() == [f"seat:{voter.seat_id}"]


def test_a_version_that_was_never_sent_has_no_proof(bench: Bench) -> None:
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work, pytest.raises(Problem, match=r"vote\.unknown"):
        voting.inclusion(work, "2027-1", 1)
