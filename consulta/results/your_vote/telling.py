"""What of a vote's effects may be told to its own organisation: nothing that tells of another one.

Where ballots are public, everything can be worked out by any reader, and everything is told. In rounds of
totals an answer is told only where the same kind of figure is public, or where many ballots that are not
heavy stand behind it, so that two organisations that pool their pages learn nothing of a third
(`docs/methods/your-vote.md`). Pure: values in, values out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from consulta.core.typed import percent
from consulta.platform.data.dimensions import grouped, in_order
from consulta.results.public_figures import HEAVY, MANY, TELLING
from consulta.results.your_vote.values import Bound, Change, Reason, Side, Told, Why

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.core.counting.effects import Decided, Effect, Effects
    from consulta.core.counting.result import Result
    from consulta.core.values import Seat

POOLED = 2
"""How many organisations that pool what they read are to learn nothing of a third."""

ORDERS = 2
"""How many orders a page has at most, beside that of the result and one for each dimension."""

QUARTER = 250_000
"""Millionths: weights are told in quarters where who took part is not public."""

EVEN = Fraction(1, 200)
"""Parts of the votes and of the say that differ by less are called even."""


@dataclass(frozen=True, slots=True)
class Telling:
    """What may be told in a round. `public` are its public figures; None where ballots are public."""

    effects: Effects
    result: Result
    public: Mapping[str, Any] | None
    seats: Mapping[str, Seat] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "seats", {seat.seat: seat for seat in self.effects.bundle.seats})

    def of_seat(self, seat: Seat) -> Told:
        """Return what the organisation of a seat is told of its vote."""
        dimensions = away(seat)
        effect = self.effects.of_seat(seat.seat, dimensions)
        weight, reasons = self._weight(seat, effect)
        official, ordered = self.effects.official, self._is_ordered()
        places = self.effects.places_on(seat.seat)
        return Told(
            base=seat.base,
            weight=weight,
            rounded=self.public is not None and weight is not None,
            bound=self._bound(seat) if self.public is None else "",
            reasons=reasons,
            topics=official.topics,
            order=official.order if ordered else None,
            places={topic: places[topic] or 0 for topic in official.topics},
            pairs=effect.pairs if ordered else None,
            kept=effect.kept if ordered else None,
            changes=(
                self._change("without", effect.without),
                self._change("average", effect.average),
                *(self._away(seat, dimension, effect.away[dimension]) for dimension in dimensions),
            ),
        )

    # -- the weight

    def _weight(self, seat: Seat, effect: Effect) -> tuple[int | None, tuple[Reason, ...]]:
        """Return the weight and its reasons: in a round of totals in quarters, and of shown categories."""
        balanced = {d: _category(seat, d) for d in in_order(self.effects.bundle.rules.balance)}
        reasons = tuple(self._reason(dimension, own) for dimension, own in balanced.items())
        if self.public is None:
            return effect.weight, reasons
        if not self._has_figures() or not all(pair in self._shown() for pair in balanced.items()):
            return None, ()
        return max(QUARTER, QUARTER * round(Fraction(effect.weight, QUARTER))), reasons

    def _reason(self, dimension: str, category: str) -> Reason:
        """Return the reason in one dimension; in a round of totals by the public line, and without parts."""
        if self.public is not None:
            shown = self._shown().get((dimension, category), {})
            cast, say = (Fraction(shown.get(f"{name}_percent") or 0, 100) for name in ("share", "target"))
            return Reason(dimension, category, _side(cast, say), None, None)
        lines = self.result.weights.margins
        line = next(each for each in lines if (each.dimension, each.category) == (dimension, category))
        side = _side(line.share, line.weighted)
        return Reason(dimension, category, side, percent(line.share), percent(line.weighted))

    def _bound(self, seat: Seat) -> Bound:
        for cell in self.result.weights.cells:
            same = all(_category(seat, d) == own for d, own in cell.categories.items())
            if same and getattr(cell, "each", seat.base) == seat.base:
                return (cell.at_bound or "") if self.effects.bundle.rules.balance else ""
        return ""

    # -- what would have been

    def _change(self, what: Any, found: Decided | None) -> Change:
        if found is None:
            return Change(what, "", "", None, None, "nothing")
        if not self._has_many(POOLED):
            return Change(what, "", "", None, None, "few")
        return Change(what, "", "", found.topics, found.order if self._tells_orders() else None, "")

    def _away(self, seat: Seat, dimension: str, found: Decided | None) -> Change:
        """Return what would have been without a category: in a round of totals only of lines that are shown.

        For these the public figures have the topic. The order is told where many ballots are left, none of
        them heavy, and of the category itself more than could be told apart.
        """
        category, why = seat.categories[dimension], ""
        topics = order = None
        if self.public is not None and not self._has_many(0):
            why = "few"
        elif self.public is not None and (dimension, category) not in self._without_public():
            why = "small"
        elif found is None:
            why = "nothing"
        else:
            topics = found.topics
            order = found.order if self._tells_orders() and self._leaves_many(seat, dimension) else None
        told: Why = why  # type: ignore[assignment]
        return Change("away", dimension, category, topics, order, told)

    # -- what stands behind an answer

    def _has_figures(self) -> bool:
        return self.public is not None and self.public.get("detail") == "figures"

    def _has_many(self, more: int) -> bool:
        """Return whether there are many ballots, none of them heavy; always where ballots are public."""
        if self.public is None:
            return True
        crowd = self.effects.crowd()
        return self._has_figures() and crowd.ballots >= MANY + more and crowd.heaviest <= HEAVY

    def _leaves_many(self, seat: Seat, dimension: str) -> bool:
        if self.public is None:
            return True
        left = self.effects.crowd_away(seat.seat, dimension)
        gone = self.effects.crowd().ballots - (left.ballots if left else 0)
        enough = left is not None and left.ballots >= MANY + POOLED and left.heaviest <= HEAVY
        return enough and gone >= int(self.public["small_cell"]) + POOLED

    def _shown(self) -> dict[tuple[str, str], Mapping[str, Any]]:
        """Return the lines of categories that stand by themselves in the public table of who took part."""
        lines: Sequence[Mapping[str, Any]] = (self.public or {}).get("participation", ())
        return {
            (line["dimension"], line["categories"][0]): line for line in lines if len(line["categories"]) == 1
        }

    def _without_public(self) -> set[tuple[str, str]]:
        firmness = (self.public or {}).get("firmness") or {}
        return {(line["dimension"], line["category"]) for line in firmness.get("leave_one_out", ())}

    def _is_ordered(self) -> bool:
        """Return whether the result's order of all themes is public."""
        method = self.effects.bundle.rules.method
        return self.public is None or bool((self.public.get("order") or {}).get(method))

    def _tells_orders(self) -> bool:
        """Return whether the orders on the pages of some who pool them say little beside the ballots.

        In bits, as with the orders of the public figures.
        """
        if self.public is None:
            return True
        bundle = self.effects.bundle
        themes, ballots = len(bundle.themes), len(bundle.ballots) - POOLED
        ranks = min(bundle.rules.max_ranks, themes)
        ways = sum(math.perm(themes, number) for number in range(1, ranks + 1))
        said = ballots * math.log2(ways)
        pages = POOLED * (ORDERS + max(len(away(seat)) for seat in bundle.seats))
        orders = pages * math.log2(math.factorial(themes))
        return self._is_ordered() and orders <= TELLING * said


def away(seat: Seat) -> tuple[str, ...]:
    """Return the dimensions of which the category of a seat is left out as a whole: all but the country."""
    return grouped([seat.categories])


def _side(cast: Fraction, say: Fraction) -> Side:
    if abs(cast - say) < EVEN:
        return "even"
    return "fewer" if cast < say else "more"


def _category(seat: Seat, dimension: str) -> str:
    return seat.country if dimension == "country" else seat.categories.get(dimension, "")
