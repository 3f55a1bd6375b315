"""Changes of who may vote while a round is open: requested with a reason, announced, then applied.

The module decides when a change lets another address vote. A member of staff requests it. Every address
on file for the seat gets a notice with a link to object. The link to vote is sent when the wait is over
without an objection, at once when an address that could vote at the opening accepts, or, where a second
person of the secretariat confirms, two hours after the notices left. After an objection to any change of a
seat, the wait alone never suffices for that seat. Nor does it where the seat has another address that could
vote at the opening and no notice was delivered to such an address: no reader who could object was told then.

Ending access needs no wait: links of a contact that is deactivated, or whose address changes, end at
once, and every address on file for the seat gets a notice. One function decides which address may get a
link: `consulta.platform.models.conditions.may_get_links`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal, get_args

from consulta.accounts import staff
from consulta.core.problems import Problem, or_problem
from consulta.core.trust import record
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.door import Given, Purpose
from consulta.platform.mailer.outbox import Letter, queue
from consulta.platform.models import AccessChange, Contact
from consulta.platform.texts import line, paragraphs
from consulta.rounds import addresses, links, notices
from consulta.rounds.addresses import Told
from consulta.rounds.service import hold, line_of, sized
from consulta.vote.changes.mails import hint
from consulta.vote.changes.values import (
    CONFIRMED_WAIT,
    Asked,
    ChangesPage,
    ChangeView,
    Question,
    Stood,
    is_confirmed_and_ready,
    ready_at,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.models import Link, Round, Seat, SeatAddress
    from consulta.platform.work import Work

Kind = Literal["added", "address", "replaced", "switched_on", "import"]
ACCESS = "access"  # the purpose of links in notices; their subject is the change
REASON_MAX = 500
NOBODY_TOLD = Told(0, 0, 0, None)
PURPOSES = (
    Purpose(
        ACCESS,
        way="r",
        subject=AccessChange,
        role="addressee",
        page="consulta.vote.pages.changes",
        texts="links/notice.html",
        reader=door.addressee,
        session=False,
    ),
)


# -- asked


def stood(contact: Contact) -> Stood:
    """Return how a contact stands now, to be compared after a change."""
    return Stood(contact.active and contact.may_vote, contact.email)


def checked_reason(reason: str) -> str:
    """Return a reason in the form in which it is kept. Problem: `access.reason`."""
    written = line(reason)
    if not written or len(written) > REASON_MAX:
        raise Problem("access.reason", most=REASON_MAX)
    return written


def settle(
    work: Work,
    contact: Contact,
    before: Stood | None,
    kind: Kind,
    asked: Asked | None,
    replaces: Contact | None = None,
) -> int:
    """Let a change of a contact count for the open rounds of its organisation: in how many it must wait.

    The contact is as it is to be, `before` says how it stood (None: it is new). Problem: `access.reason`
    where the change concerns who may vote and no reason was given.
    """
    now = stood(contact)
    same_address = before is not None and before.address.lower() == now.address.lower()
    had = before is not None and before.access
    if (had == now.access and same_address) or not (had or now.access):
        return 0
    if now.access:
        contact.access_since = work.now
    waits = 0
    for seat in addresses.open_seats(work.session, contact.organisation_id):
        if asked is None:
            raise Problem("access.reason", most=REASON_MAX)
        reason = checked_reason(asked.reason)
        _drop(work, seat, contact)
        if not now.access:
            _tell_of_act(work, "off", seat, contact, now.address, reason)
        elif (seat.id, contact.id) in addresses.allowed(work.session, [(seat.id, contact.id)]):
            _tell_of_act(work, "back", seat, contact, now.address, reason)
        else:
            was = "" if before is None or same_address else before.address
            _ask(work, seat, contact, kind, was, replace(asked, reason=reason), replaces)
            waits += 1
    return waits


def _drop(work: Work, seat: Seat, contact: Contact) -> None:
    """Close the undecided changes of a contact for a seat as withdrawn, without a notice.

    Needed when another change of the contact replaces them, or when the same change is withdrawn in
    another round.
    """
    for change in addresses.undecided(work.session, seat.id, contact.id):
        _close(work, change, "withdrawn", "changed")


def _ask(
    work: Work,
    seat: Seat,
    contact: Contact,
    kind: Kind,
    was: str,
    asked: Asked,
    replaces: Contact | None,
) -> AccessChange:
    change = AccessChange(
        seat_id=seat.id,
        contact_id=contact.id,
        kind=kind,
        address=contact.email,
        before=was,
        replaces_id=replaces.id if replaces else None,
        reason=asked.reason,
        staff_id=asked.by or work.actor.staff_id,
        asked_at=work.now,
        due_at=work.now + asked.wait,
        wait=round(asked.wait.total_seconds()),
        state="waiting",
    )
    work.session.add(change)
    work.session.flush()
    work.record(
        "access.asked",
        f"round:{seat.round_id}",
        {
            "seat": seat.key,
            "change": change.id,
            "contact": contact.id,
            "kind": kind,
            "reason": asked.reason,
            "address_sha256": _digest(change.address),
            "before_sha256": _digest(was),
        },
    )
    readers = [
        each
        for each in addresses.told(work, seat.round_id, seat.id)
        if each.address.lower() != change.address.lower()
    ]
    tokens = door.give(work, ACCESS, [Given(change.id, seat_address_id=each.id) for each in readers])
    notices.tell(work, "access_asked", readers, f"{change.id}", {"change": change.id}, tokens)
    return change


def _tell_of_act(work: Work, act: str, seat: Seat, contact: Contact, address: str, reason: str) -> None:
    """Record a change that needs no wait, and send a notice of it to every address on file for the seat.

    `act` is `off` where access ended, and `back` where the contact is again at an address that may vote
    for the seat.
    """
    work.record(
        "access.ended" if act == "off" else "access.restored",
        f"round:{seat.round_id}",
        {"seat": seat.key, "contact": contact.id, "reason": reason, "address_sha256": _digest(address)},
    )
    facts = {"act": act, "who": contact.name, "hint": hint(address), "reason": reason}
    what = f"{act}:{contact.id}:{round(work.now.timestamp() * 1000)}"
    notices.tell(work, "access_decided", addresses.told(work, seat.round_id, seat.id), what, facts)


def give_up(work: Work, seat: Seat) -> None:
    """Close what waits for a seat that takes no vote any more, without a notice of its own."""
    for change in addresses.of_organisation(work.session, seat.organisation_id):
        if change.seat_id == seat.id:
            _close(work, change, "withdrawn", "changed")


def carry_over(work: Work, found: Round, registered: Seat | None = None) -> None:
    """Create in a round that opens now the changes that were never decided in another round.

    With `registered`, a seat of after the opening, only those of its organisation.

    Every other address on file for the seat gets a notice in this round too. An objection made in the
    other round stops the change here as well.
    """
    for seat, before in _undecided_at(work, found):
        if registered is not None and seat.id != registered.id:
            continue
        asked = Asked(before.reason, timedelta(seconds=before.wait))
        made = _ask(work, seat, before.contact, _kind(before), before.before, asked, None)
        made.replaces_id, made.staff_id = before.replaces_id, before.staff_id
        if before.objected_at is not None:
            made.state, made.objection = "objected", before.objection
            made.objected_at, made.objected_by_id = before.objected_at, before.objected_by_id


def catch_up(work: Work, found: Round, asked: Asked) -> None:
    """Treat what was changed of contacts while a round was closed as if it had been open: it opens again now.

    Another address, a new contact or one that is let vote waits, with a notice to every address on file; that
    the access of a contact ended is told to all of them. Nothing is asked or told for a withdrawn seat.
    """
    seats = addresses.seats_of_round(work.session, found.id)
    told_before = addresses.ended(work.session, f"round:{found.id}")
    on_file: dict[int, list[SeatAddress]] = {}
    for row in addresses.of_round(work.session, found.id):
        if row.seat.withdrawn_at is None:
            on_file.setdefault(row.contact_id, []).append(row)
    there = [contact for _, contact in addresses.active_contacts(work.session, found.id)]
    active = {contact.id: contact for contact in there if contact.organisation_id in seats}
    voting = {number: contact for number, contact in active.items() if contact.may_vote}
    allowed = addresses.allowed(
        work.session, [(seats[each.organisation_id].id, each.id) for each in voting.values()]
    )
    for number, rows in sorted(on_file.items()):
        if number not in voting and number not in told_before and any(row.votes for row in rows):
            last = [row for row in rows if row.votes][-1]
            _tell_of_act(work, "off", last.seat, last.contact, last.address, asked.reason)
    for number, contact in sorted(voting.items()):
        seat, rows = seats[contact.organisation_id], on_file.get(number, [])
        waits = addresses.undecided(work.session, seat.id, number)
        if (seat.id, number) in allowed or any(each.address == contact.email for each in waits):
            continue
        _drop(work, seat, contact)
        voted = [row.address for row in rows if row.votes]
        kind: Kind = "address" if voted else "switched_on" if rows else "added"
        _ask(work, seat, contact, kind, voted[-1] if voted else "", asked, None)


def _undecided_at(work: Work, found: Round) -> list[tuple[Seat, AccessChange]]:
    held = addresses.never_decided(work.session).values()
    seats = addresses.seats_of_round(work.session, found.id) if held else {}
    return [
        (seats[each.contact.organisation_id], each) for each in held if each.contact.organisation_id in seats
    ]


def _kind(change: AccessChange) -> Kind:
    known: dict[str, Kind] = {each: each for each in get_args(Kind)}
    return known[change.kind]


# -- decided


def due(work: Work) -> tuple[str, ...]:
    """Return the changes whose wait is over and that nothing stands in the way of, by their numbers."""
    require(work, "mail.send")
    return tuple(
        str(number) for number in addresses.changes_due(work.session, work.now) if _how_due(work, number)
    )


def carry_out(work: Work, number: str) -> bool:
    """Let a change take effect whose wait is over; False where it was objected to or decided meanwhile.

    Problem: `access.overtaken` (the contact was changed meanwhile, or voting has ended).
    """
    require(work, "mail.send")
    change = addresses.find_change(work.session, int(number), hold=True)
    how = "" if change is None else _how_due(work, change.id)
    if change is None or not how:
        return False
    _do(work, change, how)
    return True


def confirm(work: Work, round_key: str, number: int, reason: str) -> bool:
    """Confirm a change as a second person of the secretariat, also after an objection.

    It takes effect two hours after the notices of it left: now, where they did so before that, else later, by
    itself, unless there is another objection by then. Return whether it is in force now.

    Problems: `round.unknown`, `access.unknown`, `access.decided`, `access.confirmed`, `access.second`,
    `act.made` (see `staff.makers`), `access.reason`, `access.overtaken`, `access.late` (voting ends before).
    """
    require(work, "access.decide")
    change = _undecided(work, round_key, number)
    if work.actor.id is None or work.actor.id == change.staff_id:
        raise Problem("access.second")
    staff.require_two(work, change.staff_id, "access.decide")
    if change.confirmed_at is not None:
        raise Problem("access.confirmed")
    change.confirmed_at = work.now
    change.decision, change.decided_by_id = checked_reason(reason), work.actor.id
    if _how_due(work, number) == "staff":
        _do(work, change, "staff")
        return True
    _require_standing(work, change)
    told = addresses.told_of_changes(work.session, [number]).get(number, NOBODY_TOLD)
    require_in_time(work, change.asked_at, told, change.seat.round.closes_at)
    details = {"seat": change.seat.key, "change": change.id, "reason": change.decision}
    work.record("access.confirmed", f"round:{change.seat.round_id}", details)
    return False


def require_in_time(work: Work, asked_at: datetime, told: Told, closes_at: datetime) -> None:
    """Raise Problem `access.late` where what is confirmed now would take effect after the end of voting."""
    if max(ready_at(asked_at, told), work.now + CONFIRMED_WAIT if told.waiting else work.now) >= closes_at:
        raise Problem("access.late", hours=CONFIRMED_WAIT // timedelta(hours=1))


def stop(work: Work, found: Round, number: int, reason: str) -> None:
    """Stop a change as a scrutineer of its round: no link is sent, unless a second person confirms it.

    The secretariat, the addresses on file and the contact are told, with the reason. Problems:
    `access.unknown`, `access.decided`, `access.stopped` (a scrutineer did), `access.reason`.
    """
    require(work, "access.stop")
    change = addresses.find_change(work.session, number, hold=True)
    if change is None or change.seat.round_id != found.id:
        raise Problem("access.unknown")
    if change.state not in addresses.UNDECIDED_CHANGES or found.state != "open":
        raise Problem("access.decided")
    if change.stopped_by_id is not None:
        raise Problem("access.stopped")
    objection = checked_reason(reason)
    if change.objected_at is None:
        change.objected_at, change.objection = work.now, objection
    change.state, change.stopped_by_id, change.stopped = "objected", work.actor.id, objection
    _take_back_confirmation(change)
    details = {"seat": change.seat.key, "change": change.id, "reason": objection}
    work.record("access.stopped", f"round:{found.id}", details)
    _tell_outcome(work, change, "stopped")
    facts = {"change": change.id, "outcome": "stopped"}
    once = f"access_decided:{change.id}:stopped:contact"
    queue(work, [Letter("access_decided", change.seat, change.contact, once, facts)])
    act = dict.fromkeys(work.languages, f"{change.contact.name}, {change.seat.name}")
    told: dict[str, object] = {"who": work.actor.name, "act": act, "reason": objection}
    staff.tell_secretariat(work, "stopped", told)


def withdraw(work: Work, round_key: str, number: int, reason: str) -> None:
    """Give a change up: the contact is as before, and what it could do before it can do again.

    Problems: `round.unknown`, `access.unknown`, `access.decided`, `access.reason`, `contact.duplicate`.
    """
    require(work, "access.decide")
    change = _undecided(work, round_key, number)
    change.decision, change.decided_by_id = checked_reason(reason), work.actor.id
    contact = change.contact
    if change.before:
        contact.email = change.before
    elif change.kind == "switched_on":
        contact.may_vote = False
    else:
        contact.active = False
    work.session.flush()
    _close(work, change, "withdrawn", "withdrawn", tell=True)
    for seat in addresses.open_seats(work.session, contact.organisation_id):
        _drop(work, seat, contact)  # the same change in another round
    if contact.active and contact.may_vote:
        _send_link(work, change.seat, contact)
    if change.replaces_id is not None:
        _bring_back(work, change, change.replaces_id)


def _bring_back(work: Work, change: AccessChange, contact_id: int) -> None:
    """Activate a replaced contact again, if it is inactive and its address may get links to the seat.

    The act is recorded, every address on file gets a notice, and the contact gets a new link if it may
    vote.
    """
    replaced = work.session.get_one(Contact, contact_id)
    if replaced.active or not addresses.allowed(work.session, [(change.seat_id, contact_id)]):
        return
    replaced.active = True
    work.session.flush()
    work.record("contacts.activated", f"organisation:{replaced.organisation_id}", {"contact": contact_id})
    _tell_of_act(work, "back", change.seat, replaced, replaced.email, change.decision)
    if replaced.may_vote:
        _send_link(work, change.seat, replaced)


def _do(work: Work, change: AccessChange, how: str) -> None:
    """Let a contact vote from its new address: it gets a link, and the addresses on file get a notice.

    Raise Problem `access.overtaken` if the contact was changed meanwhile, or if the round takes no votes
    now.
    """
    contact = change.contact
    _require_standing(work, change)
    addresses.admit(work, change.seat_id, contact)
    _close(work, change, "done", how, tell=True)
    _send_link(work, change.seat, contact)


def _require_standing(work: Work, change: AccessChange) -> None:
    """Raise Problem `access.overtaken` if the contact was changed meanwhile, or the round takes no votes."""
    contact = change.contact
    stands = contact.active and contact.may_vote and contact.email == change.address
    if not stands or change.seat.round.state != "open" or work.now >= change.seat.round.closes_at:
        raise Problem("access.overtaken")


def _take_back_confirmation(change: AccessChange) -> None:
    """Let a second person have to confirm anew what was objected to since."""
    change.confirmed_at, change.decided_by_id, change.decision = None, None, ""


def _send_link(work: Work, seat: Seat, contact: Contact) -> None:
    pair = (seat, contact)
    if addresses.allowed(work.session, [(seat.id, contact.id)]) and work.now < seat.round.closes_at:
        (token,) = links.give(work, [pair])
        notices.new_link(work, *pair, token)


def _close(work: Work, change: AccessChange, state: str, how: str, *, tell: bool = False) -> None:
    change.state, change.decided_how, change.decided_at = state, how, work.now
    details = {"seat": change.seat.key, "change": change.id, "how": how, "reason": change.decision}
    work.record("access.decided", f"round:{change.seat.round_id}", details)
    if tell:
        _tell_outcome(work, change, how)


def _tell_outcome(work: Work, change: AccessChange, outcome: str) -> None:
    readers = [
        each
        for each in addresses.told(work, change.seat.round_id, change.seat_id)
        if each.address.lower() != change.address.lower() or each.at_opening
    ]
    facts = {"change": change.id, "outcome": outcome}
    notices.tell(work, "access_decided", readers, f"{change.id}:{outcome}", facts)


def _how_due(work: Work, number: int) -> str:
    """Return how an undecided change takes effect now: "staff" if confirmed, "wait", or "" if it does not."""
    change = addresses.find_change(work.session, number)
    if change is None or change.state not in addresses.UNDECIDED_CHANGES:
        return ""
    told = addresses.told_of_changes(work.session, [number]).get(number, NOBODY_TOLD)
    if is_confirmed_and_ready(change.confirmed_at, change.asked_at, told, work.now):
        return "staff"
    return "wait" if change.state == "waiting" and _wait_suffices(work, number) else ""


def _wait_suffices(work: Work, number: int) -> bool:
    """Return whether the wait alone lets a change take effect now.

    It does if the change is due, no change of the seat met with an objection, no notice of it is still
    queued, one was delivered to an address that could vote at the opening (to any address, where there
    is no other such one), and the last notice left at least the wait ago.
    """
    change = addresses.find_change(work.session, number)
    if change is None or change.due_at > work.now or addresses.was_objected(work.session, change.seat_id):
        return False
    told = addresses.told_of_changes(work.session, [number]).get(number, NOBODY_TOLD)
    if told.waiting or told.last is None or not addresses.is_told(work.session, change):
        return False
    return told.last + timedelta(seconds=change.wait) <= work.now


def _undecided(work: Work, round_key: str, number: int) -> AccessChange:
    found = hold(work, round_key)
    change = addresses.find_change(work.session, number, hold=True)
    if change is None or change.seat.round_id != found.id:
        raise Problem("access.unknown")
    if change.state not in addresses.UNDECIDED_CHANGES:
        raise Problem("access.decided")
    return change


# -- answered by the readers of notices


def question(work: Work, link: Link) -> Question:
    """Return what the reader of a notice is asked."""
    change = or_problem(addresses.find_change(work.session, link.subject_id), "access.unknown")
    found = change.seat.round
    return copied(
        Question,
        change,
        found,
        organisation=change.seat.name,
        contact=change.contact.name,
        address=hint(change.address),
        before=hint(change.before) if change.before else "",
        here=catalogue.countries_by_code()[change.seat.country].zone,
        state=change.state,
        decided_how=change.decided_how or "",
        may_accept=_may_accept(change, door.address_of(link)),
        answered=link.choice or "",
    )


def answer(work: Work, link: Link, choice: str, note: str) -> None:
    """Object to a change, or accept it, as the reader of its notice.

    Problems: `reply.over` (it is decided), `access.not_accepted` (this address cannot accept it).
    """
    require(work, "replies.answer")
    change = addresses.find_change(work.session, link.subject_id, hold=True)
    if change is None or change.state not in addresses.UNDECIDED_CHANGES or change.seat.round.state != "open":
        raise Problem("reply.over")
    if choice == "accept":
        if change.state != "waiting" or not _may_accept(change, door.address_of(link)):
            raise Problem("access.not_accepted")
        _do(work, change, "address")
        return
    first = change.objected_at is None
    change.state = "objected"
    _take_back_confirmation(change)
    if first:
        change.objected_at, change.objected_by_id = work.now, link.seat_address_id
        change.objection = paragraphs(note)[:REASON_MAX]
        details = {"seat": change.seat.key, "change": change.id}
        work.record("access.objected", f"round:{change.seat.round_id}", details)
        _tell_outcome(work, change, "objected")


def _may_accept(change: AccessChange, reader: SeatAddress) -> bool:
    """Return whether this reader alone can accept a change.

    The reader's address could vote for the seat when the round opened, and is not the address that would
    be admitted.
    """
    return reader.at_opening and reader.votes and reader.address.lower() != change.address.lower()


# -- looked at


def changes_page(work: Work, round_key: str) -> ChangesPage:
    """Return the changes of a round for the desk. Problem: `round.unknown`."""
    require(work, "members.read")
    found, sizes = sized(work, round_key)
    seen = _views(work, addresses.changes_of_round(work.session, found.id))
    return ChangesPage(
        line_of(found, sizes, work.now),
        tuple(each for each in seen if each.state in addresses.UNDECIDED_CHANGES),
        tuple(each for each in seen if each.state not in addresses.UNDECIDED_CHANGES),
    )


def count_waiting(work: Work, round_key: str) -> int:
    """Return how many changes of an open round are not decided; 0 in any other."""
    require(work, "members.read")
    return addresses.count_undecided_changes(work.session, round_key)


def of_organisation(work: Work, organisation_id: int) -> tuple[ChangeView, ...]:
    """Return what waits for an organisation in open rounds, or was stopped."""
    require(work, "members.read")
    return _views(work, addresses.of_organisation(work.session, organisation_id))


def of_round(work: Work, round_id: int) -> tuple[ChangeView, ...]:
    """Return the changes of a round, for a caller that has asked who may see them."""
    return _views(work, addresses.changes_of_round(work.session, round_id))


def _views(work: Work, found: Sequence[AccessChange]) -> tuple[ChangeView, ...]:
    told = addresses.told_of_changes(work.session, [each.id for each in found])
    stopped = {each.seat_id for each in found if each.objected_at is not None}
    return tuple(
        _view(work, each, told.get(each.id, NOBODY_TOLD), stopped=each.seat_id in stopped) for each in found
    )


def _lacks_delivered_notice(work: Work, change: AccessChange, told: Told) -> bool:
    """Return whether an undecided change has no queued notice and none that was delivered where needed.

    Needed is one notice to an address that could vote at the opening, or to any address where there is
    no other such one.
    """
    if change.state not in addresses.UNDECIDED_CHANGES or told.waiting:
        return False
    return not addresses.is_told(work.session, change)


def _view(work: Work, change: AccessChange, told: Told, *, stopped: bool) -> ChangeView:
    is_open = change.seat.round.state == "open"
    due_at = max(change.due_at, told.last + timedelta(seconds=change.wait)) if told.last else change.due_at
    needs_second = stopped or _lacks_delivered_notice(work, change, told)
    if change.confirmed_at is not None:
        ready = ready_at(change.asked_at, told)
        due_at = ready if needs_second else min(due_at, ready)
    return copied(
        ChangeView,
        change,
        number=change.id,
        round_key=change.seat.round.key,
        zone=change.seat.round.zone,
        seat=change.seat.key,
        organisation=change.seat.name,
        organisation_id=change.seat.organisation_id,
        contact=change.contact.name,
        asked_by=change.staff.name if change.staff else "",
        own=work.actor.id is not None and work.actor.id == change.staff_id,
        due_at=due_at,
        state="lapsed" if change.state in addresses.UNDECIDED_CHANGES and not is_open else change.state,
        told=told.taken,
        telling=told.waiting,
        needs_second=needs_second and change.confirmed_at is None,
        too_late=due_at >= change.seat.round.closes_at,
        objected_by=change.objected_by.name if change.objected_by else "",
        stopped_by=change.stopped_by.name if change.stopped_by else "",
        decided_how=change.decided_how or "",
        decided_by=change.decided_by.name if change.decided_by else "",
    )


def _digest(address: str) -> str:
    """Return the SHA-256 of an address in lower case, as the log keeps it; empty for an empty address.

    People who know the address can recognise it; it cannot be read from the log.
    """
    return record.digest(address.lower().encode()) if address else ""
