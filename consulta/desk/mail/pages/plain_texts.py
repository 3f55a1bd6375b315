"""The texts of mails about no round: of admission, own data, focal points, evaluations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, render_template, request
from flask_babel import gettext as _

from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.desk.mail.pages.texts import RestoreForm, TextForm, change, restore, texts_table
from consulta.platform.data import catalogue
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.language import offered
from consulta.platform.web.request import read, reading
from consulta.platform.web.table import handed_out
from consulta.rounds.letters import plain
from consulta.rounds.letters import texts as services
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.platform.web.table import Listing
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Preview
    from consulta.rounds.letters.texts import MailTextView

FILLED = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}{}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


@blueprint.get("/mail/texts", may="mail.read")
def plain_texts() -> str:
    """Show each kind of mail about no round: when it is sent, and its text now."""
    _kinds, table = read(_table)
    return render_template("mail_desk/plain_texts.html", table=table, words=words, line=None, example=False)


@handed_out("plain-texts")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[list[str], Listing]:
    """Return the kinds of mail about no round, and their table."""
    texts = services.plain_texts(work)
    kinds = list(dict.fromkeys(text.kind for text in texts))
    rows = [(kind, [text for text in texts if text.kind == kind]) for kind in kinds]
    title = _("Texts of mails about no round")
    return kinds, texts_table(title, rows, "plain-texts", subject="mail", whole=whole)


@blueprint.route("/mail/texts/<kind>", methods=["GET", "POST"], may="mail.write", two_persons="by setting")
def plain_text(kind: str) -> Response | Page:
    """Show a kind of mail about no round in each language; on POST, store its texts or preview them."""
    texts = _texts(kind)
    form = TextForm(
        data={
            part: Text({text.language: getattr(text, part) for text in texts}) for part in ("subject", "body")
        }
    )
    shown: Preview | None = None
    if form.validate_on_submit() and form.is_good(kind):
        if request.form.get("act") not in offered():
            changed = form.changes({text.language: text for text in texts})
            if change(form, kind, changed, lambda work: _save(work, kind, form)):
                return done(_("Saved. Mails that wait say this too."), "plain_text", kind=kind)
        else:
            shown = _preview(kind, form, request.form["act"])
    text = render_template(
        "mail_desk/plain_text.html",
        form=form,
        kind=kind,
        texts={text.language: text for text in texts},
        shown=shown,
        versions=read(services.versions, None, kind),
        words=words,
        line=None,
        example=False,
    )
    return text, form.status


@blueprint.post("/mail/texts/<kind>/default", may="mail.write", two_persons="by setting")
def restore_plain_text(kind: str) -> Response:
    """Restore the text that came with the program, in one language."""
    form, texts = RestoreForm(), _texts(kind)
    language = form.language.data or ""
    if not restore(form, kind, texts, lambda work: services.restore_plain(work, kind, language)):
        raise form.problem or Problem("mail.kind")
    return done(_("The text is again the one that came with the program."), "plain_text", kind=kind)


def _texts(kind: str) -> list[MailTextView]:
    with reading() as work:
        found = [text for text in services.plain_texts(work) if text.kind == kind]
    return found or abort(404)


def _save(work: Work, kind: str, form: TextForm) -> None:
    for language in offered():
        services.save_plain(work, kind, language, *form.written(language))


def _preview(kind: str, form: TextForm, language: str) -> Preview:
    """Return the mail for an invented person; what is filled in for each reader stands in angle brackets."""
    places = [name for name in mail_kinds.find(kind).places if name != "link"]
    said = {code: {name: FILLED.format(words.place(name)) for name in places} for code in offered()}
    sample = catalogue.mail_words(language)
    to = sample["sample_contact"], sample["sample_organisation"]
    return read(
        plain.shown, kind, language, words.post(), to, said, {each: form.written(each) for each in offered()}
    )
