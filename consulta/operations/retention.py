"""Erasures on time: what of people's data is due, how it is erased, and when.

What is due is announced a week before the first erasure of a kind, and then erased each day: the worker asks
`look` and then `erase`. A kind is announced anew where its period became shorter, where the worker had not
looked for a week, and where the clock was set back: a clock that jumps ahead erases nothing before a person
had a week to see it. The periods are settings (`Settings.kept_days`), and what each column is for is with
the models (`platform/models/base.py`). How a person is erased on request is in `personal_data`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, and_, cast, func, or_, select
from sqlalchemy.dialects import postgresql, sqlite

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.deadlines import as_text
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Attempt,
    Ballot,
    Call,
    Challenge,
    Contact,
    Correction,
    Delivery,
    Dialogue,
    Evaluation,
    EvaluationPerson,
    FocalPoint,
    FollowUpRequest,
    FormerAddress,
    Institution,
    Invitation,
    InvitationEvent,
    InvitationWords,
    Link,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    Passkey,
    PendingAct,
    RecoveryCode,
    Registration,
    RetentionKind,
    RetentionMark,
    RetentionRun,
    Round,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    Upload,
)
from consulta.platform.settings import KEPT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from consulta.platform.work import Work

    Due = Select[int]
    Erase = Callable[[Session, Sequence[int], datetime], None]

NOTICE = timedelta(days=7)  # from the announcement of a kind to its first erasure
GAP = timedelta(days=7)  # without a look of the worker, after which a kind is announced anew
DAILY = timedelta(days=1)  # from one look that is written down to the next
AHEAD = timedelta(days=30)
BATCH = 200  # rows that are erased in one unit of work
SHOWN = 50  # erasures on the page
ERASED = "erased:"  # what stands before the number of a row in place of an address that must be unique
AT_WORK = ("open", "closed")  # states of a round in which its mail and contacts are still acted upon
OVER = ("published", "cancelled")
LATELY = timedelta(days=30)  # a round that opens within it still tells a former address
PSEUDONYM = "— "  # what stands before the number of a row in place of a name
NOT_TAKEN_UP = ("waiting", "declined")  # proposals of people who are no nominees
OF_NOMINATION = ("name", "organisation", "role", "country", "sector", "kind")  # that stay
OF_CORRECTION = ("name", "email", "phone", "note")  # that go
CONTACT, STAFF, INSTITUTION = "contact", "staff", "institution"  # kinds of marks
_ENDED = ("replaced", "declined", "refused", "withdrawn", "ended")


class Step(NamedTuple):
    """Rows of one table: which are due before a moment, and how they are erased."""

    due: Callable[[datetime], Due]
    erase: Erase


KINDS: dict[str, list[Step]] = {name: [] for name in KEPT}
"""The kinds of erasure, each with a period of its own; some erase rows of several tables."""


def _erased(kind: str, erase: Erase) -> Callable[[Callable[[datetime], Due]], Callable[[datetime], Due]]:
    """Return a decorator: the rows that a function selects are erased by `erase`, as part of a kind."""

    def register(due: Callable[[datetime], Due]) -> Callable[[datetime], Due]:
        KINDS[kind].append(Step(due, erase))
        return due

    return register


def erased_address(number: int) -> str:
    """Return what stands in place of the address of a row."""
    return f"{ERASED}{number}"


def mark_of(address: str) -> str:
    """Return what stands in place of an address in the name of a mail that is sent once."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def pseudonym(number: int) -> str:
    """Return what stands in place of the name of a row, where one is shown."""
    return f"{PSEUDONYM}{number}"


# -- how rows are erased


