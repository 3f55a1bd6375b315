"""Charts to take away and the picture for messengers: figures as kept, and nothing is fetched."""

from __future__ import annotations

import csv
import io
import itertools
import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING, Any

import html5lib
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consulta.platform.formats import document
from consulta.platform.web import drawing
from tests.cases import for_each
from tests.closed import Vote, counted, mixed
from tests.deep import examples
from tests.results.test_result_sentences import QUICK, Known, random_rounds

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.benches import Visitor

SERIAL = itertools.count(1)
SVG = "{http://www.w3.org/2000/svg}"
CHARTS = (
    "ranked",
    "turnout-sector",
    "turnout-subregion",
    "tiles",
    "balance-sector",
    "pairs-matrix",
    "objective-shares",
    "support-1",
    "runoff-steps",
)
HTML = "{http://www.w3.org/1999/xhtml}"
drawable = pytest.mark.skipif(not document.draws_pictures(), reason="Pango or PDFium is not there")


def table(visitor: Visitor, key: str, name: str) -> list[list[str]] | None:
    """The figures of a chart in English without their headings; None where the result has no such chart."""
    answer = visitor.get(f"/en/rounds/{key}/result/charts/{name}.csv")
    if answer.status_code == 404:
        return None
    return list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))[1:]


def drawn(visitor: Visitor, path: str) -> tuple[ET.Element, str]:
    """A picture as its root and as all that is written on it."""
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    assert answer.mimetype == "image/svg+xml"
    root = ET.fromstring(answer.text)  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    return root, " ".join(" ".join(text.itertext()) for text in root.iter(f"{SVG}text"))


def per_cent(share: str) -> float:
    part, whole = share.split("/")
    return round(100 * int(part) / int(whole), 2)


@pytest.mark.deep
@given(drawn_round=random_rounds(most=12))
@settings(
    max_examples=examples(10, few=3),
    deadline=None,
    phases=QUICK,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_figures_of_every_chart_are_those_that_were_kept(
    bench: Bench, visitor: Visitor, drawn_round: tuple[list[Vote], dict[str, Any]]
) -> None:
    votes, rules = drawn_round
    key = f"laminas-{next(SERIAL)}"
    counted(bench, key, votes, rules, secrecy="open")
    known = Known(bench, key)
    weighed = bool(rules["balance"])
    ranked = table(visitor, key, "ranked")
    assert ranked is not None
    places = {key: tuple(theme["places"]) for key, theme in known.themes.items()}
    for number, (theme, row) in enumerate(zip(known.order, ranked, strict=True), start=1):
        scores = [
            per_cent(known.themes[theme][name]) for name in ("score", *(["unweighted"] if weighed else []))
        ]
        assert row[:2] == [str(number), f"Theme {theme[1:]}"]
        assert [float(cell) for cell in row[2:-2]] == pytest.approx(scores, abs=0.006)
        assert tuple(map(int, row[-2:])) == places[theme]
    for dimension in ("sector", "subregion"):
        lines = table(visitor, key, f"turnout-{dimension}")
        kept = known.voices(dimension)
        assert (lines is None) is (len(kept) < 2)
        assert sorted([int(v), int(s)] for _name, v, s in lines or []) == (
            sorted([voice["ballots"], voice["seats"]] for voice in kept) if lines else []
        )
    square = table(visitor, key, "pairs-matrix")
    assert square is not None
    for x, row in zip(known.order, square, strict=True):
        for y, cell in zip(known.order, row[1:], strict=True):
            assert (
                cell == ""
                if x == y
                else float(cell) == pytest.approx(100 * float(known.duel(x, y)), abs=0.006)
            )
    for name in CHARTS:
        if table(visitor, key, name) is not None:
            drawn(visitor, f"/en/rounds/{key}/result/charts/{name}.svg")


@pytest.fixture
def told(bench: Bench) -> str:
    counted(bench, "laminas", mixed(20, ("t1", "t2"), ("t2",)), secrecy="open")
    return "laminas"


@for_each("lang", ["es", "en"])
def test_a_picture_stands_alone_and_says_where_it_is_from(visitor: Visitor, told: str, lang: str) -> None:
    for name in CHARTS:
        root, said = drawn(visitor, f"/{lang}/rounds/{told}/result/charts/{name}.svg")
        text = ET.tostring(root, encoding="unicode")
        assert not re.search(r"style|href|url\(|<script|@import", text)
        assert f"/rounds/{told}/result" in said
        width, height = float(root.get("width", "0")), float(root.get("height", "0"))
        for element in root.iter():
            assert 0 <= float(element.get("x", "0")) <= width
            assert -20 <= float(element.get("y", "0")) <= height


def beside(page: str, name: str) -> tuple[list[list[str]], list[str]]:
    """The cells of the table beside which a chart can be taken, and the addresses of the chart."""
    root = html5lib.parse(page)
    for element in root.iter():
        links = [a.get("href") or "" for a in element.iter(f"{HTML}a")]
        if element.tag in {f"{HTML}details", f"{HTML}figure"} and any(
            link.endswith(f"/{name}.csv") for link in links
        ):
            rows = next(element.iter(f"{HTML}tbody")).iter(f"{HTML}tr")
            cells = [["".join(cell.itertext()).strip() for cell in row] for row in rows]
            return cells, [link for link in links if f"/{name}." in link]
    raise AssertionError(name)


def test_who_supports_a_topic_can_be_taken_as_the_page_tells_it(visitor: Visitor, told: str) -> None:
    cells, links = beside(visitor.get(f"/en/rounds/{told}/result").text, "support-1")
    assert cells == table(visitor, told, "support-1") != []
    assert {row[2] for row in cells} <= {"yes", "no"}
    _root, said = drawn(visitor, next(link for link in links if link.endswith(".svg")))
    assert all(row[0] in said for row in cells)


@pytest.mark.deep
@given(
    sentence=st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=400),
    owner=st.text(max_size=200),
)
def test_the_sentence_of_a_card_is_whole_and_fits(sentence: str, owner: str) -> None:
    said = drawing.card(drawing.Card(owner, f"a {sentence} b", ""))
    root = ET.fromstring(re.sub("[\x00-\x1f\x7f-\x9f\ufffe\uffff]", "", said))  # noqa: S314 - our own
    texts = [text for text in root.iter(f"{SVG}text") if float(text.get("y", "0")) > 100]
    assert "".join("".join("".join(text.itertext()) for text in texts).split()) == "".join(
        f"a{sentence}b".split()
    )
    if len(sentence) < 120:
        assert all(
            float(text.get("y", "0")) <= 630 - 118 for text in texts if text.get("font-weight") == "700"
        )


