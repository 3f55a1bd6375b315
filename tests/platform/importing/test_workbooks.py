"""Workbooks as secretariats have them, from the page that takes them to the list: every list by HTTP."""

from __future__ import annotations

import io
import re
from html import unescape
from typing import TYPE_CHECKING

import pytest

from tests.cases import for_each
from tests.drafts import KEY
from tests.people.members.test_members_sheets import workbook
from tests.platform.formats.other_files import ods
from tests.platform.formats.other_files import row as of_ods
from tests.platform.importing.test_importing import LISTS, Desk

if TYPE_CHECKING:
    from werkzeug.test import TestResponse

    from consulta.platform.work import Bench
    from tests.benches import Visitor

PATHS = {
    "members": "members/import",
    "nominees": f"rounds/{KEY}/nominees-file",
    "attendance": f"rounds/{KEY}/attendance/file",
}
ABOVE = 1200  # empty rows above the table: numbers of rows are not parted as figures are


@pytest.fixture(params=LISTS)
def desk(request: pytest.FixtureRequest, bench: Bench) -> Desk:
    return Desk(bench, request.param)


def upload(visitor: Visitor, desk: Desk, data: bytes, lang: str = "es") -> TestResponse:
    return visitor.submit(
        f"/{lang}/secretariat/{PATHS[desk.importer.key]}",
        {"file": (io.BytesIO(data), "lista.xlsx")},
        content_type="multipart/form-data",
    )


def understand(visitor: Visitor, here: str, meaning: dict[str, str]) -> None:
    assert visitor.submit(here, meaning, to=f"{here}/meaning").status_code == 303


def words(page: TestResponse) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


@pytest.mark.parametrize(("kind", "lang"), [("xlsx", "es"), ("ods", "en")])
def test_a_workbook_of_several_sheets_is_shown_and_imported(
    desk: Desk, staff_visitor: Visitor, kind: str, lang: str
) -> None:
    """Numbers of rows were written as figures are, and the page of every such file failed."""
    north = [*[("",)] * ABOVE, desk.headings, desk.row(1)]
    south = [desk.headings, desk.row(2), desk.row(3, País="Peruu")]
    data = (
        workbook(("Norte", north), ("Sur", south))
        if kind == "xlsx"
        else ods(
            *((name, [of_ods(*cells) for cells in rows]) for name, rows in (("Norte", north), ("Sur", south)))
        )
    )
    here = upload(staff_visitor, desk, data, lang).headers["Location"]
    page = staff_visitor.get(here)
    assert page.status_code == 200
    row = {"es": "Fila", "en": "Row"}[lang]
    for told in (f"{row} {ABOVE + 2} (Norte)", f"{row} 2 (Sur)", f"{row} 3 (Sur)"):
        assert told in words(page)
    understand(staff_visitor, here, {"field": "country", "text": "Peruu", "meaning": "PE"})
    form = {"seen": desk.look(int(here.rpartition("/")[2])).seen, "way": "replace"}
    assert staff_visitor.submit(here, form).status_code == 303
    assert desk.look(int(here.rpartition("/")[2])).line.applied_at is not None


@for_each(
    "foot",
    [
        ("TOTAL", "34"),
        ("TOTAL 34",),
        ("Subtotal Caribe", "12", "12"),
        ("Total geral", "34"),
        ("Grand total", "34"),
    ],
)
def test_a_total_at_the_foot_is_not_read_and_the_page_says_so(
    desk: Desk, staff_visitor: Visitor, foot: tuple[str, ...]
) -> None:
    data = workbook(("A", [desk.headings, desk.row(1), foot]))
    here = upload(staff_visitor, desk, data).headers["Location"]
    view = desk.look(int(here.rpartition("/")[2]))
    assert (view.counts.rows, view.counts.errors, view.offers) == (1, 0, ())
    page = words(staff_visitor.get(here))
    assert f"La fila 3, «{' '.join(filter(None, foot))}», es un total y no se lee." in page
    assert view.sheets[0].rows == 1


