"""A stored document becomes a typed value as soon as it is read: who may read JSON themselves, and why."""

from __future__ import annotations

import ast

from tests.house.source import ROOT

READ_JSON = {
    "archive.py": "rows of the log, whose details each act writes as it needs",
    "checks.py": "rows of the log, held against everything else",
    "closing_words.py": "a row of the log",
    "ending.py": "a row of the log",
    "extension.py": "rows of the log",
    "history.py": "rows of the log",
    "public_panel.py": "rows of the log",
    "roll_page.py": "a row of the log",
    "seal_checks.py": "rows of the log",
    "binding.py": "parts of ballots, to write them canonically",
    "tallying.py": "parts of ballots, each once for all that say the same",
    "frozen.py": "the frozen package, of which parts are left out and the rest is written again",
    "panel_documents.py": "kept panels, of every version of the program",
    "factsheets.py": "kept factsheets",
    "public_figures.py": "public.json, which is made there",
}


def reads_json(source: str) -> bool:
    """Whether a module calls `json.loads` or `json.load`."""
    return any(
        isinstance(node, ast.Attribute)
        and node.attr in {"load", "loads"}
        and isinstance(node.value, ast.Name)
        and node.value.id == "json"
        for node in ast.walk(ast.parse(source))
    )


def test_nobody_else_reads_json_in_services_and_nobody_does_in_the_web() -> None:
    services = sorted((ROOT / "consulta" / "services").rglob("*.py"))
    assert {path.name for path in services if reads_json(path.read_text(encoding="utf-8"))} == {*READ_JSON}
    web = sorted((ROOT / "consulta" / "web").rglob("*.py"))
    assert web
    assert [path.name for path in web if reads_json(path.read_text(encoding="utf-8"))] == []
