"""Passkeys in a real browser, with an authenticator that it plays: made, used, counted, refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page
from sqlalchemy import select, update

from consulta.accounts import staff
from consulta.platform import accounts
from consulta.platform.models import Challenge, LogEntry, Passkey, Staff
from consulta.platform.web.request import House
from consulta.platform.work import COMMAND
from tests.apps import app_over
from tests.benches import PASSWORD, STAFF
from tests.browser.conftest import served
from tests.browser.voting import follow
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
BUTTON = "form[data-passkeys] button"


@pytest.fixture
def site(settings: Settings, bench: Bench) -> Iterator[str]:
    """The application under a name for which browsers keep passkeys; every account needs a second step."""
    app = app_over(replace(settings, second_factor="required"), bench)
    with served(app) as port:
        address = f"http://localhost:{port}"
        strict = replace(settings, second_factor="required", base_url=address)
        app.extensions["consulta"] = House(bench, strict)
        yield address


def authenticator(page: Page) -> Any:
    """Let the browser of a page have an authenticator, as a telephone with a fingerprint."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return device


def test_an_account_begins_with_a_passkey_and_signs_in_with_it(
    open_page: OpenPage, site: str, bench: Bench
) -> None:
    with bench.work(COMMAND, moment()) as work:
        _person, token = staff.create(work, STAFF, "Ana", "admin")
    page = open_page()
    authenticator(page)
    page.goto(f"/es/j/{token}")
    follow(page, page.locator("main button"))
    page.fill("#password", "quince gatos cruzan lentos")
    follow(page, page.locator("main button.primary"))
    follow(page, page.locator("form[action*='second-step/passkey'] button"))
    page.fill("#name", "teléfono")
    page.locator(BUTTON).click()
    page.wait_for_selector("ul.codes")
    assert page.locator("ul.codes li").count() == 10
    page.locator("main a.button").click()
    page.wait_for_url("**/secretariat/**")
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(Passkey)).one()
        assert (kept.name, kept.used_at) == ("teléfono", None)

    page.locator("button.account").click()
    page.locator("form[action*='sign-out'] button").click()
    page.goto("/es/account/sign-in")
    follow(page, page.locator(BUTTON))
    page.wait_for_url("**/secretariat/**")
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.scalars(select(Passkey)).one()
        assert kept.used_at is not None
        assert kept.counter > 0
        assert work.session.scalars(select(Challenge)).all() == [], "each is used once"
    page.goto("/es/account/")
    assert "teléfono" in page.inner_text("main")


def test_a_passkey_of_a_disabled_account_or_a_copied_one_opens_nothing(
    open_page: OpenPage, site: str, bench: Bench
) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Ana", PASSWORD, "secretariat")
    page = open_page()
    authenticator(page)
    page.goto("/es/account/sign-in")
    page.fill("#email", STAFF)
    page.fill("#password", PASSWORD)
    follow(page, page.locator("form:not([data-passkeys]) button.primary"))
    follow(page, page.locator("form[action*='second-step/passkey'] button"))
    page.locator(BUTTON).click()
    page.wait_for_selector("ul.codes")

    def refused() -> bool:
        page.goto("/es/secretariat/")
        if page.locator("form[action*='sign-out'] button").count():
            page.locator("button.account").click()
            page.locator("form[action*='sign-out'] button").click()
        page.goto("/es/account/sign-in")
        follow(page, page.locator(BUTTON))
        page.wait_for_url("**/account/sign-in**")
        return "/account/sign-in" in page.url

    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Staff).values(active=False))
    assert refused()
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(Staff).values(active=True))
        work.session.execute(update(Passkey).values(counter=1_000_000))
    assert refused()
    with bench.read(COMMAND, moment()) as work:
        assert "staff.copied_passkey" in work.session.scalars(select(LogEntry.action)).all()
