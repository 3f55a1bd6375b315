"""What a statement that was run past SQLAlchemy still needs of it: its errors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from sqlalchemy import Connection


def as_of_sqlalchemy(connection: Connection, words: str, error: Exception) -> Exception:
    """Return an error of the driver as SQLAlchemy raises it; a connection that is lost is given up."""
    dialect = connection.dialect
    driver: Any = connection.connection.dbapi_connection
    lost = dialect.is_disconnect(error, driver, None)  # type: ignore[arg-type]
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
