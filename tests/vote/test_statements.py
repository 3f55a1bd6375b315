"""How often a vote and its receipt ask the database, so that neither gets dearer unseen."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from consulta.desk import mail
from consulta.platform import database as db
from consulta.platform.mailer import outbox
from consulta.platform.web.request import now
from consulta.platform.work import COMMAND, WORKER, Bench
from consulta.rounds.letters.service import Finished, Post
from tests.apps import app_over
from tests.benches import voter_visitor
from tests.factories import moment
from tests.polling import open_round
from tests.texts import TWO
from tests.vote.test_vote import RECEIPT, vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

    from consulta.platform.settings import Settings
    from tests.polling import Voter

MOST = 57
"""Statements of a whole first vote, from the button of the link to its receipt."""


@pytest.fixture
def postgres(migrated_postgres_url: str) -> Iterator[Bench]:
    """Yield work on PostgreSQL, with a pool of its own."""
    made = Bench(db.connect(migrated_postgres_url), TWO)
    yield made
    made.engine.dispose()


def go_all_the_way(app: Flask, voter: Voter) -> None:
    visitor = voter_visitor(app, voter.token)
    assert vote(visitor, t1=1, t3=2).status_code == 303
    assert visitor.get(RECEIPT).status_code == 200


def asked(bench: Bench) -> Counter[tuple[str, str]]:
    """Count from now on which statements are run, each with its values."""
    found: Counter[tuple[str, str]] = Counter()

    @event.listens_for(bench.engine, "before_cursor_execute")
    def count(_connection: object, _cursor: object, words: str, values: object, *_more: object) -> None:
        found[words, str(values)] += 1

    return found


def test_a_whole_vote_takes_so_many_statements(bench: Bench, app: Flask) -> None:
    first, second = open_round(bench, seats=2)
    go_all_the_way(app, first)  # with what a process does once
    found = asked(bench)
    go_all_the_way(app, second)
    assert found.total() <= MOST


def test_postgresql_plans_the_statements_of_votes_once(postgres: Bench, settings: Settings) -> None:
    """The driver prepares what a connection runs often, and forgets all of it at a rollback."""
    voters = open_round(postgres, seats=8)
    app = app_over(replace(settings, database=str(postgres.engine.url)), postgres)
    for voter in voters:
        go_all_the_way(app, voter)
    for _ in range(2):  # a unit that reads lets the next one find all that was prepared
        with postgres.read(COMMAND, moment()) as work:
            kept = list(work.session.scalars(text("SELECT statement FROM pg_prepared_statements")))
    for part in ("FROM sessions JOIN links", "FOR SHARE OF rounds", "INSERT INTO ballots", "FROM themes"):
        assert any(part in each for each in kept), part


def test_a_receipt_is_made_without_asking_in_each_language(bench: Bench, app: Flask) -> None:
    """What is sent and what is kept are two mails; each may ask once what stands in both languages."""
    (voter,) = open_round(bench, seats=1)
    go_all_the_way(app, voter)
    with bench.work(WORKER, now()) as work:
        number = outbox.claim(work, "w", None)
    assert number is not None
    found = asked(bench)
    with bench.read(WORKER, now()) as work:
        assert isinstance(mail.finish(work, number, Post("https://voto.example.org")), Finished)
    assert max(found.values()) <= 2, found.most_common(1)
