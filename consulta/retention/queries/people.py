"""The rows that tell of one person: found by a name or an address, read for it, and erased."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, cast, func, or_, select

from consulta.infra.listing import says
from consulta.infra.models import (
    AccessChange,
    Application,
    Assistance,
    Ballot,
    Call,
    Contact,
    Correction,
    Dialogue,
    Erasure,
    EvaluationPerson,
    FocalPoint,
    FollowUpReader,
    FollowUpRequest,
    FormerAddress,
    Institution,
    Invitation,
    InvitationEvent,
    InvitationWords,
    Link,
    LinkRequest,
    LogEntry,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    Passkey,
    Round,
    Scrutineer,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    ThemeProposal,
    Upload,
)
from consulta.retention import queries as due

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy.orm import Session

MOST = 60  # rows of a kind that a search returns


class Record(NamedTuple):
    """A kind of row that is about a person: where its name, its address and its moment stand."""

    table: Any
    name: str
    email: str
    made: str
    data: tuple[str, ...]  # the columns that the person is told


RECORDS: dict[str, Record] = {
    "contact": Record(
        Contact,
        "name",
        "email",
        "created_at",
        (
            "name",
            "email",
            "phone",
            "language",
            "may_vote",
            "active",
            "bounced_at",
            "bounce_reason",
            "created_at",
        ),
    ),
    "nominee": Record(
        Nominee,
        "name",
        "email",
        "created_at",
        (
            *(
                "name",
                "organisation",
                "role",
                "country",
                "sector",
                "gender",
                "language",
                "email",
                "languages",
            ),
            *("address_form", "about", "delegate", "speaks_for", "consent_contact", "consent_listed"),
            *("consent_governments", "created_at"),
        ),
    ),
    "focal_point": Record(
        FocalPoint,
        "name",
        "email",
        "named_at",
        (
            *("name", "email", "phone", "language", "country", "place", "starts", "ends", "state", "shows"),
            "named_at",
        ),
    ),
    "application": Record(
        Application,
        "email",
        "email",
        "made_at",
        ("name", "country", "people", "state", "language", "made_at"),
    ),
    "institution": Record(
        Institution,
        "person",
        "email",
        "created_at",
        ("name", "person", "role", "email", "phone", "language", "active", "created_at"),
    ),
    "reader": Record(
        FollowUpReader, "name", "email", "made_at", ("name", "email", "language", "made_at", "stopped_at")
    ),
    "staff": Record(
        Staff,
        "name",
        "email",
        "created_at",
        ("name", "email", "organisation", "role", "language", "active", "created_at"),
    ),
}
"""In the order in which they are told."""


def matching(session: Session, text: str) -> Iterator[tuple[str, Any]]:
    """Yield kind and row of those whose name or address has these words."""
    for kind, record in RECORDS.items():
        columns = [getattr(record.table, record.name), getattr(record.table, record.email)]
        if kind == "application":
            columns.append(cast(Application.people, String))
        query = select(record.table).where(says(text, *columns), _is_there(record))
        yield from ((kind, row) for row in session.scalars(query.order_by(record.table.id).limit(MOST)))


def with_address(session: Session, address: str) -> Iterator[tuple[str, Any]]:
    """Yield kind and row of all that have an address."""
    for kind, record in RECORDS.items():
        column = getattr(record.table, record.email)
        match: Any = func.lower(column) == address.lower()
        if kind == "application":
            match = or_(
                match, cast(Application.people, String).contains(json.dumps(address), autoescape=True)
            )
        yield from ((kind, row) for row in session.scalars(select(record.table).where(match)))


def _is_there(record: Record) -> Any:
    return ~getattr(record.table, record.email).startswith(due.ERASED)


def row(session: Session, kind: str, number: int, *, hold: bool = False) -> Any | None:
    """Return a row of a kind, or None; with `hold` locked until the unit of work ends."""
    table = RECORDS[kind].table
    query = select(table).where(table.id == number)
    return session.scalars(query.with_for_update(of=table) if hold else query).first()


def where(session: Session, kind: str, found: Any) -> str:
    """Return of which organisation or round a row is, as a name that is no person's."""
    match kind:
        case "contact" | "focal_point":
            return session.get_one(Organisation, found.organisation_id).name
        case "nominee":
            return session.get_one(Round, found.round_id).key
        case "application" | "institution":
            return str(found.name)
        case _:
            return ""


