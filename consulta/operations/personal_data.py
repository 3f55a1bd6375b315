"""What there is of one person: found by a name or an address, handed out, and erased on request.

A person is told by the rows that have its address. What must stay for votes that are at work refuses an
erasure, with the way out; what was published or is of an organisation stays, and is told before.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import String, and_, cast, func, or_, select

from consulta.core.problems import Problem, or_problem
from consulta.operations.retention import (
    AT_WORK,
    ERASED,
    LATELY,
    blank_contacts,
    blank_corrections,
    blank_mail_addresses,
    blank_mail_texts,
    blank_nominations,
    blank_staff,
    blank_uploads,
    erased_address,
    pseudonym,
)
from consulta.platform.access import require
from consulta.platform.data.folding import fold
from consulta.platform.listing import says
from consulta.platform.models import (
    AccessChange,
    Application,
    Assistance,
    Ballot,
    Call,
    Contact,
    Correction,
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
    LinkRequest,
    LogEntry,
    Message,
    Nomination,
    Nominee,
    Objection,
    Organisation,
    Organiser,
    Passkey,
    PendingAct,
    Practice,
    Round,
    Scrutineer,
    Seat,
    SeatAddress,
    SignedIn,
    Staff,
    ThemeProposal,
    Upload,
)
from consulta.rounds import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from sqlalchemy.orm import Session

    from consulta.platform.work import Work

PORTION = 200  # rows that are blanked at once
SHORTEST = 3  # letters and digits to look for
REASON_MAX = 300
_OPEN_APPLICATION = ("unconfirmed", "sponsors", "review", "returned")
_NAMING = {"ballot", "panel", "scrutineer"}  # codes of what keeps the name
_NAMED = ("named", "asked", "accepted")
MOST = 60  # rows of a kind that a search returns
LOOKED_AT = ("application", "nomination")  # their people stand in JSON, where no search of text finds all


class Record(NamedTuple):
    """A kind of row that is about a person: where its name, its address and its moment stand."""

    table: Any
    name: str
    email: str
    made: str
    columns: str  # those that the person is told

    @property
    def data(self) -> list[str]:
        """Return the columns that the person is told."""
        return self.columns.split()


RECORDS: dict[str, Record] = {
    "contact": Record(
        *(Contact, "name", "email", "created_at"),
        "name email phone messages_to messages_since language may_vote active bounced_at bounce_reason"
        " created_at",
    ),
    "nominee": Record(
        *(Nominee, "name", "email", "created_at"),
        "name organisation role country sector gender attributes language email languages address_form about"
        " post given_name family_name phone"
        " delegate speaks_for consent_contact consent_listed consent_governments created_at",
    ),
    "nomination": Record(Nomination, "said", "said", "proposed_at", "said state proposed_at"),
    "focal_point": Record(
        *(FocalPoint, "name", "email", "named_at"),
        "name email phone language country place starts ends state shows named_at",
    ),
    "application": Record(
        Application, "email", "email", "made_at", "name country people state language made_at"
    ),
    "institution": Record(
        *(Institution, "person", "email", "created_at"),
        "name person role email phone language active created_at",
    ),
    "evaluation_person": Record(
        EvaluationPerson, "name", "email", "", "name organisation email language answered"
    ),
    "follow_up_request": Record(
        FollowUpRequest, "name", "email", "asked_at", "name organisation country email language asked_at"
    ),
    "staff": Record(
        Staff, "name", "email", "created_at", "name email organisation role language active created_at"
    ),
}
"""In the order in which they are told."""


def _matching(session: Session, text: str) -> Iterator[tuple[str, Any]]:
    """Yield kind and row of those whose name or address has these words, at most `MOST` of a kind."""
    words = fold(text).split()

    def has_words(name: str, email: str) -> bool:
        there = fold(f"{name} {email}")
        return all(word in there for word in words)

    for kind, record in RECORDS.items():
        if kind in LOOKED_AT:
            yield from islice(_looked_at(session, kind, has_words), MOST)
            continue
        name, email = getattr(record.table, record.name), getattr(record.table, record.email)
        query = select(record.table).where(says(text, name, email), ~email.startswith(ERASED))
        rows = session.scalars(query.order_by(record.table.id).limit(MOST))
        yield from ((kind, row) for row in rows)


def _with_address(session: Session, address: str) -> Iterator[tuple[str, Any]]:
    """Yield kind and row of all that have an address."""
    for kind, record in RECORDS.items():
        if kind in LOOKED_AT:
            yield from _looked_at(session, kind, lambda _name, email: email.lower() == address.lower())
            continue
        same = func.lower(getattr(record.table, record.email)) == address.lower()
        rows = session.scalars(select(record.table).where(same).order_by(record.table.id))
        yield from ((kind, row) for row in rows)


def _looked_at(session: Session, kind: str, wanted: Callable[[str, str], bool]) -> Iterator[tuple[str, Any]]:
    """Yield the rows of a kind of whose people one is wanted, by name and address.

    A proposal that became a nominee is told with it.
    """
    table = RECORDS[kind].table
    query = select(table).order_by(table.id)
    if kind == "nomination":
        query = query.where(Nomination.nominee_id.is_(None))
    for row in session.scalars(query):
        if any(wanted(name, email) for name, email in who(kind, row)):
            yield kind, row


def who(kind: str, found: Any) -> list[tuple[str, str]]:
    """Return name and address of the people of a row: of an application several, of any other row one."""
    if kind == "application":
        return [(str(each.get("name", "")), str(each.get("email", ""))) for each in found.people]
    if kind == "nomination":
        return [(str(found.said.get("name", "")), str(found.said.get("email", "")))]
    record = RECORDS[kind]
    return [(str(getattr(found, record.name)), str(getattr(found, record.email)))]


def _made_at(session: Session, kind: str, found: Any) -> datetime:
    """Return when a row was made, by which another row with the same number is told apart."""
    if kind == "evaluation_person":
        return session.get_one(Evaluation, found.evaluation_id).created_at
    made: datetime = getattr(found, RECORDS[kind].made)
    return made


def _where(session: Session, kind: str, found: Any) -> str:
    """Return of which organisation or round a row is, as a name that is no person's."""
    match kind:
        case "contact" | "focal_point":
            return session.get_one(Organisation, found.organisation_id).name
        case "nominee" | "nomination":
            return session.get_one(Round, found.round_id).key
        case "evaluation_person":
            of = session.get_one(Evaluation, found.evaluation_id).round_id
            return session.get_one(Round, of).key
        case "follow_up_request":
            return str(found.organisation)
        case "application" | "institution":
            return str(found.name)
        case _:
            return ""


