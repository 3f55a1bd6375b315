"""The desk's page of a round's session."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from consulta.services import dialogues
from consulta.services.work import COMMAND, Bench
from tests.factories import build_round, moment, open_now
from tests.web.test_vote import Page

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
