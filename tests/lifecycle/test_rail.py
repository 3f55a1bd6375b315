"""The rail beside the pages of a round: how far each stage is, and where its pages lead, in every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.rounds.pages import rail
from consulta.web.routes import ROUTES
from tests.depth import quick
from tests.lifecycle.test_guidance import STATES
from tests.lifecycle.test_rounds import ROUND
from tests.voting.test_vote import HTML, Page

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.work import Bench
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
    "cancelled": "daaaaaaa",
}
WORDS = {"d": "done", "n": "now", "o": "open", "l": "locked", "a": "absent"}


def of(page: Page, name: str, tag: str = "nav") -> list[str]:
    """Return the addresses of the links in each element of this class, in their order."""
    found = [each for each in page.root.iter(f"{HTML}{tag}") if name in (each.get("class") or "").split()]
    return [link.get("href", "") for each in found for link in each.iter(f"{HTML}a")]


@pytest.mark.parametrize("state", STANDINGS)
def test_each_stage_stands_where_the_round_is(bench: Bench, staff_visitor: Visitor, state: str) -> None:
    BY_NAME[state](bench)
    page = Page(staff_visitor.get(ROUND))
    way = next(each for each in page.root.iter(f"{HTML}ol") if each.get("class") == "way")
    assert [each.get("class") for each in way] == [WORDS[letter] for letter in STANDINGS[state]]


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
        if quick() and at % 3:
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


def test_the_rail_declares_pages_that_exist_each_once() -> None:
    stages = [stage.pages for stage in rail.STAGES]
    assert len(stages) == 8
    places = [place for pages in (*stages, rail.REST) for place in pages]
    named = [
        name for place in places for name in (place.endpoint, *(f"secretariat.{each}" for each in place.also))
    ]
    assert set(named) <= set(ROUTES)
    # Closing stands below the deadline, alone once that is past; previews are of a draft, later of its file.
    twice = {f"secretariat.{name}" for name in ("closing", "check", "ballot_preview", "mail_preview")}
    assert {name for name in named if named.count(name) > 1} <= twice


def test_pages_of_no_round_and_of_no_desk_have_no_rail(bench: Bench, staff_visitor: Visitor) -> None:
    BY_NAME["public"](bench)
    for path in (
        "/es/secretariat/",
        "/es/secretariat/members",
        "/es/secretariat/rounds/none",
        "/es/rounds/r-1",
    ):
        assert 'id="rail"' not in staff_visitor.get(path).text


@pytest.mark.parametrize(
    ("state", "path", "name"),
    [
        ("draft_ready", "/edit", "Textos y fechas"),
        ("draft_ready", "/rules", "Reglas"),
        ("opened", "/deadline", "Ampliar el plazo"),
        ("opened", "/close", "Cerrar la votación"),
        ("session_set", "/dialogue", "Sesión"),
    ],
)
def test_a_page_is_headed_by_its_name_in_the_rail(
    bench: Bench, staff_visitor: Visitor, state: str, path: str, name: str
) -> None:
    BY_NAME[state](bench)
    page = Page(staff_visitor.get(ROUND + path))
    here = [each for each in page.root.iter(f"{HTML}a") if each.get("aria-current") == "page"]
    headings = ["".join(each.itertext()).strip() for each in page.root.iter(f"{HTML}h1")]
    assert [*headings, "".join(here[-1].itertext()).strip()] == [name, name]
