"""Whether answers agree, by plain NumPy that shares no code with the count: first the answer, then its time.

Counting: pairs, Borda scores, Schulze and run-off orders are worked out here from the ballots and their
values, and every program's answer must be the same number for number. Weights: margins against targets,
bounds kept, and how far from equal they are (the mean of w ln w, which calibration makes least).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from bench.data import Crowd, Sample
    from bench.measure import Answers

    Whole = npt.NDArray[np.int64]

MET = 1e-4
"""Targets count as met within this: what our own result says of itself."""

STIFFNESS = 1e6
"""κ of our weights: what a missed target costs beside the distance from equal weights."""

AT_BOUND = 2e-4
"""Bounds count as kept within this: some peers widen them by 1e-4 so as not to swing."""
CHUNK = 200_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer may be believed, and what was compared, in a few words."""

    agrees: bool
    said: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What a count must find: `above[x, y]` is the value of the ballots that hold x above y."""

    ranks: npt.NDArray[np.int8]
    values: Whole
    above: Whole

    @property
    def total(self) -> int:
        """The value of all ballots."""
        return int(self.values.sum())

    @property
    def pairs(self) -> Whole:
        """Two for each ballot that holds x above y, one where it holds them equal; by value."""
        table = self.total + self.above - self.above.T
        np.fill_diagonal(table, 0)
        return table


def reference(ranks: npt.NDArray[np.int8], values: Whole) -> Reference:
    """Count the pairs of themes, ballot by ballot."""
    themes = ranks.shape[1]
    above = np.zeros((themes, themes), dtype=np.int64)
    for start in range(0, len(ranks), CHUNK):
        part = ranks[start : start + CHUNK]
        places = np.where(part == 0, themes + 1, part)
        for x in range(themes):
            higher = places[:, [x]] < places
            above[x] += values[start : start + CHUNK] @ higher
    return Reference(ranks, values, above)


def schulze(pairs: Whole, *, winning_votes: bool = False) -> list[int]:
    """Return how many themes each beats by path; links as strong as margins, or as the winners' votes."""
    links = np.where(pairs > pairs.T, pairs if winning_votes else pairs - pairs.T, 0)
    for via in range(len(links)):
        links = np.maximum(links, np.minimum(links[:, [via]], links[[via], :]))
    return [int(beaten) for beaten in (links > links.T).sum(axis=1)]


def runoff(found: Reference) -> list[int]:
    """Return the order of an instant run-off of ballots without ties inside them."""
    places = np.where(found.ranks == 0, np.int8(100), found.ranks).T.copy()
    left = list(range(len(places)))
    gone: list[int] = []
    while left:
        standing = places[left]
        best = standing.argmin(axis=0)
        alive = standing.min(axis=0) < 100
        # Whole numbers below 2⁵³ add up exactly in double precision.
        sums = np.bincount(best[alive], weights=found.values[alive], minlength=len(left))
        gone.append(left.pop(int(sums.argmin())))
    return gone[::-1]


def judge_own(found: Reference, answers: Answers) -> Verdict:
    """Compare our own result with the plain count."""
    points = found.pairs.sum(axis=1) / (2 * (found.pairs.shape[0] - 1) * found.total)
    checks = {
        "pairs": np.array_equal(answers["pairs"], found.pairs),
        "points": np.allclose(answers["points"], points, rtol=1e-12, atol=0),
        "Schulze": _follows(answers["schulze"], schulze(found.pairs)),
        "run-off": answers["runoff"].tolist() == runoff(found),
    }
    return _verdict(checks, "as plain NumPy")


def judge_count(found: Reference, answers: Answers, *, winning_votes: bool) -> Verdict:
    """Compare what a peer counted with the plain count, by whatever convention it states."""
    full = found.pairs.sum(axis=1)
    themes = len(full)
    held = np.where(found.ranks == 0, 0, themes + 1 - found.ranks).astype(np.int64)
    expected: dict[str, Callable[[], npt.NDArray[np.number]]] = {
        "pairs": lambda: found.above,
        "linear": lambda: full / 2,
        "symmetric": lambda: full - (themes - 1) * found.total,
        "bottom": lambda: found.values @ held,
        "linear_unweighted": lambda: (held - 1).sum(axis=0),
    }
    checks = {
        NAMES[name]: np.array_equal(answers[name], right())
        for name, right in expected.items()
        if name in answers
    }
    if "order" in answers:
        kind = "winning votes" if winning_votes else "margins"
        levels = schulze(found.pairs if not winning_votes else found.above, winning_votes=winning_votes)
        checks[f"Schulze order ({kind})"] = _follows(answers["order"], levels)
    return _verdict(checks, "exactly as ours")


