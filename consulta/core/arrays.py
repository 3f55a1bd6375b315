"""Ballots handed in as arrays (section 8): what is refused, and how they become a profile.

It decides which arrays fit together, in a few passes over their bytes and never ballot by ballot; a refusal
names the argument. Codes become names as text, sorted as text, so that arrays and a bundle with the same
names are counted alike, to the last drawn ballot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from consulta.core.problems import Problem
from consulta.core.profile import Profile, from_columns
from consulta.core.ranges import RANGES
from consulta.core.refusals import FEWEST_THEMES, MOST_OBJECTIVES, OBJECTIVES, check_shares_given
from consulta.core.rules import Rules, check_rules
from consulta.core.weights import Standing

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


def _dimension(
    dimension: str, codes: Column, seats: Mapping[str, Column], ballots: int
) -> tuple[list[str], Column, dict[str, Standing]]:
    """Return a dimension's names, each ballot's index among them, and the roll."""
    _column(codes, ballots, f"categories.{dimension}")
    path = f"seats.{dimension}"
    if dimension not in seats:
        raise Problem("arrays.shape", path=path, wanted="(G,)")
    totals = seats[dimension]
    _column(totals, len(totals) if isinstance(totals, np.ndarray) and totals.ndim else 0, path)
    size = len(totals)
    wrong = (codes < 0) | (codes >= size)
    if wrong.any():
        raise Problem("ballot.seat", path=f"categories.{dimension}[{_first(wrong)}]", key="")
    short = np.bincount(codes, minlength=size) > totals
    if short.any():
        raise Problem("ballot.seat", path=f"{path}[{_first(short)}]", key="")
    order = sorted(range(size), key=str)
    place = np.empty(size, dtype=np.int32)
    place[order] = np.arange(size, dtype=np.int32)
    roll = {str(code): Standing(int(totals[code]), int(totals[code])) for code in order if totals[code]}
    return [str(code) for code in order], place[codes], roll
