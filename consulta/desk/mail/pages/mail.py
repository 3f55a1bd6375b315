"""The mail of a round: numbers, what comes next, every contact with how mail fares, one contact's history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.core.problems import Problem
from consulta.desk.mail import overview as mail_pages
from consulta.desk.mail import service as mail_desk
from consulta.desk.mail.pages.lost import gaps
from consulta.platform.data import catalogue
from consulta.platform.mailer import kinds as mail_kinds
from consulta.platform.web.desk import Page, blueprint, done, page
from consulta.platform.web.fields import Form
from consulta.platform.web.language import alphabetical
from consulta.platform.web.request import read, reading, write
from consulta.platform.web.table import Choice, Column, Listing, Search, Table, handed_out, moment_in_file
from consulta.rounds.letters import again as mail_again
from consulta.rounds.letters.pages import words
from consulta.rounds.letters.pages.mass_mail import shown
from consulta.rounds.service import subject
from consulta.vote.changes.forms import PasswordAgain

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

    from consulta.desk.mail.values import MailPage
    from consulta.platform.work import Work

# In the order in which they need attention: what did not arrive first.
RANKS = ("bounced", "failed", "retrying", "held", "none", "cancelled", "paused", "waiting", "sent")


@blueprint.get("/rounds/<key>/mail", may="mail.read")
def mail(key: str) -> Page:
    """Show what was sent, what will be sent, and the mail of each contact that the address filters."""
    view, table = read(_table, key)
    lost = gaps(view.lost)
    return page(
        "mail_desk/mail.html", view.round, view=view, gaps=lost, table=table, words=words, way=words.way()
    )


@handed_out("mail")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[MailPage, Listing]:
    """Return the mail of a round, and the table of its contacts."""
    view = mail_pages.mail_page(work, key)
    known = {code: words.country(code) for code in catalogue.countries_by_code()}
    names = {
        "state": {name: words.condition(name)[1] for name in RANKS},
        "country": dict(sorted(known.items(), key=lambda pair: alphabetical(pair[1]))),
        "kind": {
            name: words.kind(name) for name, each in mail_kinds.kinds().items() if each.readers == "members"
        },
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
            Column("organisation", _("Organisation"), lambda line: line.organisation),
            Column("country", _("Country"), lambda line: words.country(line.country)),
            Column("contact", _("Contact"), lambda line: line.contact, phone="under"),
            Column("email", _("E-mail"), lambda line: line.email, only="file"),
            Column("language", _("Language"), lambda line: line.language, only="file"),
            Column("voted", _("Voted"), lambda line: _("yes") if line.voted else _("no"), only="file"),
            Column("kind", _("Last message"), lambda line: words.kind(line.kind)),
            Column("state", _("State"), lambda line: words.condition(line.condition)[1], phone="side"),
            Column("at", _("When"), only="page"),
            moment_in_file(lambda line: line.at),
            Column("said", _("What the mail server said"), words.about, only="file"),
        ],
        sort="state",
    )
    wanted = table.asked(whole=whole)
    found = mail_desk.mail_list(work, key, wanted, names)
    return view, Listing(table, wanted, found, subject(view.round))


@blueprint.post("/rounds/<key>/mail/pause", may="mail.write")
def pause_mail(key: str) -> Response:
    """Pause or resume mail of all rounds. Receipts and notices to addresses on file are sent all the same."""
    return done(switched(), "mail", key=key)


def switched() -> str:
    """Pause or resume mail of all rounds, as the form says, and return what was done."""
    paused = request.form.get("paused") == "yes"
    write(mail_desk.pause_mail if paused else mail_desk.resume_mail)
    if paused:
        return _("Mail is paused. Until you resume it, only what is owed to everybody on file is sent.")
    return _("Mail goes out again.")


@blueprint.get("/rounds/<key>/mail/contacts/<int:contact>", may="mail.read")
def contact_mail(key: str, contact: int) -> Page:
    """Show each message of a round to one contact, with each attempt to send it."""
    with reading() as work:
        view = mail_pages.contact_page(work, key, contact)
        again = mail_again.ready(work, key)
    person, way = view.mail.line, words.way()
    return page(
        "mail_desk/contact.html", view.round, view=view, again=again, person=person, words=words, way=way
    )


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/pause", may="mail.write")
def pause_contact(key: str, contact: int) -> Response:
    """Write to a contact no more, or again."""
    paused = request.form.get("paused") == "yes"
    write(mail_desk.pause_contact, contact, paused=paused)
    said = _("Nothing more is sent to this contact.") if paused else _("This contact is written to again.")
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/trust", may="mail.write")
def trust_address(key: str, contact: int) -> Response:
    """Write again to an address that was marked as not reached."""
    write(mail_desk.trust_address, contact)
    said = _("The mark is gone: mail to this address is sent again.")
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.route(
    "/rounds/<key>/mail/contacts/<int:contact>/resend",
    methods=["GET", "POST"],
    may="mail.write",
    password=True,
)
def resend(key: str, contact: int) -> Response | Page:
    """Send a new link to the address on file, after showing which links that ends.

    Raise Problem `round.not_open` where the round takes no votes.
    """
    form = PasswordAgain().asking(needed=True)
    if form.does(lambda work: mail_pages.resend(work, key, contact, form.why.data or "")):
        said = _("A new link is on its way. It is sent within a minute or two.")
        return done(said, "contact_mail", key=key, contact=contact)
    view = read(mail_pages.contact_page, key, contact)
    if not view.takes_votes:
        raise Problem("round.not_open", key=key)
    return page("mail_desk/resend.html", view.round, form, view=view, person=view.mail.line, way=words.way())


@blueprint.route("/rounds/<key>/mail/again", methods=["GET", "POST"], may="mail.write", password_to_send=True)
def send_again(key: str) -> Response | Page:
    """Show failed messages, all or the one whose number is in the query; on POST, send them again."""
    number, form = request.args.get("message", type=int), Form()
    if form.does(lambda work: mail_again.send_again(work, key, number)):
        said = ngettext(
            "%(num)s message is on its way again.", "%(num)s messages are on their way again.", form.outcome
        )
        return done(said, "mail", key=key, _anchor="contacts")
    view = read(mail_again.again_page, key, number)
    back = url_for("secretariat.lost_mail", key=key), _("These did not arrive")
    return shown(
        "mail_desk/again.html",
        key,
        form,
        "again",
        _("Send again"),
        back,
        alone=number,
        view=view,
        words=words,
    )


@blueprint.route("/rounds/<key>/mail/thanks", methods=["GET", "POST"], may="mail.write")
def thanks(key: str) -> Response | Page:
    """Send thanks to the organisations that voted, after the publication; first show to whom."""
    form = Form()
    if form.does(lambda work: mail_desk.send_thanks(work, key)):
        return done(
            _("Thanks are on their way. No contact is thanked twice."), "mail", key=key, kind="thanks"
        )
    view = read(mail_pages.thanks_page, key)
    back = url_for("secretariat.mail", key=key), _("Mail")
    title = _("Thank those who voted")
    return shown("mail_desk/thanks.html", key, form, "thanks", title, back, view=view)
