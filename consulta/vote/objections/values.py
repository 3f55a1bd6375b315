"""Objections as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.rounds.ballots.queries.exclusions import Numbers
    from consulta.rounds.values import RoundCard, RoundLine

Claim = Literal["not_ours", "missing", "other"]
State = Literal["open", "withdrawn", "asked", "upheld", "rejected"]


@dataclass(frozen=True, slots=True)
class Appearance:
    """How an organisation appears after the closing; without a receipt it did not vote."""

    receipt: str = ""
    cast_at: datetime | None = None
    sender: str = ""
    assisted: bool = False
    young: bool = False  # sent by a contact or from an address that is new
    excluded: bool = False  # taken out of the count since
    restored: bool = False  # the last vote that the organisation had sent itself counts in its place
    own_behind: bool = False  # there is such a vote, which counts if this one is taken out
    abstains: bool = False  # what was recorded is an abstention

    @property
    def voted(self) -> bool:
        """Return whether a vote was recorded at the closing."""
        return bool(self.receipt)


@dataclass(frozen=True, slots=True)
class ObjectionLine:
    """One objection, what it is about and what was decided."""

    number: int
    seat: str
    organisation: str
    claim: Claim
    appears: Appearance
    address: str
    at_opening: bool  # that address was on file when the round opened
    who: str
    text: str
    state: State
    reason: str
    asker: str
    asker_id: int | None
    decider: str
    made_at: datetime
    decided_at: datetime | None
    alone: bool = False  # upheld by one person, since there was no second one
    mine: bool = False  # made by the link with which the page is open

    @property
    def takes_out(self) -> bool:
        """Return whether upholding the objection takes a ballot out of the count."""
        return self.claim == "not_ours"


@dataclass(frozen=True, slots=True)
class ObjectionsView:
    """The objections of a round at the desk."""

    round: RoundLine
    until: datetime | None
    over: bool  # no objection can be made any more
    numbers: Numbers
    lines: tuple[ObjectionLine, ...]
    stale: bool  # a ballot was taken out and the ballots were not counted again since
    second: bool  # upholding one takes two people
    contradicted: frozenset[int]  # objections of organisations that sent more than one


@dataclass(frozen=True, slots=True)
class ObjectionDoor:
    """What the reader of a closing mail sees by its link."""

    card: RoundCard
    question: Text
    organisation: str
    reader: str
    zone: str
    appears: Appearance
    until: datetime
    over: bool
    lines: tuple[ObjectionLine, ...]  # of the organisation, the oldest first


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a result waits for before it may be published."""

    until: datetime | None
    over: bool
    numbers: Numbers
    stale: bool
    recounted: bool  # there is a count before the newest one
    mails: int  # closing mails that have not left yet
    unseen_by: tuple[str, ...]  # the witnesses at the closing, by organisation, where none signed it since

    @property
    def ready(self) -> bool:
        """Return whether the result may be published now, with a reason if objections are undecided."""
        return self.over and not self.stale and not self.numbers.asked
