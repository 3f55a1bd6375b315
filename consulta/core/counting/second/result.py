"""The result of version 2: frozen values, and their JSON in both directions (sections 6 and 9.1).

Parts that are as in version 1 are those of `counting.result`. A panel always says whether it is proven to be
the best, and its bounds, null where it is.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, Literal, TypeAlias, cast

from consulta.core.counting import result as first
from consulta.core.counting.result import (
    LeftOut,
    Margin,
    ObjectiveShare,
    Orders,
    PanelResult,
    RunoffStep,
    Topic,
    Voice,
)
from consulta.core.counting.robustness import Lost, Rival
from consulta.core.counting.second.values import NUMBER
from consulta.core.counting.second.weights import Cap
from consulta.core.reading import Node
from consulta.core.typed import read_document, read_fraction, to_plain

FORMAT = "consulta-result/2"

Bound: TypeAlias = Literal["lower", "upper", "cap"]


def _places(node: Node) -> tuple[int, int]:
    least, most = node.pair()
    return least.whole(), most.whole()


def _pair(node: Node) -> tuple[str, str, Fraction]:
    items = tuple(node.items())
    if len(items) != 3:  # noqa: PLR2004 - two themes and a part
        node.refuse("list")
    one, other, part = items
    return one.name(), other.name(), read_fraction(part)


Places: TypeAlias = Annotated[tuple[int, int], _places]
Pair: TypeAlias = Annotated[tuple[str, str, Fraction], _pair]


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
    design_effect: float
    effective_ballots: float


@dataclass(frozen=True, slots=True)
class Support:
    """By dimension of `spread`: how many categories must support a topic; which have too few ballots."""

    required: Mapping[str, int]
    too_few: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ThemeResult(first.ThemeResult):
    """What one theme got; `places` are those that 5 and 95 of a hundred replicates do not exceed."""

    places: Places | None


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
class FiveFigures:
    """How few ballots could change the topic; each null where no number does, or where it does not apply."""

    level: Rival | None
    choosable: Rival | None
    support: Lost | None
    at_least: int | None
    enough: int | None


@dataclass(frozen=True, slots=True)
class Without:
    """The topic when a theme is taken off every ballot."""

    theme: str
    topic: str


@dataclass(frozen=True, slots=True)
class OtherTargets:
    """The topic under other targets: dimension → the name of a rule."""

    targets: Mapping[str, str]
    topic: str


@dataclass(frozen=True, slots=True)
class Firmness:
    """How firm the first topic is.

    `resampling_percent` is null where it was not asked for; `unweighted` and `country_equal` are the topics
    with other weights, null where those are not known.
    """

    margin: FiveFigures
    leave_one_out: tuple[LeftOut, ...]
    without_theme: tuple[Without, ...]
    other_targets: tuple[OtherTargets, ...]
    resampling_percent: int | None
    unweighted: str
    country_equal: str | None


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that a count decides and reports."""

    rules_version: int
    bundle_sha256: str
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
    points_alone: str | None
    objectives: tuple[ObjectiveShare, ...]
    firmness: Firmness
    voices: tuple[Voice, ...]
    runoff: tuple[RunoffStep, ...]
    panel: PanelResult | None

    def to_json(self) -> bytes:
        """Return the result as a file."""
        content = {"format": FORMAT, **cast("dict[str, object]", to_plain(self))}
        if self.panel is not None:
            told = cast("dict[str, object]", content["panel"])
            content["panel"] = {"proven": self.panel.proven, "bounds": self.panel.bounds, **told}
        return (json.dumps(content, ensure_ascii=False, allow_nan=False, indent=1) + "\n").encode()

    @staticmethod
    def parse(data: bytes) -> "Result":
        """Return the result in a file.

        Raise Problem `result.json`, with the path of the fault, if it is not one.
        """
        found = read_document(Result, data, "result.json", FORMAT)
        if found.rules_version != NUMBER:
            Node(found.rules_version, "rules_version", "result.json").refuse("version")
        return found


def panel_of(value: object) -> PanelResult | None:
    """Return a panel from its JSON form; nothing where that is not one of version 2."""
    if isinstance(value, dict) and {"proven", "bounds"} <= value.keys():
        return first.panel_of(value)
    return None
