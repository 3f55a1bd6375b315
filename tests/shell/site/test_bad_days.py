"""Days on which something goes wrong between message and vote: none is lost, each is told what to do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from consulta.platform import door
from consulta.platform.models import Ballot, Link, LogEntry, Message, Round, SignedIn
from consulta.platform.web import request as web_request
from consulta.platform.work import ANONYMOUS
from tests.benches import Visitor, voter_visitor
from tests.factories import moment
from tests.polling import change_round, close, open_round
from tests.vote.test_vote import Page, places, vote

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

BALLOT = "/es/ballot/2027-1"
PASTE = "/es/v/"


def rows(bench: Bench, model: type[Ballot | SignedIn]) -> int:
    with bench.read(ANONYMOUS, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(model)) or 0


# -- a link cut in two


def test_a_link_is_as_long_as_its_page_says(bench: Bench) -> None:
    (voter,) = open_round(bench, seats=1)
    assert len(voter.token) == door.TOKEN_LENGTH


@pytest.mark.deep
def test_a_link_cut_by_a_mail_program_has_a_page_that_takes_the_pieces_wherever_the_cut_is(
    bench: Bench, app: Flask
) -> None:
    (voter,) = open_round(bench, seats=1)
    whole = Visitor(app.test_client()).get(f"/es/v/{voter.token}").data
    cuts = [(voter.token[:left], voter.token[left:]) for left in range(1, door.TOKEN_LENGTH)]
    for start, rest in cuts:
        for piece in (start, rest):
            visitor = Visitor(app.test_client())
            looked = visitor.get(f"/es/v/{piece}")
            assert looked.data == whole, "before the button nothing is told, not even this"
            cut = visitor.post(f"/es/v/{piece}")
            assert cut.status_code == 404
            assert "Puede haberse cortado" in Page(cut).text
    assert rows(bench, SignedIn) == 0
    for start, rest in cuts:
        visitor = Visitor(app.test_client())
        answer = visitor.post(PASTE, {"link": f"http://localhost/es/v/{start}\n{rest}"})
        assert (answer.status_code, answer.location) == (303, BALLOT)
    assert vote(visitor, t1=1).status_code == 303


@pytest.mark.parametrize(
    "shape",
    [
        "{0}{1}",
        "{0}\r\n{1}",
        "> http://localhost/es/v/{0}\r\n> {1}",
        "<http://localhost/en/v/{0}={1}>.",
        "Estimada Rosa:\nabra http://localhost/es/v/{0}{1}\n\nThe other: http://localhost/en/v/{1}{0}",
        "{0}\u200b{1}\u00a0",
    ],
)
def test_pieces_are_joined_however_they_were_cut(bench: Bench, visitor: Visitor, shape: str) -> None:
    (voter,) = open_round(bench, seats=1)
    text = shape.format(voter.token[:30], voter.token[30:])
    assert visitor.post(PASTE, {"link": text}).status_code == 303


@pytest.mark.parametrize("between", ["=%0A", "%0D%0A", "%20", "%E2%80%8B"])
def test_what_stands_inside_a_link_is_passed_over(bench: Bench, app: Flask, between: str) -> None:
    (voter,) = open_round(bench, seats=1)
    url = f"/es/v/{voter.token[:20]}{between}{voter.token[20:]}%3E."
    assert Visitor(app.test_client()).post(url).status_code == 303


def test_a_link_cut_before_its_first_sign_has_a_page(bench: Bench, visitor: Visitor) -> None:
    open_round(bench)
    for answer in (visitor.get(PASTE), visitor.post(PASTE), visitor.post(PASTE, {"link": "hola"})):
        assert answer.status_code == 404
        assert "Su enlace, tal como está en el mensaje" in answer.text
    assert rows(bench, SignedIn) == 0


def test_the_pages_about_links_that_open_nothing_tell_one_and_the_same(bench: Bench, app: Flask) -> None:
    """Pasted or opened: revoked, expired, unknown, cut."""
    voters = open_round(bench, seats=3)
    with bench.work(ANONYMOUS, moment()) as work:
        first, second, _ = work.session.scalars(select(Link).order_by(Link.id))
        first.revoked_at, second.expires_at = moment(), moment()
    tokens = [voters[0].token, voters[1].token, "A" * 43, voters[2].token[:30]]
    answers = {Visitor(app.test_client()).post(f"/es/v/{token}").data for token in tokens}
    answers |= {Visitor(app.test_client()).post(PASTE, {"link": token}).data for token in tokens}
    assert len(answers) == 1
    page = Page(Visitor(app.test_client()).post(f"/es/v/{tokens[0]}"))
    for name in {voter.organisation for voter in voters}:
        assert name not in page.text


def test_another_site_cannot_paste_a_link_for_somebody(bench: Bench, visitor: Visitor) -> None:
    (voter,) = open_round(bench, seats=1)
    answer = visitor.post(PASTE, {"link": voter.token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert rows(bench, SignedIn) == 0


# -- a link forwarded to another organisation


def test_whoever_votes_by_anothers_link_reads_for_whom(bench: Bench, app: Flask) -> None:
    """Every page names the organisation of the link; its own contacts hear of the vote, and theirs counts."""
    mine, other = open_round(bench)
    stranger = voter_visitor(app, mine.token)
    pages = [Page(stranger.get(BALLOT))]
    pages.append(Page(stranger.sent(f"{BALLOT}/review", pages[0].form() | places(t1=1))))
    for page in pages:
        assert mine.organisation in page.text
        assert other.organisation not in page.text
    box = f"Confirmo que este es el voto de «{mine.organisation}»"
    assert box in pages[1].text
    refused = stranger.sent(f"{BALLOT}/cast", pages[1].form())
    assert refused.status_code == 422, "without the box that names it nothing is sent"
    assert rows(bench, Ballot) == 0
    sent = stranger.post(f"{BALLOT}/cast", pages[1].form() | {"confirm": "y"})
    assert mine.organisation in Page(stranger.get(sent.location)).text
    with bench.read(ANONYMOUS, moment()) as work:
        told = work.session.scalars(select(Message.contact_id).where(Message.kind == "receipt")).all()
    assert told == [mine.contact_id]
    assert vote(voter_visitor(app, mine.token), t1=2, t2=1).status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot.seat_id).distinct()).all() == [mine.seat_id]


# -- a link used after closing


def test_a_link_used_after_closing_leads_to_what_was_recorded(bench: Bench, app: Flask) -> None:
    voter, silent = open_round(bench)
    vote(voter_visitor(app, voter.token), t2=1)
    close(bench)
    page = Page(voter_visitor(app, voter.token).get(BALLOT))
    assert page.ranking == ["Tema 2"]
    assert "La votación cerró el" in page.text
    late = Page(voter_visitor(app, silent.token).get(BALLOT))
    assert f"No se registró ningún voto de {silent.organisation}" in late.text


# -- the clock jumps


class Clock:
    """A clock that can be set, as the web reads it."""

    def __init__(self) -> None:
        self.off = timedelta()

    def now(self) -> datetime:
        return moment() + self.off


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The application's clock."""
    jumping = Clock()
    monkeypatch.setattr(web_request, "now", jumping.now)
    return jumping


