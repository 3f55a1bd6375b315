"""The data of a member as its contacts see and correct them, and what they asked to have changed."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from consulta.accounts import staff
from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.people import member_changes, members
from consulta.people.admission import web_address
from consulta.people.members import ContactCommand, News, OrganisationCommand
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.copying import copied
from consulta.platform.data import catalogue, dimensions
from consulta.platform.door import Given, Purpose
from consulta.platform.labels import name_of
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import hindrance, queue_plain
from consulta.platform.mailer.readers import TOLD
from consulta.platform.messages import N_
from consulta.platform.models import OBJECTING, Contact, Correction, FormerAddress, Message, Organisation
from consulta.platform.parts import Part
from consulta.platform.texts import line
from consulta.platform.work import Actor
from consulta.rounds import addresses
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import to_contacts
from consulta.rounds.queries import scrutineers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Select
    from sqlalchemy.orm import Session

    from consulta.people.members import OwnContact, Person
    from consulta.platform.mailer.kinds import Reader, Words
    from consulta.platform.mailer.outbox import PlainLetter
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Readers
    from consulta.vote.changes.values import Asked


Done = Literal["done", "waits", "nothing"]


@dataclass(frozen=True, slots=True)
class OwnRequest:
    """A change that a member asked for, as its contacts see it."""

    number: int
    kind: str
    contact: str  # the person that it is about
    email: str  # the address that is asked for, or empty
    names: Mapping[str, tuple[Text, Text]]  # by dimension: the category now, and the one asked for
    state: str
    reason: str
    asked_by: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OwnData:
    """What the reader of a link sees of its organisation."""

    name: str
    web: str
    country: str
    entered: Mapping[str, str]  # its categories in the dimensions that are entered
    names: Mapping[str, Text]  # of all its categories
    member_since: str | None
    example: bool
    contacts: tuple[OwnContact, ...]
    me: int  # the contact whose link it is
    zone: str
    voting_open: bool
    waiting: tuple[OwnRequest, ...]
    decided: tuple[OwnRequest, ...]  # the last ones


def find(session: Session, number: int, *, hold: bool = False) -> Correction | None:
    """Return a correction with its organisation and contacts, or None; with `hold` other writers wait."""
    query = _whole().where(Correction.id == number)
    return session.scalars(query.with_for_update(of=Correction) if hold else query).first()


def of_organisation(session: Session, organisation_id: int) -> list[Correction]:
    """Return the corrections of an organisation, the newest first."""
    query = _whole().where(Correction.organisation_id == organisation_id)
    return list(session.scalars(query.order_by(Correction.id.desc())))


def address_at(session: Session, contact: Contact, moment: datetime) -> str:
    """Return the address that a contact had until a moment: the one that it gave up then or later, or has."""
    query = select(FormerAddress.address).where(
        FormerAddress.contact_id == contact.id, FormerAddress.until >= moment
    )
    return session.scalar(query.order_by(FormerAddress.until, FormerAddress.id).limit(1)) or contact.email


def voter_rows(session: Session, address: str | None = None) -> list[Contact]:
    """Return the contacts of active members who may vote, with their organisations; those at an address."""
    query = (
        select(Contact)
        .join(Contact.organisation)
        .where(Contact.active, Contact.may_vote, Organisation.active)
        .options(joinedload(Contact.organisation))
        .order_by(Organisation.name, Contact.id)
    )
    if address is not None:
        query = query.where(func.lower(Contact.email) == address)
    return list(session.scalars(query))


def _whole() -> Select[Correction]:
    return select(Correction).options(
        joinedload(Correction.organisation),
        joinedload(Correction.asked_by),
        joinedload(Correction.contact),
    )


OWN = "own_data"  # the purpose of links; their subject is the organisation


def link(work: Work, contacts: Sequence[Contact], *, asked: bool = False) -> int:
    """Send each contact a link to the data of its organisation; return how many.

    One who did not ask for it gets none where mail does not reach it.
    """
    reached = [each for each in contacts if hindrance(each, asked=asked) is None]
    given = [Given(each.organisation_id, each.id) for each in reached]
    kind = "own_data_link" if asked else "own_data_yearly"
    letters = [
        _letter(work, kind, contact, {"asked": True} if asked else {}, token)
        for contact, token in zip(reached, door.give(work, OWN, given), strict=True)
    ]
    queue_plain(work, letters)
    return len(letters)


def changed_address(
    work: Work, member: Organisation, who: Contact, what: str, about: str = "", old: Person | None = None
) -> None:
    """Tell all other contacts of a member that its data were changed, and the address that was given up.

    `what` names a sentence (`own_...`) of the words of mails; `about` is the person it is about, `old` that
    person at the address that was given up.
    """
    others = [each for each in member.contacts if each.id != who.id and hindrance(each) is None]
    readers = [*map(members.person, others), *([old] if old is not None else [])]
    members.send(work, member, [News(each, ((what, about),)) for each in readers], who.name)


def decided(work: Work, row: Correction) -> None:
    """Tell the contact who asked for a change what the secretariat decided."""
    facts = {"what": f"{row.kind}_{row.state}", "reason": row.reason, "correction": row.id}
    if row.kind == "objection":  # it goes to the address that objected, which may be given up
        letter = _letter(work, "own_data_decided", row.asked_by, facts)
        own = row.asked_by.active and row.asked_by.email == row.said["email"]
        to = replace(letter, email=row.said["email"], contact=row.asked_by if own else None)
        queue_plain(work, [replace(to, once=f"own_data_decided:{row.id}")])
    elif row.asked_by.active:
        queue_plain(work, [_letter(work, "own_data_decided", row.asked_by, facts)])


def _letter(
    work: Work, kind: str, contact: Contact, facts: Mapping[str, object], token: str | None = None
) -> PlainLetter:
    had = select(func.count()).where(Message.kind == kind, Message.contact_id == contact.id)
    once = f"{kind}:{contact.id}:{work.session.scalar(had)}"
    return members.letter_to(contact, kind, once, token, facts)


WAY = "m"
DECIDED_SHOWN = 5
REASON_MAX = 500
DAY = timedelta(days=1)


def _member(_work: Work, link: Link) -> Actor | None:
    """Return the contact of a link; None unless it is active and may vote, and its organisation is active."""
    contact = link.contact
    if contact is None or contact.organisation_id != link.subject_id:
        return None
    if not (contact.active and contact.may_vote and contact.organisation.active):
        return None
    return Actor("member", link.id, contact.name)


def _objector(_work: Work, link: Link) -> Actor | None:
    """Return the contact who was told of a change, whatever became of its access since."""
    return Actor("addressee", link.contact_id, link.contact.name) if link.contact is not None else None


PURPOSES = (
    Purpose(
        OWN,
        way=WAY,
        subject=Organisation,
        role="member",
        page="own_data.own",
        texts="own_data/door.html",
        reader=_member,
        part="own_data",
    ),
    Purpose(
        OBJECTING,
        way="r",
        subject=Organisation,
        role="addressee",
        page="consulta.people.public.own_data",
        texts="links/notice.html",
        reader=_objector,
        session=False,
    ),
)


# -- by the link


def own(work: Work) -> OwnData:
    """Return the data of the actor's organisation, and what it asked to have changed."""
    require(work, "own_data.write")
    contact = reader(work)
    member = contact.organisation
    requests = [_request(each) for each in of_organisation(work.session, member.id) if each.kind != KIND]
    return copied(
        OwnData,
        member,
        entered=member.categories,
        names=members.category_names(member),
        contacts=members.own_contacts(member),
        me=contact.id,
        zone=catalogue.countries_by_code()[member.country].zone,
        voting_open=_voting_open(work, member.id),
        waiting=tuple(each for each in requests if each.state == "waiting"),
        decided=tuple(each for each in requests if each.state in {"accepted", "declined"})[:DECIDED_SHOWN],
    )


