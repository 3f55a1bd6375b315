"""The three views of the panel's desk: the panel and what is tried, the candidates, the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from flask import render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.panel import dialogues, endorsed
from consulta.panel import presets as panel_presets
from consulta.panel import trials as panel_trials
from consulta.panel.pages import panels, pictures
from consulta.panel.pages.pictures import badge
from consulta.platform.data import catalogue
from consulta.platform.web.fields import Form, beside
from consulta.platform.web.language import local, moment, offered, speaking
from consulta.platform.web.lists import listed
from consulta.platform.web.request import house, read, reading
from consulta.platform.web.table import Column, Search, Table, acts, choice_among, handed_out
from consulta.rounds import service as rounds
from consulta.rounds.pages import afterwards
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from consulta.panel.dialogues import DialogueView
    from consulta.panel.pages.forms import PanelForm
    from consulta.panel.presets import PresetView
    from consulta.panel.values import NomineeLine, PanelView, RankedGovernment, RuleRow, WantedGovernment
    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work
    from consulta.vote.questions import NamedGovernment


class TrialForm(Form):
    """A change to try; `out` and `into` say who, where a swap was picked from two lists."""

    do = StringField(_l("Change"), [InputRequired(), Length(max=200)])
    version = IntegerField(_l("Version"), [InputRequired()])
    out = StringField(_l("Who leaves"))
    into = StringField(_l("Who comes"))
    at = StringField(_l("Page"))  # the view that the button is on

    def to_command(self) -> panel_trials.Change:
        """Return the change of the panel that is asked for."""
        if self.do.data == "swap":
            return panel_trials.Change("swap", self.out.data or "", self.into.data or "")
        return panel_trials.Change(*f"{self.do.data}::".split(":")[:3])


class DecideForm(Form):
    """The trial becomes the panel, with a reason where a rule gives way."""

    places = beside("panel.reason", reason=("panel.other", "panel.holds"))

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
    here: bool = True  # a step of this page alone, beside the next one of the round


class Desk(NamedTuple):
    """What the page is drawn from."""

    panel: PanelView
    presets: tuple[PresetView, ...]


def view_of(key: str) -> PanelView:
    """Return the panel of a round."""
    return read(panel_trials.page, key)


def desk_of(key: str) -> Desk:
    """Return the panel of a round, and the presets of rules."""
    with reading() as work:
        return Desk(panel_trials.page(work, key), panel_presets.every(work))


def told_reason(view: PanelView) -> str:
    """Return the last reason given for people who are held or kept out by hand; "" where none is now."""
    decision = view.decision
    if decision is None or not (decision.holds.by_hand or decision.holds.kept_out):
        return ""
    return next((each.reason for each in reversed(decision.judgements) if each.held or each.kept_out), "")


class Person(NamedTuple):
    """A row of the panel: a person, what the trial does with them, the rules they help to meet."""

    line: NomineeLine
    change: str  # "left", "came" or "" by the change that is being tried
    helps: tuple[RuleRow, ...]
    others: tuple[NomineeLine, ...]  # who could take the place alone, the best first


@handed_out("panel")
def _people(work: Work, key: str, *, whole: bool = False) -> tuple[PanelView, Listing]:
    """Return the panel of a round, and the table of its people."""
    view = panel_trials.page(work, key)
    return view, people(view, subject(rounds.round_line(work, key)), whole=whole)


def people(view: PanelView, about: str, *, whole: bool = False) -> Listing:
    """Return the table of the people of a panel, those who would leave by the trial included.

    Gender is on the page, by itself and in the rules that a person helps to meet; neither is in the file.
    """
    roles = [role.key for role in catalogue.roles()]
    rows = people_rows(view)

    def answer(row: Person) -> tuple[str, str]:
        if row.line.designation:
            return "designated", _("designated")
        state = view.states.get(row.line.key)
        return (state.value, badge(state.value)[1]) if state else ("none", _("not invited"))

    return Table(
        title=_("People"),
        name="panel",
        endpoint="secretariat.panel",
        key=view.card.key,
        subject=about,
        handful=True,
        search=Search(_("Name or institution"), lambda row: f"{row.line.name} {row.line.organisation}"),
        choices=[
            choice_among("role", _("Role"), rows, lambda row: (row.line.role, local(row.line.role_name))),
            choice_among("answer", _("Answer"), rows, answer),
        ],
        columns=[
            Column("person", _("Person"), lambda row: row.line.name, flow=True),
            Column("institution", _("Institution"), lambda row: row.line.organisation, only="file"),
            Column(
                "role",
                _("Role"),
                lambda row: local(row.line.role_name),
                lambda row: roles.index(row.line.role),
                only="file",
            ),
            Column("country", _("Country"), lambda row: local(row.line.country), only="file"),
            Column("sector", _("Sector"), lambda row: local(row.line.sector), only="file"),
            Column(
                "support",
                _("Support"),
                lambda row: row.line.support / 10000,
                numeric=True,
                largest_first=True,
            ),
            Column("why", _("Why here"), sorts=False, flow=True, phone="under", only="page"),
            Column("answer", _("Answer"), lambda row: answer(row)[1], phone="side"),
            Column("consents", _("Agrees"), lambda row: panels.consents(row.line), flow=True),
            acts(),
        ],
    ).over(rows, whole=whole)


def people_rows(view: PanelView) -> list[Person]:
    """Return the rows of the panel that is shown, by role and then by support."""
    shown, order = view.shown, [role.key for role in catalogue.roles()]
    if shown is None:
        return []
    came = {each.key for each in view.trial.came} if view.trial else set()
    lines = [(each, "came" if each.key in came else "") for each in shown.members]
    lines += [(each, "left") for each in (view.trial.left if view.trial else ())]
    lines.sort(key=lambda line: (order.index(line[0].role), -line[0].support, line[0].key))
    return [
        Person(
            each,
            change,
            tuple(row for row in shown.rows if row.low and each.name in row.who and change != "left"),
            tuple(shown.alternates.get(each.key, ())),
        )
        for each, change in lines
    ]


def page(view: PanelView, *, asked: TrialForm | None = None, deciding: DecideForm | None = None) -> str:
    """Return the page of the panel and of the trial, with the errors of the form that was refused."""
    deciding = deciding or DecideForm(
        formdata=None, data={"version": view.decision.version if view.decision else 0}
    )
    deciding.reason.flags.required = bool(view.trial and (view.trial.broken or view.trial.explain))
    rules, decision, small_cell = panels.strip_of(view), view.decision, house().settings.small_cell
    with reading() as work:
        about = subject(rounds.round_line(work, view.card.key))
        session = dialogues.of_round(work, view.card.key)
    return render_template(
        "panel/desk.html",
        view=view,
        strip=rules,
        changes=panels.changes(view, rules),
        next=_next(view),
        asked=asked,
        deciding=deciding,
        table=people(view, about),
        badge=badge,
        letters=_letters(view, session),
        seen_by=endorsed.for_desk(decision.seen_by, small_cell) if decision else (),
        small_cell=max(small_cell, 1),
        widest=max((each.support for each in view.nominees), default=0),
        example=view.card.example,
    )


def _letters(view: PanelView, session: DialogueView | None) -> list[tuple[str, list[str]]]:
    """Return the paragraphs of a letter to those who are asked to hold the date, by their languages."""
    reserves = view.decision.reserves if view.decision else None
    asked = reserves.people if reserves else ()
    first, *_others = offered()
    languages = dict.fromkeys(next((c for c in each.languages if c in offered()), first) for each in asked)
    found = []
    for code in languages:
        with speaking(code):
            found.append((code, _letter(view, session)))
    return found


def _letter(view: PanelView, session: DialogueView | None) -> list[str]:
    date = _("We will tell you the date as soon as it is fixed.")
    if session is not None and not session.cancelled:
        when, place = moment(session.starts_at, session.zone), local(session.place)
        date = (
            _("Please hold this date: %(moment)s, %(place)s.", moment=when, place=place)
            if place
            else _("Please hold this date: %(moment)s.", moment=when)
        )
    return [
        _("Dear colleague:"),
        _(
            "You are among the people proposed for the panel that is to speak with governments about"
            " %(topics)s.",
            topics=listed([local(topic) for topic in view.topics]),
        ),
        date,
        _(
            "This is not an invitation yet: the panel has its people, and some of them may not be able to"
            " come. In that case we would write to you at once."
        ),
        _("Please tell us whether we may count on you. If you cannot come, that has no consequences."),
    ]


def candidates_page(
    found: panels.Candidates, table: Listing, wanted: tuple[WantedGovernment, ...] = ()
) -> str:
    """Return the page of the candidates, with what each row would change."""
    view = found.panel
    return render_template(
        "panel/candidates.html",
        view=view,
        strip=panels.strip_of(view),
        found=found,
        table=table,
        state_of=panels.state_of,
        consents=panels.consents,
        support_change=panels.support_change,
        wanted=[(each, government_name(each.named)) for each in wanted],
        invite=lambda each: _invitation_of(view.card.key, each.named) if found.invites else "",
        add=lambda each: _address_of(view.card.key, each.named),
        example=view.card.example,
    )


def government_name(named: NamedGovernment) -> str:
    """Return a government that organisations named, in the reader's language."""
    return government_of(named.code or "", named.name)


