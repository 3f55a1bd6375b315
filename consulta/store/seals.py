"""Seals: keyed digests, in the log, of rows that decide who may act and who is written to.

Whenever a unit of work changes such a row through the program, a row of the log with its new seal is
written in the same transaction, before the row that tells of the act. So somebody who changes the table
alone leaves a row whose seal is another, and `check` says which. The digests are keyed with a secret of the
database, so that a seal tells nothing of an address even to those who get the log.

What is sealed is listed in `WATCHED`. Rows from before there were seals are sealed once, as they stand.
"""

from __future__ import annotations

import hmac
import json
import secrets
from typing import TYPE_CHECKING, Any

from sqlalchemy import event, inspect, select

from consulta.core.record import canonical
from consulta.store import log
from consulta.store.models import (
    AnswerLink,
    Attendance,
    Contact,
    Key,
    Link,
    LogEntry,
    NominationLink,
    Nominee,
    Scrutineer,
    Staff,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.orm import ORMExecuteState, Session

BEGAN, TAKEN = "seals.began", "seals.taken"
HOUSE, SUBJECT = "house", "seals"  # who writes them, whoever's act it is
NAME = "seals"  # of the key
LENGTH = 24  # signs of a seal: 96 bits
GONE = ""  # the seal of a row that was taken away

# Kind of seal → the table, what names a row of it, and what of it is sealed.
WATCHED: dict[str, tuple[type[Any], tuple[str, ...], tuple[str, ...]]] = {
    "contact.address": (Contact, ("id",), ("organisation_id", "email")),
    "contact.vote": (Contact, ("id",), ("active", "may_vote")),
    "staff.address": (Staff, ("id",), ("email",)),
    "staff.role": (Staff, ("id",), ("role", "active")),
    "staff.password": (Staff, ("id",), ("password_hash",)),
    "scrutineer": (Scrutineer, ("round_id", "staff_id"), ("round_id", "staff_id")),
    "nominee.address": (Nominee, ("id",), ("email",)),
    "link": (Link, ("token_sha256",), ("seat_id", "contact_id")),
    "proposing": (NominationLink, ("token_sha256",), ("round_id", "contact_id")),
    "answer": (AnswerLink, ("token_sha256",), ("invitation_id",)),
}
ATTENDANCE = "attendance"  # of a session's whole list
LISTED = ("organisation", "country", "sector", "gender")
_TABLES = {table for table, _, _ in WATCHED.values()}
_INFO = "consulta.seals"

Seals = dict[str, dict[str, str]]


class _Touched:
    """What a unit of work has changed and not sealed yet."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, dict[str, Any] | None]] = {}
        self.whole: set[type[Any]] = set()
        self.lists: set[int] = set()

    def __bool__(self) -> bool:
        return bool(self.rows or self.whole or self.lists)


def watch(session: Session) -> None:
    """Notice from now on what a session changes of what is sealed."""
    session.info[_INFO] = _Touched()
    event.listen(session, "after_flush", _after_flush)
    event.listen(session, "do_orm_execute", _on_statement)


def are_due(session: Session) -> bool:
    """Whether something was changed that is not sealed yet."""
    if _INFO not in session.info:
        return False
    session.flush()
    return bool(session.info[_INFO])


def write(session: Session, at: datetime) -> None:
    """Seal what this session has changed, in one row of the log; the first time, all that there is."""
    if not are_due(session):
        return
    touched: _Touched = session.info[_INFO]
    session.info[_INFO] = _Touched()
    if session.get(Key, NAME) is None:
        seal_all(session, at)
        return
    key = _key(session)
    fresh: Seals = {}
    for table in touched.whole:
        for kind, name, seal in _of_table(session, key, table):
            fresh.setdefault(kind, {})[name] = seal
    for kind, rows in touched.rows.items():
        for name, values in rows.items():
            fresh.setdefault(kind, {})[_named(key, kind, name)] = (
                GONE if values is None else _seal(key, kind, name, values)
            )
    for number in sorted(touched.lists):
        fresh.setdefault(ATTENDANCE, {})[str(number)] = _list_seal(session, key, number)
    log.append(session, at, HOUSE, TAKEN, SUBJECT, fresh)
    session.info[_INFO] = _Touched()


def seal_all(session: Session, at: datetime) -> None:
    """Seal everything as it stands, once; nothing where it was done before."""
    log.hold(session)  # two that begin at once wait for each other
    if session.get(Key, NAME) is not None:
        return
    session.add(Key(name=NAME, value=secrets.token_hex(32)))
    session.flush()
    log.append(session, at, HOUSE, BEGAN, SUBJECT, standing(session))


def has_begun(session: Session) -> bool:
    """Whether rows are sealed here; a database from before is sealed with its next change."""
    return session.get(Key, NAME) is not None


def standing(session: Session) -> Seals:
    """The seal of every row as it is now."""
    key = _key(session)
    found: Seals = {}
    for table in sorted(_TABLES, key=lambda each: each.__name__):
        for kind, name, seal in _of_table(session, key, table):
            found.setdefault(kind, {})[name] = seal
    for number in session.scalars(select(Attendance.dialogue_id).distinct()):
        found.setdefault(ATTENDANCE, {})[str(number)] = _list_seal(session, key, number)
    return found


def told(session: Session) -> Seals | None:
    """The seal of every row by the log, those taken away as `GONE`; None where the log has none."""
    rows = select(LogEntry.details).where(LogEntry.action.in_((BEGAN, TAKEN))).order_by(LogEntry.seq)
    found: Seals | None = None
    for details in session.scalars(rows):
        found = {} if found is None else found
        for kind, seals in json.loads(details).items():
            found.setdefault(kind, {}).update(seals)
    return found


def touch_list(session: Session, dialogue_id: int) -> None:
    """Say that the list of who took part in a session is another, where statements changed it."""
    if _INFO in session.info:
        session.info[_INFO].lists.add(dialogue_id)


# -- noticing


def _after_flush(session: Session, _context: object) -> None:
    touched: _Touched = session.info[_INFO]
    for row in session.new | session.dirty:
        if isinstance(row, Attendance):
            touched.lists.add(row.dialogue_id)
        for kind, _table, names, values in _kinds(type(row)):
            if row in session.new or _changed(row, values):
                name = _name({each: getattr(row, each) for each in names})
                touched.rows.setdefault(kind, {})[name] = {each: getattr(row, each) for each in values}
    for row in session.deleted:
        if isinstance(row, Attendance):
            touched.lists.add(row.dialogue_id)
        for kind, _table, names, _values in _kinds(type(row)):
            name = _name({each: getattr(row, each) for each in names})
            touched.rows.setdefault(kind, {})[name] = None


def _on_statement(state: ORMExecuteState) -> None:
    """Statements over many rows: inserted links say what they are; else the table is read anew."""
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    table: type[Any] | None = mapper.class_ if mapper is not None else None
    if table not in _TABLES or (table in {Link, NominationLink, AnswerLink} and not state.is_insert):
        return  # of a link it is sealed that it was made, and for whom
    touched: _Touched = state.session.info[_INFO]
    given = state.parameters if isinstance(state.parameters, list) else []
    for kind, _table, names, values in _kinds(table):
        if state.is_insert and given and all(each in row for row in given for each in (*names, *values)):
            for row in given:
                name = _name({each: row[each] for each in names})
                touched.rows.setdefault(kind, {})[name] = {each: row[each] for each in values}
        else:
            touched.whole.add(table)


def _kinds(table: type[Any]) -> Iterator[tuple[str, type[Any], tuple[str, ...], tuple[str, ...]]]:
    return ((kind, each, names, values) for kind, (each, names, values) in WATCHED.items() if each is table)


def _changed(row: object, names: Iterable[str]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


# -- sealing


def _key(session: Session) -> bytes:
    return bytes.fromhex(session.get_one(Key, NAME).value)


def _name(values: dict[str, Any]) -> str:
    return ":".join(str(value) for value in values.values())


def _named(key: bytes, kind: str, name: str) -> str:
    """How the log names a row: by its number, and a link by a seal of its own, since its name is a digest."""
    return name if len(name) < LENGTH else _mac(key, ["name", kind, name])


def _seal(key: bytes, kind: str, name: str, values: dict[str, Any]) -> str:
    return _mac(key, [kind, name, *values.values()])


def _mac(key: bytes, said: list[Any]) -> str:
    return hmac.digest(key, canonical(said), "sha256").hex()[:LENGTH]


def _of_table(session: Session, key: bytes, table: type[Any]) -> Iterator[tuple[str, str, str]]:
    """Kind, name and seal of every row of a table."""
    session.flush()
    for kind, _table, names, values in _kinds(table):
        columns: list[Any] = [getattr(table, each) for each in (*names, *values)]
        for row in session.execute(select(*columns)):
            name = _name(dict(zip(names, row, strict=False)))
            said = dict(zip(values, row[len(names) :], strict=True))
            yield kind, _named(key, kind, name), _seal(key, kind, name, said)


def _list_seal(session: Session, key: bytes, number: int) -> str:
    columns: list[Any] = [getattr(Attendance, each) for each in LISTED]
    rows = session.execute(select(*columns).where(Attendance.dialogue_id == number))
    people = sorted(canonical(list(row)).decode() for row in rows)
    if not people:
        return GONE
    return _mac(key, [ATTENDANCE, number, *people])