def test_a_clock_set_back_while_somebody_votes_loses_nothing(bench: Bench, app: Flask, clock: Clock) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t1=1)
    clock.off = -timedelta(hours=2)
    answer = vote(visitor, t1=2, t2=1)
    assert answer.status_code == 303
    assert Page(visitor.get(f"{BALLOT}/receipt")).ranking == ["Tema 2", "Tema 1"], "the later one counts"
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(Ballot.version).order_by(Ballot.id)).all() == [1, 2]


def test_a_clock_set_back_opens_no_closed_round(bench: Bench, app: Flask, clock: Clock) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    form = Page(visitor.get(BALLOT)).form() | places(t1=1)
    close(bench)
    clock.off = -timedelta(days=3)
    late = visitor.sent(f"{BALLOT}/review", form)
    assert late.status_code == 409
    assert Page(late).ranking == ["Tema 1"], "what was entered is shown"
    assert rows(bench, Ballot) == 0
    with bench.read(ANONYMOUS, moment()) as work:
        assert work.session.scalars(select(LogEntry).where(LogEntry.action == "ballot.late")).one()


def test_a_clock_that_leaps_ahead_and_back_keeps_nobody_out(bench: Bench, app: Flask, clock: Clock) -> None:
    """Meanwhile it seems to be after the end: that is told, and nothing is undone by it."""
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    form = Page(visitor.get(BALLOT)).form() | places(t1=1)
    clock.off = timedelta(days=15)
    assert visitor.post(f"{BALLOT}/review", form).status_code == 403, "an hour without use ended the session"
    fresh = voter_visitor(app, voter.token)
    assert "La votación cerró el" in Page(fresh.get(BALLOT)).text
    late = fresh.sent(f"{BALLOT}/review", form)
    assert Page(late).ranking == ["Tema 1"]
    clock.off = timedelta()
    assert vote(voter_visitor(app, voter.token), t1=1).status_code == 303


# -- the deadline moves while a ballot is open


def test_a_ballot_open_over_a_moved_deadline_is_sent_and_says_the_new_one(
    bench: Bench, app: Flask, clock: Clock
) -> None:
    voter, _ = open_round(bench)
    change_round(bench, closes_at=moment() + timedelta(minutes=30))
    visitor = voter_visitor(app, voter.token)
    form = Page(visitor.get(BALLOT)).form() | places(t1=1)
    with bench.work(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        found.promised_at, found.closes_at = found.closes_at, moment() + timedelta(days=2)
    clock.off = timedelta(minutes=45)
    review = Page(visitor.sent(f"{BALLOT}/review", form))
    assert review.status == 200
    sent = visitor.post(f"{BALLOT}/cast", review.form() | {"confirm": "y"})
    assert sent.status_code == 303
    assert "El plazo se amplió" in Page(visitor.get(BALLOT)).text