def government_of(code: str, name: str) -> str:
    """Return a government in the reader's language: `code` of a State, `name` of a local one."""
    country = local(catalogue.countries_by_code()[code].name) if code else ""
    return (f"{name} ({country})" if country else name) if name else country


def institution_name(named: NamedGovernment) -> str:
    """Return what the institution of a government is called, in the reader's language."""
    if named.kind == "n":
        called: str = _("Government of %(country)s", country=government_name(named))
        return called
    return _("Local government of %(name)s", name=named.name)


def _address_of(key: str, named: NamedGovernment) -> str:
    """Return the address of the form of a nominee, filled in for the institution of a government."""
    name = institution_name(named)
    role = "gov_national" if named.kind == "n" else "gov_local"
    return url_for(
        "secretariat.create_nominee", key=key, government=role, country=named.code or None, name=name
    )


def _invitation_of(key: str, named: NamedGovernment) -> str:
    """Return the address of the page that invites the institution of a government.

    Empty where few named the government, or its country is not known.
    """
    if named.count is None or not named.code:
        return ""
    return url_for(
        "secretariat.invite_institution", key=key, kind=named.kind, code=named.code, name=named.name or None
    )


def rules_page(
    desk: Desk, form: PanelForm, *, preset: PresetView | None = None, named: tuple[RankedGovernment, ...] = ()
) -> str:
    """Return the page of the rules, with the errors of the form that was refused."""
    view = desk.panel
    return render_template(
        "panel/rules.html",
        view=view,
        strip=panels.strip_of(view),
        form=form,
        rows=rule_cells(view),
        presets=desk.presets,
        preset=preset,
        roles=catalogue.roles(),
        named=[[each.rank, government_of(each.code, each.name), listed(each.candidates)] for each in named],
        example=view.card.example,
    )


def rule_cells(view: PanelView) -> dict[str, RuleRow]:
    """Return the rules of the panel that is shown by what a row of the form is about, such as `role:ngo`."""
    rows = view.shown.rows if view.shown else view.decision.rows if view.decision else ()
    return {f"{row.kind}:{row.attribute}:{row.code}": row for row in rows}


def _next(view: PanelView) -> Next | None:
    """Return what to do next: what this page needs first, else the next step of the round."""
    key, decision = view.card.key, view.decision
    if decision is None:
        return Next(
            _("Choose the panel"),
            _("Check the rules, then choose. You can choose again as often as you need."),
            _("To the rules"),
            url_for("secretariat.panel_rules", key=key),
        )
    if not decision.feasible:
        return Next(
            _("Change a rule, or decide with a reason"),
            _("Below is what prevents a panel, and the smallest change that would allow one."),
            _("To the rules"),
            url_for("secretariat.panel_rules", key=key),
        )
    step = afterwards.next_step(read(rounds.round_line, key))
    return Next(step.title, step.text, step.label, step.url, here=False) if step else None
