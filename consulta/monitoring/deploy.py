"""Whether an installation can be opened to the public: what is unsafe, what is weak, each with the way out.

What is unsafe keeps the program from serving; what is weak is told, and people decide. Settings that
are unsafe in themselves, such as a weak secret or a public address without https, are refused where they are
read (`infra/settings.py`).
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qs, urlsplit

from consulta.accounts import factors
from consulta.backups import service as backups
from consulta.infra.access import require
from consulta.infra.log import checkpoints, signing
from consulta.infra.settings import LOOPBACK, SettingsError
from consulta.mailer import trial
from consulta.monitoring import health, queries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from consulta.infra.settings import Settings
    from consulta.infra.work import Work

ROOM = 2 * health.ROOM  # bytes: enough to notice before votes are refused
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
    database = _database_file(settings)
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
    for look in (_address, _files, _database, _people, _mail, _backups, _log, _worker, _rounds):
        told = [Finding("weak", look.__name__[1:], text) for text in look(work, settings) if text]
        subject = look.__name__[1:]
        known = any(each.subject == subject for each in found)
        yield from told or ([] if known else [Finding("well", subject, WELL[subject])])


WELL = {
    "address": "pages are reached over https, by a proxy that is known",
    "files": "folder, database and keys are for their owner alone",
    "database": "the connection stays on this machine or is encrypted",
    "people": "two administrators or more, each with a second step",
    "mail": "a mail server is set, and a mail was sent on trial with these settings",
    "backups": "taken, encrypted and copied elsewhere",
    "log": "heads are signed, and others hold them",
    "worker": "a worker was seen just now, and there is room on the disk",
    "rounds": "each round that is open or planned has a scrutineer",
}


def _address(_work: Work, settings: Settings) -> Iterator[str]:
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


def _files(_work: Work, settings: Settings) -> Iterator[str]:
    places = [settings.data, *settings.data.glob("*.sqlite3*"), *settings.data.glob("*.backup*")]
    places += [settings.mail_folder, signing.path_in(settings.data)]
    places += [settings.backups.folder] if settings.backups.folder else []
    if (database := _database_file(settings)) is not None and database not in places:
        places.append(database)
    for place in places:
        if _opened(place) & (OTHERS | GROUP):
            mode = "700" if place.is_dir() else "600"
            yield f"others than its owner can read {place}: chmod {mode} {place}"
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        yield "this runs as root: make a user for consulta alone, and give that user the data folder"


def _database(_work: Work, settings: Settings) -> Iterator[str]:
    parts = urlsplit(settings.database)
    if not parts.scheme.startswith("postgresql") or (parts.hostname or "localhost") in LOOPBACK:
        return
    if parse_qs(parts.query).get("sslmode", [""])[0] not in {"require", "verify-ca", "verify-full"}:
        yield (
            f"votes go to {parts.hostname} in the clear where that server allows it: add ?sslmode=verify-full"
            " (or require) to CONSULTA_DATABASE"
        )


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
    if not kept.command and _disk(kept.folder) == _disk(settings.data):
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


def _worker(work: Work, settings: Settings) -> Iterator[str]:
    if queries.beat(work.session) is None:
        yield "no worker was ever seen: consulta serve runs one, or run consulta worker"
    elif health.is_worker_silent(work):
        yield "no worker was seen for five minutes: nothing opens, closes or is sent. Start consulta worker"
    free = disk_usage(settings.data).free
    if free < ROOM:
        yield (
            f"{free // 1_000_000} MB are free where the data are: make room, since below 500 MB the state is"
            " failing, and a full disk takes no votes"
        )


def _rounds(work: Work, _settings: Settings) -> Iterator[str]:
    for key in queries.rounds_without_scrutineers(work.session):
        yield f"round {key} has no scrutineer: appoint one on its page Scrutineers before voting begins"


def _database_file(settings: Settings) -> Path | None:
    """Return the file of an SQLite database; None for another one."""
    name = settings.database.removeprefix("sqlite:///")
    return Path(name) if name not in {settings.database, "", ":memory:"} else None


def _opened(path: Path) -> int:
    """Return the bits of the mode of a file or folder; 0 where there is none, or modes mean nothing."""
    try:
        return stat.S_IMODE(path.stat().st_mode) if os.name == "posix" else 0
    except OSError:
        return 0


def _disk(path: Path) -> int:
    """Return the number of the disk that a folder is on, or would be on."""
    while not path.exists() and path != path.parent:
        path = path.parent
    return path.stat().st_dev
