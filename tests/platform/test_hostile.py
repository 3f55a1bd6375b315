"""Hostile circumstances: a database that cannot be written, errors in the log, clocks and hands at odds."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import event, func, select, text

from consulta.app import create_app
from consulta.core.counting.choice import Entries
from consulta.core.problems import Problem
from consulta.platform.models import Ballot, LogEntry, Round, SignedIn
from consulta.platform.work import COMMAND, Bench
from consulta.results import service as results
from consulta.rounds import service as rounds
from consulta.vote import service as voting
from consulta.vote.values import CastBallot
from tests.benches import voter_visitor
from tests.factories import moment
from tests.polling import faults, open_round

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

CAST = "/es/ballot/2027-1/cast"


def numbers(bench: Bench) -> list[int]:
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
        "postgresql": "SET default_transaction_read_only = {}",
    }[either.engine.dialect.name]

    def spoil(connection: object, *_: object) -> None:
        connection.cursor().execute(statement.format(switch))
        connection.commit()

    before = numbers(either)
    switch = "on"
    event.listen(either.engine, "checkout", spoil)
    answer = visitor.post(CAST, form)
    assert answer.status_code == 503
    assert "No se registró nada" in answer.text
    assert "cause=" in caplog.text
    assert visitor.get("/es/ballot/2027-1").status_code == 200
    switch = "off"
    assert numbers(either) == before
    answer = visitor.post(CAST, form)
    assert answer.status_code == 303
    assert numbers(either)[0] == 1


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
        form["seen"] = str(number)  # each replaces the one before
        codes.append(visitor.post(CAST, form).status_code)
        if codes[-1] == 503:
            break
    assert set(codes[:-1]) <= {303}
    assert codes[-1] == 503
    assert numbers(bench)[0] == len(codes) - 1
    most = 1_000_000
    assert visitor.post(CAST, form).status_code == 303
    with bench.read(COMMAND, moment()) as work:
        assert faults(work) == []


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


def test_no_vote_that_counts_is_later_than_the_end(either: Bench) -> None:
    """Closing asked for a moment earlier, but had to wait for the vote."""
    voter, _ = open_round(either)
    asked = moment()
    with either.work(voter.actor, asked + timedelta(seconds=2)) as work:
        cast = voting.cast(work, "2027-1", Entries({"t1": 1}), "k")
    with either.work(COMMAND, asked) as work:
        rounds.close_round(work, "2027-1", "a race")
    with either.read(COMMAND, moment()) as work:
        (closed_at,) = work.session.scalars(select(Round.closed_at)).all()
    assert isinstance(cast, CastBallot)
    assert closed_at is not None
    assert closed_at >= cast.cast_at


def test_two_who_count_or_publish_at_once_do_it_once(either: Bench) -> None:
    voter, _ = open_round(either)
    with either.work(voter.actor, moment()) as work:
        voting.cast(work, "2027-1", Entries({"t1": 1}), "k")
    with either.work(COMMAND, moment()) as work:
        rounds.close_round(work, "2027-1", "enough")

    def together(act: Callable[[Work, str], object]) -> list[str]:
        barrier = threading.Barrier(4, timeout=60)

        def one(_number: int) -> str:
            barrier.wait()
            try:
                with either.work(COMMAND, moment()) as work:
                    act(work, "2027-1")
            except Problem as problem:
                return problem.code
            return "done"

        with ThreadPoolExecutor(4) as pool:
            return sorted(pool.map(one, range(4)))

    assert together(results.count) == ["done"] * 4
    assert together(results.publish) == ["done", *["round.already"] * 3]
    with either.read(COMMAND, moment()) as work:
        acts = Counter(work.session.scalars(select(LogEntry.action)))
        assert faults(work) == []
    assert (acts["rounds.counted"], acts["rounds.published"]) == (1, 1)
