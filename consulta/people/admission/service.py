"""Applications to become a member: made by any person, confirmed by a link, followed by the applicant.

The module decides what an application must have and which sponsors it may name. The answer to a form is the
same whether or not its address is known: what must not be read on a page is written to the address.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from consulta.core.problems import Problem, or_problem
from consulta.people.admission import news, queries
from consulta.people.admission.news import APPLY, CONTACT, SPONSOR, WAY
from consulta.people.admission.values import (
    ApplicationState,
    ApplicationView,
    Candidate,
    ContactDoor,
    PersonCommand,
    SponsorDoor,
    SponsorView,
)
from consulta.people.members import service as members
from consulta.people.members.rows import NAME_MAX
from consulta.people.members.service import ContactCommand, OrganisationCommand
from consulta.people.new_link import service as link_requests
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.copying import copied
from consulta.platform.data import catalogue, dimensions
from consulta.platform.data.folding import fold
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.labels import name_of
from consulta.platform.likeness import Names
from consulta.platform.models import Application, Contact, Sponsorship
from consulta.platform.texts import line, paragraphs
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.people.admission.values import ApplicationCommand
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked

SPONSORS = 2
PEOPLE_MAX = 3
ABOUT_MAX, WEB_MAX, NOTE_MAX, REASON_MAX = 1000, 200, 500, 2000
SHOWN = 5  # members that are offered for a name that is none of theirs
UNCONFIRMED_KEPT = timedelta(days=7)  # from writing it: any person may have written it, with any address
_WEB = re.compile(r"https?://[^\s<>\"'.]+(\.[^\s<>\"'.]+)+", re.IGNORECASE)


# -- the form


def apply(work: Work, command: ApplicationCommand, source: str = "", *, example: bool = False) -> None:
    """Take an application; what becomes of it is written to its first address alone.

    A new one waits until a link that is mailed to its first address is opened. Where the same application is
    there already, its address gets another link; where the address is a member's contact, it is told so.

    Problems: `admission.accepts`, `.consents`, `.about`, `.web`, `.person`, `.people`, `.other_names`,
    `.often`, those of `require_sponsors`, and those of an organisation and of a contact.
    """
    require(work, "admission.apply")
    values = members.checked(work, OrganisationCommand(command.name, command.country, command.categories))
    other, about, web = line(command.other_names), paragraphs(command.about), web_address(command.web)
    if len(other) > NAME_MAX:
        raise Problem("admission.other_names", most=NAME_MAX)
    if not about or len(about) > ABOUT_MAX:
        raise Problem("admission.about", most=ABOUT_MAX)
    people = _people(work, command)
    require_sponsors(work, values["name"], command.country, command.sponsors)
    if not command.accepts:
        raise Problem("admission.accepts")
    if not command.consents:
        raise Problem("admission.consents")
    email = people[0]["email"]
    if not link_requests.is_within_limits(work, "application", email, source):
        raise Problem("admission.often")
    known = queries.contacts_at(work.session, [email])
    if known:
        news.taken(work, known[0][1], email, people[0]["name"], people[0]["language"])
        return
    same = [
        each
        for each in queries.same(work.session, values["name_key"], values["country"])
        if each.email == email
    ]
    if same:
        (news.confirm if same[0].state == "unconfirmed" else news.link)(work, same[0])
        return
    row = Application(
        **{each: values[each] for each in ("name", "name_key", "country", "categories")},
        other_names=other,
        about=about,
        web=web,
        people=people,
        email=email,
        language=people[0]["language"],
        criteria=command.criteria,
        state="unconfirmed",
        version=1,
        example=example,
        made_at=work.now,
        sponsorships=[Sponsorship(organisation_id=each, state="named") for each in command.sponsors],
    )
    work.session.add(row)
    work.session.flush()
    work.record("admission.applied", subject(row))
    news.confirm(work, row)


def web_address(text: str) -> str:
    """Return the address of a web site with its scheme; empty for none. Problem: `admission.web`."""
    said = line(text)
    if not said:
        return ""
    whole = said if "://" in said else f"https://{said}"
    if len(whole) > WEB_MAX or not _WEB.fullmatch(whole):
        raise Problem("admission.web", most=WEB_MAX)
    return whole


def require_sponsors(work: Work, name: str, country: str, chosen: Sequence[int]) -> None:
    """Raise a Problem unless these are members that may sponsor an organisation of this name.

    Problems: `admission.sponsors` (too few), `.same_sponsor`, `.no_sponsor` (not a member, or not any more),
    `.own_sponsor` (it has the name of the organisation that applies).
    """
    if len(chosen) < SPONSORS:
        raise Problem("admission.sponsors", count=SPONSORS)
    if len(set(chosen)) < len(chosen):
        raise Problem("admission.same_sponsor")
    for number in chosen:
        _require_sponsor(work, name, country, number)


def _require_sponsor(work: Work, name: str, country: str, number: int) -> None:
    found = or_problem(queries.member(work.session, number), "admission.no_sponsor")
    names: Names[int] = Names()
    names.add(found.name, found.country, number)
    if names.near(name, country) is not None or names.elsewhere(name, country) is not None:
        raise Problem("admission.own_sponsor", name=found.name)


def find_members(work: Work, text: str, language: str, *, shown: bool) -> tuple[Candidate, ...]:
    """Return the members that a written name may mean: one where it is clear, else those that it is like.

    They are in the alphabetical order of `language`.
    Without `shown` (the members of this installation are not public) only a name that is clear finds one.
    """
    require(work, "admission.apply")
    wanted = fold(text)
    if not wanted:
        return ()
    known = [
        Candidate(each, name, name_of("country", place), fold(name) == wanted)
        for each, name, place in _members(work, language)
    ]
    exact = [each for each in known if each.exact]
    if exact or not shown:
        return tuple(exact[:SHOWN])
    words = wanted.split()
    holding = [each for each in known if all(word in fold(each.name) for word in words)]
    return tuple((holding or _like(work, text, known, language))[:SHOWN])


def _members(work: Work, language: str) -> list[tuple[int, str, str]]:
    return sorted(queries.members(work.session), key=lambda each: order(each[1], language))


def _like(work: Work, text: str, known: Sequence[Candidate], language: str) -> list[Candidate]:
    """Return the member with the most similar name in each country."""
    names: Names[int] = Names()
    countries = set()
    for number, name, country in _members(work, language):
        names.add(name, country, number)
        countries.add(country)
    found = {names.near(text, country) for country in countries}
    return [each for each in known if each.id in found]


def _people(work: Work, command: ApplicationCommand) -> list[dict[str, str]]:
    """Return the contact persons as they are stored. Problems: those of a contact, `admission.person`."""
    if not 0 < len(command.people) <= PEOPLE_MAX:
        raise Problem("admission.people", most=PEOPLE_MAX)
    found: list[dict[str, str]] = []
    for each in command.people:
        if not line(each.name):
            raise Problem("admission.person")
        said = ContactCommand(each.name, each.email, each.language or command.language, phone=each.phone)
        values = members.checked_contact(work, said, command.country)
        found.append({name: values[name] for name in ("name", "email", "phone", "language")})
    if len({each["email"] for each in found}) < len(found):
        raise Problem("contact.duplicate")
    return found


# -- by the applicant's link


def _applicant(work: Work, link: Link) -> Actor | None:
    """Return the applicant of a link; the actor's id is the number of the link.

    None for a link that is older than the application: it was given for one that is deleted, and whose
    number SQLite used again.
    """
    row = queries.find(work.session, link.subject_id)
    if row is None or not row.people or link.created_at < row.made_at:
        return None
    return Actor("applicant", link.id, row.people[0]["name"])


def _confirmed(work: Work, link: Link) -> None:
    """Confirm the address of an application, where that is new: its sponsors are asked now."""
    row = queries.find(work.session, link.subject_id, hold=True)
    if row is None or row.state != "unconfirmed":
        return
    row.state, row.confirmed_at = "sponsors", work.now
    row.version += 1
    work.record("admission.confirmed", subject(row))
    for each in row.sponsorships:
        if each.state == "named":
            news.ask_sponsor(work, row, each)


def _sponsor(work: Work, link: Link) -> Actor | None:
    """Return the contact of a sponsor: active, one that may vote, of an active member."""
    contact = link.contact
    row = queries.sponsorship(work.session, link.subject_id)
    if row is None or contact is None or contact.organisation_id != row.organisation_id:
        return None
    if not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("addressee", contact.id, contact.name)


def _contact(work: Work, link: Link) -> Actor | None:
    """Return the further contact of an admitted organisation; None where it is not there any more.

    None for a link that is older than the contact: SQLite can use the number of a deleted one again.
    """
    contact = queries.contact(work.session, link.subject_id)
    if contact is None or not contact.active or not contact.organisation.active:
        return None
    return None if link.created_at < contact.created_at else Actor("addressee", contact.id, contact.name)


PURPOSES = (
    Purpose(
        APPLY,
        way=WAY,
        subject=Application,
        role="applicant",
        page="application.own",
        texts="admission/door.html",
        reader=_applicant,
        life=news.LIFE,
        entered=_confirmed,
    ),
    Purpose(
        SPONSOR,
        way="r",
        subject=Sponsorship,
        role="addressee",
        page="consulta.people.admission.pages.sponsoring",
        texts="links/notice.html",
        reader=_sponsor,
        session=False,
    ),
    Purpose(
        CONTACT,
        way="r",
        subject=Contact,
        role="addressee",
        page="consulta.people.admission.pages.contact",
        texts="links/notice.html",
        reader=_contact,
        session=False,
        life=news.LIFE,
    ),
)


def own(work: Work) -> ApplicationView:
    """Return the application of the actor. Raise Problem `admission.unknown` if it is not there any more."""
    require(work, "admission.own")
    return view_of(_own(work))


def answer(work: Work, text: str) -> None:
    """Answer the question with which an application was returned; it is reviewed again.

    Problems: `admission.unknown`, `admission.over` (it was not returned), `admission.answer`.
    """
    require(work, "admission.own")
    row = _own(work, hold=True)
    said = paragraphs(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("admission.answer", most=REASON_MAX)
    if row.state != "returned":
        raise Problem("admission.over")
    row.answer = said
    _change(row, standing_state(row))
    work.record("admission.answered", subject(row))


def replace_sponsor(work: Work, number: int, member: int) -> None:
    """Name another sponsor in place of one that refused, left, or has not answered.

    Problems: `admission.unknown`, `admission.over`, and those of `require_sponsors`.
    """
    require(work, "admission.own")
    row = _own(work, hold=True)
    named = [each for each in row.sponsorships if each.state != "replaced"]
    replaced = next((each for each in named if each.id == number and not _counts(each)), None)
    if row.state not in {"sponsors", "returned"} or replaced is None:
        raise Problem("admission.over")
    if any(each.organisation_id == member for each in row.sponsorships):
        raise Problem("admission.same_sponsor")
    _require_sponsor(work, row.name, row.country, member)
    replaced.state = "replaced"
    made = Sponsorship(application_id=row.id, organisation_id=member, state="named")
    row.sponsorships.append(made)
    row.version += 1
    work.session.flush()
    work.record("admission.sponsor_named", subject(row), {"organisation": member})
    news.ask_sponsor(work, row, made)


def withdraw(work: Work) -> None:
    """Withdraw the application. Problems: `admission.unknown`, `admission.over`."""
    require(work, "admission.own")
    row = _own(work, hold=True)
    if row.state in queries.OVER:
        raise Problem("admission.over")
    _change(row, "withdrawn")
    row.decided_at = work.now
    work.record("admission.withdrawn", subject(row))


def _own(work: Work, *, hold: bool = False) -> Application:
    link = door.numbered(work, APPLY, work.actor.id or 0)
    return or_problem(
        queries.find(work.session, link.subject_id, hold=hold) if link is not None else None,
        "admission.unknown",
    )


# -- by a sponsor's link


def sponsor_door(work: Work, link: Link) -> SponsorDoor:
    """Return what a contact of a sponsor is asked."""
    require(work, "links.open")
    row = queries.sponsorship(work.session, link.subject_id)
    if row is None or link.contact is None:
        raise Problem("admission.unknown")
    application = or_problem(queries.find(work.session, row.application_id), "admission.unknown")
    return SponsorDoor(
        view_of(application),
        row.organisation.name,
        link.contact.name,
        row.state,
        _may_answer(application, row),
    )


def sponsor(work: Work, link: Link, choice: str, note: str) -> None:
    """Confirm or refuse to sponsor, in the name of a member.

    Problems: `reply.over` (it is answered, replaced, or decided), `admission.own_person` (the reader is a
    contact of the organisation that applies).
    """
    require(work, "replies.answer")
    row = queries.sponsorship(work.session, link.subject_id)
    application = queries.find(work.session, row.application_id, hold=True) if row is not None else None
    if row is None or application is None or link.contact is None or not _may_answer(application, row):
        raise Problem("reply.over")
    if link.contact.email.lower() in {each["email"].lower() for each in application.people}:
        raise Problem("admission.own_person")
    row.state = "confirmed" if choice == "confirm" else "refused"
    row.contact_id, row.answered_at = link.contact_id, work.now
    row.note = paragraphs(note)[:NOTE_MAX]
    application.version += 1
    work.session.flush()
    details = {"organisation": row.organisation_id, "answer": row.state}
    work.record("admission.sponsored", subject(application), details)
    if row.state == "refused":
        news.decided(work, application, "sponsor", member=row.organisation.name)
    elif application.state == "sponsors":
        application.state = standing_state(application)


# -- by the link of a further contact


def contact_door(work: Work, link: Link) -> ContactDoor:
    """Return what a further contact of an admitted organisation is asked. Problem: `admission.unknown`."""
    require(work, "links.open")
    contact = or_problem(queries.contact(work.session, link.subject_id), "admission.unknown")
    return ContactDoor(
        contact.organisation.name,
        contact.name,
        contact.email,
        link.choice or "",
        contact.may_vote,
        contact.organisation.example,
    )


def confirm_contact(work: Work, link: Link, choice: str, asked: Asked) -> None:
    """Confirm the address of a further contact, which can vote from then on; or say that it is none.

    Problems: `reply.over` (it was answered), `member.contact.unknown`, `access.reason`.
    """
    require(work, "replies.answer")
    if link.used_at is not None:
        raise Problem("reply.over")
    contact = or_problem(queries.contact(work.session, link.subject_id), "reply.over")
    if choice == "confirm":
        members.confirm_contact(work, contact.id, asked)
    else:
        work.record(
            "contacts.unconfirmed", f"organisation:{contact.organisation_id}", {"contact": contact.id}
        )


def _may_answer(application: Application, row: Sponsorship) -> bool:
    return row.state == "asked" and application.state in {"sponsors", "review", "returned"}


# -- what the desk shares


def subject(row: Application) -> str:
    """Return the application as the log names it."""
    return f"application:{row.id}"


def confirmed(row: Application) -> int:
    """Return how many members sponsor it that are members still."""
    return sum(_counts(each) for each in row.sponsorships)


def standing_state(row: Application) -> ApplicationState:
    """Return the state of an undecided application: to review once enough sponsors confirmed."""
    return "review" if confirmed(row) >= SPONSORS else "sponsors"


def _counts(row: Sponsorship) -> bool:
    return row.state == "confirmed" and row.organisation.active


def _change(row: Application, state: ApplicationState) -> None:
    row.state = state
    row.version += 1


def view_of(row: Application) -> ApplicationView:
    """Return an application with all that was written."""
    categories = {"country": row.country, **dimensions.categories_of(row.country, row.categories)}
    return copied(
        ApplicationView,
        row,
        number=row.id,
        names={dimension: name_of(dimension, key) for dimension, key in categories.items()},
        people=tuple(PersonCommand(**each) for each in row.people),
        state=cast("ApplicationState", row.state),
        decided_by=row.staff.name if row.staff is not None else "",
        zone=catalogue.countries_by_code()[row.country].zone,
        sponsors=tuple(
            SponsorView(
                each.id,
                each.organisation_id,
                each.organisation.name,
                each.state,
                each.organisation.active,
                each.contact.name if each.contact is not None else "",
                each.note,
                each.answered_at,
            )
            for each in row.sponsorships
            if each.state != "replaced"
        ),
        confirmed=confirmed(row),
    )


# -- what happens without a click


def answer_request(work: Work, address: str) -> int:
    """Send a link to each application that was made from an address; return how many."""
    found = queries.of_address(work.session, address)
    for row in found:
        (news.confirm if row.state == "unconfirmed" else news.link)(work, row)
    return len(found)


def to_forget(work: Work) -> tuple[str, ...]:
    """Return the applications that are to be deleted now, as their address was not confirmed, by numbers.

    The people of those that are closed go with the period of the installation
    (`operations/retention/kinds.py`).
    """
    require(work, "admission.forget")
    return tuple(str(number) for number in queries.older(work.session, work.now - UNCONFIRMED_KEPT))


def forget(work: Work, number: str) -> bool:
    """Delete an application that was never confirmed; return whether there was one."""
    require(work, "admission.forget")
    row = queries.find(work.session, int(number), hold=True)
    if row is None or row.state != "unconfirmed":
        return False
    work.record("admission.forgotten", subject(row))
    queries.end_links(work.session, APPLY, row.id, work.now)
    work.session.delete(row)
    return True
