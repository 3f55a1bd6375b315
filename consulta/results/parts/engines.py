"""Who answers for all parts of a round: this process, several processes of this machine, or a Dask cluster.

An engine runs one task for each part and adds up the answers. It does not know what a question means, and
decides nothing: tasks that run in any order, on any machine, or twice, give the same digits.
"""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from consulta import __version__
from consulta.core.counting.tables import added
from consulta.core.problems import Problem
from consulta.results.parts import files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from consulta.core.counting.asking import Ask
    from consulta.core.counting.divided import Ballots
    from consulta.core.counting.tables import Question, Table

FAN = 8
"""So many answers are added at once on a cluster."""

FAILURES = 10
"""So often may a worker die over a part before it is given up."""

WAIT = 60
"""So many seconds a cluster has to answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What parts answer together, and which parts: none is counted twice."""

    names: frozenset[str]
    tables: Mapping[Question, Table]

    def __add__(self, other: Answer) -> Answer:
        """Return both together. Problem `parts.sum` if they have a part in common."""
        if twice := self.names & other.names:
            raise Problem("parts.sum", path=min(twice))
        return Answer(self.names | other.names, added(self.tables, other.tables))


def answer(path: str, sha256: str, questions: Sequence[Question], part: Ballots) -> Answer:
    """Return what one part answers: the task of every engine. The digest is that of the manifest."""
    return Answer(frozenset([part.name]), _folder(path, sha256).rows(part).answers(questions))


@lru_cache(maxsize=2)
def _folder(path: str, sha256: str) -> files.Folder:
    folder = files.open_folder(Path(path))
    if folder.rest.digest != sha256:
        raise Problem("parts.digest", path=files.MANIFEST)
    return folder


def together(answers: Sequence[Answer]) -> Answer:
    """Return answers added up."""
    return reduce(Answer.__add__, answers)


class Engine(Protocol):
    """What runs a task for each part, and returns the answers added up."""

    def __call__(self, task: Callable[[Ballots], Answer], parts: Sequence[Ballots]) -> Answer:
        """Return the answers of all parts together."""


def asking(engine: Engine, folder: files.Folder) -> Ask:
    """Return what asks all parts of a folder. Problem `parts.sum` if a part is not counted."""

    def ask(questions: Sequence[Question]) -> Mapping[Question, Table]:
        parts = folder.manifest.parts
        found = engine(partial(answer, str(folder.path), folder.rest.digest, [*questions]), parts)
        if missing := {part.name for part in parts} - found.names:
            raise Problem("parts.sum", path=min(missing))
        return found.tables

    return ask


def here(task: Callable[[Ballots], Answer], parts: Sequence[Ballots]) -> Answer:
    """Return the answers of all parts, one after another in this process."""
    return reduce(Answer.__add__, map(task, parts))


@contextmanager
def processes(workers: int | None) -> Iterator[Engine]:
    """Give several processes of this machine, as many as it has cores unless a number is given."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers or os.cpu_count(), mp_context=context) as pool:

        def run(task: Callable[[Ballots], Answer], parts: Sequence[Ballots]) -> Answer:
            try:
                return reduce(Answer.__add__, pool.map(task, parts))
            except BrokenProcessPool as broken:
                raise Problem("engine.lost") from broken

        yield run


@contextmanager
def dask(scheduler: str | None, workers: int | None) -> Iterator[Engine]:
    """Give a Dask cluster: that of a scheduler, or one of this machine's own.

    Problems: `engine.missing`, `engine.away`, `engine.version`.
    """
    try:
        import distributed  # noqa: PLC0415 - of an extra
        from dask import config  # noqa: PLC0415
    except ImportError as error:
        raise Problem("engine.missing") from error
    with (
        config.set({"distributed.scheduler.allowed-failures": FAILURES}),
        _client(distributed, scheduler, workers) as client,
    ):
        client.wait_for_workers(1, timeout=WAIT)
        for worker, version in client.run(_version).items():
            if version != __version__:
                raise Problem("engine.version", worker=worker, theirs=version, ours=__version__)
        yield partial(_on_cluster, distributed, client)


@contextmanager
def _client(distributed: Any, scheduler: str | None, workers: int | None) -> Iterator[Any]:
    if scheduler is None:
        with (
            distributed.LocalCluster(
                n_workers=workers or os.cpu_count(),
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            yield client
        return
    try:
        client = distributed.Client(scheduler, set_as_default=False, timeout=WAIT)
    except (OSError, TimeoutError) as error:
        raise Problem("engine.away", address=scheduler) from error
    with client:
        yield client


def _version() -> str:
    return __version__


def _on_cluster(
    distributed: Any, client: Any, task: Callable[[Ballots], Answer], parts: Sequence[Ballots]
) -> Answer:
    """Return the answers of all parts, added up in a tree on the workers."""
    level = [client.submit(task, part, pure=False, key=_key(part)) for part in parts]
    while len(level) > 1:
        level = [
            client.submit(together, level[at : at + FAN], pure=False) for at in range(0, len(level), FAN)
        ]
    try:
        found: Answer = level[0].result()
    except distributed.KilledWorker as error:
        raise Problem("engine.part", path=str(error.task).partition("|")[0]) from error
    return found


def _key(part: Ballots) -> str:
    """Return the name of a task that has that of its part in it, and is used once."""
    return f"{part.name}|{os.urandom(8).hex()}"
