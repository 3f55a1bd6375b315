"""What the public reads of a round, from its opening on, and of a draft nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from consulta.core.problems import Problem
from consulta.desk import moves
from consulta.platform.models import Round
from consulta.platform.work import ANONYMOUS, COMMAND
from consulta.results import service as results
from consulta.rounds import public_rounds
from tests.drafts import KEY, NOW, make_draft, make_open, reading, writing
from tests.rounds.test_secrecy import vote

if TYPE_CHECKING:
    from consulta.platform.work import Bench
    from consulta.rounds.values import HomeView, PublicRound

LATER = NOW + timedelta(days=3)
DAYS = timedelta(hours=72)


def home(bench: Bench) -> HomeView:
    with bench.read(ANONYMOUS, NOW) as work:
        return public_rounds.home(work)


def page(bench: Bench) -> PublicRound:
    with bench.read(ANONYMOUS, LATER) as work:
        return public_rounds.round_page(work, KEY)


def test_nothing_of_a_draft_is_public(bench: Bench) -> None:
    make_draft(bench)
    assert (home(bench).open, home(bench).closed, home(bench).published) == ((), (), ())
    for key in (KEY, "none"):
        with bench.read(ANONYMOUS, NOW) as work, pytest.raises(Problem, match=r"round\.unknown"):
            public_rounds.round_page(work, key)


def test_the_home_page_has_each_round_where_it_stands(bench: Bench) -> None:
    make_open(bench)
    (card,) = home(bench).open
    assert (card.key, card.seats, card.countries, card.has_panel) == (KEY, 3, 3, False)
    assert (home(bench).closed, home(bench).published) == ((), ())
    vote(bench, "s001")
    assert [each.key for each in home(bench).closed] == [KEY]
    assert (home(bench).open, home(bench).published) == ((), ())
    with bench.work(COMMAND, LATER) as work:
        results.count(work, KEY)
        results.publish(work, KEY, reason="Sin objeciones.")
    assert [each.key for each in home(bench).published] == [KEY]
    assert (home(bench).open, home(bench).closed) == ((), ())


def test_the_page_has_the_digest_of_what_was_frozen_and_the_end_of_objections(bench: Bench) -> None:
    make_open(bench)
    with reading(bench) as work:
        frozen = work.session.scalars(select(Round.frozen_sha256)).one()
    found = page(bench)
    assert (found.package_sha256, found.objections_until) == (frozen, None)
    assert (found.moves, found.reopened) == ((), ())
    with writing(bench, LATER) as work:
        moves.close(work, KEY, "Ya votaron", 72)
    assert page(bench).objections_until == LATER + DAYS
    with writing(bench, LATER) as work:
        moves.cancel(work, KEY, "La sesión no se celebra")
    with pytest.raises(Problem, match=r"round\.unknown"):
        page(bench)
