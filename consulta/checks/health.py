"""Whether the service can do its work: the database can be written, mail goes, the disk has room."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import text

from consulta.mailer.queries import mail, outbox

if TYPE_CHECKING:
    from consulta.infra.work import Work

ROOM = 500_000_000  # bytes that must be free where data are kept
LAG = timedelta(minutes=15)


def is_well(work: Work, free: int) -> bool:
    """Return whether the service works: room on the disk, a writable database, mail that goes.

    `free` is the room on the disk in bytes; more than 500 million are needed. `work` must be a unit of
    work that may write.
    """
    return free > ROOM and _can_write(work) and not mail_lags(work)


def mail_lags(work: Work) -> bool:
    """Return whether mail has been due for 15 minutes and no sending was tried within that time.

    Then no worker runs, or it hangs. Mail that waits because it was paused, was restored and not
    released yet, or is behind other mail that goes, does not lag.
    """
    waiting, last = mail.waiting(work.session, work.now), mail.last_attempt(work.session)
    if waiting.oldest_due is None or outbox.is_paused(work.session):
        return False
    if outbox.held_since(work.session) is not None:
        return False
    alive = last is not None and work.now - last.at < LAG
    return work.now - waiting.oldest_due >= LAG and not alive


def _can_write(work: Work) -> bool:
    """Return whether rows can be written.

    Only PostgreSQL is asked: on SQLite, a unit of work that may write has the lock already.
    """
    if work.session.get_bind().dialect.name != "postgresql":
        return True
    return bool(work.session.scalar(text("SHOW transaction_read_only")) == "off")
