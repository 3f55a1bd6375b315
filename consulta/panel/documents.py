"""Kept panels as typed values, and who is held on one or kept out of it, and why.

This is the one place that knows how documents of panels are written. The rules of a panel hold people
(`locked`) and keep people out (`barred`) for different reasons: the person accepted, has been invited, was
designated elsewhere or declined, or the secretariat decided it. Only the last is a choice by hand. Each panel
stands beside the best one of the round's own rules: those that hold only people designated elsewhere, and
keep out no person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeVar, cast

from sqlalchemy import select

from consulta.core.counting.result import PanelResult, PanelRow, Reserves
from consulta.core.invitations import COMING, Invited
from consulta.core.panel import choose as choosing
from consulta.core.panel.rows import THOUSAND
from consulta.core.panel.rules import parse_panel_rules
from consulta.core.reading import Node
from consulta.core.texts import Text
from consulta.core.typed import from_plain
from consulta.panel.values import Designation, Seen
from consulta.platform import documents
from consulta.platform.data import most_named
from consulta.platform.data.attributes import GENDER
from consulta.platform.models import Invitation, Nominee

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy.orm import Session

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


TOLD = frozenset({"", "country", "organisation", "role", "sector", "subregion", *most_named.ATTRIBUTES})
"""What rules may be about of which everybody reads how they are met; "" is the size."""
REBALANCED = "rebalanced"
"""Why a person left a panel that was chosen again around others: for no reason of their own."""


class Answers(NamedTuple):
    """How the people of a round answered, and who left its panel for good."""

    states: Mapping[str, Invited]
    gone: frozenset[str]


def answers_of(work: Work, found: Round) -> Answers:
    """Return the state of each invitation by nominee, and who declined or was replaced so far."""
    states = {key: Invited(state) for key, state in _invited(work.session, found.id).items()}
    gone = {key for key, state in states.items() if state is Invited.DECLINED}
    for kept in every(work, found):
        if kept.replacement is not None:
            gone |= {key for key, reason in kept.replacement.left.items() if reason != REBALANCED}
    return Answers(states, frozenset(gone))


def _invited(session: Session, round_id: int) -> dict[str, str]:
    """Return a mapping from nominee key to the state of the invitation, of all who are invited."""
    query = (
        select(Nominee.key, Invitation.state)
        .join(Invitation, Invitation.nominee_id == Nominee.id)
        .where(Invitation.round_id == round_id)
        .order_by(Invitation.id)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def holds_of(
    found: Round,
    rules: PanelRules,
    answers: Answers,
    *,
    invited: Collection[str] = (),
    chosen: Collection[str] = (),
    leaving: Collection[str] = (),
) -> Holds:
    """Return why each person is held or kept out by `rules`.

    `invited` keep their place for this choice alone, `chosen` are locked only to seat them, and `leaving`
    give up their place with it.
    """
    sent = {nominee.key for nominee in found.nominees if nominee.outside is not None}
    locked = {*rules.locked} - {*chosen}
    accepted = {key for key in locked - sent if answers.states.get(key) in COMING}
    asked = (locked - sent - accepted) & {*invited}
    left = {*rules.barred} & (answers.gone | {*leaving})
    return Holds(
        accepted=tuple(sorted(accepted)),
        invited=tuple(sorted(asked)),
        designated=tuple(sorted(locked & sent)),
        by_hand=tuple(sorted(locked - sent - accepted - asked)),
        left=tuple(sorted(left)),
        kept_out=tuple(sorted({*rules.barred} - left)),
    )


def own_rules(rules: PanelRules, holds: Holds) -> PanelRules:
    """Return the round's own rules: only people designated elsewhere held, none kept out."""
    return replace(rules, locked=holds.designated, barred=())


def without_decisions_by_hand(rules: PanelRules, holds: Holds) -> PanelRules:
    """Return the rules with the answers and invitations that bind, and nothing that was decided by hand."""
    return replace(
        rules,
        locked=tuple(sorted({*holds.accepted, *holds.invited, *holds.designated})),
        barred=holds.left,
    )


NOTHING_NEW: Mapping[str, list[str]] = {"came": [], "left": [], "held": [], "kept_out": []}
"""A decision by hand that changes no member: a panel that is decided once more, with a reason."""


class Solver:
    """The best panel under rules, each asked once; like `panel.service.best`, which it is given."""

    def __init__(self, best: Callable[[PanelRules], PanelResult]) -> None:
        self._best, self._known = best, list[tuple["PanelRules", "PanelResult"]]()

    def __call__(self, rules: PanelRules) -> PanelResult:
        """Return the best panel under these rules."""
        for known, result in self._known:
            if known == rules:
                return result
        result = self._best(rules)
        self._known.append((rules, result))
        return result

    def knows(self, rules: PanelRules, result: PanelResult) -> None:
        """Take over what was found elsewhere."""
        self._known.append((rules, result))


def compared(best: Solver, rules: PanelRules, holds: Holds, *, exact: bool) -> dict[str, Any]:
    """Return what a kept panel is compared with, as its document says it.

    `own`: the best panel of the round's own rules. `exact`: whether the panel is the best of those with the
    people held and without the people kept out. `wish`: the best panels with and without the wishes about
    gender, where there are any. `without_memory`: the panel that these rules would give without a memory,
    where they have one.
    """
    own = own_rules(rules, holds)
    found = best(own)
    wish = _wish(best, own, found)
    told = {"own": _brief(found), "exact": exact, **({"wish": wish} if wish else {})}
    if not rules.memory:
        return told
    without = best(replace(rules, memory=0))
    forgetful = {"recent": without.recent, "support": without.support}
    return {**told, **({"without_memory": forgetful} if without.feasible else {})}


