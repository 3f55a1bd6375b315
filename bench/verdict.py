"""What verdicts are worth and what weights reach, on simulated rounds: `python -m bench.verdict`.

Each round is made from a seed: a roll of 60 to 200 organisations, few of them from the Caribbean, where fewer
vote too; what they hold of ten themes has parts that all share, parts of their subregion, sector and country,
and a part of their own. The voters are counted by the rules, with all repetitions. Then two questions are put
to the same model:

* the whole roll: had those who did not vote done so too, would the topics be the same?
* others: had other organisations of the same kinds voted in the voters' places, would they be the same?

So the thresholds of the verdict and the defaults of the rules can be tried again whenever they are doubted.
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from dataclasses import dataclass
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

import numpy as np

from consulta.core.counting import arrays, asking, weights
from consulta.core.counting.count import count_arrays
from consulta.core.counting.election import Election, contest_of
from consulta.core.counting.rules import parse_rules
from consulta.core.values import VERSION
from consulta.results import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from consulta.core.counting.result import Result
    from consulta.core.values import Rules

    Floats = npt.NDArray[np.float64]
    Numbers = npt.NDArray[np.int64]

SUBREGION_OF = np.repeat(np.arange(3), (10, 8, 15))
"""Countries of South America, Mesoamerica and the Caribbean; the last twelve do not speak Spanish."""

PARTS = (0.045, 0.05, 0.012)  # of the roll, that a country of each subregion has on average
OTHER_LANGUAGES = 21  # the first country of these
SECTORS, THEMES, NAMED = 8, 10, 5
OBJECTIVES, URGENT = 23, 5
NETWORKS = 0.05  # part of the roll that counts for more than one organisation
DRAWS = 20  # of each question, in each round
SEVERAL = 0.05
"""A share further from its target than this, five points, is missed by much."""

SPREAD = {"all": 0.5, "subregion": 0.5, "sector": 0.35, "country": 0.3, "own": 0.9, "vote": 0.4}
"""Standard deviations of the parts of what an organisation holds of a theme."""

BANDS = (0, 50, 60, 70, 80, 90, 95, 101)
LEVELS = ("firm", "reservations", "close")


@dataclass(frozen=True, slots=True)
class World:
    """A roll and what its organisations hold: one row for each, those that voted marked."""

    categories: dict[str, Numbers]
    base: Numbers
    voted: npt.NDArray[np.bool_]
    shared: Floats  # what those of the same kind hold of each theme
    opinion: Floats  # with the part of their own
    theme_objectives: list[list[int]]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a round gave: its level and percentage, how often it stood, and what its weights reached."""

    level: str
    percent: int
    roll: float
    others: float
    met: bool
    largest_miss: float
    foretold: bool  # every share missed by much was of a category with fewer votes than it needed
    heaviest: float
    effective: float


def make(chance: np.random.Generator, turnout: float) -> World:
    """Return a round to be; `turnout` is the part of the organisations that vote, on average."""
    size = int(chance.integers(60, 201))
    sizes = chance.gamma(1.0, size=len(SUBREGION_OF)) * np.array(PARTS)[SUBREGION_OF]
    country = chance.choice(len(SUBREGION_OF), size=size, p=_shares(sizes))
    sector = chance.choice(SECTORS, size=size, p=_shares(chance.gamma(1.5, size=SECTORS)))
    kinds = {"country": country, "subregion": SUBREGION_OF[country], "sector": sector}
    shared = chance.normal(0, SPREAD["all"], THEMES) + np.zeros((size, THEMES))
    for name, codes in kinds.items():
        shared += chance.normal(0, SPREAD[name], (codes.max() + 1, THEMES))[codes]
    votes = np.where(country >= OTHER_LANGUAGES, 0.25, chance.uniform(0.4, 0.65, len(SUBREGION_OF))[country])
    voted = chance.random(size) < np.clip(votes * turnout / votes.mean(), 0, 1)
    voted[:2] = True  # a round without a vote has no result
    return World(
        categories=kinds,
        base=np.where(chance.random(size) < NETWORKS, chance.integers(2, 21, size), 1),
        voted=voted,
        shared=shared,
        opinion=shared + chance.normal(0, SPREAD["own"], shared.shape),
        theme_objectives=[
            sorted((chance.choice(OBJECTIVES, size=chance.integers(1, 4), replace=False) + 1).tolist())
            for _ in range(THEMES)
        ],
    )


