"""The pages that say who was heard: every figure of a picture is in its table, and gender stays inside."""

from __future__ import annotations

import csv
import html
import io
import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import html5lib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consulta.panel import invitations, memory, public_panel
from consulta.panel import service as panels
from consulta.panel.values import Heard, HeardPanel
from consulta.platform.data import catalogue
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.deep import examples
from tests.factories import moment
from tests.invited import KEY, confirm, panelled, starts_at
from tests.markup import parsed
from tests.results.test_result_sentences import HTML, Tongue, words
from tests.texts import both

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    import pytest

    from consulta.platform.work import Bench
    from tests.benches import Visitor

CHARTS = ("heard-map", "heard-subregion", "heard-sector", "heard-country")
FIGURE = re.compile(r"<figure.*?</figure>", re.DOTALL)
LABELS = re.compile(r'<text class="value"[^>]*>([^<]+)</text>')
CELLS = re.compile(r'<td class="num">([^<]+)</td>')


def assert_taken(visitor: Visitor, lang: str, figures: list[str]) -> None:
    """Each figure of the page can be taken with the figures of its table, and nothing else can."""
    for name, figure in zip(CHARTS, figures, strict=True):
        rows = next(html5lib.parse(figure).iter(f"{HTML}tbody")).iter(f"{HTML}tr")
        cells = [["".join(cell.itertext()).strip() for cell in row] for row in rows]
        taken = visitor.get(f"/{lang}/heard/charts/{name}.csv")
        assert list(csv.reader(io.StringIO(taken.get_data().decode("utf-8-sig"))))[1:] == cells != []
        assert f'href="/{lang}/heard/charts/{name}.svg"' in figure
        drawn = visitor.get(f"/{lang}/heard/charts/{name}.svg")
        assert drawn.mimetype == "image/svg+xml"
        people = Counter(row[-1] for row in cells if row[-1] != "0")
        assert people <= Counter(re.findall(r">(\d+)</text>", drawn.text))
        assert f"/{lang}/heard" in drawn.text
    for name in ("heard-gender", "nada"):
        assert visitor.get(f"/{lang}/heard/charts/{name}.csv").status_code == 404


def check_one_number(bench: Bench, visitor: Visitor) -> None:
    """The panel's page, the page of who was heard and the factsheet count the same people."""
    with bench.read(ANONYMOUS, starts_at(bench) + timedelta(days=1)) as work:
        told, heard = public_panel.speakers(work, KEY), memory.publicly_heard(work)
        shown = public_panel.published_panel(work, KEY)
    assert told is not None
    assert (told.number, told.seats) == (heard.people, len(shown.seats)) == (3, 4)
    assert told.places == shown.spoke
    said = visitor.get(f"/es/rounds/{KEY}/panel").text
    assert "Hablaron tres personas; el panel tenía cuatro lugares" in said
    assert said.count('class="person spoke"') == 3
    assert said.count('class="person out"') == 1


def test_everybody_reads_who_sat_on_public_panels(
    bench: Bench, visitor: Visitor, staff_visitor: Visitor
) -> None:
    lang, waiting = "es", "En un panel, aún sin escuchar"
    panelled(bench)
    assert "Todavía no se ha publicado ningún panel" in visitor.get(f"/{lang}/heard").text
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    page = visitor.get(f"/{lang}/heard").text
    assert "A quién se escuchó" in page
    assert waiting in page
    assert not FIGURE.findall(page), "nobody was heard by sitting on a panel"
    assert visitor.get(f"/{lang}/heard/charts/heard-map.svg").status_code == 404
    confirm(bench)
    with bench.work(COMMAND, moment()) as work:
        panels.publish_panel(work, KEY)
    with bench.work(COMMAND, starts_at(bench) + timedelta(days=1)) as work:
        numbers = [each.id for each in invitations.page(work, KEY).guests][:3]
        assert invitations.attended(work, KEY, numbers) == 3
    page = visitor.get(f"/{lang}/heard").text
    check_one_number(bench, visitor)
    assert waiting not in page
    figures = FIGURE.findall(page)
    assert len(figures) == 4
    for figure in figures[1:]:  # the first is the map
        assert LABELS.findall(figure) == CELLS.findall(figure) != []
    words = [each.name[lang] for each in catalogue.genders()]
    assert not [word for word in words if f">{word}<" in page]
    assert_taken(visitor, lang, figures)
    assert f"/{lang}/heard" in visitor.get(f"/{lang}/rounds/{KEY}/panel").text
    desk = staff_visitor.get(f"/{lang}/secretariat/heard").text
    assert len(FIGURE.findall(desk)) == 4
    assert [word for word in words if f">{word}<" in desk]


def test_a_nominee_page_says_what_is_remembered(bench: Bench, staff_visitor: Visitor) -> None:
    panelled(bench)
    with bench.work(COMMAND, moment()) as work:
        from tests.factories import build_round  # noqa: PLC0415 - only here

        build_round(work.session, "2028-1")
    url = "/es/secretariat/rounds/2028-1/new-nominee"
    fields = {"kind": "person", "name": "Persona n04", "organisation": "Institución n04", "role": "mechanism"}
    more = {"country": "CO", "sector": "ngo", "language": "es"}
    assert staff_visitor.submit(url, {**fields, **more}).status_code == 303
    page = staff_visitor.get("/es/secretariat/rounds/2028-1/nominees/n01").text
    assert f"Estuvo en el panel de {KEY}." in page
    assert re.search(r'<input[^>]*name="recent"[^>]*value="1"', page)


