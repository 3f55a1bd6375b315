"""A member's own data, by a personal link: seen, corrected at once, or asked to be corrected.

The module decides what takes effect at once and what waits. Names, telephones, languages and the web site do,
and every other contact is told. Categories wait for the secretariat. So does, while voting is open for the
organisation, all that changes which address may vote: the secretariat then carries it out by the same way as
every such change, with its reason, notices, objections and wait (`changes.service`). There is no other way:
without a reason `settle` refuses such a change.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from consulta.core.problems import Problem, or_problem
from consulta.people.admission.service import web_address
from consulta.people.members import handover
from consulta.people.members import news as members_news
from consulta.people.members import service as members
from consulta.people.members.service import ContactCommand, OrganisationCommand
from consulta.people.own_data import news, objecting, queries
from consulta.people.own_data.news import OWN
from consulta.people.own_data.values import CorrectionKind, CorrectionView, OwnData
from consulta.platform.access import require
from consulta.platform.data import catalogue, dimensions
from consulta.platform.door import service as door
from consulta.platform.door.purposes import Purpose
from consulta.platform.door.service import Given
from consulta.platform.labels import name_of
from consulta.platform.mailer.readers import TOLD
from consulta.platform.models import OBJECTING, Contact, Correction, Organisation
from consulta.platform.texts import line
from consulta.platform.work import Actor
from consulta.rounds.addresses.queries import changes
from consulta.rounds.letters import plain
from consulta.rounds.letters.mass_mail import to_contacts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from consulta.people.own_data.values import Done
    from consulta.platform.models import Link
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Readers
    from consulta.vote.changes.values import Asked

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
    ),
    Purpose(
        OBJECTING,
        way="r",
        subject=Organisation,
        role="addressee",
        page="consulta.people.own_data.pages.objection",
        texts="links/notice.html",
        reader=_objector,
        session=False,
    ),
)


# -- by the link


def own(work: Work) -> OwnData:
    """Return the data of the actor's organisation, and what it asked to have changed."""
    require(work, "own_data.write")
    contact = _reader(work)
    rows = queries.of_organisation(work.session, contact.organisation_id)
    views = [_view(work, each) for each in rows if each.kind != objecting.KIND]
    return OwnData(
        line=members.line_of(contact.organisation),
        me=contact.id,
        zone=catalogue.countries_by_code()[contact.organisation.country].zone,
        voting_open=_voting_open(work, contact.organisation_id),
        waiting=tuple(each for each in views if each.state == "waiting"),
        decided=tuple(each for each in views if each.state in {"accepted", "declined"})[:DECIDED_SHOWN],
    )


def change_details(work: Work, name: str, web: str) -> Done:
    """Change the name and the web site of the organisation at once.

    Problems: `admission.web`, and those of an organisation's name.
    """
    require(work, "own_data.write")
    who = _reader(work)
    changed = members.correct_organisation(work, who.organisation_id, name, web_address(web))
    if changed:
        news.changed(work, who.organisation, who, "details")
    return "done" if changed else "nothing"


def change_contact(work: Work, contact_id: int, command: ContactCommand) -> Done:
    """Change a contact; another address of one that may vote waits while voting is open.

    Whether it may vote stays as it is. Problems: `correction.contact`, `contact.duplicate`, and those of a
    contact.
    """
    require(work, "own_data.write")
    who = _reader(work)
    contact = _contact(who, contact_id)
    values = members.checked_contact(work, command, who.organisation.country)
    moved = values["email"].lower() != contact.email.lower()
    waits = moved and contact.may_vote and _voting_open(work, who.organisation_id)
    if waits and any(
        each.email.lower() == values["email"].lower() for each in who.organisation.contacts if each.active
    ):
        raise Problem("contact.duplicate")
    old = members_news.person(contact) if moved and not waits else None
    said = ContactCommand(
        command.name,
        contact.email if waits else command.email,
        command.language,
        contact.may_vote,
        command.phone,
    )
    before = [contact.name, contact.email, contact.phone, contact.language]
    members.change_contact(work, who.organisation_id, contact_id, said)
    if [contact.name, contact.email, contact.phone, contact.language] != before:
        news.changed(work, who.organisation, who, "address" if old else "contact", contact.name, old)
    elif not waits:
        return "nothing"
    if waits:
        _ask(work, who, "address", {"email": values["email"]}, contact)
    return "waits" if waits else "done"


