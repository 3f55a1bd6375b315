"""A vote is cast and kept whatever parts of the program are not used; its pages say nothing of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.platform import parts
from consulta.platform.work import COMMAND
from tests.benches import voter_visitor
from tests.factories import moment
from tests.polling import open_round
from tests.vote.test_vote import ballots, vote

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench


WHY = "¿Por qué estos temas?"


def test_a_receipt_asks_for_reasons_only_where_they_are_used(bench: Bench, app: Flask) -> None:
    voter, other = open_round(bench)[:2]
    visitor = voter_visitor(app, voter.token)
    answer = vote(visitor, t1=1, t2=2)
    assert WHY in visitor.get(answer.headers["Location"]).text
    with bench.work(COMMAND, moment()) as work:
        parts.take_over(work, parts.known())
    app.extensions["consulta"].kept.forget()
    assert WHY not in visitor.get(answer.headers["Location"]).text
    silent = voter_visitor(app, other.token)
    answer = vote(silent, t1=1, t2=2)
    page = silent.get(answer.headers["Location"]).text
    assert answer.status_code == 303
    assert WHY not in page
    assert "testigo" not in page.partition("<main")[2]
    assert len(ballots(bench)) == 2, "both are kept"
