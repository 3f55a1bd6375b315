"""The pages of the members' list and of its files, with every guard on."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from consulta.people import members
from consulta.people.members import ContactCommand, OrganisationCommand
from consulta.people.members_import import IMPORTER
from consulta.people.public import members as public_members
from consulta.platform.listing import PAGE, Wanted
from consulta.platform.models import Contact, LogEntry, Organisation
from consulta.platform.work import COMMAND, Bench
from tests import sessions_aged
from tests.cases import for_each
from tests.factories import build_round, build_seat, moment, open_now
from tests.platform.formats.files import read_table

if TYPE_CHECKING:
    import pytest
    from werkzeug.test import TestResponse

    from tests.benches import Visitor

MEMBERS = "/en/secretariat/members"
HEADINGS = "Organización;País;Sector;Valor base;Etiquetas;Contacto;Correo electrónico;Idioma;Puede votar"


def add(bench: Bench, name: str = "Red Andina", country: str = "PE", email: str = "ana@example.org") -> int:
    with bench.work(COMMAND, moment()) as work:
        number = members.add_organisation(work, OrganisationCommand(name, country, {"sector": "ngo"}))
        if email:
            members.add_contact(work, number, ContactCommand("Ana", email))
        return number


def lines(bench: Bench, **wanted: Any) -> tuple[Any, ...]:
    with bench.read(COMMAND, moment()) as work:
        return members.list_members(work, Wanted(page=None, **wanted)).rows


def upload(visitor: Visitor, data: bytes, filename: str = "members.xlsx") -> TestResponse:
    return visitor.submit(
        f"{MEMBERS}/import",
        {"file": (io.BytesIO(data), filename)},
        content_type="multipart/form-data",
    )


def csv(*rows: str) -> bytes:
    return "\r\n".join([HEADINGS, *rows]).encode("cp1252")


def words(page: TestResponse) -> str:
    """What a page says, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def seen(page: TestResponse) -> str:
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page.text)
    assert found
    return found[1]


# -- the list


@for_each("lang", ["es", "en"])
def test_an_empty_list_says_what_to_do_first(staff_visitor: Visitor, lang: str) -> None:
    page = staff_visitor.get(f"/{lang}/secretariat/members")
    assert page.status_code == 200
    for path in ("import", "new", "template?kind=xlsx", "template?kind=csv"):
        assert f'href="/{lang}/secretariat/members/{path}"' in page.text


def test_the_list_is_filtered_sorted_and_paged_by_its_address(bench: Bench, staff_visitor: Visitor) -> None:
    for name, country in (("Ñandú", "PE"), ("Nube", "PE"), ("Zion", "JM")):
        add(bench, name, country)
    for lang, order in (("es", ["Ñandú", "Nube"]), ("en", ["Nube", "Ñandú"])):
        page = staff_visitor.get(f"/{lang}/secretariat/members?country=PE&sort=-name&q=example.org").text
        shown = sorted((name for name in (*order, "Zion") if f">{name}</a>" in page), key=page.index)
        assert shown == order, "in Spanish Ñ is a letter of its own, in English an N"
        assert 'aria-sort="descending"' in page
        assert '<option value="PE" selected>' in page
        assert "country=PE" in page[page.index("/tables/members?") :]
    assert "No rows match" in staff_visitor.get(f"{MEMBERS}?q=nadie").text
    strange = staff_visitor.get(f"{MEMBERS}?country=ES&sector=x&sort=sum&active=maybe&page=x&contact=all")
    assert ">Ñandú</a>" in strange.text, "unknown values are passed over"
    add(bench, "Muda", email="")
    assert "1 organisation has no contact who may vote" in staff_visitor.get(MEMBERS).text
    silent = staff_visitor.get(f"{MEMBERS}?contact=none").text
    assert (">Muda</a>" in silent, ">Zion</a>" in silent) == (True, False)
    with bench.work(COMMAND, moment()) as work:
        for number in range(PAGE + 1):
            members.add_organisation(work, OrganisationCommand(f"Red {number}", "PE", {"sector": "media"}))
    first = staff_visitor.get(f"{MEMBERS}?sector=media").text
    assert "Page 1 of 2" in first
    assert "sector=media&amp;page=2" in first
    assert f">Red {PAGE}</a>" in staff_visitor.get(f"{MEMBERS}?sector=media&page=2").text


def test_names_are_shown_as_text(bench: Bench, staff_visitor: Visitor) -> None:
    number = add(bench, "<script>alert(1)</script> Red")
    for path in ("", f"/{number}", f"/{number}/edit", f"/{number}/active"):
        page = staff_visitor.get(MEMBERS + path)
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text


