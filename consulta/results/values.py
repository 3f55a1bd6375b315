"""A counted round as its page tells it: frozen values, shares from 0 to 1 and for showing only.

`None` stands for a figure that is not there: it was never kept, or the public may not know it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from fractions import Fraction

    from consulta.core.texts import Text
    from consulta.core.values import Rules
    from consulta.rounds.values import Ending, RoundCard

FEW = 3
"""If fewer organisations than this could have changed the choice, that weakens the result."""


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category of the roll: who could vote, who did, and what its ballots counted for before and after.

    Where small categories stand together, `members` says which and `key` is empty.
    """

    dimension: str
    key: str
    name: Text
    seats: int
    ballots: int
    share: float
    weighted: float | None
    target: float | None
    members: tuple[str, ...] = ()

    @property
    def silent(self) -> bool:
        """Return whether the category has no ballot."""
        return self.ballots == 0


@dataclass(frozen=True, slots=True)
class Support:
    """In how many categories of a dimension a theme is supported, of how many, and how many it needs.

    `categories` are those whose support is told by name; the numbers are there where all are told.
    """

    dimension: str
    met: bool | None
    categories: tuple[str, ...]
    supporting: int | None = None
    required: int | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ThemeResult:
    """A theme in the result; `first` and `mentions` are numbers of ballots, `mean_place` an average place.

    `places`: between which places it stood in 5 to 95 of every hundred repetitions with ballots drawn anew.
    """

    key: str
    title: Text
    objectives: tuple[int, ...]
    place: int | None = None
    score: float | None = None
    points: float | None = None
    relevance: float | None = None
    unweighted_place: int | None = None
    unweighted_score: float | None = None
    first: int | None = None
    mentions: int | None = None
    mean_place: Fraction | None = None
    support: tuple[Support, ...] = ()
    spread_met: bool | None = None
    places: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Duel:
    """What a topic gets against one other theme, of all that both get."""

    rival: ThemeResult
    share: float


@dataclass(frozen=True, slots=True)
class Topic:
    """A chosen theme, with what explains the choice.

    `focus`: its objectives, those most widely held urgent first. `passed_over`: themes before it in the order
    without the support that the rules ask for. `duels`: it against every other, closest first.
    """

    key: str
    title: Text
    focus: tuple[tuple[int, Text], ...]
    spread_met: bool | None
    theme: ThemeResult
    passed_over: tuple[ThemeResult, ...]
    duels: tuple[Duel, ...]
    all_told: bool  # there is a duel for every other theme
    next: ThemeResult | None  # the best theme after it in the order that was not chosen

    @property
    def followed(self) -> bool:
        """Return whether `next` comes right after it: no other topic stands between."""
        place, following = self.theme.place, self.next.place if self.next else None
        return place is None or following is None or following <= place + 1

    @property
    def won(self) -> tuple[Duel, ...]:
        """Return the comparisons that the topic wins one against one."""
        return tuple(duel for duel in self.duels if duel.share > 1 / 2)

    @property
    def level(self) -> tuple[Duel, ...]:
        """Return the comparisons that end at fifty of a hundred, as far as the figures tell."""
        return tuple(duel for duel in self.duels if duel.share == 1 / 2)

    @property
    def lost(self) -> tuple[Duel, ...]:
        """Return the comparisons that the topic loses one against one."""
        return tuple(duel for duel in self.duels if duel.share < 1 / 2)


