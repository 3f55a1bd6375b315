"""The panel: its rules, its choice, its list for invitations, its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from consulta.panel import governments
from consulta.panel import presets as panel_presets
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.pages import desk, pool
from consulta.panel.pages.forms import PanelForm, filled
from consulta.panel.pages.invited import badge
from consulta.platform.data import catalogue
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import InEachLanguage, TypedKeyForm
from consulta.platform.web.language import local
from consulta.platform.web.request import house, read, reading, write, writing
from consulta.platform.web.table import Column, Table, back
from consulta.rounds.replaced import REASON_MAX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.values import PanelRules
    from consulta.panel.values import NomineeLine, PanelPublishing
    from consulta.platform.work import Work


class PanelPublishForm(TypedKeyForm):
    """The round's key, and which list of people the page showed."""

    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True)
    seen = HiddenField()


class PanelReplaceForm(PanelPublishForm):
    """The same, with the reason why a public version is replaced."""

    places: ClassVar[dict[str, str]] = {"replaced.reason": "reason"}

    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)


@blueprint.get("/rounds/<key>/panel", may="panel.read")
def panel(key: str) -> str:
    """Show the newest panel, or the one that is being tried and how it would be decided."""
    return desk.page(desk.view_of(key))


@blueprint.get("/rounds/<key>/panel/candidates", may="panel.read")
def panel_candidates(key: str) -> str:
    """Show the nominees, what each would change on the panel, and what can be tried with them."""
    with reading() as work:
        found, table = pool.read(work, key)
        wanted = governments.wanted(work, key, house().settings.small_cell)
    return desk.candidates_page(found, table, wanted)


@blueprint.route("/rounds/<key>/panel/rules", methods=["GET", "POST"], may="panel.read")
def panel_rules(key: str) -> BaseResponse | tuple[str, int]:
    """Show the rules; sending them chooses a new panel."""
    view = desk.desk_of(key)
    preset = next((each for each in view.presets if each.key == request.args.get("preset")), None)
    data = filled(preset.rules if preset else view.panel.rules) | {"reason": desk.told_reason(view.panel)}
    named = read(governments.most_named, key, house().settings.small_cell)
    form = PanelForm(data=data).offer(view.panel.nominees, named=bool(named))
    if form.validate_on_submit() and form.accepts(lambda: _take(key, form)):
        return redirect(
            url_for("secretariat.panel_rules" if form.save.data else "secretariat.panel", key=key), 303
        )
    return desk.rules_page(view, form, preset=preset, named=named), form.status


@blueprint.post("/rounds/<key>/panel/try", may="panel.choose")
def panel_try(key: str) -> BaseResponse | tuple[str, int]:
    """Run one more change of the trial of the panel, or drop the trial; then show the view it came from."""
    asked = desk.TrialForm()
    if asked.validate_on_submit() and asked.accepts(lambda: _try(key, asked)):
        if asked.at.data == "candidates":
            return back("secretariat.panel_candidates", key=key)
        return back("secretariat.panel", key=key)
    return desk.page(desk.view_of(key), asked=asked), 422


@blueprint.post("/rounds/<key>/panel/decide", may="panel.choose")
def panel_decide(key: str) -> BaseResponse | tuple[str, int]:
    """Store the panel that is being tried as the panel; on faults, show the page again with status 422."""
    view = desk.view_of(key)
    form = desk.DecideForm()
    if form.validate_on_submit() and form.explains(view) and form.accepts(lambda: _decide(key, form)):
        return redirect(url_for("secretariat.panel", key=key), 303)
    return desk.page(view, deciding=form), 422


def _try(key: str, form: desk.TrialForm) -> None:
    def act() -> None:
        with writing() as work:
            if form.do.data == "give_up":
                panel_trials.give_up(work, key)
            else:
                panel_trials.change(work, key, form.version.data or 0, form.to_command())

    panels.searched_first(act)


