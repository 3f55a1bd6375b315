"""The vote in a real browser: without script and by keyboard, with script on a phone, for every eye."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select

from consulta.services.work import ANONYMOUS, Bench
from consulta.store.models import Ballot
from tests.factories import moment
from tests.polling import Voter, close, open_round

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Request

    from tests.browser.conftest import Complaints

OpenPage = Callable[..., Page]
BALLOT = "ballot/2027-1"
PHONE = {"width": 360, "height": 640}
# Links inside sentences may be as low as their line; everything else that is pressed is 44 by 44.
TARGETS = """
() => [...document.querySelectorAll("a[href], button, select, summary, input:not([type=hidden])")]
  .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.matches(".skip"))
  .filter((element) => !(element.matches("a") && element.closest("p, li, label")
                         && element.parentElement.textContent.trim() !== element.textContent.trim()))
  .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
  .filter(([, box]) => box.width < 43.99 || box.height < 43.99)
  .map(([html, box]) => `${html} ${box.width}x${box.height}`)
"""
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PRESS_ALL = """
() => [...document.querySelectorAll("main button")]
  .filter((button) => button.checkVisibility()).forEach((button) => button.click())
"""
SUBMIT_ALL = '() => [...document.querySelectorAll("main form")].forEach((form) => form.submit())'
HIDDEN_FOCUS = """
() => {
  const bar = document.querySelector(".foot-bar");
  const element = document.activeElement;
  if (!bar || element === document.body || bar.contains(element)) return "";
  const box = element.getBoundingClientRect(), foot = bar.getBoundingClientRect();
  const inside = box.bottom <= foot.top + 1 || box.top >= foot.bottom - 1;
  return inside && box.top >= -1 ? "" : element.outerHTML.slice(0, 100);
}
"""


def ballots(bench: Bench) -> list[tuple[list[list[str]], list[int]]]:
    with bench.read(ANONYMOUS, moment()) as work:
        rows = work.session.execute(select(Ballot.ranking, Ballot.objectives).order_by(Ballot.id))
        return [(ranking, objectives) for ranking, objectives in rows]


def enter(page: Page, voter: Voter, lang: str) -> None:
    """By the link, and its one button."""
    page.goto(f"/{lang}/v/{voter.token}")
    page.locator("main button").click()
    page.wait_for_url(f"**/{lang}/{BALLOT}")


def add(page: Page, key: str) -> Locator:
    return page.locator(f"[data-theme={key}] .add")


def press_through(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go on by keyboard until `target` has the focus."""
    for _ in range(120):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"the keyboard does not reach {target}")


# -- without script