@dataclass(frozen=True, slots=True)
class Order:
    """The themes in another order: by another method, without weights, or with every country equal.

    `topics` are the themes that would be chosen then, None where that is not told; `agrees` says whether they
    are those that were chosen.
    """

    name: str  # points, schulze, runoff, unweighted, country_equal
    themes: tuple[ThemeResult, ...]
    topics: tuple[ThemeResult, ...] | None
    same: bool  # the order is the official one
    agrees: bool | None


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A category without whose ballots other themes would be chosen."""

    dimension: str
    name: Text
    topics: tuple[ThemeResult, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What the repetitions with other organisations like those that voted gave, of every `made`.

    `chosen`: how often each theme was among the topics; `first`: which themes were the first topic in one of
    twenty or more, and how often.
    """

    made: int
    chosen: tuple[tuple[ThemeResult, int], ...]
    first: tuple[tuple[ThemeResult, int], ...]


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm the choice of the topics is: the verdict, what it rests on, and the facts beside it."""

    verdict: Level | None  # None: nothing that it rests on is told
    percent: int | None  # of every hundred repetitions, in how many the topics were the same
    rounded: bool  # `percent` is the lowest of ten: 60 says from 60 to 69
    without_repetitions: bool  # so many ballots that none were made
    repeated: Repeated | None
    methods: tuple[Order, ...]  # the two that are not the official one
    left_out: tuple[LeftOut, ...]
    left_out_tried: bool  # of every category it is told whether the topics would be the same without it
    worst: WorstCase | None  # None where it is not worked out or not told
    unweighted: Order | None
    country_equal: Order | None
    condorcet: ThemeResult | None
    condorcet_told: bool

    @property
    def tried(self) -> bool:
        """Return whether anything is told."""
        return self.verdict is not None or bool(self.left_out)

    @property
    def differing(self) -> tuple[Order, ...]:
        """Return the methods by which other themes would be chosen."""
        return tuple(order for order in self.methods if order.agrees is False)


@dataclass(frozen=True, slots=True)
class ObjectiveLine:
    """An objective: how widely it was named, and whether a topic of any published round so far had it."""

    number: int
    short: Text
    share: float | None
    here: bool  # an objective of a topic of this round
    touched: bool  # of this round or of one before


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the run-off: what each theme that is still in has of the whole, and which one leaves."""

    shares: Mapping[str, float]
    exhausted: float
    out: str | None


@dataclass(frozen=True, slots=True)
class AtBound:
    """A group of ballots of one weight that is as small or as large as the rules allow."""

    bound: str  # lower, upper, cap
    names: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """Whether a category has the share of the whole that the rules give it.

    `needed` is the number of votes, of organisations that count once each, from which on it can have it.
    """

    line: CategoryLine
    target: float  # with every category of the roll heard
    needed: int
    reached: bool | None
    each_counts_once: bool  # every organisation that voted

    @property
    def lacks_votes(self) -> bool:
        """Return whether fewer votes came than its share takes; False where some count more than once."""
        return self.each_counts_once and self.line.ballots < self.needed


@dataclass(frozen=True, slots=True)
class BalanceFacts:
    """What the weights did, in figures.

    A vote weighs its organisation's base value times a factor: `smallest` and `largest` are of the factors,
    `times` says how often the heaviest vote holds the lightest, bases included. `heaviest` is the part of the
    whole that the heaviest vote is worth, `cap` whether the limit of one vote held, and `limit` that limit,
    where it did.
    """

    balanced: tuple[str, ...]
    met: bool | None
    reach: tuple[Reach, ...] = ()
    smallest: float | None = None
    largest: float | None = None
    times: float | None = None
    several_bases: bool = False
    at_bounds: tuple[AtBound, ...] = ()
    effective_ballots: float | None = None
    heaviest: float | None = None
    cap: str = ""
    limit: float | None = None
    silent: tuple[Text, ...] = ()

    @property
    def short(self) -> tuple[Reach, ...]:
        """Return the categories that did not reach their share, those with votes first."""
        found = (each for each in self.reach if each.reached is False)
        return tuple(sorted(found, key=lambda each: each.line.silent))


@dataclass(frozen=True, slots=True)
class Tie:
    """An objective that is taken off a theme, or added to it, with the topics then."""

    theme: ThemeResult
    objective: int
    added: bool
    topics: tuple[ThemeResult, ...]


