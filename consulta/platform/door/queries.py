"""Links and the sessions that they open, as rows."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import joinedload

from consulta.platform.log import seals
from consulta.platform.models import VOTE, Contact, Link, SignedIn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, ScalarSelect, Select
    from sqlalchemy.orm import Session

# An address on file is read when it is asked for: few links have one.
_READER = joinedload(Link.contact).joinedload(Contact.organisation)

# Statements of every vote are made once: making and naming one costs more than running it.
_OF_TOKEN = (Link.token_sha256 == bindparam("token"), Link.purpose.in_(bindparam("purposes", expanding=True)))
_LINK = select(Link).where(*_OF_TOKEN).options(_READER)
_HELD = _LINK.with_for_update(of=Link)
_ALONE = select(Link).where(Link.token_sha256 == bindparam("token"))
_PURPOSE = select(Link.purpose).where(Link.token_sha256 == bindparam("token"))


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


def link(
    session: Session, purposes: Collection[str], token_sha256: str, *, hold: bool = False
) -> Link | None:
    """Return the link of one of these purposes with a digest, with its reader, or None."""
    told = {"token": token_sha256, "purposes": list(purposes)}
    return session.scalars(_HELD if hold else _LINK, told).first()


def link_alone(session: Session, purposes: Collection[str], token_sha256: str) -> Link | None:
    """Return the link of one of these purposes with a digest, to be read and without its reader, or None."""
    found = session.scalars(_ALONE, {"token": token_sha256}).first()
    return found if found is not None and found.purpose in purposes else None


def purpose_of(session: Session, purposes: Collection[str], token_sha256: str) -> str | None:
    """Return which of these purposes the link with a digest has, or None; nothing else of it is read."""
    found = session.scalar(_PURPOSE, {"token": token_sha256})
    return found if found in purposes else None


def numbered(session: Session, purpose: str, number: int, *, hold: bool = False) -> Link | None:
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
