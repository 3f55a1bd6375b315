"""What the desk enters about witnesses and time stamps."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from consulta.platform.web.fields import Form, beside

KEY_MAX = 300
NAME_MAX = 200


class WitnessForm(Form):
    """A witness to register: who runs it, and its key."""

    places = beside("witness.key", "witness.organisation", key=("witness.known", "witness.name"))
    organisation = StringField(_l("Who runs it"), [InputRequired(), Length(max=NAME_MAX)])
    key = StringField(_l("Key of the witness"), [InputRequired(), Length(max=KEY_MAX)])


class StampForm(Form):
    """The answer of an authority about a checkpoint."""

    places = beside(
        file=(
            "stamp.another",
            "stamp.no_certificates",
            "stamp.refused",
            "stamp.twice",
            "stamp.unreadable",
            "stamp.untrusted",
        )
    )
    file = FileField(_l("Answer of the authority (.tsr)"), [FileRequired(_l("Choose the file."))])
