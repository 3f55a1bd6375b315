"""What revision 0026 does with the columns of before it, and when it can be taken back."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text

from consulta.ballots.queries import counting
from consulta.infra import database as db
from consulta.infra.models import Organisation, Seat, Upload
from consulta.infra.work import COMMAND, Bench
from tests.factories import moment

BEFORE = "0024"
UNDO = {
    "organisations": [
        {
            "id": 1,
            "organisation": 1,
            "before": {"sector": "media"},
            "after": {"name": "Red", "sector": "ngo", "base": 1},
        },
        {"id": 2, "organisation": 2, "before": None, "after": {"name": "Otra", "sector": "media"}},
        {"id": 1, "organisation": 1, "before": {"base": 2}, "after": {"name": "Red", "sector": "ngo"}},
    ],
    "contacts": [{"id": 1, "organisation": 1, "before": None, "after": {"name": "Ana"}}],
}
ORGANISATION = (
    "INSERT INTO organisations (id, name, name_key, country, sector, base, tags, active, example, created_at)"
    " VALUES (1, 'Red', 'red', 'PE', 'ngo', 1, '[]', TRUE, FALSE, :at)"
)
ROUND = (
    "INSERT INTO rounds (id, key, title_es, title_en, question_es, question_en, state, secrecy, example,"
    " zone, closes_local, closes_at, rules, panel_rules, public, left_out, created_at) VALUES (1, 'r', '',"
    " '', '', '', 'open', 'aggregate', FALSE, 'UTC', '', :at, '{}', '{}', '', 0, :at)"
)
SEAT = (
    "INSERT INTO seats (round_id, organisation_id, key, pseudonym, position, name, country, subregion,"
    " sector, base) VALUES (1, 1, 's001', 'abc', 1, 'Red', 'PE', 'south_america', 'ngo', 1)"
)
IMPORT = (
    "INSERT INTO members_imports (id, filename, sha256, headings, rows, undo, created_at)"
    " VALUES (1, 'a.csv', 'x', '[]', '[]', :undo, :at)"
)
ROWS = (ORGANISATION, ROUND, SEAT, IMPORT)


def run(bench: Bench, *statements: str) -> None:
    with bench.work(COMMAND, moment()) as work:
        for statement in statements:
            given = {"at": moment(), "undo": json.dumps(UNDO)}
            work.session.execute(
                text(statement), {name: value for name, value in given.items() if f":{name}" in statement}
            )


def test_columns_become_maps_and_come_back(database_url: str) -> None:
    bench = Bench(db.connect(database_url))
    db.upgrade(bench.engine, BEFORE)
    run(bench, *ROWS)
    db.upgrade(bench.engine)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.scalars(select(Organisation.categories)).all() == [{"sector": "ngo"}]
        (seat,) = work.session.scalars(select(Seat))
        assert [*seat.categories.items()] == [("subregion", "south_america"), ("sector", "ngo")]
        # As a seat of now is stored: the database groups by this text.
        (row,) = counting.seats(work.session, 1)
        assert row.categories == json.dumps(seat.categories)
        undo = work.session.get_one(Upload, 1).undo
    assert undo is not None
    assert [(each["before"], each["after"].get("categories")) for each in undo["organisations"]] == [
        ({"categories": {"sector": "media"}}, {"sector": "ngo"}),
        (None, {"sector": "media"}),
        ({"base": 2}, {"sector": "ngo"}),
    ]
    db.downgrade(bench.engine, BEFORE)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.execute(text("SELECT subregion, sector FROM seats")).all() == [
            ("south_america", "ngo")
        ]
        assert work.session.scalars(text("SELECT sector FROM organisations")).all() == ["ngo"]
        kept = work.session.scalar(text("SELECT CAST(undo AS TEXT) FROM members_imports"))
    assert json.loads(kept or "") == UNDO
    db.upgrade(bench.engine)
    db.require_current(bench.engine)
    bench.engine.dispose()


def test_it_is_not_taken_back_where_there_are_other_dimensions(database_url: str) -> None:
    bench = Bench(db.connect(database_url))
    db.upgrade(bench.engine, BEFORE)
    run(bench, *ROWS)
    db.upgrade(bench.engine)
    with bench.work(COMMAND, moment()) as work:
        work.session.get_one(Organisation, 1).categories = {"sector": "ngo", "size": "small"}
    with pytest.raises(RuntimeError, match="organisations have categories"):
        db.downgrade(bench.engine, BEFORE)
    with bench.read(COMMAND, moment()) as work:
        assert work.session.get_one(Organisation, 1).categories["size"] == "small"
    bench.engine.dispose()
