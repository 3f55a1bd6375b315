"""Addresses in texts: what a mail program would make a link of is found, and broken without a loss."""

from __future__ import annotations

import re

from consulta.platform.formats.web_addresses import broken, foreign
from tests.cases import for_each

OURS = "https://consulta.example.org"
EMAIL = "secretaria@red.example"
FOREIGN = (
    "https://evil.example/votar",
    "HTTP://EVIL.EXAMPLE",
    "www.evil.example",
    "evil.example/votar",
    "evil。example",
    "ev\u200bil.exam\u00adple",
    "http:/\u200b/evil.example",
    "\u0435vil.example",  # its first letter is Cyrillic
    "xn--80ak6aa92e.example",
    "mailto:a@evil.example",
    "a@evil.example",
    "10.0.0.1/votar",
    "http://2130706433/",
    "//evil.example",
    "https://evil%2Eexample/x",
    f"{OURS}@evil.example/",
    f"{OURS}:x@evil.example/",
    f"{OURS}\\@evil.example/",
    f"{OURS},@evil.example/",
    f"{OURS}.evil.example",
    "consulta.example.org.evil.example",
    f"x{EMAIL}",
)


@for_each("address", FOREIGN)
@for_each("around", ["{}", "Abra {}, y pegue su llave.", "«{}»", "Abra:\n{}\n"])
def test_a_foreign_address_is_named_and_is_no_link_any_more(address: str, around: str) -> None:
    text = around.format(address)
    found = foreign(text, OURS, EMAIL)
    assert found
    assert all(each in text for each in found)
    made = broken(text, OURS, EMAIL)
    assert re.sub(r"\s", "", made) == re.sub(r"\s", "", text), "nothing of it is lost"
    assert not re.search(r"https?://\S", made.replace(OURS, ""), re.IGNORECASE)
    assert not re.search(r"\w[.。]\w", made.replace(OURS, "")), "no name of a server is left whole"


@for_each(
    "text",
    [
        f"{OURS}/es/v/abc_-9",
        f"Abra {OURS}.",
        "consulta.example.org/es/new-link?x=1",
        f"Escriba a {EMAIL}.",
        "Hasta el 12.03.2027, 17:00 (UTC-5): 1.500 votos, 3.5 %, y/o. Otra vez.",
    ],
)
def test_what_is_ours_or_no_address_stays(text: str) -> None:
    assert foreign(text, OURS, EMAIL) == ()
    assert broken(text, OURS, EMAIL) == text