def add_contact(work: Work, command: ContactCommand) -> Done:
    """Add a contact; one that may vote waits while voting is open.

    Problems: `contact.duplicate`, and those of a contact.
    """
    require(work, "own_data.write")
    who = _reader(work)
    values = members.checked_contact(work, command, who.organisation.country)
    if any(each.email.lower() == values["email"].lower() for each in who.organisation.contacts):
        raise Problem("contact.duplicate")
    if command.may_vote and _voting_open(work, who.organisation_id):
        _ask(work, who, "added", asdict(command), None)
        return "waits"
    members.add_contact(work, who.organisation_id, command)
    news.changed(work, who.organisation, who, "added", line(command.name) or values["email"])
    return "done"


def remove_contact(work: Work, contact_id: int) -> Done:
    """Let a contact take part no more; one that may vote waits while voting is open.

    Problems: `correction.contact`, `correction.last` (no other contact may vote).
    """
    require(work, "own_data.write")
    who = _reader(work)
    contact = _contact(who, contact_id)
    voting = [each for each in who.organisation.contacts if each.active and each.may_vote]
    if contact.may_vote and len(voting) == 1:
        raise Problem("correction.last")
    if contact.may_vote and _voting_open(work, who.organisation_id):
        _ask(work, who, "off", {}, contact)
        return "waits"
    old = members_news.person(contact)
    members.switch_contact(work, who.organisation_id, contact_id, active=False)
    news.changed(work, who.organisation, who, "off", old.name, None if contact is who else old)
    return "done"


def ask_categories(work: Work, country: str, categories: Mapping[str, str]) -> Done:
    """Ask for other categories, which hold from the next round on once the secretariat accepts them.

    Problems: those of an organisation's country and categories.
    """
    require(work, "own_data.write")
    who = _reader(work)
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
    who = _reader(work)
    row = queries.find(work.session, number, hold=True)
    if row is None or row.organisation_id != who.organisation_id or row.kind == objecting.KIND:
        raise Problem("correction.unknown")
    if row.state != "waiting":
        raise Problem("correction.decided")
    row.state, row.decided_at = "withdrawn", work.now
    work.record("corrections.withdrawn", _subject(row.organisation_id), {"correction": row.id})


def _ask(
    work: Work, who: Contact, kind: CorrectionKind, said: Mapping[str, object], about: Contact | None
) -> None:
    """Keep what is asked for; an earlier request about the same thing that waits is replaced."""
    for each in queries.of_organisation(work.session, who.organisation_id):
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
    work.record("corrections.asked", _subject(who.organisation_id), details)
    news.changed(work, who.organisation, who, f"asked_{kind}", about.name if about else "")


def _reader(work: Work) -> Contact:
    link = door.numbered(work, OWN, work.actor.id or 0)
    if link is None or link.contact is None:
        raise Problem("correction.unknown")
    return link.contact


def _contact(who: Contact, contact_id: int) -> Contact:
    for each in who.organisation.contacts:
        if each.id == contact_id and each.active:
            return each
    raise Problem("correction.contact")


def _voting_open(work: Work, organisation_id: int) -> bool:
    return bool(changes.open_seats(work.session, organisation_id))


def _subject(organisation_id: int) -> str:
    return f"organisation:{organisation_id}"


# -- at the desk


