"""Notices by mail: each act of which others are told calls a function here, in its own unit of work.

This module decides who is told of what. The same thing is told once to each reader, and nothing here
keeps an act from happening: a message is a row of the outbox, and its problems arise later, when it is
sent.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from consulta.platform import door
from consulta.platform.accounts import digest
from consulta.platform.door import Given
from consulta.platform.mailer.outbox import (
    Letter,
    MemberLetter,
    hindrance,
    queue,
    queue_for_members,
    reaches,
)
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.mailer.readers import on_the_roll
from consulta.rounds import addresses, ballots, links
from consulta.rounds.ballots import objections_end

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.core.texts import Text
    from consulta.platform.models import Ballot, Contact, Objection, Round, Seat, SeatAddress
    from consulta.platform.work import Work


OBJECTING = "objection"  # the purpose of links in closing mails; their subject is the round
YOUR_VOTE = "your_vote"  # the purpose of links in mails of a result; their subject is the seat
OBJECTIONS_SEEN = timedelta(days=90)  # how long a link shows what became of an objection after its time


def voting_opened(work: Work, found: Round) -> None:
    """Queue the invitation to vote, with a link, for every contact who may vote."""
    given = _with_links(work, "invitation", found, on_the_roll(work, found, "invitation"))
    work.record("links.issued", f"round:{found.id}", {"count": given, "revoked": 0})


def vote_cast(work: Work, ballot: Ballot, *, earlier: bool) -> None:
    """Queue the receipt, or the notice of a replaced vote, for every address on file for the seat.

    These are all addresses since the opening, also where their contact changed since (`addresses.service`).
    An address that never could vote is told that there was a vote, without its ranking.
    """
    kind = "abstention" if ballot.abstains else "replacement" if earlier else "receipt"
    on_file = addresses.on_file(work, ballot.seat_id)
    full = addresses.reading(on_file)
    told = addresses.once_each(on_file)
    for sealed in (False, True):
        readers = [each for each in told if (each.address.lower() not in full) is sealed]
        if readers:
            facts = {"ballot": ballot.id, **({"sealed": True} if sealed else {})}
            tell(work, kind, readers, f"{ballot.id}", facts)


def tell(
    work: Work,
    kind: str,
    readers: Sequence[SeatAddress],
    what: str,
    facts: Mapping[str, object],
    tokens: Sequence[str] = (),
) -> None:
    """Queue a letter to each address on file, also where its contact changed since.

    Each address is told the same `what` once. `tokens` are those of the readers' links, if the letter
    has a link.
    """
    given: Sequence[str | None] = tokens or [None] * len(readers)
    queue(
        work,
        [
            Letter(kind, each.seat, each.contact, f"{kind}:{what}:{each.id}", facts, token, each)
            for each, token in zip(readers, given, strict=True)
        ],
    )


def new_link(work: Work, seat: Seat, contact: Contact, token: str, *, asked: bool = False) -> None:
    """Queue the new link that a contact `asked` for, or that the secretariat sends."""
    facts = {"asked": True} if asked else {}
    queue(work, [Letter("new_link", seat, contact, f"new_link:{digest(token)}", facts, token)])


def deadline_moved(work: Work, found: Round, before: datetime) -> None:
    """Queue the notice of a later deadline, with a link, for every contact who may vote."""
    facts = {"before": _seconds(before), "until": _seconds(found.closes_at)}
    people = on_the_roll(work, found, "extension")
    _with_links(work, "extension", found, people, f":{facts['until']}", facts)


def voting_reopened(work: Work, found: Round, closed_at: datetime, reason: str) -> None:
    """Queue the notice that voting is open again, with a link, for every contact who may vote."""
    facts = {"closed": _seconds(closed_at), "until": _seconds(found.closes_at), "reason": reason}
    people = on_the_roll(work, found, "reopened")
    given = _with_links(work, "reopened", found, people, f":{found.reopenings}", facts)
    work.record("links.issued", f"round:{found.id}", {"count": given, "revoked": 0})


def remind(work: Work, found: Round, moment: datetime) -> int:
    """Queue a reminder, with a link, for the contacts of seats that have not voted; return how many."""
    waiting = on_the_roll(work, found, "reminder")
    return _with_links(work, "reminder", found, waiting, f":{_seconds(moment)}")


def round_cancelled(work: Work, found: Round, reason: str) -> int:
    """Queue the notice that a round is cancelled, for all who were promised something; return how many.

    They are the contacts who may vote, and of a round that never opened those to whom mail was written.
    """
    facts = {"reason": reason}
    if found.opened_at is not None:
        people = on_the_roll(work, found, "cancelled")
        _queue(work, "cancelled", found, people, "", facts, {})
        return len(people)
    contacts = [each for each in mail_queries.told(work.session, found.id) if hindrance(each) is None]
    _queue_for_members(work, "cancelled", found, contacts, "", facts)
    return len(contacts)


def _queue_for_members(
    work: Work,
    kind: str,
    found: Round,
    contacts: Sequence[Contact],
    when: str,
    facts: Mapping[str, object],
) -> None:
    queue_for_members(
        work,
        [
            MemberLetter(kind, found, contact, f"{kind}:{found.id}:{contact.id}{when}", None, facts)
            for contact in contacts
        ],
    )


def seat_registered(work: Work, found: Round, seat: Seat, words: Text) -> None:
    """Queue the invitation, with a link, for every contact who may vote of a seat of after the opening.

    `words`: the public reason, by language.
    """
    people = [pair for pair in on_the_roll(work, found, "registered") if pair[0].id == seat.id]
    given = _with_links(work, "registered", found, people, "", {"reasons": dict(words)})
    work.record("links.issued", f"round:{found.id}", {"count": given, "revoked": 0})


def result_published(work: Work, found: Round) -> None:
    """Queue the notice that the result is public, for every contact who may vote.

    Of an organisation whose vote counts it brings a link to what that vote did.
    """
    people = on_the_roll(work, found, "published")
    voted = outbox_queries.counted(work.session, found.id)
    readers = [(seat, each) for seat, each in people if seat.id in voted and hindrance(each) is None]
    tokens = links_to_your_vote(work, readers)
    _queue(work, "published", found, people, "", {}, tokens)


def links_to_your_vote(work: Work, readers: Sequence[tuple[Seat, Contact]]) -> dict[int, str]:
    """Return the token of a new link to what a seat's vote did, by contact."""
    given = door.give(work, YOUR_VOTE, [Given(seat.id, contact.id) for seat, contact in readers])
    return {contact.id: token for (_, contact), token in zip(readers, given, strict=True)}


