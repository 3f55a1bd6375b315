"""Focal points: named by members, accepted by the person, read by the public.

The module decides how a focal point stands today: nothing happens by itself, its dates say it. A territory
has one focal point at a time; one that is asked holds its term already.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from consulta.core.problems import Problem, or_problem
from consulta.people.focal_points import news, queries
from consulta.people.focal_points.news import FOCAL, WAY, territory_of
from consulta.people.focal_points.values import FocalDoor, FocalView, OwnFocals, PublicFocal
from consulta.people.members import service as members
from consulta.people.members.service import ContactCommand
from consulta.people.own_data.news import OWN
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.labels import name_of
from consulta.platform.models import FocalPoint
from consulta.platform.texts import line
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import Any

    from consulta.people.focal_points.values import FocalCommand, Standing
    from consulta.platform.models import Contact, Link, Organisation
    from consulta.platform.work import Work

PLACE_MAX = 80
REASON_MAX = 500
EXPIRING = timedelta(days=60)  # before the end of a term, from when on it is noticed
SHOWS = ("both", "email", "name", "unlisted")


def today(work: Work) -> str:
    """Return the day it is for the secretariat, by which terms begin and end."""
    return work.now.astimezone(ZoneInfo(DEFAULT_ZONE)).date().isoformat()


def standing(row: FocalPoint, day: str) -> Standing:
    """Return how a focal point stands on a day."""
    if row.state in {"declined", "refused", "withdrawn", "ended"}:
        return cast("Standing", row.state)
    if not row.organisation.active:
        return "left"
    starts, ends = row.starts or "", row.ends or ""
    if row.state != "named" and ends < day:
        return "replaced" if row.state == "replaced" else "over"
    if row.state in {"named", "asked"}:
        return cast("Standing", row.state)
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
    queries.hold(work.session)
    held = [
        each
        for each in queries.of_territory(work.session, territory)
        if each.state in queries.HOLDING and each.id not in but and each.starts and each.ends
    ]
    for each in sorted(held, key=lambda one: one.starts or ""):
        if (each.starts or "") <= ends and starts <= (each.ends or ""):
            raise Problem("focal.overlap", name=each.name, starts=each.starts, ends=each.ends)


# -- by the member's link


def own(work: Work) -> OwnFocals:
    """Return the focal points of the actor's organisation, and those of its country."""
    require(work, "own_data.write")
    member = _reader(work).organisation
    day = today(work)
    here = f"state:{member.country}"
    others = [
        _public(each)
        for each in queries.in_term(work.session, day)
        if each.organisation_id != member.id
        and (each.territory == here or each.organisation.country == member.country)
    ]
    return OwnFocals(
        organisation=member.name,
        country=name_of("country", member.country),
        country_code=member.country,
        example=member.example,
        contacts=tuple(each for each in members.line_of(member).contacts if each.active),
        own=tuple(view_of(each, day) for each in queries.of_organisation(work.session, member.id)),
        others=tuple(others),
    )


def name(work: Work, command: FocalCommand) -> int:
    """Name a person for a territory, in the name of the actor's organisation; the secretariat decides.

    Problems: `focal.twice` (the organisation named one for it that waits), and those of `checked`.
    """
    require(work, "own_data.write")
    who = _reader(work)
    values = checked(work, command, who.organisation.country)
    queries.hold(work.session)
    if any(
        each.state == "named" and each.territory == values["territory"]
        for each in queries.of_organisation(work.session, who.organisation_id)
    ):
        raise Problem("focal.twice")
    row = add(work, who.organisation, values, named_by_id=who.id)
    work.record("focal_points.named", subject(row), {"organisation": who.organisation_id})
    return row.id


def withdraw(work: Work, number: int) -> None:
    """Withdraw a naming that waits. Problems: `focal.unknown`, `focal.decided`."""
    require(work, "own_data.write")
    who = _reader(work)
    row = queries.find(work.session, number, hold=True)
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


def _reader(work: Work) -> Contact:
    link = door.numbered(work, OWN, work.actor.id or 0)
    if link is None or link.contact is None:
        raise Problem("focal.unknown")
    return link.contact


# -- by the person's link


def _person(work: Work, link: Link) -> Actor | None:
    """Return the person of a link; None where its organisation is no member any more."""
    row = queries.find(work.session, link.subject_id)
    if row is None or not row.organisation.active or row.state in {"declined", "withdrawn"}:
        return None
    return Actor("addressee", name=row.name)


PURPOSES = (
    Purpose(
        FOCAL,
        way=WAY,
        subject=FocalPoint,
        role="addressee",
        page="consulta.people.focal_points.pages.asked",
        texts="links/notice.html",
        reader=_person,
        session=False,
    ),
)


def look(work: Work, link: Link) -> FocalDoor:
    """Return what a person is asked. Raise Problem `focal.unknown` if it is not there any more."""
    require(work, "links.open")
    row = or_problem(queries.find(work.session, link.subject_id), "focal.unknown")
    view = view_of(row, today(work))
    return FocalDoor(view, view.standing == "asked")


def answer(work: Work, link: Link, choice: str, _note: str) -> None:
    """Accept, with what may be public, or decline: once, by the person who was asked.

    A successor's acceptance ends the term of the one that it replaces on the day before. Problems:
    `reply.over` (it is answered, ended, or its term is over), `focal.overlap`.
    """
    require(work, "replies.answer")
    queries.hold(work.session)
    row = queries.find(work.session, link.subject_id, hold=True)
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
    news.tell_member(work, row, row.state)


def _end_replaced(work: Work, row: FocalPoint) -> None:
    before = queries.find(work.session, row.replaces_id, hold=True) if row.replaces_id else None
    starts = date.fromisoformat(row.starts or "")
    last = (starts - timedelta(days=1)).isoformat()
    if before is None or before.state != "accepted" or (before.starts or "") > last:
        return
    before.state, before.ends = "replaced", min(before.ends or last, last)
    before.version += 1
    work.record("focal_points.replaced", subject(before), {"by": row.id})
    news.tell_person(work, before, "replaced")


# -- for all


def public_list(work: Work) -> tuple[PublicFocal, ...]:
    """Return the focal points in term, of active members, with what each consented to."""
    require(work, "published.read")
    return tuple(_public(each) for each in queries.in_term(work.session, today(work)))


def in_office(work: Work) -> tuple[FocalView, ...]:
    """Return the focal points in term, with their addresses, for those who write to them."""
    require(work, "mail.read")
    day = today(work)
    return tuple(view_of(each, day) for each in queries.in_term(work.session, day))


def _public(row: FocalPoint) -> PublicFocal:
    return PublicFocal(
        territory=territory_of(row),
        is_state=row.kind == "state",
        name=row.name if row.shows != "unlisted" else "",
        email=row.email if row.shows in {"email", "both"} else "",
        phone=row.phone if row.shows == "both" else "",
        organisation=row.organisation.name,
        starts=row.starts or "",
        ends=row.ends or "",
        example=row.organisation.example,
    )


def subject(row: FocalPoint) -> str:
    """Return the focal point as the log names it."""
    return f"focal_point:{row.id}"


def view_of(row: FocalPoint, day: str) -> FocalView:
    """Return a focal point as it stands on a day."""
    return copied(
        FocalView,
        row,
        number=row.id,
        territory=territory_of(row),
        organisation=row.organisation.name,
        active=row.organisation.active,
        example=row.organisation.example,
        standing=standing(row, day),
        named_by=row.named_by.name if row.named_by is not None else "",
        decided_by=row.staff.name if row.staff is not None else "",
    )
