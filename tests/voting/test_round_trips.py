"""A whole vote makes few round trips to PostgreSQL, none of them by the driver's own statements."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from consulta.infra import database as db
from consulta.infra.statements.pipeline import Pipeline
from consulta.infra.work import Bench
from tests.apps import app_over
from tests.benches import Visitor
from tests.polling import open_round
from tests.texts import TWO
from tests.voting.test_vote import Page, places

if TYPE_CHECKING:
    import pytest

    from consulta.infra.settings import Settings

# The round trips of each page. One more is two changes of process and of thread: measure a new figure
# (`python -m bench.votes postgresql`).
MOST = {"link": 0, "enter": 5, "ballot": 3, "entries": 2, "review": 2, "send": 7, "receipt": 4}


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
