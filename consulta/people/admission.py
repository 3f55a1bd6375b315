"""Applications to become a member: taken, sponsored and decided, what each reader sees, and their mails."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from consulta.core.problems import Problem, or_problem
from consulta.people import members as members_acts
from consulta.people import new_link
from consulta.people.members import NAME_MAX, ContactCommand, OrganisationCommand
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.alphabet import order
from consulta.platform.copying import copied
from consulta.platform.data import catalogue
from consulta.platform.data.folding import fold
from consulta.platform.door import Given, Purpose
from consulta.platform.formats import moments
from consulta.platform.labels import name_of
from consulta.platform.likeness import Names
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import PlainLetter, hindrance, queue_plain
from consulta.platform.messages import N_
from consulta.platform.models import Application, Contact, Link, Message, Organisation, Round, Sponsorship
from consulta.platform.parts import Part
from consulta.platform.texts import line, paragraphs
from consulta.platform.work import Actor
from consulta.rounds import links

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.core.texts import Text
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.work import Work
    from consulta.vote.changes.values import Asked


@dataclass(frozen=True, slots=True)
class ApplicationCommand:
    """What an organisation writes when it applies; the first person is the one who applies."""

    name: str
    country: str
    categories: Mapping[str, str]
    about: str
    people: tuple[ContactCommand, ...]
    sponsors: tuple[int, ...]  # ids of members
    language: str
    criteria: str  # those accepted, as they were shown
    other_names: str = ""
    web: str = ""
    accepts: bool = False
    consents: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A member that was found by a name; `exact`: the name is its own but for accents, case and spacing."""

    id: int
    name: str
    country: Text
    exact: bool


class OwnSponsor(NamedTuple):
    """A member that an application names as its sponsor, as the applicant sees it."""

    number: int
    organisation: str
    state: str
    active: bool  # it is a member still


@dataclass(frozen=True, slots=True)
class OwnApplication:
    """An application as the applicant sees it."""

    name: str
    other_names: str
    names: Mapping[str, Text]  # of its categories, by dimension
    about: str
    web: str
    people: Sequence[Mapping[str, str]]
    state: str
    question: str
    answer: str
    reason: str
    admitted_on: str | None
    made_at: datetime
    decided_at: datetime | None
    example: bool
    zone: str
    sponsors: tuple[OwnSponsor, ...]

    @property
    def over(self) -> bool:
        """Return whether there is nothing to be done any more by the applicant."""
        return self.state in OVER


@dataclass(frozen=True, slots=True)
class DeskView:
    """An application as the secretariat decides on it."""

    application: Application
    near: tuple[Any, ...]  # rows of members that may be the same: id, name and country
    twins: list[Application]  # that may be of the same organisation
    shared: list[tuple[str, str]]  # address, and the member of which it is a contact
    mails: Sequence[Message]
    may_undo: bool
    open_rounds: Sequence[Round]  # whose rolls are fixed: it does not vote in them

    @property
    def names(self) -> Mapping[str, Text]:
        """Return the names of its categories by dimension."""
        return members_acts.category_names(self.application)


@dataclass(frozen=True, slots=True)
class SponsorDoor:
    """What a contact of a sponsor is asked, of an organisation that applies."""

    name: str
    other_names: str
    names: Mapping[str, Text]  # of its categories, by dimension
    about: str
    web: str
    example: bool
    sponsor: str
    state: str
    open: bool


class ContactDoor(NamedTuple):
    """What a further contact of an admitted organisation is asked; `answered`: its choice, or empty."""

    organisation: str
    reader: str
    address: str
    answered: str
    votes: bool
    example: bool


OVER = ("admitted", "declined", "withdrawn")


def find(session: Session, number: int, *, hold: bool = False) -> Application | None:
    """Return an application with its sponsors, or None; with `hold` other writers of it wait."""
    query = _whole().where(Application.id == number)
    return session.scalars(query.with_for_update(of=Application) if hold else query).first()


def _newest(session: Session) -> list[Application]:
    """Return all applications, the newest first."""
    return list(session.scalars(_whole().order_by(Application.id.desc())))


