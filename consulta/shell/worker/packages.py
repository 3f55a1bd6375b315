"""Packages of open data, made anew where something published has changed."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from consulta.operations.open_data import service as open_data
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from consulta.shell.worker.running import Running

_log = logging.getLogger(__name__)


def renew(running: Running) -> None:
    """Make the packages of open data of which something published has changed."""
    place = open_data.place_of(running.settings)
    with running.read() as work:
        due = open_data.due(work, place)
    for each in due:
        running.safely("data", partial(_make, running, place, each))


def _make(running: Running, place: open_data.Place, due: open_data.Due) -> None:
    with running.bench.read(ANONYMOUS, running.clock()) as work:
        made = open_data.build(work, place, due.kind, due.key)
    with running.work() as work:
        version = open_data.keep(work, made, due.stamp)
    if version is not None:
        _log.info("data.published kind=%s key=%s version=%d", due.kind, due.key, version)
