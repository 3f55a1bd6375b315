"""The roll is not bent quietly between rounds: who hears of it, who reads it, what is marked."""

from __future__ import annotations

import io
import random  # noqa: TID251 - invented rolls, the same for one seed
import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, update

from consulta.app import create_app
from consulta.desk.opening import Listed, Voter, between
from consulta.people import members, members_bulk
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.platform import accounts
from consulta.platform.data.folding import fold
from consulta.platform.mailer.kinds import find as kind_of
from consulta.platform.models import Contact, Correction, Message, Organisation, Round, Seat
from consulta.platform.work import COMMAND, Actor
from consulta.rounds import addresses
from tests.accounts.sign_in.test_confirmation import age, hidden
from tests.benches import PASSWORD, Visitor
from tests.cases import for_each
from tests.desk.test_rounds import draft
from tests.drafts import KEY
from tests.factories import moment
from tests.polling import change_round, open_round

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

ANA, EVA = "ana@example.org", "eva@example.org"
THIEF = "voto{}@evil.example"
OPENING = f"/es/secretariat/rounds/{KEY}/open"
HEADINGS = "Organización;País;Sector;Contacto;Correo electrónico;Puede votar"
BEFORE = "2026-9"


@pytest.fixture
def desk(settings: Settings, bench: Bench) -> Flask:
    """Three organisations that voted a hundred days ago, a draft, and two people at the desk."""
    open_round(bench, BEFORE, seats=3)
    long_ago = moment() - timedelta(days=100)
    change_round(bench, BEFORE, state="published", opened_at=long_ago, closed_at=long_ago)
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Contact).values(created_at=long_ago))
        for each in work.session.scalars(select(Organisation)):
            each.name_key = fold(each.name)
        for email, role in ((ANA, "secretariat"), (EVA, "admin")):
            accounts.add_staff(work, email, email.partition("@")[0].title(), PASSWORD, role)  # type: ignore[arg-type]
    draft(bench)
    return create_app(replace(settings, two_persons="auto"), bench)


def signed_in(app: Flask, email: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.submit("/es/account/sign-in", {"email": email, "password": PASSWORD}).status_code == 303
    return visitor


def true_ones(bench: Bench) -> list[str]:
    """The addresses that could vote before, in the order of their organisations."""
    with bench.read(COMMAND, moment()) as work:
        return [each.email for each in work.session.scalars(select(Contact).order_by(Contact.id).limit(3))]


def told(bench: Bench, kind: str = "own_data_changed") -> dict[str, str]:
    """By address, what its mails of a kind say."""
    with bench.read(COMMAND, moment()) as work:
        found: dict[str, str] = {}
        for each in work.session.scalars(select(Message).where(Message.kind == kind)):
            said = kind_of(each.kind).words(work, each, None)  # type: ignore[arg-type]  # not asked here
            found[each.address] = found.get(each.address, "") + said["es"]["changed"]
        return found


def swapped(bench: Bench) -> bytes:
    """The file of the attack: each true contact may not vote, and a new one may."""
    lines = [HEADINGS]
    with bench.read(COMMAND, moment()) as work:
        for each in work.session.scalars(select(Organisation).order_by(Organisation.id)):
            start = f"{each.name};{each.country};ONG"
            (contact,) = each.contacts
            lines.append(f"{start};{contact.name};{contact.email};no")
            lines.append(f"{start};Persona Dos;{THIEF.format(each.id)};sí")
    return "\r\n".join(lines).encode()


def imported(visitor: Visitor, data: bytes, password: str = "") -> Any:
    """The answer to the import of a file, after its page was looked at."""
    answer = visitor.submit(
        "/es/secretariat/members/import",
        {"file": (io.BytesIO(data), "lista.csv")},
        content_type="multipart/form-data",
    )
    here = answer.headers["Location"]
    page = visitor.get(here)
    seen = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page.text)
    assert seen is not None
    fields = {"seen": seen[1], **({"confirm_password": password} if password else {})}
    return page, visitor.submit(here, fields)


