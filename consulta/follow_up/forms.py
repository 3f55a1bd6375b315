"""Recommendations, reports and institutions as forms of the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    HiddenField,
    RadioField,
    SelectField,
    StringField,
    TelField,
    TextAreaField,
    URLField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.data import catalogue
from consulta.follow_up.evidence import ACCEPTED, LIMIT
from consulta.follow_up.institutions import NAME_MAX, InstitutionCommand
from consulta.follow_up.service import LINK_MAX
from consulta.follow_up.service import TEXT_MAX as REPORT_MAX
from consulta.follow_up.values import GROUPS, INSTITUTION_KINDS, KINDS, RECEIVED, SIDES, STEPS, Answer
from consulta.follow_up.writing import REASON_MAX, TEXT_MAX, Written
from consulta.infra.texts import PHONE_MAX
from consulta.web.fields import Boxes, Form, InEachLanguage, Needed, beside
from consulta.web.language import alphabetical, current, language_choices, local

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from consulta.follow_up.values import InstitutionView, RecommendationView
    from consulta.rounds.values import ThemeLine

ADDRESS_MAX = 254
MOST_DIGITS = 9


def number_of(text: str | None) -> int:
    """Return the number that a hidden entry or a choice has; 0 where it has none."""
    said = text or ""
    return int(said) if said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS else 0


def countries() -> list[tuple[str, str]]:
    """Return code and name of the States, in the alphabetical order of the reader's language."""
    named = ((each.iso2, local(each.name)) for each in catalogue.countries())
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def _by_name(institutions: Iterable[InstitutionView]) -> list[InstitutionView]:
    """Return institutions by State and name, as their reader's language has names in order."""
    return sorted(institutions, key=lambda each: (each.country, each.kind, alphabetical(each.name)))


class RecommendationForm(Form):
    """A row of a factsheet: its text, its objectives, and to whom it is addressed."""

    places = beside(
        "recommendation.text",
        "recommendation.topic",
        "recommendation.kind",
        "recommendation.objectives",
        text="recommendation.long",
        groups="recommendation.addressed",
    )
    seen = HiddenField()
    kind = RadioField(_l("What it is"), [InputRequired()], default="recommendation")
    text = InEachLanguage(_l("Text"), TEXT_MAX, area=True, needed="later")
    topic = SelectField(_l("Topic"), [Optional()])
    groups = Boxes(_l("Addressed to"), [Needed("sometimes")])
    states = Boxes(_l("States by name"))
    institutions = Boxes(_l("Local governments and agencies by name"))
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)

    def __init__(
        self,
        *args: Any,
        topics: Iterable[ThemeLine],
        institutions: Iterable[InstitutionView],
        words: Mapping[str, Mapping[str, object]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        language = current()
        self.kind.choices = [(kind, str(words["kinds"][kind])) for kind in KINDS]
        self.topic.choices = [
            ("", _("All topics of the session")),
            *((t.key, local(t.title)) for t in topics),
        ]
        self.groups.choices = {each: str(words["groups"][each]) for each in GROUPS}
        self.states.choices = dict(countries())
        self.institutions.choices = {
            each.addressee: each.name for each in _by_name(institutions) if each.kind != "government"
        }
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short.best(language)}" for each in catalogue.objectives()
        }

    def to_written(self) -> Written:
        """Return the form as a command."""
        return Written(
            kind=self.kind.data or "",
            text=self.words_of("text"),
            objectives=tuple(self.objectives.data or ()),
            addressed=(
                *(self.groups.data or ()),
                *(self.states.data or ()),
                *(self.institutions.data or ()),
            ),
            topic=self.topic.data or "",
        )


def filled(view: RecommendationView) -> dict[str, Any]:
    """Return the form data of a recommendation as it is written now."""
    return {
        "seen": str(view.version),
        "kind": view.kind,
        "text": view.text,
        "topic": view.topic,
        "objectives": list(view.objectives),
        "groups": [each for each in view.addressed if each in GROUPS],
        "states": [each for each in view.addressed if each in catalogue.countries_by_code()],
        "institutions": [each for each in view.addressed if each.startswith("I") and each[1:].isdecimal()],
    }


class WithdrawForm(Form):
    """Why a recommendation is withdrawn."""

    places: ClassVar[dict[str, str]] = {"recommendation.reason": "reason"}
    seen = HiddenField()
    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)


class WithdrawAnswerForm(Form):
    """What of a public answer is withdrawn, and why."""

    places: ClassVar[dict[str, str]] = {"recommendation.reason": "reason", "report.bare": "what"}
    what = RadioField(_l("What is withdrawn"), [InputRequired()])
    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = [
            ("evidence", _("its link and its file; its words and its step stay")),
            ("answer", _("the whole answer: it counts no more")),
        ]


