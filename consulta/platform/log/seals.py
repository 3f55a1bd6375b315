"""Seals: keyed digests, in the log, of rows that decide who may act and who is written to.

Whenever a unit of work changes such a row through the program, a row of the log with its new seal is
written in the same transaction, before the row that tells of the act. So a person who changes only the
table leaves a row with a wrong seal, and `check` says which. The digests are keyed with a secret of the
database, so that a seal reveals nothing of an address even to a person who gets the log.

The sealed kinds of rows are listed in `WATCHED`. With the first change in a database, or by
`consulta migrate`, all that there is gets its seal, once.
"""

from __future__ import annotations

import hmac
import json
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import event, inspect, select, text
from sqlalchemy.exc import NoResultFound

from consulta.core.trust.record import canonical
from consulta.platform.log import chain
from consulta.platform.models import (
    ANSWER,
    PROPOSE,
    VOTE,
    AccessChange,
    Attendance,
    Contact,
    Key,
    Link,
    LogEntry,
    Message,
    Nominee,
    Passkey,
    RecoveryCode,
    Registration,
    Scrutineer,
    SeatAddress,
    SignedIn,
    Staff,
)
from consulta.platform.models.installation import SEALS_OF_PEOPLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Select
    from sqlalchemy.orm import ORMExecuteState, Session

BEGAN, TAKEN = "seals.began", "seals.taken"
HOUSE, SUBJECT = "house", "seals"  # the actor of these rows, not the person whose act they seal
NAME = "seals"  # of the key
LENGTH = 24  # signs of a seal: 96 bits
GONE = ""  # the seal of a row that was taken away


class Watched(NamedTuple):
    """A kind of seal: the table, what names a row of it, what of it is sealed, and which rows have one."""

    table: type[Any]
    names: tuple[str, ...]
    values: tuple[str, ...]
    only: Callable[[Mapping[str, Any]], bool] | None = None  # asked with these columns; None: every row
    asked: tuple[str, ...] = ()  # columns of which only `only` is asked


CHANGE = (
    *("seat_id", "contact_id", "kind", "address", "before", "replaces_id", "reason", "staff_id", "asked_at"),
    *("due_at", "wait", "state", "objected_at", "objected_by_id", "objection", "decided_at", "decided_how"),
    *("decided_by_id", "decision"),
)
REGISTRATION = (
    *("round_id", "organisation_id", "reason", "staff_id", "asked_at", "due_at", "wait", "state"),
    *(
        "stopped_at",
        "stopped_by_id",
        "stopped",
        "decided_at",
        "decided_how",
        "decided_by_id",
        "decision",
        "seat_id",
    ),
)
QUESTION = ("purpose", "subject_id", "seat_address_id", "token_sha256", "expires_at", "used_at", "choice")
LINK = (*QUESTION, "contact_id", "created_at", "revoked_at")
ADDRESSED = ("seat_id", "contact_id", "address", "name", "language", "at_opening", "votes", "young", "since")
MAIL = (
    *("round_id", "kind", "contact_id", "seat_id", "invitation_id", "once", "address", "to_address"),
    "channel",
)
CONSENTS = ("consent_contact", "consent_listed", "consent_governments")