def contacts_at(session: Session, addresses: Collection[str]) -> list[tuple[str, Organisation]]:
    """Return the active members that have one of these addresses as an active contact's, with the address."""
    query = (
        select(Contact.email, Organisation)
        .join(Organisation, Organisation.id == Contact.organisation_id)
        .where(
            func.lower(Contact.email).in_([each.lower() for each in addresses]),
            Contact.active,
            Organisation.active,
        )
        .order_by(Contact.id)
    )
    return [(email, found) for email, found in session.execute(query)]


def named(row: Application) -> list[Sponsorship]:
    """Return the sponsors of an application that count: not the replaced ones."""
    return [each for each in row.sponsorships if each.state != "replaced"]


def _whole() -> Select[Application]:
    return select(Application).options(
        joinedload(Application.staff),
        selectinload(Application.sponsorships).joinedload(Sponsorship.organisation),
        selectinload(Application.sponsorships).joinedload(Sponsorship.contact),
    )


APPLY, SPONSOR = "apply", "sponsor"  # purposes of links; their subjects: the application, the sponsorship
CONTACT = "contact_address"  # and that of a further contact, whose address is to be confirmed
WAY = "q"  # the first part of the address of an applicant's link
LIFE = timedelta(days=365)  # of an applicant's link: an admission can take long


def send_link(work: Work, row: Application) -> None:
    """Send the applicant a link: to confirm the application, or a further one. Earlier links go on."""
    kind = "admission_confirm" if row.state == "unconfirmed" else "admission_link"
    _to_applicant(work, kind, row, {})


def decided(work: Work, row: Application, what: str, **facts: str) -> None:
    """Tell the applicant what was decided, or that a sponsor refused.

    `what` names a sentence (`admission_...`) of the words of mails.
    """
    _to_applicant(work, "admission_news", row, {"what": what, **facts})


def ask_contact(work: Work, row: Application, contact_id: int, person: dict[str, str]) -> None:
    """Ask a further contact of an organisation that was admitted to confirm its address, by a link."""
    work.session.flush()
    (token,) = door.give(work, CONTACT, [Given(contact_id)], work.now + LIFE)
    letter = _letter(work, "admission_contact", row, person, token, {"contact": str(contact_id)})
    queue_plain(work, [letter])


def taken(work: Work, member: Organisation, address: str, name: str, language: str) -> None:
    """Tell an address, which is a member's contact, that with it no application is made.

    It is not said on the page, where any person could ask for any address.
    """
    once = f"admission_known:{address}:{round(work.now.timestamp())}"
    letter = PlainLetter("admission_known", name, member.name, member.country, address, language, once)
    queue_plain(work, [letter])


def ask_sponsor(work: Work, row: Application, sponsorship: Sponsorship) -> int:
    """Ask the contacts of a member that may vote whether it sponsors; return how many are written to."""
    member = work.session.get_one(Organisation, sponsorship.organisation_id)
    people = member.contacts if member.active else []
    voting = [each for each in people if each.may_vote and hindrance(each) is None]
    sponsorship.state = "asked"
    work.session.flush()
    tokens = door.give(work, SPONSOR, [Given(sponsorship.id, each.id) for each in voting])
    facts = {"application": row.id, "sponsorship": sponsorship.id}
    letters = [
        members_acts.letter_to(
            each, "admission_sponsor", f"admission_sponsor:{sponsorship.id}:{each.id}", token, facts
        )
        for each, token in zip(voting, tokens, strict=True)
    ]
    queue_plain(work, letters)
    return len(voting)


def _to_applicant(work: Work, kind: str, row: Application, facts: dict[str, str]) -> None:
    work.session.flush()
    (token,) = door.give(work, APPLY, [Given(row.id)], work.now + LIFE)
    queue_plain(work, [_letter(work, kind, row, row.people[0], token, facts)])


