"""A stored document becomes a typed value as soon as it is read: who may read JSON themselves, and why."""

from __future__ import annotations

import ast

from tests.house.source import ROOT

READ_JSON = {
    "checks/service.py": "rows of the log, held against everything else",
    "rounds/acts.py": "rows of the log, as the files of an archive show them",
    "rounds/history.py": "rows of the log of every act, shown as they are",
    "checks/seals.py": "rows of the log",
    "rounds/binding.py": "parts of ballots, to write them canonically",
    "results/tallying.py": "parts of ballots, each once for all that say the same",
    "rounds/frozen.py": "the frozen package, of which parts are left out and the rest is written again",
    "panel/documents.py": "kept panels, of every version of the program",
    "sessions/kept.py": "kept factsheets, which become a typed value there",
    "open_data/service.py": "kept descriptors",
    "results/public_figures.py": "public.json, which is made there",
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


BELOW = {"cli", "core", "data", "formats", "infra"}
"""Folders in which no use case and no page is."""


def test_nobody_else_reads_json_in_use_cases_and_nobody_does_in_pages() -> None:
    package = ROOT / "consulta"
    features = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in BELOW]
    read = {
        path.relative_to(package).as_posix()
        for path in features
        if "queries" not in path.with_suffix("").parts and reads_json(path.read_text(encoding="utf-8"))
    }
    assert read == {*READ_JSON}
    assert not {name for name in read if "/pages" in name or name.startswith(("web/", "site/"))}
