"""The figures of the installation for programs that watch it.

They tell no more of votes than the installation publishes: how many a round has taken until the last full
hour, rounded down to a multiple of 16, as the size of the public log is. A figure that grew with each vote
would tell, beside the log of a proxy or the hour of a receipt, when an organisation voted.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from consulta import __version__
from consulta.operations.backups import service as backups
from consulta.operations.monitoring import health, queries
from consulta.platform.access import require
from consulta.platform.formats.exposition import Family, one
from consulta.platform.log import checkpoints
from consulta.platform.log.heads import STEP
from consulta.platform.mailer.queries import mail, outbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

COUNTED = {
    "requests": (
        "consulta_requests_total",
        "status",
        "Requests answered on this machine, by class of status, of all serving processes together.",
    ),
    "errors": (
        "consulta_errors_total",
        "area",
        "Answers with a status of 500 or more on this machine, by where they happened.",
    ),
    "security": (
        "consulta_security_events_total",
        "event",
        "What the log tells as consulta.security on this machine, by event.",
    ),
}


def of_process(sums: Mapping[tuple[str, str], int]) -> Iterator[Family]:
    """Yield what needs no database: the version, and the counters of the serving processes."""
    yield Family("consulta_info", "gauge", "The version that runs.", (((("version", __version__),), 1.0),))
    for group, (name, label, told) in COUNTED.items():
        found = [(which, value) for (of, which), value in sums.items() if of == group]
        yield Family(
            name, "counter", told, tuple((((label, which),), float(value)) for which, value in found)
        )


def of_installation(work: Work, settings: Settings, free: int) -> Iterator[Family]:
    """Yield what the database and the disk tell, the same in every process."""
    require(work, "metrics.read")
    session, now = work.session, work.now
    yield one("consulta_disk_free_bytes", "Room on the disk of the data folder.", free)
    rounds = tuple(((("state", state),), float(count)) for state, count in queries.rounds(session))
    yield Family("consulta_rounds", "gauge", "Rounds, by their state.", rounds)
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    votes = tuple(
        ((("round", key),), float(count // STEP * STEP)) for key, count in queries.votes(session, hour)
    )
    yield Family(
        "consulta_votes_acknowledged",
        "gauge",
        f"Votes acknowledged until the last full hour, rounded down to a multiple of {STEP}.",
        votes,
    )
    yield from _of_mail(work)
    yield one(
        "consulta_clock_apart_seconds",
        "By how much the clock of the database or the worker is ahead of this one; 0 below a minute.",
        health.seconds_apart(work),
    )
    beat = queries.beat(session)
    yield from _moment("consulta_worker_beat_timestamp_seconds", "a worker was last seen", beat)
    yield from _moment(
        "consulta_head_timestamp_seconds",
        "the newest head of the log was taken",
        queries.newest_head(session),
    )
    signed = queries.newest_checkpoint(session)
    yield from _moment("consulta_checkpoint_timestamp_seconds", "the newest signed head was taken", signed)
    waiting = len(checkpoints.unsigned(session))
    yield one("consulta_heads_unsigned", "Heads that wait for the key of the log.", waiting)
    if settings.backups.folder is not None:
        yield from _moment(
            "consulta_backup_timestamp_seconds",
            "the newest backup was taken",
            backups.newest(settings.backups, now),
        )
        late = backups.late(work, settings.backups) is not None
        yield one("consulta_backup_late", "1 where the newest backup is older than it should be.", late)
        yield one(
            "consulta_backup_not_copied",
            "1 where the command of the installation did not take the newest backup.",
            bool(backups.not_copied(settings.backups)),
        )


def _of_mail(work: Work) -> Iterator[Family]:
    found = queries.mail(work.session, work.now)
    lag = (work.now - found.oldest_due).total_seconds() if found.oldest_due else 0.0
    last = mail.last_attempt(work.session)
    yield one("consulta_mail_waiting", "Messages that wait to be sent.", found.waiting)
    yield one("consulta_mail_due", "Messages that are due now.", found.due)
    yield one(
        "consulta_mail_lag_seconds", "For how long the message that is due longest has been.", max(lag, 0)
    )
    yield one("consulta_mail_failed", "Messages that were given up.", found.failed)
    yield one("consulta_mail_paused", "1 while mail is paused at the desk.", outbox.is_paused(work.session))
    yield one("consulta_mail_lags", "1 where mail is due and no worker sends any.", health.mail_lags(work))
    stuck = mail.nothing_leaves_since(work.session)
    yield one(
        "consulta_mail_stuck_seconds",
        "For how long the mail server has taken nothing though it was tried; 0 where it takes mail.",
        max((work.now - stuck).total_seconds(), 0) if stuck else 0,
    )
    yield from _moment(
        "consulta_mail_attempt_timestamp_seconds", "sending was last tried", last.at if last else None
    )


def _moment(name: str, told: str, at: datetime | None) -> Iterator[Family]:
    """Yield when something happened, as seconds since 1970; nothing where it never did."""
    if at is not None:
        yield one(name, f"When {told}.", round(at.timestamp(), 3))
