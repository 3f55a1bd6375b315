"""How many more votes a category needs: exactly as many as the count needs to give it its share."""

from __future__ import annotations

import random  # noqa: TID251 - examples, the same in each run
from typing import Any

from consulta.core.counting.rules import parse_rules
from consulta.desk import foresight
from consulta.desk.foresight import Voter
from consulta.rounds.queries.rounds import KindTurnout
from consulta.vote.lacking import lacking
from tests.cases import for_each
from tests.deep import examples

GROUPS = ("caribbean", "south_america", "mexico_central")


def made(chance: random.Random) -> tuple[Any, dict[str, int], dict[str, int]]:
    """Return rules, and by group how many organisations there are and how many have voted."""
    target = chance.choice(
        ("equal", "sqrt", "roll", {"caribbean": 0.4, "south_america": 0.5, "mexico_central": 0.1})
    )
    rules = {"balance": {"subregion": target}, "max_ballot": chance.choice((10, 30, 50, 100)), "spread": {}}
    seats = {group: chance.randint(1, 60) for group in GROUPS}
    voted = {group: chance.randint(0, number) for group, number in seats.items()}
    voted[GROUPS[1]] = max(voted[GROUPS[1]], 1)
    return parse_rules({"version": 3, **rules}), seats, voted


def kinds(seats: dict[str, int], voted: dict[str, int]) -> list[KindTurnout]:
    return [KindTurnout({"country": "PE", "subregion": g}, 1, seats[g], voted[g]) for g in GROUPS]


def reached(rules: Any, seats: dict[str, int], voted: dict[str, int], group: str) -> bool:
    """Return whether the count gives a group the share that the whole roll would give it.

    Nobody gets it where the votes of the others, each as light as the limits allow, leave less.
    """
    voters = [
        Voter(100 * place + number, "PE", {"subregion": name}, 1)
        for place, name in enumerate(GROUPS)
        for number in range(max(seats[name], voted[name]))
    ]
    voting = [voter for voter in voters if voter.number % 100 < voted[voter.category("subregion")]]
    seen = foresight.foreseen(rules, voters, voting)
    assert seen is not None
    line = next(line for line in seen.groups if line.category == group)
    lightest = rules.weight_bounds[0] / len(voting)
    others = sum(max(each.meant, each.ballots * lightest) for each in seen.groups if each is not line)
    return float(line.share) >= min(line.meant, 1 - others) - 2e-5


def test_the_base_of_who_is_left_is_counted() -> None:
    """One network of base 60 carries half of the whole, for which it would take two votes of base 1."""
    rules = parse_rules({"version": 3, "balance": {"subregion": "equal"}, "max_ballot": 1000, "spread": {}})
    islands = KindTurnout({"country": "JM", "subregion": "caribbean"}, 60, 1, 0)
    others = KindTurnout({"country": "PE", "subregion": "south_america"}, 1, 10, 10)
    (found,) = lacking(rules, [islands, others])
    assert (found.category, found.more, found.left) == ("caribbean", 1, 1)
    (found,) = lacking(rules, [islands._replace(base=1), others])
    assert (found.more, found.left) == (2, 1)


@for_each("number", range(examples(40)))
def test_with_as_many_votes_more_a_category_has_its_share_and_with_one_fewer_it_has_not(number: int) -> None:
    chance = random.Random(number)  # noqa: S311 - nobody is to be kept from guessing them
    rules, seats, voted = made(chance)
    found = {each.category: each for each in lacking(rules, kinds(seats, voted))}
    for group in GROUPS:
        if group not in found:
            assert reached(rules, seats, voted, group)
            continue
        each = found[group]
        assert each.left == seats[group] - voted[group]
        if voted[group] + each.more <= seats[group]:  # else the roll is another one, and with it the share
            assert reached(rules, seats, {**voted, group: voted[group] + each.more}, group)
            assert not reached(rules, seats, {**voted, group: voted[group] + each.more - 1}, group)
