"""Nominees as the desk shows and edits them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consulta.rounds.values import RoundLine, ThemeLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.panel.proposals.values import Proposal
    from consulta.panel.values import Designation, Remembered
    from consulta.rounds.values import Phase, RoundLine, ThemeLine


@dataclass(frozen=True, slots=True)
class NomineeRecord:
    """A nominee with everything that is known of them, as the desk edits it."""

    key: str
    name: str
    organisation: str
    role: str
    country: str
    sector: str
    gender: str | None
    language: str
    email: str
    topics: tuple[str, ...]
    recent: int
    support: int | None
    kind: str = "person"
    about: str = ""
    delegate: str = ""
    languages: tuple[str, ...] = ()
    address_form: str = ""
    speaks_for: tuple[str, ...] = ()
    consent_contact: bool = False
    consent_listed: bool = False
    consent_governments: bool = False
    government: str = ""  # code of a State, number of a local government
    origin: str = "secretariat"
    on_ballot: bool = True
    designation: Designation | None = None
    editable: bool = True  # wholly: it stands neither on a ballot nor on a panel that was kept
    proposed_by: tuple[str, ...] = ()  # the organisations that proposed this nominee, each once
    remembered: tuple[Remembered, ...] = ()  # on which of the last panels they sat, or their institution


@dataclass(frozen=True, slots=True)
class NomineesView:
    """The nominees of a round, with the themes that they may be proposed for."""

    round: RoundLine
    themes: tuple[ThemeLine, ...]
    nominees: tuple[NomineeRecord, ...]


@dataclass(frozen=True, slots=True)
class Alike:
    """A possible duplicate: a nominee, by key, or another waiting proposal, by number."""

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
    untold: int  # organisations that have not been told what became of their proposals, and can be
    out_of_reach: tuple[str, ...]  # those that cannot be told by mail


@dataclass(frozen=True, slots=True)
class Institution:
    """The institution of a government, and whom a mail to it addresses; the latter may be empty."""

    name: str
    contact: str
    email: str
    language: str
