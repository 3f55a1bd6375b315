"""A text in one or several languages: which words it gives, and what it is equal to."""

from __future__ import annotations

import pytest

from consulta.core.texts import ANY, NOTHING, Text

BOTH = Text({"es": "casa", "en": "house", "pt": ""})
SAME = Text.name("Casa Ceiba")


def test_a_language_without_words_is_not_in_it() -> None:
    assert dict(BOTH) == {"es": "casa", "en": "house"}
    assert (len(BOTH), len(SAME), len(NOTHING)) == (2, 1, 0)
    assert [*BOTH] == ["es", "en"]
    assert BOTH["en"] == "house"
    with pytest.raises(KeyError):
        BOTH["pt"]
    assert Text([("es", "casa"), ("en", "house")]) == BOTH


def test_a_language_is_the_first_wanted_that_has_words_else_any() -> None:
    assert BOTH.language("pt", "en", "es") == "en"
    assert BOTH.language("pt") == "es"
    assert SAME.language("pt") == ANY
    assert Text({ANY: "Casa", "en": "House"}).language("en") == ANY
    assert NOTHING.language("es") is None


def test_the_best_words_are_those_of_that_language_and_into_asks_for_one_alone() -> None:
    assert (BOTH.best("pt", "en"), BOTH.best("pt"), SAME.best("pt"), NOTHING.best("es")) == (
        "house",
        "casa",
        "Casa Ceiba",
        "",
    )
    assert (BOTH.into("en"), BOTH.into("pt"), SAME.into("pt"), NOTHING.into("es")) == (
        "house",
        "",
        "Casa Ceiba",
        "",
    )


def test_a_text_is_made_of_what_is_said_in_each_language_and_changed_in_each() -> None:
    assert Text.each(("es", "en"), {"es": "casa", "en": "house"}.__getitem__) == BOTH
    assert BOTH.map(str.upper) == Text({"es": "CASA", "en": "HOUSE"})


def test_equal_texts_have_one_digest_and_are_written_as_they_are_made() -> None:
    turned = Text({"en": "house", "es": "casa"})
    assert len({BOTH, turned}) == 1
    assert hash(BOTH) not in {hash(None), hash(SAME)}
    assert repr(SAME) == "Text({'': 'Casa Ceiba'})"
