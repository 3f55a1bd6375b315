"""Changes of the panel by people: tried one by one, compared with the rules, then decided.

A trial is stored with the round and is no panel yet. A decision is stored as a new version beside the
exact best under the same rules; if it is not the panel that the rules give, it needs a reason, which is
stored too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.core.panel import choose as choosing
from consulta.core.problems import Problem, or_problem
from consulta.panel import documents as panel_documents
from consulta.panel import service as panels
from consulta.panel.documents import (
    NOTHING_NEW,
    Solver,
    answers_of,
    by_hand,
    holds_of,
    without_decisions_by_hand,
)
from consulta.panel.reading import among, named, rule_rows
from consulta.panel.values import PanelTrial, PanelView
from consulta.platform import documents
from consulta.platform.access import require
from consulta.results.service import closed_round

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.core.counting.result import PanelResult
    from consulta.core.values import PanelRules
    from consulta.panel.documents import KeptPanel
    from consulta.panel.service import Ground
    from consulta.platform.models import Document, Round
    from consulta.platform.work import Work

REASON_MAX = panels.REASON_MAX


@dataclass(frozen=True, slots=True)
class Change:
    """One change to try: an act of `ACTS`, whom it is about, and for a swap who comes."""

    act: str
    nominee: str = ""
    other: str = ""


@dataclass(frozen=True, slots=True)
class _Trial:
    """Who would sit, who is held in any case, and who is kept out, by key."""

    members: frozenset[str]
    held: frozenset[str]
    barred: frozenset[str]


class _Desk(NamedTuple):
    """The basis of a change: the round, its ground, the newest panel, its rules and the trial."""

    found: Round
    base: Ground
    document: Document
    rules: PanelRules
    trial: _Trial


def page(work: Work, key: str) -> PanelView:
    """Return the page of the panel for the secretariat, with the panel that is being tried, if any.

    Problems: those of `panel.service.panel_page`.
    """
    require(work, "panel.read")
    found = closed_round(work, key)
    base = panels.ground(work, found)
    document = documents.find(work.session, found.id, "panel")
    view = panels.view(work, found, base, document)
    if document is None or not _is_tried(found, document):
        return view
    desk = _desk(found, base, document)
    lines = panels.lines_of(found, base, _rules(desk))
    return replace(view, nominees=tuple(lines[n.key] for n in view.nominees), trial=_shown(desk))


class Standing(NamedTuple):
    """Who sits by the panel that is there or being tried, who of them is held, and the rules of it."""

    members: frozenset[str]
    held: frozenset[str]
    rules: PanelRules


def standing(found: Round, base: Ground, document: Document) -> Standing:
    """Return what stands on the panel's desk: the trial, else the newest panel."""
    desk = _desk(found, base, document)
    return Standing(desk.trial.members, desk.trial.held, _rules(desk))


def change(work: Work, key: str, version: int, asked: Change) -> None:
    """Try one more change of the panel of that version; nothing is decided by it.

    Problems: `panel.unknown`, `panel.stale`, `panel.designated`, `panel.held`, `panel.no_completion`, and
    those of `panel.service.panel_page`.
    """
    require(work, "panel.choose")
    desk = _open(work, key, version)
    tried = or_problem(_DOING[asked.act](desk, asked) if asked.act in _DOING else None, "panel.stale")
    desk.found.panel_trial = {
        "version": version,
        "members": sorted(tried.members),
        "locked": sorted(tried.held),
        "barred": sorted(tried.barred),
    }
    details = {"act": asked.act, "nominee": asked.nominee, "other": asked.other}
    work.record(
        "panel.tried",
        f"round:{desk.found.id}",
        {name: value for name, value in details.items() if value},
    )


def give_up(work: Work, key: str) -> None:
    """Discard the panel that is being tried; the panel itself does not change.

    Problems: `round.unknown`, `round.not_closed`, as in `panel.service.panel_page`.
    """
    require(work, "panel.choose")
    found = closed_round(work, key, hold=True)
    if found.panel_trial is not None:
        found.panel_trial = None
        work.record("panel.trial_ended", f"round:{found.id}", {})


