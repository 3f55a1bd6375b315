"""The vote as it is drawn: forced colours, less motion, the dark, paper, letters twice as large."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import Page

from tests import pseudo
from tests.browser.voting import BALLOT, PHONE, SPILLS, add, enter, follow, violations
from tests.deep import DEEP, deep
from tests.polling import Voter, open_round

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from consulta.platform.work import Bench

OpenPage = Callable[..., Page]
# What a picture is made of: the share of its dots that are dark, and that are neither black, white nor grey.
DOTS = """
async (content) => {
  const bytes = Uint8Array.from(atob(content), (sign) => sign.charCodeAt(0));
  const image = await createImageBitmap(new Blob([bytes], {type: "image/png"}));
  const context = new OffscreenCanvas(image.width, image.height).getContext("2d");
  context.drawImage(image, 0, 0);
  const dots = context.getImageData(0, 0, image.width, image.height).data;
  let dark = 0, coloured = 0;
  for (let at = 0; at < dots.length; at += 4) {
    const three = [dots[at], dots[at + 1], dots[at + 2]];
    if (Math.max(...three) < 80) dark += 1;
    if (Math.max(...three) - Math.min(...three) > 24) coloured += 1;
  }
  return {dark: dark * 4 / dots.length, coloured: coloured * 4 / dots.length};
}
"""
# Contrast of what is written with what is painted behind it, as WCAG reckons it.
CONTRAST = """
(element) => {
  const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = (rgb) => rgb.slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const behind = (node) => {
    if (!node) return [255, 255, 255];
    const paint = parse(getComputedStyle(node).backgroundColor);
    return paint.length < 4 || paint[3] > 0 ? paint : behind(node.parentElement);
  };
  const [a, b] = [light(parse(getComputedStyle(element).color)), light(behind(element))];
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}
"""
STYLE = """
([selector, pseudo, names]) => {
  const style = getComputedStyle(document.querySelector(selector), pseudo || undefined);
  return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]));
}
"""
MOVING = """
() => [...document.querySelectorAll("*")].filter((element) => {
  const style = getComputedStyle(element);
  return parseFloat(style.transitionDuration) > 0 || parseFloat(style.animationDuration) > 0;
}).length
"""


def style(page: Page, selector: str, *names: str, pseudo: str = "") -> dict[str, str]:
    found: dict[str, str] = page.evaluate(STYLE, [selector, pseudo, names])
    return found


@pytest.fixture
def dots(open_page: OpenPage) -> Callable[[bytes], dict[str, float]]:
    """What a picture is made of, read by the browser itself on an empty page of ours."""
    reader = open_page()
    reader.goto("/health")

    def read(picture: bytes) -> dict[str, float]:
        found: dict[str, float] = reader.evaluate(DOTS, base64.b64encode(picture).decode())
        return found

    return read


def chosen(page: Page, voter: Voter, lang: str = "es") -> Page:
    """The ballot with two themes in their places."""
    enter(page, voter, lang)
    for _ in range(2):
        page.locator(".add:visible").first.click()
    return page


def review(page: Page) -> Page:
    follow(page, page.locator(".foot-bar button"))
    page.wait_for_url("**/review")
    return page


def test_in_forced_colours_borders_and_focus_stay(
    bench: Bench, open_page: OpenPage, dots: Callable[[bytes], dict[str, float]]
) -> None:
    voter, _ = open_round(bench, real=True)
    page = chosen(open_page(viewport=PHONE, forced_colors="active", color_scheme="light"), voter)
    for selector in (".theme.chosen", ".theme:not(.chosen)", ".moves .up", ".add", ".foot-bar button"):
        drawn = style(page, selector, "border-top-style", "border-top-width")
        assert drawn["border-top-style"] == "solid", selector
        assert float(drawn["border-top-width"].removesuffix("px")) >= 1, selector
    assert style(page, ".theme.chosen", "border-top-width")["border-top-width"] == "2px", (
        "more than the others"
    )
    assert style(page, ".place", "border-right-width")["border-right-width"] == "2px"
    button = page.locator(".moves .down:visible").first
    button.evaluate("element => element.scrollIntoView({block: 'center'})")
    box = button.bounding_box()
    assert box is not None
    around = {side: box[side] - 8 for side in ("x", "y")} | {
        side: box[side] + 16 for side in ("width", "height")
    }
    page.evaluate("document.activeElement.blur()")
    before = page.screenshot(clip=around)
    button.focus()
    page.keyboard.press("Shift")  # as one does who goes by keyboard
    after = page.screenshot(clip=around)
    assert dots(after)["coloured"] > dots(before)["coloured"] + 0.05, "Highlight goes round it"
    review(page)
    assert style(page, ".ranking li", "border-top-style")["border-top-style"] == "solid"
    assert style(page, "#confirm", "border-top-width", pseudo="::before")["border-top-width"] != "0px"


def test_focus_is_seen_in_both_schemes(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    for scheme in ("light", "dark"):
        page = chosen(open_page(color_scheme=scheme), voter)
        for selector in (".moves .down:visible", ".foot-bar button", ".theme summary"):
            target = page.locator(selector).first
            target.focus()
            page.keyboard.press("Shift")  # as one does who goes by keyboard
            drawn = target.evaluate(
                "e => [getComputedStyle(e).outlineStyle, parseFloat(getComputedStyle(e).outlineWidth)]"
            )
            assert drawn == ["solid", 3], f"{selector}, {scheme}"
        page.context.close()


def test_who_wants_less_motion_gets_none(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    assert chosen(open_page(reduced_motion="no-preference"), voter).evaluate(MOVING) > 0
    still = chosen(open_page(reduced_motion="reduce"), voter)
    assert still.evaluate(MOVING) == 0
    assert style(still, "html", "scroll-behavior")["scroll-behavior"] == "auto"
    button = still.locator(".foot-bar button")
    button.hover()
    assert button.screenshot() == button.screenshot(), "its last state at once"


def test_the_dark_is_dark_and_the_light_is_light(
    bench: Bench, open_page: OpenPage, dots: Callable[[bytes], dict[str, float]]
) -> None:
    voter, _ = open_round(bench, real=True)
    dark = chosen(open_page(viewport=PHONE, color_scheme="dark"), voter)
    assert dots(dark.screenshot())["dark"] > 0.6
    assert dots(review(dark).screenshot())["dark"] > 0.6
    light = chosen(open_page(viewport=PHONE, color_scheme="light"), voter)
    assert dots(light.screenshot())["dark"] < 0.3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_button_that_can_do_nothing_is_still_read(bench: Bench, open_page: OpenPage, scheme: str) -> None:
    voter, _ = open_round(bench)
    page = open_page(color_scheme=scheme)
    enter(page, voter, "es")
    for key in ("t1", "t2", "t3", "t4", "t5"):
        add(page, key).click()
    off = page.locator("[aria-disabled=true]:visible")
    assert off.count() == 3, "the first up, the last down, the sixth"
    for button in off.all():
        assert button.evaluate(CONTRAST) >= 4.5


def test_on_paper_the_review_needs_no_painted_ground(
    bench: Bench, open_page: OpenPage, dots: Callable[[bytes], dict[str, float]]
) -> None:
    voter, _ = open_round(bench, real=True)
    for scheme in ("light", "dark"):
        page = review(chosen(open_page(viewport=PHONE, color_scheme=scheme), voter))
        page.emulate_media(media="print", color_scheme=scheme)
        number = style(page, ".ranking li", "color", "background-color", "content", pseudo="::before")
        assert number["color"] == "rgb(0, 0, 0)"
        assert number["background-color"] == "rgba(0, 0, 0, 0)"
        faint = [
            element.inner_text()[:40]
            for element in page.locator("main :is(h1, h2, p, li, label)").all()
            if element.is_visible() and element.evaluate(CONTRAST) < 4.5
        ]
        assert faint == []
        assert not page.locator("main button.primary").is_visible()
        assert not page.locator(".tools").is_visible()
        seen = dots(page.screenshot(full_page=True))
        assert seen["dark"] < 0.2
        assert page.pdf(format="A4", print_background=False).count(b"/Type /Page\n") <= 2
        page.context.close()


def test_on_paper_folds_are_open(bench: Bench, open_page: OpenPage) -> None:
    open_round(bench, real=True)
    page = open_page()
    page.goto("/es/rounds/2027-1")
    body = page.locator("main details > :not(summary)").first
    assert not body.evaluate("element => element.checkVisibility()")
    page.emulate_media(media="print")
    assert body.evaluate("element => element.checkVisibility()")


# -- letters twice as large


def larger(page: Page, times: int = 2) -> Page:
    """As somebody has set it who needs larger letters."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("Page.setFontSizes", {"fontSizes": {"standard": 16 * times, "fixed": 13 * times}})
    return page


