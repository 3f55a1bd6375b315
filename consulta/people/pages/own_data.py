"""The forms by which contacts correct the data of their organisation, and by which that is decided."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from flask import render_template, request, url_for
from wtforms import (
    BooleanField,
    EmailField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from consulta.people import members_rows, own_data
from consulta.people.admission import WEB_MAX
from consulta.people.members import NAME_MAX
from consulta.people.own_data import REASON_MAX
from consulta.people.pages.members import AContactForm, CategorisedForm, with_dimensions
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import BY_MESSAGE, Form, TelephoneField, beside
from consulta.platform.web.request import read
from consulta.platform.web.table import Column, Listing, Search, Table, by_state, handed_out, moment_columns
from consulta.rounds.pages.letters import plain_page_before
from consulta.vote.pages.changes import PasswordAgain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.people.own_data import OwnData
    from consulta.platform.models import Correction
    from consulta.platform.work import Work


class AddressForm(Form):
    """The address at which a contact is written to."""

    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)], render_kw={"autocomplete": "email"})


class DetailsForm(Form):
    """The name and the web site of the organisation."""

    places = beside("member.name", "admission.web", name="member.duplicate")

    name = StringField(_l("Name of the organisation"), [InputRequired(), Length(max=NAME_MAX)])
    web = StringField(
        _l("Website"), [Length(max=WEB_MAX)], render_kw={"inputmode": "url", "autocapitalize": "none"}
    )


class OwnContactForm(AContactForm):
    """A contact of the organisation; whether it may vote is asked only of a new one."""

    name = StringField(_l("Name"), [InputRequired(), Length(max=NAME_MAX)])
    email = EmailField(_l("E-mail"), [InputRequired(), Length(max=254)])
    phone = TelephoneField(_l("Telephone"))
    by_message = BooleanField(BY_MESSAGE)
    language = RadioField(_l("Language for messages"), [InputRequired()])
    may_vote = BooleanField(_l("May vote for the organisation"), default=True)


class CategoriesForm(CategorisedForm):
    """The categories of the organisation, which decide how its vote is weighted."""

    places: ClassVar[dict[str, str]] = {"member.country": "country", "member.sector": "sector"}

    country = SelectField(_l("Country"), [InputRequired()])
    sector = SelectField(_l("Sector"), [InputRequired()])


def categories_form(view: OwnData) -> CategoriesForm:
    """Return the form of the categories of an organisation, with the dimensions that are added."""
    data = {
        "country": view.country,
        **{field: view.entered.get(key, "") for field, key in members_rows.entered().items()},
    }
    form = with_dimensions(CategoriesForm)(data=data)
    form.offer_civil(data["sector"])
    return form


class CorrectionForm(PasswordAgain):
    """The decision on a correction; with the reason and the password where voting is open."""

    places: ClassVar[dict[str, str]] = PasswordAgain.places | {"correction.reason": "reason"}

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=REASON_MAX)])


KINDS: Mapping[str, object] = {
    "categories": _l("Other categories"),
    "address": _l("Another address"),
    "added": _l("A new contact"),
    "off": _l("Removal of a contact"),
    "objection": _l("Objection to a change"),
}
STATES: Mapping[str, tuple[str, object]] = {
    "waiting": ("now", _l("Pending")),
    "accepted": ("met", _l("Accepted")),
    "declined": ("short", _l("Declined")),
    "withdrawn": ("", _l("Withdrawn")),
}


def init_app(app: Flask) -> None:
    """Let templates of the desk ask how many corrections wait."""
    app.jinja_env.globals["corrections_waiting"] = partial(read, own_data.waiting)


@blueprint.get("/members/corrections", may="corrections.decide")
def corrections() -> str:
    """Show what members asked to have changed, the newest first."""
    rows, table = read(_table)
    example = any(each.organisation.example for each in rows)
    return render_template("own_data/queue.html", table=table, states=STATES, example=example)


@handed_out("corrections")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[Sequence[Correction], Listing]:
    """Return the corrections, and the table of them."""
    rows = own_data.listed(work)
    table = Table(
        title=_("Corrections"),
        name="corrections",
        endpoint="secretariat.corrections",
        subject="corrections",
        search=Search(
            _("Organisation or contact"), lambda each: f"{each.organisation.name} {each.asked_by.name}"
        ),
        choices=[
            by_state(_("State"), STATES, lambda each: each.state),
        ],
        columns=[
            Column("name", _("Organisation"), lambda each: each.organisation.name),
            Column("kind", _("What"), lambda each: str(KINDS[each.kind]), phone="under"),
            Column("by", _("Requested by"), lambda each: each.asked_by.name),
            *moment_columns(_("When"), lambda each: each.asked_at),
            Column("state", _("State"), lambda each: str(STATES[each.state][1]), phone="side"),
            Column("reason", _("Reason"), lambda each: each.reason, only="file"),
        ],
        opens=True,
    )
    return rows, table.over(rows, whole=whole)


@blueprint.route(
    "/members/corrections/<int:number>",
    methods=["GET", "POST"],
    may="corrections.decide",
    two_persons="by setting",
)
def correction(number: int) -> Response | tuple[str, int]:
    """Show a correction, and record the decision about it.

    Where voting is open for the organisation and the correction is about a contact, accepting it needs a
    reason and the password, as every such change does. Raise Problem `correction.unknown` if there is none.
    """
    row, guarded = read(own_data.look, number)
    form = CorrectionForm().asking(needed=guarded)
    form.concerning = [(_("Organisation"), row.organisation.name)]
    form.reason.flags.required = True
    act = request.form.get("act", "")
    if (
        act in {"accept", "decline"}
        and form.validate_on_submit()
        and form.is_confirmed(needed=guarded and act == "accept")
        and form.carries_out(lambda work: _decide(work, number, act, form))
    ):
        return done(_("Decided. The contact who asked is told by mail."), "corrections")
    return render_template(
        "own_data/correction.html",
        one=row,
        contact=own_data.contact_of(row),
        names=own_data.changed_categories(row),
        form=form,
        act=act,
        kinds=KINDS,
        states=STATES,
        example=row.organisation.example,
    ), form.status


def _decide(work: Work, number: int, act: str, form: CorrectionForm) -> None:
    if act == "accept":
        own_data.accept(work, number, form.asked())
    else:
        own_data.decline(work, number, form.reason.data or "")


@blueprint.route("/members/data-mail", methods=["GET", "POST"], may="corrections.decide", part="own_data")
def write_own_data() -> Response | tuple[str, int]:
    """Ask all contacts who may vote to look at the data of their organisation, after saying to how many."""
    back = url_for("secretariat.corrections"), _("Corrections")
    return plain_page_before(
        "letters/mass_mail.html",
        own_data.readers_of_yearly,
        _("Ask members to look at their data"),
        back,
        own_data.write_yearly,
    )
