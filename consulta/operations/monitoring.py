"""What pages about the state of the installation receive."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import UTC, timedelta
from shutil import disk_usage
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import DateTime, and_, func, or_, select, text
from sqlalchemy.orm import selectinload

from consulta import __version__
from consulta.core.rounds import State as rounds_State
from consulta.operations import backups
from consulta.platform import accounts as accounts_acts
from consulta.platform import desk_settings
from consulta.platform.access import require
from consulta.platform.data import catalogue
from consulta.platform.formats.exposition import Family, one
from consulta.platform.log import checkpoints, signing
from consulta.platform.log.heads import STEP
from consulta.platform.mailer import trial
from consulta.platform.mailer.queries import mail as queries_mail
from consulta.platform.mailer.queries import outbox
from consulta.platform.models import (
    Ballot,
    Beat,
    Checkpoint,
    Cosignature,
    Head,
    Message,
    Round,
    Scrutineer,
    Staff,
    Witness,
)
from consulta.platform.settings import CHANGE_WAIT, LOOPBACK, OBJECTION_HOURS, SMALL_CELL, SettingsError
from consulta.rounds import ending

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from sqlalchemy.orm import Session

    from consulta.platform.settings import BackupSettings, Settings
    from consulta.platform.work import Work


State = Literal["ok", "warning", "failing"]
"""`warning`: people should look, and the service does its work; `failing`: it does not."""


@dataclass(frozen=True)
class Report:
    """The state of the installation, and what of it only those who look after it are told."""

    state: State
    backup: int | None = None  # seconds since the newest backup; None where none is kept
    clock: int = 0  # seconds by which another machine's clock is ahead of this one's, or behind (below 0)


WORKER = "worker"


class Mail(NamedTuple):
    """How many messages there are in each state, and the first moment at which one of them was due."""

    waiting: int
    due: int
    oldest_due: datetime | None
    failed: int


UNCONFIRMED = (
    "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND datname = current_database()"
    " AND clock_timestamp() - state_change > interval '10 seconds'"
)


def takes_writes(session: Session) -> bool:
    """Return whether the database takes changes; of PostgreSQL it is asked, for it may be a standby.

    Nor does it where changes wait for a standby that must confirm them and does not, for ten seconds.
    """
    if session.get_bind().dialect.name != "postgresql":
        session.execute(text("SELECT 1"))
        return True
    if session.scalar(text("SHOW transaction_read_only")) != "off":
        return False
    return not session.scalar(text(f"SELECT pg_is_in_recovery() OR EXISTS ({UNCONFIRMED})"))


def clock(session: Session) -> datetime | None:
    """Return the present moment by the clock of the database's machine; None of SQLite, which has none."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    return session.scalar(select(func.clock_timestamp(type_=DateTime(timezone=True))))


def store_beat(session: Session) -> datetime | None:
    """Return when a worker was last seen; None where none ever was."""
    return session.scalar(select(Beat.at).where(Beat.name == WORKER))


def keep_beat(session: Session, at: datetime) -> None:
    """Keep that a worker was seen at a moment."""
    session.merge(Beat(name=WORKER, at=at))


def round_rows(session: Session) -> list[tuple[str, int]]:
    """Return how many rounds there are in each state."""
    query = select(Round.state, func.count()).group_by(Round.state).order_by(Round.state)
    return [(state, count) for state, count in session.execute(query)]


def vote_rows(session: Session, before: datetime) -> list[tuple[str, int]]:
    """Return how many votes, each version counted, rounds that have opened took before a moment."""
    query = (
        select(Round.key, func.count(Ballot.id))
        .outerjoin(Ballot, and_(Ballot.round_id == Round.id, Ballot.cast_at < before))
        .where(Round.opened_at.is_not(None), Round.state != rounds_State.CANCELLED.value)
        .group_by(Round.key)
        .order_by(Round.key)
    )
    return [(key, count) for key, count in session.execute(query)]


def mail(session: Session, now: datetime) -> Mail:
    """Return how much mail waits, is due and failed."""
    queued = Message.state == "queued"
    waiting = session.scalar(select(func.count()).where(queued)) or 0
    due, oldest = session.execute(
        select(func.count(), func.min(Message.due_at)).where(queued, Message.due_at <= now)
    ).one()
    failed = session.scalar(select(func.count()).where(Message.state == "failed")) or 0
    return Mail(waiting, due, oldest, failed)


def newest_head(session: Session) -> datetime | None:
    """Return when the newest head of the log was taken."""
    return session.scalar(select(func.max(Head.at)))


