"""The page of an applicant, opened by the link in its mail: how it stands, and what can be done."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.people import admission
from consulta.people.pages.admission import STATES, AnswerForm, ApplicationForm, SponsorForm
from consulta.people.pages.members import with_dimensions
from consulta.platform.data import catalogue
from consulta.platform.organiser import service
from consulta.platform.web.fields import Form
from consulta.platform.web.language import current, local, offered
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read, reading

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.core.texts import Text
    from consulta.people.admission import Candidate
    from consulta.platform.work import Work

BELONGS_TO = "admission"


blueprint = Pages("application", __name__)
Page = tuple[str, int]


@blueprint.get("/application", may="admission.own")
def own() -> Page:
    """Show the application and how it stands."""
    return _page(AnswerForm(), SponsorForm())


@blueprint.post("/application/answer", may="admission.own")
def answer() -> Response | Page:
    """Answer the question with which the application was returned."""
    form = AnswerForm()
    if form.does(lambda work: admission.answer(work, form.answer.data or "")):
        return redirect(url_for(".own", done="answered"), 303)
    return _page(form, SponsorForm(formdata=None))


@blueprint.post("/application/sponsors/<int:number>", may="admission.own")
def sponsor(number: int) -> Response | Page:
    """Name another sponsor in place of one."""
    form = SponsorForm()
    with reading() as work:
        clear = form.validate_on_submit() and form.look_for(partial(_find, work))
    if clear and form.does(lambda work: admission.replace_sponsor(work, number, form.chosen[0])):
        return redirect(url_for(".own", done="sponsor"), 303)
    return _page(AnswerForm(formdata=None), form, number)


@blueprint.post("/application/withdraw", may="admission.own")
def withdraw() -> Response | Page:
    """Withdraw the application."""
    form = Form()
    if form.does(admission.withdraw):
        return redirect(url_for(".own", done="withdrawn"), 303)
    return _page(AnswerForm(formdata=None), SponsorForm(formdata=None), refused=form)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session; a text that was written is shown on it."""
    written = request.form.get("answer", "") or request.form.get("sponsor_1", "")
    return render_template("admission/ended.html", nav=(), written=written), 403


def _find(work: Work, text: str) -> tuple[Candidate, ...]:
    return admission.find_members(work, text, current(), shown=house().settings.roll == "public")


def _page(
    answer: AnswerForm, sponsor: SponsorForm, number: int | None = None, refused: Form | None = None
) -> Page:
    view = read(admission.own)
    forms = [each for each in (answer, sponsor, refused) if each is not None]
    faulty = next((each for each in forms if each.status != 200), None)  # noqa: PLR2004 - the one of HTTP
    page = render_template(
        "admission/own.html",
        nav=(),
        view=view,
        example=view.example,
        answer_form=answer,
        sponsor_form=sponsor,
        replacing=number,
        form=faulty or answer,
        done=request.args.get("done", ""),
        states=STATES,
    )
    return page, faulty.status if faulty is not None else 200


@public_blueprint.route("/apply", methods=["GET", "POST"], may="admission.apply")
def apply() -> Response | tuple[str, int]:
    """Show the form, and take an application; what becomes of it goes by mail only."""
    form = with_dimensions(ApplicationForm)(data={"language": current()})
    with reading() as work:
        criteria = criteria_of(work)
        valid = form.validate_on_submit()
        sent = form.is_submitted() and form.look_for(partial(_find, work)) and valid
    said = str(local(criteria))
    source = request.remote_addr or ""
    if sent and form.carries_out(lambda work: admission.apply(work, form.to_command(said), source)):
        return redirect(url_for("public.applied"), 303)
    return render_template(
        "admission/apply.html",
        form=form,
        criteria=criteria,
        listed=house().settings.roll == "public",
    ), form.status


@public_blueprint.get("/apply/sent", may="admission.apply")
def applied() -> str:
    """Show the page after the form is sent; it is always the same."""
    return render_template("admission/applied.html")


def criteria_of(work: Work) -> Text:
    """Return the criteria of membership that are shown: the organiser's, or the proposed ones."""
    return service.profile(work).criteria or catalogue.notice_drafts(offered())["criteria"]
