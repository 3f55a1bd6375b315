"""The panel: its rules, its choice, its list for invitations, its publication."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from consulta.core.problems import or_problem
from consulta.panel import candidates, governments, trials
from consulta.panel import presets as panel_presets
from consulta.panel import service as panels
from consulta.panel import trials as panel_trials
from consulta.panel.pages import desk
from consulta.panel.pages.forms import PanelForm, filled
from consulta.panel.pages.pictures import badge, rule_asked, rule_label
from consulta.platform.data import catalogue
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form, InEachLanguage, TypedKeyForm
from consulta.platform.web.language import alphabetical, local, number, tongue
from consulta.platform.web.request import house, reading, write, writing
from consulta.platform.web.request import read as request_read
from consulta.platform.web.table import Choice, Column, Search, Table, back, choice_among, handed_out
from consulta.rounds import service as rounds
from consulta.rounds.replaced import REASON_MAX
from consulta.rounds.service import subject as subject_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.panel.presets import PresetView
    from consulta.panel.values import CandidateEffect, NomineeLine, PanelPublishing, PanelView, RuleRow
    from consulta.platform.web.table import Listing
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
        found, table = read(work, key)
        wanted = governments.wanted(work, key, house().settings.small_cell)
    return desk.candidates_page(found, table, wanted)


@blueprint.route("/rounds/<key>/panel/rules", methods=["GET", "POST"], may="panel.read")
def panel_rules(key: str) -> BaseResponse | tuple[str, int]:
    """Show the rules; sending them chooses a new panel."""
    view = desk.desk_of(key)
    preset = next((each for each in view.presets if each.key == request.args.get("preset")), None)
    data = filled(preset.rules if preset else view.panel.rules) | {"reason": desk.told_reason(view.panel)}
    named = request_read(governments.most_named, key, house().settings.small_cell)
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
    page = request_read(panels.publishing_page, key)
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


HUNDREDTHS = 100  # support is told in ten-thousandths


class Item(NamedTuple):
    """A rule in a few characters: its name, how many there are, how many there were, what it asks."""

    label: str
    have: str
    was: str  # empty where a change that is being tried does not touch it
    asked: str
    ok: bool
    wish: bool
    is_open: bool = False  # whether it is met is not known before people answer


class Strip(NamedTuple):
    """All rules of a panel, how many of them are met, and its mean support now and before the trial."""

    items: tuple[Item, ...]
    met: int
    mean: str
    was: str
    best: str  # of the best panel under the round's own rules; empty where it is not known


def strip_of(view: PanelView) -> Strip | None:
    """Return the rules of the panel that is shown; None where there is no panel."""
    shown = view.shown
    if shown is None:
        return None
    items = tuple(item_of(row) for row in shown.rows if row.have is not None)
    if not any(row.kind == "size" for row in shown.rows):
        people = str(len(shown.members))
        items += (Item(_("People"), people, "", _("%(size)s asked", size=shown.size), ok=True, wish=False),)
    before = view.decision if view.trial and view.decision and view.decision.feasible else None
    best = view.trial.best_support if view.trial else view.decision.compared.best if view.decision else None
    return Strip(
        items=items,
        met=sum(item.ok for item in items),
        mean=mean(shown.support, len(shown.members)),
        was=mean(before.support, len(before.members)) if before else "",
        best=mean(best, shown.size) if best is not None else "",
    )


def item_of(row: RuleRow, more: int = 0, *, is_open: bool = False) -> Item:
    """Return a rule as an item; `more` people may still count for it, and `is_open`: these may meet it."""
    moved = row.was is not None and row.was != row.have
    return Item(
        label=rule_label(row),
        have=f"{row.have}+{more}" if more else str(row.have),
        was=str(row.was) if moved else "",
        asked=rule_asked(row),
        ok=row.ok,
        wish=not row.hard,
        is_open=is_open,
    )


def mean(support: int, people: int) -> str:
    """Return the mean support of some people in per cent, with two decimals; `support` is their sum."""
    return f"{number(support / people / HUNDREDTHS if people else 0, '0.00')}{tongue().percent}"


def support_change(effect: CandidateEffect, view: PanelView) -> str:
    """Return how much a candidate changes the mean support, in points of a hundred with a sign."""
    shown = view.shown
    people = len(shown.members) if shown else 0
    before = shown.support / people if shown and people else 0
    change = round((effect.support / effect.size - before) / HUNDREDTHS, 2)
    return f"{'+' if change > 0 else chr(0x2212) if change < 0 else ''}{number(abs(change), '0.00')}"


def changes(view: PanelView, strip: Strip | None) -> list[list[str]]:
    """Return table rows of what the trial changes: rule, before, then, what is asked; support comes last."""
    if view.trial is None or strip is None:
        return []
    rows = [
        [rule_label(row), str(row.was), f"{row.have} {'✓' if row.ok else '▽'}", rule_asked(row)]
        for row in view.trial.rows
        if row.was is not None and row.was != row.have
    ]
    best = _("the most: %(best)s", best=strip.best) if strip.best else ""
    return [*rows, [_("Mean support"), strip.was, strip.mean, best]]


def consents(nominee: NomineeLine) -> str:
    """Return in two words to what a nominee has agreed: lists, and being named before governments."""
    if nominee.listed:
        return _("to everything") if nominee.to_governments else _("not before governments")
    return _("only before governments") if nominee.to_governments else _("not yet")


STATES = ("sitting", "free", "held", "barred", "other")


class Candidates(NamedTuple):
    """What the page of the candidates shows: the panel, in whose place, and what each row would change."""

    panel: PanelView
    place: NomineeLine | None
    effects: Mapping[str, CandidateEffect]
    fit: int | None  # how many keep every rule, where that was worked out
    invites: bool  # institutions can still be invited: the result is public, the session has not begun


@handed_out("pool")
def read(work: Work, key: str, *, whole: bool = False) -> tuple[Candidates, Listing]:
    """Return the panel of a round, and the table of its nominees with what those on the page would change.

    What all of them would change is worked out only where they are asked for in the place of one person, or
    those who keep every rule are.
    """
    view = trials.page(work, key)
    place = next((each for each in loose(view) if each.key == request.args.get("place")), None)
    every = [nominee.key for nominee in view.nominees]
    all_of_them = bool(place or request.args.get("fits"))
    found = candidates.effects_of(work, key, every, place.key if place else "") if all_of_them else {}
    line = rounds.round_line(work, key)
    listing = _table(view, place, found, subject_of(line)).over(
        sorted(view.nominees, key=lambda n: alphabetical(n.name)), whole=whole
    )
    if not all_of_them and not whole:
        found = candidates.effects_of(work, key, [nominee.key for nominee in listing.there.rows])
    fit = sum(not each.broken for each in found.values()) if all_of_them else None
    return Candidates(view, place, found, fit, governments.why_not_invited(work, key) is None), listing


def loose(view: PanelView) -> list[NomineeLine]:
    """Return the people on the panel who may leave it: not held, not designated."""
    members = view.shown.members if view.shown else ()
    return [each for each in members if each.key not in view.held and not each.designation]


def _table(
    view: PanelView, place: NomineeLine | None, effects: Mapping[str, CandidateEffect], subject: str
) -> Table:
    """Return the table of the nominees; gender is not in its file, only in the lists of the panel."""
    roles = [role.key for role in catalogue.roles()]
    words = state_words()
    choices: list[tuple[str, str, Callable[[NomineeLine], Text]]] = [
        ("role", _("Role"), lambda n: n.role_name),
        ("subregion", _("Subregion"), lambda n: n.subregion),
        ("country", _("Country"), lambda n: n.country),
        ("sector", _("Sector"), lambda n: n.sector),
    ]

    def among(key: str, label: str, of: Callable[[NomineeLine], Text]) -> Choice:
        return choice_among(key, label, view.nominees, lambda n: (n.codes[key], local(of(n))))

    def fits(nominee: NomineeLine) -> str:
        return "yes" if nominee.key in effects and not effects[nominee.key].broken else ""

    spoken = {language for n in view.nominees for language in n.languages}
    places = [
        Choice(
            "place",
            _("In the place of"),
            [(each.key, each.name) for each in loose(view)],
            lambda _n: place.key if place else "",
        ),
        Choice("fits", _("The rules"), [("yes", _("keeps every rule"))], fits),
    ]
    return Table(
        title=_("Nominees"),
        name="pool",
        endpoint="secretariat.panel_candidates",
        key=view.card.key,
        subject=subject,
        search=Search(_("Name or institution"), lambda n: f"{n.name} {n.organisation}"),
        choices=[
            *(places if view.shown else []),
            *(among(*each) for each in choices),
            Choice(
                "language",
                _("Language"),
                [(each.key, local(each.name)) for each in catalogue.languages() if each.key in spoken],
                lambda n: n.languages,
            ),
            Choice("state", _("State"), [(name, words[name]) for name in STATES], lambda n: _states(view, n)),
        ],
        columns=[
            Column("name", _("Name"), lambda n: n.name),
            Column("institution", _("Institution"), lambda n: n.organisation, only="file"),
            Column(
                "role",
                _("Role"),
                lambda n: local(n.role_name),
                lambda n: roles.index(n.codes["role"]),
                phone="under",
                flow=True,
            ),
            Column("country", _("Country"), lambda n: local(n.country), only="file"),
            Column("sector", _("Sector"), lambda n: local(n.sector), only="file"),
            Column(
                "support",
                _("Support"),
                lambda n: n.support / 10000,
                numeric=True,
                largest_first=True,
                phone="side",
            ),
            Column("effect", _("What changes"), sorts=False, only="page", flow=True),
            Column("recent", _("Recent panels"), lambda n: n.recent, only="file"),
            Column("consents", _("Agrees"), consents, sorts=False, flow=True),
            Column("state", _("State"), lambda n: words[state_of(view, n)], sorts=False, flow=True),
        ],
        sort="-support",
    )


def _states(view: PanelView, nominee: NomineeLine) -> set[str]:
    """Return the states of a nominee; one that is held is on the panel too."""
    return {state_of(view, nominee), *(["sitting"] if nominee.key in view.sitting else [])}


def state_of(view: PanelView, nominee: NomineeLine) -> str:
    """Return the state of a nominee: `barred`, `held`, `sitting`, `free`, or `other` (other themes)."""
    if nominee.key in view.barred:
        return "barred"
    if nominee.key in view.held:
        return "held"
    if nominee.key in view.sitting:
        return "sitting"
    return "free" if nominee.in_pool else "other"


def state_words() -> dict[str, str]:
    """Return the states of nominees in words."""
    return {
        "sitting": _("on the panel"),
        "free": _("in the pool"),
        "held": _("held"),
        "barred": _("kept out"),
        "other": _("other themes"),
    }


class NameForm(Form):
    """The name of a preset that the secretariat saved."""

    places: ClassVar[dict[str, str]] = {"preset.title": "title", "preset.duplicate": "title"}
    title = InEachLanguage(_l("Name"), panel_presets.TITLE_MAX, required=True)


@blueprint.get("/panel-rules", may="panel.read")
def presets() -> str:
    """Show all presets of panel rules."""
    every = request_read(panel_presets.every)
    return render_template("panel/presets.html", presets=every)


@blueprint.route("/panel-rules/<int:number>", methods=["GET", "POST"], may="presets.write")
def rename_preset(number: int) -> BaseResponse | tuple[str, int]:
    """Change the name of a preset that the secretariat saved."""
    with reading() as work:
        one = _own(panel_presets.every(work), number)
    form = NameForm(data={"title": one.title})
    if form.does(lambda work: panel_presets.rename(work, number, form.words_of("title"))):
        return done(_("The rules have their new name."), "presets")
    return render_template("panel/preset.html", one=one, form=form), form.status


@blueprint.post("/panel-rules/<int:number>/delete", may="presets.write")
def delete_preset(number: int) -> BaseResponse:
    """Delete a preset that the secretariat saved."""
    write(panel_presets.delete, number)
    return done(_("The rules are deleted. Rounds and panels that used them keep theirs."), "presets")


def _own(every: tuple[PresetView, ...], number: int) -> PresetView:
    return or_problem(next((each for each in every if each.number == number), None), "preset.unknown")
