"""What services hand out: frozen values, finished for a page or a file, never rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.core.bundle import LocalText, PanelRules, Rules


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
    title: LocalText
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
    title: LocalText
    description: LocalText
    objectives: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PublicRound:
    """What a round asks, of whom, until when and under which frozen rules."""

    card: RoundCard
    question: LocalText
    themes: tuple[ThemeLine, ...]
    rules: Rules
    nominees: int
    commitment: str
    package_sha256: str
    opened_at: datetime


# -- the result


@dataclass(frozen=True, slots=True)
class Support:
    """In how many categories of a dimension a theme is supported, how many it needs, and which support it."""

    dimension: str
    supporting: int
    required: int
    total: int
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ThemeResult:
    """A theme in the result; shares are from 0 to 1, for showing only."""

    key: str
    title: LocalText
    place: int
    score: float
    points: float
    relevance: float
    unweighted_place: int
    unweighted_score: float
    support: tuple[Support, ...]
    spread_met: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """A chosen theme with the objectives on which the session should dwell."""

    key: str
    title: LocalText
    focus: tuple[tuple[int, LocalText], ...]
    spread_met: bool
    theme: ThemeResult


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """A category of the roll: who could vote, who did, and what its ballots counted for before and after."""

    dimension: str
    key: str
    name: LocalText
    seats: int
    ballots: int
    share: float
    weighted: float
    target: float | None
    silent: bool
    folded: int = 0  # how many small categories this line stands for


@dataclass(frozen=True, slots=True)
class BalanceFacts:
    """What the weights did, in figures."""

    met: bool
    largest_miss: float
    smallest: float
    largest: float
    at_bounds: int
    design_effect: float
    effective_ballots: float
    silent: tuple[LocalText, ...]


@dataclass(frozen=True, slots=True)
class ResultView:
    """A counted round as its result page tells it."""

    card: RoundCard
    question: LocalText
    rules: Rules
    ballots: int
    countries_voting: int
    topics: tuple[Topic, ...]
    themes: tuple[ThemeResult, ...]
    objectives: tuple[tuple[int, LocalText, float], ...]
    categories: tuple[tuple[str, tuple[CategoryLine, ...]], ...]
    balance: BalanceFacts
    pairs: tuple[tuple[float | None, ...], ...]
    order_changed: bool
    topic_changed: bool
    bundle_sha256: str
    seed: str
    result_sha256: str
    closed_at: datetime
    published_at: datetime | None


# -- the panel


@dataclass(frozen=True, slots=True)
class NomineeLine:
    """A nominee as the panel's pages show one; `gender` is for the secretariat's eyes only."""

    key: str
    name: str
    organisation: str
    role: str
    role_name: LocalText
    country: LocalText
    subregion: LocalText
    sector: LocalText
    gender: LocalText | None
    support: int
    recent: int
    in_pool: bool


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A rule of the panel: what it asks, how many the panel has, how many the pool could give."""

    kind: str  # role, quota, share, at_most, mixed
    attribute: str
    value: LocalText
    have: int
    low: int
    high: int | None
    percent: int | None
    hard: bool
    ok: bool
    pool: int


@dataclass(frozen=True, slots=True)
class PanelDecision:
    """A panel as it was chosen: who, under which rules, and whether the rules could be kept at all."""

    version: int
    chosen_at: datetime
    feasible: bool
    members: tuple[NomineeLine, ...]
    rows: tuple[RuleRow, ...]
    support: int
    shortfall: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PanelView:
    """The panel's desk: the rules as they stand, the pool, and the newest panel if one was chosen."""

    card: RoundCard
    topics: tuple[LocalText, ...]
    rules: PanelRules
    nominees: tuple[NomineeLine, ...]
    decision: PanelDecision | None
    public_version: int | None
