"""The examples that the text of the rules gives, to the last digit."""

import hashlib
from fractions import Fraction

import pytest

from consulta.core.counting import balance, bundle, repetitions
from consulta.core.problems import Problem
from consulta.core.trust import chance
from consulta.core.values import Ballot, Rules, Seed
from tests.cases import for_each
from tests.core.build import encoded, seat, sensible
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


@for_each("order", [(0, 1, 2), (2, 0, 1)])
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


@for_each("ballots", [1, 2, 3, 1000, 50_000])
def test_a_draw_is_the_quotient_rounded_down(ballots):
    numbers = hashlib.shake_128(b"ab|resample|7").digest(8 * ballots)
    expected = [int.from_bytes(numbers[8 * j : 8 * j + 8], "big") * ballots // 2**64 for j in range(ballots)]
    assert repetitions.draw("ab", 7, ballots).tolist() == expected


@for_each("ballots, part, needed", [(60, Fraction(5, 100), 7), (300, Fraction(5, 300), 20)])
def test_what_it_takes_to_carry_a_third(ballots, part, needed):
    assert balance.largest_part(Rules(), ballots) == part
    assert balance.needed(Fraction(1, 3), part) == needed


def test_the_count_says_what_it_takes_as_a_page_does_before_the_opening():
    votes = [(20, "A B", {"subregion": name, "sector": "ngo"}) for name in ("c", "m", "s")]
    votes[0] = (60 - 21, *votes[0][1:])
    votes[1] = (1, *votes[1][1:])
    bundle = usual_election(votes, balance={"subregion": "equal"}, spread={})
    told = {row["category"]: row for row in result_of(bundle)["weights"]["reach"]}
    assert {name: (row["target"], row["needed"]) for name, row in told.items()} == dict.fromkeys(
        "cms", (0.333333, 7)
    )
    assert [told[name]["ballots"] for name in "cms"] == [39, 1, 20]


def test_a_category_without_ballots_is_told_what_it_would_have_taken():
    here, silent = {"subregion": "s", "country": "PE"}, {"subregion": "c", "country": "BB"}
    bundle = usual_election(
        [(3, "A B", here)],
        seats=[seat("x1", silent), seat("x2", silent)],
        balance={"subregion": "sqrt"},
        spread={},
    )
    first, second = result_of(bundle)["weights"]["reach"]
    assert (first["category"], first["seats"], first["ballots"], first["target"]) == ("c", 2, 0, 0.44949)
    assert first["needed"] == 1  # q = 3/3: one ballot may be worth all
    assert second["target"] == 0.55051


def test_a_large_ballot_is_capped_before_the_lower_bound():
    result = result_of(usual_election([(41, "A B")], bases={0: 60}, balance={}, spread={}))
    assert [(cell["each"], cell["micro"]) for cell in result["weights"]["cells"]] == [
        (1, 2_317_073),
        (60, 121_951),
    ]
    assert result["weights"]["cap"] == "held"
    assert result["weights"]["ballot_limit"] == "3/41"


def test_two_topics_are_shared():
    votes = [(6, "A B C D E"), (4, "D E C B A")]
    result = result_of(usual_election(votes, balance={}, spread={}, topics=2))
    halves = {theme["key"]: 80 * Fraction(theme["points"]) for theme in result["themes"]}
    assert halves == {"A": 48, "B": 44, "C": 40, "D": 44, "E": 24}
    assert [topic["key"] for topic in result["topics"]] == ["A", "D"]
    assert result["heard"]["shared"] == "1/1"


def test_a_bundle_names_its_version():
    for version, path in ((None, "rules.version"), (2, "rules.version"), (1, "rules.version")):
        spoiled = sensible()
        del spoiled["rules"]["version"]
        spoiled["rules"] |= {} if version is None else {"version": version}
        with pytest.raises(Problem) as refused:
            bundle.parse(encoded(spoiled))
        assert (refused.value.code, refused.value.params["path"]) == ("bundle.json", path)
    spoiled = sensible() | {"format": "consulta-bundle/2"}
    with pytest.raises(Problem) as refused:
        bundle.parse(encoded(spoiled))
    assert (refused.value.code, refused.value.params["path"]) == ("bundle.json", "format")


def test_the_usual_rules():
    rules = Rules()
    assert (rules.version, rules.weight_bounds, rules.max_ballot) == (3, (0.2, 5.0), 50)
