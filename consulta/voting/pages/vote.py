"""From the personal link to the receipt."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.core.counting.choice import Entries, choice, entries_of
from consulta.voting import service as voting
from consulta.voting.forms.ballot import BallotForm, SendForm, version_of
from consulta.voting.forms.entries import read_entries
from consulta.voting.pages import sheets
from consulta.voting.values import Late
from consulta.web import secrecy
from consulta.web.request import reading, writing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from werkzeug.wrappers import Response

    from consulta.core.counting.choice import Fault
    from consulta.voting.values import BallotView

blueprint = Blueprint("vote", __name__)
Page = tuple[str, int]


@blueprint.route("/ballot/<key>", methods=["GET", "POST"])
def ballot(key: str) -> Page:
    """Show the ballot as it counts now; a POST shows the sent entries on it, to be changed.

    Where votes are not taken any more, a page says so, with the entries that were sent.
    """
    with reading() as work:
        view = voting.ballot(work, key)
    if request.method == "POST":
        entries = read_entries(request.form)
        return ballot_page(view, entries) if view.takes_votes else _late_page(view, entries)
    if not view.takes_votes:
        return _closed_page(view), 200
    return ballot_page(view, entries_of(view.current.choice) if view.current else Entries({}))


@blueprint.post("/ballot/<key>/review")
def review(key: str) -> Page:
    """Show the entries for review, in order, before they are sent."""
    return _review_page(key, SendForm(formdata=None, key=secrets.token_urlsafe(16)))


@blueprint.post("/ballot/<key>/cast")
def cast(key: str) -> Response | Page:
    """Record the vote; what was entered is shown again where it could not be."""
    form = SendForm()
    if not form.validate_on_submit():
        return _review_page(key, form)
    entries = read_entries(request.form)
    with writing() as work:
        outcome = voting.cast(work, key, entries, form.key.data or secrets.token_urlsafe(16))
    if isinstance(outcome, Late):
        return _late_page(outcome.ballot, entries)
    return redirect(url_for("vote.receipt", key=key, version=outcome.version), 303)


@blueprint.get("/ballot/<key>/receipt")
def receipt(key: str) -> str:
    """Show the recorded vote with its receipt code."""
    with reading() as work:
        view, cast, head = voting.receipt(work, key, version_of(request.args))
        copies = voting.copies(work, key, cast.version)
    return render_template(
        "voting/receipt.html",
        nav=(),
        example=view.example,
        view=view,
        cast=cast,
        head=head,
        copies=copies,
        said=sheets.reading(view, cast.choice),
        sign_out=BallotForm(),
    )


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this ballot.

    Also for a form of a session that ended. The entries are shown so that they are not lost.
    """
    key = (request.view_args or {}).get("key", "")
    entries = read_entries(request.form)
    with reading() as work:
        themes = {theme.key: theme.title for theme in voting.themes_of(work, key)}
    placed = sorted(entries.places.keys() & themes.keys(), key=lambda theme: (entries.places[theme], theme))
    return render_template("voting/ended.html", nav=(), entered=[themes[theme] for theme in placed]), 403


def ballot_page(
    view: BallotView,
    entries: Entries,
    faults: Iterable[Fault] = (),
    template: str = "voting/ballot.html",
    **more: Any,
) -> Page:
    """Return the page of a ballot; `template` extends that of the ballot, as a preview does."""
    form = BallotForm()
    sheet = sheets.sheet(view, entries, faults)
    page = render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        sheet=sheet,
        form=form,
        before=sheets.reading(view, view.current.choice) if view.current else None,
        who_sees=secrecy.promise(view.secrecy, view.joined_below),
        recognised=secrecy.recognised(view.alike, view.joined_below),
        **more,
    )
    return page, 422 if sheet.summary else 200


def _review_page(key: str, form: SendForm) -> Page:
    entries = read_entries(request.form)
    with reading() as work:
        outcome = voting.review(work, key, entries)
    if isinstance(outcome, Late):
        if entries.places:
            with writing() as work:
                voting.refuse_late(work, key)
        return _late_page(outcome.ballot, entries)
    if outcome.faults:
        return ballot_page(outcome.ballot, entries, outcome.faults)
    page = render_template(
        "voting/review.html",
        nav=(),
        example=outcome.ballot.example,
        view=outcome.ballot,
        choice=outcome.choice,
        closed_up=outcome.closed_up,
        said=sheets.reading(outcome.ballot, outcome.choice),
        form=form.about(outcome.ballot.organisation),
    )
    return page, form.status


def _closed_page(view: BallotView, entered: sheets.Reading | None = None) -> str:
    return render_template(
        "voting/closed.html",
        nav=(),
        example=view.example,
        view=view,
        entered=entered,
        recorded=sheets.reading(view, view.current.choice) if view.current else None,
    )


def _late_page(view: BallotView, entries: Entries) -> Page:
    said = choice(entries, view.paper)
    nothing_new = not said.ranking or (view.current is not None and said == view.current.choice)
    return _closed_page(view, None if nothing_new else sheets.reading(view, said)), 409
