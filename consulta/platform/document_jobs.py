"""Documents that the worker makes: a queue in the database, and the files in the data folder.

A row holds what the document is made from only until it is made, and then goes. One that could not be made
stays a while, so that it is not tried again at once. A file is named by the digest of what it was made from.
It gives no access: who may read a document is shown it after its page was made for that very reader, whose
digest names the file.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, false, func, or_, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from consulta import __version__
from consulta.platform.models import Document, DocumentJob, Organiser, Round

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session


WAITING = 100  # at most; who comes then is asked to come back
LEASE = timedelta(minutes=5)  # in which one document is made, or its worker has died
TRIES = 2
FAILED = timedelta(minutes=10)  # after which one that failed may be asked for again
AGAIN = timedelta(minutes=1)  # after which one that could not be kept on disk is made again
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
    """Return whether a document is `waiting`, `unkept` or `failed`; None where it was not asked for.

    One that is `unkept` was made, and the disk did not take it.
    """
    query = select(DocumentJob.failed_at, DocumentJob.tries, DocumentJob.until)
    row = session.execute(query.where(DocumentJob.digest == digest)).first()
    if row is None:
        return None
    if row.failed_at is not None:
        return "failed"
    return "unkept" if row.until is not None and row.tries == 0 else "waiting"


def is_full(session: Session) -> bool:
    """Return whether as many documents wait as may."""
    query = select(func.count()).select_from(DocumentJob).where(DocumentJob.failed_at.is_(None))
    return (session.scalar(query) or 0) >= WAITING


def ask(session: Session, digest: str, said: tuple[str, ...], at: datetime, *, shared: bool) -> None:
    """Ask for a document to be made of page, style and style of pictures; once for each digest.

    A picture has a fourth part, its ending.
    """
    dialect: Any = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    packed = zlib.compress(json.dumps(said).encode())
    row = dialect.insert(DocumentJob).values(digest=digest, shared=shared, said=packed, asked_at=at)
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


def put_back(session: Session, number: int, now: datetime) -> None:
    """Let a document that the disk did not take be made again in a while; the try does not count."""
    session.execute(update(DocumentJob).where(DocumentJob.id == number).values(tries=0, until=now + AGAIN))


def fail(session: Session, number: int, now: datetime) -> None:
    """Say that a document could not be made; what it was to be made from goes."""
    session.execute(
        update(DocumentJob).where(DocumentJob.id == number).values(failed_at=now, said=b"", until=None)
    )


def are_old(session: Session, now: datetime) -> bool:
    """Return whether any row is no longer needed. It is asked before `sweep`, which writes."""
    return session.scalar(select(DocumentJob.id).where(_old(now)).limit(1)) is not None


def sweep(session: Session, now: datetime) -> None:
    """Delete rows that are no longer needed: those that failed a while ago, those no reader waits for."""
    session.execute(delete(DocumentJob).where(_old(now)))


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


KEPT = 64
"""Documents that all readers share, and as many pictures: the oldest go first."""
OWN_SECONDS = 3600.0
"""How long a document of one person, or of the desk, stays."""


def digest_of(said: Iterable[str]) -> str:
    """Return the digest of what a document is made from, for this version of the program."""
    return hashlib.sha256("\0".join((__version__, *said)).encode()).hexdigest()


def path_of(data: Path, digest: str, ending: str, *, shared: bool) -> Path:
    """Return where a document is kept; those of one person lie apart from those that all readers share."""
    folder = data / "documents"
    return (folder if shared else folder / "own") / f"{digest}.{ending}"


def keep(path: Path, content: bytes) -> None:
    """Put a document into the data folder whole or not at all, and let the oldest go."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = path.with_suffix(f".{secrets.token_hex(4)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(content)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # another process let one go meanwhile, and looks at the others too
        found = sorted(path.parent.glob(f"*{path.suffix}"), key=lambda each: each.stat().st_mtime)
        for each in found[:-KEPT]:
            each.unlink(missing_ok=True)


def sweep_files(data: Path, now: float) -> int:
    """Delete documents of one person or of the desk that are no longer needed; return how many went."""
    gone = 0
    for each in (data / "documents" / "own").glob("*"):
        with suppress(OSError):
            if now - each.stat().st_mtime > OWN_SECONDS:
                each.unlink()
                gone += 1
    return gone
