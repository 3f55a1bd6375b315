"""Focal points: who names, confirms and replaces them, what each reader sees of them, and their mails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.people import member_changes, members
from consulta.people.members import ContactCommand
from consulta.people.own_data import reader
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.labels import name_of
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import FocalPoint, Message, Organisation
from consulta.platform.parts import Part
from consulta.platform.texts import line
from consulta.platform.work import Actor
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import Readers, Recipient

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from typing import Any

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from consulta.people.member_changes import Words
    from consulta.people.members import OwnContact
    from consulta.platform.mailer.kinds import Reader
    from consulta.platform.mailer.kinds import Words as kinds_Words
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Post, Preview


@dataclass(frozen=True, slots=True)
class FocalCommand:
    """A person who is named for a territory, by its member."""

    kind: str  # "state" or "place"
    country: str
    place: str
    name: str
    email: str
    phone: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class OwnFocal:
    """What a member sees of a focal point that it named."""

    number: int
    territory: Text
    name: str
    email: str
    phone: str
    starts: str | None
    ends: str | None
    state: str
    standing: str
    reason: str


@dataclass(frozen=True, slots=True)
class FocalDoor:
    """What the person is asked, and what stands of it on file."""

    organisation: str
    example: bool
    territory: Text
    name: str
    email: str
    phone: str
    starts: str | None
    ends: str | None
    state: str
    standing: str


class DeskFocal(NamedTuple):
    """A focal point as the secretariat decides on it."""

    focal: FocalPoint
    day: str  # on which it stands so
    history: Sequence[FocalPoint]  # others of the same territory, the newest first
    mails: Sequence[Message]  # about it, the newest first


@dataclass(frozen=True, slots=True)
class PublicFocal:
    """What the public sees of a focal point: what the person consented to."""

    territory: Text
    is_state: bool
    name: str  # "" where the person is not listed by name
    email: str
    phone: str
    organisation: str
    starts: str | None
    ends: str | None
    example: bool


@dataclass(frozen=True, slots=True)
class OwnFocals:
    """What a member sees: those that it named, and those of its country."""

    organisation: str
    country: Text
    country_code: str
    example: bool
    contacts: tuple[OwnContact, ...]
    own: tuple[OwnFocal, ...]
    others: tuple[PublicFocal, ...]


_LOCK = 4_701  # of PostgreSQL: one writer of terms at a time
HOLDING = ("asked", "accepted", "replaced")  # states in which a focal point holds its territory for its term


def hold(session: Session) -> None:
    """Let no other work change terms until this transaction ends. SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def find(session: Session, number: int, *, hold: bool = False) -> FocalPoint | None:
    """Return a focal point with its member, or None; with `hold` other writers of it wait."""
    query = _whole().where(FocalPoint.id == number)
    return session.scalars(query.with_for_update(of=FocalPoint) if hold else query).first()


def _newest(work: Work, *where: ColumnElement[bool]) -> Sequence[FocalPoint]:
    """Return the focal points for which all of `where` holds, the newest first."""
    return work.session.scalars(_whole().where(*where).order_by(FocalPoint.id.desc())).all()


def in_term(session: Session, day: str) -> list[FocalPoint]:
    """Return the focal points that accepted, whose term holds on a day, of active members."""
    query = (
        _whole()
        .join(Organisation, Organisation.id == FocalPoint.organisation_id)
        .where(
            FocalPoint.state.in_(("accepted", "replaced")),
            FocalPoint.starts <= day,
            FocalPoint.ends >= day,
            Organisation.active,
        )
    )
    return list(session.scalars(query.order_by(FocalPoint.id)))


def _whole() -> Select[FocalPoint]:
    return select(FocalPoint).options(
        joinedload(FocalPoint.organisation), joinedload(FocalPoint.named_by), joinedload(FocalPoint.staff)
    )


FOCAL = "focal_point"  # the purpose of links; their subject is the focal point
WAY = "r"


