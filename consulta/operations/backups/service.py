"""Take a backup of an installation, restore one, and prove one by counting it again."""

from __future__ import annotations

import os
import subprocess
import tempfile
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from consulta import __version__
from consulta.core.problems import Problem
from consulta.operations.backups import folder as folders
from consulta.operations.backups import queries, restored, schedule
from consulta.operations.backups.values import Backup, Late, Manifest, Restored
from consulta.platform import database as db
from consulta.platform import dump
from consulta.platform.formats import backup as files
from consulta.platform.log import heads
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.work import COMMAND, Bench
from consulta.results.checks import service as checks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from consulta.platform.settings import BackupSettings
    from consulta.platform.work import Work

TABLES, ENDING = "tables/", ".jsonl"
LIMIT = 600.0  # seconds that the command of the installation has
NOT_IN_IT = (
    "the secret of cookies and forms (CONSULTA_SECRET or the file secret)",
    "the key with which heads of the log are signed (checkpoint-key.pem)",
    "settings, dimensions.toml, the folder mail, documents and data packages that are made again",
    "the practice, where there is one: it is over where a backup was restored",
)
NOTE = """\
A backup of consulta: all rows of its database, table by table, as lines of JSON.
manifest.json says which version wrote it, when, and the digest of each part.
`consulta restore FILE --to DATABASE` restores it; `consulta restore --drill FILE` proves it.

It holds addresses of people and votes: guard it like the database.

Not in it, and to be kept apart from it:
"""


def take(bench: Bench, settings: BackupSettings, folder: Path, now: datetime) -> Backup:
    """Write a backup into a folder while the installation runs.

    In the folder of the settings those are deleted that the schedule does not keep; what a person put into
    another one stays. It is encrypted where the settings name recipients. Problems: `store.unavailable`,
    `store.schema`, `backup.running`, `backup.unwritable`, `backup.package`, `backup.recipient`.
    """
    db.require_current(bench.engine)

    def fill(target: BinaryIO) -> None:
        if not settings.recipients:
            write(bench, target, now)
            return
        with tempfile.TemporaryFile() as clear:  # has no name: its content goes with the process
            write(bench, clear, now)
            files.encrypt(clear, target, settings.recipients)

    prune = settings.folder is not None and folder.resolve() == settings.folder.resolve()
    return folders.write(folder, now, fill, encrypted=bool(settings.recipients), prune=prune)


def write(bench: Bench, target: BinaryIO, now: datetime) -> None:
    """Write a backup of one moment into a file, in the clear."""
    writer = files.Writer(target)
    with db.snapshot(bench.engine) as connection:
        size, root = dump.head(connection)
        for table in dump.tables(connection):
            writer.add(f"{TABLES}{table.name}{ENDING}", dump.lines(connection, table))
        about = {
            "program": "consulta",
            "version": __version__,
            "revision": dump.revision(connection),
            "taken_at": now.isoformat(timespec="seconds"),
            "database": bench.engine.dialect.name,
            "log": {"size": size, "root": root},
            "not_in_it": NOT_IN_IT,
        }
    writer.add(files.NOTE, [f"{line}\n".encode() for line in (NOTE, *(f"- {each}" for each in NOT_IN_IT))])
    writer.finish(about)


