"""Forms of the desk: how often is asked about recommendations, and the next call."""

from __future__ import annotations

from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import DateField, HiddenField, IntegerField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.follow_up.forms import number_of
from consulta.follow_up_calls.rhythm import ANSWER_RANGE, EVERY_RANGE, FIRST_RANGE, Rhythm
from consulta.follow_up_calls.service import REASON_MAX
from consulta.web.fields import Form, beside


class RhythmForm(Form):
    """How often is asked about a session, and when reminders go."""

    places = beside(
        "follow_up.answer_days",
        first_months="follow_up.first",
        every_months="follow_up.every",
        first_reminder="follow_up.remind",
    )

    first_months = IntegerField(
        _l("Months from the session to the first call"),
        [InputRequired(), NumberRange(FIRST_RANGE[0], FIRST_RANGE[-1])],
    )
    every_months = IntegerField(
        _l("Months from one call to the next"),
        [InputRequired(), NumberRange(EVERY_RANGE[0], EVERY_RANGE[-1])],
    )
    answer_days = IntegerField(
        _l("Days to answer"), [InputRequired(), NumberRange(ANSWER_RANGE[0], ANSWER_RANGE[-1])]
    )
    first_reminder = IntegerField(_l("First reminder, days before the end"), [Optional(), NumberRange(min=1)])
    second_reminder = IntegerField(
        _l("Second reminder, days before the end"), [Optional(), NumberRange(min=1)]
    )

    @staticmethod
    def known(rhythm: Rhythm) -> dict[str, Any]:
        """Return what the fields show of a rhythm."""
        days = [*rhythm.remind_days, None, None]
        return {
            "first_months": rhythm.first_months,
            "every_months": rhythm.every_months,
            "answer_days": rhythm.answer_days,
            "first_reminder": days[0],
            "second_reminder": days[1],
        }

    def to_rhythm(self) -> Rhythm:
        """Return what was entered."""
        days = (self.first_reminder.data, self.second_reminder.data)
        return Rhythm(
            self.first_months.data or 0,
            self.every_months.data or 0,
            self.answer_days.data or 0,
            tuple(each for each in days if each is not None),
        )


class SendForm(Form):
    """The word to send a call."""

    number = HiddenField()

    @property
    def call(self) -> int:
        """Return the number of the call that the page showed."""
        return number_of(self.number.data)


class NextCallForm(Form):
    """The next call, moved to another day or left out, with a reason."""

    places: ClassVar[dict[str, str]] = {"follow_up.day": "day", "follow_up.reason": "reason"}

    day = DateField(_l("Day"), [Optional()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=REASON_MAX)])
    number = HiddenField()

    @property
    def call(self) -> int:
        """Return the number of the call that the form showed."""
        return number_of(self.number.data)
