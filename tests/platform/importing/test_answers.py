"""What is said once of a column or a value of a file: kept for the next file of the list, shown, changed."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.panel.nominees_import import IMPORTER as NOMINEES
from consulta.people.members_import import IMPORTER
from consulta.platform.formats.delimited import write_csv
from consulta.platform.importing.values import Answer
from consulta.platform.models import LogEntry
from consulta.platform.work import COMMAND, Bench
from tests.cases import for_each
from tests.factories import build_round, moment

if TYPE_CHECKING:
    from consulta.platform.importing.values import Preview
    from tests.benches import Visitor

PAGE = "/en/secretariat/members/import"
HEADINGS = ["Organización", "País", "Sector"]
ROWS = [
    ["Red Azul", "Perú", "Pescadores"],
    ["Red Verde", "Chile", "PESCADORES"],
    ["Red Gris", "Chile", "ONG"],
]


def upload(bench: Bench, headings: list[str] | None = None, rows: list[list[str]] | None = None) -> int:
    with bench.work(COMMAND, moment()) as work:
        return IMPORTER.keep(work, "list.csv", write_csv(headings or HEADINGS, rows or ROWS))


def look(bench: Bench, number: int) -> Preview:
    with bench.read(COMMAND, moment()) as work:
        return IMPORTER.look(work, number)


def says(bench: Bench, number: int, meaning: str, text: str = "pescadores") -> int:
    with bench.work(COMMAND, moment()) as work:
        return IMPORTER.understand(work, number, "sector", text, meaning)


def remember(bench: Bench, field: str, text: str, meaning: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        IMPORTER.remember(work, field, text, meaning)


def test_a_value_is_asked_once_and_can_be_changed_and_forgotten(bench: Bench) -> None:
    first = upload(bench)
    (offer,) = look(bench, first).offers
    assert (offer.field, offer.rows, look(bench, first).answers) == ("sector", 2, ())
    assert says(bench, first, "ngo") == 2
    second = upload(bench)
    shown = look(bench, second)
    assert (shown.counts.errors, shown.offers) == (0, ())
    assert shown.answers == (Answer("sector", "pescadores", "ngo"),)
    assert says(bench, second, "trade_union") == 2
    assert look(bench, upload(bench)).answers == (Answer("sector", "pescadores", "trade_union"),)
    assert look(bench, first).answers == (), "the first file is read as it was said of it"
    assert look(bench, first).counts.errors == 0
    assert says(bench, second, "") == 2
    assert look(bench, second).counts.errors == 2
    assert [each.text for each in look(bench, upload(bench)).offers] == ["Pescadores"]


def test_a_column_is_named_once_and_the_next_file_is_read(bench: Bench) -> None:
    headings = ["La casa", "País", "Sector", "Notas", "Nota 2"]
    rows = [["Red Azul", "Perú", "ONG", "x", "y"]]
    with pytest.raises(Problem) as refused:
        upload(bench, headings, rows)
    assert refused.value.params["columns"] == ("La casa", "Notas", "Nota 2")
    remember(bench, "", "La casa", "organisation")
    remember(bench, "", "NOTAS", "-")
    number = upload(bench, headings, rows)
    shown = look(bench, number)
    assert [row.organisation for row in shown.rows] == ["Red Azul"]
    assert shown.unread == ("Nota 2",)
    assert shown.answers == (Answer("", "La casa", "organisation"),)
    remember(bench, "", "la casa", "")
    assert [row.organisation for row in look(bench, number).rows] == ["Red Azul"], "as it was uploaded"
    with pytest.raises(Problem, match=r"file\.headings_missing_among"):
        upload(bench, headings, rows)


@for_each(
    "field, text, meaning",
    [
        ("", "Casa", "nothing"),
        ("sector", "x", "PE"),
        ("", " ", "organisation"),
        ("base", "x", "1"),
        ("x", "y", "z"),
    ],
)
def test_what_is_no_meaning_is_refused(bench: Bench, field: str, text: str, meaning: str) -> None:
    with pytest.raises(Problem, match=r"import\.meaning"):
        remember(bench, field, text, meaning)
    with bench.read(COMMAND, moment()) as work:
        assert IMPORTER.answers(work) == ()


def test_each_list_has_answers_of_its_own_and_roles_and_genders_have_them_too(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        key = build_round(work.session).key
    headings = ["Nombre", "Institución", "Rol", "País", "Sector", "Género"]
    data = write_csv(headings, [["Ana", "Casa", "Vocera", "Perú", "ONG", "Dama"]])
    with bench.work(COMMAND, moment()) as work:
        number = NOMINEES.keep(work, "n.csv", data, key)
        assert {each.field for each in NOMINEES.look(work, number, key).offers} == {"role", "gender"}
        NOMINEES.understand(work, number, "role", "Vocera", "mechanism", key)
        NOMINEES.understand(work, number, "gender", "Dama", "woman", key)
        again = NOMINEES.keep(work, "n.csv", data, key)
        shown = NOMINEES.look(work, again, key)
        assert (shown.counts.errors, len(shown.answers)) == (0, 2)
        assert IMPORTER.answers(work) == ()


def test_the_pages_ask_show_and_change_without_script(bench: Bench, staff_visitor: Visitor) -> None:
    file = (
        io.BytesIO(write_csv(["La casa", "País", "Sector"], [["Red Azul", "Perú", "Pescadores"]])),
        "l.csv",
    )
    refused = staff_visitor.submit(PAGE, {"file": file}, content_type="multipart/form-data")
    assert refused.status_code == 422
    assert "Column “La casa” is" in refused.text
    told = {"field": "", "text": "La casa", "meaning": "organisation"}
    assert staff_visitor.submit(PAGE, told, to=f"{PAGE}/answers").status_code == 303
    assert "1 answer about columns and values is stored" in staff_visitor.get(PAGE).text
    file = (
        io.BytesIO(write_csv(["La casa", "País", "Sector"], [["Red Azul", "Perú", "Pescadores"]])),
        "l.csv",
    )
    answer = staff_visitor.submit(PAGE, {"file": file}, content_type="multipart/form-data")
    assert answer.status_code == 303
    page = staff_visitor.get(answer.location).text
    assert "Sector “Pescadores”" in page
    value = {"field": "sector", "text": "Pescadores", "meaning": "ngo"}
    assert staff_visitor.submit(answer.location, value, to=f"{answer.location}/meaning").status_code == 303
    assert "2 answers about columns and values are stored" in staff_visitor.get(answer.location).text
    with bench.read(COMMAND, moment()) as work:
        found = list(work.session.scalars(select(LogEntry.action).order_by(LogEntry.seq)))
    assert [each for each in found if each.startswith("members.")] == [
        "members.remembered",
        "members.uploaded",
        "members.understood",
    ]
