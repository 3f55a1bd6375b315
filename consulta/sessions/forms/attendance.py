"""Who took part in a session, as forms."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.platform.data import catalogue
from consulta.platform.importing.forms import ConfirmForm
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import alphabetical, local
from consulta.sessions.attendance_rows import MOST_PEOPLE, NAME_MAX, NO_COUNTRY, Answers

REGIONAL = "regional"


class AttendanceForm(Form):
    """People of one organisation with the same answers; no names."""

    places = beside(
        "attendance.country",
        "attendance.organisation",
        "attendance.people",
        "nominee.gender",
        "nominee.sector",
    )
    organisation = StringField(_l("Organisation or institution"), [InputRequired(), Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    gender = SelectField(_l("Gender, as the person says"), [Optional()])
    people = IntegerField(_l("People"), [InputRequired(), NumberRange(1, MOST_PEOPLE)], default=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = {"": _("Choose")}
        countries = sorted(catalogue.countries(), key=lambda country: alphabetical(local(country.name)))
        self.country.choices = (
            choose | {each.iso2: local(each.name) for each in countries} | {REGIONAL: local(NO_COUNTRY)}
        )
        self.sector.choices = choose | {each.key: local(each.name) for each in catalogue.sectors()}
        self.gender.choices = {"": _("Not said")} | {g.key: local(g.name) for g in catalogue.genders()}

    def to_answers(self) -> Answers:
        """Return the answers in the form."""
        return Answers(
            organisation=self.organisation.data or "",
            country="" if self.country.data == REGIONAL else self.country.data or "",
            sector=self.sector.data or "",
            gender=self.gender.data or None,
        )


class CarryOutForm(ConfirmForm):
    """The word to write down what was shown, and in which way."""

    way = RadioField(_l("What happens with the list"), [InputRequired()], default="replace")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = {
            "replace": _("The file takes the place of the list"),
            "add": _("The people in the file are added to the list"),
        }
