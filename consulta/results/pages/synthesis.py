"""What is written of a theme as a form: sentences in each language, and why texts are left over."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import abort, flash, request
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import or_problem
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.web import dimension_words
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage, TypedKeyForm
from consulta.platform.web.language import language_choices, local, offered
from consulta.platform.web.request import read
from consulta.platform.web.table import Choice, Column, Search, Table, back, choice_among
from consulta.results import synthesis
from consulta.results.public.synthesis import theme_name
from consulta.results.synthesis import LEFT_MAX, POOL, Typed, written
from consulta.rounds.service import subject
from consulta.vote.pages.reasons import WORDS
from consulta.vote.reasons import MARKS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work
    from consulta.results.synthesis import Section, Source, SynthesisDesk

BELONGS_TO = "reasons"


LEFT = "left-"
TEXT_MAX = 30_000


class SectionForm(Form):
    """The sentences of a theme; `section_form` adds a line for each of its texts."""

    sources: tuple[Source, ...] = ()
    seen = HiddenField()
    original = SelectField(_l("Written in"), [InputRequired()])
    sentences = InEachLanguage(_l("Sentences"), TEXT_MAX, area=True)

    def lines(self) -> list[tuple[Source, Any]]:
        """Return each text with the field for why it is left over."""
        return [(source, self[f"{LEFT}{source.number}"]) for source in self.sources]

    def left_over(self) -> dict[int, str]:
        """Return why texts are left over, by number; empty where they are not."""
        return {source.number: field.data or "" for source, field in self.lines()}

    def typed(self) -> Mapping[str, str]:
        """Return the sentences as they were typed, by language."""
        return {code: field.data or "" for code, field in self.in_each_language("sentences")}


class PublishForm(TypedKeyForm):
    """The key of the round, and what stands for the draft that was looked at."""

    seen = HiddenField()


def section_form(view: SynthesisDesk, sources: Sequence[Source], section: Section | None) -> SectionForm:
    """Return the form of a theme, filled with what is stored."""
    fields: dict[str, Any] = {"sources": tuple(sources)}
    data: dict[str, Any] = {"seen": view.seen, "original": section.original if section else offered()[0]}
    for source in sources:
        label = _l("Why text %(number)s is left out", number=source.number)
        fields[f"{LEFT}{source.number}"] = StringField(label, [Optional(), Length(max=LEFT_MAX)])
        data[f"{LEFT}{source.number}"] = source.left_over
    for code in offered():
        told = section.sentences if section else ()
        lines = [Typed(each.text.into(code), each.sources) for each in told]
        data[f"sentences_{code}"] = written(lines) if any(each.words for each in lines) else ""
    form: SectionForm = type("OfTheme", (SectionForm,), fields)(data=data)
    form.original.choices = list(language_choices().items())
    return form


NO_THEME = "-"
"""What stands in addresses for reasons under no theme."""

PER_PAGE = 15


@blueprint.get("/rounds/<key>/synthesis", may="reasons.read")
def synthesis_desk(key: str) -> Page:
    """Show the reasons of a round with their codes, and how far its synthesis is."""
    view = read(synthesis.desk_page, key, audited=False)
    suggests = request.args.get("suggest") == "1"
    return page(
        "synthesis/desk.html",
        view.round,
        Form(formdata=None),
        view=view,
        table=_table(view, suggests=suggests),
        name=theme_name,
        way=theme_way,
        consents=WORDS,
        where=where,
        suggests=suggests,
        alike=synthesis.alike(view) if suggests else {},
    )


@blueprint.post("/rounds/<key>/synthesis/codes", may="reasons.write")
def code_reasons(key: str) -> Response:
    """Give the chosen texts a code, take it from them, rename it, or delete it."""
    act, code = request.form.get("act", ""), request.form.get("code", type=int)
    numbers, name = request.form.getlist("o", type=int), request.form.get("name", "")
    acts: dict[str, Callable[[Work], None]] = {
        "put": lambda work: synthesis.put_code(work, key, numbers, code, name),
        "take": lambda work: synthesis.take_code(work, key, numbers, code),
        "rename": lambda work: synthesis.rename_code(work, key, code, name),
        "delete": lambda work: synthesis.remove_code(work, key, code),
    }
    form = Form()
    if form.does(acts.get(act) or abort(400)):
        flash(_("Saved."))
    for refusal in form.refusals:
        flash(refusal)
    return back("secretariat.synthesis_desk", key=key, _anchor="table")


@blueprint.route("/rounds/<key>/synthesis/themes/<theme_key>", methods=["GET", "POST"], may="reasons.write")
def synthesis_theme(key: str, theme_key: str) -> Response | Page:
    """Show the texts of a theme beside its sentences, and save these as a draft, complete or not."""
    view, theme = read(synthesis.desk_page, key, audited=False), POOL if theme_key == NO_THEME else theme_key
    found = or_problem(
        next((each for each in view.themes if each.key == theme), None), "theme.unknown", key=theme_key
    )
    sources = tuple(source for source in view.sources if source.theme == theme)
    form = section_form(view, sources, view.draft.sections.get(theme))
    original = form.original.data or ""
    if form.does(
        lambda work: synthesis.save(
            work, key, theme, form.typed(), original, form.left_over(), form.seen.data or ""
        )
    ):
        return done(_("Saved."), "synthesis_theme", key=key, theme_key=theme_key)
    if request.method == "POST":
        form.seen.data = view.seen  # what stands now has been told: sending again is meant
    return page(
        "synthesis/theme.html",
        view.round,
        form,
        view=view,
        theme=found,
        name=theme_name,
        consents=WORDS,
        where=where,
    )


@blueprint.route(
    "/rounds/<key>/synthesis/publish",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def publish_synthesis(key: str) -> Response | Page:
    """Show the synthesis as it will read and what stands in its way, and publish it."""
    view = read(synthesis.desk_page, key, audited=True)
    form = PublishForm(expected=key, data={"seen": view.seen})
    form.concerning = lambda: [
        (_("Consultation"), local(view.round.title)),
        (_("Version that is public now"), str(view.public_version or _("none"))),
        (_("Reasons"), str(len(view.sources))),
        (_("Sentences"), str(sum(len(each.sentences) for each in view.draft.sections.values()))),
    ]
    if form.does(lambda work: synthesis.publish(work, key, form.seen.data or "")):
        return done(_("What the organisations said is published."), "synthesis_desk", key=key)
    view = read(synthesis.desk_page, key, audited=True)
    form.seen.data = view.seen
    return page("synthesis/publish.html", view.round, form, view=view, name=theme_name)


def theme_way(theme: str) -> str:
    """Return what stands for a theme in addresses."""
    return theme or NO_THEME


def where(source: Any) -> str:
    """Return the marks of a text, such as its subregion, as far as they are told."""
    told = [local(name_of(name, value)) for name in MARKS if (value := getattr(source, name))]
    return " · ".join(told)


def _table(view: SynthesisDesk, *, suggests: bool) -> Listing:
    objectives = catalogue.objectives_by_number()
    numbers = sorted({number for source in view.sources for number in source.objectives})
    standing = {"open": _("not used yet"), "used": _("in a sentence"), "left": _("left out")}

    def named(dimension: str, source: Source) -> tuple[str, str]:
        key = getattr(source, dimension)
        return (key or "-"), local(name_of(dimension, key)) if key else _("withheld")

    table = Table(
        title=_("Reasons of the organisations"),
        endpoint="secretariat.synthesis_desk",
        key=view.round.key,
        subject=subject(view.round),
        at={"suggest": "1"} if suggests else {},
        search=Search(_("Words of a text"), lambda source: source.text),
        choices=[
            choice_among(
                "theme",
                _("Theme"),
                view.sources,
                lambda source: (theme_way(source.theme), theme_name(source.title)),
            ),
            Choice(
                "objective",
                _("Objective"),
                [(str(number), f"{number} {local(objectives[number].short)}") for number in numbers],
                lambda source: [str(number) for number in source.objectives],
            ),
            *(
                choice_among(mark, dimension_words.name(mark), view.sources, partial(named, mark))
                for mark in MARKS
            ),
            Choice(
                "code",
                _("Code"),
                [("-", _("none")), *((str(number), name) for number, name, _count in view.codes)],
                _codes_of,
            ),
            Choice("standing", _("In the synthesis"), list(standing.items()), lambda source: source.standing),
        ],
        columns=[
            Column("number", _("Text"), lambda source: source.number, numeric=True),
            Column("text", _("Words"), lambda source: source.text, flow=True, sorts=False, phone="under"),
            Column("theme", _("Theme"), lambda source: theme_name(source.title), flow=True),
            Column(
                "codes",
                _("Codes"),
                lambda source: ", ".join(name for _number, name in source.codes),
                flow=True,
            ),
            Column(
                "standing",
                _("In the synthesis"),
                lambda source: standing[source.standing],
                phone="side",
            ),
        ],
        size=PER_PAGE,
    )
    return table.over(view.sources)


def _codes_of(source: Source) -> list[str]:
    return [str(number) for number, _name in source.codes] or ["-"]
