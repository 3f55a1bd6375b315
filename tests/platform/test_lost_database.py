"""The database is lost while a unit of work reads: the reader gets one answer, whenever it happens."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform.work import COMMAND, Bench
from tests.factories import moment


def test_a_database_that_is_lost_after_the_last_answer_is_unavailable(postgres_url: str) -> None:
    bench, other = Bench(db.connect(postgres_url)), db.connect(postgres_url)

    def read_and_lose() -> None:
        with bench.read(COMMAND, moment()) as work:
            number = work.session.scalar(text("SELECT pg_backend_pid()"))
            with other.begin() as connection:
                connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})

    with pytest.raises(Problem, match=r"store\.unavailable"):
        read_and_lose()
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalar(text("SELECT 1")) == 1, "the next one gets another connection"
    bench.engine.dispose()
    other.dispose()


def test_a_connection_that_is_lost_is_given_up_at_the_next_statement(postgres_url: str) -> None:
    """A connection that was used a moment ago is not asked first; what it was asked for fails, once."""
    bench, other = Bench(db.connect(postgres_url)), db.connect(postgres_url)

    def number() -> int:
        with bench.read(COMMAND, moment()) as work:
            return work.session.scalars(select(func.pg_backend_pid())).one()

    before = number()
    assert number() == before, "the same connection, from the pool"
    with other.begin() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": before})
    with pytest.raises(Problem, match=r"store\.unavailable"):
        number()
    assert number() != before
    bench.engine.dispose()
    other.dispose()
