"""What finds changes made beside the program, and what scrutineers of a round see and do."""

from __future__ import annotations

import email
import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime
from email import policy
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import func, select

from consulta.accounts import staff
from consulta.core.counting import bundle as bundles
from consulta.core.counting import count as counting
from consulta.core.counting import files
from consulta.core.counting.result import Result
from consulta.core.problems import Problem, or_problem
from consulta.core.rounds import State, has_result
from consulta.core.trust import chance, record
from consulta.core.trust.receipts import receipt_code
from consulta.core.trust.record import Tree
from consulta.platform import accounts, deadlines, documents, door, seen
from consulta.platform.access import require
from consulta.platform.log import chain, checkpoints, heads, seals
from consulta.platform.log.notes import Checkpoint, MalformedError
from consulta.platform.mailer.outbox import UNREADABLE
from consulta.platform.models import (
    ANSWER,
    PROPOSE,
    VOTE,
    AccessChange,
    Assistance,
    Ballot,
    Delivery,
    Document,
    Invitation,
    InvitationEvent,
    Link,
    LogEntry,
    MailText,
    Message,
    Organisation,
    PendingAct,
    PlainText,
    ReceiptHead,
    RecoveryCode,
    Registration,
    Round,
    Scrutineer,
    Seat,
    Staff,
)
from consulta.results import archive, page, tallying
from consulta.results import service as results
from consulta.rounds import ballots, binding, frozen, public_rounds, public_value, registered
from consulta.rounds.acts import MOVED, REGISTERED, REOPENED, WITHDRAWN
from consulta.rounds.acts import rows as rows_of
from consulta.rounds.ballots import earlier_own, excluded, last_ballots, restored
from consulta.rounds.queries import rounds, scrutineers
from consulta.rounds.service import hold, line_of, sized
from consulta.rounds.service import subject as subject_of
from consulta.vote import objections, participation
from consulta.vote.changes import registrations
from consulta.vote.changes import service as access_changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.orm import Session

    from consulta.platform.formats import zipped
    from consulta.platform.work import Work
    from consulta.results.values import ResultView
    from consulta.rounds.values import RoundCard, RoundLine
    from consulta.vote.changes.values import ChangeView, RegistrationView
    from consulta.vote.objections import ObjectionLine
    from consulta.vote.values import TurnoutLine


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """A round as its scrutineer sees it; of the organisations only how many have voted."""

    card: RoundCard
    secrecy: str
    joined_below: int | None  # countries of fewer ballots are joined; None: none is, or it is not yet open
    opened: bool
    voted: int
    turnout: tuple[tuple[str, tuple[TurnoutLine, ...]], ...]
    counted: bool
    archived: bool
    package_sha256: str
    commitment: str
    changes: tuple[ChangeView, ...] = ()  # of who may vote, organisation by organisation
    registrations: tuple[RegistrationView, ...] = ()  # of organisations, after the opening
    objections: tuple[ObjectionLine, ...] = ()
    objections_until: datetime | None = None
    objections_over: bool = False  # no objection can be made any more
    recounted: bool = False  # there is a count before the newest one


HEAD = re.compile(r"(?<![0-9A-Za-z:])(\d{1,12}):([0-9a-f]{64})(?![0-9a-f])")
BODY = re.compile(
    r"^\S+\n\d{1,18}\n[A-Za-z0-9+/]{43}=\n", re.MULTILINE
)  # of a checkpoint, before who signed it
Heads = tuple[tuple[int, str], ...]


def written_in(text: str, *, whole: bool = False) -> Heads:
    """Return the heads written as `754:3f…` in a text; with `whole` the text must be one and nothing else."""
    if whole:
        found = HEAD.fullmatch(text)
        return ((int(found[1]), found[2]),) if found else ()
    return tuple(dict.fromkeys((int(size), root) for size, root in HEAD.findall(text)))


def in_file(content: bytes) -> Heads:
    """Return all heads in a file, each once, in their order; empty where there is none.

    Of a signed checkpoint only what it says is read: who signed it is for others to check.
    """
    texts = [content.decode("utf-8", "replace"), *_parts(content)]
    found: list[tuple[int, str]] = []
    for text in texts:
        plain = text.replace("\r\n", "\n")
        found += written_in(plain)
        for body in BODY.findall(plain):
            try:
                said = Checkpoint.parse(body)
            except MalformedError:
                continue
            found.append((said.size, said.root))
    return tuple(dict.fromkeys(found))


def _parts(content: bytes) -> list[str]:
    """Return the texts of a mail as its reader sees them; none where the file is no mail."""
    message = email.message_from_bytes(content, policy=policy.default)
    if "content-type" not in message:
        return []
    plain = [part for part in message.walk() if part.get_content_type() == "text/plain"]
    return [str(part.get_content()) for part in plain]


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
    for purpose in door.known():
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
            asked[row.subject] = told | {"asked_by": by, "asked_at": at, "expires_at": at + staff.ACT_LIFE}
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
    return stored | ({"fields_sha256": staff.digest(act)} if waits else {})


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


_ROUND = "round:"
_TOLD = (VOTE, PROPOSE, ANSWER)  # whose sentences say already what they are for
_CAPITAL = re.compile("([A-Z])")
_PLACES: tuple[tuple[str, type[Any]], ...] = (
    ("seat_id", Seat),
    ("organisation_id", Organisation),
    ("round_id", Round),
)


