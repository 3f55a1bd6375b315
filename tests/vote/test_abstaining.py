"""An organisation abstains on purpose: it took part, it is in no count, and it can still vote."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text

from consulta.core.counting import bundle as bundles
from consulta.core.counting import files as counting
from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.desk import moves
from consulta.platform import door
from consulta.platform.models import Ballot, Document, LogEntry, Message, Round, Seat
from consulta.platform.work import ANONYMOUS, COMMAND, Actor, Bench
from consulta.results import archive, checks
from consulta.results import service as results
from consulta.rounds import ballots
from consulta.rounds.secrecy import MODES, abstentions_told
from consulta.vote import objections, participation
from consulta.vote import service as voting
from consulta.vote.values import CastBallot, Late
from tests.benches import Visitor, voter_visitor
from tests.drafts import KEY, NOW, hand_out, make_open, reading, writing
from tests.factories import moment
from tests.objecting import by_link, closing_mails, leave, people, vote_by
from tests.polling import close, open_round
from tests.results.checks.published import OPENED, archive_of, live, unpacked, verify
from tests.vote.test_vote import BALLOT, CAST, RECEIPT, REVIEW, Page, places, vote

if TYPE_CHECKING:
    from datetime import datetime

    from flask import Flask

    from consulta.rounds.links import IssuedLink

ABSTAIN = f"{BALLOT}/abstain"


def abstain_by(bench: Bench, link: IssuedLink, at: datetime, key: str = KEY) -> CastBallot:
    """An abstention by a personal link."""
    with bench.work(ANONYMOUS, at) as work:
        entrance = door.enter(work, "v", link.url.rpartition("/")[2])
        voter = door.resume(work, "voter", entrance.token) if entrance else None
    assert voter is not None
    with bench.work(voter, at + timedelta(minutes=1)) as work:
        cast: Any = voting.abstain(work, key, f"key {at}")
    return cast  # type: ignore[no-any-return]  # in time


def faults(work: Any) -> dict[str, Any]:
    return {check.name: check.faults for check in checks.whole(work) if check.faults}


# -- from the ballot to the receipt, and to a vote


@pytest.mark.parametrize("lang", ["es", "en"])
def test_from_the_ballot_to_the_receipt_and_then_to_a_vote(bench: Bench, app: Flask, lang: str) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token, lang)
    base = f"/{lang}/ballot/2027-1"
    assert f"{base}/abstain" in Page(visitor.get(base)).links()
    asked = Page(visitor.get(f"{base}/abstain"))
    assert voter.organisation in asked.text
    form = asked_form(asked)
    unticked = visitor.post(f"{base}/abstain", form)
    assert unticked.headers["Location"] == f"{base}/abstain?unsent=1"
    assert Page(visitor.get(f"{base}/abstain?unsent=1")).status == 422
    answer = visitor.post(f"{base}/abstain", form | {"confirm": "y"})
    assert answer.headers["Location"] == f"{base}/receipt?version=1"
    receipt = Page(visitor.get(answer.headers["Location"]))
    assert receipt.ranking == []
    assert voter.organisation in receipt.text
    ballot = Page(visitor.get(base))
    assert f"{base}/abstain" not in ballot.links()
    told = {"es": "se abstuvo", "en": "has abstained"}[lang]
    assert told in ballot.text
    reviewed = Page(visitor.sent(f"{base}/review", ballot.form() | places(t2=1)))
    assert voter.name in reviewed.text, "it says what the vote takes the place of"
    assert visitor.post(f"{base}/cast", reviewed.form() | {"confirm": "y"}).headers["Location"].endswith("=2")
    assert visitor.get(f"{base}/abstain").headers["Location"] == base
    before = Page(visitor.get(f"{base}/receipt?version=1"))
    assert f"{base}/receipt" in before.links(), "the way to the one that counts"
    with bench.read(COMMAND, moment()) as work:
        kinds = list(work.session.scalars(select(Message.kind).order_by(Message.id)))
        rows = list(work.session.execute(select(Ballot.abstains, Ballot.ranking).order_by(Ballot.version)))
    assert kinds == ["abstention", "receipt"], "no vote was replaced"
    assert [tuple(row) for row in rows] == [(True, []), (False, [["t2"]])]


def asked_form(page: Page) -> dict[str, Any]:
    fields = [one for one in page.main.iter() if one.get("name") in {"csrf_token", "key"}]
    return {one.get("name", ""): one.get("value", "") for one in fields}


def test_abstaining_twice_is_once_and_a_vote_is_never_taken_back(bench: Bench, app: Flask) -> None:
    voter, other = open_round(bench)
    with bench.read(COMMAND, moment()) as work:
        assert ballots.archive_numbers(work.session, 1) == (0, 0, 0, 0, 0)
        assert ballots.ballots(work.session, 1) == 0
    visitor = voter_visitor(app, voter.token)
    form = asked_form(Page(visitor.get(ABSTAIN))) | {"confirm": "y"}
    led = {visitor.post(ABSTAIN, form | {"key": key}).headers["Location"] for key in ("a", "a", "b")}
    assert led == {f"{RECEIPT}?version=1"}
    hers = voter_visitor(app, other.token)
    form = asked_form(Page(hers.get(ABSTAIN))) | {"confirm": "y"}
    vote(hers, t1=1)
    hers.post(ABSTAIN, form)
    with bench.work(other.actor, moment()) as work, pytest.raises(Problem, match=r"abstain\.voted"):
        voting.abstain(work, "2027-1", "again")
    assert Page(hers.get(BALLOT)).form()["place-t1"] == ["1"]
    with bench.read(COMMAND, moment()) as work:
        assert sorted(work.session.scalars(select(Ballot.abstains))) == [False, True]
        numbers = [ballots.archive_numbers(work.session, number) for number in (1, 2)]
    assert numbers == [(1, 0, 0, 0, 1), (0, 0, 0, 0, 0)], "those of another round are not counted"


def test_after_the_end_it_is_refused_and_the_log_says_so(bench: Bench, app: Flask) -> None:
    voter, other = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    form = asked_form(Page(visitor.get(ABSTAIN))) | {"confirm": "y"}
    with bench.work(other.actor, moment()) as work:
        for _ in range(2):
            made = voting.abstain(work, "2027-1", "k")
            assert isinstance(made, CastBallot)
            assert made.counts
    close(bench)
    assert visitor.post(ABSTAIN, form).headers["Location"] == BALLOT
    with bench.work(voter.actor, moment()) as work:
        assert isinstance(voting.abstain(work, "2027-1", "k"), Late)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalar(select(LogEntry.action).where(LogEntry.action == "ballot.late"))
        assert len(work.session.scalars(select(Ballot)).all()) == 1
    assert "registrada de" in Page(voter_visitor(app, other.token).get(BALLOT)).text


def test_a_colleague_reads_that_it_abstained_before_a_vote_takes_its_place(bench: Bench, app: Flask) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    visitor = voter_visitor(app, ana.token)
    form = Page(visitor.sent(REVIEW, Page(visitor.get(BALLOT)).form() | places(t1=1))).form()
    with bench.work(eva.actor, moment()) as work:
        voting.abstain(work, "2027-1", "k")
    page = Page(visitor.sent(CAST, form | {"confirm": "y"}))
    assert "Mientras tanto su organización se abstuvo" in page.text
    assert visitor.post(CAST, page.form() | {"confirm": "y"}).headers["Location"] == f"{RECEIPT}?version=2"


# -- no count has it, and nothing about it can be changed unseen


def abstaining(bench: Bench) -> None:
    """Two of twelve abstain before the closing."""
    with bench.work(COMMAND, NOW) as work:
        seats = [seat.id for seat in work.session.scalars(select(Round)).one().seats]
    for number in (10, 11):
        with bench.read(COMMAND, NOW) as work:
            seat = work.session.get_one(Seat, seats[number])
            contact = seat.organisation.contacts[0]
            actor = Actor("voter", contact.id, contact.name, seat_id=seat.id)
        with bench.work(actor, OPENED + timedelta(days=8)) as work:
            voting.abstain(work, KEY, f"key {number}")


def test_without_the_abstentions_bundle_and_result_are_the_same_to_the_byte(bench: Bench) -> None:
    live(bench, meanwhile=abstaining)

    def counted() -> tuple[bytes, str]:
        with reading(bench) as work:
            kept = work.session.scalars(select(Document).where(Document.kind == "bundle")).one()
            assembled = bundles.to_json(results.assemble(work, KEY))
            assert assembled == kept.content.encode()
            result = work.session.scalars(select(Document).where(Document.kind == "result")).one()
            assert not counting.verify_files(assembled, result.content.encode())
            return assembled, result.content

    before = counted()
    with bench.work(COMMAND, NOW) as work:
        work.session.execute(
            text("DELETE FROM current_ballots WHERE ballot_id IN (SELECT id FROM ballots WHERE abstains)")
        )
    assert counted() == before
    assert len(json.loads(before[0])["ballots"]) == 10
    assert b"abst" not in before[0]


def test_each_page_of_the_desk_says_the_same_number_before_and_after_the_closing(
    bench: Bench, staff_visitor: Visitor
) -> None:
    """Else the page of the round told, by the difference, how many abstained before the result was read."""
    voter, other = open_round(bench, "2027-1")
    with bench.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries({"t1": 1}), "k")
    with bench.work(other.actor, moment()) as work:
        voting.abstain(work, "2027-1", "k")

    def told() -> list[str]:
        desk = "/en/secretariat"
        pages = [f"{desk}/", f"{desk}/rounds/2027-1", f"{desk}/rounds/2027-1/participation"]
        patterns = ["organisations have voted", "have voted", "voted"]
        texts = [" ".join("".join(Page(staff_visitor.get(page)).main.itertext()).split()) for page in pages]
        return [
            re.findall(rf"(\d+) of \d+ {pattern}", text)[0]
            for pattern, text in zip(patterns, texts, strict=True)
        ]

    assert told() == ["2", "2", "2"]
    close(bench)
    assert told() == ["2", "2", "2"]


@pytest.mark.parametrize("secrecy", MODES)
def test_the_archive_verifies_and_the_number_is_published_by_the_rules(bench: Bench, secrecy: str) -> None:
    live(bench, secrecy=secrecy, meanwhile=abstaining)
    code, said = verify(unpacked(archive_of(bench)))
    assert code == 0, said
    code, said = verify(unpacked(archive_of(bench, complete=True)))
    assert code == 0, said
    with reading(bench) as work:
        assert faults(work) == {}
        facts = archive.facts_of(work, KEY)
        view = participation.participation(work, KEY)
        numbers = ballots.archive_numbers(work.session, work.session.scalars(select(Round.id)).one())
    assert (facts.ballots, facts.replaced, facts.late) == (10, 1, 1 if facts.late else 0)
    assert facts.abstained == (2 if secrecy == "open" else None)
    assert (view.voted, view.abstained, numbers.abstained) == (12, 2, 2)


def test_its_code_is_found_and_says_that_it_abstained(bench: Bench) -> None:
    live(bench, meanwhile=abstaining)
    with reading(bench) as work:
        codes = list(work.session.scalars(select(Ballot.receipt).where(Ballot.abstains)))
        assert [archive.look_up(work, KEY, code).state for code in codes] == ["abstained"] * 2
        listed = {line.code for line in archive.receipts_page(work, KEY).lines}
    assert not listed & set(codes)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ballots SET abstains = false WHERE abstains",
        "UPDATE ballots SET abstains = true WHERE id = (SELECT min(ballot_id) FROM current_ballots)",
        "DELETE FROM current_ballots WHERE ballot_id IN (SELECT id FROM ballots WHERE abstains)",
    ],
)
def test_check_finds_what_was_changed_of_it(bench: Bench, change: str) -> None:
    live(bench, meanwhile=abstaining)
    with bench.work(COMMAND, NOW) as work:
        work.session.execute(text("DROP TRIGGER ballots_no_update"))
        work.session.execute(text(change))
    with reading(bench) as work:
        assert faults(work)


# -- the number that is told


@given(st.sampled_from(MODES), *(st.integers(0, 30) for _ in range(2)), st.integers(1, 10))
def test_the_number_tells_of_no_few(mode: str, abstained: int, silent: int, least: int) -> None:
    told = abstentions_told(mode, abstained, silent, least)
    assert told in {abstained, None}
    assert told is not None or mode != "open"
    if mode != "open" and abstained:
        assert (told is None) == (abstained < least or silent < least)


def test_the_number_is_told_from_the_least_on_of_both() -> None:
    told = {
        each: abstentions_told("aggregate", *each, 5) for each in ((5, 5), (4, 9), (9, 4), (5, 9), (0, 0))
    }
    assert told == {(5, 5): 5, (4, 9): None, (9, 4): None, (5, 9): 5, (0, 0): 0}


# -- one that was not the organisation's own


def test_a_stolen_abstention_is_told_objected_and_taken_out(bench: Bench) -> None:
    make_open(bench, "CO", "GT", "JM", "MX", "PE", secrecy="open")
    issued = hand_out(bench, KEY)
    for number in (1, 2, 3):
        vote_by(bench, issued[number - 1], NOW + timedelta(hours=number), first=number)
    cast = [abstain_by(bench, issued[number], NOW + timedelta(hours=9 + number)) for number in (3, 4)]
    closed = NOW + timedelta(days=3)
    with writing(bench, closed) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    with writing(bench, closed) as work:
        results.count(work, KEY)
    stolen = closing_mails(bench)[3].token
    opened = by_link(bench, stolen, closed + timedelta(hours=1), objections.question)
    assert (opened.appears.voted, opened.appears.abstains) == (True, True)
    assert opened.appears.receipt == cast[0].receipt
    said = objections.Said("not_ours", "Rosa Quispe", "Nadie de nuestra organización envió eso.")
    made = by_link(bench, stolen, closed + timedelta(hours=2), objections.make, said)
    staff = people(bench, "Mariana")
    with bench.work(staff[0], closed + timedelta(hours=3)) as work:
        objections.uphold(work, KEY, made, "No salió de la organización.")
    leave(bench, closed)
    with bench.work(staff[0], closed + timedelta(hours=80)) as work:
        results.publish(work, KEY)
    with reading(bench, closed + timedelta(hours=81)) as work:
        assert faults(work) == {}
        facts = archive.facts_of(work, KEY)
        view = participation.participation(work, KEY)
        assert archive.look_up(work, KEY, cast[0].receipt).state == "abstention_out"
    assert (facts.ballots, facts.abstained) == (3, 1), "no count had it: nothing is counted anew"
    assert (view.voted, view.abstained) == (4, 1)
    assert verify(unpacked(archive_of(bench, complete=True)))[0] == 0
