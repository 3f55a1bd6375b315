"""Rounds as pages show them: frozen values, no rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence  # noqa: TC003 - `typed` reads the hints when the program runs
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Literal

from consulta.core.texts import Text

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.values import Rules


A_MINUTE = 60
PhaseStage = Literal["planned", "open", "over"]


@dataclass(frozen=True, slots=True)
class RoundCard:
    """A round as a line on the home page."""

    key: str
    title: Text
    state: str
    closes_at: datetime
    zone: str
    seats: int
    countries: int
    example: bool
    has_panel: bool
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class HomeView:
    """The rounds that the public knows of: open, being counted, published (newest first)."""

    open: tuple[RoundCard, ...]
    closed: tuple[RoundCard, ...]
    published: tuple[RoundCard, ...]


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme with its objectives, as a reader meets it.

    `backing` says who proposed it, as it may be told: `organisations` and `subregions`, or that they are
    `fewer` than a number; empty for a theme that no member proposed.
    """

    key: str
    title: Text
    description: Text
    objectives: tuple[int, ...]
    backing: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Witness:
    """A scrutineer as the public reads of them."""

    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class DeadlineMove:
    """That the end of an open round was moved: when, from where to where, and why."""

    at: datetime
    before: datetime
    after: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Reopening:
    """That a round was opened again: when, when it had been closed by mistake, until when, and why."""

    at: datetime
    closed_at: datetime
    after: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Registered:
    """That an organisation was registered after the opening: its number, counted from 1, when, and why."""

    number: int
    at: datetime
    reason: Text
    withdrawn_at: datetime | None = None  # before a vote; the organisation stays on the roll and cannot vote
    withdrawal: Text | None = None  # why


@dataclass(frozen=True, slots=True)
class Ending:
    """How voting ended: when the round was closed, until when it was promised, and the reason given."""

    closed_at: datetime
    promised_at: datetime
    reason: str

    @property
    def early(self) -> bool:
        """Return whether voting ended earlier than promised."""
        return self.closed_at < self.promised_at

    @property
    def at(self) -> datetime:
        """Return the last moment at which a vote could be sent.

        After the deadline no vote is taken, whether the round is closed or not.
        """
        return min(self.closed_at, self.promised_at)

    @property
    def closed_later(self) -> bool:
        """Return whether the round was closed a minute or more after the deadline."""
        return (self.closed_at - self.promised_at).total_seconds() >= A_MINUTE


@dataclass(frozen=True, slots=True)
class PublicRound:
    """What a round asks, of whom, until when and under which frozen rules."""

    card: RoundCard
    question: Text
    themes: tuple[ThemeLine, ...]
    rules: Rules
    voters: Mapping[str, Sequence[str]]  # dimension -> categories; empty: all members
    nominees: int
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    scrutineers: tuple[Witness, ...]
    commitment: str
    package_sha256: str
    opened_at: datetime
    moves: tuple[DeadlineMove, ...]
    public_source: Text  # of the value that becomes part of the seed, if one was announced
    public_at: datetime | None
    public_value: str
    nominations_until: datetime | None = None  # while members may propose for the panel
    ending: Ending | None = None  # None while voting has not ended
    objections_until: datetime | None = None  # of a closed round: the result is not published before
    reopened: tuple[Reopening, ...] = ()
    registered: tuple[Registered, ...] = ()  # after the opening


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round as the secretariat's list shows it; `step` names the next thing to do."""

    id: int
    key: str
    title: Text
    state: str
    closes_at: datetime
    zone: str
    example: bool
    themes: int
    nominees: int
    seats: int
    ballots: int  # organisations that sent a vote or abstained on purpose
    links: int  # contacts who have a personal link that opens a ballot now
    counted: bool
    panel_chosen: bool
    panel_public: bool  # the newest panel is the published one
    proposals: int  # of members for the panel, which wait
    guests: int  # on the list of invitations
    unanswered: int  # of them, those who were asked and have not answered
    accepted: int  # of them, those who accepted
    declined: int  # of them, those who declined and keep a place free
    session_cancelled: bool  # and no other is written down
    mail_waiting: int  # messages
    undelivered: int  # contacts whom mail does not reach, while that matters
    opens_at: datetime | None  # when a draft is to open by itself
    opening_refused: bool  # it was to, and something kept it from that
    opens_agreed: bool  # two persons agreed on that: a change of the draft gives it up
    session_starts: datetime | None  # of the session for which it chooses, unless that was cancelled
    step: str
    objections_until: datetime | None = None  # of a closed round: nothing is published before
    closing_waits: int = 0  # closing mails that have not left
    objections: int = 0  # made after the closing, without those withdrawn
    undecided: int = 0  # of these, how many wait for a decision
    stale: bool = False  # a ballot was taken out and the ballots were not counted again since
    panel_void: bool = False  # the panel was chosen on an earlier count
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    published_at: datetime | None = None
    session_ends: datetime | None = None  # of the session that takes place
    panel_published: bool = False  # some panel is public, perhaps an earlier one
    factsheet_public: bool = False
    reminders: int = 0  # planned, or sent to any contact
    proposing: PhaseStage | None = None  # of the last phase in which members propose; None where none is
    proposing_opens_at: datetime | None = None  # when it is to open by itself
    proposing_closes_at: datetime | None = None  # when it ends, or ended
    proposes_people: bool = False  # people are proposed in it now
    asks_themes: bool = False  # members propose themes, or did
    theme_waiting: int = 0  # proposed themes of a draft that the secretariat has not decided
    theme_proposals: int = 0  # without those that were taken back
    questions: int = 0  # asked beside the ranking
    overdue: int = 0  # agreements of the session whose day is past and that are not done
    result_seen_at: datetime | None = None  # by any person, first
    followed: int = 0  # recommendations of the session that are public and not withdrawn
    came: int = 0  # people of the panel of whom it is written down that they took part in the session

    @property
    def ended_at(self) -> datetime | None:
        """Return the last moment at which a vote could be sent; None while voting is not closed."""
        return min(self.closed_at, self.closes_at) if self.closed_at is not None else None


