"""Stories that many tests begin with: told once a process, and the database that they leave copied then."""

from __future__ import annotations

import hashlib
import pickle
import time
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from consulta.data import dimensions

if TYPE_CHECKING:
    from collections.abc import Callable

    from consulta.infra.work import Bench

P = ParamSpec("P")
T = TypeVar("T")
FRESH = 180.0  # seconds; a story that was told just now may say so
MOST = 100  # databases that are kept
_kept: dict[tuple[Any, ...], tuple[float, bytes, bytes]] = {}
_patching: list[bool] = [True]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Notice whether a test changes the program: it then lives its story itself."""
    _patching[:] = ["monkeypatch" in getattr(item, "fixturenames", ("monkeypatch",))]


def once(story: Callable[P, T]) -> Callable[P, T]:
    """Let a story be told once for all tests that tell it of the same SQLite database.

    `story(bench, ...)` changes nothing but the database of the bench and returns plain values; its other
    arguments say what they are when they are written out. What it left is copied for three minutes.
    """

    @wraps(story)
    def told(*given: P.args, **named: P.kwargs) -> T:
        bench: Any = given[0]
        told_of = (given[1:], sorted(named.items()))
        path = _file(bench)
        if path is None or _patching[0] or " at 0x" in repr(told_of):
            return story(*given, **named)
        bench.engine.dispose()  # which folds the write-ahead log into the file
        if _log(path).exists():  # somebody else has it open
            return story(*given, **named)
        before = hashlib.sha256(path.read_bytes()).digest()
        asked = (
            before,
            story.__module__,
            story.__qualname__,
            repr(told_of),
            bench.languages,
            dimensions.own(),
        )
        if asked in _kept and time.monotonic() - _kept[asked][0] < FRESH:
            _, content, found = _kept[asked]
            path.write_bytes(content)
            return pickle.loads(found)  # type: ignore[no-any-return]  # noqa: S301 - written by this process
        found_now = story(*given, **named)
        bench.engine.dispose()
        if not _log(path).exists():
            if len(_kept) == MOST:
                _kept.pop(next(iter(_kept)))
            _kept[asked] = time.monotonic(), path.read_bytes(), pickle.dumps(found_now)
        return found_now

    return told


def _file(bench: Bench) -> Path | None:
    address = bench.engine.url
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
