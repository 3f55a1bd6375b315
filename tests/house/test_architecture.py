"""What the core may use of the standard library, and where transactions, time and chance are."""

from __future__ import annotations

import sys

from tests.house.source import calls, imports, modules

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
CLOCK_READERS = ("platform/web/request.py", "shell/worker/running.py", "shell/cli/")
# Migrations bring the schema to its newest form before any unit of work can be opened.
TRANSACTION_OPENERS = ("platform/work.py", "platform/database.py")


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
    if name == "io.BytesIO":  # bytes in memory, read as a file is
        return True
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
