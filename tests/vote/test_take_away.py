"""What a contact takes away: receipt, deadline, themes to print; and the vote of the last round."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.platform.models import Contact, Round, Seat, Theme
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.web import letters
from consulta.platform.work import COMMAND, Bench
from consulta.vote import service as voting
from tests.benches import Visitor, voter_visitor
from tests.cases import for_each
from tests.factories import build_link, moment, put_on_file
from tests.pdf import stuck_out
from tests.polling import Voter, change_round, close, open_round
from tests.vote.test_vote import BALLOT, RECEIPT, Page, vote

if TYPE_CHECKING:
    from flask import Flask

FILES = (f"{BALLOT}/deadline.ics", f"{BALLOT}/themes", f"{RECEIPT}.pdf")


@pytest.mark.skipif(not letters.are_available(), reason="this installation makes no documents")
def test_the_receipt_is_a_document_with_code_and_order(
    bench: Bench, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter, _ = open_round(bench, nominees=2)
    visitor = voter_visitor(app, voter.token, "en")
    assert visitor.get("/en/ballot/2027-1/receipt.pdf").status_code == 404, "nothing was sent yet"
    vote(visitor, t3=1, t1=2)
    shown = Page(visitor.get("/en/ballot/2027-1/receipt"))
    assert "/en/ballot/2027-1/receipt.pdf?version=1" in shown.links()
    answer = visitor.get("/en/ballot/2027-1/receipt.pdf?version=1")
    assert answer.data.startswith(b"%PDF")
    found = re.search(r"\w{4}-\w{4}-\w{4}", shown.text)
    assert found is not None
    assert f'filename="2027-1-{found[0]}.pdf"' in answer.headers["Content-Disposition"]
    pages: list[str] = []

    def drawn(page: str, _style: str) -> bytes:
        pages.append(page)
        return b""

    monkeypatch.setattr(letters, "drawn", drawn)
    visitor.get("/en/ballot/2027-1/receipt.pdf?version=1")
    (page,) = pages
    for told in (found[0], voter.organisation, "Theme 3", "Theme 1", "4 themes without a place", "UTC"):
        assert told in page
    assert page.index("Theme 3") < page.index("Theme 1")


@pytest.mark.skipif(not letters.are_available(), reason="this installation makes no documents")
def test_a_word_longer_than_the_page_stays_on_the_paper_of_a_receipt(bench: Bench, app: Flask) -> None:
    """Of the organisation, a theme and the organiser, whose name stands at the right."""
    voter, _ = open_round(bench)
    word = "Supercalifragilístico" * 9
    with bench.work(COMMAND, moment()) as work:
        for seat in work.session.scalars(select(Seat)):
            seat.name = word
        for theme in work.session.scalars(select(Theme)):
            theme.title = Text({"es": word[:120], "en": word[:120]})
        service.save(work, Profile(name=Text({"es": word[:120]}), email="red@example.org"))
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t3=1, t1=2)
    content = visitor.get("/es/ballot/2027-1/receipt.pdf?version=1").data
    assert content.startswith(b"%PDF")
    assert stuck_out(content, margin=10) == []


def test_the_deadline_is_an_hour_in_a_calendar_and_rises_when_it_moves(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    first = visitor.get(f"{BALLOT}/deadline.ics")
    assert first.mimetype == "text/calendar"
    with bench.read(COMMAND, moment()) as work:
        closes_at = work.session.scalars(select(Round.closes_at)).one()
    assert f"DTEND:{closes_at:%Y%m%dT%H%M%S}Z" in first.text
    assert voter.token not in first.text
    sequence = [int(found) for found in re.findall(r"SEQUENCE:(\d+)", first.text)]
    change_round(bench, closes_at=moment() + timedelta(days=20))
    second = visitor.get(f"{BALLOT}/deadline.ics").text
    assert re.findall(r"UID:(.*)", second) == re.findall(r"UID:(.*)", first.text)
    assert [int(found) for found in re.findall(r"SEQUENCE:(\d+)", second)] > sequence


def test_the_sheet_of_themes_is_in_the_seat_s_order_and_tells_of_no_vote(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench, nominees=2)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t5=1)
    page = Page(visitor.get(f"{BALLOT}/themes"))
    ballot = Page(visitor.get(BALLOT)).main
    cards = ["".join(each[0].itertext()).strip() for each in ballot.iter() if each.get("data-theme")]
    order = re.findall(r"Tema \d", page.text)
    assert list(dict.fromkeys(order)) == cards
    assert "Persona n01" in page.text
    for secret in (voter.token, voter.name):
        assert secret not in visitor.get(f"{BALLOT}/themes").text


def test_without_the_session_of_the_ballot_there_is_nothing_to_take(bench: Bench, app: Flask) -> None:
    open_round(bench)
    there, _ = open_round(bench, "2028-1")
    for visitor in (voter_visitor(app, there.token), Visitor(app.test_client())):
        assert {visitor.get(path).status_code for path in FILES} == {403}


# -- what it voted last time

SAID = "Lo que votó su organización en la consulta anterior"


@pytest.fixture
def both_rounds(bench: Bench, app: Flask) -> list[Voter]:
    """The voters of a round after one in which the same two organisations voted."""
    for number, voter in enumerate(open_round(bench), start=1):
        vote(voter_visitor(app, voter.token), **{f"t{number}": 1, f"t{number + 3}": 2})
    close(bench)
    voters = open_round(bench, "2028-1")
    with bench.work(COMMAND, moment()) as work:
        seats = list(work.session.scalars(select(Seat).order_by(Seat.round_id, Seat.position)))
        for before, after in zip(seats[:2], seats[2:], strict=True):
            after.organisation_id = before.organisation_id
        for seat, voter in zip(seats[:2], voters, strict=True):
            contact = work.session.get_one(Contact, voter.contact_id)
            put_on_file(work.session, seat, contact, since=moment() - timedelta(days=1))
    return voters


def told(app: Flask, token: str) -> str:
    """What the ballot of the second round says of the last vote."""
    page = Page(voter_visitor(app, token).get("/es/ballot/2028-1"))
    return page.text.partition(SAID)[2].partition("Cada voto")[0]


def test_the_last_vote_stands_beside_the_new_ballot_and_only_its_own(
    app: Flask, both_rounds: list[Voter]
) -> None:
    mine, hers = (told(app, voter.token) for voter in both_rounds)
    assert re.findall(r"Tema \d", mine) == ["Tema 1", "Tema 4"]
    assert re.findall(r"Tema \d", hers) == ["Tema 2", "Tema 5"]


def test_a_contact_of_after_the_opening_does_not_read_the_last_vote(
    bench: Bench, app: Flask, both_rounds: list[Voter]
) -> None:
    with bench.work(COMMAND, moment()) as work:
        seat = work.session.get_one(Seat, both_rounds[0].seat_id)
        late = Contact(
            organisation_id=seat.organisation_id, name="Persona Dos", email="d@x.org", created_at=moment()
        )
        work.session.add(late)
        work.session.flush()
        put_on_file(work.session, seat, late, at_opening=False)
        token = build_link(work.session, seat, late)
    assert told(app, token) == ""
    assert told(app, both_rounds[0].token)


@for_each("values", [{"state": "cancelled"}, {"state": "open"}])
def test_of_a_round_that_did_not_end_nothing_is_told(
    bench: Bench, app: Flask, both_rounds: list[Voter], values: dict[str, str]
) -> None:
    change_round(bench, **values)
    assert told(app, both_rounds[0].token) == ""


def test_an_abstention_is_no_last_vote(bench: Bench, app: Flask) -> None:
    voter, _ = open_round(bench)
    with bench.work(voter.actor, moment()) as work:
        voting.abstain(work, "2027-1", "k")
    close(bench)
    after, _ = open_round(bench, "2028-1")
    with bench.work(COMMAND, moment()) as work:
        first = work.session.get_one(Seat, voter.seat_id)
        work.session.get_one(Seat, after.seat_id).organisation_id = first.organisation_id
    assert told(app, after.token) == ""
