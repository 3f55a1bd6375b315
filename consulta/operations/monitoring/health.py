"""Whether the service can do its work: the database can be written, mail goes, the disk has room."""

from __future__ import annotations

from datetime import timedelta
from shutil import disk_usage
from typing import TYPE_CHECKING

from consulta.operations.backups import service as backups
from consulta.operations.monitoring import queries
from consulta.operations.monitoring.values import Report
from consulta.platform.access import require
from consulta.platform.mailer.queries import mail, outbox
from consulta.rounds import clock

if TYPE_CHECKING:
    from datetime import datetime

    from consulta.operations.monitoring.values import State
    from consulta.platform.settings import BackupSettings, Settings
    from consulta.platform.work import Work

ROOM = 500_000_000  # bytes that must be free where data are kept
LAG = timedelta(minutes=15)
BEAT = timedelta(seconds=30)  # from one sign of a worker to the next
SILENT = timedelta(minutes=5)  # without a sign of a worker that people should look at


def report(work: Work, free: int, settings: BackupSettings) -> Report:
    """Return the state of the installation with its figures; `free` is the room on the disk in bytes.

    A backup that is late or was not copied elsewhere, a worker that is not seen, a mail server that takes
    nothing and clocks that differ are warnings: no restart of the service would help. `work` must be a unit
    of work that may write.
    """
    last, apart = backups.newest(settings, work.now), seconds_apart(work)
    state: State = "failing"
    if is_well(work, free):
        backup = backups.late(work, settings) is not None or bool(backups.not_copied(settings))
        looked_at = backup or is_worker_silent(work) or no_mail_since(work) is not None or apart
        state = "warning" if looked_at else "ok"
    return Report(state, None if last is None else max(int((work.now - last).total_seconds()), 0), apart)


def seconds_apart(work: Work) -> int:
    """Return how far another machine's clock is ahead of this one's (below 0: behind); 0 if less than 60.

    The others are that of the database, where it has one, and that of the worker, whose sign of life cannot
    be of later than now. A worker that is behind seems silent.
    """
    there, seen = queries.clock(work.session), queries.beat(work.session)
    ahead = [int((at - work.now).total_seconds()) for at in (there, seen) if at is not None]
    if there is None or abs(ahead[0]) < clock.SLACK:
        ahead = [max(each, 0) for each in ahead[-1:]]
    return next((each for each in ahead if abs(each) >= clock.SLACK), 0)


def is_well(work: Work, free: int) -> bool:
    """Return whether the service works: room on the disk, a writable database, mail that goes.

    `free` is the room on the disk in bytes; more than 500 million are needed. `work` must be a unit of
    work that may write.
    """
    return has_room(free) and queries.takes_writes(work.session) and not mail_lags(work)


def room(settings: Settings) -> int:
    """Return the room in bytes where data are kept; of the fuller disk, if the database is on another one.

    Raise OSError where a folder is not there.
    """
    database = settings.database_file
    folders = {settings.data} if database is None else {settings.data, database.parent}
    return min(disk_usage(each).free for each in folders)


def has_room(free: int) -> bool:
    """Return whether the disk has the room that the service needs; `free` is in bytes."""
    return free > ROOM


def is_ready(work: Work) -> bool:
    """Return whether this process can answer with the database that it has: it is there and takes votes."""
    require(work, "published.read")
    return queries.takes_writes(work.session)


def mail_lags(work: Work) -> bool:
    """Return whether mail has been due for 15 minutes and no sending was tried within that time.

    Then no worker runs, or it hangs. Mail that waits because it was paused, is held after a restore, or
    is behind other mail that goes, does not lag.
    """
    waiting, last = mail.waiting(work.session, work.now), mail.last_attempt(work.session)
    if waiting.oldest_due is None or outbox.is_paused(work.session):
        return False
    if outbox.held_since(work.session) is not None:
        return False
    alive = last is not None and work.now - last.at < LAG
    return work.now - waiting.oldest_due >= LAG and not alive


def mail_hindrance(work: Work) -> str:
    """Return why what is to be told by mail does not leave now; empty where it does.

    `held` after a restore, `silent` where the worker is not seen, `stuck` where the mail server takes
    nothing, `paused` where the secretariat paused what is not owed to addresses on file.
    """
    if outbox.held_since(work.session) is not None:
        return "held"
    if is_worker_silent(work):
        return "silent"
    if no_mail_since(work) is not None:
        return "stuck"
    return "paused" if outbox.is_paused(work.session) else ""


def no_mail_since(work: Work) -> datetime | None:
    """Return since when the mail server has taken nothing that was tried, if that is 15 minutes or more.

    None where mail goes, or is held after a restore.
    """
    since = mail.nothing_leaves_since(work.session)
    if since is None or work.now - since < LAG or outbox.held_since(work.session) is not None:
        return None
    return since


def is_worker_silent(work: Work) -> bool:
    """Return whether a worker was seen once, and none within five minutes."""
    return silent_since(work) is not None


def silent_since(work: Work) -> datetime | None:
    """Return when a worker was last seen, where that is five minutes ago or more; else None."""
    last = queries.beat(work.session)
    return last if last is not None and work.now - last >= SILENT else None


def beat(work: Work) -> None:
    """Keep that a worker does its work now."""
    require(work, "worker.beat")
    queries.keep_beat(work.session, work.now)
