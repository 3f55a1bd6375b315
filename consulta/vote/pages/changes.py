"""A form for what changes who may vote: with the reason, and the password with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from flask import g, request
from wtforms import SelectField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired, Length, Optional

from consulta.core.problems import Problem
from consulta.platform.labels import name_of
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import ConfirmedForm, InEachLanguage, beside, own_password
from consulta.platform.web.language import local
from consulta.platform.web.request import house, read, reading
from consulta.vote.changes import registrations
from consulta.vote.changes import registrations as registrations_acts
from consulta.vote.changes import service as access_changes
from consulta.vote.changes import service as services
from consulta.vote.changes.service import REASON_MAX
from consulta.vote.changes.values import Asked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.vote.changes.values import (
        Candidate,
        ChangesPage,
        ChangeView,
        RegistrationsPage,
        RegistrationView,
    )


class _OnRolls(Protocol):
    """An organisation, with the open rounds that have it on their roll."""

    @property
    def open_rounds(self) -> tuple[object, ...]:
        """Return the titles of the open rounds on whose rolls the organisation is."""


class PasswordAgain(ConfirmedForm):
    """A form with a reason and the password, which go where neither is needed.

    The password is asked for in the form itself, always: a person who left a desk open is not enough.
    """

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    _is_guarded = False
    why = TextAreaField(_l("Reason for the change"), [Optional(), Length(max=REASON_MAX)])
    password = own_password(_l("Your password"), Optional)

    def guarded(self, view: _OnRolls | None) -> Self:
        """Return this form for an organisation.

        Without the fields of reason and password where none of its rounds is open.
        """
        return self.asking(needed=view is not None and bool(view.open_rounds))

    def asking(self, *, needed: bool) -> Self:
        """Return this form with reason and password (if needed), or without."""
        for name in ("why", "password"):
            if name in self and not needed:
                del self[name]
            elif name in self:  # the form says so; whether it is so, depends on what is changed
                self[name].flags.required = True
        return self

    @property
    def wait_hours(self) -> int:
        """Return how many hours a change waits, in which others can object."""
        return house().settings.change_wait_hours

    def is_confirmed(self, *, needed: bool = True) -> bool:
        """Return whether the password is right, or not needed; if wrong, add an error to the form."""
        self._is_guarded = needed and "why" in self
        return not needed or super().is_confirmed()

    def needs_two(self) -> bool:
        """Return whether what was sent changes who may vote now; known once `is_confirmed` was asked."""
        return self._is_guarded

    def asked(self) -> Asked | None:
        """Return the reason of the change and its wait; None where the form does not ask for them."""
        if "why" not in self:
            return None
        return Asked(self.why.data or "", house().settings.change_wait, by=g.get("asked_by"))


KINDS: Mapping[str, object] = {
    "added": _l("New contact"),
    "address": _l("Another address"),
    "replaced": _l("Takes the place of a contact"),
    "switched_on": _l("May vote from now on"),
    "import": _l("From a members' file"),
}
# How a change was decided.
HOW: Mapping[str, object] = {
    "wait": _l("in force: no objection in time"),
    "address": _l("in force: accepted from an address on file at the opening"),
    "staff": _l("in force: confirmed by a second person"),
    "withdrawn": _l("withdrawn"),
    "changed": _l("overtaken by another change"),
}


TEMPLATE = "changes/question.html"
CHOICES: Mapping[str, object] = {
    "object": _l("I object: this change is wrong, or we do not know about it"),
    "accept": _l("I accept it: the change is correct, and the link may be sent now"),
}
view, answer = access_changes.question, access_changes.answer


CONFIRMED = _l("It is confirmed. It takes effect by itself two hours after the notices left.")


class DecisionForm(ConfirmedForm):
    """Confirm a change as a second person, or withdraw it: why, and the password."""

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    why = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])
    password = own_password(_l("Your password"))


def outcome(form: DecisionForm, decided: str) -> str:
    """Return what a decision did, in words: `decided`, unless it was confirmed and waits for its notices."""
    return str(CONFIRMED) if form.outcome is False else decided


@blueprint.get("/rounds/<key>/access", may="members.read")
def access(key: str) -> Page:
    """Show the changes that wait: who asked, why, until when, and who objected. Below, the decided ones."""
    with reading() as work:
        view = services.changes_page(work, key)
        late = registrations.registrations_page(work, key)
    return page("changes/desk.html", view.round, view=view, late=late, kinds=KINDS, how=HOW)


@blueprint.route("/rounds/<key>/access/<int:number>", methods=["GET", "POST"], may="access.decide")
def access_change(key: str, number: int) -> Response | Page:
    """Show one change, and confirm it as the second person or withdraw it.

    Both need the password of the signed-in person.
    """
    form = DecisionForm()
    withdraws = request.form.get("act") == "withdraw"
    decide = services.withdraw if withdraws else services.confirm
    if form.does(lambda work: decide(work, key, number, form.why.data or "")):
        withdrawn = _("The change is withdrawn.")
        in_force = _("The change is in force: its link is on its way.")
        return done(outcome(form, withdrawn if withdraws else in_force), "access", key=key)
    view = read(services.changes_page, key)
    change = _change(view, number)
    return page("changes/change.html", view.round, form, view=change, kinds=KINDS, how=HOW)


def _change(view: ChangesPage, number: int) -> ChangeView:
    for each in (*view.waiting, *view.decided):
        if each.number == number:
            return each
    raise Problem("access.unknown")


class RegistrationForm(ConfirmedForm):
    """Which organisation is registered, why, and the password."""

    places = beside(
        "registration.organisation",
        why="access.reason",
        organisation=("registration.named", "registration.target", "opening.without_category"),
    )

    organisation = SelectField(_l("Organisation"), [InputRequired()])
    why = InEachLanguage(_l("Reason, which is public"), REASON_MAX, area=True, required=True)
    password = own_password(_l("Your password"))

    def __init__(self, *args: Any, offered: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.organisation.choices = [
            SelectChoice("", _("Choose")),
            *(SelectChoice(str(each.id), _named(each)) for each in offered),
        ]


def _named(one: Candidate) -> str:
    """Return an organisation with its country, and that it has no contact who could vote, if so."""
    told = f"{one.name} ({local(name_of('country', one.country))})"
    without = _("no contact who can vote")
    return told if one.contacts else f"{told}: {without}"


@blueprint.route(
    "/rounds/<key>/registrations/new",
    methods=["GET", "POST"],
    may="registrations.ask",
    two_persons="by setting",
)
def register_late(key: str) -> Response | Page:
    """Ask for the late registration of an organisation: which, and why."""
    view = read(registrations_acts.candidates, key)
    form = RegistrationForm(offered=view.candidates)
    form.tells = lambda: _told(view, form)
    settings = house().settings

    def ask(work: Work) -> int:
        said = form.words_of("why")
        asked = Asked(said.into(work.languages[0]), settings.change_wait, said, by=g.get("asked_by"))
        return registrations_acts.ask(work, key, int(form.organisation.data or 0), asked)

    if form.does(ask):
        said = _(
            "The late registration has been requested."
            " The scrutineers of the consultation have been informed."
        )
        return done(said, "registration", key=key, number=form.outcome)
    return page("changes/register.html", view.round, form, view=view, wait=settings.change_wait_hours)


def _told(view: RegistrationsPage, form: RegistrationForm) -> list[tuple[str, str]]:
    """Return what is asked for, as a second person reads it: label and value, the organisation first."""
    chosen = [_named(each) for each in view.candidates if str(each.id) == form.organisation.data]
    reasons = [(str(field.label.text), field.data) for _code, field in form.in_each_language("why")]
    return [
        *((str(form.organisation.label.text), each) for each in chosen),
        (_("Consultation"), local(view.round.title)),
        *((label, said) for label, said in reasons if said),
    ]


@blueprint.route(
    "/rounds/<key>/registrations/<int:number>", methods=["GET", "POST"], may="registrations.decide"
)
def registration(key: str, number: int) -> Response | Page:
    """Show a late registration, and confirm it as the second person or withdraw it."""
    form = DecisionForm()
    withdraws = request.form.get("act") == "withdraw"
    decide = registrations_acts.withdraw if withdraws else registrations_acts.confirm
    if form.does(lambda work: decide(work, key, number, form.why.data or "")):
        withdrawn = _(
            "The late registration is withdrawn: the organisation has no seat in this consultation."
        )
        registered = _("The organisation is registered: it has a seat, and its links are on their way.")
        return done(outcome(form, withdrawn if withdraws else registered), "access", key=key)
    view = read(registrations_acts.registrations_page, key)
    return page("changes/registration.html", view.round, form, view=_one(view.waiting + view.decided, number))


class WithdrawalForm(ConfirmedForm):
    """Why a late registration is withdrawn, and the password."""

    places: ClassVar[dict[str, str]] = {"access.reason": "why"}

    why = InEachLanguage(_l("Reason, which is public"), REASON_MAX, area=True, required=True)
    password = own_password(_l("Your password"))


@blueprint.route(
    "/rounds/<key>/registrations/<int:number>/withdrawal",
    methods=["GET", "POST"],
    may="registrations.decide",
    two_persons="always",
)
def withdraw_seat(key: str, number: int) -> Response | Page:
    """Withdraw a late registration that took effect, before the organisation has sent a vote: why."""
    form = WithdrawalForm()
    view, one = read(registrations_acts.withdrawable, key, number)
    form.concerning = ((_("Organisation"), one.organisation),)

    def withdraw(work: Work) -> None:
        said = form.words_of("why")
        registrations_acts.withdraw_seat(work, key, number, Asked(said.into(work.languages[0]), words=said))

    if form.does(withdraw):
        said = _(
            "The registration is withdrawn: the organisation cannot vote in this consultation. All are told."
        )
        return done(said, "access", key=key)
    return page("changes/withdrawal.html", view.round, form, view=view, one=one)


def _one(found: Sequence[RegistrationView], number: int) -> RegistrationView:
    for each in found:
        if each.number == number:
            return each
    raise Problem("registration.unknown")
