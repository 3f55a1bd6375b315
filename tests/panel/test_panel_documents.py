"""Kept panels of every version of the program become the same typed values."""

from __future__ import annotations

import json
import lzma
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.infra.models import Document
from consulta.panel import documents as panel_documents
from consulta.panel import votes
from consulta.panel.archived import _is_held
from consulta.panel.values import Designation
from consulta.panel.votes import before_answers
from consulta.your_vote.panels import PanelTelling
from consulta.your_vote.values import ToldPanel

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


HOLDS = {
    "accepted": ["n01"],
    "invited": ["n02"],
    "designated": ["n03"],
    "by_hand": ["n04"],
    "left": ["n05", "n06"],
    "kept_out": ["n06", "n07"],
}


def test_who_is_held_for_later_choices_and_which_rules_were_before_any_answer(tmp_path: Path) -> None:
    content = stored("0024.sqlite3", tmp_path)[0]
    rules = content["rules"] | {"locked": ["n01", "n02", "n03", "n04"], "barred": ["n05", "n06", "n07"]}
    read = kept(content | {"rules": rules, "holds": HOLDS})
    assert read.lasting == ("n01", "n03", "n04"), "who only kept a place while another was filled is left out"
    before = before_answers(read)
    assert (before.locked, before.barred) == (("n03", "n04"), ("n06", "n07"))
    assert (before.size, before.roles, before.quotas) == (
        read.rules.size,
        read.rules.roles,
        read.rules.quotas,
    )
    older = kept({name: part for name, part in content.items() if name != "holds"} | {"rules": rules})
    assert (older.lasting, before_answers(older)) == (("n01", "n02", "n03", "n04"), older.rules)


ROWS = (SimpleNamespace(row="places", met=True), SimpleNamespace(row="women", met=False))


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"members": ("n1", "n3")},
        {"support": 6},
        {"rows": ROWS[:1]},
        {"rows": (ROWS[0], SimpleNamespace(row="women", met=True))},
        {"pool": 8},
    ],
)
def test_of_a_panel_that_does_not_come_out_again_no_change_is_told(
    monkeypatch: pytest.MonkeyPatch, other: dict[str, Any]
) -> None:
    """As where nominees were changed or erased since: its people, support, rows and pool are compared."""
    again = SimpleNamespace(**{"members": ("n1", "n2"), "support": 5, "rows": ROWS, "pool": 9} | other)
    sitting = SimpleNamespace(members=["n2", "n1"], support=5, rows=ROWS)
    panel: Any = SimpleNamespace(
        sitting=sitting, rules="rules", panel=SimpleNamespace(pool=9), version=4, holds=None
    )
    base: Any = SimpleNamespace(nominees=(), support={}, topics=(), seed=b"")
    telling: Any = SimpleNamespace(telling=lambda: SimpleNamespace(effects="effects"))
    monkeypatch.setattr(votes.choosing, "report_on_members", lambda *_given: again)
    monkeypatch.setattr(votes, "PanelEffects", lambda *given: given)
    for endorsed, anybody in (({"s1": (), "s2": ("n1",)}, True), ({"s1": ()}, False)):
        task = votes.Task(telling, panel, base, endorsed, 5, {})
        told = task._told()
        if other:
            assert told == ToldPanel(2, anybody, "changed", (), 4)
        else:
            assert isinstance(told, PanelTelling)


@pytest.mark.parametrize(
    ("holds", "any_by_hand"),
    [
        ({}, False),
        ({"accepted": ["n1"], "left": ["n2"]}, False),
        ({"accepted": ["n1"]}, False),
        ({"invited": ["n1"]}, False),
        ({"left": ["n1"]}, False),
        ({"by_hand": ["n1"]}, True),
        ({"kept_out": ["n1"]}, True),
    ],
)
def test_whether_the_secretariat_holds_or_keeps_out_anybody(
    tmp_path: Path, holds: dict[str, Any], *, any_by_hand: bool
) -> None:
    read = kept(stored("0024.sqlite3", tmp_path)[0] | {"holds": holds})
    assert read.holds is not None
    assert read.holds.any_by_hand is any_by_hand
    assert _is_held(read.holds) is bool(holds)


def test_what_a_panel_is_compared_with_and_what_replaced_it(tmp_path: Path) -> None:
    content = stored("0024.sqlite3", tmp_path)[0]
    own = {"feasible": True, "support": 77, "shortfall": 1}
    said = {"es": "Otro compromiso.", "en": "Another commitment."}
    read = kept(
        content
        | {
            "compared": {"own": own, "exact": False, "wish": {"with": None, "without": 70}},
            "replacement": {"left": {"n10": "declined"}, "came": ["n08"], "said": said},
            "designated": {"n08": {"by": "Mecanismo", "on": "2020-01-01", "act": "acta 3"}},
        }
    )
    assert read.compared is not None
    assert (read.compared.own.proven, read.compared.own.shortfall, read.compared.exact) == (True, 1, False)
    assert read.compared.wish == panel_documents.Wish(None, 70)
    assert read.best == 77
    assert read.replacement == panel_documents.Replacement({"n10": "declined"}, ("n08",), Text(said))
    assert read.designated == {"n08": Designation("Mecanismo", "2020-01-01", "acta 3")}
    none = kept(content | {"compared": {"own": own | {"feasible": False}, "exact": True}})
    assert (none.best, none.compared and none.compared.wish) == (None, None)
    alone = {name: part for name, part in content.items() if name != "compared"}
    assert kept(alone).best == content["panel"]["support"]
    assert kept(alone | {"panel": content["panel"] | {"feasible": False}}).best is None


def test_who_sits_is_the_decided_panel_else_the_chosen_one_and_nobody_where_there_is_none(
    tmp_path: Path,
) -> None:
    content = stored("0024.sqlite3", tmp_path)[0]
    decided = {
        "members": ["n03"],
        "overridden": [],
        "rows": content["panel"]["rows"],
        "support": 5,
        "shortfall": 2,
        "alternates": {"n03": ["n01", "n02"]},
    }
    by_hand = {"came": ["n03"], "left": [], "held": [], "kept_out": ["n09"], "reason": "x", "who": "command"}
    both = content | {"decided": decided, "by_hand": by_hand | {"when": NOW.isoformat()}}
    assert panel_documents.members_of(both) == panel_documents.members_of(json.dumps(both)) == ["n03"]
    sitting = kept(both).sitting
    assert (sitting.members, sitting.support, sitting.shortfall) == (("n03",), 5, 2)
    assert sitting.alternates == {"n03": ("n01", "n02")}
    assert kept(both).members == ("n03",)
    judged = kept(both).judged
    assert judged is not None
    assert (judged.came, judged.left, judged.kept_out, judged.at) == (("n03",), (), ("n09",), NOW)
    assert kept(content).judged is None
    assert panel_documents.members_of(content) == content["panel"]["members"] == [*kept(content).members]
    sitting = kept(content).sitting
    assert sitting.alternates["n01"] == tuple(content["panel"]["alternates"]["n01"])
    none = content | {"panel": content["panel"] | {"members": []}}
    assert panel_documents.members_of(none) == [*kept(none).members] == []
