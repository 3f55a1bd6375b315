"""Every page of a filled installation in a real browser: for every eye, at every width, within its weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, Request

from consulta.infra import database as db
from consulta.infra.work import Bench
from tests.browser.voting import follow
from tests.depth import quick
from tests.mailer import fates
from tests.texts import TWO

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.infra.settings import Settings
    from tests.benches import Demo

OpenPage = Callable[..., Page]
PUBLIC = (
    "",
    "method",
    "rounds/ejemplo-1",
    "rounds/ejemplo-2",
    "rounds/ejemplo-1/result",
    "rounds/ejemplo-1/result/figures",
    "rounds/ejemplo-4/result",
    "rounds/ejemplo-1/panel",
    "rounds/ejemplo-1/factsheet",
    "rounds/ejemplo-1/receipts",
    "rounds/ejemplo-4/receipts",
    "rounds/ejemplo-1/verify",
    "rounds/ejemplo-4/verify",
    "account/sign-in",
    "nowhere",
)
DESK = (
    "",
    "calendar",
    "new-round",
    "new-round?from=ejemplo-1",
    "members",
    "members?country=PE&sort=sector",
    "members/1",
    "members/1/edit",
    "members/new",
    "members/1/contacts/new",
    "members/1/contacts/1",
    "members/1/active",
    "members/import",
    "members/import/1",
    "members/import/1/undo",
    "rounds/ejemplo-1",
    "rounds/ejemplo-1/file",
    "rounds/ejemplo-1/dialogue",
    "rounds/ejemplo-1/attendance",
    "rounds/ejemplo-1/invitations",
    "rounds/ejemplo-1/invitations/lists",
    "rounds/ejemplo-1/result",
    "rounds/ejemplo-1/panel",
    "rounds/ejemplo-1/panel?preset=parity_40",
    "rounds/ejemplo-1/publish",
    "rounds/ejemplo-1/panel/publish",
    "rounds/ejemplo-1/factsheet",
    "rounds/ejemplo-1/factsheet/publish",
    "rounds/ejemplo-1/log",
    "rounds/ejemplo-2",
    "rounds/ejemplo-2/themes",
    "rounds/ejemplo-2/nominees",
    "rounds/ejemplo-2/nominees/n01",
    "rounds/ejemplo-2/nominees/n63/join",
    "rounds/ejemplo-2/nominations",
    "rounds/ejemplo-2/nominations/1",
    "rounds/ejemplo-2/nominations/3",
    "rounds/ejemplo-2/nominations-until",
    "rounds/ejemplo-3/nominations",
    "rounds/ejemplo-3/nominations-until",
    "rounds/ejemplo-2/access",
    "rounds/ejemplo-2/links",
    "rounds/ejemplo-2/participation",
    "rounds/ejemplo-2/scrutineers",
    "rounds/ejemplo-2/mail",
    "rounds/ejemplo-2/mail?state=sent&kind=invitation&sort=country",
    "rounds/ejemplo-2/mail/lost",
    "rounds/ejemplo-2/mail/again",
    "rounds/ejemplo-2/mail/report",
    "rounds/ejemplo-2/mail/contacts/2",
    "rounds/ejemplo-2/mail/contacts/2/resend",
    "rounds/ejemplo-2/mail/reminders",
    "rounds/ejemplo-2/mail/reminders/now",
    "rounds/ejemplo-2/mail/texts",
    "rounds/ejemplo-2/mail/texts/invitation",
    "rounds/ejemplo-2/mail/files",
    "rounds/ejemplo-1/mail/thanks",
    "rounds/ejemplo-3/mail",
    "rounds/ejemplo-2/close",
    "rounds/ejemplo-2/deadline",
    "rounds/ejemplo-2/mail/reminders/now?at=",
    "rounds/ejemplo-2/cancel",
    "rounds/ejemplo-3/edit",
    "rounds/ejemplo-3/rules",
    "rounds/ejemplo-3/check",
    "rounds/ejemplo-3/delete",
    "rounds/ejemplo-3/copy-nominees?source=ejemplo-1",
    "rounds/ejemplo-3/preview",
    "rounds/ejemplo-3/preview/mail?kind=closing&language=en",
    "rounds/ejemplo-3/themes",
    "rounds/ejemplo-3/themes/salud",
    "rounds/ejemplo-3/themes/salud/delete",
    "rounds/ejemplo-3/new-theme",
    "rounds/ejemplo-3/nominees",
    "rounds/ejemplo-3/new-nominee",
    "rounds/ejemplo-3/nominees-file",
    "rounds/ejemplo-3/open",
    "rounds/ejemplo-3/open/plan",
)
LOOKS = (
    ("es", {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"}),
    ("en", {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"}),
    ("en", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}),
    ("es", {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}),
)
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
# Wider than its window: the page as a whole, not the tables that scroll inside a region of their own.
SIDEWAYS = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# What a table or a region that would scroll on a screen has beyond its edge: paper does not scroll.
BEYOND = """() => [...document.querySelectorAll(".scroll, main table, .chart > svg")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth
    || each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
TALLEST = 6_000  # px of a page of the desk at 360 px
LONGER: dict[str, int] = {}  # pages that are taller still, and how much
PUBLIC_MOST, DESK_MOST = 60_000, 80_000  # bytes over the wire, compressed, nothing kept from before


@dataclass(frozen=True, slots=True)
class Filled:
    """The demonstration's database, and how to come in."""

    content: bytes
    email: str
    password: str


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, demo: Demo) -> Filled:
    """The demonstration, with a fate for each of its mails."""
    path = tmp_path_factory.mktemp("filled") / "consulta.sqlite3"
    path.write_bytes(demo.content)
    bench = Bench(db.connect(f"sqlite:///{path}"), TWO)
    fates.mix(bench, "ejemplo-2")
    bench.engine.dispose()
    sign_in = demo.known.sign_ins[0]
    return Filled(path.read_bytes(), sign_in.email, sign_in.password)


