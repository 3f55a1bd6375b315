"""The open data of the demonstration: what the worker makes of all that the demonstration published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from consulta.operations.open_data import service
from consulta.operations.open_data.service import Place
from consulta.platform.settings import SMALL_CELL
from consulta.platform.work import ANONYMOUS, COMMAND

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.shell.cli.demo.desk import Desk


def make(desk: Desk, at: datetime) -> None:
    """Make the data packages of all that is published at a moment; what changed has another version."""
    place = Place(desk.base_url, SMALL_CELL)
    with desk.read(COMMAND, at) as work:
        due = service.due(work, place)
    for each in due:
        with desk.read(ANONYMOUS, at) as work:
            made = service.build(work, place, each.kind, each.key)
        with desk.work(COMMAND, at) as work:
            service.keep(work, made, each.stamp)
