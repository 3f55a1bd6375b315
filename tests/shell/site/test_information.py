"""The page of a round for everybody: what is asked, who votes, until when, how it is counted, who sees it."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest

from consulta.platform.data import catalogue
from tests.benches import voter_visitor
from tests.factories import RULES
from tests.polling import change_round, close, open_round
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench
    from tests.benches import Visitor

PAGE = "/es/rounds/2027-1"
HTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"


def text_of(page: str) -> str:
    main = html5lib.parse(page).find(f".//{HTML}main")
    assert main is not None
    return " ".join("".join(main.itertext()).split())


def metas(page: str) -> dict[str, str]:
    return dict(re.findall(r'<meta (?:property|name)="([^"]+)" content="([^"]*)"', page))


def test_before_it_opens_there_is_no_such_page(bench: Bench, visitor: Visitor) -> None:
    open_round(bench)
    change_round(bench, state="draft", opened_at=None)
    assert visitor.get(PAGE).status_code == 404


def test_a_stranger_learns_everything_that_is_asked(bench: Bench, visitor: Visitor) -> None:
    voters = open_round(bench, seats=3, nominees=2, question=both("¿Qué tema va primero?"))
    change_round(bench, closes_at=datetime(2036, 12, 5, 4, 59, tzinfo=UTC))
    answer = visitor.get(PAGE)
    said = text_of(answer.text)
    for told in (
        "¿Qué tema va primero?",
        "Hasta el 4 de diciembre de 2036, 23:59 (hora de Lima, UTC\N{MINUS SIGN}5)",
        "5 de diciembre de 2036, 04:59 UTC",
        "organizaciones3 países3 temas6",
        "Las organizaciones que integraban el Mecanismo cuando se abrió la consulta, con un voto cada una",
        "hasta 5 temas",
        "hasta 5 objetivos",
        "Cada voto se pondera para que cada subregión y cada sector tengan la voz que fijan",
        "la papeleta tiene 2 en total",
        "Nadie ve cómo votó una organización antes de que cierre la votación",
        "Solo los totales son públicos.",
    ):
        assert told in said
    for theme in range(1, 7):
        assert f"De qué trata el tema {theme}." in said
    for hidden in (*(voter.organisation for voter in voters), voters[0].token, voters[0].name):
        assert hidden not in answer.text


def test_the_hour_is_said_for_every_state(bench: Bench, visitor: Visitor) -> None:
    open_round(bench)
    change_round(bench, closes_at=datetime(2036, 12, 5, 4, 59, tzinfo=UTC))
    root = html5lib.parse(visitor.get(PAGE).text)
    fold = root.find(f".//{HTML}div[@class='deadline']/{HTML}details")
    assert fold is not None
    hours = {
        hour.text: names.text.split(" · ")
        for item in fold.iter(f"{HTML}li")
        if (hour := item.find(f"{HTML}strong")) is not None
        and (names := item.find(f"{HTML}span")) is not None
        and names.text
    }
    assert [hour[:2] for hour in hours if hour] == ["4 ", "4 ", "5 ", "5 "], "from west to east"
    assert sorted(name for names in hours.values() for name in names) == sorted(
        country.name["es"] for country in catalogue.countries()
    )
    assert "Perú" in hours["4 de diciembre de 2036, 23:59 (UTC\N{MINUS SIGN}5)"]


@pytest.mark.parametrize("lang", ["es", "en"])
def test_messengers_get_a_card_that_says_what_is_asked_with_our_picture(
    bench: Bench, visitor: Visitor, lang: str
) -> None:
    open_round(bench, question=both("¿Qué va primero?", "What comes first?"))
    found = metas(visitor.get(f"/{lang}/rounds/2027-1").text)
    assert found["og:title"] == {"es": "Consulta de prueba", "en": "Test consultation"}[lang]
    assert found["og:description"] == {"es": "¿Qué va primero?", "en": "What comes first?"}[lang]
    assert found["og:url"] == f"http://localhost/{lang}/rounds/2027-1"
    assert found["robots"] == "index"
    assert found["og:image"] == f"http://localhost/{lang}/card.png"
    assert found["og:image:alt"] == found["og:title"]


def test_only_this_page_is_offered_to_be_passed_on_and_only_while_it_is_of_use(
    bench: Bench, app: Flask, visitor: Visitor
) -> None:
    voter, _ = open_round(bench, question=both("¿Qué va primero?"))
    page = visitor.get(PAGE).text
    (address,) = re.findall(r'href="(https://wa\.me/[^"]+)"', page)
    (message,) = parse_qs(urlsplit(address.replace("&amp;", "&")).query)["text"]
    assert message.endswith("http://localhost/es/rounds/2027-1")
    assert "¿Qué va primero?" in message
    assert "UTC" in message
    area = html5lib.parse(page).find(f".//{HTML}textarea")
    assert area is not None
    assert area.text == message, "what is copied is what is sent"
    for other in (f"/es/v/{voter.token}", "/es/", "/es/method"):
        assert "wa.me" not in visitor.get(other).text
    close(bench)
    assert "wa.me" not in visitor.get(PAGE).text


def test_the_picture_has_a_name_a_description_and_the_same_steps_in_words(
    bench: Bench, visitor: Visitor
) -> None:
    for nominees, steps in ((0, 4), (2, 5)):
        key = f"2027-{steps}"
        open_round(bench, key, nominees=nominees)
        root = html5lib.parse(visitor.get(f"/es/rounds/{key}").text)
        picture = root.find(f".//{SVG}svg[@class='process']")
        assert picture is not None
        assert picture.get("role") == "img"
        names = {
            child.get("id"): child.text for child in picture if child.tag in {f"{SVG}title", f"{SVG}desc"}
        }
        assert (picture.get("aria-labelledby") or "").split() == list(names)
        assert all(names.values())
        numbers = [text.text for text in picture.iter(f"{SVG}text")]
        assert numbers == [str(number) for number in range(1, steps + 1)]
        words = root.find(f".//{HTML}section[@aria-labelledby='how']/{HTML}ol")
        assert words is not None
        assert len(words) == steps, "each sign has its sentence"


@pytest.mark.parametrize(
    ("balance", "said"),
    [
        ({}, "no se ponderan"),
        ({"sector": "equal"}, "cada sector tenga la voz que fijan las reglas de esta consulta"),
        (
            {"country": "equal", "sector": "sqrt"},
            "cada sector y cada país tengan la voz que fijan las reglas",
        ),
    ],
)
def test_what_is_said_of_the_weights_is_what_the_rules_do(
    bench: Bench, app: Flask, balance: dict[str, str], said: str
) -> None:
    voter, _ = open_round(bench)
    change_round(bench, rules=RULES | {"balance": balance})
    visitor = voter_visitor(app, voter.token)
    for page in (PAGE, "/es/ballot/2027-1"):
        assert said in text_of(visitor.get(page).text)


def test_it_is_light(bench: Bench, visitor: Visitor) -> None:
    open_round(bench, real=True, nominees=20)
    for lang in ("es", "en"):
        page = visitor.client.get(f"/{lang}/rounds/2027-1", headers={"Accept-Encoding": "gzip"}).data
        assert len(page) <= 10_000
        assert len(re.findall(r'(?:src|href)="/static/', gzip.decompress(page).decode())) <= 4
