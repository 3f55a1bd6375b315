"""What all tables share: types of moments and of texts in several languages, names of constraints."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from sqlalchemy import JSON, DateTime, Dialect, MetaData, TypeDecorator
from sqlalchemy import Text as Words
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consulta.core.texts import Text
from consulta.platform.data import tongues

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


# The code of a language; which there are is in the list of languages (`platform/data/tongues.toml`), not
# here.
LANGUAGE = "length(language) BETWEEN 2 AND 8"


class Instant(TypeDecorator[datetime]):
    """A moment with its zone, always UTC outside; SQLite keeps it without a zone, PostgreSQL with one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment in UTC for the database; raise ValueError if it has no zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Return the moment from the database in UTC, always with its zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Translated(TypeDecorator[Text]):
    """A text in several languages, kept as one JSON value: language → words."""

    impl = JSON
    cache_ok = True

    def process_bind_param(self, value: Text | None, dialect: Dialect) -> dict[str, str]:
        """Return the value to store: the words by language; empty for no text."""
        return dict(value or {})

    def process_result_value(self, value: dict[str, str] | None, dialect: Dialect) -> Text:
        """Return the text of a stored value; a text without words for NULL."""
        return Text(value or {})


def first_language() -> str:
    """Return the code of the first language in the list of languages."""
    return tongues.codes()[0]


class Base(DeclarativeBase):
    """Root of the mapped classes."""

    # Rows are written once: triggers refuse to change or delete them (`migrations/guards.py`).
    written_once: ClassVar[bool] = False
    # Of such rows, what may be erased later: column -> what it then has, as SQL.
    blanked: ClassVar[Mapping[str, str]] = {}

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Words(),
        Text: Translated(),
        datetime: Instant(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


class Row(Base):
    """A row that is known by a number of its own."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
