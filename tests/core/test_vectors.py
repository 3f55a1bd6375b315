"""The examples that the text of the rules gives, to the last digit."""

import hashlib
import json
from fractions import Fraction

import pytest

from consulta.core.counting import balance, bundle, repetitions, weights
from consulta.core.counting.count import count
from consulta.core.problems import Problem
from consulta.core.trust import chance
from consulta.core.values import Ballot, Rules, Seed
from tests.core.build import encoded, parsed, sensible
from tests.core.usual import result_of, usual_election

BALLOTS = (
    Ballot("s1", (("b",), ("a", "c")), (10, 7)),
    Ballot("s2", (("a",),), (), ("n4",)),
    Ballot("s3", (("c",),)),
)
ROOT = "9494f294bcf2996b1f240022406c02a1b46b3716a6b229df02f89423fb18f129"
SEED = "3e4c151aae04a59009f74378dfd0d65e79abdd957244f440cbf420003c990fff"


def test_a_line_of_a_ballot():
    lines = [chance.ballot_line(ballot).decode() for ballot in BALLOTS]
    assert lines == [
        '{"endorsements":[],"objectives":[10,7],"ranking":[["b"],["a","c"]],"seat":"s1"}',
        '{"endorsements":["n4"],"objectives":[],"ranking":[["a"]],"seat":"s2"}',
        '{"endorsements":[],"objectives":[],"ranking":[["c"]],"seat":"s3"}',
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1)])
def test_the_root_of_the_ballots_and_the_seed(order):
    root = chance.ballots_root([BALLOTS[number] for number in order])
    assert root == ROOT
    secret = "00" * 32
    made = Seed(commitment=hashlib.sha256(bytes(32)).hexdigest(), secret=secret, public="pulso 77")
    assert chance.seed(made, root) == SEED


def test_what_is_drawn():
    stream = hashlib.shake_128(f"{'0' * 64}|resample|1".encode()).hexdigest(24)
    assert stream == "6bcfb516c071da7b" + "c3de470084c95def" + "211765c3b720f994"
    assert repetitions.draw("0" * 64, 1, 3).tolist() == [1, 2, 0]
    assert repetitions.draw("0" * 64, 2, 3).tolist() == [2, 1, 2]


@pytest.mark.parametrize("ballots", [1, 2, 3, 1000, 50_000])
def test_a_draw_is_the_quotient_rounded_down(ballots):
    numbers = hashlib.shake_128(b"ab|resample|7").digest(8 * ballots)
    expected = [
        int.from_bytes(numbers[8 * j : 8 * j + 8], "big") * ballots // 2**64 for j in range(ballots)
    ]
    assert repetitions.draw("ab", 7, ballots).tolist() == expected


@pytest.mark.parametrize(("ballots", "needed"), [(60, 7), (300, 20)])
def test_what_it_takes_to_carry_a_third(ballots, needed):
    part = balance.largest_part(Rules(), ballots)
    assert part == Fraction(5 if ballots == 60 else 5, 60 if ballots == 60 else 300)
    assert balance.needed(Fraction(1, 3), part) == needed


def test_a_large_ballot_is_capped_before_the_lower_bound():
    votes = [(41, [["A"], ["B"]])]
    result = result_of(usual_election(votes, bases={0: 60}, balance={}, spread={}))
    assert [(cell["each"], cell["micro"]) for cell in result["weights"]["cells"]] == [
        (1, 2_317_073),
        (60, 121_951),
    ]
    assert result["weights"]["cap"] == "held"
    assert result["weights"]["ballot_limit"] == "3/41"


def test_two_topics_are_shared():
    votes = [(6, [[key] for key in "ABCDE"]), (4, [[key] for key in "DECBA"])]
    result = result_of(usual_election(votes, balance={}, spread={}, topics=2))
    halves = {theme["key"]: 80 * Fraction(theme["points"]) / 2 for theme in result["themes"]}
    assert [topic["key"] for topic in result["topics"]] == ["A", "D"]
    assert result["topics_by"]["order"][0] == "A"
    assert {key: 2 * each for key, each in halves.items()} == {"A": 48, "B": 44, "C": 40, "D": 44, "E": 24}
