"""The words of a factsheet as a form: as many rows in each list as are asked for, all flat.

A row that is left empty is no row; so the form has a few empty ones, and a button that gives more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, IntegerField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from consulta.panel.dialogues.forms import as_link
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, Needed, TypedKeyForm, beside
from consulta.platform.web.language import local
from consulta.rounds.replaced import REASON_MAX
from consulta.sessions.words import MOST_ROWS, NUMBER_MAX, Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from consulta.core.texts import Text
    from consulta.rounds.values import ThemeLine

LISTS = ("lessons",)
SPARE = 2  # empty rows below each list
MORE = 3  # further ones where they are asked for
ROW = re.compile(rf"({'|'.join(LISTS)})_(\d{{1,3}})_(?:[a-z]+)")
TEXT, ROW_TEXT = 6000, 1500  # characters


class WordsForm(Form):
    """The texts of a factsheet besides its lists; `with_rows` adds the rows of the lists."""

    places = beside("factsheet.number", "dialogue.links", links="dialogue.link")
    rows: ClassVar[Mapping[str, int]] = {}
    seen = HiddenField()
    number = IntegerField(
        _l("Number of the series"), [Optional(), NumberRange(1, NUMBER_MAX), Needed("later")]
    )
    topics = Boxes(_l("Topics that it is about"))
    period = InEachLanguage(_l("Period"), 120, needed="later")
    achieved = InEachLanguage(_l("What was achieved"), TEXT, area=True, needed="later")
    links = TextAreaField(_l("Links"), [Optional(), Length(max=4000)])

    def __init__(self, *args: Any, topics: Iterable[ThemeLine], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.topics.choices = {topic.key: local(topic.title) for topic in topics}

    def of_list(self, name: str) -> list[dict[str, Any]]:
        """Return the fields of each row of a list, for the page."""
        return [{"name": f"{name}_{number}"} for number in range(1, self.rows[name] + 1)]

    def to_words(self) -> Words:
        """Return the words in the form."""
        return Words(
            number=self.number.data,
            topics=tuple(self.topics.data or ()),
            period=self.words_of("period"),
            achieved=self.words_of("achieved"),
            lessons=self._list("lessons"),
            links=tuple(as_link(text) for text in (self.links.data or "").splitlines() if text.strip()),
        )

    def _list(self, name: str) -> tuple[Text, ...]:
        return tuple(self.words_of(f"{name}_{n}") for n in range(1, self.rows[name] + 1))


class FactsheetPublishForm(TypedKeyForm):
    """The round's key, and what stands for the factsheet that the page showed."""

    seen = HiddenField()


class FiguresForm(FactsheetPublishForm):
    """The same, with the public reason why the figures are replaced."""

    places: ClassVar[dict[str, str]] = {"replaced.reason": "reason"}

    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)


def with_rows(rows: Mapping[str, int]) -> type[WordsForm]:
    """Return a form class with the given number of rows in each list."""
    fields: dict[str, Any] = {"rows": rows}
    labels = {"lessons": _l("Lesson %(number)s")}
    for name, called in labels.items():
        for number in range(1, rows[name] + 1):
            fields[f"{name}_{number}"] = InEachLanguage(called % {"number": number}, ROW_TEXT, area=True)
    return type("WordsForm", (WordsForm,), fields)


def rows_of(words: Words, more: str | None) -> dict[str, int]:
    """Return how many rows each list of the form has: those with text, and a few empty ones.

    The list named `more` gets additional empty rows; no list has more than `MOST_ROWS`.
    """
    return {
        name: min(len(getattr(words, name)) + SPARE + (MORE if name == more else 0), MOST_ROWS)
        for name in LISTS
    }


def rows_sent(names: Iterable[str]) -> dict[str, int]:
    """Return how many rows of each list were sent: the highest row number, at most `MOST_ROWS`."""
    found = dict.fromkeys(LISTS, 0)
    for match in (ROW.fullmatch(name) for name in names):
        if match:
            found[match[1]] = max(found[match[1]], min(int(match[2]), MOST_ROWS))
    return found


def filled(words: Words, seen: str) -> dict[str, Any]:
    """Return the form data: the words as they are stored."""
    data: dict[str, Any] = {
        "seen": seen,
        "number": words.number,
        "topics": list(words.topics),
        "links": "\n".join(f"{link.label} {link.url}" for link in words.links),
    }
    for part, number, text in words.texts():
        data[f"{part}_{number}" if number else part] = text
    return data
