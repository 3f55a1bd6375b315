"""Each step of a proposed theme: the row of the proposal changed, and an event beside it, kept for good.

Which step leads from which states to which is said here alone (`STEPS`). Both the members' page and the
desk's queue (`theme_review`) take steps by `take`; the words of a step are in its `details`:

- `submitted`, `edited`, `answered`: `before` and `after` (title, why, objectives, countries, populations),
  `answer` for an answer;
- `returned`: `question`; `declined`, `admitted`, `split`: `reason` (language → words);
- `merged`: `into` (id), `asked` (id of the one that was named, which may be merged itself);
- `split`: `parts` (ids); `made`: the first step of a part, with `part_of` (id);
- `translated`, `reworded`: `language`, `before` and `after` (title, why);
- `undone`: `event`, the id of the step that was taken back.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem
from consulta.core.typed import from_stored
from consulta.platform.models import ThemeProposalEvent

if TYPE_CHECKING:
    from consulta.platform.models import ThemeProposal
    from consulta.platform.work import Work

WAITING = frozenset({"submitted", "returned"})
DECIDED = frozenset({"admitted", "declined", "merged", "split"})
# Step -> the states from which it may be taken, and the state to which it leads (None: the same one).
STEPS: dict[str, tuple[frozenset[str], str | None]] = {
    "submitted": (frozenset({"submitted"}), "submitted"),
    "made": (frozenset({"submitted"}), "submitted"),
    "edited": (WAITING, None),
    "answered": (frozenset({"returned"}), "submitted"),
    "withdrawn": (WAITING, "withdrawn"),
    "returned": (frozenset({"submitted"}), "returned"),
    "admitted": (WAITING, "admitted"),
    "declined": (WAITING, "declined"),
    "merged": (WAITING | {"admitted"}, "merged"),
    "split": (WAITING, "split"),
    "translated": (WAITING | {"admitted"}, None),
    "reworded": (WAITING | {"admitted"}, None),
}
BY_MEMBERS = frozenset({"submitted", "edited", "answered", "withdrawn"})


@dataclass(frozen=True, slots=True)
class Told:
    """What the details of a step tell; what its kind does not tell is empty."""

    language: str = ""
    question: str = ""
    answer: str = ""
    event: int | None = None
    into: int | None = None
    asked: int | None = None


@dataclass(frozen=True, slots=True)
class Wording:
    """The words of a proposal in one language; its objectives where they were changed too."""

    title: str
    why: str
    objectives: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class Worded:
    """What the details of a step `translated` or `reworded` tell."""

    language: str
    before: Wording
    after: Wording


def told(step: ThemeProposalEvent) -> Told:
    """Return what a step tells beside the words that it changed."""
    return from_stored(Told, step.details)


def worded(step: ThemeProposalEvent) -> Worded:
    """Return which words a step `translated` or `reworded` changed."""
    return from_stored(Worded, step.details)


def take(
    work: Work, row: ThemeProposal, kind: str, *, state: str | None = None, **details: Any
) -> ThemeProposalEvent:
    """Take a step: set the proposal's state, write the event, and return it.

    Other columns of the row (`reason`, words) are set by the caller; `into_id` is set here. `state` is
    needed for `undone` alone, which leads to any state but `merged`. Raise Problem
    `theme_proposal.decided` if the step cannot be taken in the present state.
    """
    if kind == "undone":
        after = state or row.state
    else:
        allowed, leads = STEPS[kind]
        if row.state not in allowed:
            raise Problem("theme_proposal.decided")
        after = leads or row.state
    if after != row.state:
        row.decided_at = work.now if after in DECIDED or after == "withdrawn" else None
    row.state, row.into_id = after, details["into"] if kind == "merged" else row.into_id
    if after != "merged":
        row.into_id = None
    event = ThemeProposalEvent(
        proposal=row,
        kind=kind,
        state=after,
        at=work.now,
        actor=str(work.actor),
        staff_id=work.actor.staff_id,
        contact_id=row.contact_id if kind in BY_MEMBERS else None,
        details=details,
    )
    work.session.add(event)
    work.session.flush()
    return event


def content(row: ThemeProposal) -> dict[str, Any]:
    """Return the words and choices of a proposal as events keep them."""
    return {
        "title": dict(row.title),
        "why": dict(row.why),
        "objectives": list(row.objectives),
        "countries": list(row.countries),
        "populations": list(row.populations),
    }