class Whose:
    """Who holds a sealed row, by kind and name of the seal. Rows of a kind are read at its first fault."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._rows: dict[str, dict[str, Any]] = {}

    def of(self, kind: str, name: str) -> str:
        """Return in words who holds a row that is there."""
        if kind not in self._rows:
            self._rows[kind] = seals.rows_named(self.session, kind)
        row = self._rows[kind].get(name)
        if isinstance(row, RecoveryCode):
            return f"account {row.staff_id} of staff"
        return self._of_link(row) if isinstance(row, Link) else "its row is not there"

    def of_gone(self, kind: str, name: str) -> str:
        """Return in words where the log tells of a row that is not there."""
        number, act, subject = seals.told_where(self.session, kind, name)
        if subject.startswith(_ROUND):
            found = self.session.get(Round, int(subject.removeprefix(_ROUND)))
            subject = f"round {found.key}" if found else subject
        return f"told by row {number} of the log" + (f", with {act} of {subject}" if act else "")

    def _of_link(self, link: Link) -> str:
        purpose = door.find(link.purpose)
        about = self.session.get(purpose.subject, link.subject_id) if purpose else None
        said = [link.purpose.replace("_", " ")] if link.purpose not in _TOLD else []
        if link.seat_address:
            said.append(f"address {link.seat_address.id} on file for a seat")
            said += self._about(link.seat_address.seat)
        said += self._about(link.contact) if link.contact else []
        said += self._about(about) if about else [f"number {link.subject_id}, which is not there"]
        return ", ".join(dict.fromkeys(said))

    def _about(self, row: Any) -> list[str]:
        """Return what a row is, then its organisation and its round where it has them."""
        if isinstance(row, Round):
            return [f"round {row.key}"]
        if isinstance(row, Organisation):
            return [row.name]
        if isinstance(row, Seat):
            return [row.name, f"round {row.round.key}"]
        what = _CAPITAL.sub(r" \1", type(row).__name__).strip().lower()
        said = [f"{'change of who may vote' if isinstance(row, AccessChange) else what} {row.id}"]
        for column, table in _PLACES:
            number = getattr(row, column, None)
            found = self.session.get(table, number) if number is not None else None
            said += self._about(found) if found is not None else []
        return said


SENT = (archive.CAST, "ballot.abstained")
"""Acts of the log that tell of a ballot: a vote, or an abstention."""

PASSED = ("opened", "closed", "published", "cancelled")
"""The acts that bring a round into the state of the same name, in the order in which they can happen."""

ENDS = ("closes_at", "closes_local")
OF_REGISTRATION = ("number", "reason", "head", "seat_sha256")
"""What a row about a late registration says of the act, beside what it says of the roll."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what it looks at, and what it found wrong."""

    name: str
    faults: tuple[str, ...]
    looked_at: str = ""  # said where it depends on the installation


def faults(work: Work) -> list[str]:
    """Return all faults that can be found without counting anything again; empty if there are none."""
    return [fault for look in QUICK.values() for fault in _looked(look, work)]


def whole(work: Work) -> Iterator[Check]:
    """Yield every check with its faults, one after the other.

    The last checks count all rounds again and build all archives anew.
    """
    for name, look in {**QUICK, **DEEP}.items():
        yield Check(name, tuple(_looked(look, work)))


def _looked(look: Callable[[Work], Iterator[str]], work: Work) -> Iterator[str]:
    """Yield the faults that a check finds, and one more where it meets what no program wrote.

    So what was put into one row keeps no other fault from being told.
    """
    try:
        yield from look(work)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        yield (
            "it could not be looked at to the end: something is stored as this program never writes it"
            f" ({type(error).__name__}: {error})"
        )


def _chain(work: Work) -> Iterator[str]:
    for number in chain.breaks(work.session):
        yield f"log row {number}: its digest or its link to the row before does not hold"


def _heads(work: Work) -> Iterator[str]:
    """Yield faults of heads: not that of the log's rows, not told by the log, or missing.

    The tree is grown anew from the first row, once, past every head in the order of their sizes. The
    heads of receipts are checked too.
    """
    tree = record.Tree()
    rows = work.session.execute(select(LogEntry.digest).order_by(LogEntry.seq)).yield_per(1000)
    for head in heads.by_size(work.session):
        while tree.size < head.size and (row := next(rows, None)) is not None:
            tree = tree.grown([row.digest])
        if (tree.size, tree.root, list(tree.peaks)) != (head.size, head.root, head.peaks):
            yield f"head {head.id}: it is not that of the log's first {head.size} rows"
        said = work.session.get(LogEntry, head.size + 1)
        told = json.loads(said.details) if said and said.action == heads.TAKEN else {}
        moment = said.at if said else ""
        about = None if head.round_id is None else f"round:{head.round_id}"
        taken = {"size": head.size, "root": head.root, "reason": head.reason, "about": about}
        if told != taken or moment != head.at.isoformat(timespec="microseconds"):
            yield f"head {head.id}: the log's next row does not tell of it"
    yield from _receipt_heads(work)
    known = {(head.size, head.root) for head in heads.by_size(work.session)}
    for details in work.session.scalars(select(LogEntry.details).where(LogEntry.action == heads.TAKEN)):
        told = json.loads(details)
        if "size" in told and (told["size"], told.get("root")) not in known:
            yield f"the head of {told.get('size')} rows: the log tells of it and it is not there"