def _letter(
    work: Work,
    kind: str,
    row: Application,
    person: dict[str, str],
    token: str | None,
    facts: dict[str, str],
) -> PlainLetter:
    had = select(func.count()).where(
        Message.kind == kind, Message.facts["application"].as_integer() == row.id
    )
    return PlainLetter(
        kind,
        person["name"],
        row.name,
        row.country,
        person["email"],
        person["language"],
        f"{kind}:{row.id}:{work.session.scalar(had)}",
        token,
        {"application": row.id, "version": row.version, **facts},
    )


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
    values = members_acts.checked(
        work, OrganisationCommand(command.name, command.country, command.categories)
    )
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
    if not new_link.is_within_limits(work, "application", email, source):
        raise Problem("admission.often")
    known = contacts_at(work.session, [email])
    if known:
        taken(work, known[0][1], email, people[0]["name"], people[0]["language"])
        return
    query = _whole().where(
        Application.name_key == values["name_key"],
        Application.country == values["country"],
        Application.email == email,
        Application.state.not_in(OVER),
    )
    same = work.session.scalars(query.order_by(Application.id)).first()
    if same is not None:
        send_link(work, same)
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
    send_link(work, row)


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
    found = work.session.get(Organisation, number)
    if found is None or not found.active:
        raise Problem("admission.no_sponsor")
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
    query = select(Organisation.id, Organisation.name, Organisation.country).where(Organisation.active)
    members = sorted(work.session.execute(query), key=lambda each: order(each.name, language))
    known = [
        Candidate(each.id, each.name, name_of("country", each.country), fold(each.name) == wanted)
        for each in members
    ]
    exact = [each for each in known if each.exact]
    if exact or not shown:
        return tuple(exact[:SHOWN])
    words = wanted.split()
    found = [each for each in known if all(word in fold(each.name) for word in words)]
    if not found:  # the most similar name of each country
        names: Names[int] = Names()
        for each in members:
            names.add(each.name, each.country, each.id)
        near = {names.near(text, country) for country in {each.country for each in members}}
        found = [each for each in known if each.id in near]
    return tuple(found[:SHOWN])


def _people(work: Work, command: ApplicationCommand) -> list[dict[str, str]]:
    """Return the contact persons as they are stored. Problems: those of a contact, `admission.person`."""
    if not 0 < len(command.people) <= PEOPLE_MAX:
        raise Problem("admission.people", most=PEOPLE_MAX)
    found: list[dict[str, str]] = []
    for each in command.people:
        if not line(each.name):
            raise Problem("admission.person")
        written = replace(each, language=each.language or command.language)
        values = members_acts.checked_contact(work, written, command.country)
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
    row = find(work.session, link.subject_id)
    if row is None or not row.people or link.created_at < row.made_at:
        return None
    return Actor("applicant", link.id, row.people[0]["name"])


def _confirmed(work: Work, link: Link) -> None:
    """Confirm the address of an application, where that is new: its sponsors are asked now."""
    row = find(work.session, link.subject_id, hold=True)
    if row is None or row.state != "unconfirmed":
        return
    row.state, row.confirmed_at = "sponsors", work.now
    row.version += 1
    work.record("admission.confirmed", subject(row))
    for each in row.sponsorships:
        if each.state == "named":
            ask_sponsor(work, row, each)


def _sponsor(work: Work, link: Link) -> Actor | None:
    """Return the contact of a sponsor: active, one that may vote, of an active member."""
    contact = link.contact
    row = work.session.get(Sponsorship, link.subject_id)
    if row is None or contact is None or contact.organisation_id != row.organisation_id:
        return None
    if not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("addressee", contact.id, contact.name)


def _contact(work: Work, link: Link) -> Actor | None:
    """Return the further contact of an admitted organisation; None where it is not there any more.

    None for a link that is older than the contact: SQLite can use the number of a deleted one again.
    """
    contact = work.session.get(Contact, link.subject_id)
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
        life=LIFE,
        entered=_confirmed,
        part="admission",
    ),
    Purpose(
        SPONSOR,
        way="r",
        subject=Sponsorship,
        role="addressee",
        page="consulta.people.public.sponsoring",
        texts="links/notice.html",
        reader=_sponsor,
        session=False,
        part="admission",
    ),
    Purpose(
        CONTACT,
        way="r",
        subject=Contact,
        role="addressee",
        page="consulta.people.public.applicant_contact",
        texts="links/notice.html",
        reader=_contact,
        session=False,
        life=LIFE,
        part="admission",
    ),
)