def _for(*purposes: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda row: row["purpose"] in purposes


# Purposes with seals of their own; `door` seals the links of all others.
QUESTIONS = ("objection", "access")
_KNOWN = _for(VOTE, PROPOSE, ANSWER, *QUESTIONS)
_TOKEN, _FOR = ("token_sha256",), ("purpose",)
WATCHED: dict[str, Watched] = {
    "contact.address": Watched(Contact, ("id",), ("organisation_id", "email")),
    "contact.vote": Watched(Contact, ("id",), ("active", "may_vote", "access_since")),
    "contact.person": Watched(Contact, ("id",), ("name", "language", "paused")),
    "staff.address": Watched(Staff, ("id",), ("email",)),
    "staff.role": Watched(Staff, ("id",), ("role", "active")),
    "staff.password": Watched(Staff, ("id",), ("password_hash",)),
    "staff.codes": Watched(Staff, ("id",), ("second_factor",)),
    "passkey": Watched(Passkey, ("id",), ("staff_id", "credential_id", "credential")),
    "recovery": Watched(RecoveryCode, ("staff_id", "code_sha256"), ("used_at",)),
    "session": Watched(
        SignedIn,
        ("id",),
        ("staff_id", "token_sha256", "expires_at", "factor"),
        lambda row: row["staff_id"] is not None,
    ),
    "scrutineer": Watched(Scrutineer, ("round_id", "staff_id"), ("round_id", "staff_id")),
    "nominee.address": Watched(Nominee, ("id",), ("email",)),
    "nominee.consent": Watched(Nominee, ("id",), CONSENTS),
    "link": Watched(Link, _TOKEN, ("subject_id", "contact_id"), _for(VOTE), _FOR),
    "link.ended": Watched(
        Link,
        ("id",),
        ("revoked_at",),
        lambda row: row["purpose"] == VOTE and row["revoked_at"] is not None,
        _FOR,
    ),
    "proposing": Watched(Link, _TOKEN, ("subject_id", "contact_id"), _for(PROPOSE), _FOR),
    "answer": Watched(Link, _TOKEN, ("subject_id",), _for(ANSWER), _FOR),
    "seat.address": Watched(SeatAddress, ("id",), ADDRESSED),
    "access": Watched(AccessChange, ("id",), CHANGE),
    "registration": Watched(Registration, ("id",), REGISTRATION),
    "question": Watched(Link, ("id",), QUESTION, _for(*QUESTIONS), _FOR),
    "door": Watched(Link, _TOKEN, LINK, lambda row: not _KNOWN(row), _FOR),
    "mail": Watched(Message, ("id",), MAIL),
    "mail.dropped": Watched(Message, ("id",), ("state", "reason"), lambda row: row["state"] == "cancelled"),
}
OF_MAIL = ("mail", "mail.dropped")
# What a sign-in and a request for a link look up; the index of `SEALS_OF_PEOPLE` has these and no more.
OF_PEOPLE = tuple(kind for kind in WATCHED if kind.startswith(("contact.", "staff.", "passkey", "recovery")))
OF_LINKS = tuple(kind for kind, each in WATCHED.items() if each.table is Link)
ATTENDANCE = "attendance"  # of a session's whole list
LISTED = ("organisation", "country", "sector", "gender")
_TABLES = {each.table for each in WATCHED.values()}
_OF_TABLE: dict[type[Any] | None, tuple[tuple[str, Watched], ...]] = {
    table: tuple((kind, each) for kind, each in WATCHED.items() if each.table is table) for table in _TABLES
}
_INFO = "consulta.seals"
_KEY = "consulta.key"
_KEY_OF_SEALS = select(Key.value).where(Key.name == NAME)
TOLD = "consulta.sealed"  # option of a statement whose caller says which rows it takes away

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
    """Record from now on which sealed rows a session changes; it is of a class that is listened to."""
    session.info[_INFO] = _Touched()


def listen(sessions: type[Session]) -> None:
    """Notice what the sessions of this class change, each from when it is watched."""
    event.listen(sessions, "after_flush", _after_flush)
    event.listen(sessions, "do_orm_execute", _on_statement)


def are_due(session: Session) -> bool:
    """Return whether any changed row is not sealed yet."""
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
    if not has_begun(session):
        seal_all(session, at)
        return
    chain.append(session, at, HOUSE, TAKEN, SUBJECT, _of_touched(session, touched))
    session.info[_INFO] = _Touched()


def seal_all(session: Session, at: datetime) -> None:
    """Seal everything as it stands, where that was not done yet."""
    chain.hold(session)  # two that begin at once wait for each other
    if session.get(Key, NAME, populate_existing=True) is None:
        session.add(Key(name=NAME, value=secrets.token_hex(32)))
        session.flush()
        chain.append(session, at, HOUSE, BEGAN, SUBJECT, standing(session))


def has_begun(session: Session) -> bool:
    """Return whether rows are sealed in this database: they are from its first change on."""
    return _key_row(session) is not None


def were_begun_again(session: Session) -> bool:
    """Return whether all rows were sealed anew, after some had been sealed before."""
    rows = select(LogEntry.action).where(LogEntry.action.in_((BEGAN, TAKEN))).order_by(LogEntry.seq)
    return BEGAN in list(session.scalars(rows))[1:]


def standing(session: Session, kinds: Iterable[str] | None = None) -> Seals:
    """Return the seal of every row as it is now; of some kinds where asked."""
    key = _key(session)
    wanted = {*WATCHED, ATTENDANCE} if kinds is None else set(kinds)
    found: Seals = {}
    for table in sorted(_TABLES, key=lambda each: each.__name__):
        for kind, name, seal in _of_table(session, key, table, wanted):
            found.setdefault(kind, {})[name] = seal
    if ATTENDANCE in wanted:
        for number in session.scalars(select(Attendance.dialogue_id).distinct()):
            found.setdefault(ATTENDANCE, {})[str(number)] = _list_seal(session, key, number)
    return found


def told(session: Session) -> Seals | None:
    """Return the seal of every row as the log has it; None where the log has none.

    Rows that were deleted have `GONE`.
    """
    rows = select(LogEntry.details).where(LogEntry.action.in_((BEGAN, TAKEN)))
    found: Seals | None = None
    for details in session.scalars(rows.order_by(LogEntry.seq)):
        found = {} if found is None else found
        for kind, seals in json.loads(details).items():
            found.setdefault(kind, {}).update(seals)
    return found


def rows_named(session: Session, kind: str) -> dict[str, Any]:
    """Return the rows of a kind that have a seal, by the names that they have in the log."""
    key, watched = _key(session), WATCHED[kind]
    found: dict[str, Any] = {}
    for row in session.scalars(select(watched.table)):
        known = {each: getattr(row, each) for each in _columns(watched)}
        if watched.only is None or watched.only(known):
            found[_named(key, kind, _name({each: known[each] for each in watched.names}))] = row
    return found


def told_where(session: Session, kind: str, name: str) -> tuple[int, str, str]:
    """Return the number of the log's first row with a seal of this kind and name, and what it was sealed for.

    That is act and subject of the next row that is none of seals; both are empty where there is none. The
    number is 0 where no row has such a seal.
    """
    sealed = (BEGAN, TAKEN)
    rows = select(LogEntry.seq, LogEntry.details).where(LogEntry.action.in_(sealed)).order_by(LogEntry.seq)
    number = next(
        (number for number, details in session.execute(rows) if name in json.loads(details).get(kind, {})), 0
    )
    after = select(LogEntry.action, LogEntry.subject).where(
        LogEntry.seq > number, LogEntry.action.not_in(sealed)
    )
    act, subject = session.execute(after.order_by(LogEntry.seq).limit(1)).first() or ("", "")
    return number, act, subject


def touch_list(session: Session, dialogue_id: int) -> None:
    """Say that the list of who took part in a session is another, where statements changed it."""
    if _INFO in session.info:
        session.info[_INFO].lists.add(dialogue_id)


def touch_gone(session: Session, kinds: Iterable[str], names: Iterable[str]) -> None:
    """Say which rows a statement took away, by what names them; the statement has the option `TOLD`."""
    if _INFO in session.info:
        for kind in kinds:
            session.info[_INFO].rows.setdefault(kind, {}).update(dict.fromkeys(names))


def unlike(session: Session, kinds: Iterable[str], row: Any) -> list[str]:
    """Return the kinds, of those in `OF_PEOPLE`, of which a row is not what the log tells of it."""
    if not has_begun(session):
        return []
    key = _key(session)
    return [kind for kind in kinds if _told_of(session, key, kind, row) != _as_is(key, kind, row)]


def _as_is(key: bytes, kind: str, row: Any) -> str:
    watched = WATCHED[kind]
    name = _name({each: getattr(row, each) for each in watched.names})
    return _seal(key, kind, name, {each: getattr(row, each) for each in watched.values})


def _told_of(session: Session, key: bytes, kind: str, row: Any) -> str:
    """Return the last seal of a row of a kind in `OF_PEOPLE`; an index finds the rows of the log for it."""
    name = _named(key, kind, _name({each: getattr(row, each) for each in WATCHED[kind].names}))
    for details in session.scalars(_of_people(kind, name)):
        found: dict[str, str] = json.loads(details)[kind]
        if name in found:
            return found[name]
    return GONE


def _of_people(kind: str, name: str) -> Select[str]:
    """Return the query for rows of the log that may have a seal of this kind and name, the newest first."""
    return (
        select(LogEntry.details)
        .where(
            text(SEALS_OF_PEOPLE),
            LogEntry.details.contains(f'"{kind}":', autoescape=True),
            LogEntry.details.contains(f'"{name}":', autoescape=True),
        )
        .order_by(LogEntry.seq.desc())
    )


def touch(session: Session, kinds: Iterable[str], rows: Iterable[Any]) -> None:
    """Say which rows a statement made or changed: by each, what names it and what of it is sealed."""
    if _INFO not in session.info:
        return
    for row in rows:
        for kind in kinds:
            _touch(session.info[_INFO], kind, row)


# -- noticing


def _after_flush(session: Session, _context: object) -> None:
    touched: _Touched = session.info[_INFO]
    added = session.new  # a set that is made anew each time it is asked for
    for row in added | session.dirty:
        if isinstance(row, Attendance):
            touched.lists.add(row.dialogue_id)
        for kind, watched in _kinds(type(row)):
            if row in added or _changed(row, watched.values):
                _touch(touched, kind, {each: getattr(row, each) for each in _columns(watched)})
    for row in session.deleted:
        if isinstance(row, Attendance):
            touched.lists.add(row.dialogue_id)
        for kind, watched in _kinds(type(row)):
            name = _name({each: getattr(row, each) for each in watched.names})
            touched.rows.setdefault(kind, {})[name] = None


def _on_statement(state: ORMExecuteState) -> None:
    """Record a statement over many rows: inserted rows by their values, else the table to be reread.

    Statements on messages, addresses and links are passed over: their callers report them (`touch`). Those on
    sessions only end or delete them, which has no seal.
    """
    if not (state.is_insert or state.is_update or state.is_delete):
        return
    mapper = state.bind_mapper
    table: type[Any] | None = mapper.class_ if mapper is not None else None
    if state.execution_options.get(TOLD):
        return
    if table is None or table not in _TABLES or table in (Message, SeatAddress, Link, SignedIn):
        return
    touched: _Touched = state.session.info[_INFO]
    given = state.parameters if isinstance(state.parameters, list) else []
    for kind, watched in _kinds(table):
        if state.is_insert and given and all(each in row for row in given for each in _columns(watched)):
            for row in given:
                _touch(touched, kind, row)
        else:
            touched.whole.add(table)


def _touch(touched: _Touched, kind: str, row: Mapping[str, Any]) -> None:
    """Take note of what a row holds now. What only some rows have a seal for is never taken back."""
    watched = WATCHED[kind]
    if watched.only is None or watched.only(row):
        name = _name({each: row[each] for each in watched.names})
        touched.rows.setdefault(kind, {})[name] = {each: row[each] for each in watched.values}


def _columns(watched: Watched) -> tuple[str, ...]:
    return (*watched.names, *watched.values, *watched.asked)


def _kinds(table: type[Any] | None) -> tuple[tuple[str, Watched], ...]:
    return _OF_TABLE.get(table, ())


def _changed(row: object, names: Iterable[str]) -> bool:
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in names)


