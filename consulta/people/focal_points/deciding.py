"""What the secretariat does with focal points: confirmed with a term, declined, ended early, replaced."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from consulta.core.problems import Problem, or_problem
from consulta.people.focal_points import news, queries
from consulta.people.focal_points.service import (
    REASON_MAX,
    add,
    checked,
    require_free,
    subject,
    today,
    view_of,
)
from consulta.people.focal_points.values import DeskFocal, FocalView, SentMail
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.door import service as door
from consulta.platform.door.service import Given
from consulta.platform.texts import line

if TYPE_CHECKING:
    from consulta.people.focal_points.values import FocalCommand
    from consulta.platform.models import FocalPoint
    from consulta.platform.work import Work

YEARS = range(2000, 2100)


def listed(work: Work) -> tuple[FocalView, ...]:
    """Return all focal points, the newest first."""
    require(work, "focal_points.decide")
    day = today(work)
    return tuple(view_of(each, day) for each in queries.listed(work.session))


def waiting(work: Work) -> int:
    """Return how many focal points wait for the secretariat."""
    require(work, "members.read")
    return queries.count_named(work.session)


def look(work: Work, number: int) -> DeskFocal:
    """Return a focal point with the others of its territory and its mails. Problem: `focal.unknown`."""
    require(work, "focal_points.decide")
    row = _known(work, number)
    day = today(work)
    view = view_of(row, day)
    return DeskFocal(
        view,
        tuple(
            view_of(each, day)
            for each in queries.of_territory(work.session, row.territory)
            if each.id != row.id
        ),
        tuple(
            SentMail(each.kind, each.address, each.state, each.left_at or each.queued_at)
            for each in queries.mails(work.session, row.id)
        ),
        may_replace=row.state == "accepted" and (row.ends or "") >= day,
    )


def organisations(work: Work, language: str) -> list[tuple[int, str]]:
    """Return the members for which a person can be named: id and name, in the order of a language."""
    require(work, "focal_points.decide")
    return sorted(queries.organisations(work.session), key=lambda each: order(each[1], language))


def confirm(work: Work, number: int, seen: int, starts: str, ends: str) -> None:
    """Confirm a person whom a member named, for a term; the person is asked by mail.

    Problems: those of `_held`, `focal.decided`, `focal.left`, `focal.starts`, `focal.ends`, `focal.past`,
    `focal.overlap`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.state != "named":
        raise Problem("focal.decided")
    if not row.organisation.active:
        raise Problem("focal.left")
    first, last = _term(work, starts, ends)
    require_free(work, row.territory, first, last, {row.id})
    row.starts, row.ends = first, last
    _decide(work, row, "asked")
    work.record("focal_points.confirmed", subject(row), {"starts": first, "ends": last})
    news.ask(work, row)


def decline(work: Work, number: int, seen: int, reason: str) -> None:
    """Decline a person whom a member named, with a reason that is mailed to the member.

    Problems: those of `_held`, `focal.decided`, `focal.reason`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.state != "named":
        raise Problem("focal.decided")
    row.reason = _reason(reason)
    row.email = row.phone = ""
    _decide(work, row, "declined")
    work.record("focal_points.declined", subject(row), {"reason": row.reason})
    news.tell_member(work, row, "declined")


def end(work: Work, number: int, seen: int, reason: str) -> None:
    """End a term today, or before the person answered; person and member are told, with the reason.

    Problems: those of `_held`, `focal.decided`, `focal.reason`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    day = today(work)
    if row.state not in queries.HOLDING or (row.ends or "") < day:
        raise Problem("focal.decided")
    row.reason = _reason(reason)
    row.ends = max(row.starts or day, min(row.ends or day, day))
    _decide(work, row, "ended")
    work.record("focal_points.ended", subject(row), {"reason": row.reason})
    news.tell_person(work, row, "ended")
    if row.organisation.active:
        news.tell_member(work, row, "ended")


def unlist(work: Work, number: int, seen: int) -> None:
    """Take the name off the public list, as the person asked. Problems: those of `_held`, `focal.decided`."""
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.shows == "unlisted":
        raise Problem("focal.decided")
    row.shows = "unlisted"
    row.version += 1
    work.record("focal_points.unlisted", subject(row))


def name(
    work: Work,
    organisation_id: int,
    command: FocalCommand,
    starts: str,
    ends: str,
    replaces: int | None = None,
) -> int:
    """Name a person of a member for a term, or a successor of one; the person is asked by mail.

    A successor is of the same territory, and begins while the other's term goes on. Problems: `focal.left`,
    `focal.unknown`, `focal.decided` (the other cannot be replaced any more), `focal.successor`, those of
    `checked` and of a term, `focal.overlap`.
    """
    require(work, "focal_points.decide")
    member = queries.organisation(work.session, organisation_id)
    if member is None or not member.active:
        raise Problem("focal.left")
    values = checked(work, command, member.country)
    first, last = _term(work, starts, ends)
    queries.hold(work.session)
    before = _known(work, replaces, hold=True) if replaces is not None else None
    if before is not None:
        if before.state != "accepted" or (before.ends or "") < today(work):
            raise Problem("focal.decided")
        if values["territory"] != before.territory or first <= (before.starts or ""):
            raise Problem("focal.successor")
    require_free(work, values["territory"], first, last, {before.id} if before is not None else ())
    row = add(
        work,
        member,
        values,
        state="asked",
        starts=first,
        ends=last,
        replaces_id=before.id if before is not None else None,
        decided_at=work.now,
        staff_id=_staff(work),
    )
    details = {"organisation": member.id, "starts": first, "ends": last, "replaces": row.replaces_id}
    work.record("focal_points.named", subject(row), details)
    news.ask(work, row)
    return row.id


def hand_out(work: Work, number: int) -> str:
    """Return the token of a further link of the person; for commands alone. Problem: `focal.unknown`."""
    require(work, "links.hand_out")
    row = _known(work, number)
    (token,) = door.give(work, news.FOCAL, [Given(row.id)])
    work.record("focal_points.handed_out", subject(row))
    return token


def _known(work: Work, number: int, *, hold: bool = False) -> FocalPoint:
    return or_problem(queries.find(work.session, number, hold=hold), "focal.unknown")


def _held(work: Work, number: int, seen: int) -> FocalPoint:
    """Return a focal point to be decided, of which the form showed the version `seen`.

    Problems: `focal.unknown`, `focal.changed` (another person did something meanwhile).
    """
    queries.hold(work.session)
    row = _known(work, number, hold=True)
    if row.version != seen:
        raise Problem("focal.changed")
    return row


def _decide(work: Work, row: FocalPoint, state: str) -> None:
    row.state = state
    row.version += 1
    row.decided_at, row.staff_id = work.now, _staff(work)
    work.session.flush()


def _staff(work: Work) -> int | None:
    return work.actor.staff_id


def _term(work: Work, starts: str, ends: str) -> tuple[str, str]:
    """Return the first and the last day of a term.

    Problems: `focal.starts`, `focal.ends` (no day, or before the first), `focal.past` (it is over already).
    """
    first, last = _day(starts, "focal.starts"), _day(ends, "focal.ends")
    if last < first:
        raise Problem("focal.ends")
    if last < today(work):
        raise Problem("focal.past")
    return first, last


def _day(text: str, code: str) -> str:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise Problem(code) from None
    if found.year not in YEARS:
        raise Problem(code)
    return found.isoformat()


def _reason(text: str) -> str:
    said = line(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("focal.reason", most=REASON_MAX)
    return said
