"""Links and the sessions that they open, as rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.orm import joinedload

from consulta.infra.columns import one
from consulta.infra.log import seals
from consulta.infra.models import VOTE, Contact, Link, SignedIn

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

# An address on file is read when it is asked for: few links have one.
_READER = joinedload(Link.contact).joinedload(Contact.organisation)

# Statements of every vote are made once: making and naming one costs more than running it.
_OF_TOKEN = (Link.token_sha256 == bindparam("token"), Link.purpose.in_(bindparam("purposes", expanding=True)))
_LINK = select(Link).where(*_OF_TOKEN).options(_READER)
_HELD = _LINK.with_for_update(of=Link)
_PURPOSE = select(Link.purpose).where(*_OF_TOKEN)
_SESSION = (
    select(SignedIn)
    .where(SignedIn.token_sha256 == bindparam("token"), SignedIn.link_id.is_not(None))
    .options(
        joinedload(SignedIn.link)
        .joinedload(Link.contact)
        .load_only(Contact.name, Contact.email, Contact.language, Contact.active, Contact.may_vote),
    )
)


def link(
    session: Session, purposes: Collection[str], token_sha256: str, *, hold: bool = False
) -> Link | None:
    """Return the link of one of these purposes with a digest, with its reader, or None."""
    told = {"token": token_sha256, "purposes": list(purposes)}
    return session.scalars(_HELD if hold else _LINK, told).first()


def purpose_of(session: Session, purposes: Collection[str], token_sha256: str) -> str | None:
    """Return which of these purposes the link with a digest has, or None; nothing else of it is read."""
    found: str | None = one(session, _PURPOSE, {"token": token_sha256, "purposes": list(purposes)})
    return found


def numbered(session: Session, purpose: str, number: int) -> Link | None:
    """Return the link of a purpose that the log names by a number, with its reader, or None."""
    query = select(Link).where(Link.purpose == purpose, Link.number == number).options(_READER)
    return session.scalars(query).first()


def session_of(session: Session, token_sha256: str) -> SignedIn | None:
    """Return the session with a digest, with the link that opened it and its reader, or None."""
    return session.scalars(_SESSION, {"token": token_sha256}).first()


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
    return [Link.number.label("number"), *(getattr(Link, each) for each in seals.LINK)]
