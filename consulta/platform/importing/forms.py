"""A file to import, as forms."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, SelectMultipleField

from consulta.platform.web.fields import Boxes, Form


class UnlessHeld(FileRequired):
    """A file is needed, unless one waits."""

    def __call__(self, form: Form, field: FileField) -> None:
        """Raise StopValidation where no file was chosen and none waits."""
        if not form["held"].data:
            super().__call__(form, field)


class FileForm(Form):
    """A table in a file, of any kind that is read; or one that waits, with what its columns are."""

    file = FileField(_l("File (XLSX, ODS or CSV)"), [UnlessHeld()])
    held = HiddenField()
    text = SelectMultipleField(validate_choice=False)  # headings, in the order of their meanings
    meaning = SelectMultipleField(validate_choice=False)

    def said(self) -> list[tuple[str, str]]:
        """Return each heading that was answered, and what it means."""
        pairs = zip(self.text.data or (), self.meaning.data or (), strict=False)
        return [(text, meaning) for text, meaning in pairs if meaning]


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