@for_each(
    "written, key",
    [
        ("Academia / investigación", "academia"),
        ("Afrodescendientes", "indigenous_afro"),
        ("ONG de DDHH", "human_rights_org"),
        ("Red de ONG", "ngo"),
    ],
)
def test_a_sector_is_guessed_to_be_confirmed_and_then_known(
    desk: Desk, staff_visitor: Visitor, written: str, key: str
) -> None:
    data = workbook(("A", [desk.headings, desk.row(1, Sector=written), desk.row(2)]))
    here = upload(staff_visitor, desk, data).headers["Location"]
    number = int(here.rpartition("/")[2])
    (offer,) = desk.look(number).offers
    assert (offer.text, offer.near, offer.rows) == (written, key, 1)
    assert f'<option value="{key}" selected>' in staff_visitor.get(here).text
    understand(staff_visitor, here, {"field": "sector", "text": written, "meaning": key})
    assert desk.look(number).counts.errors == 0
    assert desk.look(desk.keep(data)).counts.errors == 0, "it is remembered"


LETTERS: tuple[tuple[tuple[str, ...], dict[str, str]], ...] = (
    (("F", "M"), {"F": "woman", "M": "man"}),
    (("H", "M"), {"H": "man", "M": "woman"}),
    (("W", "M"), {"W": "woman", "M": "man"}),
    (("V", "M"), {"V": "man", "M": "woman"}),
    (("M", "Mujer"), {"M": ""}),
    (("F", "H", "M"), {"F": "woman", "H": "man", "M": ""}),
    (("Mujer trans", "Hombre"), {"Mujer trans": "woman"}),
    (("Varón", "NB"), {"NB": "non_binary"}),
)


@pytest.mark.parametrize("name", ["nominees", "attendance"])
def test_a_letter_is_guessed_by_the_others_of_its_column(bench: Bench, name: str) -> None:
    desk = Desk(bench, name)
    for written, guessed in LETTERS:
        rows = [(*desk.row(number), text) for number, text in enumerate(written)]
        view = desk.look(desk.keep(workbook(("A", [(*desk.headings, "Género"), *rows]))))
        assert {offer.text: offer.near for offer in view.offers} == guessed, written


def test_the_letter_m_is_asked_in_each_file(bench: Bench, staff_visitor: Visitor) -> None:
    """Remembered of a file with H and M, it would make women of the men of a file with F and M."""
    desk = Desk(bench, "attendance")

    def file(*letters: str) -> bytes:
        rows = [(*desk.row(number), text) for number, text in enumerate(letters)]
        return workbook(("A", [(*desk.headings, "Género"), *rows]))

    here = upload(staff_visitor, desk, file("H", "M"), "en").headers["Location"]
    assert "it is asked each time" in words(staff_visitor.get(here))
    for letter, meaning in (("H", "man"), ("M", "woman")):
        understand(staff_visitor, here, {"field": "gender", "text": letter, "meaning": meaning})
    view = desk.look(int(here.rpartition("/")[2]))
    assert view.counts.errors == 0
    assert {(each.text, each.meaning) for each in view.answers} == {("H", "man"), ("M", "woman")}
    understand(staff_visitor, here, {"field": "gender", "text": "M", "meaning": ""})
    assert desk.look(int(here.rpartition("/")[2])).counts.errors == 1, "an answer can be taken back"
    other = desk.look(desk.keep(file("F", "M")))
    assert {offer.text: offer.near for offer in other.offers} == {"F": "woman", "M": "man"}
    known = desk.look(desk.keep(file("H")))
    assert known.offers == ()


def test_a_nominees_file_is_told_from_a_members_list(bench: Bench, staff_visitor: Visitor) -> None:
    desk, nominees = Desk(bench, "members"), LISTS["nominees"]
    rows = [nominees[2], tuple(text.format(1) for text in nominees[3])]
    for headings in (nominees[2], ("Nombre completo", *nominees[2][1:])):
        page = upload(staff_visitor, desk, workbook(("A", [headings, rows[1]])))
        assert page.status_code == 422
        assert "Esto parece una lista de postulaciones" in words(page)
    contacts = ("Organización", "País", "Sector", "Rol")
    kept = desk.look(desk.keep(workbook(("A", [contacts, ("Red", "Perú", "ONG", "Presidenta")]))))
    assert kept.counts.new == 1, "a column of that name alone is no reason"
