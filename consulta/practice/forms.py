"""The forms by which a practice is made and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, Optional

from consulta.practice.service import MOST, TITLE_MAX
from consulta.practice.values import PracticeCommand
from consulta.web.fields import Boxes, Form

if TYPE_CHECKING:
    from wtforms import Field

    from consulta.practice.values import Choices


class PracticeForm(Form):
    """What a practice is called, whose themes it takes, and who votes in it."""

    places: ClassVar[dict[str, str]] = {"practice.title": "title", "round.unknown": "source"}

    title = StringField(_l("Title"), [InputRequired(), Length(max=TITLE_MAX)])
    source = SelectField(_l("Themes, questions and rules"), [Optional()])
    staff = Boxes(_l("People of the team who vote"))

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

    @property
    def members(self) -> tuple[Field, ...]:
        """Return the entries of organisations."""
        return tuple(self[_entry(number)] for number in range(1, MOST + 1))

    @property
    def command(self) -> PracticeCommand:
        """Return what the form says."""
        return PracticeCommand(
            title=self.title.data or "",
            source=self.source.data or "",
            staff=tuple(int(each) for each in self.staff.data or ()),
            members=tuple(each.data or "" for each in self.members),
        )


def _entry(number: int) -> str:
    return f"member_{number}"


for _number in range(1, MOST + 1):
    _label = _l("Organisation %(number)s", number=_number)
    setattr(PracticeForm, _entry(_number), StringField(_label, [Optional(), Length(max=300)]))


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
