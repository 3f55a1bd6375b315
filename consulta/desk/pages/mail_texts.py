"""Mails about no round that wait or did not leave, and the texts of all mails, which the desk can change."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from flask import Response as flask_Response
from flask import abort, g, render_template, request
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Optional

from consulta.accounts import staff
from consulta.core.problems import Problem
from consulta.core.texts import Text
from consulta.desk import mail
from consulta.desk.pages.mail import alone, switched
from consulta.platform.data import catalogue
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.organiser import service
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form, InEachLanguage, entry_name
from consulta.platform.web.language import current, local, offered, say
from consulta.platform.web.request import read, reading
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, handed_out, moment_columns
from consulta.rounds import service as rounds
from consulta.rounds.letters import plain
from consulta.rounds.letters import texts as services
from consulta.rounds.pages import letters
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from werkzeug.wrappers import Response
    from werkzeug.wrappers import Response as BaseResponse

    from consulta.desk.mail import MailStatus, PlainLine, TextsPage
    from consulta.platform.work import Work
    from consulta.rounds.letters.service import Preview
    from consulta.rounds.letters.texts import MailTextView


@blueprint.get("/mail", may="mail.read")
def plain_mail() -> str:
    """Show the way to the mail of each round, and the mails about no round that wait or were refused.

    All mail can be paused or resumed here.
    """
    with reading() as work:
        status, table = _table(work)
        found = [line for line in rounds.list_rounds(work) if line.state not in {"published", "cancelled"}]
    return render_template(
        "mail_desk/plain.html",
        table=table,
        status=status,
        rounds=found,
        words=letters,
        line=None,
        example=False,
    )


@blueprint.post("/mail/pause", may="mail.write")
def pause_all_mail() -> Response:
    """Pause or resume mail of all rounds, and of none."""
    return done(switched(), "plain_mail")


def _about(line: PlainLine) -> str:
    return letters.about(line.condition, line.reason, line.said)


@handed_out("plain-mail")
def _table(work: Work, _key: str = "", *, whole: bool = False) -> tuple[MailStatus, Listing]:
    """Return how mail does, and the table of the mails about no round that wait or were refused."""
    kinds = letters.kinds_in_use("others")
    states = [("queued", letters.condition("waiting")[1]), ("failed", letters.condition("failed")[1])]
    table = Table(
        title=_("E-mails outside consultations"),
        name="plain-mail",
        endpoint="secretariat.plain_mail",
        choices=[Choice("state", _("State"), states), Choice("kind", _("Kind"), list(kinds.items()))],
        columns=[
            Column("to", _("To"), lambda line: line.contact, sorts=False),
            Column("organisation", _("Organisation"), lambda line: line.organisation, only="file"),
            Column("email", _("E-mail"), lambda line: line.email, only="file"),
            Column("kind", _("Kind"), lambda line: letters.kind(line.kind), flow=True, phone="under"),
            Column(
                "state",
                _("State"),
                lambda line: letters.condition(line.condition)[1],
                sorts=False,
                phone="side",
            ),
            *moment_columns(_("When"), lambda line: line.at),
            Column("said", _("The mail server's answer"), _about, only="file"),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    found = mail.plain_list(work, wanted, {"kind": kinds})
    return mail.mail_status(work), Listing(table, wanted, found, "mail")


class TextForm(Form):
    """Subject and text of a kind of mail, in each language."""

    subject = InEachLanguage(_l("Subject"), all_required=True)
    body = InEachLanguage(_l("Text"), area=True, all_required=True)
    reader = SelectField(_l("As read by"), [Optional()], coerce=int, choices=[], validate_choice=False)

    def written(self, language: str) -> tuple[str, str]:
        """Return subject and text in one language as entered in the form."""
        return self.words_of("subject").into(language), self.words_of("body").into(language)

    def changes(self, texts: Mapping[str, MailTextView]) -> list[tuple[str, str]]:
        """Return what changes: for each language, label and whole text, as it is now and as it would be."""
        told = []
        for language, text in texts.items():
            new = services.stored(*self.written(language))
            if new != (text.subject, text.body):
                told += _both(language, (text.subject, text.body), new)
        return told

    def is_good(self, kind: str) -> bool:
        """Return whether all texts can be stored; if not, the form shows the reason beside each."""
        checked = [self._checks(kind, each) for each in offered()]  # all of them, to say all that is wrong
        return all(checked)

    def _checks(self, kind: str, language: str) -> bool:
        try:
            services.checked(kind, *self.written(language), read(service.profile).email)
        except Problem as problem:
            field = self[entry_name(self._part_of(problem, language), language)]
            field.errors = [*field.errors, say(problem)]
            return False
        return True

    def _part_of(self, problem: Problem, language: str) -> str:
        """Return the part of the form beside which a refusal is shown: `subject` or `body`."""
        if problem.code in {"mail.subject", "mail.place_subject"}:
            return "subject"
        names = str(problem.params.get("names", "")).split(", ")
        unknown = names if problem.code in {"mail.place", "mail.address"} else []
        in_subject = any(name in self.written(language)[0] for name in unknown)
        return "subject" if in_subject else "body"


class RestoreForm(Form):
    """The language whose text becomes again the one that came with the program."""

    language = StringField(validators=[InputRequired()])


def _both(language: str, now: tuple[str, str], new: tuple[str, str]) -> list[tuple[str, str]]:
    tongue = local(catalogue.tongue_name(language))
    return [
        (_("Current text, in %(language)s", language=tongue), "\n\n".join(now)),
        (_("New text, in %(language)s", language=tongue), "\n\n".join(new)),
    ]


def change(form: Form, kind: str, changed: list[tuple[str, str]], act: Callable[[Work], object]) -> bool:
    """Do what changes texts, and return whether it was done.

    Where one person does it alone, all staff and scrutineers are told, with the whole text.
    """
    if not changed:
        return True
    form.tells = lambda: [(_("Kind"), str(letters.kind(kind))), *changed]

    def do(work: Work) -> None:
        act(work)
        if not g.get("agreed"):
            said = "\n\n".join(f"{label}:\n{text}" for label, text in changed)
            told = dict.fromkeys(work.languages, f"{kind}\n\n{said}\n\n")
            staff.tell_everybody(work, "mail_text", {"who": work.actor.name, "act": told})

    return form.carries_out(do)


def _restore(key: str | None, kind: str, texts: Iterable[MailTextView]) -> None:
    """Restore the program's text in the language of the form. Problem: `mail.kind` where none is named."""
    form = RestoreForm()
    language = form.language.data or ""
    changed = [
        pair
        for text in texts
        if text.language == language
        for pair in _both(language, (text.subject, text.body), catalogue.mail_text(kind, language))
    ]

    def act(work: Work) -> None:
        services.restore_text(work, key, kind, language)

    if not (form.validate_on_submit() and change(form, kind, changed, act)):
        raise form.problem or Problem("mail.kind")


