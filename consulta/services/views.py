"""What services hand out: frozen values, finished for a page or a file, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.bundle import PanelRules, Rules
    from consulta.core.choice import Choice, Fault, Paper
    from consulta.core.invitations import Invited
    from consulta.core.problems import Problem
    from consulta.core.texts import Text
    from consulta.services.access_changes import ChangeView
    from consulta.services.members_meanings import Offer
    from consulta.services.members_sheets import SheetLine
    from consulta.services.memory import Remembered
    from consulta.services.objection_views import ObjectionLine


A_MINUTE = 60


@dataclass(frozen=True, slots=True)
class StaffView:
    """A member of staff, without anything secret."""

    id: int
    email: str
    name: str
    role: str
    active: bool


# -- what anybody may read


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


@dataclass(frozen=True, slots=True)
class HomeView:
    """The rounds that the public knows of: open, being counted, published (newest first)."""

    open: tuple[RoundCard, ...]
    closed: tuple[RoundCard, ...]
    published: tuple[RoundCard, ...]


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """A theme with its objectives, as a reader meets it."""

    key: str
    title: Text
    description: Text
    objectives: tuple[int, ...]


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
class Ending:
    """How voting ended: when the round was closed, until when it was promised, and the reason given."""

    closed_at: datetime
    promised_at: datetime
    reason: str

    @property
    def early(self) -> bool:
        """Whether it ended earlier than promised."""
        return self.closed_at < self.promised_at

    @property
    def at(self) -> datetime:
        """When the last vote could be sent: none is taken after the deadline, closed or not."""
        return min(self.closed_at, self.promised_at)

    @property
    def closed_later(self) -> bool:
        """Whether the round was closed a minute or more after the deadline."""
        return (self.closed_at - self.promised_at).total_seconds() >= A_MINUTE


@dataclass(frozen=True, slots=True)
class PublicRound:
    """What a round asks, of whom, until when and under which frozen rules."""

    card: RoundCard
    question: Text
    themes: tuple[ThemeLine, ...]
    rules: Rules
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
    early: bool = False  # opened by a version that did not keep every address on file


# -- the result: see result_views.py for the rest


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category of the roll: who could vote, who did, and what its ballots counted for before and after."""

    dimension: str
    key: str
    name: Text
    seats: int
    ballots: int
    share: float
    weighted: float
    target: float | None
    silent: bool
    folded: int = 0  # how many small categories this line stands for


# -- the panel


@dataclass(frozen=True, slots=True)
class Designation:
    """An act outside of this tool that sent somebody to the panel: whose, on which day, by what decision."""

    by: str
    on: str  # "2027-03-05"
    act: str


