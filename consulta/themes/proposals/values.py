"""Proposals of themes as pages show them, for members, the public and the desk: frozen values, no rows.

The states of a proposal (`State`):

- `submitted`: waits for the secretariat; its proposer may change it or take it back while the phase is on.
- `returned`: the secretariat asked a question (`question`); the proposer's answer (`answer`) puts it back to
  `submitted`, and may change its words.
- `admitted`: accepted as a candidate; on the ballot once `theme` is the key of a theme of the round.
- `declined`: not accepted, with a public `reason`.
- `merged`: joined with the proposal `into`, whose support then counts the organisations of both.
- `split`: replaced by its `parts`, which are proposals of their own with `part_of`.
- `withdrawn`: taken back by its proposer; shown to no one else, and its supports are free again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.core.wording import Piece

State = Literal["submitted", "returned", "admitted", "declined", "merged", "split", "withdrawn"]
Shown = Literal["at_once", "at_end"]
Rule = Literal["support", "secretariat"]
Stage = Literal["planned", "open", "over"]


@dataclass(frozen=True, slots=True)
class ThemePhaseView:
    """The phase of proposing themes of a round: its hours and its rules, which its opening froze.

    `rule` is `support` where the `themes` most supported ones go on the ballot that have support from at
    least `subregions` subregions, and `secretariat` where the secretariat chooses, with reasons. `shown`
    says when members see the proposals of others.
    """

    stage: Stage
    zone: str
    opens_at: datetime | None  # when it is to open by itself
    opens_local: str | None
    closes_at: datetime
    closes_local: str
    promised_at: datetime | None  # the end that was promised first, where it was moved since
    opened_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    shown: Shown
    supports: int  # how many a member may support; 0: none
    most: int  # proposals of one organisation
    rule: Rule
    themes: int
    subregions: int

    @property
    def on(self) -> bool:
        """Return whether members can propose now."""
        return self.stage == "open"


@dataclass(frozen=True, slots=True)
class Backing:
    """Who stands behind a proposal: its proposer and supporters, with those of what was merged into it."""

    organisations: int
    subregions: int
    by_subregion: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Translation:
    """Who translated the words of a proposal into a language, and when."""

    language: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """Words that the secretariat changed: what of title and reason is the same, taken out, and put in."""

    at: datetime
    by: str
    language: str
    title: tuple[Piece, ...]
    why: tuple[Piece, ...]
    objectives: tuple[tuple[int, ...], tuple[int, ...]]  # before and after


@dataclass(frozen=True, slots=True)
class ThemeProposalLine:
    """A proposed theme with its state, for eyes that may know who proposed it.

    Countries and populations are those of what was merged into it, too. `end` is the number of the proposal
    in which its merges end. `why_not` is a code of why an admitted one is not on the ballot, once that is
    chosen (`core.ballot_themes.Why`), and `not_taken` the secretariat's reason where the secretariat chose.
    """

    id: int
    number: int  # in its round
    reference: str
    organisation_id: int
    organisation: str
    country: str
    contact: str
    language: str  # in which it was written
    title: Text
    why: Text
    objectives: tuple[int, ...]
    countries: tuple[str, ...]
    populations: tuple[str, ...]
    state: State
    reason: Text
    question: str
    answer: str
    into: int | None  # the number of the proposal it was merged into
    part_of: int | None  # the number of the one that it is a part of
    parts: tuple[int, ...]
    theme: str | None  # the key of its theme in the round
    end: int | None
    why_not: str
    not_taken: Text
    changes: tuple[Change, ...]
    backing: Backing
    translations: tuple[Translation, ...]
    proposed_at: datetime
    decided_at: datetime | None
    reworded: bool = False  # the secretariat changed its words


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proposal, with who did it by name; `kind` as in `ThemeProposalEvent`."""

    id: int
    kind: str
    state: State
    at: datetime
    by: str
    language: str  # into which it was translated
    into: int | None  # id of the one with which it was merged, and of that which was named
    asked: int | None


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of who stands behind a proposal; `fewer` is set where the exact numbers are not told."""

    organisations: int | None
    subregions: int | None
    fewer: int | None = None  # the organisations are fewer than this


@dataclass(frozen=True, slots=True)
class OtherTheme:
    """A proposal for eyes that may not know who proposed it: other members and the public."""

    number: int
    language: str
    title: Text
    why: Text
    objectives: tuple[int, ...]
    countries: tuple[str, ...]
    populations: tuple[str, ...]
    state: State
    reason: Text
    into: int | None
    part_of: int | None
    parts: tuple[int, ...]
    theme: str | None
    end: int | None
    why_not: str
    not_taken: Text
    changes: tuple[Change, ...]
    told: Told
    authors: tuple[str, ...]  # names, in rounds with names alone
    translations: tuple[Translation, ...]
    reworded: bool
    supported: bool = False  # by the organisation that looks
    mine: bool = False  # of that organisation


@dataclass(frozen=True, slots=True)
class OwnThemes:
    """What an organisation proposed and supports, and what it sees of others."""

    round_key: str
    round_title: Text
    organisation: str
    example: bool
    secrecy: str
    here: str  # the zone of the organisation's country
    phase: ThemePhaseView
    room: int
    supports_left: int
    proposals: tuple[ThemeProposalLine, ...]
    seen: bool  # whether the proposals of others are seen now
    others: tuple[OtherTheme, ...]
    draft: bool


@dataclass(frozen=True, slots=True)
class PublicThemes:
    """The proposals of a round as the public sees them, once the phase is over."""

    round_key: str
    round_title: Text
    example: bool
    zone: str
    secrecy: str
    phase: ThemePhaseView
    proposals: tuple[OtherTheme, ...]
    supporters: tuple[int, int] | None  # organisations that proposed or supported, and their subregions
    own_themes: tuple[Text, ...]  # themes of the round that no member proposed: the secretariat's own
