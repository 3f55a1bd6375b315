"""Drafts of the desk's long forms: nothing typed is lost offline, by a reload, or with an expired session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.test_pages import bench, filled, sign_in
from tests.browser.voting import follow

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.benches import Demo
    from tests.browser.conftest import Complaints
    from tests.browser.test_pages import Filled, OpenPage

__all__ = ["bench", "filled"]
EDIT = "/en/secretariat/rounds/ejemplo-3/edit"
KEPT = "() => Object.entries(sessionStorage).filter(([key]) => key.startsWith('consulta:desk:'))"
TEXT = "Which themes should the next dialogue take up first?"
SEND = "main form[data-draft] button.primary"


def offer(page: Page) -> Locator:
    return page.locator(".notice.draft")


def typed(open_page: OpenPage, filled: Filled) -> Page:
    """Return a page of the desk on which a person has typed a text and saved nothing."""
    page = open_page()
    sign_in(page, filled)
    page.goto(EDIT)
    page.fill("#question_es", TEXT)
    return page


def restored(page: Page) -> None:
    """Restore the draft that the page offers, and see the text in the form."""
    expect(offer(page)).to_contain_text("You have a draft of this form from")
    expect(page.locator("#question_es")).not_to_have_value(TEXT)
    offer(page).locator("[data-restore]").click()
    expect(page.locator("#question_es")).to_have_value(TEXT)
    expect(offer(page)).to_be_focused()


def test_after_a_reload_the_draft_is_offered_and_cleared_once_saved(
    open_page: OpenPage, filled: Filled
) -> None:
    page = typed(open_page, filled)
    page.reload()
    expect(offer(page).locator("[data-newer]")).to_be_hidden()
    restored(page)
    follow(page, page.locator(SEND).first)
    assert page.evaluate(KEPT) == []
    page.goto(EDIT)
    expect(page.locator("#question_es")).to_have_value(TEXT)
    expect(offer(page)).to_have_count(0)


def test_a_draft_can_be_discarded_and_none_is_kept_of_what_was_not_changed(
    open_page: OpenPage, filled: Filled
) -> None:
    page = typed(open_page, filled)
    page.reload()
    before = page.locator("#question_es").input_value()
    offer(page).locator("[data-discard]").click()
    expect(offer(page)).to_have_count(0)
    assert page.evaluate(KEPT) == []
    page.fill("#question_es", TEXT)
    assert page.evaluate(KEPT) != []
    page.fill("#question_es", before)
    assert page.evaluate(KEPT) == []


def test_a_form_that_is_sent_offline_is_there_when_the_line_is_back(
    open_page: OpenPage, filled: Filled, complaints: Complaints
) -> None:
    page = typed(open_page, filled)
    page.context.set_offline(True)
    page.locator(SEND).first.click()
    page.wait_for_url("chrome-error://**")
    page.context.set_offline(False)
    complaints.found[:] = [each for each in complaints.found if "DISCONNECTED" not in each]
    page.goto(EDIT)
    restored(page)


def test_an_expired_session_loses_nothing(open_page: OpenPage, filled: Filled) -> None:
    page = typed(open_page, filled)
    page.context.clear_cookies()
    page.reload()
    page.fill("#email", filled.email)
    page.fill("#password", filled.password)
    follow(page, page.locator("form:has(#password) button"))
    assert page.url.endswith(EDIT)
    restored(page)


def test_another_account_in_the_same_tab_is_offered_nothing(
    open_page: OpenPage, filled: Filled, demo: Demo
) -> None:
    page = typed(open_page, filled)
    page.context.clear_cookies()
    other = demo.known.sign_ins[0]
    page.reload()
    page.fill("#email", other.email)
    page.fill("#password", other.password)
    follow(page, page.locator("form:has(#password) button"))
    assert page.url.endswith(EDIT)
    expect(offer(page)).to_have_count(0)


def test_signing_out_clears_the_tab(open_page: OpenPage, filled: Filled) -> None:
    page = typed(open_page, filled)
    page.locator("button.account").click()
    follow(page, page.locator("[data-leave]"))
    assert page.evaluate(KEPT) == []


def test_what_a_colleague_saved_meanwhile_is_told_and_not_overwritten(
    open_page: OpenPage, filled: Filled, demo: Demo
) -> None:
    page, colleague = typed(open_page, filled), open_page()
    known = demo.known.sign_ins[0]
    sign_in(colleague, type(filled)(filled.content, known.email, known.password))
    colleague.goto(EDIT)
    colleague.fill("#question_es", "The question of the colleague")
    follow(colleague, colleague.locator(SEND).first)
    page.reload()
    expect(offer(page).locator("[data-newer]")).to_be_visible()
    restored(page)
    follow(page, page.locator(SEND).first)
    expect(page.locator("#overtaken")).to_contain_text("The question of the colleague")
    expect(page.locator("#question_es")).to_have_value(TEXT)
    page.goto(EDIT)
    expect(offer(page).locator("[data-newer]")).to_be_hidden()
    restored(page)


def test_a_refused_form_is_kept_as_it_was_sent(open_page: OpenPage, filled: Filled) -> None:
    page = typed(open_page, filled)
    page.fill("#title_es", "")
    follow(page, page.locator(SEND).first)
    expect(page.locator("#error-summary")).to_be_visible()
    expect(offer(page)).to_have_count(0)
    page.goto("/en/secretariat/")
    page.goto(EDIT)
    restored(page)
    expect(page.locator("#title_es")).to_have_value("")


def test_passwords_and_typed_keys_are_never_kept(open_page: OpenPage, filled: Filled) -> None:
    page = typed(open_page, filled)
    page.evaluate(
        """() => { const form = document.querySelector("form[data-draft]");
        for (const [name, type] of [["confirm_password", "password"], ["typed", "text"], ["logo", "file"]])
          form.append(Object.assign(document.createElement("input"), { name, type, id: name })); }"""
    )
    page.fill("#confirm_password", "hunter-two")
    page.locator("input#typed").last.fill("ejemplo-3")
    kept = str(page.evaluate(KEPT))
    assert TEXT in kept
    assert "hunter-two" not in kept
    assert '"typed"' not in kept
    assert "csrf_token" not in kept


def test_going_back_to_a_form_shows_what_was_typed(open_page: OpenPage, filled: Filled) -> None:
    """Chromium fills in again what was typed; what it forgets is offered."""
    page = typed(open_page, filled)
    page.goto("/en/secretariat/")
    page.go_back()
    expect(page.locator("#question_es")).to_have_value(TEXT)
    page.reload()
    restored(page)