# -- sealing


def _of_touched(session: Session, touched: _Touched) -> Seals:
    """Return the seals of what was changed, as it is now."""
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
    return fresh


def _key(session: Session) -> bytes:
    row = _key_row(session)
    if row is None:
        raise NoResultFound("no key of seals")
    return bytes.fromhex(row.value)


def _key_row(session: Session) -> Any:
    """Return the key of seals, or None; read once in a transaction."""
    row = chain.kept(session, _KEY)
    if row is None:
        row = session.execute(_KEY_OF_SEALS).first()
        chain.keep(session, _KEY, row)
    return row


def _name(values: dict[str, Any]) -> str:
    return ":".join(str(value) for value in values.values())


def _named(key: bytes, kind: str, name: str) -> str:
    """Return the name of a row in the log: its number, or a seal for a link, named by a digest."""
    return name if len(name) < LENGTH else _mac(key, ["name", kind, name])


def _seal(key: bytes, kind: str, name: str, values: dict[str, Any]) -> str:
    return _mac(key, [kind, name, *map(_plain, values.values())])


def _plain(value: object) -> object:
    """Return a value in the form in which it is sealed; a moment becomes text in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _mac(key: bytes, said: list[Any]) -> str:
    return hmac.digest(key, canonical(said), "sha256").hex()[:LENGTH]


def _of_table(
    session: Session, key: bytes, table: type[Any], wanted: Iterable[str] = WATCHED
) -> Iterator[tuple[str, str, str]]:
    """Yield kind, name and seal of every row of a table, for the kinds in `wanted`."""
    session.flush()
    for kind, watched in _kinds(table):
        if kind not in wanted:
            continue
        columns: list[Any] = [getattr(table, each) for each in _columns(watched)]
        for row in session.execute(select(*columns)):
            known = dict(zip(_columns(watched), row, strict=True))
            name = _name({each: known[each] for each in watched.names})
            if watched.only is None or watched.only(known):
                said = {each: known[each] for each in watched.values}
                yield kind, _named(key, kind, name), _seal(key, kind, name, said)


def _list_seal(session: Session, key: bytes, number: int) -> str:
    columns: list[Any] = [getattr(Attendance, each) for each in LISTED]
    rows = session.execute(select(*columns).where(Attendance.dialogue_id == number))
    people = sorted(canonical(list(row)).decode() for row in rows)
    if not people:
        return GONE
    return _mac(key, [ATTENDANCE, number, *people])
