"""The vote in a browser: the steps and measures that several tests of it share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from axe_playwright_python.sync_playwright import Axe
from sqlalchemy import select

from consulta.platform.models import Ballot
from consulta.platform.work import ANONYMOUS, Bench
from tests.deep import DEEP
from tests.factories import moment

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from tests.polling import Voter

Scheme = Literal["light", "dark"]
BALLOT = "ballot/2027-1"
PHONE = {"width": 360, "height": 640}
# Links inside sentences may be as low as their line; everything else that is pressed is 44 by 44.
BOXES = """
() => [...document.querySelectorAll("a[href], button, select, summary, textarea, input:not([type=hidden])")]
  .filter((element) => element.checkVisibility({visibilityProperty: true}) && !element.matches(".skip"))
  .filter((element) => !(element.matches("a") && element.closest("p, li, label")
                         && element.parentElement.textContent.trim() !== element.textContent.trim()))
  .map((element) => [element.outerHTML.slice(0, 80), element.getBoundingClientRect()])
"""
TARGETS = f"""
() => ({BOXES.strip()})()
  .filter(([, box]) => box.width < 43.99 || box.height < 43.99)
  .map(([html, box]) => `${{html}} ${{box.width}}x${{box.height}}`)
"""
# Words that leave the box they stand in, or the window; a page that is wider than its window.
SPILLS = """
() => {
  const found = [], root = document.scrollingElement;
  const over = root.scrollWidth - root.clientWidth;
  if (over > 0) found.push(`the page is ${over} px too wide`);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (!node.data.trim() || parent.closest(".vh, .skip, option, svg, script, .scroll, textarea")) continue;
    if (!parent.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true})) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const places = ".place, a, button, li, td, th, dd, dt, summary, label, p, h1, h2, h3";
    const around = parent.closest(places) || parent;
    const box = around.getBoundingClientRect();
    for (const line of range.getClientRects()) {
      if (line.width > 1 && (line.left < box.left - 1 || line.right > box.right + 1
          || line.left < -1 || line.right > root.clientWidth + 1)) {
        found.push(`${node.data.trim().slice(0, 50)} in ${around.outerHTML.slice(0, 60)}`);
        break;
      }
    }
  }
  return found;
}
"""
# Words of which a part stands on another line.
BROKEN_WORDS = r"""
() => {
  const found = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, parent = node.parentElement;
    if (parent.closest(".vh, .skip, option, script, code")) continue;
    if (!parent.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true})) continue;
    for (const word of node.data.matchAll(/[\p{L}\p{N}]+/gu)) {
      const range = document.createRange();
      range.setStart(node, word.index);
      range.setEnd(node, word.index + word[0].length);
      const lines = [...range.getClientRects()].filter((line) => line.width);
      if (new Set(lines.map((line) => Math.round(line.top))).size > 1) found.push(word[0]);
    }
  }
  return found;
}
"""
# What holds is not written out, and no sound or video is looked for: that takes less than half of the time.
RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],
    "preload": False,
}
OF_PLACES = ["color-contrast", "link-in-text-block", "target-size"]  # two thirds of the time of all rules
MOST_RULES = {**RULES, "rules": {rule: {"enabled": False} for rule in OF_PLACES}}
RULES_OF_PLACES = {**RULES, "runOnly": {"type": "rule", "values": OF_PLACES}}
AXE = Axe().axe_script
_readable: set[str] = set()  # colours of words, with their ground, in which axe found all to be readable
# What decides whether words can be read: their colour, that of the ground, whether they are large for the
# rule (24 px, or 18.66 bold), what lies between. Returns where each such kind of words stands.
COLOURED = """
() => {
  const found = new Map(), walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const places = new Set(document.querySelectorAll("input:not([type=hidden]), select, textarea"));
  while (walker.nextNode()) if (walker.currentNode.data.trim()) places.add(walker.currentNode.parentElement);
  for (const place of places) {
    if (!place.checkVisibility({visibilityProperty: true}) || place.closest(".vh")) continue;
    const style = getComputedStyle(place);
    const size = parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    const kind = [style.color, large, style.textShadow, place.closest("svg") ? style.fill : ""];
    kind.push(place.matches(":disabled"));
    for (let each = place; each; each = each.parentElement) {
      const ground = getComputedStyle(each);
      if (ground.opacity !== "1" || ground.backgroundImage !== "none" || ground.filter !== "none"
          || !["static", "relative"].includes(ground.position)) {
        kind.push(each.tagName, each.className.toString(), ground.opacity);
      }
      if (ground.backgroundColor !== "rgba(0, 0, 0, 0)") { kind.push(ground.backgroundColor); break; }
    }
    const key = kind.join("|");
    if (!found.has(key)) found.set(key, []);
    found.get(key).push(place);
  }
  return found;
}
"""
COLOURS = f"() => [...({COLOURED.strip()})().keys()]"
# What is pressed, and is lower or narrower than the 24 px that the rule asks for where others are near.
SMALL = """
() => [...document.querySelectorAll("a[href], button, select, summary, textarea, input, [role], [tabindex]")]
  .filter((place) => place.checkVisibility({visibilityProperty: true}))
  .filter((place) => { const box = place.getBoundingClientRect(); return box.width < 24 || box.height < 24; })
