"""A large round in a real database, and the time from the closed round to its stored result.

    python -m bench.store --ballots 1000000 postgresql

It fills the tables by bulk: organisations, their seats, a ballot for those that voted. What counts them
is the application itself; its result is compared with that of the same ballots in arrays.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import insert

from bench import data, run
from bench.measure import Failed, Patience, measure, own
from bench.table import seconds
from consulta.core.counting.rules import rules_to_dict
from consulta.core.texts import Text
from consulta.core.values import Rules
from consulta.platform import database as db
from consulta.platform.models import Ballot, Base, CurrentBallot, Organisation, Round, Seat, Theme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Engine

KEY = "bench"
SECRET = "5a" * 32
CLOSED = datetime(2026, 3, 5, 22, tzinfo=UTC)  # past: no round is counted before its votes
BLOCK = 20_000
PATIENCE = Patience(limit=1_800)


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one table as columns; a column of one value for all is that value."""

    model: type[Base]
    columns: dict[str, Any]
    rows: int

    def blocks(self) -> Iterator[list[tuple[Any, ...]]]:
        """Return the rows, some thousands at a time."""
        for start in range(0, self.rows, BLOCK):
            size = min(BLOCK, self.rows - start)
            yield list(
                zip(
                    *(
                        column[start : start + size] if isinstance(column, list) else [column] * size
                        for column in self.columns.values()
                    ),
                    strict=True,
                )
            )


def fill(engine: Engine, drawn: data.Round) -> None:
    """Put a closed round and all that belongs to it into an empty database."""
    db.upgrade(engine)
    with engine.execution_options(**{db.WRITES: True}).begin() as connection:
        connection.execute(insert(Round), [_round()])
        connection.execute(insert(Theme), _themes(drawn))
        for table in _tables(drawn):
            _write(connection, table)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")


def _round() -> dict[str, Any]:
    return {
        "id": 1,
        "key": KEY,
        "title": Text({"es": "Consulta", "en": "Consultation"}),
        "state": "closed",
        "zone": "UTC",
        "closes_local": "2026-03-05T22:00",
        "closes_at": CLOSED,
        "rules": {name: rule for name, rule in rules_to_dict(Rules()).items() if name != "panel"},
        "panel_rules": {},
        "commitment": hashlib.sha256(bytes.fromhex(SECRET)).hexdigest(),
        "secret": SECRET,
        "created_at": CLOSED,
        "opened_at": CLOSED,
        "closed_at": CLOSED,
    }


def _themes(drawn: data.Round) -> list[dict[str, Any]]:
    return [
        {"round_id": 1, "key": str(theme), "position": theme, "title": Text({"es": "Tema", "en": "Theme"})}
        | {"objectives": data.numbers(int(mask))}
        for theme, mask in enumerate(drawn.theme_objectives)
    ]


def _tables(drawn: data.Round) -> Iterator[Table]:
    """Return the large tables. Those that voted have the first seats, in the order of the ballots."""
    country, sector = _seated(drawn)
    seats, ballots = len(country), len(drawn.ranks)
    every, voted = list(range(1, seats + 1)), list(range(1, ballots + 1))
    countries, sectors = [str(code) for code in country], [f'{{"sector": "{code}"}}' for code in sector]
    names = [f"o{number:08d}" for number in every]
    yield Table(
        Organisation,
        {"id": every, "name": names, "name_key": names, "country": countries, "categories": sectors}
        | {"base": 1, "tags": "[]", "active": True, "example": False, "created_at": CLOSED},
        seats,
    )
    placed = [
        f'{{"subregion": "{subregion}", "sector": "{code}"}}'
        for subregion, code in zip(data.SUBREGION_OF[country], sector, strict=True)
    ]
    yield Table(
        Seat,
        {"id": every, "round_id": 1, "organisation_id": every, "key": names, "pseudonym": names}
        | {"position": every, "name": names, "country": countries, "categories": placed}
        | {"base": 1},
        seats,
    )
    digests = [f"{number:064x}" for number in voted]
    yield Table(
        Ballot,
        {"id": voted, "round_id": 1, "seat_id": voted, "version": 1, "ranking": _rankings(drawn)}
        | {"objectives": _objectives(drawn), "endorsements": "[]", "shown": "[]"}
        | {"content_sha256": digests, "idempotency_key": digests, "receipt": digests, "cast_at": CLOSED}
        | {"head": ""},
        ballots,
    )
    yield Table(CurrentBallot, {"seat_id": voted, "ballot_id": voted}, ballots)


