"""Handover between contacts: another person takes over, or an address is corrected, in one step.

The links and sessions of a contact who left, and those sent to the old address, end. Votes already sent
stay, with the name under which they were sent. For every round that takes votes now a new link goes by
mail: at once to an address that may get one, after the wait of `changes.service` to any other.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.panel import memory
from consulta.people import members as members_acts
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.listing import folded
from consulta.platform.mailer.kinds import MailKind
from consulta.platform.mailer.outbox import (
    MemberLetter,
    hindrance,
    queue_for_members,
)
from consulta.platform.mailer.queries import mail
from consulta.platform.mailer.readers import NO_CONTACT, TOLD
from consulta.platform.messages import N_
from consulta.platform.models import Attendance, CurrentBallot, Dialogue, Organisation, Round, Seat
from consulta.platform.texts import line, paragraphs
from consulta.rounds import addresses, electorate, links, notices
from consulta.rounds import service as rounds
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters import service as letters

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from consulta.core.texts import Text
    from consulta.people.members import ContactCommand
    from consulta.platform.mailer.kinds import Reader, Sample
    from consulta.platform.mailer.kinds import Words as kinds_Words
    from consulta.platform.models import Contact, Message
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act, Readers
    from consulta.vote.changes.values import Asked


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change of a contact did beyond what was asked: links that ended, and links that go out."""

    ended: int
    sent: int
    waits: int = 0  # rounds in which the address may get no link yet


def replace_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> Changed:
    """Let another person take a contact's place.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those of a
    contact's fields.
    """
    require(work, "members.write")
    members_acts.switch_contact(work, organisation_id, contact_id, active=False, asked=asked)
    ended = members_acts.end_links(work.session, contact_id, work.now)
    new_id = members_acts.add_contact(work, organisation_id, command, asked, replaces=contact_id)
    work.record(
        "contacts.replaced",
        f"organisation:{organisation_id}",
        {"contact": contact_id, "by": new_id, "links_ended": ended},
    )
    return Changed(ended, _send_links(work, new_id), _waits(work, organisation_id, new_id))


def change_contact(
    work: Work, organisation_id: int, contact_id: int, command: ContactCommand, asked: Asked | None = None
) -> Changed:
    """Change a contact as the command says; if its address changes, new links go to it.

    Return how many links ended, how many go out, and in how many rounds the change waits.

    Problems: `member.unknown`, `member.contact.unknown`, `contact.duplicate`, `access.reason` and those
    of a contact's fields.
    """
    require(work, "members.write")
    before = mail.contact(work.session, contact_id)
    address = before.email if before else ""
    ended = members_acts.change_contact(work, organisation_id, contact_id, command, asked)
    moved = before is not None and before.email != address
    sent = _send_links(work, contact_id) if moved else 0
    return Changed(ended, sent, _waits(work, organisation_id, contact_id))


def _waits(work: Work, organisation_id: int, contact_id: int) -> int:
    """Return in how many open rounds a change of a contact is undecided."""
    found = addresses.of_organisation(work.session, organisation_id)
    return sum(each.contact_id == contact_id for each in found)


def _send_links(work: Work, contact_id: int) -> int:
    """Queue a new link for every round in which the contact may vote now, and return how many.

    0 if no mail is sent to the contact, as when it is paused or an earlier mail bounced.
    """
    people = [
        (seat, contact)
        for seat, contact in electorate.seats_of(work.session, contact_id, work.now)
        if hindrance(contact) is None
    ]
    for (seat, contact), token in zip(people, links.give(work, people), strict=True):
        notices.new_link(work, seat, contact, token)
    return len(people)


LAST = 3  # rounds in a row of the members' list


