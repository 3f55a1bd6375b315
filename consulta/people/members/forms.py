"""Forms for organisations, contacts and files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    BooleanField,
    EmailField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.ranges import RANGES
from consulta.core.texts import Text
from consulta.people.members import fields as members_fields
from consulta.people.members.rows import NAME_MAX, split_tags
from consulta.people.members.service import ContactCommand, OrganisationCommand
from consulta.platform.data import catalogue, dimensions
from consulta.platform.importing.forms import ConfirmForm
from consulta.platform.texts import PHONE_MAX
from consulta.platform.web import dimension_words
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import alphabetical, language_choices, local, say
from consulta.vote.changes.forms import PasswordAgain

if TYPE_CHECKING:
    from consulta.core.problems import Problem
    from consulta.people.members.values import ContactView, MemberLine

Kind = TypeVar("Kind", bound=Form)


class CategorisedForm(Form):
    """A form with the country of an organisation and its categories, which decide how its vote is weighted.

    The forms have the fields themselves, each at its place among the others.
    """

    country: SelectField
    sector: SelectField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = SelectChoice("", _("Choose"))
        self.country.choices = [choose, *(SelectChoice(code, name) for code, name in countries())]
        groups = {group.key: local(group.name) for group in catalogue.sector_groups()}
        self.sector.choices = [
            choose,
            *(
                SelectChoice(sector.key, local(sector.name), optgroup=groups[sector.group])
                for sector in catalogue.sectors()
            ),
        ]

    @property
    def added(self) -> list[Any]:
        """Return the fields of the dimensions that the installation adds, except those given by country."""
        return [self[field] for field in members_fields.entered() if field != "sector"]

    @property
    def categories(self) -> dict[str, str]:
        """Return the categories by dimension."""
        return {dimension: self[field].data or "" for field, dimension in members_fields.entered().items()}

    def refuse(self, problem: Problem) -> None:
        """Show a category that is missing beside its field."""
        if problem.code == "member.category":
            self[members_fields.field_of(str(problem.params["key"]))].errors = [say(problem)]
        else:
            super().refuse(problem)


class OrganisationForm(CategorisedForm):
    """An organisation of the Mechanism."""

    places = beside(
        "member.name",
        "member.country",
        "member.sector",
        "member.base",
        "member.tags",
        name="member.duplicate",
    )

    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    base = IntegerField(_l("Base"), [Optional(), NumberRange(*RANGES["base"])])
    tags = StringField(_l("Tags"), [Length(max=1000)])

    def to_command(self) -> OrganisationCommand:
        """Return the organisation in the form as a command."""
        return OrganisationCommand(
            name=self.name.data or "",
            country=self.country.data or "",
            categories=self.categories,
            base=self.base.data or 1,
            tags=split_tags(self.tags.data or ""),
        )


def organisation_form(data: dict[str, Any]) -> OrganisationForm:
    """Return the form of an organisation, with the dimensions that the installation adds."""
    return with_dimensions(OrganisationForm)(data=data)


def with_dimensions(form: type[Kind]) -> type[Kind]:
    """Return a form with a field more for each dimension that the installation adds and a person enters."""
    added: dict[str, Any] = {}
    for each in dimensions.own():
        name = dimension_words.own(each.key)
        if each.is_open:
            length = Length(max=dimensions.CATEGORY_MAX)
            added[members_fields.field_of(each.key)] = StringField(name, [InputRequired(), length])
        elif not each.from_country:
            choices = [SelectChoice("", _("Choose")), *(SelectChoice(*pair) for pair in categories(each.key))]
            added[members_fields.field_of(each.key)] = SelectField(name, [InputRequired()], choices=choices)
    return type(form.__name__, (form,), added)


class AContactForm(Form):
    """A form of a contact, which has the fields itself."""

    places = beside(
        "member.contact.name",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        email="contact.duplicate",
    )

    name: StringField
    email: EmailField
    phone: TelField
    language: RadioField
    may_vote: BooleanField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = language_choices()

    def to_command(self) -> ContactCommand:
        """Return the contact in the form as a command."""
        return ContactCommand(
            name=self.name.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
            may_vote=bool(self.may_vote.data),
        )


class SwitchForm(PasswordAgain):
    """Whether a contact takes part; with the reason where voting is open for its organisation."""


class MemberContactForm(PasswordAgain, AContactForm):
    """A contact of an organisation; with the reason where voting is open for it."""

    places = PasswordAgain.places | AContactForm.places

    name = StringField(_l("Name"), [Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)])
    phone = TelField(_l("Telephone"), [Length(max=PHONE_MAX)])
    language = RadioField(_l("Language to write in"), [InputRequired()])
    may_vote = BooleanField(_l("May vote for the organisation"), default=True)

    def concerns_access(self, before: ContactView) -> bool:
        """Return whether the entered values change who may vote."""
        wanted = self.to_command()
        had, has = before.may_vote and before.active, wanted.may_vote and before.active
        return had != has or (has and wanted.email.strip().lower() != before.email.lower())


class ImportForm(PasswordAgain, ConfirmForm):
    """The word to import what was shown; with the reason where it changes who may vote now."""


def filled(member: MemberLine) -> dict[str, Any]:
    """Return the form data of an existing organisation."""
    return {
        "name": member.name,
        "country": member.country,
        **{field: member.categories.get(key, "") for field, key in members_fields.entered().items()},
        "base": member.base,
        "tags": ", ".join(member.tags),
    }


def filled_contact(contact: ContactView) -> dict[str, Any]:
    """Return the form data of an existing contact."""
    return {
        "name": contact.name,
        "email": contact.email,
        "phone": contact.phone,
        "language": contact.language,
        "may_vote": contact.may_vote,
    }


def countries() -> list[tuple[str, str]]:
    """Return the countries (code, name), in alphabetical order of their names."""
    named = [(country.iso2, local(country.name)) for country in catalogue.countries()]
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def sectors() -> list[tuple[str, str]]:
    """Return the sectors (key, name), group by group."""
    return [(sector.key, local(sector.name)) for sector in catalogue.sectors()]


def subregions() -> list[tuple[str, str]]:
    """Return the subregions (key, name) from north to south, then the islands."""
    return [(subregion.key, local(subregion.name)) for subregion in catalogue.subregions()]


def categories(dimension: str) -> list[tuple[str, str]]:
    """Return the categories of a dimension as pairs of key and name, in the order of the lists."""
    known = {"country": countries, "sector": sectors, "subregion": subregions}
    if dimension in known:
        return known[dimension]()
    added = dimensions.own_by_key()[dimension]
    return [(each.key, local(Text(each.names))) for each in added.categories]
