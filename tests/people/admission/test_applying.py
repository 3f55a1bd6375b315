"""The form by which an organisation applies: what it takes, what it refuses, and what it does not tell."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from consulta.core.problems import Problem
from consulta.operations import retention
from consulta.people import admission, new_link
from consulta.people.members import ContactCommand
from consulta.platform.models import Application, Link, Organisation
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.rounds.letters.service import Finished, Needless
from consulta.shell.worker.loop import Worker
from tests.benches import Visitor
from tests.factories import build_organisation, moment
from tests.people.admission.applying import (
    EMAIL,
    FORM,
    applicant,
    apply,
    command,
    finished,
    mails,
    members,
    only,
    say,
    sponsors,
    to_review,
)
from tests.shell.worker.only import do_only

if TYPE_CHECKING:
    from flask import Flask

    from consulta.people.admission import ApplicationCommand
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

PAGE = "/es/apply"


def count(bench: Bench) -> int:
    with bench.read(COMMAND, moment()) as work:
        return work.session.scalar(select(func.count()).select_from(Application)) or 0


def refused(bench: Bench, said: ApplicationCommand) -> str:
    with pytest.raises(Problem) as caught, bench.work(ANONYMOUS, moment()) as work:
        admission.apply(work, said)
    return caught.value.code


def test_it_waits_until_the_link_in_its_mail_is_opened(app: Flask, bench: Bench) -> None:
    sponsors(bench)
    visitor = Visitor(app.test_client())
    answer = visitor.submit(PAGE, FORM)
    assert (answer.status_code, answer.location) == (303, "/es/apply/sent")
    row = only(bench)
    assert (row.state, row.web, row.email) == ("unconfirmed", "https://casa.example.org", EMAIL)
    (sent,) = mails(bench)
    mail = finished(bench, sent)
    assert isinstance(mail, Finished)
    assert (mail.mail.address, mail.mail.subject) == (EMAIL, "Confirme su solicitud: Casa del Caminante")
    assert f"http://localhost/es/q/{sent.token}" in mail.mail.halves[0].text
    assert str(sent.token) not in mail.kept
    before = Visitor(app.test_client())
    assert before.get(f"/es/q/{sent.token}").status_code == 200
    assert only(bench).state == "unconfirmed", "looking at the link changes nothing"
    page = applicant(app, str(sent.token)).get("/es/application")
    assert page.status_code == 200
    assert "Casa del Caminante" in page.text
    assert only(bench).state == "sponsors"
    assert [each.address for each in mails(bench, "admission_sponsor")] == [
        "sur@example.org",
        "norte@example.org",
    ]
    applicant(app, str(sent.token))
    assert len(mails(bench)) == 3, "confirmed once"


@pytest.mark.parametrize(
    ("sector", "takes"),
    [("gov_national", False), ("parliament", False), ("un_system", False), ("media", True)],
)
def test_only_sectors_of_civil_society_are_offered_and_taken(
    app: Flask, bench: Bench, sector: str, takes: bool
) -> None:
    sponsors(bench)
    visitor = Visitor(app.test_client())
    assert (f'<option value="{sector}"' in visitor.get(PAGE).text) is takes
    assert visitor.submit(PAGE, FORM | {"sector": sector}).status_code == (303 if takes else 422)
    assert count(bench) == (1 if takes else 0)


def test_a_name_written_otherwise_finds_its_member_and_a_part_is_offered(app: Flask, bench: Bench) -> None:
    first, second = sponsors(bench)
    visitor = Visitor(app.test_client())
    answer = visitor.submit(PAGE, FORM | {"sponsor_1": "RED  SÚR", "sponsor_2": "pastoral"})
    assert answer.status_code == 422
    assert "Pastoral del Norte" in answer.text
    assert "Acompañamos a personas" in answer.text, "nothing that was written is lost"
    again = FORM | {"sponsor_1": "RED SÚR", "sponsor_2": "pastoral", "pick_sponsor_2": str(second)}
    assert visitor.submit(PAGE, again).status_code == 303
    assert [each.organisation_id for each in only(bench).sponsorships] == [first, second]
    with bench.read(ANONYMOUS, moment()) as work:  # where members are protected, no name is offered
        assert admission.find_members(work, "pastoral", "es", shown=False) == ()
        found = admission.find_members(work, "pastoral del norte", "es", shown=False)
        assert [each.name for each in found] == ["Pastoral del Norte"]


def test_the_same_application_twice_is_one_and_its_address_gets_a_link(
    app: Flask, bench: Bench, settings: Settings
) -> None:
    chosen = sponsors(bench)
    apply(bench, chosen)
    apply(bench, chosen, name="CASA del  caminante")
    assert count(bench) == 1
    assert [each.kind for each in mails(bench)] == ["admission_confirm"] * 2
    applicant(app, str(mails(bench)[0].token))
    apply(bench, chosen)
    assert count(bench) == 1
    again = mails(bench, "admission_link")
    assert len(again) == 1
    applicant(app, str(again[0].token))
    assert isinstance(finished(bench, mails(bench)[1]), Needless), "it is confirmed already"
    with bench.work(ANONYMOUS, moment()) as work:
        new_link.ask(work, EMAIL)  # a lost link is asked for like all others
    do_only(Worker(bench, settings, clock=moment), "links")
    applicant(app, str(mails(bench, "admission_link")[1].token))


def test_the_address_of_a_member_makes_none_and_only_the_address_learns_it(app: Flask, bench: Bench) -> None:
    chosen = sponsors(bench)
    visitor = Visitor(app.test_client())
    known = visitor.submit(PAGE, FORM | {"email": "Caribe@example.org"})
    unknown = Visitor(app.test_client()).submit(PAGE, FORM)
    assert (known.status_code, known.location) == (unknown.status_code, unknown.location)
    assert visitor.get(known.location).data == visitor.get(unknown.location).data
    assert count(bench) == 1
    (told,) = mails(bench, "admission_known")
    assert told.address == "caribe@example.org"
    mail = finished(bench, told)
    assert isinstance(mail, Finished)
    assert "Centro Caribe" in mail.mail.halves[0].text
    assert chosen


def test_only_another_member_sponsors(app: Flask, bench: Bench) -> None:
    chosen = sponsors(bench)
    assert refused(bench, command(chosen, name="Red Sur, A.C.")) == "admission.own_sponsor"
    assert refused(bench, command((chosen[0], chosen[0]))) == "admission.same_sponsor"
    assert refused(bench, command(chosen[:1])) == "admission.sponsors"
    apply(bench, chosen, people=(*command(chosen).people, person("norte@example.org")))
    applicant(app, str(mails(bench)[0].token))
    token = next(str(each.token) for each in mails(bench) if each.address == "norte@example.org")
    answer = Visitor(app.test_client()).post(
        f"/es/r/{token}", {"choice": "confirm", "sure": "y", "answer": "yes"}
    )
    assert answer.status_code == 422
    assert "Usted es contacto de la organización solicitante" in answer.text
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Organisation).where(Organisation.id == chosen[1]).values(active=False))
    assert say(app, token) == 404, "a member that left sponsors none"
    assert only(bench).sponsorships[1].state == "asked"
    assert refused(bench, command(chosen)) == "admission.no_sponsor"
    answer = Visitor(app.test_client()).submit(PAGE, FORM)
    assert answer.status_code == 422
    assert "Ninguna organización integrante tiene este nombre" in answer.text


def person(email: str) -> ContactCommand:
    return ContactCommand("Otra persona", email, "es")


@pytest.mark.deep
def test_markup_nul_and_fifty_thousand_letters(app: Flask, bench: Bench) -> None:
    sponsors(bench)
    visitor = Visitor(app.test_client())
    for name in ("name", "about", "other_names", "web", "person", "email", "sponsor_1", "phone"):
        answer = visitor.submit(PAGE, FORM | {name: "x" * 50_000})
        assert answer.status_code == 422, name
    assert count(bench) == 0
    assert visitor.submit(PAGE, FORM | {"about": "Nada\x00"}).status_code == 400
    assert count(bench) == 0
    said = {
        "name": "<b>Casa</b>\x0b del Caminante",
        "about": "<script>alert(1)</script>\u202e y más",
        "person": "Rosa <i>Quispe",
    }
    assert visitor.submit(PAGE, FORM | said).status_code == 303
    row = only(bench)
    assert row.name == "<b>Casa</b> del Caminante"
    page = applicant(app, str(mails(bench)[0].token)).get("/es/application").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; y más" in page


def test_what_is_missing_is_said(bench: Bench) -> None:
    chosen = sponsors(bench)
    cases: list[tuple[dict[str, object], str]] = [
        ({"name": "…"}, "member.name"),
        ({"country": "FR"}, "member.country"),
        ({"categories": {"sector": "no existe"}}, "member.sector"),
        ({"about": " \n"}, "admission.about"),
        ({"web": "no es una dirección"}, "admission.web"),
        ({"web": "javascript:alert(1)"}, "admission.web"),
        ({"people": ()}, "admission.people"),
        ({"people": (ContactCommand("", EMAIL),)}, "admission.person"),
        ({"people": (ContactCommand("Rosa", "nada"),)}, "member.contact.email"),
        ({"people": (ContactCommand("Rosa", EMAIL), person(EMAIL))}, "contact.duplicate"),
        ({"accepts": False}, "admission.accepts"),
        ({"consents": False}, "admission.consents"),
    ]
    for values, code in cases:
        assert refused(bench, command(chosen, **values)) == code, values
    assert count(bench) == 0


def test_more_than_a_few_an_hour_are_refused_and_nothing_is_lost(app: Flask, bench: Bench) -> None:
    chosen = sponsors(bench)
    for number in range(3):
        apply(bench, chosen, name=f"Casa número {number}")
    answer = Visitor(app.test_client()).submit(PAGE, FORM)
    assert answer.status_code == 422
    assert "Acompañamos a personas" in answer.text
    assert count(bench) == 3
    for number in range(30):
        who = (person(f"otra{number}@example.org"),)
        apply(bench, chosen, "198.51.100.7", name=f"Red {number} de allá", people=who)
    with pytest.raises(Problem, match=r"admission\.often"):
        apply(bench, chosen, "198.51.100.7", name="Una más", people=(person("una@example.org"),))


def test_the_applicant_names_another_sponsor_where_one_refuses(app: Flask, bench: Bench) -> None:
    chosen = sponsors(bench)
    apply(bench, chosen)
    visitor = applicant(app, str(mails(bench)[0].token))
    first, second = mails(bench, "admission_sponsor")
    assert say(app, str(first.token), "confirm") == 200
    assert say(app, str(second.token), "refuse", note="No la conocemos") == 200
    assert say(app, str(second.token), "confirm") == 422, "answered once"
    (told,) = mails(bench, "admission_news")
    mail = finished(bench, told)
    assert isinstance(mail, Finished)
    assert "Pastoral del Norte no avala la solicitud" in mail.mail.halves[0].text
    page = visitor.get("/es/application")
    assert "No la avala" in page.text
    assert "No la conocemos" not in page.text
    number = only(bench).sponsorships[1].id
    url = f"/es/application/sponsors/{number}"
    assert visitor.submit("/es/application", {"sponsor_1": "Nadie"}, to=url).status_code == 422
    same = visitor.submit("/es/application", {"sponsor_1": "Red Sur"}, to=url)
    assert same.status_code == 422
    assert visitor.submit("/es/application", {"sponsor_1": "Centro Caribe"}, to=url).status_code == 303
    third = mails(bench, "admission_sponsor")[-1]
    assert third.address == "caribe@example.org"
    assert say(app, str(third.token)) == 200
    assert only(bench).state == "review"


def test_a_forwarded_link_opens_only_what_it_is_for(app: Flask, bench: Bench) -> None:
    """The applicant's link confirms no sponsor, the sponsor's no application, and neither opens the desk."""
    apply(bench, sponsors(bench))
    own = str(mails(bench)[0].token)
    visitor = applicant(app, own)
    token = str(mails(bench, "admission_sponsor")[0].token)
    assert say(app, own) == 404
    assert Visitor(app.test_client()).post(f"/es/q/{token}").status_code == 404
    assert visitor.get("/es/secretariat/members/applications").status_code == 303
    assert say(app, token) == 200
    assert say(app, token, "refuse") == 422, "who got it forwarded changes nothing"
    assert only(bench).sponsorships[0].state == "confirmed"


def test_it_can_be_withdrawn_and_then_is_over(app: Flask, bench: Bench) -> None:
    number = to_review(app, bench)
    visitor = applicant(app, str(mails(bench)[0].token))
    assert visitor.submit("/es/application", to="/es/application/withdraw").status_code == 303
    assert only(bench).state == "withdrawn"
    again = visitor.submit("/es/application", to="/es/application/withdraw")
    assert again.status_code == 422
    assert "Mientras tanto la solicitud se decidió, se retiró o cambió" in again.text
    assert number
    apply(bench, tuple(each.organisation_id for each in only(bench).sponsorships))
    assert count(bench) == 2, "after it was withdrawn, another one"


def test_people_are_forgotten_where_nothing_came_of_it(app: Flask, bench: Bench) -> None:
    chosen = sponsors(bench)
    apply(bench, chosen)
    with bench.work(WORKER, moment() + timedelta(days=6)) as work:
        assert admission.to_forget(work) == ()
    with bench.work(WORKER, moment() + timedelta(days=8)) as work:
        for number in admission.to_forget(work):
            admission.forget(work, number)
    assert count(bench) == 0
    assert Visitor(app.test_client()).post(f"/es/q/{mails(bench)[0].token}").status_code == 404
    apply(bench, chosen, name="Otra casa")
    visitor = applicant(app, str(mails(bench)[-1].token))
    assert visitor.submit("/es/application", to="/es/application/withdraw").status_code == 303
    (step,) = retention.KINDS["applications"]
    row = only(bench)
    for state in ("withdrawn", "declined"):
        with bench.work(WORKER, moment() + timedelta(days=181)) as work:
            work.session.execute(update(Application).values(state=state))
            assert admission.to_forget(work) == (), "its period is the setting of the installation"
            assert list(work.session.scalars(step.due(work.now - timedelta(days=182)))) == []
            assert list(work.session.scalars(step.due(work.now - timedelta(days=180)))) == [row.id]
    with bench.work(WORKER, moment() + timedelta(days=181)) as work:
        step.erase(work.session, [row.id], work.now)
        assert list(work.session.scalars(step.due(work.now))) == []
    row = only(bench)
    assert (row.people, row.email) == ([], "")
    assert isinstance(finished(bench, mails(bench)[-1]), Needless)


def test_the_link_of_a_deleted_application_never_opens_a_later_one(app: Flask, bench: Bench) -> None:
    """SQLite gives the number of the last row, once that is deleted, to the next one."""
    chosen = sponsors(bench)
    apply(bench, chosen)
    early = str(mails(bench)[0].token)
    with bench.work(WORKER, moment() + timedelta(days=8)) as work:
        (number,) = admission.to_forget(work)
        admission.forget(work, number)
        link = work.session.scalars(select(Link).where(Link.purpose == "apply")).one()
        assert link.revoked_at is not None
        link.revoked_at = None  # as in databases of before
    with bench.work(ANONYMOUS, moment() + timedelta(days=9)) as work:
        person = ContactCommand("Otra persona", "otra@example.org", "es")
        admission.apply(work, command(chosen, name="Otra casa", people=(person,)), "192.0.2.7")
        made = work.session.scalars(select(Application)).one()
        link = work.session.scalars(select(Link).where(Link.purpose == "apply").order_by(Link.id)).first()
        assert link is not None
        link.subject_id = made.id
    assert Visitor(app.test_client()).post(f"/es/q/{early}").status_code == 404
    assert only(bench).state == "unconfirmed"


def test_nothing_of_an_applicant_is_public_before_it_is_admitted(app: Flask, bench: Bench) -> None:
    to_review(app, bench)
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Cuarta", email="cuarta@example.org")
    for url in ("/es/", "/es/members", "/es/apply", "/es/apply/sent", "/es/new-link/asked"):
        text = Visitor(app.test_client()).get(url).text
        for private in ("Casa del Caminante", "Rosa Quispe", EMAIL):
            assert private not in text, (url, private)
    assert "Casa del Caminante" not in members(bench)
