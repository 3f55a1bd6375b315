"""The forms by which a practice is made and deleted."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, ClassVar

from flask import current_app, redirect, render_template, request, url_for
from flask.sessions import SecureCookieSessionInterface
from wtforms import SelectField, StringField, ValidationError
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, Optional

from consulta.accounts.pages import sign_in
from consulta.core.problems import or_problem
from consulta.operations import practice as practice_acts
from consulta.operations.practice import TITLE_MAX, PracticeCommand
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done
from consulta.platform.web.fields import Boxes, Form
from consulta.platform.web.language import current, offered
from consulta.platform.web.request import cookie_name, house, now, read, reading, write
from consulta.rounds import service as rounds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from werkzeug.wrappers import Response
    from wtforms import Field

    from consulta.operations.practice import FoundMembers
    from consulta.platform.models import Staff
    from consulta.rounds.values import RoundLine

BELONGS_TO = "practice"


DIGITS = 9


class PracticeForm(Form):
    """What a practice is called, whose themes it takes, and who votes in it."""

    places: ClassVar[dict[str, str]] = {"practice.title": "title", "round.unknown": "source"}

    title = StringField(_l("Title"), [InputRequired(), Length(max=TITLE_MAX)])
    source = SelectField(_l("Themes, questions and rules"), [Optional()])
    staff = Boxes(_l("People of the team who vote"))
    search = StringField(_l("Words of an organisation's name"), [Optional(), Length(max=300)])
    members = Boxes(_l("Organisations that vote too"))

    def offer(self, rounds: Iterable[RoundLine], team: Sequence[Staff], found: FoundMembers) -> None:
        """Offer rounds, the team, which is ticked whole, and organisations that are chosen or found."""
        self.source.choices = [
            SelectChoice("", _("Those of the example, with invented nominees")),
            *(
                SelectChoice(each.key, _("As in %(title)s", title=each.title.best(*offered())))
                for each in rounds
            ),
        ]
        self.staff.choices = [(str(each.id), each.name or each.email) for each in team]
        self.staff.flags.sometimes = True
        if not self.is_submitted():
            self.staff.data = [str(each.id) for each in team]
        self.members.choices = [
            (str(each.id), practice_acts.written(each)) for each in (*found.chosen, *found.found)
        ]
        self.members.flags.sometimes = True

    @property
    def finds(self) -> bool:
        """Return whether the button that looks organisations up was pressed: then nothing is made."""
        return self.is_submitted() and "find" in request.form

    @property
    def chosen(self) -> tuple[int, ...]:
        """Return the numbers of the organisations that were ticked."""
        return tuple(
            int(each) for each in self.members.data or () if each.isdecimal() and len(each) <= DIGITS
        )

    @property
    def command(self) -> PracticeCommand:
        """Return what the form says."""
        return PracticeCommand(
            title=self.title.data or "",
            source=self.source.data or "",
            staff=tuple(int(each) for each in self.staff.data or ()),
            members=self.chosen,
        )


class DeleteForm(Form):
    """Asks for the title of the practice that is about to be deleted."""

    typed = StringField(_l("Title of the practice"), [InputRequired()], render_kw={"autocomplete": "off"})

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = expected

    def validate_typed(self, field: Field) -> None:
        """Raise ValidationError where the text typed is not the title of the practice."""
        if " ".join((field.data or "").split()) != self.expected:
            raise ValidationError(
                _("This is not the title of the practice; it is %(title)s.", title=self.expected)
            )


@blueprint.route("/practice", methods=["GET", "POST"], may="rounds.read")
def practice() -> Response | Page:
    """Show the practice that there is, or the form that asks for one."""
    form = PracticeForm()
    with reading() as work:
        view = practice_acts.look(work)
        members = practice_acts.members_of(work, view) if view else []
        found = practice_acts.find_members(work, form.search.data or "", form.chosen)
        form.offer(rounds.list_rounds(work), practice_acts.team(work), found)
    if not form.finds and form.does(lambda work: practice_acts.ask(work, form.command, secrets.token_bytes)):
        return done(_("The practice is being made: this takes some seconds."), "practice")
    return render_template(
        "practice/practice.html",
        form=form,
        view=view,
        members=members,
        found=found,
        finds=form.finds,
        address=practice_acts.address(house().settings.base_url, view.key) if view else "",
        inside=house().settings.practice,
    ), form.status


@blueprint.post("/practice/enter", may="rounds.read")
def enter_practice() -> Response:
    """Open a session in the practice for the person who is signed in here, and go there."""
    settings = house().settings
    with reading() as work:
        view = or_problem(practice_acts.look(work), "practice.unknown")
        account = practice_acts.account(work, view.key)
    token, number = practice_acts.enter(settings, view.key, account, now())
    own = practice_acts.settings_of(settings, view.key)
    response = redirect(f"{own.base_url.removeprefix(settings.origin)}/{current()}/secretariat/", 303)
    held = {"staff": token, "staff_seen": int(now().timestamp()), "staff_id": number}
    interface = SecureCookieSessionInterface()
    signed = interface.get_signing_serializer(current_app)
    assert signed is not None  # noqa: S101 - the application has a secret: `Settings`
    response.set_cookie(
        cookie_name(own),
        signed.dumps(held),
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
        path="/",
    )
    sign_in.give(response, account.email, own)
    write(practice_acts.entered, view.key)
    return response


@blueprint.route("/practice/delete", methods=["GET", "POST"], may="rounds.write")
def delete_practice() -> Response | Page:
    """Delete the practice with all that is in it, after saying what that is."""
    view = read(practice_acts.look)
    if view is None:
        return redirect(url_for("secretariat.practice"), 303)
    form = DeleteForm(expected=view.title)
    if form.does(lambda work: practice_acts.delete(work, view.key)):
        return done(_("The practice is deleted: no address of it works any more."), "practice")
    return render_template("practice/delete.html", form=form, view=view), form.status
