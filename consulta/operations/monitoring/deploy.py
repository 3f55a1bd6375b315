"""Whether an installation can be opened to the public: what is unsafe, what is weak, each with the way out.

What is unsafe in files and settings keeps the program from serving; a full disk and a database that takes no
changes do not, since they may pass; what is weak is told, and people decide. Settings that
are unsafe in themselves, such as a weak secret or a public address without https, are refused where they are
read (`platform/settings.py`).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

from consulta.operations.backups import service as backups
from consulta.operations.monitoring import health, queries
from consulta.platform.access import require
from consulta.platform.accounts import factors
from consulta.platform.data import catalogue
from consulta.platform.log import checkpoints, signing
from consulta.platform.mailer import trial
from consulta.platform.settings import CHANGE_WAIT, LOOPBACK, OBJECTION_HOURS, SMALL_CELL, SettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Work

ROOM = 2 * health.ROOM  # bytes: enough to notice before votes are refused
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
    if not queries.takes_writes(work.session):
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
    free = health.room(settings)
    left = f"{free // 1_000_000} MB are free where data are kept: make room"
    if not health.has_room(free):
        yield _Unsafe(f"{left}. /salud says failing from 500 MB down, and a full disk takes no votes")
    elif free < ROOM:
        yield f"{left}, since /salud says failing from 500 MB down, and a full disk takes no votes"


def _people(work: Work, settings: Settings) -> Iterator[str]:
    known = queries.administrators(work.session)
    if not known:
        yield (
            "no administrator has begun an account yet: open the link that consulta init printed, or print"
            " one with consulta staff link ADDRESS, or consulta staff add ADDRESS --name NAME --role admin"
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
    if unread := factors.unreadable(work):
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
    if accounts := queries.open_accounts(work.session, catalogue.DEMO_ACCOUNTS.values()):
        yield (
            f"accounts of the demonstration can sign in ({', '.join(accounts)}): begin with an empty"
            " data folder, or disable them with consulta staff disable ADDRESS"
        )


def _mail(work: Work, settings: Settings) -> Iterator[str]:
    mail = settings.mail
    if not mail.host:
        if not settings.link_files:
            yield (
                "no mail server is set, so no link reaches anybody: set CONSULTA_SMTP_HOST and"
                " CONSULTA_MAIL_SENDER"
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
        yield "no backups are taken: set CONSULTA_BACKUP_FOLDER"
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
    if not queries.witnesses(work.session):
        yield (
            "no witness holds the heads of the log: ask a member organisation to run testigo.py from"
            " /log, and"
            " register its key"
        )
        return
    signed, held = queries.newest_checkpoint(work.session), queries.newest_cosigned(work.session)
    if held is None:
        yield "witnesses are registered, and none has cosigned a head: testigo.py is to run there each hour"
    elif signed is not None and signed - held >= UNHELD:
        yield (
            f"no witness has cosigned a head since that of {held:%Y-%m-%d %H:%M} UTC: ask them whether"
            " testigo.py still runs there each hour"
        )


def _worker(work: Work, _settings: Settings) -> Iterator[str]:
    if queries.beat(work.session) is None:
        yield "no worker was ever seen: consulta serve runs one, or run consulta worker"
    elif health.is_worker_silent(work):
        yield "no worker was seen for five minutes: nothing opens, closes or is sent. Start consulta worker"


def _rounds(work: Work, _settings: Settings) -> Iterator[str]:
    for key in queries.rounds_without_scrutineers(work.session):
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
