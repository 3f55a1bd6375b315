"""Accounts of staff: invited by a link, with roles that differ, changed and ended by an administrator.

No person learns the password of another: an account begins with a link by mail, with which its owner sets
the password, and an administrator can send such a link again. The owner is told of each change by mail. At
least one active administrator is left, and no administrator changes the own role or ends the own account.
"""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.accounts.staff import queries
from consulta.accounts.staff.values import AccountView
from consulta.core.problems import Problem, or_problem
from consulta.platform.access import require
from consulta.platform.accounts import factors
from consulta.platform.accounts import service as accounts
from consulta.platform.accounts.service import StaffRole, digest
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.door.service import Given
from consulta.platform.mailer.outbox import PlainLetter, queue_plain, to_staff
from consulta.platform.models import Staff
from consulta.platform.texts import line
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.platform.models import Link
    from consulta.platform.work import Work

JOIN, WAY = "join", "j"
CONFIRMING = ("mail", "secretariat", "admin")  # the roles that can confirm what another person asks for
ALL = ("reader", *CONFIRMING, "scrutineer")
LIFE = timedelta(days=3)  # of a link with which an account begins
NAME_MAX, REASON_MAX = 120, 500
_UNSET = "not set yet:"  # what stands in place of a digest until the owner sets one


def _newcomer(work: Work, link: Link) -> Actor | None:
    """Return who begins an account by a link; None where the account is disabled."""
    person = queries.account(work.session, link.subject_id)
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
        life=LIFE,
    ),
)


def listed(work: Work) -> tuple[AccountView, ...]:
    """Return all accounts, ordered by name."""
    require(work, "staff.read")
    return tuple(_view(work, person) for person in queries.people(work.session))


def account(work: Work, staff_id: int) -> AccountView:
    """Return one account. Problem: `staff.unknown`."""
    require(work, "staff.read")
    return _view(work, _person(work, staff_id))


def role_of(work: Work, staff_id: int) -> str:
    """Return the role of an account, also for who confirms what is done with it. Problem: `staff.unknown`."""
    require(work, "staff.second")
    return _view(work, _person(work, staff_id)).role


def invite(
    work: Work, email: str, name: str, role: StaffRole, language: str = "", organisation: str = ""
) -> int:
    """Create an account that its owner begins by a link in a mail, and return its number.

    Problems: `staff.duplicate`, `staff.disabled`.
    """
    number, token = create(work, email, name, role, language, organisation)
    person = _person(work, number)
    queue_plain(work, [_letter(work, person, "staff_link", {"what": "invited"}, token)])
    _tell_others(work, person, "account_made")
    return number


def create(
    work: Work, email: str, name: str, role: StaffRole, language: str = "", organisation: str = ""
) -> tuple[int, str]:
    """Create an account without a password; return its number and the token of the link to begin it."""
    require(work, "staff.write")
    unguessable = secrets.token_urlsafe(48)
    view = accounts.add_staff(work, email, line(name)[:NAME_MAX], unguessable, role, language, organisation)
    person = _person(work, view.id)
    person.password_hash = _UNSET + secrets.token_hex(16)
    work.session.flush()
    return view.id, _link(work, person)


def send_link(work: Work, staff_id: int, reason: str, *, anew: bool = False) -> None:
    """Send an account's owner a link with which to set another password; earlier ones end.

    With `anew` its second factors are taken away too, as where the telephone is lost. Problems:
    `staff.unknown`, `staff.inactive`, `staff.reason` (none is given).
    """
    token = _renewed(work, staff_id, reason, anew=anew)
    person = _person(work, staff_id)
    what = "anew" if anew else "link"
    queue_plain(work, [_letter(work, person, "staff_link", {"what": what, "reason": reason.strip()}, token)])
    _tell_others(work, person, "account_link", reason)


def hand_out_link(work: Work, email: str, *, anew: bool = False) -> str:
    """Return the token of a new link for an account, as the command shows it. Problem: `staff.unknown`."""
    require(work, "links.hand_out")
    person = or_problem(queries.by_email(work.session, email), "staff.unknown", email=email)
    return _renewed(work, person.id, "consulta staff link", anew=anew)


def _renewed(work: Work, staff_id: int, reason: str, *, anew: bool) -> str:
    require(work, "staff.write")
    person = _person(work, staff_id)
    _require_reason(reason)
    if not person.active:
        raise Problem("staff.inactive")
    if anew:
        queries.remove_factors(work.session, person)
        accounts.end_others(work, person.id, "")
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
    accounts.end_others(work, person.id, "")
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
        queries.end_links(work.session, JOIN, person.id, work.now)
    tell(work, person, "enabled" if active else "disabled", {"reason": reason.strip()})
    _tell_others(work, person, "account_enabled" if active else "account_disabled", reason)


def end_sessions(work: Work, staff_id: int) -> None:
    """End all sessions of an account. Problem: `staff.unknown`."""
    require(work, "staff.write")
    person = _person(work, staff_id)
    accounts.end_others(work, person.id, "")
    work.record("staff.sessions_ended", f"staff:{person.id}")
    tell(work, person, "sessions", {})