def steps_of(page: Page, voter: Voter, lang: str) -> Iterator[str]:
    """Every page of a vote, one after another, with all that unfolds unfolded."""
    page.goto(f"/{lang}/v/{voter.token}")
    yield "link"
    follow(page, page.locator("main button"))
    page.wait_for_url(f"**/{BALLOT}")
    yield "ballot"
    for _ in range(2):
        page.locator(".add:visible").first.click()
    for fold in page.locator("summary").all():
        fold.click()
    yield "ballot chosen, all open"
    follow(page, page.locator(".foot-bar button"))
    page.wait_for_url("**/review")
    yield "review"
    follow(page, page.locator("main button.primary"))
    yield "review refused"
    page.locator("#confirm").check()
    follow(page, page.locator("main button.primary"))
    page.wait_for_url("**/receipt*")
    yield "receipt"
    page.goto(f"/{lang}/{BALLOT}")
    yield "ballot again"
    page.goto(f"/{lang}/v/{voter.token}x")
    follow(page, page.locator("main button"))
    yield "refused link"
    page.goto(f"/{lang}/{BALLOT}")
    page.context.clear_cookies()
    follow(page, page.locator(".foot-bar button"))
    yield "ended"
    page.goto(f"/{lang}/rounds/2027-1")
    for fold in page.locator("summary").all():
        fold.click()
    yield "the round's page"