def own(work: Work) -> OwnApplication:
    """Return the application of the actor. Raise Problem `admission.unknown` if it is not there any more."""
    require(work, "admission.own")
    row = _own(work)
    return copied(
        OwnApplication,
        row,
        names=members_acts.category_names(row),
        zone=catalogue.countries_by_code()[row.country].zone,
        sponsors=tuple(
            OwnSponsor(each.id, each.organisation.name, each.state, each.organisation.active)
            for each in named(row)
        ),
    )


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
    replaced = next((each for each in named(row) if each.id == number and not _counts(each)), None)
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
    ask_sponsor(work, row, made)


def withdraw(work: Work) -> None:
    """Withdraw the application. Problems: `admission.unknown`, `admission.over`."""
    require(work, "admission.own")
    row = _own(work, hold=True)
    if row.state in OVER:
        raise Problem("admission.over")
    _change(row, "withdrawn")
    row.decided_at = work.now
    work.record("admission.withdrawn", subject(row))


def _own(work: Work, *, hold: bool = False) -> Application:
    link = door.numbered(work, APPLY, work.actor.id or 0)
    return or_problem(
        find(work.session, link.subject_id, hold=hold) if link is not None else None,
        "admission.unknown",
    )


# -- by a sponsor's link


def sponsor_door(work: Work, link: Link) -> SponsorDoor:
    """Return what a contact of a sponsor is asked."""
    require(work, "links.open")
    row = work.session.get(Sponsorship, link.subject_id)
    if row is None or link.contact is None:
        raise Problem("admission.unknown")
    return copied(
        SponsorDoor,
        row.application,
        names=members_acts.category_names(row.application),
        sponsor=row.organisation.name,
        state=row.state,
        open=_may_answer(row.application, row),
    )


def sponsor(work: Work, link: Link, choice: str, note: str) -> None:
    """Confirm or refuse to sponsor, in the name of a member.

    Problems: `reply.over` (it is answered, replaced, or decided), `admission.own_person` (the reader is a
    contact of the organisation that applies).
    """
    require(work, "replies.answer")
    row = work.session.get(Sponsorship, link.subject_id)
    application = find(work.session, row.application_id, hold=True) if row is not None else None
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
        decided(work, application, "sponsor", member=row.organisation.name)
    elif application.state == "sponsors":
        application.state = standing_state(application)


# -- by the link of a further contact


def contact_door(work: Work, link: Link) -> ContactDoor:
    """Return what a further contact of an admitted organisation is asked. Problem: `admission.unknown`."""
    require(work, "links.open")
    contact = or_problem(work.session.get(Contact, link.subject_id), "admission.unknown")
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
    contact = or_problem(work.session.get(Contact, link.subject_id), "reply.over")
    if choice == "confirm":
        members_acts.confirm_contact(work, contact.id, asked)
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


def standing_state(row: Application) -> str:
    """Return the state of an undecided application: to review once enough sponsors confirmed."""
    return "review" if confirmed(row) >= SPONSORS else "sponsors"


def _counts(row: Sponsorship) -> bool:
    return row.state == "confirmed" and row.organisation.active


def _change(row: Application, state: str) -> None:
    row.state = state
    row.version += 1


# -- what happens without a click


def answer_request(work: Work, address: str) -> int:
    """Send a link to each application that was made from an address; return how many."""
    query = _whole().where(Application.email == address, Application.state != "withdrawn")
    found = work.session.scalars(query.order_by(Application.id)).all()
    for row in found:
        send_link(work, row)
    return len(found)


def to_forget(work: Work) -> tuple[str, ...]:
    """Return the applications that are to be deleted now, as their address was not confirmed, by numbers.

    The people of those that are closed go with the period of the installation
    (`operations/retention.py`).
    """
    require(work, "admission.forget")
    query = select(Application.id).where(
        Application.state == "unconfirmed", Application.made_at < work.now - UNCONFIRMED_KEPT
    )
    return tuple(str(number) for number in work.session.scalars(query.order_by(Application.id)))


def forget(work: Work, number: str) -> bool:
    """Delete an application that was never confirmed; return whether there was one."""
    require(work, "admission.forget")
    row = find(work.session, int(number), hold=True)
    if row is None or row.state != "unconfirmed":
        return False
    work.record("admission.forgotten", subject(row))
    door.end(work.session, work.now, Link.purpose == APPLY, Link.subject_id == row.id)
    work.session.delete(row)
    return True