def _request(row: Correction) -> OwnRequest:
    return copied(
        OwnRequest,
        row,
        number=row.id,
        contact=contact_of(row),
        email=row.said.get("email", ""),
        names=changed_categories(row),
        asked_by=row.asked_by.name,
    )


def contact_of(row: Correction) -> str:
    """Return the name of the person that a correction is about; empty where it is about none."""
    return row.contact.name if row.contact is not None else str(row.said.get("name", ""))


def changed_categories(row: Correction) -> dict[str, tuple[Text, Text]]:
    """Return by dimension the category that an organisation has and the one asked for.

    While the correction waits, only where they differ.
    """
    if row.kind != "categories":
        return {}
    now = members.category_names(row.organisation)
    country, entered = row.said["country"], row.said["categories"]
    wanted = {"country": country, **dimensions.categories_of(country, entered)}
    names = {each: name_of(each, key) for each, key in wanted.items()}
    return {
        each: (now.get(each, Text()), name)
        for each, name in names.items()
        if row.state != "waiting" or now.get(each) != name
    }


def change_details(work: Work, name: str, web: str) -> Done:
    """Change the name and the web site of the organisation at once.

    Problems: `admission.web`, and those of an organisation's name.
    """
    require(work, "own_data.write")
    who = reader(work)
    changed = members.correct_organisation(work, who.organisation_id, name, web_address(web))
    if changed:
        changed_address(work, who.organisation, who, "details")
    return "done" if changed else "nothing"


