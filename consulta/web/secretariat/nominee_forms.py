"""A nominee as a form; after opening only how to reach them; and the upload of a file of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import EmailField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.ranges import RANGES
from consulta.data import catalogue
from consulta.services.alphabet import spanish
from consulta.services.nominees import NomineeCommand
from consulta.web.fields import Boxes, Form
from consulta.web.language import local

if TYPE_CHECKING:
    from collections.abc import Iterable

    from consulta.services.views import NomineeRecord, ThemeLine


class ContactForm(Form):
    """Where, and in which language, to write to somebody."""

    places: ClassVar[dict[str, str]] = {"nominee.email": "email", "nominee.language": "language"}

    email = EmailField(_l("E-mail"), [Optional(), Length(max=254)])
    language = RadioField(_l("Language to write in"), [InputRequired()], default="es")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = {"es": _("Spanish"), "en": _("English")}


class NomineeForm(ContactForm):
    """Everything that is known of somebody proposed for the panel."""

    places: ClassVar[dict[str, str]] = {
        "nominee.country": "country",
        "nominee.email": "email",
        "nominee.gender": "gender",
        "nominee.language": "language",
        "nominee.name": "name",
        "nominee.organisation": "organisation",
        "nominee.recent": "recent",
        "nominee.role": "role",
        "nominee.sector": "sector",
        "nominee.support": "support",
        "nominee.topic": "topics",
        "nominee.twin": "name",
    }

    name = StringField(_l("Name"), [InputRequired(), Length(max=200)])
    organisation = StringField(_l("Organisation or institution"), [InputRequired(), Length(max=200)])
    role = SelectField(_l("Role on the panel"), [InputRequired()])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    gender = SelectField(_l("Gender, as the person says"), [Optional()])
    topics = Boxes(_l("Themes"))
    recent = IntegerField(_l("Times on the last two panels"), [Optional(), NumberRange(*RANGES["recent"])])
    support = IntegerField(_l("Support from outside"), [Optional(), NumberRange(*RANGES["support"])])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = {"": _("Choose")}
        countries = sorted(catalogue.countries(), key=lambda country: spanish(local(country.name)))
        self.role.choices = choose | {role.key: local(role.name) for role in catalogue.roles()}
        self.country.choices = choose | {country.iso2: local(country.name) for country in countries}
        self.sector.choices = choose | {sector.key: local(sector.name) for sector in catalogue.sectors()}
        self.gender.choices = {"": _("Not said")} | {g.key: local(g.name) for g in catalogue.genders()}

    def offer(self, themes: Iterable[ThemeLine]) -> NomineeForm:
        """Let the nominee be proposed for single themes."""
        self.topics.choices = {theme.key: local(theme.title) or theme.title.es for theme in themes}
        return self

    def to_command(self) -> NomineeCommand:
        """What the form says."""
        return NomineeCommand(
            name=self.name.data or "",
            organisation=self.organisation.data or "",
            role=self.role.data or "",
            country=self.country.data or "",
            sector=self.sector.data or "",
            gender=self.gender.data or None,
            language=self.language.data or "es",
            email=(self.email.data or "").strip(),
            topics=tuple(self.topics.data or ()),
            recent=self.recent.data or 0,
            support=self.support.data,
        )


class NomineesFileForm(Form):
    """A workbook or a text file with one nominee a row."""

    file = FileField(_l("File (XLSX or CSV)"), [FileRequired()])


def filled(nominee: NomineeRecord) -> dict[str, Any]:
    """What the form of an existing nominee holds."""
    return {
        "name": nominee.name,
        "organisation": nominee.organisation,
        "role": nominee.role,
        "country": nominee.country,
        "sector": nominee.sector,
        "gender": nominee.gender or "",
        "language": nominee.language,
        "email": nominee.email,
        "topics": list(nominee.topics),
        "recent": nominee.recent,
        "support": nominee.support,
    }
