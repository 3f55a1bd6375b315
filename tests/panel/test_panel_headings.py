"""What the pages of a panel say first, on random panels: true in each language, short, and of every kind."""

from __future__ import annotations

import random  # noqa: TID251 - invented panels, the same for one seed
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from consulta.panel.dialogues import PublicSession
from consulta.panel.public import headings
from consulta.panel.public_parts import public_rows
from consulta.panel.values import PanelPublication, PublicPeople
from consulta.platform.labels import name_of
from consulta.platform.web.language import in_words, speaking
from tests.factories import moment
from tests.panel.test_panel_balance import CATEGORIES, panel, places_of, row, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from flask import Flask

    from consulta.panel.values import PublishedPanel
    from consulta.platform.settings import Settings

    People = Sequence[dict[str, Any]]

THREE = ("es", "en", "pt")
WORDS = {
    "es": "un/una dos tres cuatro cinco seis siete ocho nueve diez once doce",
    "en": "one two three four five six seven eight nine ten eleven twelve",
    "pt": "um/uma dois/duas três quatro cinco seis sete oito nove dez onze doze",
}
NUMBERS = {
    lang: {word: number for number, one in enumerate(words.split(), 1) for word in one.split("/")}
    for lang, words in WORDS.items()
}
PANELS = 500
LONGEST_HEADING, LONGEST_TITLE = 50, 66
COUNTRIES = {"caribbean": ("JM", "BB"), "mesoamerica": ("GT", "MX"), "south_america": ("PE", "CO")}
SESSION = PublicSession(moment(), "America/Panama", begun=True, cancelled=False, has_factsheet=True)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Settings of an installation in all three languages."""
    return replace(settings, languages=THREE)


def figures(text: str, lang: str) -> list[int]:
    """Return the numbers of a sentence, in words or in figures; "one of" that means no number is left out."""
    found = re.findall(r"[^\W_]+", text.lower())
    return [int(word) if word.isdigit() else NUMBERS[lang][word] for word in found if known(word, lang)]


def known(word: str, lang: str) -> bool:
    return word.isdigit() or word in NUMBERS[lang]


def some_people(luck: random.Random) -> list[dict[str, Any]]:
    """Up to fourteen people; few or many of them named, confirmed and heard."""
    named, confirmed, spoke = (luck.choice([0, 0.5, 0.9, 1]) for _ in range(3))
    narrow = luck.random() < 0.3
    people = []
    for _ in range(luck.choice([1, 2, 3, 5, 8, 14])):
        one: dict[str, Any] = {
            name: luck.choice(values[:1] if narrow else values) for name, values in CATEGORIES.items()
        }
        one["country"] = luck.choice(COUNTRIES[one["subregion"]])
        one["confirmed"] = luck.random() < confirmed
        one["named"] = one["confirmed"] and luck.random() < named
        one["spoke"] = luck.random() < spoke
        people.append(one)
    return people


def some_rules(luck: random.Random) -> list[Any]:
    low = luck.randint(0, 3)
    return [("role", luck.choice(CATEGORIES["role"]), low, luck.choice([None, low, low + 2]))]


def some_panel(luck: random.Random, them: People, **values: Any) -> PublishedPanel:
    places = places_of(them)
    rows = public_rows(rows_of(them, some_rules(luck))[: luck.choice([1, 3])], places)
    gender = luck.choice([(), (True,), (True, False)])
    return panel(places, rows, gender=gender, **values)


def every(app: Flask, check: Callable[[PublishedPanel, People, str], set[str]], **values: Any) -> set[str]:
    """Hold a check against random panels in each language; which kinds of sentences were reached."""
    reached = set()
    for lang in THREE:
        luck = random.Random(20260518)  # noqa: S311 - nobody is to be kept from guessing them
        with app.test_request_context(), speaking(lang):
            for _ in range(PANELS):
                them = some_people(luck)
                view = some_panel(luck, them, free=luck.choice([0, 0, 0, 1, 2]), **values)
                reached |= check(view, them, lang)
    return reached


def count(them: People, **wanted: bool) -> int:
    return sum(all(one[name] == value for name, value in wanted.items()) for one in them)


def test_numbers_are_words_up_to_twelve(app: Flask) -> None:
    for lang in THREE:
        with app.test_request_context(), speaking(lang):
            for number in range(15):
                for feminine in (False, True):
                    word = in_words(number, feminine=feminine)
                    assert figures(word, lang) == [number]
                    assert word.isdigit() == (number in {0, 13, 14})
    with app.test_request_context(), speaking("pt"):
        assert (in_words(2), in_words(2, feminine=True)) == ("dois", "duas")


def check_before(view: PublishedPanel, them: People, lang: str) -> set[str]:
    lead, title = headings.lead(view), headings.people_title(view)
    governments = sum(one["role"] != "mechanism" for one in them)
    whole, confirmed = count(them, named=True) == len(them), count(them, confirmed=True)
    regions = len({one["subregion"] for one in them})
    countries = [len({one["country"] for one in them})] if whole else []
    parts = [each for each in (governments, len(them) - governments) if each]
    some = [confirmed] if 0 < confirmed < len(them) else []
    assert figures(lead, lang) == [*countries, regions, *parts, *some]
    named = [one for one in them if one["named"]]
    assert figures(title, lang) == ([len(named), len({one["country"] for one in named})] if named else [])
    assert len(title) <= LONGEST_HEADING
    rules = headings.rules_title(view)
    met, waiting = view.rules - view.missed, len(them) - confirmed
    if view.missed:
        expected, kind = [met, view.rules], "missed"
    elif view.rules == 1:
        expected, kind = [], "one rule"
    else:
        expected, kind = [view.rules, *([waiting] if waiting else [])], "waiting" if waiting else "met"
    assert figures(rules, lang) == expected, rules
    assert len(rules) <= LONGEST_TITLE
    return {kind, f"named {bool(named)}", f"whole {whole}", f"parts {len(parts)}"}


def test_a_panel_that_is_prepared_says_how_many_from_where_for_whom(app: Flask) -> None:
    assert every(app, check_before) == {
        *("missed", "one rule", "waiting", "met"),
        *("named True", "named False", "whole True", "whole False", "parts 1", "parts 2"),
    }


def check_after(view: PublishedPanel, them: People, lang: str) -> set[str]:
    spoke, out = count(them, spoke=True), count(them, spoke=False, confirmed=True)
    vacant = count(them, spoke=False, confirmed=False) + view.free
    if not spoke:
        return set()  # not a panel of which it is recorded who took part
    title, missing, people = (
        headings.spoke_title(len(view.spoke), len(view.seats)),
        headings.missing_title(view),
        headings.people_who_spoke(view.spoke),
    )
    everybody = spoke == len(them)
    assert figures(title, lang) == ([spoke] * (spoke > 1) if everybody else [spoke, len(them)])
    if lang == "es":
        assert title.startswith("Habló ") == (spoke == 1)
    assert figures(missing, lang) == [each for each in (out, vacant) if each]
    named = count(them, spoke=True, named=True)
    assert figures(people, lang) == [spoke, *([named] if 0 < named < spoke else [])]
    lead = headings.spoke_lead(view)
    assert (
        figures(lead, lang)[-len(figures(missing, lang)) or None :] == figures(missing, lang) or not missing
    )
    assert all(len(each) <= LONGEST_HEADING for each in (missing, people)), (missing, people)
    assert len(title) <= LONGEST_TITLE
    assert not [each for each in (title, missing, people, lead) if "Persona" in each or "%" in each]
    return {f"everybody {everybody}", f"named {0 < named < spoke}", check_seats(view, them, lang, vacant)}


def check_seats(view: PublishedPanel, them: People, lang: str, vacant: int) -> str:
    """Which seats were empty: each group that is told has one, and of few seats only."""
    title = headings.seats_title(view)
    assert len(title) <= LONGEST_TITLE
    empty = [one for one in them if not one["spoke"] and not one["confirmed"]]
    if vacant:
        assert figures(title, lang)[0] == vacant
        told = title.partition(": ")[2]
        groups = {name_of(name, one[name])[lang] for one in empty for name in ("role", "subregion")}
        listed = [name for name in groups if name in told]
        assert bool(listed) == bool(told)
        assert len(listed) <= len(empty) <= 2 or not told
        assert not (told and view.free)
        return "groups" if told else "count"
    heard = {one["subregion"] for one in them if one["spoke"]}
    all_heard = {"es": "Todas las subregiones", "en": "Every subregion", "pt": "Todas as sub-regiões"}
    assert title.startswith(all_heard[lang]) == (heard == {*CATEGORIES["subregion"]})
    return "all heard" if heard == {*CATEGORIES["subregion"]} else "plain"


def test_after_the_session_it_says_how_many_spoke_and_which_seats_were_empty(app: Flask) -> None:
    assert every(app, check_after, session=SESSION, is_recorded=True) == {
        *("everybody True", "everybody False", "named True", "named False"),
        *("groups", "count", "all heard", "plain"),
    }


REASONS = {
    "The only person in this role; one is required.": "role",
    "The only person in this role.": "role",
    "the minimum required": "least",
    "The only person from this sector.": "sector",
    "Among those named, the only one from this sector.": "sector named",
    "The only person from this subregion.": "subregion",
    "people from this subregion": "few",
    "Chosen by the rules and the support combined.": "rules",
}


def check_reasons(view: PublishedPanel, them: People, lang: str) -> set[str]:
    """The first reason that holds is said, and no other."""
    reached = set()
    whole = all(one["named"] for one in them)
    least = {each.code: each.low for each in view.rows if each.kind == "role"}
    for one, place in zip(them, view.seats, strict=True):
        said = headings.because(place, view)
        assert said.count(".") == 1
        if lang != "en":
            continue
        same = {name: sum(other[name] == one[name] for other in them) for name in ("role", "subregion")}
        sectors = [other["sector"] for other in them if other["named"]]
        if same["role"] == 1:
            expected = "role"
            assert ("required" in said) == (least.get(one["role"]) == 1)
        elif same["role"] == least.get(one["role"]):
            expected = "least"
        elif one["named"] and sectors.count(one["sector"]) == 1:
            expected = "sector" if whole else "sector named"
        elif same["subregion"] <= 2:
            expected = "subregion" if same["subregion"] == 1 else "few"
        else:
            expected = "rules"
        assert {REASONS[part] for part in REASONS if part in said} == {expected}, said
        reached.add(expected)
    return reached


def test_each_person_has_one_reason_the_first_that_holds(app: Flask) -> None:
    assert every(app, check_reasons) == {*REASONS.values()}


def test_who_came_by_a_decision_is_said_to(app: Flask) -> None:
    them = [
        {
            **dict.fromkeys(("named", "confirmed"), True),
            "spoke": False,
            "country": "PE",
            **{name: values[0] for name, values in CATEGORIES.items()},
        }
    ] * 3
    view = panel(places_of(them), (), by_hand=PublicPeople(names=("Persona 2",)))
    with app.test_request_context(), speaking("en"):
        by_hand = [headings.because(place, view).startswith("Added by a decision") for place in view.seats]
        assert by_hand == [False, True, False]
        assert headings.decisions_title(view) == "No seat has changed hands"
        moved = PublicPeople(
            names=("A",), others=((name_of("role", "mechanism"), name_of("subregion", "caribbean")),)
        )
        told = [
            PanelPublication(1, moment(), moved, PublicPeople()),
            PanelPublication(2, moment(), moved, moved),
        ]
        changed = headings.decisions_title(replace(view, publications=tuple(told)))
        assert changed == "Two seats passed to other people"


def test_a_rule_that_is_missed_is_told_in_the_past_once_the_session_began(app: Flask) -> None:
    rows = [
        row("size", "", "", have=1, low=2, high=2, ok=False),
        row("role", "role", "mechanism", have=1, low=1, high=1, ok=True),
    ]
    for session, said in ((None, "It meets one of two rules"), (SESSION, "It met one of two rules")):
        with app.test_request_context(), speaking("en"):
            assert headings.rules_title(panel((), rows, session=session)) == said
