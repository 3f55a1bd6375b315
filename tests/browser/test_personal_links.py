"""What personal links open, in a browser: of every purpose the page before the button and the page behind it.

Each link is read in one window, narrow and light or wide and dark, with letters of the usual size or twice as
large, in turn, so that each look meets several purposes. Without script, as a link in a mail is often opened.
`make test` opens two of five.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from playwright.sync_api import Page

from tests.browser.test_every_eye import larger
from tests.browser.voting import SPILLS, follow, violations
from tests.deep import DEEP
from tests.platform.door.given import made, way_of

if TYPE_CHECKING:
    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
LOOKS: tuple[dict[str, Any], ...] = (
    {"viewport": {"width": 360, "height": 740}, "color_scheme": "light"},
    {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    {"viewport": {"width": 768, "height": 900}, "color_scheme": "light", "forced_colors": "active"},
)
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
MAIN = "main form button, main button"


def test_what_every_personal_link_opens_is_for_every_eye(bench: Bench, open_page: OpenPage) -> None:
    found: list[str] = []
    for number, (name, token) in enumerate(made(bench).items()):
        if not DEEP and number % 5 not in {0, 3}:  # in each look, with letters of each size
            continue
        page = open_page(**LOOKS[number % len(LOOKS)], reduced_motion="reduce")
        if number % 2:
            larger(page)
        lang = ("es", "en")[number // 2 % 2]
        page.goto(f"/{lang}/{way_of(name)}/{token}")
        said = page.locator("main h1").inner_text()
        assert page.locator(MAIN).count(), f"{name}: a button, for programs that open links press nothing"
        if number % 3 == 0:  # it is one template with other words
            found += faults(page, f"{name}, before")
        follow(page, page.locator(MAIN).first)
        assert page.locator("main h1").inner_text() != said, f"{name}: another page"
        found += faults(page, f"{name}, {page.url.partition(lang)[2]}")
        page.context.close()
    assert found == []


def faults(page: Page, name: str) -> list[str]:
    page.evaluate(UNFOLD)
    return [f"{name}: {each}" for each in (*page.evaluate(SPILLS), *violations(page))]
