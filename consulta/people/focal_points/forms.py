"""The forms by which members and the secretariat name focal points, and by which that is decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.people.focal_points.service import PLACE_MAX, REASON_MAX
from consulta.people.focal_points.values import FocalCommand
from consulta.people.members.forms import countries
from consulta.people.members.rows import NAME_MAX
from consulta.platform.texts import PHONE_MAX
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import calendar_day, language_choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consulta.people.focal_points.values import OwnFocals

ADDRESS_MAX = 254
OTHER = "other"


class _NamingForm(Form):
    """A territory, and the person who is named for it."""

    places = beside(
        "focal.kind",
        "focal.place",
        "member.contact.name",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        "focal.starts",
        "focal.ends",
        country="focal.state",
        place="focal.is_state",
        name="focal.person",
        kind="focal.twice",
        organisation="focal.left",
        ends="focal.past",
        starts=("focal.overlap", "focal.successor"),
    )

    kind = RadioField(_l("Territory"), [InputRequired()])
    country = SelectField(_l("State"), [Optional()])
    place = StringField(_l("Territory of reception"), [Optional(), Length(max=PLACE_MAX)])
    name = StringField(_l("Name"), [Optional(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"})
    email = EmailField(_l("E-mail"), [Optional(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "off"})
    phone = TelField(_l("Telephone"), [Optional(), Length(max=PHONE_MAX)], render_kw={"autocomplete": "off"})
    language = RadioField(_l("Language to write in"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            ("state", _("A State of Latin America and the Caribbean")),
            ("place", _("A territory of reception in another region")),
        ]
        self.country.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(*pair) for pair in countries()),
        ]
        self.language.choices = language_choices()
        for name in ("country", "place", "name", "email"):
            self[name].flags.sometimes = True

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, with the days of a term in words."""
        super().refuse(_dated(problem))

    def to_command(self) -> FocalCommand:
        """Return the person in the form as a command."""
        return FocalCommand(
            kind=self.kind.data or "",
            country=self.country.data or "",
            place=self.place.data or "",
            name=self.name.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
        )


class OwnNamingForm(_NamingForm):
    """A person whom a member names: one of its contacts, or another person."""

    who = RadioField(_l("Who"), [InputRequired()])

    def __init__(self, view: OwnFocals, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._contacts = {str(each.id): each for each in view.contacts}
        self.who.choices = [
            *((number, f"{each.name} ({each.email})") for number, each in self._contacts.items()),
            (OTHER, _("Another person")),
        ]

    def to_command(self) -> FocalCommand:
        """Return the person in the form as a command; a contact with the data on file."""
        said = super().to_command()
        found = self._contacts.get(self.who.data or "")
        if found is None:
            return said
        return FocalCommand(
            said.kind, said.country, said.place, found.name, found.email, found.phone or "", found.language
        )


class DeskNamingForm(_NamingForm):
    """A person whom the secretariat names for a member, with the term."""

    organisation = SelectField(_l("Member organisation"), [InputRequired()])
    starts = DateField(_l("First day of the term"), [InputRequired()])
    ends = DateField(_l("Last day of the term"), [InputRequired()])

    def __init__(self, members: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(number), name) for number, name in members),
        ]
        for name in ("name", "email"):
            self[name].flags.sometimes = False
            self[name].flags.required = True


class DecisionForm(Form):
    """What the secretariat decides; which button was pressed says what of it counts."""

    places = beside("focal.starts", "focal.ends", "focal.reason", ends="focal.past", starts="focal.overlap")

    seen = HiddenField()
    starts = DateField(_l("First day of the term"), [Optional()])
    ends = DateField(_l("Last day of the term"), [Optional()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, with the days of a term in words."""
        super().refuse(_dated(problem))


def said(field: DateField) -> str:
    """Return the day of a field as `2027-03-05`; empty where none is entered."""
    return field.data.isoformat() if field.data else ""


def _dated(problem: Problem) -> Problem:
    if problem.code != "focal.overlap":
        return problem
    days = {each: calendar_day(str(problem.params[each])) for each in ("starts", "ends")}
    return Problem(problem.code, **{**problem.params, **days})
