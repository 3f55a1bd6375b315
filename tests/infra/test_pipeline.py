"""Several statements in one round trip to PostgreSQL: nothing is lost, out of order, stale, or kept half."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Integer, Select, bindparam, func, insert, literal_column, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from consulta.core.problems import Problem
from consulta.infra import database as db
from consulta.infra.models import RetentionMark
from consulta.infra.statements.columns import add, columns, one, prefetch, together, write
from consulta.infra.statements.pipeline import Pipeline
from consulta.infra.work import COMMAND, Bench
from tests.factories import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

NAMES = select(RetentionMark.kind).order_by(RetentionMark.kind)
MAILS = select(RetentionMark.number).where(RetentionMark.kind == bindparam("name"))
NUMBER = select(func.pg_backend_pid())
WAIT = select(func.pg_advisory_xact_lock(bindparam("lock")))
FAILS: Select[int] = select(literal_column("1 / 0", Integer))


@pytest.fixture
def bench(migrated_postgres_url: str) -> Iterator[Bench]:
    """Yield work on PostgreSQL, with a pool of its own."""
    made = Bench(db.connect(migrated_postgres_url))
    yield made
    made.engine.dispose()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool]]:
    """Return what each round trip took: how many statements, and whether a COMMIT."""
    seen: list[tuple[int, bool]] = []
    kept = Pipeline._exchange

    def exchange(self: Pipeline, waiting: list[Any], **told: bool) -> None:
        seen.append((len(waiting), told["commit"]))
        kept(self, waiting, **told)

    monkeypatch.setattr(Pipeline, "_exchange", exchange)
    return seen


def store(session: Session, name: str, mails: int = 1) -> None:
    """Write a row past the mapper, into a table that takes any row."""
    add(session, RetentionMark, {"kind": name, "number": mails, "since": moment()})


def names(bench: Bench) -> list[str]:
    """Return the rows of these tests as another unit of work sees them."""
    with bench.read(COMMAND, moment()) as work:
        return list(work.session.scalars(NAMES))


def test_writes_wait_for_the_next_answer_or_the_commit(bench: Bench, trips: list[tuple[int, bool]]) -> None:
    with bench.work(COMMAND, moment()) as work:
        store(work.session, "one", 7)
        store(work.session, "two")
        assert trips == []
        assert one(work.session, MAILS, {"name": "one"}) == 7, "it runs after them"
        assert trips == [(3, False)]
        store(work.session, "three")
        assert names(bench) == [], "not committed"
    assert trips == [(3, False), (1, True)]
    assert names(bench) == ["one", "three", "two"]


def test_a_statement_of_the_mapper_comes_after_what_waits(bench: Bench) -> None:
    with bench.work(COMMAND, moment()) as work:
        store(work.session, "one")
        assert list(work.session.scalars(NAMES)) == ["one"]
        store(work.session, "two")
        work.session.execute(text("UPDATE retention_marks SET number = 9 WHERE kind = 'two'"))
        assert one(work.session, MAILS, {"name": "two"}) == 9
    assert names(bench) == ["one", "two"]


def test_what_is_prefetched_comes_in_one_round_trip_and_is_given_once(
    bench: Bench, trips: list[tuple[int, bool]]
) -> None:
    with bench.work(COMMAND, moment()) as work:
        store(work.session, "one", 1)
        store(work.session, "two", 2)
    trips.clear()
    with bench.work(COMMAND, moment()) as work:
        prefetch(work.session, (WAIT,), {"lock": 1})
        prefetch(work.session, (MAILS,), {"name": "one"})
        prefetch(work.session, (MAILS,), {"name": "two"})
        assert one(work.session, NUMBER, {}) > 0
        assert trips == [(4, False)]
        assert [one(work.session, MAILS, {"name": name}) for name in ("two", "one")] == [2, 1]
        assert trips == [(4, False)]
        assert one(work.session, MAILS, {"name": "one"}) == 1
        assert trips == [(4, False), (1, False)]
        found = together(work.session, (NAMES, MAILS), {"name": "two"})
        assert [each.rows.scalar() for each in found] == ["one", 2]
        assert trips[2:] == [(2, False)]


@pytest.mark.parametrize("past", [True, False])
def test_an_answer_about_a_table_that_is_written_since_is_asked_again(bench: Bench, *, past: bool) -> None:
    with bench.work(COMMAND, moment()) as work:
        for sent in (True, False):
            prefetch(work.session, (NAMES,), {})
            if sent:
                one(work.session, NUMBER, {})
            name = "sent" if sent else "waiting"
            if past:
                store(work.session, name)
            else:
                words = "INSERT INTO retention_marks (kind, number, since) VALUES (:name, 1, now())"
                work.session.execute(text(words), {"name": name})
            assert name in list(columns(work.session, NAMES, {}).scalars())


@pytest.mark.parametrize("streamed", [True, False])
def test_an_answer_that_nothing_asked_for_ends_with_its_unit(bench: Bench, *, streamed: bool) -> None:
    for number in range(3):
        with bench.read(COMMAND, moment(), streamed=streamed) as work:  # the same connection each time
            prefetch(work.session, (NAMES,), {})
            one(work.session, NUMBER, {})
        with bench.read(COMMAND, moment(), streamed=streamed) as work:
            prefetch(work.session, (NAMES,), {})  # not even sent
        with bench.work(COMMAND, moment()) as work:
            store(work.session, f"{number}")
        with bench.read(COMMAND, moment(), streamed=streamed) as work:
            assert len(columns(work.session, NAMES, {})) == number + 1


def test_what_follows_a_write_is_asked_after_it(bench: Bench, trips: list[tuple[int, bool]]) -> None:
    values = {"kind": "one", "number": 3, "since": moment()}
    bound = {name: bindparam(name) for name in values}
    returned = insert(RetentionMark).values(bound).inline().returning(RetentionMark.number)
    with bench.work(COMMAND, moment()) as work:
        then = partial(prefetch, work.session, (MAILS,), {"name": "one"})
        assert write(work.session, returned, values, then).scalar() == 3
        assert one(work.session, MAILS, {"name": "one"}) == 3
    assert trips == [(2, False)], "the COMMIT had nothing to take along"
    assert names(bench) == ["one"]


def test_a_write_that_fails_with_the_commit_leaves_nothing(bench: Bench) -> None:
    def repeat() -> None:
        with bench.work(COMMAND, moment()) as work:
            store(work.session, "one")
            store(work.session, "two")
            store(work.session, "one")

    with pytest.raises(IntegrityError):
        repeat()
    assert names(bench) == []
    with bench.work(COMMAND, moment()) as work:
        store(work.session, "one")
    assert names(bench) == ["one"], "the connection is as good as before"


def test_what_waits_in_a_unit_that_is_given_up_is_written_by_no_other(bench: Bench) -> None:
    def give_up(*, answered: bool) -> None:
        with bench.work(COMMAND, moment()) as work:
            store(work.session, "one")
            if answered:
                one(work.session, NUMBER, {})
                store(work.session, "two")
            raise ZeroDivisionError

    for answered in (True, False):
        with pytest.raises(ZeroDivisionError):
            give_up(answered=answered)
        with bench.work(COMMAND, moment()) as work:
            store(work.session, f"after {answered}")
    assert names(bench) == ["after False", "after True"]


@pytest.mark.parametrize("where", ["database", "driver"])
def test_a_unit_in_which_an_error_was_passed_over_is_not_committed(bench: Bench, where: str) -> None:
    statement, name = (FAILS, "") if where == "database" else (MAILS, "a sign that no text there has: \0")

    def pass_over() -> None:
        with bench.work(COMMAND, moment()) as work:
            store(work.session, "one")
            with pytest.raises(DBAPIError):
                columns(work.session, statement, {"name": name})
            store(work.session, "two")

    with pytest.raises(Problem, match=r"store\.unavailable"):
        pass_over()
    assert names(bench) == []


def test_statements_that_the_database_forgot_are_prepared_again(bench: Bench) -> None:
    def number_after(forget: str) -> int:
        with bench.work(COMMAND, moment()) as work:
            work.session.execute(text(forget))
        with bench.work(COMMAND, moment()) as work:
            store(work.session, f"after {forget}")
            return int(one(work.session, NUMBER, {}))

    first = number_after("SELECT 1")
    assert number_after("DEALLOCATE ALL") == first
    assert names(bench) == ["after DEALLOCATE ALL", "after SELECT 1"]
    with bench.work(COMMAND, moment()) as work:  # in one transaction, after a statement that was prepared
        assert one(work.session, NUMBER, {}) == first
        for _ in range(6):
            work.session.execute(text("SELECT 1 FROM keys"))  # the driver prepares it, too
        work.session.execute(text("ALTER TABLE keys ADD COLUMN more INTEGER"))
        assert one(work.session, NUMBER, {}) == first
        assert one(work.session, NUMBER, {}) == first
    with bench.work(COMMAND, moment()) as work:  # a plan for columns that are others now
        work.session.execute(text("CREATE TABLE other (name VARCHAR)"))
        work.session.execute(text("INSERT INTO other VALUES ('one')"))
    every: Select[object] = select(literal_column("other.name").label("name")).select_from(text("other"))
    for wanted in (["one"], [1]):
        with bench.read(COMMAND, moment(), streamed=False) as work:
            assert [row[0] for row in columns(work.session, every, {})] == wanted
        with bench.work(COMMAND, moment()) as work:
            work.session.execute(text("ALTER TABLE other ALTER name TYPE INTEGER USING 1"))


def test_a_reader_prepares_nothing_anew_after_a_rollback(bench: Bench) -> None:
    for _ in range(9):  # the driver prepares what it has run five times, and forgets it when it rolls back
        with bench.read(COMMAND, moment()) as work:
            work.session.execute(text("SELECT 1 FROM keys"))
            assert one(work.session, NUMBER, {}) > 0
    with bench.read(COMMAND, moment()) as work:
        prepared = work.session.scalars(text("SELECT name FROM pg_prepared_statements")).all()
    assert len([name for name in prepared if name.startswith("consulta_")]) == 1
    assert len([name for name in prepared if not name.startswith("consulta_")]) >= 1


@pytest.mark.parametrize("waiting", [0, 1, 2])
def test_a_unit_whose_connection_is_lost_is_kept_whole_or_not_at_all(bench: Bench, waiting: int) -> None:
    """The connection ends with none, one or two statements still to be sent with the COMMIT."""

    def lose() -> None:
        with bench.work(COMMAND, moment()) as work:
            store(work.session, "one")
            number = one(work.session, NUMBER, {})
            for each in range(waiting):
                store(work.session, f"waiting {each}")
            with bench.read(COMMAND, moment()) as other:
                other.session.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})

    with pytest.raises(Problem, match=r"store\.unavailable"):
        lose()
    assert names(bench) == []
    with bench.work(COMMAND, moment()) as work:
        store(work.session, "one")
    assert names(bench) == ["one"]
