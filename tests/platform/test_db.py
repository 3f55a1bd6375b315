"""What the database itself holds, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from inspect import unwrap
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, StatementError
from sqlalchemy.orm.exc import DetachedInstanceError

from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.log import chain
from consulta.platform.models import (
    APPEND_ONLY,
    Ballot,
    Base,
    CurrentBallot,
    Delivery,
    LogEntry,
    Message,
    Organisation,
)
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks
from tests.factories import build_organisation, build_round, build_seat, moment
from tests.texts import TWO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Engine
    from sqlalchemy.orm import Session


@pytest.fixture
def desk(migrated_url: str) -> Iterator[Bench]:
    bench = Bench(db.connect(migrated_url), TWO)
    yield bench
    bench.engine.dispose()


def cast(session: Session) -> Ballot:
    """A ballot that counts, and the rows under it."""
    seat = build_seat(session, build_round(session), build_organisation(session))
    ballot = Ballot(
        round_id=seat.round_id,
        seat_id=seat.id,
        version=1,
        ranking=[["t1"], ["t2"]],
        objectives=[7],
        endorsements=[],
        shown=["t1", "t2"],
        content_sha256="c",
        idempotency_key="k",
        receipt="ABCD-EFGH-JKLM",
        head="h",
        cast_at=moment(),
    )
    session.add(ballot)
    session.flush()
    session.add(CurrentBallot(seat_id=seat.id, ballot_id=ballot.id))
    session.flush()
    return ballot


def queued(session: Session, ballot: Ballot) -> int:
    """A message about a ballot: its id."""
    message = Message(
        round_id=ballot.round_id,
        seat_id=ballot.seat_id,
        kind="receipt",
        once="receipt:1:1",
        language="es",
        address="ana@example.org",
        facts={},
        message_id="a1",
        queued_at=moment(),
        due_at=moment(),
    )
    session.add(message)
    session.flush()
    return message.id


def test_a_database_without_the_schema_is_refused_until_it_is_upgraded(database_url: str) -> None:
    engine = db.connect(database_url)
    with pytest.raises(Problem, match=r"store\.schema"):
        db.require_current(engine)
    db.upgrade(engine)
    db.require_current(engine)
    assert set(Base.metadata.tables) <= set(inspect(engine).get_table_names())
    engine.dispose()


@pytest.mark.parametrize(
    ("column", "value", "taken"),
    [
        ("said", "", True),
        ("said", "250 ok", False),
        ("outcome", "failed", False),
        ("said = '', code", 250, False),
    ],
)
def test_of_a_delivery_what_the_server_said_can_be_blanked_alone(
    desk: Bench, column: str, value: object, *, taken: bool
) -> None:
    with desk.work(COMMAND, moment()) as work:
        ballot = cast(work.session)
        sent = Delivery(
            message_id=queued(work.session, ballot), at=moment(), outcome="sent", said="250 rosa@example.org"
        )
        work.session.add(sent)
    change = text(f"UPDATE deliveries SET {column} = :value")  # noqa: S608
    with ExitStack() as stack:
        if not taken:
            stack.enter_context(pytest.raises(DBAPIError, match="written once"))
        with desk.work(COMMAND, moment()) as work:
            work.session.execute(change, {"value": value})


@pytest.mark.parametrize(
    ("more", "taken"), [("", True), (", young = NOT young", False), (", votes = NOT votes", False)]
)
def test_of_an_address_no_more_than_address_and_name_can_be_blanked(
    desk: Bench, more: str, *, taken: bool
) -> None:
    with desk.work(COMMAND, moment()) as work:
        cast(work.session)
    change = text(f"UPDATE seat_addresses SET address = 'erased:' || id, name = ''{more}")  # noqa: S608
    with ExitStack() as stack:
        if not taken:
            stack.enter_context(pytest.raises(DBAPIError, match="written once"))
        with desk.work(COMMAND, moment()) as work:
            assert work.session.execute(change).rowcount


def fill(engine: Engine) -> None:
    """Write a row into each table whose rows are written once, whatever it would refer to."""
    values = {int: 1, str: "x", bool: False, bytes: b"x", datetime: moment()}
    with engine.execution_options(**{db.WRITES: True}).connect() as connection:
        driver: Any = connection.connection.dbapi_connection
        is_sqlite = engine.dialect.name == "sqlite"
        for name in ("foreign_keys = 0", "ignore_check_constraints = 1") if is_sqlite else ():
            driver.execute(f"PRAGMA {name}")
        with connection.begin():
            for table in [] if is_sqlite else map(Base.metadata.tables.get, APPEND_ONLY):
                for each in inspect(connection).get_check_constraints(str(table)):
                    connection.exec_driver_sql(f"ALTER TABLE {table} DROP CONSTRAINT {each['name']}")
            if not is_sqlite:
                connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            for table in (Base.metadata.tables[name] for name in APPEND_ONLY):
                needed = [each for each in table.columns if not each.nullable]
                kinds = {each.name: getattr(each.type, "impl_instance", each.type) for each in needed}
                row = {name: values.get(kind.python_type, {}) for name, kind in kinds.items()}
                connection.execute(table.insert().values(row))
        for name in ("foreign_keys = 1", "ignore_check_constraints = 0") if is_sqlite else ():
            driver.execute(f"PRAGMA {name}")


def test_what_is_written_once_stays(desk: Bench) -> None:
    """Each table that is only appended to refuses to be changed and to lose a row, in its own words."""
    fill(desk.engine)
    blanked = {each.class_.__tablename__: each.class_.blanked for each in Base.registry.mappers}
    taken = []
    for name in APPEND_ONLY:
        table = Base.metadata.tables[name]
        kept = [column for column in table.columns if column.name not in blanked[name]][-1]
        for act in (table.update().values({kept: kept}), table.delete()):
            try:
                with desk.work(COMMAND, moment()) as work:
                    work.session.execute(act)
                taken.append(str(act))
            except DBAPIError as error:
                assert "written once" in str(error), act  # noqa: PT017 - one database for all of them
    assert taken == []
    assert len(APPEND_ONLY) > 20, "the marks are still there"


def test_a_seat_has_one_ballot_that_counts(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        ballot = cast(work.session)
        work.session.flush()
        seat = ballot.seat_id
    with pytest.raises(DBAPIError), desk.work(COMMAND, moment()) as work:
        work.session.execute(
            text("INSERT INTO current_ballots (seat_id, ballot_id) VALUES (:seat, :seat)"), {"seat": seat}
        )


def test_foreign_keys_are_held(desk: Bench) -> None:
    with pytest.raises(DBAPIError), desk.work(COMMAND, moment()) as work:
        work.session.execute(text("INSERT INTO current_ballots (seat_id, ballot_id) VALUES (9, 9)"))


def test_a_refusal_of_the_database_is_a_problem_with_its_code(desk: Bench) -> None:
    def twice(build: Callable[[Session], object]) -> None:
        with desk.work(COMMAND, moment()) as work:
            build(work.session)
            build(work.session)

    with pytest.raises(Problem, match=r"member\.duplicate"):
        twice(build_organisation)
    with pytest.raises(Problem, match=r"round\.duplicate"):
        twice(build_round)
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_work_is_undone_by_any_exception(desk: Bench) -> None:
    def fail() -> None:
        with desk.work(COMMAND, moment()) as work:
            build_organisation(work.session)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_reading_cannot_write(desk: Bench) -> None:
    with pytest.raises(RuntimeError), desk.read(COMMAND, moment()) as work:
        build_organisation(work.session)
    with desk.read(COMMAND, moment()) as work:
        assert not work.session.scalars(select(Organisation)).all()


def test_rows_stay_as_they_were_read_and_what_was_not_read_raises(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        build_organisation(work.session)
    with desk.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Organisation)).one()
    assert found.name
    with pytest.raises(DetachedInstanceError):
        assert found.contacts


def test_the_log_is_a_chain_and_a_break_is_found(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        for number in range(1, 5):
            work.record("round.created", f"round:{number}", {"n": number})
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == []
        rows = chain.entries(work.session)
        assert [row.seq for row in rows] == [4, 3, 2, 1]
        assert rows[0].previous == rows[1].digest
        assert rows[-1].previous == chain.START
    with desk.work(COMMAND, moment()) as work:
        _lift_guard(work.session)
        work.session.execute(text("UPDATE log SET actor = 'staff:9' WHERE seq = 2"))
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == [2]
        assert any("log row 2" in fault for fault in checks.faults(work))


def test_a_row_taken_out_of_the_log_is_found(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        for _ in range(3):
            work.record("round.created", "round:1")
        _lift_guard(work.session)
        work.session.execute(text("DELETE FROM log WHERE seq = 2"))
    with desk.read(COMMAND, moment()) as work:
        assert list(chain.breaks(work.session)) == [3]


def test_checks_find_a_ballot_that_does_not_count(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        cast(work.session)
        assert not any("last ballot does not count" in fault for fault in checks.faults(work))
        work.session.execute(text("DELETE FROM current_ballots"))
    with desk.read(COMMAND, moment()) as work:
        assert any("last ballot does not count" in fault for fault in checks.faults(work))


def _lift_guard(session: Session) -> None:
    """Do what a person with the database's own password could do."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE log DISABLE TRIGGER ALL"))
        return
    session.execute(text("DROP TRIGGER log_no_update"))
    session.execute(text("DROP TRIGGER log_no_delete"))


