"""Files uploaded under earlier versions are in one table now, and go back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from consulta.infra import database as db
from consulta.infra.models import Upload
from consulta.infra.work import COMMAND, Bench
from consulta.members.importing import IMPORTER
from tests.factories import moment

BEFORE = "0029"
ROUND = (
    "INSERT INTO rounds (id, key, state, secrecy, example, zone, closes_local, closes_at, rules, panel_rules,"
    " public, left_out, created_at) VALUES (5, 'r', 'draft', 'aggregate', FALSE, 'UTC', '', :at, '{}', '{}',"
    " '', 0, :at)"
)
MEMBERS = (
    "INSERT INTO members_imports (id, filename, sha256, headings, rows, sheets, meanings, created_at)"
    " VALUES (7, 'a.xlsx', 'x', :headings, :rows, :sheets, '{}', :at)"
)
DIALOGUE = (
    "INSERT INTO dialogues (id, round_id, zone, starts_local, starts_at, ends_local, ends_at, links, topics,"
    " uid, sequence, cancelled, factsheet, created_at) VALUES (3, 5, 'UTC', '', :at, '', :later, '[]', '[]',"
    " 'u', 0, FALSE, '{}', :at)"
)
ATTENDANCE = (
    "INSERT INTO attendance_files (id, dialogue_id, filename, sha256, headings, rows, before, created_at,"
    " applied_at) VALUES (1, 3, 'b.csv', 'y', '[]', '[]', :before, :at, :at)"
)
HEADINGS = ["Organización", "País", "Sector", "Notas"]
ROWS = [
    [2, ["Red Uno", "Perú", "ONG", "x"], None],
    [2_000_003, ["Red Dos", "Perú", "#REF!", ""], ["file.cell_error", {"row": 3, "column": "C", "limit": 5}]],
]
SHEETS = [["A", 1, ""], ["B", 1, ""], ["C", 0, "hidden"]]
LIST = {"people": [{"organisation": "Red"}], "after": "digest"}
GIVEN = {
    "headings": json.dumps(HEADINGS),
    "rows": json.dumps(ROWS),
    "sheets": json.dumps(SHEETS),
    "before": json.dumps(LIST),
}


def run(bench: Bench, statement: str) -> None:
    given: dict[str, Any] = {"at": moment(), "later": moment() + timedelta(hours=2), **GIVEN}
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(text(statement), used)


def test_files_of_members_and_of_attendance_stand_in_one_table_and_come_back(database_url: str) -> None:
    bench = Bench(db.connect(database_url))
    db.upgrade(bench.engine, BEFORE)
    run(bench, ROUND)
    run(bench, DIALOGUE)
    run(bench, MEMBERS)
    run(bench, ATTENDANCE)
    db.upgrade(bench.engine)
    with bench.read(COMMAND, moment()) as work:
        members, attendance = work.session.scalars(select(Upload).order_by(Upload.id))
        assert (members.id, members.kind, members.round_id, members.rows) == (7, "members", None, ROWS)
        assert (attendance.kind, attendance.round_id, attendance.undo) == ("attendance", 5, LIST)
        view = IMPORTER.look(work, 7)
    assert view.unread == ("Notas",)
    assert [(str(row.row), row.kind) for row in view.rows] == [("2 (A)", "new"), ("3 (B)", "error")]
    assert view.rows[1].faults[0].column == "Sector"
    assert [each.reason for each in view.sheets] == ["", "", "hidden"]
    with bench.work(COMMAND, moment()) as work:  # numbers go on after those that are taken
        assert IMPORTER.keep(work, "c.csv", "Nombre;País;Sector\nRed;Perú;ONG\n".encode()) > 7
    db.downgrade(bench.engine, BEFORE)
    with bench.read(COMMAND, moment()) as work:
        kept = work.session.execute(text("SELECT id, filename FROM members_imports ORDER BY id")).all()
        assert kept[0] == (7, "a.xlsx")
        of_session = work.session.execute(text("SELECT dialogue_id, filename FROM attendance_files")).all()
        assert of_session == [(3, "b.csv")]
    db.upgrade(bench.engine)
    db.require_current(bench.engine)
    bench.engine.dispose()
