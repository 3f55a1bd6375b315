"""The forms of an application: of the organisation that applies, and of the secretariat that decides."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from flask import render_template, request
from wtforms import (
    BooleanField,
    DateField,
    EmailField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.people import admission
from consulta.people.admission import (
    ABOUT_MAX,
    REASON_MAX,
    WEB_MAX,
    ApplicationCommand,
    Candidate,
)
from consulta.people.members import NAME_MAX, ContactCommand
from consulta.people.pages.members import CategorisedForm, SeenForm
from consulta.platform.labels import name_of
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form, TelephoneField, beside
from consulta.platform.web.language import current, language_choices, local
from consulta.platform.web.request import now, read
from consulta.platform.web.table import (
    Column,
    Listing,
    Search,
    Table,
    by_state,
    choice_among,
    handed_out,
    moment_columns,
)
from consulta.rounds.pages import letters

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.models import Application
    from consulta.platform.work import Work

BELONGS_TO = "admission"


ADDRESS_MAX = 254
SECOND = ("name_2", "email_2", "phone_2")


class _SponsorsForm(Form):
    """A form with fields that name members as sponsors, which are found by their names."""

    SPONSORS: ClassVar[tuple[str, ...]] = ("sponsor_1",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._found: dict[str, tuple[Candidate, ...]] = {}

    def look_for(self, find: Callable[[str], Sequence[Candidate]]) -> bool:
        """Find the members that are named, and return whether each name means one.

        Where a name may mean several, or is only like one, these are offered: the number of the one that is
        picked comes in the field `pick_sponsor_1`.
        """
        for name in self.SPONSORS:
            field = self[name]
            if not field.errors:
                field.errors = self._look(field, tuple(find(field.data or "")))
        return not any(self[name].errors for name in self.SPONSORS)

    def _look(self, field: Any, candidates: tuple[Candidate, ...]) -> list[str]:
        picked = [each for each in candidates if str(each.id) == request.form.get(f"pick_{field.name}")]
        exact = [each for each in candidates if each.exact]
        clear = picked or (exact if len(exact) == 1 else [])
        self._found[field.name] = tuple(clear) or candidates
        if clear:
            field.data = clear[0].name
            return []
        return [
            _("Choose the member you mean.")
            if candidates
            else _("No member has this name. Write it as it appears in the members' list.")
        ]

    def offered(self, name: str) -> tuple[Candidate, ...]:
        """Return the members among whom one is to be picked for a field."""
        return self._found.get(name, ()) if self[name].errors else ()

    @property
    def chosen(self) -> tuple[int, ...]:
        """Return the ids of the members that the names mean."""
        return tuple(self._found[name][0].id for name in self.SPONSORS if self._found.get(name))


class ApplicationForm(_SponsorsForm, CategorisedForm):
    """An organisation that applies to become a member; sponsors are members, found by their names."""

    SPONSORS: ClassVar[tuple[str, ...]] = ("sponsor_1", "sponsor_2")
    places = beside(
        "member.name",
        "member.country",
        "member.sector",
        "admission.person",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        "admission.other_names",
        "admission.about",
        "admission.web",
        "admission.consents",
        person="member.contact.name",
        email_2="contact.duplicate",
        accepted="admission.accepts",
        sponsor_1=("admission.sponsors", "admission.no_sponsor", "admission.own_sponsor"),
        sponsor_2="admission.same_sponsor",
    )

    name = StringField(
        _l("Name of the organisation"),
        [InputRequired(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "organization"},
    )
    other_names = StringField(_l("Acronym or name in other languages"), [Length(max=NAME_MAX)])
    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])
    about = TextAreaField(_l("Activities"), [InputRequired(), Length(max=ABOUT_MAX)])
    web = StringField(
        _l("Website"), [Length(max=WEB_MAX)], render_kw={"inputmode": "url", "autocapitalize": "none"}
    )
    person = StringField(
        _l("Name of the contact"),
        [InputRequired(), Length(max=NAME_MAX)],
        render_kw={"autocomplete": "name"},
    )
    email = EmailField(
        _l("E-mail"), [InputRequired(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "email"}
    )
    phone = TelephoneField(_l("Telephone"), render_kw={"autocomplete": "tel"})
    language = RadioField(_l("Language for messages"), [InputRequired()])
    name_2 = StringField(_l("Name of the second person"), [Length(max=NAME_MAX)])
    email_2 = EmailField(_l("E-mail of the second person"), [Optional(), Length(max=ADDRESS_MAX)])
    phone_2 = TelephoneField(_l("Telephone of the second person"))
    sponsor_1 = StringField(_l("First sponsor"), [InputRequired(), Length(max=NAME_MAX)])
    sponsor_2 = StringField(_l("Second sponsor"), [InputRequired(), Length(max=NAME_MAX)])
    accepted = BooleanField(_l("The organisation accepts the membership criteria"))
    consents = BooleanField(
        _l("The people named here agree that their data are kept in order to decide on this application")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.language.choices = language_choices()
        self.offer_civil()
        self.accepted.flags.required = self.consents.flags.required = True

    @property
    def second(self) -> bool:
        """Return whether anything of a second person is written."""
        return any(self[name].data or self[name].errors for name in SECOND)

    def to_command(self, criteria: str) -> ApplicationCommand:
        """Return the application in the form as a command."""
        language = self.language.data or current()
        texts = {each: self[each].data or "" for each in ("name", "other_names", "country", "about", "web")}
        people = [self._person("person", "email", "phone")]
        if any((self[name].data or "").strip() for name in SECOND):
            people.append(self._person(*SECOND))
        return ApplicationCommand(
            **texts,
            categories=self.categories,
            people=tuple(people),
            sponsors=self.chosen,
            language=language,
            criteria=criteria,
            accepts=bool(self.accepted.data),
            consents=bool(self.consents.data),
        )

    def _person(self, *fields: str) -> ContactCommand:
        name, email, phone = (self[field].data or "" for field in fields)
        return ContactCommand(name, email, self.language.data or current(), phone=phone)


class AnswerForm(Form):
    """The applicant's answer to the question of the secretariat."""

    places: ClassVar[dict[str, str]] = {"admission.answer": "answer"}

    answer = TextAreaField(_l("Your answer"), [InputRequired(), Length(max=REASON_MAX)])


