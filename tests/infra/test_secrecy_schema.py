"""What revision 0003 does with what was there before it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from consulta.infra import database as db
from consulta.infra.models import Seat
from consulta.infra.work import COMMAND, Bench
from tests.factories import moment
from tests.texts import TWO

ORGANISATION = (
    "INSERT INTO organisations (id, name, name_key, country, sector, base, tags, active, example, created_at)"
    " VALUES (1, 'Red', 'red', 'PE', 'ngo', 1, '[]', TRUE, FALSE, :at)"
)
ROUND = (
    "INSERT INTO rounds (id, key, title_es, title_en, question_es, question_en, state, secrecy, example,"
    " zone, closes_local, closes_at, rules, panel_rules, public, created_at) VALUES (1, 'r',"
    " '', '', '', '', 'open', 'aggregate', FALSE, 'UTC', '', :at, '{}', '{}', '', :at)"
)
# The same, as the newest schema has it.
ROUND_NOW = ROUND.replace("title_es, title_en, question_es, question_en", "title, question").replace(
    "'', '', '', '', 'open'", "'{}', '{}', 'open'"
)
SEAT = (
    "INSERT INTO seats (round_id, organisation_id, key, position, name, country, subregion, sector, base)"
    " VALUES (1, 1, 's001', 1, 'Red', 'PE', 'south_america', 'ngo', 1)"
)
STAFF = (
    "INSERT INTO staff (id, email, name, role, language, password_hash, active, created_at)"
    " VALUES ({number}, '{number}@example.org', 'Ana', '{role}', 'es', 'x', TRUE, :at)"
)
SESSION = (
    "INSERT INTO sessions (token_sha256, staff_id, created_at, confirmed_at, expires_at)"
    " VALUES ('{number}', {number}, :at, :at, :at)"
)


def run(bench: Bench, *statements: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        for statement in statements:
            work.session.execute(text(statement), {"at": moment()} if ":at" in statement else {})


def test_seats_of_before_get_a_pseudonym_and_staff_keep_their_sessions(database_url: str) -> None:
    bench = Bench(db.connect(database_url), TWO)
    db.upgrade(bench.engine, "0002")
    run(bench, ORGANISATION, ROUND, SEAT, STAFF.format(number=1, role="admin"), SESSION.format(number=1))
    db.upgrade(bench.engine)
    with bench.read(COMMAND, moment()) as work:
        (seat,) = work.session.scalars(select(Seat))
        assert len(seat.pseudonym) == 16
        assert seat.pseudonym != seat.key
        assert work.session.scalar(text("SELECT count(*) FROM sessions WHERE staff_id = 1")) == 1
    # Foreign keys are held again, and so are the roles.
    with pytest.raises(DBAPIError):
        run(bench, SESSION.format(number=9))
    with pytest.raises(DBAPIError):
        run(bench, STAFF.format(number=2, role="guest"))
    bench.engine.dispose()


def test_going_back_gives_up_scrutineers_and_nobody_else(database_url: str) -> None:
    bench = Bench(db.connect(database_url), TWO)
    db.upgrade(bench.engine)
    run(
        bench,
        ROUND_NOW,
        *(STAFF.format(number=n, role=role) for n, role in ((1, "admin"), (2, "scrutineer"))),
        *(SESSION.format(number=n) for n in (1, 2)),
        "INSERT INTO scrutineers (round_id, staff_id, appointed_at) VALUES (1, 2, :at)",
    )
    db.downgrade(bench.engine, "0002")
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(text("SELECT role FROM staff")).all() == ["admin"]
        assert work.session.scalars(text("SELECT staff_id FROM sessions")).all() == [1]
    db.upgrade(bench.engine)
    db.require_current(bench.engine)
    bench.engine.dispose()
