"""Forms: answers to what became of a recommendation, addresses that follow it, and calls at the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    IntegerField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.problems import Problem
from consulta.follow_up.service import LINK_MAX, TEXT_MAX
from consulta.follow_up.values import Answer
from consulta.follow_up_calls.rhythm import ANSWER_RANGE, EVERY_RANGE, FIRST_RANGE, Rhythm
from consulta.follow_up_calls.service import REASON_MAX
from consulta.web.fields import Form
from consulta.web.language import calendar_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Held = tuple[str, bytes]


class AnswerForm(Form):
    """What became of a recommendation: how far it is, in words, of which day, and on what it rests."""

    places: ClassVar[dict[str, str]] = {
        "report.step": "step",
        "report.text": "text",
        "report.day": "day",
        "report.future": "day",
        "report.link": "link",
        **dict.fromkeys(
            (
                "evidence.empty",
                "evidence.large",
                "evidence.kind",
                "evidence.script",
                "evidence.damaged",
            ),
            "file",
        ),
    }

    step = RadioField(_l("How far it is"), [InputRequired(_l("Choose one of the five steps."))])
    text = TextAreaField(_l("What was done, and what is missing"), [InputRequired(), Length(max=TEXT_MAX)])
    day = DateField(_l("The day of which this speaks"), [InputRequired(_l("Write the day."))])
    link = StringField(
        _l("Address of a page that shows it"),
        [Optional(), Length(max=LINK_MAX)],
        render_kw={"inputmode": "url", "autocapitalize": "none", "autocomplete": "off"},
    )
    file = FileField(_l("A file that shows it"), [Optional()])
    seen = HiddenField()
    held = HiddenField()

    def __init__(self, steps: Mapping[str, object], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step.choices = [(key, str(said)) for key, said in steps.items()]

    @property
    def version(self) -> int:
        """Return the version of the answer that the form showed; 0 for none."""
        return _number(self.seen.data)

    def chosen(self, waiting: Callable[[str], Held | None]) -> Held | None:
        """Return the file that was chosen now, or the one that waits from before; None for none."""
        file = self.file.data
        if file:
            return file.filename or "", file.read()
        return waiting(self.held.data or "")

    def to_answer(self, language: str, file: Held | None) -> Answer:
        """Return what was written as an answer."""
        return Answer(
            step=self.step.data or "",
            day=self.day.data.isoformat() if self.day.data else "",
            text=self.text.data or "",
            language=language,
            link=self.link.data or "",
            file=file,
        )

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field, with days in words."""
        if problem.code == "report.future":
            problem = Problem(problem.code, today=calendar_day(str(problem.params["today"])))
        super().refuse(problem)


class FollowForm(Form):
    """The address at which a person wants to be told of changes."""

    places: ClassVar[dict[str, str]] = {"follow_up.address": "email"}

    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "email"})


class RhythmForm(Form):
    """How often is asked about a session, and when reminders go."""

    places: ClassVar[dict[str, str]] = {
        "follow_up.first": "first_months",
        "follow_up.every": "every_months",
        "follow_up.answer_days": "answer_days",
        "follow_up.remind": "first_reminder",
    }

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
        return _number(self.number.data)


class NextCallForm(Form):
    """The next call, moved to another day or left out, with a reason."""

    places: ClassVar[dict[str, str]] = {"follow_up.day": "day", "follow_up.reason": "reason"}

    day = DateField(_l("Day"), [Optional()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=REASON_MAX)])
    number = HiddenField()

    @property
    def call(self) -> int:
        """Return the number of the call that the form showed."""
        return _number(self.number.data)


def _number(said: str | None) -> int:
    """Return a number of a few digits; 0 for anything else."""
    text = said or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004
