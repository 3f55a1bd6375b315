"""Whether people, their addresses, links, answers and mail are as the log tells: the checks beside the count.

Seals say what a row was when the program last changed it (`platform/log/seals.py`). What has no seal is held
against other rows: a link against its subject, an invitation against its steps, a message against its
deliveries, an act of two persons against its request in the log.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.accounts.staff import acts
from consulta.core.trust.record import Tree
from consulta.platform.accounts import service as accounts
from consulta.platform.door import purposes
from consulta.platform.log import heads, seals
from consulta.platform.mailer.outbox import UNREADABLE
from consulta.platform.models import (
    Delivery,
    Invitation,
    InvitationEvent,
    Link,
    LogEntry,
    Message,
    PendingAct,
)
from consulta.results.checks.whose import Whose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.work import Work

# What is said of a row whose seal is another, and of one that has none. Where it has a second place, that is
# whose it is (`whose`); of what is not there, it is where the log tells of it.
OTHERWISE = {
    "contact.address": "contact {}: its address is not the one that the log tells of",
    "contact.vote": "contact {}: whether it may vote is not what the log tells",
    "contact.person": "contact {}: its name, language or pause is not what the log tells",
    "staff.address": "staff {}: the address is not the one that the log tells of",
    "staff.role": "staff {}: the role, or whether the account is open, is not what the log tells",
    "staff.password": "staff {}: the password is not the one that the log tells of",
    "staff.codes": "staff {}: the second step by codes is not the one that the log tells of",
    "passkey": "passkey {}: it is not the one that the log tells of",
    "recovery": "a recovery code is not as the log tells ({1}; seal {0})",
    "session": "session {}: whose it is, how it was opened or until when is not what the log tells",
    "scrutineer": "scrutineer {}: the log tells of no such appointment",
    "nominee.address": "nominee {}: its address is not the one that the log tells of",
    "nominee.consent": "nominee {}: what was agreed to is not what the log tells",
    "link": "a personal link: it is not the one that the log tells of ({1}; seal {0})",
    "link.ended": "personal link {0}: when it was ended is not what the log tells ({1})",
    "proposing": "a link to propose: it is not the one that the log tells of ({1}; seal {0})",
    "answer": "a link of an invitation: it is not the one that the log tells of ({1}; seal {0})",
    "seat.address": "address {} on file for a seat: it is not the one that the log tells of",
    "access": "change {} of who may vote: it is not as the log tells",
    "question": "link {0} of a notice: it is not as the log tells ({1})",
    "door": "a link is not as the log tells ({1}; seal {0})",
    "mail": "message {}: what it is or to whom it goes is not what the log tells",
    "mail.dropped": "message {}: why it was not sent is not what the log tells",
    seals.ATTENDANCE: "session {}: who took part is not what the log tells",
}
UNTOLD = {
    "contact.address": "contact {}: the log does not tell that it was added",
    "staff.role": "staff {}: the log does not tell that the account was made",
    "passkey": "passkey {}: the log does not tell that it was added",
    "recovery": "a recovery code that the log does not tell of ({1}; seal {0})",
    "session": "session {}: the log does not tell that it was opened",
    "scrutineer": OTHERWISE["scrutineer"],
    "nominee.address": "nominee {}: the log does not tell that it was added",
    "link": "a personal link that the log does not tell of ({1}; seal {0})",
    "proposing": "a link to propose that the log does not tell of ({1}; seal {0})",
    "answer": "a link of an invitation that the log does not tell of ({1}; seal {0})",
    "link.ended": "personal link {0}: it is ended, and the log does not tell of that ({1})",
    "seat.address": "address {} on file for a seat: the log does not tell that it was added",
    "access": "change {} of who may vote: the log does not tell that it was asked for",
    "question": "link {0} of a notice: the log does not tell that it was given ({1})",
    "door": "a link that the log does not tell of ({1}; seal {0})",
    "mail": "message {}: the log does not tell that it was written",
    "mail.dropped": "message {}: it is cancelled, and the log does not tell of that",
    seals.ATTENDANCE: OTHERWISE[seals.ATTENDANCE],
}
VANISHED = {
    "nominee.consent": "nominee {}: the log tells of it and it is not there",
    "link": "a personal link that the log tells of is not there ({1}; seal {0})",
    "link.ended": "personal link {0}: the log tells that it was ended, and it is not ({1})",
    "seat.address": "address {} on file for a seat: the log tells of it and it is not there",
    "access": "change {} of who may vote: the log tells of it and it is not there",
    "proposing": "a link to propose that the log tells of is not there ({1}; seal {0})",
    "answer": "a link of an invitation that the log tells of is not there ({1}; seal {0})",
    "question": "link {0} of a notice: the log tells of it and it is not there ({1})",
    "door": "a link that the log tells of is not there ({1}; seal {0})",
    "mail": "message {}: the log tells of it and it is not there",
    "mail.dropped": "message {}: the log tells that it was cancelled, and it is not",
    "staff.role": "staff {}: the log tells of the account and it is not there",
    "passkey": "passkey {}: the log tells of it and it is not there",
    "scrutineer": "scrutineer {}: the log tells of the appointment and it is not there",
    seals.ATTENDANCE: "session {}: who took part is not what the log tells: nobody is left",
}
OF = "{1}"
WITHHELD = "links.withheld"  # as `new_link` writes it, which stands above
# What stands in the log of an act of two persons, and the state to which each row brings it.
ASKED = "acts.asked"
STATES = {
    ASKED: "waiting",
    "acts.not_done": "waiting",
    "acts.confirmed": "confirmed",
    "acts.refused": "refused",
    "acts.withdrawn": "withdrawn",
}
OF_ACT = {
    "asked_by": "who asked for it",
    "endpoint": "what is to be done",
    "path": "the page where it is to be done",
    "fields_sha256": "the form that was sent",
    "asked_at": "when it was asked for",
    "expires_at": "until when it waits",
    "state": "what became of it",
}
# How messages end, and the outcomes of attempts one of which must have ended each of them.
FATES = {"sent": ("sent",), "failed": ("refused", "later")}


def seal_all(work: Work) -> None:
    """Seal everything as it stands, where it was not sealed before."""
    if not seals.has_begun(work.session):
        heads.begin_day(work.session, work.now)
        seals.seal_all(work.session, work.now)


def sealed(work: Work) -> Iterator[str]:
    """Yield a sentence for each sealed row that differs from its seal in the log.

    Checked are contacts, staff and their sessions, scrutineers, nominees, links, addresses, changes of
    who may vote, messages and attendance.
    """
    told = seals.told(work.session)
    if not seals.has_begun(work.session):
        if told is not None:
            yield "seals: the log has some, and the key that they are made with is not there"
        return
    if told is None:
        yield "seals: there is a key, and the log has none"
        return
    if seals.were_begun_again(work.session):
        yield "seals: they were begun again, so that what was changed before cannot be told"
    yield from _used_unlike(work)
    standing = seals.standing(work.session)
    for kind in OTHERWISE:
        yield from _unlike(Whose(work.session), kind, told.get(kind, {}), standing.get(kind, {}))


def _used_unlike(work: Work) -> Iterator[str]:
    """Yield a sentence for each use of what was changed beside the program, whatever became of the row."""
    marks = select(LogEntry.seq, LogEntry.action, LogEntry.subject, LogEntry.details).where(
        LogEntry.action.in_((accounts.UNLIKE, WITHHELD))
    )
    for number, action, subject, details in work.session.execute(marks.order_by(LogEntry.seq)):
        said = json.loads(details)
        kinds = ", ".join(said["kinds"])
        if action == accounts.UNLIKE:
            yield f"log row {number}: {subject} signed in with what the log did not tell of ({kinds})"
        else:
            yield (
                f"log row {number}: no link was sent to contact {said['contact']}, whose row the log did not"
                f" tell of ({kinds})"
            )


def _unlike(whose: Whose, kind: str, known: dict[str, str], found: dict[str, str]) -> Iterator[str]:
    """Yield a sentence for each row of one kind that differs from the log, is not in it, or is gone.

    `known` are the seals by name in the log, `found` those of the present rows.
    """
    for name, seal in found.items():
        said = known.get(name, seals.GONE)
        if said != seal:
            words = UNTOLD.get(kind) if said == seals.GONE else OTHERWISE[kind]
            if words:
                yield words.format(name, whose.of(kind, name) if OF in words else "")
    if kind in VANISHED:
        for name, said in known.items():
            if said != seals.GONE and name not in found:
                words = VANISHED[kind]
                yield words.format(name, whose.of_gone(kind, name) if OF in words else "")


def links(work: Work) -> Iterator[str]:
    """Yield a sentence for each link whose subject is not there, which no foreign key holds."""
    for purpose in purposes.known():
        subject: Any = purpose.subject
        lost = select(Link.id).where(Link.purpose == purpose.name, Link.subject_id.not_in(select(subject.id)))
        for number in work.session.scalars(lost.order_by(Link.id)):
            yield f"link {number} ({purpose.name}): what it is about is not there"


def invitations(work: Work) -> Iterator[str]:
    """Yield a sentence for each invitation whose state differs from its last step or from the log."""
    told: dict[int, str] = {}
    acts = select(LogEntry.details).where(LogEntry.action == "invitations.changed").order_by(LogEntry.seq)
    for details in work.session.scalars(acts):
        said = json.loads(details)
        told[said["invitation"]] = said["state"]
    last = select(func.max(InvitationEvent.id)).group_by(InvitationEvent.invitation_id)
    steps = select(InvitationEvent.invitation_id, InvitationEvent.state).where(InvitationEvent.id.in_(last))
    stepped = {row.invitation_id: row.state for row in work.session.execute(steps)}
    for number, state in work.session.execute(select(Invitation.id, Invitation.state)):
        if stepped.get(number) != state:
            yield f"invitation {number}: it is {state}; by its last step it is {stepped.get(number, 'none')}"
        elif number in told and told[number] != state:
            yield f"invitation {number}: it is {state}; by the log it is {told[number]}"


def messages(work: Work) -> Iterator[str]:
    """Yield a sentence for each message that no stored attempt ended as, and when, the message says.

    The moment when a notice left decides how long a wait is.
    """
    attempts: dict[int, list[tuple[str, datetime]]] = {}
    for number, outcome, at in work.session.execute(
        select(Delivery.message_id, Delivery.outcome, Delivery.at).where(Delivery.outcome != "interrupted")
    ):
        attempts.setdefault(number, []).append((outcome, at))
    stored = select(Message.id, Message.state, Message.left_at, Message.reason).where(
        Message.state != "cancelled"
    )
    for number, state, left_at, reason in work.session.execute(stored.order_by(Message.id)):
        made = attempts.get(number, [])
        ended = [at for outcome, at in made if outcome in FATES.get(state, ())]
        if state == "queued" or (state, reason) == ("failed", UNREADABLE):  # no attempt ends these
            if any(outcome == "sent" for outcome, _ in made):
                yield f"message {number}: it is {state}, and an attempt to send it says that it was sent"
        elif not ended:
            yield f"message {number}: it is {state}, and no attempt to send it says so"
        elif left_at not in ended:
            yield f"message {number}: when it left is not what the attempts to send it say"


def pending(work: Work) -> Iterator[str]:
    """Yield a sentence for each act of two persons that is not, or was not decided, as it was asked for.

    The log is asked also where the row of the act is gone, or was put back after its use.
    """
    asked: dict[str, dict[str, Any]] = {}
    rows = select(LogEntry).where(LogEntry.action.in_(STATES)).order_by(LogEntry.seq)
    for row in work.session.scalars(rows):
        told = json.loads(row.details)
        if row.action == ASKED:
            at, by = datetime.fromisoformat(row.at), int(row.actor.rpartition(":")[2])
            asked[row.subject] = told | {"asked_by": by, "asked_at": at, "expires_at": at + acts.LIFE}
        known = asked.setdefault(row.subject, {})
        known["state"] = STATES[row.action]
        for name in (name for name in OF_ACT if name in told and known.get(name) != told[name]):
            yield f"log row {row.seq}: of {row.subject}, {OF_ACT[name]} is not what the log told before"
    for each in work.session.scalars(select(PendingAct).order_by(PendingAct.id)):
        known = asked.get(f"act:{each.id}", {})
        for name in (name for name, value in _as_asked(each).items() if known.get(name) != value):
            yield f"act {each.id} of two persons: {OF_ACT[name]} is not what the log tells"


def _as_asked(act: PendingAct) -> dict[str, object]:
    """Return of a stored act what the log tells of it too; of the form only while it waits."""
    same = ("endpoint", "path", "asked_at", "expires_at", "state")
    stored = {"asked_by": act.staff_id} | {name: getattr(act, name) for name in same}
    waits = act.state == "waiting" and act.decided_at is None
    return stored | ({"fields_sha256": acts.digest(act)} if waits else {})


def standing_head(work: Work) -> tuple[int, str]:
    """Return the number of rows of the log now, and the root of the tree over them.

    These two are the head to keep elsewhere.
    """
    tree = heads.standing(work.session)
    return tree.size, tree.root


def against(work: Work, size: int, root: str) -> Iterator[str]:
    """Yield a sentence if the log does not agree with a head that was kept elsewhere."""
    rows = select(LogEntry.digest).where(LogEntry.seq <= size).order_by(LogEntry.seq)
    digests = list(work.session.scalars(rows))
    if len(digests) < size:
        yield (
            f"the head kept elsewhere is of {size} rows, and the log has {len(digests)}:"
            " its last rows were cut off, or this is an older copy"
        )
    elif Tree().grown(digests).root != root:
        yield f"the log's first {size} rows are not those of the head kept elsewhere"
