"""What the secretariat decides about applications, what it can undo, and when a new member votes."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from consulta.core.problems import Problem
from consulta.people import admission
from consulta.people import members as member_service
from consulta.people.members import ContactCommand
from consulta.platform.models import AccessChange, Contact, Message, Organisation, Round, Seat
from consulta.platform.work import COMMAND
from consulta.results import checks
from consulta.rounds.letters.service import Finished, Needless
from tests.benches import Visitor
from tests.drafts import KEY
from tests.factories import build_organisation, moment
from tests.people.admission.applying import (
    EMAIL,
    applicant,
    apply,
    contacts,
    finished,
    mails,
    members,
    only,
    open_a_round,
    say,
    sponsors,
    to_review,
)

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

QUEUE = "/es/secretariat/members/applications"
SEEN = re.compile(r'name="seen" type="hidden" value="(\d+)"')
TODAY = moment().date().isoformat()


def decide(visitor: Visitor, number: int, act: str, **values: str) -> int:
    """Send a decision as the page has it; its status."""
    page = f"{QUEUE}/{number}"
    seen = SEEN.search(visitor.get(page).text)
    assert seen is not None
    return visitor.submit(page, {"act": act, "seen": seen[1], **values}).status_code


def admit(bench: Bench, number: int) -> int:
    with bench.work(COMMAND, moment()) as work:
        return admission.admit(work, number, only(bench).version, TODAY, "Cumple los criterios.")


def test_an_admitted_one_is_a_member_with_its_contacts(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    number = to_review(app, bench)
    assert "Casa del Caminante" in staff_visitor.get(QUEUE).text
    assert "1 por revisar" in staff_visitor.get("/es/secretariat/members").text
    assert decide(staff_visitor, number, "admit", day="2026-01-15", reason="Cumple los criterios.") == 303
    member = members(bench)["Casa del Caminante"]
    assert (member.active, member.member_since, member.country) == (True, "2026-01-15", "PE")
    (contact,) = contacts(bench, member.id)
    assert (contact.email, contact.name, contact.may_vote) == (EMAIL, "Rosa Quispe", True)
    (told,) = mails(bench, "admission_news")
    mail = finished(bench, told)
    assert isinstance(mail, Finished)
    assert "forma parte del Mecanismo desde el 15 de enero de 2026. Cumple los criterios." in (
        mail.mail.halves[0].text
    )
    page = applicant(app, str(told.token)).get("/es/application").text
    assert "15 de enero de 2026" in page
    public = staff_visitor.get("/es/members").text
    assert "integrante desde el 15 de enero de 2026" in public
    assert EMAIL not in public
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []


SECOND = "segunda@example.org"
BOTH = {"people": (ContactCommand("Rosa Quispe", EMAIL, "es"), ContactCommand("Luz Paz", SECOND, "es"))}


def mails_of(bench: Bench, kind: str) -> list[Message]:
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(Message).where(Message.kind == kind)))


def second(bench: Bench) -> Contact:
    member = members(bench)["Casa del Caminante"]
    return next(each for each in contacts(bench, member.id) if each.email == SECOND)


def test_a_second_contact_confirms_its_address_before_it_gets_a_link_to_vote(
    app: Flask, bench: Bench
) -> None:
    number = to_review(app, bench, **BOTH)
    admit(bench, number)
    assert not second(bench).may_vote
    (asked,) = mails(bench, "admission_contact")
    assert asked.address == SECOND
    mail = finished(bench, asked)
    assert isinstance(mail, Finished)
    assert "Casa del Caminante ya forma parte del Mecanismo" in mail.mail.halves[0].text
    open_a_round(bench)
    assert SECOND not in {each.address for each in mails_of(bench, "invitation")}
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(key="antes", state="closed", closed_at=moment()))
    page = Visitor(app.test_client()).get(f"/es/r/{asked.token}")
    assert SECOND not in page.text, "the page before the button tells nothing"
    assert say(app, str(asked.token)) == 200
    assert second(bench).may_vote
    assert say(app, str(asked.token)) == 422, "answered once"
    open_a_round(bench)
    assert SECOND in {each.address for each in mails_of(bench, "invitation")}


def test_an_unconfirmed_contact_is_asked_anew_after_an_undo_and_waits_in_an_open_round(
    app: Flask, bench: Bench
) -> None:
    number = to_review(app, bench, **BOTH)
    admit(bench, number)
    (first,) = mails(bench, "admission_contact")
    assert say(app, str(first.token), "refuse") == 200
    assert not second(bench).may_vote
    assert say(app, str(first.token)) == 422
    with bench.work(COMMAND, moment()) as work:
        admission.undo(work, number, only(bench).version)
    assert say(app, str(first.token)) in {404, 409, 422}
    assert isinstance(finished(bench, first), Needless)
    admit(bench, number)
    asked = mails(bench, "admission_contact")[-1]
    open_a_round(bench, moment() + timedelta(seconds=2))
    assert say(app, str(asked.token)) == 200
    with bench.read(COMMAND, moment()) as work:
        change = work.session.scalars(select(AccessChange)).one()
        assert (change.address, change.state) == (SECOND, "waiting")
        assert checks.faults(work) == []


def test_it_votes_from_the_next_round_on_and_not_in_an_open_one(app: Flask, bench: Bench) -> None:
    """The roll of an open round is fixed: no seat, no link, no mail of it; the next one has it."""
    number = to_review(app, bench)
    open_a_round(bench)
    member_id = admit(bench, number)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Seat).where(Seat.organisation_id == member_id)).all() == []
        assert member_service.member_page(work, member_id).open_rounds == ()
        assert checks.faults(work) == []
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Round).values(key="antes"))
    open_a_round(bench)
    with bench.read(COMMAND, moment()) as work:
        seats = work.session.scalars(select(Seat).where(Seat.organisation_id == member_id)).all()
        assert [each.round.key for each in seats] == [KEY]


def test_the_name_of_a_member_is_shown_before_the_decision_and_not_admitted(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        there = build_organisation(work.session, "Casa del Caminánte, A.C.", email="otra@example.org")
        there.country = "PE"
    number = to_review(app, bench)
    page = staff_visitor.get(f"{QUEUE}/{number}").text
    assert "Casa del Caminánte, A.C." in page
    assert "otra grafía" in page
    for day in ("", "mañana", "2999-01-01", "0200-01-01"):
        with pytest.raises(Problem, match=r"admission\.day"), bench.work(COMMAND, moment()) as work:
            admission.admit(work, number, only(bench).version, day, "Sí.")
    with bench.work(COMMAND, moment()) as work:
        there = work.session.scalars(select(Organisation).where(Organisation.name.contains("A.C."))).one()
        there.name, there.name_key = "CASA DEL CAMINANTE", only(bench).name_key
    with pytest.raises(Problem, match=r"member\.duplicate"):
        admit(bench, number)
    assert only(bench).state == "review"


def test_it_is_returned_with_a_question_and_answered(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    number = to_review(app, bench)
    assert decide(staff_visitor, number, "return", question="") == 422
    assert decide(staff_visitor, number, "return", question="¿Desde cuándo trabajan?") == 303
    (told,) = mails(bench, "admission_news")
    visitor = applicant(app, str(told.token))
    assert "¿Desde cuándo trabajan?" in visitor.get("/es/application").text
    with pytest.raises(Problem, match=r"admission\.answer_first"):
        admit(bench, number)
    long = visitor.submit("/es/application", {"answer": "x" * 50_000}, to="/es/application/answer")
    assert long.status_code == 422
    done = visitor.submit("/es/application", {"answer": "Desde 2019 \u200b<b>"}, to="/es/application/answer")
    assert done.status_code == 303
    assert (only(bench).state, only(bench).answer) == ("review", "Desde 2019 <b>")
    assert "Desde 2019 &lt;b&gt;" in staff_visitor.get(f"{QUEUE}/{number}").text
    twice = visitor.submit("/es/application", {"answer": "Otra"}, to="/es/application/answer")
    assert twice.status_code == 422
    admit(bench, number)


def test_it_is_declined_with_a_reason_and_that_is_undone(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    number = to_review(app, bench)
    assert decide(staff_visitor, number, "decline", reason=" ") == 422
    assert decide(staff_visitor, number, "decline", reason="Es parte de un gobierno.") == 303
    told = mails(bench, "admission_news")[-1]
    mail = finished(bench, told)
    assert isinstance(mail, Finished)
    assert "Motivo: Es parte de un gobierno." in mail.mail.halves[0].text
    assert decide(staff_visitor, number, "undo") == 303
    assert only(bench).state == "review"
    assert finished(bench, told) == Needless("mail.overtaken"), "a decision that was undone is not told later"
    assert isinstance(finished(bench, mails(bench, "admission_news")[-1]), Finished)


def test_two_people_do_not_decide_on_what_they_did_not_see(app: Flask, bench: Bench) -> None:
    number = to_review(app, bench)
    seen = only(bench).version
    with bench.work(COMMAND, moment()) as work:
        admission.give_back(work, number, seen, "¿Quiénes son?")
    with pytest.raises(Problem, match=r"admission\.changed"), bench.work(COMMAND, moment()) as work:
        admission.decline(work, number, seen, "No.")
    with bench.work(COMMAND, moment()) as work:
        admission.decline(work, number, only(bench).version, "No.")
    for act in (admission.decline, admission.give_back):
        with pytest.raises(Problem, match=r"admission\.decided"), bench.work(COMMAND, moment()) as work:
            act(work, number, only(bench).version, "Otra vez.")
    with pytest.raises(Problem, match=r"admission\.decided"):
        admit(bench, number)


def test_an_admission_is_undone_until_a_round_opens(app: Flask, bench: Bench) -> None:
    number = to_review(app, bench)
    member_id = admit(bench, number)
    with bench.work(COMMAND, moment()) as work:
        admission.undo(work, number, only(bench).version)
    assert "Casa del Caminante" not in members(bench)
    assert contacts(bench, member_id) == []
    row = only(bench)
    assert (row.state, row.organisation_id, row.admitted_on) == ("review", None, None)
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []
    admit(bench, number)
    open_a_round(bench, moment() + timedelta(seconds=2))
    with pytest.raises(Problem, match=r"admission\.no_undo"), bench.work(COMMAND, moment()) as work:
        admission.undo(work, number, only(bench).version)


def test_a_sponsor_that_left_since_does_not_count(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    number = to_review(app, bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Organisation).where(Organisation.name == "Red Sur").values(active=False))
    with pytest.raises(Problem, match=r"admission\.few_sponsors"):
        admit(bench, number)
    assert "Ya no es integrante" in staff_visitor.get(f"{QUEUE}/{number}").text
    with bench.work(COMMAND, moment()) as work:
        admission.give_back(work, number, only(bench).version, "Nombre a otra organización.")
    visitor = applicant(app, str(mails(bench)[0].token))
    url = f"/es/application/sponsors/{only(bench).sponsorships[0].id}"
    assert visitor.submit("/es/application", {"sponsor_1": "Centro Caribe"}, to=url).status_code == 303
    assert say(app, str(mails(bench, "admission_sponsor")[-1].token)) == 200
    answered = visitor.submit("/es/application", {"answer": "Listo"}, to="/es/application/answer")
    assert answered.status_code == 303
    admit(bench, number)


def test_without_both_sponsors_there_is_no_admission(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    apply(bench, sponsors(bench))
    applicant(app, str(mails(bench)[0].token))
    with pytest.raises(Problem, match=r"admission\.few_sponsors"):
        admit(bench, only(bench).id)
    page = staff_visitor.get(f"{QUEUE}/{only(bench).id}")
    assert "Admitirla" not in page.text
    assert "No admitirla" in page.text
    assert staff_visitor.get(f"{QUEUE}/999").status_code == 404