def votes(work: Work, ids: Collection[int]) -> tuple[list[Text], dict[int, list[bool | None]]]:
    """Return the titles of the last rounds, the earliest first, and in which of them organisations voted.

    None stands for a round whose roll does not have the organisation.
    """
    require(work, "participation.read")
    query = select(Round).where(Round.state.in_(("open", "closed", "published"))).limit(LAST)
    rounds = work.session.scalars(query.order_by(Round.opened_at.desc(), Round.id.desc())).all()[::-1]
    seats = (
        select(Seat.organisation_id, Seat.round_id, CurrentBallot.ballot_id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .where(Seat.round_id.in_([each.id for each in rounds]), Seat.organisation_id.in_(ids))
    )
    voted = {
        (member, of_round): ballot is not None for member, of_round, ballot in work.session.execute(seats)
    }
    return [each.title for each in rounds], {
        number: [voted.get((number, each.id)) for each in rounds] for number in ids
    }


def of_member(work: Work, organisation_id: int) -> dict[str, Sequence[Any]]:
    """Return the rounds, panels and sessions of an organisation, the newest first, for its page.

    It says only whether the organisation voted. Panels and sessions are found by its name; people of a
    session who were written down without a country count too.
    """
    require(work, "participation.read")
    member = work.session.get_one(Organisation, organisation_id)
    rounds = (
        select(Round.key, Round.title, Round.state, Seat.key.label("seat"), CurrentBallot.ballot_id)
        .join(Seat, Seat.round_id == Round.id)
        .outerjoin(CurrentBallot, CurrentBallot.seat_id == Seat.id)
        .where(Seat.organisation_id == member.id)
        .order_by(Round.opened_at.desc(), Round.id.desc())
    )
    people = func.count(Attendance.id).label("people")
    came = folded(Attendance.organisation) == member.name_key
    sessions = (
        select(Round.key, Round.title, Dialogue.starts_at, Dialogue.zone, people)
        .join(Dialogue, Dialogue.id == Attendance.dialogue_id)
        .join(Round, Round.id == Dialogue.round_id)
        .where(came, Attendance.country.in_((member.country, "")))
        .group_by(Round.id, Dialogue.id)
        .order_by(Dialogue.starts_at.desc())
    )
    return {
        "rounds": work.session.execute(rounds).all(),
        "panels": memory.of_institution(work, member.name, example=member.example),
        "sessions": work.session.execute(sessions).all(),
    }


MOST = 500  # organisations that are written to at once
SUBJECT_MAX, TEXT_MAX = 150, 5000
_LIVE = {State.OPEN.value: 0, State.DRAFT.value: 1, State.CLOSED.value: 2, State.PUBLISHED.value: 3}


@dataclass(frozen=True, slots=True)
class Words:
    """What is written, by language: the first one is needed."""

    subject: dict[str, str]
    text: dict[str, str]

    def checked(self, first: str) -> Words:
        """Return these words without empty languages. Problems: `circular.subject`, `circular.text`."""
        subject = {code: line(said) for code, said in self.subject.items() if line(said)}
        text = {code: paragraphs(said) for code, said in self.text.items() if paragraphs(said)}
        if not subject.get(first) or max(map(len, subject.values())) > SUBJECT_MAX:
            raise Problem("circular.subject", most=SUBJECT_MAX)
        if not text.get(first) or max(map(len, text.values())) > TEXT_MAX:
            raise Problem("circular.text", most=TEXT_MAX)
        return Words(subject, text)

    def digest(self, first: str) -> str:
        """Return what tells these words from others; of none where they cannot be sent as they are."""
        try:
            words = self.checked(first)
        except Problem:
            return ""
        said = json.dumps([words.subject, words.text], sort_keys=True)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def round_for(work: Work) -> str:
    """Return the key of the round to which such a mail belongs: an open one, else a draft, else the newest.

    Problem: `circular.no_round`.
    """
    require(work, "mail.write")
    found = [each for each in rounds.list_rounds(work) if each.state in _LIVE]
    if not found:
        raise Problem("circular.no_round")
    return min(found, key=lambda each: _LIVE[each.state]).key


def readers(ids: Collection[int], words: Words | None = None) -> Act:
    """Return the act that says who would be written to, and what they would read."""

    def act(work: Work, found: Round) -> Readers:
        chosen = members_acts.chosen(work.session, ids)
        people = [(each.name, each.country, contact) for each in chosen for contact in _voting(each.contacts)]
        out = [(NO_CONTACT, each.name) for each in chosen if not _voting(each.contacts)]
        once = _once(work, found, [contact for _name, _country, contact in people], words)
        had = {once[key].id for key in members_acts.written(work.session, once)}
        out += [(TOLD, f"{each.name} ({name})") for name, _country, each in people if each.id in had]
        people = [each for each in people if each[2].id not in had]
        told = mass_mail.to_contacts(CIRCULAR, people, out)
        if words is None:
            return told
        said = words_of_mails(work, words.subject, words.text)
        return told._replace(preview=partial(letters.preview, said=said))

    return act


def write(work: Work, round_key: str, ids: Collection[int], words: Words) -> int:
    """Queue the mail for each contact of these organisations who may vote and is reached; return how many.

    Who had the same words on the same day gets them once: the form was sent twice, or by two people.

    Problems: `round.unknown`, `circular.subject`, `.text`, `.no_one`, `.told`.
    """
    require(work, "mail.write")
    found = rounds.hold(work, round_key)
    said = words.checked(work.languages[0])
    people = [
        contact
        for each in members_acts.chosen(work.session, ids)
        for contact in _voting(each.contacts)
        if hindrance(contact) is None
    ]
    if not people:
        raise Problem("circular.no_one")
    once = _once(work, found, people, said)
    had = members_acts.written(work.session, once)
    fresh = {key: each for key, each in once.items() if key not in had}
    if not fresh:
        raise Problem("circular.told")
    facts = {"subject": said.subject, "text": said.text, "at": round(work.now.timestamp())}
    letters = [MemberLetter(CIRCULAR, found, each, key, None, facts) for key, each in fresh.items()]
    queue_for_members(work, letters)
    title = said.subject[work.languages[0]]
    work.record("mail.written", rounds.subject(found), {"count": len(fresh), "title": title})
    return len(fresh)


def _once(work: Work, found: Round, contacts: Iterable[Contact], words: Words | None) -> dict[str, Contact]:
    """Return the contacts by what must not be sent twice: these words on this day; none without words."""
    digest = words.digest(work.languages[0]) if words is not None else ""
    day = f"{work.now:%Y-%m-%d}"
    return {f"{CIRCULAR}:{found.id}:{each.id}:{digest}:{day}": each for each in contacts if digest}


def _voting(contacts: Collection[Contact]) -> list[Contact]:
    return [each for each in contacts if each.active and each.may_vote]


CIRCULAR = "circular"


def words_of_mails(work: Work, subject: dict[str, str], text: dict[str, str]) -> kinds_Words:
    """Return what was written in each language; where a language is empty, the first one's words."""
    first = work.languages[0]
    return {
        language: {
            "subject": subject.get(language) or subject.get(first, ""),
            "text": text.get(language) or text.get(first, ""),
        }
        for language in work.languages
    }


def _written(work: Work, message: Message, _reader: Reader) -> kinds_Words:
    return words_of_mails(work, message.facts["subject"], message.facts["text"])


def _sample(work: Work, _sample: Sample) -> kinds_Words:
    return {
        language: {"subject": said["sample_subject"], "text": said["sample_text"]}
        for language in work.languages
        for said in (catalogue.mail_words(language),)
    }


KINDS = (
    MailKind(
        CIRCULAR,
        N_("Message in your own words"),
        N_("When you write to organisations chosen in the members' list."),
        places=("subject", "text"),
        needed=("text",),
        before_opening=True,
        told_of="at",
        words=_written,
        sample=_sample,
        asked_on=("secretariat.write_members",),
    ),
)
