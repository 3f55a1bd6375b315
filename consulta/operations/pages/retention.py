"""What the desk enters about the data of a person."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, ClassVar

from flask import Response, flash, redirect, render_template, url_for
from markupsafe import Markup
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.operations import personal_data
from consulta.operations import retention as retention_acts
from consulta.operations.pages import what_is_kept
from consulta.operations.personal_data import REASON_MAX
from consulta.platform.deadlines import DEFAULT_ZONE
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.downloads import zipped
from consulta.platform.web.fields import Form
from consulta.platform.web.language import offered, say, short_day, speaking
from consulta.platform.web.request import house, now, read, write
from consulta.platform.web.table import Column, Listing, Table, handed_out, moment_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.operations.personal_data import Person
    from consulta.operations.retention import KindView
    from consulta.platform.models import RetentionRun
    from consulta.platform.work import Work


TEXT_MAX = 200


class SearchForm(Form):
    """Whose data are looked for. It is sent as a form, so that no address stands in the server's log."""

    places: ClassVar[dict[str, str]] = {"person.short": "text"}
    text = StringField(_l("Name or e-mail address"), [InputRequired(), Length(max=TEXT_MAX)])


class EraseForm(Form):
    """Why a person is erased, and that this is meant."""

    places: ClassVar[dict[str, str]] = {"person.reason": "reason"}
    reason = TextAreaField(_l("Why"), [InputRequired(), Length(max=REASON_MAX)])
    sure = BooleanField(
        _l("I have read what goes and what stays; what goes cannot be brought back."), [InputRequired()]
    )


KINDS = {
    "mail_texts": _l("Texts of mails that were sent"),
    "mail_addresses": _l("Addresses of mails that were sent"),
    "uploads": _l("Rows of imported files"),
    "sign_ins": _l("Sessions that ended, and attempts to sign in"),
    "links": _l("Personal links that ended"),
    "second_steps": _l("Second steps of disabled accounts"),
    "pending_acts": _l("Forms that waited for a second person"),
    "former_addresses": _l("Former addresses of contacts"),
    "contacts": _l("Contacts that are switched off"),
    "staff": _l("Disabled accounts of staff"),
    "institutions": _l("People of institutions that are not asked any more"),
    "focal_points": _l("Focal points whose term ended"),
    "corrections": _l("Corrections that were decided"),
    "applications": _l("People of applications that were decided or withdrawn"),
    "roll_contacts": _l("Names and addresses kept with the roll of a consultation"),
    "guest_notes": _l("Notes of people invited to the panel"),
    "nominees": _l("How to reach people proposed for a panel"),
    "evaluation_people": _l("People asked to evaluate a session"),
    "follow_up_requests": _l("People asked about recommendations"),
}


@blueprint.get("/retention", may="retention.read")
def retention() -> str:
    """Show what is erased when, and what was."""
    runs, table = read(_table)
    return render_template("retention/desk.html", runs=runs, table=table, words=KINDS)


@handed_out("retention")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[Sequence[RetentionRun], Listing]:
    """Return what was erased, and the table of what will be."""
    kinds, runs = retention_acts.overview(work, house().settings.kept_days)
    table = Table(
        title=_("What is erased when"),
        name="retention",
        endpoint="secretariat.retention",
        subject="retention",
        columns=[
            Column("what", _("What"), lambda each: str(KINDS[each.name]), flow=True),
            Column("days", _("Kept for days"), lambda each: each.days, numeric=True),
            Column("when", _("Next erasure"), _when, phone="under", flow=True),
            Column("due", _("Rows now"), lambda each: each.due, numeric=True, phone="side"),
            Column("soon", _("In the next 30 days"), lambda each: each.soon, numeric=True),
            Column(
                "last_rows",
                _("Rows erased last"),
                lambda each: each.last.rows if each.last else 0,
                numeric=True,
            ),
            *moment_columns(_("Erased last"), lambda each: each.last.at if each.last else None),
        ],
    )
    return runs, table.over(kinds, whole=whole)


def _when(each: KindView) -> str:
    if each.begins_at is not None:
        return _("from %(day)s on", day=short_day(each.begins_at, DEFAULT_ZONE))
    if not each.due:
        return _("none yet")
    return _("within the hour") if each.announced else _("a week after its notice")


# The file is read without this site, so that its style is in it.
_STYLE = Markup(
    "<style>"
    "body{font:1rem/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;"
    "color:#12222d;background:#fff}"
    "h1,h2,h3{line-height:1.2}"
    "dl{display:grid;grid-template-columns:minmax(8rem,auto) 1fr;gap:.2rem 1rem;"
    "margin:.5rem 0 1.5rem}"
    "dt{color:#4a5a66}"
    "dd{margin:0;white-space:pre-line;overflow-wrap:anywhere}"
    "hr{border:0;border-top:1px solid #c9d3da}"
    "</style>"
)
_MOMENT = (1980, 1, 1, 0, 0, 0)  # of the files in the ZIP, which has its own moment inside


@blueprint.route("/people", methods=["GET", "POST"], may="people.read")
def person_search() -> tuple[str, int]:
    """Look for the people who have a name or an address."""
    form = SearchForm()
    if form.validate_on_submit():
        form.accepts(lambda: read(personal_data.search, form.text.data or ""))
    return render_template(
        "retention/search.html", form=form, found=form.outcome, records=what_is_kept.RECORDS
    ), form.status


@blueprint.get("/people/<record>/<int:number>", may="people.read")
def person(record: str, number: int) -> str:
    """Show what there is of a person, and what may become of it."""
    view = read(personal_data.look, record, number)
    return render_template("retention/person.html", view=view, told=what_is_kept, say=say)


@blueprint.post("/people/<record>/<int:number>/file", may="people.erase", password=True)
def person_file(record: str, number: int) -> Response:
    """Hand out all that there is of a person as one file: for programs, and to be read."""
    view = write(personal_data.hand_out, record, number)
    return zipped(f"{record}-{number}-{now():%Y%m%dT%H%MZ}.zip", _packed(view))


@blueprint.route(
    "/people/<record>/<int:number>/erase",
    methods=["GET", "POST"],
    may="people.erase",
    password=True,
    two_persons="by setting",
)
def erase_person(record: str, number: int) -> BaseResponse | tuple[str, int]:
    """Erase a person, after what goes and what stays was read."""
    form = EraseForm()
    form.tells = lambda: [
        (_("Whose data"), f"{what_is_kept.RECORDS[record]} {number}"),
        (str(form.reason.label.text), form.reason.data or ""),
    ]
    if form.does(lambda work: personal_data.erase(work, record, number, form.reason.data or "")):
        done, left = len(form.outcome.done), len(form.outcome.left)
        said = ngettext("%(num)s entry is erased.", "%(num)s entries are erased.", done)
        if left:
            said += " " + ngettext("%(num)s stays for now.", "%(num)s stay for now.", left)
        flash(said)
        return redirect(url_for("secretariat.person", record=record, number=number), 303)
    view = read(personal_data.look, record, number)
    return render_template(
        "retention/erase.html", view=view, form=form, told=what_is_kept, say=say
    ), form.status


def _packed(view: Person) -> bytes:
    """Return the ZIP: the data as JSON, and as a page in the person's language."""
    language = view.language if view.language in offered() else offered()[0]
    with speaking(language):
        page = render_template(
            "retention/person_file.html",
            view=view,
            told=what_is_kept,
            at=now(),
            language=language,
            style=_STYLE,
        )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (("data.json", _json(view)), ("data.html", page)):
            packed.writestr(zipfile.ZipInfo(name, _MOMENT), content)
    return buffer.getvalue()


def _json(view: Person) -> str:
    whole = {
        "format": "consulta-person/1",
        "made_at": now(),
        "records": [
            {
                "kind": each.kind,
                "number": each.number,
                "of": each.where,
                "data": each.data,
                "related": each.related,
                "stays_after_an_erasure": each.stays,
            }
            for each in view.held
        ],
        "by_address": view.besides,
    }
    return json.dumps(
        whole,
        ensure_ascii=False,
        indent=2,
        default=lambda value: value.isoformat() if hasattr(value, "isoformat") else str(value),
    )