def decide(work: Work, key: str, version: int, reason: str) -> bool:
    """Store the panel that is being tried as the panel; return whether this is a decision by hand.

    A reason is needed if the panel is not the one that the rules give with the answers so far, or if
    people are newly held or kept out by hand. Problems: `panel.unknown`, `panel.stale` (changed since,
    or none is tried), `panel.reason` (hard rules broken), `panel.holds`, `panel.other`, `panel.empty`,
    and those of `panel.service.panel_page`.
    """
    require(work, "panel.choose")
    desk = _open(work, key, version)
    if not _is_tried(desk.found, desk.document):
        raise Problem("panel.stale")
    if not desk.trial.members:
        raise Problem("panel.empty")
    rules, told = _rules(desk), _told(desk)
    broken = [row for row in told.rows if row.hard and not row.ok]
    solve = Solver(lambda asked: panels.best(desk.base, asked))
    best, holds = solve(rules), holds_of(desk.found, rules, answers_of(work, desk.found))
    left, came = choosing.changes(best.members, told.members)
    differs = bool(came or left or not best.feasible)
    known, possible = panels.hands_in_force(work, desk.found), solve(without_decisions_by_hand(rules, holds))
    new = by_hand(told.members, possible, holds, known, exact=not differs)
    hand = panels.explained(
        work,
        new or (NOTHING_NEW if broken or reason.strip() else None),
        reason,
        "panel.reason" if broken else ("panel.other" if differs else "panel.holds"),
    )
    decided = {
        "members": list(told.members),
        "changes": {"came": list(came), "left": list(left)},
        "reason": hand["reason"] if hand else "",
        "overridden": [row.row for row in broken],
        "rows": [asdict(row) for row in told.rows],
        "support": told.support,
        "shortfall": told.shortfall,
        "recent": told.recent,
        "reserves": None if told.reserves is None else asdict(told.reserves),
        "alternates": {member: list(others) for member, others in told.alternates.items()},
        "who": work.actor.role,
        "when": work.now.isoformat(),
    }
    kept = panels.keep(
        work,
        desk.found,
        desk.base,
        rules,
        best,
        decided if differs else None,
        holds=holds,
        solve=solve,
        hand=hand,
        exact=not differs,
    )
    work.record(
        "panel.decided",
        f"round:{desk.found.id}",
        {
            "version": kept.version,
            "changes": len(came) + len(left),
            "overridden": len(broken),
            "sha256": kept.sha256,
        },
    )
    return hand is not None


# -- what is being tried


def _open(work: Work, key: str, version: int) -> _Desk:
    found = closed_round(work, key, hold=True)
    document = or_problem(documents.find(work.session, found.id, "panel"), "panel.unknown", key=key)
    if document.version != version:
        raise Problem("panel.stale")
    return _desk(found, panels.ground(work, found), document)


def _is_tried(found: Round, document: Document) -> bool:
    return found.panel_trial is not None and found.panel_trial["version"] == document.version


def _desk(found: Round, base: Ground, document: Document) -> _Desk:
    """Return the basis of a change: the trial so far, else the panel.

    People designated elsewhere sit on it.
    """
    content = panel_documents.of(document)
    rules = panels.holding(content.rules, found)
    kept: Mapping[str, Any] = found.panel_trial or {} if _is_tried(found, document) else {}
    sent = {nominee.key for nominee in found.nominees if nominee.outside is not None}
    held = {*kept.get("locked", content.lasting)} | sent
    barred = {*kept.get("barred", rules.barred)} - sent
    members = {*kept.get("members", ()), *sent} if kept else {*_first(content), *sent}
    people = choosing.pool_of(
        replace(rules, locked=tuple(held), barred=tuple(barred)), base.nominees, base.topics
    )
    if not kept and not members:
        members = {nominee.key for nominee in people} if len(people) < rules.size else held
    trial = _Trial(
        frozenset(members) & {nominee.key for nominee in people}, frozenset(held), frozenset(barred)
    )
    return _Desk(found, base, document, rules, trial)


def _first(kept: KeptPanel) -> tuple[str, ...]:
    """Return the members before any change; if there is no panel, those of the smallest relaxation."""
    return kept.members or kept.panel.relaxed_members


def _rules(desk: _Desk) -> PanelRules:
    held, barred = sorted(desk.trial.held), sorted(desk.trial.barred)
    return replace(desk.rules, locked=tuple(held), barred=tuple(barred))


def _told(desk: _Desk) -> PanelResult:
    base = desk.base
    return choosing.report_on_members(
        _rules(desk), base.nominees, base.support, base.topics, base.seed, desk.trial.members
    )


