"""The desk's page of checkpoints: whether the key is there, who cosigns, and time stamps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, render_template
from flask_babel import gettext as _

from consulta.platform.log import signing
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.downloads import saved
from consulta.platform.web.request import house, read, reading, write
from consulta.rounds.witnesses import keys, service, stamps
from consulta.rounds.witnesses.forms import StampForm, WitnessForm
from consulta.rounds.witnesses.pages.words import REASONS

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

SHOWN = 8  # checkpoints at the desk; the public page has more


@blueprint.get("/checkpoints", may="witnesses.write")
def checkpoints() -> tuple[str, int]:
    """Show the state of the key, the witnesses and the newest checkpoints."""
    return _page(WitnessForm(), StampForm())


@blueprint.post("/checkpoints/witnesses", may="witnesses.write", password=True)
def register_witness() -> BaseResponse | tuple[str, int]:
    """Register a witness by its key."""
    form = WitnessForm()
    if form.does(lambda work: service.register(work, form.key.data or "", form.organisation.data or "")):
        return done(
            _("%(name)s is a witness from now on, and stands on the public page.", name=form.outcome),
            "checkpoints",
        )
    return _page(form, StampForm(formdata=None))


@blueprint.post("/checkpoints/witnesses/<int:number>/end", may="witnesses.write", password=True)
def end_witness(number: int) -> BaseResponse:
    """Let a witness be none any more."""
    name = write(service.end, number)
    return done(_("%(name)s is no witness any more. What it signed stays.", name=name), "checkpoints")


@blueprint.get("/checkpoints/<int:size>/request.tsq", may="witnesses.write")
def stamp_request(size: int) -> Response:
    """Return the request for a time stamp of a checkpoint."""
    content = read(stamps.request_of, size)
    return saved(f"{size}.tsq", content, "application/timestamp-query")


@blueprint.post("/checkpoints/<int:size>/stamp", may="witnesses.write")
def take_stamp(size: int) -> BaseResponse | tuple[str, int]:
    """Keep the answer of an authority about a checkpoint."""
    form = StampForm()
    content = form.file.data.read(stamps.MOST + 1) if form.file.data else b""
    if form.does(lambda work: stamps.take(work, size, content, house().settings.data)):
        return done(_("The time stamp of %(name)s is kept.", name=form.outcome), "checkpoints")
    return _page(WitnessForm(formdata=None), form, size)


def _page(form: WitnessForm, stamp: StampForm, size: int | None = None) -> tuple[str, int]:
    with reading() as work:
        view = service.view(work, SHOWN)
        state = keys.state(work, house().settings)
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
        stamps=stamps.IS_HERE,
    )
    return page, max(form.status, stamp.status)
