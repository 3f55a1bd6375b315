"""Long forms that are sent wrong on purpose: what is to be mended stands first, and nothing typed is lost."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import TimeoutError as Late

from tests.browser.test_pages import UNFOLD, bench, filled, sign_in
from tests.browser.voting import follow
from tests.deep import DEEP
from tests.texts import TWO

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from consulta.platform.work import Bench
    from tests.benches import Demo
    from tests.browser.test_pages import Filled, OpenPage

__all__ = ["bench", "filled"]
PICTURE = {"name": "insignia.png", "mimeType": "image/png", "buffer": b"\x89PNG\r\n\x1a\n" + bytes(60)}
LETTER = {"name": "carta.csv", "mimeType": "text/csv", "buffer": "Estimada secretaría:".encode()}
LIST = {
    "name": "lista.csv",
    "mimeType": "text/csv",
    "buffer": "Nombre largo,País,Sector\nRed,PE,ONG\n".encode(),
}
NARROW, WIDE = {"width": 360, "height": 740}, {"width": 1280, "height": 800}
DRAFT, HELD = "secretariat/rounds/ejemplo-3", "secretariat/rounds/ejemplo-1"


@dataclass(frozen=True)
class Wrong:
    """A form, what is written into it by the ids of its fields, and the fields that are then named."""

    path: str
    said: dict[str, str]
    named: tuple[str, ...]
    files: dict[str, Any] = field(default_factory=dict)
    keeps_files: bool = False  # until what it asks is answered
    send: str = "main form[method=post] .button.primary"


AT_THE_DESK = (
    Wrong(
        "secretariat/new-round",
        {"title_es": "", "title_en": "Themes of 2028", "closes": "", "key": "Dos mil 28"},
        ("title_es", "closes"),
    ),
    Wrong(
        f"{DRAFT}/edit",
        {"title_es": "", "question_en": "What next?", "max_ranks": "", "weight_least": "7", "topics": "0"},
        ("title_es", "max_ranks", "weight_least", "topics"),
    ),
    Wrong(f"{DRAFT}/open", {"typed": "ejemplo"}, ("typed",), send="main form:has(#typed) .button.primary"),
    Wrong(
        "secretariat/organiser",
        {"name_es": "", "email": "nadie", "about_es": "Somos muchas organizaciones."},
        ("name_es", "email", "logo"),
        {"logo": PICTURE},
    ),
    Wrong(f"{HELD}/factsheet", {"number": "0", "achieved_es": "Se logró mucho."}, ("number",)),
    Wrong(
        f"{HELD}/panel/rules",
        {
            "size": "",
            "roles-0-least": "5",
            "roles-0-most": "2",
            "quotas-0-least": "-1",
            "reason": "Por viaje.",
        },
        ("size", "roles-0-least", "quotas-0-least"),
    ),
    Wrong("secretariat/members/import", {}, ("file",), {"file": LETTER}),
    Wrong("secretariat/members/import", {}, ("column-1",), {"file": LIST}, keeps_files=True),
    Wrong(
        f"{DRAFT}/new-nominee",
        {"name": "", "organisation": "Ministerio de Prueba", "recent": "-2"},
        ("name", "role", "recent"),
    ),
)
OF_A_MEMBER = (
    Wrong("ballot/ejemplo-2", {}, ("themes",), send=".foot-bar button"),
    Wrong(
        "ballot/ejemplo-2/nominations/new",
        {"name": "Rosa Quispe", "about": "Alcaldesa de una ciudad de frontera"},
        ("role", "country", "sector"),
    ),
)
# What each control of the form holds that a person fills in; the password is asked for again on purpose.
TYPED = """() => Object.fromEntries([...document.querySelectorAll("main form[method=post] *")]
  .filter((each) => each.matches("input, select, textarea"))
  .filter((each) => each.id && !["hidden", "file", "password", "search"].includes(each.type))
  .map((each) => [each.id, ["checkbox", "radio"].includes(each.type) ? each.checked : each.value]))"""
# Whether the summary has the focus, and how much of it stands on the screen.
SUMMARY = """() => {
  const at = document.getElementById("error-summary");
  if (!at) return {there: false};
  const box = at.getBoundingClientRect();
  return {there: true, focus: document.activeElement === at,
    first: box.top >= 0 && box.bottom <= innerHeight};
}"""
# Whether what a link leads to is seen, and a field has the focus then.
THERE = """(id) => {
  const at = document.getElementById(id);
  return !!at && at.checkVisibility({visibilityProperty: true, contentVisibilityAuto: true})
    && at.getBoundingClientRect().height > 0
    && (!at.matches("input, select, textarea") || at === document.activeElement);
}"""


def refused(page: Page, wrong: Wrong, lang: str) -> list[str]:
    """Send a form wrong, and return what is amiss with the page that answers."""
    page.goto(f"/{lang}/{wrong.path}")
    page.evaluate(UNFOLD)
    for name, text in wrong.said.items():
        page.fill(f"#{name}", text)
    for name, chosen in wrong.files.items():
        page.set_input_files(f"#{name}", chosen)
    before = page.evaluate(TYPED)
    with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
        follow(page, page.locator(wrong.send).first)
    status = answered.value.status
    found = (
        [] if status in {303, 422} else [f"it answers {status}"]
    )  # a ballot is kept, and shown by its address
    with suppress(Late):  # the focus goes there once the page is drawn
        page.wait_for_function("document.activeElement?.id === 'error-summary'", timeout=3_000)
    summary = page.evaluate(SUMMARY)
    if not summary["there"]:
        return [*found, "there is no summary"]
    found += [f"the summary: {what}" for what in ("focus", "first") if not summary[what]]
    after = page.evaluate(TYPED)
    found += [f"lost: {name}" for name, value in before.items() if after.get(name) != value]
    links = [each.get_attribute("href") or "" for each in page.locator("#error-summary a").all()]
    found += [
        f"not named: {name}" for name in wrong.named if not any(link.startswith(f"#{name}") for link in links)
    ]
    for link in links:
        page.locator(f"#error-summary a[href='{link}']").first.click()
        if not page.evaluate(THERE, link[1:]):
            found.append(f"{link} leads nowhere that is seen")
    said = page.locator("#error-summary").inner_text()
    for each in wrong.files.values():
        if (each["name"] in said) is wrong.keeps_files:
            found.append(f"whether {each['name']} need to make your choices again")
    return found


def walk(page: Page, forms: tuple[Wrong, ...], part: int = 0) -> list[str]:
    """Return what is amiss with each form, in each language and width, or in `make test` in one, in turn."""
    found = []
    for number, wrong in enumerate(forms, start=part):
        looks = [(lang, size) for lang in TWO for size in (NARROW, WIDE)]
        for lang, size in looks if DEEP else looks[number % 4 :][:1]:
            page.set_viewport_size(size)
            found += [f"{lang}, {size['width']}, {wrong.path}: {each}" for each in refused(page, wrong, lang)]
    return found


def test_forms_of_the_desk_that_are_sent_wrong_say_where(open_page: OpenPage, filled: Filled) -> None:
    page = open_page()
    sign_in(page, filled)
    assert walk(page, AT_THE_DESK) == []


def test_forms_of_a_member_that_are_sent_wrong_say_where(
    open_page: OpenPage, demo: Demo, bench: Bench
) -> None:
    page = open_page()
    page.goto(urlsplit(demo.known.links[0].url).path)
    follow(page, page.locator("main button"))
    assert walk(page, OF_A_MEMBER, part=1) == []
