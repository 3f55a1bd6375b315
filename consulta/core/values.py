"""What the rules speak of: themes, seats, ballots, nominees and the rules themselves, as frozen values.

Their types say how each is read from a file (`typed.from_plain`): a `Name` is a text that is not empty and
in composed form, `Categories` leave out what is a field of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, get_args

from consulta.core.reading import Node
from consulta.core.tags import read_words

VERSION = 3
"""The version of the rules, as rules name it."""

DIGEST_CHARACTERS = 64
HEX_DIGITS = frozenset("0123456789abcdefABCDEF")
OWN_FIELDS = ("country", "organisation", "role")
"""Attributes of seats and nominees that are fields of their own, not categories."""


def _moment(node: Node) -> str:
    text = node.text()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        node.refuse("moment")
    if moment.tzinfo is None:
        node.refuse("moment")
    return text


def _digest(node: Node) -> str:
    text = node.text()
    if len(text) != DIGEST_CHARACTERS or not HEX_DIGITS.issuperset(text):
        node.refuse("hex")
    return text.lower()


def read_categories(node: Node) -> dict[str, str]:
    """Return dimension → category; the names that are fields of their own are no dimensions."""
    entries = node.entries()
    for name in OWN_FIELDS:
        if name in entries:
            entries[name].refuse("unknown")
    return {dimension: category.name() for dimension, category in entries.items()}


def _limits(node: Node) -> tuple[int, int]:
    least, most = node.pair()
    return least.whole(), most.whole()


def _bounds(node: Node) -> tuple[float, float]:
    lower, upper = node.pair()
    return lower.number(), upper.number()


def _target(node: Node) -> Mapping[str, float] | str:
    if isinstance(node.value, Mapping):
        return {category: share.number() for category, share in node.entries().items()}
    return node.word(*get_args(TargetName))


Name: TypeAlias = Annotated[str, Node.name]
Names: TypeAlias = Annotated[tuple[str, ...], Node.names]
Wholes: TypeAlias = Annotated[tuple[int, ...], Node.wholes]
Moment: TypeAlias = Annotated[str, _moment]
Digest: TypeAlias = Annotated[str, _digest]
Categories: TypeAlias = Annotated[Mapping[str, str], read_categories]
Limits: TypeAlias = Annotated[tuple[int, int], _limits]
Bounds: TypeAlias = Annotated[tuple[float, float], _bounds]
Words: TypeAlias = Annotated[Mapping[str, str], read_words]

Method: TypeAlias = Literal["points", "schulze", "runoff"]
"""The ways to put the themes in an order (`tally`)."""

TargetName: TypeAlias = Literal["equal", "roll", "sqrt"]
TopicsRule: TypeAlias = Literal["shared", "order"]

Target: TypeAlias = TargetName | Mapping[str, float]
"""What a balanced dimension aims at: a named rule, or category → share (`weights.targets`)."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Counts the members whose `attribute` is `value`: from `min` to `max` (`None`: no upper limit)."""

    attribute: Name
    value: Name
    min: int = 0
    max: int | None = None
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """Asks for `min` thousandths of `value` among the members whose `attribute` is in `of`."""

    attribute: Name
    value: Name
    min: int
    of: Names
    hard: bool = True


@dataclass(frozen=True, slots=True)
class PanelRules:
    """How the panel is made up; the order of roles and rows is kept as written.

    `memory`: so many thousandths of the most possible support may be given up for people who were not heard
    lately. `reserves`: how many people are chosen who can take the places of members that drop out.
    """

    size: int
    roles: Mapping[str, Limits] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    shares: tuple[Share, ...] = ()
    at_most: Mapping[str, int] = field(default_factory=dict)
    mixed: Names = ()
    locked: Names = ()
    barred: Names = ()
    memory: int = 50
    reserves: int = 3


def _usual_balance() -> dict[str, Target]:
    return {"subregion": "equal", "sector": "sqrt"}


def _usual_spread() -> dict[str, int]:
    return {"subregion": 500, "sector": 500}


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is frozen when a round opens (section 1.1), with its defaults.

    `max_ballot`: thousandths of the whole that one ballot may be worth. `support_min`: how many ballots a
    category must have to be counted in support. `topics_rule`: how several topics are chosen.
    """

    max_ranks: int = 5
    max_objectives: int = 5
    max_endorsements: int = 5
    balance: Mapping[str, Annotated[Target, _target]] = field(default_factory=_usual_balance)
    weight_bounds: Bounds = (0.2, 5.0)
    method: Method = "points"
    objective_share: int = 250
    spread: Mapping[str, int] = field(default_factory=_usual_spread)
    topics: int = 1
    panel: PanelRules | None = None
    version: int = VERSION
    max_ballot: int = 50
    support_min: int = 3
    topics_rule: TopicsRule = "shared"


@dataclass(frozen=True, slots=True)
class Round:
    """The round that is counted; `closed_at` is a moment with its zone, in ISO 8601."""

    key: Name
    title: Words
    closed_at: Moment


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme on the ballot, with the one to five objectives of the Compact that it stands for."""

    key: Name
    title: Words
    objectives: Wholes


@dataclass(frozen=True, slots=True)
class Seat:
    """A place in the frozen roll, whether it voted or not; `base` is what it counts for before balance."""

    seat: str
    country: str
    categories: Mapping[str, str]
    base: int = 1


@dataclass(frozen=True, slots=True)
class Ballot:
    """What one seat said: tiers of themes, best first; objectives and nominees, in no order."""

    seat: str
    ranking: tuple[tuple[str, ...], ...]
    objectives: tuple[int, ...] = ()
    endorsements: tuple[str, ...] = ()


def ballot_to_dict(ballot: Ballot) -> dict[str, object]:
    """Return the JSON form of a ballot: always all four fields, lists in the order they came in."""
    return {
        "seat": ballot.seat,
        "ranking": [list(tier) for tier in ballot.ranking],
        "objectives": list(ballot.objectives),
        "endorsements": list(ballot.endorsements),
    }


@dataclass(frozen=True, slots=True)
class Nominee:
    """A person who may be on the panel; `support` of `None` means "from endorsements"."""

    key: Name
    name: str
    organisation: Name
    role: Name
    country: Name
    categories: Categories = field(default_factory=dict)
    topics: Names = ()
    recent: int = 0
    support: int | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """What chance is made of (section 4): lowercase hex, except `public`, which is any text."""

    commitment: Digest
    secret: Digest
    public: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A whole round; `digest` is the SHA-256 of the file it was read from, empty for one made in memory."""

    round: Round
    rules: Rules
    themes: tuple[Theme, ...]
    seats: tuple[Seat, ...]
    ballots: tuple[Ballot, ...]
    nominees: tuple[Nominee, ...]
    seed: Seed
    digest: str = field(default="", compare=False)
