"""What the desk enters about the data of a person."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.operations.retention.people import REASON_MAX
from consulta.platform.web.fields import Form

TEXT_MAX = 200


class SearchForm(Form):
    """Whose data are looked for. It is sent as a form, so that no address stands in the server's log."""

    places: ClassVar[dict[str, str]] = {"person.short": "text"}
    text = StringField(_l("Name or e-mail address"), [InputRequired(), Length(max=TEXT_MAX)])


class EraseForm(Form):
    """Why a person is erased, and that this is meant."""

    places: ClassVar[dict[str, str]] = {"person.reason": "reason"}
    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=REASON_MAX)])
    sure = BooleanField(
        _l("I have read what goes and what stays; what goes cannot be brought back."), [InputRequired()]
    )
