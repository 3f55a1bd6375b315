"""Sentences made from figures of dimensions, on random data with none, one and two that are added."""

from __future__ import annotations

import random  # noqa: TID251 - invented rolls, the same for one seed
import re
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select

from consulta.core.texts import Text
from consulta.desk import opening
from consulta.platform.data import dimensions
from consulta.platform.models import Organisation, Seat
from consulta.platform.web import dimension_words, secrecy
from consulta.platform.web.language import speaking
from consulta.platform.work import COMMAND
from consulta.results.pages import headings
from consulta.results.pages.words import targets_told
from consulta.results.values import CategoryLine
from consulta.rounds import ballots as ballots_acts
from consulta.vote import casting, preview
from consulta.vote.pages.participation import _message
from consulta.vote.values import TurnoutLine
from tests.added import added
from tests.cases import for_each
from tests.drafts import KEY, NOW, make_draft, reading, writing
from tests.factories import build_organisation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench
    from tests.benches import Visitor

SIZE = """
[[dimension]]
key = "size"
names = {es = "Tamaño", en = "Size", pt = "Tamanho"}
category = [
  {key = "small", names = {es = "Pequeña", en = "Small", pt = "Pequena"}},
  {key = "large", names = {es = "Grande", en = "Large", pt = "Grande"}},
]
"""
SPEECH = """
[[dimension]]
key = "language"
names = {es = "Idioma de trabajo", en = "Working language", pt = "Idioma de trabalho"}
list = "open"
"""
FILES = ("", SIZE, SPEECH + SIZE)
LANGUAGES = ("es", "en", "pt")
ENTERED = {"size": ("small", "small", "large"), "language": ("Quechua", "Quechua", "Creole")}
LEAST = 3


@pytest.fixture(params=[0, 1, 2])
def count(request: pytest.FixtureRequest) -> int:
    """How many dimensions the installation adds."""
    number: int = request.param
    return number


@pytest.fixture
def settings(settings: Settings, count: int) -> Iterator[Settings]:
    """Settings that add so many dimensions."""
    with added(settings, FILES[count]) as found:
        yield found


