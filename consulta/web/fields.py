"""The form every form descends from: its language, its summary of errors, and how it takes a Problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField
from wtforms.widgets import CheckboxInput, ListWidget

from consulta.core.problems import Problem
from consulta.web.language import say

if TYPE_CHECKING:
    from collections.abc import Callable


class Boxes(SelectMultipleField):
    """Several choices as boxes to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class Form(FlaskForm):
    """A form that keeps what was entered and can show a service's refusal beside the field it is about."""

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
