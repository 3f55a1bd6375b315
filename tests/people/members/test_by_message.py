"""A number to which links also go: who chooses it, who is told, and when it begins."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform.models import Contact, Message
from consulta.platform.work import COMMAND, Bench
from tests.factories import moment
from tests.people.members.test_members_import import carry_out, csv, keep
from tests.people.own_data.test_own_data import CONTACT, FIRST, OWN, contacts, enter, link, member

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.benches import Visitor

MEMBERS = "/en/secretariat/members"
NUMBER = "+51 912 345 678"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings with a program for messages."""
    return replace(settings, message_command="/bin/true")


def add(bench: Bench) -> int:
    with bench.work(COMMAND, moment()) as work:
        number = members.add_organisation(work, OrganisationCommand("Red Andina", "PE", {"sector": "ngo"}))
        for name in ("ana", "luis"):
            members.add_contact(work, number, ContactCommand(name.title(), f"{name}@example.org"))
        return number


def first(bench: Bench) -> Contact:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.query(Contact).order_by(Contact.id).first()
        assert found is not None
        work.session.expunge_all()
        return found


def told(bench: Bench) -> list[str]:
    """The addresses that are told of a number, in their order."""
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.query(Message).filter(Message.kind == "own_data_changed").all()
        return sorted(
            each.address
            for each in rows
            if "messages" in {each.facts["what"], *(what for what, _about in each.facts.get("also", ()))}
        )


def test_the_secretariat_marks_a_number_and_everybody_there_is_told(
    bench: Bench, staff_visitor: Visitor
) -> None:
    number, visitor = add(bench), staff_visitor
    contact = first(bench)
    form = f"{MEMBERS}/{number}/contacts/{contact.id}"
    entered = {"name": "Ana", "email": contact.email, "language": "es", "may_vote": "y"}
    assert 'name="by_message"' in visitor.get(form).text
    refused = visitor.submit(form, entered | {"by_message": "y", "phone": "(01) 555-0142 anexo 12"})
    assert refused.status_code == 422
    assert "only to a telephone with country code" in refused.text
    assert visitor.submit(form, entered | {"by_message": "y", "phone": NUMBER}).status_code == 303
    found = first(bench)
    assert (found.messages_to, found.by_message) == ("+51912345678", True)
    assert found.messages_since is not None
    assert told(bench) == ["ana@example.org", "luis@example.org"]
    assert "links also by SMS or WhatsApp" in visitor.get(f"{MEMBERS}/{number}").text
    since = found.messages_since
    again = entered | {"by_message": "y", "phone": NUMBER, "name": "Ana María"}
    assert visitor.submit(form, again).status_code == 303
    assert first(bench).messages_since == since, "what stays begins no wait anew"
    assert len(told(bench)) == 2
    assert visitor.submit(form, entered | {"phone": NUMBER}).status_code == 303
    assert first(bench).messages_to == ""


def test_another_number_of_a_file_gets_no_links(bench: Bench) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        contact = work.session.query(Contact).order_by(Contact.id).first()
        assert contact is not None
        contact.phone = contact.messages_to = "+51912345678"
    rows = "Red Andina;PE;ONG;ana@example.org;+51 999 999 999"
    number = keep(bench, csv(rows, headings="Organización;País;Sector;Correo;Celular"))
    carry_out(bench, number)
    assert first(bench).phone == "+51999999999"
    assert not first(bench).by_message


def test_a_contact_chooses_its_number_itself(app: Flask, bench: Bench) -> None:
    number = member(bench)
    visitor = enter(app, link(bench))
    one, _other = contacts(bench, number)
    url = f"{OWN}/contacts/{one.id}"
    page = visitor.get(url).text
    assert "Enviar los enlaces personales también a este teléfono" in page
    chosen = CONTACT | {"email": FIRST, "phone": NUMBER, "by_message": "y"}
    assert visitor.submit(url, chosen).status_code == 303
    one, _other = contacts(bench, number)
    assert one.by_message
    assert one.messages_since is not None
    assert told(bench) == ["segunda@example.org"], "the other contact is told"
