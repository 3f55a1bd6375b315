"""Ballots handed in as arrays (section 8): what is refused, and how they become a profile.

It decides which arrays fit together, in a few passes over their bytes and never ballot by ballot; a refusal
names the argument. Codes become names as text, sorted as text, so that arrays and a bundle with the same
names are counted alike, to the last drawn ballot.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.problems import Problem
from consulta.core.profile import Profile, from_columns
from consulta.core.ranges import RANGES
from consulta.core.refusals import FEWEST_THEMES, MOST_OBJECTIVES, OBJECTIVES, check_shares_given
from consulta.core.rules import Rules, Target, check_rules
from consulta.core.weights import Balance, Cells, Standing

Ranks: TypeAlias = npt.NDArray[np.int8]
Column: TypeAlias = npt.NDArray[np.integer[Any]]

MOST_THEMES = 127
"""As many tiers as eight bits with a sign can number."""

HEX = frozenset("0123456789abcdef")
SEED_DIGITS = 64
BITS = 63


@dataclass(frozen=True, slots=True)
class Intake:
    """Arrays that fit together, as the count takes them."""

    profile: Profile
    rules: Rules
    roll: Mapping[str, Mapping[str, Standing]]
    theme_objectives: tuple[tuple[int, ...], ...]


def take(
    ranks: Ranks,
    categories: Mapping[str, Column],
    seats: Mapping[str, Column],
    rules: Rules,
    seed: str,
    base: Column | None,
    objectives: Column | None,
    theme_objectives: Sequence[Sequence[int]] | None,
) -> Intake:
    """Return arrays as the count takes them, or the first problem with them."""
    _ranks(ranks)
    ballots, themes = ranks.shape
    _rules(rules, categories, themes)
    if len(seed) != SEED_DIGITS or not HEX.issuperset(seed):
        raise Problem("arrays.shape", path="seed", wanted="64 hexadecimal digits")
    numbers = _theme_objectives(theme_objectives, themes, needed=objectives is not None)
    names: dict[str, list[str]] = {}
    codes: dict[str, Column] = {}
    roll: dict[str, dict[str, Standing]] = {}
    for dimension in sorted(categories):
        names[dimension], codes[dimension], roll[dimension] = _dimension(
            dimension, categories[dimension], seats, ballots
        )
    profile = from_columns(
        ranks, codes, names, base=_base(base, ballots), objectives=_objectives(objectives, ballots)
    )
    for dimension, target in rules.balance.items():
        if not isinstance(target, str):
            voted = set(profile.categories[dimension])
            held = [(name, name in voted) for name in roll[dimension]]
            check_shares_given(target, held, f"rules.balance.{dimension}")
    return Intake(profile, rules, roll, numbers)


def _rules(rules: Rules, categories: Mapping[str, Column], themes: int) -> None:
    check_rules(rules)
    for dimension in {**rules.balance, **rules.spread}:
        if dimension not in categories:
            raise Problem("seat.category", path="categories", key="", dimension=dimension)
    if rules.topics > themes:
        raise Problem("rules.range", path="rules.topics", least=1, most=themes)


def _base(base: Column | None, ballots: int) -> Column | None:
    if base is not None:
        _column(base, ballots, "base")
        least, most = RANGES["base"]
        if base.min() < least or base.max() > most:
            raise Problem("rules.range", path="base", least=least, most=most)
    return base


def _objectives(objectives: Column | None, ballots: int) -> npt.NDArray[np.uint32] | None:
    if objectives is None:
        return None
    _column(objectives, ballots, "objectives")
    if objectives.min() < 0 or int(objectives.max()) >> len(OBJECTIVES):
        raise Problem("ballot.objective", path="objectives", key="")
    return objectives.astype(np.uint32, copy=False)


def weights_of(
    categories: Mapping[str, Column],
    seats: Mapping[str, Column],
    rule: Mapping[str, Target],
    bounds: tuple[float, float],
    base: Column | None = None,
) -> tuple[npt.NDArray[np.int64], Balance]:
    """Return each ballot's micro-weight (n,) int64, and the balance that it comes from.

    As `count_arrays` finds them, for those who only want weights: nothing is sorted, ballots are counted by
    cell and each takes its cell's weight. Problems: as there; `rules.targets` where the targets leave nothing
    to the categories that voted.
    """
    check_rules(Rules(balance=rule, weight_bounds=bounds, spread={}))
    dimensions = tuple(sorted(rule))
    if not dimensions:
        raise Problem("arrays.shape", path="rule", wanted="one dimension or more")
    ballots = len(categories[dimensions[0]])
    sizes = [_size(dimension, categories[dimension], seats, ballots) for dimension in dimensions]
    span = math.prod(sizes)
    combined: npt.NDArray[Any] = np.zeros(
        ballots, dtype=np.int32 if span < np.iinfo(np.int32).max else np.int64
    )
    for dimension, size in zip(dimensions, sizes, strict=True):
        combined *= size
        combined += categories[dimension]
    sums = np.bincount(combined, weights=_base(base, ballots), minlength=span).astype(np.int64)
    live = np.flatnonzero(sums)
    names = [[str(code) for code in range(size)] for size in sizes]
    keys = tuple(
        tuple(names[place][code] for place, code in enumerate(codes))
        for codes in zip(*(each.tolist() for each in np.unravel_index(live, sizes)), strict=True)
    )
    roll = {dimension: _standing(seats[dimension]) for dimension in dimensions}
    cells = Cells(dimensions, keys, tuple(sums[live].tolist()), np.arange(len(live)))
    lower, upper = (Decimal(repr(bound)) for bound in bounds)
    balance = Balance(cells, rule, roll, (lower, upper))
    micro = balance.micro_weights()
    if micro is None:
        raise Problem("rules.targets", path="rule")
    by_cell = np.zeros(span, dtype=np.int64)
    by_cell[live] = micro
    return by_cell[combined], balance


def _ranks(ranks: Ranks) -> None:
    if not isinstance(ranks, np.ndarray) or ranks.ndim != 2 or ranks.dtype != np.int8:  # noqa: PLR2004 - (n, m)
        raise Problem("arrays.shape", path="ranks", wanted="int8, (n, m)")
    ballots, themes = ranks.shape
    if themes < FEWEST_THEMES:
        raise Problem("themes.few", path="ranks", count=themes)
    if themes > MOST_THEMES:
        raise Problem("rules.range", path="ranks", least=FEWEST_THEMES, most=MOST_THEMES)
    if not ballots:
        raise Problem("ballots.none", path="ranks")
    if ranks.min() < 0 or ranks.max() > themes:
        raise Problem("ballot.theme", path=f"ranks[{_first((ranks < 0) | (ranks > themes))}]", key="")
    gaps = _gaps(ranks)
    if gaps.any():
        index = _first(gaps)
        code = "ballot.theme" if ranks[index].any() else "ballot.empty"
        raise Problem(code, path=f"ranks[{index}]", key="")


def _gaps(ranks: Ranks) -> npt.NDArray[np.bool_]:
    """Return which ballots do not use the tiers from 1 on, each once at least."""
    if ranks.shape[1] > BITS:
        tiers = np.sort(ranks, axis=1)
        steps = np.diff(tiers, axis=1, prepend=0)
        gaps: npt.NDArray[np.bool_] = (steps > 1).any(axis=1) | (tiers[:, -1] == 0)
        return gaps
    kind = np.dtype(np.uint16 if ranks.shape[1] < np.iinfo(np.uint16).bits else np.uint64)
    used = np.ones(len(ranks), dtype=kind)
    for theme in range(ranks.shape[1]):
        used |= np.left_shift(kind.type(1), ranks[:, theme].view(np.uint8), dtype=kind)
    holes: npt.NDArray[np.bool_] = (used & (used + kind.type(1)) != 0) | (used == 1)
    return holes


def _first(wrong: npt.NDArray[np.bool_]) -> int:
    return int(np.argmax(wrong.any(axis=1) if wrong.ndim > 1 else wrong))


def _column(column: object, length: int, path: str) -> None:
    whole = isinstance(column, np.ndarray) and np.issubdtype(column.dtype, np.integer)
    if not isinstance(column, np.ndarray) or not whole or column.shape != (length,):
        raise Problem("arrays.shape", path=path, wanted=f"whole numbers, ({length},)")


def _theme_objectives(
    given: Sequence[Sequence[int]] | None, themes: int, *, needed: bool
) -> tuple[tuple[int, ...], ...]:
    """Return each theme's objectives; where none are given the first stands in, for no ballot names it."""
    if given is None:
        if needed:
            raise Problem("arrays.shape", path="theme_objectives", wanted=f"({themes},)")
        return ((1,),) * themes
    if len(given) != themes:
        raise Problem("arrays.shape", path="theme_objectives", wanted=f"({themes},)")
    for index, numbers in enumerate(given):
        named = {*numbers}
        if (
            not 1 <= len(numbers) <= MOST_OBJECTIVES
            or len(named) < len(numbers)
            or not named <= {*OBJECTIVES}
        ):
            raise Problem("theme.objectives", path=f"theme_objectives[{index}]", key=str(index))
    return tuple(tuple(int(number) for number in numbers) for numbers in given)


