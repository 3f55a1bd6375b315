"""The result of a count: frozen values, and their JSON in both directions (section 6).

`typed` decides how figures are written. Decimals (`largest_miss`, `target`, `miss`, `design_effect`,
`effective_ballots`) are computed exactly from micro-weights and rounded once, half to even, to `DIGITS`
decimals, so that the bytes are the same on every machine.

`bundle_sha256` is the digest of the bundle's file exactly as it was given.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias, cast

from consulta.core.problems import Problem
from consulta.core.reading import Node, inside
from consulta.core.typed import from_plain, read_document, read_fraction, to_plain
from consulta.core.values import VERSION, Method

FORMAT = "consulta-result/3"

Bound: TypeAlias = Literal["lower", "upper", "cap"]
Cap: TypeAlias = Literal["idle", "held", "lifted"]
RowKind: TypeAlias = Literal["size", "locked", "role", "quota", "share", "at_most", "mixed"]
Obstacle: TypeAlias = Literal["pool", "locked", "rows"]


def _places(node: Node) -> tuple[int, int]:
    least, most = node.pair()
    return least.whole(), most.whole()


def _pair(node: Node) -> tuple[str, str, Fraction]:
    items = tuple(node.items())
    if len(items) != 3:  # noqa: PLR2004 - two themes and a part
        node.refuse("list")
    one, other, part = items
    return one.name(), other.name(), read_fraction(part)


def _times(node: Node) -> tuple[str, int]:
    theme, times = node.pair()
    return theme.name(), times.whole()


Places: TypeAlias = Annotated[tuple[int, int], _places]
Pair: TypeAlias = Annotated[tuple[str, str, Fraction], _pair]
Times: TypeAlias = Annotated[tuple[str, int], _times]
"""A theme, and in how many repetitions it was something."""

Topics: TypeAlias = tuple[str, ...]
"""The topics, in the order in which they were chosen."""


@dataclass(frozen=True, slots=True)
class CellWeight:
    """The weight of one cell, in millionths of the mean weight; `each` is the base of each of its ballots."""

    categories: Mapping[str, str]
    each: int
    ballots: int
    base: int
    micro: int
    at_bound: Bound | None


@dataclass(frozen=True, slots=True)
class Margin:
    """One category of a balanced dimension, before (`share` of ballots) and after (`weighted`) balance."""

    dimension: str
    category: str
    seats: int
    ballots: int
    turnout: Fraction
    share: Fraction
    weighted: Fraction
    target: float
    miss: float
    silent: bool


@dataclass(frozen=True, slots=True)
class Reach:
    """How many ballots a category of a balanced dimension needs to carry its share.

    `target` is its share if every category of the roll were heard; `needed` is the smallest number of ballots
    of base 1 that could carry it alone.
    """

    dimension: str
    category: str
    seats: int
    ballots: int
    target: float
    needed: int


@dataclass(frozen=True, slots=True)
class Heaviest:
    """The heaviest ballot: what part of all value it has, and how many times the value of the lightest."""

    share: Fraction
    times: Fraction


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of a count, how well they balance it, and how heavy a ballot may be and is.

    `ballot_limit` is the part of the whole that no ballot may pass; null where the cap holds no weight.
    """

    met: bool
    largest_miss: float
    at_bounds: int
    smallest: int
    largest: int
    cap: Cap
    ballot_limit: Fraction | None
    heaviest: Heaviest
    cells: tuple[CellWeight, ...]
    margins: tuple[Margin, ...]
    reach: tuple[Reach, ...]
    design_effect: float
    effective_ballots: float


@dataclass(frozen=True, slots=True)
class Support:
    """By dimension of `spread`: how many categories must support a topic; which have too few ballots."""

    required: Mapping[str, int]
    too_few: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Voice:
    """What part a category has in the ballots (`share`) and in their value (`weighted`)."""

    dimension: str
    category: str
    seats: int
    ballots: int
    share: Fraction
    weighted: Fraction


@dataclass(frozen=True, slots=True)
class ThemeResult:
    """What one theme got; `supported` names the categories that support it, by dimension of `spread`.

    `places` are the 50th and 950th smallest of its 1,000 places in the repetitions; null without these.
    `first` and `mentions` are numbers of ballots; `mean_place` is the mean tier on those that rank it, null
    where none does; `unweighted` is the score with every value equal to the ballot's base.
    """

    key: str
    points: Fraction
    relevance: Fraction
    score: Fraction
    place: int
    first: int
    mentions: int
    mean_place: Fraction | None
    unweighted: Fraction
    supported: Mapping[str, tuple[str, ...]]
    spread_met: bool
    places: Places | None


