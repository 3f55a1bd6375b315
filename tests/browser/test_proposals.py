"""Members propose in a browser, without script too: for every eye, and with room for a finger."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.platform.models import Round
from consulta.platform.work import COMMAND
from tests.browser.voting import SPILLS, TARGETS, enter, follow, violations
from tests.deep import deep
from tests.factories import build_phase, moment
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from consulta.platform.work import Bench

OWN = "ballot/2027-1/nominations"
LOOKS = (
    ("es", 320, "light", False),
    ("en", 360, "dark", True),
    deep("en", 1280, "light", False),
    deep("es", 1280, "dark", True),
)
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"


def faults(page: Page, name: str, *, script: bool) -> list[str]:
    """What the width of the page and the size of its targets have against it, as it is and unfolded; and axe.

    Axe is a script itself.
    """
    found = []
    for _ in range(2):
        found += [f"{name}: {fault}" for fault in page.evaluate(SPILLS) + page.evaluate(TARGETS)]
        page.evaluate(UNFOLD)
    return [*found, *(f"{name}: {violation}" for violation in violations(page))] if script else found


@pytest.mark.parametrize(("lang", "width", "scheme", "script"), LOOKS)
def test_a_member_proposes_for_every_eye(
    open_page: Callable[..., Page], bench: Bench, lang: str, width: int, scheme: str, *, script: bool
) -> None:
    voter, _ = open_round(bench)
    with bench.work(COMMAND, moment()) as work:
        build_phase(work.session, work.session.scalars(select(Round)).one())
    page = open_page(
        viewport={"width": width, "height": 640}, color_scheme=scheme, java_script_enabled=script
    )
    enter(page, voter, lang)
    follow(page, page.locator(f'a[href$="{OWN}"]'))
    found = faults(page, "nothing proposed", script=script)
    follow(page, page.locator("main a.button.primary"))
    found += faults(page, "form", script=script)
    page.fill("#name", "Rosa Quispe")
    page.fill("#organisation", "Ministerio de Prueba")
    page.select_option("#role", "gov_national")
    page.select_option("#sector", "gov_national")
    page.check("#consent_listed")
    follow(page, page.locator("main form .button.primary"))
    assert page.locator("#error-summary li").count() == len(("country", "agreed"))
    assert page.input_value("#name") == "Rosa Quispe"
    assert page.is_checked("#consent_listed")
    found += faults(page, "refused", script=script)
    page.select_option("#country", "PE")
    page.check("#agreed")
    follow(page, page.locator("main form .button.primary"))
    assert page.locator('main [role="status"]').count() == 1
    found += faults(page, "received", script=script)
    if not page.locator("main details .button").is_visible():
        page.locator("main details summary").click()
    follow(page, page.locator("main details .button"))
    assert page.locator("main article").count() == 0
    assert found == []
