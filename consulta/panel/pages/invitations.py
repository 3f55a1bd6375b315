"""The invitations of a panel at the desk: answers, replacements, and lists of its people as files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import Response, flash, redirect, render_template, request, url_for
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from consulta.core.invitations import Invited
from consulta.core.problems import or_problem
from consulta.panel import guest_lists as guest_lists_acts
from consulta.panel import invitations as invitations_acts
from consulta.panel import replacements
from consulta.panel import service as panels
from consulta.panel.guest_lists import FOR_OTHERS, OWN, USUAL, ListCommand, sensitive
from consulta.panel.invitations import NAME_LONGEST, NOTE_LONGEST
from consulta.panel.pages.rules import badge, state_name
from consulta.panel.replacements import REASONS, SENTENCE_MAX, ReplaceCommand
from consulta.platform.data import attributes, catalogue
from consulta.platform.formats.delimited import write_plain
from consulta.platform.formats.letter_page import as_page
from consulta.platform.formats.workbook import Sheet
from consulta.platform.labels import name_of
from consulta.platform.messages import MESSAGES
from consulta.platform.web import dimension_words, files, letters
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import blueprint
from consulta.platform.web.downloads import calendar_file
from consulta.platform.web.fields import Boxes, Form, InEachLanguage
from consulta.platform.web.language import calendar_day, current, example_mark, language_name, local, tongue
from consulta.platform.web.request import read, write, writing
from consulta.platform.web.table import (
    Column,
    Listing,
    Search,
    Table,
    choice_among,
    handed_out,
    moment_in_file,
)
from consulta.rounds.pages import letters as letters_pages
from consulta.rounds.pages.letters import page_before
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.core.texts import Text
    from consulta.panel.guest_lists import Guest, GuestList
    from consulta.panel.invitations import GuestsPage
    from consulta.platform.models import Invitation, Message, Nominee
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act


class AnswerForm(Form):
    """Accept or decline; a person who declines may add a reason and propose another person."""

    places: ClassVar[dict[str, str]] = {"invitation.colleague": "colleague", "invitation.note": "note"}

    said = RadioField(_l("Your answer"), [InputRequired(_l("Choose one of the two answers."))])
    note = TextAreaField(_l("Something the secretariat should know"))
    colleague = StringField(_l("Name and position of the person you propose"))
    colleague_contact = StringField(_l("How to contact that person"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said.choices = [
            ("accepted", _("I accept and will take part")),
            ("declined", _("I cannot take part")),
        ]
        self.note.render_kw = {"maxlength": NOTE_LONGEST, "rows": 3}
        for field in (self.colleague, self.colleague_contact):
            field.render_kw = {"maxlength": NAME_LONGEST, "autocomplete": "off"}


class ReplaceForm(Form):
    """Why a person is replaced, for any reader to see.

    The button that sends the form says who comes instead.
    """

    places: ClassVar[dict[str, str]] = {"invitation.reason": "reason", "invitation.sentence": "said"}

    reason = RadioField(_l("Reason"), [InputRequired(_l("Choose one."))])
    said = InEachLanguage(_l("In one sentence"), render_kw={"maxlength": SENTENCE_MAX})
    version = HiddenField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reason.choices = [(each, _(MESSAGES[f"replaced.{each}"])) for each in REASONS]

    def to_command(self, take: str) -> ReplaceCommand:
        """Return the form, with the button that sent it, as a command.

        `take` is the value of the button: what is taken, and after a colon who.
        """
        way, _colon, value = take.partition(":")
        version = self.version.data or ""
        return ReplaceCommand(
            instead=value if way == "nominee" else None,
            holding="accepted" if value == "accepted" else "asked",
            reason=self.reason.data or "",
            said=self.words_of("said"),
            version=int(version) if version.isdecimal() else 0,
        )


class MarkForm(Form):
    """An answer that a person gave by telephone or another way, entered by the secretariat."""

    state = RadioField(_l("What was heard"), [InputRequired(_l("Choose one."))])
    note = TextAreaField(_l("How and from whom"), render_kw={"maxlength": NOTE_LONGEST, "rows": 3})

    def offer(self, moves: Iterable[Invited]) -> MarkForm:
        """Return this form with the states that may follow as choices."""
        self.state.choices = [(each.value, state_name(each.value)) for each in moves]
        return self


@blueprint.get("/rounds/<key>/invitations", may="invitations.read")
def invitations(key: str) -> str:
    """Show the invitations, how the panel stands against its rules, and the next thing to do."""
    view, table = read(_table, key)
    return render_template(
        "invitations/desk.html",
        view=view,
        table=table,
        line=view.round,
        badge=badge,
        mail_badge=mail_badge,
        may_print=letters.are_available(),
        example=view.round.example,
    )


@handed_out("guests")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[GuestsPage, Listing]:
    """Return the invitations of a round, and the table of the people."""
    view = invitations_acts.page(work, key)

    def named(part: str) -> Callable[[Invitation], str]:
        return lambda each: local(name_of(part, getattr(each.nominee, part)))

    table = Table(
        title=_("The people"),
        name="guests",
        endpoint="secretariat.invitations",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Name or institution"), lambda each: f"{each.nominee.name} {each.nominee.organisation}"
        ),
        choices=[
            choice_among(
                "answer",
                _("Answer"),
                view.guests,
                lambda each: (each.state, state_name(each.state)),
            )
        ],
        columns=[
            Column("name", _("Name"), lambda each: each.nominee.name, flow=True),
            Column("institution", _("Institution"), lambda each: each.nominee.organisation, only="file"),
            Column("role", _("Role"), named("role"), flow=True, phone="under"),
            Column("country", _("Country"), named("country"), flow=True),
            Column("answer", _("Answer"), lambda each: state_name(each.state), phone="side"),
            moment_in_file(lambda each: each.changed_at),
            Column("mail", _("Mail"), lambda each: _mail_said(each.nominee, view.mails.get(each.id))),
        ],
        opens=True,
    )
    return view, table.over(view.guests, whole=whole)


def _mail_said(nominee: Nominee, mail: Message | None) -> str:
    """Return how mail to a person does, or why none can go."""
    if not nominee.email:
        return _("no address")
    if not nominee.consent_contact:
        return _("has not agreed")
    return mail_badge(mail)[1] if mail else ""


@blueprint.post("/rounds/<key>/invitations/take-over", may="invitations.write")
def take_over(key: str) -> BaseResponse:
    """Bring the invitations up to date with the panel as decided last, and show the mails to be sent."""
    with writing() as work:
        came, left = invitations_acts.take_over(work, key)
        view = invitations_acts.page(work, key)
    flash(_("The list follows the panel: %(came)s new, %(left)s replaced.", came=came, left=left))
    return redirect(url_for("secretariat.invite", key=key), 303) if view.due == "invite" else _back(key)


@blueprint.route("/rounds/<key>/invitations/invite", methods=["GET", "POST"], may="invitations.write")
def invite(key: str) -> BaseResponse | tuple[str, int]:
    """Write to all who are proposed, after saying to how many."""

    def said(count: int) -> str:
        return ngettext("%(num)s invitation is on its way.", "%(num)s invitations are on their way.", count)

    return _write(key, invitations_acts.inviting, _("Invite the panel"), invitations_acts.invite, said)


@blueprint.route("/rounds/<key>/invitations/remind", methods=["GET", "POST"], may="invitations.write")
def remind_panel(key: str) -> BaseResponse | tuple[str, int]:
    """Write to those who have not answered, after saying to how many."""

    def said(count: int) -> str:
        return ngettext("%(num)s reminder is on its way.", "%(num)s reminders are on their way.", count)

    return _write(key, invitations_acts.reminding, _("Remind the panel"), invitations_acts.remind, said)


@blueprint.route("/rounds/<key>/invitations/tell", methods=["GET", "POST"], may="invitations.write")
def tell_panel(key: str) -> BaseResponse | tuple[str, int]:
    """Write to those who come that the session has changed, after saying to how many."""
    title = _("Inform the panel that the session has changed")
    return _write(key, invitations_acts.telling, title, invitations_acts.tell, _messages)


@blueprint.route("/rounds/<key>/invitations/replaced", methods=["GET", "POST"], may="invitations.write")
def tell_replaced(key: str) -> BaseResponse | tuple[str, int]:
    """Write to those who were invited that the published panel was replaced, after saying to how many."""
    title = _("Inform invited people that the panel was replaced")
    return _write(key, invitations_acts.replacing, title, invitations_acts.tell_replaced, _messages)


def _messages(count: int) -> str:
    return ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)


def _write(
    key: str,
    readers: Act,
    title: str,
    act: Callable[[Work, str], int],
    said: Callable[[int], str],
) -> BaseResponse | tuple[str, int]:
    """Return the page that says to how many an act writes; on its button, do it and say what was done."""
    back = url_for("secretariat.invitations", key=key), _("Invitations to the panel")
    return page_before(key, readers, title, back, lambda: said(write(act, key)))


@blueprint.post("/rounds/<key>/invitations/hold", may="invitations.write")
def hold_answers(key: str) -> BaseResponse:
    """Set the rules of the panel to hold people who accepted and bar people who declined; open them."""
    write(replacements.hold_answers, key)
    flash(_("The rules now hold who accepted and keep out who declined. Change the others, and choose."))
    return redirect(url_for("secretariat.panel_rules", key=key), 303)


@blueprint.post("/rounds/<key>/invitations/attended", may="invitations.write")
def attended_panel(key: str) -> BaseResponse:
    """Write down who took part in the session."""
    count = write(invitations_acts.attended, key, request.form.getlist("number", type=int))
    flash(
        ngettext("Written down: %(num)s person took part.", "Written down: %(num)s people took part.", count)
    )
    return _back(key)


@blueprint.post("/rounds/<key>/invitations/agreed", may="nominees.write")
def agreed_to_mail(key: str) -> BaseResponse:
    """Write down which people agreed to be written to."""
    count = write(invitations_acts.agreed, key, request.form.getlist("number", type=int))
    flash(
        ngettext(
            "Written down: %(num)s person agrees to be written to.",
            "Written down: %(num)s people agree to be written to.",
            count,
        )
    )
    return _back(key)


@blueprint.get("/rounds/<key>/invitations/<int:number>", may="invitations.read")
def invitation(key: str, number: int) -> str:
    """Show one invitation: its steps, its mails, and what can be done with it."""
    return _guest_page(key, number, MarkForm(formdata=None))


@blueprint.post("/rounds/<key>/invitations/<int:number>/mark", may="invitations.write")
def mark_invitation(key: str, number: int) -> BaseResponse | tuple[str, int]:
    """Record an answer that a person gave by telephone or another way."""
    form = MarkForm().offer(each for each in Invited if each not in invitations_acts.NOT_BY_HAND)
    state, note = form.state.data or "", form.note.data or ""
    if form.does(lambda work: invitations_acts.mark(work, key, number, state, note)):
        flash(_("Written down."))
        return redirect(url_for("secretariat.invitation", key=key, number=number), 303)
    return _guest_page(key, number, form), form.status


@blueprint.post("/rounds/<key>/invitations/<int:number>/replace", may="invitations.write")
def replace_guest(key: str, number: int) -> BaseResponse | tuple[str, int]:
    """Give the place of a person who declined or did not answer to another person.

    What it does, and to whom mail goes, is shown first and must be confirmed.
    """
    form = ReplaceForm()
    take = request.form.get("take", "")
    command = form.to_command(take)
    sure = "sure" in request.form

    def act() -> None:
        if sure:
            _replace(key, number, command)
        else:
            read(replacements.check, key, number, command)

    if form.validate_on_submit() and form.accepts(act):
        return _back(key) if sure else (_before_replacing(key, number, form, command), 200)
    return _guest_page(key, number, MarkForm(formdata=None), form), form.status


@blueprint.post("/rounds/<key>/invitations/<int:number>/invite", may="invitations.write")
def invite_again(key: str, number: int) -> BaseResponse:
    """Write to one person, with a new link."""
    write(invitations_acts.invite, key, number)
    flash(_("The invitation is on its way."))
    return redirect(url_for("secretariat.invitation", key=key, number=number), 303)


@blueprint.route(
    "/rounds/<key>/invitations/letters.pdf", methods=["GET", "POST"], may="invitations.export", password=True
)
def invitation_letters(key: str) -> BaseResponse:
    """Return the letters of all people on the panel, or of one, as a PDF to print.

    Taking them out is recorded by a form; the worker makes the file, and its page asks again by itself.
    Problems: those of `letters.drawn`.
    """
    number = request.values.get("number", type=int)
    if request.method == "POST":
        write(invitations_acts.export_letters, key, number)
        if letters.are_queued():
            return redirect(url_for("secretariat.invitation_letters", key=key, number=number), 303)
    pages = read(invitations_acts.letters, key, letters_pages.post(), number)
    content = letters.drawn(as_page(pages, _("Letters of invitation")), catalogue.letter_style())
    return letters.as_pdf(content, f"{key}-{tongue().files['letters']}{f'-{number}' if number else ''}.pdf")


@blueprint.get("/rounds/<key>/invitations/session.ics", may="invitations.read")
def session_entry(key: str) -> Response:
    """Return the session as a calendar entry."""
    content = read(invitations_acts.entry, key, current(), letters_pages.post())
    return calendar_file(content)


def mail_badge(mail: Message) -> tuple[str, str]:
    """Return the state of a mail to an invited person as a badge: shape and word."""
    return letters_pages.condition(
        "retrying" if mail.state == "queued" and mail.attempts else _CONDITION[mail.state]
    )


_CONDITION = {"queued": "waiting", "sent": "sent", "failed": "failed", "cancelled": "cancelled"}


def _guest_page(key: str, number: int, form: MarkForm, replacing: ReplaceForm | None = None) -> str:
    view = read(invitations_acts.guest, key, number)
    if replacing is None:
        usual = {"reason": view.guest.state} if view.free else {}
        replacing = ReplaceForm(formdata=None, data=usual | {"version": view.panel_version})
    elif view.free:  # what is chosen now is chosen from what this page shows now
        replacing.version.data = str(view.panel_version)
    return render_template(
        "invitations/invitation.html",
        view=view,
        line=view.round,
        guest=view.guest,
        form=form.offer(view.moves),
        replacing=replacing,
        badge=badge,
        mail_badge=mail_badge,
        letters=letters_pages,
        may_print=letters.are_available(),
        example=view.round.example,
    )


def _before_replacing(key: str, number: int, form: ReplaceForm, command: ReplaceCommand) -> str:
    """Return the page that shows what a replacement would do, of one that is possible."""
    view = read(invitations_acts.guest, key, number)
    free = or_problem(view.free, "invitation.settled", name=view.guest.nominee.name)
    again = {each.holding: each for each in free.again}
    return render_template(
        "invitations/replace.html",
        view=view,
        line=view.round,
        guest=view.guest,
        one=next((each for each in free.substitutes if each.person.key == command.instead), None),
        again=None if command.instead else again.get(command.holding, free.again[0]),
        take=request.form.get("take", ""),
        form=form,
        example=view.round.example,
    )


def _replace(key: str, number: int, command: ReplaceCommand) -> None:
    done = panels.searched_first(lambda: write(replacements.replace_guest, key, number, command))
    flash(
        _(
            "The panel is decided anew. New on it: %(came)s; no longer on it: %(left)s.",
            came=", ".join(done.came),
            left=", ".join(done.left),
        )
    )
    if done.written:
        flash(_("The invitation is on its way."))
    elif command.instead is not None:
        flash(_("Mail may not go to this person: ask by telephone, and write the answer down."), "warn")


def _back(key: str) -> BaseResponse:
    return redirect(url_for("secretariat.invitations", key=key), 303)


LABELS = {
    "address_form": _l("Form of address"),
    "name": _l("Name"),
    "given_name": _l("Given name"),
    "family_name": _l("Family name"),
    "post": _l("Post"),
    "organisation": _l("Institution"),
    "role": _l("Role"),
    "country": _l("Country"),
    "subregion": _l("Subregion"),
    "sector": _l("Sector"),
    "language": _l("Language"),
    "email": _l("E-mail"),
    "phone": _l("Telephone"),
    "answer_by": _l("Answer by"),
    "state": _l("Answer"),
    "topic": _l("Topic"),
    "gender": _l("Gender"),
}
ANSWERS = {
    "all": _l("the whole panel"),
    "accepted": _l("who has accepted"),
    "waiting": _l("who has not answered"),
    "reserves": _l("who is asked to hold the date"),
}
"""Of whom a list is; those asked to hold the date are on the secretariat's own list alone."""
TITLES = {
    "own": _l("Invitation list"),
    "participants": _l("List of the panel for those who take part"),
    "governments": _l("List of the panel for governments"),
}
SHEETS = {"own": _l("Invitations"), "participants": _l("Participants"), "governments": _l("Governments")}
INDICO = ("indico_invitations", "indico_registrations")


