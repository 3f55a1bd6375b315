"""Calls, and who is asked by them, as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.follow_up.values import RecommendationView, ReportView
    from consulta.follow_up_calls.rhythm import Rhythm
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class CallView:
    """A call: planned, due, sent or skipped."""

    number: int
    planned_on: str  # by the rhythm
    due_on: str  # as it was moved, or the same
    state: str  # "planned", "due", "sent" or "skipped"
    reason: str = ""
    answer_by: str = ""
    remind_on: tuple[str, ...] = ()
    reminded: tuple[tuple[str, int], ...] = ()  # days, and how many mails
    sent_at: datetime | None = None
    asked: int = 0  # organisations and institutions
    answered: int = 0


@dataclass(frozen=True, slots=True)
class Schedule:
    """The calls of a session, those that went and those to come."""

    round: RoundLine
    session: Text
    day: str  # of the session
    rhythm: Rhythm
    open: int  # recommendations that are followed
    calls: tuple[CallView, ...]
    asked: tuple[AskedLine, ...]  # by the last call that was sent

    @property
    def next(self) -> CallView | None:
        """The call that comes next; None where there is nothing to ask about."""
        return next((each for each in self.calls if each.state in {"planned", "due"}), None)

    @property
    def last_sent(self) -> CallView | None:
        """The last call that was sent."""
        return next((each for each in reversed(self.calls) if each.state == "sent"), None)


@dataclass(frozen=True, slots=True)
class AskedLine:
    """A person who was asked, what became of the mails, and whether there is an answer."""

    id: int
    side: str
    addressee: str
    addressee_name: Text
    organisation: str
    name: str
    email: str
    answered: bool
    at: datetime | None  # of the last answer
    mail: str  # how the last mail fares: "waiting", "sent", "failed", "cancelled"
    reason: str  # the code of why it was not sent
    mailed_at: datetime
    mails: int


@dataclass(frozen=True, slots=True)
class CallDay:
    """A day of a session's calls: of the next one (`planned`), or the last to answer one that was `sent`."""

    key: str
    number: int
    state: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DueCall:
    """A call that the secretariat may send now."""

    key: str
    title: Text
    number: int
    due_on: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of an addressee that was asked and has not answered: since when. It names no person."""

    addressee: str
    name: Text
    side: str
    asked_on: str


@dataclass(frozen=True, slots=True)
class OwnLine:
    """A recommendation as those see it who answer for an addressee."""

    recommendation: RecommendationView
    reported: ReportView | None  # what the government or agency reported last
    seen: tuple[ReportView, ...]  # what organisations see, the last of each
    mine: ReportView | None  # the last answer of the organisation or institution that is asked
    history: tuple[ReportView, ...]  # its earlier ones, too


@dataclass(frozen=True, slots=True)
class OwnAnswers:
    """What opens with the link of a call."""

    side: str
    addressee: str
    addressee_name: Text
    organisation: str
    name: str
    masked: str  # the address to which the link went, as far as others may read it
    session: Text
    key: str
    example: bool
    answer_by: str
    zone: str
    lines: tuple[OwnLine, ...]

    def line(self, reference: str) -> OwnLine | None:
        """Return the line of a recommendation, or None."""
        return next((each for each in self.lines if each.recommendation.reference == reference), None)

    @property
    def answered(self) -> int:
        """How many recommendations have an answer of those who are asked."""
        return sum(each.mine is not None for each in self.lines)
