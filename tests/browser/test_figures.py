"""What the ballot weighs, how soon it is seen on a poor line, how many taps a vote takes: with the bounds.

`make figures` writes what was measured into docs/ballot-figures.md. Times depend on the machine: the bound is
the requirement itself, and the best of three tries counts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Page

from tests import weights
from tests.browser.voting import BALLOT, BOXES, PHONE, add, enter
from tests.deep import deep
from tests.polling import Voter, open_round

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Locator, Request

    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
# Each line of a table: (order, what was measured, the figure, the bound).
Row = tuple[int, str, str, str]
ASKED_FOR = os.environ.get("CONSULTA_TEST_FIGURES")
HTML, CSS, JS, WHOLE, REQUESTS = 9_850, 6_150, weights.SCRIPT, 20_000, 4
TRIES = 3
PAINTED = """
() => new Promise((done) => new PerformanceObserver((list) =>
  list.getEntriesByName("first-contentful-paint").forEach((entry) => done(entry.startTime)))
  .observe({type: "paint", buffered: true}))
"""


@dataclass(frozen=True)
class Line:
    """A phone's line: kilobits a second, milliseconds there and back; seconds to the first paint at most."""

    name: str
    speed: int
    latency: int
    paint: float


LINES = (Line("400 kbit/s, 400 ms", 400, 400, 2.0), Line("70 kbit/s, 840 ms", 70, 840, 4.0))


@dataclass
class Figures:
    """What was measured, by table."""

    tables: dict[str, list[Row]] = field(default_factory=dict)

    def note(self, table: str, order: int, what: str, figure: str, bound: str) -> None:
        self.tables.setdefault(table, []).append((order, what, figure, bound))

    def write(self, path: Path) -> None:
        head = path.read_text("utf-8").partition("## ")[0]
        tables = [
            f"## {title}\n\n| | measured | at most |\n| --- | --- | --- |\n"
            + "".join(f"| {what} | {figure} | {bound} |\n" for _, what, figure, bound in sorted(rows))
            for title, rows in sorted(self.tables.items())
        ]
        path.write_text(head + "\n".join(tables), "utf-8")


@pytest.fixture(scope="session")
def figures() -> Iterator[Figures]:
    """Collects; writes its tables where `make figures` says."""
    collected = Figures()
    yield collected
    if ASKED_FOR:
        collected.write(Path(ASKED_FOR))


@dataclass
class Wire:
    """All that a page moves: requests, and bytes of headers and bodies as they came."""

    finished: list[Request] = field(default_factory=list)

    def watch(self, page: Page) -> Wire:
        def note(request: Request) -> None:  # Playwright takes no method of the list itself
            self.finished.append(request)

        page.on("requestfinished", note)
        return self

    @property
    def requests(self) -> int:
        """How often the line was used: a static file that is kept is asked for once."""
        urls = [request.url for request in self.finished]
        return len([url for url in urls if "/static/" not in url]) + len({u for u in urls if "/static/" in u})

    @property
    def bytes(self) -> int:
        return sum(r.sizes()["responseBodySize"] + r.sizes()["responseHeadersSize"] for r in self.finished)

    def body(self, ending: str) -> int:
        return sum(r.sizes()["responseBodySize"] for r in self.finished if r.url.endswith(ending))


def kilobytes(size: int) -> str:
    return f"{size / 1000:.1f} kB"


