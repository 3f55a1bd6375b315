"""Settings that administrators change at the desk: which there are, how they are stored, and who reads them.

A variable of the environment goes before what is stored. What is stored is read in one statement: by the
worker in each round and for each mail, for pages as `platform/web/kept.py` says. Nothing has to be restarted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import formataddr
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from consulta.core.problems import Problem
from consulta.platform.access import require
from consulta.platform.keyring import Keyring, UnreadableError
from consulta.platform.messages import N_
from consulta.platform.models import Organiser, Round, Setting
from consulta.platform.settings import (
    CHANGE_WAIT,
    OBJECTION_HOURS,
    OBJECTION_MOST,
    MailSettings,
    SettingsError,
    read_languages,
    read_mailbox,
)
from consulta.platform.work import ANONYMOUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from consulta.platform.settings import Settings
    from consulta.platform.work import Bench, Work

RATE_MOST = 600  # mails a minute
CHANGE_WAIT_MOST = 720  # hours
FOLDER = "backups"  # of the data folder: where copies lie that were switched on at the desk
YES = "yes"
ASKED, TESTED = "backup_asked_at", "mail_tested"  # kept like settings, and set by what happens


@dataclass(frozen=True, slots=True)
class DeskSetting:
    """A setting of the desk: how it is called and stored, and within which range a number is safe.

    The variable that goes before it is `CONSULTA_` and its name in capitals; where it belongs to a `group`,
    any variable of the group goes before all of them, so that no half of a mail server is of each. What is
    `secret` is stored encrypted and shown to nobody. What is `promised` to the members of a round does not
    change while one is open.
    """

    name: str
    label: str
    group: str = ""
    least: int = 0
    most: int = 0  # 0: this is no number
    secret: bool = False
    promised: bool = False

    @property
    def variable(self) -> str:
        """Return the variable of the environment that goes before it."""
        return f"CONSULTA_{self.name.upper()}"


SETTINGS = {
    each.name: each
    for each in (
        DeskSetting("languages", N_("Languages")),
        DeskSetting("smtp_host", N_("Mail server"), "mail"),
        DeskSetting("smtp_port", N_("Port of the mail server"), "mail", 1, 65_535),
        DeskSetting("smtp_tls", N_("Encryption of the connection"), "mail"),
        DeskSetting("smtp_user", N_("User name at the mail server"), "mail"),
        DeskSetting("smtp_password", N_("Password of the mail server"), "mail", secret=True),
        DeskSetting("mail_sender", N_("Sender of e-mails"), "mail"),
        DeskSetting("mail_reply_to", N_("Address for replies")),
        DeskSetting("mail_rate", N_("E-mails per minute"), "", 1, RATE_MOST),
        DeskSetting(
            "objection_hours",
            N_("Hours for objections, from the end of voting to publication"),
            "",
            OBJECTION_HOURS,
            OBJECTION_MOST,
            promised=True,
        ),
        DeskSetting(
            "change_wait_hours",
            N_("Hours before a new voting address takes effect"),
            "",
            CHANGE_WAIT,
            CHANGE_WAIT_MOST,
            promised=True,
        ),
        DeskSetting("backup_folder", N_("Daily copies on this machine")),
    )
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A setting as its page shows it: its value, and the variable by which the machine sets it.

    A secret has no value here: `stored` says that there is one.
    """

    setting: DeskSetting
    value: str
    fixed_by: str
    stored: Setting | None


def is_fixed(settings: Settings, name: str) -> bool:
    """Return whether a variable of the environment goes before this setting."""
    return bool(fixed_by(settings, name))


def fixed_by(settings: Settings, name: str) -> str:
    """Return the variable of the environment that goes before this setting; empty where none does."""
    setting = SETTINGS[name]
    alike = [each for each in SETTINGS.values() if setting.group and each.group == setting.group]
    variables = [each.variable for each in [setting, *alike]]
    return next((each for each in variables if each in settings.fixed), "")


