"""The lists of the panel: who stands on which, with what, and that the log says who took it."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from sqlalchemy import select

from consulta.panel import dialogues
from consulta.platform.formats import moments
from consulta.platform.models import LogEntry, Nominee
from consulta.platform.work import COMMAND
from tests.factories import moment
from tests.invited import KEY, invited, session_command

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

DESK = f"/es/secretariat/rounds/{KEY}/invitations"


def change(bench: Bench, key: str, **values: Any) -> None:
    """Say something else of a nominee."""
    with bench.work(COMMAND, moment()) as work:
        nominee = work.session.scalars(select(Nominee).where(Nominee.key == key)).one()
        for name, value in values.items():
            setattr(nominee, name, value)


def calendar_words(day: str) -> str:
    return moments.calendar_day(day, "es")


def take(visitor: Visitor, **fields: Any) -> Any:
    return visitor.submit(f"{DESK}/lists", fields, to=DESK)


def table(answer: Any) -> list[tuple[Any, ...]]:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return list(book.worksheets[0].values)


def about(answer: Any) -> str:
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    return " ".join(str(cell) for row in book.worksheets[-1].values for cell in row)


def logged(bench: Bench) -> list[dict[str, Any]]:
    with bench.read(COMMAND, moment()) as work:
        query = select(LogEntry.details).where(LogEntry.action == "invitations.exported")
        return [json.loads(text) for text in work.session.scalars(query.order_by(LogEntry.seq))]


def test_the_own_list_has_the_columns_chosen_and_no_formula(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    change(bench, "n02", name='=HYPERLINK("http://x")', email="+51@example.org")
    change(bench, "n07", consent_contact=False)
    answer = take(staff_visitor, purpose="own", answer="all", kind="xlsx", columns=["email", "name", "state"])
    rows = table(answer)
    assert rows[0] == ("Nombre", "Correo electrónico", "Respuesta"), "in the list's order, not the form's"
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    assert {cell.data_type for row in book.worksheets[0] for cell in row if cell.value} == {"s"}
    assert {row[0]: row[1] for row in rows}["Persona n07"] == "", "no address of who did not agree"
    assert "n04@example.org" in [row[1] for row in rows]
    said = about(answer)
    for text in ("UTC", KEY, "Secretaría de prueba", "todo el panel", "nadie"):
        assert text in said, text
    assert f"{KEY}-panel-1-invitaciones" in answer.headers["Content-Disposition"]
    governments = take(staff_visitor, purpose="governments", answer="all", kind="xlsx")
    assert f"{KEY}-panel-1-gobiernos" in governments.headers["Content-Disposition"]
    assert openpyxl.load_workbook(io.BytesIO(governments.data)).sheetnames[0] == "Gobiernos"
    others = take(staff_visitor, purpose="participants", answer="all", kind="xlsx")
    assert openpyxl.load_workbook(io.BytesIO(others.data)).sheetnames[0] == "Participantes"
    text = take(staff_visitor, purpose="own", answer="all", kind="csv", columns=["name"]).data
    assert text.startswith(b"\xef\xbb\xbf")
    assert b'\n"=' not in text
    assert b"\n=" not in text


def test_gender_is_there_when_asked_for_by_name_and_the_log_says_so(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    take(staff_visitor, purpose="own", answer="all", kind="xlsx", columns=["name"])
    answer = take(staff_visitor, purpose="own", answer="all", kind="xlsx", columns=["name"], gender="y")
    assert dict(table(answer)) == {
        "Nombre": "Género",
        "Persona n02": "Hombre",
        "Persona n04": "No binario",
        "Persona n07": "Mujer",
        "Persona n08": "Hombre",
    }
    first, second = logged(bench)
    assert (first["columns"], second["columns"]) == (["name"], ["name", "gender"])
    assert second["role"] == "secretariat"
    log = staff_visitor.get(f"/es/secretariat/rounds/{KEY}/log").text
    assert log.count("con género") == 1
    assert log.count("sin género") == 1


@pytest.mark.parametrize(
    ("purpose", "consent"), [("governments", "consent_governments"), ("participants", "consent_listed")]
)
def test_others_get_name_institution_and_country_of_who_agreed(
    bench: Bench, staff_visitor: Visitor, purpose: str, consent: str
) -> None:
    invited(bench)
    change(bench, "n02", **{consent: True})
    page = staff_visitor.get(f"{DESK}/lists").text
    assert "Quedan fuera 3 personas, que no lo han aceptado: Persona n04, Persona n07, Persona n08." in page
    answer = take(staff_visitor, purpose=purpose, answer="all", kind="xlsx", columns=["email"], gender="y")
    assert table(answer) == [
        ("Nombre", "Institución", "País"),
        ("Persona n02", "Institución n02", "Jamaica"),
    ]
    assert "3: " in about(answer)


def test_indicos_two_layouts_have_no_headings_and_only_who_can_be_written_to(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    change(bench, "n02", consent_contact=False)
    change(bench, "n04", kind="institution")
    change(bench, "n08", kind="institution", delegate="Ana María Díaz")
    answer = take(staff_visitor, purpose="own", answer="all", kind="indico_invitations")
    assert not answer.data.startswith(b"\xef\xbb\xbf"), "it would become part of the first name"
    rows = list(csv.reader(io.StringIO(answer.data.decode())))
    assert rows == [
        ["Persona", "n07", "Institución n07", "n07@example.org"],
        ["Ana", "María Díaz", "Institución n08", "n08@example.org"],
    ]
    answer = take(staff_visitor, purpose="own", answer="all", kind="indico_registrations")
    rows = list(csv.reader(io.StringIO(answer.data.decode())))
    assert [len(row) for row in rows] == [6, 6]
    assert rows[0][3:] == ["Representación del Mecanismo", "", "n07@example.org"]


def test_a_letter_can_be_written_from_the_usual_list(bench: Bench, staff_visitor: Visitor) -> None:
    """Form of address, parts of the name, post, telephone, answer-by date, and the answer without a tick."""
    invited(bench)
    change(
        bench,
        "n02",
        address_form="Sra. Ministra",
        given_name="Ana María",
        family_name="Ponce Barrera",
        post="Ministra",
        phone="+507 600-0000",
    )
    change(bench, "n07", consent_contact=False, phone="+507 600-1111")
    with bench.work(COMMAND, moment()) as work:
        day = f"{moment() + timedelta(days=9):%Y-%m-%d}"
        dialogues.save(work, KEY, session_command(answer_by=day))
    page = staff_visitor.get(f"{DESK}/lists").text
    boxes = [each for each in re.findall(r"<input[^>]*>", page) if 'name="columns"' in each]
    ticked = [re.findall(r'value="(\w+)"', each)[0] for each in boxes if " checked" in each]
    heads, *rows = table(take(staff_visitor, purpose="own", answer="all", kind="xlsx", columns=ticked))
    people = {row[1]: dict(zip(heads, row, strict=True)) for row in rows}
    said = people["Persona n02"]
    assert [said[name] for name in ("Forma de trato", "Nombres", "Apellidos", "Cargo", "Teléfono")] == [
        "Sra. Ministra",
        "Ana María",
        "Ponce Barrera",
        "Ministra",
        "+507 600-0000",
    ]
    assert said["Responder a más tardar"] == calendar_words(day)
    assert said["Respuesta"] == "invitada"
    assert people["Persona n07"]["Teléfono"] in {"", None}, "no number of who did not agree"
    assert "+507 600-1111" not in str(rows)
    indico = take(staff_visitor, purpose="own", answer="all", kind="indico_registrations").data.decode()
    assert "Ana María,Ponce Barrera,Institución n02,Ministra,'+507 600-0000,n02@example.org" in indico


def test_the_reader_chooses_the_csv_that_their_excel_opens(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    change(bench, "n02", organisation="Red; de, todo")
    for kind, sign in (("csv", ","), ("csv_semicolon", ";")):
        answer = take(staff_visitor, purpose="governments", answer="all", kind=kind)
        assert "-gobiernos-" in answer.headers["Content-Disposition"]
        assert answer.headers["Content-Disposition"].rstrip('"').endswith(".csv")
        answer = take(staff_visitor, purpose="own", answer="all", kind=kind, columns=["name", "organisation"])
        assert answer.data.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=sign))
        assert rows[0] == ["Nombre", "Institución"]
        assert ["Persona n02", "Red; de, todo"] in rows
    page = staff_visitor.get(f"{DESK}/lists").text
    assert "Argentina, Brasil, Chile y Colombia" in page
    assert "-own-" not in page


def test_a_list_that_cannot_be_is_refused(bench: Bench, staff_visitor: Visitor) -> None:
    invited(bench)
    answer = staff_visitor.submit(f"{DESK}/lists", {"purpose": "own", "answer": "waiting"}, to=DESK)
    assert answer.status_code == 422
    assert "Marque al menos una columna" in answer.text
    assert 'value="waiting"' in answer.text
    answer = staff_visitor.submit(f"{DESK}/lists", {"purpose": "press", "answer": "all"}, to=DESK)
    assert answer.status_code == 422
    assert "Esa lista no existe" in answer.text
    assert not logged(bench)
