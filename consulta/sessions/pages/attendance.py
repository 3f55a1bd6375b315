"""Who took part in a session, as forms."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from flask import flash, render_template, request
from wtforms import IntegerField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.platform.data import catalogue
from consulta.platform.formats.workbook import Sheet
from consulta.platform.importing.pages import ConfirmForm, Pages
from consulta.platform.labels import name_of
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint, done, page
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.files import Export, as_file, kind_of
from consulta.platform.web.language import alphabetical, local
from consulta.platform.web.request import now, read, write
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    back,
    choice_among,
    handed_out,
)
from consulta.rounds import service as rounds
from consulta.rounds.service import subject
from consulta.sessions import attendance as services
from consulta.sessions.attendance import FIELDS, GROUPS, LABELS, MOST_PEOPLE, NAME_MAX, NO_COUNTRY, Answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.platform.work import Work
    from consulta.sessions.attendance import AttendanceView, Entry


REGIONAL = "regional"


class AttendanceForm(Form):
    """People of one organisation with the same answers; no names."""

    places = beside(
        "attendance.country",
        "attendance.organisation",
        "attendance.people",
        "nominee.gender",
        "nominee.sector",
    )
    organisation = StringField(_l("Organisation or institution"), [InputRequired(), Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    gender = SelectField(_l("Gender, as stated by the person"), [Optional()])
    people = IntegerField(_l("People"), [InputRequired(), NumberRange(1, MOST_PEOPLE)], default=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose = {"": _("Choose")}
        countries = sorted(catalogue.countries(), key=lambda country: alphabetical(local(country.name)))
        self.country.choices = (
            choose | {each.iso2: local(each.name) for each in countries} | {REGIONAL: local(NO_COUNTRY)}
        )
        self.sector.choices = choose | {each.key: local(each.name) for each in catalogue.sectors()}
        self.gender.choices = {"": _("Not stated")} | {g.key: local(g.name) for g in catalogue.genders()}

    def to_answers(self) -> Answers:
        """Return the answers in the form."""
        return Answers(
            organisation=self.organisation.data or "",
            country="" if self.country.data == REGIONAL else self.country.data or "",
            sector=self.sector.data or "",
            gender=self.gender.data or None,
        )


class CarryOutForm(ConfirmForm):
    """The word to write down what was shown, and in which way."""

    way = RadioField(_l("What happens with the list"), [InputRequired()], default="replace")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.way.choices = {
            "replace": _("The file takes the place of the list"),
            "add": _("The people in the file are added to the list"),
        }


@blueprint.route("/rounds/<key>/attendance", methods=["GET", "POST"], may="attendance.write")
def attendance(key: str) -> BaseResponse | tuple[str, int]:
    """Show the attendance list and the form that adds people to it, or that there is no session yet."""
    line = read(rounds.round_line, key)
    if line.session_starts is None and not line.session_cancelled:
        return render_template("sessions/no_session.html", line=line, example=line.example), 200
    form = AttendanceForm()
    count = form.people.data or 0
    if form.does(lambda work: services.add(work, key, form.to_answers(), count)):
        return done(
            ngettext("%(num)s person was added.", "%(num)s people were added.", count), "attendance", key=key
        )
    view, table = read(_table, key)
    return page("sessions/attendance.html", view.round, form, view=view, table=table)


@handed_out("attendance")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[AttendanceView, Listing]:
    """Return the attendance list of a session, and its table."""
    view = services.list_people(work, key)
    parts = {"country": _("Country"), "sector": _("Sector"), "gender": _("Gender")}
    empty = {"country": local(NO_COUNTRY), "sector": "", "gender": _("Not stated")}

    def name(part: str, entry: Entry) -> str:
        chosen = getattr(entry.answers, part)
        return local(name_of(part, chosen)) if chosen else empty[part]

    def among(part: str, label: str) -> Choice:
        return choice_among(
            part,
            label,
            view.entries,
            lambda entry: (getattr(entry.answers, part) or "none", name(part, entry)),
        )

    table = Table(
        title=_("Who took part"),
        name="attendance",
        endpoint="secretariat.attendance",
        key=key,
        subject=subject(view.round),
        search=Search(_("Organisation"), lambda entry: entry.answers.organisation),
        choices=[among(part, label) for part, label in parts.items()],
        columns=[
            Column("organisation", _("Organisation"), lambda entry: entry.answers.organisation),
            *(Column(part, label, partial(name, part)) for part, label in parts.items()),
            Column("people", _("People"), lambda entry: entry.people, numeric=True, phone="side"),
            acts(_("Change")),
        ],
    )
    return view, table.over(view.entries, whole=whole)


@blueprint.post("/rounds/<key>/attendance/<int:number>/remove", may="attendance.write")
def remove_attendance(key: str, number: int) -> BaseResponse:
    """Take one person off the list."""
    write(services.remove, key, number)
    flash(_("One person was taken off the list."))
    return back("secretariat.attendance", key=key)


@blueprint.get("/rounds/<key>/attendance/template", may="attendance.read")
def attendance_template(key: str) -> Response:
    """Return an empty workbook or CSV file with the headings that the import reads.

    The workbook also has the lists of values to choose from.
    """
    read(services.list_people, key)  # refuses who may not see the list
    lists = [
        ("country", _("Country"), (*_listed(catalogue.countries()), local(NO_COUNTRY))),
        ("sector", _("Sector"), _listed(catalogue.sectors())),
        ("group", _("Group"), tuple(local(name) for name in GROUPS.values())),
        ("gender", _("Gender"), _listed(catalogue.genders())),
    ]
    places = list(LABELS)
    return as_file(
        Export(
            stem=f"{key}-attendance-template",
            title=_("Who took part in the session of %(key)s", key=key),
            sheet=Sheet(
                _("Attendance"),
                tuple(field.headings[0] for field in FIELDS),
                (),
                tuple((places.index(name), title) for name, title, _rows in lists),
            ),
            made_at=now(),
            facts=(
                (_("Consultation"), key),
                (_("Names"), _("None: names of people are neither needed nor kept.")),
                (_("Group"), _("May be left out: it follows from the sector.")),
                (_("Gender"), _("Only what the person said; empty where the person was not asked.")),
                (_("People"), _("How many the row stands for; empty means one.")),
            ),
            more_sheets=tuple(
                Sheet(title, (title,), tuple((row,) for row in rows)) for _name, title, rows in lists
            ),
        ),
        kind_of(request.args.get("kind")),
    )


def _listed(entries: Iterable[catalogue.Entry | catalogue.Country]) -> tuple[str, ...]:
    return tuple(local(entry.name) for entry in entries)


def _context(key: str) -> dict[str, Any]:
    line = read(services.list_people, key).round
    return {
        "line": line,
        "example": line.example,
        "subject": _("Organisation"),
        "undo_words": _("The list is still as this file left it, so it can be put back as it was before."),
    }


def _people(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s person is written down.", "%(num)s people are written down.", count),
        ngettext("%(num)s person was written down.", "%(num)s people were written down.", count),
        ngettext("%(num)s person is taken off again.", "%(num)s people are taken off again.", count),
    )


def _on_list(count: int) -> tuple[str, str, str]:
    return (
        ngettext("%(num)s person is on the list now.", "%(num)s people are on the list now.", count),
        "",
        "",
    )


Pages(
    importer=services.IMPORTER,
    path="/rounds/<key>/attendance/file",
    upload="sessions/attendance_upload.html",
    home="attendance",
    back=lambda: _("Who took part"),
    labels=lambda: LABELS,
    form=lambda _view: CarryOutForm(),
    options=lambda form: {"way": form.way.data},
    effects={"people": _people, "on_list": _on_list},
    context=_context,
    may="attendance.write",
).register()