def _brief(found: PanelResult) -> dict[str, Any]:
    kept: dict[str, Any] = {
        "feasible": found.feasible,
        "members": list(found.members),
        "support": found.support,
        "most_support": found.most_support,
        "recent": found.recent,
        "shortfall": found.shortfall,
    }
    # A search that reached its limit says so (`docs/methods/panel.md`).
    return kept | {"proven": found.proven, "bounds": found.bounds}


def is_gender_wish(attribute: str | None, *, hard: bool) -> bool:
    """Return whether a rule is a wish about gender."""
    return attribute == GENDER and not hard


def is_personal(attribute: str | None) -> bool:
    """Return whether a rule is about what a person said of themselves, such as gender.

    Of such rules everybody reads only whether they are met.
    """
    return (attribute or "") not in TOLD


def _wish(best: Solver, own: PanelRules, found: PanelResult) -> dict[str, Any] | None:
    """Return the most support of panels with and without the wishes about gender.

    None if there are no such wishes; a figure is None if there is no such panel.
    """
    wishes = [share for share in own.shares if is_gender_wish(share.attribute, hard=share.hard)]
    if not wishes:
        return None
    others = tuple(share for share in own.shares if share not in wishes)
    firm = tuple(replace(share, hard=True) if share in wishes else share for share in own.shares)
    rows = [row for row in found.rows if row.kind == "share" and is_gender_wish(row.attribute, hard=row.hard)]
    met = found.feasible and all(row.ok for row in rows)
    with_it = found if met else best(replace(own, shares=firm))
    without = best(replace(own, shares=others))
    return {
        "with": with_it.most_support if with_it.feasible else None,
        "without": without.most_support if without.feasible else None,
    }


# -- what was decided by hand, in the versions that follow


@dataclass(frozen=True, slots=True)
class Hand:
    """One decision by hand as a version of the panel keeps it, with what of it is still in force."""

    kept: KeptPanel
    judged: Judged

    @property
    def version(self) -> int:
        """Return the version of the panel that stores the decision."""
        return self.kept.version


def in_force(kept: Sequence[KeptPanel]) -> tuple[Hand, ...]:
    """Return the decisions by hand that still shape the newest of these versions, the oldest first.

    A decision stays in force until all who came or were held by it have left the panel, and none whom it
    kept out is kept out any more. A decision that brought no person in stays until those whom it took
    off sit again.
    """
    found: list[Hand] = []
    for each in kept:
        if not each.members:  # rules that no panel meets leave the panel before in place
            continue
        found = [still for hand in found if (still := _still(hand, each)) is not None]
        if each.judged is not None:
            found.append(Hand(each, each.judged))
    return tuple(found)


def _still(hand: Hand, now: KeptPanel) -> Hand | None:
    barred = {*now.rules.barred} - {*now.holds.left}
    judged = hand.judged
    came = tuple(key for key in judged.came if key in now.members)
    held = tuple(key for key in judged.held if key in now.members)
    out = tuple(key for key in judged.kept_out if key in barred)
    left = tuple(key for key in judged.left if key not in now.members)
    people = judged.came or judged.held or judged.kept_out
    if not (came or held or out) if people else not left:
        return None
    return replace(hand, judged=replace(judged, came=came, held=held, kept_out=out, left=left))


Standing = Literal["best", "found", "held", "decided", "impossible"]


def standing_of(kept: KeptPanel) -> Standing:
    """Return what can be said of a kept panel.

    `best`: no panel of the round's own rules fulfils the wishes better, or as well with fewer recent seats,
    or with as many and more support, giving up no more of it than the rules allow. `held`: that is so among
    the panels with those held and without those kept out. `decided`: people decided it. `found`: the search
    ended at its limit before that was proven. `impossible`: no panel keeps the rules.
    """
    told, own, sitting = kept.compared, kept.compared.own, kept.sitting
    if not own.feasible and not told.exact:
        return "impossible"
    broken = any(row.hard and not row.ok for row in sitting.rows if row.met is not None)
    reached = sitting.support * THOUSAND >= own.most_support * (THOUSAND - kept.rules.memory)
    as_good = sitting.shortfall < own.shortfall or (
        sitting.shortfall == own.shortfall
        and reached
        and (sitting.recent, -sitting.support) <= (own.recent, -own.support)
    )
    if not broken and own.feasible and own.proven and as_good:
        return "best"
    if not told.exact:
        return "decided"
    return "held" if kept.panel.proven else "found"


def by_hand(
    chosen: Collection[str], possible: PanelResult, holds: Holds, told: Sequence[Hand], *, exact: bool
) -> dict[str, list[str]] | None:
    """Return what was decided by hand and is not told yet: people brought, taken off, held or kept out.

    `possible` is the best panel that the answers leave possible. None where there is nothing to tell: the
    panel is that one, or it is `exact` around people who are told already.
    """
    left, came = choosing.changes(possible.members, chosen)
    known = {
        key
        for hand in told
        for key in (*hand.judged.came, *hand.judged.left, *hand.judged.held, *hand.judged.kept_out)
    }
    new = {
        "came": [key for key in came if key not in known],
        "left": [key for key in left if key not in known],
        "held": [key for key in holds.by_hand if key not in known],
        "kept_out": [key for key in holds.kept_out if key not in known],
    }
    people = new["came"] or new["held"] or new["kept_out"]
    return new if people or (new["left"] and not exact) or not possible.feasible else None
