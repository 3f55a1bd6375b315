"""What a backup says of itself, and what a restored one was found to be."""

from __future__ import annotations

import json
import os
import re
import secrets
import subprocess
import tempfile
from collections import Counter
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from sqlalchemy import func, select

from consulta import __version__
from consulta.core.problems import Problem
from consulta.platform import database as db
from consulta.platform import dump
from consulta.platform.access import require
from consulta.platform.formats import backup as files
from consulta.platform.log import heads
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries
from consulta.platform.models import LogEntry, Practice, Round
from consulta.platform.work import COMMAND, Bench
from consulta.results import checks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sqlalchemy.orm import Session

    from consulta.platform.settings import BackupSettings
    from consulta.platform.work import Work
    from consulta.results.checks import Check


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup in its folder, and when it was taken, as its name says."""

    path: Path
    at: datetime


@dataclass(frozen=True, slots=True)
class Late:
    """That the newest backup is older than it should be; `last` is when it was taken, None for no backup."""

    last: datetime | None


@dataclass(frozen=True, slots=True)
class HeldMail:
    """The mail of a restored database, while it is held."""

    restored_at: datetime
    taken_at: datetime | None  # when the backup was taken; None where the log does not tell
    kinds: tuple[tuple[str, int], ...]  # what waited in the backup, and can be called off
    owed: int  # what waited in the backup and goes in any case: receipts, notices about who may vote
    since: int  # what was asked for since the restore

    @property
    def waited(self) -> int:
        """Return how many messages waited in the backup and can be called off."""
        return sum(count for _, count in self.kinds)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    version: str
    revision: str
    taken_at: str
    size: int  # of the log
    root: str
    rows: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored, and every check of it."""

    manifest: Manifest
    checks: tuple[Check, ...]
    size: int  # of the log as it stands now
    root: str

    @property
    def is_sound(self) -> bool:
        """Return whether no check found a fault."""
        return not any(each.faults for each in self.checks)


def last_closing(session: Session) -> datetime | None:
    """Return when a round closed last; None where none did."""
    return session.scalar(select(func.max(Round.closed_at)))


def last_told(session: Session, act: str) -> dict[str, Any]:
    """Return the details of the last row of the log about an act; empty where there is none."""
    query = select(LogEntry.details).where(LogEntry.action == act).order_by(LogEntry.seq.desc()).limit(1)
    details = session.scalar(query)
    return dict(json.loads(details)) if details else {}


def end_practice_rows(session: Session, now: datetime) -> list[int]:
    """Mark what was made to practise as deleted, and return which: it is in a place that no backup holds."""
    found = session.scalars(select(Practice).where(Practice.live.is_(True)).order_by(Practice.id)).all()
    for row in found:
        row.state, row.live, row.deleted_at, row.title, row.asked = "deleted", None, now, "", {}
    return [row.id for row in found]


HOURS, DAYS, WEEKS = 24, 14, 8  # of which the newest backup is kept
OPEN, QUIET = timedelta(hours=1), timedelta(days=1)  # from one backup to the next


def kept(taken: Iterable[datetime]) -> set[datetime]:
    """Return which backups are kept.

    They are the newest backup of each of the last 24 hours that have one, of the last 14 days that have
    one and of the last 8 weeks that have one. Hours, days and weeks (ISO) are those of UTC.
    """
    newest_first = sorted(taken, reverse=True)
    periods: tuple[tuple[int, Callable[[datetime], object]], ...] = (
        (HOURS, lambda at: (at.date(), at.hour)),
        (DAYS, lambda at: at.date()),
        (WEEKS, lambda at: tuple(at.isocalendar())[:2]),
    )
    found: set[datetime] = set()
    for most, period in periods:
        first: dict[object, datetime] = {}
        for at in newest_first:
            first.setdefault(period(at.astimezone(UTC)), at)
        found.update([*first.values()][:most])
    return found


def is_due_by(last: datetime | None, now: datetime, *, any_open: bool, closed_at: datetime | None) -> bool:
    """Return whether a backup is due.

    It is each hour while a round is open, each day otherwise, and after each closing. `last` is when the
    last one was taken, `closed_at` when a round closed last.
    """
    if last is None:
        return True
    if closed_at is not None and last < closed_at <= now:
        return True
    return now - last >= (OPEN if any_open else QUIET)