AHEAD = timedelta(hours=14)  # of universal time: nowhere is it later
FIRST_YEAR = 1900
UNDECIDED = ("sponsors", "review", "returned")
DECIDED = ("returned", "admitted", "declined")


def listed(work: Work) -> list[Application]:
    """Return all applications, the newest first."""
    require(work, "admission.decide")
    return _newest(work.session)


def waiting(work: Work) -> int:
    """Return how many applications wait for the secretariat."""
    require(work, "members.read")
    return work.session.scalar(select(func.count()).where(Application.state == "review")) or 0


def look(work: Work, number: int) -> DeskView:
    """Return an application with what should be known before a decision. Problem: `admission.unknown`."""
    require(work, "admission.decide")
    row = _known(work, number)
    sharing = contacts_at(work.session, [each["email"] for each in row.people])
    mails = select(Message).where(
        Message.kind.startswith("admission_", autoescape=True),
        Message.facts["application"].as_integer() == row.id,
    )
    open_rounds = select(Round).where(Round.state == "open").order_by(Round.id)
    return DeskView(
        application=row,
        near=_near(work, row),
        twins=_twins(work, row),
        shared=[(email, found.name) for email, found in sharing if found.id != row.organisation_id],
        mails=work.session.scalars(mails.order_by(Message.id.desc())).all(),
        may_undo=_may_undo(work, row),
        open_rounds=work.session.scalars(open_rounds).all(),
    )


def give_back(work: Work, number: int, seen: int, question: str) -> None:
    """Return an application with a question, which the applicant answers by its link.

    Problems: those of `_undecided`, `admission.question`.
    """
    require(work, "admission.decide")
    said = paragraphs(question)
    if not said or len(said) > REASON_MAX:
        raise Problem("admission.question", most=REASON_MAX)
    row = _undecided(work, number, seen)
    row.question, row.answer = said, ""
    _decide(work, row, "returned")
    work.record("admission.returned", subject(row))
    decided(work, row, "returned", question=said)


def decline(work: Work, number: int, seen: int, reason: str) -> None:
    """Decline an application with a reason, which the applicant reads.

    Problems: those of `_undecided`, `admission.reason`.
    """
    require(work, "admission.decide")
    row = _undecided(work, number, seen)
    row.reason = _reason(reason)
    _decide(work, row, "declined")
    work.record("admission.declined", subject(row), {"reason": row.reason})
    decided(work, row, "declined", reason=row.reason)


def admit(work: Work, number: int, seen: int, day: str, reason: str) -> int:
    """Make a member of an application, with its contacts, since a day; return the id of the member.

    Only the contact that applied can vote at once: its address was confirmed. The others are asked to
    confirm theirs by a link.

    Problems: those of `_undecided`, `admission.reason`, `admission.day` (no day, or one to come),
    `admission.few_sponsors`, `admission.answer_first` (it was returned and is not answered),
    `member.duplicate`, and those of an organisation and of a contact.
    """
    require(work, "admission.decide")
    row = _undecided(work, number, seen)
    said = _reason(reason)
    if row.state == "returned":
        raise Problem("admission.answer_first")
    if confirmed(row) < SPONSORS:
        raise Problem("admission.few_sponsors", count=SPONSORS, confirmed=confirmed(row))
    since = _day(work, day)
    member_id = members_acts.add_organisation(
        work, OrganisationCommand(row.name, row.country, row.categories), web=row.web, member_since=since
    )
    others: list[int] = []  # contacts whose address is not confirmed yet
    for place, each in enumerate(row.people):
        command = ContactCommand(
            each["name"], each["email"], each["language"], may_vote=place == 0, phone=each["phone"]
        )
        contact_id = members_acts.add_contact(work, member_id, command)
        others += [contact_id] if place else []
    if row.example:
        members_acts.mark_example(work, member_id)
    row.reason, row.admitted_on, row.organisation_id = said, since, member_id
    _decide(work, row, "admitted")
    details = {"organisation": member_id, "since": since, "reason": said}
    work.record("admission.admitted", subject(row), details)
    decided(work, row, "admitted", reason=said, since=since)
    for contact_id, person in zip(others, row.people[1:], strict=True):
        ask_contact(work, row, contact_id, person)
    return member_id


