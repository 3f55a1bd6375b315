"""The page that explains a result: what its sentences say, and that pictures and tables say the same."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from consulta.platform.formats import document
from consulta.platform.work import COMMAND
from consulta.results import page as result_page
from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.deep import deep
from tests.factories import moment
from tests.markup import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from consulta.platform.work import Bench
    from consulta.results.values import ResultView
    from tests.benches import Visitor

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"
FIRST, SECOND, THIRD = ("t1", "t2", "t3"), ("t2", "t1", "t4"), ("t3", "t2", "t1")
NAMED = {"secrecy": "pseudonymous"}
NO_OBJECTIVES = {"objective_share": 0}


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


@dataclass
class Page:
    """A result page, read."""

    root: Element

    def section(self, name: str) -> str:
        for section in self.root.iter(f"{HTML}section"):
            if section.get("aria-labelledby") == name:
                return words(section)
        return ""

    @property
    def sections(self) -> list[str]:
        return [section.get("aria-labelledby", "") for section in self.root.iter(f"{HTML}section")]

    @property
    def answer(self) -> str:
        return words(next(e for e in self.root.iter() if "answer" in e.get("class", "").split()))

    @property
    def lead(self) -> str:
        return words(next(e for e in self.root.iter() if e.get("class") == "lead"))

    def figures(self) -> Iterator[Element]:
        yield from self.root.iter(f"{HTML}figure")


def read(
    visitor: Visitor, key: str, lang: str = "en", path: str = "rounds", page: str = "result/figures"
) -> Page:
    """Read the page with all figures, or another page of the result."""
    answer = visitor.get(f"/{lang}/{path}/{key}/{page}")
    assert answer.status_code == 200
    return Page(parsed(answer.text))


def view_of(bench: Bench, key: str) -> ResultView:
    with bench.read(COMMAND, moment()) as work:
        view = result_page.staff_page(work, key)
    assert view is not None
    return view


@pytest.fixture
def firm(bench: Bench) -> str:
    counted(bench, "firm", mixed(60, FIRST, FIRST, FIRST, SECOND, silent=20), **NAMED)
    return "firm"


# -- the order in which it is read


def test_the_first_lines_say_which_theme_by_which_rule_how_many_and_whether_firm(
    visitor: Visitor, firm: str
) -> None:
    page = read(visitor, firm)
    assert page.answer == "The organisations chose Theme 1, on objectives 1 and 7 of the Global Compact."
    assert page.lead == (
        "60 of 80 organisations voted, from 5 of 5 countries. It was decided by points. A firm result. "
        "Had as many other organisations like these voted, the same theme would practically always have "
        "been chosen."
    )
    (first,) = page.root.iter(f"{HTML}h1")
    assert words(first) == "All figures"


# -- why


# -- how firm


def test_the_first_screen_says_which_group_did_not_reach_its_share(bench: Bench, visitor: Visitor) -> None:
    """A third of 60 votes takes 7 of them, since one vote may be worth a twentieth of the whole; 4 came."""
    votes = [Vote("PE", "ngo", FIRST)] * 30 + [Vote("MX", "ngo", FIRST)] * 26 + [Vote("JM", "ngo", FIRST)] * 4
    counted(bench, "short", votes, {"balance": {"subregion": "equal"}, "spread": {}}, **NAMED)
    page = read(visitor, "short", page="result")
    said = " had 20% of the say, not 33%. 4 of its organisations voted; 7 were needed."
    before, _said, after = words(page.root).partition(said)
    assert after
    assert "How firm it is" not in before.partition("Skip to content")[2], "it stands in the first screen"
    rows = [
        [words(cell) for cell in row]
        for table in read(visitor, "short").root.iter(f"{HTML}table")
        if words(next(table.iter(f"{HTML}caption"))).startswith("The share each group reached")
        for row in table.iter(f"{HTML}tr")
    ]
    assert rows[0] == [
        "Subregion",
        "Share under the rules",
        "Share reached",
        "Votes",
        "Votes needed",
        "Reached",
    ]
    assert {row[0]: (row[1], row[3], row[4], row[5]) for row in rows[1:]} == {
        "Caribbean": ("33%", "4", "7", "no"),
        "Mesoamerica": ("33%", "26", "7", "yes"),
        "South America": ("33%", "30", "7", "yes"),
    }


def test_every_order_stands_side_by_side(bench: Bench, visitor: Visitor, firm: str) -> None:
    page = read(visitor, firm)
    (table,) = [
        t
        for t in page.root.iter(f"{HTML}table")
        if words(next(t.iter(f"{HTML}caption"))) == "Each theme's place in every order"
    ]
    head, *rows = [[words(cell) for cell in row] for row in table.iter(f"{HTML}tr")]
    assert head == [
        "Theme",
        "By Schulze's method",
        "By instant run-off",
        "Unweighted",
        "All countries equal",
    ]
    for column in range(1, 5):
        assert sorted(int(row[column]) for row in rows) == list(range(1, 7))


# -- objectives


# -- what the public may not know


def test_a_round_whose_ballots_are_not_public_shows_rounded_figures_and_says_so(
    bench: Bench, visitor: Visitor
) -> None:
    counted(bench, "totals", mixed(60, FIRST, SECOND, FIRST, THIRD, ("t4", "t1"), silent=20))
    view = view_of(bench, "totals")
    page = read(visitor, "totals")
    assert "The votes of this consultation are not public." in page.section("why")
    assert view.result_sha256 is not None
    text = words(page.root)
    assert view.result_sha256 not in text
    assert "countries" not in page.lead
    assert "The result is firm" not in page.lead or view.firmness.firm


def test_with_few_ballots_only_turnout_and_topics_are_there(bench: Bench, visitor: Visitor) -> None:
    counted(bench, "few", mixed(4, FIRST, SECOND, FIRST, THIRD))
    page = read(visitor, "few")
    assert page.lead == "4 of 4 organisations voted. It was decided by points."
    assert page.sections == ["why", "who", "objectives", "count-again"]
    assert "Nothing is published about how firm the result is" in page.section("why")
    assert list(page.figures()) == []
    assert list(page.root.iter(f"{HTML}table")) == []


# -- pictures and tables say the same (RP-7)

ROUNDS = ("firm", "steps", "totals", "plain")


@pytest.fixture
def many(bench: Bench, firm: str) -> None:
    votes = mixed(45, FIRST, SECOND, THIRD, ("t4", "t5"), ("t5", "t6", "t1"), ("t6",))
    counted(bench, "steps", votes, {"method": "runoff", **NO_OBJECTIVES}, **NAMED)
    counted(bench, "totals", mixed(60, FIRST, SECOND, FIRST, THIRD, ("t4", "t1"), silent=20))
    counted(bench, "plain", mixed(30, FIRST, SECOND, FIRST, objectives=()), {"balance": {}}, **NAMED)


def list_line(line: Element, cells: int) -> list[str]:
    """Return what a line of the list of dots says, as the cells of its row in the table."""
    said = {span.get("class"): words(span) for span in line.iter(f"{HTML}span")}
    figures = re.findall(r"\d+", said["score"])
    between = [said["between"].partition(" ")[2]] if "between" in said else []  # after the word *place*
    return [f"{said['place']}. {said['name']}", *figures[: cells - 1 - len(between)], *between]


def bar_strips(within: Any) -> list[Any]:
    """The pictures whose bars are drawn row by row."""
    return [each for each in within.iter(f"{HTML}div") if each.get("role") == "img"]


def checked_strip(strip: Any, ids: dict[str | None, str], rows: list[list[str]]) -> str:
    """The name of such a picture, once it is seen to say what its table says."""
    assert all(ids[name] for name in strip.get("aria-labelledby", "").split())
    texts = [words(each) for each in strip.iter() if each.tag in {f"{HTML}span", f"{SVG}text"}]
    figures = len(texts) // len(rows)
    assert [cell for row in rows for cell in row[:figures]] == texts
    return str(strip.get("aria-labelledby", "").split("-h ")[0])


@for_each("lang", ["es", deep("en")])
@pytest.mark.usefixtures("many")
def test_every_picture_has_title_description_and_a_table_with_its_figures(
    visitor: Visitor, staff_visitor: Visitor, lang: str
) -> None:
    seen = set()
    for key in ROUNDS:
        for page in (
            read(visitor, key, lang),
            read(staff_visitor, key, lang, "secretariat/rounds", "result"),
        ):
            ids = {e.get("id"): words(e) for e in page.root.iter() if e.get("id")}
            for figure in page.figures():
                assert ids[figure.get("aria-labelledby")]
                (table,) = figure.iter(f"{HTML}table")
                rows = [[words(cell) for cell in row] for row in table.iter(f"{HTML}tr")][1:]
                assert rows
                pictures = [svg for svg in figure.iter(f"{SVG}svg") if svg.get("role") == "img"]
                for svg in pictures:
                    seen.add(svg.get("aria-labelledby", "").split("-t ")[0])
                    title, description = (ids[name] for name in svg.get("aria-labelledby", "").split())
                    assert title
                    assert description
                    texts = [words(text) for text in svg.iter(f"{SVG}text")]
                    if "tiles" in figure.get("class", ""):
                        drawn = list(zip(texts[::2], texts[1::2], strict=True))
                        assert len(drawn) == 33
                        assert set(drawn) <= {(row[1], row[2]) for row in rows}
                    else:
                        figures = len(texts) // len(rows)
                        assert [cell for row in rows for cell in row[:figures]] == texts
                strips = bar_strips(figure)
                seen |= {checked_strip(strip, ids, rows) for strip in strips}
                if "dots" in figure.get("class", "").split():  # its list says in words what its dots show
                    assert ids[figure.get("aria-describedby")]
                    assert [
                        list_line(line, len(rows[0])) for line in figure.findall(f"{HTML}ol/{HTML}li")
                    ] == rows
                    seen.add(figure.get("aria-labelledby", "")[:-2])
                elif not pictures and not strips:  # the matrix and the stairs are tables themselves
                    assert ids[table.get("aria-describedby")]
                    seen.add(figure.get("aria-labelledby", "")[:-2])
    assert seen >= {
        "turnout-subregion",
        "turnout-sector",
        "tiles",
        "balance-subregion",
        "balance-sector",
        "scores",
        "objective-shares",
        "pairs-matrix",
        "runoff-steps",
    }


# -- the document to keep


needs_pango = pytest.mark.skipif(
    not document.is_available(), reason="WeasyPrint finds no Pango: apt-get install libpango-1.0-0"
)


@pytest.mark.deep
@needs_pango
def test_the_secretariat_has_the_document_before_the_public(
    bench: Bench, visitor: Visitor, staff_visitor: Visitor
) -> None:
    counted(bench, "kept", mixed(30, FIRST), publish=False, **NAMED)
    assert visitor.get("/en/rounds/kept/result.pdf").status_code == 404
    assert staff_visitor.get("/en/secretariat/rounds/kept/result.pdf").data.startswith(b"%PDF")


@pytest.mark.deep
def test_where_documents_cannot_be_made_no_link_leads_to_one(
    visitor: Visitor, firm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(document, "is_available", lambda: False)
    assert "result.pdf" not in visitor.get(f"/en/rounds/{firm}/result").text
    answer = visitor.get(f"/en/rounds/{firm}/result.pdf")
    assert answer.status_code == 501
    assert "printed from the browser" in answer.text