# -- what there is of a person

# By the kind of a row: under which subject the rows of which table are told, which of them are of the person,
# and their columns.
_RELATED: dict[str, tuple[tuple[str, Any, Callable[[Any], Any], str], ...]] = {
    "contact": (
        (
            "links",
            Link,
            lambda found: and_(Link.contact_id == found.id, Link.revoked_at.is_(None)),
            "purpose created_at expires_at used_at",
        ),
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


MAIL = "kind address subject body state left_at"  # what is told of a mail


def _related(session: Session, kind: str, found: Any, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return by subject what other tables have of the person of a row."""
    told = {
        subject: _told(
            session, select(table).where(belongs(found)).order_by(*table.__mapper__.primary_key), columns
        )
        for subject, table, belongs, columns in _RELATED.get(kind, ())
    }
    told["mails"] = _told(session, _mails(kind, found, address), MAIL)
    return {name: kept for name, rows in told.items() if (kept := [row for row in rows if _tells(name, row)])}


def _tells(subject: str, row: dict[str, Any]) -> bool:
    """Return whether a row still tells of the person: a mail without address and text does not.

    Neither does an address of the roll without address and name.
    """
    said = [row[name] for name in _TELLING.get(subject, ())]
    return not said or any(each and not str(each).startswith(ERASED) for each in said)


# By subject, what of a row tells of a person; rows of other subjects always do.
_TELLING = {"mails": ("address", "subject", "body"), "roll_addresses": ("address", "name")}


def _by_address(session: Session, address: str) -> dict[str, list[dict[str, Any]]]:
    """Return by subject what is known under an address alone."""
    if not address:
        return {}
    told = {"uploads": _told(session, _uploads(address), "filename created_at")}
    return {name: rows for name, rows in told.items() if rows}


def _told(session: Session, query: Any, columns: str) -> list[dict[str, Any]]:
    """Return rows with these columns; `round` is the key of the round of a ballot."""
    return [
        {name: found.seat.round.key if name == "round" else getattr(found, name) for name in columns.split()}
        for found in session.scalars(query).unique()
    ]


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


def _at_work(session: Session, organisation_id: int) -> str | None:
    """Return the key of a round, open or not published yet, on whose roll an organisation stands."""
    query = (
        select(Round.key)
        .join(Seat, Seat.round_id == Round.id)
        .where(Seat.organisation_id == organisation_id, Round.state.in_(AT_WORK))
    )
    return session.scalars(query.order_by(Round.id)).first()


def _invited_to(session: Session, nominee_id: int, now: datetime) -> str | None:
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


def _was_on_a_panel(session: Session, nominee: Any) -> bool:
    """Return whether a nominee was invited, or was named in a published panel."""
    invited = session.scalars(
        select(Invitation.id).where(Invitation.nominee_id == nominee.id).limit(1)
    ).first()
    named = session.get_one(Round, nominee.round_id).panel_named or {}
    return invited is not None or nominee.key in json.dumps(named)


def signs(session: Session, name: str, address: str) -> bool:
    """Return whether the organiser's profile names a person or its address."""
    said = json.dumps([each.profile for each in session.scalars(select(Organiser))], ensure_ascii=False)
    return any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", said) for each in _unmistakable(name, address))


def _unmistakable(name: str, address: str) -> list[str]:
    """Return by which of name and address texts tell of a person; a name of one word tells of others too."""
    return [each for each in (address, name if len(name.split()) > 1 else "") if each]


def _practises(session: Session) -> bool:
    """Return whether there is a round for practice, which has copies of accounts and contacts."""
    return session.scalars(select(Practice.id).where(Practice.live.is_(True))).first() is not None


def _mails_at_work(session: Session, kind: str, found: Any, address: str) -> bool:
    """Return whether a person has mails of a round that is open, or closed and not published yet."""
    at_work = select(Round.id).where(Round.state.in_(AT_WORK))
    query = _mails(kind, found, address).where(Message.round_id.in_(at_work), Message.address != "")
    return session.scalars(query.limit(1)).first() is not None


def _waiting_with(session: Session, address: str, now: datetime) -> bool:
    """Return whether a form that waits for a second person has an address."""
    return any(_waits(each, now) for each in _acts_with(session, address))


def _waits(act: PendingAct, now: datetime) -> bool:
    """Return whether another person can still confirm an act: it is not decided, and its time is not over."""
    return act.state == "waiting" and act.decided_at is None and act.expires_at > now


def _appointed(session: Session, staff_id: int) -> bool:
    """Return whether an account was appointed scrutineer, which is public."""
    return session.scalars(select(Scrutineer).where(Scrutineer.staff_id == staff_id)).first() is not None


# -- erasing


def _erase_rows(
    session: Session, kind: str, found: Any, now: datetime, *, in_use: bool, address: str
) -> None:
    """Erase the person of a row, and what other tables have of it, as far as nothing must stay.

    Where its address is `in_use` by a row that must stay, what is known under the address alone stays too: a
    person who votes for an organisation still gets its mails.
    """
    name = next((name for name, email in who(kind, found) if not address or email == address), "")
    alone = "" if in_use else address
    _erase_mails(session, kind, found, alone, now)
    _erase_named(session, name, alone, now)
    _erase_address(session, alone, now)
    _end_links(session, kind, found, now)
    if kind == "application":
        _erase_applicant(found, address)
    else:
        _ERASE[kind](session, found, now)
    session.flush()


def _end_links(session: Session, kind: str, found: Any, now: datetime) -> None:
    """End the links of a person that are about its own row."""
    purposes, subjects = _LINKS.get(kind, ((), None))
    if subjects is None or (kind == "application" and len(found.people) > 1):
        return
    links = select(Link).where(
        Link.purpose.in_(purposes), Link.subject_id.in_(subjects(found)), Link.revoked_at.is_(None)
    )
    for each in session.scalars(links):
        each.revoked_at = now


# By kind, the purposes of links (`platform/door/purposes.py`) that are given to its person, and what they
# are about.
_LINKS: dict[str, tuple[tuple[str, ...], Callable[[Any], Any]]] = {
    "nominee": (("answer",), lambda found: select(Invitation.id).where(Invitation.nominee_id == found.id)),
    "focal_point": (("focal_point",), lambda found: [found.id]),
    "application": (("apply",), lambda found: [found.id]),
    "institution": (
        ("follow_up_reported",),
        lambda found: select(FollowUpRequest.id).where(FollowUpRequest.institution_id == found.id),
    ),
    "evaluation_person": (("evaluate",), lambda found: [found.id]),
    "follow_up_request": (("follow_up_reported", "follow_up_seen"), lambda found: [found.id]),
    "staff": (("join",), lambda found: [found.id]),
}


def _erase_named(session: Session, name: str, address: str, now: datetime) -> None:
    """Erase the texts of mails to others that tell of a person, and forms that waited with its address."""
    looked = _unmistakable(name, address)
    if not looked:
        return
    at_work = select(Round.id).where(Round.state.in_(AT_WORK))
    written = [form for each in looked for form in {each, json.dumps(each)[1:-1]}]
    columns = (Message.subject, Message.body, cast(Message.facts, String))
    tells = or_(*(column.contains(form, autoescape=True) for column in columns for form in written))
    query = select(Message.id).where(
        tells, Message.state != "queued", or_(Message.round_id.is_(None), Message.round_id.not_in(at_work))
    )
    numbers = list(session.scalars(query))
    for at in range(0, len(numbers), PORTION):
        blank_mail_texts(session, numbers[at : at + PORTION], now)
    for act in _acts_with(session, address):
        if not _waits(act, now):
            session.delete(act)


def _acts_with(session: Session, address: str) -> list[PendingAct]:
    """Return the forms that waited for a second person and have an address."""
    if not address:
        return []
    rows = func.lower(cast(PendingAct.fields, String))
    return list(session.scalars(select(PendingAct).where(rows.contains(address.lower(), autoescape=True))))


def _erase_focal_point(session: Session, found: FocalPoint, now: datetime) -> None:
    _erase_requests(session, FollowUpRequest.focal_point_id == found.id, now)
    found.name, found.email, found.phone, found.shows = pseudonym(found.id), "", "", "unlisted"


def _erase_institution(_session: Session, found: Institution, _now: datetime) -> None:
    found.person = found.role = found.email = found.phone = ""


def _erase_staff(session: Session, found: Staff, now: datetime) -> None:
    blank_staff(session, [found.id], now)
    for each in session.scalars(select(SignedIn).where(SignedIn.staff_id == found.id)):
        session.delete(each)


def _erase_nomination(session: Session, found: Nomination, now: datetime) -> None:
    blank_nominations(session, [found.id], now)
    found.said = found.said | {"name": pseudonym(found.id)}


def _erase_asked(_session: Session, found: Any, _now: datetime) -> None:
    found.name, found.email = pseudonym(found.id), erased_address(found.id)
    if isinstance(found, EvaluationPerson):
        found.organisation = ""


def _erase_applicant(found: Application, address: str) -> None:
    """Take one person out of an application."""
    found.people = [each for each in found.people if str(each.get("email", "")).lower() != address.lower()]
    found.email = str(found.people[0]["email"]) if found.people else ""


def _erase_mails(session: Session, kind: str, found: Any, address: str, now: datetime) -> None:
    """Erase the mails of a person, but not those of rounds at work, which are still needed."""
    at_work = select(Round.id).where(Round.state.in_(AT_WORK))
    ended = or_(Message.round_id.is_(None), Message.round_id.not_in(at_work))
    mails = list(session.scalars(_mails(kind, found, address).where(ended)))
    for each in mails:
        if each.state == "queued":
            each.state, each.reason, each.left_at = "cancelled", "mail.inactive", now
            each.token = each.claimed_by = each.claimed_until = None
    session.flush()
    numbers = [each.id for each in mails]
    for at in range(0, len(numbers), PORTION):
        blank_mail_addresses(session, numbers[at : at + PORTION], now)


def _erase_address(session: Session, address: str, now: datetime) -> None:
    """Erase what is known under an address alone: in lists of people who were asked, in uploaded files."""
    if not address:
        return
    for asked in session.scalars(
        select(LinkRequest).where(func.lower(LinkRequest.address) == address.lower())
    ):
        session.delete(asked)
    files: Sequence[Upload] = session.scalars(_uploads(address)).all()
    blank_uploads(session, [each.id for each in files], now)
    for former in session.scalars(
        select(FormerAddress).where(
            func.lower(FormerAddress.address) == address.lower(), FormerAddress.until < now - LATELY
        )
    ):
        session.delete(former)


def _erase_requests(session: Session, whose: Any, now: datetime) -> None:
    """Erase a person among those whom calls asked, also where the address was another one then."""
    for each in session.scalars(select(FollowUpRequest).where(whose)):
        _erase_asked(session, each, now)


def _erase_contact(session: Session, found: Contact, now: datetime) -> None:
    _erase_requests(session, FollowUpRequest.contact_id == found.id, now)
    for link in session.scalars(
        select(Link).where(Link.contact_id == found.id, Link.revoked_at.is_(None), Link.expires_at > now)
    ):
        link.revoked_at = now
    changes = select(AccessChange).where(AccessChange.contact_id == found.id)
    for change in session.scalars(changes):
        change.address, change.before = erased_address(change.id), ""
        change.reason = change.objection = change.decision = ""
    addresses = list(session.scalars(select(SeatAddress).where(SeatAddress.contact_id == found.id)))
    for each in addresses:
        if not each.address.startswith(ERASED):
            each.address, each.name = erased_address(each.id), ""
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
    blank_corrections(session, list(session.scalars(corrections)), now)
    blank_contacts(session, [found.id], now)


def _erase_nominee(session: Session, found: Nominee, now: datetime) -> None:
    stays = found.on_ballot or _was_on_a_panel(session, found)
    found.email = found.address_form = found.about = ""
    found.post = found.given_name = found.family_name = found.phone = ""
    found.languages = []
    if not stays:
        found.name, found.delegate = pseudonym(found.id), ""
    proposals = list(session.scalars(select(Nomination).where(Nomination.nominee_id == found.id)))
    blank_nominations(session, [each.id for each in proposals], now)
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
    "nomination": _erase_nomination,
    "evaluation_person": _erase_asked,
    "follow_up_request": _erase_asked,
    "staff": _erase_staff,
}


def _erasure(session: Session, kind: str, number: int, made_at: datetime) -> Erasure | None:
    """Return the erasure of a row, if it was erased."""
    query = select(Erasure).where(Erasure.kind == kind, Erasure.number == number, Erasure.made_at == made_at)
    return session.scalars(query).first()


# -- as the desk sees and erases it


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A row that is about a person, in a search: of which kind, its number, who, and of what."""

    kind: str
    number: int
    name: str
    address: str
    where: str


@dataclass(frozen=True, slots=True)
class Held:
    """What one row has of a person, with what other tables have of it."""

    kind: str
    number: int
    where: str
    data: Mapping[str, Any]
    related: Mapping[str, Sequence[Mapping[str, Any]]]
    refusal: Problem | None  # why it cannot be erased now
    stays: tuple[str, ...]  # codes of what an erasure leaves


@dataclass(frozen=True, slots=True)
class Person:
    """All that there is of a person: the rows with the same address."""

    kind: str
    number: int
    name: str
    address: str
    language: str
    held: tuple[Held, ...]
    besides: Mapping[str, Sequence[Mapping[str, Any]]]
    erased_at: datetime | None

    @property
    def alike(self) -> tuple[tuple[Held, int], ...]:
        """Return the rows, one of those of which an erasure says the same, with how many these are."""
        found: dict[tuple[Any, ...], list[Held]] = {}
        for each in self.held:
            found.setdefault((each.kind, each.where, str(each.refusal), each.stays), []).append(each)
        return tuple((rows[0], len(rows)) for rows in found.values())

    @property
    def is_found_by_address(self) -> bool:
        """Return whether its address finds other rows of the person; an application names several people."""
        return bool(self.address) or self.kind == "application"

    @property
    def can_be_erased(self) -> bool:
        """Return whether any of its rows can be erased now."""
        return self.erased_at is None and any(each.refusal is None for each in self.held)


@dataclass(frozen=True, slots=True)
class Erased:
    """What an erasure did: the rows by kind and number, and those that were left, each with why."""

    done: tuple[tuple[str, int], ...]
    left: tuple[tuple[str, int, Problem], ...]


def is_short(text: str) -> bool:
    """Return whether a text has too few letters and digits: it would be found nearly everywhere."""
    return sum(map(str.isalnum, text)) < SHORTEST


def search(work: Work, text: str) -> tuple[PersonLine, ...]:
    """Return the people whose name or address has these words. Problem: `person.short`."""
    require(work, "people.read")
    if is_short(text):
        raise Problem("person.short", least=SHORTEST)
    return tuple(
        PersonLine(kind, row.id, _name(kind, row), _address(kind, row), _where(work.session, kind, row))
        for kind, row in _matching(work.session, text)
    )


def look(work: Work, kind: str, number: int) -> Person:
    """Return all that there is of the person of a row. Problem: `person.unknown`."""
    require(work, "people.read")
    first = _row(work, kind, number)
    address = _address(kind, first)
    held = [
        Held(
            each,
            row.id,
            _where(work.session, each, row),
            {name: getattr(row, name) for name in RECORDS[each].data},
            _related(work.session, each, row, address if index == 0 else ""),
            _refusal(work, each, row),
            _stays(work, each, row),
        )
        for index, (each, row) in enumerate(_same(work, kind, first, address))
    ]
    made = _made_at(work.session, kind, first)
    before = None if _several(kind, first) else _erasure(work.session, kind, number, made)
    return Person(
        kind,
        number,
        _name(kind, first),
        address,
        str(getattr(first, "language", "")) or work.languages[0],
        tuple(held),
        _by_address(work.session, address),
        before.erased_at if before else None,
    )


def hand_out(work: Work, kind: str, number: int) -> Person:
    """Return all that there is of a person, to hand it out; the log says that it was."""
    require(work, "people.erase")
    found = look(work, kind, number)
    work.record("people.handed_out", f"{kind}:{number}", {"rows": len(found.held)})
    return found


def erase(work: Work, kind: str, number: int, reason: str) -> Erased:
    """Erase the person of a row wherever its address stands; return what was erased, and what was not.

    Problems: `person.unknown`, `person.reason`, `person.erased` (before), and what refuses where nothing
    can be erased: `person.voting`, `person.invited`, `person.draft`, `person.focal_point`, `person.staff`,
    `person.applying`.
    """
    require(work, "people.erase")
    if not 1 <= len(reason.strip()) <= REASON_MAX:
        raise Problem("person.reason", most=REASON_MAX)
    first = _row(work, kind, number, hold=True)
    made = _made_at(work.session, kind, first)
    if not _several(kind, first) and _erasure(work.session, kind, number, made):
        raise Problem("person.erased")
    address = _address(kind, first)
    done, left = [], []
    for each, row in _same(work, kind, first, address):
        refusal = _refusal(work, each, row)
        if refusal is None:
            done.append((each, row))
        else:
            left.append((each, row.id, refusal))
    if not done:
        raise left[0][2]
    for each, row in done:
        _erase(work, each, row, address, reason.strip())
    return Erased(tuple((each, row.id) for each, row in done), tuple(left))


def listed(work: Work) -> tuple[str, ...]:
    """Return a line for each erasure, for the file beside the database: numbers and moments alone."""
    require(work, "retention.erase")
    return tuple(
        json.dumps(
            {
                "kind": each.kind,
                "number": each.number,
                "made_at": each.made_at.isoformat(),
                "erased_at": each.erased_at.isoformat(),
            },
            sort_keys=True,
        )
        for each in work.session.scalars(select(Erasure).order_by(Erasure.id))
    )


def missing(work: Work, lines: Iterable[str]) -> tuple[str, ...]:
    """Return the lines of a list of erasures whose rows are here and not erased."""
    require(work, "retention.erase")
    return tuple(line for line in lines if _to_erase(work, line) is not None)


def again(work: Work, lines: Iterable[str]) -> int:
    """Erase anew what a restored database has back; return how many rows. Other lines are passed over."""
    require(work, "retention.erase")
    count = 0
    for line in lines:
        found = _to_erase(work, line)
        if found is not None:
            kind, row = found
            _erase(work, kind, row, _address(kind, row), "")
            count += 1
    return count


def _to_erase(work: Work, line: str) -> tuple[str, Any] | None:
    """Return kind and row of a line, unless it is another person's by the same number, or cannot go now."""
    try:
        entry = json.loads(line)
        kind, number = entry["kind"], int(entry["number"])
        made_at = datetime.fromisoformat(entry["made_at"])
    except (ValueError, KeyError, TypeError):
        return None
    row = work.session.get(RECORDS[kind].table, number) if kind in RECORDS and made_at.tzinfo else None
    if row is None or _made_at(work.session, kind, row) != made_at:
        return None
    if _erasure(work.session, kind, number, made_at) or _refusal(work, kind, row) is not None:
        return None
    return kind, row


def _erase(work: Work, kind: str, row: Any, address: str, reason: str) -> None:
    """Erase a row; the log tells of it by number, with the reason, or without one after a restore.

    The address of an active contact stays among the former ones, so that a round that opens soon tells it.
    """
    made = _made_at(work.session, kind, row)
    if kind == "contact" and row.active:
        addresses.give_up(work, row, row.email)
    others = [each for each in _same(work, kind, row, address) if each[1] is not row]
    in_use = any(_refusal(work, *each) is not None for each in others)
    _erase_rows(work.session, kind, row, work.now, in_use=in_use, address=address)
    if _erasure(work.session, kind, row.id, made) is None:
        work.session.add(
            Erasure(kind=kind, number=row.id, made_at=made, erased_at=work.now, staff_id=work.actor.staff_id)
        )
        work.session.flush()
    work.record("people.erased", f"{kind}:{row.id}", {"kind": kind, "number": row.id, "reason": reason})


def _same(work: Work, kind: str, first: Any, address: str) -> list[tuple[str, Any]]:
    """Return the row, and all others with its address."""
    found = [(kind, first)]
    if address:
        found += [
            (each, row)
            for each, row in _with_address(work.session, address)
            if (each, row.id) != (kind, first.id)
        ]
    return found


def _refusal(work: Work, kind: str, row: Any) -> Problem | None:
    """Return why the person of a row cannot be erased now, with the way out; None where it can."""
    if kind == "contact":
        key = _at_work(work.session, row.organisation_id)
        return Problem("person.voting", round=key) if key else None
    if kind == "nomination" and row.state == "waiting":
        return Problem("person.proposed", round=_where(work.session, kind, row))
    if kind == "nominee":
        key = _invited_to(work.session, row.id, work.now)
        if work.session.get_one(Round, row.round_id).state == "draft":
            return Problem("person.draft")
        return Problem("person.invited", round=key) if key else None
    state = getattr(row, "state", "")
    in_use = {
        "person.focal_point": kind == "focal_point" and state in _NAMED and not _is_past(work, row.ends),
        "person.staff": kind == "staff" and row.active,
        "person.applying": kind == "application" and state in _OPEN_APPLICATION,
    }
    return next((Problem(code) for code, holds in in_use.items() if holds), None)


def _is_past(work: Work, day: str | None) -> bool:
    """Return whether the last day of a term is over everywhere."""
    return bool(day) and str(day) < (work.now - timedelta(days=1)).date().isoformat()


def _stays(work: Work, kind: str, row: Any) -> tuple[str, ...]:
    """Return the codes of what stays of a row after an erasure."""
    address, session = _address(kind, row), work.session
    also = {
        "mails": _mails_at_work(session, kind, row, address),
        "pending": _waiting_with(session, address, work.now),
        "organiser": signs(session, _name(kind, row), address),
        "practice": kind in {"contact", "staff"} and _practises(session),
    }
    own = _own(work, kind, row)
    log = "log_named" if _NAMING & set(own) else "log"
    return (*own, *(code for code, holds in also.items() if holds), log)


def _own(work: Work, kind: str, row: Any) -> tuple[str, ...]:
    """Return the codes of what stays of the row itself."""
    match kind:
        case "contact":
            return ("votes", *(("former",) if row.active else ()))
        case "nominee":
            on_ballot = ("ballot",) if row.on_ballot else ()
            panel = ("panel",) if _was_on_a_panel(work.session, row) else ()
            return (*on_ballot, *panel, "figures")
        case "nomination":
            return ("figures",)
        case "staff":
            public = ("scrutineer",) if _appointed(work.session, row.id) else ()
            return (*public, "account")
        case "focal_point":
            return ("term",)
        case _:
            return ()


def _row(work: Work, kind: str, number: int, *, hold: bool = False) -> Any:
    """Return a row, with `hold` locked until the unit of work ends. Problem: `person.unknown`."""
    if kind not in RECORDS:
        raise Problem("person.unknown")
    table = RECORDS[kind].table
    query = select(table).where(table.id == number)
    found = work.session.scalars(query.with_for_update(of=table) if hold else query).first()
    return or_problem(found, "person.unknown")


def _address(kind: str, row: Any) -> str:
    address = next((email for _, email in who(kind, row)), "")
    return "" if address.startswith(ERASED) else address


def _name(kind: str, row: Any) -> str:
    return next((name for name, _ in who(kind, row)), "")


def _several(kind: str, row: Any) -> bool:
    """Return whether a row has people who are erased one by one, and any is left."""
    return kind == "application" and bool(row.people)
