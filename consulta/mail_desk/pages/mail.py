"""The mail of a round: numbers, what comes next, every contact with how mail fares, one contact's history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from consulta.changes.forms import PasswordAgain
from consulta.core.problems import Problem
from consulta.data import catalogue
from consulta.formats.workbook import Sheet
from consulta.infra.alphabet import spanish
from consulta.letters import again as mail_again
from consulta.letters.pages import words
from consulta.letters.pages.mass_mail import foreseen
from consulta.mail_desk import overview as mail_pages
from consulta.mail_desk import service as mail_desk
from consulta.mail_desk.overview import MailFilter
from consulta.mailer import kinds as mail_kinds
from consulta.web.desk import Page, blueprint, done, page
from consulta.web.fields import Form
from consulta.web.files import Export, as_file, kind_of
from consulta.web.request import actor, now, reading, writing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from werkzeug.wrappers import Response

    from consulta.letters.values import MailLine
    from consulta.mail_desk.values import MailPage

A_PAGE = 50  # contacts
FILTERS = ("state", "kind", "country")
# In the order in which they need somebody: what did not arrive first.
RANKS = ("bounced", "failed", "retrying", "held", "none", "cancelled", "paused", "waiting", "sent")
SORTS: Mapping[str, Callable[[MailLine], object]] = {
    "organisation": lambda line: spanish(line.organisation),
    "contact": lambda line: spanish(line.contact),
    "country": lambda line: spanish(words.country(line.country)),
    "kind": lambda line: spanish(words.kind(line.kind)),
    "state": lambda line: RANKS.index(line.condition),
    "at": lambda line: line.at.isoformat() if line.at else "",
}


@blueprint.get("/rounds/<key>/mail")
def mail(key: str) -> str:
    """Show what was sent, what will be sent, and the mail of each contact that the address filters."""
    wanted = _wanted(request.args)
    with reading() as work:
        view = mail_pages.mail_page(work, key, wanted)
    sort, descending = _order(request.args)
    args = _args(wanted)
    pages = max(1, -(-len(view.lines) // A_PAGE))
    page = min(max(request.args.get("page", 1, type=int), 1), pages)
    lines = _sorted(view.lines, sort, descending=descending)
    return render_template(
        "mail_desk/mail.html",
        view=view,
        line=view.round,
        lines=lines[(page - 1) * A_PAGE : page * A_PAGE],
        page=page,
        pages=pages,
        words=words,
        way=words.way(),
        wanted=wanted,
        args=args,
        order={"sort": sort} | ({"order": "descending"} if descending else {}),
        choices=_choices(view),
        headings=[_heading(key, name, args, sort, descending=descending) for name in SORTS],
        example=view.round.example,
    )


@blueprint.route("/rounds/<key>/mail/file", methods=["GET", "POST"])
def mail_file(key: str) -> Response | tuple[str, int]:
    """Show what the file of the mail table contains, and return it as the address filters and sorts."""
    wanted = _wanted(request.args)
    sort, descending = _order(request.args)
    form = Form()
    if form.validate_on_submit():
        with writing() as work:
            page = mail_pages.export_mail(work, key, wanted)
        lines = _sorted(page.lines, sort, descending=descending)
        return as_file(_export(key, lines, wanted), kind_of(request.form.get("kind")))
    with reading() as work:
        page = mail_pages.mail_page(work, key, wanted)
    return render_template(
        "mail_desk/download.html",
        line=page.round,
        count=len(page.lines),
        said=_said(wanted),
        form=form,
        example=page.round.example,
    ), form.status


@blueprint.post("/rounds/<key>/mail/pause")
def pause_mail(key: str) -> Response:
    """Pause or resume mail of all rounds. Receipts and notices to addresses on file are sent all the same."""
    paused = request.form.get("paused") == "yes"
    with writing() as work:
        (mail_desk.pause_mail if paused else mail_desk.resume_mail)(work)
    said = (
        _("Mail is paused. Until you resume it, only what is owed to everybody on file is sent.")
        if paused
        else _("Mail goes out again.")
    )
    return done(said, "mail", key=key)


@blueprint.get("/rounds/<key>/mail/contacts/<int:contact>")
def contact_mail(key: str, contact: int) -> Page:
    """Show each message of a round to one contact, with each attempt to send it."""
    with reading() as work:
        view = mail_pages.contact_page(work, key, contact)
        again = mail_again.ready(work, key)
    person, way = view.mail.line, words.way()
    return page(
        "mail_desk/contact.html", view.round, view=view, again=again, person=person, words=words, way=way
    )


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/pause")
def pause_contact(key: str, contact: int) -> Response:
    """Write to a contact no more, or again."""
    paused = request.form.get("paused") == "yes"
    with writing() as work:
        mail_desk.pause_contact(work, contact, paused=paused)
    said = _("Nothing more is sent to this contact.") if paused else _("This contact is written to again.")
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.post("/rounds/<key>/mail/contacts/<int:contact>/trust")
def trust_address(key: str, contact: int) -> Response:
    """Write again to an address that was marked as not reached."""
    with writing() as work:
        mail_desk.trust_address(work, contact)
    said = _("The mark is gone: mail to this address is sent again.")
    return done(said, "contact_mail", key=key, contact=contact)


@blueprint.route("/rounds/<key>/mail/contacts/<int:contact>/resend", methods=["GET", "POST"])
def resend(key: str, contact: int) -> Response | Page:
    """Send a new link to the address on file, after showing which links that ends.

    Raise Problem `round.not_open` where the round takes no votes.
    """
    form = PasswordAgain().asking(needed=True)
    if form.does(lambda work: mail_pages.resend(work, key, contact, form.why.data or "")):
        said = _("A new link is on its way. It is sent within a minute or two.")
        return done(said, "contact_mail", key=key, contact=contact)
    with reading() as work:
        view = mail_pages.contact_page(work, key, contact)
    if not view.takes_votes:
        raise Problem("round.not_open", key=key)
    return page("mail_desk/resend.html", view.round, form, view=view, person=view.mail.line, way=words.way())


@blueprint.route("/rounds/<key>/mail/again", methods=["GET", "POST"])
def send_again(key: str) -> Response | Page:
    """Show failed messages, all or the one whose number is in the query; on POST, send them again."""
    number, form = request.args.get("message", type=int), Form()
    if form.does(lambda work: mail_again.send_again(work, key, number)):
        said = ngettext(
            "%(num)s message is on its way again.", "%(num)s messages are on their way again.", form.outcome
        )
        return done(said, "mail", key=key, _anchor="contacts")
    with reading() as work:
        view = mail_again.again_page(work, key, number)
        mass = foreseen(work, key, "again", alone=number)
    return page("mail_desk/again.html", view.round, form, view=view, mass=mass, words=words, way=words.way())


@blueprint.route("/rounds/<key>/mail/thanks", methods=["GET", "POST"])
def thanks(key: str) -> Response | Page:
    """Send thanks to the organisations that voted, after the publication; first show to whom."""
    form = Form()
    if form.does(lambda work: mail_desk.send_thanks(work, key)):
        return done(
            _("Thanks are on their way. No contact is thanked twice."), "mail", key=key, kind="thanks"
        )
    with reading() as work:
        view = mail_pages.thanks_page(work, key)
        mass = foreseen(work, key, "thank")
    return page("mail_desk/thanks.html", view.round, form, view=view, mass=mass, way=words.way())


# -- the table


def _wanted(args: Mapping[str, str]) -> MailFilter:
    """Return the filter that an address names; values that do not exist are ignored."""
    known = {"state": words.CONDITIONS, "kind": words.kinds(), "country": catalogue.countries_by_code()}
    asked = {name: args.get(name, "") for name in FILTERS}
    return MailFilter(**{name: value if value in known[name] else "" for name, value in asked.items()})


def _args(wanted: MailFilter) -> dict[str, str]:
    return {name: value for name in FILTERS if (value := getattr(wanted, name))}


def _order(args: Mapping[str, str]) -> tuple[str, bool]:
    sort = args.get("sort", "")
    return (sort if sort in SORTS else "state"), args.get("order") == "descending"


def _sorted(lines: Iterable[MailLine], sort: str, *, descending: bool) -> list[MailLine]:
    by_name = sorted(lines, key=lambda line: (spanish(line.organisation), line.contact_id))
    return sorted(by_name, key=SORTS[sort], reverse=descending)  # type: ignore[arg-type]  # each rank is of one kind


def _labels() -> dict[str, str]:
    return {
        "organisation": _("Organisation"),
        "contact": _("Contact"),
        "country": _("Country"),
        "kind": _("Last message"),
        "state": _("State"),
        "at": _("When"),
    }


def _heading(
    key: str, name: str, args: dict[str, str], sort: str, *, descending: bool
) -> dict[str, str | None]:
    """Return a column heading with the address that sorts by it.

    Where the table is already sorted by it, the address turns the order round.
    """
    turned = {"order": "descending"} if name == sort and not descending else {}
    asked: dict[str, Any] = {**args, "sort": name, **turned}
    return {
        "label": _labels()[name],
        "url": url_for("secretariat.mail", key=key, _anchor="contacts", **asked),
        "sort": ("descending" if descending else "ascending") if name == sort else None,
    }


def _choices(page: MailPage) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Return the filters: name, label, and the choices of each."""
    countries = {line.country for line in page.overview.lines}
    named = sorted(((code, words.country(code)) for code in countries), key=lambda pair: spanish(pair[1]))
    return [
        ("state", _("State"), [(name, words.condition(name)[1]) for name in RANKS]),
        (
            "kind",
            _("Kind"),
            [
                (name, words.kind(name))
                for name, each in mail_kinds.kinds().items()
                if each.readers == "members"
            ],
        ),
        ("country", _("Country"), named),
    ]


