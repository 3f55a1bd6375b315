"""Statements that every vote runs: compiled once for each database, and run without SQLAlchemy's mapper.

SQLAlchemy compiles a statement once and still spends a hundred times as long on each execution as SQLite on
the answer. A statement run here is compiled the first time; after that its values go through the types of its
columns to the driver and back, and nothing else is done. Errors and listeners (`before_cursor_execute`) are
those of SQLAlchemy.
"""

from __future__ import annotations

from collections import namedtuple
from functools import cache, lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, TypeVarTuple
from weakref import ref

from sqlalchemy import Insert, Table, bindparam, insert, inspect
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlalchemy.sql.visitors import iterate

from consulta.infra.statements.driver import as_of_sqlalchemy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Select
    from sqlalchemy.orm import Session

    from consulta.infra.models import Base
    from consulta.infra.models.columns import Row

    Change = Callable[[Any], Any]
    Raw = Sequence[tuple[Any, ...]]


Made = TypeVar("Made")
Columns = TypeVarTuple("Columns")
_CONNECTION = "consulta.connection"
READS = "consulta.reads"  # of a session: its unit of work was opened for reading


class Rows(list[Any]):
    """The rows of a statement, each with its columns by name and by place."""

    def first(self) -> Any:
        """Return the first row, or None."""
        return self[0] if self else None

    def scalar(self) -> Any:
        """Return the first column of the first row, or None."""
        return self[0][0] if self else None

    def scalars(self) -> Iterator[Any]:
        """Return the first column of each row."""
        return (row[0] for row in self)


class Answer(NamedTuple):
    """The rows of a statement as the driver gives them, to be compared, and what makes rows to work with."""

    raw: Raw
    made_of: Callable[[Raw], Rows]

    @property
    def rows(self) -> Rows:
        """Return the rows with the values that the program works with; made anew each time."""
        return self.made_of(self.raw)


