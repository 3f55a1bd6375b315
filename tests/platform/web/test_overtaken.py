"""No form of the desk overwrites what another person saved while it was open.

Each page with a form that is filled with stored values is opened by two persons, saved by the second, and
then sent by the first. `EDITS` lists these pages; `test_no_page_is_forgotten` follows the links of the desk,
and fails where another one is found.
"""

from __future__ import annotations

import fcntl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, select

from consulta.platform.models import Message
from consulta.platform.web import meanwhile
from consulta.platform.work import COMMAND
from consulta.sessions.follow_up import institutions
from consulta.sessions.follow_up.institutions import InstitutionCommand
from tests.apps import app_over
from tests.benches import Visitor
from tests.factories import build_organisation, moment
from tests.markup import HTML, parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from flask import Flask
    from werkzeug.test import TestResponse

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo

# A page that is not found by a link, where the demonstration stands, is in `EDITS` all the same.
DESK = "/en/secretariat/"
Value = str | Callable[[str], str]  # or what is made of the value that is stored


def later(days: int) -> Callable[[str], str]:
    return lambda stored: (datetime.fromisoformat(stored) + timedelta(days=days)).isoformat()[: len(stored)]


def soon(days: int) -> str:
    return (moment() + timedelta(days=days)).strftime("%Y-%m-%dT17:00")


def begun(word: str) -> Callable[[str], str]:
    return lambda stored: f"{word} {stored}"


@dataclass(frozen=True)
class Edit:
    """A page with a form, what each person changes in it, and what both send beside."""

    address: str
    theirs: dict[str, Value]
    mine: dict[str, Value]
    also: dict[str, str] = field(default_factory=dict)


EDITS = {
    "deadline": Edit(
        "rounds/ejemplo-2/deadline",
        {"closes": later(1)},
        {"closes": later(2)},
        {"reason": "Feriados", "typed": "ejemplo-2"},
    ),
    "dialogue": Edit(
        "rounds/ejemplo-6/dialogue", {"place_en": "Panama City"}, {"agenda_en": "Welcome\r\nBreak"}
    ),
    "organiser": Edit("organiser", {"phone": "+507 111-1111"}, {"signer": "Ana Pérez"}),
    "edit_round": Edit(
        "rounds/ejemplo-3/edit", {"title_en": "Their title"}, {"question_en": "Which of my questions?"}
    ),
    "extend_proposing": Edit("rounds/ejemplo-5/proposing/extend", {"until": later(1)}, {"until": later(2)}),
    "mail_text": Edit(
        "rounds/ejemplo-2/mail/texts/reminder", {"subject_en": "Their subject"}, {"subject_es": "Mi asunto"}
    ),
    "plain_text": Edit(
        "mail/texts/institution_invited", {"subject_en": "Their subject"}, {"subject_es": "Mi asunto"}
    ),
    "factsheet": Edit(
        "rounds/ejemplo-1/factsheet", {"period_en": "Their period"}, {"achieved_en": "What I say"}
    ),
    "panel_rules": Edit("rounds/ejemplo-1/panel/rules", {"per_country": "3"}, {"per_organisation": "2"}),
    "edit_member": Edit("members/31/edit", {"tags": "suyo"}, {"name": "Red con otro nombre"}),
    "edit_contact": Edit("members/86/contacts/102", {"name": "Otro nombre"}, {"phone": "+51 1 5550000"}),
    "follow_up_rhythm": Edit(
        "rounds/ejemplo-1/follow-up-calls/rhythm", {"answer_days": "33"}, {"every_months": "11"}
    ),
    "edit_theme": Edit(
        "rounds/ejemplo-3/themes/salud", {"title_en": "Their title"}, {"description_en": "My words"}
    ),
    "edit_nominee": Edit(
        "rounds/ejemplo-2/nominees/n01", {"email": "suya@example.org"}, {"delegate": "Ana Pérez"}
    ),
    "agreement": Edit(
        "rounds/ejemplo-1/minutes/1", {"responsible": "Their office"}, {"text_en": "What I wrote"}
    ),
    "recommendation": Edit(
        "rounds/ejemplo-1/recommendations/1",
        {"text_en": "Their words"},
        {"text_es": "Mío"},
        {"act": "change"},
    ),
    "synthesis_theme": Edit(
        "rounds/ejemplo-1/synthesis/themes/vulnerabilidades",
        {"sentences_en": begun("Theirs:")},
        {"sentences_es": begun("Mío:")},
    ),
    "edit_question": Edit(
        "rounds/ejemplo-3/questions/p1", {"help_en": "Their help"}, {"text_en": "My question?"}
    ),
    "reword_theme": Edit("rounds/ejemplo-5/theme-review/1/edit", {"title": "Su título"}, {"why": "Mi razón"}),
    "translate_theme": Edit(
        "rounds/ejemplo-5/theme-review/1/translate/en",
        {"title": "Their title", "why": "Their reason"},
        {"title": "My title", "why": "My reason"},
    ),
    "institution": Edit("institutions/6", {"role": "Su cargo"}, {"person": "Ana Pérez"}),
    "proposing_phase": Edit(
        "rounds/ejemplo-3/proposing/phase",
        {"closes": soon(9), "most": "4"},
        {"closes": soon(10), "most": "5"},
    ),
    # The second person has no account that may open it any more: last, and both are the same person.
    "staff_account": Edit(
        "staff/1", {"role": "mail"}, {"role": "reader"}, {"reason": "Otro trabajo", "act": "role"}
    ),
}


