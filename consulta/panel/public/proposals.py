"""Pages on which an organisation proposes nominees, reached from the ballot or by a personal link.

The pages are the same for both. Each has its own session, and a proposal belongs to the organisation of
that session: so the blueprint is registered twice, and its links stay on the way by which the reader
came.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.panel import proposals
from consulta.panel.pages.proposals import ProposalForm, WithdrawForm, in_words, with_attributes
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import read, write
from consulta.vote import service as voting

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.panel.proposals import OwnProposals, Proposal

BELONGS_TO = "people_proposals"


BESIDE = "nominations_beside"  # the name under which those come who have a ballot
blueprint = Pages(
    "nominations",
    __name__,
    under="/proposing/<key>/people",
    also={BESIDE: ("nominations.beside", "/ballot/<key>/nominations")},
)
Page = tuple[str, int]


@blueprint.get("", may="nominations.by_link")
def own(key: str) -> str:
    """Show the proposals of the organisation, each with its state."""
    view = read(proposals.own, key)
    received = request.args.get("received", "")
    return _page("proposals/own.html", view, received=received, form=WithdrawForm())


@blueprint.route("/new", methods=["GET", "POST"], may="nominations.by_link")
def propose(key: str) -> Response | Page:
    """Show the proposal form, and record a proposal.

    Where the time for proposals is over, the text that was filled in is shown (409) so that it is not
    lost.
    """
    view = read(proposals.own, key)
    form = with_attributes(ProposalForm)(data={"language": current()}).offer(view.themes)
    if view.phase is None or not view.phase.on:
        if request.method != "POST":
            return redirect(url_for(".own", key=key), 303)
        return _page("proposals/over.html", view, written=list(form.written())), 409
    if form.validate_on_submit() and form.accepts(
        lambda: write(proposals.propose, key, form.to_command(), agreed=bool(form.agreed.data))
    ):
        return redirect(url_for(".own", key=key, received=form.outcome), 303)
    return _page("proposals/propose.html", view, form=form), form.status


@blueprint.post("/<int:number>/withdraw", may="nominations.by_link")
def withdraw(key: str, number: int) -> Response:
    """Take back a proposal that waits."""
    write(proposals.withdraw, key, number)
    return redirect(url_for(".own", key=key), 303)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this round.

    Also for a form of a session that ended. The text that was entered is shown so that it is not lost.
    """
    key = (request.view_args or {}).get("key", "")
    themes = read(voting.themes_of, key)
    form = with_attributes(ProposalForm)().offer(themes)
    return render_template("proposals/ended.html", nav=(), written=_typed(form)), 403


def _typed(form: ProposalForm) -> list[tuple[str, str]]:
    """Return the fields that were filled in (label, value); none where the form was not sent."""
    return list(form.written()) if request.method == "POST" and "name" in request.form else []


def _page(template: str, view: OwnProposals, **values: object) -> str:
    return render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        said=_in_words,
        ballot_url=url_for("vote.ballot", key=view.round_key) if request.blueprint == BESIDE else None,
        **values,
    )


def _in_words(proposal: Proposal) -> str:
    """Return role, institution, country and subregion of the person who was proposed, in one line."""
    said = proposal.said
    return in_words(asdict(said), said.organisation if said.organisation != said.name else "")
