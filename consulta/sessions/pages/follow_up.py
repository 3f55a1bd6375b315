"""Recommendations of a session at the desk: written, withdrawn, answered; and institutions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import flash, render_template, request, url_for
from wtforms import BooleanField, EmailField, HiddenField, RadioField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem, or_problem
from consulta.platform.data import catalogue
from consulta.platform.labels import name_of
from consulta.platform.telephones import shown
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Boxes, Form, InEachLanguage, Needed, TelephoneField, beside
from consulta.platform.web.language import alphabetical, current, language_choices, local
from consulta.platform.web.request import read, reading
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    back,
    choice_among,
    handed_out,
)
from consulta.rounds.pages.stages import Task, told_by
from consulta.rounds.service import subject
from consulta.sessions.follow_up import institutions as bodies
from consulta.sessions.follow_up import service, writing
from consulta.sessions.follow_up.institutions import NAME_MAX, InstitutionCommand
from consulta.sessions.follow_up.values import GROUPS, INSTITUTION_KINDS, KINDS, RECEIVED, SEEN, SIDES, Source
from consulta.sessions.follow_up.writing import REASON_MAX, TEXT_MAX, Written
from consulta.sessions.pages import follow_up_words
from consulta.sessions.public.follow_up_answers import AnswerForm, number_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.models import Institution, Recommendation
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine, ThemeLine
    from consulta.sessions.follow_up.values import Body, ReportView
    from consulta.sessions.follow_up.writing import Desk, Line

BELONGS_TO = "follow_up"


ADDRESS_MAX = 254


def _countries() -> list[tuple[str, str]]:
    """Return code and name of the States, in the alphabetical order of the reader's language."""
    named = ((each.iso2, local(each.name)) for each in catalogue.countries())
    return sorted(named, key=lambda pair: alphabetical(pair[1]))


def _by_name(institutions: Iterable[Body]) -> list[Body]:
    """Return institutions by State and name, as their reader's language has names in order."""
    return sorted(institutions, key=lambda each: (each.country, each.kind, alphabetical(each.name)))


class RecommendationForm(Form):
    """A row of a factsheet: its text, its objectives, and to whom it is addressed."""

    places = beside(
        "recommendation.text",
        "recommendation.topic",
        "recommendation.kind",
        "recommendation.objectives",
        text="recommendation.long",
        groups="recommendation.addressed",
    )
    seen = HiddenField()
    kind = RadioField(_l("Type"), [InputRequired()], default="recommendation")
    text = InEachLanguage(_l("Text"), TEXT_MAX, area=True, needed="later")
    topic = SelectField(_l("Topic"), [Optional()])
    groups = Boxes(_l("Addressed to"), [Needed("sometimes")])
    states = Boxes(_l("Specific States"))
    institutions = Boxes(_l("Specific local governments and agencies"))
    objectives = Boxes(_l("Objectives of the Global Compact"), coerce=int)

    def __init__(
        self,
        *args: Any,
        topics: Iterable[ThemeLine],
        institutions: Iterable[Body],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        language = current()
        self.kind.choices = [(kind, str(follow_up_words.KINDS[kind])) for kind in KINDS]
        self.topic.choices = [
            ("", _("All topics of the session")),
            *((t.key, local(t.title)) for t in topics),
        ]
        self.groups.choices = {each: str(follow_up_words.GROUPS[each]) for each in GROUPS}
        self.states.choices = dict(_countries())
        self.institutions.choices = {
            each.addressee: each.name for each in _by_name(institutions) if each.kind != "government"
        }
        self.objectives.choices = {
            str(each.number): f"{each.number}. {each.short.best(language)}" for each in catalogue.objectives()
        }

    def to_written(self) -> Written:
        """Return the form as a command."""
        return Written(
            kind=self.kind.data or "",
            text=self.words_of("text"),
            objectives=tuple(self.objectives.data or ()),
            addressed=(
                *(self.groups.data or ()),
                *(self.states.data or ()),
                *(self.institutions.data or ()),
            ),
            topic=self.topic.data or "",
        )


def _filled(one: Recommendation) -> dict[str, Any]:
    """Return the form data of a recommendation as it is written now."""
    return {
        "seen": str(one.version),
        "kind": one.kind,
        "text": one.text,
        "topic": one.topic,
        "objectives": sorted(one.objectives),
        "groups": [each for each in one.addressed if each in GROUPS],
        "states": [each for each in one.addressed if each in catalogue.countries_by_code()],
        "institutions": [each for each in one.addressed if each.startswith("I") and each[1:].isdecimal()],
    }


class WithdrawForm(Form):
    """Why a recommendation is withdrawn."""

    places: ClassVar[dict[str, str]] = {"recommendation.reason": "reason"}
    seen = HiddenField()
    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)


