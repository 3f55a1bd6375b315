"""What votes did to a published panel, for the worker: worked out once, of the panel that the rules choose.

People who were asked declined or accepted since: which panel was published follows from that too. What votes
did is told of the choice before invitations were sent: the same rules, with those designated elsewhere and
those held or kept out by hand, and without answers and invitations.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from consulta.core.panel import choose as choosing
from consulta.core.panel.votes import PanelEffects
from consulta.panel import documents
from consulta.panel.service import Ground, ground
from consulta.results import your_vote
from consulta.results.your_vote import PanelTelling, ToldPanel
from consulta.rounds import ballots
from consulta.rounds.queries import rounds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.values import PanelRules
    from consulta.panel.documents import KeptPanel
    from consulta.platform.work import Work
    from consulta.results.your_vote import Kept


@dataclass(slots=True)
class Task:
    """What is left to work out of the panel of a round; the panels are made by the first seat."""

    kept: Kept
    panel: KeptPanel
    base: Ground
    endorsed: Mapping[str, tuple[str, ...]]
    small_cell: int
    waiting: dict[str, int]
    _telling: PanelTelling | ToldPanel | None = None

    def of_seat(self, name: str) -> str:
        """Return what is kept of a seat."""
        if self._telling is None:
            self._telling = self._told()
        if isinstance(self._telling, ToldPanel):
            return self._telling.to_text()
        return self._telling.of_seat(self._telling.telling.seats[name]).to_text()

    def _told(self) -> PanelTelling | ToldPanel:
        """Return how to tell of each seat, or what all are told.

        The people, support and rows of the panel that was kept must come out again: where nominees were
        changed or erased since, another choice would be told of than the one that was made.
        """
        sitting, base = self.panel.sitting, self.base
        again = choosing.report_on_members(
            self.panel.rules, base.nominees, base.support, base.topics, base.seed, sitting.members
        )
        same = again.members == tuple(sorted(sitting.members)) and again.support == sitting.support
        rows = [(row.row, row.met) for row in again.rows] == [(row.row, row.met) for row in sitting.rows]
        if not (same and rows and again.pool == self.panel.panel.pool):
            size, endorsed = len(sitting.members), any(self.endorsed.values())
            return ToldPanel(size, endorsed, "changed", (), self.panel.version)
        telling = self.kept.telling()
        panels = PanelEffects(telling.effects, before_answers(self.panel), base.nominees, self.endorsed)
        return PanelTelling(telling, panels, self.small_cell, self.panel.version)


def before_answers(panel: KeptPanel) -> PanelRules:
    """Return the rules of a panel without what follows from answers and invitations."""
    holds = panel.holds
    return replace(
        panel.rules,
        locked=tuple(key for key in panel.rules.locked if key in {*holds.designated, *holds.by_hand}),
        barred=tuple(key for key in panel.rules.barred if key not in {*holds.left} - {*holds.kept_out}),
    )


def task_of(work: Work, key: str, small_cell: int, before: object = None) -> Task | None:
    """Return what is left for the public panel of a round; None where nothing is.

    `before` is as in `your_vote.service.task_of`. Problem: `result.uncounted`.
    """
    found = rounds.whole(work.session, key)
    waiting = your_vote.panels_waiting(work, found) if found is not None else {}
    if found is None or not waiting:
        return None
    kept = your_vote.kept_of(work, found)
    version = your_vote.told_version(work, found)
    panel = next(each for each in documents.every(work, found) if each.version == version)
    same = isinstance(before, Task) and (before.kept, before.panel) == (kept, panel)
    return Task(
        kept,
        panel,
        ground(work, found),
        ballots.endorsements(work.session, found.id),
        small_cell,
        waiting,
        before._telling if isinstance(before, Task) and same else None,  # noqa: SLF001 - of this class
    )
