"""All rows of a database as lines of JSON, and lines of JSON as the rows of an empty database.

The tables are read from the database itself and not from the mapped classes, so that rows of an older
schema can be loaded into a database of that schema. Values of JSON columns stay the very text that is
stored. Moments are UTC, bytes are base64. The same lines load into SQLite and into PostgreSQL.
"""

from __future__ import annotations

import base64
import json
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import (
    JSON,
    DateTime,
    MetaData,
    Text,
    cast,
    create_engine,
    event,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError, NoSuchModuleError
from sqlalchemy.orm import Session
from sqlalchemy.types import UserDefinedType

from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.log import heads
from consulta.platform.models import Instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy import Cast, Column, ColumnElement, Connection, Engine, Table

LEFT_OUT = ("alembic_version", "made_documents")  # the schema's revision; what is made anew when asked for
AT_ONCE = 500  # rows that are read or written together
MOMENT, BYTES = "at", "b64"


class _StoredJson(UserDefinedType[str]):
    """A JSON column read and written as its text, so that no key changes its place and no number its form."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "JSON"

    def column_expression(self, colexpr: ColumnElement[Any]) -> Cast[str]:
        return cast(colexpr, Text)


def revision(connection: Connection) -> str:
    """Return the revision of the schema; "-" where there is none."""
    return MigrationContext.configure(connection).get_current_revision() or "-"


def knows(wanted: str) -> bool:
    """Return whether this version of the program has a schema of this revision."""
    scripts = ScriptDirectory.from_config(db.alembic_config())
    return any(each.revision == wanted for each in scripts.walk_revisions())


def head(connection: Connection) -> tuple[int, str]:
    """Return size and root of the tree over the log. The schema must be the newest."""
    with Session(connection) as session:
        tree = heads.standing(session)
        return tree.size, tree.root


def tables(connection: Connection) -> list[Table]:
    """Return all tables but those of `LEFT_OUT`, in the order of their names."""
    metadata = MetaData()
    event.listen(metadata, "column_reflect", _portable)
    metadata.reflect(connection)
    return [metadata.tables[name] for name in sorted(metadata.tables) if name not in LEFT_OUT]


def _portable(_inspector: object, _table: object, column: dict[str, Any]) -> None:
    if isinstance(column["type"], JSON):
        column["type"] = _StoredJson()
    elif isinstance(column["type"], DateTime):
        column["type"] = Instant()


def lines(connection: Connection, table: Table) -> Iterator[bytes]:
    """Yield the names of the columns, then each row, each as a line of JSON, in the order of the keys."""
    yield _line([column.name for column in table.columns])
    found = connection.execution_options(yield_per=AT_ONCE).execute(
        select(table).order_by(*table.primary_key.columns)
    )
    for row in found:
        yield _line([_written(value) for value in row])


def _line(values: list[Any]) -> bytes:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _written(value: object) -> object:
    if isinstance(value, datetime):
        return {MOMENT: value.isoformat(timespec="microseconds")}
    if isinstance(value, (bytes, memoryview)):
        return {BYTES: base64.b64encode(value).decode("ascii")}
    return value


def _read(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    return datetime.fromisoformat(content) if kind == MOMENT else base64.b64decode(content, validate=True)


def engine_of(address: str) -> Engine:
    """Return an engine for the address of a database, or for the path of an SQLite file.

    Raise Problem `backup.address` if it is none.
    """
    url = address if "://" in address else f"sqlite:///{address}"
    try:
        make_url(url)
        create_engine(url).dispose()
        return db.connect(url)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        raise Problem("backup.address") from error


def is_empty(engine: Engine) -> bool:
    """Return whether a database has no table at all.

    Raise Problem `backup.unreachable` if it cannot be reached, or is no database.
    """
    try:
        return not inspect(engine).get_table_names()
    except DBAPIError as error:
        said = str(error.orig).strip().partition("\n")[0]
        raise Problem("backup.unreachable", cause=said) from error


def load(
    engine: Engine,
    wanted: str,
    names: set[str],
    read: Callable[[str], Iterable[bytes]],
    root: tuple[int, str],
) -> None:
    """Fill an empty database with the rows of a database of the schema `wanted`, then upgrade it.

    `read` returns the lines of the table that is named. All is one transaction: a failure leaves the
    database empty. Raise Problem `backup.content` if tables, columns or rows are not those of the schema,
    if a row refers to one that is missing, or if the log's tree is not `root`; `store.unavailable` if the
    database fails.
    """
    try:
        with db.rebuilding(engine) as connection:
            command.upgrade(db.alembic_config(connection), wanted)
            found = tables(connection)
            if {table.name for table in found} != names:
                raise Problem("backup.content", place="tables")
            with _no_references(connection):
                for table in found:
                    _fill(connection, table, read(table.name))
            command.upgrade(db.alembic_config(connection), "head")
            if head(connection) != root:
                raise Problem("backup.content", place="log")
    except (IntegrityError, DataError) as error:
        raise Problem("backup.content", place="rows") from error
    except DBAPIError as error:
        raise Problem("store.unavailable") from error


@contextmanager
def _no_references(connection: Connection) -> Iterator[None]:
    """Let rows come in any order: the database asks what they refer to at the end.

    On SQLite, `database.rebuilding` does both.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    found = connection.execute(
        text(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype = 'f' AND connamespace = current_schema()::regnamespace"
        )
    ).all()
    for table, name, _ in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    yield
    for table, name, definition in found:
        connection.exec_driver_sql(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def _fill(connection: Connection, table: Table, found: Iterable[bytes]) -> None:
    rows = iter(found)
    names = [column.name for column in table.columns]
    try:
        if sorted(told := json.loads(next(rows))) != sorted(names):
            raise Problem("backup.content", place=table.name)
        connection.execute(table.delete())  # what a migration has put there
        batch = []
        for row in rows:
            batch.append(dict(zip(told, map(_read, json.loads(row)), strict=True)))
            if len(batch) == AT_ONCE:
                connection.execute(insert(table), batch)
                batch = []
        if batch:
            connection.execute(insert(table), batch)
    except (ValueError, StopIteration) as error:
        raise Problem("backup.content", place=table.name) from error
    for column in table.primary_key.columns:
        _count_on(connection, table, column)


def _count_on(connection: Connection, table: Table, column: Column[Any]) -> None:
    """Let PostgreSQL give the next row a number that is free; SQLite does by itself."""
    if connection.dialect.name != "postgresql":
        return
    sequence = connection.scalar(select(func.pg_get_serial_sequence(f'"{table.name}"', column.name)))
    if sequence is not None:
        last = connection.scalar(select(func.max(column))) or 0
        connection.execute(select(func.setval(sequence, last + 1, False)))  # noqa: FBT003 - SQL's own
