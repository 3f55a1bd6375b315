"""Texts of tests, in the two languages in which most of them are written."""

from __future__ import annotations

import re

from consulta.core.texts import Text

TWO = ("es", "en")
"""The languages of the installation in most tests; tests/shell/site/test_languages.py has one with all."""


def both(es: str, en: str = "") -> Text:
    """Return a text in Spanish and, where it is given, in English."""
    return Text({"es": es, "en": en})


def label_of(page: str, name: str) -> str:
    """The words of the label of a field on a page."""
    found = re.search(rf'<label for="{name}">(.*?)</label>', page, re.DOTALL)
    assert found is not None, name
    return " ".join(re.sub(r"<[^>]+>", " ", found[1]).split())
