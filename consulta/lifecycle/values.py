"""Frozen values that tell what a move of a round would do, before it is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from consulta.core.problems import Problem
    from consulta.rounds.values import RoundOverview, ThemeLine


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """What opening a round now would mean, what forbids it and what should be known before."""

    round: RoundOverview
    themes: tuple[ThemeLine, ...]
    seats: int
    countries: int
    reachable: int
    contacts: int
    refusals: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