@pytest.mark.parametrize(
    ("lang", "width"),
    [("es", 320), deep("en", 320), deep("es", 360), deep("en", 360), deep("es", 1280), deep("en", 1280)],
)
def test_letters_may_be_twice_as_large(bench: Bench, open_page: OpenPage, lang: str, width: int) -> None:
    voter, _ = open_round(bench, real=True, nominees=4, example=True)
    page = larger(open_page(viewport={"width": width, "height": 740}))
    found: list[Any] = []
    for name in steps_of(page, voter, lang):
        size = page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)")
        assert size == pytest.approx(34), "17 px, twice"
        found += [f"{name}: {spill}" for spill in page.evaluate(SPILLS)]
        if DEEP:  # tests/browser/test_vote.py asks axe about the same pages
            found += [f"{name}: {violation}" for violation in violations(page)]
    assert found == []


# Where a foot stands, how tall it is, and whether what it holds can be pressed there.
FOOT = """(foot) => {
  const box = foot.getBoundingClientRect(), button = foot.querySelector("button");
  const {x, y, width, height} = button.getBoundingClientRect();
  const hit = document.elementFromPoint(x + width / 2, y + height / 2);
  return {stays: getComputedStyle(foot).position === "sticky" && box.bottom <= innerHeight + 1,
    share: box.height / innerHeight, free: button.contains(hit)};
}"""


