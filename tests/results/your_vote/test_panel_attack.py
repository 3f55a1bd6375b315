"""What a vote did to the panel: each number a recount, and attacks of those who pool what they read."""

from __future__ import annotations

import random  # noqa: TID251 - invented endorsements, the same for one seed
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

from consulta.core.panel.choose import choose, support_of
from consulta.core.panel.votes import PanelEffects
from consulta.core.values import Nominee, PanelRules, Quota
from consulta.results.your_vote import PanelTelling
from tests.cases import for_each
from tests.deep import DEEP, examples
from tests.results.your_vote.test_attack import parsed, round_of, telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.core.counting.effects import Effects
    from consulta.core.values import Bundle
    from consulta.results.your_vote import ToldPanel

AWAY = ("subregion", "sector")  # of these rounds, which have no other dimension
SEEDS = range(1, 1 + examples(3, few=2))
ROUNDS = [
    *((seed, secrecy, 1) for seed in SEEDS for secrecy in ("open", "aggregate")),
    *((1, secrecy, 2) for secrecy in ("open", "aggregate")),
]
LEAST = 5
SUBREGIONS = ("caribbean", "mesoamerica", "south_america")
RULES = PanelRules(size=4, quotas=(Quota("subregion", "caribbean", 1, 2, True),))
NOMINEES = tuple(
    Nominee(
        key=f"n{number}",
        name=f"n{number}",
        organisation=f"o{number}",
        role="mechanism",
        country="PE",
        categories={"subregion": SUBREGIONS[number % 3], "sector": "ngo", "gender": "woman"},
    )
    for number in range(8)
)
Endorsed = dict[str, tuple[str, ...]]


def endorsements(bundle: Bundle, seed: int, part: float = 0.95) -> Endorsed:
    """Whom each ballot endorses: some nominees are liked more, and some ballots endorse nobody."""
    chance = random.Random(seed)  # noqa: S311 - nobody is to be kept from guessing them
    liked = {each.key: chance.uniform(0.4, 1.6) for each in NOMINEES}
    return {
        ballot.seat: tuple(sorted(key for key in liked if chance.random() < 0.4 * liked[key]))
        if chance.random() < part
        else ()
        for ballot in bundle.ballots
    }


@lru_cache(maxsize=8)
def a_round(
    seed: int, secrecy: str, seats: int = 190, topics: int = 1
) -> tuple[Bundle, PanelTelling, Endorsed]:
    """A round with so many topics, with what its pages tell of the panel."""
    bundle, found = round_of(seed, seats, 0.6, topics)
    if secrecy == "open":
        found = replace(found, public=None)
    endorsed = endorsements(bundle, seed)
    return bundle, told_by(found.effects, endorsed, found), endorsed


def told_by(effects: Effects, endorsed: Endorsed, found: object) -> PanelTelling:
    panels = PanelEffects(effects, RULES, NOMINEES, endorsed)
    return PanelTelling(found, panels, LEAST, 1)  # type: ignore[arg-type]


def page(found: PanelTelling, seat: str) -> ToldPanel:
    return found.of_seat(found.telling.seats[seat])


@for_each("seed, secrecy, topics", ROUNDS)
def test_each_number_is_that_of_a_choice_over_the_changed_ballots(
    seed: int, secrecy: str, topics: int
) -> None:
    bundle, found, endorsed = a_round(seed, secrecy, topics=topics)
    effects = found.telling.effects
    seen = set()
    for ballot in bundle.ballots[:: 5 if DEEP else 25]:
        effect = effects.of_seat(ballot.seat, AWAY)
        values = {
            ("without", ""): effects.values_without(ballot.seat),
            ("average", ""): effects.values_average(ballot.seat),
            **{("away", each): effects.values_away(ballot.seat, each) for each in AWAY},
        }
        topics = {
            ("without", ""): effect.without,
            ("average", ""): effect.average,
            **{("away", each): effect.away[each] for each in AWAY},
        }
        for change in page(found, ballot.seat).changes:
            if change.why:
                assert change.others is None
                continue
            seen.add(change.what)
            worth, decided = values[change.what, change.dimension], topics[change.what, change.dimension]
            assert worth is not None
            assert decided is not None
            added = dict.fromkeys((each.key for each in NOMINEES), 0)
            whole = 0
            for other in bundle.ballots:
                own = worth.worth[effects.block_of(other.seat)]
                own += worth.more if other.seat == ballot.seat else 0
                whole += own
                for key in endorsed[other.seat]:
                    added[key] += own
            again = choose(RULES, NOMINEES, support_of(NOMINEES, added, whole), decided.topics, effects.seed)
            assert change.others == len({*found.panels.official.members} - {*again.members})
    assert {"without", "average"} <= seen


