"""What the desk enters about witnesses and time stamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from consulta.platform.log import signing
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.downloads import saved
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.request import house, read, reading, write
from consulta.rounds import witnesses

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse


KEY_MAX = 300
NAME_MAX = 200


class WitnessForm(Form):
    """A witness to register: who runs it, and its key."""

    places = beside("witness.key", "witness.organisation", key=("witness.known", "witness.name"))
    organisation = StringField(_l("Who runs it"), [InputRequired(), Length(max=NAME_MAX)])
    key = StringField(_l("Key of the witness"), [InputRequired(), Length(max=KEY_MAX)])


class StampForm(Form):
    """The answer of an authority about a checkpoint."""

    places = beside(
        file=(
            "stamp.another",
            "stamp.no_certificates",
            "stamp.refused",
            "stamp.twice",
            "stamp.unreadable",
            "stamp.untrusted",
        )
    )
    file = FileField(_l("Answer of the authority (.tsr)"), [FileRequired(_l("Choose the file."))])


REASONS = {
    "opening": _l("opening of a consultation"),
    "hourly": _l("every hour"),
    "closing": _l("closing of a consultation"),
    "publication": _l("publication"),
}


SHOWN = 8  # checkpoints at the desk; the public page has more


@blueprint.get("/checkpoints", may="witnesses.write")
def checkpoints() -> tuple[str, int]:
    """Show the state of the key, the witnesses and the newest checkpoints."""
    return _page(WitnessForm(), StampForm())


@blueprint.post("/checkpoints/witnesses", may="witnesses.write", part="witnesses", password=True)
def register_witness() -> BaseResponse | tuple[str, int]:
    """Register a witness by its key."""
    form = WitnessForm()
    if form.does(lambda work: witnesses.register(work, form.key.data or "", form.organisation.data or "")):
        return done(
            _("%(name)s is a witness from now on, and stands on the public page.", name=form.outcome),
            "checkpoints",
        )
    return _page(form, StampForm(formdata=None))


@blueprint.post(
    "/checkpoints/witnesses/<int:number>/end", may="witnesses.write", part="witnesses", password=True
)
def end_witness(number: int) -> BaseResponse:
    """Let a witness be none any more."""
    name = write(witnesses.end, number)
    return done(_("%(name)s is no witness any more. What it signed stays.", name=name), "checkpoints")


@blueprint.get("/checkpoints/<int:size>/request.tsq", may="witnesses.write", part="witnesses")
def stamp_request(size: int) -> Response:
    """Return the request for a time stamp of a checkpoint."""
    content = read(witnesses.request_of, size)
    return saved(f"{size}.tsq", content, "application/timestamp-query")


@blueprint.post("/checkpoints/<int:size>/stamp", may="witnesses.write", part="witnesses")
def take_stamp(size: int) -> BaseResponse | tuple[str, int]:
    """Keep the answer of an authority about a checkpoint."""
    form = StampForm()
    content = form.file.data.read(witnesses.STAMPS_MOST + 1) if form.file.data else b""
    if form.does(lambda work: witnesses.take_stamp(work, size, content, house().settings.data)):
        return done(_("The time stamp of %(name)s is kept.", name=form.outcome), "checkpoints")
    return _page(WitnessForm(formdata=None), form, size)


def _page(form: WitnessForm, stamp: StampForm, size: int | None = None) -> tuple[str, int]:
    with reading() as work:
        view = witnesses.view(work, SHOWN)
        state = witnesses.state(work, house().settings)
    page = render_template(
        "witnesses/desk.html",
        view=view,
        state=state,
        path=signing.path_in(house().settings.data).name,
        form=form,
        stamp=stamp,
        stamped=size,
        reasons=REASONS,
        address=house().settings.base_url,
        stamps=witnesses.IS_HERE,
    )
    return page, max(form.status, stamp.status)
