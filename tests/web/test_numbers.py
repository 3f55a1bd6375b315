"""Numbers as the reader's language writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from consulta.web.language import hundredths, number, percent, speaking

if TYPE_CHECKING:
    from flask import Flask

    from consulta.web.language import Lang


@pytest.mark.parametrize(
    ("lang", "value", "said"),
    [
        ("es", 11480, "11\N{NO-BREAK SPACE}480"),
        ("es", 1234567, "1\N{NO-BREAK SPACE}234\N{NO-BREAK SPACE}567"),
        ("es", 12.5, "12,5"),
        ("es", 1234.5, "1\N{NO-BREAK SPACE}234,5"),
        ("pt", 1234.5, "1.234,5"),
        ("es", 7, "7"),
        ("en", 11480, "11,480"),
        ("en", 12.5, "12.5"),
    ],
)
def test_no_thousand_is_taken_for_a_decimal(app: Flask, lang: Lang, value: float, said: str) -> None:
    with app.test_request_context(), speaking(lang):
        assert number(value) == said


def test_a_share_of_a_rule_keeps_its_decimals(app: Flask) -> None:
    with app.test_request_context(), speaking("es"):
        assert hundredths(0.125) == "12,5"
        assert hundredths(25) == "2\N{NO-BREAK SPACE}500"
        assert percent(0.25) == "25\N{NO-BREAK SPACE}%"