TONGUES = [Tongue("es"), Tongue("en")]
COUNTRIES = [each.iso2 for each in catalogue.countries()]
SECTORS = [each.key for each in catalogue.sectors()]


@st.composite
def heard_panels(draw: st.DrawFn) -> HeardPanel:
    """A panel of which it is written down who took part; some people are not named in public."""
    people = draw(
        st.lists(
            st.tuples(st.sampled_from(COUNTRIES), st.sampled_from(SECTORS), st.booleans()),
            min_size=1,
            max_size=9,
        )
    )
    named = [(country, sector) for country, sector, is_named in people if is_named]
    counts = {
        "subregion": Counter(catalogue.subregion_of(country) for country, _sector, _named in people),
        "country": Counter(country for country, _sector in named),
        "sector": Counter(sector for _country, sector in named),
    }
    key = f"r{draw(st.integers(1, 10**6))}"
    title = both(f"Consulta {key}", f"Round {key}")
    return HeardPanel(key, title, moment(), True, len(people), counts, len(people) - len(named))


def check_countries(page: str, tongue: Tongue, heard: int, untold: int) -> None:
    """From how many countries people were heard; where some are not named, it is no exact figure."""
    least = tongue.find(page, *2 * ["People from at least %(num)s of %(all)s countries have been heard"])
    exact = tongue.find(
        page, "%(num)s of %(all)s countries has been heard", "%(num)s of %(all)s countries have been heard"
    )
    told_as = least if untold else exact
    assert [(int(m["num"]), int(m["all"])) for m in told_as] == [(heard, len(COUNTRIES))]


def check_map(root: Element, tongue: Tongue, came: Counter[str], untold: int) -> None:
    """The map has every State with its figure, on its tile and in its table, and says of how many."""
    (figure,) = [e for e in root.iter(f"{HTML}figure") if "tiles" in (e.get("class") or "").split()]
    title = next(e for e in figure.iter() if e.get("id") == "heard-map-h")
    check_countries(words(title), tongue, len(+came), untold)
    rows = [[words(cell) for cell in row] for row in figure.iter(f"{HTML}tr")][1:]
    assert {code: int(people) for _name, code, people in rows} == {code: came[code] for code in COUNTRIES}
    svg = "{http://www.w3.org/2000/svg}"
    written = [words(text) for text in figure.iter(f"{svg}text")]
    tiles = dict(zip(written[::2], written[1::2], strict=True))
    assert tiles == {code: str(came[code] or "\N{EN DASH}") for code in COUNTRIES}


@given(told_of=st.lists(heard_panels(), min_size=1, max_size=3))
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(20)
)
def test_every_sentence_of_who_was_heard_is_what_the_figures_say(
    visitor: Visitor, monkeypatch: pytest.MonkeyPatch, told_of: list[HeardPanel]
) -> None:
    categories = {
        "subregion": tuple(each.key for each in catalogue.subregions()),
        "country": tuple(COUNTRIES),
        "sector": tuple(SECTORS),
    }
    view = Heard(tuple(told_of), (), categories, example=False)
    monkeypatch.setattr(memory, "publicly_heard", lambda _work: view)
    untold = sum(panel.untold for panel in told_of)
    came = {name: sum((Counter(panel.counts[name]) for panel in told_of), Counter()) for name in categories}
    for tongue in TONGUES:
        answer = visitor.get(f"/{tongue.lang}/heard")
        root = parsed(answer.text)
        sections = {e.get("aria-labelledby"): words(e) for e in root.iter(f"{HTML}section")}
        lines = [words(e) for e in root.iter(f"{HTML}li")]
        for panel in told_of:
            said = tongue.texts.ngettext("%(num)s person", "%(num)s people", panel.people) % {
                "num": panel.people
            }
            (line,) = {each for each in lines if f"({panel.key}): {said}" in each}
            for key, people in panel.counts["subregion"].items():
                assert f"{tongue.name('subregion', key)}: {people}" in line
        for dimension, told in came.items():
            page = sections[f"by-{dimension}"]
            bars = {tongue.name(dimension, key): people for key, people in told.items()}
            rows = re.findall(r"<th[^>]*>([^<]*)</th>\s*<td[^>]*>(\d+)</td>", html.unescape(answer.text))
            assert {(name, str(people)) for name, people in bars.items()} <= {*rows} or len(told_of) > 1
            assert all(name in page for name in bars)
            only = tongue.find(
                page,
                "%(num)s person without a public name is counted by subregion only.",
                "%(num)s people without a public name are counted by subregion only.",
            )
            partly = dimension != "subregion" and untold > 0
            assert [int(match["num"]) for match in only] == ([untold] if partly else [])
            absent = tongue.texts.gettext("Not yet heard: %(names)s.").partition("%")[0]
            missing = [key for key in categories[dimension] if not told[key]]
            assert (absent in page) is (bool(missing) and not partly)
            if absent in page:
                names = page.partition(absent)[2]
                assert all(tongue.name(dimension, key) in names for key in missing)
                assert names.rstrip(".").count(", ") >= len(missing) - 1
        check_countries(sections["by-country"], tongue, len(+came["country"]), untold)
        check_map(root, tongue, came["country"], untold)
