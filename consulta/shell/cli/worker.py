"""The command that does what happens without a click, where other processes serve the pages."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

import click

from consulta.app import create_worker
from consulta.platform import security
from consulta.platform.settings import Settings
from consulta.shell.cli.output import opened

if TYPE_CHECKING:
    from types import FrameType

    from consulta.shell.worker.loop import Worker


NICE = 5  # how much a worker beside the pages gives way to them


@click.command()
@click.option(
    "--with-parent", "child", is_flag=True, help="End when standard input is closed, and give way to pages."
)
def worker(child: bool) -> None:  # noqa: FBT001 - click names it on the command line
    """Open and close rounds at their hour, remind, and send mail; `consulta serve` does it too."""
    settings = Settings.from_env()
    security.set_up(settings.log_format)
    with opened(settings, patient=True) as bench:
        running = create_worker(settings, bench)

        def stop(number: int, _frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)  # a second signal ends it at once
            running.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        if child:
            _belong_to_parent(running)
        click.echo(f"consulta worker, mail by {running.way.name}, data in {settings.data}")
        running.run()


def _belong_to_parent(running: Worker) -> None:
    """Let a worker stop when the process that started it has gone, and let pages come first."""
    if hasattr(os, "nice"):
        os.nice(NICE)

    def wait_for_end() -> None:
        with suppress(OSError):
            sys.stdin.buffer.read()
        running.stop()

    Thread(target=wait_for_end, name="parent", daemon=True).start()
