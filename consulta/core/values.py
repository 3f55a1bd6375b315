"""What the rules speak of: themes, seats, ballots, nominees and the rules themselves, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Quota:
    """Counts the members whose `attribute` is `value`: from `min` to `max` (`None`: no upper limit)."""

    attribute: str
    value: str
    min: int = 0
    max: int | None = None
    hard: bool = True


@dataclass(frozen=True, slots=True)
class Share:
    """Asks for `min` thousandths of `value` among the members whose `attribute` is in `of`."""

    attribute: str
    value: str
    min: int
    of: tuple[str, ...]
    hard: bool = True


@dataclass(frozen=True, slots=True)
class PanelRules:
    """How the panel is made up; the order of roles and rows is kept as written."""

    size: int
    roles: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    quotas: tuple[Quota, ...] = ()
    shares: tuple[Share, ...] = ()
    at_most: Mapping[str, int] = field(default_factory=dict)
    mixed: tuple[str, ...] = ()
    locked: tuple[str, ...] = ()
    barred: tuple[str, ...] = ()


Method: TypeAlias = Literal["points", "schulze", "runoff"]
"""The ways to put the themes in an order (`tally`)."""


TargetName: TypeAlias = Literal["equal", "roll", "sqrt"]


Target: TypeAlias = TargetName | Mapping[str, float]
"""What a balanced dimension aims at: a named rule, or category → share (`weights.targets`)."""


def _usual_balance() -> dict[str, Target]:
    return {"subregion": "equal", "sector": "sqrt"}


def _usual_spread() -> dict[str, int]:
    return {"subregion": 500, "sector": 500}


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything that is frozen when a round opens (section 1.1), with its defaults."""

    max_ranks: int = 5
    max_objectives: int = 5
    max_endorsements: int = 5
    balance: Mapping[str, Target] = field(default_factory=_usual_balance)
    weight_bounds: tuple[float, float] = (0.25, 4.0)
    method: Method = "points"
    objective_share: int = 250
    spread: Mapping[str, int] = field(default_factory=_usual_spread)
    topics: int = 1
    panel: PanelRules | None = None


@dataclass(frozen=True, slots=True)
class LocalText:
    """A text in the two languages of this version of the bundle."""

    es: str
    en: str


@dataclass(frozen=True, slots=True)
class Round:
    """The round that is counted; `closed_at` is a moment with its zone, in ISO 8601."""

    key: str
    title: LocalText
    closed_at: str


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme on the ballot, with the one to five objectives of the Compact that it stands for."""

    key: str
    title: LocalText
    objectives: tuple[int, ...]


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


@dataclass(frozen=True, slots=True)
class Nominee:
    """A person who may be on the panel; `support` of `None` means "from endorsements"."""

    key: str
    name: str
    organisation: str
    role: str
    country: str
    categories: Mapping[str, str] = field(default_factory=dict)
    topics: tuple[str, ...] = ()
    recent: int = 0
    support: int | None = None


@dataclass(frozen=True, slots=True)
class Seed:
    """What chance is made of (section 4): lowercase hex, except `public`, which is any text."""

    commitment: str
    secret: str
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