def values(form: Element) -> dict[str, Any]:
    """Return what a browser would send of a form, without its buttons."""
    sent: dict[str, Any] = {}
    for each in form.iter():
        name, tag = each.get("name"), each.tag.removeprefix(HTML)
        if name is None or "disabled" in each.attrib:
            continue
        if tag == "textarea":
            sent[name] = "".join(each.itertext()).removeprefix("\n").replace("\n", "\r\n")
        elif tag == "select":
            options = list(each.iter(f"{HTML}option"))
            chosen = [one for one in options if "selected" in one.attrib] or options[:1]
            sent[name] = [one.get("value", "") for one in chosen]
        elif tag == "input" and each.get("type") in {"checkbox", "radio"}:
            if "checked" in each.attrib:
                sent.setdefault(name, []).append(each.get("value", "on"))
        elif tag == "input" and each.get("type") not in {"file", "submit", "password"}:
            sent[name] = each.get("value", "")
    return sent


def forms(page: TestResponse) -> Iterator[Element]:
    """Yield the forms of a page that are posted."""
    yield from (each for each in parsed(page.text).iter(f"{HTML}form") if each.get("method") == "post")


def edited(page: TestResponse) -> dict[str, Any]:
    """Return what a browser would send of the form that is filled with stored values."""
    return max((sent for sent in map(values, forms(page)) if meanwhile.FIELD in sent), key=len)


def part(page: TestResponse) -> Element:
    """Return what a page says of what was saved meanwhile."""
    return next(each for each in parsed(page.text).iter() if each.get("id") == "overtaken")


def shown(value: str) -> str:
    return value.splitlines()[0]


def first(value: str | list[str]) -> str:
    return value if isinstance(value, str) else value[0]


def changed(form: dict[str, Any], wanted: dict[str, Value]) -> dict[str, str]:
    """Return the values that a person enters in a form."""
    return {
        name: value if isinstance(value, str) else value(first(form[name])) for name, value in wanted.items()
    }


@pytest.fixture
def two(demo: Demo, settings: Settings) -> tuple[Flask, Visitor, Visitor]:
    """The demonstration, and two persons at its desk."""
    app = app_over(settings, demo.bench(settings))
    people = []
    for known in demo.known.sign_ins[1::-1]:
        people.append(Visitor(app.test_client()))
        people[-1].submit("/en/account/sign-in", {"email": known.email, "password": known.password})
    return app, people[0], people[1]