def over(settings: Settings, stored: Mapping[str, str], keys: Keyring | None) -> Settings:
    """Return the settings of the environment with what is stored at the desk where it sets nothing.

    A password that no key opens is left empty: the mail server then refuses, and mail waits.
    """
    used = {
        name: value for name, value in stored.items() if name not in SETTINGS or not is_fixed(settings, name)
    }
    if not used:
        return settings
    mail = _mail(settings.mail, used, keys)
    backups = settings.backups
    if used.get("backup_folder") == YES:
        backups = replace(backups, folder=folder(settings))
    if ASKED in used:
        backups = replace(backups, asked_at=datetime.fromisoformat(used[ASKED]))
    return replace(
        settings,
        languages=tuple(used["languages"].split()) if "languages" in used else settings.languages,
        mail=mail,
        backups=backups,
        objection_hours=int(used.get("objection_hours", settings.objection_hours)),
        change_wait_hours=int(used.get("change_wait_hours", settings.change_wait_hours)),
        # Nobody is handed a link that can be sent.
        link_files=settings.link_files and "smtp_host" not in used,
    )


def folder(settings: Settings) -> Path:
    """Return the folder for copies that were switched on at the desk."""
    return settings.data / FOLDER


def _mail(mail: MailSettings, used: Mapping[str, str], keys: Keyring | None) -> MailSettings:
    if "smtp_host" in used:
        mail = replace(
            mail,
            host=used["smtp_host"],
            port=int(used.get("smtp_port", mail.port)),
            tls=used.get("smtp_tls", mail.tls),
            user=used.get("smtp_user", ""),
            password=_opened(used.get("smtp_password", ""), keys),
        )
    if "mail_sender" in used:
        name, address = read_mailbox("mail_sender", used["mail_sender"])
        replies = address if mail.reply_to == mail.sender else mail.reply_to
        mail = replace(mail, sender=address, sender_name=name, reply_to=replies)
    return replace(
        mail,
        reply_to=used.get("mail_reply_to") or mail.reply_to,
        rate=int(used.get("mail_rate", mail.rate)),
    )


def _opened(stored: str, keys: Keyring | None) -> str:
    if not stored or keys is None:
        return ""
    try:
        return keys.decrypt(stored, "smtp_password")
    except UnreadableError:
        return ""


def _rows(work: Work) -> dict[str, Setting]:
    return {row.name: row for row in work.session.scalars(select(Setting))}


def current(work: Work, settings: Settings) -> Settings:
    """Return the settings as they are now, with one statement; `settings` are those of the environment."""
    require(work, "settings.use")
    return over(settings, stored_values(work), work.keyring)


def stored_values(work: Work) -> dict[str, str]:
    """Return what is stored, by name; secrets as they are stored."""
    require(work, "settings.use")
    return {row.name: row.value for row in work.session.execute(select(Setting.name, Setting.value))}


def refreshed(bench: Bench, settings: Settings, now: datetime) -> Settings:
    """Return the settings as they are now, and let people be written to in the languages that they name.

    Problem: `store.unavailable`.
    """
    with bench.read(ANONYMOUS, now, streamed=False) as work:
        found = current(work, settings)
    if found.languages != settings.languages or bench.speaks_as_set:
        bench.languages, bench.speaks_as_set = found.languages, True
    return found


def listed(work: Work, settings: Settings) -> tuple[Shown, ...]:
    """Return all settings of the desk in their order, with who changed them."""
    require(work, "settings.write")
    query = select(Setting).options(joinedload(Setting.staff))
    rows = {row.name: row for row in work.session.scalars(query)}
    now = over(settings, {name: row.value for name, row in rows.items()}, work.keyring)
    values = _values(now)
    return tuple(
        Shown(each, values.get(each.name, ""), fixed_by(settings, each.name), rows.get(each.name))
        for each in SETTINGS.values()
    )


def _values(settings: Settings) -> dict[str, str]:
    """Return the values of settings as they are stored; without what is secret."""
    mail = settings.mail
    return {
        "languages": " ".join(settings.languages),
        "smtp_host": mail.host,
        "smtp_port": str(mail.port),
        "smtp_tls": mail.tls,
        "smtp_user": mail.user,
        "mail_sender": formataddr((mail.sender_name, mail.sender)),
        "mail_reply_to": mail.reply_to,
        "mail_rate": str(mail.rate),
        "objection_hours": str(settings.objection_hours),
        "change_wait_hours": str(settings.change_wait_hours),
        "backup_folder": YES if settings.backups.folder else "",
    }