LEVELS = {"A close result": "close", "Firm, with reservations": "reservations", "A firm result": "firm"}


@given(drawn_round=random_rounds(most=12))
@settings(
    max_examples=examples(20, few=4),
    deadline=None,
    phases=QUICK,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_the_card_has_the_answer_the_level_and_the_first_themes_where_messengers_crop_it(
    bench: Bench, visitor: Visitor, drawn_round: tuple[list[Vote], dict[str, Any]]
) -> None:
    votes, rules = drawn_round
    key = f"tarjeta-{next(SERIAL)}"
    counted(bench, key, votes, rules, secrecy="open")
    known = Known(bench, key)
    root, _said = drawn(visitor, f"/en/rounds/{key}/result/card.svg")
    texts = [
        (
            "".join(text.itertext()),
            float(text.get("x", "0")),
            float(text.get("y", "0")),
            text.get("text-anchor"),
        )
        for text in root.iter(f"{SVG}text")
    ]
    assert all(0 < y < 630 and 0 < x <= 1160 for _text, x, y, _anchor in texts)
    in_square = [text for text, x, _y, _anchor in texts if 285 <= x <= 915]
    page = visitor.get(f"/en/rounds/{key}/result").text
    description = re.findall(r'<meta property="og:description" content="(.*?)">', page)[0]
    titles = [f"Theme {theme[1:]}" for theme in known.order[:5]]
    assert [text for text in in_square if text in titles][-len(titles) :] == titles
    scores = [str(round(per_cent(known.themes[theme]["score"]))) for theme in known.order[:5]]
    assert [text for text, x, _y, anchor in texts if x == drawing.CROPPED and anchor == "end"] == scores
    rings = [element for element in root.iter(f"{SVG}circle") if element.get("fill") == drawing.PAPER]
    assert len(rings) == (len(titles) if rules["balance"] else 0)
    levels = [level for level in LEVELS if level in in_square]
    assert levels == [level for level in LEVELS if f'class="level {LEVELS[level]}"' in page]
    assert all(level in description for level in levels)
    (title,) = root.iter(f"{SVG}title")
    topics = (title.text or "").removeprefix("The organisations chose ")
    assert description.startswith(topics)
    assert topics[:-1] in " ".join(in_square)
    voted = sum(bool(vote.ranking) for vote in votes)
    assert f" {voted} of " in description
    assert str(voted) in [text for text, _x, _y, _anchor in texts]


def test_the_desk_has_the_charts_before_they_are_published(staff_visitor: Visitor, bench: Bench) -> None:
    counted(bench, "laminas", mixed(20, ("t1", "t2"), ("t2",)), secrecy="aggregate", publish=False)
    page = staff_visitor.get("/es/secretariat/rounds/laminas/result/charts")
    assert page.status_code == 200
    assert "ranked.svg" in page.text
    drawn(staff_visitor, "/es/secretariat/rounds/laminas/result/charts/ranked.svg")
    drawn(staff_visitor, "/es/secretariat/rounds/laminas/result/card.svg")
    assert staff_visitor.get("/es/rounds/laminas/result/card.svg").status_code == 404