# -- what there is of a person

# By the kind of a row: under which subject the rows of which table are told, which of them are of the person,
# and their columns.
_RELATED: dict[str, tuple[tuple[str, Any, Callable[[Any], Any], str], ...]] = {
    "contact": (
        ("links", Link, lambda found: Link.contact_id == found.id, "purpose created_at expires_at used_at"),
        (
            "roll_addresses",
            SeatAddress,
            lambda found: SeatAddress.contact_id == found.id,
            "address name votes since",
        ),
        ("votes_sent", Ballot, lambda found: Ballot.contact_id == found.id, "round version cast_at"),
        (
            "corrections",
            Correction,
            lambda found: or_(Correction.asked_by_id == found.id, Correction.contact_id == found.id),
            "kind said state asked_at",
        ),
        ("calls", Call, lambda found: Call.contact_id == found.id, "answer note at"),
        (
            "theme_proposals",
            ThemeProposal,
            lambda found: ThemeProposal.contact_id == found.id,
            "reference title proposed_at",
        ),
        ("nominations", Nomination, lambda found: Nomination.contact_id == found.id, "id state proposed_at"),
    ),
    "nominee": (
        (
            "nominations",
            Nomination,
            lambda found: Nomination.nominee_id == found.id,
            "said state proposed_at",
        ),
        ("invitation_steps", InvitationEvent, lambda found: _is_step_of(found.id), "state at"),
        (
            "guest_notes",
            InvitationWords,
            lambda found: _are_words_of(found.id),
            "note colleague colleague_contact",
        ),
    ),
    "staff": (
        (
            "sessions",
            SignedIn,
            lambda found: SignedIn.staff_id == found.id,
            "created_at expires_at ended_at network browser",
        ),
        ("passkeys", Passkey, lambda found: Passkey.staff_id == found.id, "name created_at used_at"),
        ("log", LogEntry, lambda found: LogEntry.actor == f"{found.role}:{found.id}", "at action subject"),
    ),
}


