"""The invitations of a panel at the desk, and the form of an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import HiddenField, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired

from consulta.core.invitations import Invited
from consulta.core.problems import or_problem
from consulta.panel import invitations as invitations_acts
from consulta.panel import replacements
from consulta.panel import service as panels
from consulta.panel.invitations import NAME_LONGEST, NOTE_LONGEST
from consulta.panel.pages.panels import item_of
from consulta.panel.pages.pictures import badge, state_name
from consulta.panel.replacements import REASONS, SENTENCE_MAX, ReplaceCommand
from consulta.platform.data import catalogue
from consulta.platform.formats.letter_page import as_page
from consulta.platform.messages import MESSAGES
from consulta.platform.web import letters
from consulta.platform.web.desk import blueprint
from consulta.platform.web.downloads import calendar_file
from consulta.platform.web.fields import Form, InEachLanguage
from consulta.platform.web.language import current, local, tongue
from consulta.platform.web.request import read, writing
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
    from collections.abc import Callable, Iterable

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.panel.invitations import GuestLine, GuestMail, GuestsPage
    from consulta.platform.work import Work
    from consulta.rounds.letters.mass_mail import Act


class AnswerForm(Form):
    """Accept or decline; a person who declines may add a reason and propose another person."""

    places: ClassVar[dict[str, str]] = {"invitation.colleague": "colleague", "invitation.note": "note"}

    said = RadioField(_l("Your answer"), [InputRequired(_l("Choose one of the two answers."))])
    note = TextAreaField(_l("Something the secretariat should know"))
    colleague = StringField(_l("Name and office of the person you propose"))
    colleague_contact = StringField(_l("How to reach that person"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said.choices = [
            ("accepted", _("I accept and will take part")),
            ("declined", _("I cannot take part")),
        ]
        self.note.render_kw = {"maxlength": NOTE_LONGEST, "rows": 3}
        for field in (self.colleague, self.colleague_contact):
            field.render_kw = {"maxlength": NAME_LONGEST, "autocomplete": "off"}


DONE = ("accepted", "attended")


class Next(NamedTuple):
    """The next thing to do with the invitations: what, why, and the button that does it, or leads there."""

    title: str
    text: str
    label: str = ""  # "" where there is nothing to press
    url: str = ""
    posts: bool = False


class ReplaceForm(Form):
    """Why a person is replaced, for any reader to see.

    The button that sends the form says who comes instead.
    """

    places: ClassVar[dict[str, str]] = {"invitation.reason": "reason", "invitation.sentence": "said"}

    reason = RadioField(_l("Reason"), [InputRequired(_l("Choose one."))])
    said = InEachLanguage(_l("In a sentence"), render_kw={"maxlength": SENTENCE_MAX})
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
        due=due(view),
        standing=[item_of(each.rule, each.waiting, is_open=each.is_open) for each in view.standing],
        badge=badge,
        mail_badge=mail_badge,
        may_print=letters.are_available(),
        example=view.example,
    )


@handed_out("guests")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[GuestsPage, Listing]:
    """Return the invitations of a round, and the table of the people."""
    view = invitations_acts.page(work, key)
    table = Table(
        title=_("The people"),
        name="guests",
        endpoint="secretariat.invitations",
        key=key,
        subject=subject(view.round),
        search=Search(_("Name or institution"), lambda guest: f"{guest.name} {guest.institution}"),
        choices=[
            choice_among(
                "answer",
                _("Answer"),
                view.guests,
                lambda guest: (guest.state.value, state_name(guest.state.value)),
            )
        ],
        columns=[
            Column("name", _("Name"), lambda guest: guest.name, flow=True),
            Column("institution", _("Institution"), lambda guest: guest.institution, only="file"),
            Column("role", _("Role"), lambda guest: local(guest.role), flow=True, phone="under"),
            Column("country", _("Country"), lambda guest: local(guest.country), flow=True),
            Column("answer", _("Answer"), lambda guest: state_name(guest.state.value), phone="side"),
            moment_in_file(lambda guest: guest.since),
            Column("mail", _("Mail"), _mail_said),
        ],
        opens=True,
    )
    return view, table.over(view.guests, whole=whole)


def _mail_said(guest: GuestLine) -> str:
    """Return how mail to a person does, or why none can go."""
    if not guest.email:
        return _("no address")
    if not guest.agrees:
        return _("has not agreed")
    return mail_badge(guest.mail)[1] if guest.mail else ""


@blueprint.post("/rounds/<key>/invitations/take-over", may="invitations.write")
def take_over(key: str) -> BaseResponse:
    """Bring the invitations in step with the panel as decided last, and go on where they are sent."""
    with writing() as work:
        came, left = invitations_acts.take_over(work, key)
        view = invitations_acts.page(work, key)
    flash(_("Taken over from the panel. New: %(came)s; replaced: %(left)s.", came=came, left=left))
    step, to_invite = due(view), url_for("secretariat.invite", key=key)
    return redirect(to_invite, 303) if step and step.url == to_invite else _back(key)


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

    def said(count: int) -> str:
        return ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)

    title = _("Tell the panel that the session has changed")
    return _write(key, invitations_acts.telling, title, invitations_acts.tell, said)


@blueprint.route("/rounds/<key>/invitations/replaced", methods=["GET", "POST"], may="invitations.write")
def tell_replaced(key: str) -> BaseResponse | tuple[str, int]:
    """Write to those who were invited that the published panel was replaced, after saying to how many."""

    def said(count: int) -> str:
        return ngettext("%(num)s message is on its way.", "%(num)s messages are on their way.", count)

    title = _("Tell who was invited that the panel was replaced")
    return _write(key, invitations_acts.replacing, title, invitations_acts.tell_replaced, said)


def _write(
    key: str,
    readers: Act,
    title: str,
    act: Callable[[Work, str], int],
    said: Callable[[int], str],
) -> BaseResponse | tuple[str, int]:
    """Return the page that says to how many an act writes; on its button, do it and say what was done."""

    def write() -> str:
        with writing() as work:
            return said(act(work, key))

    return page_before(key, readers, title, _to_invitations(key), write)


@blueprint.post("/rounds/<key>/invitations/hold", may="invitations.write")
def hold_answers(key: str) -> BaseResponse:
    """Set the rules of the panel to hold people who accepted and bar people who declined; open them."""
    with writing() as work:
        replacements.hold_answers(work, key)
    flash(_("The rules now hold who accepted and keep out who declined. Change the others, and choose."))
    return redirect(url_for("secretariat.panel_rules", key=key), 303)


@blueprint.post("/rounds/<key>/invitations/attended", may="invitations.write")
def attended_panel(key: str) -> BaseResponse:
    """Write down who took part in the session."""
    with writing() as work:
        count = invitations_acts.attended(work, key, request.form.getlist("number", type=int))
    flash(
        ngettext("Written down: %(num)s person took part.", "Written down: %(num)s people took part.", count)
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
    if form.validate_on_submit() and form.accepts(lambda: _mark(key, number, form)):
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
    act = _replace if sure else _check
    if form.validate_on_submit() and form.accepts(lambda: act(key, number, command)):
        return _back(key) if sure else (_before_replacing(key, number, form, command), 200)
    return _guest_page(key, number, MarkForm(formdata=None), form), form.status


@blueprint.post("/rounds/<key>/invitations/<int:number>/invite", may="invitations.write")
def invite_again(key: str, number: int) -> BaseResponse:
    """Write to one person, with a new link."""
    with writing() as work:
        invitations_acts.invite(work, key, number)
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
        with writing() as work:
            invitations_acts.export_letters(work, key, number)
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


def mail_badge(mail: GuestMail) -> tuple[str, str]:
    """Return the state of a mail to an invited person as a badge: shape and word."""
    return letters_pages.condition(
        "retrying" if mail.state == "queued" and mail.attempts else _CONDITION[mail.state]
    )


_CONDITION = {"queued": "waiting", "sent": "sent", "failed": "failed", "cancelled": "cancelled"}


def due(view: GuestsPage) -> Next | None:
    """Return the next thing to do with the invitations.

    None where all people asked have accepted. Once the session has begun or is cancelled, only people
    who do not know its newest date, place or state are still to be told.
    """
    key = view.round.key
    if view.over:  # news of a session that was cancelled are told all the same
        return _asking_due(view, key) if view.untold or view.unaware else None
    for step in (_panel_due, _asking_due, _waiting_due):
        if (found := step(view, key)) is not None:
            return found
    return None


def _panel_due(view: GuestsPage, key: str) -> Next | None:
    if view.panel_version is None:
        return Next(
            _("Choose the panel"),
            _("Invitations go to the people of a panel; there is none yet."),
            _("Go to the panel"),
            url_for("secretariat.panel", key=key),
        )
    if view.come or view.leave:
        return Next(
            _("Take over the panel as it was decided"),
            _("The list of invitations follows the panel, version %(version)s.", version=view.panel_version),
            _("Take over"),
            url_for("secretariat.take_over", key=key),
            posts=True,
        )
    return None


def _asking_due(view: GuestsPage, key: str) -> Next | None:
    if view.unaware:
        return Next(
            _("Tell who was invited that the panel was replaced"),
            ngettext(
                "%(num)s invited person was on a version that was replaced, and was not told.",
                "%(num)s invited people were on a version that was replaced, and were not told.",
                view.unaware,
            ),
            _("Write to them"),
            url_for("secretariat.tell_replaced", key=key),
        )
    if view.untold:
        return Next(
            _("Tell the panel that the session has changed"),
            ngettext(
                "%(num)s person does not know its newest date, place or state yet.",
                "%(num)s people do not know its newest date, place or state yet.",
                view.untold,
            ),
            _("Write to them"),
            url_for("secretariat.tell_panel", key=key),
        )
    proposed = view.unasked
    if proposed and view.session is None:
        return Next(
            _("Write down the session"),
            _("So that the invitations say when and where. Or invite now and tell the date later, below."),
            _("Go to the session"),
            url_for("secretariat.dialogue", key=key),
        )
    if proposed:
        return Next(
            _("Invite the panel"),
            ngettext(
                "%(num)s person gets a mail with the letter, the calendar's entry and a personal link.",
                "%(num)s people get a mail each, with the letter, the calendar's entry and a personal link.",
                proposed,
            ),
            _("Invite"),
            url_for("secretariat.invite", key=key),
        )
    return None


def _waiting_due(view: GuestsPage, key: str) -> Next | None:
    declined = next((place for place in view.free if place.reason == "declined"), None)
    if declined is not None:
        return Next(
            _("Find a person for a place that became free"),
            _("%(name)s declined.", name=declined.name),
            _("See who can take it"),
            url_for("secretariat.invitation", key=key, number=declined.number),
        )
    if view.unreached:
        first = view.unreached[0]
        return Next(
            _("Reach a person by another way"),
            _(
                "Mail cannot or may not reach %(name)s. Ask by telephone, and write it down.",
                name=first.name,
            ),
            _("See the invitation"),
            url_for("secretariat.invitation", key=key, number=first.number),
        )
    waiting = view.count("invited", "opened", "no_answer")
    if waiting and not view.remindable:
        return Next(
            _("Wait for the answers"),
            ngettext("%(num)s person has not answered.", "%(num)s people have not answered.", waiting),
        )
    if waiting:
        return Next(
            _("Wait for the answers"),
            ngettext(
                "%(num)s person has not answered. A person who had a mail within the last hours is not"
                " reminded.",
                "%(num)s people have not answered. A person who had a mail within the last hours is not"
                " reminded.",
                waiting,
            ),
            _("Remind them"),
            url_for("secretariat.remind_panel", key=key),
        )
    return None


def _guest_page(key: str, number: int, form: MarkForm, replacing: ReplaceForm | None = None) -> str:
    view = read(invitations_acts.guest, key, number)
    if replacing is None:
        usual = {"reason": view.free.reason} if view.free else {}
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
        words=letters_pages,
        may_print=letters.are_available(),
        example=view.example,
    )


def _mark(key: str, number: int, form: MarkForm) -> None:
    with writing() as work:
        invitations_acts.mark(work, key, number, form.state.data or "", form.note.data or "")


def _check(key: str, number: int, command: ReplaceCommand) -> None:
    read(replacements.check, key, number, command)


def _before_replacing(key: str, number: int, form: ReplaceForm, command: ReplaceCommand) -> str:
    """Return the page that shows what a replacement would do, of one that is possible."""
    view = read(invitations_acts.guest, key, number)
    free = or_problem(view.free, "invitation.settled", name=view.guest.name)
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
        example=view.example,
    )


def _replace(key: str, number: int, command: ReplaceCommand) -> None:
    def act() -> replacements.Replaced:
        with writing() as work:
            return replacements.replace_guest(work, key, number, command)

    done = panels.searched_first(act)
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


def _to_invitations(key: str) -> tuple[str, str]:
    return url_for("secretariat.invitations", key=key), _("Invitations to the panel")


def _back(key: str) -> BaseResponse:
    return redirect(url_for("secretariat.invitations", key=key), 303)
