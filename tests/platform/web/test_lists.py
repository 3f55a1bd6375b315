"""Lists in sentences: commas, and one word before the last, as each language has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.counting.rules import parse_rules
from consulta.platform.web import secrecy
from consulta.platform.web.language import speaking
from consulta.rounds.pages.rule_words import balance_told, support_told, topic_told
from tests.added import added
from tests.cases import for_each
from tests.factories import RULES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings

FILE = """
[[dimension]]
key = "language"
names = {es = "Idioma de trabajo", en = "Working language", pt = "Idioma de trabalho"}
list = "open"
category = [{key = "es", names = {es = "Español", en = "Spanish", pt = "Espanhol"}}]

[[dimension]]
key = "size"
names = {es = "Tamaño", en = "Size", pt = "Tamanho"}
list = "open"
category = [{key = "small", names = {es = "Pequeña", en = "Small", pt = "Pequeno"}}]
"""
TONGUES = ("es", "en", "pt")
SECRET = {
    "es": "su sector, su categoría de «Idioma de trabajo», su categoría de «Tamaño» y su ponderación",
    "en": "its sector, its category of “Working language”, its category of “Size” and its weight",
    "pt": "seu setor, sua categoria de “Idioma de trabalho”, sua categoria de “Tamanho” e seu peso",
}
BALANCED = {
    "es": "cada subregión, cada categoría de «Idioma de trabajo» y cada categoría de «Tamaño»",
    "en": "every subregion, every category of “Working language” and every category of “Size”",
    "pt": "cada sub-região, cada categoria de “Idioma de trabalho” e cada categoria de “Tamanho”",
}
ENOUGH = {
    "es": "subregiones, categorías de «Idioma de trabajo» y categorías de «Tamaño»",
    "en": "subregions, categories of “Working language” and categories of “Size”",
    "pt": "sub-regiões, categorias de “Idioma de trabalho” e categorias de “Tamanho”",
}
SUPPORT = {
    "es": "una subregión, una categoría de «Idioma de trabajo» o una categoría de «Tamaño»",
    "en": "a subregion, a category of “Working language” or a category of “Size”",
    "pt": "uma sub-região, uma categoria de “Idioma de trabalho” ou uma categoria de “Tamanho”",
}


@pytest.fixture
def settings(settings: Settings) -> Iterator[Settings]:
    """Settings that add two dimensions; the process forgets them afterwards."""
    with added(settings, FILE) as found:
        yield found


@for_each("lang", TONGUES)
def test_dimensions_stand_in_a_list_with_the_quotes_of_the_language(app: Flask, lang: str) -> None:
    three = ("subregion", "language", "size")
    rules: Any = {**RULES, "spread": dict.fromkeys(three, 500)}
    with app.test_request_context(), speaking(lang):
        assert BALANCED[lang] in balance_told(three)
        assert ENOUGH[lang] in topic_told(parse_rules(rules))
        assert ENOUGH[lang] in topic_told(parse_rules({**rules, "topics": 2}))
        assert SUPPORT[lang] in support_told(parse_rules(rules))
        for said in (
            secrecy.promise("pseudonymous", 4, ("language", "size")),
            secrecy.told("pseudonymous", 4),
        ):
            assert SECRET[lang] in said
        assert "Tama" not in secrecy.promise("pseudonymous", 4) + secrecy.promise("open", None, ("size",))