def newest_checkpoint(session: Session) -> datetime | None:
    """Return when the newest head that is signed was taken."""
    return session.scalar(select(func.max(Head.at)).join(Checkpoint, Checkpoint.head_id == Head.id))


def newest_cosigned(session: Session) -> datetime | None:
    """Return when the newest head was taken that a witness, not ended, has cosigned."""
    return session.scalar(
        select(func.max(Head.at))
        .join(Checkpoint, Checkpoint.head_id == Head.id)
        .join(Cosignature, Cosignature.checkpoint_id == Checkpoint.id)
        .join(Witness, Witness.id == Cosignature.witness_id)
        .where(Witness.ended_at.is_(None))
    )


class Administrator(NamedTuple):
    """An administrator who can sign in: whether there is a second step."""

    id: int
    second_step: bool


def administrators(session: Session) -> list[Administrator]:
    """Return the administrators whose account is open and begun."""
    query = (
        select(Staff)
        .where(Staff.role == "admin", Staff.active, Staff.password_hash.startswith("$argon2"))
        .options(selectinload(Staff.passkeys))
        .order_by(Staff.id)
    )
    return [
        Administrator(each.id, each.second_factor is not None or bool(each.passkeys))
        for each in session.scalars(query)
    ]


def open_accounts(session: Session, addresses: Iterable[str]) -> list[str]:
    """Return which of these addresses have an account that is open, in order."""
    query = select(Staff.email).where(Staff.email.in_(list(addresses)), Staff.active).order_by(Staff.email)
    return list(session.scalars(query))


def witnesses(session: Session) -> int:
    """Return how many witnesses are registered and not ended."""
    return session.scalar(select(func.count()).select_from(Witness).where(Witness.ended_at.is_(None))) or 0


def rounds_without_scrutineers(session: Session) -> list[str]:
    """Return the keys of rounds that are open, or will open at an hour, without a scrutineer who can sign in.

    That is one whose account is open and begun.
    """
    able = (
        select(Scrutineer.round_id)
        .join(Staff, Staff.id == Scrutineer.staff_id)
        .where(Staff.active, Staff.password_hash.startswith("$argon2"))
    )
    query = (
        select(Round.key)
        .where(
            or_(
                Round.state == rounds_State.OPEN.value,
                and_(Round.state == rounds_State.DRAFT.value, Round.opens_at.is_not(None)),
            ),
            Round.id.not_in(able),
        )
        .order_by(Round.key)
    )
    return list(session.scalars(query))


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
    there, seen = clock(work.session), store_beat(work.session)
    ahead = [int((at - work.now).total_seconds()) for at in (there, seen) if at is not None]
    if there is None or abs(ahead[0]) < ending.SLACK:
        ahead = [max(each, 0) for each in ahead[-1:]]
    return next((each for each in ahead if abs(each) >= ending.SLACK), 0)


def is_well(work: Work, free: int) -> bool:
    """Return whether the service works: room on the disk, a writable database, mail that goes.

    `free` is the room on the disk in bytes; more than 500 million are needed. `work` must be a unit of
    work that may write.
    """
    return has_room(free) and takes_writes(work.session) and not mail_lags(work)


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
    return takes_writes(work.session)


def mail_lags(work: Work) -> bool:
    """Return whether mail has been due for 15 minutes and no sending was tried within that time.

    Then no worker runs, or it hangs. Mail that waits because it was paused, is held after a restore, or
    is behind other mail that goes, does not lag.
    """
    waiting, last = queries_mail.waiting(work.session, work.now), queries_mail.last_attempt(work.session)
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
    require(work, "published.read")  # whoever was just told that a mail goes may know that it waits
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
    since = queries_mail.nothing_leaves_since(work.session)
    if since is None or work.now - since < LAG or outbox.held_since(work.session) is not None:
        return None
    return since


def is_worker_silent(work: Work) -> bool:
    """Return whether a worker was seen once, and none within five minutes."""
    return silent_since(work) is not None


def silent_since(work: Work) -> datetime | None:
    """Return when a worker was last seen, where that is five minutes ago or more; else None."""
    last = store_beat(work.session)
    return last if last is not None and work.now - last >= SILENT else None


def beat(work: Work) -> None:
    """Keep that a worker does its work now."""
    require(work, "worker.beat")
    keep_beat(work.session, work.now)


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


