"""Where a practice is: a database, a folder and an address of its own, below those of the installation.

With SQLite it is a file in a folder of the practice, with PostgreSQL a schema of the same database. Nothing
that the installation reads is in it: so no list, figure or file can take a practice for a round, and a
practice is deleted by deleting its place.
"""

from __future__ import annotations

import re
import shutil
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from consulta.platform import database as db
from consulta.platform.keyring import Keyring
from consulta.platform.settings import BackupSettings
from consulta.platform.work import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.settings import Settings

WAY = "practice"
KEY = re.compile(r"[a-z2-7]{12}")


def address(base_url: str, key: str) -> str:
    """Return the address of a practice, without a language."""
    return f"{base_url}/{WAY}/{key}"


def real_address(base_url: str) -> str:
    """Return the address of the installation to which the practice at an address belongs."""
    return base_url.rpartition(f"/{WAY}/")[0]


def settings_of(settings: Settings, key: str) -> Settings:
    """Return the settings of a practice: those of the installation, with a place of its own.

    There are no waits in it, no second person and no backups: one person tries everything in an hour.
    """
    folder = settings.data / WAY / _checked(key)
    if db.is_file(settings.database):
        database = f"sqlite:///{folder / 'consulta.sqlite3'}"
    else:
        database = db.in_schema(settings.database, _schema(key))
    return replace(
        settings,
        data=folder,
        database=database,
        base_url=address(settings.base_url, key),
        practice=True,
        documents_queued=False,  # its worker is asked for nothing but its rounds and mails
        objection_hours=0,
        backups=BackupSettings(),
        second_factor="optional",
        two_persons="no",
        provider=None,
        metrics_token="",
    )


@contextmanager
def opened(settings: Settings, key: str) -> Iterator[Bench]:
    """Yield a bench over the database of a practice."""
    bench = bench_of(settings_of(settings, key))
    try:
        yield bench
    finally:
        bench.engine.dispose()


def bench_of(own: Settings) -> Bench:
    """Return a bench over the database that the settings of a practice name."""
    return Bench(db.connect(own.database), own.languages, practice=True, keyring=Keyring.of(own))


def make(settings: Settings, key: str) -> None:
    """Make the place of a practice, with an empty database of the newest schema; what was there goes."""
    drop(settings, key)
    own = settings_of(settings, key)
    own.data.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    own.data.mkdir(mode=0o700)
    if db.is_file(settings.database):
        db.make_private(own.database)
    else:
        db.create_schema(settings.database, _schema(key))
    engine = db.connect(own.database)
    try:
        db.upgrade(engine)
    finally:
        engine.dispose()


def drop(settings: Settings, key: str) -> None:
    """Delete the place of a practice with all that is in it; nothing happens where there is none."""
    if not db.is_file(settings.database):
        db.drop_schema(settings.database, _schema(key))
    folder = settings.data / WAY / _checked(key)
    if folder.exists():
        shutil.rmtree(folder)


def _schema(key: str) -> str:
    return f"{WAY}_{_checked(key)}"


def _checked(key: str) -> str:
    """Return a key that may be part of a path and of a name in the database; else raise ValueError."""
    if not KEY.fullmatch(key):
        raise ValueError("this is no key of a practice")
    return key
