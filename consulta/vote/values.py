"""A ballot and who has voted, as pages show it: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.core.counting.choice import Choice, Fault, Paper
    from consulta.core.texts import Text
    from consulta.rounds.values import Ending, RoundLine, ThemeLine
    from consulta.vote.changes.values import ChangeView
    from consulta.vote.lacking import Lacking
    from consulta.vote.questions import Question


@dataclass(frozen=True, slots=True)
class TurnoutLine:
    """A category of the roll: how many organisations it has, and how many of them have voted."""

    dimension: str
    key: str
    name: Text
    seats: int
    voted: int


@dataclass(frozen=True, slots=True)
class Person:
    """A contact who can be called or written to for a seat; without a telephone it is empty."""

    id: int
    name: str
    phone: str
    language: str


@dataclass(frozen=True, slots=True)
class SeatLine:
    """An organisation on the roll, and when it voted (None: not yet). Never how."""

    seat: str
    organisation: str
    categories: Mapping[str, str]  # in every dimension, the country too
    names: Mapping[str, Text]  # of these categories
    voted_at: datetime | None
    mark: str = ""  # "assisted", or "young": sent by a contact or from an address that is new
    people: tuple[Person, ...] = ()  # those with a telephone first


@dataclass(frozen=True, slots=True)
class Flag:
    """A reminder on a curve: when it was sent, or when it is planned or proposed."""

    at: datetime
    kind: Literal["sent", "planned", "proposed"]


@dataclass(frozen=True, slots=True)
class Curve:
    """How many organisations had voted at the end of each step, from the opening to the end of voting.

    `ends` are the ends of all steps; `voted` and `before` have as many values as steps that are over or under
    way. `before` are those of the round before, of `before_seats` organisations; empty where there is none.
    """

    opened: datetime
    ends: tuple[datetime, ...]
    days: int  # of a step
    seats: int
    voted: tuple[int, ...]
    before: tuple[int, ...]
    before_by_now: int  # after as long as this round is open, or was
    before_seats: int
    before_title: Text
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class Marking:
    """Of how many of the first `votes` at least `some` mark anyone for the panel, in steps of `step`."""

    some: int
    votes: int
    step: int

    @property
    def few(self) -> bool:
        """Return whether it may be less than a third."""
        return self.some * 3 < self.votes


@dataclass(frozen=True, slots=True)
class ParticipationView:
    """Who has voted, against the roll."""

    round: RoundLine
    seats: int
    voted: int  # abstentions included
    turnout: tuple[tuple[str, tuple[TurnoutLine, ...]], ...]
    curve: Curve
    abstained: int | None = None  # of those that voted; None while voting is open
    registered: int = 0  # of the seats, those of after the opening
    marking: Marking | None = None  # how many votes mark people for the panel; None where that is not told
    lacking: tuple[Lacking, ...] = ()  # categories that cannot carry their share yet, while voting is open


Answer = Literal["no_answer", "again", "will_vote", "assisted"]


@dataclass(frozen=True, slots=True)
class CallLine:
    """An organisation that has not voted: whom to call, why it comes where it does, and what calls came to.

    `silent` says, by dimension, how many organisations share its category, where none of them has voted.
    """

    seat: SeatLine
    organisation_id: int
    zone: str  # of its country
    earlier: int  # rounds before this one that had it on the roll
    earlier_voted: int
    silent: Mapping[str, int]
    answer: Answer | None  # of the last call
    note: str
    called_at: datetime | None
    called_by: str


@dataclass(frozen=True, slots=True)
class Order:
    """Where calls balance most.

    `short` has, by dimension, the categories that lack votes for their share. `silent` has, by dimension,
    the categories without any vote, with how many organisations each: the dimension that comes first in the
    order of calls first, and the country last. `places` has a place for every country of the roll, the first
    to call lowest; negative for one without any vote. `waiting` has by dimension the categories of
    organisations that have not voted.
    """

    short: Mapping[str, frozenset[str]]
    silent: Mapping[str, Mapping[str, int]]
    places: Mapping[str, int]
    waiting: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class CallCounts:
    """How many organisations that have not voted were never called, are to be called again, are done."""

    open: int
    again: int
    done: int


@dataclass(frozen=True, slots=True)
class MadeCall:
    """A call that was noted."""

    organisation: str
    contact: str
    phone: str
    staff: str
    answer: str
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SeatContact:
    """A contact who may vote for a seat, and since when their link works (None: they have none)."""

    id: int
    name: str
    email: str
    phone: str
    language: str
    link_since: datetime | None


@dataclass(frozen=True, slots=True)
class SentVersion:
    """That a version of a seat's ballot was sent: when, by which contact or by whom of the staff for whom."""

    version: int
    cast_at: datetime
    counts: bool
    assisted: bool
    sent_by: str
    entered_by: str
    requester: str
    reason: str
    young: bool = False  # sent by a contact, or from an address, that is new (`addresses.service`)
    excluded: bool = False  # taken out of the count after an objection