# -- by hand


def test_an_organisation_is_added_and_changed_and_what_is_refused_is_kept(
    bench: Bench, staff_visitor: Visitor
) -> None:
    data = {"name": "Red Andina", "country": "JM", "sector": "ngo", "base": "2", "tags": "a, b"}
    answer = staff_visitor.submit(f"{MEMBERS}/new", data)
    assert answer.status_code == 303
    form = answer.headers["Location"]
    assert re.search(r'value="en"[^>]*checked|checked[^>]*value="en"', staff_visitor.get(form).text)
    person = {"name": "", "email": "june@example.org", "language": "en", "may_vote": "y"}
    answer = staff_visitor.submit(form, person)
    assert "june@example.org" in staff_visitor.get(answer.headers["Location"]).text
    (line,) = lines(bench)
    assert (line.base, line.tags, len(line.contacts)) == (2, ["a", "b"], 1)
    assert 'value="Red Andina"' in staff_visitor.get(f"{MEMBERS}/{line.id}/edit").text
    changed = {"name": "Red del Sur", "country": "CL", "sector": "media", "base": "1", "tags": ""}
    assert staff_visitor.submit(f"{MEMBERS}/{line.id}/edit", changed).status_code == 303
    (line,) = lines(bench)
    assert (line.name, line.country, line.categories["sector"]) == ("Red del Sur", "CL", "media")
    other = {"name": "Otra", "country": "PE", "sector": "media", "base": "7", "tags": "frontera"}
    for wrong, told in (
        ({"name": ""}, "required"),
        ({"country": "ES"}, "Country"),
        ({"base": "0"}, "Base"),
        ({"base": "x"}, "Base"),
        ({"tags": "x" * 41}, "tags, separated by commas"),
        ({"name": "RED  del sur", "country": "CL"}, "already in the list"),
        ({"name": "¿?"}, "letters or digits"),
    ):
        answer = staff_visitor.submit(f"{MEMBERS}/new", other | wrong)
        assert answer.status_code == 422, wrong
        assert 'id="error-summary"' in answer.text
        assert told in answer.text, wrong
        assert '<option selected value="media">' in answer.text
    assert len(lines(bench)) == 1


def test_a_telephone_is_read_by_the_country_and_what_is_none_is_kept_and_marked(
    bench: Bench, staff_visitor: Visitor
) -> None:
    number = add(bench)  # of Peru
    contact = lines(bench)[0].contacts[0]
    form, page = f"{MEMBERS}/{number}/contacts/{contact.id}", f"{MEMBERS}/{number}"
    entered = {"name": contact.name, "email": contact.email, "language": "es"}
    assert staff_visitor.submit(form, entered | {"phone": "(01) 555-0142"}).status_code == 303
    assert 'href="tel:+5115550142">+51 1 5550142</a>' in staff_visitor.get(page).text
    refused = staff_visitor.submit(form, entered | {"phone": "555"})
    assert refused.status_code == 422
    assert "is not a telephone number that can be called" in refused.text
    assert 'value="555"' in refused.text, "what was typed is there still"
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Contact).values(phone="preguntar a Luis"))
    assert "preguntar a Luis" in (shown := staff_visitor.get(page).text)
    assert "cannot be called: correct it" in shown
    assert 'href="tel:' not in shown
    kept = entered | {"name": "Otro nombre", "phone": "preguntar a Luis"}
    assert staff_visitor.submit(form, kept).status_code == 303, "what a file said hinders no other change"


def test_a_contact_is_changed_or_refused_with_its_entries(bench: Bench, staff_visitor: Visitor) -> None:
    number = add(bench)
    with bench.work(COMMAND, moment()) as work:
        members.add_contact(work, number, ContactCommand("Luis", "luis@example.org"))
    first = lines(bench)[0].contacts[0].id
    form = f"{MEMBERS}/{number}/contacts/{first}"
    entered = {"name": "Eva", "email": "luis@example.org", "language": "en", "phone": "+51 1 555 0142"}
    refused = staff_visitor.submit(form, entered)
    assert refused.status_code == 422
    assert "already has a contact with this address" in refused.text
    assert 'value="luis@example.org"' in refused.text
    wrong = staff_visitor.submit(form, entered | {"email": "no tiene"})
    assert wrong.status_code == 422
    assert "is not an e-mail address" in wrong.text
    assert staff_visitor.submit(form, entered | {"email": "eva@example.org"}).status_code == 303
    calls = '<a class="phone" href="tel:+5115550142">+51 1 5550142</a>'
    assert calls in staff_visitor.get(f"{MEMBERS}/{number}").text
    assert 'value="+51 1 5550142"' in staff_visitor.get(form).text
    contact = next(each for each in lines(bench)[0].contacts if each.id == first)
    assert (contact.name, contact.email, contact.language, contact.may_vote) == (
        "Eva",
        "eva@example.org",
        "en",
        False,
    )


