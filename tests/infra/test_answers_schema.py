"""What was said about values of files under earlier versions holds for the next file, and comes back."""

from __future__ import annotations

import json

from sqlalchemy import text

from consulta.importing.values import Answer
from consulta.infra import database as db
from consulta.infra.work import COMMAND, Bench
from consulta.members.importing import IMPORTER
from tests.factories import moment

BEFORE = "0034"
UPLOAD = (
    "INSERT INTO uploads (kind, filename, sha256, headings, rows, meanings, created_at)"
    " VALUES (:kind, 'a.csv', 'x', '[]', '[]', :meanings, :at)"
)


def test_answers_of_files_are_taken_over_the_latest_of_each(database_url: str) -> None:
    bench = Bench(db.connect(database_url))
    db.upgrade(bench.engine, BEFORE)
    for kind, meanings in (
        ("members", {"sector": {"gente de mar": "ngo", "casa": "academia"}}),
        ("members", {}),
        ("members", {"sector": {"gente de mar": "trade_union"}, "country": {"peruu": "PE"}}),
        ("nominees", {"sector": {"gente": "ngo"}}),
    ):
        with bench.work(COMMAND, moment()) as work:
            given = {"kind": kind, "meanings": json.dumps(meanings), "at": moment()}
            work.session.execute(text(UPLOAD), given)
    db.upgrade(bench.engine)
    with bench.read(COMMAND, moment()) as work:
        assert IMPORTER.answers(work) == (
            Answer("country", "peruu", "PE"),
            Answer("sector", "casa", "academia"),
            Answer("sector", "gente de mar", "trade_union"),
        )
    bench.engine.dispose()
