"""What the follow-up says of its figures: against a slow count of random ones, in each language."""

from __future__ import annotations

import random  # noqa: TID251 - invented answers, the same for one seed
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from flask import get_template_attribute

from consulta.app import create_app
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.web.language import local
from consulta.sessions.follow_up import figures
from consulta.sessions.follow_up.values import (
    REPORTED,
    SEEN,
    STEPS,
    Followed,
    RecommendationView,
    ReportView,
    SessionLine,
    Standing,
)
from consulta.sessions.pages.follow_up_words import state_name
from tests.cases import for_each
from tests.factories import moment
from tests.texts import both

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

LANGUAGES = ("es", "en", "pt")
ROUNDS = 200
LONGEST = 50  # letters of a heading: two lines on a telephone
STATES = ("PE", "CL", "BR", "AR", "UY", "EC")
START = moment()
SESSION = SessionLine("2027-1", Text(), Text(), START, "America/Panama", "2027-05-20", False, 1)
BARE = RecommendationView(
    reference="2027-R1",
    kind="recommendation",
    text=both(
        "Validar los títulos en menos de noventa días, con costos que se puedan pagar de verdad.", "a."
    ),
    language="es",
    topic="",
    topic_title=Text(),
    objectives=(7,),
    addressed=("states",),
    session=SESSION,
    published_at=START,
    withdrawn_at=None,
    reason=Text(),
)


def said(side: str, addressee: str, step: str) -> ReportView:
    return ReportView(
        id=1,
        recommendation_id=1,
        side=side,
        addressee=addressee,
        voice="",
        version=1,
        step=step,
        day="2027-06-01",
        text="a",
        language="es",
        link="",
        evidence=None,
        entered="staff",
        received="letter",
        institution="",
        organisation="",
        organisation_id=None,
        focal_point_id=None,
        entered_at=START,
    )


def standing(pick: random.Random, addressee: str, steps: tuple[str, ...], reporting: float) -> Standing:
    reported = pick.choice(steps) if pick.random() < reporting else None
    seen = tuple(said(SEEN, addressee, pick.choice(steps)) for _ in range(pick.choice((0, 1, 1, 3))))
    own = said(REPORTED, addressee, reported) if reported else None
    return Standing(
        addressee, Text.name(f"<{addressee}>"), addressee, own, seen, (*seen, *filter(None, [own]))
    )


def drawn(seed: int) -> list[Followed]:
    """Recommendations to all States, to a few or to one, of which some, all or none have answers."""
    found, pick = [], random.Random(seed)  # noqa: S311 - no secret
    few = pick.sample(STATES, pick.choice((1, 2, len(STATES), len(STATES))))
    steps = STEPS[: pick.choice((1, 2, len(STEPS)))]
    answering, reporting = pick.choice((0, 0.2, 0.6, 1, 1)), pick.choice((0.2, 0.6, 0.9))
    for _ in range(pick.choice((1, 1, 3, 6))):
        addressed = pick.choice((tuple(few), tuple(few[:1]), ("states",), ("I1",)))
        here = few if addressed == ("states",) else addressed
        standings = [standing(pick, each, steps, reporting) for each in here if pick.random() < answering]
        view = replace(
            BARE,
            addressed=addressed,
            withdrawn_at=START if pick.random() < 0.1 else None,
            objectives=tuple(sorted(pick.sample(range(1, 24), pick.randint(1, 2)))),
        )
        found.append(Followed(view, tuple(standings)))
    return found


def kinds(one: Standing) -> str:
    """How the two sides compare, by a slow count."""
    seen = {STEPS.index(each.step) for each in one.seen}
    if one.reported is None:
        return "" if not seen else "no start" if seen == {0} else "a start"
    step = STEPS.index(one.reported.step)
    if not seen:
        return "only reported"
    if seen == {step}:
        return "same"
    return "less" if all(each < step for each in seen) else "other"