def thank(work: Work, found: Round) -> int:
    """Queue thanks for the contacts of every seat that voted, once each; return how many they are."""
    voted = on_the_roll(work, found, "thanks")
    _queue(work, "thanks", found, voted, "", {}, {})
    return len(voted)


def _seconds(moment: datetime) -> int:
    """Return a moment in the form that facts have: seconds since 1970."""
    return round(moment.timestamp())


def _with_links(
    work: Work,
    kind: str,
    found: Round,
    people: Sequence[tuple[Seat, Contact]],
    when: str = "",
    facts: Mapping[str, object] | None = None,
) -> int:
    """Queue a letter with a new link for each; how many links were given. The earlier ones go on working."""
    reached = [(seat, contact) for seat, contact in people if reaches(contact)]
    tokens = {
        contact.id: token for (_, contact), token in zip(reached, links.give(work, reached), strict=True)
    }
    _queue(work, kind, found, people, when, facts or {}, tokens)
    return len(tokens)


def _queue(
    work: Work,
    kind: str,
    found: Round,
    people: Sequence[tuple[Seat, Contact]],
    when: str,
    facts: Mapping[str, object],
    tokens: Mapping[int, str],
) -> None:
    queue(
        work,
        [
            Letter(
                kind, seat, contact, f"{kind}:{found.id}:{contact.id}{when}", facts, tokens.get(contact.id)
            )
            for seat, contact in people
        ],
    )


# -- after the closing


def round_closed(work: Work, found: Round) -> None:
    """Queue the closing mail, with a link to object, for every address on file of every seat.

    It says how the address's organisation appears.
    """
    votes = ballots.at_closing(work.session, found.id)
    readers = addresses.told(work, found.id)
    tokens = links_to_object(work, found, readers)
    again = {"reopenings": found.reopenings} if found.reopenings else {}
    when = f":{found.reopenings}" if again else ""
    queue(
        work,
        [
            Letter(
                "closing",
                reader.seat,
                reader.contact,
                f"closing:{found.id}:{reader.id}{when}",
                ({"ballot": votes[reader.seat_id]} if reader.seat_id in votes else {}) | again,
                tokens.get(reader.id),
                reader,
            )
            for reader in readers
        ],
    )


def link_to_object(work: Work, found: Round, reader: SeatAddress) -> str | None:
    """Return a new link to object for one address; None if no objection can be made any more."""
    return links_to_object(work, found, [reader]).get(reader.id)


def links_to_object(work: Work, found: Round, readers: Sequence[SeatAddress]) -> dict[int, str]:
    """Return the token of a new link to object for each address; empty if objections are over."""
    mails = ballots.closing_mails(work.session, found.id)
    until = objections_end(found, mails, work.now)
    if until is None or until <= work.now:
        return {}
    about = [Given(found.id, seat_address_id=each.id) for each in readers]
    given = door.give(work, OBJECTING, about, until + OBJECTIONS_SEEN)
    return {reader.id: token for reader, token in zip(readers, given, strict=True)}


def objection_made(work: Work, found: Round, made: Objection) -> None:
    """Queue the notice of an objection for every address on file of its seat."""
    _of_objection(work, "objection", found, made)


def objection_decided(work: Work, found: Round, made: Objection) -> None:
    """Queue the notice of a decided or withdrawn objection for every address on file of its seat."""
    _of_objection(work, "objection_decided", found, made)


def _of_objection(work: Work, kind: str, found: Round, made: Objection) -> None:
    readers = addresses.told(work, found.id, made.seat_id)
    tell(work, kind, readers, f"{made.id}", {"objection": made.id})
