"""What a page reads from the database, in statements and bytes, over rounds that differ only in their size.

A published round of the demonstration is enlarged by rows in bulk, as votes leave them behind:
organisations, contacts, seats with their addresses and links, ballots, rows of the log, mails. The counted
bundle and what the opening froze are as many seats longer. Nothing is counted again: all else stays as it is.
"""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

NUMBER = 8  # bytes that a number or a moment counts for
BUNDLE = '{"format": "consulta-bundle/'


@dataclass(slots=True)
class Meter:
    """How many statements were sent to a database, how many bytes came back, and in them how many bundles."""

    statements: int = 0
    size: int = 0
    bundles: int = 0

    def weigh(self, rows: Any) -> Any:
        """Add what these rows hold, and hand them on."""
        for value in (value for row in rows if row is not None for value in row if value is not None):
            self.size += len(value.encode()) if isinstance(value, str) else NUMBER
            self.bundles += isinstance(value, str) and value.startswith(BUNDLE)
        return rows

    def read(self) -> tuple[int, int, int]:
        """Return statements, bytes and bundles, and begin anew."""
        found = (self.statements, self.size, self.bundles)
        self.statements = self.size = self.bundles = 0
        return found


class _Cursor(sqlite3.Cursor):
    """A cursor that weighs what is fetched from it."""

    meter: Meter

    def execute(self, *given: Any) -> Any:
        self.meter.statements += 1
        return super().execute(*given)

    def __next__(self) -> Any:
        return self.meter.weigh([super().__next__()])[0]

    def fetchone(self) -> Any:
        return self.meter.weigh([super().fetchone()])[0]

    def fetchmany(self, *size: Any) -> Any:
        return self.meter.weigh(super().fetchmany(*size))

    def fetchall(self) -> Any:
        return self.meter.weigh(super().fetchall())


class _Connection(sqlite3.Connection):
    """A connection whose cursors weigh what is fetched from them."""

    meter: Meter

    def cursor(self, *_: Any) -> Any:
        cursor = super().cursor(_Cursor)
        cursor.meter = self.meter
        return cursor


def metered(engine: Engine) -> Meter:
    """Return a meter of all that comes from an SQLite database that nothing was asked yet."""
    meter = Meter()

    def opened(_dialect: Any, _record: Any, arguments: Any, named: Any) -> Any:
        connection = sqlite3.connect(*arguments, **named, factory=_Connection)
        connection.meter = meter
        return connection

    event.listen(engine, "do_connect", opened)
    return meter


def enlarge(path: str, key: str, ballots: int) -> None:
    """Let a counted round of this database have so many ballots, as if it had been counted with them."""
    with sqlite3.connect(path) as connection:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = 0")
        (number,) = connection.execute("SELECT id FROM rounds WHERE key = ?", (key,)).fetchone()
        (there,) = connection.execute(
            "SELECT count(*) FROM current_ballots JOIN seats ON seats.id = seat_id WHERE round_id = ?",
            (number,),
        ).fetchone()
        more = ballots - there
        assert more > 0
        _rows(connection, number, more)
        _texts(connection, number, more)
    connection.close()


class _Copies:
    """Rows of the tables, copied from one that is there, `more` times."""

    def __init__(self, connection: sqlite3.Connection, more: int) -> None:
        self.connection, self.more = connection, more

    def like(self, table: str, where: str, *values: Any) -> dict[str, Any]:
        """Return the first row of a table for which something holds."""
        query = f"SELECT * FROM {table} WHERE {where} LIMIT 1"  # noqa: S608 - names of ours
        return dict(self.connection.execute(query, values).fetchone())

    def last(self, table: str, column: str = "id") -> int:
        """Return the largest number in a column."""
        found: int = self.connection.execute(f"SELECT max({column}) FROM {table}").fetchone()[0]  # noqa: S608
        return found

    def add(self, table: str, like: dict[str, Any], change: Callable[[int], dict[str, Any]]) -> None:
        """Write rows like that one, each with the changes of its number, from 1 on."""
        names, values = ", ".join(like), ", ".join(f":{name}" for name in like)
        rows = ({**like, **change(number)} for number in range(1, self.more + 1))
        self.connection.executemany(f"INSERT INTO {table} ({names}) VALUES ({values})", rows)  # noqa: S608


