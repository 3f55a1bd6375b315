"""From entries to a ballot: what is accepted, what is refused and where (VB-3)."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from consulta.core.counting.choice import Choice, Entries, Paper, choice, entries_of, faults, has_gaps
from consulta.core.trust.receipts import ALPHABET, receipt_code
from tests.cases import for_each

PAPER = Paper(
    themes=("t3", "t1", "t2", "t5", "t4", "t6"),
    max_ranks=5,
    objectives=tuple(range(1, 24)),
    max_objectives=2,
    nominees=("n2", "n1", "n3"),
    max_endorsements=2,
)


def told(entries: Entries, paper: Paper = PAPER) -> list[tuple[str, str, str]]:
    return [(fault.part, fault.key, fault.problem.code) for fault in faults(entries, paper)]


def test_places_are_closed_up() -> None:
    entries = Entries({"t2": 4, "t6": 1, "t1": 3})
    assert told(entries) == []
    assert has_gaps(entries)
    assert choice(entries, PAPER).ranking == ("t6", "t1", "t2")
    assert not has_gaps(entries_of(choice(entries, PAPER)))


def test_a_place_given_twice_names_each_theme() -> None:
    assert told(Entries({"t1": 2, "t2": 2, "t3": 1})) == [
        ("theme", "t1", "vote.place_twice"),
        ("theme", "t2", "vote.place_twice"),
    ]


def test_themes_of_one_place_stand_as_on_the_paper() -> None:
    assert choice(Entries({"t2": 1, "t1": 1, "t3": 1}), PAPER).ranking == ("t3", "t1", "t2")


@for_each("place", [0, -1, 6, 9999])
def test_a_place_that_does_not_exist(place: int) -> None:
    assert told(Entries({"t1": place})) == [("theme", "t1", "vote.place")]


def test_more_than_the_places_there_are() -> None:
    entries = Entries({f"t{number}": number for number in range(1, 7)})
    assert told(entries) == [("ranking", "", "vote.many"), ("theme", "t6", "vote.place")]
    assert faults(entries, PAPER)[0].problem.params == {"count": 6, "max": 5}


def test_as_many_as_there_are_places_and_the_last_place_too() -> None:
    assert told(Entries({f"t{number}": number for number in range(1, 6)})) == []
    assert told(Entries({"t1": 5})) == []
    assert told(Entries({"t1": 1, "t2": 2}), Paper(("t1", "t2"), 5)) == []


def test_no_place_at_all() -> None:
    assert told(Entries({}, (1,))) == [("ranking", "", "vote.none")]


def test_a_theme_from_elsewhere() -> None:
    entries = Entries({"t1": 1, "zz": 2})
    assert told(entries) == [("ranking", "", "vote.theme")]
    assert choice(entries, PAPER).ranking == ("t1",)


def test_objectives_and_endorsements_have_their_limits() -> None:
    places = {"t1": 1}
    assert told(Entries(places, (1, 2), ("n1", "n2"))) == []
    assert told(Entries(places, (1, 2, 3), ("n1", "n2", "n3"))) == [
        ("objectives", "", "vote.objectives"),
        ("endorsements", "", "vote.endorsements"),
    ]
    assert told(Entries(places, (1, 24), ("n1", "x"))) == [
        ("objectives", "", "vote.objective"),
        ("endorsements", "", "vote.nominee"),
    ]
    assert told(Entries(places, (1, 1, 2), ("n1", "n1"))) == []


def test_a_round_without_nominees_takes_no_endorsement() -> None:
    assert told(Entries({"t1": 1}, (), ("n1",)), Paper(("t1", "t2"), 5)) == [
        ("endorsements", "", "vote.nominee")
    ]


def test_there_are_no_more_places_than_themes() -> None:
    assert Paper(("a", "b"), 5).places == 2
    assert told(Entries({"a": 3}), Paper(("a", "b"), 5)) == [("theme", "a", "vote.place")]


def test_a_choice_stands_in_the_order_of_the_paper() -> None:
    entries = Entries({"t1": 1}, (7, 3, 3), ("n3", "n2"))
    assert choice(entries, PAPER) == Choice(("t1",), (3, 7), ("n2", "n3"))


@given(st.dictionaries(st.sampled_from(["t1", "t2", "t3", "t4", "zz"]), st.integers(-1, 7)))
def test_what_has_no_fault_is_a_ranking_in_the_order_given(places: dict[str, int]) -> None:
    entries = Entries(places)
    ranking = choice(entries, PAPER).ranking
    assert len(set(ranking)) == len(ranking)
    assert [places[key] for key in ranking] == sorted(places[key] for key in ranking)
    if not faults(entries, PAPER):
        assert set(ranking) == set(places)
        assert 1 <= len(ranking) <= 5
        assert len(set(places.values())) == len(ranking)


def test_a_receipt_code_can_be_read_out() -> None:
    code = receipt_code({"ranking": [["a"]], "version": 1})
    assert re.fullmatch(rf"[{ALPHABET}]{{4}}(-[{ALPHABET}]{{4}}){{2}}", code)
    assert not set(ALPHABET) & set("0OQ1IL2Z5S8B6GAEIOU") - {"6"}
    assert receipt_code({"version": 1, "ranking": [["a"]]}) == code
    assert len({receipt_code({"version": number}) for number in range(2000)}) == 2000
