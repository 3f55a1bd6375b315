"""What is due to be erased, by kind, and how rows are erased: each function says which rows."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import String, and_, cast, func, or_, select

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
    Erasure,
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

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    Due = Select[int]
    Erase = Callable[[Session, Sequence[int], datetime], None]

ERASED = "erased:"  # what stands before the number of a row in place of an address that must be unique
AT_WORK = ("open", "closed")  # states of a round in which its mail and contacts are still acted upon
OVER = ("published", "cancelled")
LATELY = timedelta(days=30)  # a round that opens within it still tells a former address
PORTION = 200  # rows that are blanked at once
PSEUDONYM = "— "  # what stands before the number of a row in place of a name
NOT_TAKEN_UP = ("waiting", "declined")  # proposals of people who are no nominees
OF_NOMINATION = ("name", "organisation", "role", "country", "sector", "kind")  # that stay
OF_CORRECTION = ("name", "email", "phone", "note")  # that go
CONTACT, STAFF, INSTITUTION = "contact", "staff", "institution"  # kinds of marks
_ENDED = ("replaced", "declined", "refused", "withdrawn", "ended")


def erased_address(number: int) -> str:
    """Return what stands in place of the address of a row."""
    return f"{ERASED}{number}"


def mark_of(address: str) -> str:
    """Return what stands in place of an address in the name of a mail that is sent once."""
    return hashlib.sha256(address.encode()).hexdigest()[:16]


def pseudonym(number: int) -> str:
    """Return what stands in place of the name of a row, where one is shown."""
    return f"{PSEUDONYM}{number}"


def _was_over() -> ColumnElement[datetime]:
    """Return when a round was over: published, else closed, else its promised end."""
    return func.coalesce(Round.published_at, Round.closed_at, Round.closes_at)


def _over_rounds(until: datetime) -> Select[int]:
    return select(Round.id).where(Round.state.in_(OVER), _was_over() < until)


# -- what is due: the numbers of rows, of what became old before `until`


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


def uploads(until: datetime) -> Due:
    """Select uploaded files with rows."""
    last = func.coalesce(Upload.undone_at, Upload.applied_at, Upload.created_at)
    return select(Upload.id).where(last < until, Upload.erased_at.is_(None))


def sign_ins(until: datetime) -> Due:
    """Select sessions that are over; the newest of each account stays, which says when it signed in last."""
    newest = select(func.max(SignedIn.id)).where(SignedIn.staff_id.is_not(None)).group_by(SignedIn.staff_id)
    ended = or_(SignedIn.ended_at < until, SignedIn.expires_at < until)
    return select(SignedIn.id).where(ended, SignedIn.id.not_in(newest))


def attempts(until: datetime) -> Due:
    """Select attempts, of which no limit asks any more."""
    return select(Attempt.id).where(Attempt.at < until)


def challenges(until: datetime) -> Due:
    """Select challenges that were not answered in time."""
    return select(Challenge.id).where(Challenge.expires_at < until)


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


def second_steps(until: datetime) -> Due:
    """Select disabled accounts that have second steps."""
    has = or_(
        Staff.second_factor.is_not(None),
        Staff.id.in_(select(Passkey.staff_id)),
        Staff.id.in_(select(RecoveryCode.staff_id)),
    )
    return _marked(Staff, STAFF, until).where(~Staff.active, has)


def staff(until: datetime) -> Due:
    """Select disabled accounts with an address."""
    return _marked(Staff, STAFF, until).where(~Staff.active, ~Staff.email.startswith(ERASED))


def contacts(until: datetime) -> Due:
    """Select contacts out of use with an address, of no organisation on the roll of a round at work."""
    at_work = select(Seat.organisation_id).join(Round).where(Round.state.in_(AT_WORK))
    return _marked(Contact, CONTACT, until).where(
        ~Contact.email.startswith(ERASED), Contact.organisation_id.not_in(at_work)
    )


def institutions(until: datetime) -> Due:
    """Select institutions that are asked no more, with the data of a person."""
    known = or_(Institution.person != "", Institution.email != "", Institution.phone != "")
    return _marked(Institution, INSTITUTION, until).where(~Institution.active, known)


def _marked(table: Any, kind: str, until: datetime) -> Due:
    mark = and_(RetentionMark.kind == kind, RetentionMark.number == table.id)
    found: Due = select(table.id).join(RetentionMark, mark).where(RetentionMark.since < until)
    return found


def pending_acts(until: datetime) -> Due:
    """Select acts that waited for a second person and are decided or expired."""
    return select(PendingAct.id).where(PendingAct.expires_at < until)


def former_addresses(until: datetime) -> Due:
    """Select addresses that are used no more."""
    return select(FormerAddress.id).where(FormerAddress.until < until)


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


def corrections(until: datetime) -> Due:
    """Select decided corrections with what was asked for."""
    return select(Correction.id).where(
        Correction.state != "waiting",
        Correction.decided_at < until,
        cast(Correction.said, String).like("%@%"),
    )


def applications(until: datetime) -> Due:
    """Select applications that were decided or withdrawn, with their people."""
    return select(Application.id).where(
        Application.state.in_(("admitted", "declined", "withdrawn")),
        Application.decided_at < until,
        Application.email != "",
    )


def roll_addresses(until: datetime) -> Due:
    """Select addresses on file of rounds that are over."""
    return (
        select(SeatAddress.id)
        .join(Seat, Seat.id == SeatAddress.seat_id)
        .where(Seat.round_id.in_(_over_rounds(until)), ~SeatAddress.address.startswith(ERASED))
    )


def access_changes(until: datetime) -> Due:
    """Select changes of who may vote, of rounds that are over."""
    return (
        select(AccessChange.id)
        .join(Seat, Seat.id == AccessChange.seat_id)
        .where(Seat.round_id.in_(_over_rounds(until)), ~AccessChange.address.startswith(ERASED))
    )


def registrations(until: datetime) -> Due:
    """Select late registrations with the reason of a person for or against it, of rounds that are over."""
    return select(Registration.id).where(
        Registration.round_id.in_(_over_rounds(until)),
        or_(Registration.stopped != "", Registration.decision != ""),
    )


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


def objections(until: datetime) -> Due:
    """Select objections with the name of the person, of rounds that are over."""
    return select(Objection.id).where(Objection.round_id.in_(_over_rounds(until)), Objection.who != "")


def assistances(until: datetime) -> Due:
    """Select ballots that staff entered, with the name of the person who asked, of rounds that are over."""
    return (
        select(Assistance.ballot_id)
        .join(Ballot, Ballot.id == Assistance.ballot_id)
        .where(
            Ballot.round_id.in_(_over_rounds(until)), or_(Assistance.requester != "", Assistance.reason != "")
        )
    )


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


def nominees(until: datetime) -> Due:
    """Select nominees of rounds that are over, with what is needed only to reach them."""
    return select(Nominee.id).where(
        Nominee.round_id.in_(_over_rounds(until)),
        or_(
            Nominee.email != "",
            Nominee.address_form != "",
            cast(Nominee.languages, String) != "[]",
        ),
    )


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


def evaluation_people(until: datetime) -> Due:
    """Select people who were asked to evaluate a session, until when it could be answered."""
    return (
        select(EvaluationPerson.id)
        .join(Evaluation, Evaluation.id == EvaluationPerson.evaluation_id)
        .where(Evaluation.closes_at < until, ~EvaluationPerson.email.startswith(ERASED))
    )


def follow_up_requests(until: datetime) -> Due:
    """Select people who were asked by a call what became of recommendations."""
    return select(FollowUpRequest.id).where(
        FollowUpRequest.asked_at < until, ~FollowUpRequest.email.startswith(ERASED)
    )


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


def delete_rows(table: Any) -> Erase:
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


def without_text(session: Session, numbers: Sequence[int]) -> set[int]:
    """Return which of these mails have lost their text."""
    query = select(Message.id).where(Message.id.in_(numbers), Message.body_sha256.is_not(None))
    return set(session.scalars(query))


# -- how much, and the first numbers


def count(session: Session, due: Due) -> int:
    """Return how many rows are due."""
    return session.scalar(select(func.count()).select_from(due.subquery())) or 0


def first(session: Session, due: Due, most: int) -> list[int]:
    """Return the numbers of the first rows that are due."""
    return list(session.scalars(due.limit(most)))


# -- marks: since when rows are out of use


def out_of_use(session: Session) -> dict[str, set[int]]:
    """Return by kind the rows that are out of use now."""
    off = or_(~Contact.active, ~Organisation.active)
    contacts_off = select(Contact.id).join(Contact.organisation).where(off, ~Contact.email.startswith(ERASED))
    accounts_off = select(Staff.id).where(~Staff.active, ~Staff.email.startswith(ERASED))
    institutions_off = select(Institution.id).where(~Institution.active)
    return {
        CONTACT: set(session.scalars(contacts_off)),
        STAFF: set(session.scalars(accounts_off)),
        INSTITUTION: set(session.scalars(institutions_off)),
    }


def marks(session: Session) -> list[RetentionMark]:
    """Return all marks."""
    return list(session.scalars(select(RetentionMark)))


# -- kinds, runs, erasures


def kinds(session: Session) -> dict[str, RetentionKind]:
    """Return what is stored of kinds, by name."""
    return {each.kind: each for each in session.scalars(select(RetentionKind))}


def runs(session: Session, most: int) -> list[RetentionRun]:
    """Return the newest runs."""
    return list(session.scalars(select(RetentionRun).order_by(RetentionRun.id.desc()).limit(most)))


def last_runs(session: Session) -> dict[str, RetentionRun]:
    """Return the newest run of each kind."""
    newest = select(func.max(RetentionRun.id)).group_by(RetentionRun.kind)
    return {
        each.kind: each for each in session.scalars(select(RetentionRun).where(RetentionRun.id.in_(newest)))
    }


def run_of_day(session: Session, kind: str, day: datetime) -> RetentionRun | None:
    """Return the newest run of a kind, if it was on the day of `day`."""
    query = select(RetentionRun).where(RetentionRun.kind == kind).order_by(RetentionRun.id.desc())
    found = session.scalars(query.limit(1)).first()
    return found if found is not None and found.at.date() == day.date() else None


def erasures(session: Session) -> list[Erasure]:
    """Return all erasures on request, the newest first."""
    return list(session.scalars(select(Erasure).order_by(Erasure.id.desc())))
