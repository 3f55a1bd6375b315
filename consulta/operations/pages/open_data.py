"""Open data of a round at the desk: its versions, and one withdrawn with a public reason."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import abort

from consulta.operations.open_data import service
from consulta.operations.public.open_data import SERIES
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

BELONGS_TO = "open_data"


class WithdrawForm(Form):
    """Why a version is withdrawn."""

    places: ClassVar[dict[str, str]] = {"data.reason": "reason"}
    reason = InEachLanguage(_l("Reason"), service.REASON_MAX, area=True, required=True)


@blueprint.get("/rounds/<key>/data", may="rounds.read")
def round_data(key: str) -> Page:
    """Show all versions of the data packages of a round."""
    line, found = read(service.of_round, key)
    return page("open_data/desk.html", line, found=found)


@blueprint.route(
    f"/rounds/<key>/data/{SERIES}/<int:version>",
    methods=["GET", "POST"],
    may="follow_up.write",
    password=True,
)
def withdraw_data(key: str, series: str, version: int) -> Response | Page:
    """Withdraw a version: it is handed out no more, and everybody reads when and why."""
    line, found = read(service.of_round, key)
    one = next((each for each in found if (each.kind, each.version) == (series, version)), None)
    if one is None:
        abort(404)
    form = WithdrawForm()
    if form.does(lambda work: service.withdraw(work, key, series, version, form.words_of("reason"))):
        return done(_("Withdrawn. Everybody reads when and why."), "round_data", key=key)
    return page("open_data/withdraw.html", line, form, one=one)
