"""These did not arrive: whom mail does not reach, why, and what to do; reports of mail servers, pasted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.desk.mail import overview as mail_pages
from consulta.platform.formats.bounce_report import LONGEST
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.request import reading, write
from consulta.platform.web.table import Column, Table, acts
from consulta.rounds import service as rounds
from consulta.rounds.letters.pages import words

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.mail.values import LostMail, ReportRead, Undelivered
    from consulta.platform.web.table import Listing
    from consulta.rounds.letters.values import MailLine


FIRST = 10
"""Rows of what did not arrive on the page of mail; all of them are on a page of their own."""


@dataclass(frozen=True)
class Gap:
    """Someone whom no mail reaches: who, why, and what to do first, with its address."""

    organisation: str
    person: MailLine | None  # None where the organisation has no contact
    why: str
    act: str
    url: str


class ReportForm(Form):
    """What a mail server wrote back, as it came."""

    report = TextAreaField(_l("The report"), [InputRequired(), Length(max=LONGEST)])


@blueprint.get("/rounds/<key>/mail/lost", may="mail.read")
def lost_mail(key: str) -> Page:
    """Show each contact whom mail does not reach, with what to do about it."""
    with reading() as work:
        view = mail_pages.lost_mail(work, key)
    return page("mail_desk/lost.html", view.round, view=view, words=words, way=words.way())


@blueprint.route("/rounds/<key>/mail/report", methods=["GET", "POST"], may="mail.write")
def bounce_report(key: str) -> Response | Page:
    """Show the contacts that a pasted bounce report names, and mark those with an address at fault."""
    form = ReportForm()
    if "confirm" in request.form:
        return _mark(key)
    if form.validate_on_submit():
        with reading() as work:
            read = mail_pages.read_report(work, form.report.data or "")
        if read.found:  # the report itself is not shown again, since it may hold a link
            return _report(key, form, read)
        form.report.errors = [
            _("No contact has an address that this report names. Paste the whole report, with its headers.")
        ]
    return _report(key, form, None)


def gaps(view: LostMail) -> Listing:
    """Return the table of what did not arrive, the most urgent first, with one way out of each row."""
    rows = [_missed(view, each.mail) for each in view.lost if each.mail.line.condition != "retrying"]
    rows += [
        Gap(
            person.organisation,
            person,
            _("Nothing has been written to this contact yet"),
            _("Send a new link"),
            url_for("secretariat.resend", key=view.round.key, contact=person.contact_id),
        )
        for person in view.unwritten
    ]
    rows += [
        Gap(
            seat.organisation,
            None,
            _("There is no contact who may vote"),
            _("Add a contact"),
            url_for("secretariat.create_contact", member=seat.organisation_id),
        )
        for seat in view.silent
    ]
    columns = [
        Column("organisation", _("Organisation")),
        Column("why", _("Why"), flow=True, phone="under"),
        acts(_("What to do first")),
    ]
    whole = url_for("secretariat.lost_mail", key=view.round.key)
    return Table(title=_("These did not arrive"), columns=columns, size=FIRST, rest=whole).over(rows)


def _missed(view: LostMail, each: Undelivered) -> Gap:
    person, key = each.line, view.round.key
    to = {
        "correct": (
            _("Correct the address"),
            url_for(
                "secretariat.edit_contact",
                member=person.organisation_id,
                contact=person.contact_id,
                next=url_for("secretariat.contact_mail", key=key, contact=person.contact_id),
            ),
        ),
        "": (
            _("See what to do"),
            url_for("secretariat.contact_mail", key=key, contact=person.contact_id),
        ),
    }
    if view.takes_votes and not person.voted:
        to["telephone"] = (
            _("Enter a vote by telephone"),
            url_for("secretariat.assisted", key=key, seat_key=person.seat),
        )
    if view.takes_votes:
        to["resend"] = (
            _("Send a new link"),
            url_for("secretariat.resend", key=key, contact=person.contact_id),
        )
    first = next((step for step in each.steps if step in to), "")
    return Gap(person.organisation, person, words.code(each.why), *to[first])


def _report(key: str, form: ReportForm, read: ReportRead | None) -> Page:
    """Return the page to paste a report on, or with the contacts that it names: those at fault are ticked."""
    with reading() as work:
        line = rounds.round_line(work, key)
    return page("mail_desk/report.html", line, form, read=read)


def _mark(key: str) -> Response:
    chosen = {
        number: request.form.get(f"said-{number}", "") for number in request.form.getlist("contact", type=int)
    }
    marked = write(mail_pages.mark_reported, chosen)
    said = ngettext(
        "%(num)s contact is marked: nothing is sent there until the address is another.",
        "%(num)s contacts are marked: nothing is sent there until the address is another.",
        marked,
    )
    return done(said if marked else _("No person was marked."), "lost_mail", key=key)
