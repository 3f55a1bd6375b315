"""Personal links to vote: made, handed out once, and ended; the desk sees who has one, never the link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from consulta.core.problems import Problem
from consulta.core.rounds import State
from consulta.platform import door
from consulta.platform.access import require
from consulta.platform.data import tongues
from consulta.platform.door import TOKEN_BYTES, Given
from consulta.platform.models import VOTE
from consulta.rounds import addresses
from consulta.rounds.queries import rounds as rounds_queries
from consulta.rounds.service import hold, line_of, sized, subject

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from consulta.platform.models import Contact, Link, Round, Seat
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


@dataclass(frozen=True, slots=True)
class IssuedLink:
    """A personal link, handed out once: its address is kept nowhere."""

    organisation: str
    contact: str
    email: str
    language: str
    url: str


class LinkLine(NamedTuple):
    """A contact who may vote for a seat, and since when their link works (None: they have none)."""

    seat: Seat
    contact: Contact
    issued_at: datetime | None


@dataclass(frozen=True, slots=True)
class LinksView:
    """The contacts of the roll and how many links work now."""

    round: RoundLine
    lines: tuple[LinkLine, ...]
    working: int
    handed_out: bool  # whether staff have had them before: then new ones end the earlier ones


URL_MAX = 76  # longer lines are broken by some mail programs, and the link with them


def links_page(work: Work, round_key: str) -> LinksView:
    """Return the contacts of an open round's roll, with when their valid link was issued.

    Problems: `round.unknown`, `round.not_open`.
    """
    require(work, "links.issue")
    found, sizes = sized(work, round_key)
    _require_open(found)
    working: dict[tuple[int, int | None], Link] = {}
    links, handed_out = rounds_queries.links_and_files(work.session, found.id)
    for each in links:
        if each.expires_at > work.now:
            working[each.subject_id, each.contact_id] = each
    lines = [
        LinkLine(seat, contact, link.created_at if (link := working.get((seat.id, contact.id))) else None)
        for seat, contact in rounds_queries.voters(work.session, found.id)
    ]
    return LinksView(line_of(found, sizes, work.now), tuple(lines), len(working), handed_out)


def issue_links(work: Work, round_key: str, base_url: str, *, revoke: bool = False) -> tuple[IssuedLink, ...]:
    """Create and return a new link for every contact who may vote.

    Where links were handed out before, `revoke` must be set, and all earlier links end. Links made at
    the opening do not count as handed out: mails are written to files in such an installation, and no
    person has them.

    Problems: `round.unknown`, `round.not_open`, `links.present` (handed out before, and `revoke` is not
    set).
    """
    require(work, "links.issue")
    found = hold(work, round_key)
    _require_open(found)
    working, handed_out = rounds_queries.links_and_files(work.session, found.id)
    if handed_out and not revoke:
        raise Problem("links.present", count=len(working))
    if revoke:
        rounds_queries.revoke_links(work.session, found.id, work.now)
    issued = _give_all(work, found, base_url)
    ended = len(working) if revoke else 0
    work.record("links.issued", subject(found), {"count": len(issued), "revoked": ended, "file": True})
    return issued


def further_links(work: Work, round_key: str, base_url: str) -> tuple[IssuedLink, ...]:
    """Create and return a further link for every contact who may vote; those sent by mail go on working.

    Problems: `round.unknown`, `round.not_open`.
    """
    require(work, "links.hand_out")
    found = hold(work, round_key)
    _require_open(found)
    issued = _give_all(work, found, base_url)
    work.record("links.issued", subject(found), {"count": len(issued), "revoked": 0, "shown": True})
    return issued


def _give_all(work: Work, found: Round, base_url: str) -> tuple[IssuedLink, ...]:
    """Create and return a new link for every contact of the roll who may vote."""
    people = rounds_queries.voters(work.session, found.id)
    tokens = give(work, people)
    return tuple(_issued(work, *pair, base_url, token) for pair, token in zip(people, tokens, strict=True))


def issue_link(work: Work, round_key: str, contact_id: int, base_url: str) -> IssuedLink:
    """Create and return a new link for one contact; the contact's earlier links to the round end.

    Problems: `round.unknown`, `round.not_open`, `contact.unknown` (no contact who may vote on this
    roll).
    """
    require(work, "links.issue")
    found = hold(work, round_key)
    _require_open(found)
    people = rounds_queries.voters(work.session, found.id, contact_id)
    if not people:
        raise Problem("contact.unknown")
    rounds_queries.revoke_links(work.session, found.id, work.now, contact_id)
    (token,) = give(work, people)
    work.record("links.reissued", subject(found), {"contact": contact_id})
    return _issued(work, *people[0], base_url, token)


def give(work: Work, people: Sequence[tuple[Seat, Contact]]) -> list[str]:
    """Create a new link for each seat and contact, and return the tokens in the same order.

    Earlier links go on working. A link expires after 90 days.

    Problem: `links.waiting` if a contact may get none, since a change that brought its address waits.
    """
    pairs = {(seat.id, contact.id) for seat, contact in people}
    if pairs - addresses.allowed(work.session, pairs):
        raise Problem("links.waiting")
    return door.give(work, VOTE, [Given(seat.id, contact.id) for seat, contact in people])


def url_length(base_url: str) -> int:
    """Return how many characters a personal link under this base address has."""
    return len(url(base_url, tongues.codes()[0], secrets.token_urlsafe(TOKEN_BYTES)))


def _require_open(found: Round) -> None:
    if found.state != State.OPEN.value:
        raise Problem("round.not_open", key=found.key)


def _issued(work: Work, seat: Seat, contact: Contact, base_url: str, token: str) -> IssuedLink:
    """Return a link in the form in which it is handed out."""
    return IssuedLink(
        organisation=seat.name,
        contact=contact.name,
        email=contact.email,
        language=contact.language,
        url=url(base_url, work.language(contact.language), token),
    )


def url(base_url: str, language: str, token: str, way: str = "v") -> str:
    """Return the address of a personal link in one language, to vote or for another `way`."""
    return f"{base_url.rstrip('/')}/{language}/{way}/{token}"
