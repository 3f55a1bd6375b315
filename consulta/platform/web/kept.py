"""What every page asks for and hardly ever changes, kept a moment: settings, parts in use, the organiser."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar, cast

from consulta.core.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Callable

Answer = TypeVar("Answer")

AGE = 10.0  # seconds: so late, at most, a process sees what another one changed


class Kept:
    """Answers by name, each asked for anew when it is older than `AGE`."""

    def __init__(self) -> None:
        self._answers: dict[str, tuple[float, Any]] = {}
        self.pages: dict[Any, Any] = {}  # public ones, as they left (`shell/site/for_all.py`)

    def get(self, name: str, ask: Callable[[], Answer], age: float | None = None) -> Answer:
        """Return what `ask` returned at most `age` seconds ago, or returns now.

        Where the database cannot be read, the last answer, or Problem `store.unavailable` if there is none.
        """
        answers = self._answers
        known = answers.get(name)
        if known is None or monotonic() - known[0] > (AGE if age is None else age):
            try:
                found = ask()
            except Problem:
                if known is None:
                    raise
                found = known[1]
            known = answers[name] = (monotonic(), found)
        return cast("Answer", known[1])

    def forget(self) -> None:
        """Ask anew for all of it. What is being asked for at this moment is not kept either."""
        self._answers, self.pages = {}, {}
