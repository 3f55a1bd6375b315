"""Mails that became files, where there is no mail server: the list, and one as it would be read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Response as flask_Response
from flask import abort, redirect, render_template, request, url_for
from itsdangerous import BadSignature
from wtforms import TextAreaField
from wtforms.validators import InputRequired, Length

from consulta.core.problems import Problem
from consulta.desk import mail as mail_acts
from consulta.operations import backups
from consulta.platform.data import catalogue
from consulta.platform.listing import PAGE
from consulta.platform.mailer.bounces import LONGEST
from consulta.platform.web.assets import POLICY
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.babel import ngettext
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import alphabetical, current, offered
from consulta.platform.web.request import read, reading, write
from consulta.platform.web.table import LONGEST as TABLE_LONGEST
from consulta.platform.web.table import (
    Choice,
    Column,
    Listing,
    Search,
    Table,
    acts,
    handed_out,
    moment_in_file,
)
from consulta.rounds import service as rounds
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters import samples
from consulta.rounds.pages import letters
from consulta.rounds.pages.letters import shown
from consulta.rounds.service import subject
from consulta.vote.pages.changes import PasswordAgain

if TYPE_CHECKING:
    from flask import Response
    from werkzeug.wrappers import Response as wrappers_Response

    from consulta.desk.mail import LostMail, MailPage, ReportRead, Undelivered
    from consulta.platform.models import Contact
    from consulta.platform.work import Work
    from consulta.rounds.values import RoundLine


@blueprint.get("/rounds/<key>/mail/files", may="mail.read")
def mail_files(key: str) -> Page:
    """Show the mails of a round that became files, page by page."""
    line, table = read(_table, key)
    return page("mail_desk/files.html", line, table=table, words=letters, way=letters.way())


@handed_out("mail-files")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[RoundLine, Listing]:
    """Return the round, and the table of its mails that became files."""
    line = rounds.round_line(work, key)
    table = Table(
        title=_("E-mail files"),
        name="mail-files",
        endpoint="secretariat.mail_files",
        key=key,
        search=Search(_("Subject or e-mail")),
        choices=[
            Choice("kind", _("Kind"), list(letters.kinds_in_use("members", "guests", "others").items()))
        ],
        columns=[
            Column("subject", _("Subject"), lambda each: each.subject or "", sorts=False),
            Column("kind", _("Kind"), lambda each: letters.kind(each.kind), sorts=False),
            Column(
                "to",
                _("To"),
                lambda each: each.contact.name if each.contact else "",
                sorts=False,
                phone="under",
            ),
            Column(
                "organisation",
                _("Organisation"),
                lambda each: each.seat.name if each.seat else "",
                only="file",
            ),
            Column("email", _("E-mail"), lambda each: each.address, only="file"),
            Column("at", _("When"), only="page", largest_first=True, phone="side"),
            moment_in_file(lambda each: each.left_at or each.due_at),
        ],
        sort="-at",
    )
    wanted = table.asked(whole=whole)
    return line, Listing(table, wanted, mail_acts.list_files(work, key, wanted), subject(line))


@blueprint.get("/rounds/<key>/mail/files/<int:number>", may="mail.read")
def filed_mail(key: str, number: int) -> Page:
    """Show one mail that became a file: headers and text.

    Its link is shown only in example rounds, where all data are invented.
    """
    found = read(mail_acts.mail_file, key, number, letters.folder())
    return page("mail_desk/filed.html", found.round, view=found)


@blueprint.get("/rounds/<key>/mail/files/<int:number>/html", may="mail.read")
def filed_html(key: str, number: int) -> Response:
    """Return the HTML part of a mail that became a file, where it is shown whole; else 404."""
    found = read(mail_acts.mail_file, key, number, letters.folder())
    if not found.html:
        abort(404)
    return alone(found.html)


FIRST = 10
"""Rows of what did not arrive on the page of mail; all of them are on a page of their own."""


@dataclass(frozen=True)
class Gap:
    """Someone whom no mail reaches: who, why, and what to do first, with its address."""

    organisation: str
    contact: Contact | None  # None where the organisation has no contact
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
        view = mail_acts.lost_mail(work, key)
    return page("mail_desk/lost.html", view.round, view=view, words=letters, way=letters.way())


@blueprint.route("/rounds/<key>/mail/report", methods=["GET", "POST"], may="mail.write")
def bounce_report(key: str) -> wrappers_Response | Page:
    """Show the contacts that a pasted bounce report names, and mark those with an address at fault."""
    form = ReportForm()
    if "confirm" in request.form:
        return _mark(key)
    if form.validate_on_submit():
        with reading() as work:
            read = mail_acts.read_report(work, form.report.data or "")
        if read.found:  # the report itself is not shown again, since it may hold a link
            return _report(key, form, read)
        form.report.errors = [
            _(
                "No contact has an address that appears in this report. Paste the full report, with its "
                "headers."
            )
        ]
    return _report(key, form, None)


def gaps(view: LostMail) -> Listing:
    """Return the table of what did not arrive, the most urgent first, with one way out of each row."""
    rows = [_missed(view, each) for each in view.lost if each.line.condition != "retrying"]
    rows += [
        Gap(
            person.seat.name,
            person.contact,
            _("This contact has not been written to yet"),
            _("Send a new link"),
            url_for("secretariat.resend", key=view.round.key, contact=person.contact.id),
        )
        for person in view.unwritten
    ]
    rows += [
        Gap(
            seat.name,
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
    return Table(title=_("Undelivered messages"), columns=columns, size=FIRST, rest=whole).over(rows)


def _missed(view: LostMail, each: Undelivered) -> Gap:
    seat, contact, key = each.line.seat, each.line.contact, view.round.key
    to = {
        "correct": (
            _("Correct the address"),
            url_for(
                "secretariat.edit_contact",
                member=contact.organisation_id,
                contact=contact.id,
                next=url_for("secretariat.contact_mail", key=key, contact=contact.id),
            ),
        ),
        "": (
            _("See what to do"),
            url_for("secretariat.contact_mail", key=key, contact=contact.id),
        ),
    }
    if view.takes_votes and not each.line.voted:
        to["telephone"] = (
            _("Enter a vote by telephone"),
            url_for("secretariat.assisted", key=key, seat_key=seat.key),
        )
    if view.takes_votes:
        to["resend"] = (
            _("Send a new link"),
            url_for("secretariat.resend", key=key, contact=contact.id),
        )
    first = next((step for step in each.steps if step in to), "")
    return Gap(seat.name, contact, letters.reason_code(each.why), *to[first])


def _report(key: str, form: ReportForm, read: ReportRead | None) -> Page:
    """Return the page to paste a report on, or with the contacts that it names: those at fault are ticked."""
    with reading() as work:
        line = rounds.round_line(work, key)
    return page("mail_desk/report.html", line, form, read=read)


def _mark(key: str) -> wrappers_Response:
    chosen = {
        number: request.form.get(f"said-{number}", "") for number in request.form.getlist("contact", type=int)
    }
    marked = write(mail_acts.mark_reported, chosen)
    said = ngettext(
        "%(num)s contact is marked: nothing is sent there until the address changes.",
        "%(num)s contacts are marked: nothing is sent there until the address changes.",
        marked,
    )
    return done(said if marked else _("Nobody was marked."), "lost_mail", key=key)


@blueprint.get("/rounds/<key>/preview/mail", may="mail.read")
def mail_preview(key: str) -> Page:
    """Show a mail or a letter as it would be sent now. Problem: `mail.kind` if there is no such kind."""
    kind = request.args.get("kind", "invitation")
    wanted = request.args.get("language", "")
    language = wanted if wanted in offered() else current()
    reader, text = request.args.get("as", type=int), request.args.get("q", "")[:TABLE_LONGEST]
    with reading() as work:
        view = mail_acts.texts_page(work, key, kind, reader, text)
        numbers = [number for number, *_names in view.readers]
        reader = reader if reader in numbers or not numbers else numbers[0]
        shown = mail_acts.preview(work, key, kind, language, letters.post(), reader=reader)
    return page(
        "mail_desk/preview.html",
        view.round,
        kind=kind,
        kinds=letters.kinds_of_rounds(),
        when=letters.when(kind),
        language=language,
        readers=view.readers,
        reader=reader,
        text=text,
        more=len(view.readers) >= PAGE,
        shown=shown,
        sealed=letters.sealed(shown),
    )


CALL_OFF = "call_off"


@blueprint.route("/mail/restored", methods=["GET", "POST"], may="mail.write")
def restored_mail() -> wrappers_Response | Page:
    """Show the mail that is held after a restore; on POST, let it go or call off what waited."""
    form = Form()
    call_off = request.form.get("act") == CALL_OFF
    if form.does(lambda work: backups.release(work, call_off=call_off)):
        said = _("E-mail is being sent again.")
        if form.outcome:
            said += " " + ngettext(
                "%(num)s message that was waiting in the backup was cancelled.",
                "%(num)s messages that were waiting in the backup were cancelled.",
                form.outcome,
            )
        return done(said, "start")
    held = read(backups.held)
    if held is None:
        return redirect(url_for("secretariat.start"), 303)
    table = Table(
        title=_("Messages waiting in the backup"),
        size=100,
        columns=[
            Column("kind", _("Kind"), lambda row: letters.kind(row[0])),
            Column("count", _("Waiting"), lambda row: row[1], numeric=True),
        ],
    )
    text = render_template(
        "mail_desk/restored.html",
        form=form,
        held=held,
        table=table.over(held.kinds),
        line=None,
        example=False,
    )
    return text, form.status


# In the order in which they need attention: what did not arrive first.
RANKS = ("bounced", "failed", "retrying", "held", "none", "cancelled", "paused", "waiting", "sent")


@blueprint.get("/rounds/<key>/mail", may="mail.read")
def mail(key: str) -> Page:
    """Show what was sent, what will be sent, and the mail of each contact that the address filters."""
    view, table = read(_mail_table, key)
    lost = gaps(view.lost)
    return page(
        "mail_desk/mail.html", view.round, view=view, gaps=lost, table=table, words=letters, way=letters.way()
    )


@handed_out("mail")
def _mail_table(work: Work, key: str, *, whole: bool = False) -> tuple[MailPage, Listing]:
    """Return the mail of a round, and the table of its contacts."""
    view = mail_acts.mail_page(work, key)
    known = {code: letters.country(code) for code in catalogue.countries_by_code()}
    names = {
        "state": {name: letters.condition(name)[1] for name in RANKS},
        "country": dict(sorted(known.items(), key=lambda pair: alphabetical(pair[1]))),
        "kind": letters.kinds_in_use("members"),
    }
    table = Table(
        title=_("Mail"),
        name="mail",
        endpoint="secretariat.mail",
        key=key,
        search=Search(_("Organisation, contact or e-mail")),
        choices=[
            Choice(name, label, list(names[name].items()))
            for name, label in (("state", _("State")), ("kind", _("Kind")), ("country", _("Country")))
        ],
        opens=True,
        columns=[
            Column("organisation", _("Organisation"), lambda line: line.seat.name),
            Column("country", _("Country"), lambda line: letters.country(line.seat.country)),
            Column("contact", _("Contact"), lambda line: line.contact.name, phone="under"),
            Column("email", _("E-mail"), lambda line: line.contact.email, only="file"),
            Column("language", _("Language"), lambda line: line.contact.language, only="file"),
            Column("voted", _("Voted"), lambda line: _("yes") if line.voted else _("no"), only="file"),
            Column(
                "kind", _("Last message"), lambda line: letters.kind(line.last.kind if line.last else None)
            ),
            Column("state", _("State"), lambda line: letters.condition(line.condition)[1], phone="side"),
            Column("at", _("When"), only="page"),
            moment_in_file(lambda line: (line.last.left_at or line.last.due_at) if line.last else None),
            Column(
                "said",
                _("The mail server's answer"),
                lambda line: letters.about_last(line.condition, line.last),
                only="file",
            ),
        ],
        sort="state",
    )
    wanted = table.asked(whole=whole)
    found = mail_acts.mail_list(work, key, wanted, names)
    return view, Listing(table, wanted, found, subject(view.round))


@blueprint.post("/rounds/<key>/mail/pause", may="mail.write")
def pause_mail(key: str) -> wrappers_Response:
    """Pause or resume mail of all rounds. Receipts and notices to addresses on file are sent all the same."""
    return done(switched(), "mail", key=key)


def switched() -> str:
    """Pause or resume mail of all rounds, as the form says, and return what was done."""
    paused = request.form.get("paused") == "yes"
    write(mail_acts.pause_mail if paused else mail_acts.resume_mail)
    if paused:
        return _(
            "E-mail is paused. Until you resume it, only messages that every registered contact must "
            "receive are sent."
        )
    return _("E-mail is being sent again.")


@blueprint.get("/rounds/<key>/mail/contacts/<int:contact>", may="mail.read")
def contact_mail(key: str, contact: int) -> Page:
    """Show each message of a round to one contact, with each attempt to send it."""
    with reading() as work:
        view = mail_acts.contact_page(work, key, contact)
        again = mail_again.ready(work, key)
    return page(
        "mail_desk/contact.html", view.round, view=view, again=again, words=letters, way=letters.way()
    )


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/pause", may="mail.write")
def pause_contact(key: str, contact: int) -> wrappers_Response:
    """Write to a contact no more, or again."""
    paused = request.form.get("paused") == "yes"
    write(mail_acts.pause_contact, contact, paused=paused)
    said = (
        _("No more messages are sent to this contact.")
        if paused
        else _("E-mail to this contact has resumed.")
    )
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/trust", may="mail.write")
def trust_address(key: str, contact: int) -> wrappers_Response:
    """Write again to an address that was marked as not reached."""
    write(mail_acts.trust_address, contact)
    said = _("The mark was removed: e-mail to this address is sent again.")
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.route(
    "/rounds/<key>/mail/contacts/<int:contact>/resend",
    methods=["GET", "POST"],
    may="mail.write",
    password=True,
)
def resend(key: str, contact: int) -> wrappers_Response | Page:
    """Send a new link to the address on file, after showing which links that ends.

    Raise Problem `round.not_open` where the round takes no votes.
    """
    form = PasswordAgain().asking(needed=True)
    if form.does(lambda work: mail_acts.resend_page(work, key, contact, form.why.data or "")):
        said = _("A new link is on its way. It is sent within a minute or two.")
        return done(said, "contact_mail", key=key, contact=contact)
    view = read(mail_acts.contact_page, key, contact)
    if not view.takes_votes:
        raise Problem("round.not_open", key=key)
    return page("mail_desk/resend.html", view.round, form, view=view, way=letters.way())


@blueprint.route("/rounds/<key>/mail/again", methods=["GET", "POST"], may="mail.write", password_to_send=True)
def send_again(key: str) -> wrappers_Response | Page:
    """Show failed messages, all or the one whose number is in the query; on POST, send them again."""
    number, form = request.args.get("message", type=int), Form()
    if form.does(lambda work: mail_again.send_again(work, key, number)):
        said = ngettext(
            "%(num)s message is on its way again.", "%(num)s messages are on their way again.", form.outcome
        )
        return done(said, "mail", key=key, _anchor="contacts")
    view = read(mail_again.again_page, key, number)
    back = url_for("secretariat.lost_mail", key=key), _("Undelivered messages")
    return shown(
        "mail_desk/again.html",
        key,
        form,
        "again",
        _("Send again"),
        back,
        alone=number,
        view=view,
        words=letters,
    )


@blueprint.route("/rounds/<key>/mail/thanks", methods=["GET", "POST"], may="mail.write")
def thanks(key: str) -> wrappers_Response | Page:
    """Send thanks to the organisations that voted, after the publication; first show to whom."""
    form = Form()
    if form.does(lambda work: mail_acts.send_thanks(work, key)):
        return done(
            _("Thank-you messages are on their way. No contact is thanked twice."),
            "mail",
            key=key,
            kind="thanks",
        )
    organisations, thanked = read(mail_acts.thanks_page, key)
    back = url_for("secretariat.mail", key=key), _("Mail")
    title = _("Thank those who voted")
    return shown(
        "mail_desk/thanks.html",
        key,
        form,
        "thanks",
        title,
        back,
        organisations=organisations,
        thanked=thanked,
    )


@blueprint.post("/mail/sample", may="mail.write")
def mail_sample() -> str:
    """Send a preview to the address of the person who looks at it, and say so on a page of its own."""
    try:
        sample = letters.sealing().loads(request.form.get("sample", ""))
    except BadSignature:
        raise Problem("mail.unknown") from None
    address = write(samples.send_to_me, sample)
    return render_template(
        "mail_desk/sample.html",
        address=letters.way().test_address or address,
        status=read(mail_acts.mail_status),
        by_files=letters.way().by_files,
        line=None,
        example=False,
    )


# A mail is shown as a page of its own in which nothing runs and nothing is sent. Its styles are in its lines.
ALONE = POLICY.replace("style-src 'self'", "style-src 'unsafe-inline'") + "; sandbox"


WRITTEN = re.compile(r"(?<=>)[^<]+")


LONG = re.compile(r"[^\s&;]{24}(?=[^\s&;])")


def alone(html: str) -> flask_Response:
    """Return the HTML of a mail as a page of its own, with a security policy for it.

    Mail programs break what is long. A browser has to be told where it may.
    """
    page = WRITTEN.sub(lambda text: LONG.sub(r"\g<0><wbr>", text[0]), html)
    return flask_Response(page, mimetype="text/html", headers={"Content-Security-Policy": ALONE})
