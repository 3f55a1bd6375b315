"""First steps of an installation, each a form of its own on one page; and all that is set at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import quote

from flask import abort, current_app, redirect, render_template, url_for
from wtforms import (
    BooleanField,
    EmailField,
    IntegerField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.accounts.pages.staff import ROLES
from consulta.operations import backups, first_steps
from consulta.platform import accounts, desk_settings, texts
from consulta.platform.access import may
from consulta.platform.data import tongues
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.desk_settings import CHANGE_WAIT_MOST, RATE_MOST, SETTINGS, YES
from consulta.platform.mailer import sender_domain, trial
from consulta.platform.mailer.sender_domain import OTHER, PROVIDERS
from consulta.platform.organiser import service as organiser
from consulta.platform.organiser.service import NAME_MAX
from consulta.platform.settings import CHANGE_WAIT, OBJECTION_HOURS, OBJECTION_MOST
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, Needed, beside
from consulta.platform.web.language import brief, language_name, local
from consulta.platform.web.request import actor, house, now, read, reading, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.platform.desk_settings import Shown
    from consulta.platform.mailer.sender_domain import Finding
    from consulta.platform.settings import MailSettings, Settings
    from consulta.platform.work import Work

ADDRESS_MAX, HOST_MAX, SECRET_MAX = 254, 253, 500
LOOK_UP = "look_up_txt"  # the extension of the app that asks the name service; tests have their own
PATIENCE, WHOLE = 8.0, 25.0  # seconds of a trial: a person waits for it
CONNECTIONS = {
    "587 starttls": _l("Port 587, STARTTLS"),
    "465 tls": _l("Port 465, TLS"),
    "2525 starttls": _l("Port 2525, STARTTLS"),
}
FREE = frozenset(
    {
        "gmail.com",
        "outlook.com",
        "hotmail.com",
        "live.com",
        "yahoo.com",
        "yahoo.es",
        "yahoo.com.br",
        "icloud.com",
    }
)
"""Domains of mailboxes in which an organisation can publish nothing."""

TITLES = {
    "languages": _l("Languages"),
    "name": _l("Your organisation"),
    "mail": _l("E-mail"),
    "second": _l("A second person"),
    "copies": _l("Copies"),
}

# What went wrong in a trial, by the code of its step, with the way out.
TRIAL = {
    "host": _l("No server has this name. Check how it is spelled."),
    "port": _l(
        "The server does not answer on this port. Choose another connection, or ask your mail service."
    ),
    "certificate": _l("The server cannot prove its name, so nothing was sent. Check the name of the server."),
    "encryption": _l("The server does not encrypt in this way. Choose another connection."),
    "machine": _l("The server does not accept connections from this machine. Ask your mail service why."),
    "sign_in": _l(
        "The server did not accept the user name and password. Most services need a password made for"
        " programs, not the one of your mailbox."
    ),
    "sender": _l(
        "The server does not let this account send from this address. Use the address of the account."
    ),
    "later": _l("The server asks to try again in a few minutes."),
    "recipient": _l("The server refuses your own address. Check it in your account."),
    "message": _l(
        "The server did not take the message. It may be missing a record of your domain: look below what is"
        " wrong."
    ),
    "unsure": _l(
        "The server was given the message and did not answer. Look in your mailbox before trying again."
    ),
    "slow": _l("The server did not answer in time. Try again later, or choose another connection."),
    "closed": _l("The server closed the connection. Try again, or ask your mail service why."),
    "failed": _l("The connection failed. Try again, or ask your mail service why."),
}

# What was found in the domain of the sender, by record and code.
FOUND = {
    ("spf", "included"): _l("The domain says that this service may send in its name."),
    ("spf", "not_needed"): _l(
        "Not needed here: this service sends with its own return address, and the signature (DKIM) counts."
    ),
    ("spf", "unsure"): _l(
        "The domain says who may send in its name. Whether your server is among them, its keeper knows."
    ),
    ("spf", "missing"): _l("The domain does not say who may send in its name."),
    ("spf", "not_included"): _l(
        "The domain says who may send in its name, and this service is not among them."
    ),
    ("spf", "anybody"): _l("The domain lets anybody send in its name, so nobody trusts it."),
    ("spf", "several"): _l(
        "The domain has several records of this kind. Only one is allowed, so none counts."
    ),
    ("spf", "long"): _l(
        "The record needs more than ten look-ups, so it does not count. Whoever manages it must shorten it."
    ),
    ("dkim", "signed"): _l("The domain publishes the key with which this service signs."),
    ("dkim", "missing"): _l(
        "The domain does not publish the key with which this service signs. Without it, Gmail and Outlook"
        " distrust an e-mail to many people."
    ),
    ("dkim", "revoked"): _l(
        "The domain has withdrawn the key with which this service signs. Make a new one."
    ),
    ("dkim", "no_selector"): _l(
        "Each server publishes its key under a name of its own, which cannot be guessed. Ask your mail"
        " service whether it signs."
    ),
    ("dmarc", "watching"): _l(
        "The domain asks to be told of those who pretend to be you. You can ask for more once all your e-mail"
        " is signed."
    ),
    ("dmarc", "strict"): _l("The domain says what happens to e-mail from those who pretend to be you."),
    ("dmarc", "missing"): _l(
        "The domain does not say what to do with e-mail from those who pretend to be you. One line is enough;"
        " begin without refusing anything."
    ),
    ("dmarc", "several"): _l(
        "The domain has several records of this kind. Only one is allowed, so none counts."
    ),
    ("dmarc", "unreadable"): _l("The record has a mistake, so it does not count."),
}
SILENT = _l("The domain did not answer now. Look again in a few minutes.")
KEY_IS_AT = {
    "google": "Google Admin: Apps, Google Workspace, Gmail, Authenticate email",
    "microsoft": "Microsoft Defender: Email authentication settings, DKIM",
    "brevo": "Brevo: Senders, domains & dedicated IPs, Domains, Authenticate",
    "mailjet": "Mailjet: Account settings, Sender domains & addresses, Authenticate",
}


def _label(name: str) -> Any:
    return lazy_gettext(SETTINGS[name].label)


class LanguagesForm(Form):
    """Which languages are offered, and which comes first."""

    offered = Boxes(_l("Languages of the pages and e-mails"), [InputRequired()], choices=[])
    first = RadioField(_l("The first one, for those who choose none"), [InputRequired()], choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [SelectChoice(code, language_name(code)) for code in tongues.codes()]
        self.offered.choices = self.first.choices = choices

    def validate_first(self, field: Any) -> None:
        """Raise ValidationError where the first language is not offered, or has no pages of the desk."""
        if field.data not in (self.offered.data or ()):
            raise ValidationError(_("The first language must be one of those that are offered."))
        if not tongues.with_desk(self.offered.data or ()):
            names = ", ".join(language_name(code) for code in tongues.with_desk(tongues.codes()))
            raise ValidationError(
                _(
                    "The secretariat's pages exist in these languages; offer one of them: %(names)s.",
                    names=names,
                )
            )

    def values(self) -> dict[str, str]:
        """Return what is stored."""
        rest = [
            code for code in tongues.codes() if code in (self.offered.data or ()) and code != self.first.data
        ]
        return {"languages": " ".join([self.first.data, *rest])}


class NameForm(Form):
    """How the organisation is called; everything else of its profile can wait."""

    places = beside("organiser.name", "organiser.long")
    name = InEachLanguage(_l("Name"), NAME_MAX, required=True)


class MailForm(Form):
    """Which service sends the mail, and as whom."""

    places: ClassVar[dict[str, str]] = {"setting.value": "smtp_host"}
    mail_provider = RadioField(_l("Who handles your e-mail"), [InputRequired()], choices=[])
    mail_sender = EmailField(
        _l("E-mails are sent from"),
        [InputRequired(), Length(max=ADDRESS_MAX)],
        render_kw={"autocomplete": "off"},
    )
    sender_name = StringField(
        _l("Name of the sender"), [Optional(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"}
    )
    smtp_user = StringField(
        _l("User name"), [Needed("sometimes"), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "off"}
    )
    smtp_password = PasswordField(
        _l("Password made for programs"),
        [Needed("sometimes"), Length(max=SECRET_MAX)],
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )
    smtp_host = StringField(
        _l("Server"), [Needed("sometimes"), Length(max=HOST_MAX)], render_kw={"autocomplete": "off"}
    )
    connection = SelectField(
        _l("Connection"), [Optional()], choices=[SelectChoice(*each) for each in CONNECTIONS.items()]
    )

    def __init__(self, before: MailSettings, has_password: bool, **kwargs: Any) -> None:  # noqa: FBT001 - one call
        super().__init__(**kwargs)
        self.before, self.has_password = before, has_password
        self.second_action = "settings.second"
        self.mail_provider.choices = [
            *(SelectChoice(each.key, each.name) for each in PROVIDERS.values()),
            SelectChoice(OTHER, _("Another server")),
        ]

    def validate_mail_sender(self, field: Any) -> None:
        """Raise ValidationError where no mail can come from the address."""
        if not texts.address(field.data):
            raise ValidationError(_("Enter one e-mail address, like secretariat@example.org."))

    def validate_smtp_host(self, field: Any) -> None:
        """Raise ValidationError where another server is chosen and not named."""
        host = (field.data or "").strip()
        if self.mail_provider.data == OTHER and (not host or " " in host or "/" in host):
            raise ValidationError(_("Enter the name of the server, like smtp.example.org."))

    def validate_smtp_user(self, field: Any) -> None:
        """Raise ValidationError where the service has user names of its own and none is given."""
        service = PROVIDERS.get(self.mail_provider.data or "")
        if service and not service.user_is_sender and not (field.data or "").strip():
            raise ValidationError(
                _("Copy the user name from the pages of the service: it is not your address.")
            )

    def validate_smtp_password(self, field: Any) -> None:
        """Raise ValidationError where the password is missing, or was entered for another server."""
        after = self.values()
        same = (after["smtp_host"], after["smtp_user"]) == (self.before.host, self.before.user)
        if field.data or (same and self.has_password):
            return
        if self.has_password:
            raise ValidationError(_("The server or the user name is another one now: enter its password."))
        if after["smtp_user"]:
            raise ValidationError(_("Enter the password."))

    def values(self) -> dict[str, str]:
        """Return what is stored; without the password where none was entered."""
        service = PROVIDERS.get(self.mail_provider.data or "")
        sender = texts.address(self.mail_sender.data or "") or ""
        user = (self.smtp_user.data or "").strip()
        port, _space, tls = (self.connection.data or "587 starttls").partition(" ")
        name = " ".join((self.sender_name.data or "").replace('"', "").replace("\\", "").split())
        values = {
            "smtp_host": service.host if service else (self.smtp_host.data or "").strip().lower(),
            "smtp_port": str(service.port) if service else port,
            "smtp_tls": service.tls if service else tls,
            "smtp_user": sender if service and service.user_is_sender else user,
            "mail_sender": f'"{name}" <{sender}>' if name else sender,
        }
        if self.smtp_password.data:
            values["smtp_password"] = self.smtp_password.data
        return values


class CopiesForm(Form):
    """Whether copies are made on this machine each day."""

    backup_folder = BooleanField(_l("Make a copy on this machine each day"))

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.second_action = "settings.second"


class EmptyForm(Form):
    """A button."""


class SettingsForm(Form):
    """Waits and rates, within the ranges in which they are safe."""

    places: ClassVar[dict[str, str]] = {"setting.promised": "objection_hours"}
    objection_hours = IntegerField(
        _label("objection_hours"), [InputRequired(), NumberRange(OBJECTION_HOURS, OBJECTION_MOST)]
    )
    change_wait_hours = IntegerField(
        _label("change_wait_hours"), [InputRequired(), NumberRange(CHANGE_WAIT, CHANGE_WAIT_MOST)]
    )
    mail_rate = IntegerField(_label("mail_rate"), [InputRequired(), NumberRange(1, RATE_MOST)])
    mail_reply_to = EmailField(_label("mail_reply_to"), [Optional(), Length(max=ADDRESS_MAX)])

    def __init__(self, machine: Settings, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.second_action = "settings.second"
        for field in [*self]:
            if field.short_name in SETTINGS and desk_settings.is_fixed(machine, field.short_name):
                del self[field.short_name]

    def validate_mail_reply_to(self, field: Any) -> None:
        """Raise ValidationError where no mail can go to the address."""
        if field.data and not texts.address(field.data):
            raise ValidationError(_("Enter one e-mail address, like secretariat@example.org."))

    def values(self) -> dict[str, str]:
        """Return what is stored."""
        return {each.short_name: str(each.data or "").strip() for each in self if each.short_name in SETTINGS}


def init_app(app: Any) -> None:
    """Let the first page say which of the first steps wait."""
    app.jinja_env.globals["first_steps_missing"] = missing
    app.jinja_env.globals["may_set"] = lambda: may(actor(), "settings.write")


def missing() -> list[tuple[str, str]]:
    """Return title and address of each first step that is not done, for who may do it."""
    settings = house().settings
    return [
        (str(TITLES[step.key]), url_for("secretariat.first_steps", _anchor=step.key))
        for step in read(first_steps.missing, settings)
    ]


@blueprint.get("/first-steps", endpoint="first_steps", may="settings.write", password=True)
def first_steps_page() -> str:
    """Show what is to be done once, and what of it is done."""
    return _page()


@blueprint.post("/first-steps/languages", may="settings.write", password=True)
def set_languages() -> Response | tuple[str, int]:
    """Change the languages that are offered."""
    form = LanguagesForm()
    if form.does(lambda work: desk_settings.change(work, house().machine, form.values())):
        return _back("languages", _("The languages are saved."))
    return _page(languages=form), form.status


@blueprint.post("/first-steps/name", may="organiser.write", password=True)
def set_name() -> Response | tuple[str, int]:
    """Name the organiser, once: afterwards its name changes in the profile, as all of it does."""
    form = NameForm()
    with reading() as work:
        if organiser.profile(work).written or organiser.is_round_open(work):
            return redirect(url_for("secretariat.organiser"), 303)
    if form.does(lambda work: organiser.save(work, organiser.Profile(name=form.words_of("name")))):
        return _back("name", _("The name is saved. Each page and e-mail shows it from now on."))
    return _page(name=form), form.status


@blueprint.post("/first-steps/mail", may="settings.write", password=True, two_persons="by setting")
def set_mail() -> Response | tuple[str, int] | str:
    """Change the mail server and the sender, and send a mail on trial to who did it."""
    form = _mail_form()

    def save(work: Work) -> Settings:
        machine, values = house().machine, form.values()
        service = PROVIDERS.get(form.mail_provider.data or "")
        if service and not desk_settings.is_fixed(machine, "mail_rate"):
            values["mail_rate"] = str(service.rate)
        desk_settings.change(work, machine, values)
        return desk_settings.current(work, machine)

    if form.does(save):
        if not may(actor(), "settings.write"):  # the second person, who sees no settings
            return done(_("The settings are saved."), "start")
        return _page(trial=_tried(form.outcome), settings=form.outcome)
    return _page(mail=form), form.status


@blueprint.post("/first-steps/trial", may="mail.test", password=True)
def try_mail() -> str | tuple[str, int]:
    """Send a mail on trial to the account's own address."""
    form = EmptyForm()
    if form.validate_on_submit() and house().settings.mail.host:
        return _page(trial=_tried(house().settings))
    return _page(), form.status


