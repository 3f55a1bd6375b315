"""The rail beside the pages of a round: how far each stage is, and where its pages lead, in every state."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from consulta.rounds.pages import rail
from tests.cases import for_each
from tests.deep import DEEP
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
# Standing of Preparar, Proponer, Votar, Resultado, Panel, Invitar, Sesión, Seguimiento in each state:
# d(one), n(ow), o(pen), l(ocked), a(bsent).
STANDINGS = {
    "draft_without_themes": "noolllol",
    "draft_ready": "noolllol",
    "proposing": "nnolllol",
    "proposed": "nnolllol",
    "opened": "donlllol",
    "over": "danlllol",
    "closed": "dadnllol",
    "counted": "dadnnlol",
    "public": "daddnlnl",
    "panel_chosen": "dadnnool",
    "panel_hidden": "daddnnnl",
    "session_set": "daddnnno",
    "asked": "daddnnno",
    "answered": "daddndno",
    "shown": "daddddno",
    "chosen_again": "daddndno",
    "session_cancelled": "daddddnl",
    "session_over": "dadddddn",
    "factsheet_public": "dadddddd",
    "cancelled": "dadaaaaa",
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
    assert [each.get("class") for each in way] == [WORDS[letter] for letter in letters]


@pytest.mark.deep
@pytest.mark.parametrize("state", [each[0] for each in STATES], ids=list(BY_NAME))
def test_every_page_of_the_rail_can_be_opened_and_shows_the_rail_again(
    bench: Bench, staff_visitor: Visitor, state: Callable[[Bench], None]
) -> None:
    """`make test` opens every page, and reads one of three."""
    state(bench)
    links = of(Page(staff_visitor.get(ROUND)), "rail")
    assert len(links) == len(set(links)) >= 5
    if f"{ROUND}/reopen" in links:  # that way is gone once a page shows the result
        assert staff_visitor.get(f"{ROUND}/reopen").status_code == 200
        shown = staff_visitor.get(f"{ROUND}/result").text
        links = of(Page(staff_visitor.get(ROUND)), "rail")
        assert (f"{ROUND}/reopen" not in links) == ('class="answer' in shown), "unless none was shown"
    first = [each[0] for each in STATES].index(state)
    for at, link in enumerate(links, first):
        if not DEEP and at % 3:
            assert staff_visitor.client.get(link).status_code == 200, link
            continue
        answer = staff_visitor.get(link)
        assert answer.status_code == 200, link
        if "/secretariat/" in link and not link.endswith("/paper"):  # sheets to print, and nothing else
            page = Page(answer)
            due = of(page, "due", "p")  # the next step, where it is another page: in the bar, and in the rail
            assert due == due[:1] * 2 != [link] * 2
            assert of(page, "rail") == [*links[:1], *due[1:], *links[1:]], "the same rail on every page"
            here = [each for each in page.root.iter(f"{HTML}a") if each.get("aria-current") == "page"]
            assert link in [each.get("href") for each in here], "the page that is shown is marked"


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
    opened = staff_visitor.get(f"{ROUND}/nominations-until").text
    assert 'name="until"' in opened
    change_round(bench, state="closed", closed_at=moment(), opened_at=moment() - timedelta(days=1))
    closed = staff_visitor.get(f"{ROUND}/nominations-until").text
    assert 'name="until"' not in closed
    assert "ya no pueden proponer" in closed
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
