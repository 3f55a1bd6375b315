"""The phase of proposing themes: planned in a draft, opened with one mail, extended, ended.

Its rules (how many proposals and supports an organisation has, when the proposals of others are seen, how
themes come on the ballot) can be changed until it opens, and never after: the row of the log that tells of
the opening has all of them. Once open, its end can only move forward, as that of a vote, or come early with
a reason that is public.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State
from consulta.platform import deadlines
from consulta.platform.access import require
from consulta.platform.mailer.outbox import hindrance
from consulta.platform.mailer.queries import mail
from consulta.platform.models import ThemePhase
from consulta.platform.texts import line
from consulta.rounds.service import draft, hold, known, subject
from consulta.themes.proposals import links, queries
from consulta.themes.proposals.reading import phase_view, stage_of

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Contact, Round
    from consulta.platform.work import Work
    from consulta.themes.proposals.values import Rule, Shown, ThemePhaseView

MOST_SUPPORTS, MOST_PROPOSALS, MOST_THEMES, SUBREGIONS = 100, 20, 100, 3
REASON_MAX = 300
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class PhaseCommand:
    """The phase as the secretariat sets it; the hour is in the zone of the round."""

    closes_local: str
    shown: Shown = "at_once"
    supports: int = 3
    most: int = 3
    rule: Rule = "support"
    themes: int = 10
    subregions: int = 2


def of_round(work: Work, round_key: str) -> ThemePhaseView | None:
    """Return the phase of a round; None where it has none. Problem: `round.unknown`."""
    require(work, "theme_phase.read")
    return phase_view(work, known(work, round_key))


def plan(work: Work, round_key: str, command: PhaseCommand) -> None:
    """Set the phase of a draft, for the first time or in place of what was planned.

    Problems: `round.unknown`, `round.frozen`, `theme_phase.frozen` (it has opened), `theme_phase.numbers`,
    `theme_phase.late` (it would end after the voting), `plan.past`, those of `deadlines.resolve`.
    """
    require(work, "theme_phase.write")
    found = draft(work, round_key)
    row = queries.phase(work.session, found.id)
    if row is not None and row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    if not _fits(command):
        raise Problem("theme_phase.numbers")
    closes_at = deadlines.resolve(command.closes_local, found.zone)
    if closes_at <= work.now or (row is not None and row.opens_at is not None and closes_at <= row.opens_at):
        raise Problem("plan.past")
    if closes_at >= found.closes_at:
        raise Problem("theme_phase.late")
    if row is None:
        row = ThemePhase(round_id=found.id)
        work.session.add(row)
    row.zone, row.closes_at = found.zone, closes_at
    for name, value in asdict(command).items():
        setattr(row, name, value)
    if command.shown == "at_end":
        row.supports = 0  # what is not seen while the phase is on cannot be supported
    work.session.flush()
    work.record("theme_phase.planned", subject(found), {"until": deadlines.as_text(closes_at)})


def give_up(work: Work, round_key: str) -> None:
    """Delete a phase that has not opened. Problems: `round.unknown`, `round.frozen`, `theme_phase.frozen`."""
    require(work, "theme_phase.write")
    found = draft(work, round_key)
    row = queries.phase(work.session, found.id)
    if row is None:
        return
    if row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    work.session.delete(row)
    work.session.flush()
    work.record("theme_phase.given_up", subject(found))


def open_at(work: Work, round_key: str, local: str) -> None:
    """Let a planned phase open by itself at an hour of the round's zone; the worker sends the mails then.

    Problems: those of `open_now`, `plan.past`, `theme_phase.order`, those of `deadlines.resolve`.
    """
    require(work, "theme_phase.open")
    found, row = _planned(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= work.now:
        raise Problem("plan.past")
    if at >= row.closes_at:
        raise Problem("theme_phase.order")
    row.opens_local, row.opens_at = local, at
    work.record("theme_phase.opening_planned", subject(found), {"at": deadlines.as_text(at)})


def open_now(work: Work, round_key: str) -> int:
    """Open the phase and write to every contact who may vote; return how many are written to.

    Problems: `round.unknown`, `round.frozen`, `theme_phase.none`, `theme_phase.frozen`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    return _open(work, *_planned(work, round_key))


def due_openings(work: Work) -> list[str]:
    """Return the keys of the drafts whose phase is to open now by itself."""
    return queries.due_to_open(work.session, work.now)


def open_as_planned(work: Work, round_key: str) -> int | None:
    """Open a phase whose hour has come; return how many are written to, None where it was opened already."""
    require(work, "theme_phase.open")
    hold(work, round_key)
    return open_now(work, round_key) if round_key in due_openings(work) else None


def write_again(work: Work, round_key: str) -> int:
    """Send the mail with the link to contacts who have not had it yet; return how many are written to.

    Problems: `round.unknown`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    found, _row = _opened(work, round_key)
    contacts = unwritten(work, found)
    links.write(work, found, contacts, links.CALL)
    work.record("theme_phase.written", subject(found), {"count": len(contacts)})
    return len(contacts)


def unwritten(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote, can be reached, and had no mail with a link to propose themes."""
    fresh = mail.unwritten(work.session, found.id, links.CALL)
    return [each for each in fresh if hindrance(each) is None]


def remind(work: Work, round_key: str) -> int:
    """Write to the contacts of organisations that did nothing in the phase; return how many.

    Problems: `round.unknown`, `theme_phase.over`.
    """
    require(work, "theme_phase.open")
    found, _row = _opened(work, round_key)
    had = reminded(work, found)
    contacts = [each for each in silent(work, found) if hindrance(each) is None and each.id not in had]
    links.write(work, found, contacts, links.REMINDER)
    work.record("theme_phase.reminded", subject(found), {"count": len(contacts)})
    return len(contacts)


