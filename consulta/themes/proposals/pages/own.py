"""Pages on which a member proposes themes and supports those of others, reached by a personal link.

A proposal is sent in two steps: the form, and a page that shows it again beside what looks alike. Both are
one address; the second one carries what was entered in hidden fields, so that it works without script.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.core.problems import Problem, or_problem
from consulta.platform.web.language import current
from consulta.platform.web.pages import Pages
from consulta.platform.web.request import house, read, write, writing
from consulta.themes.proposals import service as services
from consulta.themes.proposals.forms.proposal import ActForm, ThemeProposalForm, filled
from consulta.themes.proposals.pages import words
from consulta.themes.proposals.rules import TITLE_MAX, WHY_MAX

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.themes.proposals.values import OwnThemes

blueprint = Pages("theme_proposals", __name__)
Page = tuple[str, int]


@blueprint.get("", may="theme_proposals.propose")
def own(key: str) -> str:
    """Show the proposals of the organisation, each with its state."""
    received = request.args.get("received", "")
    return _page(
        "theme_proposals/own.html",
        read(services.own, key, house().settings.small_cell),
        received=received,
        form=ActForm(),
    )


@blueprint.route("/new", methods=["GET", "POST"], may="theme_proposals.propose")
def propose(key: str) -> Response | Page:
    """Show the form, then the review beside what looks alike, and record the proposal.

    Where the time is over, what was written is shown (409), to be copied.
    """
    view = read(services.own, key, house().settings.small_cell)
    form = ThemeProposalForm(data={"language": current()})
    if not view.phase.on:
        if request.method != "POST":
            return redirect(url_for(".own", key=key), 303)
        return _page("theme_proposals/over.html", view, written=list(form.written())), 409
    if not view.room and request.method != "POST":
        return redirect(url_for(".own", key=key), 303)
    step = request.form.get("step", "review")
    if (
        step == "send"
        and form.validate_on_submit()
        and form.accepts(lambda: write(services.propose, key, form.to_command()))
    ):
        return redirect(url_for(".own", key=key, received=form.outcome), 303)
    if step == "review" and form.validate_on_submit() and form.accepts(lambda: _check(key, form)):
        similar = read(services.similar, key, form.to_command())
        return _page("theme_proposals/review.html", view, form=form, similar=similar), 200
    return _page("theme_proposals/propose.html", view, form=form, made=None), form.status


@blueprint.route("/<int:number>", methods=["GET", "POST"], may="theme_proposals.propose")
def change(key: str, number: int) -> Response | Page:
    """Change a proposal that waits, or answer the question that was asked about it.

    Problems: `theme_proposal.unknown`, `theme_proposal.decided`.
    """
    view = read(services.own, key, house().settings.small_cell)
    made = or_problem(
        next((each for each in view.proposals if each.number == number), None), "theme_proposal.unknown"
    )
    if made.state not in {"submitted", "returned"}:
        raise Problem("theme_proposal.decided")
    form = ThemeProposalForm(data=filled(made))
    if made.state != "returned":
        del form.answer
    if not view.phase.on and made.state != "returned":
        if request.method != "POST":
            return redirect(url_for(".own", key=key), 303)
        return _page("theme_proposals/over.html", view, written=list(form.written())), 409
    if form.validate_on_submit() and form.accepts(lambda: _change(key, number, form)):
        return redirect(url_for(".own", key=key, received=number), 303)
    return _page("theme_proposals/propose.html", view, form=form, made=made), form.status


@blueprint.post("/<int:number>/withdraw", may="theme_proposals.propose")
def withdraw(key: str, number: int) -> Response:
    """Take back a proposal that waits."""
    write(services.withdraw, key, number)
    return redirect(url_for(".own", key=key), 303)


@blueprint.get("/others", may="theme_proposals.propose")
def others(key: str) -> Response | str:
    """Show the proposals of other organisations, where they are seen now."""
    view = read(services.own, key, house().settings.small_cell)
    if not view.seen:
        return redirect(url_for(".own", key=key), 303)
    return _page("theme_proposals/others.html", view, form=ActForm())


@blueprint.post("/<int:number>/support", may="theme_proposals.propose")
def support(key: str, number: int) -> Response:
    """Support a proposal of another organisation, or take the support back."""
    with writing() as work:
        if request.form.get("support") == "no":
            services.unsupport(work, key, number)
        else:
            services.support(work, key, number)
    return redirect(url_for(".others", key=key, _anchor=f"p{number}"), 303)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session for this round, with what was written."""
    form = ThemeProposalForm()
    typed = list(form.written()) if request.method == "POST" and "title" in request.form else []
    return render_template("theme_proposals/ended.html", nav=(), written=typed), 403


def _check(key: str, form: ThemeProposalForm) -> None:
    read(services.check, key, form.to_command())


def _change(key: str, number: int, form: ThemeProposalForm) -> None:
    answer = form.answer.data or "" if "answer" in form else ""
    write(services.change, key, number, form.to_command(), answer)


def _page(template: str, view: OwnThemes, **values: object) -> str:
    return render_template(
        template,
        nav=(),
        example=view.example,
        view=view,
        words=words,
        title_max=TITLE_MAX,
        why_max=WHY_MAX,
        **values,
    )