@dataclass(frozen=True, slots=True)
class NomineeLine:
    """A nominee as the panel's pages show one; `gender` is for the secretariat's eyes only."""

    key: str
    name: str
    organisation: str
    role: str
    role_name: Text
    country: Text
    subregion: Text
    sector: Text
    gender: Text | None
    support: int
    recent: int
    in_pool: bool
    codes: Mapping[str, str]  # role, subregion, country and sector by key
    languages: tuple[str, ...] = ()  # that the person speaks, else that of the letters
    listed: bool = False  # agreed to be on lists for those who take part
    designation: Designation | None = None


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the panel: what it asks, how many the panel has and who, how many the pool could give."""

    kind: str  # size, role, quota, share, at_most, mixed
    attribute: str
    value: Text
    have: int | None  # none where no panel could be chosen
    low: int
    high: int | None
    percent: int | None
    hard: bool
    ok: bool
    pool: int
    who: tuple[str, ...] = ()  # names of the members that it counts
    was: int | None = None  # how many the panel had before a change that is being tried


@dataclass(frozen=True, slots=True)
class GivingRow:
    """A rule that gives way in the smallest relaxation: by how many people, and what is possible then."""

    rule: RuleRow
    possible: int
    by: int


@dataclass(frozen=True, slots=True)
class PanelJudgement:
    """What people decided by hand in a version of the panel, as far as it is in force: who came and who left
    by it, who is held or kept out, which rules gave way, why.

    `best_support` is that of the best panel of the round's own rules; none where these allow no panel.
    """

    version: int
    came: tuple[NomineeLine, ...]
    left: tuple[NomineeLine, ...]
    held: tuple[NomineeLine, ...]
    kept_out: tuple[NomineeLine, ...]
    overridden: tuple[RuleRow, ...]
    reason: str
    role: str  # of the member of staff: no name
    at: datetime
    best_support: int | None


@dataclass(frozen=True, slots=True)
class HeldPeople:
    """Who is held on a panel or kept out of it, and why."""

    accepted: tuple[NomineeLine, ...] = ()
    invited: tuple[NomineeLine, ...] = ()  # had been invited when another place was filled
    by_hand: tuple[NomineeLine, ...] = ()
    left: tuple[NomineeLine, ...] = ()  # declined, or did not answer
    kept_out: tuple[NomineeLine, ...] = ()
    unknown: tuple[NomineeLine, ...] = ()  # by a version that did not say why


@dataclass(frozen=True, slots=True)
class GenderWish:
    """The wishes about gender: whether the panel meets them, and the best panel's support with and
    without.
    """

    met: bool
    with_it: int | None  # none where no panel meets them
    without: int | None


@dataclass(frozen=True, slots=True)
class PanelComparison:
    """A panel's support beside that of the best panel of the round's own rules, with nobody held or kept
    out.
    """

    support: int
    best: int | None  # none where the rules allow no panel
    proven: bool
    wish: GenderWish | None


@dataclass(frozen=True, slots=True)
class BlockedPanel:
    """That no panel can be: what stands in the way (`pool`, `locked`, `rows`), and which rules would help."""

    obstacle: str | None
    pool: int
    size: int
    giving: tuple[GivingRow, ...]


@dataclass(frozen=True, slots=True)
class PanelDecision:
    """A panel as it was chosen or decided: who, under which rules, and whether there is one at all.

    `alternates` says who could take a member's place, by the member's key, the best first. Where there is no
    panel: `obstacle` (`pool`, `locked` or `rows`), which rules `giving` way would help, and who would sit.
    """

    version: int
    chosen_at: datetime
    feasible: bool
    members: tuple[NomineeLine, ...]
    rows: tuple[RuleRow, ...]
    size: int
    pool: int
    support: int
    shortfall: int
    sha256: str
    alternates: Mapping[str, tuple[NomineeLine, ...]]
    obstacle: str | None
    giving: tuple[GivingRow, ...]
    relaxed_members: tuple[NomineeLine, ...]
    held: frozenset[str]  # by the rules that the panel was chosen under
    barred: frozenset[str]
    judgement: PanelJudgement | None = None
    earlier: tuple[PanelJudgement, ...] = ()  # decisions by hand of versions before, still in force
    standing: str = "unknown"  # best, held, decided, impossible, unknown: see `panel_holds.standing_of`
    holds: HeldPeople = HeldPeople()
    compared: PanelComparison | None = None
    wishes: bool = False  # whether some rules are wishes
    proven: bool = True  # that no panel is better, and where there is none, that there can be none
    most_support: int | None = None  # where that is not proven: no panel has more

    @property
    def broken(self) -> tuple[RuleRow, ...]:
        """The rules that must hold, and do not."""
        return tuple(row for row in self.rows if row.hard and not row.ok)

    @property
    def gap(self) -> int | None:
        """Return how much more support another panel can have at most, in per cent, where that is known."""
        if self.most_support is None or (self.most_support > self.support == 0):
            return None
        more = max(0, self.most_support - self.support)
        return -(-100 * more // self.support) if more else 0


@dataclass(frozen=True, slots=True)
class PublishingSeat:
    """A person of the panel before it is made public: the answer, what was agreed to, what will be read."""

    person: NomineeLine
    state: Invited | None  # none where nobody invited them yet
    agrees_to_be_named: bool
    agrees_to_lists: bool
    confirmed: bool
    named: bool


@dataclass(frozen=True, slots=True)
class PanelPublishing:
    """The panel that is about to be made public, person by person; `seen` goes back with the form."""

    panel: PanelView
    seats: tuple[PublishingSeat, ...]
    seen: str
    begun: bool  # the session; after that, answers come no more


@dataclass(frozen=True, slots=True)
class PanelChance:
    """What decides between panels that are equal in all else: the seed, and when its secret was bound."""

    seed: str
    commitment: str
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class PublicSeat:
    """A seat of a public panel: role and subregion, and the person where they are named."""

    role: str
    role_name: Text
    subregion: Text
    confirmed: bool
    name: str = ""
    organisation: str = ""
    country: Text | None = None
    sector: Text | None = None
    designation: Designation | None = None


@dataclass(frozen=True, slots=True)
class PublicPeople:
    """Some people for the public: the names of those who are named, role and subregion of the others."""

    names: tuple[str, ...] = ()
    others: tuple[tuple[Text, Text], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.names or self.others)


@dataclass(frozen=True, slots=True)
class PublicSupport:
    """A panel's support beside that of the best: in figures where these are public, else as a part of 100."""

    support: int | None
    best: int | None
    percent: int | None  # rounded down; 100 only where it is as much
    more: bool = False  # it has more than the best that keeps the rules