"""
VIOLATIONS = f"""
async ([rules, of_places, colours]) => {{
  const found = (await axe.run(document, rules)).violations;
  if (of_places) {{
    const stand = ({COLOURED.strip()})();
    const places = [...({SMALL.strip()})(), ...colours.flatMap((each) => stand.get(each) || [])];
    if (places.length) found.push(...(await axe.run({{include: places}}, of_places)).violations);
  }}
  return found.flatMap((violation) => violation.nodes.map((node) =>
    `${{violation.id}}: ${{node.target}} ${{node.html.slice(0, 120)}}
    ${{node.failureSummary}}`));
}}
"""


def ballots(bench: Bench) -> list[tuple[list[list[str]], list[int]]]:
    with bench.read(ANONYMOUS, moment()) as work:
        rows = work.session.execute(select(Ballot.ranking, Ballot.objectives).order_by(Ballot.id))
        return [(ranking, objectives) for ranking, objectives in rows]


def enter(page: Page, voter: Voter, lang: str) -> None:
    """By the link, and its one button."""
    page.goto(f"/{lang}/v/{voter.token}")
    follow(page, page.locator("main button"))
    page.wait_for_url(f"**/{lang}/{BALLOT}")


def follow(page: Page, target: Locator) -> None:
    """Click `target` and wait until the page it leads to has loaded.

    Playwright's own click returns as soon as the button is pressed: what is asked of the page then may fall
    between the old document and the new one.
    """
    with page.expect_navigation():
        target.click()


def violations(page: Page) -> list[str]:
    """Return what axe has against a page as it is now: the rule, the element, and why.

    What compares colours and looks at the size of what is pressed takes most of its time. `make test` asks
    for it of words in colours, or on a ground, in which none stood on the pages before, and of what is small.
    """
    if not page.evaluate("typeof axe === 'object'"):
        # Half a megabyte: sent once, each page that this context opens from now on begins with it.
        page.context.add_init_script(AXE)
        page.evaluate(AXE)
    if DEEP:
        whole: list[str] = page.evaluate(VIOLATIONS, [RULES, None, []])
        return whole
    colours = set(page.evaluate(COLOURS)) - _readable
    found: list[str] = page.evaluate(VIOLATIONS, [MOST_RULES, RULES_OF_PLACES, sorted(colours)])
    if not found:
        _readable.update(colours)
    return found


def show(page: Page, *, viewport: dict[str, int], color_scheme: Scheme) -> None:
    """Show a page that has been loaded in another width and another scheme, at once and not in steps."""
    page.set_viewport_size({"width": viewport["width"], "height": viewport["height"]})
    page.emulate_media(color_scheme=color_scheme, reduced_motion="reduce")


def add(page: Page, key: str) -> Locator:
    return page.locator(f"[data-theme={key}] .add")


def press_to(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go on by keyboard until `target` has the focus; asking who has it needs no script of the page's own."""
    for _ in range(150):
        if target.evaluate("element => element.matches(':focus')"):
            return
        page.keyboard.press(key)
        page.wait_for_load_state()
    raise AssertionError(f"the keyboard does not reach {target}")
