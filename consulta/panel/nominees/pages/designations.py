"""Whom the Mechanism or another body itself sent to the panel: written down at the desk, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length

from consulta.core.problems import Problem, or_problem
from consulta.panel.nominees import designations as services
from consulta.panel.nominees import service as nominees
from consulta.panel.values import Designation
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.request import read

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.panel.nominees.values import NomineeRecord
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


class DesignationForm(Form):
    """Who decided, when and by what."""

    places = beside("designation.by", "designation.on", "designation.act")
    by = StringField(_l("Who decided"), [InputRequired(), Length(max=services.BY_MAX)])
    on = DateField(_l("Day of the decision"), [InputRequired()])
    act = StringField(_l("By which decision"), [InputRequired(), Length(max=services.ACT_MAX)])

    def to_designation(self) -> Designation:
        """Return the designation in the form."""
        day = self.on.data
        return Designation(self.by.data or "", day.isoformat() if day else "", self.act.data or "")


class TakeBackForm(Form):
    """Why what was written down does not hold."""

    places: ClassVar[dict[str, str]] = {"designation.reason": "reason"}
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])


@blueprint.route(
    "/rounds/<key>/nominees/<nominee_key>/designation", methods=["GET", "POST"], may="nominees.write"
)
def designation(key: str, nominee_key: str) -> Response | Page:
    """Show the act that designated a nominee, with a form to take it back; or the form to record one."""
    line, nominee = _view(key, nominee_key)
    form = TakeBackForm() if nominee.designation else DesignationForm()
    if form.does(lambda work: _act(work, key, nominee_key, form)):
        return done(_("Saved."), "nominees", key=key)
    return page("nominees/designation.html", line, form, nominee=nominee)


def _view(key: str, nominee_key: str) -> tuple[RoundLine, NomineeRecord]:
    view = read(nominees.list_nominees, key)
    found = or_problem(
        next((each for each in view.nominees if each.key == nominee_key), None),
        "nominee.unknown",
        key=nominee_key,
    )
    if view.round.state == "cancelled":
        raise Problem("round.frozen", key=key)
    return view.round, found


def _act(work: Work, key: str, nominee_key: str, form: DesignationForm | TakeBackForm) -> None:
    if isinstance(form, TakeBackForm):
        services.take_back(work, key, nominee_key, form.reason.data or "")
    else:
        services.designate(work, key, nominee_key, form.to_designation())
