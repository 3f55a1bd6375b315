"""The phase of proposing themes at the desk: its hours and rules, its opening, its reminder and its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import IntegerField, RadioField, StringField
from wtforms.validators import InputRequired, NumberRange, Optional

from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, HourField, beside
from consulta.platform.web.request import read, reading, write, writing
from consulta.rounds import service as rounds
from consulta.rounds.pages.letters import page_before, shown
from consulta.themes import phase as services

if TYPE_CHECKING:
    from collections.abc import Callable

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act
    from consulta.themes.phase import ThemePhaseView

BELONGS_TO = "theme_proposals"


class PhaseForm(Form):
    """The hours and the rules of the phase."""

    places = beside(closes=("deadline.form", "deadline.gap", "plan.past", "theme_phase.late"))

    closes = HourField(_l("Proposals end"))
    shown = RadioField(_l("When members see the proposals of others"), [InputRequired()], default="at_once")
    most = IntegerField(
        _l("Themes that an organisation can propose"),
        [InputRequired(), NumberRange(1, services.MOST_PROPOSALS)],
        default=3,
    )
    supports = IntegerField(
        _l("Proposals of others that it can support"),
        [InputRequired(), NumberRange(0, services.MOST_SUPPORTS)],
        default=3,
    )
    rule = RadioField(_l("How themes get on the ballot"), [InputRequired()], default="support")
    themes = IntegerField(
        _l("Themes on the ballot"), [InputRequired(), NumberRange(2, services.MOST_THEMES)], default=10
    )
    subregions = IntegerField(
        _l("Subregions that must support a theme"),
        [InputRequired(), NumberRange(1, services.SUBREGIONS)],
        default=2,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shown.choices = {
            "at_once": _("At once: they can support them, and need not propose the same again"),
            "at_end": _("When the time to propose ends: no organisation follows another"),
        }
        self.rule.choices = {
            "support": _("The themes with most organisations behind them, from enough subregions"),
            "secretariat": _("The secretariat chooses, and publishes its reasons"),
        }

    def to_command(self) -> services.PhaseCommand:
        """Return the form as a command."""
        return services.PhaseCommand(
            closes_local=self.closes.local,
            shown=self.shown.data or "at_once",
            supports=self.supports.data or 0,
            most=self.most.data or 1,
            rule=self.rule.data or "support",
            themes=self.themes.data or 2,
            subregions=self.subregions.data or 1,
        )


class OpenForm(Form):
    """When the phase opens: at once where no hour is given."""

    places = beside(at=("deadline.form", "deadline.gap", "plan.past", "theme_phase.order"))

    at = HourField(_l("Open at this hour"), [Optional()])


class MoveForm(Form):
    """A later end of the phase."""

    places = beside(until=("deadline.form", "deadline.gap", "theme_phase.earlier", "theme_phase.late"))

    until = HourField(_l("New end"))


class EndForm(Form):
    """Why the phase ends before its hour."""

    places: ClassVar[dict[str, str]] = {"theme_phase.reason": "reason"}

    reason = StringField(_l("Reason, which is public"), [InputRequired()])


@blueprint.route("/rounds/<key>/theme-phase", methods=["GET", "POST"], may="theme_phase.write")
def theme_phase(key: str) -> Response | Page:
    """Show the phase; while it has not opened, its form."""
    view = read(services.of_round, key)
    form = PhaseForm(data=_filled(view) or {})
    if form.does(lambda work: services.plan(work, key, form.to_command())):
        return done(_("Saved. Members can propose once you open the phase."), "theme_phase", key=key)
    with reading() as work:
        line = rounds.round_line(work, key)
        on = view is not None and view.on
        remindable, remind_from = services.remindable(work, key) if on else (0, None)
    return page(
        "lifecycle/theme_phase.html", line, form, view=view, remindable=remindable, remind_from=remind_from
    )


@blueprint.post("/rounds/<key>/theme-phase/give-up", may="theme_phase.write")
def give_up_theme_phase(key: str) -> Response:
    """Delete a phase that has not opened."""
    with writing() as work:
        services.give_up(work, key)
    return done(_("Members are not asked for themes in this consultation."), "theme_phase", key=key)


@blueprint.route("/rounds/<key>/theme-phase/open", methods=["GET", "POST"], may="theme_phase.open")
def open_theme_phase(key: str) -> Response | Page:
    """Open the phase, now or at an hour, after saying how many get a mail."""
    view = read(services.of_round, key)
    form = OpenForm()
    if form.validate_on_submit() and form.accepts(lambda: _open(key, form)):
        return done(form.outcome, "theme_phase", key=key)
    return shown(
        "lifecycle/theme_open.html",
        key,
        form,
        services.proposing,
        _("Allow members to propose themes"),
        _back(key),
        view=view,
        ready=view is not None and view.stage == "planned",
    )


@blueprint.route("/rounds/<key>/theme-phase/mail", methods=["GET", "POST"], may="theme_phase.open")
def write_theme_phase(key: str) -> Response | Page:
    """Send the link to the contacts who have none, after saying to how many."""
    return _mail_page(key, services.proposing, _("Send the links for theme proposals"), services.write_again)


@blueprint.route("/rounds/<key>/theme-phase/reminder", methods=["GET", "POST"], may="theme_phase.open")
def remind_theme_phase(key: str) -> Response | Page:
    """Remind the organisations that did nothing so far, after saying how many they are."""
    return _mail_page(key, services.reminding, _("Send a reminder about proposing themes"), services.remind)


@blueprint.route("/rounds/<key>/theme-phase/move", methods=["GET", "POST"], may="theme_phase.write")
def move_theme_phase(key: str) -> Response | Page:
    """Move the end of an open phase to a later hour."""
    view = read(services.of_round, key)
    form = MoveForm(data=_filled(view, "until"))
    if form.does(lambda work: services.extend(work, key, form.until.local)):
        said = _("The end is moved. No mail has been sent yet: here you can tell those who can propose.")
        return done(said, "tell_theme_phase", key=key)
    return _end_page(key, view, moving=form, ending=EndForm(formdata=None))


@blueprint.route("/rounds/<key>/theme-phase/moved", methods=["GET", "POST"], may="theme_phase.open")
def tell_theme_phase(key: str) -> Response | Page:
    """Tell those who can propose that the end has moved, after saying to how many."""
    return _mail_page(
        key, services.extending, _("Announce a later end for theme proposals"), services.tell_end
    )


@blueprint.route("/rounds/<key>/theme-phase/end", methods=["GET", "POST"], may="theme_phase.end")
def end_theme_phase(key: str) -> Response | Page:
    """End an open phase before its hour, with a reason."""
    view = read(services.of_round, key)
    form = EndForm()
    if form.does(lambda work: services.end(work, key, form.reason.data or "")):
        return done(_("Members propose no more themes."), "theme_phase", key=key)
    return _end_page(key, view, moving=MoveForm(formdata=None, data=_filled(view, "until")), ending=form)


def _mail_page(key: str, whom: Act, title: str, act: Callable[[Work, str], int]) -> Response | Page:
    """Show whom an act would write to, and run it after confirmation."""
    return page_before(key, whom, title, _back(key), lambda: _sent(write(act, key)))


def _end_page(key: str, view: ThemePhaseView | None, *, moving: MoveForm, ending: EndForm) -> Page:
    line = read(rounds.round_line, key)
    text, _status = page("lifecycle/theme_end.html", line, moving, view=view, ending=ending)
    return text, max(moving.status, ending.status)


def _open(key: str, form: OpenForm) -> str:
    with writing() as work:
        if form.at.data:
            services.open_at(work, key, form.at.local)
            planned: str = _("The phase opens by itself at that hour, and the mails leave then.")
            return planned
        return _sent(services.open_now(work, key))


def _sent(count: int) -> str:
    said: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
    return said


def _back(key: str) -> tuple[str, str]:
    return url_for("secretariat.theme_phase", key=key), _("Themes: deadline and rules")


def _filled(view: ThemePhaseView | None, name: str = "closes") -> dict[str, Any] | None:
    if view is None:
        return None
    ends = view.closes_at.astimezone(ZoneInfo(view.zone)).replace(tzinfo=None)
    kept = ("shown", "supports", "most", "rule", "themes", "subregions")
    return {name: ends, **{each: getattr(view, each) for each in kept}}
