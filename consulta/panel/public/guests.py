"""Behind the link of an invitation: the answer, the letter, the calendar's entry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import Response, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from consulta.panel import invitations, public_panel, replacements
from consulta.panel.balance import balances, reasons_of
from consulta.panel.pages.invitations import AnswerForm
from consulta.platform.data import catalogue, most_named
from consulta.platform.formats.letter_page import as_page
from consulta.platform.organiser.pages.everywhere import source
from consulta.platform.web import charts, drawing, letters, taking
from consulta.platform.web.downloads import calendar_file
from consulta.platform.web.language import current, local
from consulta.platform.web.pages import Pages
from consulta.platform.web.public import blueprint as public_blueprint
from consulta.platform.web.request import house, read, reading, write
from consulta.platform.web.taking import Chart
from consulta.rounds.letters.service import Post

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from werkzeug.wrappers import Response as BaseResponse

    from consulta.panel.invitations import OwnInvitation, ReplacementView
    from consulta.panel.values import PanelPublication, PublicChoice, PublishedPanel


blueprint = Pages("guest", __name__)
Page = tuple[str, int]


@blueprint.route("/invitation", methods=["GET", "POST"], may="invitations.answer")
def invitation() -> BaseResponse | Page:
    """Show the invitation and record the answer, which may be changed until the session."""
    form = AnswerForm()
    if form.validate_on_submit() and form.accepts(lambda: _answer(form)):
        flash(_("Your answer is recorded."))
        return redirect(url_for("guest.invitation"), 303)
    view = read(invitations.own)
    return _page(view, form), 409 if form.refusals else form.status


@blueprint.get("/invitation/letter.pdf", may="invitations.answer")
def letter() -> Response:
    """Return the invitation letter as a PDF. Problems: those of `letters.drawn`."""
    page = read(invitations.own_letter, _post())
    content = letters.drawn(as_page([page], page.title), catalogue.letter_style())
    return letters.as_pdf(content, f"{catalogue.mail_words(page.language)['letter']}.pdf")


@blueprint.get("/invitation/session.ics", may="invitations.answer")
def calendar() -> Response:
    """Return the session as a calendar entry."""
    content = read(invitations.own_entry, current(), _post())
    return calendar_file(content)


@blueprint.errorhandler(CSRFError)
@blueprint.errorhandler(Forbidden)
def ended(_error: Exception) -> Page:
    """Return the page (403) for a request without a session of an invitation.

    Also for a form of a session that ended. The text that was entered is shown so that it is not lost.
    """
    written = [request.form.get(name, "").strip() for name in ("note", "colleague", "colleague_contact")]
    return render_template("invitations/ended.html", nav=(), written=[text for text in written if text]), 403


def _answer(form: AnswerForm) -> None:
    declined = form.said.data == "declined"
    write(
        invitations.answer,
        "declined" if declined else "accepted",
        form.note.data or "",
        (form.colleague.data or "") if declined else "",
        (form.colleague_contact.data or "") if declined else "",
    )


def _page(view: OwnInvitation, form: AnswerForm) -> str:
    return render_template(
        "invitations/guest.html",
        nav=(),
        example=view.example,
        view=view,
        form=form,
        state=view.state.value,
        may_print=letters.are_available(),
    )


def _post() -> Post:
    settings = house().settings
    return Post(settings.base_url, settings.mail.test_address, settings.mail.sender)


class Event(NamedTuple):
    """Something that happened to a panel: a `choice` by hand, a `replacement` or a `publication`."""

    at: datetime
    kind: str
    told: PublicChoice | ReplacementView | PanelPublication


@public_blueprint.get("/rounds/<key>/panel", may="published.read")
def panel(key: str) -> str:
    """Show the published panel of a round, why each person is on it, and what was decided."""
    with reading() as work:
        published = public_panel.published_panel(work, key, house().settings.small_cell)
        replaced = replacements.public_replacements(work, key)
    return render_template(
        "panel/public.html",
        view=published,
        balances=balances(published.seats, published.rows),
        helps={one.number: reasons_of(one, published.seats, published.rows) for one in published.seats},
        most_named=most_named.ATTRIBUTES,
        events=_events(published, replaced),
        roles=catalogue.roles(),
        takes=taking.addresses([_chart(published)], "public.panel_chart", key=key),
        example=published.card.example,
    )


@public_blueprint.get("/rounds/<key>/panel/charts/<chart>.<any(svg, csv):ending>", may="published.read")
def panel_chart(key: str, chart: str, ending: str) -> Response:
    """Return the balance of a published panel to take away; 404 for a chart that it does not have."""
    published = read(public_panel.published_panel, key, house().settings.small_cell)
    card = published.card
    below = source(url_for("public.panel", key=key), str(local(card.title)), example=card.example)
    return taking.answer([_chart(published)], chart, ending, f"{key}-panel-{chart}", below)


def _chart(published: PublishedPanel) -> Chart:
    """Return the balance of a panel: how many of its people have each category, as far as it is public."""
    names = {"role": _("By role"), "subregion": _("By subregion")}
    groups = tuple(
        (
            f"{names.get(each.dimension, _('By sector'))}: "
            + (str(local(group.value)) if group.value else _("Sector not public")),
            len(group.places),
            sum(place.confirmed for place in group.places),
        )
        for each in balances(published.seats, published.rows)
        for group in each.groups
    )
    bars = charts.bars(((name, people, str(people)) for name, people, _sure in groups), keep_order=True)
    return Chart(
        "balance",
        _("Who is on it"),
        _("How many people of the panel belong to each group."),
        (_("Group"), _("People"), _("Confirmed")),
        groups,
        partial(drawing.bars, chart=bars),
    )


def _events(published: PublishedPanel, replaced: Iterable[ReplacementView]) -> list[Event]:
    """Return what happened to a panel, the oldest first."""
    events = [
        *(Event(one.at, "choice", one) for one in published.choices),
        *(Event(one.at, "replacement", one) for one in replaced),
        *(Event(one.at, "publication", one) for one in published.publications),
    ]
    return sorted(events, key=lambda event: event.at)
