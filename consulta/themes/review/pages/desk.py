"""The queue of proposed themes, one proposal with its decisions, and the forms that change one or several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.core.problems import Problem, or_problem
from consulta.platform.data import catalogue
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.language import local, offered
from consulta.platform.web.request import read, write
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    handed_out,
    moment_in_file,
)
from consulta.rounds.letters.pages.mass_mail import page_before
from consulta.rounds.service import subject
from consulta.themes.proposals.likeness import alike, shape
from consulta.themes.review import forms, reading, service
from consulta.themes.review.pages import words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.themes.review.values import ReviewDesk, Reviewed

OPEN = ("submitted", "returned", "admitted")
LEAST = ("2", "3", "5", "10")  # organisations behind a proposal, to filter by


@blueprint.get("/rounds/<key>/theme-review", may="theme_phase.read")
def theme_review(key: str) -> Page:
    """Show the themes that members proposed, those that wait first."""
    view, table = read(_table, key)
    return page(
        "theme_review/list.html",
        view.round,
        view=view,
        table=table,
        tones=words.TONES,
        states=words.states(),
        open=OPEN,
        mergeable=_changeable(view) and sum(each.proposal.state in OPEN for each in view.proposals) > 1,
    )


@handed_out("theme-proposals")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[ReviewDesk, Listing]:
    """Return the proposed themes of a round, and the table of them."""
    view = reading.desk(work, key)
    states = words.states()
    tongues = sorted({each.proposal.language for each in view.proposals})
    aims = sorted({number for each in view.proposals for number in each.proposal.objectives})
    short = {each.number: each for each in catalogue.objectives()}
    regions = catalogue.subregions_by_key()
    table = Table(
        title=_("Themes: review"),
        name="theme-proposals",
        endpoint="secretariat.theme_review",
        key=key,
        subject=subject(view.round),
        search=Search(_("Words, or who proposed"), _searched),
        choices=[
            Choice("state", _("State"), list(states.items()), lambda each: each.proposal.state),
            Choice(
                "language",
                _("Language"),
                [(code, words.language(code)) for code in tongues],
                lambda each: each.proposal.language,
            ),
            Choice(
                "objective",
                _("Objective"),
                [(str(number), f"{number} {local(short[number].short)}") for number in aims],
                lambda each: [str(number) for number in each.proposal.objectives],
            ),
            Choice(
                "subregion",
                _("Subregion behind it"),
                [(region, local(regions[region].name)) for region in regions],
                lambda each: list(each.proposal.backing.by_subregion),
            ),
            Choice(
                "behind",
                _("Organisations behind it"),
                [(least, _("%(least)s or more", least=least)) for least in LEAST],
                lambda each: [least for least in LEAST if each.proposal.backing.organisations >= int(least)],
            ),
        ],
        columns=[
            Column("number", _("Number"), lambda each: each.proposal.number, only="file"),
            Column("reference", _("Reference"), lambda each: each.proposal.reference, only="file"),
            Column("title", _("Theme"), lambda each: local(each.proposal.title), flow=True),
            Column("why", _("Why"), lambda each: local(each.proposal.why), only="file"),
            Column("objectives", _("Objectives"), _aims, only="file"),
            Column(
                "language", _("Language"), lambda each: words.language(each.proposal.language), only="file"
            ),
            Column("by", _("Proposed by"), lambda each: each.proposal.organisation, phone="under"),
            moment_in_file(lambda each: each.proposal.proposed_at),
            Column(
                "organisations",
                _("Organisations"),
                lambda each: each.proposal.backing.organisations,
                numeric=True,
                largest_first=True,
            ),
            Column(
                "subregions",
                _("Subregions"),
                lambda each: each.proposal.backing.subregions,
                numeric=True,
                largest_first=True,
            ),
            Column("state", _("State"), lambda each: states[each.proposal.state], phone="side"),
            Column("reason", _("Reason"), lambda each: local(each.proposal.reason), only="file"),
            Column("into", _("Merged into"), lambda each: each.proposal.end, only="file"),
            acts(),
        ],
    )
    order = {"submitted": 0, "returned": 1}
    rows = sorted(view.proposals, key=lambda each: (order.get(each.proposal.state, 2), each.proposal.number))
    return view, table.over(rows, whole=whole)


@blueprint.route(
    "/rounds/<key>/theme-review/<int:number>", methods=["GET", "POST"], may="theme_proposals.review"
)
def theme_proposal(key: str, number: int) -> Response | Page:
    """Show one proposal, and record what is decided about it."""
    form = forms.DecisionForm()
    act = request.form.get("act", "")
    if form.is_submitted() and act in _DECISIONS:
        decide, said = _DECISIONS[act]
        if form.does(lambda work: decide(work, key, number, form)):
            return done(said(), "theme_proposal", key=key, number=number)
    view, found = _one(key, number)
    form.now_at(found.version)
    return page(
        "theme_review/proposal.html",
        view.round,
        form,
        view=view,
        found=found,
        one=found.proposal,
        near=_alike(view, found),
        words=words,
        tones=words.TONES,
        states=words.states(),
        acts=words.acts(),
        undoing=words.undoing(),
        facts=_facts(found),
        open=found.proposal.state in OPEN,
        changeable=_changeable(view),
        decided=act,
    )


@blueprint.route(
    "/rounds/<key>/theme-review/<int:number>/edit", methods=["GET", "POST"], may="theme_proposals.review"
)
def reword_theme(key: str, number: int) -> Response | Page:
    """Change the words of a proposal; what its organisation wrote is kept."""
    _view_now, found = _one(key, number)
    one = found.proposal
    form = forms.WordsForm(
        data={
            "title": one.title.into(one.language),
            "why": one.why.into(one.language),
            "objectives": ", ".join(map(str, one.objectives)),
            "version": str(found.version),
        }
    )

    def reword(work: Work) -> None:
        aims = forms.numbers(form.objectives.data)
        title, why = form.title.data or "", form.why.data or ""
        service.reword(work, key, number, form.seen, title, why, aims)

    if form.does(reword):
        return done(
            _("The words are changed. The original stays public."), "theme_proposal", key=key, number=number
        )
    return _again("theme_review/edit.html", key, number, form)


@blueprint.route(
    "/rounds/<key>/theme-review/<int:number>/translate/<language>",
    methods=["GET", "POST"],
    may="theme_proposals.review",
)
def translate_theme(key: str, number: int, language: str) -> Response | Page:
    """Write a proposal in another language of the installation."""
    _view_now, found = _one(key, number)
    one = found.proposal
    data = {"title": one.title.get(language, ""), "why": one.why.get(language, "")}
    form = forms.TranslationForm(data={**data, "version": str(found.version)})

    def translate(work: Work) -> None:
        title, why = form.title.data or "", form.why.data or ""
        service.translate(work, key, number, form.seen, language, title, why)

    if language not in offered() or language == one.language:
        raise Problem("theme_review.language")
    if form.does(translate):
        return done(
            _("The translation is saved, and marked as one."), "theme_proposal", key=key, number=number
        )
    return _again("theme_review/translate.html", key, number, form, language=language)


@blueprint.route(
    "/rounds/<key>/theme-review/<int:number>/split", methods=["GET", "POST"], may="theme_proposals.review"
)
def split_theme(key: str, number: int) -> Response | Page:
    """Replace a proposal by two to four parts."""
    _view_now, found = _one(key, number)
    one = found.proposal
    aims = ", ".join(map(str, one.objectives))
    form = forms.SplitForm(
        data={
            "version": str(found.version),
            "title_1": one.title.into(one.language),
            "why_1": one.why.into(one.language),
            **{f"objectives_{part}": aims for part in range(1, service.MOST_PARTS + 1)},
        }
    )
    if form.does(lambda work: service.split(work, key, number, form.seen, form.parts())):
        made = ", ".join(map(str, form.outcome))
        said = _("The proposal is split. Its parts wait: %(numbers)s.", numbers=made)
        return done(said, "theme_proposal", key=key, number=number)
    return _again("theme_review/split.html", key, number, form, most=service.MOST_PARTS)


@blueprint.route("/rounds/<key>/theme-review/merge", methods=["GET", "POST"], may="theme_proposals.review")
def merge_themes(key: str) -> Response | Page:
    """Merge several proposals into one of them, which keeps its words."""
    form = forms.MergeForm()
    given = list(form.versions()) if form.is_submitted() else _numbers(request.args.getlist("n"))
    into = next(iter(forms.numbers(form.into.data)), 0)

    def merge(work: Work) -> None:
        chosen = {number: seen for number, seen in form.versions().items() if number != into}
        service.merge(work, key, chosen, into)

    if form.does(merge):
        said = _("The proposals are merged. Each organisation behind them is counted once.")
        return done(said, "theme_proposal", key=key, number=into)
    view = read(reading.desk, key)
    chosen = [found for number in given if (found := view.find(number)) is not None]
    form.now_at({each.proposal.number: each.version for each in chosen})
    form.into.choices = [(str(each.proposal.number), local(each.proposal.title)) for each in chosen]
    return page("theme_review/merge.html", view.round, form, view=view, chosen=chosen, words=words)


@blueprint.route("/rounds/<key>/theme-review/told", methods=["GET", "POST"], may="theme_proposals.review")
def tell_theme_proposers(key: str) -> Response | tuple[str, int]:
    """Tell each organisation by one mail what became of its proposals, after saying to how many."""
    back = url_for("secretariat.theme_review", key=key), _("Themes: review")

    def tell() -> str:
        count = write(reading.tell, key)
        said: str = ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)
        return said

    return page_before(key, reading.telling, _("Tell what became of the proposed themes"), back, tell)


# -- parts


def _admit(work: Work, key: str, number: int, form: forms.DecisionForm) -> None:
    service.admit(work, key, number, form.seen, form.words_of("reason"))


def _decline(work: Work, key: str, number: int, form: forms.DecisionForm) -> None:
    service.decline(work, key, number, form.seen, form.words_of("reason"))


def _ask(work: Work, key: str, number: int, form: forms.DecisionForm) -> None:
    service.ask(work, key, number, form.seen, form.question.data or "")


def _undo(work: Work, key: str, number: int, form: forms.DecisionForm) -> str:
    return service.undo(work, key, number, form.seen)


_DECISIONS: dict[str, tuple[Callable[[Work, str, int, forms.DecisionForm], Any], Callable[[], str]]] = {
    "admit": (_admit, lambda: _("The proposal is admitted.")),
    "decline": (_decline, lambda: _("The proposal is declined, and the reason is public.")),
    "ask": (_ask, lambda: _("The question is on its way, with a link to answer it.")),
    "undo": (_undo, lambda: _("The last step is taken back.")),
}


def _again(template: str, key: str, number: int, form: forms.VersionForm, **shown: Any) -> Page:
    """Return the page of a form about a proposal as it stands now, with what was typed."""
    view, found = _one(key, number)
    if form.is_submitted():
        form.now_at(found.version)
    return page(template, view.round, form, view=view, found=found, one=found.proposal, words=words, **shown)


def _one(key: str, number: int) -> tuple[ReviewDesk, Reviewed]:
    view = read(reading.desk, key)
    found = or_problem(view.find(number), "theme_proposal.unknown")
    return view, found


def _changeable(view: ReviewDesk) -> bool:
    """Return whether proposals can be reviewed now."""
    return view.round.state == "draft" and (view.choice is None or view.choice.at is None)


def _numbers(given: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(number for each in given for number in forms.numbers(each)))


def _searched(each: Reviewed) -> str:
    one = each.proposal
    return " ".join(
        (str(one.number), one.reference, one.organisation, *one.title.values(), *one.why.values())
    )


def _aims(each: Reviewed) -> str:
    return ", ".join(map(str, each.proposal.objectives))


def _alike(view: ReviewDesk, found: Reviewed) -> list[Reviewed]:
    """Return open proposals that may mean the same, the most alike first."""
    others = [each for each in view.proposals if each is not found and each.proposal.state in OPEN]

    def form_of(each: Reviewed) -> Any:
        one = each.proposal
        return shape([*one.title.values()], [*one.why.values()], one.objectives)

    return [others[place] for place in alike(form_of(found), [form_of(each) for each in others])]


def _facts(found: Reviewed) -> list[tuple[str, str]]:
    """Return what is known of a proposal beside its words (label, value)."""
    one = found.proposal
    countries = catalogue.countries_by_code()
    terms = catalogue.terms("populations")
    facts = [
        (_("Reference"), one.reference),
        (_("Language"), words.language(one.language)),
        (_("Objectives"), words.objectives(one.objectives)),
        (_("Countries"), ", ".join(local(countries[code].name) for code in one.countries) or _("none named")),
        (_("Groups"), ", ".join(local(terms[each]) for each in one.populations) or _("none named")),
        (_("Behind it"), words.behind(one.backing)),
        (_("Supported by"), "; ".join(found.supporters) or _("no other organisation")),
    ]
    return [(label, value) for label, value in facts if value]
