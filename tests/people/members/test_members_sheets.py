"""Files as secretariats have them: several sheets, contacts beside one another, values in their own words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import openpyxl
import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.people.members_rows import fields
from consulta.platform.formats.table import Table
from consulta.platform.importing.columns import match
from consulta.platform.models import Contact, Organisation
from consulta.platform.work import COMMAND
from tests.factories import moment
from tests.people.members.test_members_import import carry_out, csv, keep, look

if TYPE_CHECKING:
    from consulta.platform.work import Bench

HEADINGS = ("Organización", "País", "Sector", "Contacto", "Correo")


def workbook(*sheets: tuple[str, list[tuple[str, ...]]], hidden: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        if name == hidden:
            sheet.sheet_state = "hidden"
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_every_sheet_with_the_headings_is_read_and_every_other_named(bench: Bench) -> None:
    """A whole subregion on a second sheet once went missing without a word."""
    data = workbook(
        ("Instrucciones", [("Lea esto",), ("Y esto",)]),
        ("Caribe", [HEADINGS, ("Red Uno", "Jamaica", "ONG", "Ann", "ann@example.org")]),
        (
            "Sudamérica",
            [("Correo", "País", "Sector", "Organización"), ("b@example.org", "Perú", "ONG", "Red Dos")],
        ),
        ("Presupuesto", [("Rubro", "Monto"), ("Papel", "12")]),
        ("Vieja", [HEADINGS, ("Red Tres", "Cuba", "ONG", "", "")]),
        hidden="Vieja",
    )
    number = keep(bench, data, "lista.xlsx")
    view = look(bench, number)
    assert {(each.name, each.rows, each.reason) for each in view.sheets} == {
        ("Caribe", 1, ""),
        ("Sudamérica", 1, ""),
        ("Instrucciones", 1, "title"),
        ("Presupuesto", 1, "headings"),
        ("Vieja", 1, "hidden"),
    }
    assert [(str(row.row), row.organisation, row.kind) for row in view.rows] == [
        ("2 (Caribe)", "Red Uno", "new"),
        ("2 (Sudamérica)", "Red Dos", "new"),
    ]
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        assert set(work.session.scalars(select(Contact.email))) == {"ann@example.org", "b@example.org"}


def test_contacts_in_numbered_columns_are_all_read(bench: Bench) -> None:
    """What a row says of its language and vote holds for all its contacts: else the second one could vote."""
    headings = (
        "Organización;País;Sector;Contacto 1;Correo 1;Idioma;Puede votar;Contacto 2;Correo electrónico 2"
        ";3er correo;Idioma 3;Puede votar 3"
    )
    rows = (
        "Red Uno;Suriname;ONG;Óscar;oscar@example.org;español;no;Ana;ana@example.org;c@example.org;inglés;sí",
        "Red Dos;Perú;ONG;Eva;eva@example.org;klingon;;Luz;luz@example.org;leo@example.org;;no",
        "Red Tres;Perú;ONG;Luz;luz@example.org;;;Leo;no es correo;;;",
        "Red Cuatro;Perú;;Ann;ann@example.org;;;Bob;bob@example.org;;;",
    )
    number = keep(bench, csv(*rows, headings=headings))
    view = look(bench, number)
    assert view.unread == ()
    assert [row.kind for row in view.rows] == ["new", "new", "error", "error"]
    assert [(fault.column, fault.problem.code) for row in view.rows[2:] for fault in row.faults] == [
        ("Correo electrónico 2", "row.email"),
        ("Sector", "row.sector_missing"),
    ], "what a row lacks is said once"
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        query = select(Contact.email, Organisation.name, Contact.language, Contact.may_vote)
        found = {tuple(row) for row in work.session.execute(query.join(Contact.organisation))}
    assert found == {
        ("oscar@example.org", "Red Uno", "es", False),
        ("ana@example.org", "Red Uno", "es", False),
        ("c@example.org", "Red Uno", "en", True),
        ("eva@example.org", "Red Dos", "es", True),
        ("luz@example.org", "Red Dos", "es", True),
        ("leo@example.org", "Red Dos", "es", False),
    }


def test_a_heading_is_understood_where_a_part_of_it_says_what_it_is() -> None:
    for heading, field in [
        ("Sector / población", "sector"),
        ("Sector (grupo)", "sector"),
        ("Sector \u2013 población", "sector"),
        ("Población / sector", "sector"),
        ("País / Sector", None),  # which of the two?
        ("Sectorial", None),
        ("Contacto 2", "contact@2"),
        ("Correo (2)", "email@2"),
        ("2º contacto", "contact@2"),
        ("E-mail 1", "email"),
        ("País 2", None),  # a member has one
        ("Contacto 12", None),
    ]:
        columns = match(Table(("Organización", heading), ()), fields())
        assert columns.places == {"organisation": 0, **({field: 1} if field else {})}, (heading, field)
        assert columns.unknown == (() if field else (heading,)), (heading, field)


def test_what_is_missing_is_named_as_the_file_would_write_it() -> None:
    for headings, said in [
        (("Organización", "País", "Grupo"), {"headings": "Sector", "unknown": "«Grupo»"}),
        (("Organización", "Sector", "Tierra"), {"headings": "País", "unknown": "«Tierra»"}),
        (("Organisation", "Sector", "Land"), {"headings": "Country", "unknown": "«Land»"}),
    ]:
        with pytest.raises(Problem, match=r"file\.headings_missing_among") as caught:
            match(Table(headings, ()), fields()).checked()
        assert caught.value.params == {**said, "columns": (headings[-1],)}, (headings, said)


def test_a_language_of_another_site_refuses_no_row(bench: Bench) -> None:
    number = keep(bench, csv("Red Uno;Jamaica;ONG;;;Jean;jean@example.org;francés;"))
    (row,) = look(bench, number).rows
    assert row.kind == "new"
    assert [note.problem.code for note in row.warnings] == ["row.language"]
    carry_out(bench, number)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Contact.language)).all() == ["es"]
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Contact)).one().language = "en"
    again = look(bench, keep(bench, csv("Red Uno;Jamaica;ONG;;;Jean;jean@example.org;francés;")))
    assert [row.kind for row in again.rows] == ["same"], "what is on the list stays"


def test_names_show_what_they_are(bench: Bench) -> None:
    for name, kept, remarks in [
        ("Red \u3164\u2800\u00adUno\u200d\U000e0041", "Red Uno", []),
        ("Re\u0301d " + "o" + "\u0308" * 50, "Réd ö\u0308\u0308", []),
        ("R\u0435d Andina", "R\u0435d Andina", ["row.mixed_scripts"]),  # a Cyrillic letter among Latin ones
        ("Сеть мигрантов", "Сеть мигрантов", []),
    ]:
        (row,) = look(bench, keep(bench, csv(f"{name};Perú;ONG;;;Ana;ana@example.org;;"))).rows
        assert row.organisation == kept, name
        assert [note.problem.code for note in row.warnings] == remarks, name
    (row,) = look(bench, keep(bench, csv("\u3164\u3164;Perú;ONG;;;;;;"))).rows
    assert [fault.problem.code for fault in row.faults] == ["row.name_missing"]