def test_switching_off_says_first_what_it_means(bench: Bench, staff_visitor: Visitor) -> None:
    number = add(bench)
    contact = lines(bench)[0].contacts[0].id
    page = staff_visitor.get(f"{MEMBERS}/{number}/active")
    assert "will not include the organisation on their roll" in page.text
    assert lines(bench)[0].active
    assert staff_visitor.submit(f"{MEMBERS}/{number}/active", {"active": "no"}).status_code == 303
    assert not lines(bench)[0].active
    assert "Activate Red Andina?" in staff_visitor.get(f"{MEMBERS}/{number}/active").text
    staff_visitor.submit(f"{MEMBERS}/{number}/active", {"active": "yes"})
    assert lines(bench)[0].active
    form = f"{MEMBERS}/{number}/contacts/{contact}/active"
    page = staff_visitor.get(form)
    assert "stops working at once" in page.text
    assert "Nobody will then be able to vote for Red Andina" in page.text
    staff_visitor.submit(form, {"active": "no"})
    assert not lines(bench)[0].contacts[0].active
    assert "cannot vote yet" in staff_visitor.get(f"{MEMBERS}/{number}").text


def test_what_is_not_there_is_not_found(bench: Bench, staff_visitor: Visitor) -> None:
    first, second = add(bench), add(bench, "Otra", email="luis@example.org")
    contact = lines(bench, text="luis")[0].contacts[0].id
    for path in (
        "/99",
        "/99/edit",
        "/99/active",
        "/99/contacts/new",
        f"/{first}/contacts/{contact}",
        f"/{first}/contacts/{contact}/active",
        "/import/99",
        "/import/99/undo",
    ):
        assert staff_visitor.get(MEMBERS + path).status_code == 404, path
    assert staff_visitor.get(f"{MEMBERS}/{second}/contacts/{contact}").status_code == 200


# -- taken out


def test_the_file_is_exactly_the_filter_and_can_be_imported_again(
    bench: Bench, staff_visitor: Visitor
) -> None:
    number = add(bench, "=1+1; Red, «Ñ»")
    add(bench, "Fuera", "CL", "eva@example.org")
    with bench.work(COMMAND, moment()) as work:
        members.add_contact(work, number, ContactCommand("-Luis", "luis@example.org", "en", may_vote=False))
    for lang, kind in (("es", "xlsx"), ("en", "csv")):
        here = f"/{lang}/secretariat"
        to = f"{here}/tables/members?country=PE"
        answer = staff_visitor.submit(f"{here}/members?country=PE", {"kind": kind}, to=to)
        assert answer.status_code == 200
        assert re.search(
            rf'filename="[\w-]+-\d{{8}}T\d{{4}}Z\.{kind}"', answer.headers["Content-Disposition"]
        )
        table = read_table(f"x.{kind}", answer.data)
        assert [row.cells[0] for row in table.rows] == ["=1+1; Red, «Ñ»"] * 2
        with bench.work(COMMAND, moment()) as work:
            view = IMPORTER.look(work, IMPORTER.keep(work, f"x.{kind}", answer.data))
        assert [row.kind for row in view.rows] == ["same", "same"]
        with bench.read(COMMAND, moment()) as work:
            exported = select(LogEntry.details).where(LogEntry.action == "tables.exported")
            details = work.session.scalars(exported.order_by(LogEntry.seq)).all()
        assert details[-1] == f'{{"filter":{{"country":"PE"}},"kind":"{kind}","rows":1,"table":"members"}}'


