"""Stories that many tests begin with: told once a run, and the database that they leave copied then.

What one process has told lies in a folder of the run for the others: of three each told most stories.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import time
import zlib
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import pytest

from consulta.data import dimensions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from consulta.infra.work import Bench

P = ParamSpec("P")
T = TypeVar("T")
FRESH = 180.0  # seconds; a story that was told just now may say so
MOST = 100  # databases that are kept
WORTH = 0.05  # seconds that a story takes at least that other processes are shown
Kept = tuple[float, bytes, bytes]  # when it was told, the database then, what was returned
_kept: dict[tuple[Any, ...], Kept] = {}
_patches: list[pytest.MonkeyPatch] = []
_shared: list[Path] = []


@pytest.fixture(scope="session", autouse=True)
def stories_of_the_run(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> None:
    """Know where the processes of a run keep their stories."""
    if worker_id != "master":
        folder = tmp_path_factory.getbasetemp().parent / "stories"
        folder.mkdir(exist_ok=True)
        _shared[:] = [folder]


@pytest.fixture
def monkeypatch(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """The fixture of pytest, noted here: a test that has changed the program lives its stories itself."""
    _patches.append(monkeypatch)
    yield monkeypatch
    _patches.remove(monkeypatch)


def _is_patched() -> bool:
    """Return whether the test that runs has changed anything of the program or its environment."""
    return any(each._setattr or each._setitem or each._cwd for each in _patches)


def forget() -> None:
    """Let each story be told anew, as where the program is another since."""
    _kept.clear()


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
        if path is None or _is_patched() or " at 0x" in repr(told_of):
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
        if (kept := _told(asked)) is not None:
            _, content, found = kept
            path.write_bytes(content)
            return pickle.loads(found)  # type: ignore[no-any-return]  # noqa: S301 - written by this run
        began = time.process_time()
        found_now = story(*given, **named)
        took = time.process_time() - began
        bench.engine.dispose()
        if not _log(path).exists():
            _keep(asked, (time.monotonic(), path.read_bytes(), pickle.dumps(found_now)), took)
        return found_now

    return told


def _told(asked: tuple[Any, ...]) -> Kept | None:
    """Return a story that was told lately, here or by another process of the run."""
    kept = _kept.get(asked)
    if (kept is None or not _is_fresh(kept)) and _shared:
        with suppress(FileNotFoundError):
            kept = pickle.loads(zlib.decompress(_place(asked).read_bytes()))  # noqa: S301 - of this run
            _remember(asked, kept)
    return kept if kept is not None and _is_fresh(kept) else None


def _remember(asked: tuple[Any, ...], kept: Kept) -> None:
    if len(_kept) == MOST:
        _kept.pop(next(iter(_kept)))
    _kept[asked] = kept


def _keep(asked: tuple[Any, ...], kept: Kept, took: float) -> None:
    _remember(asked, kept)
    if _shared and took > WORTH:
        written = _place(asked).with_suffix(f".{os.getpid()}")
        written.write_bytes(zlib.compress(pickle.dumps(kept), 1))
        written.replace(_place(asked))


def _is_fresh(kept: Kept) -> bool:
    return time.monotonic() - kept[0] < FRESH  # a clock that all processes of a machine share


def _place(asked: tuple[Any, ...]) -> Path:
    return _shared[0] / hashlib.sha256(repr(asked).encode()).hexdigest()


def _file(bench: Bench) -> Path | None:
    address = bench.engine.url
    if address.get_backend_name() != "sqlite" or address.database in {None, "", ":memory:"}:
        return None
    return Path(str(address.database))


def _log(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")