def _receipt_heads(work: Work) -> Iterator[str]:
    """Yield the receipts whose head is not that of the log up to the row of their own vote."""
    tree = record.Tree()
    columns = select(LogEntry.digest, LogEntry.action, LogEntry.details)
    rows = work.session.execute(columns.order_by(LogEntry.seq)).yield_per(1000)
    for head in heads.after_votes(work.session):
        last = None
        while tree.size < head.size and (last := next(rows, None)) is not None:
            tree = tree.grown([last.digest])
        if (tree.size, tree.root, list(tree.peaks)) != (head.size, head.root, head.peaks):
            yield f"ballot {head.ballot_id}: its receipt shows a head that the log never had"
        told = json.loads(last.details) if last and last.action in SENT else {}
        if told.get("ballot") != head.ballot_id:
            yield f"ballot {head.ballot_id}: its receipt shows a head that does not end with its vote"
    without = select(Ballot.id).outerjoin(ReceiptHead).where(ReceiptHead.ballot_id.is_(None))
    for ballot in work.session.scalars(without.order_by(Ballot.id)):
        yield f"ballot {ballot}: no head was kept after its vote"


def _checkpoints(work: Work) -> Iterator[str]:
    """Yield faults of checkpoints, keys, witnesses and cosignatures."""
    yield from checkpoints.faults(work.session)


def _current(work: Work) -> Iterator[str]:
    newest = (
        select(Ballot.seat_id, func.max(Ballot.version).label("version")).group_by(Ballot.seat_id).subquery()
    )
    counted = last_ballots(at_closing=True)
    rows = work.session.execute(
        select(newest.c.seat_id, newest.c.version, Ballot.version, Ballot.seat_id)
        .outerjoin(counted, counted.c.seat_id == newest.c.seat_id)
        .outerjoin(Ballot, Ballot.id == counted.c.ballot_id)
    )
    for seat, last, counts, of_seat in rows:
        if (last, seat) != (counts, of_seat):
            yield f"seat {seat}: its last ballot does not count"
    astray = select(Ballot.id).join(Seat, Seat.id == Ballot.seat_id).where(Ballot.round_id != Seat.round_id)
    for ballot in work.session.scalars(astray):
        yield f"ballot {ballot}: its seat is of another round"


def _receipts(work: Work) -> Iterator[str]:
    """Yield faults of ballots: receipt, content, head and the log's row of the vote do not fit together."""
    logged = _logged_ballots(work)
    known = {head.root for head in heads.by_size(work.session)}
    rows = work.session.execute(
        select(Ballot, Seat.pseudonym, Round.key)
        .join(Seat, Seat.id == Ballot.seat_id)
        .join(Round, Round.id == Ballot.round_id)
        .order_by(Ballot.id)
    ).yield_per(1000)
    for ballot, pseudonym, key in rows:
        covered = ballots.record_of(ballot, key, pseudonym)
        if receipt_code(covered) != ballot.receipt:
            yield f"ballot {ballot.id}: its receipt code does not belong to what it says"
        told, actor = logged.pop(ballot.id, ("", ""))
        if record.digest(record.canonical(covered)) != told:
            yield f"ballot {ballot.id}: the log does not tell of it, or of another content"
        elif actor != f"voter:{ballot.contact_id}" and not ballot.assisted:
            yield f"ballot {ballot.id}: the log tells of another contact who sent it"
        yield from _content(ballot)
        if ballot.head not in known:
            yield f"ballot {ballot.id}: its receipt shows a head that was never taken"
    for number in sorted(logged):
        yield f"ballot {number}: the log tells of it and it is not there"


def _content(ballot: Ballot) -> Iterator[str]:
    if ballot.abstains and _said(ballot) != NOTHING:
        yield f"ballot {ballot.id}: it abstains and says something"
    if record.digest(record.canonical(_said(ballot))) != ballot.content_sha256:
        yield f"ballot {ballot.id}: the digest of its content is another"


NOTHING: dict[str, object] = {"ranking": [], "objectives": [], "endorsements": []}
"""What an abstention says: a field that may stay without an answer is left out, so 0 is an answer."""


def _said(ballot: Ballot) -> dict[str, object]:
    fields = ballot.fields | ballot.fields_sealed
    said = {name: getattr(ballot, name) for name in ("ranking", "objectives", "endorsements")}
    return said | ({"fields": fields} if fields else {})


def _logged_ballots(work: Work) -> dict[int, tuple[str, str]]:
    """Return the record's digest and the sender of each ballot that the log tells of, by ballot id."""
    cast = select(LogEntry.details, LogEntry.actor).where(LogEntry.action.in_(SENT))
    told = [(json.loads(details), actor) for details, actor in work.session.execute(cast)]
    return {each["ballot"]: (each["record_sha256"], actor) for each, actor in told if "record_sha256" in each}


