"""Two persons for what cannot be undone: one asks for an act, another confirms it within a day.

The act is kept as the form that was sent. It runs when another person, whose role may do the same, sends
exactly that form again; both are in the log. Where no other person could confirm, nothing is asked for,
unless the installation always wants two (`Settings.two_persons`).

A person cannot come to act alone, or with an account of their own making, by what they do with accounts: for
seven days after an account was ended or lost its role by a person, acts ask for another one as before; and
accounts that go back to one another do not confirm each other's acts (`staff.makers`). A command is not a
person: the shell is the way out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts.staff import makers, queries, service
from consulta.accounts.staff.values import ActView
from consulta.core.problems import Problem, or_problem
from consulta.core.trust import record
from consulta.platform import access
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.models import PendingAct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from consulta.platform.models import Staff
    from consulta.platform.work import Work

LIFE = timedelta(hours=24)
REASON_MAX = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """An act as it was asked for: where it is done, and what was sent.

    `action` is that of the table of access, `second` the one of who confirms, where it is another. `shown`
    is the form for people in each language: label and value. `told` says in each language what would be done.
    """

    endpoint: str
    action: str
    path: str
    fields: Sequence[tuple[str, str]]
    shown: Mapping[str, Sequence[tuple[str, str]]] | None = None
    told: Mapping[str, str] | None = None
    second: str = ""

    @property
    def sent(self) -> list[list[str]]:
        """Return the fields as they are stored and compared."""
        return [list(each) for each in self.fields]


def are_needed(work: Work, action: str, setting: str, second: str = "", subject: int | None = None) -> bool:
    """Return whether an act of this action, by the actor, needs another person.

    `setting` is that of the installation: "yes", "no", or "auto", by which it does where there is one whose
    role may do `second` (else `action`), besides the account that the act is about (`subject`).
    """
    me = work.actor.staff_id
    if setting == "no" or me is None:
        return False
    others = {each.id for each in makers.able(work, second or action)} - {me, subject}
    return setting == "yes" or bool(others) or makers.is_held(work, action)


def ask(work: Work, asked: Asked, page: str) -> int:
    """Keep an act that the actor asks for, tell all who can confirm it, and return its number.

    `page` is the address of its page, with `{number}`. What the actor asked for before at the same address is
    withdrawn. Problem: `access.denied`.
    """
    require(work, asked.action)
    me = or_problem(work.actor.staff_id, "access.denied", action=asked.action)
    for before in queries.waiting_acts(work.session, work.now):
        if before.path == asked.path and before.staff_id == me:
            _decide(work, before, "withdrawn", "")
    row = PendingAct(
        endpoint=asked.endpoint,
        path=asked.path,
        fields={
            "sent": asked.sent,
            "shown": {code: [list(each) for each in said] for code, said in (asked.shown or {}).items()},
            "action": asked.action,
            "second": asked.second or asked.action,
            "told": dict(asked.told or {}),
            "nonce": secrets.token_hex(16),
        },
        staff_id=me,
        asked_at=work.now,
        expires_at=work.now + LIFE,
    )
    work.session.add(row)
    work.session.flush()
    details = {"endpoint": asked.endpoint, "path": asked.path, "fields_sha256": digest(row)}
    work.record("acts.asked", f"act:{row.id}", details)
    facts = {"who": work.actor.name, "until": as_text(row.expires_at), "page": page.format(number=row.id)}
    for person in _others(work, row):
        service.tell(work, person, "asked", {**facts, "act": dict(asked.told or {}), "request": row.id})
    return row.id


def asker(work: Work, number: int) -> int:
    """Return who asked for an act, by number. Problem: `act.unknown`."""
    row = or_problem(queries.act(work.session, number), "act.unknown")
    return row.staff_id


def confirm(work: Work, number: int, asked: Asked) -> None:
    """Record that the actor confirms what another person asked for, and tell that person that it is done.

    The act itself follows in this same unit of work: both are kept, or neither is. So nothing is confirmed
    that was not done, and nothing is done twice, whenever the process ends.

    Problems: `act.unknown`, `act.over`, `act.own`, `act.gone` (who asked may not any more), `act.made` (the
    accounts go back to one another), `act.changed` (another form than the one that was asked for),
    `access.denied`.
    """
    row = _held(work, number)
    require(work, _second(row))
    if row.staff_id == work.actor.staff_id or work.actor.staff_id is None:
        raise Problem("act.own")
    if _is_gone(row, asked.action):
        raise Problem("act.gone")
    makers.require_two(work, row.staff_id, asked.action, _second(row))
    if (row.endpoint, row.path, row.fields["sent"]) != (asked.endpoint, asked.path, asked.sent):
        raise Problem("act.changed")
    _decide(work, row, "confirmed", "")
    work.confirms(row.staff_id)
    service.tell(work, row.staff, "confirmed", {"who": work.actor.name, "act": row.fields["told"]})


def note_not_done(work: Work, number: int) -> None:
    """Record that the actor confirmed an act which could not be done, so that it still waits.

    Problems: `act.unknown`, `act.over`, `access.denied`.
    """
    row = _held(work, number)
    require(work, _second(row))
    details = {"asked_by": row.staff_id, "endpoint": row.endpoint, "path": row.path}
    work.record("acts.not_done", f"act:{row.id}", details)


def refuse(work: Work, number: int, reason: str) -> None:
    """Refuse what another person asked for, or withdraw what the actor asked for; nothing is done.

    Problems: `act.unknown`, `act.over`, `staff.reason` (another's is refused without one), `access.denied`.
    """
    row = _held(work, number)
    require(work, _second(row))
    own = row.staff_id == work.actor.staff_id
    if not own and not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Problem("staff.reason", most=REASON_MAX)
    _decide(work, row, "withdrawn" if own else "refused", reason.strip())
    if not own:
        facts = {"who": work.actor.name, "act": row.fields["told"], "reason": reason.strip()}
        service.tell(work, row.staff, "refused", facts)


def due(work: Work) -> list[str]:
    """Return the acts that no other person confirmed in time, of which the one who asked was not told."""
    return [str(each) for each in queries.ended_acts(work.session, work.now - makers.HELD, work.now)]


def tell_ended(work: Work, number: str) -> bool:
    """Tell the person who asked, once, that no other person confirmed in time; return whether it was now."""
    row = queries.act(work.session, int(number), hold=True)
    if row is None or row.state != "waiting" or row.decided_at is not None or row.expires_at > work.now:
        return False
    row.decided_at = work.now
    _erase_sent(row)
    if row.staff.active:
        service.tell(work, row.staff, "unconfirmed", {"act": row.fields["told"]})
    return True


def look(work: Work, number: int) -> ActView:
    """Return what was asked for, for a person whose role may do it.

    Problems: `act.unknown`, `access.denied`.
    """
    row = or_problem(queries.act(work.session, number), "act.unknown")
    require(work, _second(row))
    return replace(_view(work, row), mails=_mails(work, row))


def listed(work: Work) -> tuple[ActView, ...]:
    """Return what waits for another person and the actor's role may do, the oldest first."""
    require(work, "rounds.read")
    rows = queries.waiting_acts(work.session, work.now)
    return tuple(_view(work, row) for row in rows if access.may(work.actor, _second(row)))


def _decide(work: Work, row: PendingAct, state: str, reason: str) -> None:
    row.state, row.reason, row.decided_at = state, reason, work.now
    row.decided_by_id = work.actor.staff_id
    details = {
        "asked_by": row.staff_id,
        "endpoint": row.endpoint,
        "path": row.path,
        "fields_sha256": digest(row),
    }
    _erase_sent(row)
    not_done = "acts.refused" if state == "refused" else "acts.withdrawn"
    work.record(
        "acts.confirmed" if state == "confirmed" else not_done,
        f"act:{row.id}",
        details | ({"reason": reason} if reason else {}),
    )


def digest(row: PendingAct) -> str:
    """Return the SHA-256 of what is kept of the form of an act that waits, as the log has it."""
    return record.digest(record.canonical(row.fields))


def _erase_sent(row: PendingAct) -> None:
    """Erase what was sent, for a vote that was to be entered is kept no longer than it waits.

    The nonce goes too: without it nobody can find out what was sent by trying the digest in the log.
    """
    row.fields = {name: kept for name, kept in row.fields.items() if name != "nonce"} | {"sent": []}


def _held(work: Work, number: int) -> PendingAct:
    """Return an act that waits, held until the unit of work ends. Problems: `act.unknown`, `act.over`."""
    row = or_problem(queries.act(work.session, number, hold=True), "act.unknown")
    if _is_over(work, row) or row.state != "waiting":
        raise Problem("act.over")
    return row


def _is_over(work: Work, row: PendingAct) -> bool:
    """Return whether an act has expired: no second person confirmed it in time.

    Once the person who asked has been told that it expired, a clock set back does not revive it.
    """
    return row.state == "waiting" and (row.expires_at <= work.now or row.decided_at is not None)


def _is_gone(row: PendingAct, action: str) -> bool:
    """Return whether the person who asked has no account any more that may do it."""
    return not row.staff.active or row.staff.role not in access.ACTIONS.get(action, frozenset())


def _others(work: Work, row: PendingAct) -> list[Staff]:
    """Return the people who could confirm an act, and count as another person than the one who asked."""
    return [
        each
        for each in makers.able(work, _second(row))
        if each.id != row.staff_id and not _is_barred(work, row, each.id)
    ]


def _is_barred(work: Work, row: PendingAct, confirmer: int | None) -> bool:
    """Return whether an account does not count as another person than the one who asked."""
    return confirmer is not None and makers.are_one(work, row.staff_id, confirmer, _action(row), _second(row))


def _shown(kept: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the form for people by language: label and value."""
    return {code: tuple((label, value) for label, value in said) for code, said in kept.items()}


def _mails(work: Work, row: PendingAct) -> dict[str, tuple[str, ...]]:
    """Return who was asked by mail to confirm, by the state of these mails: `queued`, `sent`, `failed`."""
    people = queries.people(work.session)
    keys = {service.notice_key(each.id, row.asked_at, "asked", row.id): each for each in people}
    found: dict[str, list[str]] = {}
    for key, state in queries.mails(work.session, list(keys)):
        found.setdefault(state, []).append(keys[key].name or keys[key].email)
    return {state: tuple(sorted(names)) for state, names in found.items()}


def _action(row: PendingAct) -> str:
    """Return the action of the table of access that who asked for an act needs."""
    return str(row.fields["action"])


def _second(row: PendingAct) -> str:
    """Return the action of the table of access that who confirms an act needs."""
    return str(row.fields["second"])


def _view(work: Work, row: PendingAct) -> ActView:
    return ActView(
        number=row.id,
        path=row.path,
        told=dict(row.fields["told"]),
        fields=tuple((name, value) for name, value in row.fields["sent"]),
        shown=_shown(row.fields["shown"]),
        by=row.staff.name or row.staff.email,
        own=row.staff_id == work.actor.staff_id,
        asked_at=row.asked_at,
        expires_at=row.expires_at,
        state="expired" if _is_over(work, row) else row.state,
        decided_at=row.decided_at,
        decided_by=(row.decided_by.name or row.decided_by.email) if row.decided_by else "",
        reason=row.reason,
        is_alone=not _others(work, row),
        is_barred=_is_barred(work, row, work.actor.staff_id),
        is_gone=_is_gone(row, _action(row)),
    )
