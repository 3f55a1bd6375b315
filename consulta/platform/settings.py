"""Settings: read once from the environment, frozen, and refused where they would be unsafe.

What administrators may change at the desk comes after them: `platform/desk_settings.py`.
"""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import getaddresses
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args
from urllib.parse import urlsplit

from zxcvbn import zxcvbn

from consulta.platform.data import attributes, ballot_fields, dimensions, tongues
from consulta.platform.paths import data_dir

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

Kind = TypeVar("Kind")
BASE_URL = "http://127.0.0.1:8000"
SMALL_CELL = 5  # published breakdowns hide counts of people below this
MAIL_RATE = 60  # messages a minute
OBJECTION_HOURS = 72  # from the closing until a result may be published
OBJECTION_MOST = 24 * 60  # two months
CHANGE_WAIT = 24  # hours between the notice of another address that could vote, and its link
HeadMails = Literal["daily", "hourly", "acts", "no"]
Roll = Literal[
    "public", "members"
]  # who reads the names on a round's roll: everybody, or those who take part
SecondFactor = Literal["required", "optional"]
TwoPersons = Literal["auto", "yes", "no"]
LogFormat = Literal["text", "json"]
PORTS = {"starttls": 587, "tls": 465, "none": 25}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
SECRET_LENGTH = 32
SECRET_VARIETY = 8  # different characters
GUESSED, SECRET_GUESSES = 40, 20  # characters that are looked at; powers of ten of what guessing would cost
MAILBOX = re.compile(r"[^@\s<>]+@[^@\s<>]+")
RECIPIENT = re.compile(r"age1[02-9ac-hj-np-z]{58}")
KEPT_MOST = 36_500  # days that anything is kept: a hundred years
# Days for which things are kept, by the kind of erasure: `operations/retention.py`,
# `docs/retention.md`.
KEPT_BY_VARIABLE = {
    "CONSULTA_KEEP_MAIL_TEXTS": 90,
    "CONSULTA_KEEP_MAIL_ADDRESSES": 365,
    "CONSULTA_KEEP_UPLOADS": 90,
    "CONSULTA_KEEP_SIGN_INS": 90,
    "CONSULTA_KEEP_LINKS": 365,
    "CONSULTA_KEEP_SECOND_STEPS": 30,
    "CONSULTA_KEEP_PENDING_ACTS": 90,
    "CONSULTA_KEEP_FORMER_ADDRESSES": 90,
    "CONSULTA_KEEP_CONTACTS": 730,
    "CONSULTA_KEEP_STAFF": 730,
    "CONSULTA_KEEP_INSTITUTIONS": 365,
    "CONSULTA_KEEP_FOCAL_POINTS": 365,
    "CONSULTA_KEEP_CORRECTIONS": 180,
    "CONSULTA_KEEP_APPLICATIONS": 180,
    "CONSULTA_KEEP_ROLL_CONTACTS": 365,
    "CONSULTA_KEEP_GUEST_NOTES": 180,
    "CONSULTA_KEEP_NOMINEES": 730,
    "CONSULTA_KEEP_EVALUATION_PEOPLE": 90,
    "CONSULTA_KEEP_FOLLOW_UP_REQUESTS": 365,
}
KEPT = {name.removeprefix("CONSULTA_KEEP_").lower(): days for name, days in KEPT_BY_VARIABLE.items()}
KEPT_LEAST = {"former_addresses": 30}  # a round that opens tells addresses of the month before
WEAK = frozenset({"secret", "changeme", "change-me", "development", "consulta", "password"})


