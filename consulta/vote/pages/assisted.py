"""A vote entered for an organisation that asked for it: its ballot, the review that is read back, the code.

The password is asked for before the ballot; where the call took longer than that lasts, it is asked for once
more with the vote, so that nothing entered is lost.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, ClassVar

from flask import g, redirect, render_template, request, url_for
from wtforms import BooleanField, HiddenField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.counting.choice import Choice, Entries, choice, entries_of
from consulta.core.problems import Problem
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint
from consulta.platform.web.fields import ConfirmedForm, Form, own_password
from consulta.platform.web.language import moment
from consulta.platform.web.request import read, write
from consulta.vote import assisted as services
from consulta.vote.pages import entered, sheets
from consulta.vote.pages.forms import KEY_MAX, as_number, read_entries
from consulta.vote.values import Late

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response

    from consulta.core.counting.choice import Fault
    from consulta.platform.work import Work
    from consulta.vote.values import BallotView, CastBallot

Page = tuple[str, int]


class AssistedForm(ConfirmedForm):
    """The end of the review: who asked, why, that it was read back; the password where it is due again."""

    places: ClassVar[dict[str, str]] = {"assisted.requester": "requester", "assisted.reason": "reason"}

    key = HiddenField(validators=[Length(max=KEY_MAX)])
    requester = StringField(
        _l("Who asks for it"), [InputRequired(), Length(max=services.REQUESTER_MAX)],
        render_kw={"autocomplete": "off"},
    )  # fmt: skip
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=services.REASON_MAX)])
    confirm = BooleanField("", [InputRequired(_l("Tick this box to send the vote."))])
    password = own_password(_l("Password"))

    waits = False  # for a second person

    def needs_two(self) -> bool:
        """Return whether this vote waits for a second person."""
        return self.waits

    def about(self, organisation: str) -> AssistedForm:
        """Return this form for the vote of `organisation`; without the password if given recently."""
        self.confirm.label.text = _(
            "I have read this vote back, and it is that of “%(organisation)s”", organisation=organisation
        )
        return self.unless_recent()


@blueprint.get("/rounds/<key>/seats/<seat_key>/assisted", may="ballot.assist", password=True)
def assisted(key: str, seat_key: str) -> Page:
    """Show the empty ballot of an organisation, to be filled in for it."""
    return _ballot_page(read(services.ballot, key, seat_key), Entries({}))


@blueprint.post("/rounds/<key>/seats/<seat_key>/assisted/review", may="ballot.assist")
def assisted_review(key: str, seat_key: str) -> Page:
    """Show the entries for review, to be read back; or on the ballot again, to be changed."""
    if "change" in request.form:
        return _ballot_page(read(services.ballot, key, seat_key), read_entries(request.form))
    return _review_page(key, seat_key, None)


@blueprint.post("/rounds/<key>/seats/<seat_key>/assisted/cast", may="ballot.assist", two_persons="always")
def assisted_cast(key: str, seat_key: str) -> Response | Page:
    """Record the vote; what was entered is shown again where it could not be."""
    view = read(services.ballot, key, seat_key)
    form = AssistedForm().about(view.organisation)
    why = read(services.reasons_to_wait, key, seat_key)
    form.waits = bool(why)
    form.tells = lambda: _told(view, form, why)
    if not form.does(lambda work: _cast(work, key, seat_key, form)):
        return _review_page(key, seat_key, form)
    if isinstance(form.outcome, Late):
        return _late_page(form.outcome.ballot, read_entries(request.form))
    if not g.get("second_person"):  # reasons are entered by the person who took the vote
        entered.remember_placed(key, seat_key, form.outcome.version, form.outcome.choice.ranking)
    return redirect(
        url_for("secretariat.assisted_receipt", key=key, seat_key=seat_key, version=form.outcome.version), 303
    )


@blueprint.get("/rounds/<key>/seats/<seat_key>/assisted/receipt", may="ballot.assist")
def assisted_receipt(key: str, seat_key: str) -> str:
    """Show the receipt code to read out; the content of the vote is not shown any more."""
    view, cast = read(services.receipt, key, seat_key, as_number(request.args.get("version", "")))
    known = entered.placed(key, seat_key, cast.version) is not None
    return render_template(
        "voting/assisted_receipt.html", view=view, cast=cast, asks_reasons=known, example=view.example
    )


def _cast(work: Work, key: str, seat_key: str, form: AssistedForm) -> CastBallot | Late:
    confirms = g.get("second_person") is not None
    by_two = confirms or form.waits
    asked = services.Request(
        form.requester.data or "", form.reason.data or "", g.get("asked_by") if confirms else None
    )
    sent, sent_as = entered.read(request.form), form.key.data or secrets.token_urlsafe(16)
    outcome = services.cast(work, key, seat_key, sent.entries, sent_as, asked, seen=sent.seen, by_two=by_two)
    if by_two and isinstance(outcome, Late):
        raise Problem("assisted.late")  # a request must not count as confirmed, nor begin to wait
    return outcome


def _told(view: BallotView, form: AssistedForm, why: services.Reasons) -> list[tuple[str, str]]:
    """Return what a second person is shown: all but what the vote says."""
    because = []
    if why.own_sent_at is not None:
        sent = moment(why.own_sent_at, view.zone)
        because.append(_("It replaces the vote that the organisation sent itself on %(moment)s", moment=sent))
    if why.is_one_of_many:
        because.append(_("More than %(num)s votes would be entered within a day", num=services.MOST_A_DAY))
    if why.is_late:
        because.append(_("It is entered in the last two hours of voting"))
    until = _(
        "The vote counts only if another person confirms it before voting ends, on %(moment)s",
        moment=moment(view.closes_at, view.zone),
    )
    return [
        (_("Organisation"), view.organisation),
        (_("Who asks for it"), form.requester.data or ""),
        (_("Reason"), form.reason.data or ""),
        (_("Why another person is needed"), ". ".join(because)),
        (_("Deadline for the confirmation"), until),
    ]


def _ballot_page(view: BallotView, entries: Entries, faults: Iterable[Fault] = ()) -> Page:
    if not view.takes_votes:
        return _late_page(view, entries)
    sheet = sheets.sheet(view, entries, faults)
    page = render_template("voting/assisted.html", view=view, sheet=sheet, form=Form(), example=view.example)
    return page, 422 if sheet.summary else 200


def _review_page(key: str, seat_key: str, form: AssistedForm | None) -> Page:
    entries = read_entries(request.form)
    outcome = read(services.review, key, seat_key, entries)
    if isinstance(outcome, Late):
        if entries.places:
            write(services.refuse_late, key, seat_key)
        return _late_page(outcome.ballot, entries)
    if outcome.faults:
        return _ballot_page(outcome.ballot, entries, outcome.faults)
    if form is None:
        form = AssistedForm(formdata=None, key=secrets.token_urlsafe(16)).about(outcome.ballot.organisation)
    page = render_template(
        "voting/assisted_review.html",
        view=outcome.ballot,
        entries=entries_of(outcome.choice),
        closed_up=outcome.closed_up,
        said=sheets.reading(outcome.ballot, outcome.choice),
        form=form,
        waits=bool(read(services.reasons_to_wait, key, seat_key)),
        example=outcome.ballot.example,
    )
    return page, form.status


def _late_page(view: BallotView, entries: Entries) -> Page:
    chosen = choice(entries, view.paper)
    said = None if chosen == Choice(()) else sheets.reading(view, chosen)
    page = render_template("voting/assisted_late.html", view=view, said=said, example=view.example)
    return page, 409 if said else 200