def is_late(last: datetime | None, now: datetime, *, any_open: bool) -> bool:
    """Return whether the last backup is older than two of the distances at which backups are taken."""
    return last is None or now - last >= 2 * (OPEN if any_open else QUIET)


try:
    import fcntl
except ImportError:  # not a POSIX system: two backups at once are two files
    fcntl = None  # type: ignore[assignment]


NAME = re.compile(r"consulta-(\d{8}T\d{6}Z)\.backup(\.age)?")
MOMENT = "%Y%m%dT%H%M%SZ"
PART, LOCK = ".part", ".lock"
NOT_COPIED = "not-copied"  # tells of the newest backup that the command of the installation did not take


def all_in(folder: Path) -> list[Backup]:
    """Return the backups in a folder, the newest first; none where there is no such folder.

    Files with other names are left out.
    """
    try:
        names = [path for path in folder.iterdir() if NAME.fullmatch(path.name)]
    except OSError:
        return []
    found = []
    for path in names:
        said = NAME.fullmatch(path.name)
        try:
            at = datetime.strptime(said[1] if said else "", MOMENT).replace(tzinfo=UTC)
        except ValueError:
            continue
        found.append(Backup(path, at))
    return sorted(found, key=lambda each: (each.at, each.path.name), reverse=True)


def newest_at(folder: Path, now: datetime) -> datetime | None:
    """Return when the newest backup in a folder was taken; None where there is none.

    One of later than `now` does not count: a clock that was ahead named it, which says not how old it is.
    """
    return next((each.at for each in all_in(folder) if each.at <= now), None)


def keep_copied(folder: Path, name: str, failure: str = "") -> None:
    """Keep that the command of the installation took a backup, or the `failure` that kept it from that."""
    with suppress(OSError):  # a full disk: the log tells of it
        if failure:
            (folder / NOT_COPIED).write_text(f"{name}: {failure}\n", "utf-8")
        else:
            (folder / NOT_COPIED).unlink(missing_ok=True)


def uncopied_files(folder: Path) -> str:
    """Return the name of the newest backup and what kept it from being copied; empty where nothing did."""
    try:
        return (folder / NOT_COPIED).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def write_file(
    folder: Path, now: datetime, fill: Callable[[BinaryIO], object], *, encrypted: bool, prune: bool
) -> Backup:
    """Write a backup of `now` by calling `fill`, whole or not at all.

    With `prune`, delete those that the schedule does not keep; those of later than `now` stay.

    Only the owner of the process can read it. Problems: those of `fill`; `backup.running` while another
    one is written, `backup.unwritable` if the folder cannot be written or its disk is full.
    """
    path = folder / f"consulta-{now.astimezone(UTC).strftime(MOMENT)}.backup{'.age' if encrypted else ''}"
    part = folder / f"{path.name}.{secrets.token_hex(4)}{PART}"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _alone(folder):
            try:
                _write_through(part, fill)
                part.replace(path)
                _keep_name(folder)
            finally:
                part.unlink(missing_ok=True)
            if prune:
                _delete_old(folder, now)
    except OSError as error:
        raise Problem("backup.unwritable", path=folder, cause=error.strerror or "?") from error
    return Backup(path, now)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let no other process or thread write into the folder; what a killed one left there is deleted."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if fcntl is not None:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Problem("backup.running", path=folder) from error
            for left in folder.glob(f"consulta-*{PART}"):
                left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def _write_through(part: Path, fill: Callable[[BinaryIO], object]) -> None:
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w+b") as file:
        fill(file)
        file.flush()
        os.fsync(file.fileno())


