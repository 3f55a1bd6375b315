"""The telephone of a contact: entered, imported, taken out again, and never public."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people import members
from consulta.people.members import ContactCommand
from consulta.platform.models import Contact, LogEntry, Organisation
from consulta.platform.work import COMMAND
from tests.factories import build_organisation, moment
from tests.people.members.test_members_import import carry_out, csv, keep, look, undo
from tests.people.members.test_members_rows import reading, told

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

PHONE = "+51 1 555 0142"
HEADINGS = "Organización;País;Sector;Contacto;Correo electrónico;Celular"


def test_a_row_gives_a_number_and_one_that_is_none_is_left_out_with_a_warning() -> None:
    entry, notes = reading(email="ana@example.org", phone=PHONE)
    assert entry.phone == PHONE
    assert told(notes) == []
    entry, notes = reading(email="ana@example.org", phone="preguntar a Luis")
    assert entry.phone is None
    assert entry.email == "ana@example.org"
    assert told(notes) == [("7", "Teléfono", "row.phone")]


def test_an_import_writes_numbers_changes_them_and_puts_them_back(bench: Bench) -> None:
    first = csv(f"Red Uno;Perú;ONG;Ana;ana@example.org;{PHONE}", headings=HEADINGS)
    carry_out(bench, keep(bench, first))
    later = csv("Red Uno;Perú;ONG;Ana;ana@example.org;+51 1 555 0143", headings=HEADINGS)
    number = keep(bench, later)
    changes = look(bench, number).rows[0].changes
    assert [(each.field, each.old and each.old.best("es"), each.new.best("es")) for each in changes] == [
        ("phone", PHONE, "+51 1 555 0143")
    ]
    carry_out(bench, number)
    undo(bench, number)
    with bench.read(COMMAND, moment()) as work:
        assert list(work.session.scalars(select(Contact.phone))) == [PHONE]
    carry_out(bench, keep(bench, later))
    empty = csv("Red Uno;Perú;ONG;Ana;ana@example.org;", headings=HEADINGS)
    assert look(bench, keep(bench, empty)).rows[0].kind == "same"
    with bench.read(COMMAND, moment()) as work:
        assert list(work.session.scalars(select(Contact.phone))) == ["+51 1 555 0143"]


def test_a_form_refuses_what_is_no_number_and_the_log_says_only_that_it_changed(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        member = build_organisation(work.session)
        work.session.flush()
        contact, organisation = member.contacts[0], member.id
        said = ContactCommand(contact.name, contact.email, contact.language, phone=PHONE)
        members.change_contact(work, organisation, contact.id, said)
        with pytest.raises(Problem, match=r"member\.contact\.phone"):
            members.change_contact(
                work, organisation, contact.id, ContactCommand("Ana", "a@example.org", phone="12")
            )
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Contact.phone)).one() == PHONE
        rows = list(work.session.scalars(select(LogEntry)))
        assert any('"phone"' in each.details for each in rows)
        assert not any("0142" in each.details for each in rows)


def test_the_page_of_a_member_calls_it_and_the_file_has_it(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        build_organisation(work.session).contacts[0].phone = PHONE
    with bench.read(COMMAND, moment()) as work:
        number = work.session.scalars(select(Organisation.id)).one()
    page = staff_visitor.get(f"/es/secretariat/members/{number}").text
    assert f'<a href="tel:+5115550142">{PHONE}</a>' in page
    address = f"/es/secretariat/members/{number}/contacts"
    with bench.read(COMMAND, moment()) as work:
        contact = work.session.scalars(select(Contact.id)).one()
    assert f'value="{PHONE}"' in staff_visitor.get(f"{address}/{contact}").text
