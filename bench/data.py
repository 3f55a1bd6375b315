"""Made-up rounds of any size: organisations, ballots and targets that look like the region's, from one seed.

It decides who takes part and what they hold. It knows neither our count nor any peer: all read the same.

Nothing is uniform. Countries and sectors follow the skew of real rolls (a few countries send most ballots, a
dozen send hardly any), sectors depend on the country, and turnout on both. A ballot is drawn from a
Plackett-Luce model whose utilities have a part common to all, one of the subregion, one of the sector and one
of a current of opinion (a mixture of three), so that themes differ clearly and subregions disagree.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    Codes = dict[str, npt.NDArray[np.int32]]
    Floats = npt.NDArray[np.float64]

SEED = 20270305
THEMES = 12
TOP = 5
OBJECTIVES = 23
MAX_OBJECTIVES = 5
CHUNK = 250_000
"""Ballots drawn at a time: memory stays small, and the first ballots are the same at every size."""

SUBREGION_OF = np.repeat(np.arange(3, dtype=np.int32), (12, 8, 13))
"""The 33 countries of Latin America and the Caribbean: 12 South American, 8 Mesoamerican, 13 Caribbean."""

DIMENSIONS = ("subregion", "sector", "country")
COUNTRIES = len(SUBREGION_OF)
SECTORS = 12
CURRENTS = 3

BOUNDS = (0.4, 2.5)
"""Bounds of the weights where there are any: tight enough that free weights pass them."""


@dataclass(frozen=True, slots=True)
class Round:
    """The frozen roll and the ballots of a round, as arrays: what a count of any kind starts from."""

    ranks: npt.NDArray[np.int8]
    categories: Codes
    seats: dict[str, npt.NDArray[np.int64]]
    objectives: npt.NDArray[np.uint32]
    theme_objectives: npt.NDArray[np.uint32]
    roll: npt.NDArray[np.int64]
    """Seats by country and sector: `seats` are its sums."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Respondents and the shares that their weighted sample should have, within bounds or none."""

    categories: Codes
    targets: dict[str, Floats]
    bounds: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class _World:
    """What does not depend on the number of ballots."""

    shares: Floats
    turnout: Floats
    common: Floats
    subregion: Floats
    sector: Floats
    current: Floats
    mixture: Floats
    theme_objectives: npt.NDArray[np.uint32]


def _world(seed: int) -> _World:
    chance = np.random.default_rng([seed, 0])
    size = 1 / np.arange(1, COUNTRIES + 1) ** 1.1
    countries = np.empty(COUNTRIES)
    # The largest are spread over the three subregions, the Caribbean has most of the small ones.
    largest_first = np.concatenate(
        [[0, 12, 1, 13, 2, 20, 3, 14], chance.permutation(np.r_[4:12, 15:20, 21:33])]
    )
    countries[largest_first] = size
    sectors = np.sort(chance.gamma(1.2, size=SECTORS))[::-1] + 0.05
    table = np.outer(countries, sectors) * chance.gamma(3.0, size=(COUNTRIES, SECTORS))
    themes = np.zeros(THEMES, dtype=np.uint32)
    for theme in range(THEMES):
        for number in chance.choice(OBJECTIVES, size=chance.integers(1, 5), replace=False):
            themes[theme] |= np.uint32(1 << int(number))
    return _World(
        shares=table / table.sum(),
        turnout=chance.uniform(0.35, 0.9, size=(COUNTRIES, SECTORS)),
        common=chance.normal(0, 0.55, THEMES),
        subregion=chance.normal(0, 0.45, (3, THEMES)),
        sector=chance.normal(0, 0.30, (SECTORS, THEMES)),
        current=chance.normal(0, 0.60, (CURRENTS, THEMES)),
        mixture=np.array([0.5, 0.3, 0.2]),
        theme_objectives=themes,
    )


def make_round(ballots: int, *, top: int | None = None, seed: int = SEED) -> Round:
    """Return a round with so many ballots: full rankings, or the best `top` themes of each."""
    world = _world(seed)
    ranks = np.empty((ballots, THEMES), dtype=np.int8)
    objectives = np.empty(ballots, dtype=np.uint32)
    cell = np.empty(ballots, dtype=np.int32)
    for number, start in enumerate(range(0, ballots, CHUNK)):
        here = slice(start, min(start + CHUNK, ballots))
        chance = np.random.default_rng([seed, 1, number])
        ranks[here], objectives[here], cell[here] = _draw(world, chance, here.stop - start)
    if top is not None:
        ranks[ranks > top] = 0
    country, sector = np.divmod(cell, np.int32(SECTORS))
    cast = np.bincount(cell, minlength=COUNTRIES * SECTORS).reshape(COUNTRIES, SECTORS)
    roll = np.ceil(cast / world.turnout).astype(np.int64)
    return Round(
        ranks=ranks,
        categories={"subregion": SUBREGION_OF[country], "sector": sector, "country": country},
        seats={
            "subregion": np.bincount(SUBREGION_OF, weights=roll.sum(axis=1)).astype(np.int64),
            "sector": roll.sum(axis=0),
            "country": roll.sum(axis=1),
        },
        objectives=objectives,
        theme_objectives=world.theme_objectives,
        roll=roll,
    )


