"""A file to import, as forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField

from consulta.web.fields import Boxes, Form


class FileForm(Form):
    """A table in a file, of any kind that is read."""

    file = FileField(_l("File (XLSX, ODS, XLS or CSV)"), [FileRequired()])


class ConfirmForm(Form):
    """The word to import what was shown."""

    seen = HiddenField()


class SheetsForm(Form):
    """Which sheets of a file are read."""

    sheets = Boxes(coerce=int, validate_choice=False)  # the service knows which there are


class MeaningForm(Form):
    """What a value of a file means, for all its rows."""

    field = HiddenField()
    text = HiddenField()
    meaning = SelectField(validate_choice=False)  # the service knows which there are