@dataclass(frozen=True, slots=True)
class PublicChoice:
    """A decision by hand for the public; nobody is told where that would tell somebody's gender."""

    version: int
    at: datetime
    role: str
    reason: str
    told: bool
    came: PublicPeople
    left: PublicPeople
    held: PublicPeople
    kept_out: PublicPeople
    overridden: tuple[RuleRow, ...]  # without those about gender
    gender_gave_way: bool
    impossible: bool  # the rules allowed no panel
    new: bool  # of the version that is public


@dataclass(frozen=True, slots=True)
class PanelPublication:
    """A panel that was made public: when, and who came and left since the one before."""

    version: int
    at: datetime
    came: PublicPeople
    left: PublicPeople


@dataclass(frozen=True, slots=True)
class PublishedPanel:
    """The panel that everybody may read, without anything that is not public."""

    card: RoundCard
    topics: tuple[Text, ...]
    version: int
    chosen_at: datetime
    sha256: str
    seats: tuple[PublicSeat, ...]
    standing: str
    wishes: bool
    accepted: PublicPeople
    invited: PublicPeople
    by_hand: PublicPeople
    unknown: PublicPeople
    some_left: bool
    some_kept_out: bool
    support: PublicSupport | None
    support_hidden: bool  # there is a comparison, and telling it would tell somebody's gender
    rows: tuple[RuleRow, ...]  # without those about gender
    gender: tuple[bool, ...]  # whether each rule about gender is met
    choices: tuple[PublicChoice, ...]
    chance: PanelChance
    publications: tuple[PanelPublication, ...]
    begun: bool  # the session: no place is "to be confirmed" any more


@dataclass(frozen=True, slots=True)
class PanelTrial:
    """A panel that is being tried before it is decided: who, how the rules stand, what it costs in support.

    `came` and `left` are against the panel as it stands; `best_support` is that of the best panel of the
    round's own rules, none where there is no such panel.
    """

    members: tuple[NomineeLine, ...]
    rows: tuple[RuleRow, ...]
    support: int
    best_support: int | None
    alternates: Mapping[str, tuple[NomineeLine, ...]]
    came: tuple[NomineeLine, ...]
    left: tuple[NomineeLine, ...]
    held: frozenset[str]
    barred: frozenset[str]
    size: int
    explain: bool = False  # it is not what the rules give, so that a decision needs a reason

    @property
    def broken(self) -> tuple[RuleRow, ...]:
        """The rules that must hold, and would not."""
        return tuple(row for row in self.rows if row.hard and not row.ok)


@dataclass(frozen=True, slots=True)
class PanelView:
    """The panel's desk: the rules as they stand, the pool, and the newest panel if one was chosen."""

    card: RoundCard
    topics: tuple[Text, ...]
    rules: PanelRules
    nominees: tuple[NomineeLine, ...]
    decision: PanelDecision | None
    public_version: int | None
    trial: PanelTrial | None = None
    newly_named: int = 0  # who could be named in public and was not when the panel was published

    @property
    def held(self) -> frozenset[str]:
        """Who is on the panel in any case, by key, as it is being tried or else by the rules."""
        shown = self.trial or self.decision
        return shown.held if shown else frozenset(self.rules.locked)

    @property
    def barred(self) -> frozenset[str]:
        """Who is kept out, by key, in the same way."""
        shown = self.trial or self.decision
        return shown.barred if shown else frozenset(self.rules.barred)

    @property
    def sitting(self) -> frozenset[str]:
        """Who is on the panel, by key, in the same way."""
        shown = self.trial or self.decision
        return frozenset(member.key for member in shown.members) if shown else frozenset()


