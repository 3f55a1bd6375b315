"""Tests that look at many cases at once."""

from __future__ import annotations

import functools
import inspect
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.deep import DEEP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from consulta.platform.work import Bench


def for_each(
    names: str, cases: Iterable[Any], *, fresh: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that runs a test for every case as one test; a failure tells its case.

    `names` are the arguments that a case gives, with commas between them. All cases share the fixtures, so a
    case must leave them as it found them; with `fresh` the database of the fixture `bench` is put back
    before each. Cases marked `deep` are left to `make test-deep`.
    """
    wanted = [name.strip() for name in names.split(",")]
    known = [values for values in (_values(case, len(wanted)) for case in cases) if values is not None]
    assert known, "a test without a case cannot fail"

    def decorated(test: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(test)
        def all_cases(*self: Any, **fixtures: Any) -> None:
            kept = _Kept(fixtures["bench"]) if fresh else None
            for number, values in enumerate(known):
                if kept is not None and number:
                    kept.put_back()
                try:
                    test(*self, **fixtures, **dict(zip(wanted, values, strict=True)))
                except BaseException as error:
                    error.add_note(f"case {number}: {names} = {repr(values)[:300]}")
                    raise

        signature = inspect.signature(test)
        left = [one for name, one in signature.parameters.items() if name not in wanted]
        all_cases.__signature__ = signature.replace(parameters=left)  # type: ignore[attr-defined]
        return all_cases

    return decorated


class _Kept:
    """The database of a bench over SQLite, as it is now."""

    def __init__(self, bench: Bench) -> None:
        self.engine = bench.engine
        self.engine.dispose()
        self.path = Path(str(bench.engine.url.database))
        self.content = self.path.read_bytes()

    def put_back(self) -> None:
        """Let the database be again what it was."""
        self.engine.dispose()
        for name in ("-wal", "-shm"):
            self.path.with_name(self.path.name + name).unlink(missing_ok=True)
        self.path.write_bytes(self.content)


def _values(case: Any, number: int) -> Sequence[Any] | None:
    """Return the values of a case, which may be a `pytest.param`; None where it is not for this run."""
    if hasattr(case, "marks"):
        assert {mark.name for mark in case.marks} <= {"deep"}, "another mark needs parametrize"
        return case.values if DEEP or not case.marks else None
    return case if number > 1 else (case,)