class SponsorForm(_SponsorsForm):
    """Another sponsor in place of one."""

    places = beside(sponsor_1=("admission.same_sponsor", "admission.no_sponsor", "admission.own_sponsor"))

    sponsor_1 = StringField(_l("Another member organisation"), [InputRequired(), Length(max=NAME_MAX)])


class DecisionForm(SeenForm):
    """What the secretariat decides; which button was pressed says what of it counts."""

    places = beside("admission.question", "admission.reason", "admission.day")

    day = DateField(_l("Date of admission"), [Optional()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])
    question = TextAreaField(_l("Question"), [Optional(), Length(max=REASON_MAX)])


STATES: Mapping[str, tuple[str, object]] = {
    "unconfirmed": ("", _l("Address awaiting confirmation")),
    "sponsors": ("now", _l("Awaiting sponsors")),
    "review": ("now", _l("Awaiting review")),
    "returned": ("short", _l("Returned")),
    "admitted": ("met", _l("Admitted")),
    "declined": ("short", _l("Declined")),
    "withdrawn": ("", _l("Withdrawn")),
}


SAID: Mapping[str, object] = {
    "admit": _l(
        "The organisation is a member now, and its contacts are told by mail. It votes from the next "
        "consultation that opens."
    ),
    "decline": _l("The application is declined, and the applicant is told why by mail."),
    "return": _l("The question goes to the applicant by mail."),
    "undo": _l("The decision is undone, and the applicant is told so by mail."),
}


def init_app(app: Flask) -> None:
    """Let templates of the desk ask how many applications wait."""
    app.jinja_env.globals["applications_to_review"] = partial(read, admission.waiting)


@blueprint.get("/members/applications", may="admission.decide")
def applications() -> str:
    """Show the applications, the newest first."""
    rows, table = read(_table)
    example = any(each.example for each in rows)
    return render_template("admission/queue.html", table=table, states=STATES, example=example)


@handed_out("applications")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[list[Application], Listing]:
    """Return the applications, and the table of them."""
    rows = admission.listed(work)
    table = Table(
        title=_("Applications"),
        name="applications",
        endpoint="secretariat.applications",
        subject="applications",
        search=Search(_("Organisation or sponsor"), _searched),
        choices=[
            by_state(_("State"), STATES, lambda each: each.state),
            choice_among("country", _("Country"), rows, lambda each: (each.country, _country(each))),
        ],
        columns=[
            Column("name", _("Organisation"), lambda each: each.name),
            Column("country", _("Country"), _country, phone="under"),
            Column("sector", _("Sector"), lambda each: local(name_of("sector", each.categories["sector"]))),
            Column(
                "sponsors",
                _("Sponsors"),
                _sponsors,
                rank=admission.confirmed,
                numeric=True,
            ),
            *moment_columns(_("Received"), lambda each: each.made_at),
            Column("state", _("State"), lambda each: str(STATES[each.state][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return rows, table.over(rows, whole=whole)


def _sponsors(each: Application) -> str:
    part, whole = admission.confirmed(each), len(admission.named(each))
    return _("%(part)s of %(whole)s", part=part, whole=whole)


def _searched(each: Application) -> str:
    sponsors = (one.organisation.name for one in admission.named(each))
    return " ".join((each.name, each.other_names, *sponsors))


def _country(each: Application) -> str:
    return local(name_of("country", each.country))


@blueprint.route(
    "/members/applications/<int:number>",
    methods=["GET", "POST"],
    may="admission.decide",
    password_to_send=True,
)
def application(number: int) -> Response | tuple[str, int]:
    """Show an application, and record a decision about it or undo one.

    Raise Problem `admission.unknown` where there is no such application.
    """
    form = DecisionForm()
    act = request.form.get("act", "")
    if act in SAID and form.does(lambda work: _decide(work, number, act, form)):
        return done(str(SAID[act]), "application", number=number)
    view = read(admission.look, number)
    if not form.is_submitted():
        form.day.data = now().date()
    form.day.flags.required = form.reason.flags.required = form.question.flags.required = True
    form.seen.data = str(view.application.version)
    return render_template(
        "admission/application.html",
        view=view,
        one=view.application,
        sponsors=admission.named(view.application),
        form=form,
        act=act,
        states=STATES,
        kind_words=letters.kind,
        example=view.application.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: DecisionForm) -> None:
    seen, reason = form.version, form.reason.data or ""
    if act == "admit":
        admission.admit(work, number, seen, form.day.data.isoformat() if form.day.data else "", reason)
    elif act == "decline":
        admission.decline(work, number, seen, reason)
    elif act == "return":
        admission.give_back(work, number, seen, form.question.data or "")
    else:
        admission.undo(work, number, seen)