def worlds(endorsed: Endorsed, target: str, pooled: set[str]) -> Iterator[Endorsed]:
    """The rounds in which the target and another organisation endorsed whom the other one did."""
    mine = set(endorsed[target])
    for other, said in endorsed.items():
        if other not in pooled and not mine & set(said) and (mine or said):
            yield {**endorsed, target: said, other: endorsed[target]}


@pytest.mark.deep
@for_each("seed, secrecy, topics", ROUNDS)
def test_two_that_pool_their_pages_do_not_learn_whom_a_third_endorsed(
    seed: int, secrecy: str, topics: int
) -> None:
    """Whoever it is, it may have endorsed quite other people, with the same public panel and pages.

    The two are those of the smallest group of subregion and sector that has three: they share most of what
    they read.
    """
    bundle, found, endorsed = a_round(seed, secrecy, topics=topics)
    effects, cells = found.telling.effects, dict[tuple[str, ...], list[str]]()
    for ballot in bundle.ballots:
        seat = found.telling.seats[ballot.seat]
        cells.setdefault(tuple(seat.categories[each] for each in AWAY), []).append(ballot.seat)
    small = min((each for each in cells.values() if len(each) > 2), key=lambda each: (len(each), each))
    pooled = set(small[:2])
    before = {seat: page(found, seat) for seat in pooled}
    assert any(change.others is not None for each in before.values() for change in each.changes)
    targets = [*small[2:], *(ballot.seat for ballot in bundle.ballots if ballot.seat not in small)][:12]
    for target in targets:
        assert any(
            told.panels.official == found.panels.official
            and all(page(told, seat) == before[seat] for seat in pooled)
            for world in worlds(endorsed, target, pooled)
            for told in [told_by(effects, world, found.telling)]
        ), target


@for_each("secrecy", ["open", "aggregate"])
def test_of_a_group_of_two_nothing_is_told(secrecy: str) -> None:
    """Not even where ballots are public, whose endorsements are not."""
    bundle, found, endorsed = a_round(1, secrecy)
    pair = [ballot.seat for ballot in bundle.ballots[:2]]
    seats = tuple(
        replace(each, categories={**each.categories, "sector": "media" if each.seat in pair else "ngo"})
        for each in bundle.seats
    )
    world = parsed(replace(bundle, seats=seats))
    other = telling(world) if secrecy == "aggregate" else replace(telling(world), public=None)
    told = page(told_by(other.effects, endorsed, other), pair[0])
    assert next(each for each in told.changes if each.dimension == "sector").why == "small"
    assert found.panels.is_endorsed


def test_a_person_whom_few_endorse_keeps_everything_from_being_told() -> None:
    """Of the only nominee of a subregion, whom one organisation endorses, and of a round in which few do."""
    bundle, found, endorsed = a_round(2, "open")
    (least, *_) = (each for each in found.panels.official.members)
    lone = next(seat for seat, said in endorsed.items() if least in said)
    rare = {
        seat: tuple(key for key in said if key != least or seat == lone) for seat, said in endorsed.items()
    }
    rules = replace(RULES, locked=(least,))
    panels = PanelEffects(found.telling.effects, rules, NOMINEES, rare)
    told = page(PanelTelling(found.telling, panels, LEAST, 1), lone)
    assert {change.why for change in told.changes} == {"few"}
    few = dict(list(endorsed.items())[:40])
    told = page(told_by(found.telling.effects, few, found.telling), bundle.ballots[0].seat)
    assert {change.why for change in told.changes} == {"few"}


def test_that_all_endorse_people_is_not_told() -> None:
    """Of a round or a group so small that many can only be all."""
    bundle, found, _ = a_round(1, "open", 100)
    every = {ballot.seat: tuple(each.key for each in NOMINEES[:5]) for ballot in bundle.ballots}
    assert 52 <= len(every) < 59
    told = page(told_by(found.telling.effects, every, found.telling), bundle.ballots[0].seat)
    assert {change.why for change in told.changes} == {"few"}


def test_a_panel_that_no_vote_endorses_follows_from_the_topics() -> None:
    bundle, found, _ = a_round(1, "open")
    people = tuple(replace(each, support=number) for number, each in enumerate(NOMINEES))
    panels = PanelEffects(found.telling.effects, RULES, people, {})
    told = page(PanelTelling(found.telling, panels, LEAST, 1), bundle.ballots[0].seat)
    assert (told.endorsed, told.size) == (False, 4)
    assert {change.others for change in told.changes} == {0}
