"""The engine: how a connection is set up, how the schema comes to its newest form, how a database is checked.

SQLite runs with a write-ahead log and full synchronisation: what was committed survives a crash.
Transactions are begun by us (`BEGIN IMMEDIATE` for writing), never by the driver.
"""

from __future__ import annotations

import logging
import sqlite3
from contextlib import contextmanager
from functools import partial
from math import inf
from pathlib import Path
from threading import Lock
from time import monotonic, sleep
from typing import TYPE_CHECKING, Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, func, inspect, literal_column, select, table, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError

from consulta.core.problems import Problem
from consulta.platform import listing
from consulta.platform.models import Base

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Dialect
    from sqlalchemy.pool import ConnectionPoolEntry

PRAGMAS: dict[str, Any] = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "busy_timeout": 5000,
    "secure_delete": 1,  # what is blanked, such as a sent mail's link, is not left in the file
}
WRITES = "consulta_writes"
MOVED = "consulta_moved"  # what a database has that was moved to another one
UNUSABLE = OperationalError  # raised of a database that cannot be reached, or not be opened
LOOK_AGAIN = 0.002  # seconds after which a writer looks again whether another process has finished
KEPT_OPEN = 8  # connections that stay open: one for each thread that serves pages (`shell/cli/serve.py`)
QUIET = 1.0  # seconds after which a connection is asked first: under load that would be each query's twin
_TURN, _USED = "consulta_turn", "consulta_used"
_log = logging.getLogger(__name__)


def connect(url: str) -> Engine:
    """Return an engine for `url` (`sqlite:///…` or `postgresql://…`); no connection is opened yet."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        # Threads share the pool's connections, one at a time; the driver's own check would forbid that.
        # Values are people and votes: an error that goes into a log names none of them.
        engine = create_engine(
            parsed,
            connect_args={"check_same_thread": False, "timeout": 10},
            hide_parameters=True,
            pool_size=KEPT_OPEN,
        )
        turn = Lock()
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", lambda connection: _begin_sqlite(connection, turn))
        event.listen(engine, "checkin", _pass_turn)
        return engine
    # The connection used last is taken first: it has the statements prepared.
    engine = create_engine(parsed, hide_parameters=True, pool_size=KEPT_OPEN, pool_use_lifo=True)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", partial(_require_alive, engine.dialect))
    schema = _schema_of(parsed)
    if schema:
        event.listen(engine, "connect", lambda connection, _record: _require_schema(connection, schema))
    return engine


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = monotonic()


def _require_alive(dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
    """Ask a connection that was not used for `QUIET` seconds whether the database still answers.

    Raise InvalidatePoolError if it does not: the pool then opens new connections.
    """
    if monotonic() - record.info.get(_USED, inf) < QUIET:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


SEARCH = "-csearch_path="  # an option of a connection: in which schema tables are looked up
SCHEMA_WAIT = "10s"  # for those who are in a schema while it is deleted


def is_file(url: str) -> bool:
    """Return whether a database is a file of SQLite."""
    return make_url(url).get_backend_name() == "sqlite"


def in_schema(url: str, schema: str) -> str:
    """Return the address of a schema of a PostgreSQL database, in which no other schema is looked up."""
    parsed = make_url(url)
    options = f"{_options(parsed)} {SEARCH}{schema}".strip()
    return parsed.update_query_dict({"options": options}).render_as_string(hide_password=False)


def _options(parsed: URL) -> str:
    given = parsed.query.get("options", "")
    return given if isinstance(given, str) else " ".join(given)


def _schema_of(parsed: URL) -> str:
    """Return the schema that `in_schema` wrote into an address; empty where it wrote none."""
    return _options(parsed).rpartition(SEARCH)[2] if SEARCH in _options(parsed) else ""


def _require_schema(connection: Any, schema: str) -> None:
    """Raise Problem `store.unavailable` where a connection does not look into the schema it was made for.

    A pool between program and database may pass no options on: what is meant for one schema would then be
    written into another one.
    """
    cursor = connection.cursor()
    cursor.execute("SELECT current_schema()")
    found = cursor.fetchone()[0]
    cursor.close()
    connection.rollback()
    if found != schema:
        _log.error("database.schema wanted=%s found=%s", schema, found)
        raise Problem("store.unavailable")


def create_schema(url: str, schema: str) -> None:
    """Create an empty schema in a PostgreSQL database."""
    _run(url, f"CREATE SCHEMA {schema}")


def drop_schema(url: str, schema: str) -> None:
    """Delete a schema of a PostgreSQL database with all in it; nothing happens where there is none."""
    _run(url, f"SET LOCAL lock_timeout = '{SCHEMA_WAIT}'", f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _run(url: str, *statements: str) -> None:
    engine = connect(url)
    try:
        with engine.begin() as connection:
            for each in statements:
                connection.execute(text(each))
    finally:
        engine.dispose()


def make_private(url: str) -> None:
    """Make the file of an SQLite database that does not exist yet, so that only its owner reads it.

    The files that SQLite puts beside it take over its mode.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite" and parsed.database not in {None, "", ":memory:"}:
        Path(str(parsed.database)).touch(mode=0o600)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    listing.prepare_sqlite(connection)
    for name, value in PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        in_memory = name == "journal_mode" and found == "memory"
        if found != value and not in_memory:
            raise Problem("store.pragma", name=name, want=value, found=found)


