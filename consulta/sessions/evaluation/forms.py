"""The evaluation as forms: people to be asked, the last day, the publication."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, offered, say
from consulta.sessions.evaluation.values import PersonCommand

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 60_000
SHOWN = 8  # lines that are told to be wrong at once
PARTS = re.compile(r"\s*[;\t]\s*")


class PeopleForm(Form):
    """People who took part, one a line: name; organisation; e-mail; language."""

    places: ClassVar[dict[str, str]] = {"evaluation.no_one": "people", "evaluation.many": "people"}
    people = TextAreaField(_l("People, one a line"), [InputRequired(), Length(max=LONGEST)])

    def read(self, check: Callable[[PersonCommand], PersonCommand]) -> list[PersonCommand] | None:
        """Return the people that the lines name; None if a line names none, which the field then says.

        `check` raises a Problem where a person cannot be asked.
        """
        found: list[PersonCommand] = []
        wrong: list[str] = []
        for number, text in enumerate((self.people.data or "").splitlines(), start=1):
            if not text.strip():
                continue
            try:
                found.append(check(_person(text)))
            except Problem as problem:
                wrong.append(_("Line %(number)s: %(what)s", number=number, what=say(problem)))
        if wrong:
            self.people.errors = [*self.people.errors, *wrong[:SHOWN]]
            return None
        return found


def _person(text: str) -> PersonCommand:
    """Return the person that a line names. Problem: `evaluation.line`."""
    parts = PARTS.split(text.strip())
    place = next((number for number, part in enumerate(parts) if "@" in part), None)
    if place not in {1, 2} or len(parts) > place + 2:
        raise Problem("evaluation.line")
    language = parts[place + 1].lower() if len(parts) > place + 1 else ""
    usual = current() if current() in offered() else offered()[0]
    return PersonCommand(parts[0], parts[1] if place > 1 else "", parts[place], language or usual)


class LastDayForm(Form):
    """Until the end of which day answers are taken."""

    places: ClassVar[dict[str, str]] = {"evaluation.day": "day", "evaluation.past": "day"}
    day = DateField(_l("Last day for answers"), [InputRequired()])

    @property
    def last(self) -> str:
        """Return the day as `2027-06-20`; empty where there is none."""
        return self.day.data.isoformat() if "day" in self and self.day.data else ""


class PublishForm(Form):
    """The word to publish the evaluation as it is shown."""

    sure = BooleanField(_l("I have read it as the public will see it"), [InputRequired()])


class AnswersForm(Form):
    """What stands beside the answers: of which questions the form was made."""

    asked = HiddenField(validators=[Optional(), Length(max=64)])
