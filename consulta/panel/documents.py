"""Kept panels as typed values: the one place that knows how their documents are written."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from consulta.core.counting.result import PanelResult, PanelRow, Reserves
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.reading import Node
from consulta.core.texts import Text
from consulta.core.typed import from_plain
from consulta.panel.values import Designation, Seen
from consulta.platform import documents

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.values import PanelRules
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work

Part = TypeVar("Part")


def members_of(content: str | Mapping[str, Any]) -> list[str]:
    """Return the keys of the people on the panel of a stored document.

    It is the panel that people decided, else the one that was chosen; empty if the rules allow no panel
    and none was decided.
    """
    kept = json.loads(content) if isinstance(content, str) else content
    members: list[str] = (kept.get("decided") or kept["panel"])["members"]
    return members


@dataclass(frozen=True, slots=True)
class Holds:
    """People by key: held by their answer, their invitation, an act elsewhere or by hand; kept out
    likewise.
    """

    accepted: tuple[str, ...] = ()
    invited: tuple[str, ...] = ()  # had been invited, and keep their place while another is filled
    designated: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()
    left: tuple[str, ...] = ()  # declined, or were replaced because they did not answer
    kept_out: tuple[str, ...] = ()  # by hand

    @property
    def any_by_hand(self) -> bool:
        """Return whether the secretariat holds or keeps out any person."""
        return bool(self.by_hand or self.kept_out)


@dataclass(frozen=True, slots=True)
class Sitting:
    """What a document tells of the people who sit: rows, support, recent seats, alternates and reserves."""

    members: tuple[str, ...]
    rows: tuple[PanelRow, ...]
    support: int
    shortfall: int
    recent: int
    alternates: Mapping[str, tuple[str, ...]]
    reserves: Reserves | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A panel that people decided beside the best one, and the rows that they overrode."""

    sitting: Sitting
    overridden: frozenset[str]

    @property
    def gave_way(self) -> tuple[PanelRow, ...]:
        """Return the rows that were overridden."""
        return tuple(row for row in self.sitting.rows if row.row in self.overridden)


@dataclass(frozen=True, slots=True)
class Judged:
    """What was decided by hand in this version: about whom, why, by which role and when."""

    came: tuple[str, ...]
    left: tuple[str, ...]
    held: tuple[str, ...]
    kept_out: tuple[str, ...]
    reason: str
    role: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Brief:
    """The best panel of the round's own rules, in short."""

    feasible: bool
    support: int
    most_support: int
    recent: int
    shortfall: int
    proven: bool

    @property
    def best(self) -> int | None:
        """Return the most support that a panel of these rules has; None if there is no panel."""
        return self.most_support if self.feasible else None


@dataclass(frozen=True, slots=True)
class Forgetful:
    """The panel that the same rules without a memory would give: its recent seats and its support."""

    recent: int
    support: int


@dataclass(frozen=True, slots=True)
class Wish:
    """The most support with the wishes about gender and without them; None where there is no panel."""

    with_it: int | None
    without: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """What the panel was compared with; `exact`: it is the best around those held and kept out."""

    own: Brief
    exact: bool
    wish: Wish | None
    without_memory: Forgetful | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """A replacement on the panel: who left (key and reason), who came, and a public explanation."""

    left: Mapping[str, str]
    came: tuple[str, ...]
    said: Text


@dataclass(frozen=True, slots=True)
class KeptPanel:
    """A version of a round's panel: its rules, the best panel under them, and what people decided."""

    version: int
    at: datetime
    sha256: str
    rules: PanelRules
    panel: PanelResult
    designated: Mapping[str, Designation]
    holds: Holds
    compared: Compared
    decided: Decided | None = None
    judged: Judged | None = None
    replacement: Replacement | None = None
    seen_by: tuple[Seen, ...] = ()  # whose voters see somebody who sits, exact and with small groups

    @property
    def sitting(self) -> Sitting:
        """Return what is shown of the members of the panel: the decided one, else the chosen one.

        That is members, rows, support, shortfall, recent seats, alternates and reserves.
        """
        if self.decided is not None:
            return self.decided.sitting
        panel = self.panel
        return Sitting(
            panel.members,
            panel.rows,
            panel.support,
            panel.shortfall,
            panel.recent,
            panel.alternates,
            panel.reserves,
        )

    @property
    def members(self) -> tuple[str, ...]:
        """Return the keys of the members; empty if the rules allow no panel and none was decided."""
        return self.sitting.members

    @property
    def lasting(self) -> tuple[str, ...]:
        """Return the keys of the people held for later choices too.

        They accepted, were designated or are held by hand. People who only kept their place while
        another was filled are left out.
        """
        stay = {*self.holds.accepted, *self.holds.designated, *self.holds.by_hand}
        return tuple(key for key in self.rules.locked if key in stay)

    @property
    def best(self) -> int | None:
        """Return the most support that a panel of the round's own rules has; None if there is no panel."""
        return self.compared.own.best


def every(work: Work, found: Round) -> list[KeptPanel]:
    """Return all versions of a round's panel, the oldest first."""
    return [of(document) for document in documents.every(work.session, found.id, "panel")]


def of(document: Document) -> KeptPanel:
    """Return what a document keeps. Problem: `panel.json`, with the path of what it cannot be."""
    content: dict[str, Any] = json.loads(document.content)
    decided = content.get("decided")
    return KeptPanel(
        version=document.version,
        at=document.created_at,
        sha256=document.sha256,
        rules=parse_panel_rules(content["rules"]),
        panel=_part(PanelResult, content["panel"]),
        designated={key: Designation(**sent) for key, sent in content["designated"].items()},
        holds=_part(Holds, content["holds"]),
        compared=_compared(content["compared"]),
        decided=_decided(decided) if decided else None,
        judged=_judged(content["by_hand"]) if "by_hand" in content else None,
        replacement=_replacement(content["replacement"]) if "replacement" in content else None,
        seen_by=tuple(_part(Seen, each) for each in content["seen_by"]),
    )


def _part(kind: type[Part], told: Mapping[str, Any]) -> Part:
    """Return a part of a document, of which other fields may be for other readers."""
    known = {field.name for field in fields(cast("Any", kind))}
    plain = {name: value for name, value in told.items() if name.removesuffix("_percent") in known}
    return from_plain(kind, Node(plain, kind.__name__, "panel.json"))


def _decided(told: Mapping[str, Any]) -> Decided:
    return Decided(
        Sitting(
            members=tuple(told["members"]),
            rows=tuple(_part(PanelRow, row) for row in told["rows"]),
            support=told["support"],
            shortfall=told["shortfall"],
            recent=told["recent"],
            alternates={key: tuple(others) for key, others in told["alternates"].items()},
            reserves=_part(Reserves, told["reserves"]) if told["reserves"] else None,
        ),
        frozenset(told["overridden"]),
    )


def _judged(told: Mapping[str, Any]) -> Judged:
    people = {name: tuple(told[name]) for name in ("came", "left", "held", "kept_out")}
    return Judged(**people, reason=told["reason"], role=told["who"], at=datetime.fromisoformat(told["when"]))


def _compared(told: Mapping[str, Any]) -> Compared:
    wish = told.get("wish")
    return Compared(
        own=_part(Brief, told["own"]),
        exact=told["exact"],
        wish=Wish(wish["with"], wish["without"]) if wish else None,
        without_memory=_part(Forgetful, without) if (without := told.get("without_memory")) else None,
    )


def _replacement(told: Mapping[str, Any]) -> Replacement:
    return Replacement(dict(told["left"]), tuple(told["came"]), Text(told["said"]))
