"""Forms for what cannot be undone: the name of the thing, typed."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import Field, StringField
from wtforms.validators import InputRequired, ValidationError

from consulta.web.fields import Form


class TypedKeyForm(Form):
    """Asks for the key of the round that is about to change for good."""

    typed = StringField(_l("Key of the round"), [InputRequired()], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_typed(self, field: Field) -> None:
        """Refuse anything but the key itself."""
        if (field.data or "").strip() != self.expected:
            raise ValidationError(_("This is not the key of this round; it is %(key)s.", key=self.expected))
