"""Statements that every vote runs: compiled once for each database, and run without SQLAlchemy's mapper.

SQLAlchemy compiles a statement once and still spends a hundred times as long on each execution as SQLite on
the answer. A statement run here is compiled the first time; after that its values go through the types of its
columns to the driver and back, and nothing else is done. Errors and listeners (`before_cursor_execute`) are
those of SQLAlchemy.
"""

from __future__ import annotations

from collections import namedtuple
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar, TypeVarTuple
from weakref import ref

from sqlalchemy import bindparam, insert, inspect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.sql.schema import ScalarElementColumnDefault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from sqlalchemy import Connection, Dialect, Insert, Select
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
        self.order = compiled.positiontup
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

    def run(self, connection: Connection, values: Mapping[str, Any]) -> Raw:
        """Return the answer as the driver gives it, in the transaction of a connection."""
        cursor = connection.connection.cursor()
        try:
            self.start(connection, cursor, values)
            return cursor.fetchall() if cursor.description is not None else ()
        except connection.dialect.loaded_dbapi.Error as error:
            raise _as_of_sqlalchemy(connection, self.words, error, cursor) from error
        finally:
            cursor.close()

    def start(self, connection: Connection, cursor: Any, values: Mapping[str, Any]) -> None:
        """Hand the statement to the driver."""
        told = dict(self.fixed)
        for key, name, change in self.sent:
            told[name] = change(values[key]) if change else values[key]
        parameters: Any = told if self.order is None else tuple([told[name] for name in self.order])
        for listener in connection.dispatch.before_cursor_execute:
            listener(connection, cursor, self.words, parameters, None, False)  # noqa: FBT003
        connection.dialect.do_execute(cursor, self.words, parameters)

    def rows(self, found: Raw) -> Rows:
        """Return the rows of an answer, with the values that the program works with."""
        return Rows(map(self._changed if self.read else self.row._make, found))

    def _changed(self, values: tuple[Any, ...]) -> Any:
        columns = list(values)
        for place, change in self.read:
            columns[place] = change(columns[place])
        return self.row._make(columns)


def _as_of_sqlalchemy(connection: Connection, words: str, error: Exception, cursor: Any) -> Exception:
    """Return an error of the driver as SQLAlchemy raises it; a connection that is lost is given up."""
    dialect = connection.dialect
    driver: Any = connection.connection.dbapi_connection
    lost = dialect.is_disconnect(error, driver, cursor)  # type: ignore[arg-type]
    if lost:
        connection.invalidate(error)
    raised: Exception = DBAPIError.instance(
        words,
        None,
        error,
        dialect.loaded_dbapi.Error,
        hide_parameters=True,
        connection_invalidated=lost,
        dialect=dialect,
    )
    return raised


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
    connection = _connection(session)
    compiled = [_compiled(each, connection.dialect) for each in asked]
    driver: Any = connection.connection.dbapi_connection
    if connection.dialect.name != "postgresql":
        return [Answer(each.run(connection, values), each.rows) for each in compiled]
    cursors = [driver.cursor() for _ in compiled]
    try:
        with driver.pipeline():
            for each, cursor in zip(compiled, cursors, strict=True):
                each.start(connection, cursor, values)
        return [Answer(cursor.fetchall(), each.rows) for each, cursor in zip(compiled, cursors, strict=True)]
    except connection.dialect.loaded_dbapi.Error as error:
        words = "; ".join(each.words for each in compiled)
        raise _as_of_sqlalchemy(connection, words, error, cursors[-1]) from error
    finally:
        for cursor in cursors:
            cursor.close()


def one(session: Session, statement: Select[*Columns], values: Mapping[str, object]) -> Any:
    """Return the first column of the first row, or None where there is no row; see `columns`."""
    return columns(session, statement, values).scalar()


def add(session: Session, table: type[Base], values: Mapping[str, object]) -> None:
    """Write a row of a table, without the mapper; columns that are not named get their defaults.

    Raise ValueError where such a default is made by a function, and RuntimeError in a unit of work that was
    opened for reading.
    """
    write(session, _insert(table, tuple(values)), values)


def write(session: Session, statement: Insert, values: Mapping[str, object]) -> Rows:
    """Run a statement that writes one row, and return the columns that it returns; see `columns`.

    Raise RuntimeError in a unit of work that was opened for reading.
    """
    if session.info.get(READS):
        raise RuntimeError("this unit of work was opened for reading")
    connection = _connection(session)
    compiled = _compiled(statement, connection.dialect)
    return compiled.rows(compiled.run(connection, values))


def stored(session: Session, table: type[Row], values: Mapping[str, object]) -> Any:
    """Write a row of a table as `add` does, and return it as an object of the session, with its new `id`.

    What is not among the values is read when it is asked for.
    """
    number = write(session, _numbered(table, tuple(values)), values).scalar()
    made = table(**values, id=number)
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
