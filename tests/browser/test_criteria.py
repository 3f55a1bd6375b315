"""Criteria of WCAG that only a browser shows, on the pages of a vote: spaced text, no trap for the focus."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page

from consulta.core.texts import Text
from consulta.platform.organiser import service
from consulta.platform.organiser.service import Profile
from consulta.platform.work import COMMAND
from tests.browser.test_every_eye import steps_of
from tests.browser.voting import SPILLS, enter
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
# What 1.4.12 asks a page to bear: set on the elements, since the policy of the pages takes no other styles.
SPACED = """
() => document.querySelectorAll("body, body *").forEach((element) => {
  const size = parseFloat(getComputedStyle(element).fontSize);
  element.style.lineHeight = `${1.5 * size}px`;
  element.style.letterSpacing = `${.12 * size}px`;
  element.style.wordSpacing = `${.16 * size}px`;
  if (element.tagName === "P") element.style.marginBlockEnd = `${2 * size}px`;
})
"""
HERE = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return "";
  element.dataset.seen ||= String(window.lastSeen = (window.lastSeen || 0) + 1);
  return element.dataset.seen;
}
"""


def test_text_may_be_spaced_wider(bench: Bench, open_page: OpenPage) -> None:
    """1.4.12: nothing is cut, nothing leaves its place."""
    voter, _ = open_round(bench, real=True, nominees=4, example=True)
    page = open_page(viewport={"width": 1280, "height": 740})
    found: list[Any] = []
    for name in steps_of(page, voter, "es"):
        page.evaluate(SPACED)
        found += [f"{name}: {spill}" for spill in page.evaluate(SPILLS)]
    assert found == []


def test_a_name_of_one_long_word_is_no_wider_than_a_phone(bench: Bench, open_page: OpenPage) -> None:
    with bench.work(COMMAND, moment()) as work:
        service.save(work, Profile(name=Text({"es": "Supercalifragilístico" * 5}), email="a@example.org"))
    page = open_page(viewport={"width": 320, "height": 640})
    page.goto("/es/")
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320


def test_the_focus_goes_through_a_ballot_both_ways_and_nothing_happens_by_it(
    bench: Bench, open_page: OpenPage
) -> None:
    """2.1.2, 3.2.1: it leaves each element by the same key, comes to each once, and the page stays."""
    voter, _ = open_round(bench, real=True)
    page = open_page()
    enter(page, voter, "en")
    address, length = page.url, page.evaluate("history.length")
    for key in ("Tab", "Shift+Tab"):
        passed: list[str] = []
        while len(passed) < 400:
            page.keyboard.press(key)
            here = page.evaluate(HERE)
            if here == "" or here in passed:
                break
            passed.append(here)
        assert 20 < len(passed) < 400, "through the page, and out of it"
        assert here in {"", passed[0]}, "out, or at the first one again"
    assert (page.url, page.evaluate("history.length")) == (address, length)