def undo(work: Work, number: int, seen: int) -> None:
    """Take a decision back, and tell the applicant; an organisation that was admitted is a member no more.

    Problems: `admission.unknown`, `admission.changed`, `admission.no_undo` (it is not decided, a round has
    opened since it was admitted, or its contacts were sent links or take part in something).
    """
    require(work, "admission.decide")
    row = _known(work, number, hold=True)
    if row.version != seen:
        raise Problem("admission.changed")
    if not _may_undo(work, row):
        raise Problem("admission.no_undo")
    what, member_id = row.state, row.organisation_id
    row.organisation_id = row.admitted_on = None
    row.question = "" if what == "returned" else row.question
    _decide(work, row, standing_state(row))
    row.reason, row.decided_at = "", None
    work.session.flush()
    if what == "admitted" and member_id is not None:
        members_acts.take_back(work, member_id)
    work.record("admission.undone", subject(row), {"decision": what})
    decided(work, row, "undone")


def hand_out(work: Work, number: int) -> tuple[str, dict[str, str]]:
    """Return a further link of the applicant, and one for each sponsor that was asked, by its name: tokens.

    Only commands hand out links. Raise Problem `admission.unknown` if there is no such application.
    """
    require(work, "links.hand_out")
    row = _known(work, number)
    asked = [each for each in row.sponsorships if each.state == "asked"]
    (own,) = door.give(work, APPLY, [Given(row.id)], work.now + LIFE)
    given = {}
    for each in asked:
        contact = next(one for one in each.organisation.contacts if one.active and one.may_vote)
        (given[each.organisation.name],) = door.give(work, SPONSOR, [Given(each.id, contact.id)])
    work.record("admission.handed_out", subject(row), {"links": len(given) + 1})
    return own, given


def _may_undo(work: Work, row: Application) -> bool:
    if row.state not in DECIDED:
        return False
    if row.state != "admitted":
        return bool(row.people)
    if row.organisation_id is None or row.decided_at is None:
        return False
    return members_acts.may_take_back(work, row.organisation_id, row.decided_at)


def _known(work: Work, number: int, *, hold: bool = False) -> Application:
    return or_problem(find(work.session, number, hold=hold), "admission.unknown")


def _undecided(work: Work, number: int, seen: int) -> Application:
    """Return an application to be decided, of which the form showed the version `seen`.

    Problems: `admission.unknown`, `admission.decided`, `admission.changed` (another person, the applicant
    or a sponsor did something meanwhile).
    """
    row = _known(work, number, hold=True)
    if row.state not in UNDECIDED:
        raise Problem("admission.decided")
    if row.version != seen:
        raise Problem("admission.changed")
    return row


def _decide(work: Work, row: Application, state: str) -> None:
    row.state = state
    row.version += 1
    row.decided_at = work.now
    row.staff_id = work.actor.staff_id


def _reason(text: str) -> str:
    said = line(text)
    if not said or len(said) > REASON_MAX:
        raise Problem("admission.reason", most=REASON_MAX)
    return said


