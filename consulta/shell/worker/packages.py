"""Packages of open data, made anew where something published has changed."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING

from consulta.operations.open_data import service
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from consulta.shell.worker.running import Running

_log = logging.getLogger(__name__)


def renew(running: Running) -> None:
    """Make the packages of open data of which something published has changed."""
    place = service.place_of(running.settings)
    with running.read() as work:
        due = service.due(work, place)
    for each in due:
        running.safely("data", partial(_make, running, place, each))


def _make(running: Running, place: service.Place, due: service.Due) -> None:
    with running.bench.read(ANONYMOUS, running.clock()) as work:
        made = service.build(work, place, due.kind, due.key)
    with running.work() as work:
        version = service.keep(work, made, due.stamp)
    if version is not None:
        _log.info("data.published kind=%s key=%s version=%d", due.kind, due.key, version)
