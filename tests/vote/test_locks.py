"""What a vote holds on PostgreSQL while it is taken: its seat, its round, and the log."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psycopg
import pytest
from sqlalchemy import select

from consulta.core.counting.choice import Entries
from consulta.platform import database as db
from consulta.platform.log import chain
from consulta.platform.models import Ballot, CurrentBallot, LogEntry
from consulta.platform.work import COMMAND, Bench
from consulta.rounds import ballots
from consulta.vote import service as voting
from tests.factories import moment
from tests.polling import open_round
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.platform.work import Actor, Work

KEY = "2027-1"


@pytest.fixture
def bench(migrated_postgres_url: str) -> Iterator[Bench]:
    """Yield work on PostgreSQL, with a pool of its own."""
    made = Bench(db.connect(migrated_postgres_url), TWO)
    yield made
    made.engine.dispose()


def in_turn(bench: Bench, url: str, actor: Actor, act: Callable[[Work, int], object]) -> None:
    """Act twice at once: the second one begins while the first is not committed, and must wait for it."""

    def second() -> None:
        with bench.work(actor, moment()) as work:
            act(work, 2)

    with ThreadPoolExecutor(1) as pool, ExitStack() as first:
        act(first.enter_context(bench.work(actor, moment())), 1)
        done = pool.submit(second)
        try:
            assert waits(url) or done.done(), "the second one neither waits nor is done"
            assert not done.done(), "the second one did not wait for the first"
        finally:
            first.close()
        done.result(10)


def waits(url: str) -> bool:
    """Return whether a connection to the database waits for a lock, within ten seconds."""
    asked = (
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            row = connection.execute(asked).fetchone()
            if row is not None and row[0]:
                return True
            time.sleep(0.05)
    return False


def test_a_vote_holds_its_seat_alone_and_shares_its_round(bench: Bench, migrated_postgres_url: str) -> None:
    """So that a second vote of the seat waits, and the closing; votes of other seats and rounds do not."""
    (mine,), (other,) = (open_round(bench, key, seats=1) for key in (KEY, "2028-1"))
    free = "SELECT id FROM {} ORDER BY id FOR {} SKIP LOCKED"
    with (
        bench.work(mine.actor, moment()) as work,
        psycopg.connect(migrated_postgres_url, autocommit=True) as elsewhere,
    ):
        ballots.hold(work.session, mine.seat_id)
        found = {
            (table, lock): [number for (number,) in elsewhere.execute(free.format(table, lock))]
            for table in ("seats", "rounds")
            for lock in ("SHARE", "NO KEY UPDATE")
        }
    theirs = [other.seat_id]
    assert found["seats", "SHARE"] == found["seats", "NO KEY UPDATE"] == theirs
    assert found["rounds", "SHARE"] == [1, 2], "votes of one round do not wait for one another"
    assert found["rounds", "NO KEY UPDATE"] == [2]


def test_two_votes_of_a_seat_at_once_are_two_versions(bench: Bench, migrated_postgres_url: str) -> None:
    (voter,) = open_round(bench, KEY, seats=1)

    def cast(work: Work, number: int) -> None:
        voting.cast(work, KEY, Entries({f"t{number}": 1}), f"form-{number}")

    in_turn(bench, migrated_postgres_url, voter.actor, cast)
    with bench.read(COMMAND, moment()) as work:
        kept = list(work.session.execute(select(Ballot.version, Ballot.id).order_by(Ballot.id)))
        assert [version for version, _ in kept] == [1, 2]
        assert list(work.session.scalars(select(CurrentBallot.ballot_id))) == [kept[1].id]
        assert list(chain.breaks(work.session)) == []


def test_two_writers_of_the_log_at_once_write_one_chain(bench: Bench, migrated_postgres_url: str) -> None:
    def record(work: Work, number: int) -> None:
        work.record("test.written", f"test:{number}")
        work.session.flush()

    in_turn(bench, migrated_postgres_url, COMMAND, record)
    with bench.read(COMMAND, moment()) as work:
        written = select(LogEntry.subject).where(LogEntry.action == "test.written").order_by(LogEntry.seq)
        assert list(work.session.scalars(written)) == ["test:1", "test:2"]
        assert list(chain.breaks(work.session)) == []
