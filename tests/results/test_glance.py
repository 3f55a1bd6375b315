"""The first page of a result: its blocks, its pictures with their tables, and its way to one's own vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.results.test_result_page import (
    FIRST,
    HTML,
    NAMED,
    NO_OBJECTIVES,
    SECOND,
    SVG,
    THIRD,
    Page,
    read,
    view_of,
)

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from consulta.platform.work import Bench
    from tests.benches import Visitor


def glance(visitor: Visitor, key: str, lang: str = "en") -> Page:
    return read(visitor, key, lang, page="result")


def of_class(root: Element, name: str) -> list[Element]:
    return [each for each in root.iter() if name in (each.get("class") or "").split()]


@pytest.fixture
def firm(bench: Bench) -> str:
    counted(bench, "firm", mixed(60, FIRST, FIRST, FIRST, SECOND, silent=20), **NAMED)
    return "firm"


@for_each("lang", ["es", "en"])
def test_blocks_come_in_the_order_in_which_questions_arise(visitor: Visitor, firm: str, lang: str) -> None:
    page = glance(visitor, firm, lang)
    assert page.sections == ["firm", "why", "who", "balance", "next", "mine"]
    assert page.answer.removesuffix("1").endswith("Tema " if lang == "es" else "Theme ")
    (current,) = [each for each in of_class(page.root, "levels")[0] if each.get("aria-current")]
    assert current.get("class") == "firm"
    listed = [link.get("href") for nav in of_class(page.root, "contents") for link in nav.iter(f"{HTML}a")]
    ids = {each.get("id") for each in page.root.iter()}
    assert {href[1:] for href in listed if href and href.startswith("#")} <= ids
    assert listed[-1] == f"/{lang}/rounds/{firm}/result/figures"


def test_a_dot_for_each_rival_stands_on_its_side_of_the_line(bench: Bench, visitor: Visitor) -> None:
    turns = [("t1", "t2", "t3")] * 5 + [("t2", "t3", "t1")] * 4 + [("t3", "t1", "t2")] * 3
    votes = [Vote("PE", "ngo", ranked) for ranked in turns]
    counted(bench, "cycle", votes, {"balance": {}, "spread": {}, **NO_OBJECTIVES}, themes=3, **NAMED)
    topic = view_of(bench, "cycle").topics[0]
    svg = next(svg for svg in glance(visitor, "cycle").root.iter(f"{SVG}svg") if svg.get("class") == "small")
    (line,) = [float((e.get("x1") or "").rstrip("%")) for e in svg if e.get("class") == "mid"]
    stands = [(float((e.get("cx") or "").rstrip("%")), e.get("class")) for e in svg.iter(f"{SVG}circle")]
    assert len(stands) == len(topic.duels)
    assert sum(kind == "dot" for _x, kind in stands) == len(topic.won)
    assert all((x > line) is (kind == "dot") for x, kind in stands if x != line)


def test_of_few_ballots_only_turnout_and_topics_are_told(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "few", mixed(4, FIRST, SECOND, FIRST, THIRD))
    page = glance(visitor, "few")
    assert page.lead == ("It was decided by points. 4 of 4 organisations voted.")
    assert page.sections == ["why", "who", "next", "mine"]
    assert "Nothing is published about how firm the result is" in page.section("why")
    assert list(page.root.iter(f"{HTML}table")) == []
    assert list(page.figures()) == []


@pytest.mark.deep
def test_the_code_of_a_receipt_is_looked_up_from_here(visitor: Visitor, firm: str) -> None:
    """Neither the page nor the answer needs a session: no cookie is set for a stranger who only reads."""
    page = visitor.get(f"/en/rounds/{firm}/result")
    answer = visitor.post(f"/en/rounds/{firm}/receipts", {"code": "3CDF-7HJK-9MNP"})
    assert answer.status_code == 200
    figures = visitor.get(f"/en/rounds/{firm}/result/figures")
    assert all("Set-Cookie" not in each.headers for each in (page, answer, figures))
    assert "3CDF-7HJK-9MNP" in answer.text
    (form,) = [
        each
        for each in glance(visitor, firm).root.iter(f"{HTML}form")
        if "receipts" in (each.get("action") or "")
    ]
    assert form.get("method") == "post"
