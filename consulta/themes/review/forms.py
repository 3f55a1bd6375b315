"""Forms of the review of proposed themes. Each decision carries the version of the proposal that was seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.texts import Text
from consulta.platform.web.fields import Form, InEachLanguage, Needed, beside
from consulta.themes.proposals.rules import TITLE_MAX, WHY_MAX
from consulta.themes.review import service
from consulta.themes.review.values import PartCommand

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"\d+")
LAST = 9  # digits of a number that is read


def numbers(text: str | None) -> tuple[int, ...]:
    """Return the whole numbers of a text, such as `2, 7`."""
    return tuple(int(each) for each in _NUMBER.findall(text or "") if len(each) <= LAST)


class VersionForm(Form):
    """A form about a proposal as it was seen."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """Return the version that was seen; 0 where it is missing."""
        return next(iter(numbers(self.version.data)), 0)

    def now_at(self, version: int) -> None:
        """Let the next sending be about the proposal as it is shown now."""
        self.version.data = str(version)


class DecisionForm(VersionForm):
    """What the secretariat decides of a proposal; which button was pressed says what of it counts."""

    places = beside(
        "theme_review.question",
        "theme_review.reason",
        reason="theme_review.reason_long",
        question="theme_review.unreachable",
    )

    reason = InEachLanguage(_l("Reason"), service.REASON_MAX, area=True, needed="sometimes")
    question = TextAreaField(
        _l("Question"), [Optional(), Length(max=service.QUESTION_MAX), Needed("sometimes")]
    )


class WordsForm(VersionForm):
    """The words of a proposal in its own language, as the secretariat edits them."""

    places = beside("theme_proposal.title", "theme_proposal.why", objectives="theme.choose")

    title = StringField(_l("Title"), [InputRequired(), Length(max=TITLE_MAX)])
    why = TextAreaField(_l("Why"), [InputRequired(), Length(max=WHY_MAX)])
    objectives = StringField(_l("Objectives"), [InputRequired(), Length(max=60)])


class TranslationForm(VersionForm):
    """The words of a proposal in another language."""

    places: ClassVar[dict[str, str]] = {"theme_review.translation": "title"}

    title = StringField(_l("Title"), [InputRequired(), Length(max=service.TITLE_MAX)])
    why = TextAreaField(_l("Why"), [InputRequired(), Length(max=service.WHY_MAX)])


class SplitForm(VersionForm):
    """Up to four parts of a proposal, of which those with a title count."""

    places = beside(title_1="theme_review.parts", title_2="theme_review.parts_alike")

    title_1 = StringField(_l("Title"), [Optional(), Length(max=TITLE_MAX)])
    why_1 = TextAreaField(_l("Why"), [Optional(), Length(max=WHY_MAX)])
    objectives_1 = StringField(_l("Objectives"), [Optional(), Length(max=60)])
    title_2 = StringField(_l("Title"), [Optional(), Length(max=TITLE_MAX)])
    why_2 = TextAreaField(_l("Why"), [Optional(), Length(max=WHY_MAX)])
    objectives_2 = StringField(_l("Objectives"), [Optional(), Length(max=60)])
    title_3 = StringField(_l("Title"), [Optional(), Length(max=TITLE_MAX)])
    why_3 = TextAreaField(_l("Why"), [Optional(), Length(max=WHY_MAX)])
    objectives_3 = StringField(_l("Objectives"), [Optional(), Length(max=60)])
    title_4 = StringField(_l("Title"), [Optional(), Length(max=TITLE_MAX)])
    why_4 = TextAreaField(_l("Why"), [Optional(), Length(max=WHY_MAX)])
    objectives_4 = StringField(_l("Objectives"), [Optional(), Length(max=60)])

    def fields_of(self, part: int) -> tuple[Any, Any, Any]:
        """Return the fields of a part: title, why, objectives."""
        return self[f"title_{part}"], self[f"why_{part}"], self[f"objectives_{part}"]

    def parts(self) -> tuple[PartCommand, ...]:
        """Return the parts of which something was written."""
        read = [self.fields_of(part) for part in range(1, service.MOST_PARTS + 1)]
        return tuple(
            PartCommand(title.data or "", why.data or "", numbers(objectives.data))
            for title, why, objectives in read
            if (title.data or "").strip() or (why.data or "").strip()
        )


class MergeForm(Form):
    """Which proposal keeps its words, and the versions of those that were seen: `3:41 5:60`."""

    places = beside(into=("theme_review.itself", "theme_review.target"))

    into = RadioField(
        _l("Which keeps its words"),
        [InputRequired(_l("Choose the proposal whose words stay."))],
        validate_choice=False,
    )
    seen = HiddenField()

    def versions(self) -> dict[int, int]:
        """Return the version that was seen of each proposal, by number."""
        found = numbers(self.seen.data)
        return dict(zip(found[::2], found[1::2], strict=False))

    def now_at(self, versions: Mapping[int, int]) -> None:
        """Let the next sending be about the proposals as they are shown now."""
        self.seen.data = " ".join(f"{number}:{version}" for number, version in versions.items())


class ChoiceForm(Form):
    """What goes on the ballot: the last step that was seen; which are taken, and why others are not.

    The boxes are named `take`, the reasons `why-<number>-<language>`; they are read by `taken` and `reasons`.
    """

    seen = HiddenField()

    @property
    def last(self) -> int:
        """Return the last step that was seen; 0 where it is missing."""
        return next(iter(numbers(self.seen.data)), 0)


def taken(given: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the proposals whose boxes were ticked."""
    return tuple(number for each in given for number in numbers(each))


def reasons(given: Mapping[str, str], languages: Sequence[str]) -> dict[int, Text]:
    """Return what was written of each proposal, by number."""
    found: dict[int, dict[str, str]] = {}
    for name, said in given.items():
        part, _, rest = name.partition("-")
        number, _, language = rest.partition("-")
        if part == "why" and number.isdecimal() and len(number) <= LAST and language in languages:
            found.setdefault(int(number), {})[language] = said
    return {number: Text(words) for number, words in found.items()}
