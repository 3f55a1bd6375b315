"""Personal links as a file or on the screen: only where no mail is sent, by a setting of its own.

Without the setting these pages do not exist: links go by mail, and no member of staff sees one. The
links on these pages are stored nowhere; that they were made is in the log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from flask import abort, render_template
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from consulta.platform.formats.workbook import Sheet
from consulta.platform.web.babel import gettext as _
from consulta.platform.web.babel import lazy_gettext as _l
from consulta.platform.web.desk import blueprint
from consulta.platform.web.fields import Form
from consulta.platform.web.files import Export, as_file, kind_of
from consulta.platform.web.language import local
from consulta.platform.web.request import actor, house, now, read
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
from consulta.rounds import links as links_acts
from consulta.rounds.service import subject

if TYPE_CHECKING:
    from flask import Response

    from consulta.platform.work import Work
    from consulta.rounds.links import IssuedLink, LinksView


class LinksForm(Form):
    """Which kind of file, and whether links that work may end."""

    places: ClassVar[dict[str, str]] = {"links.present": "revoke"}

    kind = RadioField(_l("Kind of file"), [InputRequired()], default="xlsx")
    revoke = BooleanField(_l("End the links that work now"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kind.choices = {"xlsx": _("Workbook (XLSX)"), "csv": _("Text for a mailing program (CSV)")}


@blueprint.route(
    "/rounds/<key>/links", methods=["GET", "POST"], may="links.issue", password=True, two_persons="by setting"
)
def links(key: str) -> Response | tuple[str, int]:
    """Show what personal links mean, and return the file of all links, once."""
    _require_setting()
    form = LinksForm()
    form.concerning = lambda: _concerning(key)
    if form.validate_on_submit() and form.carries_out(
        lambda work: links_acts.issue_links(work, key, house().settings.base_url, revoke=form.revoke.data)
    ):
        return as_file(_export(key, form.outcome), kind_of(form.kind.data))
    return _page(key, form, None), form.status


@blueprint.post(
    "/rounds/<key>/links/<int:contact_id>", may="links.issue", password=True, two_persons="by setting"
)
def link(key: str, contact_id: int) -> str:
    """Create a new personal link for one contact and show it once."""
    _require_setting()
    form = Form()
    view, _all = read(_table, key)
    form.concerning = [
        (_("Contact"), f"{each.contact.name} · {each.seat.name}")
        for each in view.lines
        if each.contact.id == contact_id
    ]
    form.does(lambda work: links_acts.issue_link(work, key, contact_id, house().settings.base_url))
    if form.problem is not None:
        raise form.problem
    return _page(key, LinksForm(formdata=None), form.outcome)


def _concerning(key: str) -> list[tuple[str, str]]:
    """Return for which round and how many contacts links are made, for a second person: label and value."""
    view, _all = read(_table, key)
    return [
        (_("Consultation"), local(view.round.title)),
        (_("Contacts who can vote"), str(len(view.lines))),
    ]


def _require_setting() -> None:
    if not house().settings.link_files:
        abort(404)


def _page(key: str, form: LinksForm, issued: IssuedLink | None) -> str:
    view, table = read(_table, key)
    length = links_acts.url_length(house().settings.base_url)
    return render_template(
        "links/links.html",
        view=view,
        table=table,
        line=view.round,
        form=form,
        issued=issued,
        length=length,
        long=length > links_acts.URL_MAX,
        example=view.round.example,
    )


@handed_out("links")
def _table(work: Work, key: str, *, whole: bool = False) -> tuple[LinksView, Listing]:
    """Return the contacts of an open round with the number of their links, and the table of them."""
    view = links_acts.links_page(work, key)
    table = Table(
        title=_("Contacts who can vote"),
        name="links",
        endpoint="secretariat.links",
        key=key,
        subject=subject(view.round),
        search=Search(
            _("Organisation, contact or e-mail"),
            lambda line: f"{line.seat.name} {line.contact.name} {line.contact.email}",
        ),
        choices=[
            Choice(
                "link",
                _("Link"),
                [("yes", _("has one that works")), ("no", _("has none"))],
                lambda line: "yes" if line.issued_at else "no",
            )
        ],
        columns=[
            Column("organisation", _("Organisation"), lambda line: line.seat.name),
            Column("contact", _("Contact"), lambda line: line.contact.name, phone="under"),
            Column("email", _("E-mail"), lambda line: line.contact.email),
            Column("language", _("Language"), lambda line: line.contact.language, only="file"),
            Column("since", _("Link since"), rank=lambda line: line.issued_at, only="page", phone="side"),
            moment_in_file(lambda line: line.issued_at),
            acts(),
        ],
    )
    return view, table.over(view.lines, whole=whole)


def _export(key: str, issued: tuple[IssuedLink, ...]) -> Export:
    headings = (_("Organisation"), _("Contact"), _("E-mail"), _("Language"), _("Personal link"))
    rows = tuple((each.organisation, each.contact, each.email, each.language, each.url) for each in issued)
    return Export(
        stem=f"{key}-links",
        title=_("Personal links of the consultation %(key)s", key=key),
        sheet=Sheet(_("Links"), headings, rows),
        made_at=now(),
        facts=(
            (_("Consultation"), key),
            (_("Made by"), actor().name),
            (
                _("Careful"),
                _(
                    "Any person who has a link can vote for its organisation. Delete this file after the"
                    " mailing."
                ),
            ),
        ),
    )
