"""One job of a worker, without all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.shell.worker.jobs import do

if TYPE_CHECKING:
    from consulta.shell.worker.loop import Worker


def do_only(worker: Worker, name: str) -> None:
    """Have a worker do what is due of the job of this name."""
    (job,) = (each for each in worker.jobs if each.name == name)
    do(worker.running, job)