def test_what_another_person_saved_is_shown_and_not_overwritten(two: tuple[Flask, Visitor, Visitor]) -> None:
    _app, me, colleague = two
    for name, edit in EDITS.items():
        there, other = DESK + edit.address, me if name == "staff_account" else colleague
        before, mine = edited(other.get(there)), edited(me.get(there))
        theirs, wanted = changed(before, edit.theirs), changed(mine, edit.mine)
        assert other.post(there, before | edit.also | theirs).status_code == 303, name

        refused = me.post(there, mine | edit.also | wanted)
        assert refused.status_code == 409, name
        stored = edited(me.get(there))
        assert {each: first(stored[each]) for each in theirs} == theirs, f"{name}: the colleague's stands"
        assert 'id="overtaken"' in refused.text, name
        told = " ".join(part(refused).itertext())
        assert ("Mariana Solórzano" in told) is (other is colleague), f"{name}: who saved it"
        for each, value in theirs.items():
            assert shown(value) in told or each in {"role", "closes", "until"}, f"{name}: {value}"

        kept = edited(refused)
        assert {each: first(kept[each]) for each in wanted} == wanted, f"{name}: nothing entered is lost"
        assert me.post(there, kept | edit.also).status_code == 303, name
        stored = edited(me.get(there))
        both = theirs | wanted
        assert {each: first(stored[each]) for each in both} == both, f"{name}: what was seen is saved"


def test_who_changed_a_telephone_is_named(bench: Bench, staff_visitor: Visitor) -> None:
    """A number is read when it is saved, so that it is stored in another form than it was typed."""
    with bench.work(COMMAND, moment()) as work:
        member = build_organisation(work.session, country="AR")
        (contact,) = member.contacts
        contact.phone = "+541145550199"
        command = InstitutionCommand("government", "PE", "Cancillería", phone="01 555 0199", language="es")
        institution = institutions.add(work, command)
    of_contact = f"{DESK}members/{member.id}/contacts/{contact.id}"
    for there, typed, stored in (
        (of_contact, "11 4555 0100", "+54 11 4555-0100"),
        (of_contact, "+507 555 0100", "+507 555-0100"),
        (f"{DESK}institutions/{institution}", "01 555 0100", "+51 1 5550100"),
    ):
        before = edited(staff_visitor.get(there))
        assert staff_visitor.post(there, before | {"phone": typed}).status_code == 303
        refused = staff_visitor.post(there, before | {"email": "nueva@example.org"})
        assert refused.status_code == 409
        assert "Secretaría de prueba" in " ".join(part(refused).itertext()), typed
        assert edited(refused)["phone"] == stored, "a field that was left alone takes what was saved"


def test_who_is_not_overtaken_saves_without_a_question(two: tuple[Flask, Visitor, Visitor]) -> None:
    """The same change twice, an empty save, and a form that was refused for something else."""
    _app, me, colleague = two
    there = f"{DESK}members/31/edit"
    mine, theirs = edited(me.get(there)), edited(colleague.get(there))
    assert colleague.post(there, theirs | {"tags": "la misma"}).status_code == 303
    assert me.post(there, mine | {"tags": " la misma "}).status_code == 303, "both entered the same"
    same = edited(me.get(there))
    assert me.post(there, same).status_code == 303, "nobody saved anything else"
    assert colleague.post(there, edited(colleague.get(there)) | {"tags": "otra"}).status_code == 303
    wrong = me.post(there, same | {"name": ""})
    assert wrong.status_code == 422
    again = edited(wrong) | {"name": "Red con otro nombre"}
    assert me.post(there, again).status_code == 409, "a refusal does not make the form newer than it is"


def test_a_refused_form_mails_nobody(two: tuple[Flask, Visitor, Visitor]) -> None:
    app, me, colleague = two
    there = f"{DESK}members/31/edit"
    mine = edited(me.get(there))
    colleague.post(there, edited(colleague.get(there)) | {"name": "Red con un nombre"})

    def mails() -> int:
        with app.extensions["consulta"].bench.read(COMMAND, moment()) as work:
            return work.session.scalars(select(func.count(Message.id))).one()

    before = mails()
    assert me.post(there, mine | {"name": "Red con otro nombre"}).status_code == 409
    assert mails() == before


def test_forms_are_saved_one_after_another(
    two: tuple[Flask, Visitor, Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is saved between the comparison of a form and its writing."""
    app, me, _colleague = two
    there = f"{DESK}members/31/edit"
    mine = edited(me.get(there))
    monkeypatch.setattr(meanwhile, "PATIENCE", 0.1)
    with (app.extensions["consulta"].settings.data / meanwhile.LOCK).open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert me.post(there, mine | {"tags": "mía"}).status_code == 503
    assert edited(me.get(there))["tags"] == mine["tags"]
    assert me.post(there, mine | {"tags": "mía"}).status_code == 303
