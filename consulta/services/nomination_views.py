"""What the members' page and the desk show of proposals for the panel: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.services.nominations import NomineeCommand
    from consulta.services.views import NomineeRecord, RoundLine, ThemeLine

NominationState = Literal["waiting", "admitted", "declined", "merged"]


@dataclass(frozen=True, slots=True)
class Phase:
    """Until when members propose in a round; `until` is None where they never could."""

    until: datetime | None
    zone: str
    on: bool


@dataclass(frozen=True, slots=True)
class Proposal:
    """What somebody proposed, and what became of it; `organisation` is None for one of the secretariat's."""

    number: int
    said: NomineeCommand
    state: NominationState
    organisation: str | None
    contact: str
    proposed_at: datetime
    decided_at: datetime | None
    reason: str
    nominee: str | None  # the key of the nominee it became or was joined with
    nominee_name: str
    into: int | None  # the proposal it was joined with
    on_ballot: bool


@dataclass(frozen=True, slots=True)
class OwnProposals:
    """What an organisation has proposed for a round, and whether it may propose more."""

    round_key: str
    round_title: Text
    organisation: str
    example: bool
    before_vote: bool
    here: str  # the zone of the organisation's country
    phase: Phase
    room: int
    themes: tuple[ThemeLine, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """Somebody who may be the same: a nominee, by key, or another proposal that waits, by number."""

    target: str
    name: str
    institution: str
    country: str
    is_nominee: bool


@dataclass(frozen=True, slots=True)
class DeskProposal:
    """A proposal at the desk: who may be the same, who else proposed it, and what can be done."""

    proposal: Proposal
    alike: tuple[Alike, ...]
    also: tuple[str, ...]  # further organisations whose proposals were joined with it
    may_reconsider: bool
    told: bool  # whoever made it can be written to


@dataclass(frozen=True, slots=True)
class ProposalsDesk:
    """The proposals of a round as the secretariat sees them."""

    round: RoundLine
    phase: Phase
    waiting: int
    themes: tuple[ThemeLine, ...]
    nominees: tuple[NomineeRecord, ...]
    proposals: tuple[DeskProposal, ...]
    written: Mapping[str, int]  # state of the mails with a link to propose → how many
    unwritten: int  # contacts of a draft who have no such link, and could be written to
