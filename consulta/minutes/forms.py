"""An agreement as a form, and the day on which it was done."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, StringField
from wtforms.validators import InputRequired, Length, Optional

from consulta.minutes.service import RESPONSIBLE_MAX, TEXT_MAX
from consulta.minutes.values import AgreementCommand
from consulta.web.fields import Form, InEachLanguage, beside

if TYPE_CHECKING:
    from consulta.minutes.values import AgreementLine

DIGITS = 9


class AgreementForm(Form):
    """What was agreed, who sees to it, and by when."""

    places = beside("minutes.text", "minutes.responsible", "minutes.due")
    seen = HiddenField(validators=[Optional(), Length(max=DIGITS)])
    text = InEachLanguage(_l("What was agreed"), TEXT_MAX, area=True, required=True)
    responsible = StringField(_l("Who sees to it"), [InputRequired(), Length(max=RESPONSIBLE_MAX)])
    due = DateField(_l("By when"), [Optional()])

    @property
    def version(self) -> int:
        """Return the version of the agreement that the form was made of; 0 where it says none."""
        said = str(self.seen.data or "")
        return int(said) if said.isascii() and said.isdecimal() else 0

    def to_command(self) -> AgreementCommand:
        """Return the form as a command."""
        return AgreementCommand(
            self.words_of("text"),
            self.responsible.data or "",
            self.due.data.isoformat() if self.due.data else "",
        )


class DoneForm(Form):
    """On which day an agreement was done."""

    places: ClassVar[dict[str, str]] = {"minutes.done_early": "day", "minutes.done_future": "day"}
    day = DateField(_l("Done on"), [InputRequired()])


def filled(agreement: AgreementLine) -> dict[str, Any]:
    """Return the form data of an agreement."""
    return {
        "seen": agreement.version,
        "text": agreement.text,
        "responsible": agreement.responsible,
        "due": date.fromisoformat(agreement.due) if agreement.due else None,
    }