@blueprint.get("/rounds/<key>/mail/texts", may="mail.read")
def mail_texts(key: str) -> Page:
    """Show each kind of mail: when it is sent, and its text now."""
    view, table = read(_texts, key)
    return page("mail_desk/texts.html", view.round, table=table, words=letters)


@handed_out("mail-texts")
def _texts(work: Work, key: str, *, whole: bool = False) -> tuple[TextsPage, Listing]:
    """Return the texts of a round's mails, and the table of their kinds."""
    view = mail.texts_page(work, key)
    about = subject(view.round)
    return view, _table_of_texts(_("E-mail texts"), view.texts, "mail-texts", key, subject=about, whole=whole)


def _table_of_texts(
    title: str, texts: Sequence[MailTextView], name: str, key: str = "", *, subject: str, whole: bool
) -> Listing:
    """Return the table of kinds of mail: when each goes, its subject, whether its text was changed."""
    rows = [(kind, list(some)) for kind, some in groupby(texts, key=lambda text: text.kind)]
    states = {"changed": _("changed"), "": _("original")}

    def state(row: tuple[str, list[MailTextView]]) -> str:
        return "changed" if any(text.changed_at for text in row[1]) else ""

    def headed(row: tuple[str, list[MailTextView]]) -> str:
        return next((text.subject for text in row[1] if text.language == current()), "")

    return Table(
        title=title,
        name=name,
        endpoint=f"secretariat.{name.replace('-', '_')}",
        key=key,
        subject=subject,
        size=100,
        opens=True,
        search=Search(_("Kind or subject"), lambda row: f"{letters.kind(row[0])} {headed(row)}"),
        choices=[Choice("text", _("Text"), [("changed", states["changed"])], state)],
        columns=[
            Column("kind", _("Kind"), lambda row: letters.kind(row[0]), flow=True),
            Column("when", _("When it is sent"), lambda row: letters.when(row[0]), flow=True, phone="under"),
            Column("subject", _("Subject"), headed, flow=True),
            Column("text", _("Text"), lambda row: states[state(row)], phone="side"),
        ],
    ).over(rows, whole=whole)


@blueprint.route(
    "/rounds/<key>/mail/texts/<kind>", methods=["GET", "POST"], may="mail.write", two_persons="by setting"
)
def mail_text(key: str, kind: str) -> BaseResponse | Page:
    """Show one kind of mail in each language; on POST, store its texts or show a preview of them."""
    view = read(mail.texts_page, key, kind, request.values.get("reader", type=int))
    form = _form_of(view.texts)
    form.reader.choices = [(number, f"{name}: {contact}") for number, name, contact in view.readers]
    saved, shown = _sent(form, key, kind, view.texts, lambda language: _preview(key, kind, form, language))
    if saved:
        return done(
            _("Saved. E-mails that are waiting will also contain this text."), "mail_text", key=key, kind=kind
        )
    return page(
        "mail_desk/text.html",
        view.round,
        form,
        kind=kind,
        texts={text.language: text for text in view.texts},
        shown=shown,
        shown_in=request.form.get("act"),
        is_fixed=mail_kinds.find(kind).fixed_text,
        versions=read(services.versions, key, kind),
        words=letters,
    )


