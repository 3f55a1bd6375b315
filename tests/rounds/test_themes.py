"""Themes of a draft: keys, objectives, order, and what may be taken out."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

from consulta.panel import nominees
from consulta.platform.texts import SLUG_MAX, slug
from consulta.rounds import themes
from tests.cases import for_each
from tests.drafts import KEY, do, make_draft, nominee_command, reading, refuses, theme_command, writing
from tests.texts import both

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def keys(bench: Bench) -> list[str]:
    with reading(bench) as work:
        return [theme.key for theme in themes.list_themes(work, KEY).themes]


@for_each(
    "title, key",
    [
        ("Niñez y adolescencia migrante", "ninez_y_adolescencia_migrante"),
        ("Reducción de las vulnerabilidades en la migración", "reduccion_de_las_vulnerabilidades_en_la"),
        ("  ¿Qué?  ", "que"),
        ("移住", "theme"),
        ("…", "theme"),
        ("Anticonstitucionalidadextraordinariamentelarguísima", "anticonstitucionalidadextraordinariament"),
    ],
)
def test_a_key_is_made_of_the_spanish_title(title: Any, key: Any) -> None:
    made = slug(title)
    assert made == key
    assert themes.KEY.fullmatch(made)


def test_keys_made_of_one_title_differ() -> None:
    taken: set[str] = set()
    for _ in range(12):
        taken.add(slug("Un título bastante largo para una clave corta", taken))
    assert len(taken) == 12
    assert all(len(key) <= SLUG_MAX for key in taken)


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"title": both("", "Only English")}, "theme.title"),
    ({"objectives": ()}, "theme.choose"),
    ({"objectives": (1, 2, 3, 4, 5, 6)}, "theme.choose"),
    ({"objectives": (7, 7)}, "theme.choose"),
    ({"objectives": (0,)}, "theme.choose"),
    ({"objectives": (24,)}, "theme.choose"),
    ({"key": "Con Espacios"}, "theme.key"),
    ({"key": "tema_numero_2"}, "theme.duplicate"),
]


def test_a_theme_that_cannot_be_is_refused(bench: Bench) -> None:
    make_draft(bench, 2)
    for (values, code), theme_key in product(IMPOSSIBLE, (None, "tema_numero_1")):
        refuses(bench, code, themes.save_theme, KEY, theme_command(5, **values), theme_key)
    assert keys(bench) == ["tema_numero_1", "tema_numero_2"]
    for act, more in ((themes.delete_theme, ()), (themes.move_theme, (1,))):
        refuses(bench, "theme.unknown", act, KEY, "none", *more)
    refuses(bench, "theme.unknown", themes.save_theme, KEY, theme_command(), "none")


def test_the_order_changes_by_one_and_stops_at_the_ends(bench: Bench) -> None:
    make_draft(bench, 3)
    one, two, three = keys(bench)
    with writing(bench) as work:
        themes.move_theme(work, KEY, one, -1)
        themes.move_theme(work, KEY, three, 1)
    assert keys(bench) == [one, two, three]
    do(bench, themes.move_theme, KEY, three, -1)
    assert keys(bench) == [one, three, two]
    with writing(bench) as work:
        themes.delete_theme(work, KEY, three)
        themes.save_theme(work, KEY, theme_command(9))
    assert keys(bench) == [one, two, "tema_numero_9"]


def test_a_theme_for_which_people_are_proposed_stays(bench: Bench) -> None:
    make_draft(bench, 3)
    do(bench, nominees.save_nominee, KEY, nominee_command(topics=("tema_numero_2",)))
    refuses(bench, "theme.in_use", themes.delete_theme, KEY, "tema_numero_2")
    assert len(keys(bench)) == 3


def test_a_new_key_is_followed_by_those_proposed_for_the_theme(bench: Bench) -> None:
    make_draft(bench, 3)
    with writing(bench) as work:
        nominees.save_nominee(work, KEY, nominee_command(topics=("tema_numero_2", "tema_numero_3")))
        themes.save_theme(work, KEY, theme_command(2, key="otro"), "tema_numero_2")
    with reading(bench) as work:
        (nominee,) = nominees.list_nominees(work, KEY).nominees
    assert nominee.topics == ["otro", "tema_numero_3"]
    assert keys(bench) == ["tema_numero_1", "otro", "tema_numero_3"]
    do(bench, themes.save_theme, KEY, theme_command(title=both("Otro título", "Other")), "otro")
    assert keys(bench) == ["tema_numero_1", "otro", "tema_numero_3"], "without a key it keeps its own"


def test_the_proposed_themes_begin_an_empty_round_and_touch_every_objective(bench: Bench) -> None:
    make_draft(bench, 0)
    with writing(bench) as work:
        assert themes.add_proposed_themes(work, KEY) == 14
    with reading(bench) as work:
        proposed = themes.list_themes(work, KEY).themes
    assert all(
        theme.title["es"] and theme.title["en"] and theme.description["es"] and theme.description["en"]
        for theme in proposed
    )
    assert {number for theme in proposed for number in theme.objectives} == set(range(1, 24))
    refuses(bench, "themes.present", themes.add_proposed_themes, KEY)
    assert len(keys(bench)) == 14


def test_there_is_an_end_to_themes(bench: Bench) -> None:
    make_draft(bench, 0)
    with writing(bench) as work:
        for number in range(themes.MOST_THEMES):
            themes.save_theme(work, KEY, theme_command(1, key=f"t{number}"))
    refuses(bench, "themes.many", themes.save_theme, KEY, theme_command(2))