@pytest.mark.attack("A2")
def test_an_import_that_hands_votes_to_strangers_is_told_shown_and_marked(desk: Flask, bench: Bench) -> None:
    ana, true = signed_in(desk, ANA), true_ones(bench)
    age(bench)
    page, refused = imported(ana, swapped(bench))
    assert refused.status_code == 422, "the password is asked for"
    assert told(bench) == {}
    assert "3 contactos" in page.text.partition("Importar las filas válidas")[2].partition("<form")[0]
    _page, done = imported(ana, swapped(bench), PASSWORD)
    assert done.status_code == 303
    mails = told(bench)
    assert set(mails) == set(true), "at the addresses of before alone"
    for said in mails.values():
        assert "quitó a" in said
        assert "agregó a Persona Dos" in said

    # One of them objects by the link of the mail; everybody at the desk reads it.
    link = link_to_object(bench, true[0])
    stranger = Visitor(desk.test_client())
    assert stranger.post(link).status_code == 200
    answered = stranger.post(
        link, {"answer": "yes", "choice": "object", "note": "No la conocemos", "sure": "y"}
    )
    assert answered.status_code == 200
    assert set(told(bench, "staff_notice")) >= {ANA, EVA}
    assert "No la conocemos" in told(bench, "staff_notice")[EVA]
    with bench.read(COMMAND, moment()) as work:
        (made,) = work.session.scalars(select(Correction))
        assert (made.kind, made.said["email"]) == ("objection", true[0])


@pytest.mark.attack("A2")
def test_the_opening_and_its_second_person_read_by_name_what_an_import_did(desk: Flask, bench: Bench) -> None:
    ana, eva, true = signed_in(desk, ANA), signed_in(desk, EVA), true_ones(bench)
    assert imported(ana, swapped(bench))[1].status_code == 303
    opens = ana.get(OPENING)
    rows = opens.text.partition('id="roll-changes"')[2].partition("</dl>")[0]
    assert rows.count("@evil") == 3
    fields = {name: values[0] for name, values in hidden(opens).items()}
    asked = ana.post(OPENING, fields | {"typed": KEY, "confirm_password": PASSWORD})
    assert asked.status_code == 303
    pending = eva.get(asked.headers["Location"])
    for number in (1, 2, 3):
        assert THIEF.format(number) in pending.text
        assert true[number - 1] in pending.text
    assert "Persona Dos" in pending.text
    confirm = {name: values[0] for name, values in hidden(pending).items()}
    done = eva.post(OPENING, confirm | {"confirm_password": PASSWORD})
    assert done.status_code == 303, done.text

    with bench.read(COMMAND, moment()) as work:
        for seat in work.session.scalars(select(Seat).join(Seat.round).where(Round.key == KEY)):
            young = {
                each.email: addresses.is_young(work.session, seat.id, each.id)
                for each in seat.organisation.contacts
                if each.may_vote
            }
            assert young == {THIEF.format(seat.organisation_id): True}

    # The link that came before the opening still objects while voting is open.
    late, stranger = link_to_object(bench, true[1]), Visitor(desk.test_client())
    assert stranger.post(late, {"answer": "yes", "choice": "object", "sure": "y"}).status_code == 200
    with bench.read(COMMAND, moment()) as work:
        (made,) = work.session.scalars(select(Correction))
        assert made.said["email"] == true[1]


def link_to_object(bench: Bench, address: str) -> str:
    """The address of the link that a mail of a change has."""
    with bench.read(COMMAND, moment()) as work:
        query = select(Message).where(Message.kind == "own_data_changed", Message.address == address)
        message = work.session.scalars(query.order_by(Message.id.desc())).first()
        assert message is not None
        assert message.token
        return f"/es/r/{message.token}"


@pytest.mark.attack("A8")
def test_acts_on_many_organisations_ask_for_the_password_and_tell_all_their_contacts(
    desk: Flask, bench: Bench
) -> None:
    ana, true = signed_in(desk, ANA), true_ones(bench)
    with bench.read(COMMAND, moment()) as work:
        ids = [str(each) for each in work.session.scalars(select(Organisation.id))]
    here = "/es/secretariat/members/bulk"
    for act, value, says in (("category_sector", "academia", "sector"), ("deactivate", "", "de baja")):
        chosen = f"{here}?act={act}&" + "&".join(f"o={each}" for each in ids)
        age(bench)
        page = ana.get(chosen)
        assert "3 contactos" in page.text, "it says before whom it tells"
        fields = {"csrf_token": ana.token(page), "act": act, "o": ids, "value": value}
        before = told(bench)
        assert ana.post(here, fields).status_code == 422, "the password is asked for"
        assert told(bench) == before
        done = ana.post(here, fields | {"confirm_password": PASSWORD})
        assert done.status_code == 303
        after = told(bench)
        assert set(after) == set(true)
        assert all(says in after[each].removeprefix(before.get(each, "")) for each in true)
    back = done.headers["Location"]
    age(bench)
    assert ana.submit(back).status_code == 422, "taking it back changes many too"
    assert ana.submit(back, {"confirm_password": PASSWORD}).status_code == 303
    assert all("volvió a habilitar" in said for said in told(bench).values())
    opens = ana.get(OPENING)
    assert "Organizaciones con otra categoría (3)" in opens.text


