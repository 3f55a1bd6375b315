"""Criteria of WCAG that templates, styles, scripts and pages can show without a browser.

`consulta/platform/data/dossier/accessibility.toml` names these tests; those in a browser are in
`tests/browser`.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

import html5lib
import pytest

from consulta.platform.paths import PACKAGE, resource
from tests.benches import Visitor
from tests.polling import open_round

if TYPE_CHECKING:
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from flask import Flask

    from consulta.platform.work import Bench

STATIC = PACKAGE / "platform" / "web" / "static"
# Events to which scripts may listen: what a key, a finger, a voice and a pen do alike.
EVENTS = {
    *("change", "click", "input", "submit", "beforeprint", "pagehide", "pageshow"),
    *("toggle", "close", "message"),
}
PUBLIC = (
    "/{}/",
    "/{}/method",
    "/{}/rounds/2027-1",
    "/{}/log",
    "/{}/data",
    "/{}/account/sign-in",
    "/{}/privacy",
)


# Styles that place what stands apart in itself elsewhere than the page has it; no sentence changes by it.
PLACED = {
    "css/consulta.css": (".masthead nav", ".tools"),  # ways to pages, and to languages
    "css/desk.css": (".masthead:has(.tools form) nav",),  # the same, below the account where all do not fit
    "css/home.css": (".tally div, .pair div",),  # a figure above what it counts, which the page says first
    "css/factsheet.css": (".numbers .facts div",),  # the same
    "css/factsheet-paper.css": (".facts div",),  # the same, on paper
    "css/questions.css": (".steps-row",),  # the ends of a scale above its steps
    "css/panel-desk.css": (".rules-beside",),  # the rules beside the people, who come after them on a phone
}


def parsed(text: str) -> Element:
    tree: Element = html5lib.parse(text, namespaceHTMLElements=False)
    return tree


def files(folder: Path, ending: str) -> dict[str, str]:
    found = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob(f"*.{ending}")}
    assert len(found) > 3
    return found


def found_in(texts: dict[str, str], pattern: str) -> list[str]:
    return [f"{name}: {match[0]}" for name, text in texts.items() for match in re.finditer(pattern, text)]


@pytest.fixture
def pages(app: Flask, bench: Bench) -> dict[str, Element]:
    """Public pages in both languages, and the ballot."""
    voter, _ = open_round(bench, real=True, nominees=4)
    visitor, found = Visitor(app.test_client()), {}
    for lang in ("es", "en"):
        for path in PUBLIC:
            answer = visitor.get(path.format(lang), follow_redirects=True)
            if answer.status_code == 200:
                found[path.format(lang)] = parsed(answer.text)
    visitor.post(f"/es/v/{voter.token}")
    found["ballot"] = parsed(visitor.get("/es/ballot/2027-1").text)
    assert len(found) > 10
    return found


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def test_there_is_neither_sound_nor_film_nor_motion() -> None:
    """1.2.1 to 1.2.5, 1.4.2, 2.2.2, 2.3.1."""
    templates = files(resource("templates"), "html")
    assert found_in(templates, r"<(audio|video|object|embed|iframe|canvas|marquee|blink)\b") == []
    assert found_in(files(STATIC, "css"), r"@keyframes|\banimation\s*:|animation-name") == []
    assert found_in(files(STATIC, "js"), r"new Audio|\.animate\(|setInterval") == []
    assert [path.name for path in STATIC.rglob("*") if path.suffix in {".gif", ".mp4", ".webm", ".mp3"}] == []


def test_what_is_read_and_reached_has_the_order_of_the_page() -> None:
    """1.3.2, 2.4.3: no style turns the order, and no element takes a place of its own in it."""
    for name, style in files(STATIC, "css").items():
        for rule in re.finditer(r"([^{}]+)\{([^{}]*)\}", style):
            if re.search(r"(?<![\w-])order\s*:\s*-?\d|-reverse\b", rule[2]):
                assert rule[1].split("\n")[-1].strip() in PLACED.get(name, ()), f"{name}: {rule[1]}"
    assert found_in(files(resource("templates"), "html"), r"tabindex=\"[1-9]") == []


def test_pages_can_be_turned() -> None:
    """1.3.4: no style asks how the screen is held."""
    assert found_in(files(STATIC, "css"), r"orientation\s*:") == []


def test_scripts_ask_for_no_gesture_no_motion_and_no_single_key() -> None:
    """2.1.4, 2.5.1, 2.5.2, 2.5.4, 2.5.7."""
    scripts = files(STATIC, "js")
    heard = {match[1] for text in scripts.values() for match in re.finditer(r"Listener\(\s*[\"'](\w+)", text)}
    # The one key is Enter in a box for a word, which else would send the form.
    assert heard - EVENTS <= {"keydown"}
    (key,) = found_in(scripts, r"Listener\(\"keydown\".*")
    assert 'event.key === "Enter"' in key
    assert found_in(files(resource("templates"), "html"), r"\saccesskey=|\sdraggable=") == []


def test_nothing_happens_because_a_field_has_the_focus_or_changes() -> None:
    """3.2.1, 3.2.2: scripts listen to no focus, and send no form; that of passkeys does after a press."""
    scripts = files(STATIC, "js")
    assert found_in(scripts, r"Listener\(\s*[\"'](focus|focusin|blur|mouseover|pointerenter)") == []
    sends = found_in(scripts, r"\.(requestSubmit|submit)\(|location\.(assign|replace)\(|location(\.href)? = ")
    assert [each.partition(":")[0] for each in sends] == ["js/passkeys.js"]
    assert found_in(files(resource("templates"), "html"), r"\sonchange=|\sonfocus=") == []


def test_nothing_appears_because_a_pointer_is_over_it() -> None:
    """1.4.13: what unfolds is a fold that is pressed."""
    hovered = found_in(files(STATIC, "css"), r"[^{}]*:hover[^{}]*\{[^{}]*\}")
    assert len(hovered) > 3
    assert [each for each in hovered if re.search(r"display|visibility|opacity|content\s*:", each)] == []


@pytest.mark.deep
def test_each_page_can_be_skipped_to_its_content_and_has_a_title_of_its_own(
    pages: dict[str, Element],
) -> None:
    """2.4.1, 2.4.2."""
    titles: dict[str, str] = {}
    for path, page in pages.items():
        first = next(page.iter("a"))
        assert first.get("href") == "#main", path
        assert page.find(".//main[@id='main']") is not None, path
        title = text_of(next(page.iter("title")))
        assert title.partition("·")[0].strip(), path
        assert titles.setdefault(title, path) == path or path[:3] != titles[title][:3], "two pages, one title"


def test_navigation_and_help_stand_in_the_same_order_on_every_page(pages: dict[str, Element]) -> None:
    """3.2.3, 3.2.6."""
    for lang in ("es", "en"):
        of_language = [page for path, page in pages.items() if path.startswith(f"/{lang}/")]
        for place in (".//header", ".//footer"):
            found = [page.find(place) for page in of_language]
            orders = [[a.get("href") for a in each.iter("a")] for each in found if each is not None]
            assert len(orders) == len(of_language)
            for one, other in pairwise(orders):
                both = set(one) & set(other)
                assert [each for each in one if each in both] == [each for each in other if each in both]
                if place == ".//footer":
                    assert one == other


def test_parts_in_another_language_say_which(pages: dict[str, Element]) -> None:
    """3.1.2: ways to another language are in that language, and marked so."""
    for path, page in pages.items():
        own = page.get("lang")
        ways = [a for a in page.iter("a") if a.get("hreflang") not in {None, own}]
        assert all(a.get("lang") == a.get("hreflang") for a in ways), path


@pytest.mark.deep
def test_the_name_of_a_control_has_the_words_that_are_seen(pages: dict[str, Element]) -> None:
    """2.5.3."""
    seen = 0
    for path, page in pages.items():
        for element in page.iter():
            name, words = element.get("aria-label"), text_of(element)
            if element.tag in {"a", "button", "summary"} and name and words:
                seen += 1
                assert words.lower() in " ".join(name.split()).lower(), f"{path}: {name}"
    assert seen < 500


def test_fields_for_ones_own_data_can_be_filled_by_the_browser(app: Flask, bench: Bench) -> None:
    """1.3.5, 3.3.8: address and password by name; nothing forbids to paste."""
    open_round(bench)
    visitor = Visitor(app.test_client())
    page = parsed(visitor.get("/es/account/sign-in").text)
    named = {each.get("name"): each.get("autocomplete") for each in page.iter("input")}
    assert (named["email"], named["password"]) == ("username", "current-password")
    asked = parsed(visitor.get("/es/new-link").text)
    assert [each.get("autocomplete") for each in asked.iter("input") if each.get("type") == "email"] == [
        "email"
    ]
    assert found_in(files(STATIC, "js"), r"[\"'](paste|copy)[\"']") == []
