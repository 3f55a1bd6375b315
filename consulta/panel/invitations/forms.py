"""The form that answers an invitation.

No answer is preselected, so that a program that opens links cannot answer.
"""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from consulta.panel.invitations.steps import NAME_LONGEST, NOTE_LONGEST
from consulta.platform.web.fields import Form


class AnswerForm(Form):
    """Accept or decline; a person who declines may add a reason and propose another person."""

    places: ClassVar[dict[str, str]] = {"invitation.colleague": "colleague", "invitation.note": "note"}

    said = RadioField(_l("Your answer"), [InputRequired(_l("Choose one of the two answers."))])
    note = TextAreaField(_l("Something the secretariat should know"))
    colleague = StringField(_l("Name and office of the person you propose"))
    colleague_contact = StringField(_l("How to reach that person"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said.choices = [
            ("accepted", _("I accept and will take part")),
            ("declined", _("I cannot take part")),
        ]
        self.note.render_kw = {"maxlength": NOTE_LONGEST, "rows": 3}
        for field in (self.colleague, self.colleague_contact):
            field.render_kw = {"maxlength": NAME_LONGEST, "autocomplete": "off"}