def end_all_sessions(work: Work, token: str) -> None:
    """End the sessions of all accounts but the session of `token`, as after a theft."""
    require(work, "staff.write")
    for person in queries.people(work.session):
        accounts.end_others(work, person.id, token)
    work.record("staff.all_sessions_ended", "staff")


# -- by the link, and one's own


def newcomer(work: Work) -> AccountView:
    """Return the account that the actor begins by a link."""
    require(work, "staff.join")
    return _view(work, _by_link(work))


def start(work: Work, name: str, password: str, *, required: bool, source: str, browser: str) -> str:
    """Set the password of the account that a link begins; return the token of a session.

    The link is used up, and all other sessions of the account end. The session waits for the second factor
    where the account has one or one is `required`. Problems: `staff.link_used` (by another one at the same
    moment), `staff.password`, `staff.guessed`, `staff.name`.
    """
    require(work, "staff.join")
    if door.held(work, JOIN, work.actor.id or 0) is None:
        raise Problem("staff.link_used")
    person = _by_link(work)
    name = line(name)[:NAME_MAX]
    if not name:
        raise Problem("staff.name")
    accounts.require_password(password, person.email, name, person.organisation)
    is_new, person.name = not has_begun(person), name
    accounts.give_password(work, person, password)
    queries.end_links(work.session, JOIN, person.id, work.now)
    accounts.clear_failures(work, person)
    needs = required or factors.of(work, person.id).any
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
    who = work.actor.name if work.asked_by is None else _person(work, work.asked_by).name
    gains = what in {"account_made", "account_enabled", "account_role"} and person.role in CONFIRMING
    facts = {"who": who, "act": dict.fromkeys(work.languages, said), "role": person.role}
    if reason.strip():
        facts["reason"] = reason.strip()
    for each in queries.active(work.session, ALL if gains else ("admin",)):
        if has_begun(each) and each.id != person.id:
            tell(work, each, what, {**facts, "account": person.id})


def tell_everybody(work: Work, what: str, facts: dict[str, object]) -> None:
    """Let all people with an account who can act or watch know of something, by mail: scrutineers too."""
    for person in queries.active(work.session, ("mail", "secretariat", "admin", "scrutineer")):
        if has_begun(person):
            tell(work, person, what, facts)


def tell_secretariat(work: Work, what: str, facts: dict[str, object]) -> None:
    """Let all people of the secretariat know of something, by mail."""
    for person in queries.active(work.session, ("secretariat", "admin")):
        if has_begun(person):
            tell(work, person, what, facts)


def has_second(work: Work) -> bool:
    """Return whether a person of the secretariat other than the actor could confirm something now."""
    return any(
        person.id != work.actor.staff_id and has_begun(person)
        for person in queries.active(work.session, ("secretariat", "admin"))
    )


def _letter(
    work: Work, person: Staff, kind: str, facts: dict[str, object], token: str | None = None
) -> PlainLetter:
    if token:
        once = f"{kind}:{person.id}:{digest(token)[:12]}"
    else:
        once = notice_key(person.id, work.now, str(facts["what"]), facts.get("account", facts.get("request")))
    return to_staff(work, kind, person, once, facts, token)


def notice_key(staff_id: int, at: datetime, what: str, about: object = None) -> str:
    """Return by what a notice to an account is told apart: queued when, of what, about which row."""
    more = "" if about is None else f":{about}"
    return f"staff_notice:{staff_id}:{round(at.timestamp() * 1000)}:{what}{more}"


def _link(work: Work, person: Staff) -> str:
    queries.end_links(work.session, JOIN, person.id, work.now)
    (token,) = door.give(work, JOIN, [Given(person.id)])
    return token


def _by_link(work: Work) -> Staff:
    link = or_problem(door.numbered(work, JOIN, work.actor.id or 0), "staff.unknown", email="")
    return _person(work, link.subject_id)


def _person(work: Work, staff_id: int) -> Staff:
    return accounts.person(work, staff_id)


def _other(work: Work, staff_id: int) -> Staff:
    """Return another account than that of the actor. Problems: `staff.unknown`, `staff.own`."""
    person = _person(work, staff_id)
    if work.actor.role != "command" and work.actor.id == person.id:
        raise Problem("staff.own")
    return person


def _require_reason(reason: str) -> None:
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Problem("staff.reason", most=REASON_MAX)


def _require_another_admin(work: Work, person: Staff) -> None:
    if not queries.other_admins(work.session, person.id):
        raise Problem("staff.last_admin")


def has_begun(person: Staff) -> bool:
    """Return whether the owner of an account has set its password."""
    return not person.password_hash.startswith(_UNSET)


def _view(work: Work, person: Staff) -> AccountView:
    return AccountView(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        organisation=person.organisation,
        active=person.active,
        began=has_begun(person),
        factors=factors.of(work, person.id),
        last=queries.last_sign_in(work.session, person.id),
        sessions=len(accounts.list_sessions(work, person.id)),
    )
