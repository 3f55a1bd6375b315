"""What has no English is read in Spanish on English pages, and says so to a person who reads aloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.models import Round, Theme
from consulta.platform.work import COMMAND
from tests.closed import counted, mixed
from tests.factories import moment
from tests.markup import parsed
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from consulta.platform.work import Bench
    from tests.benches import Visitor

HTML = "{http://www.w3.org/1999/xhtml}"
FIRST, SECOND, THIRD = ("t1", "t2", "t3"), ("t2", "t1", "t4"), ("t3", "t2", "t1")
ONLY = "SOLO-EN-CASTELLANO"


@pytest.fixture
def halves(bench: Bench) -> None:
    """Two published rounds: one with weights and every ballot public, one of totals counted by run-off."""
    counted(bench, "ballots", mixed(60, FIRST, FIRST, SECOND, silent=9), secrecy="pseudonymous")
    rules = {"method": "runoff", "objective_share": 0}
    counted(bench, "totals", mixed(60, FIRST, SECOND, THIRD, ("t4", "t1")), rules, secrecy="pseudonymous")


def unmarked(page: Element, lang: str = "en") -> Iterator[str]:
    """The texts without English whose element, or those round it, say another language than theirs."""
    lang = page.get("lang", lang)
    inside = [page.text, *(child.tail for child in page)]
    if lang != "es":
        yield from (text for text in inside if text and ONLY in text)
    for child in page:
        if child.tag not in (f"{HTML}head", f"{HTML}title"):
            yield from unmarked(child, lang)


@pytest.mark.deep
@pytest.mark.parametrize("key", ["ballots", "totals"])
@pytest.mark.parametrize("page", ["", "/result", "/result/figures", "/receipts", "/verify"])
@pytest.mark.usefixtures("halves")
def test_a_public_page_marks_what_is_not_in_its_language(
    bench: Bench, visitor: Visitor, key: str, page: str
) -> None:
    with bench.work(COMMAND, moment()) as work:
        for each in (*work.session.scalars(select(Theme)), *work.session.scalars(select(Round))):
            each.title = both(f"{ONLY} {each.key}")
    answer = visitor.get(f"/en/rounds/{key}{page}")
    assert answer.status_code == 200
    assert ONLY in answer.text
    root = parsed(answer.text)
    assert list(unmarked(root)) == []
    assert (
        'lang="es"'
        not in visitor.get(f"/es/rounds/{key}{page}").text.partition("<main")[2].partition("</main")[0]
    )


@pytest.mark.deep
def test_a_title_is_given_in_spanish_only_where_there_is_no_english(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "ballots", mixed(60, FIRST, FIRST, SECOND), secrecy="pseudonymous")
    assert 'lang="es"' not in visitor.get("/en/rounds/ballots/result").text.partition("<main")[2]
