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
    """Whether all is well; `free` is the room on the disk, in bytes. `work` must be one that may write."""
    return free > ROOM and _can_write(work) and not mail_lags(work)


def mail_lags(work: Work) -> bool:
    """Whether mail has been due for a quarter of an hour and nobody sends any: no worker runs, or it hangs.

    Mail that waits because it was paused, or behind other mail that goes, does not lag.
    """
    waiting, last = mail.waiting(work.session, work.now), mail.last_attempt(work.session)
    if waiting.oldest_due is None or outbox.is_paused(work.session):
        return False
    alive = last is not None and work.now - last.at < LAG
    return work.now - waiting.oldest_due >= LAG and not alive


def _can_write(work: Work) -> bool:
    """Whether rows could be written. A unit of work that may write has the lock of SQLite already."""
    if work.session.get_bind().dialect.name != "postgresql":
        return True
    return bool(work.session.scalar(text("SHOW transaction_read_only")) == "off")
