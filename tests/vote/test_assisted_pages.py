"""The secretariat's way to enter a vote: ballot, review, code; nothing lost, no ranking seen."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Ballot
from consulta.platform.work import ANONYMOUS, Bench
from tests import sessions_aged
from tests.benches import PASSWORD, Visitor, voter_visitor
from tests.factories import moment
from tests.polling import close, open_round
from tests.vote.test_vote import Page, places, vote

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

SEAT = "/es/secretariat/rounds/2027-1/seats/s001"
PAPER, REVIEW, CAST = f"{SEAT}/assisted", f"{SEAT}/assisted/review", f"{SEAT}/assisted/cast"
CALL = {"requester": "Rosa Quispe, directora", "reason": "Sin conexión", "confirm": "y"}


def reviewed(staff: Visitor, **given: int) -> dict[str, object]:
    """The review's form after filling in the ballot."""
    page = Page(staff.post(REVIEW, Page(staff.get(PAPER)).form() | places(**given)))
    assert page.status == 200, page.text
    return dict(page.form())


def enter(staff: Visitor, **given: int) -> TestResponse:
    return staff.post(CAST, reviewed(staff, **given) | CALL)


def forget_password(bench: Bench) -> None:
    """As after a long call: the password was given eleven minutes ago."""
    with bench.work(ANONYMOUS, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))


def ballots(bench: Bench) -> list[Ballot]:
    with bench.read(ANONYMOUS, moment()) as work:
        found = list(work.session.scalars(select(Ballot).order_by(Ballot.id)))
        work.session.expunge_all()
    return found


def test_from_the_organisation_to_the_code(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench, real=True)
    seat = staff_visitor.get(SEAT)
    assert 'class="flow under"' in seat.text, "a phone has no other place for a whole address"
    assert PAPER in Page(seat).links()
    themes = [key for key in Page(staff_visitor.get(PAPER)).form() if key.startswith("place-")]
    first, second = (key.removeprefix("place-") for key in themes[:2])
    answer = enter(staff_visitor, **{first: 2, second: 1})
    assert answer.status_code == 303
    receipt = staff_visitor.get(answer.location)
    (made,) = ballots(bench)
    assert made.ranking == [[second], [first]]
    assert made.assisted
    assert made.receipt in receipt.text
    assert "Rosa Quispe, directora" in receipt.text
    for title in Page(staff_visitor.get(PAPER)).ranking:
        assert title not in receipt.text
    told = Page(staff_visitor.get(SEAT)).text
    assert "Rosa Quispe, directora" in told
    assert "Sin conexión" in told
    assert "Secretaría de prueba" in told


def test_the_organisation_reads_who_entered_it_and_that_sending_replaces_it(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """VB-22: the current ranking, who sent it, when, and that sending replaces it; on ballot and review."""
    voter, _ = open_round(bench)
    enter(staff_visitor, t3=1)
    visitor = voter_visitor(app, voter.token)
    ballot = Page(visitor.get("/es/ballot/2027-1"))
    said = "La secretaría registró este orden el"
    assert said in ballot.text
    assert "a solicitud de Rosa Quispe, directora" in ballot.text
    assert "salvo que usted envíe otro que lo reemplace" in ballot.text
    assert "Tema 3" in ballot.text.partition(said)[2].partition("Los temas que no elija")[0]
    review = Page(visitor.sent("/es/ballot/2027-1/review", ballot.form() | places(t3=2, t1=1)))
    assert "Reemplaza el voto que la secretaría registró el" in review.text
    receipt = visitor.get("/es/ballot/2027-1/receipt")
    assert "La secretaría lo registró el" in Page(receipt).text
    replaced = visitor.get(vote(visitor, t1=2).location)
    assert replaced.status_code == 200
    earlier = Page(visitor.get("/es/ballot/2027-1/receipt?version=1"))
    assert "Contacto de" in earlier.text


def test_staff_read_that_there_is_a_vote_and_not_which(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    vote(visitor, t4=1, t2=2)
    (made,) = ballots(bench)
    page = Page(staff_visitor.get(PAPER))
    assert "Esta organización ya votó" in page.text
    assert voter.name in page.text
    assert all(value == [""] for name, value in page.form().items() if name.startswith("place-"))
    assert page.ranking == []
    for url in (PAPER, SEAT):
        assert made.receipt not in staff_visitor.get(url).text
    assert staff_visitor.get(f"{SEAT}/assisted/receipt?version=1").status_code == 404
    review = Page(staff_visitor.post(REVIEW, page.form() | places(t1=1)))
    assert review.ranking == ["Tema 1"]


def test_a_long_call_loses_nothing(bench: Bench, staff_visitor: Visitor) -> None:
    """The password is due again at the end of the call: it is asked for beside what was entered."""
    open_round(bench)
    form = reviewed(staff_visitor, t2=1) | CALL
    forget_password(bench)
    refused = Page(staff_visitor.post(CAST, form))
    assert refused.status == 422
    assert refused.ranking == ["Tema 2"]
    again = refused.form()
    assert again["requester"] == ["Rosa Quispe, directora"]
    wrong = staff_visitor.post(CAST, again | CALL | {"password": "no es esta frase"})
    assert wrong.status_code == 422
    assert ballots(bench) == []
    assert staff_visitor.post(CAST, again | CALL | {"password": PASSWORD}).status_code == 303
    assert len(ballots(bench)) == 1


def test_the_ballot_itself_asks_for_the_password_first(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    forget_password(bench)
    answer = staff_visitor.get(PAPER)
    assert answer.status_code == 303
    assert "/account/confirm" in answer.location


def test_without_the_box_who_asked_or_why_nothing_is_sent(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    form = reviewed(staff_visitor, t1=1)
    for left_out in CALL:
        sent = form | {name: value for name, value in CALL.items() if name != left_out}
        if left_out != "confirm":
            sent[left_out] = "  "
        assert staff_visitor.post(CAST, sent).status_code == 422, left_out
    assert ballots(bench) == []


def test_change_something_brings_the_entries_back(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    form = reviewed(staff_visitor, t1=2, t4=1)
    page = Page(staff_visitor.post(REVIEW, form | {"change": "1"}))
    assert (page.form()["place-t1"], page.form()["place-t4"]) == (["2"], ["1"])
    faulty = Page(staff_visitor.post(REVIEW, page.form() | places(t1=1)))
    assert faulty.status == 422
    assert faulty.form()["place-t1"] == ["1"]


def test_after_the_end_what_was_entered_is_shown_and_not_recorded(
    bench: Bench, staff_visitor: Visitor
) -> None:
    open_round(bench)
    form = reviewed(staff_visitor, t6=1)
    close(bench)
    late = Page(staff_visitor.post(CAST, form | CALL))
    assert late.status == 409
    assert late.ranking == ["Tema 6"]
    assert ballots(bench) == []
    assert Page(staff_visitor.get(PAPER)).status == 200
    assert PAPER not in Page(staff_visitor.get(SEAT)).links()


def test_sent_twice_it_is_one_vote(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    form = reviewed(staff_visitor, t1=1) | CALL
    assert staff_visitor.post(CAST, form).location == staff_visitor.post(CAST, form).location
    assert len(ballots(bench)) == 1
