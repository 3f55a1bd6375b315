"""Links made, given out, looked up and ended, and their sessions begun and taken up again.

It decides which link opens anything: one in force, at the address of its purpose, of a reader who may still
come. Unknown, expired and withdrawn links and those of another purpose are not told apart. Only digests of
tokens are kept.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, NamedTuple

from consulta.platform.access import require
from consulta.platform.accounts import service as accounts
from consulta.platform.accounts.service import digest
from consulta.platform.door import purposes, queries
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from consulta.platform.door.purposes import Purpose
    from consulta.platform.models import Link, SeatAddress
    from consulta.platform.work import Work

TOKEN_BYTES = 32
TOKEN_LENGTH = 43  # signs of its address
NO_PART_OF_A_LINK = re.compile(r"[^A-Za-z0-9_-]")  # what mail programs and people put between its signs


class Given(NamedTuple):
    """Whom a link is given, and what it is about: the id of a row, by its purpose."""

    subject_id: int
    contact_id: int | None = None
    seat_address_id: int | None = None


class Opening(NamedTuple):
    """A link that opens something: its row, its purpose, who comes by it, and the values of its page."""

    link: Link
    purpose: Purpose
    actor: Actor
    place: Mapping[str, str]


class Entrance(NamedTuple):
    """A session that was opened by a link: its token, who has it, and the page to go to."""

    token: str
    actor: Actor
    page: str
    place: Mapping[str, str]


def token_in(text: str) -> str:
    """Return the token at the beginning of `text`, without other signs between or after its own."""
    return NO_PART_OF_A_LINK.sub("", text)[:TOKEN_LENGTH]


def give(work: Work, name: str, readers: Sequence[Given], until: datetime | None = None) -> list[str]:
    """Make a link of a purpose for each reader, and return the tokens in the same order.

    They work until `until`, or as long as those of the purpose do. Earlier links go on working. Raise
    ValueError if there is no such purpose.
    """
    purpose = purposes.find(name)
    if purpose is None:
        raise ValueError(f"no purpose of links: {name}")
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in readers]
    same = {"purpose": name, "created_at": work.now, "expires_at": until or work.now + purpose.life}
    rows = [
        {**same, **each._asdict(), "token_sha256": digest(token)}
        for each, token in zip(readers, tokens, strict=True)
    ]
    queries.add(work.session, rows)
    return tokens


def find(work: Work, way: str, token: str, *, hold: bool = False) -> Opening | None:
    """Return what a token opens at the addresses that begin with `way`; None where it opens nothing.

    To know only whether it does, ask in a unit of work that reads: guesses then block no other work.
    """
    require(work, "links.open")
    on_way = purposes.on(way)
    known = [each.name for each in on_way]
    alone = not hold and all(each.reader_of is not None for each in on_way)
    link = (
        queries.link_alone(work.session, known, digest(token))
        if alone
        else queries.link(work.session, known, digest(token), hold=hold)
    )
    return _opening(work, link) if link is not None else None


def purpose_of(work: Work, way: str, token: str) -> Purpose | None:
    """Return the purpose of the link of a token, also where it opens nothing now; None where none has it.

    It is asked in a unit of work that reads, before `enter`: guesses then block no other work.
    """
    require(work, "links.open")
    name = queries.purpose_of(work.session, [each.name for each in purposes.on(way)], digest(token))
    return purposes.find(name) if name is not None else None


def enter(work: Work, way: str, token: str) -> Entrance | None:
    """Open a session by a link, each time anew; None where it opens nothing, or no session."""
    found = find(work, way, token)
    if found is None or not found.purpose.session:
        return None
    found.purpose.entered(work, found.link)
    opened = accounts.start_session(work, link_id=found.link.id)
    return Entrance(opened, found.actor, found.purpose.page, found.place)


def resume(work: Work, role: str, token: str) -> Actor | None:
    """Return who has the session of a token, or None.

    None if the session is unknown, ended or expired, or of another role, or if its link opens nothing now.
    """
    purpose = purposes.of_session(role)
    if purpose is None:
        return None
    signed = queries.session_of(work.session, digest(token), purpose.name_asked)
    if signed is None or signed.purpose != purpose.name or not accounts.is_open(work, signed):
        return None
    if purpose.name_asked is None:
        return reader(work, queries.with_reader(work.session, signed.link_id))
    if signed.link_ended_at is not None or signed.link_expires_at <= work.now:
        return None
    named = purpose.reader_named(signed.subject_id, signed.contact_id, signed.reader_name)
    return _in_role(purpose, named)


def works(work: Work, token: str, *names: str) -> bool:
    """Return whether a token is that of a link of these purposes, in force and of a reader who may come."""
    link = queries.link(work.session, names, digest(token))
    return link is not None and reader(work, link) is not None


def reader(work: Work, link: Link) -> Actor | None:
    """Return who comes by a link: None if it has expired or ended, or its reader may not come any more."""
    purpose = purposes.find(link.purpose)
    if purpose is None or link.revoked_at is not None or link.expires_at <= work.now:
        return None
    if purpose.reader_of is not None:
        return _in_role(purpose, purpose.reader_of(work, link.subject_id, link.contact_id))
    return _in_role(purpose, purpose.reader(work, link))


def _in_role(purpose: Purpose, actor: Actor | None) -> Actor | None:
    if actor is not None and actor.role != purpose.role:
        raise RuntimeError(f"{purpose.name}: a reader in the role of another purpose")
    return actor


def numbered(work: Work, name: str, number: int) -> Link | None:
    """Return the link of a purpose that the log names by a number, or None."""
    return queries.numbered(work.session, name, number)


def held(work: Work, name: str, number: int) -> Link | None:
    """Return the link of a purpose by its number, held, if it still opens something; else None.

    Who looked at it before may find it used up meanwhile: of two who use it at once, one does.
    """
    link = queries.numbered(work.session, name, number, hold=True)
    return link if link is not None and reader(work, link) is not None else None


def addressee(_work: Work, link: Link) -> Actor | None:
    """Return the reader of a notice at an address on file, in whose name an answer is recorded."""
    to = address_of(link)
    return Actor("addressee", to.contact_id, to.name, seat_id=to.seat_id)


def address_of(link: Link) -> SeatAddress:
    """Return the address on file to which a link was given. Raise RuntimeError if it has none."""
    if link.seat_address is None:
        raise RuntimeError("the link of a notice without an address")
    return link.seat_address


def answered(work: Work, link: Link, choice: str) -> None:
    """Write down what was answered by a link, and when."""
    link.used_at, link.choice = work.now, choice


def _opening(work: Work, link: Link) -> Opening | None:
    purpose = purposes.find(link.purpose)
    actor = reader(work, link)
    place = purpose.place(work, link) if purpose is not None and actor is not None else None
    if purpose is None or actor is None or place is None:
        return None
    return Opening(link, purpose, actor, place)
