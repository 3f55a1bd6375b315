"""The mail of a restored database: held, so that what left after the backup is not sent twice unasked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from consulta.core.problems import Problem
from consulta.operations.backups import queries
from consulta.operations.backups.values import HeldMail
from consulta.platform.access import require
from consulta.platform.mailer.queries import mail as mail_queries
from consulta.platform.mailer.queries import outbox as outbox_queries

if TYPE_CHECKING:
    from consulta.operations.backups.values import Manifest
    from consulta.platform.work import Work

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
    told = queries.last_told(work.session, ACT)
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
        last = queries.last_told(work.session, ACT).get("message", 0)
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
    for number in queries.end_practices(work.session, work.now):
        work.record("practice.deleted", f"practice:{number}")
