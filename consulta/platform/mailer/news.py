"""What became of things that organisations sent in: told to each by one mail, and again only what changed.

This module decides what is news to an organisation, and who of it is written to. It does not know what was
decided, nor about what: each kind of mail gives its facts, and makes its sentences from them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from consulta.platform.mailer.outbox import MemberLetter, hindrance, queue_for_members
from consulta.platform.mailer.queries import mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.platform.models import Contact, Message, Organisation, Round
    from consulta.platform.work import Work

SAME = ("decision", "reason", "into")  # what of the facts makes two news the same
UNDECIDED = {"decision": "waiting", "reason": "", "into": ""}
NO_CONTACT = "no_contact"


class Item(NamedTuple):
    """The present state of a thing that an organisation sent in; `facts` has its `number` and `SAME`."""

    organisation: Organisation
    contact: Contact | None  # who sent it in
    facts: Mapping[str, Any]


class News(NamedTuple):
    """What an organisation has not been told; `why` is a code where no contact of it can be written to."""

    organisation: Organisation
    contact: Contact | None
    why: str
    items: tuple[Mapping[str, Any], ...]
    before: int  # how many mails of the kind its contacts had


def untold(work: Work, found: Round, kind: str, items: Iterable[Item]) -> list[News]:
    """Return what each organisation has not been told yet, in the order of their first thing.

    What a message that is sent, or waits and still holds, says is told. A thing without a decision is news
    only where a decision about it was told.
    """
    by_organisation: dict[int, list[Item]] = {}
    for item in items:
        by_organisation.setdefault(item.organisation.id, []).append(item)
    told = _told(work, found, kind, by_organisation)
    news = []
    for number, theirs in by_organisation.items():
        messages = told.get(number, [])
        last = _last(messages, {each.facts["number"]: each.facts for each in theirs})
        fresh = tuple(
            each.facts for each in theirs if not _same(last.get(each.facts["number"], UNDECIDED), each.facts)
        )
        if fresh:
            sent_in = [each.contact for each in reversed(theirs) if each.contact is not None]
            contact, why = reader(theirs[0].organisation, sent_in)
            news.append(News(theirs[0].organisation, contact, why, fresh, len(messages)))
    return news


def tell(work: Work, found: Round, kind: str, news: Sequence[News]) -> int:
    """Queue one mail to each organisation that can be written to; return how many mails."""
    letters = [
        MemberLetter(
            kind,
            found,
            each.contact,
            f"{kind}:{found.id}:{each.organisation.id}:{each.before}",
            None,
            {"organisation": each.organisation.id, "items": [dict(item) for item in each.items]},
        )
        for each in news
        if each.contact is not None
    ]
    queue_for_members(work, letters)
    return len(letters)


def reader(organisation: Organisation, sent_in: Sequence[Contact] = ()) -> tuple[Contact | None, str]:
    """Return who of an organisation is written to: the first of `sent_in`, or another who may vote.

    Where no contact can be written to, return None and a code of why.
    """
    others = [each for each in organisation.contacts if each.may_vote]
    why = NO_CONTACT
    for contact in (*sent_in, *others):
        reason = hindrance(contact) if contact.may_vote else "mail.inactive"
        if reason is None:
            return contact, ""
        why = reason if why == NO_CONTACT else why
    return None, why


def items_of(message: Message) -> list[Mapping[str, Any]]:
    """Return the things that a message tells of."""
    items: list[Mapping[str, Any]] = message.facts["items"]
    return items


def is_current(message: Message, present: Mapping[int, Mapping[str, Any]]) -> bool:
    """Return whether all that a message says still holds, by the present facts of each number."""
    return all(
        each["number"] in present and _same(each, present[each["number"]]) for each in items_of(message)
    )


def _told(
    work: Work, found: Round, kind: str, organisations: Mapping[int, object]
) -> dict[int, list[Message]]:
    """Return the messages of the kind by organisation, the oldest first."""
    told: dict[int, list[Message]] = {}
    for message in mail.of_kind(work.session, found.id, kind):
        number = message.facts.get("organisation")
        if number is None and message.contact is not None:
            number = message.contact.organisation_id
        if number is not None and number in organisations:
            told.setdefault(number, []).append(message)
    return told


def _last(
    messages: Iterable[Message], present: Mapping[int, Mapping[str, Any]]
) -> dict[int, Mapping[str, Any]]:
    """Return what was told last of each thing."""
    last: dict[int, Mapping[str, Any]] = {}
    for message in messages:
        if message.state == "sent" or (message.state == "queued" and is_current(message, present)):
            last.update({each["number"]: each for each in items_of(message)})
    return last


def _same(told: Mapping[str, Any], facts: Mapping[str, Any]) -> bool:
    return all(told[name] == facts[name] for name in SAME)
