"""A question as a form, and what of a form are answers."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, IntegerField, SelectField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.web.fields import Form, InEachLanguage, beside
from consulta.platform.web.language import offered
from consulta.vote.questions import rules
from consulta.vote.questions.values import Question

if TYPE_CHECKING:
    from werkzeug.datastructures import MultiDict

    from consulta.vote.questions.values import Kind

ANSWER = "a-"  # what the names of the fields of answers begin with
LONGEST = rules.MOST_OPTIONS * (rules.OPTION_MAX + 2)

KINDS = {
    "one": _l("One choice"),
    "several": _l("Several choices"),
    "scale": _l("A scale with labelled ends"),
    "number": _l("A number"),
    "text": _l("A short text"),
    "governments": _l("Priority governments"),
}


class QuestionForm(Form):
    """A question: its words, and the fields that its kind needs; the form of one kind has no others."""

    places = beside(
        "question.text",
        "question.most",
        "question.steps",
        "question.decimals",
        options=("question.few", "question.many", "question.twice", "question.uneven"),
        low="question.ends",
        greatest="question.range",
        most="question.length",
    )
    needed: ClassVar[dict[str, tuple[str, ...]]] = {
        "one": ("options",),
        "several": ("options", "most"),
        "scale": ("steps", "low", "high"),
        "number": ("least", "greatest", "decimals", "unit"),
        "text": ("most", "shown"),
        "governments": (),
    }

    text = InEachLanguage(_l("Question"), rules.TEXT_MAX, required=True)
    help = InEachLanguage(_l("Explanation"), rules.HELP_MAX, area=True)
    options = InEachLanguage(_l("Options, one a line,"), LONGEST, area=True)
    most = IntegerField(_l("At most"), [InputRequired()])
    steps = IntegerField(_l("Steps"), [InputRequired(), NumberRange(*rules.STEPS)], default=5)
    low = InEachLanguage(_l("What the first step means"), rules.END_MAX)
    high = InEachLanguage(_l("What the last step means"), rules.END_MAX)
    least = IntegerField(_l("Smallest number"), [InputRequired()], default=0)
    greatest = IntegerField(_l("Largest number"), [InputRequired()])
    decimals = SelectField(
        _l("Decimals"), coerce=int, choices={str(each): str(each) for each in rules.DECIMALS}
    )
    unit = InEachLanguage(_l("Unit"), rules.UNIT_MAX)
    shown = BooleanField(_l("The texts are published, without the name of the organisation"))
    required = BooleanField(_l("An answer is needed to send the page of questions"))

    def __init__(self, kind: Kind, *args: Any, data: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, data=data, **kwargs)
        self.kind = kind
        wanted = self.needed[kind]
        for name in ("options", "low", "high", "unit"):
            if name not in wanted:
                for code in offered():
                    del self[f"{name}_{code}"]
        for name in ("most", "steps", "least", "greatest", "decimals", "shown"):
            if name not in wanted:
                del self[name]
        if kind == "text":
            self.most.label.text = _l("Characters at most")
            self.most.default = 300
            if self.most.data is None and not self.is_submitted():
                self.most.data = 300

    def to_question(self, key: str) -> Question:
        """Return the form as a question. Problem: `question.uneven`."""
        wanted = self.needed[self.kind]
        question = Question(
            key=key,
            kind=self.kind,
            text=self.words_of("text"),
            help=self.words_of("help"),
            required=bool(self.required.data),
        )
        more: dict[str, Any] = {}
        for name in wanted:
            if name == "options":
                more[name] = rules.options_of(dict(self.words_of(name)), offered())
            elif name in {"low", "high", "unit"}:
                more[name] = self.words_of(name)
            else:
                more[name] = self[name].data
        return replace(question, **more)


def ready_made() -> dict[str, Any]:
    """Return the form data of the question after priority governments, in every language."""
    words = {code: catalogue.mail_words(code)["priority_governments"] for code in offered()}
    return {"text": Text(words)}


def filled(question: Question) -> dict[str, Any]:
    """Return the form data of an existing question."""
    return {
        "text": question.text,
        "help": question.help,
        "required": question.required,
        "options": Text.each(
            offered(),
            lambda language: (
                ""
                if not any(option.into(language) for option in question.options)
                else "\n".join(option.best(language, *offered()) for option in question.options)
            ),
        ),
        "most": question.most,
        "steps": question.steps,
        "low": question.low,
        "high": question.high,
        "least": question.least,
        "greatest": question.greatest,
        "decimals": question.decimals,
        "unit": question.unit,
        "shown": question.shown,
    }


class AnswersForm(Form):
    """What stands on a page of questions beside the answers: of which questions and answers it was made."""

    asked = HiddenField(validators=[Optional(), Length(max=64)])
    seen = HiddenField(validators=[Optional(), Length(max=9)])

    @property
    def version(self) -> int:
        """Return the version of the answers that the form was made of; 0 where it says none."""
        said = str(self.seen.data or "")
        return int(said) if said.isascii() and said.isdecimal() else 0


def raw_of(form: MultiDict[str, str]) -> dict[str, list[str]]:
    """Return the fields of a form that are answers, by the key of the question."""
    return {name.removeprefix(ANSWER): form.getlist(name) for name in form if name.startswith(ANSWER)}
