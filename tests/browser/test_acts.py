"""Pages of acts that the demonstration does not show: votes by call, more time, invitations, answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page
from sqlalchemy import update

from consulta.platform import accounts
from consulta.platform.models import SignedIn
from consulta.platform.work import COMMAND
from tests import sessions_aged
from tests.benches import PASSWORD, STAFF
from tests.browser.test_pages import LOOKS, asked_in, faults
from tests.browser.voting import follow
from tests.deep import DEEP, deep, some
from tests.factories import moment
from tests.invited import KEY, invited, number_of
from tests.platform.mailer.desk import messages
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
OPEN = "2027-2"
DESK = (
    f"rounds/{OPEN}/deadline",
    f"rounds/{OPEN}/paper",
    f"rounds/{OPEN}/seats/s001",
    f"rounds/{OPEN}/seats/s001/paper",
    f"rounds/{KEY}/invitations",
    f"rounds/{KEY}/invitations/invite",
    f"rounds/{KEY}/invitations/tell",
    f"rounds/{KEY}/dialogue",
    f"rounds/{KEY}/attendance",
    f"rounds/{KEY}/attendance/file",
    f"rounds/{KEY}/nominees/n01/delete",
    "members/1/contacts/1/replace",
    "members/1/contacts/1/active",
)


def by_call(page: Page, desk: str) -> Iterator[str]:
    """A vote entered by staff, from its ballot to its code."""
    page.goto(f"{desk}/rounds/{OPEN}/seats/s001/assisted")
    yield "ballot by call"
    page.locator(".add:visible").first.click()
    follow(page, page.locator(".foot-bar button"))
    yield "review by call"
    follow(page, page.locator("#ballot button.primary"))
    yield "review by call, refused"
    page.fill("#requester", "Rosa Quispe, directora")
    page.fill("#reason", "Sin conexión hasta el viernes")
    page.locator("#confirm").check()
    follow(page, page.locator("#ballot button.primary"))
    assert "/receipt" in page.url
    yield "receipt by call"


def sign_in(page: Page, lang: str) -> None:
    page.goto(f"/{lang}/account/sign-in")
    page.fill("#email", STAFF)
    page.fill("#password", PASSWORD)
    follow(page, page.locator("form:has(#password) button"))


def at_the_desk(page: Page, lang: str, invitation: int) -> Iterator[str]:
    """Pages of the desk, every other one in `make test`; a form that is refused, too."""
    sign_in(page, lang)
    desk = f"/{lang}/secretariat"
    for path in some((*DESK, f"rounds/{KEY}/invitations/{invitation}"), 2):
        answer = page.goto(f"{desk}/{path}")
        assert answer is not None
        assert answer.status == 200, path
        yield path
    page.goto(f"{desk}/rounds/{OPEN}/deadline")
    follow(page, page.locator("main form[method=post] button").last)
    yield "deadline refused"
    yield from by_call(page, desk)


def asked_again(page: Page, lang: str, bench: Bench) -> Iterator[str]:
    """The password asked for in place, and a session that ended under a form."""
    sign_in(page, lang)
    deadline = f"/{lang}/secretariat/rounds/{OPEN}/deadline"
    page.goto(deadline)
    with bench.work(COMMAND, moment()) as work:
        sessions_aged.confirmed(work, moment() - timedelta(minutes=11))
    follow(page, page.locator("main form[method=post] button").last)
    yield "password asked in place"
    page.fill("#confirm_password", "no es esta frase")
    follow(page, page.locator("main form button"))
    yield "password refused in place"
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(update(SignedIn).values(ended_at=moment()))
    follow(page, page.locator("main form button"))
    yield "session ended under a form"


def as_a_guest(page: Page, lang: str, token: str) -> Iterator[str]:
    """From the link of an invitation to the answer."""
    page.goto(f"/{lang}/a/{token[:20]}")
    yield "link"
    follow(page, page.locator("main button"))
    yield "refused link"
    page.goto(f"/{lang}/invitation")
    yield "no session"
    page.goto(f"/{lang}/a/{token}")
    follow(page, page.locator("main button"))
    yield "invitation"
    follow(page, page.locator("form:has([name=said]) button.primary"))
    yield "answer refused"
    page.locator("[name=said][value=accepted]").check()
    follow(page, page.locator("form:has([name=said]) button.primary"))
    yield "answered"


def as_anybody(page: Page, lang: str) -> Iterator[str]:
    """A new link, asked for."""
    page.goto(f"/{lang}/new-link")
    yield "new link"
    follow(page, page.locator("main form button"))
    yield "new link refused"
    page.fill("#email", "nadie@example.org")
    follow(page, page.locator("main form button"))
    assert page.url.endswith("/new-link/asked")
    yield "new link asked"
    page.goto(f"/{lang}/v/")
    yield "pieces of a link"


@pytest.mark.parametrize(
    ("who", "lang"), [("staff", "es"), ("others", "en"), deep("staff", "en"), deep("others", "es")]
)
def test_the_pages_of_rare_acts_are_for_every_eye(
    bench: Bench, open_page: OpenPage, who: str, lang: str
) -> None:
    invited(bench)
    open_round(bench, OPEN, real=True, nominees=2)
    with bench.work(COMMAND, moment()) as work:
        accounts.add_staff(work, STAFF, "Secretaría", PASSWORD, "secretariat")
    number = number_of(bench, "n04")
    token = next(str(m.token) for m in messages(bench) if m.invitation_id == number)
    found: list[str] = []
    walks: dict[str, tuple[Callable[[Page], Iterator[str]], ...]] = {
        "staff": (lambda page: at_the_desk(page, lang, number), lambda page: asked_again(page, lang, bench)),
        "others": (lambda page: as_a_guest(page, lang, token), lambda page: as_anybody(page, lang)),
    }
    for walk in walks[who]:
        page = open_page(**LOOKS[lang][0])
        for name in walk(page):
            found += faults(page, name, LOOKS[lang] if DEEP else [asked_in(name, LOOKS[lang])])
    assert found == []