def by_state(found: list[Followed]) -> dict[str, list[str]]:
    """What is known of each State that is addressed: a kind for each recommendation in force."""
    told: dict[str, list[str]] = {}
    for each in found:
        if each.recommendation.withdrawn_at is None:
            for code in each.recommendation.states():
                here = [one for one in each.standings if one.addressee == code]
                told.setdefault(code, []).append(kinds(here[0]) if here else "")
    return told


REPORTS = {"only reported", "same", "less", "other"}


def test_the_lines_of_states_are_those_of_a_slow_count() -> None:
    for number in range(ROUNDS):
        found = drawn(number)
        told, news = by_state(found), figures.news(found)
        assert {each.country for each in news.states} == set(told)
        for line in news.states:
            here = told[line.country]
            assert line.addressed == len(here)
            assert line.reported == sum(each in REPORTS for each in here)
            assert line.differ == sum(each in {"less", "other"} for each in here)
            assert line.only_seen == sum(each in {"no start", "a start"} for each in here)
            assert line.silent == here.count("")
            assert len(line.not_begun) == here.count("no start")
        assert {each.country for each in news.told} == {code for code, here in told.items() if any(here)}
        assert {each.country for each in (*news.told, *news.silent)} == set(told)
        places = [each.place for each in sorted(news.told, key=lambda each: each.place)]
        assert places == sorted(places)
        numbers = {number for _year, counts in figures.strip(found) for number in counts if number}
        kept = [each for each in found if each.recommendation.withdrawn_at is None]
        assert bool(numbers) == bool(kept)


@pytest.fixture
def pages(settings: Settings, bench: Bench) -> Flask:
    three = replace(settings, languages=LANGUAGES)
    return create_app(three, bench)


def words(macro: str, *given: object) -> str:
    return " ".join(str(get_template_attribute("follow_up/words.html", macro)(*given).striptags()).split())


def digits(text: str) -> list[int]:
    return [int(each) for each in re.findall(r"\d+", text)]


def named(text: str) -> set[str]:
    return {code for code in STATES if state_name(code) in text}


def shape(text: str) -> str:
    """A sentence without its figures and names, to see which were reached."""
    text = re.sub("“.*?”|«.*?»", "…", text)
    for code in catalogue.countries_by_code():
        text = text.replace(state_name(code), "X")
    return re.sub(
        r"X(, X)*( (and|e|y) X)+|<\w+>((, <\w+>)* (and|e|y) <\w+>)?", "XX", re.sub(r"\d+", "#", text)
    )


def in_language(app: Flask, language: str) -> Iterator[list[Followed]]:
    """Random recommendations, each while the pages are in a language."""
    with app.test_request_context(f"/{language}/follow-up"):
        app.preprocess_request()
        for number in range(ROUNDS):
            yield drawn(number)


@for_each("language", LANGUAGES)
def test_the_headline_says_who_reports_and_who_does_not(pages: Flask, language: str) -> None:
    shapes: set[str] = set()
    for found in in_language(pages, language):
        told, news = by_state(found), figures.news(found)
        reported = {code for code, here in told.items() if REPORTS & set(here)}
        silent = {code for code, here in told.items() if code not in reported and "no start" in here}
        heading, short, lead = words("headline", news), words("short_headline", news), words("lead", news)
        if 0 < len(reported) < len(told):
            first = {len(reported), len(told)}
            assert set(digits(heading)) == first | ({len(silent)} if len(silent) > 3 else set())
            assert named(heading) == (silent if len(silent) <= 3 else set())
            assert set(digits(short)) == first
            assert named(short) <= silent
        else:
            assert digits(heading) == ([len(told)] if reported and len(told) > 1 else [])
            assert heading == short
        assert len(short) <= LONGEST
        without = sum(not any(here) for here in told.values())
        assert (without in digits(lead)) or not without
        shapes |= {shape(each) for each in re.split(r"(?<=[^#]\.) |\. ", f"{heading}. {lead}")}
    assert len(shapes - {""}) >= 18, sorted(shapes)
    if language == "en":
        assert {
            "What came of it",
            "All # governments have reported",
            "The government has reported",
            "The government has not reported yet",
            "No government has reported yet",
            "# of # governments has reported",
            "# of # governments have reported",
            "X has not, and its organisations see no progress",
            "XX have not, and their organisations see no progress",
            "# have not, and their organisations see no progress",
            "X reports more progress than its organisations see",
            "XX report more progress than their organisations see",
            "What X reports differs from what its organisations see",
            "What XX report differs from what their organisations see",
            "What X reports agrees with what its organisations see",
            "What XX report agrees with what their organisations see",
            "The organisations of X see no progress",
        } <= {each.strip(".") for each in shapes}, sorted(shapes)


