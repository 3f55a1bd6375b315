"""What everybody sees of the follow-up: pages, sentences from figures, files, lines about themes."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.models import Organisation
from consulta.platform.work import COMMAND, Bench
from consulta.rounds.values import ThemeLine
from consulta.sessions.follow_up import export, figures, writing
from consulta.sessions.follow_up.values import (
    REPORTED,
    SEEN,
    SessionLine,
    Source,
)
from consulta.sessions.pages import follow_up_words
from tests.factories import moment
from tests.sessions.follow_up.held import KEY, followed_session
from tests.sessions.follow_up.test_reports import answered, report
from tests.texts import both
from tests.vote.test_vote import Page

if TYPE_CHECKING:
    from flask import Flask

    from tests.benches import Visitor

START = moment()
SESSION = SessionLine("2027-1", Text(), Text(), START, "America/Panama", "2027-05-20", False, 1)


@pytest.fixture
def told(bench: Bench) -> tuple[str, str]:
    """Two recommendations; Peru reports on the first, an organisation of Peru sees it otherwise."""
    first, second = followed_session(bench)
    now = moment()
    with bench.work(COMMAND, now) as work:
        member = work.session.query(Organisation).filter_by(name="Red de Lima").one().id
    report(bench, now, first, REPORTED, "PE", answered("under_way", text="Hay un proyecto <b>."))
    source = Source("staff", "mail", organisation_id=member)
    report(bench, now, first, SEEN, "PE", answered("not_begun", text="No lo vemos."), source=source)
    return first, second


def test_one_page_has_both_sides_and_the_ways_back(told: tuple[str, str], visitor: Visitor) -> None:
    lang = "en"
    page = Page(visitor.get(f"/{lang}/follow-up/{told[0]}"))
    assert "Hay un proyecto <b>." in page.text
    assert "No lo vemos." in page.text
    assert "Red de Lima" in page.text
    links = page.links()
    for part in ("result", "factsheet", "verify", "result/figures", "follow-up"):
        assert any(re.search(rf"/rounds/{KEY}/{part}$", each) for each in links), (part, links)
    silent = len(catalogue.countries()) - 1
    assert str(silent) in page.text  # States that have not reported
    assert "Brazil" in page.text


def test_they_are_found_by_country_objective_and_kind(told: tuple[str, str], visitor: Visitor) -> None:
    first, second = told
    for address, expected in (
        ("", {first, second}),
        ("?country=PE", {first, second}),
        ("?country=BR", {first}),
        ("?objective=7", {first, second}),
        ("?objective=1.7", {first, second}),
        ("?objective=23", set()),
        ("?kind=challenge", set()),
        ("?country=XX&kind=none&objective=x&by=nothing", {first, second}),
        (f"?session={KEY}", {first, second}),
    ):
        page = visitor.get(f"/es/follow-up{address}").text
        assert {each for each in told if f"/follow-up/{each}" in page} == expected, address
    assert first in visitor.get(f"/es/rounds/{KEY}/follow-up").text
    assert visitor.get("/es/rounds/nothing/follow-up").status_code == 404
    assert visitor.get("/es/follow-up/2027-R9").status_code == 404
    (state,) = [
        each for each in Page(visitor.get("/es/follow-up")).links() if each.endswith("?country=PE#list")
    ]
    assert {each for each in told if f"/follow-up/{each}" in visitor.get(state).text} == {first, second}


def test_what_is_only_a_draft_is_not_public(told: tuple[str, str], bench: Bench, visitor: Visitor) -> None:
    del told
    with bench.work(COMMAND, moment()) as work:
        writing.add(work, KEY, writing.Written("recommendation", both("Secreto aún.", "Secret yet.")))
    for address in ("follow-up", f"rounds/{KEY}/follow-up", "follow-up.csv", "follow-up.json"):
        assert "Secreto" not in visitor.get(f"/es/{address}").text


def test_files_say_what_the_page_says(told: tuple[str, str], visitor: Visitor) -> None:
    rows = list(csv.DictReader(io.StringIO(visitor.get("/es/follow-up.csv").data.decode("utf-8-sig"))))
    assert tuple(rows[0]) == export.COLUMNS
    assert [(each["reference"], each["addressee"]) for each in rows] == [
        (told[0], "PE"),
        (told[1], "PE"),
        (told[1], "I1"),
    ]
    first = rows[0]
    assert (first["status_reported"], first["status_seen"]) == ("under_way", "not_begun")
    assert first["objectives"] == "7;8"
    assert first["address"].endswith(f"/es/follow-up/{told[0]}")
    kept = json.loads(visitor.get("/es/follow-up.json").data)
    assert kept["format"] == export.FORMAT
    found = {each["reference"]: each for each in kept["recommendations"]}
    assert found[told[0]]["text"] == {"es": "Recomendación 1.", "en": "Recommendation 1."}
    (standing,) = found[told[0]]["standings"]
    assert [each["step"] for each in standing["reports"]] == ["under_way", "not_begun"]
    assert visitor.get("/es/follow-up.xlsx").data.startswith(b"PK")
    only = visitor.get("/es/follow-up.csv?country=BR").data.decode("utf-8-sig")
    assert told[1] not in only


def test_names_of_organisations_are_public_only_where_the_roll_is(
    told: tuple[str, str], visitor: Visitor, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    from consulta.sessions.public import follow_up  # noqa: PLC0415 - what is patched

    monkeypatch.setattr(follow_up, "_names_are_public", lambda: False)
    for address in (f"follow-up/{told[0]}", "follow-up.csv", "follow-up.json"):
        text = visitor.get(f"/es/{address}").text
        assert "Red de Lima" not in text, address
        assert "No lo vemos." in text, address


def theme(key: str, *objectives: int) -> ThemeLine:
    return ThemeLine(key=key, title=both("a", "a"), description=Text(), objectives=objectives, backing={})


def test_a_theme_says_what_became_of_earlier_recommendations(app: Flask) -> None:
    brief = figures.Brief(frozenset({7, 8}), False, START, True, False)
    other = figures.Brief(frozenset({1}), True, START, True, True)
    listed = (theme("a", 7, 9), theme("b", 1), theme("c", 2))
    with app.test_request_context("/es/follow-up"):
        app.preprocess_request()
        lines = follow_up_words.became((brief, other), listed, example=False)
        assert list(lines) == ["a"]
        assert lines["a"][0] == ("1 recomendación anterior sobre sus objetivos: 1 con respuesta, 0 en marcha")
        assert lines["a"][1].endswith("follow-up?kind=recommendation&objective=7.9")
        assert list(follow_up_words.became((brief, other), listed, example=True)) == ["b"]
        before = START - timedelta(days=1)
        assert follow_up_words.became((brief, other), listed, example=False, before=before) == {}
