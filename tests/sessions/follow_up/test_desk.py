"""Recommendations at the desk: written, published, changed, withdrawn, answered."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.platform.work import ANONYMOUS, COMMAND, Bench
from consulta.sessions import factsheets
from consulta.sessions.follow_up import evidence, institutions, service, writing
from consulta.sessions.follow_up.writing import Written
from tests.closed import counted, mixed
from tests.factories import moment
from tests.held_sessions import publish, session_over, write
from tests.sessions.follow_up.test_evidence import PDF
from tests.texts import both
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from tests.benches import Visitor

KEY = "2027-1"
ROUND = f"/es/secretariat/rounds/{KEY}"
LIST = f"{ROUND}/recommendations"


@pytest.fixture
def over(bench: Bench) -> str:
    """A session that is over, with a factsheet that is published; the stem of its references."""
    counted(bench, KEY, mixed(8, ("t3", "t1"), ("t3", "t2")))
    session_over(bench, KEY, ("t3",))
    write(bench, KEY)
    publish(bench, KEY)
    with bench.read(COMMAND, moment()) as work:
        return writing.desk_page(work, KEY).session.starts_local[:4]


def rows(bench: Bench) -> list[writing.Line]:
    with bench.read(COMMAND, moment()) as work:
        return list(writing.desk_page(work, KEY).rows)


def number_of(bench: Bench, reference: str) -> int:
    return next(row.recommendation.id for row in rows(bench) if row.recommendation.reference == reference)


def entries(page: Page) -> dict[str, Any]:
    """What the forms of a page would send as they stand, boxes as lists."""
    found: dict[str, Any] = {}
    for field in page.main.iter():
        name, kind = field.get("name"), field.get("type")
        if not name or name in {"act", "csrf_token", "more"}:
            continue
        if field.tag == f"{HTML}textarea":
            found[name] = "".join(field.itertext())
        elif field.tag == f"{HTML}select":
            chosen = [option for option in field if option.get("selected") is not None]
            found[name] = chosen[0].get("value") if chosen else ""
        elif kind in {"checkbox", "radio"}:
            if field.get("checked") is not None:
                found.setdefault(name, []).append(field.get("value"))
        elif field.tag == f"{HTML}input":
            found[name] = field.get("value", "")
    return found


def test_a_publication_gives_references_and_never_again(bench: Bench, over: str) -> None:
    told = {row.recommendation.reference: row.recommendation.text["es"] for row in rows(bench)}
    assert told == {
        f"{over}-R1": "Escuchar primero.",
        f"{over}-R2": "Decir qué se hizo.",
        f"{over}-I1": "Una ley nueva.",
        f"{over}-I2": "Más redes.",
        f"{over}-D1": "Los plazos.",
    }
    first = number_of(bench, f"{over}-R1")
    with bench.work(COMMAND, moment()) as work:
        writing.withdraw(work, KEY, first, both("Se repite.", "It repeats."), 1)
        writing.add(work, KEY, Written("recommendation", both("Otra.", "Another.")))
    publish(bench, KEY)
    with bench.read(ANONYMOUS, moment()) as work:
        sheet = factsheets.published(work, KEY)
        assert [each["es"] for each in sheet.words.recommendations] == ["Decir qué se hizo.", "Otra."]
        kept = {each.recommendation.reference for each in service.published(work, KEY)}
        assert kept == {*told, f"{over}-R3"}
        gone = service.followed(work, f"{over}-R1").recommendation
        assert (gone.reason["es"], gone.text["es"]) == ("Se repite.", "Escuchar primero.")


def test_what_is_changed_is_public_with_the_next_factsheet(bench: Bench, over: str) -> None:
    number, reference = number_of(bench, f"{over}-R1"), f"{over}-R1"
    with bench.work(COMMAND, moment()) as work:
        writing.change(work, KEY, number, Written("", both("Escuchar más.", "Listen more.")), 1)
        with pytest.raises(Problem, match=r"recommendation\.stale"):
            writing.change(work, KEY, number, Written("", both("Otro.", "Other.")), 1)
    with bench.read(ANONYMOUS, moment()) as work:
        assert service.followed(work, reference).recommendation.text["es"] == "Escuchar primero."
    publish(bench, KEY)
    with bench.read(ANONYMOUS, moment()) as work:
        found = service.followed(work, reference)
    assert [each.text["es"] for each in found.texts] == ["Escuchar primero.", "Escuchar más."]
    assert found.recommendation.text["es"] == "Escuchar más."


def test_the_factsheet_names_the_references(bench: Bench, over: str, visitor: Visitor) -> None:
    """Of the words that it has, also where they were changed for the next one."""
    with bench.work(COMMAND, moment()) as work:
        first = writing.desk_page(work, KEY).rows[0].recommendation
        said = Written(first.kind, both("Otras palabras.", "Other words."), first.objectives)
        writing.change(work, KEY, first.id, said, first.version)
    page = visitor.get(f"/es/rounds/{KEY}/factsheet").text
    for row in rows(bench):
        if row.recommendation.kind == "recommendation":
            assert f'/es/follow-up/{row.recommendation.reference}"' in page
    assert f'/es/follow-up/{over}-D1"' not in page
    assert "Otras palabras." not in page


def test_drafts_are_deleted_and_what_was_published_is_withdrawn(bench: Bench, over: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        draft = writing.add(work, KEY, Written("challenge", both("Borrador.", "Draft.")))
        with pytest.raises(Problem, match=r"recommendation\.draft"):
            writing.withdraw(work, KEY, draft, both("x", "x"), 1)
        writing.delete(work, KEY, draft, 1)
    number = number_of(bench, f"{over}-D1")
    with bench.work(COMMAND, moment()) as work:
        with pytest.raises(Problem, match=r"recommendation\.published"):
            writing.delete(work, KEY, number, 1)
        with pytest.raises(Problem, match=r"recommendation\.reason"):
            writing.withdraw(work, KEY, number, both("", "only English"), 1)
        writing.withdraw(work, KEY, number, both("Ya no.", ""), 1)
        with pytest.raises(Problem, match=r"recommendation\.withdrawn"):
            writing.change(work, KEY, number, Written("", both("x", "x")), 2)
        writing.restore(work, KEY, number, 2)
    assert len(rows(bench)) == 5


def test_they_are_written_without_script(bench: Bench, over: str, staff_visitor: Visitor) -> None:
    form = f"{LIST}/new?kind=recommendation"
    page = Page(staff_visitor.get(form))
    said = entries(page)
    assert said["groups"] == ["all"]
    assert said["objectives"]  # those of the topic
    refused = staff_visitor.submit(form, said | {"text_es": "", "groups": [], "states": ["PE", "EC"]})
    assert refused.status_code == 422
    assert entries(Page(refused))["states"] == ["EC", "PE"]  # as it was typed
    said |= {"text_es": "Abrir oficinas.", "groups": [], "states": ["PE", "EC"]}
    assert staff_visitor.submit(form, said).status_code == 303
    page = Page(staff_visitor.get(LIST))
    assert "Abrir oficinas." in page.text
    assert "Perú" in page.text
    new = next(row for row in rows(bench) if not row.recommendation.reference)
    move = f"{LIST}/{new.recommendation.id}/move"
    staff_visitor.submit(LIST, {"step": "up"}, to=move)
    order = [row.recommendation.text["es"] for row in rows(bench)][:3]
    assert order == ["Escuchar primero.", "Abrir oficinas.", "Decir qué se hizo."]


def test_a_second_factsheet_says_what_it_drops_and_why(
    bench: Bench, over: str, staff_visitor: Visitor
) -> None:
    number = number_of(bench, f"{over}-R1")
    one = f"{LIST}/{number}"
    refused = staff_visitor.submit(one, {"act": "withdraw", "seen": "1", "reason_es": ""})
    assert refused.status_code == 422
    assert "Motivo en español: Complete este campo." in Page(refused).text
    told = {"act": "withdraw", "seen": "1", "reason_es": "La reemplaza otra."}
    assert staff_visitor.submit(one, told).status_code == 303
    page = Page(staff_visitor.get(f"{ROUND}/factsheet/publish"))
    assert "Esta versión deja fuera 1 recomendación de una anterior" in page.text
    assert "La reemplaza otra." in page.text
    publish(bench, KEY)
    public = Page(staff_visitor.get(f"/es/follow-up/{over}-R1"))
    assert "Escuchar primero." in public.text
    assert "La reemplaza otra." in public.text


def answer_form(bench: Bench, over: str, visitor: Visitor, **changes: Any) -> tuple[Any, str]:
    address = f"{LIST}/{number_of(bench, f'{over}-R1')}/answer"
    said = entries(Page(visitor.get(address))) | {
        "side": "reported",
        "addressee": "PE",
        "received": "letter",
        "step": "under_way",
        "day": (moment() - timedelta(days=1)).date().isoformat(),
        "text": "Se abrieron tres oficinas.",
        "language": "es",
    }
    return visitor.submit(address, said | changes), address


@pytest.mark.deep
def test_bad_answers_are_told_and_nothing_typed_is_lost(
    bench: Bench, over: str, staff_visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "LIMIT", len(PDF) + 9)
    wrong_ones: tuple[tuple[dict[str, Any], str], ...] = (
        ({"day": "2999-01-01"}, "es futura"),
        ({"step": ""}, "Grado de avance"),
        ({"link": "javascript:x()"}, "no es la dirección de una página"),
        ({"side": "seen"}, "Elija una organización integrante de Perú"),
        ({"addressee": "ES"}, "Por quién responde"),
        ({"file": (io.BytesIO(b"<svg onload='x()'/>"), "ley.pdf")}, "no es un archivo que se reciba"),
        ({"file": (io.BytesIO(PDF.replace(b"/Type", b"/JS /Type")), "ley.pdf")}, "contiene un programa"),
        ({"file": (io.BytesIO(PDF + b" " * 10), "ley.pdf")}, "«ley.pdf» pesa más de"),
    )
    for wrong, told in wrong_ones:
        refused, _ = answer_form(bench, over, staff_visitor, **wrong)
        assert refused.status_code == 422, wrong
        page = Page(refused)
        assert told in page.text
        assert entries(page)["text"] == "Se abrieron tres oficinas."
    number = number_of(bench, f"{over}-R1")
    with bench.work(COMMAND, moment()) as work:
        writing.change(work, KEY, number, Written("", both("Escuchar.", "Listen."), addressed=("EC",)), 1)
    refused, _ = answer_form(bench, over, staff_visitor)
    assert refused.status_code == 422, "a State that is not addressed"
    assert rows(bench)[0].reports == 0


@pytest.mark.deep
def test_two_answers_at_once_follow_each_other(bench: Bench, over: str, staff_visitor: Visitor) -> None:
    answer, address = answer_form(bench, over, staff_visitor)
    assert answer.status_code == 303
    stale, _ = answer_form(bench, over, staff_visitor, seen="0", text="Otra respuesta.")
    assert stale.status_code == 422
    page = Page(stale)
    assert "Entretanto se registró otra respuesta" in page.text
    assert "Se abrieron tres oficinas." in Page(staff_visitor.get(f"/es/follow-up/{over}-R1")).text
    said = entries(page)
    assert said["text"] == "Otra respuesta."
    assert staff_visitor.submit(address, said).status_code == 303  # having been told, it follows
    with bench.read(ANONYMOUS, moment()) as work:
        (standing,) = service.followed(work, f"{over}-R1").standings
    assert [each.version for each in standing.history] == [2, 1]


def test_withdrawn_after_answers_it_keeps_them(bench: Bench, over: str, staff_visitor: Visitor) -> None:
    answer_form(bench, over, staff_visitor)
    number = number_of(bench, f"{over}-R1")
    with bench.work(COMMAND, moment()) as work:
        writing.withdraw(work, KEY, number, both("Se unió a otra.", "Merged."), 1)
    late, _ = answer_form(bench, over, staff_visitor, seen="9")
    assert late.status_code == 422
    assert "ya no recibe respuestas" in Page(late).text
    assert "Se abrieron tres oficinas." in Page(staff_visitor.get(f"/es/follow-up/{over}-R1")).text


def test_institutions_are_written_and_switched_off(bench: Bench, staff_visitor: Visitor) -> None:
    form = "/es/secretariat/institutions/new"
    said = {"kind": "government", "country": "PE", "name": "Ministerio", "language": "es", "active": "y"}
    wrong = staff_visitor.submit(form, said | {"email": "nada"})
    assert wrong.status_code == 422
    assert entries(Page(wrong))["name"] == "Ministerio"
    assert staff_visitor.submit(form, said | {"email": "a@example.org"}).status_code == 303
    assert staff_visitor.submit(form, said).status_code == 422  # it is on the list already
    page = Page(staff_visitor.get("/es/secretariat/institutions"))
    assert "Ministerio" in page.text
    with bench.read(COMMAND, moment()) as work:
        (one,) = institutions.listed(work, "es")
    assert one.addressee == "PE"
    change = f"/es/secretariat/institutions/{one.id}"
    said = entries(Page(staff_visitor.get(change))) | {"active": ""}
    assert staff_visitor.submit(change, said).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        assert not institutions.listed(work, "es")[0].active


def test_sentences_of_a_synthesis_become_challenges(
    bench: Bench, over: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del over
    sentence = type("Sentence", (), {"text": both("Faltan datos.", "Data lack."), "sources": (3, 4)})
    monkeypatch.setattr(factsheets, "offered", lambda _work, _key: (sentence,))
    with bench.work(COMMAND, moment()) as work:
        assert factsheets.take_over(work, KEY, [1], [1]) == 2
    hard = [row.recommendation for row in rows(bench) if row.recommendation.kind == "challenge"]
    assert [each.text["es"] for each in hard] == ["Los plazos.", "Faltan datos. [3, 4]"]