@for_each("language", LANGUAGES)
def test_the_headings_count_what_stands_below_them(pages: Flask, language: str) -> None:
    shapes: set[str] = set()
    for found in in_language(pages, language):
        news = figures.news(found)
        heard, whole = sum(any(here) for here in by_state(found).values()), len(news.states)
        title = words("states_title", news)
        assert set(digits(title)) == ({heard, whole} if heard and whole > 1 else set())
        answered = sum(any(map(kinds, each.standings)) for each in found)
        assert answered == sum(each.has_news for each in found)
        listed = words("list_title", answered, len(found) - answered)
        assert set(digits(listed)) == (
            set() if len(found) == 1 else {answered, len(found)} if answered else {len(found)}
        )
        assert max(len(title), len(listed)) <= LONGEST
        shapes |= {shape(title), shape(listed)}
    assert len(shapes) >= 10, sorted(shapes)


@for_each("language", LANGUAGES)
def test_what_is_said_of_a_state_is_its_line(pages: Flask, language: str) -> None:
    shapes: set[str] = set()
    for found in in_language(pages, language):
        told = by_state(found)
        for line in figures.news(found).told:
            here = [each for each in told[line.country] if each]
            sentence, counts = words("state", line), words("counts", line)
            reported = sum(each in REPORTS for each in here)
            assert digits(counts)[0] == len(told[line.country]) == sum(digits(counts)[1:])
            shapes.add(shape(sentence))
            said_figures = digits(re.sub("“.*?”|«.*?»", "", sentence))
            if not reported:
                stalled = here.count("no start")
                assert said_figures == ([] if here == ["no start"] else [stalled or len(here)])
            else:
                other = sum(each in {"less", "other"} for each in here)
                same = here.count("same")
                assert said_figures == [
                    reported,
                    *([other] if other else [same] if 0 < same < reported else []),
                ]
            bar = get_template_attribute("follow_up/words.html", "bar")(line)
            assert bar.count("<i ") == len(told[line.country])
            assert bar.count('"rep') == reported
    assert len(shapes) == 8, sorted(shapes)


@for_each("language", LANGUAGES)
def test_each_addressee_with_news_is_named_once(pages: Flask, language: str) -> None:
    shapes: set[str] = set()
    for found in in_language(pages, language):
        for each in found:
            if each.has_news:
                sentence = words("became", each).replace("&lt;", "<").replace("&gt;", ">")
                heard = sorted(str(local(one.name)) for one in each.standings if kinds(one))
                assert sorted(re.findall(r"<\w+>", sentence)) == heard
                assert sentence.endswith(".")
                assert not sentence.endswith("..")
                shapes |= {
                    re.sub(r"<\w+>((, <\w+>)* (and|e|y) <\w+>)", "XX", part)
                    for part in sentence[:-1].split("; ")
                }
    told = {re.sub(r"<\w+>", "X", each) for each in shapes}
    assert len(told) == 12, sorted(told)


@for_each("language", LANGUAGES)
def test_the_objective_that_comes_up_most_is_alone(pages: Flask, language: str) -> None:
    for found in in_language(pages, language):
        counts = [
            sum(column) for column in zip(*(counts for _year, counts in figures.strip(found)), strict=True)
        ]
        if counts:
            title = words("objectives_title", counts, catalogue.objectives_by_number())
            first = [number for number, count in enumerate(counts, 1) if count == max(counts)]
            assert digits(title) == (first if len(first) == 1 else [23])
            assert len(title) <= LONGEST
