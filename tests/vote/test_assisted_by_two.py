"""Votes that no account of staff enters alone: over an own vote, many in a day, at the last minute."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.app import create_app
from consulta.platform import accounts
from consulta.platform.models import Assistance, Ballot, Message, PendingAct, Staff
from consulta.platform.work import COMMAND
from tests.accounts.sign_in.test_confirmation import hidden
from tests.benches import PASSWORD, Visitor, voter_visitor
from tests.factories import moment
from tests.polling import change_round, close, open_round
from tests.vote.test_assisted_pages import CALL
from tests.vote.test_vote import Page, places, vote

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.polling import Voter

ROUND = "/es/secretariat/rounds/2027-1"
ANA, EVA = "ana@example.org", "eva@example.org"
PENDING = "/secretariat/pending/"


@pytest.fixture
def voters(bench: Bench) -> list[Voter]:
    with bench.work(COMMAND, moment()) as work:
        for email in (ANA, EVA):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, "secretariat")
    return open_round(bench, seats=9, closes_at=moment() + timedelta(days=3))


@pytest.fixture
def desk(settings: Settings, bench: Bench, voters: list[Voter]) -> Flask:
    """An application that asks for no second person by its settings: these votes do all the same."""
    assert voters
    return create_app(replace(settings, two_persons="no"), bench)


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD}).status_code == 303
    return visitor


def enter(staff: Visitor, seat: str, **given: int) -> TestResponse:
    """Enter a vote for a seat, from its ballot over the review."""
    paper = f"{ROUND}/seats/{seat}/assisted"
    ballot = Page(staff.get(paper)).form() | places(**given)
    review = Page(staff.post(f"{paper}/review", ballot))
    assert review.status == 200, review.text
    return staff.post(f"{paper}/cast", review.form() | CALL)


def confirm(staff: Visitor, address: str, seat: str) -> TestResponse:
    fields = {name: value[0] for name, value in hidden(staff.get(address)).items()}
    assert "confirmed_act" in fields, "there is nothing to confirm"
    return staff.post(f"{ROUND}/seats/{seat}/assisted/cast", fields)


def rows(bench: Bench, kind: Any) -> list[Any]:
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(kind)))
        work.session.expunge_all()
        return found


@pytest.mark.attack("A4")
def test_a_vote_of_its_own_is_replaced_by_two_persons_alone(
    desk: Flask, bench: Bench, voters: list[Voter]
) -> None:
    vote(voter_visitor(desk, voters[0].token), t4=1)
    ana, eva = signed_in(desk, ANA), signed_in(desk, EVA)
    answer = enter(ana, "s001", t2=1)
    assert PENDING in answer.location
    (own,) = rows(bench, Ballot)
    assert not own.assisted, "what waits is not a vote"
    mails = [each.kind for each in rows(bench, Message)]
    assert "replacement" not in mails
    shown = Page(eva.get(answer.location)).text
    for words in (
        voters[0].organisation,
        CALL["requester"],
        CALL["reason"],
        "Reemplaza el voto que la propia",
    ):
        assert words in shown
    assert "Tema 2" not in shown
    assert "Tema 4" not in shown
    assert confirm(eva, answer.location, "s001").status_code == 303
    _, entered = rows(bench, Ballot)
    assert (entered.assisted, entered.ranking) == (True, [["t2"]])
    (assistance,), people = rows(bench, Assistance), {each.email: each.id for each in rows(bench, Staff)}
    assert assistance.staff_id == people[ANA], "who took the call, not who confirmed it"
    (act,) = rows(bench, PendingAct)
    assert act.fields["sent"] == [], "what the vote says is not kept beside it"
    again = enter(ana, "s001", t3=1)
    assert PENDING in again.location, "nor is what two persons did replaced by one"


@pytest.mark.attack("A4")
def test_more_than_five_in_a_day_wait_whoever_enters_them(desk: Flask, bench: Bench) -> None:
    ana, eva = signed_in(desk, ANA), signed_in(desk, EVA)
    for number in range(1, 6):
        staff = ana if number % 2 else eva
        assert "/assisted/receipt" in enter(staff, f"s00{number}", t1=1).location
    assert PENDING in enter(ana, "s006", t1=1).location
    assert PENDING in enter(eva, "s007", t1=1).location
    assert len(rows(bench, Ballot)) == 5


@pytest.mark.attack("A4")
def test_in_the_last_two_hours_a_vote_waits_and_after_the_end_it_does_not_count(
    desk: Flask, bench: Bench
) -> None:
    ana, eva = signed_in(desk, ANA), signed_in(desk, EVA)
    assert "/assisted/receipt" in enter(ana, "s001", t1=1).location
    change_round(bench, closes_at=moment() + timedelta(hours=1, minutes=59))
    asked = enter(ana, "s002", t1=1).location
    assert PENDING in asked
    assert "antes de que termine la votación" in Page(eva.get(asked)).text
    close(bench)
    refused = confirm(eva, asked, "s002")
    assert "no se confirmó antes" in refused.text
    assert len(rows(bench, Ballot)) == 1
    (act,) = rows(bench, PendingAct)
    assert act.state == "waiting", "it is not said to be done"
