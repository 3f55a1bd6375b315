"""What is acknowledged is on the disk, though on PostgreSQL the next writer does not wait for the disk."""

from __future__ import annotations

from sqlalchemy import func, literal_column, select

from consulta.platform import database as db
from consulta.platform.log import heads
from consulta.platform.work import COMMAND, Bench
from tests.factories import moment

HOW = select(func.current_setting("synchronous_commit"))
WRITTEN = select(func.pg_current_wal_insert_lsn())
ON_DISK = select(func.pg_current_wal_flush_lsn())


def made(address: str) -> Bench:
    """Return a new database with the head of the day, which is taken before the first row of a day."""
    bench = Bench(db.connect(address))
    db.upgrade(bench.engine)
    with bench.work(COMMAND, moment()) as work:
        work.record("ballot.cast", "seat:0")
    return bench


def test_rows_of_the_log_are_on_the_disk_when_their_unit_has_ended(postgres_url: str) -> None:
    bench = made(postgres_url)
    for number in range(20):
        with bench.work(COMMAND, moment()) as work:
            work.record("ballot.cast", f"seat:{number}")
            work.session.flush()
            assert work.session.scalar(HOW) == "off", "the next writer waits for this unit, not for the disk"
            written = work.session.scalar(WRITTEN)
        with bench.engine.connect() as connection:
            reached = select(ON_DISK.scalar_subquery() > literal_column(f"'{written}'::pg_lsn"))
            assert connection.scalar(reached)
    bench.engine.dispose()


def test_a_head_is_seen_when_it_is_on_the_disk(postgres_url: str) -> None:
    """Readers keep heads: one that vanished when the machine fails would look like a second log."""
    bench = made(postgres_url)
    with bench.work(COMMAND, moment()) as work:
        heads.take(work.session, moment(), "daily")
        work.record("ballot.cast", "seat:1")
        assert work.session.scalar(HOW) == "on"
    bench.engine.dispose()
