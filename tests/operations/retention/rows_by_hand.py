"""Rows that a test names, in a database in memory: no other column, key or trigger is needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from consulta.platform.listing import prepare_sqlite
from consulta.platform.models import Base

if TYPE_CHECKING:
    from sqlalchemy import Select


class Rows:
    """Tables with all their columns and none of their conditions, so that a row has what a test says."""

    def __init__(self) -> None:
        self.engine = create_engine("sqlite://")
        connection = self.engine.connect()
        kept: Any = connection.connection.driver_connection
        prepare_sqlite(kept)
        self.session = Session(connection, expire_on_commit=False)
        for table in Base.metadata.sorted_tables:
            key = [column.name for column in table.primary_key]
            kinds = {"id": " INTEGER PRIMARY KEY"} if key == ["id"] else {}
            columns = [f'"{column.name}"{kinds.get(column.name, "")}' for column in table.columns]
            self.session.execute(text(f'CREATE TABLE "{table.name}" ({", ".join(columns)})'))

    def put(self, model: Any, key: int | None = None, /, **values: Any) -> Any:
        """Write a row, with the number `key` where the test names one."""
        row = model(**values) if key is None else model(id=key, **values)
        self.session.add(row)
        self.session.flush()
        return row

    def close(self) -> None:
        """Let the database go."""
        self.session.close()
        self.session.get_bind().close()
        self.engine.dispose()

    def due(self, query: Select[int]) -> list[int]:
        """Return the numbers that a query selects, in order."""
        return sorted(self.session.scalars(query))