def _states(work: Work) -> Iterator[str]:
    """Yield the rounds whose state, its dates, or public panel differ from the acts in the log."""
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        acts = {name: _row(work, found, f"rounds.{name}") for name in PASSED}
        reached = [state for state in PASSED if acts[state] is not None]
        state = {"opened": "open"}.get(reached[-1], reached[-1]) if reached else "draft"
        again = _row(work, found, REOPENED)
        if state == "closed" and again is not None and again.seq > _seq(acts["closed"]):
            state = "open"
        if found.state != state:
            yield f"round {found.key}: it is {found.state}; by the log it is {state}"
        for name, moment in (("opened", found.opened_at), ("published", found.published_at)):
            row = acts[name]
            if (row.at if row else None) != (moment.isoformat(timespec="microseconds") if moment else None):
                yield f"round {found.key}: when it was {name} is not what the log says"
        panel = _told(work, found, "panel.published").get("version")
        if found.panel_version != panel:
            yield f"round {found.key}: its public panel is not the one that the log tells of"


def _seq(row: LogEntry | None) -> int:
    return row.seq if row is not None else 0


def _reopened(work: Work) -> Iterator[str]:
    """Yield rounds of which the log tells otherwise how often they were opened again, or that they were read.

    No row tells that a result was read between a closing and the reopening after it.
    """
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        subject = f"round:{found.id}"
        again = ballots.acts(work.session, subject, REOPENED)
        read = ballots.acts(work.session, subject, seen.ACT)
        if len(again) != found.reopenings:
            yield f"round {found.key}: the log tells of {len(again)} reopenings, not {found.reopenings}"
        if again and any(row.seq < again[-1].seq for row in read):
            yield f"round {found.key}: it was opened again after its result was read"
        moment = found.result_seen_at
        if read and (moment is None or moment.isoformat(timespec="microseconds") != read[-1].at):
            yield f"round {found.key}: when its result was first read is not what the log says"


def _registered(work: Work) -> Iterator[str]:
    """Yield late registrations that are told otherwise by the log, by the seats, or not at all."""
    done = work.session.scalars(
        select(Registration).where(Registration.state == "done").order_by(Registration.decided_at)
    )
    by_round: dict[int, list[Registration]] = {}
    for each in done:
        by_round.setdefault(each.round_id, []).append(each)
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        late = sorted(
            (seat for seat in found.seats if seat.registered_at is not None), key=lambda seat: seat.position
        )
        rows = rows_of(work, found, REGISTERED)
        kept = {each.seat_id: each for each in by_round.get(found.id, [])}
        if len(rows) != len(late):
            yield f"round {found.key}: the log tells of {len(rows)} late registrations, not {len(late)}"
        if set(kept) != {seat.id for seat in late}:
            yield f"round {found.key}: its late seats are not those of its registrations"
        for seat, row in zip(late, rows, strict=False):
            told, moment = json.loads(row.details), seat.registered_at
            if moment is None or row.at != moment.isoformat(timespec="microseconds"):
                yield f"seat {seat.id}: when it was registered is not what the log says"
            if seat.id in kept and kept[seat.id].reason != told["reason"]:
                yield f"seat {seat.id}: why it was registered is not what the log says"
        yield from _withdrawn(work, found)


def _withdrawn(work: Work, found: Round) -> Iterator[str]:
    """Yield withdrawn seats that the log does not tell of, or otherwise, and those that have a vote."""
    told = {
        row["seat"]: (row["number"], each.at)
        for each in rows_of(work, found, WITHDRAWN)
        for row in [json.loads(each.details)]
    }
    now = {
        seat.pseudonym: (
            registered.number_of(found, seat) if seat.registered_at else 0,
            seat.withdrawn_at.isoformat(timespec="microseconds"),
        )
        for seat in found.seats
        if seat.withdrawn_at is not None
    }
    if told != now:
        yield f"round {found.key}: its withdrawn seats are not those that the log tells of"
    gone = [seat.id for seat in found.seats if seat.pseudonym in told or seat.pseudonym in now]
    for number in sorted(work.session.scalars(select(Ballot.seat_id).where(Ballot.seat_id.in_(gone)))):
        yield f"seat {number}: it was withdrawn, and has a vote"


def _row(work: Work, found: Round, action: str) -> LogEntry | None:
    return ballots.last_act(work.session, f"round:{found.id}", action)


def _documents(work: Work) -> Iterator[str]:
    kept_all = select(Document, Round.key).join(Round, Round.id == Document.round_id)
    for document, key in work.session.execute(kept_all).yield_per(100):
        if hashlib.sha256(document.content.encode()).hexdigest() != document.sha256:
            what = f"document {document.id} ({document.kind} {document.version} of round {key})"
            yield f"{what}: its content does not match its digest"
    for found in work.session.scalars(select(Round).order_by(Round.id)):
        for kind, version, digest in _promised(work, found):
            kept = documents.find(work.session, found.id, kind, version)
            if kept is None:
                yield f"round {found.key}: the log tells of its {kind} and it is not there"
            elif digest not in {None, kept.sha256}:
                yield f"round {found.key}: its {kind} is not the one that the log tells of"


