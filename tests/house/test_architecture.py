"""The house keeps its shape: who may import what, where transactions, time and chance are."""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

from tests.house.source import PACKAGE, ROOT, calls, imports, modules

if TYPE_CHECKING:
    from pathlib import Path

# The core computes from values alone: of the standard library it may not have these either.
OUT_OF_CORE = frozenset(
    {
        *("glob", "io", "os", "pathlib", "pickle", "shelve", "shutil", "sqlite3", "tempfile"),
        *("getpass", "locale", "logging", "platform", "time"),
        *("random", "secrets", "uuid"),
        *("asyncio", "ctypes", "multiprocessing", "socket", "subprocess", "threading", "urllib"),
    }
)
CLOCKS = frozenset(
    {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns"}
)
CLOCK_READERS = ("web/request.py", "worker.py", "cli/")
# Migrations bring the schema to its newest form before any unit of work can be opened.
TRANSACTION_OPENERS = ("infra/work.py", "infra/database.py")
EMPTY_NAMES = frozenset(
    {"utils", "util", "helpers", "helper", "common", "misc", "manager", "managers", "base"}
)

TRESPASSES = [
    ("core/trespass.py", "import flask", "The core knows no lists and no framework"),
    ("core/trespass.py", "from consulta import data", "The core knows no lists and no framework"),
    ("core/trespass.py", "from consulta import infra", "Features"),
    ("data/trespass.py", "from consulta import formats", "The lists know nothing above them"),
    ("formats/trespass.py", "import sqlalchemy", "Formats turn rows into bytes and know no database"),
    ("infra/trespass.py", "from consulta import rounds", "Features"),
    (
        "infra/settings.py",
        "from consulta import core",
        "Paths, settings and messages know nothing beside them",
    ),
    ("rounds/service.py", "from consulta import voting", "Features"),
    ("rounds/service.py", "if TYPE_CHECKING:\n    from consulta import voting", "Features"),
    ("voting/trespass.py", "", "Inside voting"),
    ("voting/values.py", "from consulta.voting import casting", "Inside voting"),
    ("voting/queries.py", "from consulta.voting import service", "Inside voting"),
    ("voting/service.py", "from consulta.voting import pages", "Inside voting"),
    ("voting/service.py", "import sqlalchemy", "SQLAlchemy is for queries and infra"),
    ("voting/pages/vote.py", "import sqlalchemy", "Pages and commands touch no rows"),
    ("voting/pages/vote.py", "from consulta.rounds import queries", "Pages and commands touch no rows"),
    ("voting/service.py", "import werkzeug", "Flask is for pages and forms"),
    ("voting/values.py", "import flask_babel", "Flask is for pages and forms"),
    ("results/service.py", "import numpy", "Arrays are for the core"),
    ("results/service.py", "from consulta.voting import forms", "Pages and forms are used by pages"),
    ("results/service.py", "from consulta.web import fields", "Use cases know no page"),
    ("results/service.py", "from consulta.voting import queries", "Queries of voting are its own"),
    ("cli/trespass.py", "from consulta.rounds import queries", "Pages and commands touch no rows"),
    ("stray.py", "", "Features"),
]


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from importlinter.cli import lint_imports_command as run; run()"
    command = [sys.executable, "-c", program, str(ROOT / "pyproject.toml"), "--no-cache"]
    environ = {**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_each_contract_is_broken_below_once() -> None:
    text = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    names = {each["name"] for each in text["tool"]["importlinter"]["contracts"]}
    tried = {contract for _, _, contract in TRESPASSES}
    assert tried <= names
    many = ("Inside ", "Queries of ")  # one for each feature, all made alike
    assert {name for name in names if not name.startswith(many)} <= tried


def test_contracts_hold() -> None:
    linted = lint_imports(ROOT)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("place", "line", "contract"), TRESPASSES, ids=lambda value: value.replace(" ", "-"))
def test_each_contract_breaks_where_it_should(tmp_path: Path, place: str, line: str, contract: str) -> None:
    copy = tmp_path / "consulta"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__", "static"))
    target = copy / place
    before = target.read_text("utf-8") if target.exists() else ""
    target.write_text(f"{before}\n{line}\n", "utf-8")
    linted = lint_imports(tmp_path)
    assert linted.returncode != 0
    assert any(contract in said and "BROKEN" in said for said in linted.stdout.splitlines()), linted.stdout


def test_the_core_computes_from_values_alone() -> None:
    foreign = [
        f"{path}: {name}"
        for path, tree in modules("core")
        for name in imports(tree)
        if not _open_to_core(name)
    ]
    assert not foreign
    opened = [f"core/{path}" for path, tree in modules("core") for name, _ in calls(tree) if name == "open"]
    assert not opened


def _open_to_core(name: str) -> bool:
    top = name.partition(".")[0]
    if top == "consulta":
        return name == "consulta.core" or name.startswith("consulta.core.")
    return top in {"numpy", "scipy", "__future__"} or (top in sys.stdlib_module_names - OUT_OF_CORE)


def test_there_is_one_way_to_a_transaction() -> None:
    elsewhere = [
        f"{path}: {name}()"
        for path, tree in modules()
        for name, _ in calls(tree)
        if name.rpartition(".")[2] in {"commit", "begin", "begin_nested"} and path not in TRANSACTION_OPENERS
    ]
    assert not elsewhere


def test_time_is_an_argument() -> None:
    elsewhere = [
        f"{path}: {name}()"
        for path, tree in modules()
        for name, _ in calls(tree)
        if _reads_clock(name) and not path.startswith(CLOCK_READERS)
    ]
    assert not elsewhere


def _reads_clock(name: str) -> bool:
    return any(name == clock or name.endswith(f".{clock}") for clock in CLOCKS)


def test_chance_is_an_argument() -> None:
    elsewhere = [
        f"{path}: {name}"
        for path, tree in modules()
        for name in imports(tree)
        if name == "random" or name.startswith(("random.", "numpy.random", "scipy.stats"))
    ]
    assert not elsewhere


CATCHING = frozenset(
    {
        "mail_desk/pages/texts.py",
        "organiser/pages/everywhere.py",  # pages that say that the database is away have a head, too
        "sign_in/pages/confirmation.py",
        "sign_in/pages/devices.py",
    }
)


def test_views_leave_errors_to_one_place() -> None:
    caught = [
        f"{path}:{node.lineno}"
        for path, tree in modules()
        if "/pages" in path and path not in CATCHING
        for node in ast.walk(tree)
        if isinstance(node, ast.Try)
    ]
    assert not caught


def test_modules_are_named_by_what_they_hold() -> None:
    nameless = [path for path, _ in modules() if path.rpartition("/")[2].removesuffix(".py") in EMPTY_NAMES]
    assert not nameless


def test_every_module_says_what_it_decides() -> None:
    silent = [path for path, tree in modules() if tree.body and not ast.get_docstring(tree)]
    assert not silent