class SettingsError(Exception):
    """A setting is missing or unsafe; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How mail leaves: by the server at `host`, or as files in the data folder where there is none."""

    sender: str = "consulta@localhost"
    sender_name: str = ""
    reply_to: str = "consulta@localhost"
    host: str = ""
    port: int = PORTS["starttls"]
    tls: str = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    rate: int = MAIL_RATE
    test_address: str = ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str], site: str) -> MailSettings:
        """Return the settings of mail; `site` is the host name of the pages.

        Raise SettingsError if one is not valid or not safe.
        """
        host = environ.get("CONSULTA_SMTP_HOST", "").strip()
        tls = environ.get("CONSULTA_SMTP_TLS", "").strip().lower() or "starttls"
        if tls not in PORTS:
            raise SettingsError(f"CONSULTA_SMTP_TLS must be starttls, tls or none, not {tls!r}")
        said = environ.get("CONSULTA_MAIL_SENDER", "").strip()
        if host and not said:
            raise SettingsError(
                "CONSULTA_SMTP_HOST needs CONSULTA_MAIL_SENDER, like Mecanismo <voto@example.org>"
            )
        name, sender = read_mailbox("CONSULTA_MAIL_SENDER", said or f"consulta@{site}")
        user, password = (
            environ.get("CONSULTA_SMTP_USER", "").strip(),
            _private(
                environ,
                "CONSULTA_SMTP_PASSWORD",
                "CONSULTA_SMTP_PASSWORD_FILE",
                "password of the mail server",
            ),
        )
        if bool(user) != bool(password):
            raise SettingsError(
                "CONSULTA_SMTP_USER and CONSULTA_SMTP_PASSWORD go together: set both or neither"
            )
        if user and tls == "none" and host not in LOOPBACK:
            raise SettingsError(
                "CONSULTA_SMTP_TLS=none would send the password of the mail server in the clear"
            )
        return cls(
            sender=sender,
            sender_name=name,
            reply_to=read_mailbox(
                "CONSULTA_MAIL_REPLY_TO", environ.get("CONSULTA_MAIL_REPLY_TO", "") or sender
            )[1],
            host=host,
            port=_whole(environ, "CONSULTA_SMTP_PORT", PORTS[tls], least=1, most=65_535),
            tls=tls,
            user=user,
            password=password,
            rate=_whole(environ, "CONSULTA_MAIL_RATE", MAIL_RATE, least=1),
            test_address=read_mailbox("CONSULTA_MAIL_TEST_ADDRESS", test)[1]
            if (test := environ.get("CONSULTA_MAIL_TEST_ADDRESS", "").strip())
            else "",
        )


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """The organisation's identity provider, by OpenID Connect."""

    issuer: str
    client: str
    secret: str = field(default="", repr=False)  # none: a public client, which PKCE alone protects
    name: str = ""  # as people call it
    acr: tuple[str, ...] = ()  # classes of authentication that count as two steps

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> ProviderSettings | None:
        """Return the settings of the identity provider; None where none is set.

        Raise SettingsError if one is missing or not safe, or if the packages are missing.
        """
        issuer = environ.get("CONSULTA_OIDC_ISSUER", "").strip()
        client = environ.get("CONSULTA_OIDC_CLIENT", "").strip()
        if bool(issuer) != bool(client):
            raise SettingsError(
                "CONSULTA_OIDC_ISSUER and CONSULTA_OIDC_CLIENT go together: set both or neither"
            )
        if not issuer:
            return None
        parts = urlsplit(issuer)
        if (
            not parts.hostname
            or parts.query
            or parts.fragment
            or not _is_encrypted(parts.scheme, parts.hostname)
        ):
            raise SettingsError(
                f"CONSULTA_OIDC_ISSUER must be like https://login.example.org, not {issuer!r}"
            )
        if find_spec("authlib") is None or find_spec("requests") is None:
            raise SettingsError("CONSULTA_OIDC_ISSUER needs packages: pip install 'consulta[oidc]'")
        secret = _private(
            environ, "CONSULTA_OIDC_SECRET", "CONSULTA_OIDC_SECRET_FILE", "secret of the identity provider"
        ).strip()
        name = " ".join(environ.get("CONSULTA_OIDC_NAME", "").split())[:60]
        return cls(issuer, client, secret, name, tuple(environ.get("CONSULTA_OIDC_ACR", "").split()))


@dataclass(frozen=True, slots=True)
class BackupSettings:
    """Where the worker puts backups, for whom they are encrypted, and what is run with each."""

    folder: Path | None = None  # None: the worker takes none
    recipients: tuple[str, ...] = ()  # of age; none: backups are not encrypted
    command: str = ""  # a program that gets the path of each backup as its only argument
    asked_at: datetime | None = None  # when a backup was last asked for at the desk

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> BackupSettings:
        """Return the settings of backups.

        Raise SettingsError if a recipient is none of age, if its package is missing, or if the command is
        no path of a program.
        """
        recipients = tuple(environ.get("CONSULTA_BACKUP_RECIPIENT", "").replace(",", " ").split())
        if not all(RECIPIENT.fullmatch(each) for each in recipients):  # perhaps a key: it is not repeated
            raise SettingsError("CONSULTA_BACKUP_RECIPIENT must be recipients of age, each age1 and 58 signs")
        if recipients and find_spec("pyrage") is None:
            raise SettingsError("CONSULTA_BACKUP_RECIPIENT needs a package: pip install 'consulta[backup]'")
        folder = environ.get("CONSULTA_BACKUP_FOLDER", "").strip()
        command = _command(environ, "CONSULTA_BACKUP_COMMAND")
        return cls(Path(folder).expanduser().resolve() if folder else None, recipients, command)