class WithdrawAnswerForm(Form):
    """What of a public answer is withdrawn, and why."""

    places: ClassVar[dict[str, str]] = {"recommendation.reason": "reason", "report.bare": "what"}
    what = RadioField(_l("What to withdraw"), [InputRequired()])
    reason = InEachLanguage(_l("Reason"), REASON_MAX, area=True, required=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what.choices = [
            ("evidence", _("its link and file; its text and step remain")),
            ("answer", _("the whole answer: it no longer counts")),
        ]


class DeskAnswerForm(AnswerForm):
    """The same, with whose answer it is and how it reached the secretariat."""

    side = RadioField(_l("Answer given by"), [InputRequired()])
    addressee = SelectField(_l("Answers for"), [InputRequired()])
    institution = SelectField(_l("Institution that answered"), [Optional()])
    organisation = SelectField(_l("Organisation that reports what it observes"), [Optional()])
    received = RadioField(_l("How it reached the secretariat"), [InputRequired()])

    def __init__(
        self,
        *args: Any,
        addressees: Sequence[tuple[str, str]],
        institutions: Iterable[Body],
        organisations: Iterable[tuple[int, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        none = [("", _("None in the list"))]
        self.side.choices = [(side, str(follow_up_words.SIDE[side])) for side in SIDES]
        self.addressee.choices = [("", _("Choose")), *addressees]
        self.institution.choices = [*none, *((str(each.id), each.name) for each in _by_name(institutions))]
        self.organisation.choices = [*none, *((str(number), name) for number, name in organisations)]
        self.received.choices = [(each, str(follow_up_words.RECEIVED[each])) for each in RECEIVED]


class InstitutionForm(Form):
    """A body that answers for recommendations, and the person of it who is asked."""

    places = beside(
        "institution.kind",
        "institution.country",
        "institution.name",
        "institution.email",
        "institution.phone",
        name="institution.duplicate",
    )
    seen = HiddenField()
    kind = RadioField(_l("Type"), [InputRequired()])
    country = SelectField(_l("State"), [Optional()])
    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    person = StringField(_l("Contact person"), [Optional(), Length(max=NAME_MAX)])
    role = StringField(_l("Position"), [Optional(), Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [Optional(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "off"})
    phone = TelephoneField(_l("Telephone"), [Optional()], render_kw={"autocomplete": "off"})
    language = SelectField(_l("Language for messages"), [InputRequired()])
    active = BooleanField(_l("It will be asked from now on"), default=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [(each, str(follow_up_words.INSTITUTION[each])) for each in INSTITUTION_KINDS]
        self.country.choices = [("", _("None: a regional agency")), *_countries()]
        self.language.choices = list(language_choices().items())

    def to_command(self) -> InstitutionCommand:
        """Return the form as a command."""
        return InstitutionCommand(
            kind=self.kind.data or "",
            country=self.country.data or "",
            name=self.name.data or "",
            person=self.person.data or "",
            role=self.role.data or "",
            email=self.email.data or "",
            phone=self.phone.data or "",
            language=self.language.data or "",
            active=bool(self.active.data),
        )


def _filled_institution(one: Institution) -> dict[str, Any]:
    """Return the form data of an institution."""
    names = ("kind", "country", "name", "person", "role", "email", "phone", "language", "active")
    return {name: getattr(one, name) for name in names} | {"seen": str(one.version)}


def init_app(app: Flask) -> None:
    """Tell what is left to do after a session."""
    told_by(app, BELONGS_TO, _tasks)


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield whether what a session recommended is written down."""
    way = url_for("secretariat.recommendations", key=line.key)
    written = writing.count(work, line.key)
    if written:
        said: str = ngettext(
            "%(num)s recommendation, challenge or initiative is written",
            "%(num)s recommendations, challenges and initiatives are written",
            written,
        )
        yield Task("done", said, "", _("Recommendations"), way)
    else:
        title = _("No recommendation of the session is written yet")
        yield Task(
            "open", title, _("the factsheet lists them, and each is followed"), _("Write"), way, rank=4
        )


@blueprint.get("/rounds/<key>/recommendations", may="follow_up.read")
def recommendations(key: str) -> Page:
    """Show what a session recommended, found difficult and undertook, with what came of it."""
    view, table = read(_table, key)
    return page(
        "follow_up/desk.html",
        view.round,
        view=view,
        table=table,
        kinds=follow_up_words.KINDS,
    )


@handed_out("recommendations")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[Desk, Listing]:
    """Return the recommendations of a session, and the table of them."""
    view = writing.desk_page(work, key)
    table = Table(
        title=_("Recommendations, challenges and initiatives"),
        short=_("Follow-up"),
        name="recommendations",
        endpoint="secretariat.recommendations",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Text or reference"),
            lambda row: " ".join(filter(None, (row.recommendation.reference, _text(row)))),
        ),
        choices=[
            Choice(
                "kind",
                _("Kind"),
                [(kind, str(follow_up_words.KINDS[kind])) for kind in KINDS],
                lambda row: str(row.recommendation.kind),
            )
        ],
        columns=[
            Column("reference", _("Reference"), lambda row: row.recommendation.reference or _("draft")),
            Column("text", _("Text"), _text, flow=True, phone="under"),
            Column(
                "kind",
                _("Kind"),
                lambda row: str(follow_up_words.KINDS[row.recommendation.kind]),
                only="file",
            ),
            Column(
                "objectives",
                _("Objectives"),
                lambda row: ", ".join(map(str, sorted(row.recommendation.objectives))),
                sorts=False,
                flow=True,
            ),
            Column(
                "addressed",
                _("Addressed to"),
                lambda row: follow_up_words.addressed(row.recommendation.addressed, view.institutions),
                flow=True,
            ),
            Column("answers", _("Answers"), lambda row: row.reports, numeric=True, phone="side"),
            acts(_("Move")),
        ],
        opens=True,
    )
    return view, table.over(view.rows, whole=whole)


def _text(row: Line) -> str:
    return local(row.recommendation.text)


@blueprint.route("/rounds/<key>/recommendations/new", methods=["GET", "POST"], may="follow_up.write")
def create_recommendation(key: str) -> Response | Page:
    """Write a recommendation, a challenge or an initiative down."""
    view = read(writing.desk_page, key)
    kind = request.args.get("kind", "")
    topic = view.topics[0] if len(view.topics) == 1 else None
    known = {
        "kind": kind if kind in KINDS else KINDS[0],
        "groups": ["all"],
        "topic": topic.key if topic else "",
        "objectives": sorted({number for each in view.topics for number in each.objectives}),
    }
    form = RecommendationForm(proposed=known, topics=view.topics, institutions=view.institutions)
    if form.does(lambda work: writing.add(work, key, form.to_written())):
        more = {"kind": form.kind.data} if request.form.get("more") else {}
        return done(_("Saved."), "create_recommendation" if more else "recommendations", key=key, **more)
    return page("follow_up/form.html", view.round, form, view=view, one=None)


@blueprint.route("/rounds/<key>/recommendations/<int:number>", methods=["GET", "POST"], may="follow_up.write")
def recommendation(key: str, number: int) -> Response | Page:
    """Show one of them with its answers, and save what is changed of it, or that it is withdrawn."""
    view, one = _one(key, number)
    act = request.form.get("act", "")
    form = RecommendationForm(data=_filled(one), topics=view.topics, institutions=view.institutions)
    leaving = WithdrawForm(data={"seen": str(one.version), "reason": one.reason})
    if act == "change" and form.does(
        lambda work: writing.change(work, key, number, form.to_written(), number_of(form.seen.data))
    ):
        return done(_("Saved."), "recommendations", key=key)
    if act in {"withdraw", "delete", "restore"} and leaving.does(
        lambda work: _end(work, key, number, act, leaving)
    ):
        said = {
            "withdraw": _("Withdrawn. It stays visible with its answers and your reason."),
            "delete": _("Deleted."),
            "restore": _("It is followed again."),
        }[act]
        return done(said, "recommendations", key=key)
    form.seen.data = leaving.seen.data = str(one.version)  # what stands now is shown: sending again is meant
    shown = leaving if act in {"withdraw", "delete", "restore"} else form
    return page(
        "follow_up/one.html",
        view.round,
        shown,
        view=view,
        one=one,
        writes=form,
        leaving=leaving,
        act=act,
        words=follow_up_words,
    )


def _one(key: str, number: int) -> tuple[Desk, Recommendation]:
    view = read(writing.look, key, number)
    return view, or_problem(view.recommendation, "recommendation.unknown")


def _end(work: Work, key: str, number: int, act: str, form: WithdrawForm) -> None:
    seen = number_of(form.seen.data)
    if act == "withdraw":
        writing.withdraw(work, key, number, form.words_of("reason"), seen)
    elif act == "delete":
        writing.delete(work, key, number, seen)
    else:
        writing.restore(work, key, number, seen)


@blueprint.post("/rounds/<key>/recommendations/<int:number>/move", may="follow_up.write")
def move_recommendation(key: str, number: int) -> Response:
    """Move one of them up or down among those of its kind."""
    form, step = Form(), -1 if request.form.get("step") == "up" else 1
    form.does(lambda work: writing.move(work, key, number, step))
    for said in form.refusals:
        flash(said)
    return back("secretariat.recommendations", key=key)


@blueprint.route(
    "/rounds/<key>/recommendations/<int:number>/answer", methods=["GET", "POST"], may="follow_up.report"
)
def enter_answer(key: str, number: int) -> Response | Page:
    """Write down what an institution or an organisation answered by letter, by telephone or otherwise."""
    with reading() as work:
        view = writing.look(work, key, number)
        if view.followed is None:
            raise Problem("recommendation.draft")
        addressees = service.answerable(work, view.followed.recommendation)
        members = service.organisations(work, current())
    history = tuple(each for one in view.followed.standings for each in one.history)
    newest = max((each.id for each in history), default=0)
    side = request.args.get("side", "")
    form = DeskAnswerForm(
        proposed={
            "seen": str(newest),
            "side": side if side in SIDES else SIDES[0],
            "addressee": request.args.get("for", ""),
            "language": current(),
        },
        addressees=[(each, local(name)) for each, name in addressees],
        institutions=view.institutions,
        organisations=members,
    )
    reference = view.followed.recommendation.reference
    if form.does(lambda work: _answer(work, reference, form, history)):
        return done(_("The answer is recorded."), "recommendation", key=key, number=number)
    if form.is_submitted():
        form.seen.data = str(newest)  # what was recorded meanwhile has been told: sending again is meant
    return page("follow_up/answer.html", view.round, form, view=view, words=follow_up_words)


def _answer(work: Work, reference: str, form: DeskAnswerForm, history: tuple[ReportView, ...]) -> int:
    side, addressee = form.side.data or "", form.addressee.data or ""
    organisation = number_of(form.organisation.data) or None if side == SEEN else None
    source = Source(
        "staff",
        form.received.data or "",
        institution_id=number_of(form.institution.data) or None if side != SEEN else None,
        organisation_id=organisation,
    )
    seen = service.version_seen(history, side, addressee, organisation, number_of(form.seen.data))
    return service.report(work, reference, side, addressee, form.to_answer(), source, seen)


@blueprint.route(
    "/rounds/<key>/recommendations/<int:number>/answers/<int:report>",
    methods=["GET", "POST"],
    may="follow_up.write",
    password=True,
)
def withdraw_answer(key: str, number: int, report: int) -> Response | Page:
    """Withdraw an answer, or only its link and file, with a reason that is public.

    Raise Problem `report.unknown` where it is no answer to this recommendation.
    """
    view = read(writing.look, key, number)
    found = [
        (standing, each)
        for standing in (view.followed.standings if view.followed else ())
        for each in standing.history
        if each.id == report
    ]
    if not found:
        raise Problem("report.unknown")
    standing, answer = found[0]
    form = WithdrawAnswerForm(data={"what": "evidence" if answer.link or answer.evidence else "answer"})
    if form.does(
        lambda work: writing.withdraw_answer(
            work, key, number, report, form.what.data or "", form.words_of("reason")
        )
    ):
        return done(_("Withdrawn. Everybody reads when and why."), "recommendation", key=key, number=number)
    return page(
        "follow_up/withdraw.html",
        view.round,
        form,
        one=view.recommendation,
        standing=standing,
        answer=answer,
        words=follow_up_words,
    )


@blueprint.get("/institutions", may="follow_up.read")
def institutions() -> str:
    """Show the institutions that answer for recommendations."""
    found, table = read(_institutions)
    return render_template(
        "follow_up/institutions.html", table=table, example=any(each.example for each in found)
    )


@handed_out("institutions")
def _institutions(
    work: Work, _key: str = "", *, whole: bool = False
) -> tuple[Sequence[Institution], Listing]:
    """Return the institutions, and the table of them."""
    found = bodies.listed(work, current())
    table = Table(
        title=_("Institutions"),
        name="institutions",
        endpoint="secretariat.institutions",
        subject="institutions",
        search=Search(_("Name or person"), lambda each: f"{each.name} {each.person}"),
        choices=[
            Choice(
                "kind",
                _("Kind"),
                [(kind, str(told)) for kind, told in follow_up_words.INSTITUTION.items()],
                lambda each: str(each.kind),
            ),
            choice_among("country", _("State"), found, lambda each: (each.country, _country(each))),
        ],
        columns=[
            Column("name", _("Name"), lambda each: each.name),
            Column("kind", _("Kind"), lambda each: str(follow_up_words.INSTITUTION[each.kind])),
            Column("country", _("State"), _country, phone="side"),
            Column("person", _("Contact person"), lambda each: each.person, phone="under"),
            Column("email", _("E-mail"), lambda each: each.email or _("none")),
            Column("phone", _("Telephone"), lambda each: shown(each.phone), only="file"),
            Column("active", _("Required"), lambda each: _("yes") if each.active else _("no")),
        ],
        opens=True,
    )
    return found, table.over(found, whole=whole)


def _country(each: Institution) -> str:
    return local(name_of("country", each.country)) if each.country else _("Region")


@blueprint.route("/institutions/new", methods=["GET", "POST"], may="follow_up.write")
def create_institution() -> Response | tuple[str, int]:
    """Write an institution down."""
    form = InstitutionForm(proposed={"kind": "government", "language": current(), "active": True})
    if form.does(lambda work: bodies.add(work, form.to_command())):
        return done(_("Saved."), "institutions")
    return render_template("follow_up/institution.html", form=form, one=None, example=False), form.status


@blueprint.route("/institutions/<int:number>", methods=["GET", "POST"], may="follow_up.write")
def institution(number: int) -> Response | tuple[str, int]:
    """Show an institution, and save what is changed of it."""
    one = read(bodies.look, number)
    form = InstitutionForm(data=_filled_institution(one))
    form.phone.read_as(form.country.data or "")
    if form.does(lambda work: bodies.change(work, number, form.to_command(), number_of(form.seen.data))):
        return done(_("Saved."), "institutions")
    form.seen.data = str(one.version)
    return render_template("follow_up/institution.html", form=form, one=one, example=one.example), form.status
