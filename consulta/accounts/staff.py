"""Accounts of the staff: inviting, roles, links, sessions; acts that need two persons; mails to the owners.

Two accounts do not count as two persons for an act where one of them made the other, enabled it, gave it its
role or sent it a link within the last days, also through others, or where the same person did so with both:
unless nobody else could confirm it. After an account was ended, acts of its role still ask for another
person.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.core.trust import record
from consulta.platform import access, accounts, door
from consulta.platform.access import require
from consulta.platform.accounts import StaffRole
from consulta.platform.accounts import digest as service_digest
from consulta.platform.data import catalogue
from consulta.platform.deadlines import as_text, of_text
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, queue_plain, to_staff
from consulta.platform.messages import N_
from consulta.platform.models import (
    Link,
    LogEntry,
    Message,
    Passkey,
    PendingAct,
    RecoveryCode,
    SignedIn,
    Staff,
)
from consulta.platform.texts import line
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.platform.accounts import Factors
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.work import Work


@dataclass(frozen=True, slots=True)
class AccountView:
    """An account of staff, and how it signs in."""

    person: Staff
    began: bool  # whether its owner has set a password
    factors: Factors
    last: datetime | None  # when it signed in last, as far as sessions are kept
    sessions: int  # open ones


@dataclass(frozen=True, slots=True)
class ActView:
    """An act that one person asked for and another confirms: what it is, and what became of it."""

    row: PendingAct
    own: bool
    state: str
    is_alone: bool  # no other person can confirm it now
    is_barred: bool  # the account of the reader and that of who asked go back to one another
    is_gone: bool  # the person who asked has no account any more that may do it
    mails: Mapping[str, list[str]] = field(default_factory=dict)  # who was written to, by their state


def other_admins(session: Session, staff_id: int) -> int:
    """Return how many active administrators there are besides one account.

    They are held, so that two who end each other at the same moment do not leave none.
    """
    query = select(Staff.id).where(Staff.role == "admin", Staff.active).order_by(Staff.id).with_for_update()
    return sum(number != staff_id for number in session.scalars(query))


def _begun(work: Work, roles: Sequence[str]) -> list[Staff]:
    """Return the active accounts with one of these roles whose owners have set a password, by number."""
    query = select(Staff).where(Staff.role.in_(roles), Staff.active).order_by(Staff.id)
    return [person for person in work.session.scalars(query) if has_begun(person)]


def _by_name() -> Select[Staff]:
    return select(Staff).order_by(func.lower(Staff.name), Staff.id)


def changes_of_accounts(session: Session, actions: Sequence[str], since: datetime) -> list[tuple[int, int]]:
    """Return who did such acts to which other account later than `since`, by number, the oldest first.

    Acts of people alone. Of an act that one asked for and another confirmed there is a pair for each of them.
    """
    query = select(LogEntry.actor, LogEntry.subject, LogEntry.details).where(
        LogEntry.action.in_(actions), LogEntry.at > since.isoformat(timespec="microseconds")
    )
    found = []
    for actor, subject, details in session.execute(query.order_by(LogEntry.seq)):
        role, _, number = actor.partition(":")
        if role in {"mail", "secretariat", "admin"} and number.isdecimal():
            account = int(subject.partition(":")[2])
            both = {int(number), json.loads(details).get("asked_by", int(number))}
            found += [(each, account) for each in sorted(both - {account})]
    return found


def end_links(session: Session, purpose: str, staff_id: int, now: datetime) -> None:
    """End all links of an account that are in force."""
    door.end(session, now, Link.purpose == purpose, Link.subject_id == staff_id)


def remove_factors(session: Session, person: Staff) -> None:
    """Take all second factors from an account, recovery codes too."""
    person.second_factor, person.second_step = None, 0
    for table in (Passkey, RecoveryCode):  # row by row, so that no other row is sealed anew as it stands
        for each in session.scalars(select(table).where(table.staff_id == person.id)):
            session.delete(each)
    session.flush()
    session.expire(person, ["passkeys"])


def waiting_acts(session: Session, now: datetime) -> Sequence[PendingAct]:
    """Return the acts that wait for another person, the oldest first."""
    query = select(PendingAct).where(
        PendingAct.state == "waiting", PendingAct.decided_at.is_(None), PendingAct.expires_at > now
    )
    return session.scalars(query.order_by(PendingAct.id).options(joinedload(PendingAct.staff))).all()


ACT_LIFE = timedelta(hours=24)
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
    require(work, "account.own")
    others = {each.id for each in able(work, second or action)} - {me, subject}
    return setting == "yes" or bool(others) or is_held(work, action)


def ask(work: Work, asked: Asked, page: str) -> int:
    """Keep an act that the actor asks for, tell all who can confirm it, and return its number.

    `page` is the address of its page, with `{number}`. What the actor asked for before at the same address is
    withdrawn. Problem: `access.denied`.
    """
    require(work, asked.action)
    me = or_problem(work.actor.staff_id, "access.denied", action=asked.action)
    for before in waiting_acts(work.session, work.now):
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
        expires_at=work.now + ACT_LIFE,
    )
    work.session.add(row)
    work.session.flush()
    details = {"endpoint": asked.endpoint, "path": asked.path, "fields_sha256": digest(row)}
    work.record("acts.asked", f"act:{row.id}", details)
    facts = {"who": work.actor.name, "until": as_text(row.expires_at), "page": page.format(number=row.id)}
    for person in _others(work, row):
        tell(work, person, "asked", {**facts, "act": dict(asked.told or {}), "request": row.id})
    return row.id


def confirm(work: Work, number: int, asked: Asked) -> None:
    """Record that the actor confirms what another person asked for, and tell that person that it is done.

    The act itself follows in this same unit of work: both are kept, or neither is. So nothing is confirmed
    that was not done, and nothing is done twice, whenever the process ends.

    Problems: `act.unknown`, `act.over`, `act.own`, `act.gone` (who asked may not any more), `act.made` (the
    accounts go back to one another), `act.changed` (another form than the one that was asked for),
    `access.denied`.
    """
    row = _held(work, number)
    require(work, row.fields["second"])
    if row.staff_id == work.actor.staff_id or work.actor.staff_id is None:
        raise Problem("act.own")
    if _is_gone(row, asked.action):
        raise Problem("act.gone")
    require_two(work, row.staff_id, asked.action, row.fields["second"])
    if (row.endpoint, row.path, row.fields["sent"]) != (asked.endpoint, asked.path, asked.sent):
        raise Problem("act.changed")
    _decide(work, row, "confirmed", "")
    work.confirms(row.staff_id)
    tell(work, row.staff, "confirmed", {"who": work.actor.name, "act": row.fields["told"]})


def note_not_done(work: Work, number: int) -> None:
    """Record that the actor confirmed an act which could not be done, so that it still waits.

    Problems: `act.unknown`, `act.over`, `access.denied`.
    """
    row = _held(work, number)
    require(work, row.fields["second"])
    details = {"asked_by": row.staff_id, "endpoint": row.endpoint, "path": row.path}
    work.record("acts.not_done", f"act:{row.id}", details)


def refuse(work: Work, number: int, reason: str) -> None:
    """Refuse what another person asked for, or withdraw what the actor asked for; nothing is done.

    Problems: `act.unknown`, `act.over`, `staff.reason` (another's is refused without one), `access.denied`.
    """
    row = _held(work, number)
    require(work, row.fields["second"])
    own = row.staff_id == work.actor.staff_id
    if not own and not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Problem("staff.reason", most=REASON_MAX)
    _decide(work, row, "withdrawn" if own else "refused", reason.strip())
    if not own:
        facts = {"who": work.actor.name, "act": row.fields["told"], "reason": reason.strip()}
        tell(work, row.staff, "refused", facts)


def due(work: Work) -> list[str]:
    """Return the acts that no other person confirmed in time, of which the one who asked was not told."""
    query = select(PendingAct.id).where(
        PendingAct.state == "waiting",
        PendingAct.decided_at.is_(None),
        PendingAct.expires_at > work.now - HELD,
        PendingAct.expires_at <= work.now,
    )
    return [str(number) for number in work.session.scalars(query.order_by(PendingAct.id))]


def tell_ended(work: Work, number: str) -> bool:
    """Tell the person who asked, once, that no other person confirmed in time; return whether it was now."""
    row = work.session.get(PendingAct, int(number), with_for_update=True)
    if row is None or row.state != "waiting" or row.decided_at is not None or row.expires_at > work.now:
        return False
    row.decided_at = work.now
    _erase_sent(row)
    if row.staff.active:
        tell(work, row.staff, "unconfirmed", {"act": row.fields["told"]})
    return True


def look(work: Work, number: int) -> ActView:
    """Return what was asked for, for a person whose role may do it.

    Problems: `act.unknown`, `access.denied`.
    """
    require(work, "account.own")
    row = or_problem(work.session.get(PendingAct, number), "act.unknown")
    require(work, row.fields["second"])
    work.session.refresh(row, ["staff", "decided_by"])  # the page reads them
    return replace(_act_view(work, row), mails=_mails(work, row))


def listed_acts(work: Work) -> list[PendingAct]:
    """Return what waits for another person and the actor's role may do, the oldest first."""
    require(work, "rounds.read")
    return [
        row for row in waiting_acts(work.session, work.now) if access.may(work.actor, row.fields["second"])
    ]


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
    require(work, "account.own")
    row = or_problem(work.session.get(PendingAct, number, with_for_update=True), "act.unknown")
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
    people = able(work, row.fields["second"])
    return [each for each in people if each.id != row.staff_id and not _is_barred(work, row, each.id)]


def _is_barred(work: Work, row: PendingAct, confirmer: int | None) -> bool:
    """Return whether an account does not count as another person than the one who asked."""
    return confirmer is not None and are_one(
        work, row.staff_id, confirmer, row.fields["action"], row.fields["second"]
    )


def _mails(work: Work, row: PendingAct) -> dict[str, list[str]]:
    """Return who was asked by mail to confirm, by the state of these mails: `queued`, `sent`, `failed`."""
    people = work.session.scalars(select(Staff))
    keys = {notice_key(each.id, row.asked_at, "asked", row.id): each.name or each.email for each in people}
    query = select(Message.once, Message.state).where(Message.once.in_(keys))
    found: dict[str, list[str]] = {}
    for name, state in sorted((keys[once], state) for once, state in work.session.execute(query)):
        found.setdefault(state, []).append(name)
    return found


def _act_view(work: Work, row: PendingAct) -> ActView:
    return ActView(
        row=row,
        own=row.staff_id == work.actor.staff_id,
        state="expired" if _is_over(work, row) else row.state,
        is_alone=not _others(work, row),
        is_barred=_is_barred(work, row, work.actor.staff_id),
        is_gone=_is_gone(row, row.fields["action"]),
    )


HELD = timedelta(days=7)  # after a person made an account, or ended another one's rights
ENDED = ("staff.disabled", "staff.role")
MADE = ("staff.added", "staff.enabled", "staff.role", "staff.link_sent")


def require_two(work: Work, asker: int | None, action: str, second: str = "") -> None:
    """Raise Problem `act.made` where the actor and who asked for an act do not count as two persons.

    `second` is the action of the confirming person, where it is another one. A command asks as nobody.
    """
    me = work.actor.staff_id
    if asker is not None and me is not None and are_one(work, asker, me, action, second):
        raise Problem("act.made", days=HELD.days)


def are_one(work: Work, asker: int, confirmer: int, action: str, second: str = "") -> bool:
    """Return whether two accounts do not count as two persons for an action: see the module."""
    made = changes_of_accounts(work.session, MADE, work.now - HELD)
    back = _goes_back(made)
    if not back[asker] & back[confirmer]:
        return False
    if is_held(work, action):
        return True
    first = {subject: place for place, (_maker, subject) in reversed(list(enumerate(made, 1)))}
    newer = max(first.get(asker, 0), first.get(confirmer, 0))
    return any(
        not back[each.id] & back[asker] or first.get(each.id, 0) < newer
        for each in able(work, second or action)
        if each.id not in {asker, confirmer}
    )


def able(work: Work, action: str) -> list[Staff]:
    """Return the people who could do or confirm an act: active, begun, and allowed to do it."""
    return _begun(work, [role for role in CONFIRMING if role in access.ACTIONS.get(action, ())])


def is_held(work: Work, action: str) -> bool:
    """Return whether a person took the right to an action from an account within the last days.

    As far as it is known: an account whose role changed may have had another one before.
    """
    roles = access.ACTIONS.get(action, frozenset())
    for what in ENDED:
        for _who, number in changes_of_accounts(work.session, (what,), work.now - HELD):
            person = accounts.person(work, number)
            if (
                person.role not in roles
                if what == "staff.role"
                else person.role in roles and not person.active
            ):
                return True
    return False


class _GoesBack(dict[int, frozenset[int]]):
    """By account, itself and those to which it goes back: one that nobody made, to itself alone."""

    def __missing__(self, account: int) -> frozenset[int]:
        return frozenset({account})


def _goes_back(made: list[tuple[int, int]]) -> _GoesBack:
    """Return to which accounts each goes back, from pairs of a maker and the account that it made."""
    back = _GoesBack()
    changed = True
    while changed:
        changed = False
        for maker, subject in made:
            both = back[subject] | back[maker]
            changed = changed or both != back[subject]
            back[subject] = both
    return back


JOIN, WAY = "join", "j"
CONFIRMING = ("mail", "secretariat", "admin")  # the roles that can confirm what another person asks for
ALL = ("reader", *CONFIRMING, "scrutineer")
INVITATION_LIFE = timedelta(days=3)  # of a link with which an account begins
NAME_MAX, SERVICE_REASON_MAX = 120, 500
_UNSET = "not set yet:"  # what stands in place of a digest until the owner sets one


def _newcomer(work: Work, link: Link) -> Actor | None:
    """Return who begins an account by a link; None where the account is disabled."""
    person = work.session.get(Staff, link.subject_id)
    return Actor("newcomer", link.id, person.name) if person is not None and person.active else None


PURPOSES = (
    Purpose(
        JOIN,
        way=WAY,
        subject=Staff,
        role="newcomer",
        page="staff.join",
        texts="staff/door.html",
        reader=_newcomer,
        life=INVITATION_LIFE,
    ),
)


def listed(work: Work) -> tuple[AccountView, ...]:
    """Return all accounts, ordered by name."""
    require(work, "staff.read")
    return tuple(_view(work, person) for person in work.session.scalars(_by_name()))


def account(work: Work, staff_id: int) -> AccountView:
    """Return one account. Problem: `staff.unknown`."""
    require(work, "staff.read")
    return _view(work, accounts.person(work, staff_id))


def role_of(work: Work, staff_id: int) -> str:
    """Return the role of an account, also for who confirms what is done with it. Problem: `staff.unknown`."""
    require(work, "staff.second")
    return accounts.person(work, staff_id).role


def invite(
    work: Work, email: str, name: str, role: StaffRole, language: str = "", organisation: str = ""
) -> int:
    """Create an account that its owner begins by a link in a mail, and return its number.

    Problems: `staff.duplicate`, `staff.disabled`.
    """
    person, token = create(work, email, name, role, language, organisation)
    queue_plain(work, [_letter(work, person, "staff_link", {"what": "invited"}, token)])
    _tell_others(work, person, "account_made")
    return person.id


def create(
    work: Work, email: str, name: str, role: StaffRole, language: str = "", organisation: str = ""
) -> tuple[Staff, str]:
    """Create an account without a password; return it and the token of the link to begin it."""
    require(work, "staff.write")
    unguessable = secrets.token_urlsafe(48)
    person = accounts.add_staff(work, email, line(name)[:NAME_MAX], unguessable, role, language, organisation)
    person.password_hash = _UNSET + secrets.token_hex(16)
    work.session.flush()
    return person, _link(work, person)


def first_link(work: Work, email: str = "", *, name: str = "", another: bool = True) -> str | None:
    """Return the token of the link with which the first administrator begins; None if a person has begun.

    It is one link: a former one ends. Without `another`, None is returned too while one is in force.
    Without `email` the person gives the address at the beginning.
    """
    require(work, "links.hand_out")
    everybody = work.session.scalars(select(Staff).order_by(Staff.id)).all()
    if any(has_begun(person) for person in everybody):
        return None
    person = next((each for each in everybody if each.role == "admin" and each.active), None)
    if person is None:
        return create(work, email, name, "admin")[1]
    in_force = select(Link.id).where(
        Link.purpose == JOIN, Link.revoked_at.is_(None), Link.expires_at > work.now
    )
    if not another and work.session.scalar(in_force.limit(1)) is not None:
        return None
    _give_address(work, person, email or person.email)
    person.name = line(name)[:NAME_MAX] or person.name
    work.session.flush()
    return _renewed(work, person, "consulta init", anew=False)


def is_waiting_for_the_first(work: Work) -> bool:
    """Return whether no person of the staff has begun an account."""
    require(work, "links.hand_out")
    return not any(has_begun(person) for person in work.session.scalars(select(Staff)))


def _give_address(work: Work, person: Staff, email: str) -> None:
    """Give an account that has not begun its address. Problem: `staff.duplicate`."""
    address = accounts.plain_address(email)
    taken = select(Staff.id).where(Staff.email == address, Staff.id != person.id)
    if work.session.scalar(taken) is not None:
        raise Problem("staff.duplicate", email=address)
    person.email = address


def send_link(work: Work, staff_id: int, reason: str, *, anew: bool = False) -> None:
    """Send an account's owner a link with which to set another password; earlier ones end.

    With `anew` its second factors are taken away too, as where the telephone is lost. Problems:
    `staff.unknown`, `staff.inactive`, `staff.reason` (none is given).
    """
    require(work, "staff.write")
    person = accounts.person(work, staff_id)
    token = _renewed(work, person, reason, anew=anew)
    facts: dict[str, object] = {"what": "anew" if anew else "link", "reason": reason.strip()}
    queue_plain(work, [_letter(work, person, "staff_link", facts, token)])
    _tell_others(work, person, "account_link", reason)


def hand_out_link(work: Work, email: str, *, anew: bool = False) -> str:
    """Return the token of a new link for an account, as the command shows it. Problem: `staff.unknown`."""
    require(work, "links.hand_out")
    account = select(Staff).where(Staff.email == accounts.plain_address(email))
    person = or_problem(work.session.scalars(account).first(), "staff.unknown", email=email)
    return _renewed(work, person, "consulta staff link", anew=anew)


def _renewed(work: Work, person: Staff, reason: str, *, anew: bool) -> str:
    """End the links of an account, and return the token of a new one."""
    require(work, "staff.write")
    _require_reason(reason)
    if not person.active:
        raise Problem("staff.inactive")
    if anew:
        remove_factors(work.session, person)
        accounts.end_others(work, person.id)
    accounts.clear_failures(work, person)
    details = {"without_factors": anew, "reason": reason.strip(), **accounts.asked_by(work)}
    work.record("staff.link_sent", f"staff:{person.id}", details)
    return _link(work, person)


def change_role(work: Work, staff_id: int, role: StaffRole, reason: str) -> None:
    """Give an account another role; its sessions end.

    Problems: `staff.unknown`, `staff.own`, `staff.last_admin`, `staff.reason`, `staff.scrutineer` (a
    scrutineer stays one, and no other account becomes one: it reads what decides a count).
    """
    require(work, "staff.write")
    person = _other(work, staff_id)
    _require_reason(reason)
    if person.role == role:
        return
    if "scrutineer" in {person.role, role}:
        raise Problem("staff.scrutineer")
    if person.role == "admin":
        _require_another_admin(work, person)
    before, person.role = person.role, role
    accounts.end_others(work, person.id)
    work.session.flush()
    details = {"before": before, "after": role, "reason": reason.strip(), **accounts.asked_by(work)}
    work.record("staff.role", f"staff:{person.id}", details)
    tell(work, person, "role", {"role": role, "reason": reason.strip()})
    _tell_others(work, person, "account_role", reason)


def switch(work: Work, staff_id: int, reason: str, *, active: bool) -> None:
    """Disable an account, with its sessions and links, or enable it again; its owner is told.

    Problems: `staff.unknown`, `staff.own`, `staff.last_admin`, `staff.reason`.
    """
    require(work, "staff.write")
    person = _other(work, staff_id)
    _require_reason(reason)
    if person.active is active:
        return
    if active:
        accounts.enable_staff(work, person.email)
    else:
        if person.role == "admin":
            _require_another_admin(work, person)
        accounts.disable_staff(work, person.email)
        end_links(work.session, JOIN, person.id, work.now)
    tell(work, person, "enabled" if active else "disabled", {"reason": reason.strip()})
    _tell_others(work, person, "account_enabled" if active else "account_disabled", reason)


def end_sessions(work: Work, staff_id: int) -> None:
    """End all sessions of an account. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = accounts.person(work, staff_id)
    accounts.end_others(work, person.id)
    work.record("staff.sessions_ended", f"staff:{person.id}")
    tell(work, person, "sessions", {})


def end_all_sessions(work: Work, token: str) -> None:
    """End the sessions of all accounts but the session of `token`, as after a theft."""
    require(work, "staff.write")
    for person in work.session.scalars(_by_name()):
        accounts.end_others(work, person.id, token)
    work.record("staff.all_sessions_ended", "staff")


# -- by the link, and one's own


def newcomer(work: Work) -> AccountView:
    """Return the account that the actor begins by a link."""
    require(work, "staff.join")
    return _view(work, _by_link(work))


def start(
    work: Work, name: str, password: str, *, required: bool, source: str, browser: str, email: str = ""
) -> str:
    """Set the password of the account that a link begins; return the token of a session.

    The link is used up, and all other sessions of the account end. The session waits for the second factor
    where the account has one or one is `required`. `email` is for an account that has no address yet.
    Problems: `staff.link_used` (by another one at the same moment), `staff.password`, `staff.guessed`,
    `staff.name`, `staff.duplicate`.
    """
    require(work, "staff.join")
    if door.held(work, JOIN, work.actor.id or 0) is None:
        raise Problem("staff.link_used")
    person = _by_link(work)
    name = line(name)[:NAME_MAX]
    if not name:
        raise Problem("staff.name")
    if not person.email:
        _give_address(work, person, email)
    accounts.require_password(password, person.email, name, person.organisation)
    is_new, person.name = not has_begun(person), name
    accounts.give_password(work, person, password)
    end_links(work.session, JOIN, person.id, work.now)
    accounts.clear_failures(work, person)
    needs = required or accounts.of(work, person.id).any
    token = accounts.start_session(
        work,
        staff_id=person.id,
        factor="waiting" if needs else "none",
        source=source,
        browser=browser,
    )
    work.record("staff.began", f"staff:{person.id}")
    if not is_new:
        tell(work, person, "password", {})
    return token


def change_password(work: Work, token: str, password: str) -> None:
    """Give the person of a session another password; all other sessions of the account end.

    Problems: `staff.password`, `staff.guessed`.
    """
    require(work, "account.own")
    person = accounts.owner(work, token)
    accounts.require_password(password, person.email, person.name, person.organisation)
    accounts.give_password(work, person, password, but=token)
    work.record("staff.password", f"staff:{person.id}")
    tell(work, person, "password", {})


def tell(work: Work, person: Staff, what: str, facts: dict[str, object]) -> None:
    """Let an account's owner know of something that happened to it, by mail."""
    queue_plain(work, [_letter(work, person, "staff_notice", {**facts, "what": what})])


def _tell_others(work: Work, person: Staff, what: str, reason: str = "") -> None:
    """Let all administrators know what was done with another person's account, by mail.

    Of an account that was made, enabled or given its role, and can confirm what another person asks for, all
    of the staff and all scrutineers are told: it takes the place of one of them as a second person. The one
    in whose name it was done is told too: with a stolen password it was another person.
    """
    if work.actor.staff_id is None:
        return
    said = f"{person.name or person.email} ({person.email})"
    who = work.actor.name if work.asked_by is None else accounts.person(work, work.asked_by).name
    gains = what in {"account_made", "account_enabled", "account_role"} and person.role in CONFIRMING
    facts: dict[str, object] = {
        "who": who,
        "act": dict.fromkeys(work.languages, said),
        "role": person.role,
        "account": person.id,
    }
    if reason.strip():
        facts["reason"] = reason.strip()
    _tell_all(work, ALL if gains else ("admin",), what, facts, but=person.id)


def tell_everybody(work: Work, what: str, facts: dict[str, object]) -> None:
    """Let all people with an account who can act or watch know of something, by mail: scrutineers too."""
    _tell_all(work, (*CONFIRMING, "scrutineer"), what, facts)


def tell_secretariat(work: Work, what: str, facts: dict[str, object]) -> None:
    """Let all people of the secretariat know of something, by mail."""
    _tell_all(work, ("secretariat", "admin"), what, facts)


def _tell_all(
    work: Work, roles: Sequence[str], what: str, facts: dict[str, object], but: int | None = None
) -> None:
    for person in _begun(work, roles):
        if person.id != but:
            tell(work, person, what, facts)


def has_second(work: Work) -> bool:
    """Return whether a person of the secretariat other than the actor could confirm something now."""
    return any(person.id != work.actor.staff_id for person in _begun(work, ("secretariat", "admin")))


def _letter(
    work: Work, person: Staff, kind: str, facts: dict[str, object], token: str | None = None
) -> PlainLetter:
    if token:
        once = f"{kind}:{person.id}:{service_digest(token)[:12]}"
    else:
        once = notice_key(person.id, work.now, str(facts["what"]), facts.get("account", facts.get("request")))
    return to_staff(work, kind, person, once, facts, token)


def notice_key(staff_id: int, at: datetime, what: str, about: object = None) -> str:
    """Return by what a notice to an account is told apart: queued when, of what, about which row."""
    more = "" if about is None else f":{about}"
    return f"staff_notice:{staff_id}:{round(at.timestamp() * 1000)}:{what}{more}"


def _link(work: Work, person: Staff) -> str:
    end_links(work.session, JOIN, person.id, work.now)
    (token,) = door.give(work, JOIN, [Given(person.id)])
    return token


def _by_link(work: Work) -> Staff:
    link = or_problem(door.numbered(work, JOIN, work.actor.id or 0), "staff.unknown", email="")
    return accounts.person(work, link.subject_id)


def _other(work: Work, staff_id: int) -> Staff:
    """Return another account than that of the actor. Problems: `staff.unknown`, `staff.own`."""
    person = accounts.person(work, staff_id)
    if work.actor.role != "command" and work.actor.id == person.id:
        raise Problem("staff.own")
    return person


def _require_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= SERVICE_REASON_MAX:
        raise Problem("staff.reason", most=SERVICE_REASON_MAX)


def _require_another_admin(work: Work, person: Staff) -> None:
    if not other_admins(work.session, person.id):
        raise Problem("staff.last_admin")


def has_begun(person: Staff) -> bool:
    """Return whether the owner of an account has set its password."""
    return not person.password_hash.startswith(_UNSET)


def _view(work: Work, person: Staff) -> AccountView:
    last = select(func.max(SignedIn.created_at)).where(
        SignedIn.staff_id == person.id, SignedIn.factor != "waiting"
    )
    return AccountView(
        person=person,
        began=has_begun(person),
        factors=accounts.of(work, person.id),
        last=work.session.scalar(last),
        sessions=len(accounts.list_sessions(work, person.id)),
    )


# Acts on an account of which its owner is told, whether the owner or another person did them.
_OWN = frozenset({"device", "codes", "password", "factor", "confirmed", "refused", "unconfirmed"})
# Their sentences say themselves whom to tell.
_ADVISED = frozenset(
    {
        "seat_withdrawn",
        "scrutineer_dismissed",
        "witness_ended",
        "registration_asked",
        "mail_text",
        "organiser",
        "data_objected",
    }
)


def _told(work: Work, message: Message, _reader: Reader) -> Words:
    return {language: _words(work, message, language) for language in work.languages}


def _words(work: Work, message: Message, language: str) -> Mapping[str, str]:
    what, words = message.facts["what"], catalogue.mail_words(language)
    act = message.facts.get("act", {}).get(language, "")
    advice = words["staff_advice_own" if what in _OWN else "staff_advice_other"]
    return {
        "headline": words[f"staff_subject_{what}"].format(act=act),
        "changed": _sentence(work, message, language),
        "advice": "" if what in _ADVISED else advice,
    }


def _sentence(work: Work, message: Message, language: str) -> str:
    """Return what happened, in a sentence or two, with the reason where one was given."""
    facts, words = message.facts, catalogue.mail_words(language)
    at = of_text(facts["at"]) if "at" in facts else message.queued_at
    where = ", ".join(filter(None, (facts.get("browser"), facts.get("network"))))
    told = words[f"staff_{facts['what']}"].format(
        at=moments.moment(at, moments.UNIVERSAL, language),
        where=where or words["staff_no_browser"],
        role=words.get(f"staff_as_{facts.get('role')}", ""),
        who=facts.get("who", ""),
        act=facts.get("act", {}).get(language, ""),
        page=facts.get("page", "").format(language=language),
        until=moments.moment(of_text(facts["until"]), moments.UNIVERSAL, language)
        if "until" in facts
        else "",
    )
    written = facts.get("reasons")
    reason = work.best(Text(written), language) if written else facts.get("reason")
    return f"{told} {words['staff_reason'].format(reason=reason)}" if reason else told


KINDS = (
    MailKind(
        "staff_link",
        N_("Link to begin an account"),
        N_("When an administrator invites a person of the staff, or sends such a link again."),
        places=("headline", "changed", "link"),
        needed=("changed", "link"),
        readers="others",
        unnamed=True,
        fixed_text=True,
        urgent=True,
        opens=(JOIN,),
        words=_told,
    ),
    MailKind(
        "staff_notice",
        N_("News of an account"),
        N_("When something happens to an account of the staff, to its owner."),
        places=("headline", "changed", "advice"),
        needed=("changed",),
        readers="others",
        unnamed=True,
        fixed_text=True,
        urgent=True,
        words=_told,
    ),
)
