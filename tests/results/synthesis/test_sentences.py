"""Sentences and quotations: what is typed, what it means, what is found in it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.results.synthesis import Typed, find_alike, named, parse, quoted, written
from tests.cases import for_each


@for_each(
    "text, sentences",
    [
        ("Faltan albergues [3, 7].", [("Faltan albergues.", (3, 7))]),
        ("Faltan albergues. [3]", [("Faltan albergues.", (3,))]),
        ("Uno [1]. Dos [2, 2;3]!\nTres", [("Uno.", (1,)), ("Dos!", (2, 3)), ("Tres", ())]),
        ("Sin fuente. Con fuente [4].", [("Sin fuente.", ()), ("Con fuente.", (4,))]),
        ("Con fuente [4]. Sin fuente.", [("Con fuente.", (4,)), ("Sin fuente.", ())]),
        ("La Sra. Pérez y EE. UU. están [5].", [("La Sra. Pérez y EE. UU. están.", (5,))]),
        ("¿Por qué? ¡Porque sí! [6]", [("¿Por qué?", ()), ("¡Porque sí!", (6,))]),
        ("\n\n  \n", []),
        ("[3]", []),
        ("Nota [sic] aparte [8]", [("Nota [sic] aparte", (8,))]),
    ],
)
def test_each_sentence_has_the_numbers_before_which_it_stands(
    text: str, sentences: list[tuple[str, tuple[int, ...]]]
) -> None:
    assert [tuple(each) for each in parse(text)] == sentences


words = st.lists(st.sampled_from("casa ruta niñez frontera albergue".split()), min_size=1, max_size=8)  # noqa: SIM905
typed = st.builds(
    Typed,
    words.map(lambda each: " ".join(each).capitalize() + "."),
    st.lists(st.integers(1, 999), max_size=4, unique=True).map(tuple),
)


@given(st.lists(typed, max_size=6))
def test_what_is_written_out_is_read_back(sentences: list[Typed]) -> None:
    assert parse(written(sentences)) == tuple(sentences)


@given(st.text(max_size=400))
def test_no_word_is_lost(text: str) -> None:
    letters = [sign for sign in "".join(each.words for each in parse(text)) if sign.isalpha()]
    assert letters == [sign for line in text.splitlines() for sign in line if sign.isalpha()] or "[" in text


source = "Los albergues de la frontera están llenos y nadie responde por las familias."


@for_each(
    "sentence",
    [
        "Dicen que «los albergues de la frontera están llenos».",
        "LOS ALBERGUES, de la Frontera: estan llenos",
        "Se oyó que están llenos, y nadie responde por las familias.",
    ],
)
def test_six_words_in_a_row_are_a_quotation(sentence: str) -> None:
    assert list(quoted(sentence, {4: source})) == [4]


@for_each(
    "sentence", ["Los albergues de la frontera no bastan.", "En la frontera los albergues están llenos.", ""]
)
def test_fewer_are_none(sentence: str) -> None:
    assert quoted(sentence, {4: source}) == {}


def test_a_short_text_is_quoted_whole() -> None:
    assert list(quoted("Alguien escribió: no hay agua.", {2: "No hay agua"})) == [2]
    assert quoted("No hay.", {2: "No hay"}) == {}


@given(st.lists(st.sampled_from("abcdefgh"), min_size=6, max_size=20), st.data())
def test_any_run_is_found_wherever_it_stands(letters: list[str], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(letters) - 6))
    run = [f"{letter}palabra" for letter in letters]
    sentence = "Otra cosa " + ", ".join(run[start : start + 6]).upper() + " y fin."
    assert list(quoted(sentence, {1: " ".join(run)})) == [1]


def test_names_of_organisations_are_found_as_whole_words() -> None:
    names = {"casa del sur": "Casa del Sur"}
    assert named("La CASA del Sur, en cambio, pide más.", names) == ["Casa del Sur"]
    assert named("La casa del surco.", names) == []


def test_texts_that_share_words_are_suggested_and_usual_words_count_for_nothing() -> None:
    texts = {
        1: "Los albergues de la frontera están llenos.",
        2: "En la frontera faltan albergues para las familias.",
        3: "Validar títulos tarda años.",
    }
    found = find_alike(texts)
    assert [each.number for each in found[1]] == [2]
    assert set(found[1][0].words) == {"albergues", "frontera"}
    assert found[3] == ()
