"""Before the vote: the mail that asks members to propose, and the link that opens their page."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from consulta.desk import opening
from consulta.desk.mail import finish
from consulta.panel import nominee_proposals, nominees
from consulta.people import members, new_link
from consulta.platform.models import Contact, Message, Nomination, ProposingPhase, SignedIn
from consulta.platform.work import COMMAND, WORKER
from consulta.results import checks
from consulta.rounds.letters.service import Finished, Needless, Post
from tests.benches import Visitor
from tests.drafts import KEY, reading, writing
from tests.factories import build_organisation, moment
from tests.panel.nominees.test_nominations import FILLED
from tests.platform.mailer.desk import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

OWN = f"/es/proposing/{KEY}/people"
DESK = f"/es/secretariat/rounds/{KEY}/proposing"
POST = Post("http://localhost")


def proposer(app: Flask, token: str, lang: str = "es") -> Visitor:
    """A browser that came by a link to propose and pressed its button."""
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/{lang}/p/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/{lang}/proposing/{KEY}")
    return visitor


def sessions(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return (
            work.session.scalar(select(func.count(SignedIn.link_id)).where(SignedIn.ended_at.is_(None))) or 0
        )


def end(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(ProposingPhase).values(closes_at=moment() - timedelta(minutes=1)))


def finished(bench: Bench, number: int) -> Finished | Needless:
    with bench.read(WORKER, moment()) as work:
        return finish(work, number, POST)


def test_every_contact_gets_one_mail_with_a_link_in_both_languages(bench: Bench, asked: str) -> None:
    sent = messages(bench)
    assert [(each.kind, each.seat_id, each.address) for each in sent] == [
        ("proposing", None, "c1@example.org"),
        ("proposing", None, "c2@example.org"),
    ]
    mail = finished(bench, sent[0].id)
    assert isinstance(mail, Finished)
    es, en = mail.mail.halves
    assert f"http://localhost/es/p/{asked}" in es.text
    assert f"http://localhost/en/p/{asked}" in en.text
    assert "Red 001 puede hacer propuestas" in es.text
    assert "puede proponer personas e instituciones" in es.text
    assert "Temas:" not in es.text, "themes are not asked for"
    assert asked not in mail.kept
    assert mail.mail.subject.startswith("Proponga hasta el")


def test_who_joins_later_or_was_missed_can_be_written_to(
    bench: Bench, asked: str, staff_visitor: Visitor
) -> None:
    with writing(bench) as work:
        build_organisation(work.session, "Red Nueva", country="JM", email="nueva@example.org")
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            update(Message).where(Message.address == "c2@example.org").values(state="failed", token=None)
        )
    assert "Escribir a 2 contactos sin enlace" in staff_visitor.get(DESK).text
    assert staff_visitor.submit(DESK, to=f"{DESK}/mail").status_code == 303
    assert [each.address for each in messages(bench)[2:]] == ["c2@example.org", "nueva@example.org"]
    assert "sin enlace" not in staff_visitor.get(DESK).text


def test_the_mail_is_not_sent_when_its_time_is_over_or_its_contact_gone(bench: Bench, asked: str) -> None:
    first, second = messages(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Contact).where(Contact.email == "c2@example.org").values(may_vote=False))
    assert finished(bench, second.id) == Needless("mail.inactive")
    end(bench)
    assert finished(bench, first.id) == Needless("mail.over")


def test_a_contact_proposes_before_the_vote_and_reads_what_became_of_it(
    app: Flask, bench: Bench, asked: str
) -> None:
    visitor = proposer(app, asked)
    answer = visitor.submit(f"{OWN}/new", FILLED)
    assert answer.status_code == 303
    assert (
        "que la secretaría admita antes de abrir la votación" in visitor.get(answer.headers["Location"]).text
    )
    with writing(bench, moment()) as work:
        (number,) = work.session.scalars(select(Nomination.id))
        nominee_proposals.admit(work, KEY, number)
    assert "Figura en la papeleta." in visitor.get(OWN).text


def test_who_is_admitted_before_the_opening_is_on_the_ballot_and_nobody_after(
    app: Flask, bench: Bench, asked: str
) -> None:
    visitor = proposer(app, asked)
    for name in ("Antes", "Después", "Declinada"):
        assert visitor.submit(f"{OWN}/new", FILLED | {"name": name, "email": ""}).status_code == 303
    with writing(bench, moment()) as work:
        before, after, declined = work.session.scalars(select(Nomination.id).order_by(Nomination.id))
        nominee_proposals.admit(work, KEY, before)
        nominee_proposals.decline(work, KEY, declined, "No corresponde")
    with writing(bench, moment() + timedelta(seconds=2)) as work:
        report = opening.opening_report(work, KEY)
        assert ("opening.proposals_wait", {"count": 1}) in [(p.code, p.params) for p in report.warnings]
        opening.open_round(work, KEY)
        nominee_proposals.admit(work, KEY, after)
        people = nominees.list_nominees(work, KEY).nominees
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []  # what was frozen is as it was
    assert [(each.name, each.on_ballot) for each in people] == [("Antes", True), ("Después", False)]
    page = visitor.get(OWN).text  # the link goes on working beside the vote
    assert "Figura en la papeleta." in page
    assert "Puede integrar el panel, pero no figura en la papeleta." in page
    with pytest.raises(Exception, match=r"nomination\.settled"), writing(bench, moment()) as work:
        nominee_proposals.reconsider(work, KEY, declined)


def test_a_lost_link_is_asked_for_like_a_voters(app: Flask, bench: Bench, asked: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        new_link.ask(work, "C1@example.org")
    with bench.work(WORKER, moment()) as work:
        (number,) = new_link.due(work)
        assert new_link.answer(work, number) == 1
    again = messages(bench)[-1]
    assert (again.kind, again.address) == ("proposing", "c1@example.org")
    proposer(app, str(again.token))
    proposer(app, asked)  # a link that was asked for ends no other


def test_a_contact_who_goes_proposes_no_more(app: Flask, bench: Bench, asked: str) -> None:
    visitor = proposer(app, asked)
    with reading(bench) as work:
        contact = work.session.scalars(select(Contact).where(Contact.email == "c1@example.org")).one()
        organisation_id, contact_id = contact.organisation_id, contact.id
    with writing(bench, moment()) as work:
        members.switch_contact(work, organisation_id, contact_id, active=False)
    assert visitor.get(OWN).status_code == 403
    assert Visitor(app.test_client()).post(f"/es/p/{asked}").status_code == 404


def test_each_way_in_stays_on_its_own_round_and_organisation(app: Flask, bench: Bench, asked: str) -> None:
    visitor = proposer(app, asked)
    assert visitor.get("/es/proposing/otra/people").status_code == 403
    assert visitor.get(f"/es/ballot/{KEY}/nominations").status_code == 403
    assert visitor.get("/es/secretariat/").status_code == 303