NAMES = {
    "pairs": "pairs",
    "linear": "Borda scores",
    "symmetric": "symmetric Borda scores",
    "bottom": "Borda scores (unranked get nothing)",
    "linear_unweighted": "unweighted Borda scores",
}


def _follows(order: npt.NDArray[Any], levels: list[int]) -> bool:
    """Whether an order is one by falling level; equals may stand in any order."""
    found = [levels[theme] for theme in order.tolist()]
    return sorted(order.tolist()) == list(range(len(levels))) and found == sorted(levels, reverse=True)


def _verdict(checks: dict[str, bool], how: str) -> Verdict:
    wrong = [name for name, right in checks.items() if not right]
    if wrong or not checks:
        return Verdict(agrees=False, said=f"DIFFERS: {', '.join(wrong) or 'nothing to compare'}")
    return Verdict(agrees=True, said=f"{', '.join(checks)} {how}")


@dataclass(frozen=True, slots=True)
class Fit:
    """How good weights are: largest miss, smallest and largest weight, distance from equal, cost."""

    miss: float
    smallest: float
    largest: float
    distance: float
    cost: float


def fit(sample: Sample, weights: npt.NDArray[np.float64]) -> Fit:
    """Return how well weights, scaled to a mean of one, meet the sample's targets."""
    weights = weights / weights.mean()
    misses = np.concatenate(
        [
            np.bincount(sample.categories[name], weights=weights, minlength=len(shares)) / len(weights)
            - shares
            for name, shares in sample.targets.items()
        ]
    )
    logarithms = np.log(weights, out=np.zeros_like(weights), where=weights > 0)
    distance = float(np.mean(weights * logarithms))
    return Fit(
        miss=float(np.abs(misses).max()),
        smallest=float(weights.min()),
        largest=float(weights.max()),
        distance=distance,
        cost=distance + STIFFNESS / 2 * float(misses @ misses),
    )


def _judge_cost(found: Fit, own: Fit | None, said: str, *, kept: bool) -> Verdict:
    """Where not all can be met, the least cost is right: a higher cost solves another problem."""
    said += f", cost {found.cost:.0f}"
    if not kept:
        return Verdict(agrees=False, said=f"BOUNDS BROKEN: {said}")
    least = own is None or found.cost <= own.cost * (1 + MET)
    return Verdict(agrees=least, said=said if least else f"NOT THE LEAST: {said}")


def judge_weights(sample: Sample, case: str, answers: Answers, own: Fit | None) -> Verdict:
    """Say how well weights meet targets and bounds; those that miss what can be met are not believed."""
    found = fit(sample, answers["weights"])
    lower, upper = sample.bounds or (0.0, np.inf)
    kept = lower - AT_BOUND <= found.smallest and found.largest <= upper + AT_BOUND
    said = f"margins miss by {found.miss:.0e}"
    if sample.bounds:
        said += f", weights {found.smallest:.3f}–{found.largest:.3f}"
    if case == "conflicting":
        return _judge_cost(found, own, said, kept=kept)
    said += f", distance {found.distance:.6f}"
    if own is not None and found.distance < own.distance - MET and kept:
        said += " (less than ours!)"
    right = found.miss <= MET and kept
    return Verdict(agrees=right, said=said if right else f"{'MISSES' if kept else 'BOUNDS BROKEN'}: {said}")


def support_of(crowd: Crowd, answers: Answers) -> int:
    """Return the support of the people in an answer."""
    return int(crowd.support[answers["members"]].sum())


def judge_panel(crowd: Crowd, answers: Answers, most: int | None) -> Verdict:
    """Say whether people are a panel within the limits; with `most`, whether their support is that."""
    members = answers["members"]
    kept = len(set(members.tolist())) == len(members) == crowd.seats
    kept &= len(np.unique(crowd.organisation[members])) == len(members)
    for name, limits in crowd.limits.items():
        here = np.bincount(crowd.codes[name][members], minlength=len(limits)).tolist()
        kept &= all(low <= number <= high for number, (low, high) in zip(here, limits, strict=True))
    support = support_of(crowd, answers)
    if not kept:
        return Verdict(agrees=False, said="BREAKS A LIMIT")
    said = f"limits kept, support {support:,}"
    if most is None:
        return Verdict(agrees=True, said=said)
    return Verdict(
        agrees=support == most, said=f"{said}, {'the most' if support == most else 'NOT the most'}"
    )
