"""The public page on which a new link is asked for: one answer for everybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from consulta.platform.models import Contact, LinkRequest
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.benches import Visitor, voter_visitor
from tests.factories import moment
from tests.polling import open_round
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

PAGE = "/es/new-link"


def requests(bench: Bench) -> int:
    with bench.read(ANONYMOUS, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(LinkRequest)) or 0


def test_the_answer_is_the_same_whatever_is_asked(app: Flask, bench: Bench) -> None:
    """SE-12, SE-13: known, unknown, no address, and more often than is answered."""
    voter, _ = open_round(bench)
    with bench.read(COMMAND, moment()) as work:
        known = work.session.get_one(Contact, voter.contact_id).email
    answers = set()
    for email in (known, "nadie@example.org", "esto no es nada", known, known, known, known):
        visitor = Visitor(app.test_client())
        sent = visitor.submit(PAGE, {"email": email})
        answers.add((sent.status_code, sent.location, sent.data, visitor.get(sent.location).data))
    assert len(answers) == 1
    assert requests(bench) == 3 + 1, "three for the known address, one for the other"
    assert Visitor(app.test_client()).submit(PAGE, {"email": ""}).status_code == 422


def test_the_page_tells_nothing_of_who_is_signed_in(app: Flask, bench: Bench) -> None:
    voter, _ = open_round(bench)
    for url in (PAGE, f"{PAGE}/asked"):
        page = voter_visitor(app, voter.token).get(url)
        assert page.status_code == 200
        assert voter.organisation not in page.text
        assert "noindex" in page.headers["X-Robots-Tag"]


def test_it_can_be_found_from_every_page_on_which_somebody_is_stuck(
    app: Flask, bench: Bench, visitor: Visitor
) -> None:
    open_round(bench)
    for answer in (
        visitor.get("/es/"),
        visitor.get("/es/rounds/2027-1"),
        visitor.post("/es/v/nothing"),
        visitor.get("/es/ballot/2027-1"),
    ):
        assert PAGE in Page(answer).links()


def test_a_scanner_that_sends_every_form_asks_for_nobody(bench: Bench, visitor: Visitor) -> None:
    """SE-4: the form as it is served has no address in it."""
    form = Page(visitor.get(PAGE)).main.find(".//{http://www.w3.org/1999/xhtml}form")
    assert form is not None
    served = {field.get("name", ""): field.get("value", "") for field in form.iter() if field.get("name")}
    assert visitor.post(PAGE, served).status_code == 422
    assert requests(bench) == 0