@dataclass(frozen=True, slots=True)
class Topic:
    """A theme that the session takes, with its objectives, those most widely held urgent first."""

    key: str
    spread_met: bool
    focus: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ObjectiveShare:
    """How widely an objective is held urgent, among the ballots that name any."""

    number: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class StepTotal:
    """What part of all value a theme has in a step of the instant run-off."""

    key: str
    share: Fraction


@dataclass(frozen=True, slots=True)
class RunoffStep:
    """A step of the instant run-off: the themes left, the part of all value without any, and who goes."""

    totals: tuple[StepTotal, ...]
    exhausted: Fraction
    out: str


@dataclass(frozen=True, slots=True)
class Orders:
    """The themes, best first: by each method with weights; by the official one without, and by country.

    `country_equal` is null where the ballots' countries are not known.
    """

    points: tuple[str, ...]
    schulze: tuple[str, ...]
    runoff: tuple[str, ...]
    unweighted: tuple[str, ...]
    country_equal: tuple[str, ...] | None

    def by(self, method: Method) -> tuple[str, ...]:
        """Return the order by a method, with weights."""
        found: tuple[str, ...] = getattr(self, method)
        return found


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The topics without the ballots of a category; null where the targets leave nothing."""

    dimension: str
    category: str
    topics: Topics | None


@dataclass(frozen=True, slots=True)
class Rival:
    """The fewest ballots that would put a rival in the topic's place, and that rival."""

    ballots: int
    rival: str


@dataclass(frozen=True, slots=True)
class Lost:
    """The fewest ballots that would leave the topic without spread, and the dimension in which."""

    ballots: int
    dimension: str


@dataclass(frozen=True, slots=True)
class FiveFigures:
    """How few ballots could change the topic; each null where no number does, or where it does not apply."""

    level: Rival | None
    choosable: Rival | None
    support: Lost | None
    at_least: int | None
    enough: int | None


@dataclass(frozen=True, slots=True)
class Without:
    """The topics when a theme is taken off every ballot."""

    theme: str
    topics: Topics


@dataclass(frozen=True, slots=True)
class OtherTie:
    """The topics when an objective is taken off a theme, or added to it."""

    theme: str
    objective: int
    topics: Topics


@dataclass(frozen=True, slots=True)
class OtherTargets:
    """The topics under other targets: dimension → the name of a rule."""

    targets: Mapping[str, str]
    topics: Topics


@dataclass(frozen=True, slots=True)
class ByMethod:
    """The topics by each of the three methods."""

    points: Topics
    schulze: Topics
    runoff: Topics


@dataclass(frozen=True, slots=True)
class Resampling:
    """What the repetitions gave: of `made`, how many chose the same topics, and how often each theme was one.

    `topics` has the themes that were ever among the topics: the most often first, then in their order.
    """

    made: int
    same: int
    percent: int
    topics: tuple[Times, ...]


@dataclass(frozen=True, slots=True)
class TopicsBy:
    """The topics that each rule for several topics chooses."""

    shared: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What part of all value names one of the topics in its first three tiers, for each of the two rules."""

    shared: Fraction
    order: Fraction


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm the set of topics is. "The same" topics are the same set, in any order.

    `margin` is null with several topics, and by Schulze or run-off. `resampling` and `could_be_first`, the
    themes that were the first topic in at least 50 repetitions, are null where none were made. `points_alone`
    is null by another method than points and where no ballot names an objective; `country_equal` where the
    countries of ballots are not known. `without_tie` and `with_tie` have only what changes the topics.
    """

    margin: FiveFigures | None
    resampling: Resampling | None
    could_be_first: tuple[Times, ...] | None
    methods: ByMethod
    unweighted: Topics
    country_equal: Topics | None
    points_alone: Topics | None
    other_targets: tuple[OtherTargets, ...]
    leave_one_out: tuple[LeftOut, ...]
    without_theme: tuple[Without, ...]
    without_tie: tuple[OtherTie, ...]
    with_tie: tuple[OtherTie, ...]


@dataclass(frozen=True, slots=True)
class PanelRow:
    """One row of the panel's rules: what was asked, what the pool has, what the panel meets.

    `row` is its path in the panel's rules. For a panel that cannot be, `met` is null and `ok` says whether
    the row could be met if no other row (but the size and the locked) were asked. `missing` is people short
    or over.
    """

    row: str
    kind: RowKind
    attribute: str | None
    value: str | None
    asked: str
    pool: int
    met: int | None
    missing: int | None
    hard: bool
    ok: bool


@dataclass(frozen=True, slots=True)
class GivesWay:
    """A row that gives way in the smallest relaxation: by how many people, and what becomes possible then.

    `possible` is what the row counts in the best panel under the relaxed rules: people with the value, of
    `at_most` the most of any one, of `mixed` the different values; `pool` is what there is.
    """

    row: str
    kind: RowKind
    attribute: str | None
    value: str | None
    asked: str
    possible: int
    by: int
    pool: int