@blueprint.post("/first-steps/domain", may="settings.write", password=True)
def look_at_domain() -> str | tuple[str, int]:
    """Ask what the domain of the sender says of its mail."""
    form, settings = EmptyForm(), house().settings
    if not form.validate_on_submit() or not settings.mail.host:
        return _page(), form.status
    ask = current_app.extensions.get(LOOK_UP) or sender_domain.look_up
    provider = _provider(settings.mail)
    return _page(
        domain=_domain(sender_domain.findings(settings.mail.sender, provider, ask), settings, provider)
    )


@blueprint.post("/first-steps/copies", may="settings.write", password=True, two_persons="by setting")
def set_copies() -> Response | tuple[str, int]:
    """Switch copies on this machine on or off."""
    form = CopiesForm()
    value = YES if form.backup_folder.data else ""
    if form.does(lambda work: desk_settings.change(work, house().machine, {"backup_folder": value})):
        return _back(
            "copies",
            _("The first copy is being made: reload this page in a minute.")
            if value
            else _("No more copies are made here."),
        )
    return _page(copies=form), form.status


@blueprint.post("/first-steps/copy", may="settings.write", password=True)
def copy_now() -> Response:
    """Ask for a copy now."""
    write(desk_settings.ask_for_copy)
    return _back("copies", _("A copy is being made: reload this page in a minute."))


