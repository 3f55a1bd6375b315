"""The rail beside the pages of a round: how far each stage is, and where its pages lead, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.rounds.pages import rail
from consulta.shell.site import navigation
from tests.cases import for_each
from tests.desk.test_guidance import STATES
from tests.desk.test_rounds import ROUND
from tests.factories import moment
from tests.polling import change_round
from tests.views import ROUTES
from tests.vote.test_vote import HTML, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

BY_NAME = {each[0].__name__: each[0] for each in STATES}
# Standing of Preparar, Proponer, Votar, Resultado, Panel, Sesión in each state:
# d(one), n(ow), o(pen), l(ocked), a(bsent).
STANDINGS = {
    "draft_without_themes": "noollo",
    "draft_ready": "noollo",
    "proposing": "nnollo",
    "proposed": "nnollo",
    "opened": "donllo",
    "over": "danllo",
    "closed": "dadnlo",
    "counted": "dadnno",
    "public": "daddnn",
    "panel_chosen": "dadnno",
    "panel_hidden": "daddnn",
    "session_set": "daddnn",
    "asked": "daddnn",
    "answered": "daddnn",
    "shown": "dadddn",
    "chosen_again": "daddnn",
    "session_cancelled": "dadddn",
    "session_over": "dadddn",
    "factsheet_public": "dadddd",
    "cancelled": "dadaaa",
}
WORDS = {"d": "done", "n": "now", "o": "open", "l": "locked", "a": "absent"}


def of(page: Page, name: str, tag: str = "nav") -> list[str]:
    """Return the addresses of the links in each element of this class, in their order."""
    found = [each for each in page.root.iter(f"{HTML}{tag}") if name in (each.get("class") or "").split()]
    return [link.get("href", "") for each in found for link in each.iter(f"{HTML}a")]


@for_each("state, letters", STANDINGS.items(), fresh=True)
def test_each_stage_stands_where_the_round_is(
    bench: Bench, staff_visitor: Visitor, state: Any, letters: Any
) -> None:
    BY_NAME[state](bench)
    page = Page(staff_visitor.get(ROUND))
    way = next(each for each in page.root.iter(f"{HTML}ol") if each.get("class") == "way")
    assert [each.get("class") for each in way] == ["open here", *(WORDS[letter] for letter in letters)]


@pytest.mark.deep
@pytest.mark.parametrize("state", [each[0] for each in STATES], ids=list(BY_NAME))
def test_every_page_of_the_rail_can_be_opened_and_is_marked_there(
    bench: Bench, staff_visitor: Visitor, state: Callable[[Bench], None]
) -> None:
    """From the overview on, all that the rail of a page leads to, until nothing is new."""
    state(bench)
    waiting, opened = [ROUND], set[str]()
    if f"{ROUND}/reopen" in staff_visitor.get(ROUND).text:  # gone once a page shows the result
        waiting.append(f"{ROUND}/reopen")
    while waiting:
        link = waiting.pop()
        if link in opened:
            continue
        opened.add(link)
        answer = staff_visitor.get(link)
        assert answer.status_code == 200, link
        if "/secretariat/" in link and not link.endswith("/paper"):  # sheets to print, and nothing else
            page = Page(answer)
            due = of(page, "due", "p")  # the next step, where it is another page: in the bar, and in the rail
            assert due == due[:1] * 2 != [link] * 2
            here = [each for each in page.root.iter(f"{HTML}a") if each.get("aria-current") == "page"]
            assert link in [each.get("href") for each in here], "the page that is shown is marked"
            assert in_sight(page) <= 30, link
            waiting += [each for each in of(page, "rail") if each not in {*opened, *due}]
    assert len(opened) >= 5


def in_sight(page: Page) -> int:
    """Return how many links a wide screen shows before anything is unfolded, but for tables."""
    hidden = [
        *(each for each in page.root.iter() if "popover" in each.attrib and each.get("id") != "rail"),
        *(each for each in page.root.iter(f"{HTML}details") if "open" not in each.attrib),
        *(each for each in page.root.iter() if each.get("class") in {"stagebar", "skip"}),
        *page.root.iter(f"{HTML}table"),
    ]
    out = {link for each in hidden for link in each.iter(f"{HTML}a")}
    return len([link for link in page.root.iter(f"{HTML}a") if link not in out])


def test_the_desk_has_at_most_24_places() -> None:
    """Home, the overview of a round, what its rail names, *More*, and the places beside the rounds."""
    places = sum(len(stage.pages) for stage in rail.STAGES)
    assert len(navigation.DESK_LINES) + 1 + places + 1 <= 24


# Files, sheets to print, the round itself, and pages that a list outside of the round leads to.
BESIDE = frozenset(
    {
        *(
            "answers_file",
            "attendance_template",
            "nominees_template",
            "paper_file",
            "record",
            "seat_paper_file",
        ),
        *(
            "result_card",
            "result_chart",
            "result_letter",
            "factsheet_draft",
            "minutes_draft",
            "session_entry",
        ),
        *("filed_html", "invitation_letters", "assisted_reasons", "round_page"),
        *("invite_institution", "write_members"),
    }
)


def test_what_is_no_longer_possible_says_so(bench: Bench, staff_visitor: Visitor) -> None:
    """Pages of a stage that is over are read: no form that would be refused."""
    BY_NAME["proposed"](bench)
    opened = staff_visitor.get(f"{ROUND}/proposing/phase").text
    assert 'name="closes"' in opened
    change_round(bench, state="closed", closed_at=moment(), opened_at=moment() - timedelta(days=1))
    closed = staff_visitor.get(f"{ROUND}/proposing/phase").text
    assert 'name="closes"' not in closed
    assert "la votación ya terminó" in closed
    assert "Anotar la sesión" in staff_visitor.get(f"{ROUND}/attendance").text


@pytest.mark.gate
def test_every_page_of_a_round_at_the_desk_belongs_to_a_place_of_the_rail(app: Flask) -> None:
    assert {place.endpoint for place in rail.places()} - set(ROUTES) == set()
    rules = {
        rule.endpoint.removeprefix("secretariat."): rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint.startswith("secretariat.")
        and "key" in rule.arguments
        and "GET" in (rule.methods or ())
    }
    with app.test_request_context():
        homeless = {name for name, rule in rules.items() if rail.home_of(rule) is None}
    assert homeless == BESIDE & homeless, "`also` of a place of the rail has to name where these lie"


def test_pages_of_no_round_and_of_no_desk_have_no_rail(bench: Bench, staff_visitor: Visitor) -> None:
    BY_NAME["public"](bench)
    for path in (
        "/es/secretariat/",
        "/es/secretariat/members",
        "/es/secretariat/rounds/none",
        "/es/rounds/r-1",
    ):
        assert 'id="rail"' not in staff_visitor.get(path).text