@dataclass(frozen=True, slots=True)
class Settings:
    """All that can be set from outside. `docs/operate.md` explains each variable."""

    data: Path
    database: str
    secret: str = field(repr=False)
    old_secrets: tuple[str, ...] = field(default=(), repr=False)
    base_url: str = BASE_URL
    behind_proxy: bool = False
    subdomains: bool = False  # whether browsers are told to use https for all names below this one
    small_cell: int = SMALL_CELL
    objection_hours: int = OBJECTION_HOURS
    roll: Roll = "public"
    link_files: bool = False  # whether staff may download personal links: only where there is no mail
    mail: MailSettings = field(default_factory=MailSettings)
    backups: BackupSettings = field(default_factory=BackupSettings)
    message_command: str = ""  # a program that sends one message by SMS or WhatsApp
    change_wait_hours: int = CHANGE_WAIT
    kept_days: Mapping[str, int] = field(default_factory=lambda: dict(KEPT), hash=False)
    second_factor: SecondFactor = "required"  # of staff and scrutineers
    two_persons: TwoPersons = "auto"  # for what cannot be undone; auto: where two can
    log_format: LogFormat = "text"
    head_mails: HeadMails = "daily"  # when scrutineers get heads of the log by mail
    metrics_token: str = field(default="", repr=False)  # none: figures are for programs on this machine
    provider: ProviderSettings | None = None  # at which staff may sign in
    dimensions: tuple[dimensions.Dimension, ...] = ()  # that the installation adds: `docs/dimensions.md`
    attributes: tuple[attributes.Attribute, ...] = ()  # of persons: `docs/attributes.md`
    ballot_fields: tuple[ballot_fields.BallotField, ...] = ()  # of the ballot: `docs/ballot.md`
    languages: tuple[str, ...] = field(default_factory=tongues.codes)  # that are offered, the first one first
    documents_queued: bool = False  # PDFs are made by the worker; else by the process that is asked
    practice: bool = False  # whether this is a place for practice, below the address of an installation
    # Names of variables that are set: what is set at the desk comes after them.
    fixed: frozenset[str] = field(default=frozenset(), compare=False)

    @property
    def origin(self) -> str:
        """Return scheme, host and port of the base address: what stands before a path of a page."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def change_wait(self) -> timedelta:
        """Return how long contacts can object before another address gets a link to vote."""
        return timedelta(hours=self.change_wait_hours)

    @property
    def database_file(self) -> Path | None:
        """Return the file of an SQLite database; None for a database of another kind."""
        name = self.database.removeprefix("sqlite:///")
        return Path(name) if name not in {self.database, "", ":memory:"} else None

    @property
    def mail_folder(self) -> Path:
        """Return the folder for mails that are written to files."""
        return self.data / "mail"

    @property
    def secure(self) -> bool:
        """Return whether pages are reached over https, as the base address says."""
        return urlsplit(self.base_url).scheme == "https"

    @property
    def host(self) -> str:
        """Return the only host name that requests may name."""
        return urlsplit(self.base_url).hostname or ""

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Settings:
        """Return the settings from the variables named `CONSULTA_…`.

        Raise SettingsError if one is missing, not valid or not safe.
        """
        folder = data_dir(environ)
        secret = environ.get("CONSULTA_SECRET") or _private_text(
            Path(environ.get("CONSULTA_SECRET_FILE") or folder / "secret"),
            "there is no secret: run `consulta init`, or set CONSULTA_SECRET or",
        )
        _require_strong(secret)
        base_url = environ.get("CONSULTA_BASE_URL", BASE_URL).rstrip("/")
        parts = urlsplit(base_url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query:
            raise SettingsError(
                f"CONSULTA_BASE_URL must be like https://consulta.example.org, not {base_url!r}"
            )
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise SettingsError(
                f"CONSULTA_BASE_URL must begin with https:// for {parts.hostname}: without it, votes and "
                "sessions would be sent in the clear (http is for 127.0.0.1 and localhost)"
            )
        languages = read_languages(environ)
        return cls(
            data=folder,
            database=environ.get("CONSULTA_DATABASE") or f"sqlite:///{folder / 'consulta.sqlite3'}",
            secret=secret,
            old_secrets=tuple(environ.get("CONSULTA_OLD_SECRETS", "").split()),
            base_url=base_url,
            behind_proxy=_flag(environ, "CONSULTA_BEHIND_PROXY"),
            subdomains=_flag(environ, "CONSULTA_HTTPS_SUBDOMAINS"),
            small_cell=_whole(environ, "CONSULTA_SMALL_CELL", SMALL_CELL),
            objection_hours=_whole(environ, "CONSULTA_OBJECTION_HOURS", OBJECTION_HOURS, most=OBJECTION_MOST),
            roll=_choice(environ, "CONSULTA_ROLL", Roll),
            link_files=_link_files(environ),
            mail=MailSettings.from_env(environ, parts.hostname),
            backups=BackupSettings.from_env(environ),
            message_command=_command(environ, "CONSULTA_MESSAGE_COMMAND"),
            change_wait_hours=_whole(environ, "CONSULTA_CHANGE_WAIT_HOURS", CHANGE_WAIT, least=1, most=720),
            kept_days={
                name: _whole(
                    environ, f"CONSULTA_KEEP_{name.upper()}", days, KEPT_LEAST.get(name, 1), KEPT_MOST
                )
                for name, days in KEPT.items()
            },
            second_factor=_choice(environ, "CONSULTA_SECOND_FACTOR", SecondFactor),
            two_persons=_choice(environ, "CONSULTA_TWO_PERSONS", TwoPersons),
            head_mails=_choice(environ, "CONSULTA_HEAD_MAILS", HeadMails),
            log_format=_choice(environ, "CONSULTA_LOG_FORMAT", LogFormat),
            metrics_token=_metrics_token(environ),
            provider=ProviderSettings.from_env(environ),
            dimensions=_declared(
                environ.get("CONSULTA_DIMENSIONS", ""),
                folder / "dimensions.toml",
                partial(dimensions.read, offered=languages),
            ),
            attributes=_declared(
                environ.get("CONSULTA_ATTRIBUTES", ""),
                folder / "attributes.toml",
                partial(attributes.read, offered=languages),
            ),
            ballot_fields=_declared(
                environ.get("CONSULTA_BALLOT", ""),
                folder / "ballot.toml",
                partial(ballot_fields.read, offered=languages),
            ),
            languages=languages,
            documents_queued=_choice(environ, "CONSULTA_DOCUMENTS", Literal["worker", "here"]) == "worker",
            fixed=frozenset(
                name for name, value in environ.items() if name.startswith("CONSULTA_") and value.strip()
            ),
        )


def _is_encrypted(scheme: str, host: str) -> bool:
    """Return whether an address is https, or http of this machine itself."""
    return scheme == "https" or (scheme == "http" and host in LOOPBACK)


def _choice(environ: Mapping[str, str], name: str, choices: Any) -> Any:
    """Return the value of a setting, one of a type `Literal`; the first of it where none is set.

    Raise SettingsError for any other value.
    """
    known: tuple[str, ...] = get_args(choices)
    value = environ.get(name, "").strip().lower() or known[0]
    if value not in known:
        raise SettingsError(f"{name} must be {' or '.join(known)}, not {value!r}")
    return value


def _metrics_token(environ: Mapping[str, str]) -> str:
    """Return the token with which figures are read from other machines; empty where there is none.

    Raise SettingsError if it can be guessed or others can read its file.
    """
    token = _private(environ, "CONSULTA_METRICS_TOKEN", "CONSULTA_METRICS_TOKEN_FILE", "token").strip()
    if token and (len(token) < SECRET_LENGTH or len(set(token)) < SECRET_VARIETY):
        raise SettingsError(f"CONSULTA_METRICS_TOKEN needs {SECRET_LENGTH} or more varied characters")
    return token


def _declared(named: str, usual: Path, read: Callable[[str], tuple[Kind, ...]]) -> tuple[Kind, ...]:
    """Return what the installation adds, read from the file that is `named`, else from the `usual` one.

    Empty if nothing is named and there is no usual file. Raise SettingsError if the named file does not
    exist, or a file cannot be used.
    """
    path = Path(named.strip() or usual)
    if not path.is_file():
        if named.strip():
            raise SettingsError(f"CONSULTA_{usual.stem.upper()} names {path}, which is no file")
        return ()
    try:
        return read(path.read_text(encoding="utf-8"))
    except (dimensions.DimensionsError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: {error}") from error


def read_languages(environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return the codes of the languages that are offered, the first one first; all if none are set.

    Raise SettingsError if one is not in the list of languages or is named twice, or if the secretariat's
    pages exist in none of them.
    """
    wanted = tuple(environ.get("CONSULTA_LANGUAGES", "").replace(",", " ").lower().split())
    if not wanted:
        return tongues.codes()
    unknown = [code for code in wanted if code not in tongues.codes()]
    if unknown or len(set(wanted)) != len(wanted):
        raise SettingsError(
            f"CONSULTA_LANGUAGES must be codes from {', '.join(tongues.codes())}, each once and the first"
            f" one first, not {' '.join(wanted)!r}"
        )
    if not tongues.with_desk(wanted):
        raise SettingsError(
            "CONSULTA_LANGUAGES needs a language in which the secretariat's pages are:"
            f" {' or '.join(tongues.with_desk(tongues.codes()))}"
        )
    return wanted