def hand_over(settings: BackupSettings, backup: Backup, limit: float = LIMIT) -> None:
    """Run the command of the installation, if it names one, with the path of a backup.

    Raise Problem `backup.command` if it cannot be started, fails or takes longer than `limit` seconds.
    """
    if not settings.command:
        return
    try:
        done = subprocess.run(  # noqa: S603 - the installation names it; there is no shell
            [settings.command, str(backup.path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=limit,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        folders.keep_copied(backup.path.parent, backup.path.name, type(error).__name__)
        raise Problem("backup.command", path=backup.path, cause=type(error).__name__) from error
    folders.keep_copied(
        backup.path.parent, backup.path.name, f"exit code {done.returncode}" if done.returncode else ""
    )
    if done.returncode:
        raise Problem("backup.command", path=backup.path, cause=done.returncode)


def is_due(work: Work, folder: Path) -> bool:
    """Return whether the worker has to take a backup now: hourly while a round is open, at each closing."""
    return schedule.is_due(
        folders.newest_at(folder, work.now),
        work.now,
        any_open=heads.any_open(work.session),
        closed_at=queries.last_closing(work.session),
    )


def newest(settings: BackupSettings, now: datetime) -> datetime | None:
    """Return when the newest backup in the folder of the installation was taken, or None."""
    return folders.newest_at(settings.folder, now) if settings.folder else None


def not_copied(settings: BackupSettings) -> str:
    """Return which newest backup the command of the installation did not take, and why; empty where it did.

    Empty too where no command is set.
    """
    if settings.folder is None or not settings.command:
        return ""
    return folders.not_copied(settings.folder)


def in_the_clear(settings: BackupSettings) -> int:
    """Return how many backups in the folder of the installation are not encrypted."""
    kept = folders.all_in(settings.folder) if settings.folder else []
    return sum(each.path.suffix != ".age" for each in kept)


def late(work: Work, settings: BackupSettings) -> Late | None:
    """Return since when there is no newer backup, if the newest one is older than it should be.

    None where it is not, and where no folder is set, so that the worker takes none.
    """
    if settings.folder is None:
        return None
    last = folders.newest_at(settings.folder, work.now)
    return Late(last) if schedule.is_late(last, work.now, any_open=heads.any_open(work.session)) else None


def restore(
    path: Path,
    address: str,
    now: datetime,
    identity: Path | None = None,
    languages: Any = None,
    *,
    living: bool = True,
) -> Restored:
    """Restore a backup into the empty database at `address`, and check and count all of it again.

    `address` may be the path of an SQLite file. Nothing is left of a restore that fails. Problems:
    `backup.unreadable`, `backup.address`, `backup.damaged`, `backup.newer`, `backup.not_empty`,
    `backup.content`, `backup.unreachable`, `backup.unwritable`, `store.unavailable`, and those of
    `files.decrypt`.

    Its mail is held: what waits in it may have left after the backup, and goes when the secretariat
    releases it. The log tells of the restore, unless it is no `living` installation that comes of it.
    """
    with _opened(path, identity) as reader, closing(_Target(address)) as target:
        manifest = manifest_of(reader)
        target.fill(reader, manifest)
        bench = Bench(target.engine, languages)
        if living:
            with bench.work(COMMAND, now) as work:
                restored.hold(work, manifest)
        with bench.read(COMMAND, now) as work:
            return _checked(work, bench, manifest)


def move(bench: Bench, address: str, now: datetime) -> Restored:
    """Move an installation into the empty database at `address`, of either kind; check and count it there.

    No act is taken meanwhile, and none afterwards in the database of before: a process that still serves it
    tells people that nothing was recorded, and sends no mail. Where the checks find a fault, or anything
    fails, the installation stays where it is. Problems: those of `restore`, `store.schema`, `store.moved`,
    `move.unsound`.
    """
    db.require_current(bench.engine)
    with (
        db.closed(bench.engine) as connection,
        closing(_Target(address)) as target,
        tempfile.TemporaryFile() as clear,
    ):
        write(bench, clear, now)
        reader = files.Reader(clear, Path(tempfile.gettempdir()))
        manifest = manifest_of(reader)
        target.fill(reader, manifest)
        moved = Bench(target.engine, bench.languages)
        with moved.work(COMMAND, now) as work:
            told = {"from": bench.engine.dialect.name, "to": target.engine.dialect.name}
            work.record("database.moved", "database", told)
            restored.end_practices(work)
        with moved.read(COMMAND, now) as work:
            found = _checked(work, moved, manifest)
        if not found.is_sound:
            faults = [fault for each in found.checks for fault in each.faults]
            raise Problem("move.unsound", first=faults[0], count=len(faults))
        db.mark_moved(connection)
        with bench.within(connection, COMMAND, now) as work:
            outbox_queries.hold_all(work.session, now)
        return found


def _checked(work: Work, bench: Bench, manifest: Manifest) -> Restored:
    found = (checks.Check("the database", tuple(db.integrity(bench.engine))), *checks.whole(work))
    return Restored(manifest, found, *dump.head(work.session.connection()))


def drill(path: Path, now: datetime, identity: Path | None = None, languages: Any = None) -> Restored:
    """Restore a backup into a folder that is deleted again, and return what was found. As `restore`."""
    with tempfile.TemporaryDirectory(prefix="consulta-drill-") as folder:
        return restore(path, str(Path(folder) / "drill.sqlite3"), now, identity, languages, living=False)


class _Target:
    """The database into which a backup goes: empty before, and empty again after a failure."""

    def __init__(self, address: str) -> None:
        self.engine = dump.engine_of(address)
        named = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        self.file = Path(named) if named else None

    def close(self) -> None:
        self.engine.dispose()

    def fill(self, reader: files.Reader, manifest: Manifest) -> None:
        """Load all parts of a backup."""
        was_there = self.file is not None and self.file.exists()
        folder = self.file.parent if self.file is not None and not self.file.parent.exists() else None
        try:
            if folder is not None:
                folder.mkdir(parents=True, mode=0o700)
            db.make_private(str(self.engine.url.render_as_string(hide_password=False)))
            if not dump.is_empty(self.engine):
                raise Problem("backup.not_empty")
            names = {name[len(TABLES) : -len(ENDING)] for name in _tables(reader)}
            dump.load(
                self.engine,
                manifest.revision,
                names,
                lambda name: reader.lines(f"{TABLES}{name}{ENDING}"),
                (manifest.size, manifest.root),
            )
        except BaseException as error:
            self.engine.dispose()
            if self.file is not None and not was_there:
                for suffix in ("", "-wal", "-shm"):
                    Path(f"{self.file}{suffix}").unlink(missing_ok=True)
            if folder is not None:
                with suppress(OSError):
                    folder.rmdir()
            if isinstance(error, OSError):
                raise Problem("backup.unwritable", path=self.file, cause=error.strerror or "?") from error
            raise


@contextmanager
def _opened(path: Path, identity: Path | None) -> Iterator[files.Reader]:
    try:
        source = path.open("rb")
    except OSError as error:
        raise Problem("backup.unreadable", path=path, cause=error.strerror or "?") from error
    with source, tempfile.TemporaryFile() as clear:
        try:
            files.decrypt(source, clear, path, identity)
        except OSError as error:
            raise Problem(
                "backup.unwritable", path=tempfile.gettempdir(), cause=error.strerror or os.strerror(0)
            ) from error
        yield files.Reader(clear, path)


def _tables(reader: files.Reader) -> list[str]:
    return [name for name in reader.manifest["parts"] if name.startswith(TABLES)]


def manifest_of(reader: files.Reader) -> Manifest:
    """Return what a backup says of itself.

    Raise Problem `backup.newer` if its schema is none of this version, `backup.damaged` if something is
    missing.
    """
    said = reader.manifest
    try:
        rows = sum(said["parts"][name]["lines"] - 1 for name in _tables(reader))
        log = said["log"]
        found = Manifest(said["version"], said["revision"], said["taken_at"], log["size"], log["root"], rows)
        datetime.fromisoformat(found.taken_at)
    except (KeyError, TypeError, ValueError) as error:
        raise Problem("backup.damaged", path=reader.path) from error
    if not dump.knows(found.revision):
        raise Problem("backup.newer", version=found.version, revision=found.revision)
    return found