def luck(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them


def members(bench: Bench, choose: random.Random) -> None:
    """Thirty organisations of two countries, few of which are alike in all."""
    with writing(bench) as work:
        for number in range(30):
            categories = {each.key: choose.choice(ENTERED[each.key]) for each in dimensions.own()}
            build_organisation(
                work.session,
                f"Red {number:02d}",
                country=choose.choice(("PE", "PE", "PE", "BO")),
                sector=choose.choice(("ngo", "ngo", "ngo", "academia")),
                categories=categories,
                base=choose.choice((1, 1, 1, 2)),
            )


@pytest.mark.parametrize("small_cell", [1, LEAST])
def test_the_preview_of_a_draft_tells_what_the_ballot_will(bench: Bench, count: int, small_cell: int) -> None:
    """How many are alike, and from how many on a country is told, as if the round opened now."""
    members(bench, luck(small_cell * 10 + count))
    make_draft(bench, secrecy="pseudonymous")
    before = {}
    for number in range(1, 31):
        with reading(bench) as work:
            seen = preview.ballot(work, KEY, f"p{number}", small_cell=small_cell).ballot
        assert seen is not None
        before[seen.organisation] = (seen.alike, seen.joined_below, seen.added)
    with writing(bench) as work:
        opening.open_round(work, KEY, small_cell=small_cell)
    with reading(bench) as work:
        seats = [casting.view_of(work, seat, None) for seat in work.session.scalars(select(Seat))]
    assert before == {seat.organisation: (seat.alike, seat.joined_below, seat.added) for seat in seats}
    assert len({alike for alike, _least, _added in before.values()}) > 1
    assert all(len(names) == count for _alike, _least, names in before.values())


def test_a_preview_says_nothing_of_an_organisation_that_is_invented_or_lacks_a_category(
    bench: Bench, count: int
) -> None:
    make_draft(bench, secrecy="pseudonymous")
    with reading(bench) as work:
        seen = preview.ballot(work, KEY).ballot
    assert seen is not None
    assert seen.alike is None
    with writing(bench) as work:
        build_organisation(work.session, "Red de antes")
    with reading(bench) as work:
        seen = preview.ballot(work, KEY).ballot
    assert seen is not None
    assert seen.alike == (None if count else 1)


def test_the_page_of_a_preview_never_counts_none(bench: Bench, staff_visitor: Visitor) -> None:
    members(bench, luck(7))
    make_draft(bench, secrecy="pseudonymous")
    for number in (1, 9, 20):
        page = staff_visitor.get(f"/en/secretariat/rounds/{KEY}/preview?seat=p{number}").text
        assert re.search(r"Only \d+ organisations|No other organisation|only one|\d+ organisations", page)
        assert "Only 0 " not in page
        assert " 0 organisations" not in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_ballots_share_is_named_whole(app: Flask, bench: Bench, count: int, lang: str) -> None:
    """The sentences name each mark of the groups in which countries are joined, and no other."""
    members(bench, luck(count))
    with bench.read(COMMAND, NOW) as work:
        groups = [
            ballots_acts.group_of(
                dimensions.categories_of(each.country, each.categories), each.base, each.country
            )
            for each in work.session.scalars(select(Organisation))
        ]
    codes = ballots_acts.joined(groups, Counter(groups), LEAST)
    assert {group in codes for group in groups} == {True, False}
    shared = {name for name, _category in groups[0].categories}
    assert shared == {"subregion", "sector", *(each.key for each in dimensions.own())}
    for group, number in Counter(groups).items():  # a country by itself: so many share all that is named
        assert group in codes or number >= LEAST
    with app.test_request_context(), speaking(lang):
        said = [secrecy.told("pseudonymous", least) for least in (None, LEAST)]
        said += [secrecy.promise("pseudonymous", least, dimensions.others(shared)) for least in (None, LEAST)]
        names = [dimension_words.own(each.key) for each in dimensions.own()]
    for text in said:
        assert [name for name in names if name not in text] == []
        assert len(re.findall("[“«]", text)) == count
        assert not re.search("three|tres", text)


@for_each("lang", LANGUAGES)
@for_each("dimension", ["sector", "size", "language"])
def test_the_title_of_turnout_has_its_dimension_and_true_ends(
    app: Flask, count: int, dimension: str, lang: str
) -> None:
    choose = luck(f"{count} {dimension} {lang}")
    if dimension not in {"sector", *(each.key for each in dimensions.own())}:
        return
    with app.test_request_context(), speaking(lang):
        for _time in range(30):
            lines = random_lines(choose, dimension)
            view: Any = SimpleNamespace(
                categories=((dimension, tuple(lines)),), small_cell=None, joined_below=None
            )
            said = headings.turnout(view, dimension)
            shares = {round(100 * line.ballots / line.seats) for line in lines if line.seats}
            told = {int(found) for found in re.findall(r"(\d+)[ \xa0\u202f]?%", said)}
            assert told <= {min(shares, default=0), max(shares, default=0)}
            assert len(said) <= headings.TITLE
            if dimension != "sector":
                assert dimension_words.own(dimension) in said


@for_each("lang", LANGUAGES)
def test_one_order_everywhere_and_no_category_without_its_dimension(
    app: Flask, count: int, lang: str
) -> None:
    """Subregion, sector, the added ones: of supports, of targets; and who took part least."""
    choose = luck(f"{count} {lang}")
    shown = ["subregion", "sector", *(each.key for each in dimensions.own())]
    with app.test_request_context(), speaking(lang):
        names = [dimension_words.name(each) for each in shown]
        for _time in range(10):
            mixed = choose.sample(shown, len(shown))
            told = targets_told({name: choose.choice(("equal", "sqrt", "roll")) for name in mixed})
            places = [told.index(f"{name}: ") for name in names]
            assert places == sorted(places)
            assert not re.search("su tamaño|seu tamanho|their size", told)
        for dimension in shown:
            some = [each for each in random_lines(choose, dimension) if each.seats and each.ballots]
            lines = [TurnoutLine(dimension, each.key, each.name, each.seats, each.ballots) for each in some]
            lines.sort(key=lambda line: line.voted / line.seats)
            if not lines:
                continue
            said = _message(dimension, tuple(lines))
            assert dimension in {"subregion", "sector"} or dimension_words.own(dimension) in said
            lowest = [line for line in lines if line.voted * lines[0].seats == lines[0].voted * line.seats]
            if len(lowest) < len(lines):
                assert lines[0].name.best(lang) in said
                assert len(lowest) == 1 or str(len(lowest) - 1) in said
        for each in dimensions.own():
            name = dimension_words.own(each.key)
            assert dimension_words.inside(each.key) == name[0].lower() + name[1:]
        assert dimension_words.small("TIC") == "TIC"


def random_lines(choose: random.Random, dimension: str) -> list[CategoryLine]:
    """A few categories with figures that differ, or do not."""
    found = []
    for number in range(choose.randint(1, 5)):
        seats = choose.choice((0, 4, 4, 8))
        ballots = choose.choice((seats, seats // 2, seats // 4))
        name = Text.name(f"C{number}")
        found.append(CategoryLine(dimension, str(number), name, seats, ballots, 0.1, None, None))
    return found