def _keep_name(folder: Path) -> None:
    """Let the name of the new file survive a power cut, where the system can do that."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _delete_old(folder: Path, now: datetime) -> None:
    found = [each for each in all_in(folder) if each.at <= now]
    keep = kept(each.at for each in found)
    for each in found:
        if each.at not in keep:
            each.path.unlink(missing_ok=True)


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
    return write_file(folder, now, fill, encrypted=bool(settings.recipients), prune=prune)


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
        keep_copied(backup.path.parent, backup.path.name, type(error).__name__)
        raise Problem("backup.command", path=backup.path, cause=type(error).__name__) from error
    keep_copied(
        backup.path.parent, backup.path.name, f"exit code {done.returncode}" if done.returncode else ""
    )
    if done.returncode:
        raise Problem("backup.command", path=backup.path, cause=done.returncode)


def is_due(work: Work, folder: Path, asked_at: datetime | None = None) -> bool:
    """Return whether the worker has to take a backup now: hourly while a round is open, at each closing.

    And where one was asked for since the newest one.
    """
    last = newest_at(folder, work.now)
    if last is not None and asked_at is not None and last < asked_at:
        return True
    return is_due_by(
        last,
        work.now,
        any_open=heads.any_open(work.session),
        closed_at=last_closing(work.session),
    )


def newest(settings: BackupSettings, now: datetime) -> datetime | None:
    """Return when the newest backup in the folder of the installation was taken, or None."""
    return newest_at(settings.folder, now) if settings.folder else None


def not_copied(settings: BackupSettings) -> str:
    """Return which newest backup the command of the installation did not take, and why; empty where it did.

    Empty too where no command is set.
    """
    if settings.folder is None or not settings.command:
        return ""
    return uncopied_files(settings.folder)


def in_the_clear(settings: BackupSettings) -> int:
    """Return how many backups in the folder of the installation are not encrypted."""
    kept = all_in(settings.folder) if settings.folder else []
    return sum(each.path.suffix != ".age" for each in kept)


def late(work: Work, settings: BackupSettings) -> Late | None:
    """Return since when there is no newer backup, if the newest one is older than it should be.

    None where it is not, and where no folder is set, so that the worker takes none.
    """
    if settings.folder is None:
        return None
    last = newest_at(settings.folder, work.now)
    return Late(last) if is_late(last, work.now, any_open=heads.any_open(work.session)) else None


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
                hold(work, manifest)
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
            end_practices(work)
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


ACT = "backup.restored"


def is_held(work: Work) -> bool:
    """Return whether the mail of a restored database has not been released yet."""
    require(work, "mail.read")
    return outbox_queries.held_since(work.session) is not None


def held(work: Work) -> HeldMail | None:
    """Return what is held after a restore, or None where nothing is."""
    require(work, "mail.read")
    at = outbox_queries.held_since(work.session)
    if at is None:
        return None
    kinds: Counter[str] = Counter()
    owed = 0
    told = last_told(work.session, ACT)
    for (kind, is_owed), count in mail_queries.waiting_until(work.session, told.get("message", 0)).items():
        if is_owed:
            owed += count
        else:
            kinds[kind] += count
    waiting = mail_queries.waiting(work.session, work.now).messages
    taken = datetime.fromisoformat(told["taken_at"]) if told else None
    return HeldMail(at, taken, tuple(sorted(kinds.items())), owed, waiting - owed - kinds.total())


def release(work: Work, *, call_off: bool) -> int:
    """Let mail go again; with `call_off` without what waited in the backup. Return how many were called off.

    Receipts and notices about who may vote go in any case: they are owed. Problem: `mail.not_restored`.
    """
    require(work, "mail.write")
    if outbox_queries.held_since(work.session) is None:
        raise Problem("mail.not_restored")
    count = 0
    if call_off:
        last = last_told(work.session, ACT).get("message", 0)
        count = mail_queries.cancel_waiting_until(work.session, last, work.now, "mail.restored")
    mail_queries.release_all(work.session)
    work.record("backup.mail_released", "backup", {"called_off": count})
    return count


def hold(work: Work, manifest: Manifest) -> None:
    """Hold the mail of a database that was just restored, and let the log tell from which backup it is."""
    outbox_queries.hold_all(work.session, work.now)
    told = {"taken_at": manifest.taken_at, "size": manifest.size, "root": manifest.root}
    last = mail_queries.last_message(work.session)
    work.record(ACT, "backup", {**told, "message": last})
    end_practices(work)


def end_practices(work: Work) -> None:
    """Let the practice that there was be over, as if the desk had deleted it: its place is not here."""
    for number in end_practice_rows(work.session, work.now):
        work.record("practice.deleted", f"practice:{number}")
