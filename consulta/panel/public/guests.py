"""Behind the link of an invitation: the answer, the letter, the calendar's entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Response, flash, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.panel import invitations
from consulta.panel.pages.invitations import AnswerForm
from consulta.platform.data import catalogue
from consulta.platform.formats.letter_page import as_page
from consulta.platform.web import letters
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.downloads import calendar_file
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, read, write
from consulta.rounds.letters.service import Post

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.panel.invitations import OwnInvitation


blueprint = Pages("guest", __name__)
Page = tuple[str, int]


@blueprint.route("/invitation", methods=["GET", "POST"], may="invitations.answer")
def invitation() -> BaseResponse | Page:
    """Show the invitation and record the answer, which may be changed until the session."""
    form = AnswerForm()
    if form.validate_on_submit() and form.accepts(lambda: _answer(form)):
        flash(_("Your answer is recorded."))
        return redirect(url_for("guest.invitation"), 303)
    view = read(invitations.own)
    return _page(view, form), 409 if form.refusals else form.status


@blueprint.get("/invitation/letter.pdf", may="invitations.answer")
def letter() -> Response:
    """Return the invitation letter as a PDF. Problems: those of `letters.drawn`."""
    page = read(invitations.own_letter, _post())
    content = letters.drawn(as_page([page], page.title), catalogue.letter_style())
    return letters.as_pdf(content, f"{catalogue.mail_words(page.language)['letter']}.pdf")


@blueprint.get("/invitation/session.ics", may="invitations.answer")
def calendar() -> Response:
    """Return the session as a calendar entry."""
    content = read(invitations.own_entry, current(), _post())
    return calendar_file(content)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session of an invitation.

    Also for a form of a session that ended. The text that was entered is shown so that it is not lost.
    """
    written = [request.form.get(name, "").strip() for name in ("note", "colleague", "colleague_contact")]
    return render_template("invitations/ended.html", nav=(), written=[text for text in written if text]), 403


def _answer(form: AnswerForm) -> None:
    declined = form.said.data == "declined"
    write(
        invitations.answer,
        "declined" if declined else "accepted",
        form.note.data or "",
        (form.colleague.data or "") if declined else "",
        (form.colleague_contact.data or "") if declined else "",
    )


def _page(view: OwnInvitation, form: AnswerForm) -> str:
    return render_template(
        "invitations/guest.html",
        nav=(),
        example=view.example,
        view=view,
        form=form,
        state=view.state.value,
        may_print=letters.are_available(),
    )


def _post() -> Post:
    settings = house().settings
    return Post(settings.base_url, settings.mail.test_address, settings.mail.sender)
