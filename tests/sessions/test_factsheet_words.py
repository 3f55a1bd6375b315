"""The headlines of a factsheet's pictures, held against random attendances, on the page and on paper."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import html5lib
from flask import render_template_string
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from consulta.platform.data import catalogue
from consulta.sessions import factsheets
from consulta.sessions.attendance import Answers
from consulta.sessions.figures import figures
from consulta.sessions.pages import pictures as factsheet_pictures
from consulta.sessions.pages.pictures import HALF_SHEET
from tests.cases import for_each
from tests.deep import examples
from tests.vote.test_vote import HTML

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from flask import Flask

SECTORS = sorted(catalogue.sectors_by_key())
COUNTRIES = ["AR", "BB", "BR", "CL", "CO", "GT", "JM", "MX", "PA", "PE", ""]
ANSWERS = ["woman", "man", "non_binary", "no_answer", None]
PAGE = '{% import "sessions/macros.html" as f with context %}<main>{{ f.numbers(pictures) }}</main>'
PAPER = (
    '{% import "sessions/macros.html" as f with context %}'
    "<main>{{ f.numbers(pictures, table=false) }}{{ f.tables(pictures) }}</main>"
)
WORDS = {
    "es": {
        "one": r"Más personas: (?P<name>.+), (?P<people>\d+)",
        "tied": r"Más personas: (?P<names>.+), (?P<people>\d+) en cada caso",
        "none": "En nombre de quién se habló",
        "women": r"Mujeres: (?P<share>\d+)\s% de quienes participaron",
        "women_of": r"Mujeres: (?P<share>\d+)\s% de quienes respondieron «mujer» u «hombre»",
        "states": r"(?P<states>\d+) Estados? de América Latina y el Caribe",
    },
    "en": {
        "one": r"Most people: (?P<name>.+), (?P<people>\d+)",
        "tied": r"Most people: (?P<names>.+), (?P<people>\d+) each",
        "none": "On whose behalf people spoke",
        "women": r"(?P<share>\d+)% were women",
        "women_of": r"Of those who answered “woman” or “man”, (?P<share>\d+)% were women",
        "states": r"(?P<states>\d+) States? of Latin America and the Caribbean took part",
    },
}


@st.composite
def attendances(draw: st.DrawFn) -> list[Answers]:
    """Sessions of five people or more, from few sectors or many, with ties and groups without sectors."""
    sectors = draw(st.lists(st.sampled_from(SECTORS), min_size=1, max_size=8, unique=True))
    sizes = draw(st.sampled_from([(5, 5), (10, 10), (1, 30), (6, 8)]))
    people = [
        Answers("Red", draw(st.sampled_from(COUNTRIES)), sector, draw(st.sampled_from(ANSWERS)))
        for sector in sectors
        for _ in range(draw(st.integers(*sizes)))
    ]
    return people * draw(st.sampled_from([1, 1, 3]))


def words(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def drawn(app: Flask, lang: str, template: str, found: Any, width: float) -> Element:
    with app.test_request_context(f"/{lang}/"):
        app.preprocess_request()
        pictures = factsheet_pictures.of_figures(factsheets.read_figures(found), width)
        return html5lib.parse(render_template_string(template, pictures=pictures))


def tables(page: Element) -> dict[str, list[tuple[str, int]]]:
    """The tables by their captions: each row's label and its first whole number."""
    found = {}
    for table in page.iter(f"{HTML}table"):
        caption = words(next(table.iter(f"{HTML}caption")))
        body = next(table.iter(f"{HTML}tbody"))
        rows = [[words(cell) for cell in row] for row in body.iter(f"{HTML}tr")]
        found[caption] = [(row[0], int(number[0])) for row in rows if (number := re.search(r"\d+", row[-1]))]
    return found


def say(pattern: str, captions: list[str]) -> re.Match[str] | None:
    return next((match for each in captions if (match := re.fullmatch(pattern, each))), None)


def check_sectors(
    lang: str, told: dict[str, list[tuple[str, int]]], sums: Counter[str], *, has_picture: bool
) -> None:
    """The headline names the longest bars of its own table, and never fewer people than a sector has."""
    said = WORDS[lang]
    match = say(said["tied"], [*told]) or say(said["one"], [*told])
    if match is None:
        rows = told.get(said["none"], [])
        longest = max((people for _label, people in rows), default=0)
        assert len(rows) < 2 or [people for _label, people in rows].count(longest) > 3
        assert bool(rows) is has_picture
        return
    rows = told[match[0]]
    longest = max(people for _label, people in rows)
    first = [label for label, people in rows if people == longest]
    assert int(match["people"]) == longest
    named = match.groupdict()
    assert named.get("name", named.get("names")) == " · ".join(first)
    assert len(rows) > 1
    assert longest >= max(sums.values())  # no sector had more people than the bar that is named
    event(f"tied: {len(first)}")


def check_gender(
    lang: str, told: dict[str, list[tuple[str, int]]], found: Any, answers: Counter[str]
) -> None:
    said = WORDS[lang]
    if not found["gender"]:
        return
    if found["gender"]["unit"] == "people":
        match = say(said["women"], [*told])
        assert match
        assert int(match["share"]) == round(100 * answers["woman"] / sum(answers.values()))
        assert told[match[0]][0][1] == answers["woman"]
        return
    match = say(said["women_of"], [*told])
    assert match
    both = answers["woman"] + answers["man"]
    assert abs(int(match["share"]) - 100 * answers["woman"] / both) <= found["gender"]["step"] / 2
    assert told[match[0]][0][1] == int(match["share"])


def check_states(lang: str, told: dict[str, list[tuple[str, int]]], states: int) -> None:
    match = say(WORDS[lang]["states"] + r".*", [*told])
    if match:
        assert int(match["states"]) == states


@for_each("lang", ["es", "en"])
@given(people=attendances())
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=examples(40)
)
def test_headlines_say_what_their_pictures_show(app: Flask, lang: str, people: list[Answers]) -> None:
    found = figures(people)
    assert found is not None
    page = drawn(app, lang, PAGE, found, factsheet_pictures.charts.NARROWEST)
    paper = drawn(app, lang, PAPER, found, HALF_SHEET)
    told = tables(page)
    assert tables(paper) == told  # the same sentences over the same figures
    check_sectors(lang, told, Counter(person.sector for person in people), has_picture=bool(found["groups"]))
    check_gender(lang, told, found, Counter(person.gender or "no_answer" for person in people))
    check_states(lang, told, len({person.country for person in people} - {""}))