def _begin_sqlite(connection: Connection, turn: Lock) -> None:
    """Begin a transaction; one that will write takes the lock at once, so that no two deadlock.

    The writers of this process wait for each other on `turn` first, and then look every few milliseconds
    whether another process has finished. SQLite itself has no queue: it lets waiting writers try again
    after growing pauses, and under load some of them would never succeed.
    Raise Problem `store.unavailable` if the turn does not come in time; both waits together last no
    longer than one.
    """
    if not connection.get_execution_options().get(WRITES, False):
        reader: Any = connection.connection.dbapi_connection
        reader.execute(
            "BEGIN"
        )  # of each page, several times: past SQLAlchemy, which does much for a statement
        return
    limit, since = PRAGMAS["busy_timeout"], monotonic()
    if not turn.acquire(timeout=limit / 1000):
        raise Problem("store.unavailable")
    connection.info[_TURN] = turn
    until = since + limit / 1000  # both waits together are no longer than one
    driver: Any = connection.connection.dbapi_connection
    driver.execute("PRAGMA busy_timeout = 1")
    try:
        while not _begun(driver) and monotonic() < until:
            sleep(LOOK_AGAIN)
        if not driver.in_transaction:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {limit}")


def _begun(driver: sqlite3.Connection) -> bool:
    """Return whether a transaction that writes has begun, or never will for another reason than waiting."""
    try:
        driver.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY
    return True


def _pass_turn(_connection: object, record: ConnectionPoolEntry) -> None:
    """Let the next writer begin: a connection that wrote, or could not begin to, is back in the pool."""
    turn = record.info.pop(_TURN, None)
    if turn is not None:
        turn.release()


def wipe(engine: Engine) -> None:
    """Empty SQLite's write-ahead log, so that blanked content does not remain in it.

    While another connection reads, this is left for a later call. Other databases are left as they are.
    """
    if engine.dialect.name != "sqlite":
        return
    with engine.connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA busy_timeout = 100")
        try:
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        finally:
            driver.execute(f"PRAGMA busy_timeout = {PRAGMAS['busy_timeout']}")


