"""The one way to a transaction: it commits on leaving and rolls back on any exception.

A view or a command opens a `Work`; services receive it first and never commit. Reading and writing are two
doors, so that a page that is only looked at cannot change a row.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Literal

from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlalchemy.orm import Session

from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform import security
from consulta.platform.data import tongues
from consulta.platform.log import chain, heads, seals

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from sqlalchemy import Connection, Engine
    from sqlalchemy.orm import ORMExecuteState

    from consulta.core.texts import Text
    from consulta.platform.keyring import Keyring

Role = Literal[
    "anonymous",
    "guest",
    "proposer",
    "applicant",
    "member",
    "observer",
    "respondent",
    "participant",
    "addressee",
    "voter",
    "newcomer",
    "vote_reader",
    "scrutineer",
    "reader",
    "mail",
    "secretariat",
    "admin",
    "command",
    "worker",
]

DESK: frozenset[Role] = frozenset({"reader", "mail", "secretariat", "admin"})
"""The roles with an account at the desk."""

# Locked, full, read-only, out of connections or gone: the next request may find it well again.
UNAVAILABLE = (OperationalError, InternalError, InterfaceError, NoConnectionError)

_ASKED_BY = "asked_by"  # under which a session keeps whose request is confirmed in it
WRITERS_WAIT = 0.5  # seconds that a unit waits where as many as may wait already do

# What the database refused, by the constraint's name (PostgreSQL) or its columns (SQLite says only those).
REFUSALS = {
    "consulta_moved": "store.unavailable",
    "uq_organisations_name_key_country": "member.duplicate",
    "organisations.name_key, organisations.country": "member.duplicate",
    "uq_contacts_organisation_id_email": "contact.duplicate",
    "contacts.organisation_id, contacts.email": "contact.duplicate",
    "uq_rounds_key": "round.duplicate",
    "rounds.key": "round.duplicate",
    "uq_themes_round_id_key": "theme.duplicate",
    "themes.round_id, themes.key": "theme.duplicate",
    "uq_nominees_round_id_key": "nominee.duplicate",
    "nominees.round_id, nominees.key": "nominee.duplicate",
    "uq_reports_recommendation_id_side_addressee_voice_version": "report.stale",
    "reports.recommendation_id, reports.side, reports.addressee, reports.voice, reports.version": (
        "report.stale"
    ),
    "uq_institutions_kind_country_name_key": "institution.duplicate",
    "institutions.kind, institutions.country, institutions.name_key": "institution.duplicate",
    "uq_staff_email": "staff.duplicate",
    "staff.email": "staff.duplicate",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """The actor of a unit of work: staff, contact, guest, scrutineer, command, worker or unknown."""

    role: Role
    id: int | None = None
    name: str = ""
    seat_id: int | None = None
    confirmed_at: datetime | None = None

    @property
    def staff_id(self) -> int | None:
        """Return the account in whose name this is done; None for any actor without one of the desk."""
        return self.id if self.role in DESK else None

    def __str__(self) -> str:
        """Return the actor in the form of the log: role and id, never a name."""
        return self.role if self.id is None else f"{self.role}:{self.id}"


ANONYMOUS = Actor("anonymous")
COMMAND = Actor("command")
WORKER = Actor("worker")  # what happens without a click


@dataclass(frozen=True, slots=True)
class Work:
    """One unit of work: the session of its transaction, who acts, and when."""

    session: Session
    actor: Actor
    now: datetime
    languages: tuple[str, ...] = field(
        default_factory=tongues.codes
    )  # of the installation, the first one first
    practice: bool = False  # whether all of this is for practice, and its mails say so
    keyring: Keyring | None = field(default=None, repr=False)  # of the installation; None in tests of parts

    @property
    def asked_by(self) -> int | None:
        """Return the number of the account whose request the actor confirms in this unit of work, or None."""
        found: int | None = self.session.info.get(_ASKED_BY)
        return found

    def confirms(self, asker: int) -> None:
        """Note that the actor confirms here what another account asked for (`accounts.staff.confirm`)."""
        self.session.info[_ASKED_BY] = asker

    @property
    def keys(self) -> Keyring:
        """Return the keys that are derived from the secret. Raise RuntimeError where the bench has none."""
        if self.keyring is None:
            raise RuntimeError("this bench was made without the secret of the installation")
        return self.keyring

    def language(self, wanted: str) -> str:
        """Return `wanted` where the installation offers that language, else its first one."""
        return tongues.first_of(wanted, self.languages)

    def best(self, text: Text, language: str) -> str:
        """Return the words of a text in a language, or in the first of the installation that it has."""
        return text.best(language, *self.languages)

    def record(
        self,
        action: str,
        subject: str,
        details: Mapping[str, object] | None = None,
        outside: Mapping[str, object] | None = None,
    ) -> None:
        """Add a row to the log, in this same transaction; before the first of a day its head is taken.

        `outside` is what of the row can be shown without the rest of it. Its number
        and its digest are made here, so the log is held until this unit ends.
        """
        heads.begin_day(self.session, self.now)
        seals.write(self.session, self.now)
        chain.append(self.session, self.now, str(self.actor), action, subject, details or {}, outside)
        security.note(self.session, str(self.actor), action, subject)

    def seal(self) -> None:
        """Let the log tell of what was changed so far of sealed rows."""
        _seal_the_rest(self.session, self.now)


class Bench:
    """Where work is done: it owns the engine and hands out units of work."""

    keyring: Keyring | None = None  # what is encrypted and signed needs one: without it there are no sessions
    speaks_as_set = False  # whether the languages were set at the desk (`platform/desk_settings.py`)

    def __init__(
        self,
        engine: Engine,
        languages: tuple[str, ...] | None = None,
        *,
        practice: bool = False,
        keyring: Keyring | None = None,
    ) -> None:
        self.engine = engine
        self.languages = languages or tongues.codes()  # those in which people are written to
        self.practice = practice
        if keyring is not None:
            self.keyring = keyring
        self._writing = engine.execution_options(**{db.WRITES: True})
        self._autocommitted = (
            engine.execution_options(isolation_level="AUTOCOMMIT")
            if engine.dialect.name == "postgresql"
            else engine
        )
        self._writers: BoundedSemaphore | None = None

    def limit_writers(self, most: int) -> None:
        """Let no more units wait to write at once: a locked database leaves threads for readers."""
        self._writers = BoundedSemaphore(most)

    def wipe(self) -> None:
        """Let nothing stay of links that were blanked: asked for when mail has gone."""
        db.wipe(self.engine)

    @contextmanager
    def work(self, actor: Actor, now: datetime) -> Iterator[Work]:
        """Yield a unit of work that may write: committed at the end, rolled back on an exception.

        Problems: those of `REFUSALS`, `store.unavailable`.
        """
        with self._room_to_write(), _Writing(self._writing, expire_on_commit=False) as session:
            seals.watch(session)
            try:
                with session.begin():
                    yield Work(session, actor, now, self.languages, self.practice, self.keyring)
                    _seal_the_rest(session, now)
                    held = chain.is_held(session)
                if held:
                    chain.write_to_disk(self._autocommitted)
                security.told(session)
            except IntegrityError as error:
                raise _refusal(error) from error
            except UNAVAILABLE as error:
                raise Problem("store.unavailable") from error

    @contextmanager
    def within(self, connection: Connection, actor: Actor, now: datetime) -> Iterator[Work]:
        """Yield a unit of work inside a transaction that has begun: both are kept, or neither is."""
        with _Writing(connection, expire_on_commit=False, join_transaction_mode="rollback_only") as session:
            seals.watch(session)
            yield Work(session, actor, now, self.languages, self.practice, self.keyring)
            _seal_the_rest(session, now)
            chain.show_when_on_disk(session)
            session.commit()

    @contextmanager
    def _room_to_write(self) -> Iterator[None]:
        if self._writers is None:
            yield
            return
        if not self._writers.acquire(timeout=WRITERS_WAIT):
            raise Problem("store.unavailable")
        try:
            yield
        finally:
            self._writers.release()

    @contextmanager
    def read(self, actor: Actor, now: datetime, *, streamed: bool = True) -> Iterator[Work]:
        """Yield a unit of work that only reads: a change inside it is a programming error.

        Each statement sees the database as it is when it runs. Where nothing is `streamed` (`yield_per`),
        PostgreSQL is not told where the unit begins and ends, which saves two round trips.
        Raise RuntimeError at such a change, and Problem `store.unavailable` if the database fails.
        """
        with _Reading(self.engine if streamed else self._autocommitted) as session:
            try:
                try:
                    yield Work(session, actor, now, self.languages, self.practice, self.keyring)
                finally:
                    session.expunge_all()  # rows stay as they were read: what was not loaded raises
                # Nothing was changed. After a rollback the driver of PostgreSQL would have each statement
                # planned anew: it forgets what it prepared.
                session.commit()
            except UNAVAILABLE as error:
                raise Problem("store.unavailable") from error
            except self.engine.dialect.loaded_dbapi.Error as error:  # of a connection that is taken up
                self.engine.dispose(close=False)
                raise Problem("store.unavailable") from error


def _seal_the_rest(session: Session, now: datetime) -> None:
    """Let the log tell of what was changed after the last act that it tells of, or without one."""
    if seals.are_due(session):
        heads.begin_day(session, now)
        seals.write(session, now)


class _Writing(Session):
    """The session of a unit of work that may write: what it changes of sealed rows is noticed."""


class _Reading(Session):
    """The session of a unit of work that only reads."""


def _refuse_to_write(_session: Session, _context: object, _instances: object) -> None:
    raise RuntimeError("this unit of work was opened for reading")


def _refuse_statement(state: ORMExecuteState) -> None:
    """Refuse a statement that writes rows without the mapper, which no flush would see."""
    if state.is_insert or state.is_update or state.is_delete:
        raise RuntimeError("this unit of work was opened for reading")


def _refusal(error: IntegrityError) -> Exception:
    text = str(error.orig)
    for name, code in REFUSALS.items():
        if f"constraint failed: {name}" in text or f'"{name}"' in text:
            return Problem(code)
    return error


# Once for all sessions: to listen to each of them anew costs as much as a query.
seals.listen(_Writing)
event.listen(_Reading, "before_flush", _refuse_to_write)
event.listen(_Reading, "do_orm_execute", _refuse_statement)
