"""A desk of which nothing is filled in yet: what each empty page says, and how it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform import accounts
from consulta.platform.work import COMMAND
from consulta.rounds import service as rounds
from tests.benches import PASSWORD
from tests.browser.test_pages import LOOKS, Visit, faults
from tests.browser.voting import follow
from tests.deep import DEEP
from tests.desk.test_rounds import KEY
from tests.drafts import round_command
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from tests.browser.test_pages import OpenPage

EMPTY = (
    *("", "calendar", "new-round", "members", "members/applications", "members/corrections", "mail/texts"),
    *("members/focal-points", "institutions", "heard", "panel-rules", "practice", "checkpoints", "people"),
)
OF_A_ROUND = (
    *("", "/themes", "/questions", "/nominees", "/nominations", "/proposing", "/theme-review"),
    *("/scrutineers", "/mail", "/mail/files", "/mail/reminders", "/mail/lost", "/log", "/dialogue"),
    *("/attendance", "/open", "/preview"),
)


def walk(visit: Visit, paths: list[str]) -> list[str]:
    """Return what is wrong with pages of the desk: heights, widths, what axe has against each in one look.

    `make test` walks every third of them.
    """
    found = []
    for at, path in enumerate(paths[:: 1 if DEEP else 3]):
        visit.to(f"/es/secretariat/{path}")
        found += visit.too_tall(path)
        found += faults(visit.page, path, LOOKS["es"][at % 2 :][:1])
    return found


def test_what_is_empty_says_what_to_do_first(open_page: OpenPage, bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, "ana@example.org", "Ana", PASSWORD, "admin")
    visit = Visit(open_page())
    visit.page.goto("/es/account/sign-in")
    visit.page.fill("#email", "ana@example.org")
    visit.page.fill("#password", PASSWORD)
    follow(visit.page, visit.page.locator("form:has(#password) button"))
    found = walk(visit, [*EMPTY])
    with bench.work(COMMAND, moment()) as work:
        rounds.create_round(work, round_command(closes_local="2037-03-05T17:00"))
    found += walk(visit, [f"rounds/{KEY}{page}" for page in OF_A_ROUND])
    assert found == []
