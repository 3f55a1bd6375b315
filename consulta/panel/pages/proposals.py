"""A nominee as a form; after opening only how to reach them; and the upload of a file of them."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Self, TypeVar

from wtforms import (
    BooleanField,
    EmailField,
    Field,
    IntegerField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from consulta.core.problems import Problem
from consulta.core.ranges import RANGES
from consulta.panel.proposals import (
    ABOUT_MAX,
    ADDRESS_FORM_MAX,
    DETAILS,
    NAME_MAX,
    SPEAKS_FOR_MOST,
    ContactCommand,
    NomineeCommand,
)
from consulta.platform.data import attributes, catalogue
from consulta.platform.labels import name_of, name_of_dimension
from consulta.platform.texts import line
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Boxes, Form, beside
from consulta.platform.web.language import alphabetical, language_choices, local, offered, say

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from consulta.rounds.values import ThemeLine


Kind = TypeVar("Kind", bound="NomineeForm")
SPEAKS_FOR_MAX = (NAME_MAX + 1) * SPEAKS_FOR_MOST  # a name a line


class ContactForm(Form):
    """How to reach a nominee, form of address, whom they speak for, of which government, and consents."""

    places = beside(
        "nominee.address_form",
        "nominee.delegate",
        "nominee.email",
        "nominee.family_name",
        "nominee.given_name",
        "nominee.government",
        "nominee.language",
        "nominee.languages",
        "nominee.phone",
        "nominee.post",
        "nominee.speaks_for",
        government="nominee.government_role",
    )

    email = EmailField(_l("E-mail"), [Optional(), Length(max=254)])
    language = RadioField(_l("Language for messages"), [InputRequired()], default=lambda: offered()[0])
    languages = Boxes(_l("Languages spoken"))
    address_form = StringField(_l("Form of address"), [Optional(), Length(max=ADDRESS_FORM_MAX)])
    post = StringField(_l("Post"), [Optional(), Length(max=DETAILS["post"])])
    given_name = StringField(_l("Given name"), [Optional(), Length(max=DETAILS["given_name"])])
    family_name = StringField(_l("Family name"), [Optional(), Length(max=DETAILS["family_name"])])
    phone = TelField(_l("Telephone"), [Optional(), Length(max=DETAILS["phone"])])
    delegate = StringField(_l("Who represents the institution"), [Optional(), Length(max=NAME_MAX)])
    speaks_for = TextAreaField(_l("Speaks on behalf of"), [Optional(), Length(max=SPEAKS_FOR_MAX)])
    government = SelectField(_l("Government it belongs to"), [Optional()], default="")
    consent_contact = BooleanField(_l("Agrees to be written to about this session"))
    consent_listed = BooleanField(_l("Agrees to be on the lists of those invited"))
    consent_governments = BooleanField(_l("Agrees to be named to governments that take part"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = language_choices()
        self.languages.choices = {each.key: local(each.name) for each in catalogue.languages()}
        self.government.choices = {"": _("None, or unknown")}

    def offer_governments(self, named: Iterable[tuple[str, str]]) -> None:
        """Let one of these governments be chosen (key, name)."""
        self.government.choices = {"": _("None, or unknown")} | dict(named)

    def to_contact(self) -> ContactCommand:
        """Return the form as a command."""
        return ContactCommand(**self._values(ContactCommand))

    def _values(self, command: type[ContactCommand]) -> dict[str, Any]:
        """Return what was entered in the fields that a command has, by name, as the command has it."""
        names = {each.name for each in fields(command)}
        return {each.name: _entered(each) for each in self if each.name in names}


def _entered(field: Field) -> Any:
    """Return the data of a field as commands have them."""
    if isinstance(field, (BooleanField, IntegerField)):
        return field.data
    if isinstance(field, Boxes):
        return tuple(field.data or ())
    if isinstance(field, TextAreaField):  # one a line
        return tuple(filter(None, map(line, (field.data or "").splitlines())))
    return (field.data or "").strip()


class NomineeForm(ContactForm):
    """All data of a nominee for the panel."""

    places = ContactForm.places | beside(
        "nominee.about",
        "nominee.country",
        "nominee.gender",
        "nominee.kind",
        "nominee.name",
        "nominee.organisation",
        "nominee.recent",
        "nominee.role",
        "nominee.sector",
        "nominee.support",
        topics="nominee.topic",
        distinct="nominee.twin",
    )

    kind = RadioField(_l("Person or institution proposed"), [InputRequired()], default="person")
    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    organisation = StringField(_l("Organisation or institution"), [InputRequired(), Length(max=NAME_MAX)])
    about = StringField(_l("Who the person is, in one line"), [Optional(), Length(max=ABOUT_MAX)])
    role = SelectField(_l("Role on the panel"), [InputRequired()])
    country = SelectField(
        _l("Country"),
        [
            InputRequired(
                _l(
                    "Choose a country: the panel is balanced by it. For someone representing the "
                    "whole region, choose the country where the institution is based."
                )
            )
        ],
    )
    sector = SelectField(_l("Sector"), [InputRequired()])
    gender = SelectField(_l("Gender, as stated by the person"), [Optional()])
    topics = Boxes(_l("Themes"))
    recent = IntegerField(_l("Times on the last two panels"), [Optional(), NumberRange(*RANGES["recent"])])
    support = IntegerField(_l("Support from outside"), [Optional(), NumberRange(*RANGES["support"])])
    distinct = BooleanField(_l("They are two people with the same name"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = {"": _("Choose")}
        self.kind.choices = {"person": _("A person"), "institution": _("An institution")}
        self.role.choices = choose | {role.key: local(role.name) for role in catalogue.roles()}
        self.country.choices = choose | dict(placed())
        self.sector.choices = choose | {sector.key: local(sector.name) for sector in catalogue.sectors()}
        self.gender.choices = {"": _("Not stated")} | {g.key: local(g.name) for g in catalogue.genders()}

    @property
    def added(self) -> list[Field]:
        """Return the fields of the attributes that the installation adds."""
        return [each for each in self if attributes.by_field(each.name)]

    @property
    def attributes(self) -> dict[str, str]:
        """Return the chosen value of each attribute that the installation adds; without those not said."""
        return {each.name.removeprefix(attributes.PREFIX): each.data for each in self.added if each.data}

    def offer(self, themes: Iterable[ThemeLine]) -> Self:
        """Let the nominee be proposed for single themes."""
        self.topics.choices = {theme.key: local(theme.title) for theme in themes}
        return self

    def to_command(self) -> NomineeCommand:
        """Return the form as a command."""
        values = self._values(NomineeCommand)
        values["gender"] = values["gender"] or None
        return NomineeCommand(**values | {"attributes": self.attributes})


def placed() -> list[tuple[str, str]]:
    """Return the 33 States (code, name with subregion), in alphabetical order of their names."""
    subregions = catalogue.subregions_by_key()
    named = [
        (each.iso2, f"{local(each.name)} ({local(subregions[catalogue.subregion_of(each.iso2)].name)})")
        for each in catalogue.countries()
    ]
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def in_words(said: Mapping[str, Any], *more: str) -> str:
    """Return in one line the role of a person or institution, what `more` is given, country and subregion."""
    country, subregion = said["country"], catalogue.subregion_of(said["country"])
    place = f"{local(name_of('country', country))} ({local(name_of('subregion', subregion))})"
    return " · ".join(filter(None, (local(name_of("role", said["role"])), *more, place)))


def with_attributes(form: type[Kind]) -> type[Kind]:
    """Return a form with a field more for each attribute that the installation adds.

    The form of who proposes has only those that are to be asked.
    """
    named = {
        each.field: SelectField(
            local(name_of_dimension(each.key)),
            [Optional()],
            choices={"": _("Not stated")}
            | {one.key: local(name_of(each.key, one.key)) for one in each.categories},
        )
        for each in attributes.added()
        if each.asked or not issubclass(form, ProposalForm)
    }
    return type(form.__name__, (form,), named)


class WithdrawForm(Form):
    """A form with nothing but its token."""


class ProposalForm(NomineeForm):
    """Whom an organisation proposes. What only the secretariat knows is not asked."""

    places = NomineeForm.places | beside("nomination.agreed", name="nomination.twin")

    organisation = StringField(_l("Institution or organisation"), [Length(max=NAME_MAX)])
    role = SelectField(_l("Capacity in which they would speak"), [InputRequired()])
    agreed = BooleanField(_l("The person knows about this proposal and has agreed to what is ticked"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.recent, self.support, self.distinct, self.delegate, self.speaks_for
        del self.government  # the secretariat says it
        self.email.render_kw = {"autocomplete": "off"}
        self.organisation.flags.sometimes = True

    def validate_organisation(self, field: Field) -> None:
        """Raise ValidationError where a person has no organisation.

        An institution needs none, since its name says it.
        """
        if self.kind.data != "institution" and not line(field.data or ""):
            raise ValidationError(say(Problem("nominee.organisation", most=NAME_MAX)))

    def validate_agreed(self, field: Field) -> None:
        """Raise ValidationError where a consent is ticked, but not that the person agreed.

        A member cannot consent for a nominee.
        """
        consents = (self.consent_contact, self.consent_listed, self.consent_governments)
        if not field.data and any(consent.data for consent in consents):
            raise ValidationError(say(Problem("nomination.agreed")))

    def written(self) -> Iterator[tuple[str, str]]:
        """Yield each field that was filled in (label, value in words).

        They are shown to be copied where the form cannot be sent.
        """
        for field in self:
            said = _said(field)
            if said and field.name != "csrf_token":
                yield str(field.label.text), said


def _said(field: Field) -> str:
    """Return the value of a field in the words of its page; "" where it is empty."""
    if isinstance(field, BooleanField):
        return "✓" if field.data else ""
    values = (field.data or ()) if isinstance(field, Boxes) else (field.data,)
    named: dict[str, str] = {}
    if isinstance(field, (SelectField, Boxes)):
        named = {str(value): str(label) for value, label, *_ in field.iter_choices()}
    return "; ".join(named.get(value, value) for value in values if value and value.strip())