def test_moments_keep_their_zone_and_refuse_to_be_without(desk: Bench) -> None:
    with desk.work(COMMAND, moment()) as work:
        build_organisation(work.session, created_at=moment())
    with desk.read(COMMAND, moment()) as work:
        found = work.session.scalars(select(Organisation)).one()
        assert found.created_at.utcoffset() is not None
    with pytest.raises(StatementError, match="needs a zone"), desk.work(COMMAND, moment()) as work:
        build_organisation(work.session, "Otra", created_at=moment().replace(tzinfo=None))


def test_sqlite_survives_a_crash_by_its_settings(sqlite_url: str) -> None:
    engine = unwrap(db.connect)(sqlite_url)  # tests do not wait for the disk
    with engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in db.PRAGMAS}
    assert found == db.PRAGMAS
    engine.dispose()


def test_writers_begin_by_taking_their_place(sqlite_url: str) -> None:
    bench = Bench(db.connect(sqlite_url), TWO)
    db.upgrade(bench.engine)
    with bench.work(COMMAND, moment()) as first:
        first.record("round.created", "round:1")
        other = db.connect(sqlite_url)
        with other.connect() as connection:
            connection.exec_driver_sql("PRAGMA busy_timeout = 50")
            with pytest.raises(DBAPIError, match="locked"):
                connection.exec_driver_sql("BEGIN IMMEDIATE")
        other.dispose()
    with bench.read(COMMAND, moment()) as work:
        assert len(work.session.scalars(select(LogEntry)).all()) == 1
    bench.engine.dispose()