@blueprint.post("/rounds/<key>/mail/texts/<kind>/html", may="mail.write")
def mail_text_html(key: str, kind: str) -> flask_Response | Page:
    """Return the HTML part of a mail with a text that need not be saved, as a page of its own."""
    form = TextForm()
    if not (form.validate_on_submit() and form.is_good(kind)):
        return render_template(
            "site/problem.html", text=_first_error(form), code="mail.body", status=422
        ), 422
    language = request.form.get("act", "")
    return alone(_preview(key, kind, form, language).html)


@blueprint.post("/rounds/<key>/mail/texts/<kind>/default", may="mail.write", two_persons="by setting")
def restore_text(key: str, kind: str) -> BaseResponse:
    """Restore the text that came with the program, in one language."""
    _restore(key, kind, read(mail.texts_page, key, kind).texts)
    return done(_("The original text has been restored."), "mail_text", key=key, kind=kind)


def _preview(key: str, kind: str, form: TextForm, language: str) -> Preview:
    written = {each: form.written(each) for each in offered()}
    return read(mail.preview, key, kind, language, letters.post(), written, form.reader.data)


def _form_of(texts: Sequence[MailTextView]) -> TextForm:
    """Return the form of a kind of mail, filled with its texts as they stand."""
    return TextForm(
        data={
            part: Text({text.language: getattr(text, part) for text in texts}) for part in ("subject", "body")
        }
    )


def _sent(
    form: TextForm,
    key: str | None,
    kind: str,
    texts: Sequence[MailTextView],
    preview: Callable[[str], Preview],
) -> tuple[bool, Preview | None]:
    """Store the texts that were sent, or preview them; return whether they are stored, and the preview."""
    if not (form.validate_on_submit() and form.is_good(kind)):
        return False, None
    language = request.form.get("act", "")
    if language in offered():
        return False, preview(language)
    changed = form.changes({text.language: text for text in texts})
    return change(form, kind, changed, lambda work: _save(work, key, kind, form)), None


def _save(work: Work, key: str | None, kind: str, form: TextForm) -> None:
    for language in offered():
        services.save_text(work, key, kind, language, *form.written(language))


def _first_error(form: TextForm) -> str:
    return str(next(error for field in form for error in field.errors))


FILLED = "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}{}\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}"


@blueprint.get("/mail/texts", may="mail.read")
def plain_texts() -> str:
    """Show each kind of mail about no round: when it is sent, and its text now."""
    _all, table = read(_plain_texts_table)
    return render_template("mail_desk/plain_texts.html", table=table, words=letters, line=None, example=False)


@handed_out("plain-texts")
def _plain_texts_table(
    work: Work, _key: str = "", *, whole: bool = False
) -> tuple[Sequence[MailTextView], Listing]:
    """Return the texts of the mails about no round, and the table of their kinds."""
    texts = services.list_texts(work, None)
    title = _("Texts of e-mails outside consultations")
    return texts, _table_of_texts(title, texts, "plain-texts", subject="mail", whole=whole)


@blueprint.route("/mail/texts/<kind>", methods=["GET", "POST"], may="mail.write", two_persons="by setting")
def plain_text(kind: str) -> Response | Page:
    """Show a kind of mail about no round in each language; on POST, store its texts or preview them."""
    texts = _texts_about_no_round(kind)
    form = _form_of(texts)
    saved, shown = _sent(form, None, kind, texts, lambda language: _sample(kind, form, language))
    if saved:
        return done(
            _("Saved. E-mails that are waiting will also contain this text."), "plain_text", kind=kind
        )
    text = render_template(
        "mail_desk/plain_text.html",
        form=form,
        kind=kind,
        texts={text.language: text for text in texts},
        shown=shown,
        versions=read(services.versions, None, kind),
        words=letters,
        line=None,
        example=False,
    )
    return text, form.status


@blueprint.post("/mail/texts/<kind>/default", may="mail.write", two_persons="by setting")
def restore_plain_text(kind: str) -> Response:
    """Restore the text that came with the program, in one language."""
    _restore(None, kind, _texts_about_no_round(kind))
    return done(_("The original text has been restored."), "plain_text", kind=kind)


def _texts_about_no_round(kind: str) -> list[MailTextView]:
    found = [text for text in read(services.list_texts, None) if text.kind == kind]
    return found or abort(404)


def _sample(kind: str, form: TextForm, language: str) -> Preview:
    """Return the mail for an invented person; what is filled in for each reader stands in angle brackets."""
    places = [name for name in mail_kinds.find(kind).places if name != "link"]
    said = {code: {name: FILLED.format(letters.place(name)) for name in places} for code in offered()}
    sample = catalogue.mail_words(language)
    to = sample["sample_contact"], sample["sample_organisation"]
    return read(
        plain.shown,
        kind,
        language,
        letters.post(),
        to,
        said,
        {each: form.written(each) for each in offered()},
    )