def _said(wanted: MailFilter) -> str:
    """Return a filter in words."""
    parts = (
        words.condition(wanted.state)[1] if wanted.state else "",
        words.kind(wanted.kind),
        words.country(wanted.country) if wanted.country else "",
    )
    return "; ".join(part for part in parts if part) or _("all")


def _export(key: str, lines: list[MailLine], wanted: MailFilter) -> Export:
    headings = (
        _("Organisation"), _("Country"), _("Contact"), _("E-mail"), _("Language"), _("Voted"),
        _("Last message"), _("State"), _("Time (UTC)"), _("What the mail server said"),
    )  # fmt: skip
    rows = tuple(
        (
            line.organisation,
            words.country(line.country),
            line.contact,
            line.email,
            line.language,
            _("yes") if line.voted else _("no"),
            words.kind(line.kind),
            words.condition(line.condition)[1],
            f"{line.at:%Y-%m-%d %H:%M}" if line.at else "",
            words.about(line),
        )
        for line in lines
    )
    return Export(
        stem=f"{key}-mail",
        title=_("Mail of the round %(key)s", key=key),
        sheet=Sheet(_("Mail"), headings, rows),
        made_at=now(),
        facts=((_("Round"), key), (_("Filter"), _said(wanted)), (_("Made by"), actor().name)),
    )