@dataclass(frozen=True, slots=True)
class Depends:
    """What the topics depend on beside the votes.

    `themes`: those without which on the ballot other ones would be chosen, each with these; `targets`: the
    other ways to share out the voices (dimension → rule) under which they would be; `alone`: the topics by
    the comparisons without the objectives, where they are others; `ties`: the single changes of an objective
    of a theme that would change them. The numbers say how much was tried.
    """

    themes: tuple[tuple[ThemeResult, tuple[ThemeResult, ...]], ...]
    themes_tried: int
    targets: tuple[tuple[Mapping[str, str], tuple[ThemeResult, ...]], ...]
    targets_tried: int
    alone: tuple[ThemeResult, ...] | None
    alone_tried: bool
    ties: tuple[Tie, ...] = ()

    @property
    def tried(self) -> bool:
        """Return whether anything but `ties` was tried."""
        return bool(self.themes_tried or self.targets_tried or self.alone_tried)


@dataclass(frozen=True, slots=True)
class Heard:
    """The part of a category's votes, by weight, that names one of the topics among its first three themes.

    `ballots` are all that the category cast.
    """

    key: str
    name: Text
    ballots: int
    share: float


@dataclass(frozen=True, slots=True)
class Several:
    """For how much of the vote several topics speak, and what the other rule would have chosen.

    `heard`: the part of the vote, by weight, that names one of the topics among its first three; `by` has it
    for each dimension and category with votes, the largest part first.
    """

    rule: str  # shared, order
    heard: float
    other: tuple[ThemeResult, ...]
    other_heard: float
    same: bool  # the other rule chooses the same topics
    by: tuple[tuple[str, tuple[Heard, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class ResultView:
    """A counted round as its result page tells it.

    `step`: figures by weight are rounded to so many of every hundred. `few`: so few ballots that the public
    reads turnout and topics alone.
    """

    card: RoundCard
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined, so that no figure is by country alone
    question: Text
    rules: Rules
    ballots: int
    countries_voting: int | None
    by_country: bool  # whether any country stands by itself in what was counted
    step: int | None
    small_cell: int | None  # figures of fewer ballots are not shown; None: all are
    few: bool
    topics: tuple[Topic, ...]
    themes: tuple[ThemeResult, ...]
    firmness: Firmness
    objectives: tuple[ObjectiveLine, ...]
    rounds_before: int  # published rounds whose topics count as touched, this one left out
    categories: tuple[tuple[str, tuple[CategoryLine, ...]], ...]
    balance: BalanceFacts | None
    pairs: tuple[tuple[float | None, ...], ...]
    steps: tuple[Step, ...]
    order_changed: bool | None
    topics_changed: bool | None  # by the weights; None where it is not told
    bundle_sha256: str
    seed: str
    result_sha256: str | None
    closed_at: datetime
    published_at: datetime | None
    ending: Ending | None = None
    depends: Depends | None = None  # None: not told
    alike: tuple[tuple[ThemeResult, ThemeResult, float], ...] | None = None  # held together; None: not told
    several: Several | None = None  # None: there is one topic, or not told
    too_few: tuple[tuple[str, tuple[Text, ...]], ...] = ()  # not counted in support, by dimension


Level: TypeAlias = Literal["firm", "reservations", "close", "untold"]
"""`untold`: what is told does not speak against a firm result, but not all of it may be told."""


@dataclass(frozen=True, slots=True)
class WorstCase:
    """How few organisations could have changed the topic by the order of themes on their ballots.

    A change of fewer than `at_least` cannot; a change of `enough`, well placed, does. `at_least` None: none
    can; `enough` None: no number is known to do it. `rival`: the theme that would need fewest; `dimension`:
    where the topic would lose its support instead.
    """

    at_least: int | None
    enough: int | None
    rival: ThemeResult | None = None
    dimension: str | None = None

    @property
    def by_few(self) -> bool | None:
        """Return whether one or two organisations could have changed it; None where that is not known."""
        if self.enough is not None and self.enough < FEW:
            return True
        return False if self.at_least is None or self.at_least >= FEW else None