@for_each("page", ["/es/secretariat/members/new"])
@pytest.mark.attack("A8")
def test_adding_an_organisation_asks_for_the_password(desk: Flask, bench: Bench, page: str) -> None:
    ana = signed_in(desk, ANA)
    age(bench)
    fields = {"name": "Red Fantasma", "country": "PE", "sector": "ngo", "base": "1"}
    assert ana.submit(page, fields).status_code == 422
    with bench.read(COMMAND, moment()) as work:
        assert len(members.all_names(work)) == 3
    assert ana.submit(page, fields | {"confirm_password": PASSWORD}).status_code == 303


def test_forms_imports_and_acts_on_many_tell_the_same(desk: Flask, bench: Bench) -> None:
    """One organisation each: who loses the right to vote, another sector, and switched off."""
    person = Actor("secretariat", 1, "Ana")
    true = true_ones(bench)
    with bench.read(COMMAND, moment()) as work:
        ids = list(work.session.scalars(select(Organisation.id).order_by(Organisation.id)))
    with bench.work(person, moment()) as work:
        first = members.member_page(work, ids[0]).member
        (contact,) = first.contacts
        members.change_contact(
            work, ids[0], contact.id, ContactCommand(contact.name, contact.email, may_vote=False)
        )
        command = OrganisationCommand(first.name, first.country, {"sector": "academia"}, first.base)
        members.change_organisation(work, ids[0], command)
    with bench.work(person, moment()) as work:
        members_bulk.carry_out(work, [ids[1]], "category_sector", "academia")
    name, country = next((name, country) for number, name, country in _names(bench) if number == ids[2])
    line = f"{name};{country};academia;;{true[2]};no"
    ana = signed_in(desk, ANA)
    _page, done = imported(ana, f"{HEADINGS}\r\n{line}".encode())
    assert done.status_code == 303
    sentences = {address: said.replace("\n", "") for address, said in told(bench).items()}
    by_form, by_many, by_file = (sentences[each] for each in true)
    assert "quitó a" in by_form
    assert _anonymous(by_form, _names(bench)) == _anonymous(by_file, _names(bench)) or sorted(
        _anonymous(by_form, _names(bench)).split(".")
    ) == sorted(_anonymous(by_file, _names(bench)).split("."))
    assert _anonymous(by_many, _names(bench)) in _anonymous(by_form, _names(bench))


def _names(bench: Bench) -> Sequence[Any]:
    with bench.read(COMMAND, moment()) as work:
        return members.all_names(work)


def _anonymous(said: str, names: Sequence[Any]) -> str:
    for _number, name, _country in names:
        said = said.replace(name, "X")
    return said


def _roll(chance: random.Random, numbers: range) -> dict[int, Listed]:
    return {
        number: Listed(
            number,
            f"Red {number}",
            {"country": chance.choice("AB"), "sector": chance.choice("xy")},
            chance.choice((1, 2)),
            tuple(
                Voter(10 * number + each, f"P{each}", f"p{each}{chance.choice('ab')}@example.org")
                for each in range(3)
                if chance.random() < 0.6
            ),
        )
        for number in numbers
        if chance.random() < 0.8
    }


@for_each("seed", range(12))
def test_what_differs_leads_from_one_roll_to_the_other(seed: Any) -> None:
    """Applied to the earlier roll, the differences give the later one: none is missing, and none too many."""
    check_changes_of_roll(seed)


def check_changes_of_roll(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    old, new = _roll(chance, range(8)), _roll(chance, range(2, 10))
    made = {each.name: each for each in old.values()}
    facts = {name: (dict(each.categories), each.base) for name, each in made.items()}
    people = {name: {(one.name, one.address.lower()) for one in each.voters} for name, each in made.items()}
    for each in between(old.values(), new.values()):
        name = each.organisation
        if each.kind == "gone":
            del facts[name], people[name]
        elif each.kind == "joined":
            there = next(one for one in new.values() if one.name == name)
            facts[name], people[name] = (dict(there.categories), there.base), set()
        elif each.kind == "category":
            assert facts[name][0][each.dimension] == each.was != each.now
            facts[name][0][each.dimension] = each.now
        elif each.kind == "base":
            assert str(facts[name][1]) == each.was != each.now
            facts[name] = (facts[name][0], int(each.now))
        else:
            if each.was:
                people[name].remove((each.contact, each.was))
            if each.kind != "contact_silenced":
                people[name].add((each.contact, each.now))
    assert facts == {each.name: (dict(each.categories), each.base) for each in new.values()}
    assert people == {each.name: {(one.name, one.address) for one in each.voters} for each in new.values()}
