"""The home page: its figures are those of the rounds, its plot those of the result, its steps true."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from consulta.platform.web import charts
from consulta.results import page as results
from consulta.results.pages.slides import FIRST_THEMES
from consulta.rounds.values import HomeView
from consulta.shell.public.home import lead_of, steps_done, steps_now
from tests.apps import app_over
from tests.benches import Visitor
from tests.cases import for_each
from tests.drafts import make_open, reading
from tests.shell.site.test_parts import leave_unused

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Demo


def test_an_empty_house_says_that_nothing_is_open(visitor: Visitor) -> None:
    page = visitor.get("/es/").text
    assert "Ahora no hay ninguna votación abierta" in page
    assert 'class="now"' not in page
    assert 'class="tally"' not in page


def test_an_open_round_is_asked_with_its_days(bench: Bench, visitor: Visitor) -> None:
    key = make_open(bench)
    page = visitor.get("/es/").text
    assert f'/es/rounds/{key}"' in page
    steps = re.findall(r'<li class="now"><h3>(.*?)</h3>', page)
    assert steps == ["Voto"]


def test_the_last_answer_is_the_newest_result(demo: Demo, settings: Settings) -> None:
    bench = demo.bench(settings)
    page = Visitor(app_over(settings, bench).test_client()).get("/es/").text
    with reading(bench) as work:
        result = results.published_page(work, "ejemplo-4")
    shown = re.findall(r'<span class="score">(\d+)<span class="vh">; sin ponderar: (\d+)', page)
    assert [(int(a), int(b)) for a, b in shown] == [
        (round(t.score * 100), round(t.unweighted_score * 100)) for t in result.themes[:FIRST_THEMES]
    ]
    assert f"Votaron {result.ballots} de {result.card.seats} organizaciones." in page
    assert result.topics[0].title["es"] in page
    bench.engine.dispose()


def test_what_goes_on_comes_first_then_what_was_chosen_then_what_came_of_it(
    demo: Demo, settings: Settings
) -> None:
    bench = demo.bench(settings)
    app = app_over(settings, bench)
    visitor = Visitor(app.test_client())
    page = visitor.get("/en/").text
    places = [
        page.index(f'id="{name}"') for name in ("open-1", "last", "after", "series", "cycle", "contact")
    ]
    assert places == sorted(places)
    assert "<title>Permanent Dialogue Mechanism (EXAMPLE) · Civil society of" in page
    assert "The Southern Bridge Foundation (EXAMPLE) runs the Mechanism" in page
    headline = re.search(r'<h2 id="after">(.*?)</h2>', page)
    assert headline is not None
    whole = visitor.get("/en/follow-up").text
    for part in re.findall(r"\d+ of \d+ governments", headline[1]):
        assert part in whole
    (current,) = re.findall(r'<a href="/en/follow-up" aria-current="page">(.*?)</a>', whole)
    assert current == "What came of it"
    bench.engine.dispose()


def test_a_house_that_does_not_follow_up_has_no_line_that_leads_there(
    bench: Bench, app: Flask, visitor: Visitor
) -> None:
    assert 'href="/es/follow-up"' in visitor.get("/es/").text
    leave_unused(bench, app, "follow_up")
    assert "/follow-up" not in visitor.get("/es/").text


@for_each(
    "scores, topics, lead",
    [
        ((0.52, 0.47), 1, 5),
        ((0.524, 0.516), 1, 0),
        ((0.525, 0.515), 1, 0),
        ((0.5251, 0.5149), 1, 2),
        ((0.6, 0.5, 0.4), 2, None),
        ((None, None), 1, None),
        ((0.5,), 1, None),
    ],
)
def test_the_lead_is_the_difference_of_the_scores_that_are_shown(
    scores: tuple[float | None, ...], topics: int, lead: int | None
) -> None:
    themes = [SimpleNamespace(key=str(number), score=score) for number, score in enumerate(scores)]
    view: Any = SimpleNamespace(themes=themes, topics=themes[:topics])
    assert lead_of(view) == lead
    view.topics = themes[1:2]
    assert lead_of(view) is None


@for_each(
    "states, known, steps",
    [
        ({}, {}, set()),
        ({"open": 1}, {"proposing": True}, {"propose", "vote"}),
        ({"open": 1}, {}, {"vote"}),
        ({"closed": 1}, {}, {"result"}),
        ({"published": 1}, {}, set()),
        ({"published": 1}, {"has_nominees": True}, {"panel"}),
        ({"published": 1, "panel": True}, {"has_nominees": True}, {"session"}),
        ({"published": 1, "panel": True}, {"has_nominees": True, "session_over": True}, {"follow"}),
        ({"open": 1, "published": 1}, {"has_nominees": True}, {"vote", "panel"}),
    ],
)
def test_the_steps_under_way(states: dict[str, Any], known: dict[str, bool], steps: set[str]) -> None:
    def cards(state: str) -> tuple[Any, ...]:
        return tuple(
            SimpleNamespace(has_panel=states.get("panel", False)) for _ in range(states.get(state, 0))
        )

    view = HomeView(cards("open"), cards("closed"), cards("published"))
    every = {"proposing": False, "has_nominees": False, "session_over": False, **known}
    assert steps_now(view, **every) == steps


def test_without_a_score_there_is_no_plot() -> None:
    assert charts.dots([]) is None
    assert charts.dots([("a", 0.5, 0.4), ("b", None, None)]) is None


@for_each(
    "state, more, done",
    [
        ("open", {}, set()),
        ("open", {"nominees": 3}, {"propose"}),
        ("open", {"nominees": 3, "nominations_until": "later"}, set()),
        ("closed", {"nominees": 3}, {"propose", "vote"}),
        ("published", {}, {"vote", "result"}),
        ("published", {"nominees": 3, "panel": True}, {"propose", "vote", "result", "panel"}),
        ("published", {"panel": True, "over": True}, {"vote", "result", "panel", "session"}),
    ],
)
def test_the_steps_of_a_round_that_are_over(state: str, more: dict[str, Any], done: set[str]) -> None:
    view: Any = SimpleNamespace(
        card=SimpleNamespace(state=state, has_panel=more.get("panel", False)),
        nominees=more.get("nominees", 0),
        nominations_until=more.get("nominations_until"),
    )
    assert steps_done(view, session_over=more.get("over", False)) == done
