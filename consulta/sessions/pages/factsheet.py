"""The words of a factsheet as a form: as many rows in each list as are asked for, all flat.

A row that is left empty is no row; so the form has a few empty ones, and a button that gives more.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from wtforms import BooleanField, HiddenField, IntegerField, TextAreaField
from wtforms.validators import Length, NumberRange, Optional

from consulta.core.rounds import State
from consulta.panel.pages.dialogues import as_link
from consulta.platform.data import catalogue
from consulta.platform.web import letters
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, Needed, TypedKeyForm, beside
from consulta.platform.web.language import local
from consulta.platform.web.request import house, read, uses
from consulta.results import page as result_page
from consulta.rounds.acts import REASON_MAX
from consulta.sessions import factsheets, minutes
from consulta.sessions.factsheets import MOST_ROWS, NUMBER_MAX, Words
from consulta.sessions.pages import pictures
from consulta.sessions.pages.pictures import factsheet_letter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.texts import Text
    from consulta.platform.work import Work
    from consulta.results.values import ResultView
    from consulta.rounds.values import ThemeLine
    from consulta.sessions.factsheets import FactsheetDesk


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
    achieved = InEachLanguage(_l("Achievements"), TEXT, area=True, needed="later")
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


class OutcomePublishForm(FactsheetPublishForm):
    """The same, and whether the minutes are published with the factsheet."""

    minutes = BooleanField(_l("Publish the minutes with it"), default=True)


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


@blueprint.route("/rounds/<key>/factsheet", methods=["GET", "POST"], may="dialogues.write")
def factsheet(key: str) -> BaseResponse | Page:
    """Show the words of a factsheet as a form, and save them as a draft, complete or not."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    sent = request.method == "POST"
    more = request.values.get("more")
    rows = rows_sent(request.form) if sent else rows_of(view.sheet.words, more)
    form = with_rows(rows)(data=filled(view.sheet.words, view.seen), topics=view.topics)
    if form.does(lambda work: factsheets.save(work, key, form.to_words(), form.seen.data or "")):
        if "look" in request.form and not more:
            return done(_("Saved."), "publish_factsheet", key=key)
        there = {"more": more, "_anchor": more} if more in LISTS else {}
        return done(_("Saved."), "factsheet", key=key, **there)
    if sent:
        form.seen.data = view.seen  # what stands now has been told: sending again is meant
    offered = read(factsheets.offered, key)
    return page("sessions/factsheet.html", view.round, form, view=view, offered=offered)


@blueprint.post("/rounds/<key>/factsheet/sentences", may="dialogues.write")
def take_sentences(key: str) -> BaseResponse:
    """Add the ticked sentences of the published synthesis to the words of the factsheet."""
    challenges, lessons = (request.form.getlist(name, type=int) for name in ("challenge", "lesson"))
    form = Form()
    if form.does(lambda work: factsheets.take_over(work, key, challenges, lessons)):
        taken = form.outcome
        said = ngettext("%(num)s sentence was copied.", "%(num)s sentences were copied.", taken)
    else:
        said = " ".join(form.refusals)
    return done(said, "factsheet", key=key)


@blueprint.route(
    "/rounds/<key>/factsheet/publish",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def publish_factsheet(key: str) -> BaseResponse | Page:
    """Show the factsheet as it will read, with the minutes where they can be published, and publish them."""
    form = OutcomePublishForm(expected=key)
    form.concerning = lambda: _about(key)
    if form.does(lambda work: _publish(work, key, form)):
        said = (
            _("The factsheet and the minutes are published.")
            if form.minutes.data
            else _("The factsheet is published.")
        )
        return done(said, "factsheet", key=key)
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    agreed = read(minutes.desk_page, key) if uses("minutes") else None
    form.seen.data = view.content_seen  # what is sent next was seen now
    chosen = _chosen(view)
    return page(
        "sessions/publish.html",
        view.round,
        form,
        view=view,
        sheet=view.sheet,
        chosen=chosen,
        pictures=pictures.of_figures(view.sheet.figures) if view.sheet.figures else None,
        objectives=catalogue.objectives_by_number(),
        letters=letters.are_available(),
        agreed=agreed if agreed and agreed.is_changed and not agreed.refusals else None,
    )


def _publish(work: Work, key: str, form: OutcomePublishForm) -> None:
    factsheets.publish(work, key, house().settings.small_cell, form.seen.data or None)
    if form.minutes.data:
        minutes.publish(work, key)


@blueprint.route(
    "/rounds/<key>/factsheet/figures",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def replace_figures(key: str) -> BaseResponse | Page:
    """Show the public figures beside those of the list as it is now, and replace them with a reason."""
    form, small_cell = FiguresForm(expected=key), house().settings.small_cell
    form.concerning = lambda: _about(key)
    if form.does(
        lambda work: factsheets.replace_figures(
            work, key, form.words_of("reason"), small_cell, form.seen.data or None
        )
    ):
        return done(_("The figures are replaced. The former ones stay readable."), "factsheet", key=key)
    view = read(factsheets.figures_page, key, small_cell)
    form.seen.data = view.seen  # what is sent next was seen now
    return page(
        "sessions/figures.html",
        view.round,
        form,
        view=view,
        rows=pictures.side_by_side(view.public, view.told) if view.told else None,
        told_parts=pictures.PARTS,
    )


@blueprint.get("/rounds/<key>/factsheet/draft.pdf", may="rounds.read")
def factsheet_draft(key: str) -> Response:
    """Return the factsheet as a PDF, as it would be published now."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    return factsheet_letter(view.sheet, _chosen(view))


def _about(key: str) -> list[tuple[str, str]]:
    """Return which factsheet is published, for a second person: label and value."""
    view = read(factsheets.desk_page, key, house().settings.small_cell)
    return [
        (_("Consultation"), local(view.round.title)),
        (_("Session"), local(view.sheet.title)),
        (_("Version that is public now"), str(view.public_version or _("none"))),
        (_("People on the list of participants"), str(view.people)),
    ]


def _chosen(view: FactsheetDesk) -> ResultView | None:
    """Return the result of the round as readers of the factsheet know it; None before it is published."""
    if view.round.state != State.PUBLISHED:
        return None
    return read(result_page.published_page, view.round.key)
