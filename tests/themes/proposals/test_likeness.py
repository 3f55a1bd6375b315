"""What is pointed out as alike: the same in other words, in another language; and what is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consulta.themes.likeness import alike, shape

THEMES = [
    (
        "Regularización de las personas migrantes que ya trabajan",
        "Trabajan sin permiso y no denuncian.",
        (5,),
    ),
    (
        "Niñez en tránsito y reunificación familiar",
        "Viajan solos y quedan detenidos en la frontera.",
        (7, 13),
    ),
    ("Acceso a la salud mental", "Nadie atiende el duelo ni el trauma en los albergues.", (15,)),
    ("Lucha contra la trata en la frontera", "Las redes captan a mujeres jóvenes.", (10,)),
    ("Remesas sin comisiones abusivas", "Enviar dinero cuesta demasiado.", (20,)),
    ("Retorno digno y reintegración", "Quienes vuelven no encuentran trabajo ni casa.", (21,)),
]
SAME = [
    ("Regularizar a quienes trabajan sin permiso", "No pueden denunciar los abusos.", (5, 6), 0),
    ("Regularização das pessoas migrantes que já trabalham", "Trabalham sem permissão.", (5,), 0),
    ("Family reunification of children in transit", "Children travel alone and are detained.", (7, 13), 1),
    ("Crianças em trânsito e reunificação familiar", "Viajam sozinhas e ficam detidas.", (7,), 1),
    ("Salud mental en los albergues", "El trauma y el duelo quedan sin atención.", (15,), 2),
    ("Saúde mental nos abrigos", "Ninguém atende o luto nem o trauma.", (15,), 2),
    ("Combate ao tráfico na fronteira", "As redes captam mulheres jovens.", (10,), 3),
    ("Educación intercultural en las escuelas", "Faltan docentes que hablen otras lenguas.", (15,), None),
    ("Visas humanitarias del Caribe", "Los desastres desplazan islas enteras.", (5,), None),
]
KNOWN = [shape([title], [why], aims) for title, why, aims in THEMES]


def test_alike_is_the_same_theme_in_other_words_or_another_language() -> None:
    for title, why, aims, like in SAME:
        found = alike(shape([title], [why], aims), KNOWN)
        if like is None:
            assert len(found) <= 1, title
        else:
            assert found[:1] == [like], title


def test_themes_that_differ_are_not_alike() -> None:
    for place, each in enumerate(KNOWN):
        others = [one for at, one in enumerate(KNOWN) if at != place]
        assert not alike(each, others)


@given(st.text(max_size=60), st.text(max_size=60), st.sets(st.integers(1, 23), max_size=5))
def test_of_any_text_at_most_three_are_shown_and_none_twice(title: str, why: str, aims: set[int]) -> None:
    found = alike(shape([title], [why], aims), [*KNOWN, *KNOWN])
    assert len(found) == len(set(found)) <= 3


def test_the_same_title_is_alike_whatever_its_accents() -> None:
    loud = shape(["REGULARIZACION DE LAS PERSONAS MIGRANTES QUE YA TRABAJAN"], [""], {1})
    assert alike(loud, KNOWN)[:1] == [0]
