"""The forms of an application: of the organisation that applies, and of the secretariat that decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.people.admission.service import ABOUT_MAX, REASON_MAX, WEB_MAX
from consulta.people.admission.values import ApplicationCommand, Candidate, PersonCommand
from consulta.people.members.forms import CategorisedForm, with_dimensions
from consulta.people.members.rows import NAME_MAX
from consulta.platform.texts import PHONE_MAX
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import current, language_choices

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


ADDRESS_MAX = 254
SECOND = ("name_2", "email_2", "phone_2")


class _SponsorsForm(Form):
    """A form with fields that name members as sponsors, which are found by their names."""

    SPONSORS: ClassVar[tuple[str, ...]] = ("sponsor_1",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found: dict[str, tuple[Candidate, ...]] = {}

    def look_for(self, find: Callable[[str], Sequence[Candidate]]) -> bool:
        """Find the members that are named, and return whether each name means one.

        Where a name may mean several, or is only like one, these are offered: the number of the one that is
        picked comes in the field `pick_sponsor_1`.
        """
        for name in self.SPONSORS:
            field = self[name]
            if not field.errors:
                field.errors = self._look(field, tuple(find(field.data or "")))
        return not any(self[name].errors for name in self.SPONSORS)

    def _look(self, field: Any, candidates: tuple[Candidate, ...]) -> list[str]:
        picked = [each for each in candidates if str(each.id) == request.form.get(f"pick_{field.name}")]
        exact = [each for each in candidates if each.exact]
        clear = picked or (exact if len(exact) == 1 else [])
        self._found[field.name] = tuple(clear) or candidates
        if clear:
            field.data = clear[0].name
            return []
        return [
            _("Choose the member that you mean.")
            if candidates
            else _("No member has this name. Write it as the list of members has it.")
        ]

    def offered(self, name: str) -> tuple[Candidate, ...]:
        """Return the members among whom one is to be picked for a field."""
        return self._found.get(name, ()) if self[name].errors else ()

    @property
    def chosen(self) -> tuple[int, ...]:
        """Return the ids of the members that the names mean."""
        return tuple(self._found[name][0].id for name in self.SPONSORS if self._found.get(name))


class ApplicationForm(_SponsorsForm, CategorisedForm):
    """An organisation that applies to become a member; sponsors are members, found by their names."""

    SPONSORS: ClassVar[tuple[str, ...]] = ("sponsor_1", "sponsor_2")
    places = beside(
        "member.name",
        "member.country",
        "member.sector",
        "admission.person",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        "admission.other_names",
        "admission.about",
        "admission.web",
        "admission.consents",
        person="member.contact.name",
        email_2="contact.duplicate",
        accepted="admission.accepts",
        sponsor_1=("admission.sponsors", "admission.no_sponsor", "admission.own_sponsor"),
        sponsor_2="admission.same_sponsor",
    )

    name = StringField(
        _l("Name of the organisation"),
        [InputRequired(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "organization"},
    )
    other_names = StringField(_l("Acronym or name in other languages"), [Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    about = TextAreaField(_l("What it does"), [InputRequired(), Length(max=ABOUT_MAX)])
    web = StringField(
        _l("Web site"), [Length(max=WEB_MAX)], render_kw={"inputmode": "url", "autocapitalize": "none"}
    )
    person = StringField(
        _l("Name of the contact person"),
        [InputRequired(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("E-mail"), [InputRequired(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "email"}
    )
    phone = TelField(_l("Telephone"), [Length(max=PHONE_MAX)], render_kw={"autocomplete": "tel"})
    language = RadioField(_l("Language to write in"), [InputRequired()])
    name_2 = StringField(_l("Name of the second person"), [Length(max=NAME_MAX)])
    email_2 = EmailField(_l("E-mail of the second person"), [Optional(), Length(max=ADDRESS_MAX)])
    phone_2 = TelField(_l("Telephone of the second person"), [Length(max=PHONE_MAX)])
    sponsor_1 = StringField(_l("First sponsor"), [InputRequired(), Length(max=NAME_MAX)])
    sponsor_2 = StringField(_l("Second sponsor"), [InputRequired(), Length(max=NAME_MAX)])
    accepted = BooleanField(_l("The organisation accepts the criteria of membership"))
    consents = BooleanField(
        _l("The persons named here agree that their data are kept to decide on this application")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = language_choices()
        self.accepted.flags.required = self.consents.flags.required = True

    @property
    def second(self) -> bool:
        """Return whether anything of a second person is written."""
        return any(self[name].data or self[name].errors for name in SECOND)

    def to_command(self, criteria: str) -> ApplicationCommand:
        """Return the application in the form as a command."""
        language = self.language.data or current()
        people = [
            PersonCommand(self.person.data or "", self.email.data or "", self.phone.data or "", language)
        ]
        if any((self[name].data or "").strip() for name in SECOND):
            people.append(
                PersonCommand(
                    self.name_2.data or "", self.email_2.data or "", self.phone_2.data or "", language
                )
            )
        return ApplicationCommand(
            name=self.name.data or "",
            other_names=self.other_names.data or "",
            country=self.country.data or "",
            categories=self.categories,
            about=self.about.data or "",
            web=self.web.data or "",
            people=tuple(people),
            sponsors=self.chosen,
            language=language,
            criteria=criteria,
            accepts=bool(self.accepted.data),
            consents=bool(self.consents.data),
        )


def application_form(data: dict[str, Any]) -> ApplicationForm:
    """Return the form of an application, with the dimensions that the installation adds."""
    return with_dimensions(ApplicationForm)(data=data)


class AnswerForm(Form):
    """The applicant's answer to the question of the secretariat."""

    places: ClassVar[dict[str, str]] = {"admission.answer": "answer"}

    answer = TextAreaField(_l("Your answer"), [InputRequired(), Length(max=REASON_MAX)])


class SponsorForm(_SponsorsForm):
    """Another sponsor in place of one."""

    places = beside(sponsor_1=("admission.same_sponsor", "admission.no_sponsor", "admission.own_sponsor"))

    sponsor_1 = StringField(_l("Another member organisation"), [InputRequired(), Length(max=NAME_MAX)])


class DecisionForm(Form):
    """What the secretariat decides; which button was pressed says what of it counts."""

    places = beside("admission.question", "admission.reason", "admission.day")

    seen = HiddenField()
    day = DateField(_l("Day of admission"), [Optional()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])
    question = TextAreaField(_l("Question"), [Optional(), Length(max=REASON_MAX)])