@dataclass(frozen=True, slots=True)
class RoundOverview:
    """A round for its own page at the desk, with its texts in all languages (some may be empty)."""

    line: RoundLine
    title: Text
    question: Text
    closes_local: str
    promised_at: datetime | None  # the end promised at the opening, where it was moved since
    rules: Rules
    voters: Mapping[str, Sequence[str]]  # dimension -> categories; empty: all members
    objection_hours: int | None  # None: as in the installation
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    public_source: Text  # of the public value that was announced, if any
    public_local: str
    commitment: str
    package_sha256: str
    opened_at: datetime | None
    closed_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ThemesView:
    """The themes of a round in their order, and whether they may still change."""

    round: RoundLine
    themes: tuple[ThemeLine, ...]


@dataclass(frozen=True, slots=True)
class LogLine:
    """An act as the log keeps it, with who did it by name; `details` are what a sentence about it needs."""

    at: datetime
    role: str
    who: str
    action: str
    details: Mapping[str, object]
    names: Mapping[str, Text]  # detail → the name of what its number or key means, where that is known


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase in which members propose: its hours, what is asked for, and the rules for themes.

    `rule` is `support` where the `themes` most supported ones go on the ballot that have support from at
    least `subregions` subregions, and `secretariat` where the secretariat chooses, with reasons. `shown`
    says when members see the themes of others.
    """

    stage: PhaseStage
    zone: str
    opens_at: datetime | None  # when it is to open by itself
    closes_at: datetime
    promised_at: datetime | None  # the end that was promised first, where it was moved since
    opened_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    for_themes: bool
    for_people: bool
    shown: Literal["at_once", "at_end"]
    supports: int  # how many themes of others an organisation may support; 0: none
    most: int  # themes that one organisation may propose
    rule: Literal["support", "secretariat"]
    themes: int
    subregions: int

    @property
    def on(self) -> bool:
        """Return whether members can propose now."""
        return self.stage == "open"


Ranking = tuple[tuple[Text, ...], ...]
"""Tiers of themes by title, best first."""


@dataclass(frozen=True, slots=True)
class HeadView:
    """The log as it stood at a moment: how many rows, and the root over all of them."""

    size: int
    root: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The row of a vote in the log, the first signed head that covers it, and the witnesses that hold it."""

    row: int
    size: int
    at: datetime
    holders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """How many ballots put first a theme of each third of their page; and if that made no difference."""

    stood: tuple[int, ...]
    expected: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ObjectionNumbers:
    """What the row of a publication says of objections: how long they could be made, what became of them."""

    hours: int
    made: int
    withdrawn: int
    rejected: int
    upheld: int
    undecided: int
    excluded: int  # ballots that the published count leaves out
    restored: int  # of the ballots left out, those in whose place an earlier one counts
    alone: int  # of those upheld, by one person of the secretariat