def _promised(work: Work, found: Round) -> Iterator[tuple[str, int | None, str | None]]:
    """Yield the documents that the log tells of: kind, version, digest.

    The version is None for the newest, the digest None where the log does not tell it.
    """
    published = _told(work, found, "rounds.published")
    counts = ballots.acts(work.session, f"round:{found.id}", "rounds.counted")
    last = _seq(_row(work, found, REOPENED))
    for number, row in enumerate(counts, start=1):
        counted = json.loads(row.details)
        # The newest document is that of the last count, unless a reopening undid that.
        newest = number == len(counts) and row.seq > last
        version = None if newest else number
        for kind in ("bundle", "result", "robustness"):
            yield kind, version, counted.get(f"{kind}_sha256")
    for row in ballots.acts(work.session, f"round:{found.id}", tallying.SUMMARISED):
        told = json.loads(row.details)
        yield tallying.SUMMARY, told["version"], told["summary_sha256"]
    if published:
        yield "archive", None, None
    if "public_sha256" in published:
        yield "public", None, published["public_sha256"]
    for row in ballots.acts(work.session, f"round:{found.id}", "panel.chosen"):
        told = json.loads(row.details)
        yield "panel", told["version"], told["sha256"]


def _frozen(work: Work) -> Iterator[str]:
    """Yield differences of themes, rules, roll and secret of opened rounds from the log."""
    for found in work.session.scalars(select(Round).where(Round.opened_at.is_not(None)).order_by(Round.id)):
        opened = _told(work, found, "rounds.opened")
        package, told = (found.frozen or "{}").encode(), opened.get("package_sha256")
        if {record.digest(frozen.as_published(package)), found.frozen_sha256} != {told}:
            yield f"round {found.key}: what it froze does not match the log"
        else:
            yield from _unlike_frozen(found, json.loads(package))
        committed = _told(work, found, "rounds.committed").get("commitment")
        if chance.commitment(bytes.fromhex(found.secret or "")) != committed:
            yield f"round {found.key}: its secret is not the one it committed to"
        yield from _changed_after_opening(work, found)
        opened |= _roll_told(work, found)
        for name, digest in frozen.digests(found, found.seats).items():
            if opened.get(name) != digest:
                yield f"round {found.key}: {name.removesuffix('_sha256')} changed since it opened"


def _roll_told(work: Work, found: Round) -> dict[str, Any]:
    """Return what the newest row on a late registration tells of the roll of a round; empty without one.

    The names are those of `binding.at_registration`.
    """
    told = _told(work, found, REGISTERED)
    return {name: value for name, value in told.items() if name not in OF_REGISTRATION}


def _bound(work: Work) -> Iterator[str]:
    """Yield differences between the content bound by the rows of opening and closing and stored data."""
    closed = select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)
    for found in work.session.scalars(closed):
        opened, told = (_told(work, found, f"rounds.{act}") for act in ("opened", "closed"))
        closed_at = "" if found.closed_at is None else deadlines.as_text(found.closed_at)
        now = {**binding.at_closing(work, found), "closed_at": closed_at}
        now["ballots"] = now["cast"] - now["replaced"]
        # Votes may come too late until the round is published, and after it.
        expected = {name: told.get(name) for name in now if name != "late"}
        for name in binding.faults(expected, now):
            yield f"round {found.key}: {name.removeprefix('bound.')} is not what its closing bound"
        opened |= _roll_told(work, found)
        bound = told["bound"]
        fixed = {name: opened[name] for name in bound if name in opened}
        for name in binding.faults(fixed, bound):
            yield f"round {found.key}: {name} changed between its opening and its closing"


def _changed_after_opening(work: Work, found: Round) -> Iterator[str]:
    """Yield what changed after the opening otherwise than the log tells.

    The end of voting, the public value and the time for objections may change, and only as the log
    tells.
    """
    if _told(work, found, public_value.DRAWN).get("value", "") != found.public:
        yield f"round {found.key}: its public value is not the one that the log tells of"
    promised, kept = _told(work, found, "rounds.closed").get("objections_until"), found.objections_until
    if found.reopenings and found.state == "open":
        promised = None
    if promised != (deadlines.as_text(kept) if kept else None):
        yield f"round {found.key}: its time for objections is not the one that the log tells of"
    if _deadline_told(work, found) != deadlines.as_text(found.closes_at):
        yield f"round {found.key}: its deadline is not the one that the log tells of"


def _unlike_frozen(found: Round, package: dict[str, Any]) -> Iterator[str]:
    """Yield the parts of the frozen package that are different now, names and texts included.

    The end of voting has a check of its own.
    """
    now = frozen.package(found, registered.at_opening(found.seats))
    for name in now:
        if name == "dimensions" and frozen.same_dimensions(now[name], package.get(name)):
            continue
        if _without_deadline(now[name]) != _without_deadline(package.get(name)):
            yield f"round {found.key}: in what it froze, {name} is not as it is now"


def _without_deadline(part: object) -> object:
    return {name: part[name] for name in part if name not in ENDS} if isinstance(part, dict) else part


def _deadline_told(work: Work, found: Round) -> str | None:
    """Return the end of voting by the log: as last moved, else as promised; None if no row tells it."""
    rows = (_row(work, found, act) for act in (MOVED, REOPENED))
    moved = max((row for row in rows if row is not None), key=_seq, default=None)
    opened = _told(work, found, "rounds.opened")
    until: str | None = json.loads(moved.details)["after"] if moved else opened.get("closes_at")
    return until


