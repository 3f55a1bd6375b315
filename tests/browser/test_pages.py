"""Every page of a filled installation in a real browser: for every eye, at every width, within its weight."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
from playwright.sync_api import Page

from consulta.platform import database as db
from consulta.platform.work import Bench
from tests.browser.test_every_eye import FOOT, larger
from tests.browser.voting import follow, show, violations
from tests.deep import DEEP, deep
from tests.platform.mailer import fates
from tests.texts import TWO

if TYPE_CHECKING:
    from pathlib import Path

    from consulta.platform.settings import Settings
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
    "rounds/ejemplo-6/result",
    "rounds/ejemplo-4/answers",
    "rounds/ejemplo-1/said",
    "rounds/ejemplo-1/evaluation",
    "rounds/ejemplo-1/minutes",
    "rounds/ejemplo-1/follow-up",
    "rounds/ejemplo-2/roll",
    "rounds/ejemplo-2/themes-proposed",
    "heard",
    "follow-up",
    "follow-up/EJ2023-R1",
    "members",
    "focal-points",
    "apply",
    "own-data",
    "new-link",
    "log",
    "data",
    "data/sessions/ejemplo-1",
    "about",
    "privacy",
    "contact",
)
DESK = (
    "",
    "first-steps",
    "administration",
    "calendar",
    "search?q=red",
    "settings",
    "parts",
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
    "rounds/ejemplo-2/nominations/4",
    "rounds/ejemplo-2/nominations/6",
    "rounds/ejemplo-3/nominations",
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
    "rounds/ejemplo-3/roll-changes",
    "staff",
    "staff/invite",
    "successor",
    "staff/2",
    "../account/",
    "../account/password",
    "../account/second-step",
    "people",
    "retention",
    "practice",
    "checkpoints",
    "organiser",
    "mail",
    "mail/texts",
    "mail/texts/institution_invited",
    "local-governments",
    "panel-rules",
    "heard",
    "institutions",
    "institutions/new",
    "institutions/6",
    "members/applications",
    "members/applications/1",
    "members/corrections",
    "members/corrections/1",
    "members/data-mail",
    "members/focal-points",
    "members/focal-points/new",
    "members/focal-points/4",
    "members/focal-points/write",
    "members/31/contacts/40/replace",
    "rounds/ejemplo-1/questions",
    "rounds/ejemplo-1/questions-preview",
    "rounds/ejemplo-1/answers",
    "rounds/ejemplo-1/objections",
    "rounds/ejemplo-1/objections/1",
    "rounds/ejemplo-4/result",
    "rounds/ejemplo-6/result",
    "rounds/ejemplo-4/result/charts",
    "rounds/ejemplo-1/synthesis",
    "rounds/ejemplo-1/synthesis/themes/vulnerabilidades",
    "rounds/ejemplo-1/synthesis/publish",
    "rounds/ejemplo-1/panel/candidates",
    "rounds/ejemplo-1/panel/rules",
    "rounds/ejemplo-1/nominees/n01/designation",
    "rounds/ejemplo-1/invitations/1",
    "rounds/ejemplo-1/invitations/tell",
    "rounds/ejemplo-6/invitations/invite",
    "rounds/ejemplo-6/invitations/remind",
    "rounds/ejemplo-1/minutes",
    "rounds/ejemplo-1/minutes/1",
    "rounds/ejemplo-1/minutes/publish",
    "rounds/ejemplo-1/evaluation",
    "rounds/ejemplo-1/evaluation/people",
    "rounds/ejemplo-1/evaluation/preview",
    "rounds/ejemplo-1/evaluation/results",
    "rounds/ejemplo-1/recommendations",
    "rounds/ejemplo-1/recommendations/1",
    "rounds/ejemplo-1/recommendations/1/answer",
    "rounds/ejemplo-1/follow-up-calls",
    "rounds/ejemplo-1/follow-up-calls/rhythm",
    "rounds/ejemplo-1/follow-up-calls/send",
    "rounds/ejemplo-1/attendance/file",
    "rounds/ejemplo-1/data",
    "rounds/ejemplo-1/data/rounds/2",
    "rounds/ejemplo-1/calls",
    "rounds/ejemplo-1/mail/texts",
    "rounds/ejemplo-2/seats/s146",
    "rounds/ejemplo-2/seats/s146/assisted",
    "rounds/ejemplo-2/access/1",
    "rounds/ejemplo-2/proposing",
    "rounds/ejemplo-2/proposing/end",
    "rounds/ejemplo-3/questions/p1",
    "rounds/ejemplo-3/new-question/one",
    "rounds/ejemplo-5/proposing",
    "rounds/ejemplo-5/proposing/extend",
    "rounds/ejemplo-5/proposing/mail",
    "rounds/ejemplo-5/proposing/reminder",
    "rounds/ejemplo-5/theme-review",
    "rounds/ejemplo-5/theme-review/1",
    "rounds/ejemplo-5/theme-review/1/edit",
    "rounds/ejemplo-5/theme-review/1/split",
    "rounds/ejemplo-5/theme-review/1/translate/en",
    "rounds/ejemplo-5/theme-review/ballot",
    # pages before an act, and forms that a list leads to
    "members/1/contacts/1/active",
    "members/bulk?act=tag&o=1&o=2&o=3",
    "people/contact/1",
    "people/contact/1/erase",
    "pending/1",
    "rounds/ejemplo-1/attendance/file/3",
    "rounds/ejemplo-1/attendance/file/3/undo",
    "rounds/ejemplo-1/evaluation/end",
    "rounds/ejemplo-1/evaluation/publish",
    "rounds/ejemplo-1/evaluation/remind",
    "rounds/ejemplo-1/evaluation/send",
    "rounds/ejemplo-1/factsheet/figures",
    "rounds/ejemplo-1/invitations/replaced",
    "rounds/ejemplo-1/minutes/1/remove",
    "rounds/ejemplo-1/recommendations/new",
    "rounds/ejemplo-1/recommendations/1/answers/10",
    "rounds/ejemplo-2/proposing/told",
    "rounds/ejemplo-2/nominees/n63/delete",
    "rounds/ejemplo-2/registrations/new",
    "rounds/ejemplo-2/seats/s146/questions",
    "rounds/ejemplo-2/write?only=1.2.3",
    "rounds/ejemplo-3/proposing/open",
    "rounds/ejemplo-3/proposing/phase",
    "rounds/ejemplo-3/questions/p1/delete",
    "rounds/ejemplo-5/theme-review/merge",
    "rounds/ejemplo-5/theme-review/take-back",
)
# Pages of the desk for which the example has no state: test_rare_states brings most of them about.
NOT_IN_THE_EXAMPLE = {
    *("create_evaluation_question", "edit_evaluation_question", "delete_evaluation_question"),
    *("registration", "withdraw_seat", "reopening", "public_value", "restored_mail", "bulk_done"),
    *("nominees_import", "undo_nominees", "invite_institution", "rename_preset"),
    *("assisted_reasons", "assisted_receipt", "filed_mail", "filed_html", "paper", "delete_practice"),
}
PAPER = "rounds/ejemplo-2/seats/s146/paper"  # sheets to print, without a rail
# A page is loaded once in a language and looked at narrow and wide, light and dark.
LOOKS: dict[str, tuple[dict[str, Any], ...]] = {
    "es": (
        {"viewport": {"width": 320, "height": 640}, "color_scheme": "light"},
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    ),
    "en": (
        {"viewport": {"width": 360, "height": 740}, "color_scheme": "dark"},
        {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    ),
}
OTHERS = 4  # of so many pages of the desk, `make test` looks at one in the other language
VISITED = 8  # of so many pages of the desk, `make test` visits one
ALONE = sorted({*DESK} - {*PUBLIC})
PARTS = 4  # so many tests visit the pages of the desk, for processes that share the work
# Wider than its window: the page as a whole, not the tables that scroll inside a region of their own.
SIDEWAYS = "() => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth"
# What a table or a region that would scroll on a screen has beyond its edge: paper does not scroll.
BEYOND = """() => [...document.querySelectorAll(".scroll, main table, .chart > svg")]
  .filter((each) => each.getBoundingClientRect().right > innerWidth
    || each.scrollWidth > each.clientWidth + 1)
  .map((each) => each.outerHTML.slice(0, 80))"""
# Cells of a row of which one lies over the other.
COVERED = """() => [...document.querySelectorAll(".dense tbody tr")].flatMap((row) => {
  const boxes = [...row.children].map((each) => [each.className, each.getBoundingClientRect()])
    .filter(([, box]) => box.width && box.height);
  return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
    .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1
      && b.top < a.bottom - 1)
    .map(([other]) => `${one} / ${other}`));
})"""
# Three framed buttons or more in a row that look the same; buttons that are much wider than their words.
WALLS = """() => {
  const here = (each) => each.checkVisibility({visibilityProperty: true})
    && !each.closest("table, form, .bulk, .foot-bar, .theme-rows");
  const buttons = [...document.querySelectorAll("main .button")];
  const boxes = new Set(buttons.filter(here).map((each) => each.parentElement));
  const framed = ":scope > .button:not(.quiet, .primary, .danger)";
  const alike = [...boxes].filter((box) => box.querySelectorAll(framed).length > 2);
  const wide = buttons.filter((each) => innerWidth > 1000 && !each.closest(".theme")
    && each.getBoundingClientRect().width > 480);
  return [...alike, ...wide].map((each) => each.outerHTML.slice(0, 120));
}"""
PHONE = {"width": 360, "height": 740}
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true })"
# A foot that stays in sight covers what a reader scrolls free: axe takes half a check box for a small one.
LET_GO = "() => document.querySelectorAll('.form-foot').forEach((each) => { each.style.position = 'static' })"
TALLEST, TALLEST_WIDE = 6_000, 4_000  # px of a page of the desk, at 360 and at 1280 px
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
    sign_in = demo.known.sign_ins[1]  # who administers reaches all pages of the desk
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
    follow(page, page.locator("form:has(#password) button"))
    page.wait_for_url("**/secretariat/")


def faults(page: Page, url: str, looks: Sequence[dict[str, Any]]) -> list[str]:
    """Return what axe, or the width of the page, has against it in each look, with everything unfolded.

    `make test` asks axe in one look of each public page, and of those pages of the desk that it visits.
    """
    page.evaluate(UNFOLD)
    page.evaluate(LET_GO)
    found = []
    for look in looks:
        show(page, **look)
        if DEEP or (is_visited(url) and look == asked_in(url, looks)):
            found += [f"{url}, {look}: {violation}" for violation in violations(page)]
        if (beyond := page.evaluate(SIDEWAYS)) > 0:
            found.append(f"{url}, {look}: {beyond} px too wide")
    return found


def is_visited(url: str) -> bool:
    """Whether `make test` visits a page: all that are public, and of the desk every so many'th (`VISITED`).

    Pages of the desk are made of the same few parts; `make test-deep` visits all in each look.
    """
    if url in PUBLIC:
        return True
    place = ALONE.index(url) if url in ALONE else crc32(url.encode())
    return place % VISITED == 0


def asked_in(url: str, looks: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the look of a page in which `make test` asks axe: narrow and wide, light and dark in turn."""
    return looks[crc32(url.encode()) % len(looks)]


