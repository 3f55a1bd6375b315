"""Panels as pages show them: frozen values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction  # noqa: TC003 - kept documents are read by the types of `Seen`
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.invitations import Invited

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.panel.dialogues import PublicSession
    from consulta.panel.documents import KeptPanel
    from consulta.panel.public_parts import Naming
    from consulta.rounds.acts import Replaced
    from consulta.rounds.values import RoundCard
    from consulta.vote.questions import NamedGovernment

STANDING = frozenset({Invited.INVITED, Invited.OPENED, Invited.ACCEPTED})
"""States of an invitation that was sent, and was neither declined nor ended."""

TENTH, NINE_TENTHS = 10, 90
"""The ends of what everybody is told: no group is told to be all or nobody."""


@dataclass(frozen=True, slots=True)
class Designation:
    """An act outside of this tool that designated a person for the panel: author, day, decision."""

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
    could_sit: bool  # but for having declined or being kept out
    codes: Mapping[str, str]  # role, subregion, country and sector by key
    languages: tuple[str, ...] = ()  # that the person speaks, else that of the letters
    listed: bool = False  # agreed to be on lists for those who take part
    to_governments: bool = False  # agreed to be named before governments
    topics: int = 0  # themes that the person named; 0: any
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
    code: str = ""  # the key of the category that it is about, if it is about one


@dataclass(frozen=True, slots=True)
class GivingRow:
    """A rule that is relaxed in the smallest relaxation: by how many people, and the result."""

    rule: RuleRow
    possible: int
    by: int


@dataclass(frozen=True, slots=True)
class PanelJudgement:
    """What people decided by hand in a version of the panel, as far as it is in force: who came and who left
    by it, who is held or kept out, which rules gave way, why.

    `best_support` is the most that a panel of the round's own rules has; none where these allow no panel.
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
class BlockedPanel:
    """That no panel can be: what stands in the way (`pool`, `locked`, `rows`), and which rules would help."""

    obstacle: str | None
    pool: int
    size: int
    giving: tuple[GivingRow, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The part of a category's vote that named somebody who sits; `heaviest` is its heaviest ballot's."""

    dimension: str
    category: str
    ballots: int
    share: Fraction
    heaviest: Fraction


@dataclass(frozen=True, slots=True)
class SeenGroup:
    """A category and how many of every hundred points of its vote named somebody who sits."""

    dimension: str
    key: str
    name: Text
    ballots: int
    percent: int

    @property
    def is_low(self) -> bool:
        """Return whether everybody is told that it is this part or less."""
        return self.percent <= TENTH

    @property
    def is_high(self) -> bool:
        """Return whether everybody is told that it is this part or more."""
        return self.percent >= NINE_TENTHS


@dataclass(frozen=True, slots=True)
class HeldDate:
    """Those who are asked to hold the date: who, and how many drop-outs of one and of two they could mend.

    `members` sit, so that there are as many drop-outs of one; `two` is None where pairs were not tried.
    """

    people: tuple[NomineeLine, ...]
    one: int
    two: int | None
    members: int

    @property
    def pairs(self) -> int:
        """Return how many drop-outs of two there are."""
        return self.members * (self.members - 1) // 2


@dataclass(frozen=True, slots=True)
class MemoryTold:
    """What the memory of the rules changed: recent seats with and without it; the part of the most support.

    A recent seat is one of a member, or of another of the same institution, on one of the last two panels.
    `percent` is rounded down, 100 only where nothing is given up; None where there is no support at all.
    """

    recent: int
    without: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class PanelDecision:
    """A panel as chosen or decided, for its pages: what was kept, with its people and its rules.

    `alternates` says who could take a member's place, by the member's key, the best first. If there is no
    panel, `blocked` says why, and `relaxed_members` who would sit in the smallest relaxation.
    """

    kept: KeptPanel
    feasible: bool
    members: tuple[NomineeLine, ...]
    rows: tuple[RuleRow, ...]
    alternates: Mapping[str, tuple[NomineeLine, ...]]
    blocked: BlockedPanel
    relaxed_members: tuple[NomineeLine, ...]
    held: frozenset[str]  # by the rules that the panel was chosen under
    barred: frozenset[str]
    standing: str  # best, found, held, decided, impossible: see `panel.documents.standing_of`
    holds: Mapping[str, tuple[NomineeLine, ...]]  # why people are held or kept out: as in `documents.Holds`
    wish_met: bool  # whether all wishes about gender are met
    judgements: tuple[PanelJudgement, ...]  # decisions by hand that are in force, the oldest first
    wishes: bool  # whether some rules are wishes
    level: int | None  # the support of each who could sit, where all have the same: it decided nothing
    memory: int  # thousandths of the most support that may be given up for people not heard lately
    remembered: MemoryTold | None  # None where people decided, or the rules have no memory
    reserves: HeldDate | None

    @property
    def size(self) -> int:
        """Return how many people the rules ask for."""
        return self.kept.rules.size

    @property
    def support(self) -> int:
        """Return the support of its members together."""
        return self.kept.sitting.support

    @property
    def judgement(self) -> PanelJudgement | None:
        """Return the decision by hand of this version, if it is one."""
        return next((each for each in self.judgements if each.version == self.kept.version), None)

    @property
    def earlier(self) -> tuple[PanelJudgement, ...]:
        """Return the decisions by hand of versions before that are still in force."""
        return tuple(each for each in self.judgements if each.version != self.kept.version)

    @property
    def broken(self) -> tuple[RuleRow, ...]:
        """Return the rules that must hold and do not."""
        return tuple(row for row in self.rows if row.hard and not row.ok)

    @property
    def gap(self) -> int | None:
        """Return how much more support another panel can have at most, in per cent, where that is known."""
        most = (self.kept.panel.bounds or {}).get("most_support")  # where it is not proven
        if most is None or (most > self.support == 0):
            return None
        more = max(0, most - self.support)
        return -(-100 * more // self.support) if more else 0


@dataclass(frozen=True, slots=True)
class PanelPublishing:
    """The panel that is about to be made public, and who of it is named; `seen` goes back with the form."""

    panel: PanelView
    members: tuple[NomineeLine, ...]
    naming: Naming
    seen: str
    begun: bool  # the session; after that, answers come no more
    replaces: Replacing | None  # the version that is public, where it is another one

    def is_free(self, one: NomineeLine) -> bool:
        """Return whether a person declined: the public reads nothing of this place."""
        return self.panel.states.get(one.key) is Invited.DECLINED


@dataclass(frozen=True, slots=True)
class Replacing:
    """The public version that another one would replace: who leaves, who comes and who stays.

    `invited` were on the public version and have an invitation that stands: they can be told. `said` is what
    was written for the public of places given to other people since.
    """

    version: int
    left: tuple[NomineeLine, ...]
    came: tuple[NomineeLine, ...]
    stay: tuple[NomineeLine, ...]
    invited: tuple[NomineeLine, ...]
    said: Text


@dataclass(frozen=True, slots=True)
class PanelChance:
    """What decides between panels that are equal in all else: the seed, and when its secret was bound."""

    seed: str
    commitment: str
    committed_at: datetime


@dataclass(frozen=True, slots=True)
class PublicPlace:
    """A place on a public panel: role and subregion, and the person where they are named.

    `codes` has the keys of the categories that are public of it; `number` is its place on the list.
    """

    role: str
    role_name: Text
    subregion: Text
    confirmed: bool
    codes: Mapping[str, str]
    number: int = 0
    name: str = ""
    organisation: str = ""
    country: Text | None = None
    sector: Text | None = None
    designation: Designation | None = None
    spoke: bool = False  # took part in the session, as far as that is recorded

    @property
    def standing(self) -> str:
        """Return what became of the place by the end of the session: `spoke`, `out` or `vacant`.

        `out`: it was confirmed, and nobody took part.
        """
        return "spoke" if self.spoke else "out" if self.confirmed else "vacant"


@dataclass(frozen=True, slots=True)
class Speakers:
    """Who of a public panel of so many `seats` took part in its session: their places."""

    seats: int
    places: tuple[PublicPlace, ...]

    @property
    def number(self) -> int:
        """Return how many took part."""
        return len(self.places)


@dataclass(frozen=True, slots=True)
class PublicPeople:
    """Some people for the public: the names of those who are named, role and subregion of the others."""

    names: tuple[str, ...] = ()
    others: tuple[tuple[Text, Text], ...] = ()

    def __len__(self) -> int:
        return len(self.names) + len(self.others)


@dataclass(frozen=True, slots=True)
class PublicSupport:
    """A panel's support beside the most: in figures where these are public, else as a part of 100."""

    support: int | None
    best: int | None
    percent: int | None  # rounded down; 100 only where it is as much
    more: bool = False  # it has more than the best that keeps the rules


@dataclass(frozen=True, slots=True)
class PublicChoice:
    """A decision by hand for the public; no person is told if that would tell a person's gender."""

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
    personal_gave_way: tuple[str, ...]  # gender and added attributes whose rules gave way
    impossible: bool  # the rules allowed no panel
    new: bool  # of the version that is public


@dataclass(frozen=True, slots=True)
class PanelPublication:
    """A panel that was made public: when, and who came and left since the one before.

    `replaces` says which version it took the place of and why; None where it took none, or where no reason
    was asked for yet.
    """

    version: int
    at: datetime
    came: PublicPeople
    left: PublicPeople
    replaces: Replaced | None = None


@dataclass(frozen=True, slots=True)
class FormerPanel:
    """A version of a panel that was public and was replaced, as far as it may be read now.

    `published_at` is the first publication of this version, `replaced_at` that of the next one; `replaced`
    has the reason, None where none was asked for yet. `version_now` is the one that is public.
    """

    card: RoundCard
    topics: tuple[Text, ...]
    version: int
    version_now: int
    published_at: datetime
    replaced_at: datetime
    replaced: Replaced | None
    sha256: str
    seats: tuple[PublicPlace, ...]
    rows: tuple[RuleRow, ...]  # without those about gender


@dataclass(frozen=True, slots=True)
class PublishedPanel:
    """The panel for any reader, without any data that is not public."""

    card: RoundCard
    topics: tuple[Text, ...]
    version: int
    chosen_at: datetime
    sha256: str
    seats: tuple[PublicPlace, ...]
    standing: str
    level: int | None  # see `PanelDecision`
    wishes: bool
    accepted: PublicPeople
    invited: PublicPeople
    by_hand: PublicPeople
    some_left: bool
    support: PublicSupport | None
    support_hidden: bool  # telling the comparison would tell a person's gender
    rows: tuple[RuleRow, ...]  # without those about gender; counts only where they tell of no person
    gender: tuple[bool, ...]  # whether each rule about gender or an added attribute is met
    choices: tuple[PublicChoice, ...]
    chance: PanelChance
    publications: tuple[PanelPublication, ...]
    session: PublicSession | None
    is_recorded: bool = False  # who took part in the session
    personal: tuple[str, ...] = ()  # what those rules are about: "gender" and keys of attributes
    former: tuple[int, ...] = ()  # versions that were public before and can be read
    free: int = 0  # places whose person declined: they are not among the seats
    memory: int = 0  # as in `PanelDecision`
    seen_by: tuple[SeenGroup, ...] = ()  # empty until everybody on it is named

    @property
    def begun(self) -> bool:
        """Return whether the session has begun or is cancelled: no place is to be confirmed any more."""
        return self.session is not None and self.session.begun

    @property
    def spoke(self) -> tuple[PublicPlace, ...]:
        """Return the places whose people took part in the session."""
        return tuple(seat for seat in self.seats if seat.spoke)

    @property
    def whole(self) -> bool:
        """Return whether everybody on the panel is named."""
        return all(seat.name for seat in self.seats)

    @property
    def confirmed(self) -> int:
        """Return how many people hold their seat by now."""
        return sum(seat.confirmed for seat in self.seats)

    @property
    def rules(self) -> int:
        """Return how many rules the panel has, those about gender and added attributes included."""
        return len(self.rows) + len(self.gender)

    @property
    def missed(self) -> int:
        """Return how many rules the panel does not meet, those about gender included."""
        return sum(not row.ok for row in self.rows) + self.gender.count(False)


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
        """Return the rules that must hold and would not."""
        return tuple(row for row in self.rows if row.hard and not row.ok)


@dataclass(frozen=True, slots=True)
class WantedGovernment:
    """A government that organisations named for a topic, and the names of the candidates that are of it."""

    named: NamedGovernment
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RankedGovernment:
    """A government among the most named for a topic, and the names of the candidates said to be of it.

    `code` is of the State, or of the country of a local government where it is known; `name` of a local one.
    """

    rank: int
    code: str
    name: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CandidateEffect:
    """What a candidate would change: whose place, the rules before and after, support of the panel then."""

    leaves: str  # by name; empty where a free place is taken
    leaves_key: str
    rows: tuple[RuleRow, ...]
    broken: tuple[RuleRow, ...]  # that must hold and would not
    support: int
    size: int  # people then


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
    states: Mapping[str, Invited] = field(default_factory=dict)  # of those who were invited, by key

    @property
    def shown(self) -> PanelTrial | PanelDecision | None:
        """Return the panel that is being tried, else the newest if there is one."""
        if self.trial:
            return self.trial
        return self.decision if self.decision and self.decision.feasible else None

    @property
    def held(self) -> frozenset[str]:
        """Return the keys of those held on the panel: by the trial, else by the newest panel.

        By the rules if there is neither.
        """
        shown = self.trial or self.decision
        return shown.held if shown else frozenset(self.rules.locked)

    @property
    def barred(self) -> frozenset[str]:
        """Return the keys of those kept out of the panel: by the trial, else by the newest panel.

        By the rules if there is neither.
        """
        shown = self.trial or self.decision
        return shown.barred if shown else frozenset(self.rules.barred)

    @property
    def sitting(self) -> frozenset[str]:
        """Return the keys of the members of the trial, else of the newest panel.

        Empty if there is neither.
        """
        shown = self.trial or self.decision
        return frozenset(member.key for member in shown.members) if shown else frozenset()


class Remembered(NamedTuple):
    """An earlier panel on which a person or a colleague sat: its round, and which of the two it was.

    `took_part`: it is written down that they took part; otherwise only that they were on the panel.
    """

    key: str
    title: Text
    same_person: bool
    took_part: bool


class InstitutionOnPanel(NamedTuple):
    """A panel on which people of an institution sat, by name; `took_part` as for `Remembered`."""

    key: str
    title: Text
    names: tuple[str, ...]
    took_part: bool


@dataclass(frozen=True, slots=True)
class HeardPanel:
    """Who took part on one panel, or is on it: how many, and of which category each, in each dimension.

    `untold` people, who are not named in public, are counted by subregion alone.
    """

    key: str
    title: Text
    at: datetime
    public: bool
    people: int
    counts: Mapping[str, Mapping[str, int]]
    untold: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """People heard on all panels, the newest first, and each dimension's categories in their order.

    `expected` are the panels whose attendance is not written down yet.
    """

    panels: tuple[HeardPanel, ...]
    expected: tuple[HeardPanel, ...]
    categories: Mapping[str, tuple[str, ...]]
    example: bool

    @property
    def people(self) -> int:
        """Return how many people were heard in all."""
        return sum(panel.people for panel in self.panels)

    @property
    def untold(self) -> int:
        """Return how many of the people heard are counted by subregion alone."""
        return sum(panel.untold for panel in self.panels)

    def sums(self, dimension: str) -> dict[str, int]:
        """Return the number of people heard in each category, in the order of the categories."""
        return {
            key: sum(panel.counts[dimension].get(key, 0) for panel in self.panels)
            for key in self.categories[dimension]
        }
