"""Writing to chosen organisations: a mail in the secretariat's own words, to each contact who may vote.

A mail belongs to a round, in whose desk of mail it is followed. This module decides which round that is, and
who is written to.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.people.members import mails, queries
from consulta.platform.access import require
from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.mailer.readers import NO_CONTACT, TOLD
from consulta.platform.texts import line, paragraphs
from consulta.rounds import service as rounds
from consulta.rounds.letters import mass_mail
from consulta.rounds.letters import service as letters

if TYPE_CHECKING:
    from collections.abc import Collection

    from consulta.platform.models import Contact, Round
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act, Readers

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
        chosen = queries.chosen(work.session, ids)
        people = [(each.name, each.country, contact) for each in chosen for contact in _voting(each.contacts)]
        out = [(NO_CONTACT, each.name) for each in chosen if not _voting(each.contacts)]
        had = _had(work, found, [contact for _name, _country, contact in people], words)
        out += [(TOLD, f"{each.name} ({name})") for name, _country, each in people if each.id in had]
        people = [each for each in people if each[2].id not in had]
        told = mass_mail.to_contacts(mails.CIRCULAR, people, out)
        if words is None:
            return told
        said = mails.words(work, words.subject, words.text)
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
        for each in queries.chosen(work.session, ids)
        for contact in _voting(each.contacts)
        if hindrance(contact) is None
    ]
    if not people:
        raise Problem("circular.no_one")
    had = _had(work, found, people, said)
    people = [each for each in people if each.id not in had]
    if not people:
        raise Problem("circular.told")
    at = round(work.now.timestamp())
    facts = {"subject": said.subject, "text": said.text, "at": at}
    queue_for_members(
        work,
        [
            MemberLetter(mails.CIRCULAR, found, each, _once(work, found, each, said), None, facts)
            for each in people
        ],
    )
    title = said.subject[work.languages[0]]
    work.record("mail.written", rounds.subject(found), {"count": len(people), "title": title})
    return len(people)


def _once(work: Work, found: Round, contact: Contact, words: Words) -> str:
    """Return what must not be sent twice: these words to this contact on this day."""
    said = json.dumps([words.subject, words.text], sort_keys=True)
    digest = hashlib.sha256(said.encode()).hexdigest()[:16]
    return f"{mails.CIRCULAR}:{found.id}:{contact.id}:{digest}:{work.now:%Y-%m-%d}"


def _had(work: Work, found: Round, contacts: Collection[Contact], words: Words | None) -> set[int]:
    """Return which of these contacts had the same words today."""
    try:
        said = words.checked(work.languages[0]) if words is not None else None
    except Problem:
        said = None
    if said is None:
        return set()
    keys = {_once(work, found, each, said): each.id for each in contacts}
    return {keys[each] for each in queries.written(work.session, keys)}


def _voting(contacts: Collection[Contact]) -> list[Contact]:
    return [each for each in contacts if each.active and each.may_vote]
