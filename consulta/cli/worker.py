"""The command that does what happens without a click, where other processes serve the pages."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import click

from consulta.app import create_worker
from consulta.cli.output import opened
from consulta.infra import logs
from consulta.infra.settings import Settings

if TYPE_CHECKING:
    from types import FrameType


@click.command()
def worker() -> None:
    """Open and close rounds at their hour, remind, and send mail; `consulta serve` does it too."""
    settings = Settings.from_env()
    logs.set_up(settings.log_format)
    with opened(settings) as bench:
        running = create_worker(settings, bench)

        def stop(number: int, _frame: FrameType | None) -> None:
            signal.signal(number, signal.SIG_DFL)  # whoever asks twice does not want to wait
            running.stop()

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        click.echo(f"consulta worker, mail by {running.way.name}, data in {settings.data}")
        running.run()
