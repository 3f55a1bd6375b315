"""The result: counted, read, downloaded, published."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import Length, Optional

from consulta.core.problems import Problem
from consulta.letters.pages.mass_mail import shown
from consulta.objections import service as objections
from consulta.panel import service as panels
from consulta.results import archive
from consulta.results import page as result_page
from consulta.results import service as results
from consulta.results.pages import letter
from consulta.results.pages import pictures as result_pictures
from consulta.rounds import public_value
from consulta.web import letters
from consulta.web.desk import Page, blueprint, done
from consulta.web.downloads import saved, zipped
from consulta.web.fields import Form, TypedKeyForm
from consulta.web.request import house, reading, writing

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as BaseResponse


@blueprint.route("/rounds/<key>/result", methods=["GET", "POST"])
def result(key: str) -> BaseResponse | str | tuple[str, int]:
    """Show the result as the secretariat reads it; before the count, the button that counts.

    Redirects to the public value where the count waits for it.
    """
    form = Form()
    if form.does(lambda work: results.count(work, key)):
        return redirect(url_for("secretariat.result", key=key), 303)
    with reading() as work:
        view = result_page.staff_page(work, key)
        awaiting = view is None and public_value.awaits(work, key)
        waiting = objections.waiting(work, key)
    if awaiting:
        return redirect(url_for("secretariat.public_value", key=key), 303)
    if view is None:
        return render_template("lifecycle/uncounted.html", key=key, form=form), form.status
    return render_template(
        "results/desk.html",
        view=view,
        waiting=waiting,
        pictures=result_pictures.of_result(view),
        letter_url=url_for("secretariat.result_letter", key=key) if letters.are_available() else None,
        example=view.card.example,
    )


@blueprint.get("/rounds/<key>/result.pdf")
def result_letter(key: str) -> Response:
    """Return the result as the secretariat reads it, as a PDF.

    Raise Problem `result.uncounted` where there is none.
    """
    with reading() as work:
        view = result_page.staff_page(work, key)
    if view is None:
        raise Problem("result.uncounted")
    return letter.result_letter(view)


class PublishForm(TypedKeyForm):
    """The key typed, and why it is published though objections are undecided."""

    places: ClassVar[dict[str, str]] = {"publish.undecided": "reason"}

    reason = TextAreaField(_l("Reason"), [Optional(), Length(max=objections.REASON_MAX)])


@blueprint.route("/rounds/<key>/publish", methods=["GET", "POST"])
def publish(key: str) -> BaseResponse | Page:
    """Make the result public; before the time to object is over, say why that is not possible yet."""
    form = PublishForm(expected=key)
    small_cell = house().settings.small_cell
    if form.does(lambda work: results.publish(work, key, small_cell, form.reason.data or "")):
        return done(_("The result is published."), "result", key=key)
    with reading() as work:
        view = result_page.staff_page(work, key)
        waiting = objections.waiting(work, key)
    if view is None:
        raise Problem("result.uncounted")
    form.reason.flags.required = waiting.numbers.open > 0
    return shown(
        "lifecycle/publish.html",
        key,
        form,
        "publish",
        _("Publish the result"),
        (url_for("secretariat.result", key=key), _("Result")),
        view=view,
        waiting=waiting,
        ready=waiting.ready,
    )


@blueprint.post("/rounds/<key>/archive.zip", endpoint="archive")
def complete_archive(key: str) -> Response:
    """Return the complete archive of a published round; it is not public."""
    with writing() as work:
        name, content = archive.complete_archive(work, key)
    return zipped(name, content)


@blueprint.post("/rounds/<key>/bundle")
def bundle(key: str) -> Response:
    """Return the bundle or the result, byte for byte as stored, or the bundle with panel rules.

    The panel rules are the newest ones. The first count can be asked for too.
    """
    asked = request.form.get("kind")
    kind = asked if asked in {"result", "panel", "first-bundle", "first-result"} else "bundle"
    with writing() as work:
        if kind == "panel":
            content = panels.bundle_with_panel(work, key)
        elif kind.startswith("first-"):
            content = results.document(work, key, kind.removeprefix("first-"), 1)
        else:
            content = results.document(work, key, kind)
    name = f"{key}-{'bundle-with-panel' if kind == 'panel' else kind}.json"
    return saved(name, content, "application/json")