def _rows(connection: sqlite3.Connection, round_id: int, more: int) -> None:
    """Write all that a vote leaves behind, `more` times, like what the first vote of the round left."""
    copies = _Copies(connection, more)
    ballot = copies.like(
        "ballots", "round_id = ? AND NOT assisted AND id IN (SELECT ballot_id FROM current_ballots)", round_id
    )
    seat = copies.like("seats", "id = ?", ballot["seat_id"])
    of = ("organisations", "contacts", "seats", "ballots", "links", "seat_addresses", "messages")
    last = {table: copies.last(table) for table in of}
    position, size = copies.last("seats", "position"), copies.last("log", "seq")

    def owned(number: int) -> dict[str, Any]:
        return {"seat_id": last["seats"] + number, "contact_id": last["contacts"] + number}

    def named(table: str, number: int) -> dict[str, Any]:
        return {"id": last[table] + number, **owned(number)}

    like = copies.like("organisations", "id = ?", seat["organisation_id"])
    copies.add(
        "organisations",
        like,
        lambda n: {
            "id": last["organisations"] + n,
            "name": f"Otra red {n}",
            "name_key": f"otra red {n}",
        },
    )
    copies.add(
        "contacts",
        copies.like("contacts", "organisation_id = ?", seat["organisation_id"]),
        lambda n: {
            "id": last["contacts"] + n,
            "organisation_id": last["organisations"] + n,
            "email": f"otra{n}@example.org",
        },
    )
    copies.add(
        "seats",
        seat,
        lambda n: {
            "id": last["seats"] + n,
            "organisation_id": last["organisations"] + n,
            "key": f"x{n:05d}",
            "name": f"Otra red {n}",
            "pseudonym": f"f{n:015x}",
            "position": position + n,
        },
    )
    copies.add(
        "ballots",
        ballot,
        lambda n: {
            **named("ballots", n),
            "version": 1,
            "idempotency_key": f"x{n}",
            "receipt": f"XXXX-XXXX-{n}",
        },
    )
    copies.add(
        "current_ballots",
        copies.like("current_ballots", "seat_id = ?", seat["id"]),
        lambda n: {"seat_id": last["seats"] + n, "ballot_id": last["ballots"] + n},
    )
    copies.add(
        "links",
        copies.like("links", "purpose = 'vote' AND subject_id = ?", seat["id"]),
        lambda n: {
            "id": last["links"] + n,
            "subject_id": last["seats"] + n,
            "contact_id": last["contacts"] + n,
            "token_sha256": f"x{n}",
        },
    )
    copies.add(
        "seat_addresses",
        copies.like("seat_addresses", "seat_id = ?", seat["id"]),
        lambda n: {**named("seat_addresses", n), "address": f"otra{n}@example.org"},
    )
    copies.add(
        "messages",
        copies.like("messages", "round_id = ? AND kind = 'receipt'", round_id),
        lambda n: {
            **named("messages", n),
            "once": f"x{n}",
            "message_id": f"x{n}",
            "address": f"otra{n}@example.org",
        },
    )
    copies.add(
        "log",
        copies.like("log", "action = 'ballot.cast'"),
        lambda n: {
            "seq": size + n,
            "subject": f"seat:{last['seats'] + n}",
            "digest": f"{n:064x}",
            "previous": f"{n:063x}x",
        },
    )


def _longer(text: str, more: int, *lists: str) -> str:
    """Return a JSON text whose lists have `more` items like the first, each with a seat of its own."""
    whole = json.loads(text)
    for name in lists:
        whole[name] += [{**whole[name][0], "seat": f"f{place:015x}"} for place in range(1, more + 1)]
    return json.dumps(whole, ensure_ascii=False)


def _texts(connection: sqlite3.Connection, round_id: int, more: int) -> None:
    """Let the kept bundle and the frozen package tell of `more` seats; the guard against changes returns."""
    guards = "SELECT sql FROM sqlite_master WHERE name = 'documents_no_update'"
    (guard,) = connection.execute(guards).fetchone()
    kept = "SELECT content FROM documents WHERE round_id = ? AND kind = 'bundle'"
    (bundle,) = connection.execute(kept, (round_id,)).fetchone()
    (frozen,) = connection.execute("SELECT frozen FROM rounds WHERE id = ?", (round_id,)).fetchone()
    connection.execute("DROP TRIGGER documents_no_update")
    connection.execute(
        "UPDATE documents SET content = ? WHERE round_id = ? AND kind = 'bundle'",
        (_longer(bundle, more, "seats", "ballots"), round_id),
    )
    connection.execute(guard)
    connection.execute(
        "UPDATE rounds SET frozen = ? WHERE id = ?", (_longer(frozen, more, "seats"), round_id)
    )
