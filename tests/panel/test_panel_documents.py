"""Kept panels become typed values."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from consulta.core.problems import Problem
from consulta.panel import documents, votes
from consulta.panel.votes import before_answers
from consulta.platform.models import Document
from consulta.results.your_vote import PanelTelling, ToldPanel
from tests.cases import for_each

if TYPE_CHECKING:
    from tests.benches import Demo

NOW = datetime(2027, 3, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def panels(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The panels of the demonstration as they are stored: the second one replaced somebody."""
    path = tmp_path_factory.mktemp("panels") / "demo.sqlite3"
    path.write_bytes(demo.content)
    with closing(sqlite3.connect(path)) as connection:
        query = "SELECT content FROM documents WHERE kind = 'panel' ORDER BY id"
        return [content for (content,) in connection.execute(query)]


@pytest.fixture
def content(panels: list[str]) -> dict[str, Any]:
    """The first of them, to change."""
    return json.loads(panels[0])


def kept(content: dict[str, Any]) -> documents.KeptPanel:
    document = Document(kind="panel", version=3, content=json.dumps(content), sha256="0" * 64, created_at=NOW)
    return documents.of(document)


def test_every_panel_is_read_with_all_that_it_says(panels: list[str]) -> None:
    assert len(panels) == 2
    for content in map(json.loads, panels):
        read = kept(content)
        assert (read.version, read.at, read.sha256) == (3, NOW, "0" * 64)
        assert [*read.members] == documents.members_of(content)
        assert [row.row for row in read.sitting.rows] == [row["row"] for row in content["panel"]["rows"]]
        assert (read.sitting.support, read.sitting.shortfall) == (
            content["panel"]["support"],
            content["panel"]["shortfall"],
        )
        assert asdict(read.holds) == {name: tuple(keys) for name, keys in content["holds"].items()}
        assert read.compared.own.support == content["compared"]["own"]["support"]
        assert (read.replacement is None) == ("replacement" not in content)


def test_what_cannot_be_is_refused_with_its_path(content: dict[str, Any]) -> None:
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


def test_who_is_held_for_later_choices_and_which_rules_were_before_any_answer(
    content: dict[str, Any],
) -> None:
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


ROWS = (SimpleNamespace(row="places", met=True), SimpleNamespace(row="women", met=False))


@for_each(
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
    panel: Any = SimpleNamespace(sitting=sitting, rules="rules", panel=SimpleNamespace(pool=9), version=4)
    base: Any = SimpleNamespace(nominees=(), support={}, topics=(), seed=b"")
    telling: Any = SimpleNamespace(telling=lambda: SimpleNamespace(effects="effects"))
    monkeypatch.setattr(votes.choosing, "report_on_members", lambda *_given: again)
    monkeypatch.setattr(votes, "PanelEffects", lambda *given: given)
    monkeypatch.setattr(votes, "before_answers", lambda panel: panel.rules)
    for endorsed, anybody in (({"s1": (), "s2": ("n1",)}, True), ({"s1": ()}, False)):
        task = votes.Task(telling, panel, base, endorsed, 5, {})
        told = task._told()
        if other:
            assert told == ToldPanel(2, anybody, "changed", (), 4)
        else:
            assert isinstance(told, PanelTelling)