def _shares(parts: Floats) -> Floats:
    return np.asarray(parts / parts.sum())


def ballots(world: World, opinion: Floats, chance: np.random.Generator) -> tuple[Any, Any]:
    """Return rankings of the best five themes and masks of urgent objectives, drawn from opinions."""
    best = np.argsort(-(opinion + chance.normal(0, SPREAD["vote"], opinion.shape)), axis=1)
    ranks = np.zeros(opinion.shape, dtype=np.int8)
    np.put_along_axis(ranks, best[:, :NAMED], np.arange(1, NAMED + 1, dtype=np.int8)[np.newaxis], axis=1)
    tied = np.zeros((THEMES, OBJECTIVES))
    for theme, numbers in enumerate(world.theme_objectives):
        tied[theme, np.array(numbers) - 1] = 1
    wish = chance.random((len(best), OBJECTIVES)) + 0.6 * (tied[best[:, 0]] + tied[best[:, 1]])
    urgent = np.argsort(-wish, axis=1)[:, :URGENT].astype(np.uint32)
    return ranks, np.bitwise_or.reduce(np.uint32(1) << urgent, axis=1)


def tried(number: int, seed: int, rules: Rules, turnout: float) -> Outcome:
    """Simulate one round."""
    chance = np.random.default_rng([seed, number])
    world = make(chance, turnout)
    voted, everybody = world.voted, np.ones_like(world.voted)
    ranks, masks = ballots(world, world.opinion, chance)
    drawn = chance.bytes(32).hex()

    def given(part: npt.NDArray[np.bool_], ranks: Any, masks: Any) -> dict[str, Any]:
        return {
            "ranks": ranks[part],
            "categories": {name: codes[part].astype(np.int32) for name, codes in world.categories.items()},
            "seats": {name: np.bincount(codes) for name, codes in world.categories.items()},
            "rules": rules,
            "seed": drawn,
            "base": world.base[part],
            "objectives": masks[part],
            "theme_objectives": world.theme_objectives,
        }

    result = count_arrays(**given(voted, ranks, masks), resamples=1000)
    topics, held = _topics(given(voted, ranks, masks))
    roll = others = 0
    for _ in range(DRAWS):
        again = ballots(world, world.opinion, chance)
        whole = [np.where(voted[:, np.newaxis], ranks, again[0]), np.where(voted, masks, again[1])]
        roll += _topics(given(everybody, *whole))[0] == topics
        fresh = world.shared + chance.normal(0, SPREAD["own"], world.shared.shape)
        others += _topics(given(voted, *ballots(world, fresh, chance)), held)[0] == topics
    return _outcome(result, roll / DRAWS, others / DRAWS)


def _topics(given: dict[str, Any], held: Sequence[int] | None = None) -> tuple[set[int], Sequence[int]]:
    """Return the topics and the ballots' values, block by block: new ones, or those that are held."""
    taken = arrays.take(**given)
    election = Election(
        rules=taken.rules,
        keys=tuple(map(str, range(THEMES))),
        objectives=taken.theme_objectives,
        roll=taken.roll,
        root="",
        seed=given["seed"],
        digest="",
    )
    if held is None:
        balance = weights.balance_of(taken.profile, taken.rules, taken.roll)
        micro = balance.micro_weights()
        if micro is None:
            raise ValueError("targets leave nothing to those that voted")
        held = balance.cells.to_blocks(micro)
    return set(contest_of(election, asking.at_hand(taken.profile)).topics(held)), held


