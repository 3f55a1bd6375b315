"""The desk's page of a round's session."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from consulta.core.problems import Problem
from consulta.panel import dialogues, invitations
from consulta.platform.work import COMMAND, Bench
from tests.factories import build_round, moment, open_now
from tests.invited import invited, number_of
from tests.platform.formats.files import read_table
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from tests.benches import Visitor

ROUND = "/es/secretariat/rounds/2027-1"
PAGE = f"{ROUND}/dialogue"


def filled(**values: Any) -> dict[str, Any]:
    return {
        "title_es": "Primer conversatorio",
        "title_en": "First dialogue",
        "topics": ["t2"],
        "starts": "2027-05-20T10:00",
        "ends": "2027-05-20T12:30",
        "zone": "America/Panama",
        "place_es": "En línea",
        "links": "Sala virtual: https://example.org/sala\n\nDocumentos https://example.org/docs",
        "agenda_es": "10:00 Apertura",
        "state": "planned",
    } | values


def test_a_session_is_written_changed_and_kept_when_refused(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session))
    assert PAGE in Page(staff_visitor.get(ROUND)).links()
    refused = staff_visitor.submit(PAGE, filled(ends="2027-05-20T09:00"))
    assert refused.status_code == 422
    assert "Primer conversatorio" in refused.text
    answer = staff_visitor.submit(PAGE, filled())
    assert answer.status_code == 303, Page(answer).text
    with bench.read(COMMAND, moment()) as work:
        found = dialogues.of_round(work, "2027-1")
    assert found is not None
    assert [(link.label, link.url) for link in found.links] == [
        ("Sala virtual", "https://example.org/sala"),
        ("Documentos", "https://example.org/docs"),
    ]
    page = Page(staff_visitor.get(PAGE))
    assert "20 de mayo de 2027, 10:00 (hora de Panamá, UTC\N{MINUS SIGN}5)" in page.text
    assert staff_visitor.submit(PAGE, filled(state="cancelled", topics=[])).status_code == 303
    assert "cancelada" in Page(staff_visitor.get(PAGE)).text
    log = Page(staff_visitor.get(f"{ROUND}/log")).text
    assert "20 de mayo de 2027" in log


def test_its_links_are_for_those_who_are_invited(
    bench: Bench, staff_visitor: Visitor, visitor: Visitor
) -> None:
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session))
    staff_visitor.submit(PAGE, filled())
    assert "example.org/sala" not in visitor.get("/es/rounds/2027-1").text


LIST = f"{ROUND}/attendance"
CSV = (
    "Organización;País;Sector;Género\n"
    "Red de Prueba;Perú;ONG;Mujer\n"
    "Red Segunda;Ecuadro;ONG;\n"
    "Red Tercera;España;ONG;Hombre\n"
)


def told(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session))
    staff_visitor.submit(PAGE, filled())


def upload(staff_visitor: Visitor, text: str) -> str:
    answer = staff_visitor.submit(f"{LIST}/file", {"file": (io.BytesIO(text.encode()), "lista.csv")})
    assert answer.status_code == 303, Page(answer).text
    return answer.location


def test_a_list_of_who_took_part_with_unknown_countries(bench: Bench, staff_visitor: Visitor) -> None:
    told(bench, staff_visitor)
    page = upload(staff_visitor, CSV)
    shown = Page(staff_visitor.get(page)).text
    assert "«Ecuadro»" in shown
    assert "«Ecuador»" in shown
    assert "«España»" in shown
    assert 'name="way"' not in staff_visitor.get(page).text
    english = Page(staff_visitor.get(page.replace("/es/", "/en/"))).text
    assert "“España” is not one of the" in english
    page = upload(staff_visitor, CSV.replace("Ecuadro", "Ecuador").replace("España", "regional"))
    seen = re.search(r'name="seen"[^>]*value="([^"]+)"', staff_visitor.get(page).text)
    assert seen
    assert staff_visitor.submit(page, {"seen": seen[1], "way": "replace"}).status_code == 303
    text = Page(staff_visitor.get(LIST)).text
    assert "3 personas" in text
    assert "Sin país (regional)" in text
    assert staff_visitor.submit(f"{page}/undo", {}).status_code == 303
    assert "Red Tercera" not in Page(staff_visitor.get(LIST)).text
    again = staff_visitor.submit(PAGE, to=f"{page}/undo")
    assert again.status_code == 409
    assert "ya se deshizo" in Page(again).text


def test_people_come_and_go_by_hand(bench: Bench, staff_visitor: Visitor) -> None:
    told(bench, staff_visitor)
    entry = {"organisation": "Red <Andina>", "country": "PE", "sector": "ngo", "gender": "", "people": "2"}
    assert staff_visitor.submit(LIST, entry | {"people": "0"}).status_code == 422
    assert staff_visitor.submit(LIST, entry | {"country": "ES"}).status_code == 422
    assert staff_visitor.submit(LIST, entry).status_code == 303
    page = staff_visitor.get(LIST)
    assert "Red <Andina>" in Page(page).text
    remove = re.search(r'action="([^"]+/remove)"', page.text)
    assert remove
    assert staff_visitor.submit(LIST, to=remove[1]).status_code == 303
    assert "1 persona" in Page(staff_visitor.get(LIST)).text


def test_the_template_is_read_back(bench: Bench, staff_visitor: Visitor) -> None:
    told(bench, staff_visitor)
    for kind in ("xlsx", "csv"):
        answer = staff_visitor.get(f"{LIST}/template?kind={kind}")
        table = read_table if kind == "csv" else None
        assert answer.status_code == 200
        if table:
            with pytest.raises(Problem, match=r"file\.no_rows"):
                table("template.csv", answer.data)
        else:
            headings = [cell.value for cell in openpyxl.load_workbook(io.BytesIO(answer.data)).active[1]]
            assert headings[:3] == [
                "Organización o institución / Organisation or institution",
                "País / Country",
                "Sector / Sector",
            ]


def test_the_day_for_answers_is_kept_and_not_after_the_session(bench: Bench, staff_visitor: Visitor) -> None:
    with bench.work(COMMAND, moment()) as work:
        open_now(build_round(work.session))
    late = staff_visitor.submit(PAGE, filled(answer_by="2027-05-21"))
    assert late.status_code == 422
    assert 'id="answer_by-error"' in late.text
    for day in ("2027-05-20", "2027-05-02", ""):
        assert staff_visitor.submit(PAGE, filled(answer_by=day)).status_code == 303
        with bench.read(COMMAND, moment()) as work:
            found = dialogues.of_round(work, "2027-1")
        assert found is not None
        assert (found.answer_by, found.sequence) == (day, 0), "calendars do not tell of it"
    assert 'value="2027-05-02"' not in staff_visitor.get(PAGE).text


def test_a_session_in_the_past_asks_first_and_keeps_what_was_typed(
    bench: Bench, staff_visitor: Visitor
) -> None:
    """A wrong year is typed easily; five people could answer no more."""
    invited(bench)
    number = number_of(bench, "n02")
    with bench.work(COMMAND, moment()) as work:
        invitations.mark(work, "2027-1", number, "accepted", "")
        starts_at = dialogues.of_round(work, "2027-1")
    past = filled(starts="2020-05-20T10:00", ends="2020-05-20T12:30", agenda_es="Otra agenda", topics=[])
    asked = staff_visitor.submit(PAGE, past)
    assert asked.status_code == 422
    page = Page(asked)
    assert "empezaría en el pasado" in page.text
    assert "1 persona del panel aceptó; 3 no han respondido." in page.text
    assert "Otra agenda" in asked.text
    assert 'value="2020-05-20T10:00"' in asked.text
    with bench.read(COMMAND, moment()) as work:
        assert dialogues.of_round(work, "2027-1") == starts_at, "nothing is saved"
    assert staff_visitor.submit(PAGE, past | {"sure": "y"}).status_code == 303
    # What is past already is changed without a question: minutes of a session are written afterwards.
    assert staff_visitor.submit(PAGE, past | {"agenda_es": "La de la sesión"}).status_code == 303


def test_a_session_to_which_people_are_invited_is_cancelled_after_a_question(
    bench: Bench, staff_visitor: Visitor
) -> None:
    invited(bench)
    cancelled = filled(starts="2099-05-20T10:00", ends="2099-05-20T12:30", topics=[], state="cancelled")
    asked = staff_visitor.submit(PAGE, cancelled)
    assert asked.status_code == 422
    assert "Confirme que quiere cancelarla" in Page(asked).text
    assert staff_visitor.submit(PAGE, cancelled | {"sure": "y"}).status_code == 303