def _seated(drawn: data.Round) -> tuple[Any, Any]:
    """Return country and sector of every seat: those of the ballots, then those who stayed away."""
    cast = np.zeros_like(drawn.roll)
    np.add.at(cast, (drawn.categories["country"], drawn.categories["sector"]), 1)
    away = np.repeat(np.arange(drawn.roll.size), (drawn.roll - cast).ravel())
    country, sector = np.divmod(away, drawn.roll.shape[1])
    return (
        np.concatenate([drawn.categories["country"], country]),
        np.concatenate([drawn.categories["sector"], sector]),
    )


def _rankings(drawn: data.Round) -> list[str]:
    """Return each ballot's tiers as JSON, best first."""
    ranked = int(drawn.ranks.max())
    places = np.where(drawn.ranks == 0, ranked + 1, drawn.ranks)
    best = np.argsort(places, axis=1, kind="stable")[:, :ranked]
    return ["[" + ", ".join([f'["{theme}"]' for theme in order]) + "]" for order in best.tolist()]


def _objectives(drawn: data.Round) -> list[str]:
    known = {int(mask): json.dumps(data.numbers(int(mask))) for mask in np.unique(drawn.objectives)}
    return [known[mask] for mask in drawn.objectives.tolist()]


def _write(connection: Connection, table: Table) -> None:
    """Write rows past SQLAlchemy, in the quickest way the database has."""
    kinds = table.model.__table__.c
    columns = {name: _stored(connection, kinds[name], column) for name, column in table.columns.items()}
    prepared = Table(table.model, columns, table.rows)
    name, listed = table.model.__tablename__, ", ".join(columns)
    driver = connection.connection.driver_connection
    if driver is None:
        raise RuntimeError("the database has closed the connection")
    if connection.dialect.name == "postgresql":
        with driver.cursor() as cursor, cursor.copy(f"COPY {name} ({listed}) FROM STDIN") as copy:
            for block in prepared.blocks():
                copy.write(lines(block))
        return
    marks = ", ".join("?" * len(columns))
    for block in prepared.blocks():
        driver.executemany(f"INSERT INTO {name} ({listed}) VALUES ({marks})", block)  # noqa: S608  # our names


def _stored(connection: Connection, column: Any, values: Any) -> Any:
    """Return a moment as this database keeps it; anything else as it is (JSON is text already)."""
    if isinstance(values, datetime):
        processor = column.type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
        return processor(values) if processor else values
    return values


def lines(block: Iterable[Sequence[Any]]) -> str:
    """Return rows in the text form of COPY: none of our texts has a tab, a line end or a backslash."""
    return "".join(["\t".join(map(str, row)) + "\n" for row in block])


@contextmanager
def database(kind: str) -> Iterator[str]:
    """The address of an empty database that vanishes."""
    if kind == "sqlite":
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            yield f"sqlite:///{folder}/bench.sqlite3"
        return
    from tests.postgres import running_server  # noqa: PLC0415  # it needs psycopg, which SQLite does not

    with running_server() as address:
        yield address.replace("postgresql://", "postgresql+psycopg://")


def timed(kind: str, ballots: int) -> str:
    """Return what filling and counting took, and whether the result is that of the arrays."""
    drawn = data.make_round(ballots, top=data.TOP)
    with database(kind) as url, run.folder() as inputs:
        start = time.perf_counter()
        engine = db.connect(url)
        fill(engine, drawn)
        engine.dispose()
        filled = time.perf_counter() - start
        run.say(f"{kind}: {ballots:,} ballots of {drawn.roll.sum():,} seats written in {filled:.0f} s")
        (inputs / "database.txt").write_text(url, "utf-8")
        data.save_round(drawn, inputs, data.DIMENSIONS)
        stored = measure(own("ours_store.py"), "count", inputs, PATIENCE)
        if isinstance(stored, Failed):
            return f"{kind}, {ballots:,} ballots: {stored.reason}"
        arrays = measure(own("ours_count.py"), "count", inputs, PATIENCE)
    same = not isinstance(arrays, Failed) and np.array_equal(arrays.answers["pairs"], stored.answers["pairs"])
    return (
        f"{kind}, {ballots:,} ballots of {drawn.roll.sum():,} seats: from closed round to stored result "
        f"{seconds(stored.run)} s, {stored.memory / 1e6:.0f} MB; "
        f"pairs {'as' if same else 'NOT as'} those of the arrays"
    )


def main() -> None:
    """Measure one kind of database, or both."""
    parser = argparse.ArgumentParser(prog="python -m bench.store", description=__doc__)
    parser.add_argument("kinds", nargs="*", default=["sqlite", "postgresql"])
    parser.add_argument("--ballots", type=int, default=1_000_000)
    chosen = parser.parse_args()
    for kind in chosen.kinds:
        print(timed(kind, chosen.ballots))


if __name__ == "__main__":
    main()