# -- rounds at the desk


@dataclass(frozen=True, slots=True)
class RoundLine:
    """A round as the secretariat's list shows it; `step` names the next thing to do."""

    key: str
    title: Text
    state: str
    closes_at: datetime
    zone: str
    example: bool
    themes: int
    nominees: int
    seats: int
    ballots: int
    links: int  # contacts who have a personal link that opens a ballot now
    counted: bool
    panel_chosen: bool
    panel_public: bool  # the newest panel is the one that everybody reads
    proposals: int  # of members for the panel, which wait
    proposing_until: datetime | None  # until when members propose, where they do now
    takes_proposals: bool  # members propose, or could once
    guests: int  # on the list of invitations
    unanswered: int  # of them, those who were asked and have not answered
    accepted: int  # of them, those who accepted
    session_cancelled: bool  # and no other is written down
    mail_waiting: int  # messages
    undelivered: int  # contacts whom mail does not reach, while that matters
    opens_at: datetime | None  # when a draft is to open by itself
    opening_refused: bool  # it was to, and something kept it from that
    session_starts: datetime | None  # of the session for which it chooses, unless that was cancelled
    step: str
    objections_until: datetime | None = None  # of a closed round: nothing is published before
    closing_waits: int = 0  # closing mails that have not left
    objections: int = 0  # made after the closing, without those withdrawn
    undecided: int = 0  # of these, how many wait for a decision
    stale: bool = False  # a ballot was taken out and the ballots were not counted again since
    panel_void: bool = False  # the panel was chosen on an earlier count


@dataclass(frozen=True, slots=True)
class RoundOverview:
    """A round as its own page at the desk shows it, each text as it was written (a half may be empty)."""

    line: RoundLine
    title: Text
    question: Text
    closes_local: str
    promised_at: datetime | None  # the end promised at the opening, where it was moved since
    rules: Rules
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    public_source: Text  # of the public value that was announced, if any
    public_local: str
    commitment: str
    package_sha256: str
    created_at: datetime
    opened_at: datetime | None
    closed_at: datetime | None
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class ThemesView:
    """The themes of a round in their order, and whether they may still change."""

    round: RoundLine
    themes: tuple[ThemeLine, ...]


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
    delegate: str = ""
    languages: tuple[str, ...] = ()
    address_form: str = ""
    speaks_for: tuple[str, ...] = ()
    consent_contact: bool = False
    consent_listed: bool = False
    consent_governments: bool = False
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
class RowFault:
    """What is wrong in one cell of a file: its row as a spreadsheet counts, its column, and why."""

    row: int
    column: str
    problem: Problem


