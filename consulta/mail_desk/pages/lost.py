"""These did not arrive: whom mail does not reach, why, and what to do; reports of mail servers, pasted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.formats.bounce_report import LONGEST
from consulta.letters.pages import words
from consulta.mail_desk import overview as mail_pages
from consulta.web.desk import blueprint
from consulta.web.fields import Form
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.mail_desk.values import ReportRead


class ReportForm(Form):
    """What a mail server wrote back, as it came."""

    report = TextAreaField(_l("The report"), [InputRequired(), Length(max=LONGEST)])


@blueprint.get("/rounds/<key>/mail/lost")
def lost_mail(key: str) -> str:
    """Show each contact whom mail does not reach, with what to do about it."""
    with reading() as work:
        page = mail_pages.lost_mail(work, key)
    return render_template(
        "mail_desk/lost.html",
        view=page,
        line=page.round,
        words=words,
        way=words.way(),
        example=page.round.example,
    )


@blueprint.route("/rounds/<key>/mail/report", methods=["GET", "POST"])
def bounce_report(key: str) -> Response | tuple[str, int]:
    """Show the contacts that a pasted bounce report names, and mark those with an address at fault."""
    form = ReportForm()
    if "confirm" in request.form:
        return _mark(key)
    if form.validate_on_submit():
        read = _read(form.report.data or "")
        if read.found:
            return _preview(key, read, form)
        form.report.errors = [
            _("No contact has an address that this report names. Paste the whole report, with its headers.")
        ]
    with reading() as work:
        page = mail_pages.lost_mail(work, key)
    return render_template(
        "mail_desk/report.html", line=page.round, form=form, read=None, example=page.round.example
    ), form.status


def _read(text: str) -> ReportRead:
    with reading() as work:
        return mail_pages.read_report(work, text)


def _preview(key: str, read: ReportRead, form: Form) -> tuple[str, int]:
    """Return the page with the contacts that a report names; those with an address at fault are ticked.

    The report itself is not on the page, since it may hold a link.
    """
    with reading() as work:
        page = mail_pages.lost_mail(work, key)
    return render_template(
        "mail_desk/report.html", line=page.round, form=form, read=read, example=page.round.example
    ), 200


def _mark(key: str) -> Response:
    chosen = {
        number: request.form.get(f"said-{number}", "") for number in request.form.getlist("contact", type=int)
    }
    with writing() as work:
        marked = mail_pages.mark_reported(work, chosen)
    flash(
        ngettext(
            "%(num)s contact is marked: nothing is sent there until the address is another.",
            "%(num)s contacts are marked: nothing is sent there until the address is another.",
            marked,
        )
        if marked
        else _("No person was marked.")
    )
    return redirect(url_for("secretariat.lost_mail", key=key), 303)
