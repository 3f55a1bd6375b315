"""Hostile circumstances: a database that cannot be written, errors in the log, clocks and hands at odds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, func, select, text

from consulta.app import create_app
from consulta.services import checks
from consulta.services.work import COMMAND, Bench
from consulta.store import db
from consulta.store.models import Ballot, LogEntry, SignedIn
from tests.benches import voter_visitor
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.settings import Settings

CAST = "/es/ballot/2027-1/cast"


@pytest.fixture
def either(database_url: str) -> Iterator[Bench]:
    """A bench over SQLite, and again over PostgreSQL."""
    engine = db.connect(database_url)
    db.upgrade(engine)
    yield Bench(engine)
    engine.dispose()


def rows(bench: Bench) -> list[int]:
    with bench.read(COMMAND, moment()) as work:
        return [
            work.session.scalar(select(func.count()).select_from(model)) or 0
            for model in (Ballot, LogEntry, SignedIn)
        ]


def test_a_database_that_cannot_be_written_takes_no_vote_and_says_so(
    either: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    """And it recovers by itself: the same form, sent again, is the vote."""
    voter, _ = open_round(either)
    visitor = voter_visitor(create_app(settings, either), voter.token)
    token = visitor.token(visitor.get("/es/ballot/2027-1"))
    form = {"csrf_token": token, "key": "k", "confirm": "y", "place-t1": "1"}
    statement = {
        "sqlite": "PRAGMA query_only = {}",
        "postgresql": "SET transaction_read_only = {}",
    }[either.engine.dialect.name]

    def spoil(connection: object, *_: object) -> None:
        connection.cursor().execute(statement.format(switch))

    before = rows(either)
    switch = "on"
    event.listen(either.engine, "checkout", spoil)
    answer = visitor.post(CAST, form)
    assert answer.status_code == 503
    assert "No se registró nada" in answer.text
    assert "cause=" in caplog.text
    assert visitor.get("/es/ballot/2027-1").status_code == 200
    switch = "off"
    assert rows(either) == before
    answer = visitor.post(CAST, form)
    assert answer.status_code == 303
    assert rows(either)[0] == 1


def test_a_full_disk_takes_no_vote_and_leaves_everything_sound(bench: Bench, settings: Settings) -> None:
    voter, _ = open_round(bench)
    visitor = voter_visitor(create_app(settings, bench), voter.token)
    token = visitor.token(visitor.get("/es/ballot/2027-1"))
    most = 1

    def limit(connection: object, *_: object) -> None:
        connection.cursor().execute(f"PRAGMA max_page_count = {most}")

    event.listen(bench.engine, "checkout", limit)
    codes = []
    for number in range(200):
        form = {"csrf_token": token, "key": f"k{number}", "confirm": "y", f"place-t{number % 6 + 1}": "1"}
        codes.append(visitor.post(CAST, form).status_code)
        if codes[-1] == 503:
            break
    assert set(codes[:-1]) <= {303}
    assert codes[-1] == 503
    assert rows(bench)[0] == len(codes) - 1
    most = 1_000_000
    assert visitor.post(CAST, form).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        assert checks.faults(work) == []


def test_an_error_of_the_database_tells_the_log_no_value(
    bench: Bench, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    voter, _ = open_round(bench)
    app = create_app(settings, bench)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    visitor = voter_visitor(app, voter.token)
    token = visitor.token(visitor.get("/es/ballot/2027-1"))
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(
            text("CREATE TRIGGER spoiled BEFORE INSERT ON ballots BEGIN SELECT RAISE(ABORT, 'spoiled'); END")
        )
    form = {"csrf_token": token, "key": "the-key-of-the-form", "confirm": "y", "place-t4": "1"}
    answer = visitor.post(CAST, form)
    assert answer.status_code == 500
    assert "spoiled" in caplog.text
    for planted in ('"t4"', "the-key-of-the-form", voter.token, token):
        assert planted not in caplog.text
        assert planted not in answer.text