def _outcome(result: Result, roll: float, others: float) -> Outcome:
    found, weighed = result.firmness, result.weights
    percent = found.resampling.percent if found.resampling else 0
    by_method = (found.methods.points, found.methods.schulze, found.methods.runoff)
    agree = len({frozenset(topics) for topics in by_method}) == 1
    missed = [m for m in weighed.margins if m.miss > SEVERAL and m.weighted < m.target]
    needed = {(r.dimension, r.category): r.needed for r in weighed.reach}
    return Outcome(
        level=page.level(percent, methods_agree=agree) or "",
        percent=percent,
        roll=roll,
        others=others,
        met=weighed.met,
        largest_miss=float(weighed.largest_miss),
        foretold=all(m.ballots < needed[m.dimension, m.category] for m in missed),
        heaviest=float(weighed.heaviest.share),
        effective=float(weighed.effective_ballots),
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def by_level(outcomes: Sequence[Outcome]) -> str:
    """Return how many rounds have each level, and in how many of these the topics stand."""
    rows = []
    for name in LEVELS:
        there = [each for each in outcomes if each.level == name]
        rows.append(
            [name, f"{100 * len(there) / len(outcomes):.0f}"]
            + [
                f"{100 * fmean(getattr(each, asked) for each in there):.0f}" if there else "–"
                for asked in ("roll", "others")
            ]
        )
    return table(["level", "of 100 rounds", "the whole roll: same topics, %", "others: same topics, %"], rows)


def calibration(outcomes: Sequence[Outcome]) -> str:
    """Return the percentages beside how often others chose the same topics, and the mean gap in points."""
    bands: dict[int, list[Outcome]] = defaultdict(list)
    for each in outcomes:
        bands[max(start for start in BANDS if start <= each.percent)].append(each)
    rows, gap = [], 0.0
    for start, end in itertools.pairwise(BANDS):
        if there := bands[start]:
            stated, stood = fmean(e.percent for e in there), 100 * fmean(e.others for e in there)
            gap += abs(stated - stood) * len(there) / len(outcomes)
            rows.append([f"{start}–{end - 1}", str(len(there)), f"{stated:.0f}", f"{stood:.0f}"])
    head = ["percentage", "rounds", "stated", "others: same topics, %"]
    stated, stood = fmean(e.percent for e in outcomes), 100 * fmean(e.others for e in outcomes)
    mean = f"mean: stated {stated:.1f}, others {stood:.1f}; mean gap {gap:.1f} points"
    return f"{table(head, rows)}\n\n{mean}"


def reached(outcomes: Sequence[Outcome]) -> str:
    """Return what the weights reached, and what that costs."""
    far = [each for each in outcomes if each.largest_miss > SEVERAL]
    parts = len(outcomes) / 100
    rows = [
        ["every share reached, of 100 rounds", f"{sum(e.met for e in outcomes) / parts:.0f}"],
        ["largest miss, median, points", f"{100 * median(e.largest_miss for e in outcomes):.1f}"],
        ["missed by more than five points, of 100 rounds", f"{len(far) / parts:.0f}"],
        [
            "… each by a category with fewer votes than it needs",
            f"{sum(e.foretold for e in far) / parts:.0f}",
        ],
        ["heaviest ballot, median, %", f"{100 * median(e.heaviest for e in outcomes):.1f}"],
        ["effective ballots, median", f"{median(e.effective for e in outcomes):.0f}"],
    ]
    return table(["weights", "found"], rows)


def main() -> None:
    """Simulate and print what was found."""
    parser = argparse.ArgumentParser(prog="python -m bench.verdict", description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turnout", type=float, default=0.58)
    parser.add_argument(
        "--rules", type=json.loads, default={}, help="rules other than the usual, as '{\"max_ballot\": 80}'"
    )
    given = parser.parse_args()
    rules = parse_rules({"version": VERSION, **given.rules})
    outcomes = [tried(number, given.seed, rules, given.turnout) for number in range(given.rounds)]
    asked = given.rules or "as usual"
    print(f"{given.rounds} rounds, seed {given.seed}, turnout {given.turnout}, rules {asked}\n")
    print(by_level(outcomes), calibration(outcomes), reached(outcomes), sep="\n\n")


if __name__ == "__main__":
    main()