@dataclass
class Visit:
    """A page at its first visit: what it moved over the line, and how tall it is on a phone."""

    page: Page
    moved: list[int] = field(default_factory=list)
    asked: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Keep nothing from page to page, and count what comes."""
        cdp = self.page.context.new_cdp_session(self.page)
        cdp.send("Network.enable")
        cdp.send("Network.setCacheDisabled", {"cacheDisabled": True})
        cdp.on("Network.requestWillBeSent", lambda request: self.asked.add(request["requestId"]))
        cdp.on("Network.loadingFailed", lambda failed: self.asked.discard(failed["requestId"]))
        cdp.on("Network.loadingFinished", self._note)

    def _note(self, finished: dict[str, Any]) -> None:
        self.asked.discard(finished["requestId"])
        self.moved.append(int(finished["encodedDataLength"]))

    def to(self, url: str) -> None:
        """Go to an address, whose page is really there."""
        show(self.page, viewport=PHONE, color_scheme="light")
        self.moved.clear()
        self.asked.clear()
        answer = self.page.goto(url)
        assert answer is not None
        assert answer.status == (404 if url.endswith("/nowhere") else 200), url

    def too_tall(self, path: str) -> list[str]:
        """Return the heights of a page of the desk that are over their limit, and what lies over the page."""
        found = []
        for width, most in ((360, TALLEST), (1280, TALLEST_WIDE)):
            self.page.set_viewport_size({"width": width, "height": 740})
            if width == 360 and self.page.locator("#rail:not(:popover-open)").is_visible():
                found.append(f"{path}: the stages lie over the page")
            height = int(self.page.evaluate("document.documentElement.scrollHeight"))
            if height > most:
                found.append(f"{path}: {height} px at {width}")
        found += [f"{path}: {each}" for each in self.page.evaluate(WALLS)]
        return found

    @property
    def weight(self) -> int:
        """Bytes that came over the wire, headers too, once the page asks for nothing more."""
        self.page.wait_for_load_state()
        while self.asked:
            self.page.wait_for_timeout(10)
        return sum(self.moved)


@pytest.mark.parametrize("lang", TWO)
def test_public_pages_are_for_every_eye_and_keep_to_their_weight(open_page: OpenPage, lang: str) -> None:
    visit = Visit(open_page())
    found: list[str] = []
    for path in public(lang):
        visit.to(f"/{lang}/{path}")
        found += faults(visit.page, path, looks(PUBLIC.index(path), lang))
        if not 0 < (weight := visit.weight) <= PUBLIC_MOST:
            found.append(f"{path}: {weight} bytes")
    assert found == []


@pytest.mark.parametrize("part", range(PARTS))
def test_pages_of_the_desk_are_for_every_eye_neither_heavy_nor_endless(
    open_page: OpenPage, filled: Filled, part: int
) -> None:
    visit = Visit(open_page())
    sign_in(visit.page, filled)
    found: list[str] = []
    for path in desk()[part::PARTS]:
        for lang in languages(path):
            visit.to(f"/{lang}/secretariat/{path}")
            found += visit.too_tall(path)
            found += faults(visit.page, path, looks(turn(path), lang))
            if not 0 < (weight := visit.weight) <= DESK_MOST:
                found.append(f"{path}: {weight} bytes")
    assert found == []


def test_sheets_to_print_show_one_on_the_screen(open_page: OpenPage, filled: Filled) -> None:
    visit = Visit(open_page())
    sign_in(visit.page, filled)
    visit.to(f"/es/secretariat/{PAPER}")
    assert visit.too_tall(PAPER) == []
    sheets = visit.page.locator(".sheet")
    assert [sheet.is_visible() for sheet in sheets.all()] == [True, False]
    visit.page.emulate_media(media="print")
    assert sheets.nth(1).is_visible()


def public(lang: str) -> tuple[str, ...]:
    """Return the public pages that are looked at in a language: every other one in `make test`, or all."""
    return PUBLIC if DEEP else PUBLIC[TWO.index(lang) :: len(TWO)]


def desk() -> tuple[str, ...]:
    """Return the pages of the desk that are visited."""
    return DESK if DEEP else tuple(filter(is_visited, DESK))


def turn(path: str) -> int:
    """Return a number by which the looks of the pages of the desk take turns."""
    return DESK.index(path) // PARTS // OTHERS


def looks(turn: int, lang: str) -> tuple[dict[str, Any], ...]:
    """Return the looks at a page: both, or in `make test` one of them."""
    return LOOKS[lang] if DEEP else LOOKS[lang][turn % 2 : turn % 2 + 1]


def languages(path: str) -> tuple[str, ...]:
    """Return the languages in which a page of the desk is looked at: one in `make test`, or both."""
    if DEEP:
        return TWO
    return ("en",) if DESK.index(path) // PARTS % OTHERS == OTHERS - 1 else ("es",)


@pytest.mark.gate
def test_no_page_goes_unseen() -> None:
    for pages in (PUBLIC, DESK):
        twice = {path for path in pages if pages.count(path) > 1}
        assert twice == set(), "named twice in PUBLIC or DESK of tests/browser/test_pages.py"
    for looks in LOOKS.values():
        assert {look["color_scheme"] for look in looks} == {"light", "dark"}
        assert {look["viewport"]["width"] < 400 for look in looks} == {True, False}
        for pages in (PUBLIC, DESK):
            first = [path for path in pages if asked_in(path, looks) == looks[0]]
            assert len(pages) // 4 < len(first) < len(pages) * 3 // 4
    visited = [path for path in DESK if is_visited(path)]
    assert len({*visited} - {*PUBLIC}) == -(-len(ALONE) // VISITED)
    assert len({asked_in(path, LOOKS["es"])["color_scheme"] for path in visited}) == 2
    assert {turn(path) % 2 for path in visited} == {0, 1}
    assert {languages(path) for path in visited} >= {("en",), ("es",)} or DEEP
    assert all(map(is_visited, PUBLIC))
    assert {path for part in range(PARTS) for path in desk()[part::PARTS]} == set(desk())
    assert set(desk()) == set(DESK if DEEP else visited)
    assert {path for lang in TWO for path in public(lang)} == set(PUBLIC)
    seen = [languages(path) for path in DESK]
    assert set().union(*seen) == set(TWO)
    assert {len(each) for each in seen} == {2 if DEEP else 1}


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
    page.goto("/es/secretariat/rounds/ejemplo-3/themes/salud/delete")
    hidden = rail.evaluate("element => element.scrollHeight - element.clientHeight")
    assert hidden <= 0, "all stages of a draft, open, and what belongs to none, stand on one screen"


def test_the_foot_of_long_forms_stays_in_sight_with_letters_twice_as_large(
    open_page: OpenPage, filled: Filled
) -> None:
    page = larger(open_page(viewport=PHONE))
    sign_in(page, filled)
    for path in ("ejemplo-3/edit", "ejemplo-1/dialogue", "ejemplo-1/factsheet"):
        page.goto(f"/es/secretariat/rounds/{path}")
        form = page.locator("form:has(.form-foot)")
        page.evaluate("top => scrollTo(0, top)", form.evaluate("e => e.getBoundingClientRect().top"))
        found = form.locator(".form-foot").evaluate(FOOT)
        assert found["stays"], path
        assert found["free"], path
        assert found["share"] <= 0.27, path


# Whether what has the focus shows it, and lies where it is seen; None where nothing has it.
FOCUS = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const box = at.getBoundingClientRect();
  const near = [at, ...(at.labels || []), at.parentElement];
  const styles = near.flatMap((each) => [getComputedStyle(each), getComputedStyle(each, "::before")]);
  return {seen: styles.some((each) => each.outlineStyle !== "none" && parseFloat(each.outlineWidth) > 0),
    there: box.width > 2 && box.height > 2, what: at.outerHTML.slice(0, 80)};
}"""