def territory_of(row: FocalPoint) -> Text:
    """Return the name of a territory: of a State in each language, else as it was written."""
    return name_of("country", row.country) if row.kind == "state" else Text.name(row.place)


def country_of(row: FocalPoint) -> str:
    """Return the country by whose clocks a focal point reads: its State, else that of the member."""
    return row.country or row.organisation.country


def ask(work: Work, row: FocalPoint) -> None:
    """Ask the person, by a link, whether it accepts and what of it may be public."""
    work.session.flush()
    (token,) = door.give(work, FOCAL, [Given(row.id)])
    queue_plain(work, [letter(row, "focal_asked", f"{row.version}", {}, token)])


def tell_person(work: Work, row: FocalPoint, what: str) -> None:
    """Tell the person what was decided; `what` names a sentence (`focal_...`) of the words of mails."""
    queue_plain(work, [letter(row, "focal_news", f"{what}:{row.version}", _facts(row, what))])


def tell_member(work: Work, row: FocalPoint, what: str) -> None:
    """Tell the contact who named the person, or else all who may vote, what became of it."""
    by = [row.named_by] if row.named_by is not None and hindrance(row.named_by) is None else []
    voting = [each for each in row.organisation.contacts if each.may_vote and hindrance(each) is None]
    facts = _facts(row, what) | {"focal_point": row.id}
    once = f"focal_news:{row.id}:{what}:{row.version}"
    letters = [
        members.letter_to(each, "focal_news", f"{once}:{each.id}", None, facts) for each in by or voting
    ]
    queue_plain(work, letters)


def letter(
    row: FocalPoint, kind: str, once: str, facts: Mapping[str, object], token: str | None = None
) -> PlainLetter:
    """Return a mail to a focal point."""
    return PlainLetter(
        kind,
        row.name,
        row.organisation.name,
        country_of(row),
        row.email,
        row.language,
        f"{kind}:{row.id}:{once}",
        token,
        {**facts, "focal_point": row.id},
    )


def _facts(row: FocalPoint, what: str) -> dict[str, object]:
    return {"what": what, "person": row.name, "reason": row.reason, "ends": row.ends or ""}


PLACE_MAX = 80
REASON_MAX = 500
EXPIRING = timedelta(days=60)  # before the end of a term, from when on it is noticed
SHOWS = ("both", "email", "name", "unlisted")


def today(work: Work) -> str:
    """Return the day it is for the secretariat, by which terms begin and end."""
    return work.now.astimezone(ZoneInfo(DEFAULT_ZONE)).date().isoformat()


def standing(row: FocalPoint, day: str) -> str:
    """Return how a focal point stands on a day."""
    if row.state in {"declined", "refused", "withdrawn", "ended"}:
        return row.state
    if not row.organisation.active:
        return "left"
    starts, ends = row.starts or "", row.ends or ""
    if row.state != "named" and ends < day:
        return "replaced" if row.state == "replaced" else "over"
    if row.state in {"named", "asked"}:
        return row.state
    if starts > day:
        return "coming"
    near = date.fromisoformat(day) + EXPIRING
    return "expiring" if date.fromisoformat(ends) <= near else "active"


def checked(work: Work, command: FocalCommand, country: str) -> dict[str, Any]:
    """Return the checked values to store for a person who is named.

    Problems: `focal.kind`, `.state` (not in the list of States), `.place`, `.is_state` (a territory of
    reception with the name of a State of the list), `.person`, and those of a contact.
    """
    place = line(command.place)
    if command.kind == "state":
        if command.country not in catalogue.countries_by_code():
            raise Problem("focal.state")
        told = {"country": command.country, "place": "", "territory": f"state:{command.country}"}
    elif command.kind == "place":
        if not fold(place) or len(place) > PLACE_MAX:
            raise Problem("focal.place", most=PLACE_MAX)
        if catalogue.find_country(place) is not None:
            raise Problem("focal.is_state", name=place)
        told = {"country": "", "place": place, "territory": f"place:{fold(place)}"}
    else:
        raise Problem("focal.kind")
    if not line(command.name):
        raise Problem("focal.person")
    said = ContactCommand(command.name, command.email, command.language, phone=command.phone)
    values = members.checked_contact(work, said, country)
    person = {name: values[name] for name in ("name", "email", "phone", "language")}
    return {"kind": command.kind, **told, **person}


