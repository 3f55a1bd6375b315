"""The profile of the organiser as a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import g, render_template
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    EmailField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    ValidationError,
)
from wtforms.validators import Length, Optional

from consulta.accounts import staff
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.platform import texts
from consulta.platform.data import catalogue
from consulta.platform.organiser import service
from consulta.platform.organiser.service import LICENCES, LINE_MAX, NAME_MAX, NOTICE_MAX, NOTICES, Profile
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import ConfirmedForm, InEachLanguage, beside, entry_name, own_password
from consulta.platform.web.language import offered, say
from consulta.platform.web.request import reading

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.work import Work


PLAIN = ("address", "email", "phone", "whatsapp", "signer", "licence")
TEXTS = ("name", "tagline", "holders", *NOTICES, "signer_role")


# By these members know who writes to them.
GUARDED = ("name", "email", "phone", "whatsapp", "address", "signer", "signer_role")


class ProfileForm(ConfirmedForm):
    """Who holds the consultations, how to reach them, and what they must say.

    Who that is, and how to reach them (`GUARDED`), changes with the password, and by two persons while a
    round is open.
    """

    is_open = False  # whether a round is open

    places = beside("organiser.email", "organiser.licence", "organiser.logo", "organiser.name")
    name = InEachLanguage(_l("Name"), NAME_MAX, required=True)
    tagline = InEachLanguage(_l("Short description"), LINE_MAX)
    holders = InEachLanguage(_l("Who runs it and who stands behind it"), LINE_MAX)
    logo = FileField(_l("Logo (PNG or JPEG)"), [Optional()])
    without_logo = BooleanField(_l("Take the logo away"))
    email = EmailField(_l("E-mail"), [Optional(), Length(max=LINE_MAX)], render_kw={"autocomplete": "off"})
    phone = TelField(_l("Telephone"), [Optional(), Length(max=LINE_MAX)], render_kw={"autocomplete": "off"})
    whatsapp = TelField("WhatsApp", [Optional(), Length(max=LINE_MAX)], render_kw={"autocomplete": "off"})
    address = TextAreaField(_l("Postal address"), [Optional(), Length(max=LINE_MAX)])
    signer = StringField(_l("Who signs letters"), [Optional(), Length(max=LINE_MAX)])
    signer_role = InEachLanguage(_l("Position of who signs"), LINE_MAX)
    licence = SelectField(_l("Licence of open data"), [Optional()], choices=[])
    about = InEachLanguage(_l("About us"), NOTICE_MAX, area=True)
    criteria = InEachLanguage(_l("Membership criteria"), NOTICE_MAX, area=True)
    privacy = InEachLanguage(_l("Privacy notice"), NOTICE_MAX, area=True)
    accessibility = InEachLanguage(_l("Accessibility statement"), NOTICE_MAX, area=True)
    terms = InEachLanguage(_l("Terms of use"), NOTICE_MAX, area=True)
    password = own_password(_l("Password"), Optional)

    def __init__(self, before: Profile, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.before = before
        self.licence.choices = [(each.code, f"{each.title} ({each.code})") for each in LICENCES]

    def validate_email(self, field: Any) -> None:
        """Raise ValidationError where no mail can go to the address: told with the other faults."""
        if texts.address(field.data) is None:
            raise ValidationError(say(Problem("organiser.email", text=field.data)))

    def validate_logo(self, field: Any) -> None:
        """Raise ValidationError where the file is no logo that can be used."""
        if content := self.picture():
            field.data.seek(0)
            try:
                service.require_logo(content)
            except Problem as problem:
                raise ValidationError(say(problem)) from problem
            if self.needs_two():  # a file does not wait for another person
                raise ValidationError(
                    _(
                        "Choose %(name)s later: a logo is saved apart from what another person confirms.",
                        name=field.data.filename,
                    )
                )

    def to_profile(self) -> Profile:
        """Return the form as a profile, not checked yet."""
        said: dict[str, Any] = {name: self.words_of(name) for name in TEXTS}
        said |= {name: self[name].data or "" for name in PLAIN}
        return Profile(**said)

    def changes(self) -> list[tuple[str, str]]:
        """Return what changes of who the organiser is: label, and the words before and after."""
        after = self.to_profile()
        return [
            (str(self[place].label.text), f"{old or _('no text')} → {new or _('no text')}")
            for name in GUARDED
            for place, old, new in self._pairs(name, getattr(self.before, name), getattr(after, name))
            if texts.paragraphs(old).casefold() != texts.paragraphs(new).casefold()
        ]

    def _pairs(self, name: str, old: Text | str, new: Text | str) -> list[tuple[str, str, str]]:
        if isinstance(old, Text) and isinstance(new, Text):
            return [(entry_name(name, code), old.get(code, ""), new.get(code, "")) for code in offered()]
        return [(name, str(old), str(new))]

    def is_confirmed(self) -> bool:
        """Return whether the password is right, or nothing is changed that needs it."""
        return not self.changes() or super().is_confirmed()

    def needs_two(self) -> bool:
        """Return whether it changes who the organiser is while a round is open."""
        return self.is_open and bool(self.changes())

    def picture(self) -> bytes | None:
        """Return the content of the new logo, or None where no file was chosen."""
        return self.logo.data.read() if self.logo.data and self.logo.data.filename else None


def filled(said: Profile) -> dict[str, Any]:
    """Return the form data of a profile."""
    return {name: getattr(said, name) for name in TEXTS + PLAIN} | {
        "licence": said.licence or LICENCES[0].code
    }


@blueprint.route("/organiser", methods=["GET", "POST"], may="organiser.write", two_persons="by setting")
def organiser() -> Response | tuple[str, int]:
    """Show the form of the profile, and save it."""
    with reading() as work:
        said, logo = service.shown(work)
        is_open = service.is_round_open(work)
    form = ProfileForm(said, data=_proposed(said) if not said.written else filled(said)).unless_recent()
    form.is_open, form.tells = is_open, form.changes
    if form.does(lambda work: _save(work, form)):
        return done(_("The profile is saved. Each page, mail and letter shows it from now on."), "start")
    return render_template("organiser/form.html", form=form, logo=logo), form.status


def _save(work: Work, form: ProfileForm) -> None:
    changes = form.changes() if form.is_open else []
    service.save(work, form.to_profile(), form.picture(), without_logo=bool(form.without_logo.data))
    if changes and not g.get("agreed"):
        told = "\n".join(f"{label}: {change}" for label, change in changes)
        act = dict.fromkeys(work.languages, f"\n\n{told}\n\n")
        staff.tell_everybody(work, "organiser", {"who": work.actor.name, "act": act})


def _proposed(said: Profile) -> dict[str, Any]:
    return {**filled(said), **catalogue.notice_drafts(offered())}