@pytest.mark.parametrize("path", ["ejemplo-1/panel"])
def test_the_keyboard_stops_nowhere_unseen(open_page: OpenPage, filled: Filled, path: str) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page, filled)
    page.goto(f"/es/secretariat/rounds/{path}")
    stops = 0
    for _ in range(150):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUS)
        if found is None:
            break
        stops += 1
        assert found["seen"], found["what"]
        assert found["there"] or 'type="' in found["what"], found["what"]
    assert stops > 20


def test_the_calendar_of_a_date_field_shows_that_it_has_the_focus(
    open_page: OpenPage, filled: Filled
) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    sign_in(page, filled)
    page.goto("/es/secretariat/new-round")
    page.locator("#closes").focus()
    while page.evaluate("document.activeElement.matches('#closes:focus')"):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "closes", "its button"
    box = page.locator("#closes").bounding_box()
    assert box is not None
    end = {"x": box["x"] + box["width"] - 40, "y": box["y"] + 2, "width": 38, "height": box["height"] - 4}
    here = page.screenshot(clip=end)
    plain = "::-webkit-calendar-picker-indicator { outline-style: none !important }"
    page.evaluate("(rule) => document.styleSheets[0].insertRule(rule)", plain)
    assert page.screenshot(clip=end) != here, "the outline is ours"


