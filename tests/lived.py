"""Stories that many tests begin with: told once in a process, and the database that they leave is copied."""

from __future__ import annotations

import hashlib
import time
from copy import deepcopy
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from consulta.platform.data import ballot_fields, dimensions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.platform.work import Bench

P = ParamSpec("P")
T = TypeVar("T")
FRESH = 180.0  # seconds for which a story is copied: it has times in it that say *just now*
MOST = 100  # databases that are kept
_kept: dict[tuple[Any, ...], tuple[float, bytes, Any]] = {}  # when, the database then, what was returned
_patches: list[pytest.MonkeyPatch] = []


@pytest.fixture
def monkeypatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The fixture of pytest, noted here: a test that has changed the program tells its stories anew."""
    _patches.append(monkeypatch)
    yield monkeypatch
    _patches.remove(monkeypatch)


def once(story: Callable[P, T]) -> Callable[P, T]:
    """Let a story be told once for all tests that tell it of the same SQLite database.

    `story(bench, ...)` changes nothing but the database of the bench and returns plain values; its other
    arguments say what they are when they are written out.
    """

    @wraps(story)
    def told(*given: P.args, **named: P.kwargs) -> T:
        bench: Any = given[0]
        arguments = repr((given[1:], sorted(named.items())))
        path = _file(bench)
        if path is None or _is_patched() or " at 0x" in arguments:
            return story(*given, **named)
        bench.engine.dispose()  # which folds the write-ahead log into the file
        if _log(path).exists():  # somebody else has it open
            return story(*given, **named)
        before = hashlib.sha256(path.read_bytes()).digest()
        declared = (dimensions.own(), repr(ballot_fields.as_kept()))
        key = (before, story.__module__, story.__qualname__, arguments, bench.languages, declared)
        if key in _kept and time.monotonic() - _kept[key][0] < FRESH:
            _, content, found = _kept[key]
            path.write_bytes(content)
            return deepcopy(found)  # type: ignore[no-any-return]
        found_now = story(*given, **named)
        bench.engine.dispose()
        if not _log(path).exists():
            if len(_kept) == MOST:
                _kept.pop(next(iter(_kept)))
            _kept[key] = (time.monotonic(), path.read_bytes(), deepcopy(found_now))
        return found_now

    return told


def _is_patched() -> bool:
    """Return whether the test that runs has changed anything of the program or its environment."""
    return any(each._setattr or each._setitem or each._cwd for each in _patches)


def _file(bench: Bench) -> Path | None:
    address = bench.engine.url
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
