"""Moving the deadline by its page, and where readers see that it moved."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from consulta.platform.models import Round
from consulta.platform.work import ANONYMOUS, Bench
from tests import sessions_aged
from tests.benches import Visitor, voter_visitor
from tests.factories import moment
from tests.polling import change_round, close, open_round
from tests.vote.test_vote import Page, places

if TYPE_CHECKING:
    from flask import Flask

PAGE = "/es/secretariat/rounds/2027-1/deadline"
ROUND = "/es/secretariat/rounds/2027-1"
WHY = "Huracán en dos países"
WEEK = timedelta(days=7)


def asked(days: int = 21, **values: str) -> dict[str, Any]:
    """The form, for an end so many days from now, by the clocks of Lima."""
    local = (moment() + timedelta(days=days) - timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    return {"closes": local, "reason": WHY, "typed": "2027-1"} | values


def promised(bench: Bench) -> Round:
    with bench.read(ANONYMOUS, moment()) as work:
        found = work.session.scalars(select(Round)).one()
        work.session.expunge_all()
    return found


def test_it_needs_date_reason_and_the_name_typed(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    assert PAGE in Page(staff_visitor.get(ROUND)).links()
    for wrong in (
        {"closes": ""},
        {"reason": "  "},
        {"typed": "2027-2"},
        {"typed": ""},
        asked(1),
        asked(200),
        {"closes": "mañana"},
    ):
        answer = staff_visitor.submit(PAGE, asked() | wrong)
        assert answer.status_code == 422, wrong
    assert promised(bench).promised_at is None
    answer = staff_visitor.submit(PAGE, asked())
    assert answer.status_code == 303
    found = promised(bench)
    assert found.promised_at is not None
    assert found.closes_at - found.promised_at > WEEK - timedelta(minutes=2)
    log = Page(staff_visitor.get(f"{ROUND}/log")).text
    assert WHY in log
    assert "Al principio" in Page(staff_visitor.get(f"{ROUND}/file")).text
    with bench.work(ANONYMOUS, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
    assert 'name="confirm_password"' in staff_visitor.get(PAGE).text


def test_after_the_end_there_is_nothing_to_move(bench: Bench, staff_visitor: Visitor) -> None:
    open_round(bench)
    change_round(bench, closes_at=moment() - timedelta(minutes=1))
    assert PAGE not in Page(staff_visitor.get(ROUND)).links()
    assert staff_visitor.get(PAGE).status_code == 409
    close(bench)
    assert staff_visitor.get(PAGE).status_code == 409
    assert promised(bench).promised_at is None


def test_ballot_review_and_public_page_say_that_it_moved(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    """A ballot that was open in the browser all the time is sent as if nothing had happened."""
    voter, _ = open_round(bench)
    visitor = voter_visitor(app, voter.token)
    opened = Page(visitor.get("/es/ballot/2027-1"))
    assert "Al principio" not in opened.text
    assert staff_visitor.submit(PAGE, asked()).status_code == 303
    assert "El plazo se amplió. Originalmente vencía" in Page(visitor.get("/es/ballot/2027-1")).text
    public = Page(visitor.get("/es/rounds/2027-1"))
    assert WHY in public.text
    assert "se amplió hasta el" in public.text
    # As after the first end: the stored deadline is the new one, and time has passed.
    review = Page(visitor.sent("/es/ballot/2027-1/review", opened.form() | places(t1=1)))
    assert review.status == 200
    sent = visitor.post("/es/ballot/2027-1/cast", review.form() | {"confirm": "y"})
    assert sent.status_code == 303
