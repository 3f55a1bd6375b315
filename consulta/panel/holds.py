"""Who is held on a panel or kept out of it, why, and with which panels it is compared.

The rules under which a panel is chosen hold people (`locked`) and keep people out (`barred`) for
different reasons: the person accepted, has been invited, was designated elsewhere or declined, or the
secretariat decided it. Only the last is a choice by hand. Each stored panel says which is which, and
stands beside the best panel of the round's own rules: those that hold only people designated elsewhere,
and keep out no person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from consulta.core.invitations import COMING, Invited
from consulta.core.panel import choose as choosing
from consulta.core.panel.rows import THOUSAND
from consulta.panel import documents as panel_documents
from consulta.panel.documents import Holds
from consulta.panel.queries import memory as queries
from consulta.platform.data import most_named
from consulta.platform.data.attributes import GENDER

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from consulta.core.counting.result import PanelResult
    from consulta.core.values import PanelRules
    from consulta.panel.documents import Judged, KeptPanel
    from consulta.platform.models import Round
    from consulta.platform.work import Work

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
    states = {key: Invited(state) for key, state in queries.invited(work.session, found.id).items()}
    gone = {key for key, state in states.items() if state is Invited.DECLINED}
    for kept in panel_documents.every(work, found):
        if kept.replacement is not None:
            gone |= {key for key, reason in kept.replacement.left.items() if reason != REBALANCED}
    return Answers(states, frozenset(gone))


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
