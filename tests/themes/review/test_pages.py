"""The review at the desk, by hand: the queue, one proposal, its forms, and what goes on the ballot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from consulta.desk import opening
from consulta.rounds import themes
from tests.drafts import KEY, do, do_now, theme_command, writing
from tests.texts import label_of
from tests.themes.review.story import admit, desk, one, over, proposed, proposing

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

ROUND = f"/es/secretariat/rounds/{KEY}"
LIST = f"{ROUND}/theme-review"


def version(text: str) -> str:
    return re.findall(r'name="version"[^>]*value="(\d+)"', text)[0]


def test_the_queue_is_filtered_and_a_proposal_admitted(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE", "MX", "JM")
    proposed(bench, 0, "Cuidado de la niñez", (1,), objectives=(7,))
    proposed(bench, 2, "Health", language="en", objectives=(15,))
    answer = staff_visitor.get(LIST)
    assert "2 propuestas esperan una decisión" in answer.text
    for query, there, gone in (
        ("language=en", "Health", "Cuidado de la niñez"),
        ("objective=7", "Cuidado de la niñez", "Health"),
        ("subregion=caribbean", "Health", "Cuidado de la niñez"),
        ("behind=2", "Cuidado de la niñez", "Health"),
        ("state=admitted", "Ninguna fila", "Health"),
    ):
        text = staff_visitor.get(f"{LIST}?{query}").text
        assert there in text, query
        assert gone not in text, query
    page = staff_visitor.get(f"{LIST}/1")
    answer = staff_visitor.submit(f"{LIST}/1", {"act": "admit", "version": version(page.text)})
    assert answer.status_code == 303
    assert one(bench, 1).proposal.state == "admitted"
    assert "Admitida" in staff_visitor.get(f"{LIST}/1").text


def test_a_stale_form_is_refused_keeps_what_was_typed_and_can_be_sent_again(
    bench: Bench, staff_visitor: Visitor
) -> None:
    proposing(bench, "PE")
    proposed(bench, 0, "Niñez")
    seen = version(staff_visitor.get(f"{LIST}/1").text)
    edited = {"title": "Niñez migrante", "why": "Porque sí.", "objectives": "5, 7", "version": seen}
    assert staff_visitor.submit(f"{LIST}/1/edit", edited).status_code == 303
    answer = staff_visitor.submit(
        f"{LIST}/1", {"act": "decline", "version": seen, "reason_es": "Ya se trató en 2025."}
    )
    assert answer.status_code == 422
    assert "Ya se trató en 2025." in answer.text
    assert "propuesta 1" in answer.text
    again = {"act": "decline", "version": version(answer.text), "reason_es": "Ya se trató en 2025."}
    assert staff_visitor.submit(f"{LIST}/1", again).status_code == 303
    text = staff_visitor.get(f"{LIST}/1").text
    assert "<ins>" in text, "what the secretariat changed is shown"
    assert "Ya se trató en 2025." in text


def test_declining_without_a_reason_says_where_it_is_missing(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE")
    proposed(bench, 0, "Niñez")
    seen = version(staff_visitor.get(f"{LIST}/1").text)
    answer = staff_visitor.submit(f"{LIST}/1", {"act": "decline", "version": seen})
    assert answer.status_code == 422
    assert "#reason_es" in answer.text


def test_proposals_are_merged_split_and_translated_by_hand(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE", "MX", "JM")
    for place, title in enumerate(("Niñez", "Infancia", "Salud y educación")):
        proposed(bench, place, title)
    page = staff_visitor.get(f"{LIST}/merge?n=1&n=2, 99")
    assert "Niñez" in page.text
    assert "Infancia" in page.text
    seen = re.findall(r'name="seen"[^>]*value="([^"]+)"', page.text)[0]
    none = staff_visitor.submit(f"{LIST}/merge", {"seen": seen})
    assert none.status_code == 422
    assert staff_visitor.submit(f"{LIST}/merge", {"seen": seen, "into": "2"}).status_code == 303
    assert one(bench, 1).end == 2
    assert "Elija dos propuestas" in staff_visitor.get(f"{LIST}/merge?n=1").text
    seen = version(staff_visitor.get(f"{LIST}/3/split").text)
    part = {"title_1": "Salud", "why_1": "Porque sí.", "objectives_1": "15", "version": seen}
    alone = staff_visitor.submit(f"{LIST}/3/split", part)
    assert alone.status_code == 422
    assert "Porque sí." in alone.text
    both = part | {"title_2": "Educación", "why_2": "También.", "objectives_2": "15, 16"}
    assert staff_visitor.submit(f"{LIST}/3/split", both).status_code == 303
    assert one(bench, 3).parts == (4, 5)
    seen = version(staff_visitor.get(f"{LIST}/4/translate/en").text)
    words = {"title": "Health", "why": "Because.", "version": seen}
    assert staff_visitor.submit(f"{LIST}/4/translate/en", words).status_code == 303
    assert "Traducción al inglés" in staff_visitor.get(f"{LIST}/4").text
    for address in (f"{LIST}/4/translate/es", f"{LIST}/4/translate/xx"):
        assert staff_visitor.get(address).status_code in {400, 404, 409, 422}
    assert staff_visitor.get(f"{LIST}/99").status_code == 404


def test_the_page_says_which_translation_is_missing_or_older(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE")
    proposed(bench, 0, "Salud")

    def marked() -> list[str]:
        page = staff_visitor.get(f"{LIST}/1").text
        return re.findall(r'>Traducir al inglés <span class="warn">([^<]+)</span>', page)

    assert marked() == ["falta"]
    seen = version(staff_visitor.get(f"{LIST}/1/translate/en").text)
    words = {"title": "Health", "why": "Because.", "version": seen}
    assert staff_visitor.submit(f"{LIST}/1/translate/en", words).status_code == 303
    assert marked() == []
    seen = version(staff_visitor.get(f"{LIST}/1/edit").text)
    edited = {"title": "Salud pública", "why": "Porque sí.", "objectives": "15", "version": seen}
    assert staff_visitor.submit(f"{LIST}/1/edit", edited).status_code == 303
    assert marked() == ["anterior al texto actual"]


def test_themes_go_on_the_ballot_and_are_taken_back(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE", "MX", "JM", themes=2, subregions=2)
    do(bench, themes.save_theme, KEY, theme_command(1))
    first = proposed(bench, 0, "Niñez", (1, 2))
    second = proposed(bench, 1, "Salud")
    admit(bench, first, second)
    assert "todavía pueden proponer" in staff_visitor.get(f"{LIST}/ballot").text
    over(bench)
    page = staff_visitor.get(f"{LIST}/ballot")
    assert "falta en: inglés" in page.text
    seen = re.findall(r'name="seen"[^>]*value="(\d+)"', page.text)[0]
    assert staff_visitor.submit(f"{LIST}/ballot", {"seen": seen}).status_code == 303
    text = staff_visitor.get(f"{ROUND}/themes").text
    assert "De 3 organizaciones de 3 subregiones" in text
    assert "Propuesto por la secretaría" in text
    assert "Elección" not in staff_visitor.get(f"{LIST}/1").text
    assert staff_visitor.submit(f"{LIST}/take-back", {}).status_code == 303
    assert "De 3 organizaciones" not in staff_visitor.get(f"{ROUND}/themes").text


def test_by_hand_a_missing_reason_keeps_what_was_chosen(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE", "MX", "JM", themes=2, rule="secretariat")
    numbers = [proposed(bench, place, f"Tema {place}") for place in range(3)]
    admit(bench, *numbers)
    over(bench)
    view = desk(bench).choice
    assert view is not None
    form = {"seen": str(view.seen), "take": ["1", "3"], "why-2-en": "Only in English"}
    answer = staff_visitor.submit(f"{LIST}/ballot", form)
    assert answer.status_code == 422
    assert "Only in English" in answer.text
    assert len(re.findall(r'name="take"[^>]*checked', answer.text)) == 2
    assert staff_visitor.submit(f"{LIST}/ballot", form | {"why-2-es": "Ya se trató."}).status_code == 303
    assert "Ya se trató." in staff_visitor.get(f"{LIST}/ballot").text


@pytest.mark.deep
def test_ballot_and_public_page_say_from_whom_a_theme_comes(bench: Bench, staff_visitor: Visitor) -> None:
    proposing(bench, "PE", "MX", "JM", themes=2, subregions=2)
    with writing(bench) as work:
        for number in range(1, 6):
            themes.save_theme(work, KEY, theme_command(number))
    admit(bench, proposed(bench, 0, "Niñez", (1, 2)))
    over(bench)
    seen = desk(bench).choice.seen  # type: ignore[union-attr]  # there is one
    assert staff_visitor.submit(f"{LIST}/ballot", {"seen": str(seen)}).status_code == 303
    do_now(bench, opening.open_round, KEY)
    for language, here, own in (
        ("es", "De 3 organizaciones de 3 subregiones", "Propuesto por la secretaría"),
        ("en", "From 3 organisations in 3 subregions", "Proposed by the secretariat"),
    ):
        text = staff_visitor.get(f"/{language}/rounds/{KEY}").text
        assert here in text, language
        assert own in text, language


def test_what_a_refusal_or_a_question_needs_is_not_called_optional(
    bench: Bench, staff_visitor: Visitor
) -> None:
    proposing(bench, "PE")
    proposed(bench, 0, "Niñez")
    page = staff_visitor.get(f"{LIST}/1").text
    for act, name in (("decline", "reason_es"), ("ask", "question")):
        assert "(opcional)" not in label_of(page, name)
        answer = staff_visitor.submit(f"{LIST}/1", {"act": act, "version": version(page)})
        assert answer.status_code == 422, act
