"""What all tables share: types, names of constraints, and what each table and column is kept for.

A class says in `kept` what its rows are for, how long they are kept, and what becomes of them. A column that
goes otherwise says so in its `info`; one that holds words, JSON or bytes must say it in any case, even that
it stays as its row does (`AS_ROW`). `docs/retention.md` is written from it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, cast

from sqlalchemy import JSON, CheckConstraint, DateTime, Dialect, LargeBinary, MetaData, String, TypeDecorator
from sqlalchemy import Text as Words
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from consulta.core.texts import Text
from consulta.platform.data import tongues

if TYPE_CHECKING:
    from sqlalchemy import Column, Table


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


KEPT, ERASED, PSEUDONYM, DELETED = "kept", "erased", "pseudonymised", "deleted"

RECORD = "as long as the installation: with it the count, and who could vote, are checked"
HASHED = "as long as the installation: its digest is in the log, so a change would break the check"
PUBLISHED = "as long as the installation: it was published"
OURS = "as long as the installation: it is about organisations or the process, not about people"
NUMBER = "as long as the row: numbers and states without a name"

CONTACTS = "contacts of members"
NOMINEES = "people proposed for panels"
GUESTS = "people invited to panels"
STAFF = "staff and scrutineers"
ALL = "all who are written to"

Info = dict[str, Any]


class Fate(NamedTuple):
    """What becomes of a column, and when: after the period of a `kind` of erasure, or `until` an event.

    For what stays, `until` is the reason. `but` says what of it stays, or goes at another time.
    """

    fate: str
    kind: str = ""  # of erasure: its period is a setting
    until: str = ""
    but: str = ""


class Kept(NamedTuple):
    """What a table is for, whose data it has ("": of no person), and the fate of its rows."""

    purpose: str
    people: str
    fate: Info


def stays(why: str) -> Info:
    """Return the `info` of a column that is kept."""
    return {"fate": Fate(KEPT, until=why)}


def goes(kind: str, fate: str = ERASED, but: str = "") -> Info:
    """Return the `info` of a column that the worker erases after the period of a kind."""
    return {"fate": Fate(fate, kind, but=but)}


def until(event: str, fate: str = DELETED) -> Info:
    """Return the `info` of a column that another feature erases at an event."""
    return {"fate": Fate(fate, until=event)}


AS_ROW: Info = {"fate": None}


class KeptTable(NamedTuple):
    """A table as the papers tell of it: its name, what `kept` of its class says, its columns by fate."""

    name: str
    purpose: str
    people: str
    fates: dict[Fate, list[str]]


def tables(base: type[DeclarativeBase]) -> list[KeptTable]:
    """Return what each table is kept for, and what becomes of its columns.

    Raise ValueError for a column with words, JSON or bytes of which nobody said what becomes of it.
    """
    classes = {cast("Table", each.local_table): each.class_ for each in base.registry.mappers}
    found = []
    for table in base.metadata.tables.values():
        kept: Kept = classes[table].kept
        fates: dict[Fate, list[str]] = {}
        for column in table.columns:
            if "fate" not in column.info and _may_be_personal(column, kept):
                raise ValueError(
                    f"{column}: say what becomes of it, mapped_column(info=AS_ROW), stays(…) or goes(…)"
                )
            fates.setdefault(column.info.get("fate") or kept.fate["fate"], []).append(column.name)
        found.append(KeptTable(table.name, kept.purpose, kept.people, fates))
    return found


def _may_be_personal(column: Column[Any], kept: Kept) -> bool:
    """Return whether a column that stays could hold words of people: no number, key, code or moment can."""
    kind = column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type
    if kept.fate["fate"].fate == DELETED or not isinstance(kind, String | JSON | LargeBinary):
        return False
    return not (_is_code(column) or (isinstance(kind, String) and kind.length == 2))  # noqa: PLR2004 - a country


def _is_code(column: Column[Any]) -> bool:
    """Return whether a constraint lists what the column may have, or says that it is a language."""
    checks = (str(each.sqltext) for each in column.table.constraints if isinstance(each, CheckConstraint))
    bound = re.compile(rf"\b{column.name} IN \(|^length\({column.name}\) BETWEEN")
    return any(bound.search(each) for each in checks)