def _shown(desk: _Desk) -> PanelTrial:
    kept = panel_documents.of(desk.document)
    told, rules = _told(desk), _rules(desk)
    before = {row.row: row.met for row in kept.sitting.rows}
    lines = panels.lines_of(desk.found, desk.base, rules)
    left, came = choosing.changes(kept.members, told.members)
    return PanelTrial(
        members=tuple(lines[key] for key in told.members),
        rows=rule_rows(told.rows, rules, among(desk.base.nominees, told.members), before),
        support=told.support,
        best_support=kept.best,
        explain=_explain(desk, told, rules),
        alternates=named(told.alternates, lines),
        came=tuple(lines[key] for key in came),
        left=tuple(lines[key] for key in left if key in lines),
        held=desk.trial.held,
        barred=desk.trial.barred,
        size=rules.size,
    )


def _explain(desk: _Desk, told: PanelResult, rules: PanelRules) -> bool:
    """Return whether a reason will be needed, judged by the newest panel; `decide` checks again."""
    kept = panel_documents.of(desk.document)
    more_held = {*rules.locked} - {*kept.rules.locked} or {*rules.barred} - {*kept.rules.barred}
    return bool(more_held) or [*told.members] != sorted(kept.panel.members)


# -- the changes: each gives what is tried then, or nothing where the page showed something else


def _try(desk: _Desk, _asked: Change) -> _Trial:
    return desk.trial


def _add(desk: _Desk, asked: Change) -> _Trial | None:
    trial = desk.trial
    free = {each.key for each in choosing.pool_of(_rules(desk), desk.base.nominees, desk.base.topics)}
    if asked.nominee not in free - trial.members:
        return None
    return replace(trial, members=trial.members | {asked.nominee})


def _remove(desk: _Desk, asked: Change) -> _Trial | None:
    trial = desk.trial
    if asked.nominee not in trial.members:
        return None
    _check_loose(desk, asked.nominee)
    return replace(trial, members=trial.members - {asked.nominee})


def _swap(desk: _Desk, asked: Change) -> _Trial | None:
    smaller = _remove(desk, asked)
    return smaller and _add(desk._replace(trial=smaller), Change("add", asked.other))


def _hold(desk: _Desk, asked: Change) -> _Trial | None:
    trial = desk.trial
    if not _is_nominee(desk, asked.nominee) or asked.nominee in trial.held | trial.barred:
        return None
    one = {asked.nominee}
    return replace(trial, members=trial.members | one, held=trial.held | one)


def _bar(desk: _Desk, asked: Change) -> _Trial | None:
    trial = desk.trial
    if not _is_nominee(desk, asked.nominee) or asked.nominee in trial.barred:
        return None
    _check_loose(desk, asked.nominee)
    one = {asked.nominee}
    return replace(trial, members=trial.members - one, barred=trial.barred | one)


def _let_go(desk: _Desk, asked: Change) -> _Trial | None:
    trial = desk.trial
    if asked.nominee not in trial.held | trial.barred:
        return None
    _check_sent(desk, asked.nominee)
    one = {asked.nominee}
    return replace(trial, held=trial.held - one, barred=trial.barred - one)


def _fill(desk: _Desk, _asked: Change) -> _Trial:
    """Return the trial with its free seats filled by the best choice; all who sit are held.

    Raise Problem `panel.no_completion` if the rules allow no such panel.
    """
    return _chosen(desk, desk.trial.members)


def _again(desk: _Desk, _asked: Change) -> _Trial:
    """Return the trial with all members chosen anew, except those who are held.

    Raise Problem `panel.no_completion` if the rules allow no such panel.
    """
    return _chosen(desk, desk.trial.held)


_DOING = {
    "try": _try,
    "add": _add,
    "remove": _remove,
    "swap": _swap,
    "hold": _hold,
    "bar": _bar,
    "let_go": _let_go,
    "fill": _fill,
    "again": _again,
}
ACTS = frozenset(_DOING)


def _chosen(desk: _Desk, staying: frozenset[str]) -> _Trial:
    best = panels.best(desk.base, replace(_rules(desk), locked=tuple(sorted(staying))))
    if not best.feasible:
        raise Problem("panel.no_completion")
    return replace(desk.trial, members=frozenset(best.members))


def _is_nominee(desk: _Desk, key: str) -> bool:
    return any(nominee.key == key for nominee in desk.base.nominees)


def _check_sent(desk: _Desk, key: str) -> None:
    for nominee in desk.found.nominees:
        if nominee.key == key and nominee.outside is not None:
            raise Problem("panel.designated", name=nominee.name)


def _check_loose(desk: _Desk, key: str) -> None:
    """Raise a Problem if a nominee is held: only others may leave.

    Problems: `panel.designated`, `panel.held`.
    """
    _check_sent(desk, key)
    if key in desk.trial.held:
        name = next(nominee.name for nominee in desk.base.nominees if nominee.key == key)
        raise Problem("panel.held", name=name)