def test_a_whole_vote_without_script_by_keyboard_in_spanish(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, nominees=2)
    page = open_page(java_script_enabled=False, viewport=PHONE)
    page.goto(f"/es/v/{voter.token}")
    keyboard_without_script(page, page.locator("main button"))
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/es/{BALLOT}")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    for key, place in (("t4", "1"), ("t2", "2")):
        page.locator(f"#place-{key}").focus()
        page.keyboard.type(place)
        expect(page.locator(f"#place-{key}")).to_have_value(place)
    fold = page.locator("summary", has=page.locator("xpath=following-sibling::fieldset[@id='objectives']"))
    fold.focus()
    page.keyboard.press("Enter")
    page.locator("#objectives-7").focus()
    page.keyboard.press("Space")
    page.locator(".foot-bar button").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".ranking li")).to_have_text(["Tema 4", "Tema 2"])
    page.locator("main button.primary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    page.locator("#confirm").focus()
    page.keyboard.press("Space")
    page.locator("main button.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/receipt?version=1")
    expect(page.locator("h1")).to_contain_text(voter.organisation)
    expect(page.locator(".receipt")).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    assert ballots(bench) == [([["t4"], ["t2"]], [7])]


def keyboard_without_script(page: Page, target: Locator) -> None:
    """Tab to `target`; asking the page who has the focus needs no script of its own."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.locator(":focus").count() and target.evaluate("e => e.matches(':focus')"):
            return
    raise AssertionError("the keyboard does not reach the button")


def test_without_script_a_refusal_has_the_focus_and_leads_to_its_field(
    bench: Bench, open_page: OpenPage
) -> None:
    voter, _ = open_round(bench)
    page = open_page(java_script_enabled=False, viewport=PHONE)
    enter(page, voter, "en")
    for key in ("t1", "t3"):
        page.locator(f"#place-{key}").select_option("2")
    page.locator(".foot-bar button").click()
    summary = page.locator("#error-summary")
    expect(summary).to_be_focused()
    expect(summary.locator("a")).to_have_count(2)
    summary.locator("a").first.click()
    first = page.url.partition("#")[2]
    page.keyboard.press("Tab")
    expect(page.locator(f"#{first}")).to_have_value("2")
    page.locator("#place-t3").select_option("1")
    page.get_by_role("button", name="Español").click()
    page.wait_for_url(f"**/es/{BALLOT}")
    expect(page.locator("#place-t1")).to_have_value("2")
    expect(page.locator("#place-t3")).to_have_value("1")


def test_enter_in_a_box_reviews_and_does_not_change_the_language(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page(java_script_enabled=False)
    enter(page, voter, "es")
    page.locator("#place-t1").select_option("1")
    page.locator("details.fold summary").first.click()
    page.locator("#objectives-3").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/es/{BALLOT}/review")


# -- with script


def test_a_whole_vote_with_script_in_english_on_a_phone(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True)
    enter(page, voter, "en")
    expect(page.locator("select:visible")).to_have_count(0)
    status = page.locator("[data-status]")
    expect(status).to_have_attribute("role", "status")
    add(page, "t5").tap()
    expect(status).to_have_text("“Theme 5”: place 1 of 1")
    expect(page.locator("[data-theme=t5] .up")).to_be_focused()
    add(page, "t1").tap()
    add(page, "t2").tap()
    page.locator("[data-theme=t2] .up").tap()
    expect(status).to_have_text("“Theme 2”: place 2 of 3")
    expect(page.locator("[data-theme=t2] .up")).to_be_focused()
    page.locator("[data-theme=t1] .remove").tap()
    expect(status).to_have_text("“Theme 1” has no place any more")
    expect(add(page, "t1")).to_be_focused()
    expect(page.locator(".foot-bar .count")).to_have_text("2 of 5 chosen")
    page.locator(".foot-bar button").tap()
    expect(page.locator(".ranking li")).to_have_text(["Theme 5", "Theme 2"])
    page.locator("#confirm").check()
    page.locator("main button.primary").tap()
    expect(page.locator("h1")).to_have_text(f"The vote of {voter.organisation} is recorded")
    assert ballots(bench) == [([["t5"], ["t2"]], [])]
    assert page.evaluate("sessionStorage.length") == 0


def test_buttons_name_their_theme_and_stay_when_they_can_do_nothing(
    bench: Bench, open_page: OpenPage
) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    status = page.locator("[data-status]")
    for number in (1, 2, 3, 4, 5):
        page.get_by_role("button", name=f"Add “Theme {number}”").click()
    order = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    for name, said in (
        ("Up “Theme 1”", "“Theme 1” is already in the first place"),
        ("Down “Theme 5”", "“Theme 5” is already in the last place you have given"),
        ("Add “Theme 6”", "You have already chosen 5. Remove one to free a place."),
    ):
        button = page.get_by_role("button", name=name)
        expect(button).to_have_attribute("aria-disabled", "true")
        expect(button).to_have_js_property("disabled", False)
        button.focus()
        page.keyboard.press("Enter")
        expect(status).to_have_text(said)
        expect(button).to_be_focused()
        expect(page.locator(".foot-bar .count")).to_have_text("5 of 5 chosen")
    assert order == page.locator("[data-theme]").evaluate_all("cards => cards.map((c) => c.dataset.theme)")
    page.get_by_role("button", name="Put in order").click()
    moved = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    assert moved == ["t1", "t2", "t3", "t4", "t5", "t6"]


def test_a_sixth_objective_explains_itself(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    page.locator("details.fold summary").first.click()
    for number in range(1, 6):
        page.locator(f"#objectives-{number}").check()
    page.locator("#objectives-6").click()
    expect(page.locator("#objectives-6")).not_to_be_checked()
    expect(page.locator("[data-status]")).to_have_text(
        "You have already ticked 5. Untick one to tick another."
    )


def test_a_draft_survives_reloading_and_the_other_language(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, nominees=2)
    page = open_page()
    enter(page, voter, "es")
    add(page, "t3").click()
    add(page, "t6").click()
    page.locator("details.fold summary").first.click()
    page.locator("#objectives-9").check()
    kept = page.evaluate("Object.values(sessionStorage).join()")
    assert re.fullmatch(r"[\w{}\[\]\",:.-]+", kept), "keys and numbers only"
    assert voter.organisation not in kept
    page.reload()
    chosen = page.locator(".theme.chosen")
    expect(chosen).to_have_count(2)
    expect(page.locator("#objectives-9")).to_be_checked()
    page.get_by_role("button", name="English").click()
    page.wait_for_url(f"**/en/{BALLOT}")
    expect(page.locator("[data-theme=t3] [data-place]")).to_have_text("Place 1")
    expect(page.locator("[data-theme=t6] [data-place]")).to_have_text("Place 2")


def test_a_draft_does_not_hide_what_a_colleague_sent_meanwhile(bench: Bench, open_page: OpenPage) -> None:
    ana, eva, _, _ = open_round(bench, contacts=2)
    mine = open_page()
    enter(mine, ana, "en")
    add(mine, "t1").click()
    hers = open_page()
    enter(hers, eva, "en")
    add(hers, "t2").click()
    hers.locator(".foot-bar button").click()
    hers.locator("#confirm").check()
    hers.locator("main button.primary").click()
    hers.wait_for_url("**/receipt?version=1")
    mine.reload()
    expect(mine.locator(".notice")).to_contain_text(eva.name)
    expect(mine.locator(".theme.chosen")).to_have_count(1)
    expect(mine.locator("[data-theme=t2] [data-place]")).to_have_text("Place 1")


def test_a_round_that_closes_under_the_reader_loses_nothing(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    add(page, "t4").click()
    close(bench)
    page.locator(".foot-bar button").click()
    expect(page.locator("h1")).to_have_text("Voting has closed")
    expect(page.locator(".ranking li")).to_have_text(["Theme 4"])


def test_a_scanner_that_presses_everything_casts_nothing(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    page.goto(f"/es/v/{voter.token}")
    seen = []
    for press in (PRESS_ALL, PRESS_ALL, PRESS_ALL, SUBMIT_ALL, SUBMIT_ALL, SUBMIT_ALL):
        with page.expect_navigation():
            page.evaluate(press)
        seen.append(page.url.rpartition("/")[2])
    assert {"2027-1", "review", "cast"} <= set(seen), "it came as far as a scanner can"
    assert ballots(bench) == []


# -- for every eye and hand


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_every_target_is_large_enough_for_a_thumb(bench: Bench, open_page: OpenPage, scripts: bool) -> None:
    voter, _ = open_round(bench, real=True, nominees=4)
    page = open_page(viewport={"width": 320, "height": 640}, java_script_enabled=scripts)
    page.goto(f"/es/v/{voter.token}")
    assert page.evaluate(TARGETS) == []
    page.locator("main button").click()
    if scripts:
        page.locator(".add").first.click()
    else:
        page.locator("select").first.select_option("1")
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate(TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.locator(".foot-bar button").click()
    assert page.evaluate(TARGETS) == []
    page.locator("#confirm").check()
    page.locator("main button.primary").click()
    assert page.evaluate(TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_a_small_target_would_be_found(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "es")
    page.evaluate("document.querySelector('.foot-bar button').style.minHeight = '20px'")
    page.evaluate("document.querySelector('.foot-bar button').style.padding = '0'")
    assert len(page.evaluate(TARGETS)) == 1


def hidden_by_the_bar(page: Page) -> list[str]:
    """What has the focus and cannot be seen, going down the page by keyboard and up again."""
    page.evaluate("window.scrollTo(0, 0); document.activeElement.blur()")
    hidden = []
    for key in ("Tab", "Shift+Tab"):
        for _ in range(60):
            page.keyboard.press(key)
            hidden.append(page.evaluate(HIDDEN_FOCUS))
    return [found for found in hidden if found]


def test_the_bar_at_the_foot_is_low_and_hides_no_focus(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, real=True)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    for _ in range(2):
        page.locator(".add:visible").first.click()
    bar = page.locator(".foot-bar").bounding_box()
    assert bar is not None
    assert bar["height"] <= 640 * 0.25
    assert hidden_by_the_bar(page) == []
    page.evaluate("document.documentElement.style.scrollPaddingBlock = '0'")
    assert hidden_by_the_bar(page) != [], "it would be found"


def test_a_cold_ballot_costs_little(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, real=True, nominees=20, example=True)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    cold = open_page(viewport=PHONE, storage_state=page.context.storage_state())
    finished: list[Request] = []

    def note(request: Request) -> None:
        finished.append(request)

    cold.on("requestfinished", note)
    cold.goto(f"/es/{BALLOT}", wait_until="networkidle")
    sizes = [request.sizes() for request in finished]
    assert 3 <= len(sizes) <= 4
    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) <= 20_000


def test_what_breaks_the_policy_would_be_found(
    bench: Bench, open_page: OpenPage, complaints: Complaints
) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "es")
    assert complaints.found == []
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'http://localhost:9/x.png'}))")
    page.wait_for_timeout(300)
    assert any("policy violated: style-src" in found for found in complaints.found)
    assert any("policy violated: img-src" in found for found in complaints.found)
    complaints.found.clear()


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["es", "en"])
def test_axe_finds_nothing(bench: Bench, open_page: OpenPage, width: int, scheme: str, lang: str) -> None:
    voter, other = open_round(bench, real=True, nominees=4, example=True)
    page = open_page(viewport={"width": width, "height": 740}, color_scheme=scheme)
    seen = []

    def examine(name: str) -> None:
        found = Axe().run(page, options=RULES).response["violations"]
        seen.extend(
            f"{name}: {v['id']} {node['target']} {node['failureSummary']}"
            for v in found
            for node in v["nodes"]
        )

    page.goto(f"/{lang}/v/{voter.token}")
    examine("link")
    page.locator("main button").click()
    examine("ballot")
    for _ in range(2):
        page.locator(".add:visible").first.click()
    for fold in page.locator("summary").all():
        fold.click()
    examine("ballot chosen, all open")
    page.locator(".foot-bar button").click()
    examine("review")
    page.locator("main button.primary").click()
    examine("review refused")
    page.locator("#confirm").check()
    page.locator("main button.primary").click()
    examine("receipt")
    page.goto(f"/{lang}/{BALLOT}")
    examine("ballot again")
    close(bench)
    page.locator(".foot-bar button").click()
    examine("late")
    page.goto(f"/{lang}/v/{other.token}x")
    page.locator("main button").click()
    examine("refused link")
    assert seen == []
