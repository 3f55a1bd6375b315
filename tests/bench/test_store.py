"""A round of the bench written into a database by bulk is the round of its arrays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import func, select

from bench import data, store
from consulta.core.counting.count import count_arrays
from consulta.core.values import Rules
from consulta.platform import database as db
from consulta.platform import documents
from consulta.platform.models import Ballot, CurrentBallot, Organisation, Seat
from consulta.platform.work import COMMAND, Bench
from consulta.results import service as results
from consulta.rounds.queries import rounds
from tests.factories import moment
from tests.texts import TWO

if TYPE_CHECKING:
    from consulta.core.counting.result import Result

DRAWN = data.make_round(400, top=data.TOP)


def of_arrays(drawn: data.Round) -> Result:
    return count_arrays(
        drawn.ranks,
        drawn.categories,
        drawn.seats,
        Rules(),
        seed="5eed" * 16,
        objectives=drawn.objectives,
        theme_objectives=[data.numbers(int(mask)) for mask in drawn.theme_objectives],
    )


@pytest.mark.deep
def test_a_filled_database_is_counted_as_the_arrays_are(database_url: str) -> None:
    bench = Bench(db.connect(database_url), TWO)
    store.fill(bench.engine, DRAWN)
    with bench.work(COMMAND, moment()) as work:
        sizes = [
            work.session.scalar(select(func.count()).select_from(model))
            for model in (Organisation, Seat, Ballot, CurrentBallot)
        ]
        results.count(work, store.KEY)
    assert sizes == [DRAWN.roll.sum(), DRAWN.roll.sum(), 400, 400]
    with bench.read(COMMAND, moment()) as work:
        found = rounds.find(work.session, store.KEY)
        assert found is not None
        kept = documents.find(work.session, found.id, "result")
        assert kept is not None
        result = json.loads(kept.content)
    bench.engine.dispose()
    arrays = of_arrays(DRAWN)
    assert np.array_equal(result["pairs"], arrays.pairs)
    assert [theme["mentions"] for theme in result["themes"]] == [theme.mentions for theme in arrays.themes]
    assert [each["share"] for each in result["objectives"]] == [
        f"{each.share.numerator}/{each.share.denominator}" for each in arrays.objectives
    ]


def test_lines_for_copy_are_tabs_and_line_ends() -> None:
    assert store.lines([(1, "a", True), (2, '["b"]', False)]) == '1\ta\tTrue\n2\t["b"]\tFalse\n'