def _draw(
    world: _World, chance: np.random.Generator, ballots: int
) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.uint32], npt.NDArray[np.int32]]:
    """Draw ballots of CHUNK at most: ranks, objectives, cell of country and sector."""
    everywhere = np.cumsum(world.shares.ravel())
    # A whole chunk is drawn whatever the number asked for: smaller rounds begin larger ones.
    cell = np.searchsorted(everywhere, chance.random(CHUNK) * everywhere[-1], side="right").astype(np.int32)
    current = chance.choice(CURRENTS, size=CHUNK, p=world.mixture)
    country, sector = np.divmod(cell, SECTORS)
    utility = chance.gumbel(size=(CHUNK, THEMES))
    utility += world.common + world.subregion[SUBREGION_OF[country]]
    utility += world.sector[sector] + world.current[current]
    order = np.argsort(-utility[:ballots], axis=1)
    ranks = np.empty((ballots, THEMES), dtype=np.int8)
    np.put_along_axis(ranks, order, np.arange(1, THEMES + 1, dtype=np.int8)[np.newaxis], axis=1)
    return ranks, _objectives(world, chance, order), cell[:ballots]


def _objectives(
    world: _World, chance: np.random.Generator, order: npt.NDArray[np.int64]
) -> npt.NDArray[np.uint32]:
    """Draw five objectives held urgent, rather those of the first two themes; a tenth names none."""
    own = world.theme_objectives[order[:, 0]] | world.theme_objectives[order[:, 1]]
    likes = chance.random((CHUNK, OBJECTIVES), dtype=np.float32)[: len(order)]
    held = (own[:, np.newaxis] >> np.arange(OBJECTIVES, dtype=np.uint32)) & 1
    likes += held * np.float32(0.6)
    best = np.argpartition(-likes, MAX_OBJECTIVES, axis=1)[:, :MAX_OBJECTIVES].astype(np.uint32)
    masks: npt.NDArray[np.uint32] = np.bitwise_or.reduce(np.uint32(1) << best, axis=1)
    masks[chance.random(CHUNK)[: len(order)] < 0.1] = 0
    return masks


def make_sample(case: str, respondents: int, *, seed: int = SEED) -> Sample:
    """Return a sample on subregion × sector × country; `case` says what its targets are like.

    "free": no bounds; the targets are those of the sample tilted by a factor for each sector and country.
    "bounded": the targets can be met within the bounds, but not without reaching them.
    "conflicting": subregions and countries equal and sectors by the square root of their size: these
    contradict one another (a subregion of 13 countries cannot weigh as much as one of 8), and the bounds too.
    """
    drawn = _respondents(respondents, seed)
    cast = np.bincount(
        drawn["country"] * np.int64(SECTORS) + drawn["sector"], minlength=COUNTRIES * SECTORS
    ).reshape(COUNTRIES, SECTORS)
    chance = np.random.default_rng([seed, 2])
    if case == "conflicting":
        targets = {
            "subregion": _shares(np.bincount(SUBREGION_OF, weights=cast.sum(axis=1)) > 0),
            "sector": _shares(np.sqrt(cast.sum(axis=0))),
            "country": _shares(cast.sum(axis=1) > 0),
        }
        return Sample(drawn, targets, BOUNDS)
    tilt = np.exp(chance.normal(0, 0.45, (COUNTRIES, 1)) + chance.normal(0, 0.35, (1, SECTORS)))
    if case == "bounded":
        noise = np.exp(chance.normal(0, 0.25, (COUNTRIES, SECTORS)))
        # Clipped, these weights lie within the bounds with a little room: so their margins can be met.
        tilt = _within(tilt * noise, cast, (BOUNDS[0] * 1.05, BOUNDS[1] * 0.95))
    tilted = cast * tilt
    targets = {
        "subregion": _shares(np.bincount(SUBREGION_OF, weights=tilted.sum(axis=1))),
        "sector": _shares(tilted.sum(axis=0)),
        "country": _shares(tilted.sum(axis=1)),
    }
    return Sample(drawn, targets, BOUNDS if case == "bounded" else None)


def _within(tilt: Floats, cast: npt.NDArray[np.int64], bounds: tuple[float, float]) -> Floats:
    """Scale and clip weights until their mean over the sample is one."""
    for _ in range(200):
        tilt = np.clip(tilt / (np.vdot(tilt, cast) / cast.sum()), *bounds)
    return tilt


def _shares(part: npt.NDArray[Any]) -> Floats:
    return np.asarray(part / part.sum(), dtype=np.float64)


def _respondents(respondents: int, seed: int) -> Codes:
    """Return only the categories of a round's ballots, without drawing the ballots."""
    everywhere = np.cumsum(_world(seed).shares.ravel())
    chance = np.random.default_rng([seed, 3])
    drawn = chance.random(respondents) * everywhere[-1]
    cell = np.searchsorted(everywhere, drawn, side="right").astype(np.int32)
    country, sector = np.divmod(cell, np.int32(SECTORS))
    return {"subregion": SUBREGION_OF[country], "sector": sector, "country": country}


