"""What the members' page and the desk show of proposals for the panel: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.rounds.values import Phase, ThemeLine

NominationState = Literal["waiting", "admitted", "declined", "merged"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A proposal and its outcome; `organisation` is None for one of the secretariat's."""

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
class ContactCommand:
    """How to reach a nominee and speak to them, for whom they speak and to what they agreed.

    Nothing of it stands on the ballot: it can be put right at any time. `government` is the State (its code)
    or the local government (its number) of which the nominee is, empty for none.
    """

    email: str = ""
    language: str = ""  # empty: the first of the installation
    languages: tuple[str, ...] = ()
    address_form: str = ""
    delegate: str = ""
    speaks_for: tuple[str, ...] = ()
    consent_contact: bool = False
    consent_listed: bool = False
    consent_governments: bool = False
    government: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NomineeCommand(ContactCommand):
    """A nominee as proposed; no topics means any topic, no gender means that the person did not say.

    `language` is the one to write in, `languages` those that the person speaks. `organisation` is where the
    person belongs, `speaks_for` those who sent them. An institution may name a `delegate` later.
    """

    name: str
    organisation: str
    role: str
    country: str
    sector: str
    gender: str | None = None
    topics: tuple[str, ...] = ()
    recent: int | None = None  # none: as this tool remembers
    support: int | None = None
    kind: str = "person"
    about: str = ""  # one line on who it is, for those who vote