@blueprint.route(
    "/settings", methods=["GET", "POST"], may="settings.write", password=True, two_persons="by setting"
)
def settings() -> Response | tuple[str, int]:
    """Show all that is set at the desk, who set it, and change waits and rates."""
    machine, present = house().machine, _present()
    _require_real(present)
    before = {
        "objection_hours": present.objection_hours,
        "change_wait_hours": present.change_wait_hours,
        "mail_rate": present.mail.rate,
        "mail_reply_to": present.mail.reply_to,
    }
    form = SettingsForm(machine, data=before)

    def save(work: Work) -> None:
        values = form.values()
        if values.get("mail_reply_to") in {present.mail.sender, None}:
            values.pop("mail_reply_to", None)
        changed = {name: value for name, value in values.items() if value != str(before[name])}
        desk_settings.change(work, machine, changed)

    if form.does(save):
        return done(_("The settings are saved."), "settings" if may(actor(), "settings.write") else "start")
    shown = read(desk_settings.listed, machine)
    rows = [(_(each.setting.label), _in_words(each), _who(each)) for each in shown]
    return render_template("settings/all.html", form=form, rows=rows), form.status


def _page(settings: Settings | None = None, **given: Any) -> str:
    """Return the page; `given` are forms that were sent, and what came of a trial or a look."""
    machine, present = house().machine, settings or _present()
    _require_real(present)
    with reading() as work:
        steps = first_steps.steps(work, present)
        profile = organiser.profile(work)
        invited = first_steps.invited(work)
        me = accounts.person(work, actor().id or 0)
        is_open = organiser.is_round_open(work)
    return render_template(
        "settings/first_steps.html",
        titles=TITLES,
        done={step.key: step.is_done for step in steps},
        left=sum(not step.is_done for step in steps),
        settings=present,
        fixed={name: by for name in SETTINGS if (by := desk_settings.fixed_by(machine, name))},
        profile=profile,
        is_open=is_open,
        invited=invited,
        me=me,
        roles={role: ROLES[role] for role in ("admin", "secretariat")},
        newest=backups.newest(present.backups, now()),
        languages_form=given.get("languages")
        or LanguagesForm(
            formdata=None, data={"offered": list(present.languages), "first": present.languages[0]}
        ),
        name_form=given.get("name") or NameForm(formdata=None),
        mail_form=given.get("mail") or _mail_form(formdata=None),
        copies_form=given.get("copies")
        or CopiesForm(formdata=None, data={"backup_folder": bool(present.backups.folder)}),
        button=EmptyForm(formdata=None),
        trial=given.get("trial"),
        domain=given.get("domain"),
        own_domain=present.mail.sender.rpartition("@")[2],
        providers=PROVIDERS,
    )


