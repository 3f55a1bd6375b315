"""The form every form descends from: its language, its summary of errors, and how it takes a Problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import wtforms
from flask_babel import gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from consulta.core.problems import Problem
from consulta.messages import N_
from consulta.web.language import say

if TYPE_CHECKING:
    from collections.abc import Callable


# What the library of forms says of an entry -> what we say. Its own Spanish calls entries "inválidos".
WORDS = {
    "This field is required.": N_("Fill this in."),
    "Not a valid choice.": N_("Choose from the list."),
    "'%(value)s' is not a valid choice for this field.": N_("Choose from the list."),
    "Invalid Choice: could not coerce.": N_("Choose from the list."),
    "Invalid choice(s): one or more data inputs could not be coerced.": N_("Choose from the list."),
    "Not a valid datetime value.": N_("Write a date with an hour."),
    "Not a valid integer value.": N_("Write a whole number."),
    "Not a valid decimal value.": N_("Write a number."),
    "Not a valid float value.": N_("Write a number."),
    "Number must be at least %(min)s.": N_("Write a number that is not below %(min)s."),
    "Number must be at most %(max)s.": N_("Write a number that is not above %(max)s."),
    "Number must be between %(min)s and %(max)s.": N_("Write a number from %(min)s to %(max)s."),
    "Field cannot be longer than %(max)d character.": N_("This is too long: %(max)d characters at most."),
}


class _Words:
    """The library's sentences in our own words, and in the reader's language."""

    def gettext(self, text: str) -> str:
        said: str = gettext(WORDS[text]) if text in WORDS else gettext(text)
        return said

    def ngettext(self, one: str, many: str, count: int) -> str:
        said: str = gettext(WORDS[one]) if one in WORDS else ngettext(one, many, count)
        return said


class RowForm(wtforms.Form):
    """A row inside of a form, which speaks as the form does."""

    class Meta:
        """How the library speaks."""

        def get_translations(self, _form: object) -> _Words:
            """Our words in place of the library's."""
            return _Words()


class Boxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Form(FlaskForm):
    """A form that keeps what was entered and can show a service's refusal beside the field it is about."""

    class Meta(FlaskForm.Meta):
        """How the library speaks."""

        def get_translations(self, _form: object) -> _Words:
            """Our words in place of the library's."""
            return _Words()

    # code of a Problem -> name of the field beside which it is shown; all others stand above the form
    places: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.refusals: list[str] = []

    def accepts(self, action: Callable[[], object]) -> bool:
        """Do `action`; where it raises a Problem, show that in the form and answer False."""
        try:
            action()
        except Problem as problem:
            self.refuse(problem)
            return False
        return True

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, or above the form."""
        name = self.places.get(problem.code)
        field = self._fields.get(name) if name else None
        if field is None:
            self.refusals.append(say(problem))
        else:
            field.errors = [*field.errors, say(problem)]

    @property
    def status(self) -> int:
        """200 for a form not yet sent, 422 for one that was refused."""
        return 422 if self.errors or self.refusals else 200
