"""The forms by which members and the secretariat name focal points, and by which that is decided."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the types
    DateField,
    EmailField,
    RadioField,
    SelectChoice,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.people import focal_points as focal_points_acts
from consulta.people.focal_points import PLACE_MAX, REASON_MAX, FocalCommand
from consulta.people.members import NAME_MAX
from consulta.people.pages.members import SeenForm, WriteForm, countries
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form, TelephoneField, beside
from consulta.platform.web.language import calendar_day, current, language_choices, local
from consulta.platform.web.request import read, reading
from consulta.platform.web.table import Column, Listing, Search, Table, by_state, handed_out, moment_columns
from consulta.rounds.pages import letters
from consulta.rounds.pages.letters import plain_page_before

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.focal_points import OwnFocals
    from consulta.platform.models import FocalPoint
    from consulta.platform.work import Work

BELONGS_TO = "focal_points"


ADDRESS_MAX = 254
OTHER = "other"


class _TermForm(Form):
    """A form that says in words which days of a term another person has."""

    def refuse(self, problem: Problem) -> None:
        """Show `problem` beside its field."""
        if problem.code == "focal.overlap":
            days = {each: calendar_day(str(problem.params[each])) for each in ("starts", "ends")}
            problem = Problem(problem.code, **{**problem.params, **days})
        super().refuse(problem)


class _NamingForm(_TermForm):
    """A territory, and the person who is named for it."""

    places = beside(
        "focal.kind",
        "focal.place",
        "member.contact.name",
        "member.contact.email",
        "member.contact.phone",
        "member.contact.language",
        "focal.starts",
        "focal.ends",
        country="focal.state",
        place="focal.is_state",
        name="focal.person",
        kind="focal.twice",
        organisation="focal.left",
        ends="focal.past",
        starts=("focal.overlap", "focal.successor"),
    )

    kind = RadioField(_l("Territory"), [InputRequired()])
    country = SelectField(_l("State"), [Optional()])
    place = StringField(_l("Territory of reception"), [Optional(), Length(max=PLACE_MAX)])
    name = StringField(_l("Name"), [Optional(), Length(max=NAME_MAX)], render_kw={"autocomplete": "off"})
    email = EmailField(_l("E-mail"), [Optional(), Length(max=ADDRESS_MAX)], render_kw={"autocomplete": "off"})
    phone = TelephoneField(_l("Telephone"), [Optional()], render_kw={"autocomplete": "off"})
    language = RadioField(_l("Language for messages"), [InputRequired()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = [
            ("state", _("A State of Latin America and the Caribbean")),
            ("place", _("A territory of reception in another region")),
        ]
        self.country.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(*pair) for pair in countries()),
        ]
        self.language.choices = language_choices()
        for name in ("country", "place", "name", "email"):
            self[name].flags.sometimes = True

    def to_command(self) -> FocalCommand:
        """Return the person in the form as a command."""
        return FocalCommand(**{each.name: self[each.name].data or "" for each in fields(FocalCommand)})


class OwnNamingForm(_NamingForm):
    """A person whom a member names: one of its contacts, or another person."""

    who = RadioField(_l("Who"), [InputRequired()])

    def __init__(self, view: OwnFocals, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._contacts = {str(each.id): each for each in view.contacts}
        self.who.choices = [
            *((number, f"{each.name} ({each.email})") for number, each in self._contacts.items()),
            (OTHER, _("Another person")),
        ]

    def to_command(self) -> FocalCommand:
        """Return the person in the form as a command; a contact with the data on file."""
        said = super().to_command()
        found = self._contacts.get(self.who.data or "")
        if found is None:
            return said
        return replace(said, name=found.name, email=found.email, phone=found.phone, language=found.language)


class DeskNamingForm(_NamingForm):
    """A person whom the secretariat names for a member, with the term."""

    organisation = SelectField(_l("Member organisation"), [InputRequired()])
    starts = DateField(_l("First day of the term"), [InputRequired()])
    ends = DateField(_l("Last day of the term"), [InputRequired()])

    def __init__(self, members: Sequence[tuple[int, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(number), name) for number, name in members),
        ]
        for name in ("name", "email"):
            self[name].flags.sometimes = False
            self[name].flags.required = True


class DecisionForm(_TermForm, SeenForm):
    """What the secretariat decides; which button was pressed says what of it counts."""

    places = beside("focal.starts", "focal.ends", "focal.reason", ends="focal.past", starts="focal.overlap")

    starts = DateField(_l("First day of the term"), [Optional()])
    ends = DateField(_l("Last day of the term"), [Optional()])
    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])


def said(field: DateField) -> str:
    """Return the day of a field as `2027-03-05`; empty where none is entered."""
    return field.data.isoformat() if field.data else ""


STANDINGS: Mapping[str, tuple[str, object]] = {
    "named": ("now", _l("To be confirmed")),
    "asked": ("now", _l("Asked, not yet answered")),
    "coming": ("", _l("Term not yet begun")),
    "active": ("met", _l("In term")),
    "expiring": ("short", _l("Term ends within 60 days")),
    "left": ("short", _l("Organisation no longer a member")),
    "over": ("", _l("Term expired")),
    "replaced": ("", _l("Replaced")),
    "declined": ("", _l("Declined")),
    "refused": ("short", _l("Does not accept")),
    "withdrawn": ("", _l("Withdrawn")),
    "ended": ("", _l("Ended early")),
}


def territory(one: FocalPoint) -> str:
    """Return the name of the territory of a focal point."""
    return local(focal_points_acts.territory_of(one))


SAID: Mapping[str, object] = {
    "confirm": _l("Confirmed. The person is asked by mail whether it accepts."),
    "decline": _l("Declined. The organisation is told why by mail."),
    "end": _l("The term is ended. The person and the organisation are told why by mail."),
    "unlist": _l("The public list does not show the name any more."),
}


def init_app(app: Flask) -> None:
    """Let templates of the desk name a territory, and ask how many focal points wait."""
    app.jinja_env.filters["territory"] = territory
    app.jinja_env.globals["focal_points_waiting"] = partial(read, focal_points_acts.waiting)


@blueprint.get("/members/focal-points", may="focal_points.decide")
def focal_points() -> str:
    """Show the focal points, the newest first, and which terms end soon."""
    (rows, day), table = read(_table)
    standings = [focal_points_acts.standing(each, day) for each in rows]
    return render_template(
        "focal_points/queue.html",
        table=table,
        standings=STANDINGS,
        standing=partial(focal_points_acts.standing, day=day),
        expiring=standings.count("expiring"),
        example=any(each.organisation.example for each in rows),
    )


@handed_out("focal-points")
def _table(
    work: Work, _key: str = "", *, whole: bool = False
) -> tuple[tuple[Sequence[FocalPoint], str], Listing]:
    """Return the focal points, the day on which they stand as they do, and the table of them."""
    rows, day = focal_points_acts.listed(work)

    def standing(one: FocalPoint) -> str:
        return focal_points_acts.standing(one, day)

    table = Table(
        title=_("Focal points"),
        name="focal-points",
        endpoint="secretariat.focal_points",
        subject="focal_points",
        search=Search(
            _("Territory, person or organisation"),
            lambda each: f"{territory(each)} {each.name} {each.organisation.name}",
        ),
        choices=[
            by_state(_("State"), STANDINGS, standing),
        ],
        columns=[
            Column("territory", _("Territory"), territory),
            Column("name", _("Person"), lambda each: each.name, phone="under"),
            Column("organisation", _("Organisation"), lambda each: each.organisation.name),
            Column("starts", _("First day of the term"), lambda each: each.starts or "", only="file"),
            Column("ends", _("Last day of the term"), lambda each: each.ends or "", flow=True),
            *moment_columns(_("Named"), lambda each: each.named_at),
            Column("state", _("State"), lambda each: str(STANDINGS[standing(each)][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return (rows, day), table.over(rows, whole=whole)


@blueprint.route("/members/focal-points/<int:number>", methods=["GET", "POST"], may="focal_points.decide")
def focal_point(number: int) -> Response | tuple[str, int]:
    """Show a focal point, and record what is decided about it.

    Raise Problem `focal.unknown` where there is no such focal point.
    """
    form = DecisionForm()
    act = request.form.get("act", "")
    if act in SAID and form.does(lambda work: _decide(work, number, act, form)):
        return done(str(SAID[act]), "focal_point", number=number)
    view = read(focal_points_acts.look_at_designation, number)
    form.starts.flags.required = form.ends.flags.required = form.reason.flags.required = True
    form.seen.data = str(view.focal.version)
    return render_template(
        "focal_points/focal_point.html",
        view=view,
        one=view.focal,
        form=form,
        act=act,
        standings=STANDINGS,
        standing=partial(focal_points_acts.standing, day=view.day),
        may_replace=focal_points_acts.may_replace(view.focal, view.day),
        kind_words=letters.kind,
        example=view.focal.organisation.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: DecisionForm) -> None:
    seen, reason = form.version, form.reason.data or ""
    if act == "confirm":
        focal_points_acts.confirm(work, number, seen, said(form.starts), said(form.ends))
    elif act == "decline":
        focal_points_acts.decline(work, number, seen, reason)
    elif act == "end":
        focal_points_acts.end(work, number, seen, reason)
    else:
        focal_points_acts.unlist(work, number, seen)


@blueprint.route("/members/focal-points/new", methods=["GET", "POST"], may="focal_points.decide")
def name_focal_point() -> Response | tuple[str, int]:
    """Name a focal point, or the successor of one, whose number is in the query.

    Raise Problem `focal.unknown` where there is no such focal point to replace.
    """
    replaces = request.args.get("replaces", type=int)
    with reading() as work:
        members = focal_points_acts.deciding_organisations(work, current())
        before = focal_points_acts.look_at_designation(work, replaces) if replaces is not None else None
    if before is not None and not focal_points_acts.may_replace(before.focal, before.day):
        raise Problem("focal.decided")
    known: dict[str, object] = {"kind": "state", "language": current()}
    if before is not None:
        one = before.focal
        known |= {"kind": one.kind, "country": one.country, "place": one.place}
        known |= {"organisation": str(one.organisation_id), "language": one.language}
    form = DeskNamingForm(members, proposed=known)
    if form.does(lambda work: _name(work, form, replaces)):
        return done(_("The person is asked by mail whether it accepts."), "focal_point", number=form.outcome)
    return render_template(
        "focal_points/new.html",
        form=form,
        before=before.focal if before is not None else None,
        example=False,
    ), form.status


def _name(work: Work, form: DeskNamingForm, replaces: int | None) -> int:
    return focal_points_acts.name_by_desk(
        work,
        int(form.organisation.data),
        form.to_command(),
        said(form.starts),
        said(form.ends),
        replaces,
    )


@blueprint.route("/members/focal-points/write", methods=["GET", "POST"], may="mail.write")
def write_focal_points() -> Response | tuple[str, int]:
    """Write to all focal points in term, after showing to whom and what they would read."""
    form = WriteForm()
    entered = form.words() if form.is_submitted() else None
    return plain_page_before(
        "focal_points/write.html",
        focal_points_acts.readers(entered),
        _("Write to the focal points"),
        (url_for("secretariat.focal_points"), _("Focal points")),
        lambda work: focal_points_acts.write_change(work, form.words()),
        form,
    )
