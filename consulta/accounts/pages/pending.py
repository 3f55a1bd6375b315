"""Acts that wait for another person: kept before they run, shown, confirmed or refused."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from flask import abort, current_app, g, redirect, render_template, request, url_for
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import FileField, HiddenField, PasswordField
from wtforms.fields.core import Field

from consulta.accounts import staff
from consulta.accounts.pages import confirmation
from consulta.accounts.pages.staff import RefuseForm
from consulta.accounts.staff import Asked
from consulta.core.problems import Problem
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.desk import blueprint, done
from consulta.platform.web.fields import BY_TWO, shown_value
from consulta.platform.web.language import current, offered, say, speaking
from consulta.platform.web.pages import VIEWS, takes_two
from consulta.platform.web.request import actor, house, read, reading, write, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from flask import Flask
    from werkzeug.wrappers import Response

    from consulta.platform.web.fields import Form, TypedKeyForm
    from consulta.platform.work import Work


NUMBER = confirmation.CONFIRMS  # the field by which a form says which request it confirms
DIGITS = 9


def init_app(app: Flask) -> None:
    """Let forms carry out what takes two persons, and templates ask what waits for the second one."""
    app.extensions[BY_TWO] = _carried_out
    app.jinja_env.globals["pending_acts"] = partial(read, staff.listed_acts)
    app.jinja_env.globals["takes_two"] = is_for_two


def confirms() -> bool:
    """Return whether this request is to confirm what another person asked for."""
    return request.method == "POST" and takes_two(request.endpoint) and NUMBER in request.form


def take_number() -> None:
    """Take the number of a request that this form confirms out of it, and let its act wait where it must."""
    if request.method != "POST" or not takes_two(request.endpoint):
        return
    given = request.form.get(NUMBER, "")
    number = int(given) if given.isdecimal() and len(given) <= DIGITS else None
    if number is not None and g.only_fill:
        abort(redirect(url_for("secretariat.pending_act", number=number), 303))
    g.second_person = number
    kept = [(key, value) for key, value in request.form.items(multi=True) if key != NUMBER]
    request.form = ImmutableMultiDict(kept)


def told_of(problem: Problem) -> str | None:
    """Return the page of the request that this form confirms, with the reason why it is not done.

    None where it confirms none. Where the request is decided already, that is the reason, whatever else is
    in the way.
    """
    number = g.get("second_person")
    if number is None:
        return None
    with suppress(Problem):
        return _page(number, RefuseForm(formdata=None), problem)
    return None


def _carried_out(form: Form, act: Callable[[Work], object]) -> object:
    """Do the act of a checked form, and return what it returns, where no other person is needed.

    What this person confirms is done and confirmed together. What waits for another one is tried and kept,
    and the answer is the page that says so. A form that names what was looked at (`seen`) must do so here:
    else another person would confirm whatever is there by then. Problems: `act.changed`, `act.unknown`.
    """
    number: int | None = g.second_person
    endpoint = request.endpoint or ""
    action = VIEWS[endpoint].action
    if number is None and not form.needs_two():
        return write(act)
    with reading() as work:
        needed = _is_needed(work, endpoint, form.second_action, form.about_staff)
        if number is not None:
            g.asked_by, g.agreed = staff.look(work, number).row.staff_id, True
    if not needed and number is None:
        return write(act)
    asked = Asked(
        endpoint, action, request.full_path.rstrip("?"), confirmation.carried(), second=form.second_action
    )
    if "seen" in form and not form["seen"].data:
        raise Problem("act.changed")
    if number is not None:
        return _confirm(number, asked, act)
    shown = _in_each_language(lambda: (*_concerning(form), *_said(form)))
    return _keep(replace(asked, shown=shown, told=_told(endpoint, form)), act)


def is_for_two(endpoint: str) -> bool:
    """Return whether what this request does at an endpoint is confirmed by another person, or confirms it."""
    return g.get("second_person") is not None or read(_is_needed, endpoint)


def spare_key(form: TypedKeyForm) -> None:
    """Ask for the key of the round only where no other person confirms what this request does."""
    if is_for_two(request.endpoint or ""):
        del form.typed


def _is_needed(work: Work, endpoint: str, second: str = "", subject: int | None = None) -> bool:
    """Return whether another person has to confirm what the actor does at an endpoint."""
    setting = "yes" if VIEWS[endpoint].two_persons == "always" else house().settings.two_persons
    return staff.are_needed(work, VIEWS[endpoint].action, setting, second, subject)


class _Tried(Exception):  # noqa: N818  # no error: it ends a trial, so that nothing of it is kept
    """An act was tried, and could be done."""


def _confirm(number: int, asked: Asked, act: Callable[[Work], object]) -> object:
    """Do what another person asked for, in one unit of work with its confirmation, and return its outcome.

    Where it cannot be done, it waits as before, and the log says who tried. Problems: those of
    `acts.confirm` and of the act.
    """
    agreed = False
    try:
        with writing() as work:
            staff.confirm(work, number, asked)
            agreed = True
            return act(work)
    except Problem:
        if agreed:
            with suppress(Problem), writing() as work:
                staff.note_not_done(work, number)
        raise


def _keep(asked: Asked, act: Callable[[Work], object]) -> NoReturn:
    """Keep what is asked for, once it was seen that it can be done, and answer with the page that says so.

    It is done to the end, and nothing of that is kept: who asks reads what stands in the way, and not only
    the second person. Problems: those of the act.
    """
    with suppress(_Tried), writing() as work:
        act(work)
        work.session.flush()  # what the database refuses counts too
        raise _Tried
    with writing() as work:
        page = house().settings.base_url + f"/{current()}/secretariat/pending/{{number}}"
        kept = staff.ask(work, asked, page)
    abort(redirect(url_for("secretariat.pending_act", number=kept), 303))


def _told(endpoint: str, form: Form) -> dict[str, str]:
    """Return what an endpoint does, in each language, with the round or whatever else it is about."""
    about = (request.view_args or {}).get("key")

    def say_it() -> str:
        told_first = [*_concerning(form), *(form.tells() if form.tells is not None else ())]
        first = told_first[0][1] if told_first else about
        return str(confirmation.ACTS.get(endpoint, endpoint)) + (f" ({first})" if first else "")

    return _in_each_language(say_it)


def _in_each_language(say_it: Callable[[], Any]) -> dict[str, Any]:
    """Return what is said in each language of the installation."""
    told = {}
    for code in offered():
        with speaking(code):
            told[code] = say_it()
    return told


def _concerning(form: Form) -> Sequence[tuple[str, str]]:
    """Return what a form is about, as a second person is shown it before what was entered."""
    return form.concerning() if callable(form.concerning) else form.concerning


def _said(form: Form) -> Iterable[tuple[str, str]]:
    """Return what a second person is shown of a form: what it says itself, else what was entered."""
    return form.tells() if form.tells is not None else _shown(form)


def _shown(form: Form) -> Iterator[tuple[str, str]]:
    """Yield label and value of what a person entered in a form, as the person read it.

    Without the key of the round, which was typed so that nothing is done by mistake.
    """
    for field in form:
        if field.short_name == "typed":
            continue
        if isinstance(field, HiddenField | PasswordField | FileField) or not isinstance(field, Field):
            continue
        if value := shown_value(field, form.clocks):
            yield str(field.label.text), value


@blueprint.get("/pending/<int:number>", may="rounds.read")
def pending_act(number: int) -> str:
    """Show what was asked for, with the buttons to confirm or refuse it. Problem: `act.unknown`."""
    return _page(number, RefuseForm())


@blueprint.post("/pending/<int:number>/refuse", may="pending.decide")
def refuse_act(number: int) -> Response | tuple[str, int]:
    """Refuse what another person asked for, or withdraw one's own request."""
    form = RefuseForm()
    if form.does(lambda work: staff.refuse(work, number, form.reason.data or "")):
        return done(
            _("Nothing was done. The person who requested it is informed."), "pending_act", number=number
        )
    return _page(number, form), form.status


def _page(number: int, form: RefuseForm, problem: Problem | None = None) -> str:
    view = read(staff.look, number)
    return render_template(
        "staff/pending.html",
        act=view,
        form=form,
        why=say(problem) if problem else "",
        is_decided=problem is not None and view.state != "waiting",
        told=view.row.fields["told"].get(current(), view.row.path),
        shown=view.row.fields["shown"].get(current(), ()),
        number_field=NUMBER,
        is_page=current_app.url_map.bind("localhost").test(view.row.path.partition("?")[0], "GET"),
        may_decide=actor().staff_id is not None,
    )
