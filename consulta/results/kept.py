"""Kept public figures (`public.json`, made in `public_figures`) as values: read as soon as they are found.

What a figure of None says is that it is not told. Documents of few ballots have the topics alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping  # noqa: TC003 - `typed` reads the hints when the program runs
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from consulta.core.counting.result import LeftOut
from consulta.core.typed import as_written, from_stored, part
from consulta.platform import documents

if TYPE_CHECKING:
    from consulta.platform.models import Round
    from consulta.platform.work import Work

KIND = "public"
NOT_TOLD = ""


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic, with the objectives that are its focus."""

    key: str
    spread_met: bool | None = None
    focus: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Firmness:
    """The topics if something else were asked: `percent` is the lowest of ten of a hundred repetitions."""

    percent: int | None = None
    methods: Mapping[str, tuple[str, ...]] | None = None
    leave_one_out: tuple[Annotated[LeftOut, part(LeftOut)], ...] = ()


@dataclass(frozen=True, slots=True)
class Support:
    """In which categories of a dimension a theme is supported."""

    dimension: str
    met: bool | None
    supporting: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Theme:
    """The figures of a theme."""

    key: str
    place: int | None
    score_percent: int | None
    points_percent: int | None
    relevance_percent: int | None
    unweighted_percent: int | None
    first: int | None
    mentions: int | None
    mean_place: int | None
    spread_met: bool | None
    support: tuple[Annotated[Support, part(Support)], ...]


@dataclass(frozen=True, slots=True)
class Objective:
    """How many of a hundred hold an objective urgent."""

    number: int
    percent: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """Categories of a dimension that are told together: who took part.

    `needed` is the number of votes from which on a category by itself can have its share.
    """

    dimension: str
    categories: tuple[str, ...]
    seats: int
    ballots: int
    share_percent: int
    target_percent: int | None
    needed: int | None
    weighted_percent: int | None


@dataclass(frozen=True, slots=True)
class Weights:
    """Whether the weights met their targets, and for how many equal ballots of a hundred they count."""

    met: bool
    effective_percent: int | None


@dataclass(frozen=True, slots=True)
class Public:
    """The public figures of a round; all after `topics` is there where `detail` is `figures`."""

    detail: str
    ballots: int = 0
    small_cell: int = 0
    topics: tuple[Annotated[Topic, part(Topic)], ...] = ()
    step: int | None = None
    themes: tuple[Annotated[Theme, part(Theme)], ...] = ()
    order: Mapping[str, tuple[str, ...] | None] = field(default_factory=dict)
    pairs: Annotated[list[list[int | None]], as_written] = field(default_factory=list)
    objectives: tuple[Annotated[Objective, part(Objective)], ...] = ()
    participation: tuple[Annotated[Line, part(Line)], ...] = ()
    weights: Annotated[Weights, part(Weights)] = Weights(met=False, effective_percent=None)
    firmness: Annotated[Firmness, part(Firmness)] | None = None
    condorcet_winner: str | None = NOT_TOLD

    @property
    def has_figures(self) -> bool:
        """Return whether there are figures, and not the topics alone."""
        return self.detail == "figures"


def public(stored: str | Mapping[str, Any]) -> Public:
    """Return the value of kept public figures."""
    return from_stored(Public, stored)


def find(work: Work, found: Round) -> Public | None:
    """Return the stored public figures of a round; None if there are none."""
    told = stored(work, found)
    return public(told) if told else None


def stored(work: Work, found: Round) -> dict[str, Any] | None:
    """Return the same as they are stored."""
    kept = documents.find(work.session, found.id, KIND)
    return json.loads(kept.content) if kept else None