def change_contact(work: Work, contact_id: int, command: ContactCommand) -> Done:
    """Change a contact; another address of one that may vote waits while voting is open.

    Whether it may vote stays as it is. Problems: `correction.contact`, `contact.duplicate`, and those of a
    contact.
    """
    require(work, "own_data.write")
    who = reader(work)
    contact = _contact(who, contact_id)
    values = members.checked_contact(work, command, who.organisation.country, contact.phone)
    moved = values["email"].lower() != contact.email.lower()
    waits = moved and contact.may_vote and _voting_open(work, who.organisation_id)
    if waits and any(
        each.email.lower() == values["email"].lower() for each in who.organisation.contacts if each.active
    ):
        raise Problem("contact.duplicate")
    old = members.person(contact) if moved and not waits else None
    email = contact.email if waits else command.email
    said = replace(command, email=email, may_vote=contact.may_vote)
    before, number = _told_of(contact), contact.messages_to
    members.change_contact(work, who.organisation_id, contact_id, said)
    if _told_of(contact) != before:
        told = "messages" if contact.messages_to not in {"", number} else "contact"
        changed_address(work, who.organisation, who, "address" if old else told, contact.name, old)
    elif not waits:
        return "nothing"
    if waits:
        _ask(work, who, "address", {"email": values["email"]}, contact)
    return "waits" if waits else "done"


def _told_of(contact: Contact) -> tuple[object, ...]:
    """Return of a contact what others are told of when it changes."""
    return contact.name, contact.email, contact.phone, contact.language, contact.by_message


def add_contact(work: Work, command: ContactCommand) -> Done:
    """Add a contact; one that may vote waits while voting is open.

    Problems: `contact.duplicate`, and those of a contact.
    """
    require(work, "own_data.write")
    who = reader(work)
    values = members.checked_contact(work, command, who.organisation.country)
    if any(each.email.lower() == values["email"].lower() for each in who.organisation.contacts):
        raise Problem("contact.duplicate")
    if command.may_vote and _voting_open(work, who.organisation_id):
        _ask(work, who, "added", asdict(command), None)
        return "waits"
    members.add_contact(work, who.organisation_id, command)
    changed_address(work, who.organisation, who, "added", line(command.name) or values["email"])
    return "done"


def remove_contact(work: Work, contact_id: int) -> Done:
    """Let a contact take part no more; one that may vote waits while voting is open.

    Problems: `correction.contact`, `correction.last` (no other contact may vote).
    """
    require(work, "own_data.write")
    who = reader(work)
    contact = _contact(who, contact_id)
    voting = [each for each in who.organisation.contacts if each.active and each.may_vote]
    if contact.may_vote and len(voting) == 1:
        raise Problem("correction.last")
    if contact.may_vote and _voting_open(work, who.organisation_id):
        _ask(work, who, "off", {}, contact)
        return "waits"
    old = members.person(contact)
    members.switch_contact(work, who.organisation_id, contact_id, active=False)
    changed_address(work, who.organisation, who, "off", old.name, None if contact is who else old)
    return "done"


