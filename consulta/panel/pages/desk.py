"""The panel's page at the desk: next step, panel or trial, rules, pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.rounds import State
from consulta.data import catalogue
from consulta.panel import presets as panel_presets
from consulta.panel import trials as panel_trials
from consulta.panel.forms import PanelForm, filled
from consulta.panel.pages import pictures
from consulta.panel.pages import pool as panel_pool
from consulta.rounds import service as rounds
from consulta.rounds.pages import stages
from consulta.web.fields import Form
from consulta.web.request import reading

if TYPE_CHECKING:
    from consulta.panel.presets import PresetView
    from consulta.panel.values import PanelView


class TrialForm(Form):
    """A change to try; `out` and `into` say who, where a swap was picked from two lists."""

    do = StringField(_l("Change"), [InputRequired(), Length(max=200)])
    version = IntegerField(_l("Version"), [InputRequired()])
    out = StringField(_l("Who leaves"))
    into = StringField(_l("Who comes"))

    def to_command(self) -> panel_trials.Change:
        """Return the change of the panel that is asked for."""
        if self.do.data == "swap":
            return panel_trials.Change("swap", self.out.data or "", self.into.data or "")
        return panel_trials.Change(*f"{self.do.data}::".split(":")[:3])


class DecideForm(Form):
    """The trial becomes the panel, with a reason where a rule gives way."""

    places: ClassVar[dict[str, str]] = {
        "panel.reason": "reason",
        "panel.other": "reason",
        "panel.holds": "reason",
    }

    version = IntegerField(_l("Version"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [Length(max=panel_trials.REASON_MAX)])

    def explains(self, view: PanelView) -> bool:
        """Return whether the form has a reason where a rule gives way.

        Otherwise an error is added to the form.
        """
        broken = view.trial.broken if view.trial else ()
        if not broken or (self.reason.data or "").strip():
            return True
        rules = "; ".join(pictures.in_words(row) for row in broken)
        self.reason.errors = [_("Write why these rules give way: %(rules)s.", rules=rules)]
        return False


class Next(NamedTuple):
    """The one thing to do next, with where to do it."""

    title: str
    text: str
    label: str
    url: str


class Desk(NamedTuple):
    """What the page is drawn from."""

    panel: PanelView
    presets: tuple[PresetView, ...]


def view_of(key: str) -> Desk:
    """Return the panel of a round, and the presets of rules."""
    with reading() as work:
        return Desk(panel_trials.page(work, key), panel_presets.every(work))


def rules_form(desk: Desk) -> PanelForm:
    """Return the form of the rules as they are now, independent of the request."""
    data = filled(desk.panel.rules) | {"reason": told_reason(desk)}
    return PanelForm(formdata=None, data=data).offer(desk.panel.nominees)


def told_reason(desk: Desk) -> str:
    """Return the last reason given for people who are held or kept out by hand; "" where none is now."""
    decision = desk.panel.decision
    if decision is None or not (decision.holds.by_hand or decision.holds.kept_out):
        return ""
    return next((each.reason for each in reversed(decision.judgements) if each.held or each.kept_out), "")


def page(
    desk: Desk,
    form: PanelForm,
    *,
    preset: PresetView | None = None,
    asked: TrialForm | None = None,
    deciding: DecideForm | None = None,
) -> str:
    """Return the page of the panel, with the errors of the form that was refused."""
    view = desk.panel
    shown = view.trial or view.decision
    deciding = deciding or DecideForm(
        formdata=None, data={"version": view.decision.version if view.decision else 0}
    )
    deciding.reason.flags.required = bool(view.trial and (view.trial.broken or view.trial.explain))
    return render_template(
        "panel/desk.html",
        view=view,
        form=form,
        rows=pictures.of_rules(shown.rows, named=True) if shown else (),
        next=_next(view),
        asked=asked,
        deciding=deciding,
        pool=panel_pool.of(view),
        state_of=panel_pool.state_of,
        presets=desk.presets,
        preset=preset,
        roles=catalogue.roles(),
        example=view.card.example,
    )


def _next(view: PanelView) -> Next:
    key, decision = view.card.key, view.decision
    if view.trial:
        return Next(
            _("Decide this panel"),
            _("It is being tried, and nothing is decided yet. See what the rules say of it, then decide."),
            _("To the decision"),
            "#decide",
        )
    if decision is None:
        return Next(
            _("Choose the panel"),
            _("Check the rules, then choose. You can choose again as often as you need."),
            _("To the rules"),
            "#rules",
        )
    if not decision.feasible:
        return Next(
            _("Change a rule, or decide with a reason"),
            _("Below stands what is in the way of a panel, and the smallest change that helps."),
            _("To the rules"),
            "#rules",
        )
    if view.card.state == State.PUBLISHED.value and view.public_version != decision.version:
        return Next(
            _("Publish this panel"),
            _("The result is public, and this panel is not yet."),
            _("Publish this panel"),
            url_for("secretariat.panel_publish", key=key),
        )
    with reading() as work:
        line = rounds.round_line(work, key)
    step = stages.step(line)
    if step is not None and (line.guests or line.step not in {"publish", "session"}):
        return Next(step.title, step.text, step.label, step.url)
    return Next(
        _("Invite the panel"),
        _("Everybody on it receives a letter and a link to answer by. The page shows who has accepted."),
        _("To the invitations"),
        url_for("secretariat.invitations", key=key),
    )