def test_a_wide_screen_is_used(open_page: OpenPage, filled: Filled) -> None:
    page = open_page(viewport={"width": 1600, "height": 900})
    sign_in(page, filled)
    for path, beside in (
        ("", ".rounds > article"),
        ("calendar", ".calendar > div > section"),
        ("rounds/ejemplo-2/nominations/6", ".decisions > section"),
        ("rounds/ejemplo-5/theme-review/1", ".decisions > section"),
    ):
        page.goto(f"/es/secretariat/{path}")
        first, second = (page.locator(beside).nth(at).bounding_box() for at in (0, 1))
        assert first is not None
        assert second is not None
        assert second["x"] > first["x"] + first["width"] / 2, path
    page.goto("/es/secretariat/members/applications")
    cut = "all => all.filter((each) => each.scrollWidth > each.clientWidth + 1).length"
    assert page.locator(".dense td.whole > div").evaluate_all(cut) <= 1
    page.set_viewport_size({"width": 768, "height": 900})
    page.goto("/es/secretariat/rounds/ejemplo-3/new-theme")
    tops = page.locator(".texts").first.locator(".field").evaluate_all("all => all.map((e) => e.offsetTop)")
    assert len(set(tops)) == 1, "a text in three languages stands on one line"
    head = page.locator(".masthead").bounding_box()
    assert head is not None
    assert head["height"] < 130, "the name, the account and the menu in two lines"


