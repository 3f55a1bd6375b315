"""Changes of who may vote as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.core.texts import Text

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.rounds.addresses import Told
    from consulta.rounds.values import RoundLine


WAIT = timedelta(hours=24)  # unless the installation sets another
CONFIRMED_WAIT = timedelta(hours=2)  # after the notices left, where a second person confirms


@dataclass(frozen=True, slots=True)
class Asked:
    """Why a change is asked for, and how long others have to object.

    `words` has the reason in each language in which it was written, where the public reads it. `by` is who
    asked, by number, where another person confirmed that: else the actor did.
    """

    reason: str
    wait: timedelta = WAIT
    words: Text = field(default_factory=lambda: Text({}))
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Stood:
    """How a contact stood before it was changed."""

    access: bool
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A change or a late registration, decided or not, as desk and scrutineers see it."""

    number: int
    round_key: str
    zone: str  # of the round
    seat: str  # empty until a late registration takes effect
    organisation: str
    organisation_id: int
    reason: str
    asked_by: str
    own: bool  # asked for by the person who looks at it
    asked_at: datetime
    due_at: datetime
    state: str
    told: int  # addresses or scrutineers to whom a notice was handed over
    telling: int  # whose notice still waits
    needs_second: bool  # a second person must confirm: it was objected to or stopped, or no notice arrived
    too_late: bool  # the wait ends after the voting
    stopped_by: str  # the scrutineer who stopped it, and why
    stopped: str
    confirmed_at: datetime | None  # by a second person; it waits until two hours after the notices left
    decided_at: datetime | None
    decided_how: str
    decided_by: str
    decision: str

    @property
    def undecided(self) -> bool:
        """Return whether it can still be decided."""
        return self.state in {"waiting", "objected", "stopped"}

    @property
    def is_confirmed(self) -> bool:
        """Return whether a second person confirmed it and it still waits."""
        return self.undecided and self.confirmed_at is not None


def ready_at(asked_at: datetime, told: Told) -> datetime:
    """Return when what a second person confirms takes effect at the earliest, if no notice is still queued.

    That is two hours after the last notice left, or after it was asked for, where none could be delivered.
    """
    return max(asked_at, told.last or asked_at) + CONFIRMED_WAIT


def is_confirmed_and_ready(
    confirmed_at: datetime | None, asked_at: datetime, told: Told, now: datetime
) -> bool:
    """Return whether a second person confirmed a change or a late registration, and its two hours are over.

    They are not while a notice is still queued; one that could not be delivered does not hold it up.
    """
    return confirmed_at is not None and not told.waiting and ready_at(asked_at, told) <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView(Waiting):
    """A change of who may vote."""

    contact: str
    kind: str
    address: str
    before: str
    objected_at: datetime | None
    objected_by: str
    objection: str


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """The changes of a round: what waits, and what was decided."""

    round: RoundLine
    waiting: tuple[ChangeView, ...]
    decided: tuple[ChangeView, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An organisation without a seat in an open round, and how many of its contacts could vote."""

    id: int
    name: str
    country: str
    contacts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationView(Waiting):
    """A late registration."""

    words: Text  # the reason by language
    stopped_at: datetime | None
    withdrawn_at: datetime | None  # when its seat was withdrawn, before a vote
    withdrawal: Text  # why, by language
    can_be_withdrawn: bool  # its seat has sent no vote, and the round takes votes


@dataclass(frozen=True, slots=True)
class RegistrationsPage:
    """The late registrations of a round, and the organisations for which one could be asked."""

    round: RoundLine
    waiting: tuple[RegistrationView, ...]
    decided: tuple[RegistrationView, ...]
    candidates: tuple[Candidate, ...]
    takes_more: bool  # the round takes votes
    scrutineers: int
    has_second: bool  # another person of the secretariat could confirm


@dataclass(frozen=True, slots=True)
class Question:
    """What the reader of a notice is asked about a change."""

    organisation: str
    title: Text
    example: bool
    contact: str
    kind: str
    address: str
    before: str
    reason: str
    due_at: datetime
    closes_at: datetime
    zone: str
    here: str
    state: str
    decided_how: str
    may_accept: bool
    answered: str
