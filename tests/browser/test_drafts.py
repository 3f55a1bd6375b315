"""Drafts of the ballot on the device: offered in another tab, in one tab if shared, cleared at the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page, expect

from tests.browser.voting import BALLOT, add, ballots, enter, follow
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
KEPT = "() => [localStorage.length, sessionStorage.length]"


def chosen(page: Page) -> list[str]:
    """Return the keys of the themes that have a place, first to last."""
    cards: list[tuple[str, str]] = page.locator(".theme.chosen").evaluate_all(
        "cards => cards.map((card) => [card.querySelector('select').value, card.dataset.theme])"
    )
    return [key for _, key in sorted(cards)]


def another_tab(page: Page) -> Page:
    """Return the ballot in another tab of the same browser."""
    tab = page.context.new_page()
    tab.goto(f"/en/{BALLOT}")
    return tab


def drafted(bench: Bench, open_page: OpenPage) -> Page:
    """Return the ballot of a member who has given two places and has sent nothing."""
    voter, _ = open_round(bench)
    page = open_page()
    enter(page, voter, "en")
    add(page, "t3").click()
    add(page, "t6").click()
    page.locator("details.fold summary").first.click()
    page.locator("#objectives-9").check()
    return page


def test_another_tab_offers_the_draft_and_changes_nothing_unasked(bench: Bench, open_page: OpenPage) -> None:
    tab = another_tab(drafted(bench, open_page))
    offer = tab.locator("[data-found]")
    expect(offer).to_contain_text("There is an unsent choice on this device.")
    assert chosen(tab) == []
    offer.get_by_role("button", name="Continue with that choice").click()
    assert chosen(tab) == ["t3", "t6"]
    expect(tab.locator("#objectives-9")).to_be_checked()
    expect(tab.locator("[data-status]")).to_have_text("What you had chosen on this device has been restored.")
    expect(offer).to_be_hidden()
    tab.reload()
    assert chosen(tab) == ["t3", "t6"]
    expect(offer).to_be_hidden()


def test_a_draft_that_is_offered_can_be_deleted(bench: Bench, open_page: OpenPage) -> None:
    tab = another_tab(drafted(bench, open_page))
    tab.get_by_role("button", name="Delete it").click()
    expect(tab.locator("[data-found]")).to_be_hidden()
    assert tab.evaluate(KEPT) == [0, 0]
    third = another_tab(tab)
    expect(third.locator("[data-keeping]")).to_be_visible()
    expect(third.locator("[data-found]")).to_be_hidden()


def test_what_is_chosen_instead_of_an_offered_draft_takes_its_place(
    bench: Bench, open_page: OpenPage
) -> None:
    tab = another_tab(drafted(bench, open_page))
    add(tab, "t1").click()
    expect(tab.locator("[data-found]")).to_be_hidden()
    third = another_tab(tab)
    third.get_by_role("button", name="Continue with that choice").click()
    assert chosen(third) == ["t1"]


def test_on_a_shared_device_the_draft_stays_in_its_tab(bench: Bench, open_page: OpenPage) -> None:
    page = drafted(bench, open_page)
    where = page.locator("[data-where]")
    expect(where).to_have_text("What you choose stays on this device until you send it.")
    page.get_by_role("button", name="This device is shared").click()
    expect(where).to_have_text("What you choose stays in this tab only.")
    assert page.evaluate("localStorage.length") == 0
    add(page, "t1").click()
    assert page.evaluate("localStorage.length") == 0
    expect(another_tab(page).locator("[data-found]")).to_be_hidden()
    page.reload()
    expect(where).to_have_text("What you choose stays in this tab only.")
    assert chosen(page) == ["t3", "t6", "t1"]


def test_the_focus_stays_where_a_button_went(bench: Bench, open_page: OpenPage) -> None:
    page = drafted(bench, open_page)
    for name in ("Continue with that choice", "Delete it"):
        tab = another_tab(page)
        tab.get_by_role("button", name=name).focus()
        tab.keyboard.press("Enter")
        expect(tab.locator("[data-themes]")).to_be_focused()
        add(page, "t1" if name == "Continue with that choice" else "t2").click()
    page.get_by_role("button", name="This device is shared").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[data-where]")).to_be_focused()


@pytest.mark.parametrize("shared", [False, True], ids=["own", "shared"])
def test_the_receipt_clears_what_is_kept(bench: Bench, open_page: OpenPage, *, shared: bool) -> None:
    page = drafted(bench, open_page)
    if shared:
        page.get_by_role("button", name="This device is shared").click()
    follow(page, page.locator(".foot-bar button"))
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
    page.wait_for_url("**/receipt?version=1")
    assert ballots(bench) == [([["t3"], ["t6"]], [9])]
    assert page.evaluate("() => Object.keys(localStorage)") == []
    tab = another_tab(page)
    expect(tab.locator("[data-found]")).to_be_hidden()
    assert chosen(tab) == ["t3", "t6"], "as sent"


def test_leaving_without_sending_clears_what_is_kept(bench: Bench, open_page: OpenPage) -> None:
    page = drafted(bench, open_page)
    follow(page, page.get_by_role("button", name="Leave without sending"))
    assert page.evaluate(KEPT) == [0, 0]
    assert ballots(bench) == []
    page.goto(f"/en/{BALLOT}")
    expect(page.locator("[data-theme]")).to_have_count(0)


def test_signing_out_after_the_receipt_clears_what_was_chosen_since(
    bench: Bench, open_page: OpenPage
) -> None:
    page = drafted(bench, open_page)
    follow(page, page.locator(".foot-bar button"))
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
    tab = another_tab(page)
    add(tab, "t1").click()
    assert tab.evaluate("localStorage.length") == 1
    follow(page, page.get_by_role("button", name="Sign out on this device"))
    assert page.evaluate("localStorage.length") == 0


def test_a_draft_of_a_round_that_has_closed_is_cleared(bench: Bench, open_page: OpenPage) -> None:
    page = drafted(bench, open_page)
    page.evaluate(
        "() => { const key = Object.keys(localStorage)[0];"
        " localStorage.setItem(key, JSON.stringify({...JSON.parse(localStorage.getItem(key)), until: 1})); }"
    )
    expect(another_tab(page).locator("[data-found]")).to_be_hidden()


def test_two_organisations_on_one_device_do_not_see_each_other_s_draft(
    bench: Bench, open_page: OpenPage
) -> None:
    one, other = open_round(bench)
    page = open_page()
    enter(page, one, "en")
    add(page, "t3").click()
    tab = page.context.new_page()
    enter(tab, other, "en")
    expect(tab.locator("[data-found]")).to_be_hidden()
    assert chosen(tab) == []