def _decide(key: str, form: desk.DecideForm) -> None:
    def act() -> bool:
        return write(panel_trials.decide, key, form.version.data or 0, form.reason.data or "")

    flash(
        _("The panel is decided.")
        if panels.searched_first(act)
        else _("The panel is decided. It is the one that these rules give.")
    )


def _take(key: str, form: PanelForm) -> None:
    """Choose a panel by the rules, or save the rules under a name: as the button says."""
    if not form.save.data:
        _choose(key, form.to_command(), form.reason.data or "")
        return
    write(panel_presets.save, form.title, form.to_command())
    flash(_("The rules are kept under this name. The panel has not changed."))


def _choose(key: str, rules: PanelRules, reason: str) -> None:
    def act() -> bool:
        return write(panels.choose, key, rules, reason, house().settings.small_cell)

    feasible = panels.searched_first(act)
    flash(
        _("The panel is chosen.") if feasible else _("No panel was found that meets these rules."),
        "message" if feasible else "warn",
    )


@blueprint.route(
    "/rounds/<key>/panel/publish",
    methods=["GET", "POST"],
    may="rounds.publish",
    password=True,
    two_persons="by setting",
)
def panel_publish(key: str) -> BaseResponse | tuple[str, int]:
    """Make the newest panel public, with the names of those who accepted and agreed to be named."""
    page = read(panels.publishing_page, key)
    was = page.replaces
    form = (
        PanelReplaceForm(expected=key, data={"reason": was.said}) if was else PanelPublishForm(expected=key)
    )
    form.tells = lambda: _told(page, form)
    if form.validate_on_submit() and form.carries_out(lambda work: _publish(work, key, form)):
        if was:
            flash(_("The panel is published. Version %(version)s was replaced.", version=was.version))
            place = "tell_replaced" if was.invited else "panel"
            return redirect(url_for(f"secretariat.{place}", key=key), 303)
        return done(_("The panel is published."), "panel", key=key)
    form.seen.data = page.seen  # what is sent next was seen now
    return render_template(
        "panel/publish.html",
        page=page,
        view=page.panel,
        form=form,
        table=Table(
            title=_("Who is on this panel, and what everybody will read"),
            columns=[
                Column("person", _("Person"), lambda seat: seat.person.name, flow=True),
                Column("answer", _("Answer"), phone="side"),
                Column("agrees", _("Agrees to be named before governments")),
                Column("read", _("Everybody will read"), flow=True, phone="under"),
            ],
        ).over(page.seats),
        badge=badge,
        roles=catalogue.roles(),
        example=page.panel.card.example,
    ), form.status


def _told(page: PanelPublishing, form: PanelPublishForm) -> list[tuple[str, str]]:
    """Return what would be made public, as a second person reads it: who leaves, who comes, and why."""
    card, was = page.panel.card, page.replaces
    told = [(_("Round"), f"{local(card.title)} ({card.key})")]
    if was is None:
        told.append(
            (
                _("Who is on this panel"),
                _listed(seat.person for seat in page.seats if not seat.free) or _("nobody"),
            )
        )
    else:
        told += [
            (_("Replaces"), _("version %(version)s, which is public", version=was.version)),
            (_("Leave the panel"), _listed(line for line, _state in was.left) or _("nobody")),
            (_("Come to the panel"), _listed(line for line, _state in was.came) or _("nobody")),
            (_("Stay on the panel"), _listed(line for line, _state in was.stay) or _("nobody")),
        ]
    reasons = form.in_each_language("reason") if was else []
    return [*told, *((str(field.label.text), field.data) for _code, field in reasons if field.data)]


def _listed(people: Iterable[NomineeLine]) -> str:
    return "; ".join(f"{each.name} ({each.organisation})" for each in people)


def _publish(work: Work, key: str, form: PanelPublishForm) -> None:
    reason, small_cell = form.words_of("reason"), house().settings.small_cell
    panels.publish_panel(work, key, form.seen.data or None, reason, small_cell)