ATTRIBUTES = {
    "role": (3, 0.5),
    "subregion": (3, 0.3),
    "country": (COUNTRIES, 1.0),
    "sector": (SECTORS, 0.7),
    "gender": (4, 1.2),
    "language": (4, 1.2),
    "age": (3, 0.6),
}
"""What a pool's people differ in: how many values, and how much more frequent the first is than the last."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """A pool for a panel: each person's value of seven attributes, organisation, support and recent seats.

    `limits` has, for each value of an attribute, how many of the panel there may be at least and at most;
    of an organisation there is one at most.
    """

    seats: int
    codes: dict[str, npt.NDArray[np.int32]]
    organisation: npt.NDArray[np.int32]
    support: npt.NDArray[np.int64]
    recent: npt.NDArray[np.int64]
    limits: dict[str, list[tuple[int, int]]]


def make_crowd(people: int, seats: int, seed: int = SEED) -> Crowd:
    """Draw a pool and limits that a panel can keep, since they are set around one that was drawn.

    The limits are tight: each is within a tenth of what a panel has that is more even than the pool.
    """
    chance = np.random.default_rng([seed, 4, people])
    codes, evener = {}, np.ones(people)
    for name, (values, skew) in ATTRIBUTES.items():
        frequent = 1 / np.arange(1, values + 1) ** skew
        codes[name] = chance.choice(values, people, p=frequent / frequent.sum()).astype(np.int32)
        evener /= np.bincount(codes[name], minlength=values)[codes[name]] ** 0.3
    organisation = chance.integers(people // 2 + 1, size=people).astype(np.int32)
    # One person of each organisation, so that one panel at least keeps that limit too.
    single = np.unique(organisation, return_index=True)[1]
    drawn = chance.choice(single, seats, replace=False, p=evener[single] / evener[single].sum())
    limits = {}
    for name, (values, _) in ATTRIBUTES.items():
        here = np.bincount(codes[name][drawn], minlength=values)
        room = np.maximum(1, here // 10)
        limits[name] = [(max(0, int(n - r)), int(n + r)) for n, r in zip(here, room, strict=True)]
    return Crowd(
        seats=seats,
        codes=codes,
        organisation=organisation,
        support=chance.integers(10_001, size=people),
        recent=chance.choice(3, people, p=(0.8, 0.1, 0.1)).astype(np.int64),
        limits=limits,
    )


def save_crowd(crowd: Crowd, folder: Path) -> None:
    """Write a pool where every program can read it with NumPy and JSON alone."""
    for name, codes in crowd.codes.items():
        np.save(folder / f"{name}.npy", codes)
    for name in ("organisation", "support", "recent"):
        np.save(folder / f"{name}.npy", getattr(crowd, name))
    (folder / "panel.json").write_text(json.dumps({"seats": crowd.seats, "limits": crowd.limits}), "utf-8")


def numbers(mask: int) -> list[int]:
    """Return the objectives that a mask holds."""
    return [bit + 1 for bit in range(OBJECTIVES) if mask >> bit & 1]


def size_of(drawn: Round | Sample, dimensions: Sequence[str]) -> int:
    """Return how many bytes the input arrays take: what memory is compared with."""
    arrays: list[npt.NDArray[Any]] = [drawn.categories[dimension] for dimension in dimensions]
    if isinstance(drawn, Round):
        arrays += [drawn.ranks, drawn.objectives]
    return sum(array.nbytes for array in arrays)


def save_round(drawn: Round, folder: Path, dimensions: Sequence[str]) -> None:
    """Write a round, with some of its dimensions, where every program can read it with NumPy alone."""
    np.save(folder / "ranks.npy", drawn.ranks)
    np.save(folder / "objectives.npy", drawn.objectives)
    np.save(folder / "theme_objectives.npy", drawn.theme_objectives)
    for dimension in dimensions:
        np.save(folder / f"{dimension}.npy", drawn.categories[dimension])
        np.save(folder / f"{dimension}_seats.npy", drawn.seats[dimension])


def save_values(values: npt.NDArray[np.int64], folder: Path) -> None:
    """Write the value of each ballot: base times weight."""
    np.save(folder / "values.npy", values)


def save_sample(sample: Sample, folder: Path) -> None:
    """Write a sample where every program can read it with NumPy alone."""
    for dimension, codes in sample.categories.items():
        np.save(folder / f"{dimension}.npy", codes)
    targets = {dimension: shares.tolist() for dimension, shares in sample.targets.items()}
    (folder / "problem.json").write_text(json.dumps({"targets": targets, "bounds": sample.bounds}), "utf-8")


def save_raw(sample: Sample, folder: Path) -> None:
    """Write a sample as raw numbers, for programs that do not read NumPy's files."""
    for dimension, codes in sample.categories.items():
        codes.tofile(folder / f"{dimension}.i32")
        sample.targets[dimension].tofile(folder / f"{dimension}.f64")
    if sample.bounds:
        np.array(sample.bounds).tofile(folder / "bounds.f64")
