"""The geometry of pictures, and that what is drawn and what the table beside it says are the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import html5lib
import jinja2
import pytest

from consulta.platform.data import catalogue
from consulta.platform.paths import resource
from consulta.platform.web import charts
from consulta.platform.web.assets import STATIC
from tests.cases import for_each

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SVG = "{http://www.w3.org/2000/svg}"
HTML = "{http://www.w3.org/1999/xhtml}"
LONG = "Organisations of regional reach, or present in several countries at once"


def percent(length: str) -> float:
    assert length.endswith("%")
    return float(length[:-1])


def em(length: str) -> float:
    assert length.endswith("em")
    return float(length[:-2])


def drawn(call: str, **values: object) -> Element:
    """What a macro draws, parsed."""
    env = jinja2.Environment(
        loader=jinja2.FileSystemLoader(resource("templates")),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    env.filters["lang_of"] = lambda _label: ""  # all labels here are in the language of the page
    env.install_null_translations(newstyle=True)  # type: ignore[attr-defined] # added by the extension
    page = env.from_string('{% import "web/charts.html" as c with context %}{{ c.' + call + " }}").render(
        values
    )
    element: Element = html5lib.HTMLParser(strict=False).parseFragment(page)
    return element


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def told(figure: Element) -> list[str]:
    """What a picture says in its order: labels that are words of a page, or drawn on paper, and figures."""
    picture = next(each for each in figure.iter() if each.get("role") == "img")
    return [words(each) for each in picture.iter() if each.tag in {f"{HTML}span", f"{SVG}text"}]


ON = pytest.mark.parametrize("on", [{}, {"letter": True}], ids=["page", "paper"])


class TestBars:
    ROWS = (("Chile", 0.2, "20 %"), ("Belize", 0.4, "40 %"), ("Cuba", 0.0, "0 %"))

    def test_the_longest_bar_comes_first(self) -> None:
        assert [row.label for row in charts.bars(self.ROWS).rows] == ["Belize", "Chile", "Cuba"]

    def test_lengths_are_in_proportion_and_start_at_zero(self) -> None:
        belize, chile, cuba = (percent(row.marks[0].width) for row in charts.bars(self.ROWS).rows)
        assert belize == pytest.approx(2 * chile, abs=0.02)
        assert cuba == 0

    def test_a_long_label_is_broken_and_pushes_down_what_follows(self) -> None:
        chart = charts.bars([(LONG, 2.0, "2"), ("Chile", 1.0, "1")])
        first, second = chart.rows
        assert len(first.lines) > 1
        assert " ".join(line.text for line in first.lines) == LONG
        assert em(first.lines[0].y) < em(first.lines[-1].y) < em(first.marks[0].y)
        assert em(first.marks[0].y) + em(chart.bar) < em(second.lines[0].y)
        assert em(second.marks[0].y) + em(chart.bar) < em(chart.height)

    @ON
    def test_picture_and_table_say_the_same(self, on: dict[str, bool]) -> None:
        figure = drawn(
            'bars("b", "The message", "What is seen", chart, ("Country", "Share"), "of all")',
            chart=charts.bars([*self.ROWS, (LONG, 0.1, "10 %")]),
            **on,
        )
        texts = told(figure)
        table = [words(cell) for row in figure.iter(f"{HTML}tr") for cell in row]
        assert table == ["Country", "Share", *texts]
        assert LONG in texts


class TestPairs:
    ROWS = (
        charts.Pair("South America", 0.6, "60 %", 0.5, "50 %", 0.5, "50 %"),
        charts.Pair("Caribbean", 0.05, "5 %", 0.15, "15 %", 0.2, "20 %"),
        charts.Pair("Elsewhere", 0.35, "35 %", 0.35, "35 %"),
    )

    def test_both_bars_and_the_target_share_one_axis(self) -> None:
        south = charts.pairs(self.ROWS).rows[0]
        assert south.target is not None
        assert percent(south.marks[0].width) == pytest.approx(1.2 * percent(south.marks[1].width), abs=0.02)
        assert south.target.x == south.marks[1].width

    @ON
    def test_picture_and_table_say_the_same(self, on: dict[str, bool]) -> None:
        figure = drawn(
            'paired_bars("p", "The message", "Seen", chart, "Subregion", "Votes", "Weighted", "Target")',
            chart=charts.pairs(self.ROWS),
            **on,
        )
        texts = told(figure)
        rows = [[words(cell) for cell in row] for row in figure.iter(f"{HTML}tr")]
        assert rows[0] == ["Subregion", "Votes", "Weighted", "Target"]
        assert [cell for row in rows[1:] for cell in row[:3]] == texts
        assert [row[3] for row in rows[1:]] == ["50 %", "", "20 %"]


class TestMatrix:
    MATRIX = charts.matrix(["Work", "Health"], [[None, 0.634], [0.366, None]])

    def test_figures_are_whole_percentages_and_the_diagonal_is_empty(self) -> None:
        assert [[cell.text for cell in row.cells] for row in self.MATRIX.rows] == [["", "63"], ["37", ""]]

    @for_each(
        "share, shade",
        [(0.0, 0), (0.29, 0), (0.3, 1), (0.4, 2), (0.5, 3), (0.599, 4), (0.6, 4), (0.7, 5), (1.0, 5)],
    )
    def test_the_shade_follows_the_figure_that_is_shown(self, share: float, shade: int) -> None:
        cell = charts.matrix(["a", "b"], [[None, share], [None, None]]).rows[0].cells[1]
        assert (cell.text, cell.shade) == (str(round(100 * share)), shade)

    def test_what_is_not_told_is_a_dash_and_no_row_says_anything_of_itself(self) -> None:
        cells = charts.matrix(["a", "b"], [[None, None], [0.5, None]]).rows
        assert [[cell.text for cell in row.cells] for row in cells] == [["", charts.TO], ["50", ""]]
        assert [row.cells[at].shade for at, row in enumerate(cells)] == [charts.SELF] * 2

    def test_the_ranges_cover_every_percentage_once(self) -> None:
        covered: list[int] = []
        for _, text in self.MATRIX.ranges:
            low, high = text.split(charts.TO)
            covered += range(int(low), int(high) + 1)
        assert covered == list(range(101))
        assert [shade for shade, _ in self.MATRIX.ranges] == list(range(len(charts.SHADES) + 1))


class TestStairs:
    STAIRS = charts.stairs(
        [("Work", [0.4, 0.6], False), ("Health", [0.35, 0.25], True), ("Law", [0.2], True)], [0.05, 0.15]
    )

    def test_a_row_is_as_long_as_its_theme_stays(self) -> None:
        assert [[cell.text for cell in row.cells] for row in self.STAIRS.rows] == [
            ["40", "60"],
            ["35", "25"],
            ["20"],
        ]
        assert [cell.text for cell in self.STAIRS.rest] == ["5", "15"]

    def test_who_leaves_is_marked_in_words_and_every_step_has_its_place(self) -> None:
        figure = drawn(
            'stairs("s", "The message", "Seen", stairs, "Theme", "Step", "Nobody")', stairs=self.STAIRS
        )
        rows = [[words(cell) for cell in row] for row in figure.iter(f"{HTML}tr")]
        assert rows == [
            ["Theme", "Step 1", "Step 2"],
            ["Work", "40", "60"],
            ["Health", "35", "25 ✕ (leaves)"],
            ["Law", "20 ✕ (leaves)", ""],
            ["Nobody", "5", "15"],
        ]


class TestTiles:
    PLACES = (
        charts.Place("PE", "Peru", "10", ("PE", "10", "12"), 3),
        charts.Place("UY", "Uruguay", charts.TO, ("UY", charts.TO, charts.TO), 5),
        charts.Place("", "2 countries combined", "", ("", "6", "9"), 5),
    )

    def test_the_33_states_have_a_place_each(self) -> None:
        assert set(charts.TILES) == {country.iso2 for country in catalogue.countries()}
        assert len(set(charts.TILES.values())) == 33

    def test_what_has_no_tile_is_in_the_table_alone(self) -> None:
        figure = drawn(
            'tile_grid("g", "The message", "Seen", grid, classes, ("Name", "Code", "Voted", "Roll"))',
            grid=charts.tiles(self.PLACES),
            classes=((3, "most"), (5, "none")),
        )
        texts = [words(text) for text in figure.iter(f"{SVG}text")]
        assert texts == ["PE", "10", "UY", charts.TO]
        rows = [[words(cell) for cell in row] for row in figure.iter(f"{HTML}tr")][1:]
        assert [row[0] for row in rows] == ["Peru", "Uruguay", "2 countries combined"]
        assert [words(item) for item in figure.iter(f"{HTML}li")] == ["most", "none"]


class TestRing:
    def test_ring_key_and_table_say_the_same(self) -> None:
        ring = charts.donut([("Women", 3, "3 (75%)"), ("Men", 1, "1 (25%)")], "4")
        figure = drawn("donut('g', 'Message', 'What it shows', ring, ('Answer', 'People'))", ring=ring)
        cells = [words(cell) for cell in figure.iter(f"{HTML}td")]
        assert cells == [words(each) for each in figure.iter(f"{HTML}strong")] == ["3 (75%)", "1 (25%)"]
        titles = [words(found) for part in figure.iter(f"{SVG}path") for found in part.iter(f"{SVG}title")]
        assert titles == ["Women: 3 (75%)", "Men: 1 (25%)"]


TOKENS = re.compile(r"--([a-z-]+): (#[0-9a-f]{3,6});")
MIXED = re.compile(
    r"\.(t|h)(\d) \{ --(?:tile|shade): color-mix\(in srgb, var\(--deep\) (\d+)%, var\(--paper\)\)"
)


def luminance(colour: tuple[float, float, float]) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, float, float], other: tuple[float, float, float]) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def colours(sheet: str) -> dict[str, tuple[float, float, float]]:
    found = {}
    for name, code in TOKENS.findall(sheet):
        digits = code[1:] if len(code) == 7 else "".join(2 * digit for digit in code[1:])
        found[name] = tuple(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return found  # type: ignore[return-value] # three each


@for_each("scheme", ["light", "dark"])
def test_words_stand_out_on_every_shade(scheme: str) -> None:
    base, pictures = ((STATIC / "css" / name).read_text("utf-8") for name in ("consulta.css", "result.css"))
    before, after = base.split("prefers-color-scheme: dark", 1)
    tokens = colours(before) if scheme == "light" else colours(before) | colours(after.split("}", 2)[0])
    deep, paper, ink = tokens["deep"], tokens["paper"], tokens["ink"]
    shades = MIXED.findall(pictures)
    assert {kind + number for kind, number, _ in shades} == {"t1", "t2", "t3", "h1", "h2", "h3", "h4"}
    for _kind, _number, part in shades:
        share = int(part) / 100
        mixed = tuple(share * d + (1 - share) * p for d, p in zip(deep, paper, strict=True))
        assert contrast(ink, mixed) >= 4.5  # type: ignore[arg-type]
    assert contrast(tokens["on-deep"], deep) >= 4.5
    assert contrast(ink, paper) >= 4.5
    assert contrast(tokens["muted"], paper) >= 4.5
