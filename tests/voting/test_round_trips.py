"""A vote over PostgreSQL: few round trips, none by the driver's own statements, and what it holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from consulta.ballots.queries import ballots
from consulta.infra import database as db
from consulta.infra.statements.pipeline import Pipeline
from consulta.infra.work import Bench
from tests.apps import app_over
from tests.benches import Visitor
from tests.factories import moment
from tests.polling import open_round
from tests.texts import TWO
from tests.voting.test_vote import Page, places

if TYPE_CHECKING:
    import pytest

    from consulta.infra.settings import Settings

# The round trips of each page. One more is two changes of process and of thread: measure a new figure
# (`python -m bench.votes postgresql`).
MOST = {"link": 0, "enter": 5, "ballot": 3, "entries": 2, "review": 2, "send": 6, "receipt": 5}


class Spy:
    """What each page sends to the database: its round trips, and the driver's own statements."""

    def __init__(self) -> None:
        self.page = ""
        self.made: Counter[str] = Counter()
        self.by_driver: list[str] = []

    def watch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Count from now on, while `page` names one."""
        exchange, execute = Pipeline._exchange, psycopg.Cursor.execute

        def note(pipeline: Pipeline, *told: Any, **named: Any) -> None:
            self.made[self.page] += 1
            exchange(pipeline, *told, **named)

        def note_driver(cursor: Any, words: Any, *told: Any, **named: Any) -> Any:
            if self.page:
                self.by_driver.append(f"{self.page}: {words}")
            return execute(cursor, words, *told, **named)

        monkeypatch.setattr(Pipeline, "_exchange", note)
        monkeypatch.setattr(psycopg.Cursor, "execute", note_driver)


def vote(visitor: Visitor, token: str, address: str, spy: Spy) -> None:
    """Go from the link to the receipt, and name each page to the spy."""
    spy.page = "link"
    visitor.get(f"/es/v/{token}")
    spy.page = "enter"
    visitor.post(f"/es/v/{token}")
    spy.page = "ballot"
    form = Page(visitor.get(address)).form() | places(t1=1)
    spy.page = "entries"
    shown = visitor.post(f"{address}/review", form).headers["Location"]
    spy.page = "review"
    review = Page(visitor.get(shown)).form() | {"confirm": "y"}
    spy.page = "send"
    receipt = visitor.post(f"{address}/cast", review).headers["Location"]
    spy.page = "receipt"
    assert visitor.get(receipt).status_code == 200
    spy.page = ""


def test_a_vote_makes_few_round_trips(
    settings: Settings, migrated_postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, spy = Bench(db.connect(migrated_postgres_url), TWO), Spy()
    app = app_over(replace(settings, database=migrated_postgres_url), bench)
    for key in ("2026-1", "2027-1"):  # what each process asks once is asked by the first vote
        (voter, _) = open_round(bench, key, seats=2)
        vote(Visitor(app.test_client()), voter.token, f"/es/ballot/{key}", spy)
        if key == "2026-1":
            spy.watch(monkeypatch)
    bench.engine.dispose()
    assert spy.by_driver == []
    assert {name: spy.made[name] for name in MOST} == MOST


def test_a_vote_holds_its_seat_alone_and_shares_its_round(migrated_postgres_url: str) -> None:
    """So that a second vote of the seat waits, and the closing; votes of other seats and rounds do not."""
    bench = Bench(db.connect(migrated_postgres_url), TWO)
    (mine,), (other,) = (open_round(bench, key, seats=1) for key in ("2027-1", "2028-1"))
    free = "SELECT id FROM {} ORDER BY id FOR {} SKIP LOCKED"
    with (
        bench.work(mine.actor, moment()) as work,
        psycopg.connect(migrated_postgres_url, autocommit=True) as elsewhere,
    ):
        ballots.hold(work.session, mine.seat_id)
        assert ballots.current(work.session, mine.seat_id) is None, "what was to be held is sent with this"
        found = {
            (table, lock): [number for (number,) in elsewhere.execute(free.format(table, lock))]
            for table in ("seats", "rounds")
            for lock in ("SHARE", "NO KEY UPDATE")
        }
    bench.engine.dispose()
    theirs = [other.seat_id]
    assert found["seats", "SHARE"] == found["seats", "NO KEY UPDATE"] == theirs
    assert found["rounds", "SHARE"] == [1, 2], "votes of one round do not wait for one another"
    assert found["rounds", "NO KEY UPDATE"] == [2]
