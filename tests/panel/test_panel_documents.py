"""Kept panels of every version of the program become the same typed values."""

from __future__ import annotations

import json
import lzma
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.infra.models import Document
from consulta.panel import documents as panel_documents

EARLIER = Path(__file__).parent.parent / "checks" / "earlier"
NOW = datetime(2027, 3, 1, tzinfo=UTC)
LATER = ("decided", "by_hand", "replacement", "holds", "compared")
LEFT_OUT = ("obstacle", "recent", "helps", "alternates", "relaxation", "relaxed_members")


def stored(name: str, folder: Path) -> list[dict[str, Any]]:
    """The panels in a database that an earlier state of the program left behind."""
    path = folder / name
    path.write_bytes(lzma.decompress((EARLIER / f"{name}.xz").read_bytes()))
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT content FROM documents WHERE kind = 'panel' ORDER BY id").fetchall()
    connection.close()
    return [json.loads(content) for (content,) in rows]


def kept(content: dict[str, Any]) -> panel_documents.KeptPanel:
    document = Document(kind="panel", version=3, content=json.dumps(content), sha256="0" * 64, created_at=NOW)
    return panel_documents.of(document)


@pytest.mark.parametrize("name", ["0014.sqlite3", "0024.sqlite3"])
def test_every_panel_of_then_is_read_with_all_that_it_says(tmp_path: Path, name: str) -> None:
    found = stored(name, tmp_path)
    assert found
    for content in found:
        read = kept(content)
        assert (read.version, read.at, read.sha256) == (3, NOW, "0" * 64)
        assert [*read.members] == panel_documents.members_of(content)
        told = content.get("decided") or content["panel"]
        assert [row.row for row in read.sitting.rows] == [row["row"] for row in told["rows"]]
        assert (read.sitting.support, read.sitting.shortfall) == (told["support"], told["shortfall"])
        assert {*read.designated} == {*content["designated"]}
        for part in ("holds", "compared", "replacement", "decided"):
            assert (getattr(read, part) is None) == (part not in content), part


def test_what_was_decided_by_hand_is_told_by_both_ways_of_writing_it(tmp_path: Path) -> None:
    (content,) = [each for each in stored("0024.sqlite3", tmp_path) if "by_hand" in each][:1]
    judged = kept(content).judged
    assert judged is not None
    told = content["by_hand"]
    assert ([*judged.held], judged.reason, judged.role) == (told["held"], told["reason"], told["who"])
    before = {name: part for name, part in content.items() if name not in LATER}
    decided = {
        "members": content["panel"]["members"],
        "changes": {"came": ["n03"], "left": ["n01"]},
        "reason": "Coordina el tema",
        "overridden": [content["panel"]["rows"][0]["row"]],
        "rows": content["panel"]["rows"],
        "support": 1,
        "shortfall": 2,
        "who": "secretariat",
        "when": NOW.isoformat(),
    }
    read = kept({**before, "decided": decided})
    assert read.judged is not None
    assert (read.judged.came, read.judged.left, read.judged.held, read.judged.at) == (
        ("n03",),
        ("n01",),
        (),
        NOW,
    )
    assert read.decided is not None
    assert [row.row for row in read.decided.gave_way] == decided["overridden"]
    assert (read.sitting.support, read.sitting.alternates, read.compared, read.holds) == (1, {}, None, None)
    assert read.best == content["panel"]["support"]


def test_what_an_earlier_version_left_out_is_empty(tmp_path: Path) -> None:
    content = stored("0024.sqlite3", tmp_path)[0]
    panel = {name: part for name, part in content["panel"].items() if name not in LEFT_OUT}
    read = kept({name: part for name, part in content.items() if name not in LATER} | {"panel": panel})
    assert (read.panel.obstacle, read.panel.relaxation, read.panel.alternates) == (None, (), {})
    assert read.panel.proven
    assert read.lasting == read.rules.locked


def test_what_cannot_be_is_refused_with_its_path(tmp_path: Path) -> None:
    content = stored("0024.sqlite3", tmp_path)[0]
    content["panel"]["support"] = "many"
    with pytest.raises(Problem, match=r"panel\.json") as caught:
        kept(content)
    assert caught.value.params["reason"] == "whole"
