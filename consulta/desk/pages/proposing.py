"""The phase of proposing at the desk: what waits, decided several at once; its hours, mails and end."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar
from zoneinfo import ZoneInfo

from flask import request, url_for
from wtforms import BooleanField, IntegerField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from consulta.desk import proposing as desk
from consulta.panel.pages.proposals import in_words
from consulta.platform.access import may
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, HourField, Needed, beside
from consulta.platform.web.request import actor, now, read, reading, write, writing
from consulta.rounds import proposing as acts
from consulta.rounds import service as rounds
from consulta.rounds.pages.letters import page_before, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act
    from consulta.rounds.values import Phase, RoundLine

BELONGS_TO = acts.PARTS_OF_IT
USUAL = timedelta(days=14)
_PICK = re.compile(r"(theme)-(\d{1,9})-(\d{1,18})|(person)-(\d{1,9})")


class QueueForm(Form):
    """What is decided about the ticked proposals; the boxes are named `pick` and read by `picked`."""

    places = beside("nomination.reason", "theme_review.reason", reason="theme_review.reason_long")

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=desk.REASON_MAX), Needed("sometimes")])


class PhaseForm(Form):
    """What members may propose, until when, and the rules for themes."""

    places = beside(
        closes=("deadline.form", "deadline.gap", "plan.past", "proposing.late"),
        for_people="proposing.nothing",
    )

    for_themes = BooleanField(_l("Themes for the ballot"), default=True)
    for_people = BooleanField(_l("People and institutions for the panel"), default=True)
    closes = HourField(_l("Proposals end"))
    shown = RadioField(_l("When members see the themes of others"), [InputRequired()], default="at_once")
    most = IntegerField(
        _l("Themes that an organisation can propose"),
        [InputRequired(), NumberRange(1, acts.MOST_PROPOSALS)],
        default=3,
    )
    supports = IntegerField(
        _l("Proposals of others that it can support"),
        [InputRequired(), NumberRange(0, acts.MOST_SUPPORTS)],
        default=3,
    )
    rule = RadioField(_l("How themes get on the ballot"), [InputRequired()], default="support")
    themes = IntegerField(
        _l("Themes on the ballot"), [InputRequired(), NumberRange(2, acts.MOST_THEMES)], default=10
    )
    subregions = IntegerField(
        _l("Subregions that must support a theme"),
        [InputRequired(), NumberRange(1, acts.SUBREGIONS)],
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

    def to_command(self) -> acts.PhaseCommand:
        """Return the form as a command."""
        return acts.PhaseCommand(
            closes_local=self.closes.local,
            for_themes=bool(self.for_themes.data),
            for_people=bool(self.for_people.data),
            shown=self.shown.data or "at_once",
            supports=self.supports.data or 0,
            most=self.most.data or 1,
            rule=self.rule.data or "support",
            themes=self.themes.data or 2,
            subregions=self.subregions.data or 1,
        )


class OpenForm(Form):
    """When the phase opens: at once where no hour is given."""

    places = beside(at=("deadline.form", "deadline.gap", "plan.past", "proposing.order"))

    at = HourField(_l("Open at this hour"), [Optional()])


class ExtendForm(Form):
    """A later end of the phase."""

    places = beside(until=("deadline.form", "deadline.gap", "proposing.earlier", "proposing.late"))

    until = HourField(_l("New end"))


class EndForm(Form):
    """Why the phase ends before its hour."""

    places: ClassVar[dict[str, str]] = {"proposing.reason": "reason"}

    reason = StringField(_l("Reason, which is public"), [InputRequired()])


@blueprint.get("/rounds/<key>/proposing", may="proposing.read")
def proposing(key: str) -> Page:
    """Show what members proposed and waits for a decision, themes and people in one list."""
    return _queue(key, QueueForm(formdata=None), set())


@blueprint.post("/rounds/<key>/proposing", may="proposing.write")
def decide_proposals(key: str) -> Response | Page:
    """Admit or decline the ticked proposals, all or none."""
    form, ticked = QueueForm(), set(request.form.getlist("pick"))
    picks = [found for each in ticked if (found := _PICK.fullmatch(each))]
    themes = {int(found[2]): int(found[3]) for found in picks if found[1]}
    persons = sorted(int(found[5]) for found in picks if found[4])

    declines = request.form.get("act") == "decline"

    def decide(work: Work) -> int:
        if declines:
            return desk.decline(work, key, themes, persons, form.reason.data or "")
        return desk.admit(work, key, themes, persons)

    if form.does(decide):
        told: str = (
            ngettext("%(num)s proposal is declined.", "%(num)s proposals are declined.", form.outcome)
            if declines
            else ngettext("%(num)s proposal is admitted.", "%(num)s proposals are admitted.", form.outcome)
        )
        return done(told, "proposing", key=key)
    return _queue(key, form, ticked)


def _queue(key: str, form: QueueForm, ticked: set[str]) -> Page:
    view = read(desk.desk, key)
    return page(
        "lifecycle/proposing.html",
        view.round,
        form,
        view=view,
        ticked=ticked,
        in_words=in_words,
        may_decide=view.round.state in {"draft", "open"} and may(actor(), "proposing.write"),
    )


@blueprint.route("/rounds/<key>/proposing/phase", methods=["GET", "POST"], may="proposing.write")
def proposing_phase(key: str) -> Response | Page:
    """Set what members may propose, until when and by which rules, before the phase opens."""
    with reading() as work:
        line, view = rounds.round_line(work, key), acts.of_round(work, key)
        may_ask = acts.may_ask(work, rounds.known(work, key))
    planned = view if view is not None and view.stage == "planned" else None
    form = PhaseForm(data=_filled(planned) or {"closes": _usual(line)})
    if form.does(lambda work: acts.plan(work, key, form.to_command())):
        return done(_("Saved. Members can propose once you open the phase."), "open_proposing", key=key)
    return page("lifecycle/proposing_phase.html", line, form, view=view, planned=planned, may=may_ask)


@blueprint.post("/rounds/<key>/proposing/give-up", may="proposing.write")
def give_up_proposing(key: str) -> Response:
    """Delete a phase that has not opened."""
    with writing() as work:
        acts.give_up(work, key)
    return done(_("Members are not asked for proposals in this consultation."), "proposing", key=key)


@blueprint.route("/rounds/<key>/proposing/open", methods=["GET", "POST"], may="proposing.open")
def open_proposing(key: str) -> Response | Page:
    """Open the phase, now or at an hour, after saying how many get a mail."""
    view, form = read(acts.of_round, key), OpenForm()
    if form.does(lambda work: _open(work, key, form)):
        return done(form.outcome, "proposing", key=key)
    return shown(
        "lifecycle/proposing_open.html",
        key,
        form,
        acts.inviting,
        _("Allow members to propose"),
        _back(key),
        view=view,
        ready=view is not None and view.stage == "planned",
    )


@blueprint.route("/rounds/<key>/proposing/mail", methods=["GET", "POST"], may="proposing.open")
def write_proposers(key: str) -> Response | Page:
    """Send the link to the contacts who have none, after saying to how many."""
    return _mail_page(key, acts.inviting, _("Send the links for proposals"), acts.write_again)


@blueprint.route("/rounds/<key>/proposing/reminder", methods=["GET", "POST"], may="proposing.open")
def remind_proposers(key: str) -> Response | Page:
    """Remind the organisations that did nothing so far, after saying how many they are."""
    return _mail_page(key, acts.reminding, _("Send a reminder about proposals"), acts.remind)


@blueprint.route("/rounds/<key>/proposing/extend", methods=["GET", "POST"], may="proposing.write")
def extend_proposing(key: str) -> Response | Page:
    """Move the end of an open phase to a later hour, after saying how many are told."""
    view = read(acts.of_round, key)
    form = ExtendForm(data=_filled(view, "until"))
    if form.does(lambda work: acts.extend(work, key, form.until.local)):
        return done(_sent(form.outcome), "proposing", key=key)
    return _on_page(
        "lifecycle/proposing_extend.html", key, form, acts.extending, _("Extend the time to propose"), view
    )


@blueprint.route("/rounds/<key>/proposing/end", methods=["GET", "POST"], may="proposing.end")
def end_proposing(key: str) -> Response | Page:
    """End an open phase before its hour, with a reason, after saying how many are told."""
    view, form = read(acts.of_round, key), EndForm()
    if form.does(lambda work: acts.end(work, key, form.reason.data or "")):
        return done(_("Members propose no more."), "proposing", key=key)
    return _on_page("lifecycle/proposing_end.html", key, form, acts.ending, _("End the proposals now"), view)


@blueprint.route("/rounds/<key>/proposing/told", methods=["GET", "POST"], may="proposing.write")
def tell_proposers(key: str) -> Response | Page:
    """Tell each organisation by one mail what became of its proposals, after saying to how many."""
    return _mail_page(key, desk.telling, _("Tell what became of the proposals"), desk.tell)


def _mail_page(key: str, whom: Act, title: str, act: Callable[[Work, str], int]) -> Response | Page:
    """Show whom an act would write to, and run it after confirmation."""
    return page_before(key, whom, title, _back(key), lambda: _sent(write(act, key)))


def _on_page(template: str, key: str, form: Form, whom: Act, title: str, view: Phase | None) -> Page:
    """Return the page of an act about an open phase."""
    ready = view is not None and view.on
    return shown(template, key, form, whom, title, _back(key), view=view, ready=ready)


def _open(work: Work, key: str, form: OpenForm) -> str:
    if form.at.data:
        acts.open_at(work, key, form.at.local)
        planned: str = _("The phase opens by itself at that hour, and the mails leave then.")
        return planned
    return _sent(acts.open_now(work, key))


def _sent(count: int) -> str:
    told: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
    return told


def _back(key: str) -> tuple[str, str]:
    return url_for("secretariat.proposing", key=key), _("Proposals")


def _usual(line: RoundLine) -> datetime:
    """Return the end that is proposed for a new phase, by the clocks of the round."""
    zone = ZoneInfo(line.zone)
    usual = (now() + USUAL).astimezone(zone).replace(tzinfo=None, hour=17, minute=0, second=0, microsecond=0)
    return min(usual, line.closes_at.astimezone(zone).replace(tzinfo=None))


def _filled(view: Phase | None, name: str = "closes") -> dict[str, Any] | None:
    if view is None:
        return None
    ends = view.closes_at.astimezone(ZoneInfo(view.zone)).replace(tzinfo=None)
    kept = ("for_themes", "for_people", "shown", "supports", "most", "rule", "themes", "subregions")
    return {name: ends, **{each: getattr(view, each) for each in kept}}