def _present() -> Settings:
    """Return the settings as they are at this moment, also where another process has changed them."""
    return read(desk_settings.current, house().machine)


def _require_real(settings: Settings) -> None:
    """Answer 404 in a practice, whose settings are those of the installation."""
    if settings.practice:
        abort(404)


def _back(step: str, said: str) -> Response:
    """Return the way to a step; for a second person, who sees no settings, to the first page."""
    if not may(actor(), "settings.write"):
        return done(said, "start")
    response = done(said, "first_steps")
    response.headers["Location"] += f"#{step}"
    return response


def _mail_form(**kwargs: Any) -> MailForm:
    """Return the form of the mail server, filled with what is used now."""
    present = _present()
    mail, name = present.mail, local(read(organiser.profile).name)
    stored = {
        "mail_provider": _provider(mail) if mail.host else "google",
        "mail_sender": mail.sender if mail.host else "",
        "sender_name": mail.sender_name or (name if not mail.host else ""),
        "smtp_user": mail.user,
        "smtp_host": mail.host,
        "connection": f"{mail.port} {mail.tls}",
    }
    return MailForm(mail, bool(mail.password), data=stored, **kwargs)


def _provider(mail: MailSettings) -> str:
    """Return the key of the service whose server this is."""
    return next((each.key for each in PROVIDERS.values() if each.host == mail.host), OTHER)


