"""Links and the sessions that they open, as rows."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import joinedload

from consulta.platform import accounts, declared, parts
from consulta.platform.access import require
from consulta.platform.accounts import digest
from consulta.platform.log import seals
from consulta.platform.models import VOTE, Contact, Link, SignedIn
from consulta.platform.work import Actor

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

    from consulta.platform.models import Base, SeatAddress
    from consulta.platform.work import Role, Work


# An address on file is read when it is asked for: few links have one.
_READER = joinedload(Link.contact).joinedload(Contact.organisation)

# Statements of every vote are made once: making and naming one costs more than running it.
_OF_TOKEN = (Link.token_sha256 == bindparam("token"), Link.purpose.in_(bindparam("purposes", expanding=True)))
_LINK = select(Link).where(*_OF_TOKEN).options(_READER)
_HELD = _LINK.with_for_update(of=Link)


@cache
def _session(name_asked: ScalarSelect[str] | None) -> Select[*tuple[Any, ...]]:
    query = select(
        SignedIn.id,
        *(SignedIn.token_sha256, SignedIn.staff_id, SignedIn.link_id, SignedIn.created_at),
        *(SignedIn.confirmed_at, SignedIn.expires_at, SignedIn.ended_at, SignedIn.factor, SignedIn.signature),
        Link.purpose,
        *(Link.subject_id, Link.contact_id, Link.revoked_at.label("link_ended_at")),
        Link.expires_at.label("link_expires_at"),
        *(() if name_asked is None else (name_asked.label("reader_name"),)),
    )
    of_token = SignedIn.token_sha256 == bindparam("token")
    return query.join(Link, Link.id == SignedIn.link_id).where(of_token)


def link_row(
    session: Session, purposes: Collection[str], token_sha256: str, *, hold: bool = False
) -> Link | None:
    """Return the link of one of these purposes with a digest, with its reader, or None."""
    told = {"token": token_sha256, "purposes": list(purposes)}
    return session.scalars(_HELD if hold else _LINK, told).first()


def numbered_link(session: Session, purpose: str, number: int, *, hold: bool = False) -> Link | None:
    """Return the link of a purpose that the log names by a number, with its reader, or None.

    With `hold` it is read anew, and others who would use it up wait.
    """
    query = select(Link).where(Link.purpose == purpose, Link.id == number).options(_READER)
    if hold:
        query = query.with_for_update(of=Link).execution_options(populate_existing=True)
    return session.scalars(query).first()


def session_of(session: Session, token_sha256: str, name_asked: ScalarSelect[str] | None = None) -> Any:
    """Return the session by a link with a digest, with what the link says, or None.

    Its columns are those of the session, and of the link `purpose`, `subject_id`, `contact_id`,
    `link_ended_at` and `link_expires_at`; and `reader_name`, where `name_asked` asks for it.
    """
    return session.execute(_session(name_asked), {"token": token_sha256}).first()


def with_reader(session: Session, link_id: int) -> Link:
    """Return a link, with its reader."""
    return session.get_one(Link, link_id, options=[_READER])


def add(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Write new links, made with the same columns, in one statement."""
    if rows:
        made = session.execute(insert(Link).returning(*_sealed()), rows)
        seals.touch(session, seals.OF_LINKS, made.mappings())


def end(session: Session, at: datetime, *which: ColumnElement[bool]) -> int:
    """End the links that are chosen; return how many of those to vote."""
    query = update(Link).where(Link.revoked_at.is_(None), *which).values(revoked_at=at)
    rows = session.execute(query.returning(*_sealed())).mappings().all()
    seals.touch(session, seals.OF_LINKS, rows)
    return sum(row["purpose"] == VOTE for row in rows)


def _sealed() -> list[ColumnElement[Any]]:
    """Return the columns by which links are sealed."""
    return [Link.id, *(getattr(Link, each) for each in seals.LINK)]


LIFE = timedelta(days=90)


def _nowhere(_work: Work, _link: Link) -> Mapping[str, str]:
    return {}


def _no_reader(_work: Work, _link: Link) -> None:
    return


def _no_one_named(_subject_id: int, _contact_id: int | None, _name: str | None) -> None:
    return


def _nothing(_work: Work, _link: Link) -> None:
    return


@dataclass(frozen=True, slots=True)
class Purpose:
    """All that the program knows of what a link is for.

    `name` is kept with each link and never changes. `way` is the first part of the link's address; a link
    opens nothing at another. `subject` is the class of the row of which `Link.subject_id` is the id.
    `texts` is the template with the words of the page before the button, and of the page for a link that
    opens nothing.

    `page` is the endpoint to which the button leads, with a session, whose values are `place`. Without one
    (`session` is false) the secret stays in the address, and `page` is the module of a question, with
    `TEMPLATE`, `CHOICES`, `view` and `answer` (`rounds/links/pages/door.py`); if there, `WORDS` are for its
    template, and `sent` returns from the request what `answer` gets in place of the note.
    """

    name: str
    way: str
    subject: type[Base]
    role: Role  # of its reader; a session that opens it is kept under this name in the cookie
    page: str
    texts: str
    reader: Callable[[Work, Link], Actor | None] = _no_reader
    """Return who comes by a link in force, with `role`; None where its reader may not come any more."""
    reader_of: Callable[[Work, int, int | None], Actor | None] | None = None
    """The same by the ids of subject and contact alone, in place of `reader`: for pages of every vote."""
    name_asked: Any = None
    """Subquery for the name of who comes by a row of `Link`; used with `reader_named`, not `reader_of`."""
    reader_named: Callable[[int, int | None, str | None], Actor | None] = _no_one_named
    """Return what `reader_of` does, by the ids of subject and contact and the name that was asked."""
    session: bool = True
    part: str = ""  # of the program; where it is not used, its links open nothing
    life: timedelta = LIFE  # of a link that is given no other end
    place: Callable[[Work, Link], Mapping[str, str] | None] = _nowhere
    """Return the values of the page's address; None where there is no such page."""
    entered: Callable[[Work, Link], None] = _nothing
    """Write down that the button was pressed, where that is to be known."""