def related(session: Session, kind: str, found: Any, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return by subject what other tables have of the person of a row."""
    told = {
        subject: _told(
            session, select(table).where(belongs(found)).order_by(*table.__mapper__.primary_key), columns
        )
        for subject, table, belongs, columns in _RELATED.get(kind, ())
    }
    told["mails"] = _told(session, _mails(kind, found, address), "kind address subject body state left_at")
    return {name: rows for name, rows in told.items() if rows}


def by_address(session: Session, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return by subject what is known under an address alone."""
    if not address:
        return {}
    told = {
        "evaluation_people": _told(
            session, _at(EvaluationPerson, address), "name organisation email answered"
        ),
        "follow_up_requests": _told(
            session, _at(FollowUpRequest, address), "name organisation email asked_at"
        ),
        "uploads": _told(session, _uploads(address), "filename created_at"),
    }
    return {name: rows for name, rows in told.items() if rows}


def _told(session: Session, query: Any, columns: str) -> list[dict[str, Any]]:
    """Return rows with these columns; `round` is the key of the round of a ballot."""
    return [
        {name: found.seat.round.key if name == "round" else getattr(found, name) for name in columns.split()}
        for found in session.scalars(query).unique()
    ]


def _at(table: Any, address: str) -> Any:
    return select(table).where(func.lower(table.email) == address.lower())


def _uploads(address: str) -> Any:
    """Select the uploaded files whose rows have an address."""
    rows = func.lower(cast(Upload.rows, String))
    return select(Upload).where(Upload.erased_at.is_(None), rows.contains(address.lower(), autoescape=True))


def _is_step_of(nominee_id: int) -> Any:
    of = select(Invitation.id).where(Invitation.nominee_id == nominee_id)
    return InvitationEvent.invitation_id.in_(of)


def _are_words_of(nominee_id: int) -> Any:
    return InvitationWords.event_id.in_(select(InvitationEvent.id).where(_is_step_of(nominee_id)))


def _mails(kind: str, found: Any, address: str) -> Any:
    same = [func.lower(Message.address) == address.lower()] if address else []
    if kind == "contact":
        same.append(Message.contact_id == found.id)
    if kind == "nominee":
        of = select(Invitation.id).where(Invitation.nominee_id == found.id)
        same.append(Message.invitation_id.in_(of))
    return select(Message).where(or_(*same) if same else Message.id < 0).order_by(Message.id)


# -- guards


def at_work(session: Session, organisation_id: int) -> str | None:
    """Return the key of a round, open or not published yet, on whose roll an organisation stands."""
    query = (
        select(Round.key)
        .join(Seat, Seat.round_id == Round.id)
        .where(Seat.organisation_id == organisation_id, Round.state.in_(due.AT_WORK))
    )
    return session.scalars(query.order_by(Round.id)).first()


def invited_to(session: Session, nominee_id: int, now: datetime) -> str | None:
    """Return the key of a round to whose session a nominee is invited, while that is to come."""
    query = (
        select(Round.key)
        .join(Invitation, Invitation.round_id == Round.id)
        .outerjoin(Dialogue, Dialogue.round_id == Round.id)
        .where(
            Invitation.nominee_id == nominee_id,
            Invitation.state.in_(("proposed", "invited", "opened", "accepted")),
            or_(Dialogue.id.is_(None), Dialogue.ends_at > now),
            Round.state != "cancelled",
        )
    )
    return session.scalars(query.order_by(Round.id)).first()


def round_of(session: Session, found: Any) -> Round:
    """Return the round of a nominee."""
    return session.get_one(Round, found.round_id)


def was_on_a_panel(session: Session, nominee: Any) -> bool:
    """Return whether a nominee was invited, or was named in a published panel."""
    invited = session.scalars(
        select(Invitation.id).where(Invitation.nominee_id == nominee.id).limit(1)
    ).first()
    named = session.get_one(Round, nominee.round_id).panel_named or {}
    return invited is not None or nominee.key in json.dumps(named)


def appointed(session: Session, staff_id: int) -> bool:
    """Return whether an account was appointed scrutineer, which is public."""
    return session.scalars(select(Scrutineer).where(Scrutineer.staff_id == staff_id)).first() is not None


# -- erasing


def erase(session: Session, kind: str, found: Any, now: datetime, *, in_use: bool) -> None:
    """Erase the person of a row, and what other tables have of it, as far as nothing must stay.

    Where its address is `in_use` by a row that must stay, what is known under the address alone stays too: a
    person who votes for an organisation still gets its mails.
    """
    address = "" if in_use else str(getattr(found, RECORDS[kind].email))
    _erase_mails(session, kind, found, address, now)
    _erase_address(session, address, now)
    _ERASE[kind](session, found, now)
    session.flush()


def _erase_focal_point(_session: Session, found: FocalPoint, _now: datetime) -> None:
    found.name, found.email, found.phone, found.shows = due.pseudonym(found.id), "", "", "unlisted"


def _erase_institution(_session: Session, found: Institution, _now: datetime) -> None:
    found.person = found.role = found.email = found.phone = ""


def _erase_reader(_session: Session, found: FollowUpReader, now: datetime) -> None:
    found.email, found.name, found.stopped_at = due.erased_address(found.id), "", now
    for each in found.follows:
        each.ended_at = each.ended_at or now


def _erase_staff(session: Session, found: Staff, now: datetime) -> None:
    due.blank_staff(session, [found.id], now)
    for each in session.scalars(select(SignedIn).where(SignedIn.staff_id == found.id)):
        session.delete(each)


def erase_applicant(found: Application, address: str) -> None:
    """Take one person out of an application."""
    found.people = [each for each in found.people if str(each.get("email", "")).lower() != address.lower()]
    found.email = str(found.people[0]["email"]) if found.people else ""


def _erase_mails(session: Session, kind: str, found: Any, address: str, now: datetime) -> None:
    """Erase the mails of a person, but not those of rounds at work, which are still needed."""
    at_work = select(Round.id).where(Round.state.in_(due.AT_WORK))
    ended = or_(Message.round_id.is_(None), Message.round_id.not_in(at_work))
    mails = list(session.scalars(_mails(kind, found, address).where(ended)))
    for each in mails:
        if each.state == "queued":
            each.state, each.reason, each.left_at = "cancelled", "mail.inactive", now
            each.token = each.claimed_by = each.claimed_until = None
    session.flush()
    numbers = [each.id for each in mails]
    for at in range(0, len(numbers), due.PORTION):
        due.blank_mail_addresses(session, numbers[at : at + due.PORTION], now)


def _erase_address(session: Session, address: str, now: datetime) -> None:
    """Erase what is known under an address alone: in lists of people who were asked, in uploaded files."""
    if not address:
        return
    for table in (EvaluationPerson, FollowUpRequest):
        for each in session.scalars(_at(table, address)):
            each.name, each.email = due.pseudonym(each.id), due.erased_address(each.id)
    for asked in session.scalars(
        select(LinkRequest).where(func.lower(LinkRequest.address) == address.lower())
    ):
        session.delete(asked)
    files: Sequence[Upload] = session.scalars(_uploads(address)).all()
    due.blank_uploads(session, [each.id for each in files], now)
    for former in session.scalars(
        select(FormerAddress).where(
            func.lower(FormerAddress.address) == address.lower(), FormerAddress.until < now - due.LATELY
        )
    ):
        session.delete(former)


def _erase_contact(session: Session, found: Contact, now: datetime) -> None:
    for link in session.scalars(
        select(Link).where(Link.contact_id == found.id, Link.revoked_at.is_(None), Link.expires_at > now)
    ):
        link.revoked_at = now
    changes = select(AccessChange).where(AccessChange.contact_id == found.id)
    for change in session.scalars(changes):
        change.address, change.before = due.erased_address(change.id), ""
        change.reason = change.objection = change.decision = ""
    addresses = list(session.scalars(select(SeatAddress).where(SeatAddress.contact_id == found.id)))
    for each in addresses:
        if not each.address.startswith(due.ERASED):
            each.address, each.name = due.erased_address(each.id), ""
    objections = select(Objection).where(Objection.seat_address_id.in_([each.id for each in addresses]))
    for objection in session.scalars(objections):
        objection.who = ""
    for call in session.scalars(select(Call).where(Call.contact_id == found.id)):
        call.contact_id, call.note = None, ""
    asked_for = (
        select(Assistance)
        .join(Ballot, Ballot.id == Assistance.ballot_id)
        .join(Seat, Seat.id == Ballot.seat_id)
        .where(Seat.organisation_id == found.organisation_id, says(found.name, Assistance.requester))
    )
    for assistance in session.scalars(asked_for):
        assistance.requester = assistance.reason = ""
    corrections = select(Correction.id).where(
        or_(Correction.contact_id == found.id, Correction.asked_by_id == found.id)
    )
    due.blank_corrections(session, list(session.scalars(corrections)), now)
    due.blank_contacts(session, [found.id], now)


def _erase_nominee(session: Session, found: Nominee, now: datetime) -> None:
    stays = found.on_ballot or was_on_a_panel(session, found)
    found.email = found.address_form = found.about = ""
    found.languages = []
    if not stays:
        found.name, found.delegate = due.pseudonym(found.id), ""
    proposals = list(session.scalars(select(Nomination).where(Nomination.nominee_id == found.id)))
    due.blank_nominations(session, [each.id for each in proposals], now)
    if not stays:
        for each in proposals:
            each.said = each.said | {"name": found.name}
    for words in session.scalars(select(InvitationWords).where(_are_words_of(found.id))):
        session.delete(words)


_ERASE: dict[str, Callable[[Session, Any, datetime], None]] = {
    "contact": _erase_contact,
    "nominee": _erase_nominee,
    "focal_point": _erase_focal_point,
    "institution": _erase_institution,
    "reader": _erase_reader,
    "staff": _erase_staff,
}


# -- the list of erasures


def keep(
    session: Session, kind: str, number: int, made_at: datetime, now: datetime, staff: int | None
) -> None:
    """Write down that a row was erased."""
    session.add(Erasure(kind=kind, number=number, made_at=made_at, erased_at=now, staff_id=staff))
    session.flush()


def read_line(line: str) -> tuple[str, int, datetime] | None:
    """Return kind, number and moment of a line of the list of erasures; None of any other line."""
    try:
        said = json.loads(line)
        kind, number, made_at = said["kind"], int(said["number"]), datetime.fromisoformat(said["made_at"])
    except (ValueError, KeyError, TypeError):
        return None
    return (kind, number, made_at) if kind in RECORDS and made_at.tzinfo else None


def erased(session: Session, kind: str, number: int, made_at: datetime) -> Erasure | None:
    """Return the erasure of a row, if it was erased."""
    query = select(Erasure).where(Erasure.kind == kind, Erasure.number == number, Erasure.made_at == made_at)
    return session.scalars(query).first()
