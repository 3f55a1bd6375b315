"""The door: from a link of a mail to what it opens, for all purposes.

Looking at a link tells and changes nothing, and is the same for every token. Its button (POST) opens a
session and leads to the purpose's page, or shows the question of a notice. An answer to a question needs a
choice and a ticked box, neither of which a program that follows links or presses buttons gives. The secret of
such a link stays in the address, and every form is sent there.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from flask import abort, redirect, render_template, request, url_for
from wtforms import BooleanField, RadioField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.platform import door, security
from consulta.platform.access import require
from consulta.platform.accounts import digest
from consulta.platform.data import tongues
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.fields import Form, csrf
from consulta.platform.web.language import current, offered
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import held, house, reading, remember, uses, write, writing

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.door import Purpose


blueprint = Pages("door", __name__, under="/<way:way>")
Page = tuple[str, int]
NOTE_MAX = 500


class AnswerForm(Form):
    """One of the answers, a note, and a box that must be ticked before an answer is recorded."""

    class Meta(Form.Meta):
        """The secret is in the address, and no other site may send this form."""

        csrf = False

    choice = RadioField(_l("Your answer"), [InputRequired(_l("Choose one of the answers."))], choices=())
    note = TextAreaField(_l("Information for the secretariat"), [Optional(), Length(max=NOTE_MAX)])
    sure = BooleanField(
        _l("I am the person to whom the notice was sent, and this is my answer"),
        [InputRequired(_l("Tick the box to confirm your answer."))],
    )


@blueprint.route("/<token>", methods=["GET", "POST"], may="links.open", session=False)
@csrf.exempt  # the secret is in the address, and no other site may send this form
def link(way: str, token: str) -> Response | Page:
    """Show a link; its button (POST) opens it.

    Opening the page alone shows nothing and changes nothing. Its buttons of languages ask for it with `lang`,
    and are led to its address in that language.
    """
    if not any(uses(each.part) for each in door.on(way)):
        abort(404)
    if request.method != "POST" and (lang := request.args.get("lang")) in offered():
        return redirect(url_for("door.link", way=way, token=token, lang=lang), 303)
    if request.method != "POST":
        return _door_page(way), 200
    return _open(way, token)


@blueprint.route("/", methods=["GET", "POST"], may="links.open", session=False)
@csrf.exempt  # as above: the secret is in the form
def pasted_link(way: str) -> Response | Page:
    """Accept a link that a mail program cut: pasted in its pieces, or within the whole message.

    It opens what the uncut link opens; a GET shows the page to paste it.
    """
    if request.method != "POST" or not any(uses(each.part) for each in door.on(way)):
        return _door_page(way, refused=True), 404
    text = request.form.get("link", "")
    return _open(way, text.partition(f"/{way}/")[2] or text)


def _open(way: str, text: str) -> Response | Page:
    """Open the link at the beginning of `text`, asked first in a unit of work that only reads.

    Signs between those of its token and after it are ignored, such as line breaks of a mail program.
    """
    token = door.token_in(text)
    with reading(streamed=False) as work:
        purpose = door.purpose_of(work, way, token)
        opens = purpose is not None and (purpose.session or door.find_visitor(work, way, token) is not None)
    if purpose is None or not opens or not uses(purpose.part):
        security.tell("link.unknown", way=way)
        return _door_page(way, refused=True), 404
    if not purpose.session:
        return _question(purpose, token)
    with house().gate.links.of(digest(token)).entered() as room:
        pass  # noted alone: what comes of it holds up no other opening
    if not room:
        raise Problem("link.often")
    entrance = write(door.enter, way, token)
    if entrance is None:
        security.tell("link.unknown", way=way)
        return _door_page(way, refused=True), 404
    remember(purpose.role, entrance.token, same_person=held(purpose.role) == entrance.actor)
    return redirect(url_for(entrance.page, **dict[str, Any](entrance.place)), 303)


def _door_page(way: str, *, refused: bool = False) -> str:
    """Return the page of a link before its button, or the one for any link that opens nothing.

    Neither depends on the token. The second has a box to paste the link.
    """
    texts = next(each.texts for each in door.on(way))
    return render_template(
        texts,
        nav=(),
        way=way,
        refused=refused,
        tongues=[tongues.of(code) for code in offered() if code != current()],
        **({} if refused else {"other_langs": ()}),
    )


def _question(purpose: Purpose, token: str) -> Page:
    """Show the question of a link, and record the answer that was sent."""
    asked: Any = import_module(purpose.page)
    sent = "answer" in request.form
    form = AnswerForm() if sent else AnswerForm(formdata=None)
    form.choice.choices = [(value, str(label)) for value, label in asked.CHOICES.items()]
    answered = sent and form.validate() and form.accepts(lambda: _answer(purpose, asked, token, form))
    with reading() as work:
        found = door.find_visitor(work, purpose.way, token)
        view = asked.view(work, found.link) if found is not None else None
    page = render_template(
        asked.TEMPLATE,
        nav=(),
        other_langs=(),
        here=url_for("door.link", way=purpose.way, token=token),
        view=view,
        words=getattr(asked, "WORDS", {}),
        form=form,
        answered=answered,
    )
    return page, form.status


def _answer(purpose: Purpose, asked: Any, token: str, form: AnswerForm) -> None:
    """Record an answer in the name of the link's reader.

    Problems: `reply.over` (the link opens nothing any more), and those of the purpose's answer.
    """
    with writing() as work:
        found = door.find_visitor(work, purpose.way, token, hold=True)
        if found is None or found.purpose != purpose:
            raise Problem("reply.over")
        reader = replace(work, actor=found.actor)
        require(reader, "replies.answer")
        note = form.note.data or ""
        said = asked.sent(note) if hasattr(asked, "sent") else note
        asked.answer(reader, found.link, form.choice.data or "", said)
        door.answered(reader, found.link, form.choice.data or "")
