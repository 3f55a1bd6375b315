"""How many passwords are compared at once, and for whom: decided before anything slow is done.

Comparing a password costs a processor's time on purpose. Strangers share one lane: one comparison at a
time, two a second in the long run, and no waiting, so that however many of them come, the threads that take
votes stay free. Browsers that hold the device cookie of an earlier sign-in, and people who are signed in,
have a lane of their own that no stranger fills. Those who are turned away are answered a second later where
threads are to spare for that (`consulta serve` has some), so that a program that tries without end does not
keep the machine busy.

Each personal link has a lane of its own too: opening one writes a session and a row of the log, for which
every vote waits, and a program that has one link could open it without end. No voter comes near its limit.

The lanes belong to one process; failures, which count for longer, are in the database
(`platform/accounts.py`).
"""

from __future__ import annotations

from collections import OrderedDict
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Semaphore
from time import monotonic, sleep
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

RATE, BURST = 2.0, 10.0  # comparisons a second for strangers, and how many at once after a quiet time
WITNESSES = 60.0  # cosignatures at once after a quiet time: all witnesses may come in the same minute
QUESTIONS = 30.0  # challenges at once for browsers that are not known
OPENINGS, AGAIN = 120.0, 2.0  # of one personal link: at once after a quiet time, and a second in the long run
NETWORKS = 1000  # networks of which is remembered how often they sent
PATIENCE = 2.0  # seconds that a known device waits for another one
LATE = 1.0  # seconds by which an answer is late to those who are turned away
COME_BACK = 3  # seconds after which to try again, as told to who was turned away


@dataclass
class Lane:
    """One comparison at a time, and so many a second in the long run; any number where there is no rate."""

    rate: float = 0.0
    burst: float = 0.0
    patience: float = 0.0
    clock: Callable[[], float] = monotonic
    _lock: Lock = field(default_factory=Lock)
    _spent: float = 0.0  # of the burst, at the moment below
    _at: float = 0.0

    def is_free(self) -> bool:
        """Return whether it is worth asking for room.

        Always true in a lane with patience, where a request waits. In a lane without patience no request
        waits: true only where there is credit and no comparison runs.
        """
        return bool(self.patience) or (self._has_credit() and not self._lock.locked())

    @contextmanager
    def entered(self) -> Iterator[bool]:
        """Yield whether there is room for a password comparison; if so, hold it until the block ends."""
        if not self._lock.acquire(timeout=self.patience):
            yield False
            return
        try:
            room = self._has_credit()
            if room:
                self._spent, self._at = self._spent_by_now() + 1, self.clock()
            yield room
        finally:
            self._lock.release()

    def _has_credit(self) -> bool:
        return not self.rate or self._spent_by_now() <= self.burst - 1

    def _spent_by_now(self) -> float:
        return max(self._spent - (self.clock() - self._at) * self.rate, 0.0)


@dataclass
class Networks:
    """A lane for each network, or link, so that one fills its own and no other; the oldest are forgotten."""

    rate: float = RATE
    burst: float = BURST
    most: int = NETWORKS
    clock: Callable[[], float] = monotonic
    _lanes: OrderedDict[str, Lane] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def of(self, network: str) -> Lane:
        """Return the lane of a network."""
        with self._lock:
            lane = self._lanes.pop(network, None) or Lane(self.rate, self.burst, PATIENCE, self.clock)
            self._lanes[network] = lane
            while len(self._lanes) > self.most:
                self._lanes.popitem(last=False)
        return lane


@dataclass
class Gate:
    """The lanes of a process, and how many of those turned away are answered late."""

    strangers: Lane = field(default_factory=lambda: Lane(rate=RATE, burst=BURST))
    known: Lane = field(default_factory=lambda: Lane(patience=PATIENCE))
    questions: Lane = field(default_factory=lambda: Lane(rate=RATE, burst=QUESTIONS, patience=PATIENCE))
    witnesses: Lane = field(default_factory=lambda: Lane(rate=RATE, burst=WITNESSES, patience=PATIENCE))
    sleep: Callable[[float], None] = sleep
    networks: Networks = field(default_factory=Networks)
    links: Networks = field(default_factory=lambda: Networks(rate=AGAIN, burst=OPENINGS))
    _late: Semaphore = field(default_factory=lambda: Semaphore(0))

    def answer_late(self, most: int) -> None:
        """Let so many of those turned away wait for their answer: threads are to spare for it."""
        self._late = Semaphore(most)

    def delay_refusal(self) -> None:
        """Delay the answer to a refused request by `LATE` seconds, if a thread is free for that.

        The delay keeps a program from sending the request again at once.
        """
        if self._late.acquire(blocking=False):
            try:
                self.sleep(LATE)
            finally:
                self._late.release()