def _size(dimension: str, codes: Column, seats: Mapping[str, Column], ballots: int) -> int:
    """Return how many codes a dimension has, after looking at those of the ballots."""
    _column(codes, ballots, f"categories.{dimension}")
    path = f"seats.{dimension}"
    if dimension not in seats:
        raise Problem("arrays.shape", path=path, wanted="(G,)")
    totals = seats[dimension]
    _column(totals, len(totals) if isinstance(totals, np.ndarray) and totals.ndim else 0, path)
    if codes.min() < 0 or codes.max() >= len(totals):
        first = _first((codes < 0) | (codes >= len(totals)))
        raise Problem("ballot.seat", path=f"categories.{dimension}[{first}]", key="")
    return len(totals)


def _standing(totals: Column) -> dict[str, Standing]:
    """Return the roll of one dimension, names sorted as text."""
    order = sorted(range(len(totals)), key=str)
    return {str(code): Standing(int(totals[code]), int(totals[code])) for code in order if totals[code]}


def _dimension(
    dimension: str, codes: Column, seats: Mapping[str, Column], ballots: int
) -> tuple[list[str], Column, dict[str, Standing]]:
    """Return a dimension's names, each ballot's index among them, and the roll."""
    size = _size(dimension, codes, seats, ballots)
    short = np.bincount(codes, minlength=size) > seats[dimension]
    if short.any():
        raise Problem("ballot.seat", path=f"seats.{dimension}[{_first(short)}]", key="")
    order = sorted(range(size), key=str)
    place = np.empty(size, dtype=np.int32)
    place[order] = np.arange(size, dtype=np.int32)
    same = order == sorted(order)
    return [str(code) for code in order], codes if same else place[codes], _standing(seats[dimension])
