"""The vote in a real browser: without script and by keyboard, with script on a phone, for every eye."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, Literal

import pytest
from playwright.sync_api import Page, expect

from consulta.platform.data import catalogue
from tests.browser.voting import (
    BALLOT,
    BROKEN_WORDS,
    PHONE,
    SPILLS,
    TARGETS,
    Scheme,
    add,
    ballots,
    enter,
    follow,
    press_to,
    show,
    violations,
)
from tests.deep import DEEP, deep
from tests.polling import close, open_round

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator

    from consulta.platform.work import Bench
    from tests.browser.conftest import Complaints

OpenPage = Callable[..., Page]
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


# -- without script


def test_a_whole_vote_without_script_by_keyboard_in_spanish(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, nominees=2)
    page = open_page(java_script_enabled=False, viewport=PHONE)
    page.goto(f"/es/v/{voter.token}")
    press(page, page.locator("main button"), "Enter")
    page.wait_for_url(f"**/es/{BALLOT}")
    expect(page.locator("html")).to_have_attribute("lang", "es")
    order = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    for place, key in enumerate(order[1:3], 1):
        press(page, page.locator(f"#place-{key}"), str(place))
        expect(page.locator(f"#place-{key}")).to_have_value(str(place))
    press(page, page.locator("details.fold summary").first, "Enter")
    press(page, page.locator("#objectives-7"), "Space")
    press(page, page.locator(".foot-bar button"), "Enter")
    titles = [f"Tema {key.removeprefix('t')}" for key in order[1:3]]
    expect(page.locator(".ranking li")).to_have_text(titles)
    press(page, page.locator("main button.primary"), "Enter")
    expect(page.locator("#error-summary")).to_be_focused()
    press(page, page.locator("#confirm"), "Space")
    press(page, page.locator("main button.primary"), "Enter")
    page.wait_for_url("**/receipt?version=1")
    expect(page.locator("h1")).to_contain_text(voter.organisation)
    expect(page.locator(".receipt")).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    assert ballots(bench) == [([[key] for key in order[1:3]], [7])]


def press(page: Page, target: Locator, key: str) -> None:
    """Go to `target` by keyboard alone and press `key` there."""
    press_to(page, target)
    page.keyboard.press(key)
    page.wait_for_load_state()


def test_a_whole_vote_with_script_by_keyboard_in_english(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    page.goto(f"/en/v/{voter.token}")
    press(page, page.locator("main button"), "Enter")
    page.wait_for_url(f"**/en/{BALLOT}")
    order = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    first, second, third = order[:3]
    for key in (first, second, third):
        press(page, add(page, key), "Enter")
    press_to(page, page.locator(f"[data-theme={second}] .up"), "Shift+Tab")
    page.keyboard.press("Space")
    press(page, page.locator(f"[data-theme={third}] .remove"), "Enter")
    press(page, page.locator(".foot-bar button"), "Enter")
    expect(page.locator(".ranking li")).to_have_text([f"Theme {key[1:]}" for key in (second, first)])
    press(page, page.locator("#confirm"), "Space")
    press(page, page.locator("main button.primary"), "Enter")
    page.wait_for_url("**/receipt?version=1")
    assert ballots(bench) == [([[second], [first]], [])]


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
    follow(page, summary.locator("a").first)
    first = page.url.partition("#")[2]
    page.keyboard.press("Tab")
    expect(page.locator(f"#{first}")).to_have_value("2")
    page.locator("#place-t3").select_option("1")
    page.get_by_role("button", name="Español").click()
    page.wait_for_url(f"**/es/{BALLOT}*entered=1")
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
    expect(page.locator("[data-theme=t5] .remove")).to_be_focused()
    add(page, "t1").tap()
    expect(page.locator("[data-theme=t1] .up")).to_be_focused()
    add(page, "t2").tap()
    page.locator("[data-theme=t2] .up").tap()
    expect(status).to_have_text("“Theme 2”: place 2 of 3")
    expect(page.locator("[data-theme=t2] .up")).to_be_focused()
    page.locator("[data-theme=t1] .remove").tap()
    expect(status).to_have_text("“Theme 1” is no longer ranked")
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
        ("Down “Theme 5”", "“Theme 5” is already in last place in your order"),
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
    page.get_by_role("button", name="Rank").click()
    moved = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    assert moved == ["t1", "t2", "t3", "t4", "t5", "t6"]


def test_a_sixth_objective_explains_itself(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    page.locator("details.fold summary").first.click()
    for number in range(1, 6):
        page.locator(f"#objectives-{number}").check()
    expect(page.locator("[data-status]")).to_have_text("5 of 5 ticked")
    page.locator("#objectives-6").click()
    expect(page.locator("#objectives-6")).not_to_be_checked()
    expect(page.locator("#objectives [data-counter]")).to_have_text("5 of 5 ticked")
    expect(page.locator("[data-status]")).to_have_text(
        "You have already ticked 5. Untick one to tick another."
    )


def test_without_script_a_sixth_objective_is_explained_at_the_review(
    bench: Bench, open_page: OpenPage
) -> None:
    voter, _ = open_round(bench)
    page = open_page(java_script_enabled=False)
    enter(page, voter, "es")
    page.locator("#place-t1").select_option("1")
    page.locator("details.fold summary").first.click()
    for number in range(1, 7):
        page.locator(f"#objectives-{number}").check()
    page.locator(".foot-bar button").click()
    expect(page.locator("#error-summary")).to_be_focused()
    expect(page.locator("#error-summary")).to_contain_text("6")
    expect(page.locator("#objectives-error")).to_be_visible()
    expect(page.locator("#objectives-6")).to_be_checked()


@pytest.mark.parametrize(
    ("lang", "scripts"), [("es", False), ("en", True), deep("es", True), deep("en", False)]
)
def test_the_official_title_of_an_objective_is_one_tap_away(
    bench: Bench, open_page: OpenPage, lang: Literal["es", "en"], scripts: bool
) -> None:
    voter, _ = open_round(bench)
    page = open_page(java_script_enabled=scripts, viewport=PHONE)
    enter(page, voter, lang)
    page.locator("details.fold > summary").first.click()
    boxes = page.locator("#objectives input")
    expect(boxes).to_have_count(23)
    for group in catalogue.objective_groups():
        part = page.get_by_role("group", name=group.name[lang], exact=True).locator("xpath=..")
        titles = part.locator("details li")
        expect(titles.first).not_to_be_visible()
        part.locator("summary").click()
        expect(titles).to_have_text([f"{one.number} {one.title[lang]}" for one in group.objectives])
        expect(titles.last).to_be_visible()
        expect(part.locator("label")).to_have_text(
            [f"{one.number} {one.short[lang]}" for one in group.objectives]
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
    page.wait_for_url(f"**/en/{BALLOT}*entered=1")
    expect(page.locator("[data-theme=t3] [data-place]")).to_have_text("Place 1")
    expect(page.locator("[data-theme=t6] [data-place]")).to_have_text("Place 2")


def test_a_draft_survives_a_lost_connection_and_goes_with_the_receipt(
    bench: Bench, open_page: OpenPage, complaints: Complaints
) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    add(page, "t3").click()
    add(page, "t6").click()
    page.context.set_offline(True)
    page.locator(".foot-bar button").click()
    page.wait_for_url("chrome-error://**")
    assert [found for found in complaints.found if "ERR_INTERNET_DISCONNECTED" not in found] == []
    complaints.found.clear()
    page.context.set_offline(False)
    page.goto(f"/en/{BALLOT}")
    expect(page.locator("[data-status]")).to_have_text(
        "What you had chosen on this device has been restored."
    )
    expect(page.locator("[data-theme=t3] [data-place]")).to_have_text("Place 1")
    page.locator(".foot-bar button").click()
    expect(page.locator(".ranking li")).to_have_text(["Theme 3", "Theme 6"])
    page.go_back()
    expect(page.locator("[data-theme=t6] [data-place]")).to_have_text("Place 2")
    page.locator(".foot-bar button").click()
    page.locator("#confirm").check()
    page.locator("main button.primary").click()
    page.wait_for_url("**/receipt?version=1")
    assert page.evaluate("[sessionStorage.length, localStorage.length]") == [0, 0]
    page.goto(f"/en/{BALLOT}")
    expect(page.locator("[data-status]")).to_be_empty()


def test_sending_again_what_seemed_lost_is_the_same_vote(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    add(page, "t3").click()
    page.locator(".foot-bar button").click()
    page.locator("#confirm").check()
    sent = page.locator("form#ballot").evaluate("form => Object.fromEntries(new FormData(form))")
    action = page.locator("form#ballot").get_attribute("action") or ""
    arrived = page.context.request.post(action, form=sent)  # and its answer never reached the page
    assert arrived.url.endswith("/receipt?version=1")
    page.locator("main button.primary").dblclick()  # whose first answer the second may break off
    expect(page).to_have_url(re.compile(r"/receipt\?version=1$"))
    assert ballots(bench) == [([["t3"]], [])]


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
    assert {"review", "review?unsent=1"} <= set(seen), "it came as far as a scanner can"
    assert ballots(bench) == []


# -- for every eye and hand


@pytest.mark.parametrize("scripts", [True, deep(False)], ids=["script", "no-script"])
def test_every_target_is_large_enough_for_a_thumb(bench: Bench, open_page: OpenPage, scripts: bool) -> None:
    voter, _ = open_round(bench, real=True, nominees=4)
    page = open_page(viewport={"width": 320, "height": 640}, java_script_enabled=scripts)
    page.goto(f"/es/v/{voter.token}")
    assert page.evaluate(TARGETS) == []
    follow(page, page.locator("main button"))
    if scripts:
        page.locator(".add").first.click()
    else:
        page.locator("select").first.select_option("1")
    for fold in page.locator("summary").all():
        fold.click()
    assert page.evaluate(TARGETS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    follow(page, page.locator(".foot-bar button"))
    assert page.evaluate(TARGETS) == []
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
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


# Every two of language, width and scheme; then each page loaded anew in every look.
LOOKS: dict[str, tuple[tuple[Scheme, int], ...]] = {
    "es": (("light", 320), ("dark", 360), ("light", 1280)),
    "en": (("dark", 320), ("light", 360), ("dark", 1280)),
}
ALONE = [deep(lang, (look,)) for lang, *look in product(LOOKS, ("light", "dark"), (320, 360, 1280))]


def whole_way(page: Page, bench: Bench, lang: str) -> Iterator[str]:
    """Each page of a vote from its link on, and what is said too late and to a link that is none."""
    voter, other = open_round(bench, real=True, nominees=4, example=True)
    page.goto(f"/{lang}/v/{voter.token}")
    yield "link"
    follow(page, page.locator("main button"))
    yield "ballot"
    for _ in range(2):
        page.locator(".add:visible").first.click()
    for fold in page.locator("summary").all():
        fold.click()
    yield "ballot chosen, all open"
    follow(page, page.locator(".foot-bar button"))
    yield "review"
    follow(page, page.locator("main button.primary"))
    yield "review refused"
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
    yield "receipt"
    page.goto(f"/{lang}/{BALLOT}")
    yield "ballot again"
    close(bench)
    follow(page, page.locator(".foot-bar button"))
    yield "late"
    page.goto(f"/{lang}/v/{other.token}x")
    follow(page, page.locator("main button"))
    yield "refused link"


@pytest.mark.parametrize(("lang", "looks"), [*LOOKS.items(), *ALONE])
def test_axe_finds_nothing(
    bench: Bench, open_page: OpenPage, lang: str, looks: tuple[tuple[Scheme, int], ...]
) -> None:
    page = open_page(viewport={"width": looks[0][1], "height": 740}, color_scheme=looks[0][0])
    seen: list[str] = []
    for number, name in enumerate(whole_way(page, bench, lang)):
        for at in (*range(1, len(looks)), 0):  # it goes on in the first
            scheme, width = looks[at]
            show(page, viewport={"width": width, "height": 740}, color_scheme=scheme)
            if DEEP or number % len(looks) == at:  # `make test` asks in one look of each page, in turn
                seen += [f"{name}, {scheme}, {width}: {violation}" for violation in violations(page)]
    assert seen == []


# -- back, large text, and the place in the heading


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_back_leads_from_page_to_page_and_never_to_an_error(
    bench: Bench, open_page: OpenPage, scripts: bool
) -> None:
    voter, _ = open_round(bench)
    page = open_page(java_script_enabled=scripts)
    enter(page, voter, "en")
    if scripts:
        add(page, "t3").click()
    else:
        page.locator("#place-t3").select_option("1")
    follow(page, page.locator(".foot-bar button"))
    follow(page, page.locator("main button.primary"))  # without the box
    expect(page.locator("#error-summary")).to_be_visible()
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
    page.wait_for_url("**/receipt?version=1")
    for _ in range(4):
        page.go_back()
        expect(page.locator("main h1")).to_be_visible()
        if page.url.endswith(f"/en/{BALLOT}"):
            break
    expect(page.locator(".notice")).to_contain_text("Your organisation has already voted")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "no-script"])
def test_text_twice_as_large_leaves_the_foot_below_a_quarter(
    bench: Bench, open_page: OpenPage, scripts: bool
) -> None:
    voter, _ = open_round(bench, real=True)
    page = open_page(viewport=PHONE, java_script_enabled=scripts)
    enter(page, voter, "es")
    if scripts:
        add(page, page.locator("[data-theme]").first.get_attribute("data-theme") or "").click()
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    bar = page.locator(".foot-bar").bounding_box()
    assert bar is not None
    assert bar["height"] <= 640 * 0.25


@pytest.mark.parametrize(
    ("lang", "scripts"), [("es", True), ("en", False), deep("en", True), deep("es", False)]
)
def test_text_twice_as_large_breaks_no_word(
    bench: Bench, open_page: OpenPage, lang: str, scripts: bool
) -> None:
    voter, _ = open_round(bench, real=True, nominees=4)
    page = open_page(viewport={"width": 360, "height": 740}, java_script_enabled=scripts)
    enter(page, voter, lang)
    if scripts:
        for _ in range(2):
            page.locator(".add:visible").first.click()
    else:
        page.locator("select").first.select_option("1")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate(BROKEN_WORDS) == []
    assert page.evaluate(SPILLS) == []
    page.evaluate("document.querySelector('.theme h3').append(' electroencefalografista')")
    assert page.evaluate(BROKEN_WORDS) == ["electroencefalografista"], "it would be found"


@pytest.mark.parametrize("lang", ["es", deep("en")])
def test_the_first_theme_is_in_the_first_screen(bench: Bench, open_page: OpenPage, lang: str) -> None:
    voter, _ = open_round(bench, real=True, nominees=4, example=True)
    page = open_page(viewport={"width": 360, "height": 740})
    enter(page, voter, lang)
    card = page.locator(".theme").first.bounding_box()
    assert card is not None
    assert card["y"] + card["height"] <= 600
    summary, button = (
        page.locator(f".theme:first-child {part}").bounding_box() for part in ("summary", ".add")
    )
    assert summary is not None
    assert button is not None
    assert abs(summary["y"] - button["y"]) < 8, "both stand on one line"


def test_the_place_is_part_of_the_card_s_heading(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page(viewport=PHONE)
    enter(page, voter, "en")
    add(page, "t4").click()
    expect(page.get_by_role("heading", name="Place 1 Theme 4", exact=True)).to_be_visible()
    number = page.locator("[data-theme=t4] [data-place]").bounding_box()
    card = page.locator("[data-theme=t4]").bounding_box()
    assert number is not None
    assert card is not None
    assert number["height"] >= card["height"] - 4, "it stands beside the whole card"