@dataclass(frozen=True, slots=True)
class SeatView:
    """One organisation in one round. Never how it voted."""

    round: RoundLine
    seat: SeatLine
    organisation_id: int
    takes_votes: bool
    contacts: tuple[SeatContact, ...]
    versions: tuple[SentVersion, ...]  # the newest first
    changes: tuple[ChangeView, ...] = ()  # of who may vote for it while the round is open


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nominee as a line on the ballot."""

    key: str
    name: str
    organisation: str
    role: str
    country: str
    language: str  # in which `about` is written
    about: str


@dataclass(frozen=True, slots=True)
class ListedBallot:
    """What can be chosen in a round, of no seat: to say in words what was entered in a session that ended."""

    paper: Paper
    themes: tuple[ThemeLine, ...]
    nominees: tuple[Candidate, ...]
    fields: Sequence[Mapping[str, Any]] = ()  # as `ballot_fields.of_round` has them


@dataclass(frozen=True, slots=True, kw_only=True)
class CastBallot:
    """A version of a seat's ballot as it was taken: when, and its receipt; `counts`: it is the current one.

    Staff entered it where `assisted`.
    """

    version: int
    choice: Choice
    receipt: str
    cast_at: datetime
    counts: bool
    assisted: bool = False
    young: bool = False  # sent by a contact, or from an address, that is new (`addresses.service`)
    abstains: bool = False  # it says nothing, on purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class SentBallot(CastBallot):
    """The same, with who sent it; where staff entered it, that is the person who asked for that.

    Where it is not `readable` its reader came later: it has no choice and no receipt.
    """

    sent_by: str
    readable: bool = True


@dataclass(frozen=True, slots=True)
class BallotView:
    """A seat's ballot: question, themes in the order of this seat, and the vote that counts so far."""

    round_key: str
    title: Text
    question: Text
    state: str
    secrecy: str
    example: bool
    zone: str  # the secretariat's, in which the deadline was promised
    here: str  # the zone of the seat's country
    closes_at: datetime
    promised_at: datetime | None  # the end promised at the opening, where it was moved since
    ended_at: datetime | None  # None while votes are taken, and in a cancelled round
    takes_votes: bool
    seat: str
    organisation: str
    paper: Paper
    balance: tuple[str, ...]  # the dimensions whose voices the weights balance
    themes: tuple[ThemeLine, ...]
    nominees: tuple[Candidate, ...]
    current: SentBallot | None
    nominations_until: datetime | None = None  # while members may propose for the panel
    ending: Ending | None = None  # None while the round is not closed, and in a cancelled one
    # Thousandths of a theme's score that its objectives make; 0 where they decide nothing.
    objective_share: int = 0
    excluded: bool = False  # the vote was taken out of the count after an objection
    restored: int = 0  # the version taken out in whose place `current` counts again; 0 where none was
    # Where ballots are public without names: how many seats have its base and categories, its country too
    # where countries are not joined; and of how many ballots a country stands by itself.
    alike: int | None = None
    joined_below: int | None = None
    added: tuple[str, ...] = ()  # the dimensions of its roll that an installation added
    fields: Sequence[Mapping[str, Any]] = ()  # as `ballot_fields.of_round` has them
    questions: int = 0  # asked on a page of their own after the vote; 0 before it


@dataclass(frozen=True, slots=True)
class EarlierVote:
    """What the same organisation voted in the last round that ended: its title and the order of themes."""

    title: Text
    ranking: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class PaperBallot:
    """A seat's ballot to be filled in by hand; `language` is that in which its organisation is written to."""

    ballot: BallotView
    country: Text
    language: str
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True, slots=True)
class PaperView:
    """Ballots to be printed; `roll`: the names of all organisations that have one, in its order."""

    round: RoundLine
    ballots: tuple[PaperBallot, ...]
    roll: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Entries checked before they are sent: the choice they give, and their faults."""

    ballot: BallotView
    choice: Choice
    faults: tuple[Fault, ...]
    closed_up: bool  # the places had gaps


@dataclass(frozen=True, slots=True)
class Late:
    """A vote that came when none are taken any more: it was not recorded."""

    ballot: BallotView
