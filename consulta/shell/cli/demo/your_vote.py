"""What votes did in the demonstration: worked out for its published rounds, with a link to one page each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.panel import votes as panel_votes
from consulta.platform.data import catalogue
from consulta.platform.settings import SMALL_CELL
from consulta.platform.work import COMMAND, WORKER
from consulta.results import your_vote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from consulta.platform.work import Work
    from consulta.results.your_vote import OneByOne
    from consulta.shell.cli.demo.desk import Desk

BATCH = 50


def tell(desk: Desk, keys: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Work out what each vote of these rounds did; return a link for each round, with whose it is."""
    shown = []
    for key in keys:
        with desk.read(WORKER, desk.now) as work:
            task = your_vote.task_of(work, key)
        _work_out(desk, task, your_vote.keep)
        with desk.work(WORKER, desk.now) as work:
            your_vote.finish(work, key)
        _tell_panel(desk, key)
        with desk.work(COMMAND, desk.now) as work:
            organisation, token = your_vote.hand_out(work, key)
        language = desk.bench.languages[0]
        label = (
            catalogue.demo_texts()["your_vote"].best(language).format(organisation=organisation, round=key)
        )
        shown.append((label, desk.url(your_vote.WAY, token)))
    return tuple(shown)


def _work_out(desk: Desk, task: OneByOne | None, keep: Callable[[Work, Mapping[int, str]], int]) -> None:
    """Work out what is told of each seat of a task, and keep it, some seats at a time."""
    while task is not None and task.waiting:
        told = your_vote.work_out(task, BATCH)
        with desk.work(WORKER, desk.now) as work:
            keep(work, told)


def _tell_panel(desk: Desk, key: str) -> None:
    """Work out what the votes did to the panel of a round, if one is public."""
    with desk.read(WORKER, desk.now) as work:
        if key not in your_vote.panels_due(work):
            return
        task = panel_votes.task_of(work, key, SMALL_CELL)
    _work_out(desk, task, your_vote.keep_panels)
    with desk.work(WORKER, desk.now) as work:
        your_vote.finish_panels(work, key)