def test_no_cell_of_a_row_lies_over_another_on_a_phone(open_page: OpenPage, filled: Filled) -> None:
    page = open_page(viewport=PHONE)
    sign_in(page, filled)
    for path in ("rounds/ejemplo-5/theme-review", "rounds/ejemplo-1/synthesis", "rounds/ejemplo-2/nominees"):
        page.goto(f"/es/secretariat/{path}")
        assert page.locator(".dense tbody tr").count() > 1
        assert page.evaluate(COVERED) == [], path


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
    assert opened.value.locator("html[lang=es]").count() == 1
    page.goto(f"{mail}/report")
    page.fill("#report", "Final-Recipient: rfc822; ana.nueva@example.org\nStatus: 5.1.1\n")
    follow(page, page.locator("main form button"))
    assert page.locator("input[name=contact]:checked").count() == 1
    follow(page, page.locator("button[name=confirm]"))
    page.wait_for_url("**/mail/lost")
    page.goto(f"{mail}/files/{number}")
    assert page.locator(f'.letter a[href="{fates.LINK}"]').count() == 1
    assert page.locator(".letter").bounding_box() is not None


WIDER = 1.05  # room for the letters of other machines: those of P052 are wider than those of Liberation


@pytest.mark.parametrize("lang", ["es", deep("en")])
def test_a_result_is_short_enough_to_be_read_in_a_minute(open_page: OpenPage, lang: str) -> None:
    page = open_page()
    for path in (
        "ejemplo-1/result",
        "ejemplo-4/result",
        "ejemplo-6/result",
        "ejemplo-1/panel",
        "ejemplo-1/factsheet",
    ):
        page.goto(f"/{lang}/rounds/{path}")
        for width, most in ((360, 6600), (1280, 3500)):
            page.set_viewport_size({"width": width, "height": 800})
            height = page.evaluate("document.documentElement.scrollHeight")
            assert height <= most * WIDER, (lang, path, width)
            if path.endswith("result"):  # which theme, why and how sure stand on the first screen
                assert page.locator(".answer").count() == 1
                level = page.locator(".sure .level").bounding_box()
                assert level is not None
                assert level["y"] + level["height"] <= 800, (lang, path, width)


