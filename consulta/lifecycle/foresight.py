"""Forecast of balance for a roll: whether all targets can be met if every organisation votes.

This module decides nothing. It computes weights as the count does, on ballots that only say that a seat
votes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.core.counting import balance, profile, weights
from consulta.core.values import Ballot, Bundle, LocalText, Round, Seat, Seed, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.core.values import Rules

_THEMES = tuple(Theme(key, LocalText(key, key), (1,)) for key in ("a", "b"))


def unmet(rules: Rules, seats: Iterable[tuple[str, Mapping[str, str], int]]) -> float | None:
    """Return the largest miss of a target if every seat votes, as a share from 0 to 1.

    Return None if all targets are met, if there is no roll, if the rules have no balance, or if no
    weights can be found. A seat is its country, its other categories and its base.
    """
    roll = tuple(
        Seat(f"s{number}", country, categories, base)
        for number, (country, categories, base) in enumerate(seats)
    )
    if not roll or not rules.balance:
        return None
    bundle = Bundle(
        round=Round("foresight", LocalText("", ""), ""),
        rules=rules,
        themes=_THEMES,
        seats=roll,
        ballots=tuple(Ballot(seat.seat, (("a",),)) for seat in roll),
        nominees=(),
        seed=Seed("", ""),
    )
    ballots = profile.from_bundle(bundle, rules.balance)
    standing = weights.roll_of(roll, rules.balance)
    balancing = weights.balance_of(ballots, rules.balance, standing, rules.weight_bounds)
    micro = balancing.micro_weights()
    if micro is None:
        return None
    report = balance.report(ballots, balancing, micro)
    return None if report.met else float(report.largest_miss)