def test_the_foot_of_the_ballot_stays_in_sight_with_letters_twice_as_large(
    bench: Bench, open_page: OpenPage
) -> None:
    voter, _ = open_round(bench, real=True, nominees=4)
    page = chosen(larger(open_page(viewport={"width": 360, "height": 740})), voter)
    page.evaluate("scrollTo(0, 600)")
    found = page.locator(".foot-bar").evaluate(FOOT)
    assert found["stays"]
    assert found["free"]
    assert found["share"] <= 0.25
    page.set_viewport_size({"width": 180, "height": 370})  # as the browser's own zoom of 200 % makes a phone
    assert not page.locator(".foot-bar").evaluate(FOOT)["stays"], "it would take the screen"
    page.locator(".foot-bar").scroll_into_view_if_needed()
    assert page.locator(".foot-bar").evaluate(FOOT)["free"]


@pytest.mark.parametrize("width", [deep(320), deep(360), 768, deep(1280)])
def test_nothing_sticks_out_of_its_place(bench: Bench, open_page: OpenPage, width: int) -> None:
    voter, _ = open_round(bench, real=True, nominees=4, example=True)
    page = open_page(viewport={"width": width, "height": 740})
    found = [f"{name}: {spill}" for name in steps_of(page, voter, "en") for spill in page.evaluate(SPILLS)]
    assert found == []


def test_what_sticks_out_would_be_found(bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    assert page.evaluate(SPILLS) == []
    page.locator(".foot-bar button").evaluate("e => { e.style.inlineSize = '50px'; e.style.padding = '0' }")
    assert len(page.evaluate(SPILLS)) == 1
    page.locator("h1").evaluate("e => { e.style.whiteSpace = 'nowrap' }")
    assert len(page.evaluate(SPILLS)) >= 2


def test_words_too_faint_to_be_read_would_be_found_on_a_page_like_others(
    bench: Bench, open_page: OpenPage
) -> None:
    """Also where `make test` does not ask for contrasts again."""
    voter, _ = open_round(bench)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    assert violations(page) == violations(page) == []
    page.locator("h1").evaluate("e => { e.style.color = '#ccc' }")
    assert [each.split(":")[0] for each in violations(page)] == ["color-contrast"]
    page.locator("h1").evaluate(
        "e => { e.style.color = ''; e.id = 'main'; e.setAttribute('role', 'nothing') }"
    )
    assert "aria-roles" in {each.split(":")[0] for each in violations(page)}


def test_targets_too_small_and_close_would_be_found_on_a_page_like_others(
    bench: Bench, open_page: OpenPage
) -> None:
    """Also where `make test` asks for the size of small ones alone."""
    voter, _ = open_round(bench)
    page = open_page(viewport=PHONE)
    enter(page, voter, "es")
    page.locator("h1").evaluate("""e => [1, 2].forEach((name) => {
      const button = document.createElement("button");
      button.textContent = name;
      const size = {width: "12px", height: "12px", minWidth: 0, minHeight: 0, padding: 0};
      Object.assign(button.style, {...size, margin: "-1rem 0 0"});
      e.after(button);
    })""")
    assert "target-size" in {each.split(":")[0] for each in violations(page)}


# -- words longer by two fifths


@pytest.fixture
def longer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the site speaks in longer words; asked for before the site is made."""
    pseudo.speak(tmp_path / "pseudo", monkeypatch)


def test_words_may_be_longer_by_two_fifths(longer: None, bench: Bench, open_page: OpenPage) -> None:
    voter, _ = open_round(bench, real=True, nominees=4, example=True)
    page = open_page(viewport={"width": 320, "height": 740})
    found: list[str] = []
    for name in steps_of(page, voter, "en"):
        assert pseudo.OPEN in page.locator("main").inner_text(), "it speaks so"
        found += [f"{name}: {spill}" for spill in page.evaluate(SPILLS)]
    for path in ("", "method", "nowhere", "account/sign-in"):
        page.goto(f"/en/{path}")
        found += [f"{path}: {spill}" for spill in page.evaluate(SPILLS)]
    assert found == []