@cache
def _entries() -> dict[str, Purpose]:
    """Return all entries by name, read on first use, since the modules of entries import this one."""
    found: dict[str, Purpose] = {}
    for purpose in declared.entries("PURPOSES", Purpose):
        _add(found, purpose)
    return found


def _add(found: dict[str, Purpose], purpose: Purpose) -> None:
    """Add an entry. A role that a session gives belongs to one purpose: else one would act as another."""
    rivals = [each for each in found.values() if each.role == purpose.role]
    if purpose.name in found or any(each.session or purpose.session for each in rivals):
        raise ValueError(f"{purpose.name}: registered twice, or with the role of another purpose")
    parts.require_known(purpose.part)
    if not re.fullmatch("[a-z]", purpose.way):
        raise ValueError(f"{purpose.name}: logs leave out what follows a single letter, not {purpose.way!r}")
    found[purpose.name] = purpose


def find(name: str) -> Purpose | None:
    """Return a purpose by its name; None for one that this version of the program does not know."""
    return _entries().get(name)


def known() -> Collection[Purpose]:
    """Return all purposes."""
    return _entries().values()


def on(way: str) -> Collection[Purpose]:
    """Return the purposes whose links have addresses that begin with `way`."""
    return [each for each in known() if each.way == way]


def of_session(role: str) -> Purpose | None:
    """Return the purpose whose links open sessions of a role, or None."""
    return next((each for each in known() if each.session and each.role == role), None)


def ways() -> tuple[str, ...]:
    """Return the letters with which addresses of links begin."""
    return tuple({each.way: None for each in _entries().values()})


def roles() -> tuple[Role, ...]:
    """Return the roles for which there are sessions, in the order in which they are looked for."""
    return tuple(each.role for each in _entries().values() if each.session)


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
    purpose = find(name)
    if purpose is None:
        raise ValueError(f"no purpose of links: {name}")
    tokens = [secrets.token_urlsafe(TOKEN_BYTES) for _ in readers]
    same = {"purpose": name, "created_at": work.now, "expires_at": until or work.now + purpose.life}
    rows = [
        {**same, **each._asdict(), "token_sha256": digest(token)}
        for each, token in zip(readers, tokens, strict=True)
    ]
    add(work.session, rows)
    return tokens


def find_visitor(work: Work, way: str, token: str, *, hold: bool = False) -> Opening | None:
    """Return what a token opens at the addresses that begin with `way`; None where it opens nothing.

    To know only whether it does, ask in a unit of work that reads: guesses then block no other work.
    """
    require(work, "links.open")
    link = link_row(work.session, [each.name for each in on(way)], digest(token), hold=hold)
    return _opening(work, link) if link is not None else None


def purpose_of(work: Work, way: str, token: str) -> Purpose | None:
    """Return the purpose of the link of a token, also where it opens nothing now; None where none has it.

    It is asked in a unit of work that reads, before `enter`: guesses then block no other work.
    """
    require(work, "links.open")
    link = link_row(work.session, [each.name for each in on(way)], digest(token))
    return find(link.purpose) if link is not None else None


def enter(work: Work, way: str, token: str) -> Entrance | None:
    """Open a session by a link, each time anew; None where it opens nothing, or no session."""
    found = find_visitor(work, way, token)
    if found is None or not found.purpose.session:
        return None
    found.purpose.entered(work, found.link)
    opened = accounts.start_session(work, link_id=found.link.id)
    return Entrance(opened, found.actor, found.purpose.page, found.place)


def resume(work: Work, role: str, token: str) -> Actor | None:
    """Return who has the session of a token, or None.

    None if the session is unknown, ended or expired, or of another role, or if its link opens nothing now.
    """
    purpose = of_session(role)
    if purpose is None:
        return None
    signed = session_of(work.session, digest(token), purpose.name_asked)
    if signed is None or signed.purpose != purpose.name or not accounts.is_open(work, signed):
        return None
    if purpose.name_asked is None:
        return reader(work, with_reader(work.session, signed.link_id))
    if signed.link_ended_at is not None or signed.link_expires_at <= work.now:
        return None
    named = purpose.reader_named(signed.subject_id, signed.contact_id, signed.reader_name)
    return _in_role(purpose, named)


def works(work: Work, token: str, *names: str) -> bool:
    """Return whether a token is that of a link of these purposes, in force and of a reader who may come."""
    link = link_row(work.session, names, digest(token))
    return link is not None and reader(work, link) is not None


def reader(work: Work, link: Link) -> Actor | None:
    """Return who comes by a link: None if it has expired or ended, or its reader may not come any more."""
    purpose = find(link.purpose)
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
    return numbered_link(work.session, name, number)


def held(work: Work, name: str, number: int) -> Link | None:
    """Return the link of a purpose by its number, held, if it still opens something; else None.

    Who looked at it before may find it used up meanwhile: of two who use it at once, one does.
    """
    link = numbered_link(work.session, name, number, hold=True)
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
    purpose = find(link.purpose)
    actor = reader(work, link)
    place = purpose.place(work, link) if purpose is not None and actor is not None else None
    if purpose is None or actor is None or place is None:
        return None
    return Opening(link, purpose, actor, place)