def test_a_file_asks_for_the_password_again(bench: Bench, staff_visitor: Visitor) -> None:
    add(bench)
    with bench.work(COMMAND, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
    to = MEMBERS.replace("/members", "/tables/members?country=PE")
    answer = staff_visitor.submit(MEMBERS, {"kind": "csv"}, to=to)
    assert (answer.status_code, answer.mimetype) == (422, "text/html")
    assert "Download the rows of a table" in answer.text


@for_each("lang", ["es", "en"])
def test_the_template_has_our_headings_lists_and_examples(
    bench: Bench, staff_visitor: Visitor, lang: str
) -> None:
    import openpyxl  # noqa: PLC0415 - only this test looks at all sheets

    answer = staff_visitor.get(f"/{lang}/secretariat/members/template")
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    first = book.worksheets[0]
    headings = [cell.value for cell in first[1]]
    assert (
        headings[:3]
        == {"es": ["Organización", "País", "Sector"], "en": ["Organisation", "Country", "Sector"]}[lang]
    )
    assert first.max_row == 1
    assert len(first.data_validations.dataValidation) == 4
    lists = [[row[0] for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets]
    assert any("Perú" in names or "Peru" in names for names in lists)
    text = staff_visitor.get(f"/{lang}/secretariat/members/template?kind=csv")
    assert text.data.decode("utf-8-sig").strip().split(",") == headings
    # Uploaded as it is, nothing of it is read; and its examples, copied, are no members.
    refused = upload(staff_visitor, answer.data)
    assert refused.status_code == 422
    assert "nothing below" in refused.text
    del book[book.sheetnames[0]]
    out = io.BytesIO()
    book.save(out)
    page = staff_visitor.get(upload(staff_visitor, out.getvalue()).headers["Location"])
    assert page.text.count("This is an example from the template") == 3
    assert 'name="seen"' not in page.text


# -- brought in


def test_a_file_that_cannot_be_read_is_told_beside_the_template(bench: Bench, staff_visitor: Visitor) -> None:
    for data, told in (
        (b"", "The file is empty"),
        (b"Nombre;Correo\r\nRed;a@example.org", "headings are missing: País, Sector."),
        (b"Nombre;Name;Country;Sector\r\nRed;Red;PE;ONG", "appear twice"),
        (HEADINGS.encode(), "nothing below"),
        (b"PK\x03\x04 nothing", "damaged"),
        (b"\x89PNG\r\n", "xlsx"),
    ):
        answer = upload(staff_visitor, data)
        assert answer.status_code == 422
        assert told in answer.text
        assert "template?kind=xlsx" in answer.text
    with bench.read(COMMAND, moment()) as work:
        assert IMPORTER.uploads(work) == [], "it leaves nothing behind"
    answer = staff_visitor.submit(f"{MEMBERS}/import", {})
    assert answer.status_code == 422
    assert 'id="error-summary"' in answer.text


def test_a_file_is_looked_at_imported_and_undone(bench: Bench, staff_visitor: Visitor) -> None:
    answer = upload(
        staff_visitor,
        csv("Ñandú;PE;ONG;1;;Ana;ana@example.org;es;sí", "Mala;Marte;ONG;1;;Eva;eva@example.org;es;sí"),
        "mi lista.csv",
    )
    assert answer.status_code == 303
    here = answer.headers["Location"]
    page = staff_visitor.get(here)
    assert "mi lista.csv" in page.text
    assert "1 organisation is added." in page.text
    assert "1 row with an error is left out." in page.text
    assert lines(bench) == ()
    assert "not imported" in staff_visitor.get(f"{MEMBERS}/import").text
    assert staff_visitor.submit(here, {"seen": seen(page)}).status_code == 303
    assert [line.name for line in lines(bench)] == ["Ñandú"]
    done = staff_visitor.get(here)
    assert "1 row was omitted" in done.text
    assert "Mala" in done.text
    with bench.work(COMMAND, moment()) as work:  # a round without it: the import can be undone all the same
        open_now(build_round(work.session)).opened_at = moment() + timedelta(seconds=1)
    done = staff_visitor.get(here)
    assert "Nothing rests on it yet: undone now" in done.text
    assert "Until a round opens" not in done.text
    undo = staff_visitor.get(f"{here}/undo")
    assert "1 organisation is deleted." in undo.text
    assert staff_visitor.submit(f"{here}/undo").status_code == 303
    assert lines(bench) == ()
    assert "This import was undone" in staff_visitor.get(here).text


def test_only_what_was_shown_is_written_and_once(bench: Bench, staff_visitor: Visitor) -> None:
    here = upload(staff_visitor, csv("Red Andina;PE;Sindicato;;;Ana;ana@example.org;;")).headers["Location"]
    page = staff_visitor.get(here)
    old = {"seen": seen(page), "csrf_token": staff_visitor.token(page)}
    for data in ({}, {"seen": "0" * 64}):
        assert staff_visitor.submit(here, data).status_code == 409
    assert lines(bench) == ()
    other = add(bench, "Sindicato del Mar", "CL", "")
    assert seen(staff_visitor.get(here)) == old["seen"], "what does not touch it does not make it stale"
    with bench.work(COMMAND, moment()) as work:
        members.change_organisation(work, other, OrganisationCommand("Red Andina", "PE", {"sector": "ngo"}))
    answer = staff_visitor.post(here, old)
    assert answer.status_code == 409
    assert "has changed since you viewed it" in answer.text
    assert lines(bench)[0].categories["sector"] == "ngo"
    assert "Sector: Non-governmental organisation → Trade union" in words(answer)
    assert seen(answer) != old["seen"]
    form = old | {"seen": seen(answer)}
    assert staff_visitor.post(here, form).status_code == 303
    assert lines(bench)[0].categories["sector"] == "trade_union"
    again = staff_visitor.post(here, form)
    assert again.status_code == 409
    assert "already been imported" in again.text
    same = upload(staff_visitor, csv("Red Andina;PE;Sindicato;;;Ana;ana@example.org;;")).headers["Location"]
    page = staff_visitor.get(same)
    assert "There is nothing to import" in page.text
    assert 'name="seen"' not in page.text


def test_what_a_round_has_on_its_roll_stays_and_the_page_says_why(
    bench: Bench, staff_visitor: Visitor
) -> None:
    add(bench, "Puertas", "CL", "eva@example.org")
    rows = (
        "Red Andina;PE;ONG;;;Ana;ana@example.org;;",
        "Puertas;CL;Sindicato;;;;eva@example.org;en;",
        "Nueva Casa;BO;ONG;;;Mar;mar@example.org;;",
    )
    here = upload(staff_visitor, csv(*rows)).headers["Location"]
    staff_visitor.submit(here, {"seen": seen(staff_visitor.get(here))})
    with bench.work(COMMAND, moment()) as work:
        a_round = open_now(build_round(work.session))
        a_round.opened_at = moment() + timedelta(seconds=1)
        red = work.session.scalars(select(Organisation).where(Organisation.name == "Red Andina")).one()
        build_seat(work.session, a_round, red)
        a_round.state = "closed"
    assert "1 organisation would stay" in staff_visitor.get(here).text
    undo = staff_visitor.get(f"{here}/undo")
    for said in (
        "1 organisation is deleted.",
        "1 organisation is changed back.",
        "is on the roll of consultation",
    ):
        assert said in undo.text
    assert staff_visitor.submit(f"{here}/undo").status_code == 303
    left = {line.name: line for line in lines(bench)}
    assert sorted(left) == ["Puertas", "Red Andina"]
    assert (left["Puertas"].categories["sector"], left["Puertas"].contacts[0].language) == ("ngo", "es")
    page = staff_visitor.get(here).text
    assert "is on the roll of consultation" in page
    assert "Undo this import" not in page
    answer = staff_visitor.post(f"{here}/undo", {"csrf_token": staff_visitor.token(undo)})
    assert answer.status_code == 409
    assert "is on the roll of consultation" in answer.text


def test_hostile_text_of_a_file_is_text(staff_visitor: Visitor) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    here = upload(
        staff_visitor, csv(f"{nasty};PE;ONG;;{nasty};{nasty};ana@example.org;;{nasty}"), f"{nasty}.csv"
    )
    page = staff_visitor.get(here.headers["Location"])
    assert page.status_code == 200
    assert "<img" not in page.text


def test_without_a_program_nothing_is_asked(bench: Bench, staff_visitor: Visitor) -> None:
    number = add(bench)
    form = staff_visitor.get(f"{MEMBERS}/{number}/contacts/{lines(bench)[0].contacts[0].id}").text
    assert "by_message" not in form


def test_the_public_list_of_many_members_is_read_country_by_country(
    bench: Bench, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, country in (("Red Andina", "PE"), ("Red del Sur", "CL"), ("Red Costera", "PE")):
        add(bench, name, country, email="")
    together = visitor.get("/en/members").text
    assert all(name in together for name in ("Red Andina", "Red del Sur", "Red Costera"))
    monkeypatch.setattr(public_members, "WHOLE", 2)
    page = visitor.get("/en/members").text
    assert "3 organisations" in page
    assert "Red " not in page
    (link,) = re.findall(r'href="([^"]*)#PE">Peru</a> <span class="meta">2</span>', page)
    of_peru = visitor.get(link).text
    assert [name in of_peru for name in ("Red Andina", "Red Costera", "Red del Sur")] == [True, True, False]