def alembic_config(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration, made without a file; the scripts are in the package."""
    config = Config()
    config.set_main_option("script_location", "consulta.platform:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`, in one transaction."""
    with rebuilding(engine) as connection:
        command.upgrade(alembic_config(connection), revision)
    _log.info("database.upgraded revision=%s", revision)


@contextmanager
def rebuilding(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in one transaction that may recreate a table to which others refer.

    SQLite would refuse to drop such a table. So its foreign keys are off meanwhile, and all of them are
    checked before the transaction is committed, as its manual advises. Raise Problem
    `store.foreign_keys` if any is broken.
    """
    with engine.execution_options(**{WRITES: True}).connect() as connection:
        if engine.dialect.name != "sqlite":
            with connection.begin():
                yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute("PRAGMA foreign_keys = 0")
        try:
            with connection.begin():
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise Problem("store.foreign_keys", count=len(broken))
        finally:
            driver.execute("PRAGMA foreign_keys = 1")


@contextmanager
def closed(engine: Engine) -> Iterator[Connection]:
    """Yield a connection in a transaction during which no other one can write; others go on reading."""
    with engine.execution_options(**{WRITES: True}).connect() as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            names = ", ".join(f'"{name}"' for name in inspect(connection).get_table_names())
            connection.exec_driver_sql(f"LOCK TABLE {names} IN EXCLUSIVE MODE")
        yield connection


def mark_moved(connection: Connection) -> None:
    """Let a database take no more acts: from now on another one is the installation's.

    A process that still serves it tells each person that nothing was recorded.
    """
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(
            f"CREATE FUNCTION {MOVED}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            f" 'constraint failed: {MOVED}' USING ERRCODE = '23000'; END $$"
        )
        connection.exec_driver_sql(
            f"CREATE TRIGGER {MOVED} BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION {MOVED}()"
        )
        return
    connection.exec_driver_sql(
        f"CREATE TRIGGER {MOVED} BEFORE INSERT ON log"
        f" BEGIN SELECT RAISE(ABORT, 'constraint failed: {MOVED}'); END"
    )


def _is_moved(connection: Connection) -> bool:
    if connection.dialect.name == "postgresql":
        query = "SELECT 1 FROM pg_trigger WHERE tgname = :name AND tgrelid = to_regclass('log')"
    else:
        query = "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = :name"
    return connection.execute(text(query), {"name": MOVED}).first() is not None


@contextmanager
def snapshot(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at one moment, while others go on writing.

    Raise Problem `store.unavailable` if the database fails.
    """
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    try:
        with engine.connect() as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise Problem("store.unavailable") from error


def require_current(engine: Engine) -> None:
    """Raise Problem `store.schema` if the schema of the database is not the newest.

    Raise Problem `store.moved` if the installation was moved to another database.
    """
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
        if _is_moved(connection):
            raise Problem("store.moved")
    newest = ScriptDirectory.from_config(alembic_config()).get_current_head()
    if found != newest:
        raise Problem("store.schema", found=found or "-", newest=newest or "-")


def integrity(engine: Engine) -> list[str]:
    """Return the faults of the database itself; an empty list where there are none.

    SQLite has checks of its own. Of PostgreSQL each table is read whole, and its catalogue is asked for what
    is not in force: constraints that were never validated, indexes that are not valid, guards that are
    switched off; and for pages whose checksum failed, where it keeps checksums.
    """
    if engine.dialect.name != "sqlite":
        return [*_unreadable(engine), *_not_in_force(engine)]
    with engine.connect() as connection:
        rows: list[Any] = [row[0] for row in connection.execute(text("PRAGMA integrity_check"))]
        rows += [f"foreign key: {tuple(row)}" for row in connection.execute(text("PRAGMA foreign_key_check"))]
    return [row for row in rows if row != "ok"]


def looked_at(engine: Engine) -> str:
    """Return in words what `integrity` looks at, with which database this is."""
    if engine.dialect.name == "sqlite":
        return "SQLite: its file, and what rows refer to"
    with engine.connect() as connection:
        version, standby, used, most = connection.execute(text(_WHICH)).one()
        tables = len(inspect(connection).get_table_names())
    role = "a standby" if standby else "the first one"
    return (
        f"PostgreSQL {version}, {role}, {used} of {most} connections: {tables} tables read whole;"
        " constraints, indexes and guards in force"
    )


_WHICH = """\
SELECT split_part(current_setting('server_version'), ' ', 1), pg_is_in_recovery(),
(SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
current_setting('max_connections')"""
# What is not in force, in the schema in which tables are looked up: for each a query for names.
_NOT_IN_FORCE = {
    "constraint {}: what was stored before it was never held against it": """\
SELECT conname FROM pg_constraint WHERE NOT convalidated AND connamespace = current_schema()::regnamespace""",
    "index {}: it is not valid, since its making did not end": """\
SELECT c.relname FROM pg_index JOIN pg_class c ON c.oid = indexrelid
WHERE NOT (indisvalid AND indisready) AND c.relnamespace = current_schema()::regnamespace""",
    "guard {}: it is switched off": """\
SELECT c.relname || '.' || tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
WHERE tgenabled = 'D' AND c.relnamespace = current_schema()::regnamespace""",
    "{} pages could not be read: their checksum failed": """\
SELECT checksum_failures FROM pg_stat_database
WHERE datname = current_database() AND checksum_failures > 0""",
}


def _unreadable(engine: Engine) -> Iterator[str]:
    """Yield each table that the models have and that cannot be read to its end, with every value in it."""
    for name in sorted(Base.metadata.tables):
        try:
            with engine.connect() as connection:
                whole = select(func.count(func.length(literal_column(f'"{name}"::text'))))
                connection.execute(whole.select_from(table(name)))
        except DBAPIError as error:
            yield f"table {name}: it cannot be read ({str(error.orig).strip().partition(chr(10))[0]})"


def _not_in_force(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        for words, query in _NOT_IN_FORCE.items():
            for name in connection.scalars(text(query)):
                yield words.format(name)