def _counts(work: Work) -> Iterator[str]:
    for found in _with(work, "result"):
        bundle, result = (_bytes(work, found, kind) for kind in ("bundle", "result"))
        told = _told(work, found, "rounds.counted")
        if told.get("result_sha256") != record.digest(result):
            yield f"round {found.key}: its result is not the one that the log tells of"
        yield from _count(work, found, bundle, result, first=False)
        if found.left_out:
            earlier = (documents.first(work.session, found.id, kind) for kind in ("bundle", "result"))
            bundle, result = (kept.content.encode() if kept else b"" for kept in earlier)
            yield from _count(work, found, bundle, result, first=True)


def _count(work: Work, found: Round, bundle: bytes, result: bytes, *, first: bool) -> Iterator[str]:
    """Yield differences between a kept count and stored data, and between it and a new count.

    The `first` count includes ballots taken out since. A later count is not checked if a ballot was
    taken out after it.
    """
    which = "first " if first else ""
    if not first and objections.is_stale(work, found):
        return  # a ballot was taken out since: it is to be counted again
    try:
        if bundles.to_json(results.assemble(work, found.key, at_closing=first)) != bundle:
            yield f"round {found.key}: the {which}bundle is not made of what is stored now"
        elif difference := files.verify_files(bundle, result):
            yield f"round {found.key}: a new {which}count gives another result, first at {difference}"
        elif not first:
            yield from _beside(work, found, bundle, result)
    except Problem as problem:
        yield f"round {found.key}: it cannot be counted again: {problem.code}"


def _excluded(work: Work) -> Iterator[str]:
    """Yield ballots that no count includes, without an upheld objection or log row, and the reverse."""
    for found in work.session.scalars(select(Round).where(Round.closed_at.is_not(None)).order_by(Round.id)):
        yield from _excluded_abstentions(work, found)
        rows = ballots.acts(work.session, f"round:{found.id}", "ballots.excluded")
        details = [json.loads(row.details) for row in rows]
        told = {each["record_sha256"]: (each["objection"], each["restored"]) for each in details}
        for seat, ballot, made in excluded(work.session, found.id):
            covered = record.canonical(ballots.record_of(ballot, found.key, seat.pseudonym))
            due, counts = earlier_own(work.session, ballot), restored(work.session, ballot)
            if told.pop(record.digest(covered), None) != (made.id, due is not None):
                yield f"ballot {ballot.id}: it is not counted, and the log does not say so"
            if (due and due.id) != (counts and counts.id):
                yield f"ballot {ballot.id}: what counts in its place is not the organisation's last own vote"
            if made.state != "upheld" or made.ballot_id != ballot.id:
                yield f"ballot {ballot.id}: it is not counted, and no objection to it was upheld"
        for digest in told:
            yield f"round {found.key}: the log says that ballot {digest} was taken out, and it was not"
        if found.left_out > len(excluded(work.session, found.id)):
            yield f"round {found.key}: its count says that it left out more ballots than were taken out"


def _excluded_abstentions(work: Work, found: Round) -> Iterator[str]:
    """Yield abstentions that are not told of any more, without an upheld objection or log row."""
    rows = ballots.acts(work.session, f"round:{found.id}", "abstentions.excluded")
    told = {each["record_sha256"]: each["objection"] for each in (json.loads(row.details) for row in rows)}
    for seat, ballot, made in excluded(work.session, found.id, abstains=True):
        covered = record.canonical(ballots.record_of(ballot, found.key, seat.pseudonym))
        if told.pop(record.digest(covered), None) != made.id or made.ballot_id != ballot.id:
            yield f"ballot {ballot.id}: it is an abstention taken out, and the log does not say so"
    for digest in told:
        yield f"round {found.key}: the log says that abstention {digest} was taken out, and it was not"


def _beside(work: Work, found: Round, bundle: bytes, result: bytes) -> Iterator[str]:
    """Yield a sentence for each document kept beside the newest count that differs from the stored data.

    The documents are the robustness figures, which are computed again from the bundle, and the summary.
    """
    kept = _bytes(work, found, "robustness")
    if kept and (difference := counting.verify_robustness(bundles.parse(bundle), kept)):
        yield f"round {found.key}: how few could have changed it is not as kept, first at {difference}"
    summary = tallying.summary(work, found, Result.parse(result), record.digest(result))
    stored = _bytes(work, found, tallying.SUMMARY)
    if stored != summary.to_json():
        yield f"round {found.key}: the summary of its count is not made of what is stored now"


def _archives(work: Work) -> Iterator[str]:
    for found in _with(work, "archive"):
        note = json.loads(_bytes(work, found, "archive"))
        try:
            with archive.build(work, found, complete=False) as file:
                built = hashlib.file_digest(file, "sha256").hexdigest()
        except Problem as problem:
            yield f"round {found.key}: its archive cannot be built: {problem.code}"
            continue
        if built != note["sha256"]:
            yield f"round {found.key}: its archive is not the one that was published"


def _with(work: Work, kind: str) -> list[Round]:
    kept = select(Document.round_id).where(Document.kind == kind, documents.still_holds())
    return list(work.session.scalars(select(Round).where(Round.id.in_(kept)).order_by(Round.id)))