@pytest.fixture
def bench(settings: Settings, filled: Filled) -> Iterator[Bench]:
    """A bench over a copy of the demonstration."""
    path: Path = settings.data / "consulta.sqlite3"
    path.write_bytes(filled.content)
    bench = Bench(db.connect(settings.database), TWO)
    yield bench
    bench.engine.dispose()


def sign_in(page: Page, filled: Filled) -> None:
    page.goto("/es/account/sign-in")
    page.fill("#email", filled.email)
    page.fill("#password", filled.password)
    follow(page, page.locator("main button"))
    page.wait_for_url("**/secretariat/")


def faults(page: Page, url: str) -> list[str]:
    """What axe, or the width of the page, has against it, with everything unfolded."""
    page.evaluate(UNFOLD)
    found = [
        f"{url}: {violation['id']}: {node['html'][:120]}"
        for violation in Axe().run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]
    beyond = page.evaluate(SIDEWAYS)
    return [*found, f"{url}: {beyond} px too wide"] if beyond > 0 else found


@pytest.mark.parametrize(("lang", "look"), LOOKS)
def test_public_pages_are_for_every_eye(open_page: OpenPage, lang: str, look: dict[str, object]) -> None:
    page = open_page(**look)
    found: list[str] = []
    for path in PUBLIC:
        page.goto(f"/{lang}/{path}")
        found += faults(page, path)
    assert found == []


@pytest.mark.parametrize(("lang", "look"), LOOKS)
def test_pages_of_the_desk_are_for_every_eye(
    open_page: OpenPage, filled: Filled, lang: str, look: dict[str, object]
) -> None:
    page = open_page(**look)
    sign_in(page, filled)
    found: list[str] = []
    for path in seen_so(DESK, LOOKS.index((lang, look))):
        answer = page.goto(f"/{lang}/secretariat/{path}")
        assert answer is not None
        assert answer.status == 200, path
        found += faults(page, path)
    assert found == []


def seen_so(paths: Sequence[str], look: int) -> list[str]:
    """Return the pages that are looked at in one of the four looks: all, or half of them in `make test`.

    There each page is looked at in two: narrow and wide, light and dark.
    """
    together = {0, 3} if look in {0, 3} else {1, 2}
    return [path for at, path in enumerate(paths) if not quick() or at % 2 == min(together)]


@pytest.mark.parametrize("paths", [PUBLIC, DESK])
def test_no_page_goes_unseen(paths: tuple[str, ...]) -> None:
    looks: dict[str, list[dict[str, Any]]] = {}
    for at, (_, look) in enumerate(LOOKS):
        for path in seen_so(paths, at):
            looks.setdefault(path, []).append(look)
    assert set(looks) == set(paths)
    for seen in looks.values():
        assert {look["color_scheme"] for look in seen} == {"light", "dark"}
        assert {look["viewport"]["width"] < 400 for look in seen} == {True, False}
        assert len(seen) == (2 if quick() else 4)


def weigh(pages: Mapping[str, Page]) -> dict[str, int]:
    """Bytes that a first visit to each address moves: bodies as they came over the wire.

    Until a page asks for nothing more takes half a second each time: they wait for it together.
    """
    moved: dict[str, int] = {}
    for url, page in pages.items():
        moved[url] = 0
        page.on("requestfinished", partial(_add, moved, url))
        page.goto(url)
    for page in pages.values():
        page.wait_for_load_state("networkidle")
    return moved


def _add(moved: dict[str, int], url: str, request: Request) -> None:
    moved[url] += request.sizes()["responseBodySize"]


