"""Texts of tests, in the two languages in which most of them are written."""

from __future__ import annotations

from consulta.core.texts import Text


def both(es: str, en: str = "") -> Text:
    """Return a text in Spanish and, where it is given, in English."""
    return Text({"es": es, "en": en})