def _bytes(work: Work, found: Round, kind: str) -> bytes:
    kept = documents.find(work.session, found.id, kind)
    return kept.content.encode() if kept else b""


def _told(work: Work, found: Round, action: str) -> dict[str, Any]:
    row = ballots.last_act(work.session, f"round:{found.id}", action)
    told: dict[str, Any] = json.loads(row.details) if row else {}
    return told


def _assisted(work: Work) -> Iterator[str]:
    """Yield ballots that staff entered whose request is not there, or was emptied before its period began."""
    query = (
        select(Ballot.id, Ballot.assisted, Assistance.requester, Assistance.reason, Round.state)
        .join(Round, Round.id == Ballot.round_id)
        .outerjoin(Assistance, Assistance.ballot_id == Ballot.id)
        .where((Ballot.assisted) | (Assistance.ballot_id.is_not(None)))
        .order_by(Ballot.id)
    )
    for number, assisted, requester, reason, state in work.session.execute(query):
        if assisted != (requester is not None):
            yield f"ballot {number}: its mark of staff and the request for it do not go together"
        elif state in {State.OPEN.value, State.CLOSED.value} and not (requester and reason):
            yield f"ballot {number}: who asked staff to enter it, or why, is empty"


def _mail_texts(work: Work) -> Iterator[str]:
    """Yield texts of mails that are not those of which the log tells last, by their digests."""
    told: dict[tuple[str, str, str], str] = {}
    rows = select(LogEntry.subject, LogEntry.action, LogEntry.details).where(
        LogEntry.action.in_(("mail.text_changed", "mail.text_restored"))
    )
    for subject, action, details in work.session.execute(rows.order_by(LogEntry.seq)):
        row = json.loads(details)
        place = subject, row["kind"], row["language"]
        told[place] = row.get("sha256", "") if action == "mail.text_changed" else ""
    stored: list[tuple[str, MailText | PlainText]]
    stored = [(f"round:{each.round_id}", each) for each in work.session.scalars(select(MailText))]
    stored += [("mail", each) for each in work.session.scalars(select(PlainText))]
    for subject, each in stored:
        digest = record.digest(f"{each.subject}\n\n{each.body}".encode())
        if told.get((subject, each.kind, each.language), "") != digest:
            yield f"the text of mail {each.kind} in {each.language} ({subject}): the log does not tell of it"


QUICK: dict[str, Callable[[Work], Iterator[str]]] = {
    "the log's chain": _chain,
    "the log's heads": _heads,
    "signed heads and witnesses": _checkpoints,
    "which ballots count": _current,
    "receipts": _receipts,
    "ballots taken out": _excluded,
    "kept documents": _documents,
    "what rounds froze": _frozen,
    "people, links and addresses": sealed,
    "what links are about": links,
    "invitations": invitations,
    "mail": messages,
    "acts of two persons": pending,
    "texts of mails": _mail_texts,
    "ballots that staff entered": _assisted,
    "what closings bound": _bound,
    "rounds opened again": _reopened,
    "late registrations": _registered,
}
DEEP: dict[str, Callable[[Work], Iterator[str]]] = {
    "where rounds stand": _states,
    "results, counted again": _counts,
    "archives, built again": _archives,
}


Kind = Literal["bundle", "result", "first_bundle", "first_result"]


def desk(work: Work, key: str) -> tuple[RoundLine, list[Staff], set[int]]:
    """Return a round, its scrutineers with the people who could be appointed, and the ids of the former.

    Problem: `round.unknown`.
    """
    require(work, "scrutineers.write")
    found, sizes = sized(work, key)
    appointed = {person.id for person in scrutineers.of_round(work.session, found.id)}
    people = scrutineers.people(work.session)
    some = [person for person in people if person.active or person.id in appointed]
    return line_of(found, sizes, work.now), some, appointed


def appoint(work: Work, key: str, staff_id: int) -> None:
    """Register a person as scrutineer of a round; no effect if the person is one already.

    Problems: `round.unknown`, `round.cancelled`, `scrutineer.unknown`.
    """
    require(work, "scrutineers.write")
    found = hold(work, key)
    if found.state == State.CANCELLED.value:
        raise Problem("round.cancelled", key=key)
    if all(person.id != staff_id or not person.active for person in scrutineers.people(work.session)):
        raise Problem("scrutineer.unknown")
    if scrutineers.find(work.session, found.id, staff_id) is None:
        work.session.add(Scrutineer(round_id=found.id, staff_id=staff_id, appointed_at=work.now))
        work.record("scrutineers.appointed", subject_of(found), {"staff": staff_id})
        _tell(work, found, staff_id, "scrutineer_appointed")


def dismiss(work: Work, key: str, staff_id: int) -> None:
    """End a person's appointment as scrutineer of a round.

    Problems: `round.unknown`, `scrutineer.unknown`.
    """
    require(work, "scrutineers.write")
    found = hold(work, key)
    appointed = or_problem(scrutineers.find(work.session, found.id, staff_id), "scrutineer.unknown")
    _tell(work, found, staff_id, "scrutineer_dismissed")
    work.session.delete(appointed)
    work.record("scrutineers.dismissed", subject_of(found), {"staff": staff_id})


