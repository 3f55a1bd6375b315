"""Members see and correct their own data: what holds at once, what waits, and that guards hold."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk.mail import finish
from consulta.people import members, new_link, own_data
from consulta.platform.models import AccessChange, Contact, Correction, Message, Organisation, Seat
from consulta.platform.work import ANONYMOUS, COMMAND, WORKER
from consulta.results import checks
from consulta.rounds import addresses
from consulta.rounds.letters.service import Finished, Post
from consulta.vote.changes.values import Asked
from tests.benches import PASSWORD, Visitor
from tests.drafts import KEY
from tests.factories import build_organisation, moment
from tests.people.admission.applying import open_a_round
from tests.queued import messages

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

OWN = "/es/own-organisation"
ASK = "/es/own-data"
FIRST, SECOND = "primera@example.org", "segunda@example.org"
CONTACT = {"name": "Contacto de Red Sur", "email": FIRST, "phone": "", "language": "es"}


def member(bench: Bench) -> int:
    """A member with two contacts who may vote; its id."""
    with bench.work(COMMAND, moment()) as work:
        found = build_organisation(work.session, "Red Sur", email=FIRST)
        found.contacts.append(Contact(name="Segunda", email=SECOND, language="en", created_at=moment()))
        build_organisation(work.session, "Otra Red", country="MX", email="otra@example.org")
        return found.id


def link(bench: Bench, email: str = FIRST) -> str:
    """The token of a link that a contact asked for."""
    with bench.work(ANONYMOUS, moment()) as work:
        new_link.ask(work, email, purpose="own")
    with bench.work(WORKER, moment()) as work:
        for number in new_link.due(work):
            new_link.answer(work, number, own=own_data.answer_request)
    return str(messages(bench, "own_data_link")[-1].token)


def said(bench: Bench, message: Message) -> str:
    with bench.read(WORKER, moment()) as work:
        made = finish(work, message.id, Post("http://localhost"))
    assert isinstance(made, Finished)
    return made.mail.halves[0].text


def enter(app: Flask, token: str) -> Visitor:
    visitor = Visitor(app.test_client())
    answer = visitor.post(f"/es/m/{token}")
    assert (answer.status_code, answer.headers["Location"]) == (303, OWN)
    return visitor


def contacts(bench: Bench, organisation_id: int) -> list[Contact]:
    with bench.read(COMMAND, moment()) as work:
        query = select(Contact).where(Contact.organisation_id == organisation_id).order_by(Contact.id)
        return list(work.session.scalars(query))


def organisation(bench: Bench, organisation_id: int) -> Organisation:
    with bench.read(COMMAND, moment()) as work:
        return work.session.get_one(Organisation, organisation_id)


def corrections(bench: Bench) -> list[Correction]:
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(select(Correction).order_by(Correction.id)))


def test_the_link_is_asked_for_and_tells_nothing(app: Flask, bench: Bench) -> None:
    member(bench)
    answers = set()
    for email in (FIRST, "nadie@example.org"):
        visitor = Visitor(app.test_client())
        sent = visitor.submit(ASK, {"email": email})
        answers.add((sent.status_code, sent.location, visitor.get(sent.location).data))
    assert len(answers) == 1
    token = link(bench)
    page = enter(app, token).get(OWN).text
    assert "Red Sur" in page
    assert SECOND in page
    assert "otra@example.org" not in page
    assert Visitor(app.test_client()).get(OWN).status_code == 403


def test_names_telephones_languages_and_the_web_site_change_at_once(app: Flask, bench: Bench) -> None:
    number = member(bench)
    visitor = enter(app, link(bench))
    first, _second = contacts(bench, number)
    url = f"{OWN}/contacts/{first.id}"
    done = visitor.submit(url, CONTACT | {"name": "Rosa Quispe", "phone": "+51 1 555 0101", "language": "en"})
    assert done.status_code == 303
    first, _second = contacts(bench, number)
    assert (first.name, first.phone, first.language) == ("Rosa Quispe", "+5115550101", "en")
    details = {"name": "Red del Sur", "web": "redsur.example.org"}
    assert visitor.submit(f"{OWN}/details", details).status_code == 303
    found = organisation(bench, number)
    assert (found.name, found.web) == ("Red del Sur", "https://redsur.example.org")
    told = messages(bench, "own_data_changed")
    assert [each.address for each in told] == [SECOND, SECOND], "the others are told, not the one who did it"
    assert "changed the data of Rosa Quispe" in said(bench, told[0])
    again = visitor.submit(f"{OWN}/details", details)
    assert "No había diferencias" in visitor.get(again.location).text
    assert len(messages(bench, "own_data_changed")) == 2
    for name, web in (
        ("", ""),
        ("x" * 50_000, ""),
        ("Red Sur", "javascript:alert(1)"),
        ("Otra Red", "no es una dirección"),
    ):
        answer = visitor.submit(f"{OWN}/details", {"name": name, "web": web})
        assert answer.status_code == 422, (name[:9], web)
        assert web in answer.text, "nothing typed is lost"
    assert organisation(bench, number).name == "Red del Sur"


def test_another_address_holds_at_once_while_no_vote_is_open(app: Flask, bench: Bench) -> None:
    number = member(bench)
    visitor = enter(app, link(bench))
    first, second = contacts(bench, number)
    url = f"{OWN}/contacts/{second.id}"
    new = {"name": "Segunda", "email": "nueva@example.org", "phone": "", "language": "en"}
    assert visitor.submit(url, new).status_code == 303
    assert contacts(bench, number)[1].email == "nueva@example.org"
    told = [each.address for each in messages(bench, "own_data_changed")]
    assert told == ["nueva@example.org", SECOND], "the address that was given up is told, too"
    mine = CONTACT | {"email": "mia@example.org"}
    done = visitor.submit(f"{OWN}/contacts/{first.id}", mine)
    assert done.status_code == 303
    assert visitor.get(OWN).status_code == 403, "the link went to the old address"
    enter(app, link(bench, "mia@example.org"))
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []


def test_while_a_vote_is_open_who_may_vote_changes_only_the_guarded_way(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    number = member(bench)
    open_a_round(bench)
    visitor = enter(app, link(bench))
    second = contacts(bench, number)[1]
    new = {"name": "Otro nombre", "email": "nueva@example.org", "phone": "", "language": "en"}
    assert visitor.submit(f"{OWN}/contacts/{second.id}", new).status_code == 303
    person = {"name": "Tercera", "email": "tercera@example.org", "phone": "", "language": "es"}
    assert visitor.submit(f"{OWN}/contacts/new", person | {"may_vote": "y"}).status_code == 303
    assert visitor.submit(OWN, to=f"{OWN}/contacts/{second.id}/remove").status_code == 303
    assert [(each.name, each.email, each.active) for each in contacts(bench, number)] == [
        ("Contacto de Red Sur", FIRST, True),
        ("Otro nombre", SECOND, True),
    ], "the name at once; no address, no contact, nobody removed"
    address, added, off = corrections(bench)
    assert [each.kind for each in (address, added, off)] == ["address", "added", "off"]
    command = members.ContactCommand("Segunda", "nueva@example.org", "en")
    with pytest.raises(Problem, match=r"access\.reason"), bench.work(COMMAND, moment()) as work:
        members.change_contact(work, number, second.id, command)  # the rule itself refuses, too
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(AccessChange)).all() == []
    person |= {"email": "cuarta@example.org"}
    assert visitor.submit(f"{OWN}/contacts/new", person).status_code == 303
    third = contacts(bench, number)[2]
    assert (third.email, third.may_vote) == ("cuarta@example.org", False), "at once, without a vote"
    change = person | {"email": "otra4@example.org"}
    assert visitor.submit(f"{OWN}/contacts/{third.id}", change).status_code == 303
    assert contacts(bench, number)[2].may_vote is False, "a link gives no right to vote"
    accepted(bench, staff_visitor, number, address, added)


def accepted(
    bench: Bench, staff_visitor: Visitor, number: int, address: Correction, added: Correction
) -> None:
    """Accept what was asked for: it waits as any change does, and every address on file is told."""
    right = {"act": "accept", "why": "Lo pidió ella.", "password": PASSWORD}
    page = "/es/secretariat/members/corrections"
    for wrong in ({"act": "accept"}, right | {"password": "otra"}):
        assert staff_visitor.submit(f"{page}/{address.id}", wrong).status_code == 422
    assert contacts(bench, number)[1].email == SECOND
    for each in (address, added):
        assert staff_visitor.submit(f"{page}/{each.id}", right).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        waiting = work.session.scalars(select(AccessChange).order_by(AccessChange.id)).all()
        assert [(each.kind, each.address, each.state) for each in waiting] == [
            ("address", "nueva@example.org", "waiting"),
            ("added", "tercera@example.org", "waiting"),
        ]
        seat = work.session.scalars(select(Seat).where(Seat.organisation_id == number)).one()
        people = [each.contact_id for each in waiting if each.contact_id is not None]
        assert addresses.allowed(work.session, [(seat.id, each) for each in people]) == set()
        asked = work.session.scalars(select(Message).where(Message.kind == "access_asked")).all()
        assert {FIRST, SECOND} <= {each.address for each in asked}, "every address on file is told"
        assert checks.faults(work) == []


@pytest.mark.parametrize(("present", "offered"), [("gov_local", True), ("ngo", False)])
def test_a_sector_of_government_is_offered_only_to_who_has_it(
    app: Flask, bench: Bench, present: str, offered: bool
) -> None:
    number = member(bench)
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Organisation, number).categories = {"sector": present}
    page = enter(app, link(bench)).get(f"{OWN}/categories").text
    assert ('value="gov_local"' in page) is offered
    assert 'value="gov_national"' not in page
    assert 'value="faith_based"' in page


def test_categories_hold_from_the_next_round_on_once_they_are_accepted(
    app: Flask, bench: Bench, staff_visitor: Visitor
) -> None:
    number = member(bench)
    open_a_round(bench)
    visitor = enter(app, link(bench))
    missing = visitor.submit(f"{OWN}/categories", {"country": "PE", "sector": "no_existe"})
    assert missing.status_code == 422
    assert visitor.submit(f"{OWN}/categories", {"country": "CL", "sector": "faith_based"}).status_code == 303
    assert organisation(bench, number).country == "PE"
    assert "Chile" in visitor.get(OWN).text
    again = visitor.submit(f"{OWN}/categories", {"country": "CL", "sector": "migrant_org"})
    assert again.status_code == 303
    assert [each.state for each in corrections(bench)] == ["withdrawn", "waiting"], "the last one counts"
    page = f"/es/secretariat/members/corrections/{corrections(bench)[1].id}"
    assert "1 por decidir" in staff_visitor.get("/es/secretariat/members").text
    assert staff_visitor.submit(page, {"act": "accept"}).status_code == 303
    found = organisation(bench, number)
    assert (found.country, found.categories) == ("CL", {"sector": "migrant_org"})
    with bench.read(COMMAND, moment()) as work:
        seat = work.session.scalars(select(Seat).where(Seat.organisation_id == number)).one()
        assert (seat.country, seat.categories["sector"]) == ("PE", "ngo"), "the open round keeps its own"
        assert checks.faults(work) == []
    (told,) = messages(bench, "own_data_decided")
    assert "Vale desde la próxima consulta" in said(bench, told)
    twice = staff_visitor.submit(page, {"act": "accept"}, to=page)
    assert twice.status_code in {303, 422}
    assert len(messages(bench, "own_data_decided")) == 1


def test_it_is_declined_with_a_reason_or_withdrawn(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    member(bench)
    visitor = enter(app, link(bench))
    for sector in ("faith_based", "migrant_org"):
        assert visitor.submit(f"{OWN}/categories", {"country": "PE", "sector": sector}).status_code == 303
    number = corrections(bench)[1].id
    page = f"/es/secretariat/members/corrections/{number}"
    assert staff_visitor.submit(page, {"act": "decline", "reason": " "}).status_code == 422
    reason = {"act": "decline", "reason": "Sus estatutos dicen otra cosa."}
    assert staff_visitor.submit(page, reason).status_code == 303
    assert "Sus estatutos dicen otra cosa." in visitor.get(OWN).text
    assert "Motivo: Sus estatutos dicen otra cosa." in said(bench, messages(bench, "own_data_decided")[0])
    late = visitor.submit(OWN, to=f"{OWN}/requests/{number}/withdraw")
    assert late.status_code == 422
    assert visitor.submit(f"{OWN}/categories", {"country": "PE", "sector": "academia"}).status_code == 303
    last = corrections(bench)[-1].id
    assert visitor.submit(OWN, to=f"{OWN}/requests/{last}/withdraw").status_code == 303
    assert corrections(bench)[-1].state == "withdrawn"
    with pytest.raises(Problem, match=r"correction\.decided"), bench.work(COMMAND, moment()) as work:
        own_data.accept(work, last)


def test_a_contact_that_was_removed_meanwhile_changes_nothing(app: Flask, bench: Bench) -> None:
    number = member(bench)
    token = link(bench)
    visitor = enter(app, token)
    with bench.work(COMMAND, moment()) as work:
        members.switch_contact(work, number, contacts(bench, number)[0].id, active=False)
    form = {"name": "Nombre escrito con cuidado", "web": ""}
    answer = visitor.post(f"{OWN}/details", form)
    assert answer.status_code == 403
    assert "Nombre escrito con cuidado" in answer.text, "nothing that was written is lost"
    assert organisation(bench, number).name == "Red Sur"
    assert Visitor(app.test_client()).post(f"/es/m/{token}").status_code == 404


def test_a_request_about_a_contact_that_left_cannot_be_accepted(app: Flask, bench: Bench) -> None:
    number = member(bench)
    open_a_round(bench)
    visitor = enter(app, link(bench))
    _first, second = contacts(bench, number)
    new = {"name": "Segunda", "email": "nueva@example.org", "phone": "", "language": "en"}
    assert visitor.submit(f"{OWN}/contacts/{second.id}", new).status_code == 303
    asked = Asked("Se fue.")
    with bench.work(COMMAND, moment()) as work:
        members.switch_contact(work, number, second.id, active=False, asked=asked)
    with pytest.raises(Problem, match=r"correction\.contact"), bench.work(COMMAND, moment()) as work:
        own_data.accept(work, corrections(bench)[0].id, asked)


def test_the_last_contact_who_may_vote_stays(app: Flask, bench: Bench) -> None:
    number = member(bench)
    visitor = enter(app, link(bench))
    first, second = contacts(bench, number)
    assert visitor.submit(OWN, to=f"{OWN}/contacts/{second.id}/remove").status_code == 303
    answer = visitor.submit(OWN, to=f"{OWN}/contacts/{first.id}/remove")
    assert answer.status_code == 422
    assert [each.active for each in contacts(bench, number)] == [True, False]
    assert SECOND in [each.address for each in messages(bench, "own_data_changed")]


def test_a_forwarded_link_reaches_no_other_organisation_and_no_ballot(app: Flask, bench: Bench) -> None:
    """Who has it sees and corrects this organisation alone; all contacts are told of what is done by it."""
    number = member(bench)
    open_a_round(bench)
    token = link(bench)
    stranger = enter(app, token)
    other = next(each.id for each in (contacts(bench, number + 1)))
    assert stranger.get(f"{OWN}/contacts/{other}").status_code in {404, 409, 422}
    assert stranger.get(f"/es/ballot/{KEY}").status_code == 403
    assert Visitor(app.test_client()).post(f"/es/v/{token}").status_code == 404
    assert stranger.get("/es/secretariat/members").status_code == 303
    assert stranger.submit(f"{OWN}/details", {"name": "Red Sur Nueva", "web": ""}).status_code == 303
    assert [each.address for each in messages(bench, "own_data_changed")] == [SECOND]


def test_the_yearly_mail_says_first_to_how_many(app: Flask, bench: Bench, staff_visitor: Visitor) -> None:
    member(bench)
    page = "/es/secretariat/members/data-mail"
    shown = staff_visitor.get(page)
    assert shown.status_code == 200
    count = re.search(r'data-count="(\d+)"', shown.text)
    assert count is not None
    assert messages(bench, "own_data_yearly") == []
    assert staff_visitor.submit(page, {"confirm_password": PASSWORD}).status_code == 303
    sent = messages(bench, "own_data_yearly")
    assert len(sent) == int(count[1]) == 3
    assert "Una vez al año le pedimos que revise los datos de Red Sur" in said(bench, sent_to(sent, FIRST))
    enter(app, str(sent_to(sent, FIRST).token))
    assert "data-count" not in staff_visitor.get(page).text
    with bench.work(COMMAND, moment()) as work:
        assert own_data.write_yearly(work) == 0  # the form was sent twice, or by two people
    assert len(messages(bench, "own_data_yearly")) == 3
    with bench.work(COMMAND, moment() + timedelta(days=2)) as work:
        assert own_data.write_yearly(work) == 3


def sent_to(found: list[Message], address: str) -> Message:
    return next(each for each in found if each.address == address)
