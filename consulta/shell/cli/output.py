"""How commands speak: one line an error, exit code 2; and how they come to the bench and the clock."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import TYPE_CHECKING, NoReturn

import click

from consulta.app import create_bench
from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform import desk_settings
from consulta.platform.messages import sentence
from consulta.platform.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from consulta.platform.work import Bench

PATIENCE = 120.0  # seconds for a database that recovers, or whose machine is still starting
LOOK_AGAIN = 1.0  # seconds after which it is asked again


def now() -> datetime:
    """Return the present moment, UTC."""
    return datetime.now(UTC)


def fail(code: str, text: str) -> NoReturn:
    """Say one line on standard error and leave with exit code 2."""
    click.echo(f"error: {code}: {text}", err=True)
    raise SystemExit(2)


def present_settings() -> Settings:
    """Return the settings as they are now; those of the environment where the database cannot be read."""
    settings = Settings.from_env()
    bench = create_bench(settings)
    try:
        return desk_settings.refreshed(bench, settings, now())
    except Problem:
        return settings
    finally:
        bench.engine.dispose()


@contextmanager
def opened(settings: Settings | None = None, *, patient: bool = False) -> Iterator[Bench]:
    """Yield the bench of the installation; turn a Problem into one line of error and exit code 2.

    With `patient`, wait for a server of databases that does not answer yet.
    """
    settings = settings or Settings.from_env()
    bench = create_bench(settings)
    try:
        if patient:
            _wait_for(bench.engine)
        with suppress(Problem):  # without a schema there is nothing that was set at the desk
            desk_settings.refreshed(bench, settings, now())
        yield bench
    except Problem as problem:
        fail(problem.code, sentence(problem.code, problem.params))
    finally:
        bench.engine.dispose()


def _wait_for(engine: Engine) -> None:
    """Wait until the database answers, and say once that this waits.

    Raise what the driver raised where it does not answer in time; a file is not waited for.
    """
    until, waits = monotonic() + PATIENCE, False
    while True:
        try:
            engine.connect().close()
        except db.UNUSABLE as error:
            if engine.dialect.name == "sqlite" or monotonic() >= until:
                raise
            if not waits:
                cause = str(error.orig).strip().partition("\n")[0]
                click.echo(f"waiting for the database, {PATIENCE:.0f} seconds at most ({cause})", err=True)
            waits = True
            sleep(LOOK_AGAIN)
        else:
            return
