"""The log: one row an act, each holding the digest of the row before it.

What a digest covers is decided in `core.record`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from sqlalchemy import func, or_, select, text, true

from consulta.core.trust import record
from consulta.platform.listing import page_of
from consulta.platform.models import LogEntry

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import ColumnElement, Engine
    from sqlalchemy.orm import Session

    from consulta.platform.listing import Found, Wanted

START = record.START
_LOCK = 0x636F6E73  # any fixed number: writers of the log wait for one another on it
_NONCE_BYTES = 16
_HELD = "consulta.log.held"  # whether this transaction holds the log
_LAST = "consulta.log"  # the last row, for as long as the transaction holds the log
_END = select(LogEntry.seq, LogEntry.digest).order_by(LogEntry.seq.desc()).limit(1)
_WRITTEN = ("seq", "at", "actor", "nonce", "action", "subject", "details", "outside")
AT_ONCE = 10_000
_LOCKING = select(func.pg_advisory_xact_lock(_LOCK), func.set_config("synchronous_commit", "off", true()))
_ON_DISK_FIRST = text("SET LOCAL synchronous_commit TO DEFAULT")
_WRITE_TO_DISK = select(func.pg_logical_emit_message(true(), "consulta", ""))


class Stored(NamedTuple):
    """A row of the log, as `LogEntry` has it."""

    seq: int
    at: str
    actor: str
    action: str
    subject: str
    details: str
    previous: str
    digest: str
    nonce: str
    outside: str


def size(session: Session) -> int:
    """Return how many rows the log has."""
    end = session.execute(_END).first()
    return end.seq if end else 0


def rows(session: Session, size: int, after: int = 0) -> Iterator[Stored]:
    """Yield the first `size` rows of the log, those `after` so many."""
    columns: list[Any] = [getattr(LogEntry, name) for name in Stored._fields]
    query = select(*columns).where(LogEntry.seq > after, LogEntry.seq <= size).order_by(LogEntry.seq)
    for row in session.execute(query.execution_options(yield_per=AT_ONCE)):
        yield Stored(*row)


def row_of(row: LogEntry | Stored) -> record.Row:
    """Return a stored row as the value whose digest is taken."""
    return record.Row(
        row.seq, row.at, row.actor, row.nonce, row.action, row.subject, row.details, row.outside
    )


def _digest(row: LogEntry) -> str:
    return record.row_digest(row_of(row), row.previous)


def hold(session: Session) -> None:
    """Prevent all others from writing a row until this transaction ends.

    SQLite has only one writer anyway. What was changed before is written first, with its own locks: so no two
    writers can wait for each other. On PostgreSQL the commit does not wait for the disk, so the next writer
    can start at once. Call `write_to_disk` after the commit: one write to the disk then serves many writers.
    """
    if not is_held(session):
        session.flush()
        if _on_postgresql(session):
            session.execute(_LOCKING)
        keep(session, _HELD, value=True)


def is_held(session: Session) -> bool:
    """Return whether this transaction prevents all others from writing a row."""
    return kept(session, _HELD) is not None


def show_when_on_disk(session: Session) -> None:
    """Let the commit of this transaction wait for the disk: nobody can read its changes earlier."""
    if _on_postgresql(session):
        session.execute(_ON_DISK_FIRST)


def write_to_disk(engine: Engine) -> None:
    """Wait until all earlier commits are on the disk, and on the standby if the database waits for one.

    On PostgreSQL this commits an empty message, because a commit that waits also writes all earlier ones.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            connection.execute(_WRITE_TO_DISK)


def _on_postgresql(session: Session) -> bool:
    return session.get_bind().dialect.name == "postgresql"


def append(
    session: Session,
    at: datetime,
    actor: str,
    action: str,
    subject: str,
    details: Mapping[str, object],
    outside: Mapping[str, object] | None = None,
) -> None:
    """Write the next row; the row commits together with what it tells of.

    `outside` is what of it can be shown alone, in an archive that shows nothing else of the row.
    """
    session.flush()  # what it tells of takes its locks first: no two writers can wait for each other
    end = kept(session, _LAST)
    if end is None:
        hold(session)
        end = session.execute(_END).first()
    seq, previous = (end[0] + 1, end[1]) if end else (1, START)
    row = record.Row(
        seq,
        at.isoformat(timespec="microseconds"),
        actor,
        secrets.token_hex(_NONCE_BYTES),
        action,
        subject,
        record.canonical(dict(details)).decode(),
        record.canonical(dict(outside)).decode() if outside else "",
    )
    digest = record.row_digest(row, previous)
    written = {name: getattr(row, name) for name in _WRITTEN}
    session.add(LogEntry(**written, previous=previous, digest=digest))
    keep(session, _LAST, (seq, digest))  # no other writer adds a row before this transaction ends