def require_free(
    work: Work, territory: str, starts: str, ends: str, but: Collection[int | None] = ()
) -> None:
    """Raise Problem `focal.overlap` where a focal point holds the territory on a day of this term.

    It names the first one of them. No other work changes terms until this one ends.
    """
    hold(work.session)
    held = [
        each
        for each in _newest(work, FocalPoint.territory == territory)
        if each.state in HOLDING and each.id not in but and each.starts and each.ends
    ]
    for each in sorted(held, key=lambda one: one.starts or ""):
        if (each.starts or "") <= ends and starts <= (each.ends or ""):
            raise Problem("focal.overlap", name=each.name, starts=each.starts, ends=each.ends)


# -- by the member's link


def own(work: Work) -> OwnFocals:
    """Return the focal points of the actor's organisation, and those of its country."""
    require(work, "own_data.write")
    member = reader(work, "focal.unknown").organisation
    day = today(work)
    here = f"state:{member.country}"
    return OwnFocals(
        organisation=member.name,
        country=name_of("country", member.country),
        country_code=member.country,
        example=member.example,
        contacts=members.own_contacts(member),
        own=tuple(_own(each, day) for each in _newest(work, FocalPoint.organisation_id == member.id)),
        others=tuple(
            _public(each)
            for each in in_term(work.session, day)
            if each.organisation_id != member.id
            and (each.territory == here or each.organisation.country == member.country)
        ),
    )


def _own(row: FocalPoint, day: str) -> OwnFocal:
    return copied(OwnFocal, row, number=row.id, territory=territory_of(row), standing=standing(row, day))


def name_focal_point(work: Work, command: FocalCommand) -> int:
    """Name a person for a territory, in the name of the actor's organisation; the secretariat decides.

    Problems: `focal.twice` (the organisation named one for it that waits), and those of `checked`.
    """
    require(work, "own_data.write")
    who = reader(work, "focal.unknown")
    values = checked(work, command, who.organisation.country)
    hold(work.session)
    if any(
        each.state == "named" and each.territory == values["territory"]
        for each in _newest(work, FocalPoint.organisation_id == who.organisation_id)
    ):
        raise Problem("focal.twice")
    row = add(work, who.organisation, values, named_by_id=who.id)
    work.record("focal_points.named", subject(row), {"organisation": who.organisation_id})
    return row.id


def withdraw(work: Work, number: int) -> None:
    """Withdraw a naming that waits. Problems: `focal.unknown`, `focal.decided`."""
    require(work, "own_data.write")
    who = reader(work, "focal.unknown")
    row = find(work.session, number, hold=True)
    if row is None or row.organisation_id != who.organisation_id:
        raise Problem("focal.unknown")
    if row.state != "named":
        raise Problem("focal.decided")
    row.state, row.email, row.phone = "withdrawn", "", ""
    row.version += 1
    work.record("focal_points.withdrawn", subject(row))


