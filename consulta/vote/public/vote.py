"""From the personal link to the receipt."""

from __future__ import annotations

import secrets
from functools import partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from consulta.core.counting.choice import Choice, Entries, choice, entries_of
from consulta.platform.web import letters, secrecy
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read, reading, write
from consulta.vote import service as voting
from consulta.vote.pages import entered, marks, sheets
from consulta.vote.pages.forms import (
    FILTERS,
    AbstainForm,
    BallotForm,
    SendForm,
    Wanted,
    in_parts,
    read_entries,
    version_of,
)
from consulta.vote.values import Late

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from consulta.core.counting.choice import Fault
    from consulta.platform.web.fields import Form
    from consulta.platform.work import Work
    from consulta.vote.pages.entered import Sent
    from consulta.vote.values import BallotView, Candidate, CastBallot, EarlierVote, Review


blueprint = Pages("vote", __name__)
Page = tuple[str, int]
Answer = Page | Response
blueprint.context_processor(lambda: {"of_voter": marks.of_voter})


@blueprint.route("/ballot/<key>", methods=["GET", "POST"], may="ballot.read_own")
def ballot(key: str) -> Answer:
    """Show the ballot as it counts now; after a POST, with the sent entries on it, to be changed.

    Where votes are not taken any more, a page says so, with the entries that were sent.
    """
    if request.method == "POST":
        _refuse_other_rounds(key)
        return _led(key, entered.read(request.form), _ballot, "vote.ballot", entered=1)
    return _ballot(key, entered.held(key) if "entered" in request.args else None)


@blueprint.route("/ballot/<key>/review", methods=["GET", "POST"], may="ballot.cast")
def review(key: str) -> Answer:
    """Show the entries for review, in order, before they are sent; without entries, lead to the ballot."""
    if request.method == "POST":
        sent = entered.read(request.form)
        if _refuse_other_rounds(key) and sent.entries.places:
            write(voting.refuse_late, key)
        return _led(key, sent, _review, "vote.review")
    held = entered.held(key)
    return redirect(url_for("vote.ballot", key=key), 303) if held is None else _review(key, held)


@blueprint.route("/ballot/<key>/people", methods=["GET", "POST"], may="ballot.read_own")
def people(key: str) -> Answer:
    """Show who may speak on the panel, to be ticked; by role, by country, or by a word."""
    if request.method == "POST":
        _refuse_other_rounds(key)
        wanted = {name: request.form[name] for name in (*FILTERS, "part") if request.form.get(name)}
        return _led(key, entered.read(request.form), _people, "vote.people", **wanted)
    return _people(key, entered.held(key))


@blueprint.post("/ballot/<key>/cast", may="ballot.cast")
def cast(key: str) -> Answer:
    """Record the vote; what was entered is shown again where it could not be."""
    form, sent = SendForm(), entered.read(request.form)
    if not _does(form, lambda work: _cast(work, key, sent, form)):
        _refuse_other_rounds(key)
        unsent: dict[str, Any] = {"unsent": 1} if form.confirm.errors else {}
        return _led(key, sent, partial(_review, form=form), "vote.review", **unsent)
    if isinstance(form.outcome, Late):
        return _led(key, sent, _review, "vote.review")
    entered.drop()
    return redirect(url_for("vote.receipt", key=key, version=form.outcome.version), 303)


@blueprint.get("/ballot/<key>/abstain", may="ballot.read_own")
def abstain(key: str) -> Answer:
    """Ask whether the organisation abstains on purpose."""
    return _abstain_page(key, AbstainForm(formdata=None, key=secrets.token_urlsafe(16)))


@blueprint.post("/ballot/<key>/abstain", may="ballot.cast")
def do_abstain(key: str) -> Answer:
    """Record that the organisation abstains; ask again where the box is not ticked."""
    form = AbstainForm()
    if not _does(form, lambda work: voting.abstain(work, key, form.key.data or secrets.token_urlsafe(16))):
        _refuse_other_rounds(key)
        return redirect(url_for("vote.abstain", key=key, unsent=1), 303)
    if isinstance(form.outcome, Late):
        return redirect(url_for("vote.ballot", key=key), 303)
    entered.drop()
    return redirect(url_for("vote.receipt", key=key, version=form.outcome.version), 303)


