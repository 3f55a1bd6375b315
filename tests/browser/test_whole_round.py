"""A whole round as its people live it, from an empty house: in a browser, by the pages alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from consulta.platform import accounts
from consulta.platform.data import catalogue
from consulta.platform.work import COMMAND
from consulta.results import checks
from tests.benches import PASSWORD, STAFF
from tests.browser.voting import follow
from tests.deep import DEEP
from tests.factories import moment

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
KEY = "2027-1"
DESK = "/es/secretariat"
ROUND = f"{DESK}/rounds/{KEY}"
VOTERS = 6 if DEEP else 3


@pytest.fixture
def staff(bench: Bench) -> None:
    """Somebody who can sign in, and nothing else."""
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría", PASSWORD, "secretariat")


def press(page: Page, form: str = "main form[method=post]") -> None:
    """The button of the page's form."""
    follow(page, page.locator(f"{form} button").last)


def sign_in(page: Page) -> None:
    page.goto("/es/account/sign-in")
    page.fill("#email", STAFF)
    page.fill("#password", PASSWORD)
    follow(page, page.locator("form:has(#password) button"))
    expect(page).to_have_url(f"{page.url.split('/es/')[0]}{DESK}/")


def take(page: Page, selector: str, folder: Path) -> Path:
    """Press what downloads a file, and keep the file."""
    with page.expect_download() as waiting:
        page.locator(selector).click()
    path = folder / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def upload(page: Page, url: str, name: str, content: bytes) -> None:
    page.goto(url)
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "text/csv", "buffer": content}
    )
    press(page, "main form[enctype='multipart/form-data']")


def vote(page: Page, link: str, first: str, second: str) -> None:
    """A member's way, without script: link, places, review, box."""
    page.goto(link)
    press(page)
    page.select_option(f"[name=place-{first}]", "1")
    page.select_option(f"[name=place-{second}]", "2")
    follow(page, page.locator(".foot-bar button"))
    page.locator("main input[type=checkbox]").check()
    follow(page, page.locator("main form button").first)
    assert "/receipt" in page.url


def prepare(desk: Page) -> None:
    """Members, a draft, its themes and its nominees."""
    upload(desk, f"{DESK}/members/import", "integrantes.csv", catalogue.demo_file("members.csv"))
    press(desk)
    desk.goto(f"{DESK}/members")
    expect(desk.locator("main")).to_contain_text("161")
    desk.goto(f"{DESK}/new-round")
    desk.fill("#title_es", "Primera consulta de 2027")
    desk.locator("details:has(#key) > summary").click()
    desk.fill("#title_en", "First round of 2027")
    desk.fill("#key", KEY)
    desk.fill("#closes", (moment() + timedelta(days=20)).strftime("%Y-%m-%dT%H:%M"))
    press(desk)
    expect(desk).to_have_url(f"{desk.url.split('/es/')[0]}{ROUND}/open")
    upload(desk, f"{ROUND}/nominees-file", "postulaciones.csv", catalogue.demo_file("nominees.csv"))
    press(desk)
    desk.goto(f"{ROUND}/nominees")
    expect(desk.locator("main")).to_contain_text("62")


def open_voting(desk: Page, folder: Path) -> list[str]:
    """The round opens; the personal links, as the file for the mailing has them."""
    desk.goto(f"{ROUND}/open")
    desk.fill("#typed", KEY)
    press(desk)
    desk.goto(f"{ROUND}/links")
    book = openpyxl.load_workbook(take(desk, "main form.form button", folder))
    return [str(cell) for row in book.worksheets[0].values for cell in row if "/v/" in str(cell)]


def publish(desk: Page) -> None:
    """First the result, then the panel."""
    for page in ("publish", "panel/publish"):
        desk.goto(f"{ROUND}/{page}")
        desk.fill("#typed", KEY)
        press(desk)


def close_voting(desk: Page) -> None:
    """See on the desk that all have voted who did, and close the round."""
    desk.goto(f"{ROUND}/participation")
    expect(desk.locator("main")).to_contain_text(f"{VOTERS} de 161")
    desk.goto(f"{ROUND}/close")
    desk.fill("#typed", KEY)
    desk.fill("#reason", "Prueba de punta a punta")
    press(desk)


def test_from_an_empty_house_to_a_published_panel(
    open_page: OpenPage, staff: None, bench: Bench, tmp_path: Path
) -> None:
    themes = catalogue.demo_themes()
    desk = open_page(java_script_enabled=False, accept_downloads=True)
    sign_in(desk)
    prepare(desk)
    links = open_voting(desk, tmp_path)
    assert len(links) > 161
    site = desk.url.split("/es/")[0]
    for number, link in enumerate(links[:: len(links) // VOTERS][:VOTERS]):
        phone = open_page(java_script_enabled=False, viewport={"width": 360, "height": 640})
        vote(phone, site + link[link.index("/", 8) :], themes[0].key, themes[1 + number % 3].key)
    close_voting(desk)
    desk.goto(f"{ROUND}/result")
    expect(desk.locator(".answer")).to_contain_text(themes[0].title["es"])

    desk.goto(f"{ROUND}/panel")
    follow(desk, desk.locator(f"main form[action$='{KEY}/panel/rules'] button.primary"))
    expect(desk.locator("#chosen")).to_be_visible()
    desk.locator("details:has(button[value=xlsx]) > summary").click()
    guests = openpyxl.load_workbook(take(desk, "button[value=xlsx]:not(.quiet)", tmp_path))
    assert guests.worksheets[0].max_row == 1 + 8

    publish(desk)
    stranger = open_page(java_script_enabled=False)
    stranger.goto(f"/es/rounds/{KEY}/result")
    expect(stranger.locator(".answer")).to_contain_text(themes[0].title["es"])
    stranger.goto(f"/es/rounds/{KEY}/panel")
    expect(stranger.locator("main .person")).to_have_count(8)
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []
