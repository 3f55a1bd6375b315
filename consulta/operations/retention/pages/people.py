"""The desk's pages of one person's data: looked for, told, handed out as a file, erased."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from flask import Response, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from consulta.operations.retention import people
from consulta.operations.retention.forms import EraseForm, SearchForm
from consulta.operations.retention.pages import told
from consulta.platform.web.desk import blueprint
from consulta.platform.web.downloads import zipped
from consulta.platform.web.language import offered, say, speaking
from consulta.platform.web.request import now, read, reading, write

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.operations.retention.values import Person, PersonLine

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
        form.accepts(lambda: _found(form))
    return render_template(
        "retention/search.html", form=form, found=form.outcome, records=told.RECORDS
    ), form.status


def _found(form: SearchForm) -> tuple[PersonLine, ...]:
    with reading() as work:
        return people.search(work, form.text.data or "")


@blueprint.get("/people/<record>/<int:number>", may="people.read")
def person(record: str, number: int) -> str:
    """Show what there is of a person, and what may become of it."""
    view = read(people.look, record, number)
    return render_template("retention/person.html", view=view, told=told, say=say)


@blueprint.post("/people/<record>/<int:number>/file", may="people.erase", password=True)
def person_file(record: str, number: int) -> Response:
    """Hand out all that there is of a person as one file: for programs, and to be read."""
    view = write(people.hand_out, record, number)
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
        (_("Whose data"), f"{told.RECORDS[record]} {number}"),
        (str(form.reason.label.text), form.reason.data or ""),
    ]
    if form.does(lambda work: people.erase(work, record, number, form.reason.data or "")):
        done, left = len(form.outcome.done), len(form.outcome.left)
        said = ngettext("%(num)s entry is erased.", "%(num)s entries are erased.", done)
        if left:
            said += " " + ngettext("%(num)s stays for now.", "%(num)s stay for now.", left)
        flash(said)
        return redirect(url_for("secretariat.person", record=record, number=number), 303)
    view = read(people.look, record, number)
    return render_template("retention/erase.html", view=view, form=form, told=told, say=say), form.status


def _packed(view: Person) -> bytes:
    """Return the ZIP: the data as JSON, and as a page in the person's language."""
    language = view.language if view.language in offered() else offered()[0]
    with speaking(language):
        page = render_template(
            "retention/person_file.html", view=view, told=told, at=now(), language=language, style=_STYLE
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
    return json.dumps(whole, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