class AnswerForm(Form):
    """What was done of a recommendation: a step, a day, words, and what it rests on."""

    places = beside(
        "report.step",
        "report.day",
        "report.text",
        "report.link",
        "report.addressee",
        "report.institution",
        "report.organisation",
        "report.received",
        day="report.future",
        file=("evidence.damaged", "evidence.empty", "evidence.kind", "evidence.large", "evidence.script"),
    )
    seen = HiddenField()
    step = RadioField(_l("How far it is"), [InputRequired()])
    day = DateField(_l("Day of which it speaks"), [InputRequired()])
    text = TextAreaField(_l("What was done"), [InputRequired(), Length(max=REPORT_MAX)])
    language = SelectField(_l("Language of these words"), [InputRequired()])
    link = URLField(_l("Address of a page that shows it"), [Optional(), Length(max=LINK_MAX)])
    file = FileField(_l("File that shows it (PDF, PNG, JPEG or office document)"), [Optional()])

    def __init__(self, *args: Any, words: Mapping[str, Mapping[str, object]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.step.choices = [(step, str(words["steps"][step])) for step in STEPS]
        self.file.render_kw = {
            "accept": ACCEPTED,
            "data-most": str(LIMIT),
            "data-large": _(
                "This file is larger than %(most)s MB, and was not added. What you wrote is still here.",
                most=LIMIT // 1_000_000,
            ),
        }
        self.language.choices = list(language_choices().items())

    def to_answer(self) -> Answer:
        """Return the form as what is reported."""
        sent = self.file.data if self.file.data and self.file.data.filename else None
        return Answer(
            step=self.step.data or "",
            day=self.day.data.isoformat() if self.day.data else "",
            text=self.text.data or "",
            language=self.language.data or "",
            link=self.link.data or "",
            file=(sent.filename, sent.read()) if sent else None,
        )


class DeskAnswerForm(AnswerForm):
    """The same, with whose answer it is and how it reached the secretariat."""

    side = RadioField(_l("Whose answer it is"), [InputRequired()])
    addressee = SelectField(_l("For"), [InputRequired()])
    institution = SelectField(_l("Institution that answered"), [Optional()])
    organisation = SelectField(_l("Organisation that says what it sees"), [Optional()])
    received = RadioField(_l("How it reached the secretariat"), [InputRequired()])

    def __init__(
        self,
        *args: Any,
        words: Mapping[str, Mapping[str, object]],
        addressees: Sequence[tuple[str, str]],
        institutions: Iterable[InstitutionView],
        organisations: Iterable[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, words=words, **kwargs)
        none = [("", _("None of the list"))]
        self.side.choices = [(side, str(words["sides"][side])) for side in SIDES]
        self.addressee.choices = [("", _("Choose")), *addressees]
        self.institution.choices = [*none, *((str(each.id), each.name) for each in _by_name(institutions))]
        self.organisation.choices = [*none, *((str(number), name) for number, name in organisations)]
        self.received.choices = [(each, str(words["received"][each])) for each in RECEIVED]


class InstitutionForm(Form):
    """A body that answers for recommendations, and the person of it who is asked."""

    places = beside(
        "institution.kind",
        "institution.country",
        "institution.name",
        "institution.email",
        "institution.phone",
        name="institution.duplicate",
    )
    seen = HiddenField()
    kind = RadioField(_l("What it is"), [InputRequired()])
    country = SelectField(_l("State"), [Optional()])
    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    person = StringField(_l("Contact person"), [Optional(), Length(max=NAME_MAX)])
    role = StringField(_l("Position"), [Optional(), Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [Optional(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "off"})
    phone = TelField(_l("Telephone"), [Optional(), Length(max=PHONE_MAX)], render_kw={"autocomplete": "off"})
    language = SelectField(_l("Language to write in"), [InputRequired()])
    active = BooleanField(_l("It is asked from now on"), default=True)

    def __init__(self, *args: Any, words: Mapping[str, Mapping[str, object]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(each, str(words["institutions"][each])) for each in INSTITUTION_KINDS]
        self.country.choices = [("", _("None: an agency of the region")), *countries()]
        self.language.choices = list(language_choices().items())

    def to_command(self) -> InstitutionCommand:
        """Return the form as a command."""
        return InstitutionCommand(
            kind=self.kind.data or "",
            country=self.country.data or "",
            name=self.name.data or "",
            person=self.person.data or "",
            role=self.role.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
            active=bool(self.active.data),
        )


def filled_institution(view: InstitutionView) -> dict[str, Any]:
    """Return the form data of an institution."""
    names = ("kind", "country", "name", "person", "role", "email", "phone", "language", "active")
    return {name: getattr(view, name) for name in names} | {"seen": str(view.version)}
