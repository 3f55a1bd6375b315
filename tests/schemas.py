"""Schemas of SQLite made by the migrations once: all of them take half a second, and tests want hundreds."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alembic.config import Config
    from sqlalchemy import Connection

BY_MIGRATIONS = command.upgrade


@pytest.fixture(scope="session", autouse=True)
def schemas_made_once() -> Iterator[None]:
    """Let this process upgrade an empty SQLite database by migrations once for each revision asked for.

    A database that is not empty, and each one on PostgreSQL, is upgraded by the migrations.
    """
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(command, "upgrade", once(BY_MIGRATIONS))
        yield


def once(upgrade: Callable[..., None]) -> Callable[..., None]:
    """Return how to upgrade: by the statements that write what the migrations made before, where they did."""
    known: dict[str, tuple[str, ...]] = {}

    @wraps(upgrade)
    def upgraded(config: Config, revision: str, *more: Any, **options: Any) -> None:
        connection: Connection | None = config.attributes["connection"]
        if connection is None or connection.dialect.name != "sqlite" or _tables(connection):
            upgrade(config, revision, *more, **options)
        elif revision in known:
            for statement in known[revision]:
                connection.exec_driver_sql(statement)
        else:
            upgrade(config, revision, *more, **options)
            known[revision] = written(connection)

    return upgraded


def written(connection: Connection) -> tuple[str, ...]:
    """Return the statements that write this SQLite database anew."""
    database: Any = connection.connection.dbapi_connection
    return tuple(each for each in database.iterdump() if each not in {"BEGIN TRANSACTION;", "COMMIT;"})


def _tables(connection: Connection) -> int:
    return int(connection.scalar(text("SELECT count(*) FROM sqlite_master")) or 0)
