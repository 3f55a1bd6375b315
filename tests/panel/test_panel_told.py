"""What the panel's pages tell beside its people: reserves, memory, whose voters see somebody they named."""

from __future__ import annotations

import html
import json
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import select

from consulta.panel import invitations, public_panel, public_parts
from consulta.panel import service as panels
from consulta.panel.values import HeldDate, MemoryTold, Seen
from consulta.platform import documents
from consulta.platform.models import Nominee, Round
from consulta.platform.web.language import speaking
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from tests.cases import for_each
from tests.factories import moment
from tests.panel.words import in_words
from tests.results.test_results import KEY, closed_round
from tests.results.test_results_pages import DESK, PANEL

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

RULES = f"{DESK}/panel/rules"
LOOSE = {name: value for name, value in PANEL.items() if not name.startswith(("quotas", "shares"))}


@pytest.fixture
def desk(bench: Bench, staff_visitor: Visitor) -> Visitor:
    """A counted round of nine votes; n01 and n03 are endorsed, n01 sat on both of the last panels."""
    with bench.work(COMMAND, moment()) as work:
        closed_round(work.session)
        work.session.flush()
        for each in work.session.scalars(select(Nominee)):
            each.support, each.recent = None, 2 if each.key == "n01" else 0
        work.session.flush()
        results.count(work, KEY)
    return staff_visitor


def text(visitor: Visitor, url: str) -> str:
    answer = visitor.get(url)
    assert answer.status_code == 200, url
    return html.unescape(answer.text)


def part(page: str, name: str) -> str:
    return page.split(f'id="{name}"')[1].split("</section>", maxsplit=1)[0]


def kept(bench: Bench) -> dict[str, Any]:
    with bench.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
        document = documents.find(work.session, found.id, "panel")
        assert document is not None
        content: dict[str, Any] = json.loads(document.content)
    return content


def test_the_desk_asks_some_to_hold_the_date_and_gives_a_letter_and_a_list(
    bench: Bench, desk: Visitor
) -> None:
    desk.submit(RULES, LOOSE)
    told = kept(bench)["panel"]["reserves"]
    page = text(desk, f"/en/secretariat/rounds/{KEY}/panel")
    section = part(page, "reserves")
    assert "Ask these 2 people to save the date" in section, "only two are not on the panel"
    assert len(told["people"]) == 2
    for key in told["people"]:
        assert f"Persona {key}" in section
    assert f"in {told['one']} of 3 cases" in section
    assert f"in {told['two']} of 3 cases" in section
    assert "Text of the letter in Spanish" in section
    assert "We will tell you" not in section, "the letter is in the language of its readers"
    assert "Todavía no es una invitación" in section
    answer = desk.submit(
        f"{DESK}/invitations/lists",
        {"purpose": "own", "answer": "reserves", "columns": ["name", "email"], "kind": "csv"},
        to=f"{DESK}/invitations",
    )
    assert answer.status_code == 200, answer.text
    listed = answer.get_data(as_text=True)
    assert {key for key in ("n01", "n02", "n03", "n04", "n05") if f"Persona {key}" in listed} == {
        *told["people"]
    }
    refused = desk.submit(
        f"{DESK}/invitations/lists",
        {"purpose": "governments", "answer": "reserves", "kind": "csv"},
        to=f"{DESK}/invitations",
    )
    assert refused.status_code == 422, "nobody else reads who may come in another's place"


@for_each("memory", ["0", "5", "100"])
def test_the_desk_says_what_memory_changed(bench: Bench, desk: Visitor, memory: str) -> None:
    desk.submit(RULES, LOOSE | {"memory": memory})
    told, section = kept(bench), part(text(desk, f"/en/secretariat/rounds/{KEY}/panel"), "compared")
    found = re.search(r"were on the last two panels: (\d+)\. Without the rules' memory: (\d+)\.", section)
    assert (found is None) == (memory == "0")
    if found:
        with_it, without = map(int, found.groups())
        assert with_it == told["panel"]["recent"]
        assert without == told["compared"]["without_memory"]["recent"] >= with_it
        percent = re.search(r"It has (\d+)% of the possible support", section)
        assert percent is not None
        assert int(percent[1]) == 100 * told["panel"]["support"] // told["panel"]["most_support"]
    if memory == "100":
        assert "n01" not in told["panel"]["members"], "who sat on both panels makes room"
        assert found is not None
        assert found.groups() == ("0", "2")


def test_whose_voters_see_somebody_they_named(bench: Bench, desk: Visitor) -> None:
    """Counted ballot by ballot of the bundle: odd ones name n01, even ones n03."""
    desk.submit(RULES, LOOSE)
    for members in [["n01"], ["n03"], ["n02"], ["n01", "n03"]]:
        with bench.read(COMMAND, moment()) as work:
            found = work.session.scalars(select(Round).where(Round.key == KEY)).one()
            told = public_parts.seen_by(work, found, members)
            result, bundle = (
                json.loads(document.content)
                for kind in ("result", "bundle")
                if (document := documents.find(work.session, found.id, kind))
            )
        assert len(kept(bench)["seen_by"]) == len(told) == 5
        seats = {seat["seat"]: seat for seat in bundle["seats"]}
        micro = {
            tuple(sorted(each["categories"].items())): each["micro"] for each in result["weights"]["cells"]
        }
        for each in told:
            worth = []
            for ballot in bundle["ballots"]:
                categories = seats[ballot["seat"]]["categories"]
                if categories[each.dimension] == each.category:
                    cell = tuple((name, categories[name]) for name in ("sector", "subregion"))
                    worth.append((micro[cell], not {*members}.isdisjoint(ballot["endorsements"])))
            whole = sum(value for value, _ in worth)
            assert each.share == Fraction(sum(value for value, names in worth if names), whole)
            assert each.heaviest == Fraction(max(value for value, _ in worth), whole)
            assert each.ballots == len(worth)


