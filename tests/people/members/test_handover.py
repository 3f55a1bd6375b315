"""A contact who left: one step ends what they hold, and the one who takes over can vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.mailer import outbox
from consulta.platform.models import Contact, LogEntry, Message, Organisation
from consulta.platform.work import ANONYMOUS
from tests.benches import PASSWORD, Visitor, voter_visitor
from tests.changing import confirm_all
from tests.factories import moment
from tests.polling import open_round
from tests.vote.test_vote import Page, ballots, vote

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

SURE = {"why": "La persona anterior dejó la organización", "password": PASSWORD}
NEW = {"email": "ines@example.org", "name": "Inés Mora", "language": "es", "may_vote": "y"}


def page_of(bench: Bench, contact_id: int) -> str:
    with bench.read(ANONYMOUS, moment()) as work:
        organisation = work.session.get_one(Contact, contact_id).organisation_id
    return f"/es/secretariat/members/{organisation}/contacts/{contact_id}/replace"


def test_links_and_sessions_end_votes_stay_and_the_new_contact_votes(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    first, second, _, _ = open_round(bench, contacts=2)
    gone = voter_visitor(app, first.token)
    vote(gone, t2=1)
    cast = ballots(bench)
    page = page_of(bench, first.contact_id)
    assert page in Page(staff_visitor.get(page.partition("/contacts")[0])).links()
    assert staff_visitor.submit(page, NEW | SURE).status_code == 303
    assert confirm_all(bench, "2027-1", moment()) == 1
    assert gone.get("/es/ballot/2027-1").status_code == 403, "the open session ended"
    assert Visitor(app.test_client()).post(f"/es/v/{first.token}").status_code == 404
    assert ballots(bench) == cast
    colleague = Page(voter_visitor(app, second.token).get("/es/ballot/2027-1"))
    assert first.name in colleague.text, "the vote keeps the name under which it was sent"
    with bench.read(ANONYMOUS, moment()) as work:
        message = work.session.scalars(select(Message).where(Message.kind == "new_link")).one()
        assert outbox.open_token(work, message)
        seat, address, token = message.seat_id, message.address, str(message.token)
        details = work.session.scalars(
            select(LogEntry.details).where(LogEntry.action == "contacts.replaced")
        ).one()
    assert (seat, address) == (first.seat_id, NEW["email"])
    assert f'"contact":{first.contact_id}' in details
    assert '"links_ended":1' in details
    assert "@" not in details
    assert vote(voter_visitor(app, token), t2=2, t1=1).status_code == 303
    again = staff_visitor.submit(page.replace("/replace", "/active"), {"active": "yes"} | SURE)
    assert again.status_code == 303
    assert Visitor(app.test_client()).post(f"/es/v/{first.token}").status_code == 404, "old links stay dead"


def test_a_wrong_address_changes_nothing(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    first, second, _, _ = open_round(bench, contacts=2)
    with bench.read(ANONYMOUS, moment()) as work:
        taken = work.session.get_one(Contact, second.contact_id).email
    page = page_of(bench, first.contact_id)
    for email in ("", "nada", taken):
        assert staff_visitor.submit(page, NEW | SURE | {"email": email}).status_code == 422, email
    assert Visitor(app.test_client()).post(f"/es/v/{first.token}").status_code == 303
    with bench.read(ANONYMOUS, moment()) as work:
        assert len(work.session.scalars(select(Contact).join(Organisation)).all()) == 4