@dataclass(frozen=True, slots=True)
class Reserves:
    """People outside the panel who together mend most drop-outs of one or of two members (5.5).

    `one` and `two`: how many drop-outs of so many members they mend; `two` is null where too many sit for
    pairs to be tried. `of`: how many drop-outs there are in all.
    """

    people: tuple[str, ...]
    one: int
    two: int | None
    of: int


@dataclass(frozen=True, slots=True)
class EndorsedBy:
    """The part of the value of a category's ballots that endorse at least one member (5.6)."""

    dimension: str
    category: str
    ballots: int
    share: Fraction


@dataclass(frozen=True, slots=True)
class PanelResult:
    """The panel: its members by key, the rows each helps to meet, and who could take each one's place.

    `most_support` is the most that any panel has which misses as few people in soft rows; of it the rules may
    give up a part for people who were not heard lately.

    The panel is proven to be the best, unless `proven` is false: then it is the best found, and `bounds` says
    what no panel passes. Of each stage (`shortfall`, `most_support`, `recent`, `support`, `lots`: the sum of
    tie numbers) that is the least or most of any panel that is as good in the stages before it. Where no
    panel was found that keeps the hard rows, `giving_way` is the least number of people by which rows must
    give way.

    Or, where none is possible: what stands in the way (`obstacle`: the `pool` is smaller than the panel, more
    are `locked` than it has seats, or the `rows` cannot all hold), the hard rows, which of them give way in
    the smallest relaxation, and who would sit then. Only `rows` can give way.
    """

    proven: bool
    bounds: Mapping[str, int] | None
    feasible: bool
    obstacle: Obstacle | None
    pool: int
    members: tuple[str, ...]
    support: int
    most_support: int
    shortfall: int
    recent: int
    rows: tuple[PanelRow, ...]
    helps: Mapping[str, tuple[str, ...]]
    alternates: Mapping[str, tuple[str, ...]]
    reserves: Reserves | None
    endorsed_by: tuple[EndorsedBy, ...]
    relaxation: tuple[GivesWay, ...]
    relaxed_members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a count decides and reports."""

    rules_version: int
    bundle_sha256: str
    ballots_root: str
    seed: str
    weights: Weights
    support: Support
    themes: tuple[ThemeResult, ...]
    pairs: tuple[tuple[int, ...], ...]
    order: Orders
    condorcet_winner: str | None
    topics: tuple[Topic, ...]
    topics_by: TopicsBy
    heard: Heard
    alike: tuple[Pair, ...]
    objectives: tuple[ObjectiveShare, ...]
    firmness: Firmness
    voices: tuple[Voice, ...]
    runoff: tuple[RunoffStep, ...]
    panel: PanelResult | None

    def to_json(self) -> bytes:
        """Return the result as a file."""
        content = {"format": FORMAT, **cast("dict[str, object]", to_plain(self))}
        return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()

    @staticmethod
    def parse(data: bytes) -> "Result":
        """Return the result in a file.

        Raise Problem `result.json`, with the path of the fault, if it is not one.
        """
        found = read_document(Result, data, "result.json", FORMAT)
        if found.rules_version != VERSION:
            Node(found.rules_version, "rules_version", "result.json").refuse("version")
        return found


def runoff_step(keys: Sequence[str], totals: Mapping[int, Fraction], out: int, value: int) -> RunoffStep:
    """Return a step of the instant run-off from what each theme left has of all value."""
    return RunoffStep(
        totals=tuple(StepTotal(keys[theme], total / value) for theme, total in totals.items()),
        exhausted=1 - sum(totals.values(), Fraction(0)) / value,
        out=keys[out],
    )


def first_difference(expected: object, given: object, path: str = "") -> str | None:
    """Return the path of the first place where two JSON values differ, in the order of the expected one."""
    if isinstance(expected, dict) and isinstance(given, dict):
        return _first_in_objects(expected, given, path)
    if isinstance(expected, list) and isinstance(given, list):
        for index, (one, other) in enumerate(zip(expected, given, strict=False)):
            if place := first_difference(one, other, f"{path}[{index}]"):
                return place
        return None if len(expected) == len(given) else f"{path}[{min(len(expected), len(given))}]"
    same = expected == given and isinstance(expected, bool) == isinstance(given, bool)
    return None if same else path or "(file)"


def _first_in_objects(expected: Mapping[str, object], given: Mapping[str, object], path: str) -> str | None:
    for name in (*expected, *(name for name in given if name not in expected)):
        place = inside(path, name)
        if name not in expected or name not in given:
            return place
        if found := first_difference(expected[name], given[name], place):
            return found
    return None


def panel_of(value: object) -> PanelResult | None:
    """Return a panel from its JSON form; nothing where that is not one."""
    try:
        return from_plain(PanelResult, Node(value, "panel", "result.json"))
    except Problem:
        return None