def keep(session: Session, name: str, value: object) -> None:
    """Keep what is known by `name` until the transaction ends; it is for what no other writer can change."""
    transaction = session.get_transaction()
    if transaction is not None:
        session.info[name] = (ref(transaction), value)


def kept(session: Session, name: str) -> Any:
    """Return what this transaction keeps by `name`, or None."""
    transaction, value = session.info.get(name, (None, None))
    return value if transaction is not None and transaction() is session.get_transaction() else None


def entries(session: Session, subject: str | None = None, limit: int = 500) -> list[LogEntry]:
    """Return the newest rows first, only those of one subject where `subject` is given."""
    query = select(LogEntry).order_by(LogEntry.seq.desc()).limit(limit)
    if subject is not None:
        query = query.where(LogEntry.subject == subject)
    return list(session.scalars(query))


@dataclass(frozen=True, slots=True)
class About:
    """Whom rows are about: who acted, or the seat (by key) or the contact (by id) that their details name."""

    actors: tuple[str, ...] = ()
    seats: tuple[str, ...] = ()
    contacts: tuple[int, ...] = ()

    def condition(self) -> ColumnElement[bool]:
        """Return the condition that a row is about one of them."""
        named = [f'"seat":"{key}"' for key in self.seats]
        named += [f'"contact":{number}{after}' for number in self.contacts for after in ",}"]
        return or_(LogEntry.actor.in_(self.actors), *(LogEntry.details.contains(each) for each in named))


def wanted_entries(
    session: Session,
    subject: str,
    wanted: Wanted,
    about: About | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Found:
    """Return the rows of one subject that `wanted` names, the newest first.

    They are chosen by `action` and by `who`: an actor, or a role with all its actors; by whom they are
    `about`; and by their moment, from `since` on and before `until`.
    """
    where = [LogEntry.action == wanted.choice("action")] if wanted.choice("action") else []
    if who := wanted.choice("who"):
        where.append(or_(LogEntry.actor == who, LogEntry.actor.startswith(f"{who}:")))
    if about is not None:
        where.append(about.condition())
    if since is not None:
        where.append(LogEntry.at >= since.isoformat(timespec="microseconds"))
    if until is not None:
        where.append(LogEntry.at < until.isoformat(timespec="microseconds"))
    query = select(LogEntry).where(LogEntry.subject == subject)
    sorts = {"at": (LogEntry.seq,)}
    return page_of(session, query, wanted, where, sorts, (LogEntry.seq.desc(),), lambda entry: entry)


def actions(session: Session, subject: str) -> list[str]:
    """Return the actions that there are on one subject, each once."""
    return list(session.scalars(select(LogEntry.action).where(LogEntry.subject == subject).distinct()))


def actors(session: Session, subject: str, roles: Iterable[str]) -> list[str]:
    """Return the actors of these roles who acted on one subject, each once."""
    named = or_(*(LogEntry.actor.startswith(f"{role}:") for role in roles))
    return list(session.scalars(select(LogEntry.actor).where(LogEntry.subject == subject, named).distinct()))


def acts(session: Session, subject: str, action: str) -> list[LogEntry]:
    """Return the rows of one action on one subject, oldest first."""
    query = select(LogEntry).where(LogEntry.subject == subject, LogEntry.action == action)
    return list(session.scalars(query.order_by(LogEntry.seq)))


def breaks(session: Session) -> Iterator[int]:
    """Yield the numbers of the rows whose digest, or whose link to the row before, is wrong."""
    previous, expected = START, 1
    for row in session.scalars(select(LogEntry).order_by(LogEntry.seq)).yield_per(1000):
        if row.seq != expected or row.previous != previous or row.digest != _digest(row):
            yield row.seq
        previous, expected = row.digest, row.seq + 1
