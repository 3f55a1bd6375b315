"""What factsheets recommended before there were rows is taken over as rows, and goes back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from consulta.follow_up import service
from consulta.infra import database as db
from consulta.infra.models import Dialogue, Recommendation
from consulta.infra.work import ANONYMOUS, COMMAND, Bench
from tests.factories import moment

BEFORE = "0047"
ROUND = (
    "INSERT INTO rounds (id, key, state, secrecy, example, zone, closes_local, closes_at, rules, panel_rules,"
    " public, left_out, created_at, title) VALUES (5, 'r', 'published', 'aggregate', FALSE, 'UTC', '', :at,"
    " '{}', '{}', '', 0, :at, '{}')"
)
DIALOGUE = (
    "INSERT INTO dialogues (id, round_id, zone, starts_local, starts_at, ends_local, ends_at, links, topics,"
    " uid, sequence, cancelled, factsheet, factsheet_version, created_at) VALUES (3, 5, 'America/Panama',"
    " '2023-08-08T10:00', :at, '2023-08-08T12:00', :later, '[]', '[]', 'u', 0, FALSE, :written, 1, :at)"
)
DOCUMENT = (
    "INSERT INTO documents (round_id, kind, version, content, sha256, created_at)"
    " VALUES (5, 'factsheet', 1, :content, 's', :at)"
)


def words(**lists: Any) -> dict[str, Any]:
    """The words of a factsheet as they were stored before."""
    empty: dict[str, Any] = {"number": 6, "period": {}, "achieved": {}, "lessons": [], "links": []}
    return {**empty, "topics": [], "highlights": [], "challenges": {}, "recommendations": [], **lists}


PUBLISHED = words(
    highlights=[{"country": "PE", "es": "Una ley.", "en": "A law."}, {"country": "", "es": "Redes."}],
    challenges={"es": "Los plazos.\n\nLos datos.", "en": "The delays.\n\nThe data."},
    recommendations=[{"es": "Escuchar.", "en": "Listen."}, {"es": "Decir."}, {"es": "Abrir."}],
)
WRITTEN = words(
    highlights=PUBLISHED["highlights"],
    challenges={"es": "Los plazos.\n\nLos datos.", "en": "The delays."},
    recommendations=[
        {"es": "Escuchar.", "en": "Listen."},
        {"es": "Decir más."},
        {"es": "Abrir."},
        {"es": "Nueva."},
    ],
)


def run(bench: Bench, statement: str) -> None:
    given: dict[str, Any] = {
        "at": moment(),
        "later": moment() + timedelta(hours=2),
        "written": json.dumps(WRITTEN),
        "content": json.dumps({"words": PUBLISHED}),
    }
    used = {name: value for name, value in given.items() if f":{name}" in statement}
    with bench.work(COMMAND, moment()) as work:
        work.session.execute(text(statement), used)


def test_texts_become_rows_and_go_back(database_url: str) -> None:
    bench = Bench(db.connect(database_url))
    db.upgrade(bench.engine, BEFORE)
    for statement in (ROUND, DIALOGUE, DOCUMENT):
        run(bench, statement)
    db.upgrade(bench.engine)
    with bench.read(COMMAND, moment()) as work:
        rows = work.session.scalars(select(Recommendation).order_by(Recommendation.id)).all()
        assert [(each.reference, each.text.get("es"), each.addressed) for each in rows] == [
            ("2023-R1", "Escuchar.", ["all"]),
            ("2023-R2", "Decir más.", ["all"]),
            ("2023-R3", "Abrir.", ["all"]),
            (None, "Nueva.", ["all"]),
            ("2023-D1", "Los plazos.\n\nLos datos.", ["all"]),  # languages differ now: one row
            ("2023-D2", "Los datos.", ["all"]),
            ("2023-I1", "Una ley.", ["PE"]),
            ("2023-I2", "Redes.", ["all"]),
        ]
        kept = work.session.scalars(select(Dialogue)).one().factsheet
        assert (kept["recommendations"], kept["number"]) == ([], 6)
    with bench.read(ANONYMOUS, moment()) as work:  # the public sees what was published
        assert service.followed(work, "2023-R2").recommendation.text["es"] == "Decir."
    db.downgrade(bench.engine, BEFORE)
    with bench.read(COMMAND, moment()) as work:
        back = json.loads(
            json.dumps(work.session.execute(text("SELECT factsheet FROM dialogues")).scalar_one())
        )
        told = json.loads(back) if isinstance(back, str) else back
        assert told["recommendations"] == WRITTEN["recommendations"]
        assert told["highlights"] == WRITTEN["highlights"]
    bench.engine.dispose()
