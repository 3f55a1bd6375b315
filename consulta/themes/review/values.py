"""Proposed themes as the desk reviews them, and what goes on the ballot: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.ballot_themes import Placed
    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.rounds.values import RoundLine
    from consulta.themes.proposals.values import Step, ThemePhaseView, ThemeProposalLine


@dataclass(frozen=True, slots=True)
class PartCommand:
    """A part of a proposal that is split, in the language of the whole."""

    title: str
    why: str
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A proposed theme at the desk.

    `version` names its last step: a decision says which it saw. `supporters` are by name, its proposer left
    out.
    """

    proposal: ThemeProposalLine
    version: int
    merged: tuple[int, ...]  # numbers of those that end in it
    supporters: tuple[str, ...]
    steps: tuple[Step, ...]
    undo: str  # the kind of step that can be taken back now; empty where there is none
    stale: tuple[str, ...]  # languages whose translation is older than the last change of the words
    missing: tuple[str, ...]  # languages of the installation in which it has no title


@dataclass(frozen=True, slots=True)
class Choice:
    """What goes on the ballot: as it was chosen, or as it would be now (`at` is None).

    `hindrances` say why it cannot be chosen now; `seen` names all that was seen of the proposals.
    """

    at: datetime | None
    rule: str
    themes: int
    subregions: int
    placed: tuple[Placed, ...]
    seen: int
    hindrances: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    """The proposed themes of a round as the secretariat reviews them."""

    round: RoundLine
    phase: ThemePhaseView | None
    proposals: tuple[Reviewed, ...]
    waiting: int
    asked: int  # returned with a question that is not answered
    choice: Choice | None
    own: tuple[Text, ...]  # themes of the round that no member proposed
    untold: int  # organisations that have not been told what became of their proposals, and can be
    out_of_reach: tuple[str, ...]

    def find(self, number: int) -> Reviewed | None:
        """Return the proposal with this number, or None."""
        return next((each for each in self.proposals if each.proposal.number == number), None)

    @property
    def titles(self) -> Mapping[int, Text]:
        """Return the title of each proposal by its number."""
        return {each.proposal.number: each.proposal.title for each in self.proposals}
