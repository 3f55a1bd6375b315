"""What every test stands on: catalogues compiled, no network but this machine, both kinds of database."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import event, make_url
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule

from consulta.platform import database as db
from consulta.platform import paths
from hatch_build import compile_catalogues
from tests import asked_first, factories, values_only
from tests.deep import DEEP
from tests.postgres import running_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.config import Config
    from sqlalchemy import Engine

pytest_plugins = ("tests.lived", "tests.benches")
ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = frozenset({"", "localhost", "::1", "::"})

GARBAGE = (50_000, 20, 50)  # objects, and rounds of the younger, before the next look
STATEMENTS = 20_000  # compiled statements that are kept for a kind of database


class NetworkRefusedError(RuntimeError):
    """A test tried to reach another machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Compile what is stale, once and not in each worker; then refuse the network."""
    if not hasattr(config, "workerinput") and paths.stale_catalogues():
        compile_catalogues(ROOT / "translations")
    _only_loopback()
    asked_first.watch()
    values_only.watch()
    db.connect = _cheaper(db.connect)  # type: ignore[assignment]
    monkey: Any = Rule
    monkey._compile_builder = _once_an_address(Rule._compile_builder)
    monkey = ScriptDirectory
    monkey.from_config = _once_a_place(ScriptDirectory.from_config)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is marked `deep` to `make test-deep`."""
    if not DEEP:
        left = [item for item in items if item.get_closest_marker("deep")]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if not item.get_closest_marker("deep")]


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never in what was imported: tests are short and memory is not."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


def _cheaper(connect: Callable[[str], Engine]) -> Callable[[str], Engine]:
    """Return `connect` with compiled statements shared by all engines of a process, and no wait for the disk.

    A test's SQLite file is not there to outlive a power cut; processes of their own wait as in life. Each
    test has a database and an engine of its own, and an engine compiles each statement anew: a third of the
    time of tests that use a database. A statement is found again under its dialect, so that dialects of one
    kind have to count as equal.
    """
    kept: dict[str, LRUCache[Any, Any]] = {}

    def shared(url: str) -> Engine:
        engine = connect(url)
        kind: Any = type(engine.dialect)
        kind.__eq__ = lambda one, other: type(one) is type(other)
        kind.__hash__ = lambda one: hash(type(one))
        engine._compiled_cache = kept.setdefault(engine.dialect.name, LRUCache(STATEMENTS))
        if engine.dialect.name == "sqlite":
            event.listen(engine, "connect", lambda driver, _: driver.execute("PRAGMA synchronous = 0"))
        return engine

    return wraps(connect)(shared)


def _once_an_address(compiled: Callable[..., Any]) -> Callable[..., Any]:
    """Return how to compile an address of an application once: two thirds of making one is that."""
    known: dict[tuple[Any, ...], Any] = {}

    def once(self: Any, append_unknown: bool = True) -> Any:
        if self.defaults:
            return compiled(self, append_unknown)
        key = self.rule, tuple(self._trace), append_unknown
        if key not in known:
            known[key] = compiled(self, append_unknown)  # a function that is given the address
        return known[key]

    return wraps(compiled)(once)


def _once_a_place(read: Callable[[Config], ScriptDirectory]) -> Callable[[Config], ScriptDirectory]:
    """Return how to read the migrations once: the look whether a schema is current reads all of them."""
    known: dict[str | None, ScriptDirectory] = {}

    def once(config: Config) -> ScriptDirectory:
        place = config.get_main_option("script_location")
        return known.setdefault(place, known.get(place) or read(config))

    return wraps(read)(once)


def _only_loopback() -> None:
    """Refuse each address of another machine: before a connection, a datagram and a question for a name.

    A hook of `sys.addaudithook` would see them too, and cost a test in a hundred: it is asked at each `open`.
    """

    def refuse(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if name not in LOOPBACK and not name.startswith("127."):
            raise NetworkRefusedError(f"a test tried to reach {name}")

    def guarded(does: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(does)
        def sends(plug: socket.socket, *arguments: Any) -> Any:
            if isinstance(arguments[-1], tuple):  # anything else is a local socket
                refuse(arguments[-1][0])
            return does(plug, *arguments)

        return sends

    kind: Any = socket.socket
    for name in ("connect", "connect_ex", "sendto"):
        setattr(kind, name, guarded(getattr(kind, name)))
    found = socket.getaddrinfo

    @wraps(found)
    def getaddrinfo(host: Any, *arguments: Any, **options: Any) -> Any:
        refuse(host)
        return found(host, *arguments, **options)

    socket.getaddrinfo = getaddrinfo


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Address of a PostgreSQL where databases may be made: what the environment names, or our own."""
    if named := os.environ.get("CONSULTA_TEST_DATABASE"):
        yield named
        return
    with running_server() as address:
        yield address


@contextmanager
def copied(postgres_server: str, template: str) -> Iterator[str]:
    """Address of a PostgreSQL database that is a copy of `template`, and goes when it was used."""
    server = make_url(postgres_server)
    name = f"consulta_{secrets.token_hex(8)}"
    address = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    yield server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """Address of a fresh, empty PostgreSQL database for one test."""
    with copied(postgres_server, "template0") as address:
        yield address


@pytest.fixture(scope="session")
def migrated_postgres(postgres_server: str) -> Iterator[str]:
    """Name of a PostgreSQL database as the migrations make it, to be copied and never opened."""
    with copied(postgres_server, "template0") as address:
        engine = db.connect(address)
        db.upgrade(engine)
        engine.dispose()
        yield str(make_url(address).database)


@pytest.fixture
def migrated_postgres_url(postgres_server: str, migrated_postgres: str) -> Iterator[str]:
    """Address of a fresh PostgreSQL database with the newest schema for one test."""
    with copied(postgres_server, migrated_postgres) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """Address of a fresh SQLite database in a file of one test."""
    return f"sqlite:///{tmp_path / 'consulta.sqlite3'}"


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `moment()` return the same second for the whole of a test.

    A test of a boundary that asks for the moment twice fails each time a second ends between the two.
    """
    moment = factories.moment
    start = moment()
    for name, module in [*sys.modules.items()]:
        if name.startswith("tests.") and getattr(module, "moment", None) is moment:
            monkeypatch.setattr(module, "moment", lambda: start)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """Address of a fresh, empty database: the same test runs on SQLite and on PostgreSQL."""
    address: str = request.getfixturevalue(f"{request.param}_url")
    return address
