"""Forms of the review of proposed themes. Each decision carries the version of the proposal that was seen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar

from flask import request
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem, or_problem
from consulta.core.texts import Text
from consulta.platform.data import catalogue
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage, Needed, beside
from consulta.platform.web.language import local, offered, say
from consulta.platform.web.request import house, read
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
from consulta.rounds.service import subject
from consulta.themes import review
from consulta.themes.proposals import TITLE_MAX, WHY_MAX
from consulta.themes.public.proposals import lists
from consulta.themes.review import PartCommand

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.themes.proposals import Reviewed
    from consulta.themes.review import ReviewDesk

BELONGS_TO = "theme_proposals"


_NUMBER = re.compile(r"\d+")
LAST = 9  # digits of a number that is read


def numbers(text: str | None) -> tuple[int, ...]:
    """Return the whole numbers of a text, such as `2, 7`."""
    return tuple(int(each) for each in _NUMBER.findall(text or "") if len(each) <= LAST)


class VersionForm(Form):
    """A form about a proposal as it was seen."""

    version = HiddenField()

    @property
    def seen(self) -> int:
        """Return the version that was seen; 0 where it is missing."""
        return next(iter(numbers(self.version.data)), 0)

    def now_at(self, version: int) -> None:
        """Let the next sending be about the proposal as it is shown now."""
        self.version.data = str(version)


class DecisionForm(VersionForm):
    """What the secretariat decides of a proposal; which button was pressed says what of it counts."""

    places = beside(
        "theme_review.question",
        "theme_review.reason",
        reason="theme_review.reason_long",
        question="theme_review.unreachable",
    )

    reason = InEachLanguage(_l("Reason"), review.REASON_MAX, area=True, needed="sometimes")
    question = TextAreaField(
        _l("Question"), [Optional(), Length(max=review.QUESTION_MAX), Needed("sometimes")]
    )


class WordsForm(VersionForm):
    """The words of a proposal in its own language, as the secretariat edits them."""

    places = beside("theme_proposal.title", "theme_proposal.why", objectives="theme.choose")

    title = StringField(_l("Title"), [InputRequired(), Length(max=TITLE_MAX)])
    why = TextAreaField(_l("Why"), [InputRequired(), Length(max=WHY_MAX)])
    objectives = StringField(_l("Objectives"), [InputRequired(), Length(max=60)])


class TranslationForm(VersionForm):
    """The words of a proposal in another language."""

    places: ClassVar[dict[str, str]] = {"theme_review.translation": "title"}

    title = StringField(_l("Title"), [InputRequired(), Length(max=review.TITLE_MAX)])
    why = TextAreaField(_l("Why"), [InputRequired(), Length(max=review.WHY_MAX)])


class SplitForm(VersionForm):
    """Up to four parts of a proposal, of which those with a title count."""

    places = beside(title_1="theme_review.parts", title_2="theme_review.parts_alike")

    def fields_of(self, part: int) -> tuple[Any, Any, Any]:
        """Return the fields of a part: title, why, objectives."""
        return self[f"title_{part}"], self[f"why_{part}"], self[f"objectives_{part}"]

    def parts(self) -> tuple[PartCommand, ...]:
        """Return the parts of which something was written."""
        read = [self.fields_of(part) for part in range(1, review.MOST_PARTS + 1)]
        return tuple(
            PartCommand(title.data or "", why.data or "", numbers(objectives.data))
            for title, why, objectives in read
            if (title.data or "").strip() or (why.data or "").strip()
        )


for _part in range(1, review.MOST_PARTS + 1):
    setattr(SplitForm, f"title_{_part}", StringField(_l("Title"), [Optional(), Length(max=TITLE_MAX)]))
    setattr(SplitForm, f"why_{_part}", TextAreaField(_l("Why"), [Optional(), Length(max=WHY_MAX)]))
    setattr(SplitForm, f"objectives_{_part}", StringField(_l("Objectives"), [Optional(), Length(max=60)]))


class MergeForm(Form):
    """Which proposal keeps its words, and the versions of those that were seen: `3:41 5:60`."""

    places = beside(into=("theme_review.itself", "theme_review.target"))

    into = RadioField(
        _l("Which keeps its words"),
        [InputRequired(_l("Choose the proposal whose words stay."))],
        validate_choice=False,
    )
    seen = HiddenField()

    def versions(self) -> dict[int, int]:
        """Return the version that was seen of each proposal, by number."""
        found = numbers(self.seen.data)
        return dict(zip(found[::2], found[1::2], strict=False))

    def now_at(self, versions: Mapping[int, int]) -> None:
        """Let the next sending be about the proposals as they are shown now."""
        self.seen.data = " ".join(f"{number}:{version}" for number, version in versions.items())


class ChoiceForm(Form):
    """What goes on the ballot: the last step that was seen; which are taken, and why others are not.

    The boxes are named `take`, the reasons `why-<number>-<language>`; they are read by `taken` and `reasons`.
    """

    seen = HiddenField()

    @property
    def last(self) -> int:
        """Return the last step that was seen; 0 where it is missing."""
        return next(iter(numbers(self.seen.data)), 0)


def taken_of_forms(given: Sequence[str]) -> tuple[int, ...]:
    """Return the numbers of the proposals whose boxes were ticked."""
    return tuple(number for each in given for number in numbers(each))


def reasons_of_forms(given: Mapping[str, str], languages: Sequence[str]) -> dict[int, Text]:
    """Return what was written of each proposal, by number."""
    found: dict[int, dict[str, str]] = {}
    for name, said in given.items():
        part, _, rest = name.partition("-")
        number, _, language = rest.partition("-")
        if part == "why" and number.isdecimal() and len(number) <= LAST and language in languages:
            found.setdefault(int(number), {})[language] = said
    return {number: Text(words) for number, words in found.items()}


@blueprint.route("/rounds/<key>/theme-review/ballot", methods=["GET", "POST"], may="theme_proposals.review")
def theme_choice(key: str) -> Response | Page:
    """Show which themes go on the ballot and why, and put them there."""
    form = ChoiceForm()
    taken = taken_of_forms(request.form.getlist("take"))
    reasons = reasons_of_forms(request.form, offered())

    def choose(work: Work) -> int:
        return review.choose(work, key, form.last, taken, reasons, house().settings.small_cell)

    if form.does(choose):
        said: str = ngettext(
            "%(num)s theme of members is on the ballot.",
            "%(num)s themes of members are on the ballot.",
            form.outcome,
        )
        return done(said, "theme_choice", key=key)
    view = read(review.desk, key)
    if view.choice is not None:
        form.seen.data = str(view.choice.seen)
    return page(
        "theme_review/ballot.html",
        view.round,
        form,
        view=view,
        choice=view.choice,
        hindrances=[say(each) for each in view.choice.hindrances] if view.choice else [],
        taken=taken,
        reasons=reasons,
        by_hand=view.choice is not None and view.choice.rule == "secretariat",
    )


@blueprint.route(
    "/rounds/<key>/theme-review/take-back", methods=["GET", "POST"], may="theme_proposals.review"
)
def take_back_themes(key: str) -> Response | Page:
    """Take the themes of members off the ballot of a draft, after saying what that means."""
    form = Form()
    if form.does(lambda work: review.take_back(work, key)):
        return done(
            _("The themes of members are off the ballot. Proposals can be reviewed again."),
            "theme_choice",
            key=key,
        )
    view = read(review.desk, key)
    return page("theme_review/take_back.html", view.round, form, view=view)


LEAST = ("2", "3", "5", "10")  # organisations behind a proposal, to filter by


@blueprint.get("/rounds/<key>/theme-review", may="proposing.read")
def theme_review(key: str) -> Page:
    """Show the themes that members proposed, those that wait first."""
    view, table = read(_table, key)
    return page(
        "theme_review/list.html",
        view.round,
        view=view,
        table=table,
        tones=TONES,
        states=_states(),
        open=review.OPEN,
        mergeable=_changeable(view)
        and sum(each.proposal.state in review.OPEN for each in view.proposals) > 1,
    )


@handed_out("theme-proposals")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[ReviewDesk, Listing]:
    """Return the proposed themes of a round, and the table of them."""
    view = review.desk(work, key)
    states = _states()
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
                [(code, _language(code)) for code in tongues],
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
                lambda each: list(each.backing.by_subregion),
            ),
            Choice(
                "behind",
                _("Organisations behind it"),
                [(least, _("%(least)s or more", least=least)) for least in LEAST],
                lambda each: [least for least in LEAST if each.backing.organisations >= int(least)],
            ),
        ],
        columns=[
            Column("number", _("Number"), lambda each: each.proposal.number, only="file"),
            Column("reference", _("Reference"), lambda each: each.proposal.reference, only="file"),
            Column("title", _("Theme"), lambda each: local(each.proposal.title), flow=True),
            Column("why", _("Why"), lambda each: local(each.proposal.why), only="file"),
            Column("objectives", _("Objectives"), _aims, only="file"),
            Column(
                "language",
                _("Language"),
                lambda each: _language(each.proposal.language),
                only="file",
            ),
            Column("by", _("Proposed by"), lambda each: each.proposal.organisation.name, phone="under"),
            moment_in_file(lambda each: each.proposal.proposed_at),
            Column(
                "organisations",
                _("Organisations"),
                lambda each: each.backing.organisations,
                numeric=True,
                largest_first=True,
            ),
            Column(
                "subregions",
                _("Subregions"),
                lambda each: each.backing.subregions,
                numeric=True,
                largest_first=True,
            ),
            Column("state", _("State"), lambda each: states[each.proposal.state], phone="side"),
            Column("reason", _("Reason"), lambda each: local(each.proposal.reason), only="file"),
            Column("into", _("Merged into"), lambda each: each.end, only="file"),
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
    form = DecisionForm()
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
        near=review.alike_to(view, found),
        tones=TONES,
        states=_states(),
        **lists(),
        undo=review.undo_kind(found.proposal),
        stale=review.stale(found.proposal),
        open=found.proposal.state in review.OPEN,
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
    form = WordsForm(
        data={
            "title": one.title.into(one.language),
            "why": one.why.into(one.language),
            "objectives": ", ".join(map(str, one.objectives)),
            "version": str(found.version),
        }
    )

    def reword(work: Work) -> None:
        aims = numbers(form.objectives.data)
        title, why = form.title.data or "", form.why.data or ""
        review.reword(work, key, number, form.seen, title, why, aims)

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
    form = TranslationForm(data={**data, "version": str(found.version)})

    def translate(work: Work) -> None:
        title, why = form.title.data or "", form.why.data or ""
        review.translate(work, key, number, form.seen, language, title, why)

    if language not in offered() or language == one.language:
        raise Problem("theme_review.language")
    if form.does(translate):
        return done(
            _("The translation is saved, and marked as one."), "theme_proposal", key=key, number=number
        )
    name = _language(one.language)
    return _again("theme_review/translate.html", key, number, form, language=language, language_name=name)


@blueprint.route(
    "/rounds/<key>/theme-review/<int:number>/split", methods=["GET", "POST"], may="theme_proposals.review"
)
def split_theme(key: str, number: int) -> Response | Page:
    """Replace a proposal by two to four parts."""
    _view_now, found = _one(key, number)
    one = found.proposal
    aims = ", ".join(map(str, one.objectives))
    form = SplitForm(
        data={
            "version": str(found.version),
            "title_1": one.title.into(one.language),
            "why_1": one.why.into(one.language),
            **{f"objectives_{part}": aims for part in range(1, review.MOST_PARTS + 1)},
        }
    )
    if form.does(lambda work: review.split(work, key, number, form.seen, form.parts())):
        made = ", ".join(map(str, form.outcome))
        said = _("The proposal is split. Its parts wait: %(numbers)s.", numbers=made)
        return done(said, "theme_proposal", key=key, number=number)
    return _again("theme_review/split.html", key, number, form, most=review.MOST_PARTS)


@blueprint.route("/rounds/<key>/theme-review/merge", methods=["GET", "POST"], may="theme_proposals.review")
def merge_themes(key: str) -> Response | Page:
    """Merge several proposals into one of them, which keeps its words."""
    form = MergeForm()
    given = list(form.versions()) if form.is_submitted() else _numbers(request.args.getlist("n"))
    into = next(iter(numbers(form.into.data)), 0)

    def merge(work: Work) -> None:
        chosen = {number: seen for number, seen in form.versions().items() if number != into}
        review.merge(work, key, chosen, into)

    if form.does(merge):
        said = _("The proposals are merged. Each organisation behind them is counted once.")
        return done(said, "theme_proposal", key=key, number=into)
    view = read(review.desk, key)
    chosen = [found for number in given if (found := view.find(number)) is not None]
    form.now_at({each.proposal.number: each.version for each in chosen})
    form.into.choices = [(str(each.proposal.number), local(each.proposal.title)) for each in chosen]
    return page("theme_review/merge.html", view.round, form, view=view, chosen=chosen)


# -- parts


def _admit(work: Work, key: str, number: int, form: DecisionForm) -> None:
    review.admit(work, key, number, form.seen, form.words_of("reason"))


def _decline(work: Work, key: str, number: int, form: DecisionForm) -> None:
    review.decline(work, key, number, form.seen, form.words_of("reason"))


def _ask(work: Work, key: str, number: int, form: DecisionForm) -> None:
    review.ask(work, key, number, form.seen, form.question.data or "")


def _undo(work: Work, key: str, number: int, form: DecisionForm) -> str:
    return review.undo(work, key, number, form.seen)


_DECISIONS: dict[str, tuple[Callable[[Work, str, int, DecisionForm], Any], Callable[[], str]]] = {
    "admit": (_admit, lambda: _("The proposal is admitted.")),
    "decline": (_decline, lambda: _("The proposal is declined, and the reason is public.")),
    "ask": (_ask, lambda: _("The question is on its way, with a link to answer it.")),
    "undo": (_undo, lambda: _("The last step is taken back.")),
}


def _again(template: str, key: str, number: int, form: VersionForm, **shown: Any) -> Page:
    """Return the page of a form about a proposal as it stands now, with what was typed."""
    view, found = _one(key, number)
    if form.is_submitted():
        form.now_at(found.version)
    return page(template, view.round, form, view=view, found=found, one=found.proposal, **shown)


def _one(key: str, number: int) -> tuple[ReviewDesk, Reviewed]:
    view = read(review.desk, key)
    found = or_problem(view.find(number), "theme_proposal.unknown")
    return view, found


TONES = {
    "submitted": "now",
    "returned": "now",
    "admitted": "met",
    "declined": "short",
    "merged": "plain",
    "split": "plain",
}
"""How the mark of each state is drawn."""


def _states() -> dict[str, str]:
    """Return the states of a proposal in words."""
    return {
        "submitted": _("Pending"),
        "returned": _("Returned with a question"),
        "admitted": _("Accepted"),
        "declined": _("Declined"),
        "merged": _("Merged"),
        "split": _("Split"),
    }


def _language(code: str) -> str:
    """Return the name of a language in which a proposal can be written."""
    found = catalogue.languages_by_key().get(code)
    return local(found.name) if found else code


def _changeable(view: ReviewDesk) -> bool:
    """Return whether proposals can be reviewed now."""
    return view.round.state == "draft" and (view.choice is None or view.choice.at is None)


def _numbers(given: Sequence[str]) -> list[int]:
    return list(dict.fromkeys(number for each in given for number in numbers(each)))


def _searched(each: Reviewed) -> str:
    one = each.proposal
    return " ".join(
        (str(one.number), one.reference, one.organisation.name, *one.title.values(), *one.why.values())
    )


def _aims(each: Reviewed) -> str:
    return ", ".join(map(str, each.proposal.objectives))
