"""Panels of pools too large to be tried through, against another program: the best, the least giving way."""

import pytest

from bench import data
from tests.cases import for_each
from tests.core import solver
from tests.core.results import panel_of
from tests.deep import deep

SEED = "0f"
CATEGORIES = ("subregion", "sector", "gender", "language", "age")


def crowd(people, seats, seed):
    """A pool and rules as plain dicts: seven attributes, soft and hard rows, shares and caps."""
    drawn = data.make_crowd(people, seats, seed)
    nominees = [
        {
            "key": f"n{place:05}",
            "name": f"n{place}",
            "organisation": str(drawn.organisation[place]),
            "role": str(drawn.codes["role"][place]),
            "country": str(drawn.codes["country"][place]),
            "categories": {name: str(drawn.codes[name][place]) for name in CATEGORIES},
            "topics": [],
            "recent": int(drawn.recent[place]),
            "support": int(drawn.support[place]) % (10_001 if seed % 2 else 7),
        }
        for place in range(people)
    ]
    rules = {
        "size": seats,
        "roles": {str(role): list(limits) for role, limits in enumerate(drawn.limits["role"])},
        "quotas": [
            {"attribute": name, "value": str(value), "min": low, "max": high, "hard": name != "age"}
            for name in ("country", *CATEGORIES)
            for value, (low, high) in enumerate(drawn.limits[name])
        ],
        "shares": [
            {"attribute": "gender", "value": "1", "min": 400, "of": ["0", "1"], "hard": True},
            {"attribute": "gender", "value": "0", "min": 400, "of": ["0", "1"], "hard": False},
        ],
        "at_most": {"organisation": 1},
        "mixed": ["gender"],
        "locked": [],
        "barred": [],
    }
    there = {nominee["role"] for nominee in nominees}
    rules["roles"] = {role: limits for role, limits in rules["roles"].items() if role in there}
    return nominees, rules


@for_each("people, seats, seed", [deep(60, 10, 1), deep(120, 12, 2), (300, 20, 3), deep(300, 8, 4)])
def test_the_best_panel_is_that_of_another_program(people, seats, seed):
    nominees, rules = crowd(people, seats, seed)
    mine = panel_of(nominees, rules, [], SEED)
    values, who = solver.panel(nominees, rules, SEED)
    if values is None:
        assert {row["row"]: row["by"] for row in mine["relaxation"]} == who
    else:
        assert [mine["shortfall"], mine["most_support"], mine["recent"], mine["support"]] == values
        assert mine["members"] == who


@pytest.mark.deep
@for_each("people, seats, seed", [(60, 10, 5), deep(300, 20, 6)])
def test_the_smallest_relaxation_is_that_of_another_program(people, seats, seed):
    nominees, rules = crowd(people, seats, seed)
    for row in rules["quotas"][::5]:
        row["min"] += 1
        row["max"] = max(row["min"], row["max"])
    rules["at_most"]["country"] = 1
    mine = panel_of(nominees, rules, [], SEED)
    values, who = solver.panel(nominees, rules, SEED)
    assert values is None, "these rules contradict one another"
    assert {row["row"]: row["by"] for row in mine["relaxation"]} == who