class ListForm(Form):
    """The secretariat's own list: of whom, with which columns."""

    places: ClassVar[dict[str, str]] = {"list.columns": "columns"}

    purpose = HiddenField(default="own")
    answer = RadioField(_l("Of whom"), [InputRequired()], default="all")
    columns = Boxes(_l("Columns"), default=list(USUAL))
    gender = BooleanField(_l("Gender too, as the people said it"))

    more = Boxes(_l("What else people said of themselves"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.more.choices = [(key, _label(key)) for key in sensitive() if key != attributes.GENDER]
        self.answer.choices = [(key, str(label)) for key, label in ANSWERS.items()]
        self.columns.choices = [(key, str(LABELS[key])) for key in OWN]

    def to_command(self, kind: str) -> ListCommand:
        """Return the list that the form asks for.

        A request that names only a kind of file gets the usual list of the whole panel.
        """
        purpose = self.purpose.data or "own"
        if purpose != "own":
            return ListCommand(purpose, self.answer.data or "all", FOR_OTHERS)
        if "purpose" not in request.form:
            return ListCommand(mailable=kind in INDICO)
        chosen = (*(self.columns.data or ()), *(self.more.data or ()))
        if self.gender.data:
            chosen += (attributes.GENDER,)
        if kind in INDICO:  # its columns are its own
            chosen = ("name", "organisation", "role", "email")
        return ListCommand("own", self.answer.data or "", chosen, mailable=kind in INDICO)


@blueprint.get("/rounds/<key>/invitations/lists", may="invitations.read")
def guest_lists(key: str) -> str:
    """Show which lists of the panel can be downloaded, and who would not be on them."""
    return _page(key, ListForm(formdata=None))


@blueprint.post("/rounds/<key>/invitations", may="invitations.export", password=True)
def invitations_file(key: str) -> Response | tuple[str, int]:
    """Return a list of the panel: a workbook, CSV, or one of the two layouts that Indico imports."""
    form = ListForm()
    kind = request.form.get("kind", "xlsx")
    usual = "purpose" not in request.form
    if (usual or form.validate()) and form.accepts(
        lambda: write(guest_lists_acts.guest_list, key, form.to_command(kind))
    ):
        return _file(form.outcome, kind)
    return _page(key, form), form.status


def _page(key: str, form: ListForm) -> str:
    view = read(guest_lists_acts.lists_page, key)
    return render_template(
        "invitations/lists.html", view=view, key=key, form=form, answers=ANSWERS, example=view.example
    )


def _file(guests: GuestList, kind: str) -> Response:
    if kind in INDICO:
        name = f"{guests.round_key}-{kind.replace('_', '-')}-{guests.made_at:%Y%m%dT%H%MZ}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        rows = [_for_indico(guest, kind) for guest in guests.guests]
        return Response(write_plain(rows), mimetype="text/csv", headers=headers)
    return files.as_file(export(guests), files.kind_of(kind))


def _for_indico(guest: Guest, kind: str) -> tuple[str, ...]:
    """Return a row in a layout that Indico imports.

    A name whose parts are not known is split after its first word: no rule says where the family name begins.
    """
    first, _space, last = (guest.name if guest.is_person else guest.delegate).partition(" ")
    if guest.given_name and guest.family_name:
        first, last = guest.given_name, guest.family_name
    who = (first, last or first, guest.organisation)
    if kind == "indico_invitations":
        return (*who, guest.email)
    return (*who, guest.post or local(guest.role), guest.phone, guest.email)


def export(guests: GuestList) -> files.Export:
    """Return the list as a table to download, named after its round and the version of the panel."""
    command = guests.command
    facts = [
        (_("Consultation"), f"{guests.round_key}, {local(guests.title)}"),
        (_("Panel"), _("version %(version)s", version=guests.panel_version)),
        (_("Of whom"), str(ANSWERS[command.answer])),
        (_("People left out"), _left_out(guests)),
        (_("Made by"), guests.made_by),
    ]
    if guests.example:
        facts.append((example_mark(), _("The organisations, people and results shown here are invented.")))
    name = "invitations" if command.purpose == "own" else command.purpose
    topic = "; ".join(local(title) for title in guests.topics)
    return files.Export(
        stem=f"{guests.round_key}-panel-{guests.panel_version}-{tongue().files[name]}",
        title=str(TITLES[command.purpose]),
        sheet=Sheet(
            str(SHEETS[command.purpose]),
            tuple(map(_label, command.columns)),
            tuple(
                tuple(_cell(guests, number, topic, column) for column in command.columns)
                for number in range(len(guests.guests))
            ),
        ),
        made_at=guests.made_at,
        facts=tuple(facts),
    )


def _left_out(guests: GuestList) -> str:
    if not guests.left_out:
        return _("no one")
    reason = {
        "participants": _("did not agree to be on lists that go to those who take part"),
        "governments": _("did not agree to be named to governments"),
    }[guests.command.purpose]
    return f"{guests.left_out}: {reason}"


_TEXTS: Mapping[str, Callable[[Guest], Text]] = {
    "role": lambda guest: guest.role,
    "country": lambda guest: guest.country,
    "subregion": lambda guest: guest.subregion,
    "sector": lambda guest: guest.sector,
}


def _label(column: str) -> str:
    """Return the heading of a column of a list."""
    if column in LABELS:
        return str(LABELS[column])
    return dimension_words.own(column.removeprefix(attributes.PREFIX))


def _cell(guests: GuestList, number: int, topic: str, column: str) -> str:
    guest = guests.guests[number]
    if column in guests.personal:
        answer = guests.personal[column][number]
        return local(answer) if answer else ""
    if column in _TEXTS:
        return local(_TEXTS[column](guest))
    plain = {
        "address_form": guest.address_form,
        "name": guest.name,
        "given_name": guest.given_name,
        "family_name": guest.family_name,
        "post": guest.post,
        "phone": guest.phone,
        "answer_by": calendar_day(guests.answer_by) if guests.answer_by else "",
        "organisation": guest.organisation,
        "language": language_name(guest.language),
        "email": guest.email,
        "state": state_name(guest.state),
        "topic": topic,
    }
    return plain[column]