def _tell(work: Work, found: Round, staff_id: int, what: str) -> None:
    """Tell an appointment, or its end, to the person, the other scrutineers of the round and the secretariat.

    With a stolen password it was another person than the one in whose name it was done, who is told too.
    """
    if work.actor.staff_id is None:
        return
    people = {each.id: each for each in scrutineers.people(work.session)}
    person = people[staff_id]
    said = f"{person.name} ({person.organisation}), {found.key}" if person.organisation else person.name
    facts = {"who": work.actor.name, "act": dict.fromkeys(work.languages, said), "account": staff_id}
    appointed = {each.id: each for each in scrutineers.of_round(work.session, found.id)}
    for each in {**appointed, staff_id: person}.values():
        staff.tell(work, each, what, facts)
    staff.tell_secretariat(work, what, facts)


# -- what a scrutineer gets


def mine(work: Work) -> tuple[RoundCard, ...]:
    """Return the rounds of which the actor is a scrutineer, the newest first."""
    require(work, "scrutiny.read")
    found = scrutineers.rounds_of(work.session, work.actor.id or 0)
    return tuple(public_rounds.card_of(work, each) for each in found)


def look(work: Work, key: str) -> Scrutiny:
    """Return a round for its scrutineer: turnout in numbers, objections, changes of who may vote.

    Raise Problem `round.unknown` if the actor is not a scrutineer of the round.
    """
    found = _own_round(work, key)
    opened = found.opened_at is not None
    voted, turnout = participation.turnout(work, found) if opened else (0, ())
    return Scrutiny(
        card=public_rounds.card_of(work, found),
        secrecy=found.secrecy,
        joined_below=found.joined_below,
        opened=opened,
        voted=voted,
        turnout=turnout,
        counted=_has_result(work, found),
        archived=found.state == State.PUBLISHED.value
        and documents.digest(work.session, found.id, "archive") is not None,
        package_sha256=found.frozen_sha256 or "",
        commitment=found.commitment or "",
        objections=objections.lines_of(work, found),
        objections_until=objections.end_of(work, found),
        objections_over=objections.is_over(work, found),
        recounted=found.left_out > 0,
        changes=access_changes.of_round(work, found.id),
        registrations=registrations.of_round(work, found.id),
    )


def change(work: Work, key: str, number: int) -> ChangeView:
    """Return a change of who may vote. Problems: `round.unknown`, `access.unknown`."""
    changes = access_changes.of_round(work, _own_round(work, key).id)
    return or_problem(next((each for each in changes if each.number == number), None), "access.unknown")


def stop(work: Work, key: str, number: int, reason: str) -> None:
    """Stop a change of who may vote, with a reason (`changes.service.stop`). Problem: `round.unknown`."""
    access_changes.stop(work, _own_round(work, key), number, reason)


def registration(work: Work, key: str, number: int) -> RegistrationView:
    """Return a late registration. Problems: `round.unknown`, `registration.unknown`."""
    kept = registrations.of_round(work, _own_round(work, key).id)
    return or_problem(next((each for each in kept if each.number == number), None), "registration.unknown")


def stop_registration(work: Work, key: str, number: int, reason: str) -> None:
    """Stop a late registration, with a reason (`changes.registrations.stop`). Problem: `round.unknown`."""
    registrations.stop(work, _own_round(work, key), number, reason)


def result(work: Work, key: str) -> ResultView:
    """Return the whole result of a round.

    Problems: `round.unknown`, `round.not_closed`, `result.uncounted`.
    """
    return or_problem(page.kept_page(work, _closed(work, key)), "result.uncounted")


def document(work: Work, key: str, kind: Kind) -> tuple[str, bytes]:
    """Return name and content of the bundle or the result, of the newest or of the first count.

    The content is byte for byte as stored; the log records the download.
    Problems: those of `result`.
    """
    found = _closed(work, key)
    find = documents.first if kind.startswith("first_") else documents.find
    kept = or_problem(find(work.session, found.id, kind.removeprefix("first_")), "result.uncounted")
    seen.note(work, found)
    work.record("results.downloaded", subject_of(found), {"kind": kind, "sha256": kept.sha256})
    return f"{key}-{kind.replace('_', '-')}.json", kept.content.encode()


def complete_archive(work: Work, key: str) -> tuple[str, zipped.File]:
    """Return name and content of the complete archive: all data on which a published count rests.

    The log records the download.
    Problems: those of `result`, `archive.unknown`.
    """
    return archive.taken_out(work, _closed(work, key))


def _own_round(work: Work, key: str) -> Round:
    """Return a round of which the actor is a scrutineer.

    Raise Problem `round.unknown` for any other round, whether it exists or not.
    """
    require(work, "scrutiny.read")
    found = rounds.whole(work.session, key)
    if found is None or scrutineers.find(work.session, found.id, work.actor.id or 0) is None:
        raise Problem("round.unknown", key=key)
    return found


def _closed(work: Work, key: str) -> Round:
    found = _own_round(work, key)
    if not has_result(State(found.state)):
        raise Problem("round.not_closed", key=key)
    return found


def _has_result(work: Work, found: Round) -> bool:
    """Return whether a round has a result; False before its closing in any case."""
    closed = has_result(State(found.state))
    return closed and documents.digest(work.session, found.id, "result") is not None
