"""What each table and column is for, how long it is kept, and what becomes of it: said with the model.

A class says it of its rows in `kept`. A column that goes otherwise says so in its `info`; one that holds
words, JSON or bytes must say it in any case, be it that it stays as its row does (`AS_ROW`).
`docs/retention.md` is written from it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy import Column, Table
    from sqlalchemy.orm import DeclarativeBase

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