def add(work: Work, member: Organisation, values: dict[str, Any], **more: Any) -> FocalPoint:
    """Add a focal point of a member, and return it."""
    row = FocalPoint(
        **{"state": "named", "shows": "unlisted", "version": 1, "reason": "", **values, **more},
        organisation=member,
        named_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    return row


# -- by the person's link


def _person(work: Work, link: Link) -> Actor | None:
    """Return the person of a link; None where its organisation is no member any more."""
    row = find(work.session, link.subject_id)
    if row is None or not row.organisation.active or row.state in {"declined", "withdrawn"}:
        return None
    return Actor("addressee", name=row.name)


PURPOSES = (
    Purpose(
        FOCAL,
        way=WAY,
        subject=FocalPoint,
        role="addressee",
        page="consulta.people.public.focal_points",
        texts="links/notice.html",
        reader=_person,
        session=False,
        part="focal_points",
    ),
)


def look(work: Work, link: Link) -> FocalDoor:
    """Return what a person is asked. Raise Problem `focal.unknown` if it is not there any more."""
    require(work, "links.open")
    row = or_problem(find(work.session, link.subject_id), "focal.unknown")
    return copied(
        FocalDoor,
        row,
        organisation=row.organisation.name,
        example=row.organisation.example,
        territory=territory_of(row),
        standing=standing(row, today(work)),
    )


def answer(work: Work, link: Link, choice: str, _note: str) -> None:
    """Accept, with what may be public, or decline: once, by the person who was asked.

    A successor's acceptance ends the term of the one that it replaces on the day before. Problems:
    `reply.over` (it is answered, ended, or its term is over), `focal.overlap`.
    """
    require(work, "replies.answer")
    hold(work.session)
    row = find(work.session, link.subject_id, hold=True)
    if row is None or standing(row, today(work)) != "asked":
        raise Problem("reply.over")
    row.answered_at = work.now
    row.version += 1
    if choice in SHOWS:
        require_free(work, row.territory, row.starts or "", row.ends or "", {row.id, row.replaces_id})
        row.state, row.shows = "accepted", choice
        _end_replaced(work, row)
    else:
        row.state, row.email, row.phone = "refused", "", ""
    work.session.flush()
    work.record("focal_points.answered", subject(row), {"answer": row.state})
    tell_member(work, row, row.state)


def _end_replaced(work: Work, row: FocalPoint) -> None:
    before = find(work.session, row.replaces_id, hold=True) if row.replaces_id else None
    starts = date.fromisoformat(row.starts or "")
    last = (starts - timedelta(days=1)).isoformat()
    if before is None or before.state != "accepted" or (before.starts or "") > last:
        return
    before.state, before.ends = "replaced", min(before.ends or last, last)
    before.version += 1
    work.record("focal_points.replaced", subject(before), {"by": row.id})
    tell_person(work, before, "replaced")


# -- for all


def public_list(work: Work) -> tuple[PublicFocal, ...]:
    """Return the focal points in term, of active members, with what each consented to."""
    require(work, "published.read")
    return tuple(_public(each) for each in in_term(work.session, today(work)))


def in_office(work: Work) -> list[FocalPoint]:
    """Return the focal points in term, with their addresses, for those who write to them."""
    require(work, "mail.read")
    return in_term(work.session, today(work))


def _public(row: FocalPoint) -> PublicFocal:
    return copied(
        PublicFocal,
        row,
        territory=territory_of(row),
        is_state=row.kind == "state",
        name=row.name if row.shows != "unlisted" else "",
        email=row.email if row.shows in {"email", "both"} else "",
        phone=row.phone if row.shows == "both" else "",
        organisation=row.organisation.name,
        example=row.organisation.example,
    )


def subject(row: FocalPoint) -> str:
    """Return the focal point as the log names it."""
    return f"focal_point:{row.id}"


KIND = "focal_circular"


def readers(words: Words | None = None) -> Callable[[Work], Readers]:
    """Return the act that says who would be written to, and what they would read."""

    def act(work: Work) -> Readers:
        require(work, "mail.write")
        rows = _to_write(work, words)
        had = members.written(work.session, list(rows))
        people = [
            Recipient(each.id, each.name, each.organisation.name, each.email, each.language, country_of(each))
            for once, each in rows.items()
            if once not in had
        ]
        told = [(TOLD, f"{rows[each].name} ({rows[each].organisation.name})") for each in sorted(had)]
        return Readers(KIND, people, told, partial(_preview, words))

    return act


def write_change(work: Work, words: Words) -> int:
    """Queue the mail for each person in term, once; return how many.

    Who had the same words on the same day gets them once: the form was sent twice, or by two people.

    Problems: `circular.subject`, `.text`, `.told`, `focal.no_one`.
    """
    require(work, "mail.write")
    said = words.checked(work.languages[0])
    hold(work.session)
    rows = _to_write(work, said)
    if not rows:
        raise Problem("focal.no_one")
    had = members.written(work.session, list(rows))
    fresh = {once: each for once, each in rows.items() if once not in had}
    if not fresh:
        raise Problem("circular.told")
    facts = {"subject": said.subject, "text": said.text}
    letters = [replace(letter(each, KIND, "", facts), once=once) for once, each in fresh.items()]
    queue_plain(work, letters)
    title = said.subject[work.languages[0]]
    work.record("focal_points.written", "focal_points", {"count": len(fresh), "title": title})
    return len(fresh)


def _to_write(work: Work, words: Words | None) -> dict[str, FocalPoint]:
    """Return who is in term, each person once, by what must not be sent twice: these words on this day."""
    digest = words.digest(work.languages[0]) if words is not None else ""
    found: dict[str, FocalPoint] = {}
    for each in in_term(work.session, today(work)):
        found.setdefault(f"{KIND}:{each.email.lower()}:{digest}:{today(work)}", each)
    return found


def _preview(
    words: Words | None,
    work: Work,
    _round_key: str,
    kind: str,
    language: str,
    post: Post,
    texts: Mapping[str, tuple[str, str]] | None = None,
    reader: int | None = None,
) -> Preview:
    """Return the mail as a focal point would get it. Problem: `mail.unknown` if there is none."""
    del texts
    row = or_problem(find(work.session, reader or 0), "mail.unknown")
    subject, text = (words.subject, words.text) if words is not None else ({}, {})
    if not any(said.strip() for said in subject.values()):
        subject = dict.fromkeys(work.languages, "…")
    said = member_changes.words_of_mails(work, subject, text)
    return plain.shown(work, kind, language, post, (row.name, row.organisation.name), said)


YEARS = range(2000, 2100)


def listed(work: Work) -> tuple[Sequence[FocalPoint], str]:
    """Return all focal points, the newest first, and the day on which they stand as they do."""
    require(work, "focal_points.decide")
    return _newest(work), today(work)


def waiting(work: Work) -> int:
    """Return how many focal points wait for the secretariat."""
    require(work, "members.read")
    return work.session.scalar(select(func.count()).where(FocalPoint.state == "named")) or 0


def look_at_designation(work: Work, number: int) -> DeskFocal:
    """Return a focal point with the others of its territory and its mails. Problem: `focal.unknown`."""
    require(work, "focal_points.decide")
    row = _known(work, number)
    mails = select(Message).where(
        Message.round_id.is_(None), Message.facts["focal_point"].as_integer() == row.id
    )
    return DeskFocal(
        row,
        today(work),
        _newest(work, FocalPoint.territory == row.territory, FocalPoint.id != row.id),
        work.session.scalars(mails.order_by(Message.id.desc())).all(),
    )


def may_replace(row: FocalPoint, day: str) -> bool:
    """Return whether a successor can be named for a focal point on a day."""
    return row.state == "accepted" and (row.ends or "") >= day


def deciding_organisations(work: Work, language: str) -> list[tuple[int, str]]:
    """Return the members for which a person can be named: id and name, in the order of a language."""
    require(work, "focal_points.decide")
    found = work.session.execute(select(Organisation.id, Organisation.name).where(Organisation.active))
    return sorted(((number, name) for number, name in found), key=lambda each: order(each[1], language))


def confirm(work: Work, number: int, seen: int, starts: str, ends: str) -> None:
    """Confirm a person whom a member named, for a term; the person is asked by mail.

    Problems: those of `_held`, `focal.decided`, `focal.left`, `focal.starts`, `focal.ends`, `focal.past`,
    `focal.overlap`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.state != "named":
        raise Problem("focal.decided")
    if not row.organisation.active:
        raise Problem("focal.left")
    first, last = _term(work, starts, ends)
    require_free(work, row.territory, first, last, {row.id})
    row.starts, row.ends = first, last
    _decide(work, row, "asked")
    work.record("focal_points.confirmed", subject(row), {"starts": first, "ends": last})
    ask(work, row)


def decline(work: Work, number: int, seen: int, reason: str) -> None:
    """Decline a person whom a member named, with a reason that is mailed to the member.

    Problems: those of `_held`, `focal.decided`, `focal.reason`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.state != "named":
        raise Problem("focal.decided")
    row.reason = _reason(reason)
    row.email = row.phone = ""
    _decide(work, row, "declined")
    work.record("focal_points.declined", subject(row), {"reason": row.reason})
    tell_member(work, row, "declined")


def end(work: Work, number: int, seen: int, reason: str) -> None:
    """End a term today, or before the person answered; person and member are told, with the reason.

    Problems: those of `_held`, `focal.decided`, `focal.reason`.
    """
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    day = today(work)
    if row.state not in HOLDING or (row.ends or "") < day:
        raise Problem("focal.decided")
    row.reason = _reason(reason)
    row.ends = max(row.starts or day, min(row.ends or day, day))
    _decide(work, row, "ended")
    work.record("focal_points.ended", subject(row), {"reason": row.reason})
    tell_person(work, row, "ended")
    if row.organisation.active:
        tell_member(work, row, "ended")


def unlist(work: Work, number: int, seen: int) -> None:
    """Take the name off the public list, as the person asked. Problems: those of `_held`, `focal.decided`."""
    require(work, "focal_points.decide")
    row = _held(work, number, seen)
    if row.shows == "unlisted":
        raise Problem("focal.decided")
    row.shows = "unlisted"
    row.version += 1
    work.record("focal_points.unlisted", subject(row))


def name_by_desk(
    work: Work,
    organisation_id: int,
    command: FocalCommand,
    starts: str,
    ends: str,
    replaces: int | None = None,
) -> int:
    """Name a person of a member for a term, or a successor of one; the person is asked by mail.

    A successor is of the same territory, and begins while the other's term goes on. Problems: `focal.left`,
    `focal.unknown`, `focal.decided` (the other cannot be replaced any more), `focal.successor`, those of
    `checked` and of a term, `focal.overlap`.
    """
    require(work, "focal_points.decide")
    member = work.session.get(Organisation, organisation_id)
    if member is None or not member.active:
        raise Problem("focal.left")
    values = checked(work, command, member.country)
    first, last = _term(work, starts, ends)
    hold(work.session)
    before = _known(work, replaces, hold=True) if replaces is not None else None
    if before is not None:
        if not may_replace(before, today(work)):
            raise Problem("focal.decided")
        if values["territory"] != before.territory or first <= (before.starts or ""):
            raise Problem("focal.successor")
    require_free(work, values["territory"], first, last, {before.id} if before is not None else ())
    row = add(
        work,
        member,
        values,
        state="asked",
        starts=first,
        ends=last,
        replaces_id=before.id if before is not None else None,
        decided_at=work.now,
        staff_id=work.actor.staff_id,
    )
    details = {"organisation": member.id, "starts": first, "ends": last, "replaces": row.replaces_id}
    work.record("focal_points.named", subject(row), details)
    ask(work, row)
    return row.id


def hand_out(work: Work, number: int) -> str:
    """Return the token of a further link of the person; for commands alone. Problem: `focal.unknown`."""
    require(work, "links.hand_out")
    row = _known(work, number)
    (token,) = door.give(work, FOCAL, [Given(row.id)])
    work.record("focal_points.handed_out", subject(row))
    return token


def _known(work: Work, number: int, *, hold: bool = False) -> FocalPoint:
    return or_problem(find(work.session, number, hold=hold), "focal.unknown")


def _held(work: Work, number: int, seen: int) -> FocalPoint:
    """Return a focal point to be decided, of which the form showed the version `seen`.

    Problems: `focal.unknown`, `focal.changed` (another person did something meanwhile).
    """
    hold(work.session)
    row = _known(work, number, hold=True)
    if row.version != seen:
        raise Problem("focal.changed")
    return row


def _decide(work: Work, row: FocalPoint, state: str) -> None:
    row.state = state
    row.version += 1
    row.decided_at, row.staff_id = work.now, work.actor.staff_id
    work.session.flush()


def _term(work: Work, starts: str, ends: str) -> tuple[str, str]:
    """Return the first and the last day of a term.

    Problems: `focal.starts`, `focal.ends` (no day, or before the first), `focal.past` (it is over already).
    """
    first, last = _day(starts, "focal.starts"), _day(ends, "focal.ends")
    if last < first:
        raise Problem("focal.ends")
    if last < today(work):
        raise Problem("focal.past")
    return first, last


def _day(text: str, code: str) -> str:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        raise Problem(code) from None
    if found.year not in YEARS:
        raise Problem(code)
    return found.isoformat()


def _reason(text: str) -> str:
    said = line(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("focal.reason", most=REASON_MAX)
    return said


def _not_asked(work: Work, message: Message) -> str | None:
    row = find(work.session, message.facts["focal_point"])
    return None if row is not None and row.state == "asked" else "mail.over"


def _asked(work: Work, message: Message, _reader: Reader) -> kinds_Words:
    row = find(work.session, message.facts["focal_point"])
    if row is None:
        return {}
    return {
        language: {
            "territory": work.best(territory_of(row), language),
            "term": catalogue.mail_words(language)["focal_term"].format(
                starts=moments.calendar_day(row.starts or "", language),
                ends=moments.calendar_day(row.ends or "", language),
            ),
        }
        for language in work.languages
    }


def _told(work: Work, message: Message, _reader: Reader) -> kinds_Words:
    row = find(work.session, message.facts["focal_point"])
    facts = message.facts
    if row is None:
        return {}
    return {
        language: {
            "headline": catalogue.mail_words(language)[f"focal_subject_{facts['what']}"],
            "territory": work.best(territory_of(row), language),
            "told": catalogue.mail_words(language)[f"focal_{facts['what']}"].format(
                person=facts["person"],
                territory=work.best(territory_of(row), language),
                reason=facts["reason"],
                ends=moments.calendar_day(facts["ends"], language) if facts["ends"] else "",
            ),
        }
        for language in work.languages
    }


def _written(work: Work, message: Message, _reader: Reader) -> kinds_Words:
    return member_changes.words_of_mails(work, message.facts["subject"], message.facts["text"])


KINDS = (
    MailKind(
        "focal_asked",
        N_("Request to a focal point"),
        N_("When you confirm or name a focal point, to that person."),
        places=("territory", "term", "link"),
        needed=("link",),
        readers="others",
        overtaken=_not_asked,
        opens=(FOCAL,),
        words=_asked,
        part="focal_points",
    ),
    MailKind(
        "focal_news",
        N_("News about a focal point"),
        N_("When a focal point is declined, accepts or declines, ends early or is replaced."),
        places=("headline", "territory", "told"),
        needed=("told",),
        readers="others",
        words=_told,
        part="focal_points",
    ),
    MailKind(
        "focal_circular",
        N_("Message to focal points in your own words"),
        N_("When you write to all focal points currently in their term."),
        places=("subject", "text"),
        needed=("text",),
        readers="others",
        fixed_text=True,
        words=_written,
        asked_on=("secretariat.write_focal_points",),
        part="focal_points",
    ),
)


PARTS = (
    Part(
        "focal_points",
        "members",
        N_("Focal points"),
        N_("Organisations name a person for a State or territory, for a term; you confirm each."),
        waiting=waiting,
    ),
)