def of_process(sums: Mapping[tuple[str, str], int], counted_in: str) -> Iterator[Family]:
    """Yield what needs no database: the version, and the counters of the serving processes.

    `counted_in` names their sum, so that nobody adds it twice who asks two of these processes.
    """
    yield Family("consulta_info", "gauge", "The version that runs.", (((("version", __version__),), 1.0),))
    for group, (name, label, told) in COUNTED.items():
        found = [(which, value) for (of, which), value in sums.items() if of == group]
        yield Family(
            name,
            "counter",
            told,
            tuple((((label, which), ("counted_in", counted_in)), float(value)) for which, value in found),
        )


def of_installation(work: Work, settings: Settings, free: int) -> Iterator[Family]:
    """Yield what the database and the disk tell, the same in every process."""
    require(work, "metrics.read")
    session, now = work.session, work.now
    yield one("consulta_disk_free_bytes", "Room on the disk of the data folder.", free)
    rounds = tuple(((("state", state),), float(count)) for state, count in round_rows(session))
    yield Family("consulta_rounds", "gauge", "Rounds, by their state.", rounds)
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    votes = tuple(((("round", key),), float(count // STEP * STEP)) for key, count in vote_rows(session, hour))
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
        seconds_apart(work),
    )
    beat = store_beat(session)
    yield from _moment("consulta_worker_beat_timestamp_seconds", "a worker was last seen", beat)
    yield from _moment(
        "consulta_head_timestamp_seconds",
        "the newest head of the log was taken",
        newest_head(session),
    )
    signed = newest_checkpoint(session)
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
    found = mail(work.session, work.now)
    lag = (work.now - found.oldest_due).total_seconds() if found.oldest_due else 0.0
    last = queries_mail.last_attempt(work.session)
    yield one("consulta_mail_waiting", "Messages that wait to be sent.", found.waiting)
    yield one("consulta_mail_due", "Messages that are due now.", found.due)
    yield one(
        "consulta_mail_lag_seconds", "For how long the message that is due longest has been.", max(lag, 0)
    )
    yield one("consulta_mail_failed", "Messages that were given up.", found.failed)
    yield one("consulta_mail_paused", "1 while mail is paused at the desk.", outbox.is_paused(work.session))
    yield one("consulta_mail_lags", "1 where mail is due and no worker sends any.", mail_lags(work))
    stuck = queries_mail.nothing_leaves_since(work.session)
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


ROOM_AT_START = 2 * ROOM  # bytes: enough to notice before votes are refused
UNHELD = timedelta(days=1)  # from the newest head that a witness holds to the newest one
OTHERS, GROUP = 0o007, 0o070
Grade = Literal["well", "weak", "unsafe"]
KEY_TOLD: dict[signing.Key, str] = {
    "none": "there is no key of the log: run consulta migrate",
    "missing": "the key of the log is not in its place: put the copy back, or run consulta key rotate",
    "unreadable": "the key of the log cannot be read, or others can read it: chmod 600 its file, or put the"
    " copy back",
    "another": "the key of the log is not the one that the log tells of: put the right copy back, or run"
    " consulta key rotate",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, what was found, and what to do where it is not well."""

    grade: Grade
    subject: str
    told: str


def require_safe(settings: Settings, environ: Mapping[str, str] = os.environ) -> None:
    """Raise SettingsError where the installation must not be served as it is."""
    for finding in unsafe(settings, environ):
        raise SettingsError(f"{finding.told} (consulta check --deploy tells more)")


def require_safe_host(settings: Settings, host: str) -> None:
    """Raise SettingsError where pages would go over the network in the clear."""
    if host not in LOOPBACK and not settings.behind_proxy:
        raise SettingsError(
            f"--host {host} would speak http, in the clear, to the network: put a proxy with https"
            " before it and"
            " set CONSULTA_BEHIND_PROXY=yes, or leave --host out"
        )


def unsafe(settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield what must be mended before the program serves."""
    if environ.get("FLASK_DEBUG", "").strip().lower() not in {"", "0", "no", "false"}:
        yield Finding("unsafe", "debug", "FLASK_DEBUG is set, which is for developers: unset it")
    database = settings.database_file
    if database is not None and _opened(settings.data) & OTHERS and _opened(database) & OTHERS:
        yield Finding(
            "unsafe",
            "files",
            f"every user of this machine can read {database}, with addresses and votes: chmod 700"
            f" {settings.data} and chmod 600 {database}",
        )


def findings(work: Work, settings: Settings, environ: Mapping[str, str] = os.environ) -> Iterator[Finding]:
    """Yield everything that is looked at before an installation is opened to the public."""
    require(work, "deploy.check")
    found = list(unsafe(settings, environ))
    yield from found
    settings = desk_settings.current(work, settings)
    for look in LOOKS:
        subject = look.__name__[1:]
        yield from _found(subject, look(work, settings), known=any(each.subject == subject for each in found))


def findings_without(
    settings: Settings, cause: str, environ: Mapping[str, str] = os.environ
) -> list[Finding]:
    """Return what can be looked at without the database, and for the rest that it could not be, and why."""
    shut = (
        f"it cannot be opened ({cause}), so no vote is taken: make room where it is, or see CONSULTA_DATABASE"
    )
    found = [*unsafe(settings, environ), Finding("unsafe", "database", shut)]
    for look in LOOKS:
        subject = look.__name__[1:]
        if look in ALONE:
            told = ALONE[look](None, settings)
            found += _found(subject, told, known=any(each.subject == subject for each in found))
        elif look is not _database:
            found.append(Finding("weak", subject, "it could not be looked at without the database"))
    return found


def _found(subject: str, told: Iterable[str], *, known: bool) -> list[Finding]:
    """Return the findings of one look; that it is well where there are none and none were `known` before."""
    found = [Finding("unsafe" if isinstance(text, _Unsafe) else "weak", subject, text) for text in told]
    return found or ([] if known else [Finding("well", subject, WELL[subject])])


WELL = {
    "address": "pages are reached over https, by a proxy that is known",
    "files": "folder, database and keys are for their owner alone",
    "database": "it takes changes, and the connection stays on this machine or is encrypted",
    "disk": "there is room where data are kept",
    "people": "two administrators or more, each with a second step",
    "promises": "no setting weakens what the pages promise, and nothing of a demonstration is left",
    "mail": "a mail server is set, and a mail was sent on trial with these settings",
    "backups": "taken, encrypted and copied elsewhere",
    "log": "heads are signed, and others hold them",
    "worker": "a worker was seen within the last five minutes",
    "rounds": "each round that is open or planned has a scrutineer who can sign in",
    "dimensions": "each that was added has its names in every language that is offered",
}


class _Unsafe(str):
    """What a look found that must be mended before the installation is opened."""

    __slots__ = ()


def _address(_work: Work | None, settings: Settings) -> Iterator[str]:
    if settings.host in LOOPBACK:
        yield (
            f"only this machine reaches {settings.base_url}: set CONSULTA_BASE_URL to the public"
            " address, with"
            " https"
        )
    elif not settings.behind_proxy:
        yield (
            "a proxy with https must stand before consulta, and CONSULTA_BEHIND_PROXY is not set:"
            " its headers go"
            " unheeded, and all people count as one where wrong passwords slow down. Set"
            " CONSULTA_BEHIND_PROXY=yes"
        )


def _files(_work: Work | None, settings: Settings) -> Iterator[str]:
    places = [settings.data, *settings.data.glob("*.sqlite3*"), *settings.data.glob("*.backup*")]
    places += [settings.mail_folder, signing.path_in(settings.data)]
    places += [settings.backups.folder] if settings.backups.folder else []
    if (database := settings.database_file) is not None and database not in places:
        places.append(database)
    for place in places:
        if _opened(place) & (OTHERS | GROUP):
            mode = "700" if place.is_dir() else "600"
            yield f"others than its owner can read {place}: chmod {mode} {place}"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield (
            "this command runs as root: run it as the user of the service. If that is root too, make a user"
            " for consulta alone, and give that user the data folder"
        )


def _database(work: Work, settings: Settings) -> Iterator[str]:
    if (file := settings.database_file) is not None:
        if not os.access(file, os.W_OK) or not os.access(file.parent, os.W_OK):
            yield _Unsafe(
                f"this user may not write {file}, so no vote is taken: run this as the user of the service,"
                f" or give that user {file.parent} and what is in it"
            )
        return
    if not takes_writes(work.session):
        yield _Unsafe(
            "the database takes no changes now, so no vote is taken: it is a standby, or waits for one that"
            " does not confirm. Let CONSULTA_DATABASE name the first one, or see the standby in"
            " docs/operate.md"
        )
    parts = urlsplit(settings.database)
    asked = parse_qs(parts.query)
    away = [each for each in _hosts(parts.hostname or "", asked) if each not in LOOPBACK and each[0] != "/"]
    mode = asked.get("sslmode", [os.environ.get("PGSSLMODE", "")])[0]
    if away and mode not in {"require", "verify-ca", "verify-full"}:
        yield (
            f"votes go to {', '.join(away)} in the clear where that server allows it: add sslmode=verify-full"
            " (or require) to the address in CONSULTA_DATABASE"
        )


def _hosts(named: str, asked: Mapping[str, list[str]]) -> Iterator[str]:
    """Yield the hosts of a database's address: before its path, in its query, or as libpq has them set."""
    for each in asked.get("host") or [named or os.environ.get("PGHOST", "")]:
        for host in each.split(","):
            plain = host.strip("[]") if host.count(":") != 1 else host.partition(":")[0]
            if plain:
                yield plain


def _disk(_work: Work | None, settings: Settings) -> Iterator[str]:
    free = room(settings)
    left = f"{free // 1_000_000} MB are free where data are kept: make room"
    if not has_room(free):
        yield _Unsafe(f"{left}. /salud says failing from 500 MB down, and a full disk takes no votes")
    elif free < ROOM_AT_START:
        yield f"{left}, since /salud says failing from 500 MB down, and a full disk takes no votes"


def _people(work: Work, settings: Settings) -> Iterator[str]:
    known = administrators(work.session)
    if not known:
        yield (
            "no administrator has begun an account yet: open the link that consulta init printed, or run it"
            " again for another; if other people have accounts, consulta staff link ADDRESS"
        )
    elif len(known) == 1:
        yield (
            "there is one administrator, whose password alone opens everything and whose absence closes it:"
            " invite a second one on the page Staff"
        )
    if settings.second_factor != "required":
        yield "CONSULTA_SECOND_FACTOR=optional lets a password alone sign in: unset it"
    elif without := [str(each.id) for each in known if not each.second_step]:
        yield (
            f"administrators without a second step (accounts {', '.join(without)}): they set one up when they"
            " sign in next"
        )
    if unread := accounts_acts.unreadable(work):
        yield (
            f"the secret of this installation does not open the keys for codes of accounts"
            f" {', '.join(map(str, unread))}: set the former one in CONSULTA_OLD_SECRETS, or print each"
            " person a new link with consulta staff link"
        )
    if settings.two_persons == "no":
        yield "CONSULTA_TWO_PERSONS=no lets one person open, close and publish alone: unset it"


def _promises(work: Work, settings: Settings) -> Iterator[str]:
    """Yield which settings, and what a demonstration left, make less of what pages promise."""
    hours = "Unset it, or give them at least"
    if settings.objection_hours < OBJECTION_HOURS:
        yield (
            f"CONSULTA_OBJECTION_HOURS={settings.objection_hours} leaves organisations little or no time"
            f" to object to a vote that is not theirs before the result is final. {hours}"
            f" {OBJECTION_HOURS} hours"
        )
    if settings.change_wait_hours < CHANGE_WAIT:
        yield (
            f"CONSULTA_CHANGE_WAIT_HOURS={settings.change_wait_hours} lets a new address vote before an"
            f" organisation has read of it and can object. {hours} {CHANGE_WAIT} hours"
        )
    if settings.small_cell < SMALL_CELL:
        yield (
            f"CONSULTA_SMALL_CELL={settings.small_cell} publishes figures of so few ballots that a reader"
            f" can tell who voted how: unset it, or set {SMALL_CELL} or more"
        )
    if settings.link_files:
        yield (
            "CONSULTA_LINK_FILES=yes lets staff download the links by which others vote: unset it wherever"
            " mail can be sent"
        )
    if settings.head_mails == "no":
        yield "CONSULTA_HEAD_MAILS=no: scrutineers get no heads of the log by mail to compare: unset it"
    if (left := settings.data / catalogue.DEMO_PASSWORDS).exists():
        yield f"{left} has passwords and links of a demonstration in the clear: delete it"
    if accounts := open_accounts(work.session, catalogue.DEMO_ACCOUNTS.values()):
        yield (
            f"accounts of the demonstration can sign in ({', '.join(accounts)}): begin with an empty"
            " data folder, or disable them with consulta staff disable ADDRESS"
        )


def _mail(work: Work, settings: Settings) -> Iterator[str]:
    mail = settings.mail
    if not mail.host:
        if not settings.link_files:
            yield (
                "no mail server is set, so no link reaches anybody: set it at the desk (First steps), or"
                " CONSULTA_SMTP_HOST and CONSULTA_MAIL_SENDER"
            )
        return
    if mail.test_address:
        yield f"all mail goes to {mail.test_address} (CONSULTA_MAIL_TEST_ADDRESS): unset it"
    if mail.tls == "none" and mail.host not in LOOPBACK:
        yield (
            f"mails with links that vote go to {mail.host} in the clear: set"
            " CONSULTA_SMTP_TLS=starttls or tls"
        )
    if not trial.is_tested(work, mail):
        yield "no mail was sent on trial with these settings: consulta mail test ADDRESS"


def _backups(work: Work, settings: Settings) -> Iterator[str]:
    kept = settings.backups
    if kept.folder is None:
        yield "no backups are taken: set CONSULTA_BACKUP_FOLDER, or switch them on at the desk (First steps)"
        return
    if late := backups.late(work, kept):
        last = f"the newest is of {late.last:%Y-%m-%d %H:%M} UTC" if late.last else "there is none yet"
        yield f"the newest backup is late ({last}): look at the log of the worker, or run consulta backup"
    if not kept.recipients:
        yield "backups are not encrypted: consulta backup --new-key FILE, and set CONSULTA_BACKUP_RECIPIENT"
    elif clear := backups.in_the_clear(kept):
        yield (
            f"{clear} of the backups kept are not encrypted, from before CONSULTA_BACKUP_RECIPIENT was set:"
            f" delete {kept.folder}/*.backup once a newer one is there"
        )
    if left := backups.not_copied(kept):
        yield (
            f"CONSULTA_BACKUP_COMMAND did not copy the newest backup ({left}): run it by hand with that file,"
            " then consulta backup"
        )
    if not kept.command and _disk_of(kept.folder) == _disk_of(settings.data):
        yield (
            "backups lie on the disk of the data and are copied nowhere: set"
            " CONSULTA_BACKUP_COMMAND, or a folder"
            " on another disk"
        )


def _log(work: Work, settings: Settings) -> Iterator[str]:
    state = signing.state_of(settings.data, checkpoints.verifiers(work.session))
    if state in KEY_TOLD:
        yield KEY_TOLD[state]
    if not witnesses(work.session):
        yield (
            "no witness holds the heads of the log: ask a member organisation to run testigo.py from"
            " /log, and"
            " register its key"
        )
        return
    signed, held = newest_checkpoint(work.session), newest_cosigned(work.session)
    if held is None:
        yield "witnesses are registered, and none has cosigned a head: testigo.py is to run there each hour"
    elif signed is not None and signed - held >= UNHELD:
        yield (
            f"no witness has cosigned a head since that of {held:%Y-%m-%d %H:%M} UTC: ask them whether"
            " testigo.py still runs there each hour"
        )


def _worker(work: Work, _settings: Settings) -> Iterator[str]:
    if store_beat(work.session) is None:
        yield "no worker was ever seen: consulta serve runs one, or run consulta worker"
    elif is_worker_silent(work):
        yield "no worker was seen for five minutes: nothing opens, closes or is sent. Start consulta worker"


def _rounds(work: Work, _settings: Settings) -> Iterator[str]:
    for key in rounds_without_scrutineers(work.session):
        yield (
            f"round {key} has no scrutineer who can sign in: appoint one on its page Scrutineers before"
            " voting begins; one who was appointed begins the account by the link in the mail"
        )


def _dimensions(_work: Work | None, settings: Settings) -> Iterator[str]:
    for dimension in settings.dimensions:
        for language, keys in dimension.unnamed.items():
            what = ", ".join(f"category {key}" if key else "its own" for key in keys)
            shown = next(each for each in settings.languages if each in dimension.names)
            yield (
                f"names of dimension {dimension.key} are missing in {language} ({what}), so pages in it"
                f" show all of its names in {shown}: write them into the file of dimensions"
            )


def _opened(path: Path) -> int:
    """Return the bits of the mode of a file or folder; 0 where there is none, or modes mean nothing."""
    try:
        return stat.S_IMODE(path.stat().st_mode) if os.name == "posix" else 0
    except OSError:
        return 0


def _disk_of(path: Path) -> int:
    """Return the number of the disk that a folder is on, or would be on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.stat().st_dev


LOOKS: tuple[Callable[[Work, Settings], Iterator[str]], ...] = (
    *(_address, _files, _database, _disk, _people, _promises),
    *(_mail, _backups, _log, _worker, _rounds, _dimensions),
)
# Those that need no database.
ALONE: dict[object, Callable[[None, Settings], Iterator[str]]] = {
    each: each for each in (_address, _files, _disk, _dimensions)
}