@pytest.mark.parametrize("path", PUBLIC)
def test_public_pages_keep_to_their_weight(open_page: OpenPage, path: str) -> None:
    (size,) = weigh({f"/es/{path}": open_page()}).values()
    assert 0 < size <= PUBLIC_MOST


def test_pages_of_the_desk_keep_to_their_weight(open_page: OpenPage, filled: Filled) -> None:
    page = open_page()
    sign_in(page, filled)
    state = page.context.storage_state()
    for at in range(0, len(DESK), 8):
        urls = [f"/es/secretariat/{path}" for path in DESK[at : at + 8]]
        pages = {url: open_page(storage_state=state) for url in urls}
        sizes = weigh(pages)
        for each in pages.values():
            each.context.close()  # a server takes so many open connections, and no more
        assert set(sizes) == set(urls)
        assert {url: size for url, size in sizes.items() if not 0 < size <= DESK_MOST} == {}


def test_no_page_of_the_desk_is_endless_on_a_phone(open_page: OpenPage, filled: Filled) -> None:
    page = open_page(viewport={"width": 360, "height": 740})
    sign_in(page, filled)
    tall = {}
    for path in DESK:
        page.goto(f"/es/secretariat/{path}")
        height = page.evaluate("document.documentElement.scrollHeight")
        if height > LONGER.get(path, TALLEST):
            tall[path] = height
    assert tall == {}


def test_the_rail_is_a_sheet_on_a_phone_and_stands_beside_a_wide_page(
    open_page: OpenPage, filled: Filled
) -> None:
    page = open_page(viewport={"width": 360, "height": 740}, java_script_enabled=False)
    sign_in(page, filled)
    page.goto("/es/secretariat/rounds/ejemplo-2/deadline")
    rail = page.locator("#rail")
    assert not rail.is_visible()
    page.click(".opener")
    assert rail.is_visible()
    page.keyboard.press("Escape")
    assert not rail.is_visible()
    page.click(".opener")
    follow(page, rail.get_by_role("link", name="Participación"))
    assert page.url.endswith("/participation")
    page.set_viewport_size({"width": 1280, "height": 900})
    box, main = rail.bounding_box(), page.locator("main").bounding_box()
    assert box is not None
    assert main is not None
    assert box["x"] + box["width"] < main["x"]
    assert main["x"] + main["width"] > 1200, "the width is used"


def test_texts_files_and_reports_of_mail_work_without_script(
    open_page: OpenPage, filled: Filled, bench: Bench, settings: Settings
) -> None:
    """What only a form leads to: a text looked at before it is saved, a report read, a mail with its link."""
    number = fates.write_file(bench, settings, "ejemplo-2")
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    sign_in(page, filled)
    mail = "/es/secretariat/rounds/ejemplo-2/mail"
    page.goto(f"{mail}/texts/invitation")
    page.fill("#subject_es", "Su voto {apodo}")
    follow(page, page.locator("button[name=act][value=es]").first)
    assert "{apodo}" in page.locator("#subject_es-error").inner_text()
    page.fill("#subject_es", "Su voto, hasta el {until}")
    follow(page, page.locator("button[name=act][value=es]").first)
    assert page.locator("#shown .letter, section:has(#shown) .letter").count() == 1
    with page.expect_popup() as opened:
        page.locator("button[formtarget=_blank]").click()
    opened.value.wait_for_load_state()
    assert opened.value.locator("div[lang=es]").count() == 1
    page.goto(f"{mail}/report")
    page.fill("#report", "Final-Recipient: rfc822; ana.nueva@example.org\nStatus: 5.1.1\n")
    follow(page, page.locator("main form button"))
    assert page.locator("input[name=contact]:checked").count() == 1
    follow(page, page.locator("button[name=confirm]"))
    page.wait_for_url("**/mail/lost")
    page.goto(f"{mail}/files/{number}")
    assert page.locator(f'.letter a[href="{fates.LINK}"]').count() == 1
    assert page.locator(".letter").bounding_box() is not None


@pytest.mark.parametrize("lang", TWO)
@pytest.mark.parametrize(("width", "most"), [(360, 6500), (1280, 3500)])
def test_a_result_is_short_enough_to_be_read_in_a_minute(
    open_page: OpenPage, lang: str, width: int, most: int
) -> None:
    page = open_page(viewport={"width": width, "height": 800})
    for key in ("ejemplo-1", "ejemplo-4"):
        page.goto(f"/{lang}/rounds/{key}/result")
        assert page.locator(".answer").count() == 1
        assert page.evaluate("document.documentElement.scrollHeight") <= most, (lang, key, width)


def test_a_result_reads_without_script_and_prints_with_its_figures(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/es/rounds/ejemplo-1/result")
    assert page.locator(".answer").count() == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(BEYOND) == []
    sheet = page.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", sheet)) >= 2