def blank_mail_texts(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Erase subject, text and what was to be said in mails; the digest of the text stays."""
    for each in _rows(session, Message, numbers):
        if each.body is not None:
            each.body_sha256 = hashlib.sha256(each.body.encode()).hexdigest()
        each.subject = each.body = None
        each.facts = {}


def blank_mail_addresses(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Erase the addresses of mails and what mail servers answered, which names addresses."""
    blank_mail_texts(session, numbers, _now)
    for each in _rows(session, Message, numbers):
        each.once = each.once.replace(each.address, mark_of(each.address)) if each.address else each.once
        each.address, each.said = "", None
    attempts_of = select(Delivery).where(Delivery.message_id.in_(numbers), Delivery.said != "")
    for attempt in session.scalars(attempts_of):
        attempt.said = ""


def blank_uploads(session: Session, numbers: Sequence[int], now: datetime) -> None:
    """Erase the rows of files, and what would be put back; their names stay."""
    for each in _rows(session, Upload, numbers):
        each.rows, each.sheets, each.headings, each.unread = [], [], [], []
        each.meanings, each.undo, each.erased_at = {}, None, now


def _deleted(table: Any) -> Erase:
    """Return the function that deletes rows of a table."""

    def delete(session: Session, numbers: Sequence[int], _now: datetime) -> None:
        for each in _rows(session, table, numbers):
            session.delete(each)

    return delete


def blank(table: Any, **values: Any) -> Erase:
    """Return the function that writes these values into rows; a value that is a function is asked of each."""

    def write(session: Session, numbers: Sequence[int], _now: datetime) -> None:
        for each in _rows(session, table, numbers):
            for name, value in values.items():
                setattr(each, name, value() if value is list else value(each) if callable(value) else value)

    return write


def remove_second_steps(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Take passkeys, codes by time and recovery codes away from accounts."""
    for each in _rows(session, Staff, numbers):
        each.second_factor = None
    for table in (Passkey, RecoveryCode):
        for row in session.scalars(select(table).where(table.staff_id.in_(numbers))):
            session.delete(row)


def blank_staff(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Erase address and name of accounts; the name of a scrutineer, which was published, stays."""
    remove_second_steps(session, numbers, _now)
    for each in _rows(session, Staff, numbers):
        each.email = erased_address(each.id)
        each.password_hash = ERASED
        if each.role != "scrutineer":
            each.name = pseudonym(each.id)


def blank_contacts(session: Session, numbers: Sequence[int], now: datetime) -> None:
    """Erase name, address and telephone of contacts, and their former addresses but for the latest."""
    for each in _rows(session, Contact, numbers):
        each.name, each.email, each.phone = pseudonym(each.id), erased_address(each.id), ""
        each.messages_to = ""
        each.bounced_at = each.bounce_reason = None
        each.active = False
    former = select(FormerAddress).where(
        FormerAddress.contact_id.in_(numbers), FormerAddress.until < now - LATELY
    )
    for row in session.scalars(former):
        session.delete(row)


def blank_nominations(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Erase what was written of a person in proposals; where it came to no nominee, the name too."""
    for each in _rows(session, Nomination, numbers):
        said = {name: value for name, value in each.said.items() if name in OF_NOMINATION}
        each.said = said | ({"name": pseudonym(each.id)} if each.state in NOT_TAKEN_UP else {})


def blank_corrections(session: Session, numbers: Sequence[int], _now: datetime) -> None:
    """Erase name, address and telephone in what was asked to be corrected."""
    for each in _rows(session, Correction, numbers):
        each.said = {name: "" if name in OF_CORRECTION else value for name, value in each.said.items()}


def _rows(session: Session, table: Any, numbers: Sequence[int]) -> list[Any]:
    (key,) = table.__table__.primary_key.columns
    return list(session.scalars(select(table).where(key.in_(numbers)).order_by(key)))


def _address(row: Any) -> str:
    return erased_address(row.id)


def _name(row: Any) -> str:
    return pseudonym(row.id)


# -- what is due: the numbers of rows, of what became old before `until`


def _was_over() -> ColumnElement[datetime]:
    """Return when a round was over: published, else closed, else its promised end."""
    return func.coalesce(Round.published_at, Round.closed_at, Round.closes_at)


def _over_rounds(until: datetime) -> Select[int]:
    return select(Round.id).where(Round.state.in_(OVER), _was_over() < until)


def _marked(table: Any, kind: str, until: datetime) -> Due:
    mark = and_(RetentionMark.kind == kind, RetentionMark.number == table.id)
    found: Due = select(table.id).join(RetentionMark, mark).where(RetentionMark.since < until)
    return found


@_erased("mail_texts", blank_mail_texts)
def mail_texts(until: datetime) -> Due:
    """Select mails with texts, of no round that is at work."""
    return (
        select(Message.id)
        .outerjoin(Round, Round.id == Message.round_id)
        .where(
            Message.state != "queued",
            Message.left_at < until,
            or_(
                Message.body.is_not(None),
                Message.subject.is_not(None),
                cast(Message.facts, String) != "{}",  # of a mail that was never written out, too
            ),
            or_(Round.id.is_(None), Round.state.not_in(AT_WORK)),
        )
    )


@_erased("mail_addresses", blank_mail_addresses)
def mail_addresses(until: datetime) -> Due:
    """Select mails with addresses, of no round that is at work."""
    return (
        select(Message.id)
        .outerjoin(Round, Round.id == Message.round_id)
        .where(
            Message.state != "queued",
            Message.left_at < until,
            Message.address != "",
            or_(Round.id.is_(None), Round.state.not_in(AT_WORK)),
        )
    )


@_erased("uploads", blank_uploads)
def uploads(until: datetime) -> Due:
    """Select uploaded files with rows."""
    last = func.coalesce(Upload.undone_at, Upload.applied_at, Upload.created_at)
    return select(Upload.id).where(last < until, Upload.erased_at.is_(None))


@_erased("sign_ins", _deleted(SignedIn))
def sign_ins(until: datetime) -> Due:
    """Select sessions that are over; the newest of each account stays, which says when it signed in last."""
    newest = select(func.max(SignedIn.id)).where(SignedIn.staff_id.is_not(None)).group_by(SignedIn.staff_id)
    ended = or_(SignedIn.ended_at < until, SignedIn.expires_at < until)
    return select(SignedIn.id).where(ended, SignedIn.id.not_in(newest))


@_erased("sign_ins", _deleted(Attempt))
def attempts(until: datetime) -> Due:
    """Select attempts, of which no limit asks any more."""
    return select(Attempt.id).where(Attempt.at < until)


@_erased("sign_ins", _deleted(Challenge))
def challenges(until: datetime) -> Due:
    """Select challenges that were not answered in time."""
    return select(Challenge.id).where(Challenge.expires_at < until)


@_erased("links", _deleted(Link))
def links(until: datetime) -> Due:
    """Select links that have ended, by which no session is kept and that no round at work may ask for."""
    of_session = select(SignedIn.link_id).where(SignedIn.link_id.is_not(None))
    at_work = (
        select(Link.id)
        .join(SeatAddress, SeatAddress.id == Link.seat_address_id)
        .join(Seat, Seat.id == SeatAddress.seat_id)
        .join(Round, Round.id == Seat.round_id)
        .where(Round.state.in_(AT_WORK))
    )
    of_vote = (
        select(Link.id)
        .join(Seat, Seat.id == Link.subject_id)
        .join(Round, Round.id == Seat.round_id)
        .where(Link.purpose == "vote", Round.state.in_(AT_WORK))
    )
    return select(Link.id).where(
        func.coalesce(Link.revoked_at, Link.expires_at) < until,
        Link.id.not_in(of_session),
        Link.id.not_in(at_work),
        Link.id.not_in(of_vote),
    )


@_erased("second_steps", remove_second_steps)
def second_steps(until: datetime) -> Due:
    """Select disabled accounts that have second steps."""
    has = or_(
        Staff.second_factor.is_not(None),
        Staff.id.in_(select(Passkey.staff_id)),
        Staff.id.in_(select(RecoveryCode.staff_id)),
    )
    return _marked(Staff, STAFF, until).where(~Staff.active, has)


@_erased("pending_acts", _deleted(PendingAct))
def pending_acts(until: datetime) -> Due:
    """Select acts that waited for a second person and are decided or expired."""
    return select(PendingAct.id).where(PendingAct.expires_at < until)


@_erased("former_addresses", _deleted(FormerAddress))
def former_addresses(until: datetime) -> Due:
    """Select addresses that are used no more."""
    return select(FormerAddress.id).where(FormerAddress.until < until)


@_erased("contacts", blank_contacts)
def contacts(until: datetime) -> Due:
    """Select contacts out of use with an address, of no organisation on the roll of a round at work."""
    at_work = select(Seat.organisation_id).join(Round).where(Round.state.in_(AT_WORK))
    return _marked(Contact, CONTACT, until).where(
        ~Contact.email.startswith(ERASED), Contact.organisation_id.not_in(at_work)
    )


@_erased("staff", blank_staff)
def staff(until: datetime) -> Due:
    """Select disabled accounts with an address."""
    return _marked(Staff, STAFF, until).where(~Staff.active, ~Staff.email.startswith(ERASED))


@_erased("institutions", blank(Institution, person="", role="", email="", phone=""))
def institutions(until: datetime) -> Due:
    """Select institutions that are asked no more, with the data of a person."""
    known = or_(Institution.person != "", Institution.email != "", Institution.phone != "")
    return _marked(Institution, INSTITUTION, until).where(~Institution.active, known)


@_erased("focal_points", blank(FocalPoint, name="", email="", phone="", shows="unlisted"))
def focal_points(until: datetime) -> Due:
    """Select focal points whose term or asking has ended, with a name or an address."""
    day = f"{until:%Y-%m-%d}"
    return select(FocalPoint.id).where(
        or_(FocalPoint.state.in_(_ENDED), FocalPoint.ends < day),  # a term that ran out changes no state
        or_(FocalPoint.name != "", FocalPoint.email != "", FocalPoint.phone != ""),
        FocalPoint.named_at < until,
        func.coalesce(FocalPoint.decided_at, FocalPoint.named_at) < until,
        func.coalesce(FocalPoint.answered_at, FocalPoint.named_at) < until,
        or_(FocalPoint.ends.is_(None), FocalPoint.ends < day),
    )


@_erased("corrections", blank_corrections)
def corrections(until: datetime) -> Due:
    """Select decided corrections with what was asked for."""
    return select(Correction.id).where(
        Correction.state != "waiting",
        Correction.decided_at < until,
        cast(Correction.said, String).like("%@%"),
    )


@_erased("applications", blank(Application, people=list, email=""))
def applications(until: datetime) -> Due:
    """Select applications that were decided or withdrawn, with their people."""
    return select(Application.id).where(
        Application.state.in_(("admitted", "declined", "withdrawn")),
        Application.decided_at < until,
        Application.email != "",
    )


@_erased("roll_contacts", blank(SeatAddress, address=_address, name=""))
def roll_addresses(until: datetime) -> Due:
    """Select addresses on file of rounds that are over."""
    return (
        select(SeatAddress.id)
        .join(Seat, Seat.id == SeatAddress.seat_id)
        .where(Seat.round_id.in_(_over_rounds(until)), ~SeatAddress.address.startswith(ERASED))
    )


@_erased(
    "roll_contacts",
    blank(AccessChange, address=_address, before="", reason="", objection="", stopped="", decision=""),
)
def access_changes(until: datetime) -> Due:
    """Select changes of who may vote, of rounds that are over."""
    return (
        select(AccessChange.id)
        .join(Seat, Seat.id == AccessChange.seat_id)
        .where(Seat.round_id.in_(_over_rounds(until)), ~AccessChange.address.startswith(ERASED))
    )


@_erased("roll_contacts", blank(Registration, stopped="", decision=""))
def registrations(until: datetime) -> Due:
    """Select late registrations with the reason of a person for or against it, of rounds that are over."""
    return select(Registration.id).where(
        Registration.round_id.in_(_over_rounds(until)),
        or_(Registration.stopped != "", Registration.decision != ""),
    )


@_erased("roll_contacts", blank(Call, contact_id=None, note=""))
def calls(until: datetime) -> Due:
    """Select calls with a contact or a note, of rounds that are over."""
    return (
        select(Call.id)
        .join(Seat, Seat.id == Call.seat_id)
        .where(
            Seat.round_id.in_(_over_rounds(until)),
            or_(Call.note != "", Call.contact_id.is_not(None)),
        )
    )


@_erased("roll_contacts", blank(Objection, who=""))
def objections(until: datetime) -> Due:
    """Select objections with the name of the person, of rounds that are over."""
    return select(Objection.id).where(Objection.round_id.in_(_over_rounds(until)), Objection.who != "")


@_erased("roll_contacts", blank(Assistance, requester="", reason=""))
def assistances(until: datetime) -> Due:
    """Select ballots that staff entered, with the name of the person who asked, of rounds that are over."""
    return (
        select(Assistance.ballot_id)
        .join(Ballot, Ballot.id == Assistance.ballot_id)
        .where(
            Ballot.round_id.in_(_over_rounds(until)), or_(Assistance.requester != "", Assistance.reason != "")
        )
    )


@_erased("guest_notes", _deleted(InvitationWords))
def guest_notes(until: datetime) -> Due:
    """Select notes of people who were invited, after the session, or the round where there is no session."""
    ended = func.coalesce(Dialogue.ends_at, _was_over())
    return (
        select(InvitationWords.event_id)
        .join(InvitationEvent, InvitationEvent.id == InvitationWords.event_id)
        .join(Invitation, Invitation.id == InvitationEvent.invitation_id)
        .join(Round, Round.id == Invitation.round_id)
        .outerjoin(Dialogue, Dialogue.round_id == Round.id)
        .where(ended < until)
    )


_TO_REACH = ("email", "address_form", "post", "given_name", "family_name", "phone")


@_erased("nominees", blank(Nominee, **dict.fromkeys(_TO_REACH, ""), languages=list))
def nominees(until: datetime) -> Due:
    """Select nominees of rounds that are over, with what is needed only to reach them."""
    return select(Nominee.id).where(
        Nominee.round_id.in_(_over_rounds(until)),
        or_(
            *(getattr(Nominee, name) != "" for name in _TO_REACH),
            cast(Nominee.languages, String) != "[]",
        ),
    )


@_erased("nominees", blank_nominations)
def nominations(until: datetime) -> Due:
    """Select proposals of rounds that are over, with what was written of the person.

    The name goes too where the proposal came to no nominee.
    """
    named = and_(
        Nomination.state.in_(NOT_TAKEN_UP), ~Nomination.said["name"].as_string().startswith(PSEUDONYM)
    )
    return select(Nomination.id).where(
        Nomination.round_id.in_(_over_rounds(until)),
        or_(Nomination.said["about"].as_string().is_not(None), named),
    )


@_erased("evaluation_people", blank(EvaluationPerson, name=_name, organisation="", email=_address))
def evaluation_people(until: datetime) -> Due:
    """Select people who were asked to evaluate a session, until when it could be answered."""
    return (
        select(EvaluationPerson.id)
        .join(Evaluation, Evaluation.id == EvaluationPerson.evaluation_id)
        .where(Evaluation.closes_at < until, ~EvaluationPerson.email.startswith(ERASED))
    )


@_erased("follow_up_requests", blank(FollowUpRequest, name=_name, email=_address))
def follow_up_requests(until: datetime) -> Due:
    """Select people who were asked by a call what became of recommendations."""
    return select(FollowUpRequest.id).where(
        FollowUpRequest.asked_at < until, ~FollowUpRequest.email.startswith(ERASED)
    )


# -- when it is erased


class KindView(NamedTuple):
    """A kind of erasure: its period, how many rows are due now and in the next thirty days, and when."""

    name: str
    days: int
    due: int
    soon: int  # further rows that become due in the next thirty days
    announced: bool  # whether the first erasure of this kind was announced
    begins_at: datetime | None  # when that begins, while it is to come
    last: RetentionRun | None


@dataclass(frozen=True, slots=True)
class Announced:
    """First erasures that are to come: of how many kinds, how many rows, and when the first begins."""

    kinds: int
    rows: int
    begins_at: datetime


def look(work: Work, days: Mapping[str, int]) -> tuple[str, ...]:
    """Announce the kinds of which something is due, and return those that are to be erased now."""
    require(work, "retention.erase")
    known, ready = _held(work, days), []
    _mark(work)
    for kind in KINDS:
        row = known[kind]
        if _is_to_be_announced_anew(work, row, days[kind]):
            row.announced_at = row.begins_at = None
        if row.looked_at > work.now or work.now - row.looked_at >= DAILY or row.announced_at is None:
            row.looked_at = work.now
        row.days = days[kind]
        rows = _count(work, kind, work.now - timedelta(days=row.days))
        if rows and row.begins_at is None:
            row.announced_at, row.begins_at = work.now, work.now + NOTICE
            details = {"kind": kind, "days": row.days, "rows": rows, "begins_at": as_text(row.begins_at)}
            work.record("retention.announced", f"retention:{kind}", details)
        elif rows and row.begins_at is not None and row.begins_at <= work.now:
            ready.append(kind)
    return tuple(ready)


def erase(work: Work, kind: str, days: Mapping[str, int]) -> int:
    """Erase some rows of a kind that are due, and return how many; 0 where nothing is left.

    Problem: `retention.unknown`.
    """
    require(work, "retention.erase")
    _require_known(kind)
    row = work.session.get(RetentionKind, kind)
    if row is None or row.begins_at is None or row.begins_at > work.now or row.days > days[kind]:
        return 0
    until = work.now - timedelta(days=days[kind])
    for step in KINDS[kind]:
        numbers = list(work.session.scalars(step.due(until).limit(BATCH)))
        if numbers:
            step.erase(work.session, numbers, work.now)
            work.session.flush()
            _note(work, kind, len(numbers))
            return len(numbers)
    return 0


def are_erased(work: Work, numbers: Sequence[int]) -> set[int]:
    """Return which of these mails have lost their text: their files go too."""
    require(work, "retention.erase")
    query = select(Message.id).where(Message.id.in_(numbers), Message.body_sha256.is_not(None))
    return set(work.session.scalars(query))


def record(work: Work, erased: Mapping[str, int]) -> None:
    """Tell the log how many rows of each kind were erased in this look. Problem: `retention.unknown`."""
    require(work, "retention.erase")
    for kind, rows in erased.items():
        _require_known(kind)
        work.record("retention.erased", f"retention:{kind}", {"kind": kind, "rows": rows})


def overview(work: Work, days: Mapping[str, int]) -> tuple[list[KindView], Sequence[RetentionRun]]:
    """Return what will be erased when, by kind, and what was erased, the newest first."""
    require(work, "retention.read")
    known = _known(work)
    runs = work.session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(SHOWN)).all()
    newest = select(func.max(RetentionRun.id)).group_by(RetentionRun.kind)
    last = {
        run.kind: run for run in work.session.scalars(select(RetentionRun).where(RetentionRun.id.in_(newest)))
    }
    views = []
    for kind in KINDS:
        until = work.now - timedelta(days=days[kind])
        due, begins_at = _count(work, kind, until), known[kind].begins_at if kind in known else None
        views.append(
            KindView(
                name=kind,
                days=days[kind],
                due=due,
                soon=max(_count(work, kind, until + AHEAD) - due, 0),
                announced=begins_at is not None,
                begins_at=begins_at if begins_at and begins_at > work.now else None,
                last=last.get(kind),
            )
        )
    return views, runs


def announced(work: Work) -> Announced | None:
    """Return the first erasures of kinds that are to come, as the desk tells of them; None without any."""
    require(work, "retention.read")
    found = [
        (row.begins_at, _count(work, kind, work.now - timedelta(days=row.days)))
        for kind, row in _known(work).items()
        if row.begins_at is not None and row.begins_at > work.now and kind in KINDS
    ]
    if not found:
        return None
    return Announced(len(found), sum(rows for _at, rows in found), min(at for at, _rows in found))


def _is_to_be_announced_anew(work: Work, row: RetentionKind, days: int) -> bool:
    """Return whether the period became shorter, the worker was away, or the clock was set back."""
    away = work.now - row.looked_at >= GAP
    back = row.looked_at - work.now > DAILY
    return days < row.days or away or back


def _count(work: Work, kind: str, until: datetime) -> int:
    """Return how many rows of a kind are due."""
    queries = (select(func.count()).select_from(step.due(until).subquery()) for step in KINDS[kind])
    return sum(work.session.scalar(query) or 0 for query in queries)


def _known(work: Work) -> dict[str, RetentionKind]:
    return {each.kind: each for each in work.session.scalars(select(RetentionKind))}


def _held(work: Work, days: Mapping[str, int]) -> dict[str, RetentionKind]:
    """Return the rows of all kinds, made where they are missing; another worker that looks now waits."""
    new = [{"kind": kind, "days": days[kind], "looked_at": work.now} for kind in KINDS]
    dialect: Any = postgresql if work.session.get_bind().dialect.name == "postgresql" else sqlite
    work.session.execute(dialect.insert(RetentionKind).values(new).on_conflict_do_nothing())
    query = select(RetentionKind).order_by(RetentionKind.kind).with_for_update()
    return {each.kind: each for each in work.session.scalars(query)}


def _note(work: Work, kind: str, rows: int) -> None:
    """Count an erasure into the run of the day."""
    query = select(RetentionRun).where(RetentionRun.kind == kind).order_by(RetentionRun.id.desc())
    run = work.session.scalars(query.limit(1)).first()
    if run is None or run.at.date() != work.now.date():
        work.session.add(RetentionRun(kind=kind, rows=rows, at=work.now))
    else:
        run.rows += rows


def _require_known(kind: str) -> None:
    if kind not in KINDS:
        raise Problem("retention.unknown", kind=kind)


def _out_of_use(session: Session) -> dict[str, set[int]]:
    """Return by kind the rows that are out of use now."""
    off = or_(~Contact.active, ~Organisation.active)
    contacts = select(Contact.id).join(Contact.organisation).where(off, ~Contact.email.startswith(ERASED))
    accounts = select(Staff.id).where(~Staff.active, ~Staff.email.startswith(ERASED))
    institutions = select(Institution.id).where(~Institution.active)
    return {
        CONTACT: set(session.scalars(contacts)),
        STAFF: set(session.scalars(accounts)),
        INSTITUTION: set(session.scalars(institutions)),
    }


def _mark(work: Work) -> None:
    """Note since when accounts, contacts and institutions are out of use, and forget it of those in use."""
    out = _out_of_use(work.session)
    known = {(each.kind, each.number): each for each in work.session.scalars(select(RetentionMark))}
    for kind, numbers in out.items():
        for number in numbers:
            mark = known.get((kind, number))
            if mark is None:
                work.session.add(RetentionMark(kind=kind, number=number, since=work.now))
            elif mark.since > work.now:  # the clock was ahead then
                mark.since = work.now
    for (kind, number), mark in known.items():
        if number not in out[kind]:
            work.session.delete(mark)
    work.session.flush()