class _Compiled:
    """A statement in the words of one database, with what its values go through on the way in and out."""

    def __init__(self, statement: Select[*tuple[Any, ...]] | Insert, dialect: Dialect) -> None:
        """Raise ValueError for a statement whose words depend on its values, as `IN` with a list does."""
        compiled = statement.compile(dialect=dialect)
        if compiled.post_compile_params or compiled.literal_execute_params or compiled.escaped_bind_names:
            raise ValueError("this statement is another one for other values")
        self.words = compiled.string
        self.order = compiled.positiontup or list(compiled.bind_names.values())
        self.piped: Any = None  # the statement as `infra.statements.pipeline` sends it
        if dialect.name == "postgresql":
            places = {name: f"${place}" for place, name in enumerate(self.order, start=1)}
            tables = frozenset(each.name for each in iterate(statement) if isinstance(each, Table))
            writes = statement.table.name if isinstance(statement, Insert) else ""
            words = (self.words % places).encode()
            self.piped = _pipeline().Statement(words, frozenset() if writes else tables, writes)
        self.fixed: dict[str, Any] = {}
        self.sent: list[tuple[str, str, Change | None]] = []
        for bound, name in compiled.bind_names.items():
            change = bound.type.dialect_impl(dialect).bind_processor(dialect)
            if bound.required:
                self.sent.append((bound.key, name, change))
            else:
                self.fixed[name] = change(bound.effective_value) if change else bound.effective_value
        columns = list(statement.exported_columns)
        self.row: Any = namedtuple("row", [column.key for column in columns], rename=True)  # type: ignore[misc]
        self.read = [
            (place, change)
            for place, column in enumerate(columns)
            if (change := column.type.dialect_impl(dialect).result_processor(dialect, None)) is not None
        ]

    def run(
        self, connection: Connection, values: Mapping[str, Any], then: Callable[[], None] | None = None
    ) -> Raw:
        """Return the answer as the driver gives it, in the transaction of a connection.

        What `then` lets wait is sent after the statement, in the same round trip.
        """
        parameters = self.parameters(values)
        try:
            if self.piped is not None:
                tell = partial(self._tell, connection, parameters)
                found: Raw = _pipeline().of(connection).answer(self.piped, parameters, tell, then)
                return found
            return self._answer(connection, parameters)
        except connection.dialect.loaded_dbapi.Error as error:
            raise as_of_sqlalchemy(connection, self.words, error) from error

    def wait(self, connection: Connection, values: Mapping[str, Any]) -> bool:
        """Let the statement wait for the next round trip; False where the database is asked without any."""
        if self.piped is None:
            return False
        parameters = self.parameters(values)
        _pipeline().of(connection).add(self.piped, parameters, partial(self._tell, connection, parameters))
        return True

    def parameters(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values as the driver takes them, in the order in which it does."""
        told = dict(self.fixed)
        for key, name, change in self.sent:
            told[name] = change(values[key]) if change else values[key]
        return tuple([told[name] for name in self.order])

    def _answer(self, connection: Connection, parameters: tuple[Any, ...]) -> Raw:
        cursor = connection.connection.cursor()
        try:
            self._tell(connection, parameters)
            connection.dialect.do_execute(cursor, self.words, parameters)
            return cursor.fetchall() if cursor.description is not None else ()
        finally:
            cursor.close()

    def _tell(self, connection: Connection, parameters: tuple[Any, ...]) -> None:
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, None, self.words, parameters, None, False)  # noqa: FBT003

    def rows(self, found: Raw) -> Rows:
        """Return the rows of an answer, with the values that the program works with."""
        return Rows(map(self._changed if self.read else self.row._make, found))

    def _changed(self, values: tuple[Any, ...]) -> Any:
        columns = list(values)
        for place, change in self.read:
            columns[place] = change(columns[place])
        return self.row._make(columns)


@cache
def _pipeline() -> Any:
    """Return the module that sends to PostgreSQL; only where it is used is its driver installed."""
    from consulta.infra.statements import pipeline  # noqa: PLC0415

    return pipeline


@lru_cache(maxsize=256)
def _compiled(statement: Select[*tuple[Any, ...]] | Insert, dialect: Dialect) -> _Compiled:
    return _Compiled(statement, dialect)


def _connection(session: Session) -> Connection:
    """Return the connection of the transaction of a session, with what the session changed written to it."""
    session.flush()
    transaction, known = session.info.get(_CONNECTION, (None, None))
    found = session.get_transaction()
    if transaction is None or found is None or transaction() is not found:
        known = session.connection()
        session.info[_CONNECTION] = ref(session.get_transaction()), known
    connection: Connection = known
    return connection


def columns(session: Session, statement: Select[*Columns], values: Mapping[str, object]) -> Rows:
    """Return the rows of a statement that asks for columns, in the transaction of a session.

    The statement is one that is made once, with a place (`bindparam`) for each value; it stays as it is.
    """
    connection = _connection(session)
    compiled = _compiled(statement, connection.dialect)
    return compiled.rows(compiled.run(connection, values))


def together(
    session: Session, asked: Sequence[Select[*tuple[Any, ...]]], values: Mapping[str, object]
) -> list[Answer]:
    """Return the answers to several statements with the same values, in one round trip to PostgreSQL."""
    prefetch(session, asked, values)
    connection = _connection(session)
    found = [_compiled(each, connection.dialect) for each in asked]
    return [Answer(each.run(connection, values), each.rows) for each in found]


def prefetch(
    session: Session, asked: Sequence[Select[*tuple[Any, ...]]], values: Mapping[str, object]
) -> None:
    """Let PostgreSQL run these statements, one after the other, in the round trip of the next that is run.

    Each answer is kept until the statement is run with the same values in the same transaction, and given
    once; it is dropped where one of its tables is written between. Other databases are asked only when the
    statement is run.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    connection = _connection(session)
    for each in asked:
        _compiled(each, connection.dialect).wait(connection, values)


def one(session: Session, statement: Select[*Columns], values: Mapping[str, object]) -> Any:
    """Return the first column of the first row, or None where there is no row; see `columns`."""
    return columns(session, statement, values).scalar()


def add(session: Session, table: type[Base], values: Mapping[str, object]) -> None:
    """Write a row of a table, without the mapper; columns that are not named get their defaults.

    PostgreSQL is sent it with the next statement or with the COMMIT, which then raises the errors of it.
    Raise ValueError where such a default is made by a function, and RuntimeError in a unit of work that was
    opened for reading.
    """
    connection = _to_write(session)
    compiled = _compiled(_insert(table, tuple(values)), connection.dialect)
    if not compiled.wait(connection, values):
        compiled.run(connection, values)


def write(
    session: Session,
    statement: Insert,
    values: Mapping[str, object],
    then: Callable[[], None] | None = None,
) -> Rows:
    """Run a statement that writes one row, and return the columns that it returns; see `columns`.

    What `then` prefetches is asked after it, in the same round trip to PostgreSQL.
    Raise RuntimeError in a unit of work that was opened for reading.
    """
    connection = _to_write(session)
    compiled = _compiled(statement, connection.dialect)
    return compiled.rows(compiled.run(connection, values, then))


def _to_write(session: Session) -> Connection:
    if session.info.get(READS):
        raise RuntimeError("this unit of work was opened for reading")
    return _connection(session)


def stored(
    session: Session, table: type[Row], values: Mapping[str, object], then: Callable[[], None] | None = None
) -> Any:
    """Write a row of a table as `add` does, and return it as an object of the session, with its new `id`.

    A column that is not among the values has its default, or is NULL, where no function and no database makes
    it: the object has that too, so that nothing is asked for it. `then`: see `write`.
    """
    number = write(session, _numbered(table, tuple(values)), values, then).scalar()
    made = table(**{**_unnamed(table, tuple(values)), **values}, id=number)
    make_transient_to_detached(made)
    session.add(made)
    return made


@lru_cache(maxsize=64)
def _insert(table: type[Base], names: tuple[str, ...]) -> Insert:
    """Return the statement for these columns; one that has a default and is not named gets its default.

    Without that SQLAlchemy would send NULL for it. Raise ValueError where the default is made by a function.
    """
    values: dict[str, Any] = {name: bindparam(name) for name in names}
    for column in table.__table__.columns:
        if column.key in values or column.default is None:
            continue
        if not isinstance(column.default, ScalarElementColumnDefault):
            raise ValueError(f"give a value for {column}: its default is made by a function of the mapper")
        values[column.key] = column.default.arg
    return insert(table).values(values).inline()  # asks for no new id


@lru_cache(maxsize=64)
def _unnamed(table: type[Base], names: tuple[str, ...]) -> Mapping[str, object]:
    """Return what `_insert` writes into the columns that are not named, as far as that is known before."""
    found: dict[str, object] = {}
    for attribute in inspect(table).column_attrs:
        (column,) = attribute.columns
        if attribute.key in names or column.primary_key or attribute.deferred:
            continue
        if isinstance(column.default, ScalarElementColumnDefault):
            found[attribute.key] = column.default.arg
        elif column.default is None and column.server_default is None and column.nullable:
            found[attribute.key] = None
    return MappingProxyType(found)


@lru_cache(maxsize=64)
def _numbered(table: type[Row], names: tuple[str, ...]) -> Insert:
    return _insert(table, names).returning(table.id)


# -- mapped rows that are read again and again


def all_of(table: type[Base]) -> tuple[Any, ...]:
    """Return the columns of a table that are read with its rows, for a statement of `unchanged`."""
    return tuple(each.class_attribute for each in inspect(table).column_attrs if not each.deferred)


def detached(table: type[Base], row: Any) -> Any:
    """Return a row as an object of its class, of no session: an attribute that was not read is an error."""
    made = table(**row._asdict())
    make_transient_to_detached(made)
    return made


class Unchanged:
    """What was made of rows, for as long as the database answers with the very same rows.

    Each request reads the rows anew; what is made of them is made once for each process.
    """

    def __init__(self, most: int = 64) -> None:
        """Keep what was made of the rows for at most so many `name`s."""
        self.most = most
        self.known: dict[object, tuple[object, Any]] = {}

    def of(self, name: object, found: object, make: Callable[[], Made]) -> Made:
        """Return what `make` gives for what was `found`; what was made of the same before is returned.

        It is shared between requests, and must not be changed.
        """
        before = self.known.get(name)
        if before is not None and before[0] == found:
            made: Made = before[1]
            return made
        fresh = make()
        if len(self.known) >= self.most:
            self.known.clear()
        self.known[name] = found, fresh
        return fresh