def _tried(settings: Settings) -> dict[str, Any]:
    """Send a mail on trial to the account's own address, and return what came of it in words."""
    address = read(lambda work: accounts.person(work, actor().id or 0)).email
    last = [*trial.steps(settings.mail, trial.message(settings, address, now()), PATIENCE, WHOLE)][-1]
    if last.well:
        write(trial.keep, settings.mail)
    return {
        "well": last.well,
        "address": address,
        "words": "" if last.well else TRIAL[last.code],
        "answer": last.answer,
    }


def _domain(found: tuple[Finding, ...], settings: Settings, provider: str) -> dict[str, Any]:
    """Return what was found in the domain of the sender, in words, with a text for who keeps it."""
    domain = settings.mail.sender.rpartition("@")[2]
    lines = []
    for each in found:
        if each.verdict != "bad" or not each.name:
            continue
        if each.value and each.found:
            lines.append(
                _("Replace the TXT record of %(name)s with: %(value)s", name=each.name, value=each.value)
            )
        elif each.value:
            lines.append(_("Add a TXT record at %(name)s: %(value)s", name=each.name, value=each.value))
        elif each.record == "dkim":
            lines.append(
                _("Add at %(name)s the record that I send you separately (the DKIM key).", name=each.name)
            )
        else:
            lines.append(
                _("Shorten the SPF record of %(name)s: it needs more than ten look-ups.", name=each.name)
            )
    text = ""
    if lines:
        numbered = "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))
        hello = _(
            "Hello. So that our e-mail arrives, please change these records in the DNS of %(domain)s:",
            domain=domain,
        )
        text = "\n".join([hello, numbered, _("Please leave the other records as they are. Thank you.")])
    return {
        "domain": domain,
        "is_free": domain in FREE,
        "found": [
            (
                each.record.upper(),
                each.verdict,
                SILENT if each.code == "silent" else FOUND[each.record, each.code],
            )
            for each in found
        ],
        "key_place": KEY_IS_AT.get(provider, "")
        if any(each.record == "dkim" and each.verdict == "bad" for each in found)
        else "",
        "text": text,
        "mailto": f"mailto:?subject={quote('DNS ' + domain)}&body={quote(text)}",
    }


def _in_words(shown: Shown) -> str:
    """Return the value of a setting as people read it; of a secret, whether there is one."""
    name, value = shown.setting.name, shown.value
    if shown.setting.secret:
        return _("set; it is not shown") if shown.stored else _("not set")
    words: dict[str, Callable[[], str]] = {
        "languages": lambda: ", ".join(language_name(code) for code in value.split()),
        "backup_folder": lambda: _("yes") if value else _("no"),
    }
    return words[name]() if name in words and (value or name == "backup_folder") else value or _("not set")


def _who(shown: Shown) -> str:
    """Return who set a setting: the machine, or a person and when; empty where nobody did."""
    if shown.fixed_by:
        return _("set on the server: %(variable)s", variable=shown.fixed_by)
    if shown.stored is None:
        return _("as installed")
    by = shown.stored.staff
    when = brief(shown.stored.changed_at, DEFAULT_ZONE)
    return f"{by.name or by.email}, {when}" if by else when
