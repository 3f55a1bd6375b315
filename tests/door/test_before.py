"""Links and sessions of before there was one table of them: links go on as they were, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, text

from consulta.checks import seals as seal_checks
from consulta.door import queries as door_queries
from consulta.door import service as door
from consulta.door.service import Given
from consulta.infra import database as db
from consulta.infra.models import VOTE, Link
from consulta.infra.work import ANONYMOUS, COMMAND
from tests.door.given import FIRST, made, of, way_of
from tests.factories import moment

if TYPE_CHECKING:
    from consulta.infra.work import Bench

BEFORE = "0028"
LATER = moment() + timedelta(hours=1)


def numbered_from_one(bench: Bench) -> None:
    """Give links to propose and to answer the numbers that they had in tables of their own.

    Those of notices keep theirs: the log has seals under these numbers.
    """
    with bench.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = 1")
        for links, sessions in (
            ("nomination_links", "nomination_sessions"),
            ("answer_links", "answer_sessions"),
        ):
            if connection.dialect.name != "sqlite":
                connection.execute(text(f"ALTER TABLE {sessions} DROP CONSTRAINT fk_{sessions}_link_id"))
            connection.execute(text(f"UPDATE {links} SET id = 1"))  # noqa: S608 - names of ours
            connection.execute(text(f"UPDATE {sessions} SET link_id = 1"))  # noqa: S608 - names of ours


def require_sealed(bench: Bench) -> None:
    with bench.read(COMMAND, LATER) as work:
        assert list(seal_checks.sealed(work)) == []


def test_links_go_on_their_sessions_begin_again_and_their_seals_hold(either: Bench) -> None:
    tokens = made(either, FIRST)
    with either.work(ANONYMOUS, moment()) as work:
        opened = {name: door.enter(work, way_of(name), token) for name, token in tokens.items()}
    db.downgrade(either.engine, BEFORE)
    numbered_from_one(either)
    db.upgrade(either.engine)
    db.require_current(either.engine)
    assert db.integrity(either.engine) == []
    require_sealed(either)
    with either.work(ANONYMOUS, LATER) as work:
        for name, token in tokens.items():
            found = door.find(work, way_of(name), token)
            assert found is not None, name
            assert found.purpose.name == name
        actors = {name: each.actor for name, each in opened.items() if each is not None}
        assert set(actors) == {"vote", "propose", "answer"}
        for name, each in opened.items():
            if each is not None:
                assert door.resume(work, each.actor.role, each.token) is None, "of before signatures"
                again = door.enter(work, way_of(name), tokens[name])
                assert again is not None, name
                actor = door.resume(work, again.actor.role, again.token)
                assert actor is not None, name
                # Who proposes is named by the number of the link, as the log has always named it.
                assert (actor.id, actor.seat_id) == (
                    1 if name == "propose" else each.actor.id,
                    each.actor.seat_id,
                )
        assert door.numbered(work, "propose", 1) is not None


def test_what_is_done_to_moved_links_is_sealed_and_new_ones_have_numbers_of_their_own(either: Bench) -> None:
    tokens = made(either, FIRST)
    db.downgrade(either.engine, BEFORE)
    numbered_from_one(either)
    db.upgrade(either.engine)
    with either.work(COMMAND, LATER) as work:
        for name in ("access", "objection"):
            found = door.find(work, "r", tokens[name], hold=True)
            assert found is not None
            door.answered(work, found.link, "object")
        contact = door_queries.link(work.session, ["propose"], of(tokens["propose"]))
        assert contact is not None
        assert contact.contact_id is not None
        door.give(work, "propose", [Given(1, contact.contact_id)])
        door.give(work, "access", [Given(1, seat_address_id=1)])
        door.give(work, VOTE, [Given(1, contact.contact_id)])
        work.session.flush()
        assert door_queries.end(work.session, LATER, Link.contact_id == contact.contact_id) == 3
    require_sealed(either)
    with either.read(COMMAND, LATER) as work:
        rows = work.session.execute(select(Link.id, Link.was, Link.purpose, Link.number)).all()
    assert len({(row.purpose, row.number) for row in rows}) == len(rows)
    last = max(row.id for row in rows if row.was is not None)
    assert sorted(row.number for row in rows if row.was is None) == [last + 1, last + 2, last + 3]


def test_the_way_down_and_up_again_keeps_links_withdrawals_and_seals(either: Bench) -> None:
    tokens = made(either, FIRST)
    with either.work(COMMAND, moment()) as work:
        mine = Link.token_sha256 == of(tokens["propose"])
        assert door_queries.end(work.session, LATER, mine) == 0
    for _ in range(2):
        db.downgrade(either.engine, BEFORE)
        db.upgrade(either.engine)
        require_sealed(either)
    with either.work(ANONYMOUS, LATER) as work:
        opens = {name for name, token in tokens.items() if door.find(work, way_of(name), token) is not None}
    assert opens == set(tokens) - {"propose"}