@dataclass(frozen=True, slots=True)
class NomineesReport:
    """What came of a nominees' file: how many were added (none where anything is wrong)."""

    rows: int
    added: int
    faults: tuple[RowFault, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpeningReport:
    """What opening a round now would mean, what forbids it and what should be known before."""

    round: RoundOverview
    themes: tuple[ThemeLine, ...]
    seats: int
    countries: int
    reachable: int
    contacts: int
    refusals: tuple[Problem, ...]
    warnings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A personal link, handed out once: its address is kept nowhere."""

    organisation: str
    contact: str
    email: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class LinkLine:
    """A contact who may vote, and since when their link works (None: they have none)."""

    contact_id: int
    organisation: str
    contact: str
    email: str
    language: str
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinksView:
    """The contacts of the roll and how many links work now."""

    round: RoundLine
    lines: tuple[LinkLine, ...]
    working: int
    handed_out: bool  # whether staff have had them before: then new ones end the earlier ones


@dataclass(frozen=True, slots=True)
class TurnoutLine:
    """A category of the roll: how many organisations it has, and how many of them have voted."""

    dimension: str
    key: str
    name: Text
    seats: int
    voted: int


@dataclass(frozen=True, slots=True)
class SeatLine:
    """An organisation on the roll, and when it voted (None: not yet). Never how."""

    seat: str
    organisation: str
    categories: Mapping[str, str]  # in every dimension, the country too
    names: Mapping[str, Text]  # of these categories
    voted_at: datetime | None
    mark: str = ""  # "assisted", or "young": sent by a contact or from an address of after the opening


@dataclass(frozen=True, slots=True)
class ParticipationView:
    """Who has voted, against the roll."""

    round: RoundLine
    seats: tuple[SeatLine, ...]
    voted: int
    turnout: tuple[tuple[str, tuple[TurnoutLine, ...]], ...]


@dataclass(frozen=True, slots=True)
class SeatContact:
    """A contact who may vote for a seat, and since when their link works (None: they have none)."""

    id: int
    name: str
    email: str
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
    young: bool = False  # sent by a contact, or from an address, of after the opening
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
class LogLine:
    """An act as the log keeps it, with who did it by name; `details` are what a sentence about it needs."""

    at: datetime
    role: str
    who: str
    action: str
    details: Mapping[str, object]
    names: Mapping[str, Text]  # detail → the name of what its number or key means, where that is known


@dataclass(frozen=True, slots=True)
class ScrutineerLine:
    """A person who is a scrutineer of a round, or could be."""

    staff_id: int
    name: str
    organisation: str
    email: str
    appointed: bool


@dataclass(frozen=True, slots=True)
class ScrutineersView:
    """Who is a scrutineer of a round, and who could be."""

    round: RoundLine
    people: tuple[ScrutineerLine, ...]


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """A round as its scrutineer sees it; of the organisations only how many have voted."""

    card: RoundCard
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    opened: bool
    voted: int
    turnout: tuple[tuple[str, tuple[TurnoutLine, ...]], ...]
    counted: bool
    archived: bool
    package_sha256: str
    commitment: str
    changes: tuple[ChangeView, ...] = ()  # of who may vote, organisation by organisation
    objections: tuple[ObjectionLine, ...] = ()
    objections_until: datetime | None = None
    objections_over: bool = False  # no objection can be made any more
    recounted: bool = False  # there is a count before the newest one


# -- the voter


@dataclass(frozen=True, slots=True)
class Entrance:
    """A personal link that opened: the token of the new session, whose it is, and where it leads."""

    token: str
    round_key: str
    contact_id: int
    seat_id: int


@dataclass(frozen=True, slots=True)
class Candidate:
    """A nominee as a line on the ballot."""

    key: str
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class CastBallot:
    """A version of a seat's ballot: who sent it, when, and its receipt; `counts`: it is the current one.

    Staff entered it where `assisted`; `sent_by` is then the person who asked for that.
    """

    version: int
    choice: Choice
    receipt: str
    cast_at: datetime
    sent_by: str
    counts: bool
    assisted: bool = False
    young: bool = False  # sent by a contact, or from an address, of after the opening


@dataclass(frozen=True, slots=True)
class BallotView:
    """A seat's ballot: what is asked, in the order of this seat, and the vote that counts so far."""

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
    current: CastBallot | None
    nominations_until: datetime | None = None  # while members may propose for the panel
    ending: Ending | None = None  # None while the round is not closed, and in a cancelled one
    # Thousandths of a theme's score that its objectives make; 0 where they decide nothing.
    objective_share: int = 0
    excluded: bool = False  # the vote was taken out of the count after an objection
    # Where ballots are public without names: how many seats have its sector and base in its subregion or,
    # where countries are not joined, in its country; and of how many ballots a country stands by itself.
    alike: int | None = None
    joined_below: int | None = None


@dataclass(frozen=True, slots=True)
class PaperBallot:
    """A seat's ballot to be filled in by hand; `language` is that in which its organisation is written to."""

    ballot: BallotView
    country: Text
    language: str


@dataclass(frozen=True, slots=True)
class PaperView:
    """Ballots to be printed."""

    round: RoundLine
    ballots: tuple[PaperBallot, ...]


@dataclass(frozen=True, slots=True)
class Review:
    """Entries looked at before they are sent: what is wrong with them, or the choice they say."""

    ballot: BallotView
    choice: Choice
    faults: tuple[Fault, ...]
    closed_up: bool  # the places had gaps


@dataclass(frozen=True, slots=True)
class Late:
    """A vote that came when none are taken any more: it was not recorded."""

    ballot: BallotView


# -- members


@dataclass(frozen=True, slots=True)
class ContactView:
    """A contact of an organisation."""

    id: int
    name: str
    email: str
    language: str
    may_vote: bool
    active: bool


@dataclass(frozen=True, slots=True)
class MemberLine:
    """An organisation on the members' list; `voting`: how many of its contacts can vote for it."""

    id: int
    name: str
    country: str
    categories: Mapping[str, str]  # in every dimension, the country too
    names: Mapping[str, Text]  # of these categories
    base: int
    tags: tuple[str, ...]
    active: bool
    example: bool
    contacts: tuple[ContactView, ...]
    voting: int


@dataclass(frozen=True, slots=True)
class MembersView:
    """The members' list as it was asked for: one page of what matches, and how many there are of what."""

    lines: tuple[MemberLine, ...]
    found: int
    total: int
    silent: int  # active organisations on the whole list without a contact who may vote
    page: int
    pages: int
    open_lists: Mapping[str, tuple[str, ...]]  # by dimension with an open list, the categories there are


@dataclass(frozen=True, slots=True)
class Namesake:
    """Another organisation that something looks like or is shared with."""

    id: int
    name: str
    country_name: Text


@dataclass(frozen=True, slots=True)
class MemberView:
    """An organisation with what should be known of it before it is changed."""

    line: MemberLine
    near: Namesake | None
    shared: tuple[tuple[str, tuple[Namesake, ...]], ...]  # addresses that other organisations have too
    open_rounds: tuple[Text, ...]  # open rounds that have it on their roll


@dataclass(frozen=True, slots=True)
class MembersExport:
    """Organisations taken out of the list, with what a file of them says about itself."""

    lines: tuple[MemberLine, ...]
    made_at: datetime
    made_by: str


# -- importing members


@dataclass(frozen=True, slots=True)
class Change:
    """What a row does to one field; `old` is None where there was nothing before."""

    field: str
    old: Text | None
    new: Text


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """What importing one row of a file would do: new, changed, same, or an error that leaves it out."""

    row: int
    kind: str
    organisation: str
    country: Text
    contact: str
    changes: tuple[Change, ...]
    faults: tuple[RowFault, ...]
    warnings: tuple[RowFault, ...]


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """An import in numbers: its rows by kind, and what is added or changed on the list."""

    rows: int
    new: int
    changed: int
    same: int
    errors: int
    warnings: int
    organisations_added: int
    organisations_changed: int
    contacts_added: int
    contacts_changed: int
    unnamed: int  # active organisations on the list that the file does not name

    @property
    def good(self) -> int:
        """Rows without an error."""
        return self.rows - self.errors

    @property
    def changes(self) -> int:
        """Rows that would change something."""
        return self.new + self.changed


@dataclass(frozen=True, slots=True)
class ImportDone:
    """What an import wrote, in numbers."""

    organisations_added: int
    organisations_changed: int
    contacts_added: int
    contacts_changed: int


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An uploaded members' file in the list of those uploaded."""

    id: int
    filename: str
    uploaded_by: str
    uploaded_at: datetime
    applied_at: datetime | None
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class ImportView:
    """An uploaded file before it is imported (`rows` say what would happen) or after (what was left out).

    `seen` stands for what these rows say: importing asks for it, so that nobody imports what they did not
    see.
    """

    line: ImportLine
    understood: tuple[tuple[str, str], ...]  # field, heading in the file
    unread: tuple[str, ...]  # headings that mean nothing here
    counts: ImportCounts
    rows: tuple[PreviewRow, ...]
    sheets: tuple[SheetLine, ...]  # what became of each sheet; none of a text file
    offers: tuple[Offer, ...]  # values that are not understood and stand in rows alone for that
    seen: str
    done: ImportDone | None
    undo_refusal: Problem | None
    guarded: int = 0  # organisations for which it changes who may vote while a round of theirs is open
