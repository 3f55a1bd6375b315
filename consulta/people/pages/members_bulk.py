"""Acts on many organisations: chosen in the list, told before, done at once, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from wtforms import SelectChoice, SelectField, StringField  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length

from consulta.core.problems import Problem
from consulta.people import member_changes, members_bulk
from consulta.people.members import TAG_MAX
from consulta.people.pages import members
from consulta.people.pages.members import members_table
from consulta.platform.data.dimensions import CATEGORY_MAX
from consulta.platform.web import dimension_words
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import Form
from consulta.platform.web.request import read, reading

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@blueprint.route("/members/bulk", methods=["GET", "POST"], may="members.write", password_to_send=True)
def bulk_members() -> Response | tuple[str, int]:
    """Say what an act would do to the chosen organisations, and do it; or show these alone."""
    act = request.values.get("act", "")
    rows = read(members_table, only=_chosen(), whole=True).there.rows
    ids = [row.id for row in rows]
    if act == "show" and ids:
        return redirect(url_for("secretariat.members", only=".".join(map(str, ids))) + "#table", 303)
    if act == "write" and ids:
        key = read(member_changes.round_for)
        return redirect(url_for("secretariat.write_members", key=key, only=".".join(map(str, ids))), 303)
    if act not in members_bulk.acts() or not ids:
        raise Problem("members.bulk_none" if act in members_bulk.acts() else "members.bulk_act")
    form = _form(act)
    if form.does(
        lambda work: members_bulk.carry_out(work, ids, act, form.value.data if "value" in form else "")
    ):
        return done(_("Done."), "bulk_done", number=form.outcome)
    switches = members_bulk.SWITCHES
    return render_template(
        "members/bulk.html",
        form=form,
        act=act,
        written=members_bulk.is_written(act),
        dimension=act.removeprefix(members_bulk.CATEGORY),
        rows=rows,
        changing=sum(row.active != switches[act] for row in rows) if act in switches else len(rows),
        mails=read(members_bulk.mails, ids, act),
        example=any(row.example for row in rows),
    ), form.status


@blueprint.route(
    "/members/bulk/<int:number>", methods=["GET", "POST"], may="members.write", password_to_send=True
)
def bulk_done(number: int) -> Response | tuple[str, int]:
    """Show an act that was done to many organisations, and take it back."""
    form = Form()
    if form.does(lambda work: members_bulk.take_back(work, number)):
        count = form.outcome
        return done(
            ngettext("Taken back in %(num)s organisation.", "Taken back in %(num)s organisations.", count),
            "members",
        )
    with reading() as work:
        view = members_bulk.done(work, number)
        rows = members_table(work, only=tuple(view.before), whole=True).there.rows
    dimension = view.act.removeprefix(members_bulk.CATEGORY)
    is_category = dimension != view.act
    return render_template(
        "members/bulk_done.html",
        form=form,
        view=view,
        dimension=dimension,
        category=dict(members.categories(dimension)).get(view.value, view.value) if is_category else "",
        rows=rows,
        example=any(row.example for row in rows),
    ), form.status


def _chosen() -> tuple[int, ...] | None:
    """Return the ids that were chosen; None where all that the list's filter shows are meant."""
    if request.values.get("all") == "yes" and request.method == "GET":
        return None
    return tuple(number for text in request.values.getlist("o") if (number := _number(text)) is not None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < len("1000000000") else None


def _form(act: str) -> Any:
    """Return the form of an act: with a tag or a category where it needs one."""
    fields: dict[str, Any] = {}
    if act in members_bulk.TAGS:
        fields["value"] = StringField(_("Tag"), [InputRequired(), Length(max=TAG_MAX)])
    elif act.startswith(members_bulk.CATEGORY):
        dimension = act.removeprefix(members_bulk.CATEGORY)
        name = dimension_words.name(dimension)
        if members_bulk.is_written(act):
            fields["value"] = StringField(name, [InputRequired(), Length(max=CATEGORY_MAX)])
        else:
            known = [("", _("Choose")), *members.categories(dimension)]
            choices = [SelectChoice(key, label) for key, label in known]
            fields["value"] = SelectField(name, [InputRequired()], choices=choices)
    places = dict.fromkeys(("members.bulk_value", "members.bulk_written", "member.tags"), "value")
    return type("BulkForm", (Form,), {**fields, "places": places})()
