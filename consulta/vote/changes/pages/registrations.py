"""Late registrations: an organisation is registered in an open round, and what becomes of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired

from consulta.core.problems import Problem
from consulta.platform.labels import name_of
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import ConfirmedForm, InEachLanguage, beside, own_password
from consulta.platform.web.language import local
from consulta.platform.web.request import house, read
from consulta.vote.changes import registrations as services
from consulta.vote.changes.pages.desk import DecisionForm, outcome
from consulta.vote.changes.service import REASON_MAX
from consulta.vote.changes.values import Asked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from consulta.platform.work import Work
    from consulta.vote.changes.values import Candidate, RegistrationsPage, RegistrationView


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
    view = read(services.candidates, key)
    form = RegistrationForm(offered=view.candidates)
    form.tells = lambda: _told(view, form)
    settings = house().settings

    def ask(work: Work) -> int:
        said = form.words_of("why")
        asked = Asked(said.into(work.languages[0]), settings.change_wait, said, by=g.get("asked_by"))
        return services.ask(work, key, int(form.organisation.data or 0), asked)

    if form.does(ask):
        said = _("The late registration is asked for. The scrutineers of the round are told.")
        return done(said, "registration", key=key, number=form.outcome)
    return page("changes/register.html", view.round, form, view=view, wait=settings.change_wait_hours)


def _told(view: RegistrationsPage, form: RegistrationForm) -> list[tuple[str, str]]:
    """Return what is asked for, as a second person reads it: label and value, the organisation first."""
    chosen = [_named(each) for each in view.candidates if str(each.id) == form.organisation.data]
    reasons = [(str(field.label.text), field.data) for _code, field in form.in_each_language("why")]
    return [
        *((str(form.organisation.label.text), each) for each in chosen),
        (_("Round"), local(view.round.title)),
        *((label, said) for label, said in reasons if said),
    ]


@blueprint.route(
    "/rounds/<key>/registrations/<int:number>", methods=["GET", "POST"], may="registrations.decide"
)
def registration(key: str, number: int) -> Response | Page:
    """Show a late registration, and confirm it as the second person or withdraw it."""
    form = DecisionForm()
    withdraws = request.form.get("act") == "withdraw"
    decide = services.withdraw if withdraws else services.confirm
    if form.does(lambda work: decide(work, key, number, form.why.data or "")):
        withdrawn = _("The late registration is withdrawn: the organisation has no seat in this round.")
        registered = _("The organisation is registered: it has a seat, and its links are on their way.")
        return done(outcome(form, withdrawn if withdraws else registered), "access", key=key)
    view = read(services.registrations_page, key)
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
    view, one = read(services.withdrawable, key, number)
    form.concerning = ((_("Organisation"), one.organisation),)

    def withdraw(work: Work) -> None:
        said = form.words_of("why")
        services.withdraw_seat(work, key, number, Asked(said.into(work.languages[0]), words=said))

    if form.does(withdraw):
        said = _("The registration is withdrawn: the organisation cannot vote in this round. All are told.")
        return done(said, "access", key=key)
    return page("changes/withdrawal.html", view.round, form, view=view, one=one)


def _one(found: Sequence[RegistrationView], number: int) -> RegistrationView:
    for each in found:
        if each.number == number:
            return each
    raise Problem("registration.unknown")
