"""What the desk enters about witnesses and time stamps."""

from __future__ import annotations

from typing import ClassVar

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from consulta.web.fields import Form

KEY_MAX = 300
NAME_MAX = 200


class WitnessForm(Form):
    """A witness to register: who runs it, and its key."""

    places: ClassVar[dict[str, str]] = {
        "witness.key": "key",
        "witness.known": "key",
        "witness.name": "key",
        "witness.organisation": "organisation",
    }
    organisation = StringField(_l("Who runs it"), [InputRequired(), Length(max=NAME_MAX)])
    key = StringField(_l("Key of the witness"), [InputRequired(), Length(max=KEY_MAX)])


class StampForm(Form):
    """The answer of an authority about a checkpoint."""

    places: ClassVar[dict[str, str]] = {
        "stamp.another": "file",
        "stamp.no_certificates": "file",
        "stamp.refused": "file",
        "stamp.twice": "file",
        "stamp.unreadable": "file",
        "stamp.untrusted": "file",
    }
    file = FileField(_l("Answer of the authority (.tsr)"), [FileRequired(_l("Choose the file."))])
