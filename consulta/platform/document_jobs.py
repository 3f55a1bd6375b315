"""Documents that the worker makes: a queue in the database, and beside it what was made.

A row of the queue holds what the document is made from only until it is made, and then goes. One that could
not be made stays a while, so that it is not tried again at once. A document is named by the digest of what
it was made from. That gives no access: who may read a document is shown it after its page was made for that
very reader, whose digest names it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, false, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from consulta import __version__
from consulta.platform.models import Document, DocumentJob, MadeDocument, Organiser, Round

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.orm import Session


WAITING = 100  # at most; who comes then is asked to come back
LEASE = timedelta(minutes=5)  # in which one document is made, or its worker has died
TRIES = 2
FAILED = timedelta(minutes=10)  # after which one that failed may be asked for again
OLD = timedelta(days=1)  # after which no reader waits for a document any more
NEW = timedelta(days=1)  # how long after a publication its documents are made without being asked for


@dataclass(frozen=True, slots=True)
class Job:
    """A document, or a picture, to make: its number, where it goes, and what it is made from.

    `ending` is `pdf` or `png`.
    """

    id: int
    digest: str
    shared: bool
    page: str
    style: str
    picture_style: str
    ending: str = "pdf"


def state(session: Session, digest: str) -> str | None:
    """Return whether a document is `waiting` or `failed`; None where it was not asked for."""
    row = session.execute(select(DocumentJob.failed_at).where(DocumentJob.digest == digest)).first()
    if row is None:
        return None
    return "waiting" if row.failed_at is None else "failed"


def is_full(session: Session) -> bool:
    """Return whether as many documents wait as may."""
    query = select(func.count()).select_from(DocumentJob).where(DocumentJob.failed_at.is_(None))
    return (session.scalar(query) or 0) >= WAITING


def ask(session: Session, digest: str, said: tuple[str, ...], at: datetime, *, shared: bool) -> None:
    """Ask for a document to be made of page, style and style of pictures; once for each digest.

    A picture has a fourth part, its ending.
    """
    packed = zlib.compress(json.dumps(said).encode())
    row = _insert(session, DocumentJob).values(digest=digest, shared=shared, said=packed, asked_at=at)
    session.execute(row.on_conflict_do_nothing(index_elements=["digest"]))


def are_drawn(session: Session, now: datetime) -> bool:
    """Return whether no public document or picture waits that was asked for in the last minutes (`LEASE`)."""
    waiting = select(DocumentJob.id).where(
        DocumentJob.shared, DocumentJob.failed_at.is_(None), DocumentJob.asked_at > now - LEASE
    )
    return session.scalar(waiting.limit(1)) is None


def is_due(session: Session, now: datetime) -> bool:
    """Return whether a document waits to be made. It is asked before `claim`, which writes."""
    return session.scalar(select(DocumentJob.id).where(*_due(now)).limit(1)) is not None


def claim(session: Session, now: datetime) -> Job | None:
    """Lend the document that was asked for first to a worker; None where none waits.

    One whose worker died is lent again, `TRIES` times in all.
    """
    query = select(DocumentJob).where(*_due(now)).order_by(DocumentJob.id).limit(1)
    found = session.scalars(query.with_for_update(skip_locked=True)).first()
    if found is None:
        return None
    if found.tries >= TRIES:
        found.failed_at, found.said = now, b""
        return None
    found.tries, found.until = found.tries + 1, now + LEASE
    return Job(found.id, found.digest, found.shared, *json.loads(zlib.decompress(found.said)))


def made(session: Session, number: int) -> None:
    """Let a document that was made go from the queue, with what it was made from."""
    session.execute(delete(DocumentJob).where(DocumentJob.id == number))


def fail(session: Session, number: int, now: datetime) -> None:
    """Say that a document could not be made; what it was to be made from goes."""
    session.execute(
        update(DocumentJob).where(DocumentJob.id == number).values(failed_at=now, said=b"", until=None)
    )


def are_old(session: Session, now: datetime) -> bool:
    """Return whether any row is no longer needed. It is asked before `sweep`, which writes."""
    queries = (select(DocumentJob.id).where(_old(now)), select(MadeDocument.id).where(_is_own_and_old(now)))
    return any(session.scalar(query.limit(1)) is not None for query in queries)


def sweep(session: Session, now: datetime) -> None:
    """Delete rows that are no longer needed: what failed a while ago, what no reader waits for or needs."""
    session.execute(delete(DocumentJob).where(_old(now)))
    session.execute(delete(MadeDocument).where(_is_own_and_old(now)))


def published(session: Session, now: datetime) -> list[tuple[str, str, str]]:
    """Return what was published lately: `result` or `factsheet`, the key of the round, and which time.

    The page of a round that opened lately is passed on too: `round`. A profile of the organiser that was
    changed lately counts for open rounds and the last result, since its name stands on their pictures.
    """
    since = now - NEW
    changed = session.scalar(select(Organiser.changed_at).where(Organiser.changed_at > since))
    last = select(func.max(Round.published_at)).where(Round.state == "published").scalar_subquery()
    opened = select(Round.key, Round.opened_at).where(
        Round.state == "open", true() if changed else Round.opened_at > since
    )
    results = select(Round.key, Round.published_at).where(
        Round.state == "published",
        or_(Round.published_at > since, Round.published_at == last if changed else false()),
    )
    sheets = (
        select(Round.key, Document.created_at)
        .join(Round, Round.id == Document.round_id)
        .where(Document.kind == "factsheet", Document.created_at > since)
    )
    return [
        (kind, key, f"{at} {changed or ''}")
        for kind, query in (("round", opened), ("result", results), ("factsheet", sheets))
        for key, at in session.execute(query)
    ]


def _due(now: datetime) -> tuple[Any, ...]:
    return (
        DocumentJob.failed_at.is_(None),
        or_(DocumentJob.until.is_(None), DocumentJob.until <= now),
    )


def _old(now: datetime) -> Any:
    return or_(DocumentJob.failed_at <= now - FAILED, DocumentJob.asked_at <= now - OLD)


def _is_own_and_old(now: datetime) -> Any:
    return and_(MadeDocument.shared.is_(False), MadeDocument.made_at <= now - OWN)


KEPT = 64
"""Documents that all readers share, and as many pictures: the oldest go first."""
OWN = timedelta(hours=1)
"""How long a document of one person, or of the desk, stays."""


def digest_of(said: Iterable[str]) -> str:
    """Return the digest of what a document is made from, for this version of the program."""
    return hashlib.sha256("\0".join((__version__, *said)).encode()).hexdigest()


def content(session: Session, digest: str, *, shared: bool) -> bytes | None:
    """Return a document that was made; None where there is none, or it is only for another kind of reader."""
    query = select(MadeDocument.content).where(MadeDocument.digest == digest, MadeDocument.shared == shared)
    return session.scalar(query)


def keep(session: Session, digest: str, ending: str, made: bytes, at: datetime, *, shared: bool) -> None:
    """Keep a document that was made, and let the oldest of its kind go."""
    values = {"digest": digest, "ending": ending, "shared": shared, "content": made, "made_at": at}
    session.execute(_insert(session, MadeDocument).values(values).on_conflict_do_nothing())
    alike = (MadeDocument.ending == ending, MadeDocument.shared == shared)
    newest = select(MadeDocument.id).where(*alike).order_by(MadeDocument.id.desc()).limit(KEPT)
    session.execute(delete(MadeDocument).where(*alike, MadeDocument.id.not_in(newest)))


def _insert(session: Session, kind: type[DocumentJob | MadeDocument]) -> Any:
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    return dialect.insert(kind)