@dataclass(frozen=True, slots=True)
class ObjectionFacts(ObjectionNumbers):
    """What a publication said of objections."""

    because: str = ""  # why it was published though some were undecided


@dataclass(frozen=True, slots=True)
class TrustFacts:
    """What a published round says of itself so that others can check it; numbers are those of the log."""

    key: str
    complete: bool  # the public archive holds every ballot
    ballots: int
    replaced: int  # versions that a later one took the place of
    assisted: int  # entered by the secretariat for a member
    late: int  # organisations whose vote came after the end and was refused
    head: HeadView
    bundle_sha256: str
    result_sha256: str | None  # None where its figures are not public
    archive_sha256: str
    archive_size: int
    code_version: str
    moves: tuple[DeadlineMove, ...]  # of the end of voting
    objections: ObjectionFacts
    electorate: ElectorateNumbers
    order: OrderFacts | None = None  # None where it may not be told
    ending: Ending | None = None  # of the voting
    # By subregion: votes entered by the secretariat, and by contacts of after the opening.
    marked: tuple[tuple[Text, int, int], ...] = ()
    compared: bool = False  # an earlier round was opened: addresses of the last 30 days are marked too
    abstained: int | None = 0  # organisations; None where the number would tell which
    reopened: tuple[Reopening, ...] = ()
    registered: tuple[Registered, ...] = ()  # after the opening

    @property
    def file_name(self) -> str:
        """Return the file name of the archive for downloads."""
        return archive_name(self.key)


def archive_name(key: str, *, complete: bool = False) -> str:
    """Return the file name of a round's archive: the public one, or the complete one for few readers."""
    return f"consulta-{key}-completo.zip" if complete else f"consulta-{key}.zip"


@dataclass(frozen=True, slots=True)
class VerifyView:
    """What the page on checking needs."""

    card: RoundCard
    facts: TrustFacts
    rows: int | None = None  # under the head that the reader brought; None where the log never had that head


@dataclass(frozen=True, slots=True)
class Member:
    """An organisation on the public roll of a round."""

    name: str
    categories: Mapping[str, str]  # in every dimension, the country too
    base: int


@dataclass(frozen=True, slots=True)
class RollView:
    """The roll of a round for its reader, and the digest of its file in the log."""

    card: RoundCard
    shown: str | None  # "public" or "members"
    members: tuple[Member, ...] | None  # None where the reader may not see the names
    # By dimension, but for countries: how many there are of each category, "" for small ones together.
    numbers: tuple[tuple[str, tuple[tuple[str, int], ...]], ...]
    sha256: str | None
    registered: tuple[Registered, ...] = ()  # of them, those of after the opening


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A counted ballot by its code; `ranking` is empty where ballots are not public."""

    code: str
    ranking: Ranking = ()
    organisation: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptsView:
    """The codes of the ballots that count, in an order that tells nothing; `shown`: with what they say."""

    card: RoundCard
    shown: bool
    total: int
    lines: tuple[ReceiptLine, ...]  # none where there are too many for a page


@dataclass(frozen=True, slots=True)
class LookedUp:
    """What became of the vote with a code: counted, replaced by a later one, taken out after an objection.

    Or it is an abstention that no vote replaced. Or unknown, or no code at all.
    """

    code: str | None
    state: Literal[
        "counted", "replaced", "excluded", "abstained", "abstention_out", "altered", "unknown", "malformed"
    ]
    ranking: Ranking = ()  # none where the reader may not see it


@dataclass(frozen=True, slots=True)
class MarkedVotes:
    """Votes of a subregion that count and were assisted, young, or objected to."""

    assisted: int
    young: int
    objected: int


@dataclass(frozen=True, slots=True)
class ElectorateNumbers:
    """Numbers of a round's publication about who could vote.

    `young` counts the votes that count and were sent from an address that could not vote at the opening or,
    where an earlier round was opened, 30 days before it; `objected` those of them whose change met with an
    objection. `by_subregion` has, for each subregion, the numbers of assisted, young and objected votes. It
    is empty if any of these numbers is small and not 0, or if so many organisations of a subregion have a
    marked vote that too few are left.
    """

    assisted: int
    young: int
    objected: int
    contacts_added: int
    contacts_changed: int
    contacts_ended: int
    changes_objected: int
    changes_done: int
    links_again: int
    last_hour: int
    by_subregion: Mapping[str, MarkedVotes]
    links_shown: int  # handed out by the secretariat as a file, or by a command

    def told(self) -> dict[str, object]:
        """Return the numbers as the row of the publication has them."""
        return asdict(self)