def _day(work: Work, text: str) -> str:
    """Return a day that is not to come, anywhere on Earth. Problem: `admission.day`."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        raise Problem("admission.day") from None
    if day > (work.now + AHEAD).date() or day.year < FIRST_YEAR:
        raise Problem("admission.day")
    return day.isoformat()


def _near(work: Work, row: Application) -> tuple[Any, ...]:
    """Return the members that may be the same: of a similar name, here or in another country."""
    names: Names[Any] = Names()
    for each in members_acts.all_names(work):
        if each.id != row.organisation_id:
            names.add(each.name, each.country, each)
    parts = (part.strip() for part in row.other_names.replace(";", ",").split(","))
    wanted = [row.name, *filter(None, parts)]
    found = [names.near(name, row.country) for name in wanted]
    found += [names.elsewhere(name, row.country) for name in wanted]
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _twins(work: Work, row: Application) -> list[Application]:
    """Return other applications, not withdrawn, of a similar name or from one of the same addresses."""
    names: Names[int] = Names()
    names.add(row.name, row.country, row.id)
    addresses = {each["email"] for each in row.people}
    return [
        each
        for each in _newest(work.session)
        if each.id != row.id
        and each.state not in {"withdrawn", "unconfirmed"}
        and (
            names.near(each.name, each.country) is not None
            or addresses & {person["email"] for person in each.people}
        )
    ]


def _application(work: Work, message: Message) -> Application | None:
    return find(work.session, message.facts["application"])


def _gone(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    return "mail.over" if row is None or row.state == "withdrawn" else None


def _not_to_confirm(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    return None if row is not None and row.state == "unconfirmed" else "mail.over"


def _not_to_sponsor(work: Work, message: Message) -> str | None:
    row = _application(work, message)
    found = work.session.get(Sponsorship, message.facts["sponsorship"])
    open_still = row is not None and row.state in UNDECIDED and found is not None and found.state == "asked"
    return None if open_still else "mail.over"


def _overtaken(work: Work, message: Message) -> str | None:
    """Return why a decision is not told any more: the application was changed since it was made."""
    row = _application(work, message)
    if row is None or row.state == "withdrawn":
        return "mail.over"
    same = message.facts["what"] == "sponsor" or row.version == message.facts["version"]
    return None if same else "mail.overtaken"


def _not_to_ask(work: Work, message: Message) -> str | None:
    """Return why a further contact is not asked: it is not there any more, or may vote already."""
    contact = work.session.get(Contact, int(message.facts["contact"]))
    gone = contact is None or not contact.active or contact.may_vote
    return "mail.over" if gone else None


def _asked(work: Work, message: Message, _reader: Reader) -> Words:
    row = _application(work, message)
    if row is None:
        return {}
    return {
        language: {
            "applicant": row.name,
            "applicant_told": f"{row.name} ({work.best(name_of('country', row.country), language)})",
        }
        for language in work.languages
    }


def _said(work: Work, message: Message, reader: Reader) -> Words:
    return {language: _decision(message, reader, language) for language in work.languages}


def _decision(message: Message, reader: Reader, language: str) -> Mapping[str, str]:
    facts = message.facts
    words = catalogue.mail_words(language)
    since = moments.calendar_day(facts["since"], language) if facts.get("since") else ""
    return {
        "headline": words[f"admission_subject_{facts['what']}"],
        "decision": words[f"admission_{facts['what']}"].format(
            name=facts["organisation"],
            question=facts.get("question", ""),
            reason=facts.get("reason", ""),
            member=facts.get("member", ""),
            since=since,
        ),
        "own_link": links.url(reader.base_url, language, reader.token, WAY) if reader.token else "",
    }


KINDS = (
    MailKind(
        "admission_confirm",
        N_("Application awaiting confirmation"),
        N_("When an organisation applies, to the address it gave."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        overtaken=_not_to_confirm,
        opens=(APPLY,),
        part="admission",
    ),
    MailKind(
        "admission_link",
        N_("Link to an application"),
        N_("When the same application is made again, or its link is requested."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        link=WAY,
        overtaken=_gone,
        part="admission",
    ),
    MailKind(
        "admission_known",
        N_("Application from a member's address"),
        N_("When a form contains the address of a member's contact: no application is created."),
        readers="others",
        part="admission",
    ),
    MailKind(
        "admission_sponsor",
        N_("Request to a sponsor"),
        N_("When an application is confirmed, to the contacts of the members it names as sponsors."),
        places=("applicant", "applicant_told", "link"),
        needed=("link",),
        readers="others",
        overtaken=_not_to_sponsor,
        opens=(SPONSOR,),
        words=_asked,
        part="admission",
    ),
    MailKind(
        "admission_contact",
        N_("Further contact's address awaiting confirmation"),
        N_("When an organisation is admitted, to the contacts it named besides the applicant."),
        places=("link",),
        needed=("link",),
        readers="others",
        overtaken=_not_to_ask,
        opens=(CONTACT,),
        part="admission",
    ),
    MailKind(
        "admission_news",
        N_("Decision on an application"),
        N_("When an application is decided or returned, when that is undone, or when a sponsor declines."),
        places=("headline", "decision", "own_link"),
        needed=("decision",),
        readers="others",
        overtaken=_overtaken,
        words=_said,
        part="admission",
    ),
)


PARTS = (
    Part(
        "admission",
        "members",
        N_("Applications for membership"),
        N_("An organisation applies on the public site, and members vouch for it."),
        waiting=waiting,
    ),
)
