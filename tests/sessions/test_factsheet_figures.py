"""A session in numbers: what is shown, what is told together, and what cannot be worked out from it."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import product
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from consulta.platform.data import catalogue
from consulta.sessions.attendance import Answers, group_of
from consulta.sessions.figures import figures, together
from tests.cases import for_each
from tests.deep import examples
from tests.results.attacks import Riddle

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST = 5
Cell = tuple[str, ...]  # country, sector, gender


def people_of(counts: dict[Answers, int]) -> list[Answers]:
    return [answers for answers, number in counts.items() for _ in range(number)]


def of_gender(women: int, men: int, non_binary: int = 0, no_answer: int = 0, unasked: int = 0) -> Any:
    answers = {"woman": women, "man": men, "non_binary": non_binary, "no_answer": no_answer, None: unasked}
    found = figures(people_of({Answers("Red", "PE", "ngo", key): n for key, n in answers.items()}))
    assert found is not None
    return found["gender"]


@for_each(
    "counts, hidden",
    [
        ({"a": 40, "b": 1, "c": 4}, ["b", "c"]),
        ({"a": 40, "b": 30, "c": 4}, ["b", "c"]),  # one alone would follow from the total
        ({"a": 40, "b": 5, "c": 4}, ["a", "c"]),  # four and five would be as good as told
        ({"a": 40, "b": 6, "c": 6, "d": 2, "e": 1}, ["b", "c", "d", "e"]),  # too few, and twins tell
        ({"a": 40, "b": 20, "c": 1, "d": 1, "e": 1, "f": 1, "g": 1}, ["b", "c", "d", "e", "f", "g"]),
        ({"a": 40, "b": 20, "c": 4, "d": 4}, ["b", "c", "d"]),
    ],
)
def test_small_categories_are_told_together_with_what_keeps_them_hidden(
    counts: dict[str, int], hidden: list[str]
) -> None:
    lines = together(counts, LEAST)
    assert lines[-1] == {"keys": hidden, "people": sum(counts[key] for key in hidden)}
    assert {line["keys"][0] for line in lines[:-1]} == counts.keys() - set(hidden)


def test_gender_is_told_in_four_answers_or_in_fewer() -> None:
    assert [line["people"] for line in of_gender(20, 15, 5, 6)["lines"]] == [20, 15, 5, 6]
    assert of_gender(20, 15, 2, 6, 1)["lines"][-1] == {"keys": ["non_binary", "no_answer"], "people": 9}
    assert of_gender(110, 71) == of_gender(109, 70, 1, 1)  # not even whether there were others
    assert of_gender(110, 71)["lines"] == [
        {"keys": ["woman"], "percent": 61},
        {"keys": ["man"], "percent": 39},
    ]
    assert of_gender(20, 14)["step"] == 5
    assert of_gender(181, 0) is None
    assert of_gender(30, 4, 10) is None
    assert of_gender(5, 4) is None


def test_a_handful_of_people_is_no_session_in_numbers() -> None:
    assert figures(people_of({Answers("Red", "PE", "ngo"): 4})) is None
    alone = figures([Answers("Red", code, "ngo") for code in ("PE", "MX", "CL", "BR", "AR")])
    assert alone is not None
    assert alone["countries"] is None  # five people of five countries: one each
    assert alone["by_country"] == []


# -- attacks


@for_each("most", [9, 12])
def test_who_knows_the_rules_and_tries_every_session_finds_no_small_number(most: int) -> None:
    """Three categories, every size: all that would be published alike leave each small number open."""
    alike: dict[Any, list[tuple[int, ...]]] = defaultdict(list)
    for sizes in product(range(most + 1), repeat=3):
        if sum(sizes) >= LEAST:
            counts = dict(zip("abc", sizes, strict=True))
            there = tuple(key for key, number in counts.items() if number)
            alike[sum(sizes), there, json.dumps(together(counts, LEAST))].append(sizes)
    for (total, there, told), found in alike.items():
        if total > most:  # sizes above `most` were not tried: they would only leave more open
            continue
        if told == "[]" and total < len(there) + 2:
            continue  # the number of categories is not told then
        for place in range(3):
            numbers = {sizes[place] for sizes in found}
            if min(numbers) > 0 and any(number < LEAST for number in numbers):
                assert max(numbers) - min(numbers) >= 2, (there, told, found)


@for_each("total", [9, 14, 17, 31, 58, 106])
def test_no_answer_of_few_can_be_found_by_trying_every_one(total: int) -> None:
    alike: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for women in range(total + 1):
        for non_binary in range(10):
            for no_answer in range(10):
                men = total - women - non_binary - no_answer
                if men >= 0:
                    told = json.dumps(of_gender(women, men, non_binary, no_answer))
                    alike[told].add((non_binary, no_answer))
    for told, found in alike.items():
        for place in (0, 1):
            numbers = {pair[place] for pair in found}
            if min(numbers) < LEAST:
                assert max(numbers) - min(numbers) >= 2, (told, found)


SECTORS = ["gov_national", "gov_local", "parliament", "un_system", "ngo", "migrant_org", "media", "women_org"]
COUNTRIES = ["PE", "MX", "JM", "BZ", ""]
GENDERS = [gender.key for gender in catalogue.genders()] + [None]
sessions = st.dictionaries(
    st.builds(
        Answers,
        st.just("Red"),
        st.sampled_from(COUNTRIES),
        st.sampled_from(SECTORS),
        st.sampled_from(GENDERS),
    ),
    st.integers(1, 12) | st.integers(1, 60),
    min_size=1,
    max_size=14,
)


class Published(Riddle):
    """All that is published, about people of each country, sector and gender that was there."""

    def __init__(self, told: dict[str, Any], cells: Iterable[Cell]) -> None:
        super().__init__()
        self.everybody = told["people"]
        for cell in cells:
            self.unknown(cell, self.everybody)
        self.lines([{"keys": None, "people": self.everybody}], 0)
        for place in (0, 1):  # that a category was there, everybody may know
            for value in {cell[place] for cell in cells}:
                self.known(self.inside(place, {value}), 1, self.everybody)
        self.lines(told["by_country"], 0)
        for group in told["groups"]:
            sectors = {cell[1] for cell in cells if group_of(cell[1]) in group["keys"]}
            self.lines([{**group, "keys": sectors}, *group["sectors"]], 1)
        self.gender(told["gender"] or {"unit": "people", "lines": []})

    def inside(self, place: int, keys: Iterable[str] | None) -> dict[Cell, float]:
        return {cell: 1.0 for cell in self.most if keys is None or cell[place] in set(keys)}

    def lines(self, lines: Iterable[dict[str, Any]], place: int) -> None:
        for line in lines:
            self.known(self.inside(place, line["keys"]), line["people"], line["people"])

    def gender(self, told: dict[str, Any]) -> None:
        if told["unit"] == "people":
            self.lines(told["lines"], 2)
            return
        share, half = told["lines"][0]["percent"], told["step"] / 2
        for sign, edge in ((1, share - half), (-1, share + half)):
            weight = {"woman": sign * (100 - edge), "man": -sign * edge}
            self.known({cell: weight.get(cell[2], 0.0) for cell in self.most}, 0, 100.0 * self.everybody)


@settings(max_examples=examples(40), deadline=None)
@given(sessions)
def test_nothing_hidden_follows_from_all_that_is_published_together(session: dict[Answers, int]) -> None:
    people = people_of(session)
    told = figures(people)
    if told is None:
        assert len(people) < LEAST
        return
    answers = ["woman", "man", "non_binary", "no_answer"]
    truth = [(person.country, person.sector, person.gender or "no_answer") for person in people]
    values = [sorted({cell[0] for cell in truth}), sorted({cell[1] for cell in truth}), answers]
    riddle = Published(told, set(product(*values)))
    for place, value in [(n, value) for n, some in enumerate(values) for value in some]:
        number = sum(cell[place] == value for cell in truth)
        # Where it is not told how many countries there were, the riddle knows more than the reader.
        if number < LEAST and not (place == 0 and told["countries"] is None):
            low, high = riddle.extremes(riddle.inside(place, {value}))
            assert high - low >= 2, (place, value, number, told)


def test_a_group_does_not_give_its_small_sector_away() -> None:
    session = {
        Answers("Estado", "PE", "gov_national"): 20,
        Answers("Estado", "PE", "gov_local"): 3,
        Answers("Red", "MX", "ngo"): 30,
        Answers("ONU", "", "un_system"): 8,
    }
    told = figures(people_of(session))
    assert told is not None
    government = next(group for group in told["groups"] if group["keys"] == ["government"])
    assert government == {"keys": ["government"], "people": 23, "sectors": []}