def listed(work: Work) -> tuple[CorrectionView, ...]:
    """Return what members asked to have changed, the newest first."""
    require(work, "corrections.decide")
    return tuple(_view(work, each) for each in queries.listed(work.session))


def waiting(work: Work) -> int:
    """Return how many corrections wait for the secretariat."""
    require(work, "members.read")
    return queries.count_waiting(work.session)


def look(work: Work, number: int) -> CorrectionView:
    """Return one correction. Problem: `correction.unknown`."""
    require(work, "corrections.decide")
    row = or_problem(queries.find(work.session, number), "correction.unknown")
    return _view(work, row)


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
    elif row.kind == objecting.KIND:
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
            contact.name, row.said["email"], contact.language, contact.may_vote, contact.phone
        )
        handover.change_contact(work, member.id, contact.id, said, asked)


def _undecided(work: Work, number: int) -> Correction:
    row = or_problem(queries.find(work.session, number, hold=True), "correction.unknown")
    if row.state != "waiting":
        raise Problem("correction.decided")
    return row


def _decide(work: Work, row: Correction, state: str, reason: str) -> None:
    row.state, row.reason, row.decided_at = state, reason, work.now
    row.staff_id = work.actor.staff_id
    work.session.flush()
    details = {"correction": row.id, "kind": row.kind, "decision": state, "reason": reason}
    work.record("corrections.decided", _subject(row.organisation_id), details)
    news.decided(work, row)


def _view(work: Work, row: Correction) -> CorrectionView:
    member = row.organisation
    names = {}
    if row.kind == "categories":
        before = {"country": member.country, **dimensions.categories_of(member.country, member.categories)}
        said = row.said
        wanted = {
            "country": said["country"],
            **dimensions.categories_of(said["country"], said["categories"]),
        }
        names = {
            each: (name_of(each, before.get(each, "")), name_of(each, key))
            for each, key in wanted.items()
            if row.state != "waiting" or before.get(each) != key
        }
    return CorrectionView(
        number=row.id,
        organisation_id=member.id,
        organisation=member.name,
        example=member.example,
        kind=cast("CorrectionKind", row.kind),
        contact=row.contact.name if row.contact is not None else str(row.said.get("name", "")),
        said=row.said,
        names=names,
        state=row.state,
        reason=row.reason,
        asked_by=row.asked_by.name,
        asked_at=row.asked_at,
        decided_at=row.decided_at,
        guarded=row.kind not in {"categories", objecting.KIND} and _voting_open(work, member.id),
    )


# -- what happens without a click


def answer_request(work: Work, address: str) -> int:
    """Send a link to each contact with this address that may vote; return how many."""
    require(work, "mail.send")
    found = queries.voters(work.session, address)
    sent = news.link(work, found, asked=True)
    for each in found:
        work.record("corrections.link_asked", _subject(each.organisation_id), {"contact": each.id})
    return sent


def hand_out(work: Work, organisation_id: int) -> str:
    """Return the token of a link for the first contact of an organisation that may vote; for commands alone.

    Raise Problem `correction.unknown` if there is no such contact.
    """
    require(work, "links.hand_out")
    found = [each for each in queries.voters(work.session) if each.organisation_id == organisation_id]
    if not found:
        raise Problem("correction.unknown")
    (token,) = door.give(work, OWN, [Given(organisation_id, found[0].id)])
    work.record("corrections.handed_out", _subject(organisation_id), {"contact": found[0].id})
    return token


# -- the mail to all


def readers_of_yearly(work: Work) -> Readers:
    """Return whom the mail that asks members to look at their data would be written to now."""
    require(work, "corrections.decide")
    had = _asked_today(work)
    voters = queries.voters(work.session)
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
    count = news.link(work, [each for each in queries.voters(work.session) if each.id not in had])
    work.record("corrections.asked_all", "members", {"messages": count})
    return count


def _asked_today(work: Work) -> set[int]:
    return queries.written_since(work.session, "own_data_yearly", work.now - DAY)
