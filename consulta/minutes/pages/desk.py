"""The minutes of a session at the desk: agreements written, done, published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.core.problems import Problem
from consulta.minutes import service as minutes_of
from consulta.minutes.forms import AgreementForm, DoneForm, filled
from consulta.minutes.pages.letter import minutes_letter
from consulta.rounds.pages.afterwards import Task, told_by
from consulta.web import letters
from consulta.web.desk import Page, blueprint, done, page
from consulta.web.fields import Form, TypedKeyForm
from consulta.web.request import now, read, reading

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask, Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.infra.work import Work
    from consulta.minutes.values import AgreementLine, MinutesDesk
    from consulta.rounds.values import RoundLine


def init_app(app: Flask) -> None:
    """Tell what is left to do after a session."""
    told_by(app, _tasks)


def _tasks(work: Work, line: RoundLine) -> Iterator[Task]:
    """Yield whether the agreements of a session are written and public."""
    way = url_for("secretariat.minutes", key=line.key)
    view = minutes_of.desk_page(work, line.key)
    if not view.agreements:
        return
    said: str = ngettext("%(num)s agreement", "%(num)s agreements", len(view.agreements))
    if view.public_version is None:
        publish = url_for("secretariat.publish_minutes", key=line.key)
        yield Task("open", _("The minutes are not public"), said, _("Publish"), publish, rank=3)
    else:
        yield Task("done", _("The minutes are public"), said, _("Minutes"), way)


@blueprint.route("/rounds/<key>/minutes", methods=["GET", "POST"])
def minutes(key: str) -> BaseResponse | Page:
    """Show the agreements of a session, and the form that adds one."""
    form = AgreementForm()
    if form.does(lambda work: minutes_of.save(work, key, form.to_command())):
        return done(_("The agreement is written down."), "minutes", key=key)
    view = read(minutes_of.desk_page, key)
    return page("minutes/desk.html", view.round, form, view=view, letters=letters.are_available())


@blueprint.route("/rounds/<key>/minutes/<int:number>", methods=["GET", "POST"])
def agreement(key: str, number: int) -> BaseResponse | Page:
    """Show and save an agreement."""
    view, found = _agreement(key, number)
    form = AgreementForm(data=filled(found))
    if form.does(lambda work: minutes_of.save(work, key, form.to_command(), number, form.version)):
        return done(_("Saved."), "minutes", key=key)
    if request.method == "POST":
        form.seen.data = str(found.version)  # what stands now has been told: sending again is meant
    return page(
        "minutes/agreement.html",
        view.round,
        form,
        view=view,
        one=found,
        done_form=_done_form(),
    )


@blueprint.post("/rounds/<key>/minutes/<int:number>/done")
def agreement_done(key: str, number: int) -> BaseResponse | Page:
    """Write down on which day an agreement was done, or that it is not done after all."""
    undo = "undo" in request.form
    form = Form() if undo else DoneForm()

    def day() -> str:
        return form.day.data.isoformat() if isinstance(form, DoneForm) and form.day.data else ""

    if form.does(lambda work: minutes_of.done(work, key, number, day())):
        said = _("It is not marked as done any more.") if undo else _("It is marked as done.")
        return done(said, "minutes", key=key)
    view, found = _agreement(key, number)
    return page(
        "minutes/agreement.html",
        view.round,
        form,
        view=view,
        one=found,
        writing=AgreementForm(formdata=None, data=filled(found)),
        done_form=form if isinstance(form, DoneForm) else _done_form(),
    )


@blueprint.route("/rounds/<key>/minutes/<int:number>/remove", methods=["GET", "POST"])
def remove_agreement(key: str, number: int) -> BaseResponse | Page:
    """Take an agreement out, after asking."""
    form = Form()
    if form.does(lambda work: minutes_of.remove(work, key, number)):
        return done(_("The agreement was taken out."), "minutes", key=key)
    view, found = _agreement(key, number)
    return page("minutes/remove.html", view.round, form, view=view, one=found)


@blueprint.route("/rounds/<key>/minutes/publish", methods=["GET", "POST"])
def publish_minutes(key: str) -> BaseResponse | Page:
    """Show the minutes as they will read, and publish them."""
    form = TypedKeyForm(expected=key)
    if form.does(lambda work: minutes_of.publish(work, key)):
        return done(_("The minutes are published."), "minutes", key=key)
    with reading() as work:
        view, draft = minutes_of.desk_page(work, key), minutes_of.draft(work, key)
    return page("minutes/publish.html", view.round, form, view=view, draft=draft)


@blueprint.get("/rounds/<key>/minutes/draft.pdf")
def minutes_draft(key: str) -> Response:
    """Return the minutes as a PDF, as they would be published now."""
    view = read(minutes_of.draft, key)
    return minutes_letter(view)


def _agreement(key: str, number: int) -> tuple[MinutesDesk, AgreementLine]:
    view = read(minutes_of.desk_page, key)
    for each in view.agreements:
        if each.number == number:
            return view, each
    raise Problem("minutes.unknown")


def _done_form() -> DoneForm:
    return DoneForm(formdata=None, data={"day": now().date()})