def ask_categories(work: Work, country: str, categories: Mapping[str, str]) -> Done:
    """Ask for other categories, which hold from the next round on once the secretariat accepts them.

    Problems: those of an organisation's country and categories.
    """
    require(work, "own_data.write")
    who = reader(work)
    member = who.organisation
    values = members.checked(work, OrganisationCommand(member.name, country, categories))
    said = {"country": values["country"], "categories": values["categories"]}
    if said == {"country": member.country, "categories": member.categories}:
        return "nothing"
    _ask(work, who, "categories", said, None)
    return "waits"


def withdraw(work: Work, number: int) -> None:
    """Withdraw what was asked for. Problems: `correction.unknown`, `correction.decided`."""
    require(work, "own_data.write")
    who = reader(work)
    row = find(work.session, number, hold=True)
    if row is None or row.organisation_id != who.organisation_id or row.kind == KIND:
        raise Problem("correction.unknown")
    if row.state != "waiting":
        raise Problem("correction.decided")
    row.state, row.decided_at = "withdrawn", work.now
    work.record("corrections.withdrawn", members.subject(row.organisation), {"correction": row.id})


def _ask(work: Work, who: Contact, kind: str, said: Mapping[str, object], about: Contact | None) -> None:
    """Keep what is asked for; an earlier request about the same thing that waits is replaced."""
    for each in of_organisation(work.session, who.organisation_id):
        same = each.kind == kind and each.contact_id == (about.id if about else None)
        if each.state == "waiting" and same and (kind != "added" or each.said["email"] == said["email"]):
            each.state, each.decided_at = "withdrawn", work.now
    row = Correction(
        organisation_id=who.organisation_id,
        asked_by_id=who.id,
        kind=kind,
        contact_id=about.id if about else None,
        said=dict(said),
        state="waiting",
        asked_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    details = {"correction": row.id, "kind": kind, "by": who.id}
    work.record("corrections.asked", members.subject(who.organisation), details)
    changed_address(work, who.organisation, who, f"asked_{kind}", about.name if about else "")


def reader(work: Work, code: str = "correction.unknown") -> Contact:
    """Return the contact whose link the actor came by. Raise a Problem with this code if it is gone."""
    link = door.numbered(work, OWN, work.actor.id or 0)
    if link is None or link.contact is None:
        raise Problem(code)
    return link.contact


def _contact(who: Contact, contact_id: int) -> Contact:
    found = (each for each in who.organisation.contacts if each.id == contact_id and each.active)
    return or_problem(next(found, None), "correction.contact")


def _voting_open(work: Work, organisation_id: int) -> bool:
    return bool(addresses.open_seats(work.session, organisation_id))


# -- at the desk


def listed(work: Work) -> Sequence[Correction]:
    """Return what members asked to have changed, the newest first."""
    require(work, "corrections.decide")
    return work.session.scalars(_whole().order_by(Correction.id.desc())).all()


def waiting(work: Work) -> int:
    """Return how many corrections wait for the secretariat."""
    require(work, "members.read")
    return work.session.scalar(select(func.count()).where(Correction.state == "waiting")) or 0


def look(work: Work, number: int) -> tuple[Correction, bool]:
    """Return a correction, and whether it changes who may vote in a round that is open.

    Problem: `correction.unknown`.
    """
    require(work, "corrections.decide")
    row = or_problem(find(work.session, number), "correction.unknown")
    return row, row.kind not in {"categories", KIND} and _voting_open(work, row.organisation_id)


def accept(work: Work, number: int, asked: Asked | None = None) -> None:
    """Do what a member asked for, as the secretariat does it by hand; the contact who asked is told.

    Of an objection it says that it is right; the secretariat has put it right by hand.

    Problems: `correction.unknown`, `.decided`, `.contact` (it left meanwhile), `access.reason`,
    and those of an organisation and of a contact.
    """
    require(work, "corrections.decide")
    row = _undecided(work, number)
    _do(work, row, asked)
    _decide(work, row, "accepted", "")


def decline(work: Work, number: int, reason: str) -> None:
    """Decline what a member asked for, with a reason that is mailed to the contact who asked.

    Problems: `correction.unknown`, `correction.decided`, `correction.reason`.
    """
    require(work, "corrections.decide")
    said = line(reason)
    if not said or len(said) > REASON_MAX:
        raise Problem("correction.reason", most=REASON_MAX)
    _decide(work, _undecided(work, number), "declined", said)


def _do(work: Work, row: Correction, asked: Asked | None) -> None:
    member = row.organisation
    if row.kind == "categories":
        command = OrganisationCommand(
            member.name, row.said["country"], row.said["categories"], member.base, tuple(member.tags)
        )
        members.change_organisation(work, member.id, command, asked_by=row.asked_by_id)
    elif row.kind == KIND:
        return  # what is not right is put right by hand
    elif row.kind == "added":
        members.add_contact(work, member.id, ContactCommand(**row.said), asked)
    elif row.contact is None or not row.contact.active:
        raise Problem("correction.contact")
    elif row.kind == "off":
        members.switch_contact(work, member.id, row.contact.id, active=False, asked=asked)
    else:
        contact = row.contact
        said = ContactCommand(
            contact.name,
            row.said["email"],
            contact.language,
            contact.may_vote,
            contact.phone,
            contact.by_message,
        )
        member_changes.change_contact(work, member.id, contact.id, said, asked)


def _undecided(work: Work, number: int) -> Correction:
    row = or_problem(find(work.session, number, hold=True), "correction.unknown")
    if row.state != "waiting":
        raise Problem("correction.decided")
    return row


def _decide(work: Work, row: Correction, state: str, reason: str) -> None:
    row.state, row.reason, row.decided_at = state, reason, work.now
    row.staff_id = work.actor.staff_id
    work.session.flush()
    details = {"correction": row.id, "kind": row.kind, "decision": state, "reason": reason}
    work.record("corrections.decided", members.subject(row.organisation), details)
    decided(work, row)


# -- what happens without a click


def answer_request(work: Work, address: str) -> int:
    """Send a link to each contact with this address that may vote; return how many."""
    require(work, "mail.send")
    found = voter_rows(work.session, address)
    sent = link(work, found, asked=True)
    for each in found:
        work.record("corrections.link_asked", members.subject(each.organisation), {"contact": each.id})
    return sent


def hand_out(work: Work, organisation_id: int) -> str:
    """Return the token of a link for the first contact of an organisation that may vote; for commands alone.

    Raise Problem `correction.unknown` if there is no such contact.
    """
    require(work, "links.hand_out")
    found = [each for each in voter_rows(work.session) if each.organisation_id == organisation_id]
    if not found:
        raise Problem("correction.unknown")
    (token,) = door.give(work, OWN, [Given(organisation_id, found[0].id)])
    work.record("corrections.handed_out", members.subject(found[0].organisation), {"contact": found[0].id})
    return token


# -- the mail to all


def readers_of_yearly(work: Work) -> Readers:
    """Return whom the mail that asks members to look at their data would be written to now."""
    require(work, "corrections.decide")
    had = _asked_today(work)
    voters = voter_rows(work.session)
    pairs = [
        (each.organisation.name, each.organisation.country, each) for each in voters if each.id not in had
    ]
    told = [(TOLD, f"{each.name} ({each.organisation.name})") for each in voters if each.id in had]
    return to_contacts("own_data_yearly", pairs, told)._replace(preview=plain.preview)


def write_yearly(work: Work) -> int:
    """Ask all contacts who may vote to look at the data of their organisation; return how many.

    Who was asked within a day is left out: the form was sent twice, or by two people.
    """
    require(work, "corrections.decide")
    had = _asked_today(work)
    count = link(work, [each for each in voter_rows(work.session) if each.id not in had])
    work.record("corrections.asked_all", "members", {"messages": count})
    return count


def _asked_today(work: Work) -> set[int]:
    query = select(Message.contact_id).where(
        Message.kind == "own_data_yearly", Message.queued_at > work.now - DAY
    )
    return {each for each in work.session.scalars(query) if each is not None}


KIND = "objection"
NOTE_MAX = 500


class Question(NamedTuple):
    """What the reader of a link to object sees."""

    organisation: str
    told_at: datetime  # when the mail with the link was written
    zone: str
    is_made: bool


def question(work: Work, link: Link) -> Question:
    """Return what the reader of a link to object is asked."""
    require(work, "links.open")
    member = work.session.get_one(Organisation, link.subject_id)
    zone = catalogue.countries_by_code()[member.country].zone
    return Question(member.name, link.created_at, zone, link.used_at is not None)


def answer(work: Work, link: Link, _choice: str, note: str) -> None:
    """Object to the change of which the mail with this link told; each link objects once.

    Problem: `reply.over` (it objected already).
    """
    require(work, "replies.answer")
    if link.used_at is not None or link.contact is None:
        raise Problem("reply.over")
    member = work.session.get_one(Organisation, link.subject_id)
    address = address_at(work.session, link.contact, link.created_at)
    made = Correction(
        organisation_id=member.id,
        asked_by_id=link.contact.id,
        kind=KIND,
        said={"email": address, "note": line(note)[:NOTE_MAX]},
        state="waiting",
        asked_at=work.now,
    )
    work.session.add(made)
    work.session.flush()
    work.record("corrections.objected", members.subject(member), {"correction": made.id})
    told = {
        "who": link.contact.name,
        "act": dict.fromkeys(work.languages, member.name),
        "request": made.id,
        **({"reason": made.said["note"]} if made.said["note"] else {}),
    }
    staff.tell_secretariat(work, "data_objected", told)
    for seat in addresses.open_seats(work.session, member.id):
        for person in scrutineers.of_round(work.session, seat.round_id):
            staff.tell(work, person, "data_objected", told)


def _changed(work: Work, message: Message, _reader: Reader) -> Words:
    return {
        language: {
            "headline": catalogue.mail_words(language)[f"own_subject_{_mail_subject(message.facts['what'])}"],
            "changed": _said(message.facts, language),
        }
        for language in work.languages
    }


def _mail_subject(what: str) -> str:
    """Return which subject tells of an act: of a decision, of what was asked, or of what has changed."""
    if what.startswith("objection_"):
        return "objection"
    if what.endswith(("_accepted", "_declined")):
        return what.rpartition("_")[2]
    if what.startswith("asked_"):
        return "asked"
    return what if what in {"activated", "deactivated"} else "changed"


def _said(facts: Mapping[str, Any], language: str) -> str:
    what = facts["what"]
    if what.endswith("_declined") and what != "objection_declined":
        what = "declined"
    words = catalogue.mail_words(language)
    who = words["own_desk"] if facts.get("desk") else facts.get("who", "")
    acts = [(what, facts.get("about", "")), *facts.get("also", ())]
    return "\n".join(
        words[f"own_{each}"].format(who=who, about=about, reason=facts.get("reason", ""))
        for each, about in acts
    )


KINDS = (
    MailKind(
        "own_data_link",
        N_("Link to an organisation's data"),
        N_("When a contact requests it with their address."),
        places=("link",),
        needed=("link",),
        readers="others",
        urgent=True,
        opens=(OWN,),
        part="own_data",
    ),
    MailKind(
        "own_data_yearly",
        N_("Data to be reviewed"),
        N_("When you ask all contacts who may vote to review their organisation's data."),
        places=("link",),
        needed=("link",),
        readers="others",
        opens=(OWN,),
        asked_on=("secretariat.write_own_data",),
        part="own_data",
    ),
    MailKind(
        "own_data_changed",
        N_("An organisation's data changed"),
        N_(
            "When you or a contact change an organisation's data, to all its contacts and to any address "
            "no longer in use."
        ),
        places=("headline", "changed", "link"),
        needed=("changed", "link"),
        readers="others",
        fixed_text=True,
        opens=(OBJECTING,),
        words=_changed,
    ),
    MailKind(
        "own_data_decided",
        N_("Decision on a correction"),
        N_("When you decide on a change requested by a contact, to that contact."),
        places=("headline", "changed"),
        needed=("changed",),
        readers="others",
        words=_changed,
    ),
)


PARTS = (
    Part(
        "own_data",
        "members",
        N_("Each organisation sees its data"),
        N_("A page where an organisation reads its data, corrects them and asks to leave."),
        at_first=True,
        waiting=waiting,
    ),
)
