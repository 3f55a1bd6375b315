"""Acts that wait for another person: kept before they run, shown, confirmed or refused."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from flask import abort, current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import BooleanField, FileField, HiddenField, PasswordField
from wtforms.fields.core import Field

from consulta.core.problems import Problem
from consulta.sign_in.pages import confirmation
from consulta.staff import acts
from consulta.staff.acts import Asked
from consulta.staff.forms import RefuseForm
from consulta.web.desk import blueprint
from consulta.web.language import current, offered, speaking
from consulta.web.request import actor, house, reading, writing
from consulta.web.routes import ALWAYS_TWO, ROUTES, TWO_PERSONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.staff.values import ActView
    from consulta.web.fields import Form

NUMBER = confirmation.CONFIRMS  # the field by which a form says which request it confirms
DIGITS = 9


def init_app(app: Flask) -> None:
    """Let templates of the desk ask what waits for another person."""
    app.jinja_env.globals["pending_acts"] = _waiting


def _waiting() -> tuple[ActView, ...]:
    with reading() as work:
        return acts.listed(work)


def take_number() -> None:
    """Take the number of a request that this form confirms out of it, and let its act wait where it must."""
    if request.method != "POST" or request.endpoint not in TWO_PERSONS:
        return
    number = request.form.get(NUMBER, "")
    g.second_person = bool(number)
    kept = [(key, value) for key, value in request.form.items(multi=True) if key != NUMBER]
    request.form = ImmutableMultiDict(kept)
    g.before_act = lambda form: _hold(
        form, int(number) if number.isdecimal() and len(number) <= DIGITS else None
    )


def _hold(form: Form, number: int | None) -> Callable[..., None] | None:
    """Let a checked form run where no other person is needed, or where this one confirms it.

    Return what is to be told whether it was done, where this person confirms it.

    Else keep it, and answer with the page that says so. A form that names what was looked at (`seen`) must
    do so here: else another person would confirm whatever is there by then. Problems: `act.changed`, those
    of `acts.confirm`.
    """
    endpoint = request.endpoint or ""
    action = ROUTES[endpoint]
    if number is None and not form.needs_two():
        return None
    with reading() as work:
        setting = "yes" if endpoint in ALWAYS_TWO else house().settings.two_persons
        needed = acts.are_needed(work, action, setting)
    asked = Asked(
        endpoint,
        action,
        request.full_path.rstrip("?"),
        confirmation.carried(),
        (*form.concerning, *(form.tells() if form.tells is not None else _shown(form))),
        _told(endpoint, form),
    )
    if (needed or number is not None) and "seen" in form and not form["seen"].data:
        raise Problem("act.changed")
    if number is not None:
        with writing() as work:
            acts.confirm(work, number, asked)
        g.agreed = True
        return partial(_ended, number)
    if needed:
        _keep(asked)
    return None


def _keep(asked: Asked) -> NoReturn:
    """Keep what is asked for, and answer with the page that says so."""
    with writing() as work:
        page = house().settings.base_url + f"/{current()}/secretariat/pending/{{number}}"
        kept = acts.ask(work, asked, page)
    abort(redirect(url_for("secretariat.pending_act", number=kept), 303))


def _ended(number: int, *, done: bool) -> None:
    """Note whether a confirmed act was done; the answer to the act does not depend on it."""
    with suppress(Problem), writing() as work:
        acts.end(work, number, done=done)


def _told(endpoint: str, form: Form) -> dict[str, str]:
    """Return what an endpoint does, in each language, with the round or whatever else it is about."""
    about = (request.view_args or {}).get("key")
    told = {}
    for code in offered():
        with speaking(code):
            told_first = [*form.concerning, *(form.tells() if form.tells is not None else ())]
            first = told_first[0][1] if told_first else about
            told[code] = str(confirmation.ACTS.get(endpoint, endpoint)) + (f" ({first})" if first else "")
    return told


def _shown(form: Form) -> Iterator[tuple[str, str]]:
    """Yield label and value of what a person entered in a form."""
    for field in form:
        if isinstance(field, HiddenField | PasswordField | FileField) or not isinstance(field, Field):
            continue
        value = field.data
        if isinstance(field, BooleanField):
            yield str(field.label.text), _("yes") if value else _("no")
        elif value:
            yield str(field.label.text), str(value)


@blueprint.get("/pending/<int:number>")
def pending_act(number: int) -> str:
    """Show what was asked for, with the buttons to confirm or refuse it. Problem: `act.unknown`."""
    return _page(number, RefuseForm())


@blueprint.post("/pending/<int:number>/refuse")
def refuse_act(number: int) -> Response | tuple[str, int]:
    """Refuse what another person asked for, or withdraw one's own request."""
    form = RefuseForm()
    if form.does(lambda work: acts.refuse(work, number, form.reason.data or "")):
        flash(_("Nothing was done. The person who asked is told."))
        return redirect(url_for("secretariat.pending_act", number=number), 303)
    return _page(number, form), form.status


def _page(number: int, form: RefuseForm) -> str:
    with reading() as work:
        view = acts.look(work, number)
    return render_template(
        "staff/pending.html",
        act=view,
        form=form,
        told=view.told.get(current(), view.path),
        number_field=NUMBER,
        is_page=current_app.url_map.bind("localhost").test(view.path.partition("?")[0], "GET"),
        may_decide=actor().staff_id is not None,
    )