@blueprint.get("/ballot/<key>/receipt", may="ballot.read_own")
def receipt(key: str) -> str:
    """Show the recorded vote with its receipt code."""
    with reading(streamed=False) as work:
        view, cast, head, copies, held = voting.whole_receipt(work, key, version_of(request.args))
        held_soon = held is None and voting.proof_comes(work)
    return render_template(
        "voting/receipt.html",
        held=held,
        held_soon=held_soon,
        nav=(),
        example=view.example,
        view=view,
        cast=cast,
        head=head,
        copies=copies,
        pdf=letters.are_available(),
        said=sheets.reading(view, cast.choice),
        sign_out=BallotForm(),
    )


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this ballot.

    Also for a form of a session that ended. All that was entered is shown so that it is not lost: who may be
    endorsed is not public, so people only where the form itself was made for a voter of this round.
    """
    key = (request.view_args or {}).get("key", "")
    entries = read_entries(request.form)
    known = marks.is_of_voter(key, request.form)
    listed = read(voting.listed, key, people=known) if request.method == "POST" else None
    said = choice(entries, listed.paper) if listed else Choice(())
    page = render_template(
        "voting/ended.html",
        nav=(),
        entered=sheets.reading(listed, said) if listed and said != Choice(()) else None,
        unnamed=0 if known else len(entries.endorsements),
    )
    return page, 403


def _led(key: str, sent: Sent, page: Callable[[str, Sent], Answer], endpoint: str, **values: Any) -> Answer:
    """Return the way to the page that shows what was sent; the page itself where that is too long to keep."""
    if entered.keep(key, sent):
        return redirect(url_for(endpoint, key=key, **values), 303)
    return page(key, sent)


def _does(form: Form, act: Callable[[Work], object]) -> bool:
    """Return whether a form was right and its act done.

    Raise Problem `store.unavailable`, whose page says that nothing was recorded and how to send it again.
    """
    done = form.does(act)
    if form.problem is not None and form.problem.code == "store.unavailable":
        raise form.problem
    return done


def _cast(work: Work, key: str, sent: Sent, form: SendForm) -> CastBallot | Late:
    return voting.cast(work, key, sent.entries, form.key.data or secrets.token_urlsafe(16), sent.seen)


def _refuse_other_rounds(key: str) -> bool:
    """Return whether it is too late to vote. Problem: `vote.elsewhere`, before anything is kept."""
    with reading(streamed=False) as work:
        return not voting.takes_votes(work, key)


def _ballot(key: str, sent: Sent | None) -> Page:
    with reading(streamed=False) as work:
        view, last = voting.ballot_and_earlier(work, key)
    if not view.takes_votes:
        return (_closed_page(view), 200) if sent is None else _late_page(view, sent.entries)
    return ballot_page(view, _recorded(view) if sent is None else sent.entries, earlier=last)


def ballot_page(
    view: BallotView,
    entries: Entries,
    faults: Iterable[Fault] = (),
    template: str = "voting/ballot.html",
    earlier: EarlierVote | None = None,
    **more: Any,
) -> Page:
    """Return the page of a ballot; `template` extends that of the ballot, as a preview does.

    `earlier` is the vote of the last round, shown beside a new ballot.
    """
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
        who_sees=secrecy.promise(view.secrecy, view.joined_below, view.added),
        recognised=secrecy.recognised(view.alike, view.joined_below),
        earlier=earlier,
        **more,
    )
    return page, 422 if sheet.summary else 200


def _people(key: str, sent: Sent | None) -> Page:
    view = read(voting.ballot, key)
    if not view.takes_votes:
        return (_closed_page(view), 200) if sent is None else _late_page(view, sent.entries)
    return people_page(view, sent.entries if sent else _recorded(view))


def people_page(
    view: BallotView, entries: Entries, template: str = "voting/people.html", **more: Any
) -> Page:
    """Return the page of the people on a ballot that the request asks for."""
    wanted = Wanted(**{name: request.values.get(name, "").strip() for name in FILTERS})
    parts = in_parts([one for one in view.nominees if wanted.has(one)])
    part = min(max(request.values.get("part", 1, type=int), 1), len(parts))
    shown = parts[part - 1]
    page = render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        form=BallotForm(),
        entries=entries,
        wanted=wanted,
        groups=sheets.people(shown, entries.endorsements),
        part=part,
        spans=_spans(parts),
        carried=[key for key in entries.endorsements if key not in {one.key for one in shown}],
        roles=sheets.roles_of(view.nominees),
        countries=sheets.countries_of(view.nominees),
        **more,
    )
    return page, 200


def _spans(parts: Sequence[Sequence[Candidate]]) -> list[tuple[int, int]]:
    """Return the number of the first and of the last person of each part, counted over all of them."""
    ends = list(accumulate(len(part) for part in parts))
    return [(end - len(part) + 1, end) for part, end in zip(parts, ends, strict=True)]


def _recorded(view: BallotView) -> Entries:
    return entries_of(view.current.choice) if view.current else Entries({})


def _review(key: str, sent: Sent, form: SendForm | None = None) -> Page:
    with reading(streamed=False) as work:
        outcome = voting.review(work, key, sent.entries)
    if isinstance(outcome, Late):
        return _late_page(outcome.ballot, sent.entries)
    if outcome.faults:
        return ballot_page(outcome.ballot, sent.entries, outcome.faults)
    if form is None:
        form = SendForm(formdata=None, key=secrets.token_urlsafe(16))
        if "unsent" in request.args:
            form.ask_for_the_box()
    return review_page(outcome, form, sent.seen)


def review_page(
    outcome: Review, form: SendForm, seen: int, template: str = "voting/review.html", **more: Any
) -> Page:
    """Return the page of a choice before it is sent; `seen`: the version that its sender knows of."""
    view = outcome.ballot
    page = render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        choice=outcome.choice,
        entries=entries_of(outcome.choice),
        closed_up=outcome.closed_up,
        said=sheets.reading(view, outcome.choice),
        meanwhile=sheets.reading(view, view.current.choice)
        if view.current and view.current.version != seen
        else None,
        form=form.about(view.organisation),
        **more,
    )
    return page, form.status


def _abstain_page(key: str, form: AbstainForm) -> Answer:
    view = read(voting.ballot, key)
    if not view.takes_votes or view.current is not None:
        return redirect(url_for("vote.ballot", key=key), 303)
    if "unsent" in request.args:
        form.confirm.errors = [_("Tick this box to abstain.")]
    page = render_template(
        "voting/abstain.html", nav=(), example=view.example, view=view, form=form.about(view.organisation)
    )
    return page, form.status


def _closed_page(view: BallotView, lost: sheets.Reading | None = None) -> str:
    return render_template(
        "voting/closed.html",
        nav=(),
        example=view.example,
        view=view,
        entered=lost,
        recorded=sheets.reading(view, view.current.choice) if view.current else None,
    )


def _late_page(view: BallotView, entries: Entries) -> Page:
    said = choice(entries, view.paper)
    nothing_new = said == Choice(()) or (view.current is not None and said == view.current.choice)
    return _closed_page(view, None if nothing_new else sheets.reading(view, said)), 409