def _link_files(environ: Mapping[str, str]) -> bool:
    """Return whether personal links are handed out as files.

    Raise SettingsError if a mail server is set, by which the links could be sent.
    """
    wanted = _flag(environ, "CONSULTA_LINK_FILES")
    if wanted and environ.get("CONSULTA_SMTP_HOST", "").strip():
        raise SettingsError(
            "CONSULTA_LINK_FILES is for places without mail: it does not go together with CONSULTA_SMTP_HOST"
        )
    return wanted


def _flag(environ: Mapping[str, str], name: str) -> bool:
    value = environ.get(name, "").strip().lower()
    if value not in {"", "0", "1", "no", "yes", "false", "true"}:
        raise SettingsError(f"{name} must be yes or no, not {value!r}")
    return value in {"1", "yes", "true"}


def _command(environ: Mapping[str, str], name: str) -> str:
    """Return the path of a program, or "" if none is set. Raise SettingsError if it cannot be run."""
    command = environ.get(name, "").strip()
    if command and not (Path(command).is_absolute() and os.access(command, os.X_OK)):
        raise SettingsError(
            f"{name} must be the whole path of one program, without arguments, that can be run,"
            f" not {command!r}"
        )
    return command


def _whole(environ: Mapping[str, str], name: str, default: int, least: int = 0, most: int = 2**31 - 1) -> int:
    value = environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal() or not least <= int(value) <= most:
        raise SettingsError(f"{name} must be a whole number from {least} to {most}, not {value!r}")
    return int(value)


