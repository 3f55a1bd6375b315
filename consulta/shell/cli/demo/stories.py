"""Stories told side by side, so that all that they do happens in the order of time.

A story is a function that does one thing after another and names before each its moment. It has a thread of
its own, but only one story goes on at a time: the one whose next moment is the earliest, and of several with
the same moment the one that named it first. So the same stories always make the same log.
"""

from __future__ import annotations

from concurrent.futures import Future
from heapq import heappop, heappush
from itertools import count
from threading import Condition, Thread
from typing import TYPE_CHECKING, ParamSpec, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

Given = ParamSpec("Given")
Told = TypeVar("Told")


class Stories:
    """The stories that go on beside one another, and the moment that they have reached together.

    Leaving it waits until all have ended, and raises what one of them raised; the others then end as well.
    """

    def __init__(self, began: datetime, reached: Callable[[datetime], object] | None = None) -> None:
        """Begin at a moment; `reached` is told of each that the stories come to."""
        self.moment = began
        self._reached = reached
        self._waiting: list[tuple[datetime, int]] = []  # a heap
        self._numbers = count()
        self._is_busy = True  # whether a story is doing something now
        self._error: BaseException | None = None
        self._changed = Condition()
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            self._pass_on(error)
            with self._changed:
                self._changed.wait_for(lambda: self._error or not (self._is_busy or self._waiting))
        except KeyboardInterrupt as interrupted:
            self._pass_on(interrupted)
            raise
        finally:
            for thread in self._threads:
                thread.join()
        if error is None and self._error is not None:
            raise self._error

    def tell(self, story: Callable[Given, Told], *given: Given.args, **named: Given.kwargs) -> Future[Told]:
        """Begin a story beside the one that asks for it; return what has its result once all have ended."""
        result: Future[Told] = Future()
        turn = self._turn(self.moment)

        def run() -> None:
            try:
                self._take(turn)
                result.set_result(story(*given, **named))
            except BaseException as error:  # noqa: BLE001 - it is raised where all are waited for
                self._pass_on(error)
            else:
                self._pass_on()

        self._threads.append(Thread(target=run))
        self._threads[-1].start()
        return result

    def wait_until(self, at: datetime) -> None:
        """Let the other stories go on until a moment. Raise RuntimeError if that has passed."""
        if at < self.moment:
            raise RuntimeError(f"a story of the demonstration goes back from {self.moment} to {at}")
        turn = self._turn(at)
        self._pass_on()
        self._take(turn)
        self.moment = at
        if self._reached is not None:
            self._reached(at)

    def _turn(self, at: datetime) -> tuple[datetime, int]:
        """Return a new place among the stories that wait."""
        turn = at, next(self._numbers)
        with self._changed:
            heappush(self._waiting, turn)
        return turn

    def _take(self, turn: tuple[datetime, int]) -> None:
        """Wait until a place is the first one. Raise RuntimeError if another story failed."""
        with self._changed:
            self._changed.wait_for(lambda: self._error or (not self._is_busy and self._waiting[0] == turn))
            if self._error is not None:
                raise RuntimeError("another story of the demonstration failed")
            heappop(self._waiting)
            self._is_busy = True

    def _pass_on(self, error: BaseException | None = None) -> None:
        """Let another story go on, or all of them end because of an error."""
        with self._changed:
            self._is_busy = False
            self._error = self._error or error
            self._changed.notify_all()