def silent(work: Work, found: Round) -> list[Contact]:
    """Return the contacts who may vote of organisations that neither proposed nor supported a theme."""
    return queries.silent(work.session, found.id)


def remindable(work: Work, round_key: str) -> tuple[int, datetime | None]:
    """Return how many contacts can be reminded now, and when the first of the others can be; None: no one.

    Problem: `round.unknown`.
    """
    require(work, "theme_phase.read")
    found = known(work, round_key)
    had = reminded(work, found)
    waiting = [each.id for each in silent(work, found) if hindrance(each) is None]
    again = [had[each] + HOUR for each in waiting if each in had]
    return len(waiting) - len(again), min(again, default=None)


def reminded(work: Work, found: Round) -> dict[int, datetime]:
    """Return the contacts who were reminded within an hour, with when."""
    return queries.written_since(work.session, found.id, links.REMINDER, work.now - HOUR)


def extend(work: Work, round_key: str, local: str) -> None:
    """Move the end of an open phase to a later hour; it never moves back.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.earlier`, `theme_phase.late`, those of
    `deadlines.resolve`.
    """
    require(work, "theme_phase.write")
    found, row = _opened(work, round_key)
    at = deadlines.resolve(local, row.zone)
    if at <= row.closes_at:
        raise Problem("theme_phase.earlier")
    if at >= found.closes_at:
        raise Problem("theme_phase.late")
    before = row.closes_at
    row.promised_at = row.promised_at or before
    row.closes_local, row.closes_at = local, at
    details = {"before": deadlines.as_text(before), "after": deadlines.as_text(at)}
    work.record("theme_phase.moved", subject(found), details)


def tell_end(work: Work, round_key: str) -> int:
    """Write to those who can propose that the end has moved, each once for an end; return how many.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.unmoved` (the end is the one first promised).
    """
    require(work, "theme_phase.open")
    found, row = _opened(work, round_key)
    if row.promised_at is None:
        raise Problem("theme_phase.unmoved")
    had = told_of_end(work, found)
    contacts = [
        each for each in queries.may_propose(work.session) if hindrance(each) is None and each.id not in had
    ]
    links.write(work, found, contacts, links.EXTENSION, {"until": deadlines.as_text(row.closes_at)})
    work.record("theme_phase.told", subject(found), {"count": len(contacts)})
    return len(contacts)


def told_of_end(work: Work, found: Round) -> set[int]:
    """Return the contacts who were written to that the phase ends when it ends now."""
    row = queries.phase(work.session, found.id)
    until = deadlines.as_text(row.closes_at) if row is not None else ""
    return queries.told_of_end(work.session, found.id, links.EXTENSION, until)


def end(work: Work, round_key: str, reason: str) -> None:
    """End an open phase before its hour, with a public reason.

    Problems: `round.unknown`, `theme_phase.over`, `theme_phase.reason`.
    """
    require(work, "theme_phase.end")
    found, row = _opened(work, round_key)
    said = line(reason)
    if not said or len(said) > REASON_MAX:
        raise Problem("theme_phase.reason", most=REASON_MAX)
    row.ended_at, row.end_reason = work.now, said
    work.record("theme_phase.ended", subject(found), {"reason": said, **_numbers(work, found)})


def due_endings(work: Work) -> list[str]:
    """Return the keys of the rounds whose phase has passed its hour and is not ended yet."""
    return queries.due_to_end(work.session, work.now)


def end_as_promised(work: Work, round_key: str) -> bool:
    """End a phase at its hour; return whether it was still to be ended."""
    require(work, "theme_phase.end")
    found = hold(work, round_key)
    row = queries.phase(work.session, found.id)
    if row is None or row.opened_at is None or row.ended_at is not None or work.now < row.closes_at:
        return False
    row.ended_at = row.closes_at
    work.record("theme_phase.ended", subject(found), _numbers(work, found))
    return True


def _fits(command: PhaseCommand) -> bool:
    return (
        command.shown in {"at_once", "at_end"}
        and command.rule in {"support", "secretariat"}
        and 0 <= command.supports <= MOST_SUPPORTS
        and 1 <= command.most <= MOST_PROPOSALS
        and 2 <= command.themes <= MOST_THEMES  # noqa: PLR2004 - a vote needs two themes
        and 1 <= command.subregions <= SUBREGIONS
    )


def _planned(work: Work, round_key: str) -> tuple[Round, ThemePhase]:
    found = draft(work, round_key)
    row = or_problem(queries.phase(work.session, found.id), "theme_phase.none")
    if row.opened_at is not None:
        raise Problem("theme_phase.frozen")
    if row.closes_at <= work.now:
        raise Problem("theme_phase.over")
    return found, row


def _opened(work: Work, round_key: str) -> tuple[Round, ThemePhase]:
    found = hold(work, round_key)
    row = queries.phase(work.session, found.id)
    if row is None or found.state != State.DRAFT.value or stage_of(row, found, work.now) != "open":
        raise Problem("theme_phase.over")
    return found, row


def _open(work: Work, found: Round, row: ThemePhase) -> int:
    row.opened_at = work.now
    contacts = unwritten(work, found)
    links.write(work, found, contacts, links.CALL)
    work.record("theme_phase.opened", subject(found), {"count": len(contacts), **_rules(row)})
    return len(contacts)


def _rules(row: ThemePhase) -> dict[str, Any]:
    names = ("shown", "supports", "most", "rule", "themes", "subregions")
    return {"until": deadlines.as_text(row.closes_at)} | {name: getattr(row, name) for name in names}


def _numbers(work: Work, found: Round) -> dict[str, int]:
    states = ("submitted", "returned", "admitted", "declined", "merged", "split")
    return {"proposals": queries.count(work.session, found.id, *states)}
