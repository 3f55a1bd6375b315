"""A session by a link that was changed in the table alone opens nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from consulta.platform import door
from consulta.platform.models import Link, SignedIn
from consulta.platform.work import ANONYMOUS, COMMAND
from tests.factories import moment
from tests.polling import open_round

if TYPE_CHECKING:
    from consulta.platform.work import Bench


def test_a_session_by_a_link_does_not_become_one_of_another_organisation(bench: Bench) -> None:
    own, other = open_round(bench)
    with bench.work(ANONYMOUS, moment()) as work:
        entrance = door.enter(work, "v", own.token)
    assert entrance is not None
    with bench.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, "voter", entrance.token) == entrance.actor
    with bench.work(COMMAND, moment()) as work:
        elsewhere = work.session.scalars(select(Link.id).where(Link.subject_id == other.seat_id)).one()
        work.session.execute(update(SignedIn).values(link_id=elsewhere))
    with bench.read(ANONYMOUS, moment()) as work:
        assert door.resume(work, "voter", entrance.token) is None
