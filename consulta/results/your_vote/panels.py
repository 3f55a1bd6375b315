"""What may be told of a vote's effect on the panel: how many places would have gone to others, never to whom.

Support of a person is public in no mode, so no answer follows from published figures. In every mode it is
told only where many ballots stand behind it: many endorse people, none of them heavy, and each person of the
panel is endorsed by more than could be told apart. How many ballots of a group endorse people is not public
either; it is asked only of groups so large that the answer points to no single organisation
(`docs/methods/your-vote.md`).
Pure: values in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.core.panel.steady import differing
from consulta.results.public_figures import HEAVY, MANY
from consulta.results.your_vote.telling import POOLED, away
from consulta.results.your_vote.values import Places, ToldPanel

if TYPE_CHECKING:
    from consulta.core.panel.votes import Behind, Panel, PanelEffects
    from consulta.core.values import Seat
    from consulta.results.your_vote.telling import Telling
    from consulta.results.your_vote.values import Change, WhyNot


@dataclass(frozen=True, slots=True)
class PanelTelling:
    """What may be told of the panel of a round; groups below `small_cell` are small.

    `version` is the one of the panel that is public.
    """

    telling: Telling
    panels: PanelEffects
    small_cell: int
    version: int

    def of_seat(self, seat: Seat) -> ToldPanel:
        """Return what the organisation of a seat is told of the panel."""
        official = self.panels.official
        size, endorsed = len(official.members), self.panels.is_endorsed
        if not official.members or not official.proven:
            return ToldPanel(size, endorsed, "none" if not official.members else "search", (), self.version)
        dimensions = away(seat)
        effect = self.telling.effects.of_seat(seat.seat, dimensions)
        found = self.panels.of_seat(effect, dimensions)
        answers = {
            ("without", ""): found.without,
            ("average", ""): found.average,
            **{("away", dimension): found.away[dimension] for dimension in dimensions},
        }
        return ToldPanel(
            size,
            endorsed,
            "",
            tuple(
                self._places(seat, change, answers[change.what, change.dimension])
                for change in self.telling.of_seat(seat).changes
            ),
            self.version,
        )

    def _places(self, seat: Seat, change: Change, found: Panel | None) -> Places:
        why = self._why(seat, change, found)
        others = None if why or found is None else differing(self.panels.official.members, found.members)
        return Places(change.what, change.dimension, change.category, others, why)

    def _why(self, seat: Seat, change: Change, found: Panel | None) -> WhyNot:
        """Return why an answer is not told; nothing where it is."""
        if change.why or found is None:
            return change.why or "nothing"
        if self.panels.is_endorsed and not self._has_many():
            return "few"
        if self.panels.is_endorsed and change.what == "away" and not self._is_large(seat, change.dimension):
            return "small"
        if not found.members:
            return "none"
        return "" if found.proven else "search"

    def _has_many(self) -> bool:
        """Return whether many ballots endorse people, and more than can be told apart each of the panel.

        There must be so many ballots that some may endorse no one: otherwise it would tell that all do.
        """
        ballots = self.telling.effects.crowd().ballots
        return (
            _is_even(self.panels.behind())
            and ballots >= MANY + POOLED + self._least
            and self.panels.fewest() >= self._least
        )

    def _is_large(self, seat: Seat, dimension: str) -> bool:
        effects, whole = self.telling.effects, self.panels.behind()
        crowd, left = effects.crowd_away(seat.seat, dimension), self.panels.behind_away(seat.seat, dimension)
        if crowd is None or left is None or whole is None or not _is_even(left):
            return False
        gone = effects.crowd().ballots - crowd.ballots
        return gone >= 2 * self._least and whole.ballots - left.ballots >= self._least

    @property
    def _least(self) -> int:
        """Return how many ballots no organisations that pool their pages tell apart."""
        return self.small_cell + POOLED


def _is_even(found: Behind | None) -> bool:
    return found is not None and found.ballots >= MANY + POOLED and found.heaviest <= HEAVY
