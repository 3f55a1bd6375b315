"""Ballots given as arrays (section 8): which are refused, and how the others become a profile.

The module decides which arrays fit together, in a few passes over their bytes and never ballot by
ballot; a refusal names the argument. Codes become names as text, sorted as text, so that arrays and a
bundle with the same names are counted alike, including the ballots drawn in resampling.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, NoReturn, TypeAlias, TypeGuard

import numpy as np
import numpy.typing as npt

from consulta.core.counting.profile import BASE, Profile, columns_of_base, from_columns
from consulta.core.counting.refusals import (
    FEWEST_THEMES,
    MOST_OBJECTIVES,
    OBJECTIVES,
    check_shares_given,
    named_once,
)
from consulta.core.counting.rules import parse_rules
from consulta.core.counting.weights import Standing
from consulta.core.problems import Problem
from consulta.core.ranges import RANGES, check_range
from consulta.core.reading import Node, inside
from consulta.core.values import Rules

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
    ranks = _ranks(ranks)
    ballots, themes = ranks.shape
    codes_given, totals = _node(categories, "categories").entries(), _node(seats, "seats").entries()
    rules = _rules(rules, codes_given, themes)
    _check_seed(seed)
    numbers = _theme_objectives(theme_objectives, themes, needed=objectives is not None)
    names: dict[str, Sequence[str]] = {}
    codes: dict[str, Column] = {}
    roll: dict[str, dict[str, Standing]] = {}
    for dimension in sorted(codes_given):
        if dimension not in totals:
            raise Problem("arrays.shape", path=inside("seats", dimension), wanted="(G,)")
        names[dimension], codes[dimension], roll[dimension] = _dimension(
            codes_given[dimension], totals[dimension], ballots
        )
    base = _base(base, ballots)
    ones = np.ones(1, dtype=np.int64)
    codes[BASE], names[BASE] = columns_of_base(np.broadcast_to(ones if base is None else base, ballots))
    profile = from_columns(ranks, codes, names, objectives=_objectives(objectives, ballots))
    met = sum(len(roll[dimension]) for dimension in {*rules.balance, "country"} if dimension in roll)
    if met:
        check_range(met, "categories", "rules.balance")
    for dimension, target in rules.balance.items():
        if not isinstance(target, str):
            voted = set(profile.categories[dimension])
            held = [(name, name in voted) for name in roll[dimension]]
            check_shares_given(target, held, f"rules.balance.{dimension}")
    return Intake(profile, rules, roll, numbers)


def check_replicates(resamples: object) -> None:
    """Raise Problem `rules.range` if the number of replicates is outside its range.

    Raise Problem `bundle.json` if it is no whole number.
    """
    check_range(_node(resamples, "resamples").whole(), "resamples", "resamples")


def _node(value: object, path: str) -> Node:
    """Return an argument as a value whose form is refused as it would be in a file."""
    return Node(value, path, "bundle.json")


def _rules(rules: Rules, categories: Container[str], themes: int) -> Rules:
    """Return the rules without their panel: they may have been made of anything, so they are read anew."""
    if not isinstance(rules, Rules):
        _node(rules, "rules").refuse("object")
    written = {part.name: getattr(rules, part.name) for part in fields(rules) if part.name != "panel"}
    rules = parse_rules(written)
    for dimension in {**rules.balance, **rules.spread}:
        if dimension not in categories:
            raise Problem("seat.category", path="categories", key="0", dimension=dimension)
    if rules.topics > themes:
        raise Problem("rules.range", path="rules.topics", least=1, most=themes)
    return rules


def _check_seed(seed: str) -> None:
    node = _node(seed, "seed")
    if len(node.text()) != SEED_DIGITS or not HEX.issuperset(seed):
        node.refuse("hex")


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
        row = _first((objectives < 0) | (objectives >= 1 << len(OBJECTIVES)))
        raise Problem("ballot.objective", path=f"objectives[{row}]", key=str(row))
    return objectives.astype(np.uint32, copy=False)


def _ranks(ranks: Ranks) -> Ranks:
    """Check and return the ranks, with empty tiers removed.

    Problems: `arrays.shape`, `themes.few`, `rules.range`, `ballots.none`, `ballot.theme`,
    `ballot.empty`.
    """
    if not _is_array(ranks) or ranks.ndim != 2 or ranks.dtype != np.int8:  # noqa: PLR2004 - (n, m)
        raise Problem("arrays.shape", path="ranks", wanted="int8, (n, m)")
    ballots, themes = ranks.shape
    if themes < FEWEST_THEMES:
        raise Problem("themes.few", path="ranks", count=themes)
    if themes > MOST_THEMES:
        raise Problem("rules.range", path="ranks", least=FEWEST_THEMES, most=MOST_THEMES)
    if not ballots:
        raise Problem("ballots.none", path="ranks")
    if ranks.min() < 0 or ranks.max() > themes:
        _refuse_row("ballot.theme", ((ranks < 0) | (ranks > themes)).any(axis=1))
    if not _gaps(ranks).any():
        return ranks
    empty = ~ranks.any(axis=1)
    if empty.any():
        _refuse_row("ballot.empty", empty)
    return _closed_up(ranks)


def _refuse_row(code: str, wrong: Any) -> NoReturn:
    row = _first(wrong)
    raise Problem(code, path=f"ranks[{row}]", key=str(row))


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


def _closed_up(ranks: Ranks) -> Ranks:
    """Return ranks whose tiers are numbered anew from 1 on, in the same order, none without a theme."""
    closed = ranks.copy()
    for tier in range(int(ranks.max()) - 1, 0, -1):
        empty = ~(ranks == tier).any(axis=1)
        closed -= (closed > tier) & empty[:, np.newaxis]
    return closed


def _first(wrong: Any) -> int:
    return int(np.argmax(wrong))


def _is_array(column: object) -> TypeGuard[npt.NDArray[Any]]:
    """Return whether `column` is an array without a mask.

    Values that a mask hides are still in the array and would be counted.
    """
    return isinstance(column, np.ndarray) and not isinstance(column, np.ma.MaskedArray)


def _column(column: object, length: int | None, path: str) -> Column:
    """Return a column of whole numbers, of this length where one is given."""
    if (
        not _is_array(column)
        or not np.issubdtype(column.dtype, np.integer)
        or column.ndim != 1
        or length not in {None, len(column)}
    ):
        wanted = f"whole numbers, ({'G' if length is None else length},)"
        raise Problem("arrays.shape", path=path, wanted=wanted)
    return column


def _theme_objectives(
    given: Sequence[Sequence[int]] | None, themes: int, *, needed: bool
) -> tuple[tuple[int, ...], ...]:
    """Return each theme's objectives; where none are given the first stands in, for no ballot names it."""
    if given is None and not needed:
        return ((1,),) * themes
    rows = [*_node(given.tolist() if isinstance(given, np.ndarray) else given, "theme_objectives").items()]
    if len(rows) != themes:
        raise Problem("arrays.shape", path="theme_objectives", wanted=f"({themes},)")
    found = []
    for index, row in enumerate(rows):
        numbers = row.wholes()
        if not 1 <= len(numbers) <= MOST_OBJECTIVES or not named_once(numbers, OBJECTIVES):
            raise Problem("theme.objectives", path=row.path, key=str(index))
        found.append(numbers)
    return tuple(found)


def _dimension(given: Node, totals: Node, ballots: int) -> tuple[list[str], Column, dict[str, Standing]]:
    """Return a dimension's names sorted as text, each ballot's index among them, and the roll."""
    codes = _column(given.value, ballots, given.path)
    seats = _column(totals.value, None, totals.path)
    size = len(seats)
    if codes.min() < 0 or codes.max() >= size:
        row = _first((codes < 0) | (codes >= size))
        raise Problem("ballot.seat", path=f"{given.path}[{row}]", key=str(codes[row]))
    if codes.dtype == np.uint64:
        codes = codes.astype(np.int64)  # NumPy would go over to floating point
    short = np.bincount(codes, minlength=size) > seats
    if short.any():
        code = _first(short)
        raise Problem("ballot.seat", path=f"{totals.path}[{code}]", key=str(code))
    order = sorted(range(size), key=str)
    place = np.empty(size, dtype=np.int32)
    place[order] = np.arange(size, dtype=np.int32)
    roll = {str(code): Standing(int(seats[code]), int(seats[code])) for code in order if seats[code]}
    same = order == sorted(order)
    return [str(code) for code in order], codes if same else place[codes], roll