def read_mailbox(name: str, value: str) -> tuple[str, str]:
    """Return the name and the address of a mailbox such as `Mecanismo <voto@example.org>`.

    Raise SettingsError, with the name of the variable, if the value is not one address.
    """
    found = getaddresses([value])
    person, address = found[0]
    if len(found) != 1 or not MAILBOX.fullmatch(address) or "\n" in value:
        raise SettingsError(f"{name} must be an e-mail address, not {value!r}")
    return person, address


def _private(environ: Mapping[str, str], name: str, file: str, what: str) -> str:
    """Return a secret of the environment, or of the private file that the variable `file` names."""
    if path := environ.get(file):
        return _private_text(Path(path), f"there is no {what}: {file} is")
    return environ.get(name, "")


def _private_text(path: Path, missing: str) -> str:
    """Return the text of a file that only its owner can read.

    A credential of systemd is guarded by its folder, and its mode may show an access list. Raise
    SettingsError if the file is missing or if others can read it.
    """
    if not path.is_file():
        raise SettingsError(f"{missing} {path}")
    guarded = os.environ.get("CREDENTIALS_DIRECTORY") == str(path.parent)
    if os.name == "posix" and not guarded and stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise SettingsError(f"others can read {path}: run chmod 600 on it")
    return path.read_text(encoding="utf-8").strip()


def _require_strong(secret: str) -> None:
    plain = len(secret) < SECRET_LENGTH or secret.lower() in WEAK or len(set(secret)) < SECRET_VARIETY
    # Repeated or running signs are varied and guessed all the same; the library looks at the beginning.
    if plain or zxcvbn(secret[:GUESSED])["guesses_log10"] < SECRET_GUESSES:
        raise SettingsError(
            f"the secret is too weak: it needs {SECRET_LENGTH} or more characters that are not repeated or in"
            " a row. Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
