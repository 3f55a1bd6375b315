"""From a link in a notice to its question, and to what was answered.

Looking at the link tells and changes nothing, and is the same for every token. Its button shows the question.
An answer needs a choice and a ticked box, neither of which a program that follows links or presses buttons
gives. No session is opened: the secret stays in the address, and every form is sent there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template, request
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.infra.access import require
from consulta.links import action_links
from consulta.links import service as links
from consulta.replies.pages.purposes import PURPOSES
from consulta.web.fields import Form, csrf
from consulta.web.request import house, reading, writing

if TYPE_CHECKING:
    from consulta.infra.models import ActionLink
    from consulta.infra.work import Work
    from consulta.replies.pages.purposes import Purpose

blueprint = Blueprint("reply", __name__)
Page = tuple[str, int]
NOTE_MAX = 500


class AnswerForm(Form):
    """One of the answers, a note, and a box that must be ticked before an answer is recorded."""

    class Meta(Form.Meta):
        """The secret is in the address, and no other site may send this form."""

        csrf = False

    choice = RadioField(_l("Your answer"), [InputRequired(_l("Choose one of the answers."))], choices=())
    note = TextAreaField(_l("What the secretariat should know"), [Optional(), Length(max=NOTE_MAX)])
    sure = BooleanField(
        _l("I am the person to whom the notice was sent, and this is my answer"),
        [InputRequired(_l("Tick the box to confirm your answer."))],
    )

    def offer(self, purpose: Purpose) -> AnswerForm:
        """Return this form with the answers of a purpose as choices."""
        self.choice.choices = [(value, str(label)) for value, label in purpose.choices.items()]
        return self


@blueprint.route("/r/<token>", methods=["GET", "POST"])
@csrf.exempt  # the secret is in the address, and no other site may send this form
def link(token: str) -> Page:
    """Show the link of a notice.

    Its button shows the question, and the question's form sends the answer.
    """
    if request.method != "POST":
        return render_template("replies/link.html", nav=(), other_langs=()), 200
    return _opened(token)


@blueprint.route("/r/", methods=["GET", "POST"])
@csrf.exempt  # as above: the secret is in the form
def pasted_link() -> Page:
    """Accept a link that a mail program cut: pasted in its pieces, or within the whole message.

    It opens what the uncut link opens; a GET shows the page to paste it.
    """
    if request.method != "POST":
        return _refused_page()
    text = request.form.get("link", "")
    return _opened(text.partition("/r/")[2] or text)


def _opened(text: str) -> Page:
    token = links.token_in(text)
    with reading() as work:
        purpose = _purpose(action_links.find(work, token))
    if purpose is None:
        return _refused_page()
    sent = "answer" in request.form
    form = (AnswerForm() if sent else AnswerForm(formdata=None)).offer(purpose)
    answered = sent and form.validate() and form.accepts(lambda: _answer(purpose, token, form))
    with reading() as work:
        found = action_links.find(work, token)
        view = purpose.view(work, found) if found is not None else None
    page = render_template(
        purpose.template,
        nav=(),
        other_langs=(),
        token=token,
        view=view,
        form=form,
        answered=answered,
        reply_to=house().settings.mail.reply_to,
    )
    return page, form.status


def _answer(purpose: Purpose, token: str, form: AnswerForm) -> None:
    with writing() as work:
        found = action_links.find(work, token, hold=True)
        if found is None:
            raise Problem("reply.over")
        reader: Work = action_links.as_reader(work, found)
        require(reader, "replies.answer")
        purpose.answer(reader, found, form.choice.data or "", form.note.data or "")
        action_links.answered(reader, found, form.choice.data or "")


def _purpose(found: ActionLink | None) -> Purpose | None:
    return PURPOSES.get(found.purpose) if found is not None else None


def _refused_page() -> Page:
    """Return the page (404) for any link that opens nothing, with a box to paste the link.

    It is the same page for all such links.
    """
    return render_template("replies/refused.html", nav=()), 404
