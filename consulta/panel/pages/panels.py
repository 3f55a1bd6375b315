"""The panel's desk: the panel with its rules beside it and what is tried, the candidates, all the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from flask import flash, redirect, render_template, request, url_for
from wtforms import HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.accounts.pages import pending
from consulta.core.invitations import COMING
from consulta.core.problems import or_problem
from consulta.panel import candidates, dialogues, public_parts, trials
from consulta.panel import presets as presets_acts
from consulta.panel import service as panels
from consulta.panel.pages.rules import PanelForm, badge, filled, in_words
from consulta.platform.data import catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form, InEachLanguage, TypedKeyForm, beside
from consulta.platform.web.language import alphabetical, local, moment, number, offered, speaking, tongue
from consulta.platform.web.lists import listed
from consulta.platform.web.request import house, read, reading, write
from consulta.platform.web.table import Choice, Column, Search, Table, acts, back, choice_among, handed_out
from consulta.rounds import service as rounds
from consulta.rounds.acts import REASON_MAX
from consulta.rounds.pages import stages
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.texts import Text
    from consulta.core.values import PanelRules
    from consulta.panel.dialogues import DialogueView
    from consulta.panel.presets import PresetView
    from consulta.panel.values import (
        CandidateEffect,
        NomineeLine,
        PanelPublishing,
        PanelView,
    )
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

    def to_command(self) -> trials.Change:
        """Return the change of the panel that is asked for."""
        if self.do.data == "swap":
            return trials.Change("swap", self.out.data or "", self.into.data or "")
        return trials.Change(*f"{self.do.data}::".split(":")[:3])


class DecideForm(Form):
    """The trial becomes the panel, with a reason where a rule gives way."""

    places = beside("panel.reason", reason=("panel.other", "panel.holds"))

    version = IntegerField(_l("Version"), [InputRequired()])
    reason = TextAreaField(_l("Reason"), [Length(max=trials.REASON_MAX)])

    def explains(self, view: PanelView) -> bool:
        """Return whether the form has a reason where a rule gives way.

        Otherwise an error is added to the form.
        """
        broken = view.trial.broken if view.trial else ()
        if not broken or (self.reason.data or "").strip():
            return True
        rules = "; ".join(in_words(row) for row in broken)
        self.reason.errors = [_("Write why these rules give way: %(rules)s.", rules=rules)]
        return False


def told_reason(view: PanelView) -> str:
    """Return the last reason given for people who are held or kept out by hand; "" where none is now."""
    decision = view.decision
    if decision is None or not (decision.holds["by_hand"] or decision.holds["kept_out"]):
        return ""
    return next((each.reason for each in reversed(decision.judgements) if each.held or each.kept_out), "")


class Person(NamedTuple):
    """A row of the panel: a person, and what the change that is being tried does with them."""

    line: NomineeLine
    change: str  # "left", "came" or ""


@handed_out("panel")
def _people(work: Work, key: str, *, whole: bool = False) -> tuple[PanelView, Listing]:
    """Return the panel of a round, and the table of its people."""
    view = trials.page(work, key)
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
            Column("why", _("Why this person"), sorts=False, flow=True, phone="under", only="page"),
            Column("answer", _("Answer"), lambda row: answer(row)[1], phone="side"),
            Column("consents", _("Agrees"), lambda row: consents(row.line), only="file"),
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
    return [Person(each, change) for each, change in lines]


def page(view: PanelView, *, asked: TrialForm | None = None, deciding: DecideForm | None = None) -> str:
    """Return the page of the panel and of the trial, with the errors of the form that was refused."""
    deciding = deciding or DecideForm(
        formdata=None, data={"version": view.decision.kept.version if view.decision else 0}
    )
    deciding.reason.flags.required = bool(view.trial and (view.trial.broken or view.trial.explain))
    decision, small_cell = view.decision, house().settings.small_cell
    with reading() as work:
        line = rounds.round_line(work, view.card.key)
        session = dialogues.of_round(work, view.card.key)
    return render_template(
        "panel/desk.html",
        view=view,
        form=_rules_form(view, view.rules, named=True, formdata=None),
        means=means_of(view),
        mean=mean,
        step=stages.next_step(line) if decision and decision.feasible else None,
        accepted=sum(view.states.get(each.key) in COMING for each in decision.members) if decision else 0,
        asked=asked,
        deciding=deciding,
        table=people(view, subject(line)),
        badge=badge,
        letters=_letters(view, session),
        seen_by=public_parts.for_desk(decision.kept.seen_by, small_cell) if decision else (),
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
    return page(read(trials.page, key))


@blueprint.get("/rounds/<key>/panel/candidates", may="panel.read")
def panel_candidates(key: str) -> str:
    """Show the nominees, what each would change on the panel, and what can be tried with them."""
    with reading() as work:
        found, table = pool(work, key)
        wanted = candidates.wanted(work, key, house().settings.small_cell)
    view = found.panel
    return render_template(
        "panel/candidates.html",
        view=view,
        means=means_of(view),
        found=found,
        table=table,
        state_of=state_of,
        consents=consents,
        support_change=support_change,
        wanted=[(each, government_name(each.named)) for each in wanted],
        invite=lambda each: _invitation_of(key, each.named) if found.invites else "",
        add=lambda each: _address_of(key, each.named),
        example=view.card.example,
    )


@blueprint.route("/rounds/<key>/panel/rules", methods=["GET", "POST"], may="panel.read")
def panel_rules(key: str) -> BaseResponse | tuple[str, int]:
    """Show the rules; sending them chooses a new panel."""
    with reading() as work:
        view, presets = trials.page(work, key), presets_acts.every(work)
    preset = next((each for each in presets if each.key == request.args.get("preset")), None)
    named = read(candidates.most_named, key, house().settings.small_cell)
    form = _rules_form(view, preset.rules if preset else view.rules, named=bool(named))
    if form.validate_on_submit() and form.accepts(lambda: _take(key, form)):
        return redirect(
            url_for("secretariat.panel_rules" if form.save.data else "secretariat.panel", key=key), 303
        )
    shown = view.shown or view.decision  # the rules by what a row of the form is about, such as `role:ngo`
    rows = {f"{row.kind}:{row.attribute}:{row.code}": row for row in (shown.rows if shown else ())}
    return render_template(
        "panel/rules.html",
        view=view,
        means=means_of(view),
        form=form,
        rows=rows,
        presets=presets,
        preset=preset,
        roles=catalogue.roles(),
        named=[[each.rank, government_of(each.code, each.name), listed(each.candidates)] for each in named],
        example=view.card.example,
    ), form.status


def _rules_form(view: PanelView, rules: PanelRules, *, named: bool, **given: Any) -> PanelForm:
    """Return the form of rules, with the reason last given for people held or kept out by hand.

    `named`: a rule can be of the governments most named.
    """
    return PanelForm(data=filled(rules) | {"reason": told_reason(view)}, **given).offer(
        view.nominees, named=named
    )


@blueprint.post("/rounds/<key>/panel/try", may="panel.choose")
def panel_try(key: str) -> BaseResponse | tuple[str, int]:
    """Run one more change of the trial of the panel, or drop the trial; then show the view it came from."""
    asked = TrialForm()
    if asked.validate_on_submit() and asked.accepts(lambda: _try(key, asked)):
        if asked.at.data == "candidates":
            return back("secretariat.panel_candidates", key=key)
        return back("secretariat.panel", key=key)
    return page(read(trials.page, key), asked=asked), 422


@blueprint.post("/rounds/<key>/panel/decide", may="panel.choose")
def panel_decide(key: str) -> BaseResponse | tuple[str, int]:
    """Store the panel that is being tried as the panel; on faults, show the page again with status 422."""
    view = read(trials.page, key)
    form = DecideForm()
    if form.validate_on_submit() and form.explains(view) and form.accepts(lambda: _decide(key, form)):
        return redirect(url_for("secretariat.panel", key=key), 303)
    return page(view, deciding=form), 422


def _try(key: str, form: TrialForm) -> None:
    if form.do.data == "give_up":
        write(trials.give_up, key)
    else:
        version, change = form.version.data or 0, form.to_command()
        panels.searched_first(lambda: write(trials.change, key, version, change))


def _decide(key: str, form: DecideForm) -> None:
    version, reason = form.version.data or 0, form.reason.data or ""
    by_hand = panels.searched_first(lambda: write(trials.decide, key, version, reason))
    flash(
        _("The panel is decided.")
        if by_hand
        else _("The panel is decided. It is the one that these rules give.")
    )


def _take(key: str, form: PanelForm) -> None:
    """Choose a panel by the rules, or save the rules under a name: as the button says."""
    if not form.save.data:
        rules, reason, least = form.to_command(), form.reason.data or "", house().settings.small_cell
        if panels.searched_first(lambda: write(panels.choose, key, rules, reason, least)):
            flash(_("The panel is chosen."))
        else:
            flash(_("No panel was found that meets these rules."), "warn")
        return
    write(presets_acts.save, form.title, form.to_command())
    flash(_("The rules are kept under this name. The panel has not changed."))


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
    pending.spare_key(form)
    form.tells = lambda: _told(page, form)
    if form.validate_on_submit() and form.carries_out(lambda work: _publish(work, key, form)):
        if was:
            flash(_("The panel is published. Version %(version)s was replaced.", version=was.version))
            place = "tell_replaced" if was.invited else "panel"
            return redirect(url_for(f"secretariat.{place}", key=key), 303)
        return done(_("The panel is published."), "panel", key=key)
    form.seen.data = page.seen  # what is sent next was seen now
    return render_template(
        "panel/publish.html", form=form, example=page.panel.card.example, **to_be_read(page)
    ), form.status


def to_be_read(page: PanelPublishing) -> dict[str, Any]:
    """Return what `panel/publish_parts.html` shows of a panel before it is published."""
    return {
        "page": page,
        "view": page.panel,
        "table": Table(
            title=_("Who is on this panel, and what everybody will read"),
            columns=[
                Column("person", _("Person"), lambda line: line.name, flow=True),
                Column("answer", _("Answer"), phone="side"),
                Column("agrees", _("Agrees to be named before governments")),
                Column("read", _("Everybody will read"), flow=True, phone="under"),
            ],
        ).over(page.members),
        "badge": badge,
    }


def who_is_on(page: PanelPublishing) -> tuple[str, str]:
    """Return whom a panel would make public, for a second person: label and value."""
    people = _listed(each for each in page.members if not page.is_free(each))
    return _("Who is on this panel"), people or _("nobody")


def _told(page: PanelPublishing, form: PanelPublishForm) -> list[tuple[str, str]]:
    """Return what would be made public, as a second person reads it: who leaves, who comes, and why."""
    card, was = page.panel.card, page.replaces
    told = [(_("Consultation"), f"{local(card.title)} ({card.key})")]
    if was is None:
        told.append(who_is_on(page))
    else:
        told += [
            (_("Replaces"), _("version %(version)s, which is public", version=was.version)),
            (_("Leave the panel"), _listed(was.left) or _("nobody")),
            (_("Come to the panel"), _listed(was.came) or _("nobody")),
            (_("Stay on the panel"), _listed(was.stay) or _("nobody")),
        ]
    reasons = form.in_each_language("reason") if was else []
    return [*told, *((str(field.label.text), field.data) for _code, field in reasons if field.data)]


def _listed(people: Iterable[NomineeLine]) -> str:
    return "; ".join(f"{each.name} ({each.organisation})" for each in people)


def _publish(work: Work, key: str, form: PanelPublishForm) -> None:
    reason, small_cell = form.words_of("reason"), house().settings.small_cell
    panels.publish_panel(work, key, form.seen.data or None, reason, small_cell)


HUNDREDTHS = 100  # support is told in ten-thousandths


def means_of(view: PanelView) -> dict[str, str]:
    """Return the mean support of the panel that is shown, before the trial, and of the best panel.

    "" where there is no such panel. The best is that of the round's own rules.
    """
    shown = view.shown
    before = view.decision if view.trial and view.decision and view.decision.feasible else None
    best = view.trial.best_support if view.trial else view.decision.kept.best if view.decision else None
    return {
        "now": mean(shown.support, len(shown.members)) if shown else "",
        "was": mean(before.support, len(before.members)) if before else "",
        "best": mean(best, shown.size) if shown and best is not None else "",
    }


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
def pool(work: Work, key: str, *, whole: bool = False) -> tuple[Candidates, Listing]:
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
    listing = _table(view, place, found, subject(line)).over(
        sorted(view.nominees, key=lambda n: alphabetical(n.name)), whole=whole
    )
    if not all_of_them and not whole:
        found = candidates.effects_of(work, key, [nominee.key for nominee in listing.there.rows])
    fit = sum(not each.broken for each in found.values()) if all_of_them else None
    return Candidates(view, place, found, fit, candidates.why_not_invited(work, key) is None), listing


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
        "held": _("place reserved"),
        "barred": _("excluded"),
        "other": _("other themes"),
    }


class NameForm(Form):
    """The name of a preset that the secretariat saved."""

    places: ClassVar[dict[str, str]] = {"preset.title": "title", "preset.duplicate": "title"}
    title = InEachLanguage(_l("Name"), presets_acts.TITLE_MAX, required=True)


@blueprint.get("/panel-rules", may="panel.read")
def presets() -> str:
    """Show all presets of panel rules."""
    every = read(presets_acts.every)
    return render_template("panel/presets.html", presets=every)


@blueprint.route("/panel-rules/<int:number>", methods=["GET", "POST"], may="presets.write")
def rename_preset(number: int) -> BaseResponse | tuple[str, int]:
    """Change the name of a preset that the secretariat saved."""
    with reading() as work:
        one = _own(presets_acts.every(work), number)
    form = NameForm(data={"title": one.title})
    if form.does(lambda work: presets_acts.rename(work, number, form.words_of("title"))):
        return done(_("The rules have their new name."), "presets")
    return render_template("panel/preset.html", one=one, form=form), form.status


@blueprint.post("/panel-rules/<int:number>/delete", may="presets.write")
def delete_preset(number: int) -> BaseResponse:
    """Delete a preset that the secretariat saved."""
    write(presets_acts.delete, number)
    return done(_("The rules are deleted. Consultations and panels that used them keep theirs."), "presets")


def _own(every: tuple[PresetView, ...], number: int) -> PresetView:
    return or_problem(next((each for each in every if each.number == number), None), "preset.unknown")
