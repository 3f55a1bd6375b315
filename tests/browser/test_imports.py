"""A workbook with two sheets, chosen, looked at and imported in a browser, for every list of files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.platform import accounts
from consulta.platform.work import COMMAND
from tests.benches import PASSWORD, STAFF
from tests.browser.test_acts import OpenPage, sign_in
from tests.browser.voting import follow
from tests.factories import moment
from tests.people.members.test_members_sheets import workbook
from tests.platform.importing.test_importing import LISTS, Desk
from tests.platform.importing.test_workbooks import PATHS

if TYPE_CHECKING:
    from consulta.platform.work import Bench


@pytest.mark.parametrize("name", LISTS)
def test_a_workbook_with_two_sheets_is_imported(open_page: OpenPage, bench: Bench, name: str) -> None:
    desk = Desk(bench, name)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría de prueba", PASSWORD, "secretariat")
    page = open_page()
    sign_in(page, "es")
    page.goto(f"/es/secretariat/{PATHS[name]}")
    total = ("TOTAL", "2")
    sheets = [(name, [desk.headings, desk.row(place), total]) for place, name in enumerate(("Norte", "Sur"))]
    file = {"name": "lista.xlsx", "mimeType": "application/octet-stream", "buffer": workbook(*sheets)}
    page.set_input_files("input[type=file]", file)
    follow(page, page.locator("form:has(input[type=file]) button"))
    shown = page.locator("main").inner_text()
    for told in ("Fila 2 (Norte)", "Fila 2 (Sur)", "La fila 3 (Sur), «TOTAL 2», es un total y no se lee."):
        assert told in shown
    if name == "attendance":
        page.locator("input[name=way]").first.check()
    follow(page, page.locator("section.notice.next form button").first)
    assert desk.look(1).line.applied_at is not None
