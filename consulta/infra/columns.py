"""Columns read without the mapper: for statements that every vote runs, and that make no mapped rows.

The session adds more to such a statement than the database takes for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVarTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import CursorResult, Select
    from sqlalchemy.orm import Session


Columns = TypeVarTuple("Columns")


def columns(
    session: Session, statement: Select[*Columns], values: Mapping[str, object]
) -> CursorResult[*Columns]:
    """Return the rows of a statement that asks for columns, in the transaction of a session."""
    session.flush()
    return session.connection().execute(statement, values)


def one(session: Session, statement: Select[Any], values: Mapping[str, object]) -> Any:
    """Return the first column of the first row, or None where there is no row; see `columns`."""
    return columns(session, statement, values).scalar()
