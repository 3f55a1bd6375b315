"""A vote is read only by those who could vote when it was sent; who came later sees that there is one."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.models import Ballot, Contact, Seat
from consulta.platform.work import COMMAND
from tests.asking import KEY, ask, send
from tests.benches import voter_visitor
from tests.factories import build_link, moment, put_on_file
from tests.polling import close, open_round
from tests.vote.reasons.test_reasons import form_of
from tests.vote.test_vote import Page, places, vote

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor
    from tests.polling import Voter

BALLOT = f"/es/ballot/{KEY}"
UNREAD = "Usted no puede ver su contenido"


@pytest.fixture
def voter(bench: Bench, app: Flask) -> Voter:
    """A contact who voted, answered and gave a reason."""
    first, _ = open_round(bench)
    ask(bench)
    visitor = voter_visitor(app, first.token)
    vote(visitor, t4=1, t2=2)
    send(bench, first, {"p5": ["Más formación"]})
    reasons = form_of(visitor) | {"text-t4": "Una razón propia"}
    assert visitor.post(f"{BALLOT}/reasons", reasons).status_code == 303
    return first


def late(bench: Bench, app: Flask, voter: Voter, *, same: bool = False) -> Visitor:
    """Return a browser of a contact, or of another address of the voter (`same`), admitted after the vote."""
    with bench.work(COMMAND, moment()) as work:
        seat = work.session.get_one(Seat, voter.seat_id)
        if same:
            contact = work.session.get_one(Contact, voter.contact_id)
            contact.email = "nueva@example.net"
        else:
            contact = Contact(
                organisation_id=seat.organisation_id, name="Otra", email="o@example.net", created_at=moment()
            )
            work.session.add(contact)
        work.session.flush()
        put_on_file(work.session, seat, contact, at_opening=False, since=moment() + timedelta(seconds=5))
        token = build_link(work.session, seat, contact)
    return voter_visitor(app, token)


def receipt_of(bench: Bench) -> str:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalars(select(Ballot.receipt)).one()


@pytest.mark.parametrize("same", [False, True], ids=["another contact", "another address"])
@pytest.mark.attack("A5")
def test_who_came_later_reads_that_there_is_a_vote_and_not_which(
    app: Flask, bench: Bench, voter: Voter, *, same: bool
) -> None:
    visitor, code = late(bench, app, voter, same=same), receipt_of(bench)
    ballot = Page(visitor.get(BALLOT))
    assert UNREAD in ballot.text
    form = ballot.form()
    assert all(value == [""] for name, value in form.items() if name.startswith("place-"))
    review = Page(visitor.sent(f"{BALLOT}/review", form | places(t1=1) | {"seen": "0"}))
    assert UNREAD in review.text
    assert "Tema 4" not in review.text.partition("Su orden")[0].partition(UNREAD)[2][:200]
    receipt = Page(visitor.get(f"{BALLOT}/receipt"))
    assert UNREAD in receipt.text
    assert not receipt.ranking
    for path in ("receipt", "receipt.pdf", "proof", "reasons", "questions"):
        answer = visitor.get(f"{BALLOT}/{path}")
        assert code not in answer.text, path
        assert "Una razón propia" not in answer.text, path
        assert "Más formación" not in answer.text, path
    assert visitor.get(f"{BALLOT}/proof?version=1").status_code == 422
    assert visitor.get(f"{BALLOT}/receipt.pdf?version=1").status_code == 422
    close(bench)
    closed = Page(visitor.get(BALLOT))
    assert UNREAD in closed.text
    assert not closed.ranking
    assert code not in closed.text


def test_who_could_vote_then_reads_all(app: Flask, bench: Bench, voter: Voter) -> None:
    visitor, code = voter_visitor(app, voter.token), receipt_of(bench)
    assert UNREAD not in visitor.get(BALLOT).text
    assert code in visitor.get(f"{BALLOT}/receipt").text
    assert "Una razón propia" in visitor.get(f"{BALLOT}/reasons").text
    assert "Más formación" in visitor.get(f"{BALLOT}/questions").text


@pytest.mark.attack("A5")
def test_another_address_of_a_contact_cannot_find_the_vote_by_trying(
    app: Flask, bench: Bench, voter: Voter
) -> None:
    """The same vote sent again is a new version: the answer does not say that it was the same."""
    visitor = late(bench, app, voter, same=True)
    assert "version=2" in vote(visitor, t4=1, t2=2).location