def test_the_first_sentences_are_short_and_true(bench: Bench, desk: Visitor, visitor: Visitor) -> None:
    desk.submit(RULES, PANEL)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    with bench.read(ANONYMOUS, moment()) as work:
        view = public_panel.published_panel(work, KEY)
    for lang in ("es", "en"):
        page = text(visitor, f"/{lang}/rounds/{KEY}/panel")
        first = re.sub(r"<[^>]+>", "", page.split('<h1 class="answer">')[1].split("</h1>")[0]).strip()
        assert len(first.split()) <= 25, first
        assert first.startswith({"es": "Tres personas", "en": "Three people"}[lang])
        assert len(view.seats) == 3
        at_desk = (
            text(desk, f"/{lang}/secretariat/rounds/{KEY}/panel")
            .split('<p class="lead">')[1]
            .split("</p>")[0]
        )
        assert len(at_desk.split()) <= 25, at_desk


# -- sentences made from figures, on random figures


def seen(luck: np.random.Generator, number: int) -> Seen:
    ballots = int(luck.integers(1, 30))
    return Seen(
        ["subregion", "sector"][number % 2],
        ["caribbean", "ngo", "south_america", "academia"][number % 4],
        ballots,
        Fraction(int(luck.integers(0, 1001)), 1000),
        Fraction(1, int(luck.integers(1, ballots + 1))),
    )


def test_groups_are_told_without_small_ones_and_to_everybody_in_tens(app: Flask) -> None:
    for number in range(40):
        luck = np.random.default_rng(number)
        groups = [seen(luck, place) for place in range(4)]
        small = int(luck.integers(0, 8))
        at_desk = {(each.dimension, each.key): each for each in public_parts.for_desk(groups, small)}
        public = {(each.dimension, each.key): each for each in public_parts.for_everybody(groups, small)}
        for group in groups:
            place = group.dimension, group.category
            assert (place in at_desk) == (group.ballots >= max(small, 1))
            assert (place in public) == (
                group.ballots >= 2 * max(small, 1) and group.heaviest <= Fraction(1, 2)
            )
            if place in at_desk:
                assert abs(at_desk[place].percent - 100 * group.share) <= Fraction(1, 2)
            if place in public:
                percent = public[place].percent
                assert percent % 10 == 0
                with app.test_request_context("/en/"), speaking("en"):
                    said = in_words("seen", public[place])
                if percent in {10, 90}:
                    assert ("at most" if percent == 10 else "at least") in said
                    assert (
                        group.share <= Fraction(15, 100)
                        if percent == 10
                        else group.share >= Fraction(85, 100)
                    )
                else:
                    assert "about" in said
                    assert abs(percent - 100 * group.share) <= 5


def test_sentences_of_reserves_and_memory_say_their_figures(app: Flask) -> None:
    for number in range(30):
        luck = np.random.default_rng(number)
        members = int(luck.integers(1, 12))
        pairs = members * (members - 1) // 2
        one, two = int(luck.integers(0, members + 1)), int(luck.integers(0, pairs + 1))
        told = HeldDate((), one, None if number % 5 == 0 else two, members)
        remembered = MemoryTold(
            int(luck.integers(9)), int(luck.integers(9)), None if number % 7 == 0 else number
        )
        for lang in ("es", "en"):
            with app.test_request_context(f"/{lang}/"), speaking(lang):
                said = [int(each) for each in re.findall(r"\d+", in_words("reserves", told))]
                memory = [int(each) for each in re.findall(r"\d+", in_words("memory", remembered))]
            assert said == [one, members, *([two, pairs] if told.two is not None and pairs else [])]
            percent = [] if remembered.percent is None else [remembered.percent]
            assert memory == [remembered.recent, remembered.without, *percent]


def test_everybody_reads_it_once_all_are_named_and_not_where_votes_are_totals() -> None:
    for secrecy, all_named, told in [
        ("open", True, True),
        ("pseudonymous", True, True),
        ("pseudonymous", False, False),
        ("aggregate", True, False),
    ]:
        assert public_parts.are_told(secrecy, all_named=all_named) is told


def test_the_public_page_tells_it_once_everybody_is_named(
    bench: Bench, desk: Visitor, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.submit(RULES, LOOSE)
    with bench.work(COMMAND, moment()) as work:
        results.publish(work, KEY)
        panels.publish_panel(work, KEY)
    page = f"/en/rounds/{KEY}/panel"
    assert "Groups whose vote named someone on the panel" not in text(visitor, page), "nobody is named yet"
    with bench.work(COMMAND, moment()) as work:
        work.session.scalars(select(Round).where(Round.key == KEY)).one().secrecy = "pseudonymous"
        invitations.take_over(work, KEY)
        for each in invitations.page(work, KEY).guests:
            invitations.mark(work, KEY, each.id, "accepted", "")
        for nominee in work.session.scalars(select(Nominee)):
            nominee.consent_governments = True
        work.session.flush()
        panels.publish_panel(work, KEY)
    named = text(visitor, page)
    assert "Groups whose vote named someone on the panel" not in named, (
        "of nine votes no group is large enough"
    )
    with monkeypatch.context() as patch:
        patch.setattr(
            public_parts, "for_everybody", lambda seen_by, _small: public_parts.for_desk(seen_by, 1)
        )
        shown = part(text(visitor, page), "seen")
    assert re.search(r"about \d+%|at least|at most", shown)
