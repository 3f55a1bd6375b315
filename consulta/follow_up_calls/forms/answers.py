"""Forms: answers to what became of a recommendation, and addresses that follow it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.follow_up.service import LINK_MAX, TEXT_MAX
from consulta.follow_up.values import Answer
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
        return number(self.seen.data)

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


def number(said: str | None) -> int:
    """Return a number of a few digits; 0 for anything else."""
    text = said or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0  # noqa: PLR2004
