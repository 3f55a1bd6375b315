"""What changed between two texts: the pieces give both texts back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.wording import Piece, changes

WORDS = st.lists(
    st.sampled_from(["la", "niñez", "migrante", ",", ".", " ", "  ", "\n", "é", "ñ", "1", "\u200d"]),
    max_size=30,
).map("".join)


@given(WORDS | st.text(max_size=40), WORDS | st.text(max_size=40))
def test_the_pieces_give_both_texts_back(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(each.text for each in pieces if each.kind != "in") == before
    assert "".join(each.text for each in pieces if each.kind != "out") == after
    assert all(each.text for each in pieces)


@given(WORDS)
def test_an_unchanged_text_is_one_piece(text: str) -> None:
    assert changes(text, text) == ((Piece("same", text),) if text else ())


def test_one_word_changed_is_one_word_shown() -> None:
    assert changes("Acceso a la salud.", "Acceso pleno a la salud.") == (
        Piece("same", "Acceso"),
        Piece("in", " pleno"),
        Piece("same", " a la salud."),
    )


def test_a_word_that_is_everywhere_in_a_long_text_is_still_the_same() -> None:
    """`difflib` takes what is frequent in 200 words and more for junk where it is not told otherwise."""
    same = "la consulta " * 150
    assert changes(same + "uno", same + "dos") == (
        Piece("same", same),
        Piece("out", "uno"),
        Piece("in", "dos"),
    )