def change(work: Work, settings: Settings, values: Mapping[str, str]) -> None:
    """Store values under the names of `SETTINGS`; an empty one takes what was stored away.

    `settings` are those of the environment. A password that is encrypted already is stored as it is. All are
    changed together or none. Problems: `setting.fixed` (the machine sets it), `setting.value`,
    `setting.range`, `setting.promised` (a round is open).
    """
    require(work, "settings.write")
    rows = _rows(work)
    before = {name: row.value for name, row in rows.items()}
    after = dict(before)
    for name, value in values.items():
        setting = SETTINGS[name]
        if is_fixed(settings, name):
            raise Problem("setting.fixed", name=fixed_by(settings, name))
        _require_in_range(setting, value)
        if value:
            after[name] = sealed(work.keys, value, name) if setting.secret else value
        else:
            after.pop(name, None)
    changed = [name for name in values if before.get(name) != after.get(name)]
    if any(SETTINGS[name].promised for name in changed) and _is_any_open(work):
        raise Problem("setting.promised")
    _require_usable(settings, after, work.keys)
    for name in changed:
        put(work, name, after.get(name, ""))
    if changed:
        work.record("settings.changed", "settings", {"changed": changed})


def _require_in_range(setting: DeskSetting, value: str) -> None:
    if not setting.most or not value:
        return
    if not value.isdecimal() or not setting.least <= int(value) <= setting.most:
        raise Problem("setting.range", name=setting.name, least=setting.least, most=setting.most)


def _require_usable(settings: Settings, stored: Mapping[str, str], keys: Keyring) -> None:
    """Raise Problem `setting.value` where the program could not work with what is to be stored."""
    try:
        if "languages" in stored:
            read_languages({"CONSULTA_LANGUAGES": stored["languages"]})
        if stored.get("mail_reply_to"):
            read_mailbox("mail_reply_to", stored["mail_reply_to"])
        if "smtp_host" in stored:
            given = {SETTINGS[name].variable: value for name, value in stored.items() if name in SETTINGS}
            given |= {"CONSULTA_SMTP_PASSWORD": _opened(stored.get("smtp_password", ""), keys)}
            MailSettings.from_env(given, settings.host)
    except SettingsError as error:
        raise Problem("setting.value") from error


def _is_any_open(work: Work) -> bool:
    return work.session.scalar(select(Round.id).where(Round.state == "open").limit(1)) is not None


def sealed(keys: Keyring, value: str, name: str) -> str:
    """Return a secret encrypted, as it is stored and as a form may carry it; one that is sealed stays."""
    try:
        keys.decrypt(value, name)
    except UnreadableError:
        return keys.encrypt(value, name)
    return value


def put(work: Work, name: str, value: str) -> None:
    """Store a value without looking at it, in the actor's name; an empty one is taken away."""
    row = work.session.get(Setting, name)
    if not value:
        if row is not None:
            work.session.delete(row)
    elif row is None:
        row = Setting(name=name, value=value, changed_at=work.now, staff_id=work.actor.staff_id)
        work.session.add(row)
    else:
        row.value, row.changed_at, row.staff_id = value, work.now, work.actor.staff_id
    work.session.flush()


def is_untouched(work: Work) -> bool:
    """Return whether nothing was set in this installation yet, nor the organiser named."""
    require(work, "settings.use")
    if work.practice:
        return False
    found = (select(Setting.name).where(Setting.name.in_(SETTINGS)), select(Organiser.id))
    return all(work.session.scalar(query.limit(1)) is None for query in found)


def ask_for_copy(work: Work) -> None:
    """Let the worker take a backup at its next look."""
    require(work, "settings.write")
    put(work, ASKED, work.now.isoformat())
    work.record("backup.asked", "backup")


def encrypt_again(work: Work) -> None:
    """Encrypt with the present secret what a former one encrypted."""
    require(work, "factors.encrypt")
    for row in work.session.scalars(select(Setting).where(Setting.name.in_(_secrets()))):
        if not work.keys.is_current(row.value, row.name):
            try:
                row.value = work.keys.encrypt(work.keys.decrypt(row.value, row.name), row.name)
            except UnreadableError:
                continue  # of no secret of ours: the mail server refuses, and the page says so


def _secrets() -> Iterable[str]:
    return [each.name for each in SETTINGS.values() if each.secret]