def test_a_result_reads_without_script_and_prints_with_its_figures(open_page: OpenPage) -> None:
    page = open_page(java_script_enabled=False)
    page.goto("/es/rounds/ejemplo-1/result")
    assert page.locator(".answer").count() == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 688, "height": 1000})  # A4 less its margins
    assert page.evaluate(SIDEWAYS) <= 0
    assert page.evaluate(BEYOND) == []
    rows = page.locator(".scroll tbody th")
    assert rows.count() > 0
    still = "all => all.every((each) => getComputedStyle(each).position === 'static')"
    assert rows.evaluate_all(still), "what stands fast on a screen hides lines on paper"
    assert 2 <= sheets(page) <= 6
    for path, most in (("heard", 3), ("rounds/ejemplo-1/panel", 5), ("rounds/ejemplo-1/result/figures", 14)):
        page.goto(f"/es/{path}")
        assert sheets(page) <= most, f"{path}: long tables flow from page to page"


def sheets(page: Page) -> int:
    """Return on how many sheets of A4 a page is printed."""
    return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def test_on_paper_short_groups_are_not_torn_apart(open_page: OpenPage) -> None:
    page = open_page()
    whole = "all => all.every((each) => getComputedStyle(each).breakInside === 'avoid')"
    for path, groups in (
        ("follow-up", ".became-list .at"),
        ("members", ".roll details:not(:has(li:nth-child(9)))"),
    ):
        page.goto(f"/es/{path}")
        page.emulate_media(media="print")
        assert page.locator(groups).count() > 1
        assert page.locator(groups).evaluate_all(whole), path
