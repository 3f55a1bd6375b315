"""Several statements to PostgreSQL in one round trip.

A statement whose answer is needed now takes along those that wait: what is written without an answer, and
what will be asked later in the same transaction. The last ones go with its COMMIT. Each statement is
prepared once for each connection. The database runs them one after the other, so each sees what those
before it wrote, and holds what they hold; after an error it runs none of the rest.

Source: libpq's pipeline mode, https://www.postgresql.org/docs/current/libpq-pipeline-mode.html.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from select import POLLIN, POLLOUT, poll
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg import errors, pq
from psycopg.adapt import PyFormat, Transformer
from sqlalchemy import event

from consulta.infra.statements.driver import as_of_sqlalchemy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from sqlalchemy import Connection, Engine
    from sqlalchemy.pool import PoolProxiedConnection

    Raw = Sequence[tuple[Any, ...]]
    Parameters = tuple[Any, ...]

_PIPELINE = "consulta_pipeline"  # the attribute of a connection of the driver
_OF_ROWS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")
_names = count(1)
_UNPREPARED = (errors.InvalidSqlStatementName, errors.FeatureNotSupported)  # to be prepared anew
_GOOD = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK)


@dataclass(frozen=True, slots=True, eq=False)
class Statement:
    """A statement in the words of PostgreSQL, with `$1`, `$2`, … for its parameters, each with a cast.

    `reads` are the tables that it reads; `writes` is the one that it writes, empty where it writes none.
    """

    words: bytes
    reads: frozenset[str] = frozenset()
    writes: str = ""


@dataclass(slots=True)
class _Waiting:
    statement: Statement
    parameters: Parameters
    tell: Callable[[], None]  # says to those who listen that the statement is sent
    keep: bool = True  # the answer, until it is asked for


class _Sent(NamedTuple):
    """What an answer belongs to: a statement, its preparation (`name`), or a begin or end (none of both)."""

    waiting: _Waiting | None = None
    name: bytes = b""


def of(connection: Connection) -> Pipeline:
    """Return the pipeline of a connection."""
    driver = connection.connection.dbapi_connection
    found = _known(driver)
    if found is None:
        found = Pipeline(driver)
        setattr(driver, _PIPELINE, found)
    return found


def _known(driver: Any) -> Pipeline | None:
    found: Pipeline | None = getattr(driver, _PIPELINE, None)
    return found


def listen(engine: Engine) -> None:
    """Send what waits before each other statement of an engine, and with the COMMIT of its transactions."""
    dialect: Any = engine.dialect
    dialect.do_commit = partial(_commit, dialect.do_commit)
    dialect.do_rollback = partial(_roll_back, dialect.do_rollback)
    event.listen(engine, "before_cursor_execute", _before_another)


def _before_another(connection: Connection, _cursor: object, words: str, *_: object) -> None:
    found = _known(connection.connection.dbapi_connection)
    if found is None or found.sending:
        return
    try:
        found.send()
    except errors.Error as error:
        raise as_of_sqlalchemy(connection, "", error) from error
    found.forget()  # the other statement may write what was answered
    if not words.lstrip().upper().startswith(_OF_ROWS):
        found.prepared.clear()  # after ALTER, DROP and the like the driver lets the database forget them


def _commit(by_driver: Callable[[Any], None], connection: PoolProxiedConnection) -> None:
    found = _known(connection.dbapi_connection)
    if found is not None:
        found.send(commit=True)
        found.forget()
    by_driver(connection)  # which sends nothing where the transaction has ended


def _roll_back(by_driver: Callable[[Any], None], connection: PoolProxiedConnection) -> None:
    found = _known(connection.dbapi_connection)
    if found is not None:
        found.forget()
        _end(found.driver)
    by_driver(connection)


def _end(driver: Any) -> None:
    """Roll back without the driver, which would let the database forget each prepared statement.

    Where that fails, the transaction is left to the driver, which raises the error.
    """
    if driver.pgconn.transaction_status in {pq.TransactionStatus.INTRANS, pq.TransactionStatus.INERROR}:
        with suppress(errors.Error):
            driver.pgconn.exec_(b"ROLLBACK")


class Pipeline:
    """What waits to be sent over one connection, and the answers that nothing asked for yet."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self.sending = False
        self._to_load = Transformer(driver)
        self.prepared: dict[Statement, bytes] = {}
        self._waiting: list[_Waiting] = []
        self._failed = False  # what waited was lost: the transaction must not be committed without it
        self._kept: dict[tuple[Statement, Parameters], Raw] = {}

    def add(self, statement: Statement, parameters: Parameters, tell: Callable[[], None]) -> None:
        """Let a statement wait for the next round trip in this transaction.

        Where it writes, no earlier answer about its table is kept.
        """
        if statement.writes:
            for asked in [each for each in self._kept if statement.writes in each[0].reads]:
                del self._kept[asked]
            for each in self._waiting:
                each.keep = each.keep and statement.writes not in each.statement.reads
        self._waiting.append(_Waiting(statement, parameters, tell, keep=not statement.writes))

    def answer(
        self,
        statement: Statement,
        parameters: Parameters,
        tell: Callable[[], None],
        then: Callable[[], None] | None = None,
    ) -> Raw:
        """Return the rows of a statement; what waits is sent before it, and what `then` adds after it.

        An answer that came with an earlier round trip of the transaction is given once.
        Raise psycopg.Error at the first statement that fails.
        """
        asked = statement, parameters
        if asked not in self._kept:
            waits = any(each.keep and (each.statement, each.parameters) == asked for each in self._waiting)
            if not waits:
                self.add(statement, parameters, tell)
                self._waiting[-1].keep = True
            if then is not None:
                then()
            self.send()
        return self._kept.pop(asked)

    def send(self, *, commit: bool = False) -> None:
        """Send what waits and keep the answers; `commit`: end the transaction in the same round trip.

        Raise psycopg.Error at the first statement that fails; the transaction can then only be rolled back.
        """
        if self._failed:
            raise errors.InFailedSqlTransaction("what waited in this transaction was lost by an error")
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self.sending = True
        try:
            for each in waiting:
                each.tell()
            self._exchange(waiting, commit=commit)
        except BaseException:
            self.forget()
            self._failed = True
            raise
        finally:
            self.sending = False

    def forget(self) -> None:
        """Drop what waits and what was answered: the transaction has ended, or never began."""
        self._waiting.clear()
        self._kept.clear()
        self._failed = False

    def _exchange(self, waiting: list[_Waiting], *, commit: bool, again: bool = False) -> None:
        libpq = self.driver.pgconn
        alone = libpq.transaction_status == pq.TransactionStatus.IDLE
        parameters = [self._dumped(each.parameters) for each in waiting]
        try:
            libpq.enter_pipeline_mode()
            sent = list(self._sent(libpq, waiting, parameters, commit=commit))
            libpq.pipeline_sync()
            error = self._received(libpq, sent)
            libpq.exit_pipeline_mode()
        except BaseException:
            self.driver.close()  # it is not known what else would come over this connection
            raise
        if error is not None:
            self.prepared.clear()
            if not isinstance(error, _UNPREPARED) or not alone or again:
                raise error
            _end(self.driver)
            self._kept.clear()
            self._exchange(waiting, commit=commit, again=True)

    def _dumped(self, parameters: Parameters) -> Sequence[Any]:
        return self._to_load.dump_sequence(parameters, [PyFormat.TEXT] * len(parameters))

    def _sent(
        self, libpq: Any, waiting: list[_Waiting], parameters: list[Sequence[Any]], *, commit: bool
    ) -> Iterator[_Sent]:
        if not self.driver.autocommit and libpq.transaction_status == pq.TransactionStatus.IDLE:
            libpq.send_query_params(b"BEGIN", None)
            yield _Sent()
        fresh: dict[Statement, bytes] = {}
        for each, dumped in zip(waiting, parameters, strict=True):
            name = self.prepared.get(each.statement) or fresh.get(each.statement)
            if name is None:
                name = fresh[each.statement] = b"consulta_%d" % next(_names)
                libpq.send_prepare(name, each.statement.words)
                yield _Sent(each, name)
            libpq.send_query_prepared(name, dumped)
            yield _Sent(each)
        if commit:
            libpq.send_query_params(b"COMMIT", None)
            yield _Sent()

    def _received(self, libpq: Any, sent: list[_Sent]) -> Exception | None:
        """Take the answers to what was sent; return the error of the first statement that failed."""
        socket = poll()
        socket.register(libpq.socket, POLLIN | POLLOUT)
        while libpq.flush():
            socket.poll()
            libpq.consume_input()
        socket.modify(libpq.socket, POLLIN)
        error: Exception | None = None
        for each in sent:
            found = _next(libpq, socket)
            _next(libpq, socket)  # nothing: the end of this answer
            if error is None:  # else it was not run by the database
                error = _error_of(found)
                if error is None:
                    self._keep(each, found)
        end = _next(libpq, socket)
        if end is None or end.status != pq.ExecStatus.PIPELINE_SYNC:
            raise errors.OperationalError("the database did not end its answer")
        return error

    def _keep(self, sent: _Sent, found: Any) -> None:
        waiting = sent.waiting
        if waiting is None:
            return
        if sent.name:
            self.prepared[waiting.statement] = sent.name
        elif waiting.keep:
            self._kept[waiting.statement, waiting.parameters] = self._rows(found)

    def _rows(self, found: Any) -> Raw:
        if found.status != pq.ExecStatus.TUPLES_OK:
            return ()
        self._to_load.set_pgresult(found)
        rows: Raw = self._to_load.load_rows(0, found.ntuples, tuple)
        return rows


def _error_of(found: Any) -> Exception | None:
    if found is None:
        return errors.OperationalError("the database ended the connection")
    if found.status not in _GOOD:
        return errors.error_from_result(found, encoding="utf-8")
    if found.command_status == b"ROLLBACK":  # the answer to a COMMIT after an error
        return errors.InFailedSqlTransaction("the transaction was rolled back")
    return None


def _next(libpq: Any, socket: poll) -> Any:
    while libpq.is_busy():
        socket.poll()
        libpq.consume_input()
    return libpq.get_result()