def slow_down(page: Page, line: Line) -> None:
    """A cheap phone on a poor line; nothing is kept from before, since each page has a context of its own."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Network.enable")
    speed = line.speed * 1000 // 8
    cdp.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": line.latency,
            "downloadThroughput": speed,
            "uploadThroughput": speed,
        },
    )
    cdp.send("Emulation.setCPUThrottlingRate", {"rate": 6})


def first_paint(open_page: OpenPage, url: str, line: Line, **options: object) -> float:
    """Seconds from asking for a page to its first content, the best of some tries."""
    seen = []
    for _ in range(TRIES):
        page = open_page(viewport=PHONE, **options)
        slow_down(page, line)
        page.goto(url)
        seen.append(page.evaluate(PAINTED) / 1000)
        page.context.close()
        if seen[-1] <= line.paint:
            break
    return float(min(seen))


@pytest.mark.parametrize("lang", ["es", deep("en")])
def test_a_first_visit_costs_little(bench: Bench, open_page: OpenPage, figures: Figures, lang: str) -> None:
    voter, _ = open_round(bench, real=True, nominees=20, example=True)
    page = open_page(viewport=PHONE)
    enter(page, voter, lang)
    cold = open_page(viewport=PHONE, storage_state=page.context.storage_state())
    wire = Wire().watch(cold)
    cold.goto(f"/{lang}/{BALLOT}", wait_until="networkidle")
    weights = (wire.body(BALLOT), wire.body(".css"), wire.body(".js"), wire.bytes)
    for order, (what, weight, bound) in enumerate(
        zip(("page", "stylesheet", "script", "all of it"), weights, (HTML, CSS, JS, WHOLE), strict=True)
    ):
        figures.note(
            "1. A first visit to the ballot", order, f"{what}, {lang}", kilobytes(weight), kilobytes(bound)
        )
        assert 0 < weight <= bound, what
    figures.note("1. A first visit to the ballot", 4, f"requests, {lang}", str(wire.requests), str(REQUESTS))
    assert 3 <= wire.requests <= REQUESTS


@pytest.mark.parametrize("line", [deep(each) for each in LINES], ids=lambda line: line.name)
def test_it_is_seen_soon_on_a_poor_line(
    bench: Bench, open_page: OpenPage, figures: Figures, line: Line
) -> None:
    """It goes by the clock, so `make test` leaves it out; the weights that decide it are tested above."""
    voter, _ = open_round(bench, real=True, nominees=20)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    state = page.context.storage_state()
    order = LINES.index(line)
    for what, url, options in (
        ("ballot", f"/es/{BALLOT}", {"storage_state": state}),
        ("personal link", f"/es/v/{voter.token}", {}),
        ("the round's page for everybody", "/es/rounds/2027-1", {}),
    ):
        seconds = first_paint(open_page, url, line, **options)
        table = "2. First paint, processor six times slower, nothing kept from before"
        figures.note(table, order, f"{what}, {line.name}", f"{seconds:.1f} s", f"{line.paint} s")
        assert seconds <= line.paint, what


@dataclass
class Hand:
    """A thumb that counts its taps."""

    page: Page
    taps: int = 0

    def tap(self, target: Locator) -> None:
        self.taps += 1
        target.tap()

    def choose(self, target: Locator, value: str) -> None:
        """One tap opens the list, one chooses."""
        self.taps += 2
        target.select_option(value)


def vote(hand: Hand, voter: Voter, *, scripts: bool) -> None:
    """Five themes, from the link in the mail to the receipt."""
    page = hand.page
    hand.taps += 1  # on the link in the mail
    page.goto(f"/es/v/{voter.token}")
    hand.tap(page.locator("main button"))
    page.wait_for_url(f"**/es/{BALLOT}")
    keys = page.locator("[data-theme]").evaluate_all("cards => cards.map((card) => card.dataset.theme)")
    for place, key in enumerate(keys[2:7], 1):
        if scripts:
            hand.tap(add(page, key))
        else:
            hand.choose(page.locator(f"#place-{key}"), str(place))
    hand.tap(page.locator(".foot-bar button"))
    page.wait_for_url("**/review")
    assert page.locator(".ranking li").count() == 5
    hand.tap(page.locator("label[for=confirm]"))
    hand.tap(page.locator("main button.primary"))
    page.wait_for_url("**/receipt?version=1")
    assert page.locator(".receipt").is_visible()


@pytest.mark.parametrize(
    ("line", "scripts"),
    [(LINES[0], True), deep(LINES[0], False), deep(LINES[1], True), deep(LINES[1], False)],
    ids=lambda each: each.name if isinstance(each, Line) else "script" if each else "no-script",
)
def test_a_vote_takes_few_taps_and_little_time(
    bench: Bench, open_page: OpenPage, figures: Figures, line: Line, scripts: bool
) -> None:
    voter, _ = open_round(bench, real=True, nominees=20)
    page = open_page(viewport=PHONE, has_touch=True, is_mobile=True, java_script_enabled=scripts)
    page.set_default_timeout(60_000)
    slow_down(page, line)
    wire, hand = Wire().watch(page), Hand(page)
    began = time.monotonic()
    vote(hand, voter, scripts=scripts)
    seconds = time.monotonic() - began
    how = "with script" if scripts else "without script"
    taps, order = (10, 0) if scripts else (15, 1)
    table = "3. From the link in the mail to the receipt, five themes"
    if line == LINES[0]:
        figures.note(table, order, f"taps, {how}", str(hand.taps), str(taps))
        figures.note(table, 2 + order, f"requests, {how}", str(wire.requests), "10")
        figures.note(table, 4 + order, f"bytes, {how}", kilobytes(wire.bytes), kilobytes(40_000))
    figures.note(
        table, 6 + order, f"seconds of line and machine, {how}, {line.name}", f"{seconds:.0f} s", "60 s"
    )
    assert hand.taps <= taps
    assert wire.requests <= 10
    assert wire.bytes <= 40_000
    assert seconds <= 60


def test_targets_and_bar_keep_to_their_measure(bench: Bench, open_page: OpenPage, figures: Figures) -> None:
    voter, _ = open_round(bench, real=True, nominees=4)
    page = open_page(viewport={"width": 320, "height": 640})
    enter(page, voter, "es")
    add(page, page.locator("[data-theme]").first.get_attribute("data-theme") or "").click()
    for fold in page.locator("summary").all():
        fold.click()
    sides = [min(box["width"], box["height"]) for _, box in page.evaluate(BOXES)]
    figures.note(
        "4. Hands and eyes, 320 by 640",
        0,
        "smallest side of a target",
        f"{min(sides):.0f} px",
        "44 px at least",
    )
    assert min(sides) >= 43.99
    bar = page.locator(".foot-bar").bounding_box()
    assert bar is not None
    share = bar["height"] / 640
    figures.note(
        "4. Hands and eyes, 320 by 640",
        1,
        "height of the line at the foot, of the screen",
        f"{share:.0%}",
        "25%",
    )
    assert share <= 0.25


def test_the_page_for_everybody_costs_little(bench: Bench, open_page: OpenPage, figures: Figures) -> None:
    open_round(bench, real=True, nominees=20)
    page = open_page(viewport=PHONE)
    wire = Wire().watch(page)
    page.goto("/es/rounds/2027-1", wait_until="networkidle")
    table = "5. The consultation's page for everybody"
    figures.note(table, 0, "all of it", kilobytes(wire.bytes), kilobytes(WHOLE))
    most = REQUESTS + 1  # it has a stylesheet of its own, as the home page has
    figures.note(table, 1, "requests", str(wire.requests), str(most))
    assert 0 < wire.bytes <= WHOLE
    assert wire.requests <= most
