"""What is made once for speed is never old: deadlines, texts and states are those of the database."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from consulta.platform.models import Theme
from consulta.platform.work import COMMAND
from tests.benches import Visitor
from tests.factories import moment
from tests.polling import change_round, open_round
from tests.texts import both

if TYPE_CHECKING:
    from flask import Flask

    from consulta.platform.work import Bench

BALLOT = "/es/ballot/2027-1"


def entered(app: Flask, token: str) -> Visitor:
    visitor = Visitor(app.test_client())
    assert visitor.post(f"/es/v/{token}").status_code == 303
    return visitor


def test_texts_deadline_and_state_are_read_for_each_request(app: Flask, bench: Bench) -> None:
    start = moment()
    first, second = open_round(bench)
    one, two = entered(app, first.token), entered(app, second.token)
    assert "Título nuevo" not in one.get(BALLOT).text
    with bench.work(COMMAND, start) as work:
        theme = work.session.scalars(select(Theme).where(Theme.key == "t1")).one()
        theme.title = both("Título nuevo", "New title")
    assert "Título nuevo" in one.get(BALLOT).text
    assert "Título nuevo" in two.get(BALLOT).text

    change_round(bench, closes_at=start - timedelta(seconds=5))
    closed = two.get(BALLOT).text
    assert 'name="place-t1"' not in closed
    change_round(bench, closes_at=start + timedelta(days=2))
    assert 'name="place-t1"' in two.get(BALLOT).text
    change_round(bench, state="closed", closed_at=start)
    assert 'name="place-t1"' not in one.get(BALLOT).text


def test_seats_see_their_own_organisation_alone_in_turn(app: Flask, bench: Bench) -> None:
    first, second = open_round(bench)
    one, two = entered(app, first.token), entered(app, second.token)
    for _ in range(2):
        for visitor, mine, other in ((one, first, second), (two, second, first)):
            page = visitor.get(BALLOT).text
            assert mine.organisation in page
            assert other.organisation not in page
