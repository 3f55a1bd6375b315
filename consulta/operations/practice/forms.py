"""The forms by which a practice is made and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, Optional

from consulta.operations.practice.service import TITLE_MAX
from consulta.operations.practice.values import PracticeCommand
from consulta.platform.web.fields import Boxes, Form

if TYPE_CHECKING:
    from wtforms import Field

    from consulta.operations.practice.values import Choices, FoundMembers

DIGITS = 9


class PracticeForm(Form):
    """What a practice is called, whose themes it takes, and who votes in it."""

    places: ClassVar[dict[str, str]] = {"practice.title": "title", "round.unknown": "source"}

    title = StringField(_l("Title"), [InputRequired(), Length(max=TITLE_MAX)])
    source = SelectField(_l("Themes, questions and rules"), [Optional()])
    staff = Boxes(_l("People of the team who vote"))
    search = StringField(_l("Words of an organisation's name"), [Optional(), Length(max=300)])
    members = Boxes(_l("Organisations that vote too"))

    def offer(self, choices: Choices) -> None:
        """Offer what the installation has; the whole team is ticked."""
        self.source.choices = [
            SelectChoice("", _("Those of the example, with invented nominees")),
            *(SelectChoice(key, _("As in %(title)s", title=title)) for key, title in choices.rounds),
        ]
        self.staff.choices = [(str(number), name) for number, name in choices.staff]
        self.staff.flags.sometimes = True
        if not self.is_submitted():
            self.staff.data = [str(number) for number, _name in choices.staff]

    def offer_members(self, found: FoundMembers) -> None:
        """Offer the organisations that are chosen, and those that the search found."""
        self.members.choices = [(str(number), name) for number, name in (*found.chosen, *found.found)]
        self.members.flags.sometimes = True

    @property
    def finds(self) -> bool:
        """Return whether the button that looks organisations up was pressed: then nothing is made."""
        return self.is_submitted() and "find" in request.form

    @property
    def chosen(self) -> tuple[int, ...]:
        """Return the numbers of the organisations that were ticked."""
        return tuple(
            int(each) for each in self.members.data or () if each.isdecimal() and len(each) <= DIGITS
        )

    @property
    def command(self) -> PracticeCommand:
        """Return what the form says."""
        return PracticeCommand(
            title=self.title.data or "",
            source=self.source.data or "",
            staff=tuple(int(each) for each in self.staff.data or ()),
            members=self.chosen,
        )


class DeleteForm(Form):
    """Asks for the title of the practice that is about to be deleted."""

    typed = StringField(_l("Title of the practice"), [InputRequired()], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_typed(self, field: Field) -> None:
        """Raise ValidationError where the text typed is not the title of the practice."""
        if " ".join((field.data or "").split()) != self.expected:
            raise ValidationError(
                _("This is not the title of the practice; it is %(title)s.", title=self.expected)
            )
