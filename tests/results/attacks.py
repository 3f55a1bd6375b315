"""What a person could work out of the published figures: whole numbers that fit them, smallest and largest.

The attacker knows the roll and everything published, and here also more than that: where it is about how
organisations voted, who took part and the exact weight of every cell. Nothing here is shared with the code
that makes the figures.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

    from consulta.core.values import Bundle, Seat


@dataclass
class Riddle:
    """Whole numbers between bounds, and what is known of sums of them."""

    most: dict[Any, int] = field(default_factory=dict)
    rows: list[tuple[dict[Any, float], float, float]] = field(default_factory=list)

    def unknown(self, name: Hashable, most: int) -> None:
        """A number from 0 to `most`."""
        self.most[name] = most

    def known(self, terms: Mapping[Any, float], low: float, high: float) -> None:
        """A sum that lies between two figures."""
        self.rows.append((dict(terms), low, high))

    def extremes(self, terms: Mapping[Any, float]) -> tuple[int, int]:
        """The smallest and the largest that a sum can be."""
        low, high = self._least(terms), self._least({name: -factor for name, factor in terms.items()})
        assert low is not None, "the truth itself fits"
        assert high is not None
        return low, -high

    def fits(self, extra: Iterable[tuple[Mapping[Any, float], float, float]] = ()) -> bool:
        """Whether there are numbers that fit, with more that is known."""
        kept = list(self.rows)
        self.rows += [(dict(terms), low, high) for terms, low, high in extra]
        found = self._least({})
        self.rows = kept
        return found is not None

    def _least(self, terms: Mapping[Any, float]) -> int | None:
        names = {name: column for column, name in enumerate(self.most)}
        matrix = np.zeros((len(self.rows), len(names)))
        for row, (sums, _, _) in enumerate(self.rows):
            for name, factor in sums.items():
                matrix[row, names[name]] += factor
        objective = np.zeros(len(names))
        for name, factor in terms.items():
            objective[names[name]] += factor
        answer = milp(
            objective,
            constraints=LinearConstraint(
                matrix, [low for _, low, _ in self.rows], [high for _, _, high in self.rows]
            ),
            bounds=Bounds(0, list(self.most.values())),
            integrality=np.ones(len(names), dtype=int),
        )
        return None if answer.x is None else round(float(objective @ np.round(answer.x)))


def category(seat: Seat, dimension: str) -> str:
    """A seat's category."""
    return seat.country if dimension == "country" else seat.categories[dimension]


def roll_of(bundle: Bundle) -> dict[tuple[str, str], list[Seat]]:
    """The seats of each country in each sector."""
    found: dict[tuple[str, str], list[Seat]] = defaultdict(list)
    for seat in bundle.seats:
        found[seat.country, seat.categories["sector"]].append(seat)
    return dict(found)


def turnout_riddle(bundle: Bundle, public: Mapping[str, Any], *, total_only: bool = False) -> Riddle:
    """How many of each country and sector voted, as far as the published table says."""
    riddle = Riddle()
    roll = roll_of(bundle)
    for cell, seats in roll.items():
        riddle.unknown(cell, len(seats))
    riddle.known(dict.fromkeys(roll, 1), public["ballots"], public["ballots"])
    for line in () if total_only else public["participation"]:
        inside = {
            cell: 1
            for cell, seats in roll.items()
            if category(seats[0], line["dimension"]) in line["categories"]
        }
        riddle.known(inside, line["ballots"], line["ballots"])
    return riddle


def hidden_numbers(bundle: Bundle, public: Mapping[str, Any]) -> dict[str, dict[tuple[str, str], int]]:
    """Every cell, and every category that no line of its own shows, as sums of cells."""
    roll = roll_of(bundle)
    shown = [
        frozenset(
            cell
            for cell, seats in roll.items()
            if category(seats[0], line["dimension"]) in line["categories"]
        )
        for line in public["participation"]
    ]
    found = {f"{cell}": {cell: 1} for cell in roll}
    for dimension in ("subregion", "country", "sector"):
        for name in {category(seat, dimension) for seat in bundle.seats}:
            inside = {cell: 1 for cell, seats in roll.items() if category(seats[0], dimension) == name}
            found[f"{dimension} {name}"] = inside
    return {name: terms for name, terms in found.items() if frozenset(terms) not in shown}


def told_turnout(bundle: Bundle, public: Mapping[str, Any]) -> list[str]:
    """The hidden numbers that the table gives away though the turnout alone did not."""
    riddle = turnout_riddle(bundle, public)
    before = turnout_riddle(bundle, public, total_only=True)
    told = []
    for name, terms in hidden_numbers(bundle, public).items():
        low, high = riddle.extremes(terms)
        least, most = before.extremes(terms)
        if high - low < min(2, most - least):
            told.append(f"{name}: {low} to {high}, before {least} to {most}")
    return told


@dataclass(frozen=True)
class Ballots:
    """The ballots of each cell of equal weight, with that weight: more than any reader knows."""

    value: dict[Any, int]
    seats: dict[Any, list[str]]
    of_seat: dict[str, Any]


def ballots_of(bundle: Bundle, result: Mapping[str, Any]) -> Ballots:
    """Group the ballots by their balanced categories and their base."""
    micro = {
        (tuple(sorted(cell["categories"].items())), cell["each"]): cell["micro"]
        for cell in result["weights"]["cells"]
    }
    seats = {seat.seat: seat for seat in bundle.seats}
    value: dict[Any, int] = {}
    inside: dict[Any, list[str]] = defaultdict(list)
    for ballot in bundle.ballots:
        seat = seats[ballot.seat]
        key = tuple((d, category(seat, d)) for d in sorted(bundle.rules.balance))
        value[key, seat.base] = seat.base * micro[key, seat.base]
        inside[key, seat.base].append(ballot.seat)
    return Ballots(value, dict(inside), {seat: key for key, found in inside.items() for seat in found})


def told_sides(ballots: Ballots, low: float, high: float, *, ties: bool) -> list[str]:
    """The small cells of which a figure between `low` and `high` (of 1) tells how many ballots stand behind.

    With ties a ballot may also count for one half.
    """
    riddle = Riddle()
    whole = sum(ballots.value[cell] * len(found) for cell, found in ballots.seats.items())
    total: dict[Any, float] = {}
    for cell, found in ballots.seats.items():
        riddle.unknown((cell, 1), len(found))
        total[cell, 1] = ballots.value[cell] / whole
        if ties:
            riddle.unknown((cell, 2), len(found))
            riddle.known({(cell, 1): 1, (cell, 2): 1}, 0, len(found))
            total[cell, 2] = ballots.value[cell] / whole / 2
    riddle.known(total, low, high)
    told = []
    for cell, found in ballots.seats.items():
        if len(found) < 5:
            least, most = riddle.extremes({(cell, 1): 1})
            if most - least < min(2, len(found)):
                told.append(f"{cell}: {least} to {most} of {len(found)}")
    return told
